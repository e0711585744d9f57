"""Maps of whole matrices: inverse, solution, determinant. Stacks (…, n, n) everywhere.

Every adjoint follows from one differential, by tr(ȲᵀẎ) = tr(X̄ᵀẊ); the differential stands in the
docstring. Rules flagged `analytic` are written with transposes; for complex matrices the engine
makes them Hermitian (see `complexes`). Source: Giles, *Collected Matrix Derivative Results for
Forward and Reverse Mode Algorithmic Differentiation* (2008).
"""

from __future__ import annotations

import functools
import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.complexes import is_complex, speaks_complex
from backprop_lab.rules.kinds import composite, rule
from backprop_lab.rules.registry import constant


def transposed(x):
    """Transpose every matrix of a stack."""
    return np.swapaxes(x, -1, -2)


def hermitian(x):
    """Conjugate transpose of every matrix of a stack."""
    return np.conj(transposed(x)) if is_complex(x) else transposed(x)


def identity_like(x, rows):
    """Give the identity matrix in the dtype of `x`."""
    return np.eye(rows, dtype=x.dtype)


def as_matrix(y_bar):
    """Give a stack of numbers two axes of length 1, so that it scales a stack of matrices."""
    return np.expand_dims(y_bar, (-1, -2))


# --- inverse and solution -------------------------------------------------------------------------


@rule(np.linalg.inv, analytic=True, batched=True)
def inv(a):
    """Y = A⁻¹: Ẏ = −Y Ȧ Y, so Ā = −Yᵀ Ȳ Yᵀ."""
    y = np.linalg.inv(a)

    def pushforward(a_dot):
        return -(y @ a_dot @ y)

    def pullback(y_bar):
        back = transposed(y)
        return -(back @ y_bar @ back)

    return y, pushforward, pullback


@rule(np.linalg.solve, takes="a b", analytic=True, batched=True)
def solve(a, b):
    """A X = B: Ẋ = A⁻¹(Ḃ − Ȧ X), so B̄ = A⁻ᵀ X̄ and Ā = −B̄ Xᵀ.

    As in NumPy, `b` is one vector if it has one axis, and matrices otherwise.
    """
    x = np.linalg.solve(a, b)
    is_vector, shape_a, shape_b = np.ndim(b) == 1, shape_of(a), shape_of(b)
    columns = np.expand_dims(x, -1) if is_vector else x

    def push_a(a_dot):
        x_dot = -np.linalg.solve(a, a_dot @ columns)
        return x_dot[..., 0] if is_vector else x_dot

    def push_b(b_dot):
        return np.linalg.solve(a, b_dot)

    def back(x_bar):
        x_bar = np.expand_dims(x_bar, -1) if is_vector else x_bar
        return np.linalg.solve(transposed(a), x_bar), np.ndim(x_bar) - np.ndim(columns)

    def pull_a(x_bar):
        b_bar, batch = back(x_bar)
        return unbroadcast(-(b_bar @ transposed(columns)), shape_a, batch)

    def pull_b(x_bar):
        b_bar, batch = back(x_bar)
        return unbroadcast(b_bar[..., 0] if is_vector else b_bar, shape_b, batch)

    return x, (push_a, push_b), (pull_a, pull_b)


@rule(
    np.linalg.pinv,
    takes="a / rcond hermitian rtol",
    batched=True,
    kink="the rank is taken as fixed: singular values that are cut off stay so",
)
def pinv(a, **params):
    """P = A⁺ of fixed rank: Ṗ = −P Ȧ P + P Pᴴ Ȧᴴ (I − A P) + (I − P A) Ȧᴴ Pᴴ P.

    Source: Golub and Pereyra, *SIAM J. Numer. Anal.* 10 (1973), theorem 4.3.
    """
    if params.get("hermitian"):
        raise TraceError("np.linalg.pinv with hermitian=True cannot be traced. Leave it out.")
    p = np.linalg.pinv(a, **params)

    def factors():
        rows, columns = shape_of(a)[-2:]
        ph = hermitian(p)
        left, right = identity_like(p, columns) - p @ a, identity_like(p, rows) - a @ p
        return ph, p @ ph, ph @ p, left, right

    def pushforward(a_dot):
        _, pph, php, left, right = factors()
        ah_dot = hermitian(a_dot)
        return pph @ ah_dot @ right + left @ ah_dot @ php - p @ a_dot @ p

    def pullback(p_bar):
        ph, pph, php, left, right = factors()
        ph_bar = hermitian(p_bar)
        return right @ ph_bar @ pph + php @ ph_bar @ left - ph @ p_bar @ ph

    return p, pushforward, pullback


# --- determinant ----------------------------------------------------------------------------------


@rule(np.linalg.det, analytic=True, batched=True)
def det(a):
    """The differential of det A is tr(Cᵀ Ȧ) with the cofactors C, which singular A has too."""
    y = np.linalg.det(a)

    def pushforward(a_dot):
        return np.sum(cofactors(a) * a_dot, axis=(-2, -1))

    def pullback(y_bar):
        return as_matrix(y_bar) * cofactors(a)

    return y, pushforward, pullback


@rule(np.linalg.slogdet, batched=True, outputs=2)
def slogdet(a):
    """Log det A = log|det A| + iθ, with exp(iθ) the sign: its differential is tr(A⁻¹ Ȧ).

    Of a real matrix the sign is constant. A singular matrix raises NumPy's `LinAlgError`: there
    the logarithm has no derivative.
    """
    y = np.linalg.slogdet(a)
    sign = y[0]

    def pushforward(a_dot):
        t = np.einsum("...ij,...ji->...", np.linalg.inv(a), a_dot)
        return (1j * sign * np.imag(t), np.real(t)) if is_complex(t) else (0 * t, t)

    def pullback(bars):
        sign_bar, bar = bars
        if is_complex(sign):
            bar = bar + 1j * np.imag(np.conj(sign) * sign_bar)
        return as_matrix(bar) * hermitian(np.linalg.inv(a))

    return y, pushforward, pullback


SMALL = 4  # rows of a matrix whose determinant is expanded, where it may be zero


def cofactors(a):
    """∂ det A/∂A, for each matrix of a stack: det A · A⁻ᵀ, where A is singular too.

    A singular value decomposition U S Vᴴ, held fixed, turns A into B = Uᴴ A V, which is nearly
    diagonal. Its small singular values are split off: with B = [[E, F], [G, H]] and
    M = H − G E⁻¹ F, det B = det E · det M, and the cofactors of the small matrix M are taken from
    its minors. So nothing is divided by a small number, in higher derivatives neither.
    """
    n = shape_of(a)[-1]
    u, vh, small = (None, None, 1) if n == 1 else frame_of_determinant(a)
    if small == 0:
        return as_matrix(np.linalg.det(a)) * transposed(np.linalg.inv(a))
    if small == n:
        return _from_minors(a)
    uh, v = hermitian(u), hermitian(vh)
    sign = as_matrix(np.linalg.det(u) * np.linalg.det(vh))
    b = uh @ a @ v
    k = n - small
    inverse = np.linalg.inv(b[..., :k, :k])
    right = inverse @ b[..., :k, k:]
    left = b[..., k:, :k] @ inverse
    m = b[..., k:, k:] - left @ b[..., :k, k:]
    c = cofactors(m) if small > SMALL else _from_minors(m)
    lower = np.concatenate([-(c @ transposed(right)), c], axis=-1)
    upper = np.concatenate(
        [
            as_matrix(_expanded(m)) * transposed(inverse)
            + transposed(left) @ c @ transposed(right),
            -(transposed(left) @ c),
        ],
        axis=-1,
    )
    of_b = as_matrix(np.linalg.det(b[..., :k, :k])) * np.concatenate([upper, lower], axis=-2)
    return sign * (transposed(uh) @ of_b @ transposed(v))


def _from_minors(a):
    """Cofactors as signed determinants of what is left without a row and a column."""
    n = shape_of(a)[-1]
    rest = np.array([[j for j in range(n) if j != i] for i in range(n)], int)
    minors = a[..., rest[:, None, :, None], rest[None, :, None, :]]
    i, j = np.indices((n, n))
    return _expanded(minors) * (1 - 2 * ((i + j) % 2)).astype(a.dtype)


def _expanded(a):
    """Determinants, of small matrices by the first row: as polynomials, which zeros do not harm."""
    n = shape_of(a)[-1]
    if n > SMALL:
        return np.linalg.det(a)
    if n == 0:
        return np.sum(a, axis=(-2, -1)) + 1
    columns = [[j for j in range(n) if j != i] for i in range(n)]
    terms = [a[..., 0, i] * _expanded(a[..., 1:, columns[i]]) * (-1) ** i for i in range(n)]
    return functools.reduce(operator.add, terms)


@primitive
def frame_of_determinant(a):
    """Give U and Vᴴ of `a`, and how many singular values are small, at most, in one of the stack.

    A constant to every derivative, since `cofactors` is an identity in any fixed frame. Where none
    is small there is no need of a frame.
    """
    if a.size == 0 or np.all(np.linalg.cond(a, 1) < 1e8):  # two inverses are cheaper than one SVD
        return None, None, 0
    u, s, vh = np.linalg.svd(a)
    return u, vh, int(np.max(np.sum(s <= 1e-8 * s[..., :1], axis=-1)))


constant(frame_of_determinant, np.linalg.matrix_rank)


# --- spelled by others ----------------------------------------------------------------------------


@composite(np.linalg.matrix_power, takes="a n")
def matrix_power(a, n):
    """Aⁿ by repeated squaring, in NumPy's own order; of A⁻¹ where n < 0."""
    if n == 0:
        return np.zeros_like(a) + identity_like(a, shape_of(a)[-1])
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return (a @ a) @ a
    power = result = None
    while n > 0:
        power = a if power is None else power @ power
        n, bit = divmod(n, 2)
        if bit:
            result = power if result is None else result @ power
    return result


@composite(np.linalg.tensorinv, takes="a / ind")
def tensorinv(a, ind=2):
    """Inverse of the matrix whose rows are numbered by the first `ind` axes."""
    shape = shape_of(a)
    rows = int(np.prod(shape[ind:]))
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), shape[ind:] + shape[:ind])


@composite(np.linalg.tensorsolve, takes="a b / axes")
def tensorsolve(a, b, axes=None):
    """Solve the system whose columns are numbered by the last axes of `a`."""
    if axes is not None:
        axes = [i % np.ndim(a) for i in axes]
        kept = [i for i in range(np.ndim(a)) if i not in axes]
        a = np.transpose(a, kept + axes)
    unknowns = shape_of(a)[np.ndim(b) :]
    rows = int(np.prod(unknowns))
    solution = np.linalg.solve(np.reshape(a, (-1, rows)), np.ravel(b))
    return np.reshape(solution, unknowns)


@composite(np.linalg.cond, takes="x / p", analytic=False)
def cond(x, p=None):
    """‖A‖ ‖A⁻¹‖: for the 2-norm the ratio of the extreme singular values."""
    if p is None or p in (2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


speaks_complex(np.linalg.pinv, np.linalg.slogdet, np.linalg.cond)
