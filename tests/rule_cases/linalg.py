"""Inverses, determinants, norms and decompositions."""

from __future__ import annotations

import functools

import numpy as np

from backprop_lab.rules import is_complex
from backprop_lab.rules.decompositions import thin_qr, thin_svd
from rule_cases import case, plain_linalg
from rule_cases.plain_linalg import real_of, symmetric, transposed

SQUARE = [(1, 1), (2, 2), (3, 3), (2, 3, 3), (2, 1, 2, 2)]


def shifted(func, by=4.0, **params):
    """`func` of a matrix that is moved away from those without full rank."""
    return lambda a, *rest, **more: func(
        a + by * np.eye(*np.shape(a)[-2:], dtype=a.dtype), *rest, **params, **more
    )


# --- inverse, solution, determinant --------------------------------------------------------------
for shape in [*SQUARE, (0, 0), (0, 2, 2)]:
    case(np.linalg.inv, shape, call=shifted(np.linalg.inv))
    case(np.linalg.det, shape)
for pair in [((3, 3), (3,)), ((3, 3), (3, 2)), ((3, 3), (3, 3)), ((2, 3, 3), (3,)), ((1, 1), (1,)),
             ((2, 3, 3), (2, 3, 2)), ((3, 3), (2, 3, 2)), ((1, 3, 3), (4, 3, 2)), ((2, 2, 2), (1, 2, 1)),
             ((2, 2, 2), (2, 2)), ((0, 0), (0,)), ((0, 2, 2), (2,))]:  # fmt: skip
    case(np.linalg.solve, *pair, call=shifted(np.linalg.solve))
for shape in SQUARE:
    case(
        np.linalg.slogdet,
        shape,
        call=lambda a: np.linalg.slogdet(a)[1] + np.linalg.slogdet(a).sign,
        plain=lambda a: np.log(np.linalg.det(a) ** 2) / 2 + np.sign(np.linalg.det(real_of(a))),
    )


def full_rank_inverse(a):
    at = transposed(a)
    if np.shape(a)[-2] >= np.shape(a)[-1]:
        return np.linalg.inv(at @ a) @ at
    return at @ np.linalg.inv(a @ at)


for shape in [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1), (3, 1)]:
    case(np.linalg.pinv, shape, plain=full_rank_inverse)
case(np.linalg.pinv, (4, 2), call=lambda a: np.linalg.pinv(a, rcond=1e-10), plain=full_rank_inverse)
case(np.linalg.pinv, (4, 2), call=lambda a: np.linalg.pinv(a, rtol=1e-10), plain=full_rank_inverse)
for n in (1, 2, 3, 4, 5, 7, -1, -2):
    case(np.linalg.matrix_power, (2, 2), n=n)
case(np.linalg.matrix_power, (2, 3, 3), n=3)
for shape, ind in [((2, 2, 4), 2), ((4, 2, 2), 1), ((2, 3, 2, 3), 2)]:
    case(np.linalg.tensorinv, shape, ind=ind)
for left, right, axes in [
    ((2, 2, 4), (2, 2), None),
    ((3, 6, 2), (6,), (0,)),
    ((2, 3, 6), (2, 3), None),
]:
    case(np.linalg.tensorsolve, left, right, axes=axes)

# --- norms -----------------------------------------------------------------------------------------


def absolute(x):
    return x * np.sign(real_of(x))


def extreme(values, axis, keepdims, largest):
    """The largest or smallest of each row, chosen by the real numbers underneath."""
    there = real_of(values)
    mask = there == (np.max if largest else np.min)(there, axis=axis, keepdims=True)
    return np.sum(values * mask, axis=axis, keepdims=keepdims)


def vector_norm(x, ord=None, axis=None, keepdims=False):
    if ord in (None, 2, "fro"):
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if ord == 0:
        return np.sum(x * 0 + 1, axis=axis, keepdims=keepdims)
    if abs(ord) == np.inf:
        return extreme(absolute(x), axis, keepdims, ord > 0)
    if ord == 1:
        return np.sum(absolute(x), axis=axis, keepdims=keepdims)
    return np.sum(absolute(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def matrix_norm(x, ord, axis=(-2, -1), keepdims=False):
    x = np.moveaxis(x, axis, (-2, -1))
    if ord in ("nuc", 2, -2):
        s = plain_linalg.svd(x)[1]
        y = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    else:
        summed = np.sum(absolute(x), axis=-2 if ord in (1, -1) else -1)
        y = extreme(summed, -1, False, ord > 0)
    return np.expand_dims(y, axis) if keepdims else y


def norm_case(key, *operands, **params):
    """A case from a range that is not symmetric: |x| and |−x| would tie."""
    case(key, *operands, low=-1.7, **params)


for ord in (None, 2, 1, 3, 2.5, 1.5, 0.5, -1, np.inf, -np.inf, 0):
    for shape, params in [
        ((4,), {}),
        ((2, 3), {"axis": 1}),
        ((2, 3, 2), {"axis": -2, "keepdims": True}),
    ]:
        norm_case(np.linalg.norm, shape, plain=vector_norm, ord=ord, **params)
case(np.linalg.norm, (2, 3, 2), plain=vector_norm)
case(np.linalg.norm, (2, 3), plain=vector_norm, ord="fro", keepdims=True)
case(np.linalg.norm, (2, 3, 2), plain=vector_norm, axis=(0, 2))
case(np.linalg.norm, (0,), plain=lambda x: np.sum(x))
for ord in ("nuc", 2, -2, 1, -1, np.inf, -np.inf):
    norm_case(
        np.linalg.norm, (3, 3), call=shifted(np.linalg.norm), plain=shifted(matrix_norm), ord=ord
    )
    norm_case(np.linalg.norm, (2, 3), plain=matrix_norm, ord=ord, keepdims=True, axis=(0, 1))
    norm_case(np.linalg.norm, (2, 3, 2), plain=matrix_norm, ord=ord, axis=(2, 0))
    norm_case(np.linalg.matrix_norm, (2, 3, 2), plain=matrix_norm, ord=ord)
case(np.linalg.matrix_norm, (2, 3), plain=lambda x: np.sqrt(np.sum(x * x)))
for ord in (2, 1, 3, np.inf):
    norm_case(np.linalg.vector_norm, (2, 3), plain=vector_norm, ord=ord)
    norm_case(
        np.linalg.vector_norm, (2, 3, 2), plain=vector_norm, ord=ord, axis=(0, -1), keepdims=True
    )
    norm_case(np.linalg.vector_norm, (2, 3), plain=vector_norm, ord=ord, axis=-1)
for p, plain in [
    (None, lambda a: matrix_norm(a, 2) / matrix_norm(a, -2)),
    (-2, lambda a: matrix_norm(a, -2) / matrix_norm(a, 2)),
    (1, lambda a: matrix_norm(a, 1) * matrix_norm(np.linalg.inv(a), 1)),
    ("fro", lambda a: vector_norm(a, axis=(-2, -1)) * vector_norm(np.linalg.inv(a), axis=(-2, -1))),
]:
    for shape in [(2, 2), (2, 3, 3)]:
        norm_case(np.linalg.cond, shape, call=functools.partial(np.linalg.cond, p=p), plain=plain)

# --- decompositions ------------------------------------------------------------------------------------


def positive(func, **params):
    """`func` of a positive definite matrix of which it reads one triangle."""
    return shifted(func, 8.0, **params)


for shape in SQUARE:
    for upper in (False, True):
        case(
            np.linalg.cholesky,
            shape,
            call=positive(np.linalg.cholesky, upper=upper),
            plain=positive(plain_linalg.cholesky, upper=upper),
        )


def output(func, i):
    return lambda *args, **params: func(*args, **params)[i]


def jacobi(a, UPLO="L"):
    model = np.linalg.eigh(real_of(a), UPLO)[1]
    return plain_linalg.jacobi(symmetric(a, UPLO == "U"), model)


def product_of_eigh(func):
    """Σᵢ λᵢ² vᵢ vᵢᵀ ∘ vᵢ: a loss in which values and vectors meet."""

    def loss(a):
        w, v = func(a)
        return np.sum((w * w)[..., None, :] * v * v * v, axis=-1)

    return loss


for shape in SQUARE:
    for uplo in "LU":
        params = {"UPLO": uplo}
        case(np.linalg.eigvalsh, shape, plain=output(jacobi, 0), **params)
        case(
            np.linalg.eigh, shape, call=output(np.linalg.eigh, 0), plain=output(jacobi, 0), **params
        )
        if shape[-1] > 1:
            both = output(np.linalg.eigh, 1), output(jacobi, 1)
            case(np.linalg.eigh, shape, call=both[0], plain=both[1], **params)
    case(np.linalg.eigh, shape, call=product_of_eigh(np.linalg.eigh), plain=product_of_eigh(jacobi))


def mixed(func):
    """Five sums of all entries of all outputs: none of them is 0 for a reason of structure."""

    def of_parts(a):
        outputs, parts = func(a), []
        for y in outputs if isinstance(outputs, tuple) else (outputs,):
            parts += [np.real(y), np.imag(y)] if is_complex(y) else [y]
        return sums(parts)

    return of_parts


def mixed_plain(func):
    """The same sums of a plain algorithm, which keeps real and imaginary parts apart."""

    def of_outputs(a):
        outputs = func(a)
        return sums(outputs if isinstance(outputs, tuple) else (outputs,))

    return of_outputs


def sums(parts):
    return sum(weights(part, k) @ np.ravel(part) for k, part in enumerate(parts))


def weights(part, k):
    """Five rows of numbers of which no two are alike."""
    numbers = np.sin(np.outer(np.arange(1, 6), 7 * k + 1 + np.arange(part.size)))
    return numbers.astype(np.finfo(part.dtype).dtype)


def turned(func, by):
    """Matrices that turn the first two axes into each other."""

    def of_turned(a):
        rotation = np.zeros(np.shape(a), a.dtype)
        rotation[0, 1], rotation[1, 0] = by, -by
        return func(a + rotation)

    return of_turned


def spread(func):
    """Matrices with real eigenvalues, far apart."""
    return lambda a: func(a + np.diag(6.0 * np.arange(np.shape(a)[-1])).astype(a.dtype))


for shape in [(1, 1), (2, 2), (3, 3)]:
    case(
        np.linalg.eigvals, shape, call=spread(np.linalg.eigvals), plain=spread(plain_linalg.eigvals)
    )
    case(
        np.linalg.eig,
        shape,
        call=spread(mixed(np.linalg.eig)),
        plain=spread(mixed_plain(plain_linalg.eig)),
    )
for turn in (3.0, 6.0):  # two of the eigenvalues are a complex pair
    for func, plain in [
        (np.linalg.eigvals, plain_linalg.eigvals),
        (np.linalg.eig, plain_linalg.eig),
    ]:
        for shape in [(2, 2), (3, 3)]:
            case(
                func, shape, call=turned(mixed(func), turn), plain=turned(mixed_plain(plain), turn)
            )

for shape in [(1, 1), (2, 2), (3, 3), (4, 2), (2, 4), (2, 3, 2)]:
    for i in range(3):
        if i == 1 or min(shape) > 1:
            case(thin_svd, shape, call=output(thin_svd, i), plain=output(plain_linalg.svd, i))
    case(np.linalg.svdvals, shape, plain=output(plain_linalg.svd, 1))
    if shape != (1, 1):
        case(
            thin_qr,
            shape,
            call=shifted(mixed(thin_qr)),
            plain=shifted(mixed_plain(plain_linalg.qr)),
        )
case(np.linalg.svd, (3, 3), call=output(np.linalg.svd, 0), plain=output(plain_linalg.svd, 0))
case(
    np.linalg.svd,
    (4, 2),
    call=lambda a: np.linalg.svd(a, full_matrices=False).Vh,
    plain=output(plain_linalg.svd, 2),
)
case(
    np.linalg.svd,
    (2, 4),
    call=lambda a: np.linalg.svd(a, compute_uv=False),
    plain=output(plain_linalg.svd, 1),
)
case(np.linalg.qr, (3, 2), call=mixed(np.linalg.qr), plain=mixed_plain(plain_linalg.qr))
case(
    np.linalg.qr,
    (2, 3),
    call=lambda a: mixed(lambda b: np.linalg.qr(b, "r"))(a),
    plain=lambda a: mixed_plain(lambda b: plain_linalg.qr(b)[1])(a),
)
case(
    np.linalg.qr,
    (3, 3),
    call=mixed(functools.partial(np.linalg.qr, mode="complete")),
    plain=mixed_plain(plain_linalg.qr),
)
