"""Chapters 3 and 5: linear maps. The adjoint is the whole rule: ⟨ȳ, A ẋ⟩ = ⟨Aᵀȳ, ẋ⟩."""

from __future__ import annotations

import operator
import string

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.registry import linear, primitive

# --- sums: the adjoint of adding is copying -----------------------------------------------------


def _axes(axis, ndim):
    """Name every reduced axis by a number from 0 to ndim − 1."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(i) % max(ndim, 1) for i in axes)  # a number may be summed over axis 0


def copy_back(y_bar, a, axis=None, keepdims=False):
    """Give every summand of `np.sum(a, axis)` the cotangent of the sum that it entered."""
    shape = shape_of(a)
    kept = [1 if i in _axes(axis, len(shape)) else n for i, n in enumerate(shape)]
    return np.broadcast_to(np.reshape(y_bar, kept), shape)


def _count(a, axis):
    shape = shape_of(a)
    return int(np.prod([shape[i] for i in _axes(axis, len(shape))]))


linear(np.sum, copy_back, takes="a / axis dtype out keepdims")
linear(
    np.mean,
    lambda y_bar, a, axis=None, keepdims=False: (
        copy_back(y_bar, a, axis, keepdims) / _count(a, axis)
    ),
    takes="a / axis dtype out keepdims",
)
linear(
    np.broadcast_to,
    lambda y_bar, array, shape: unbroadcast(y_bar, shape_of(array)),
    takes="array / shape",
)


def _cumsum_adjoint(y_bar, a, axis=None):
    """x̄ᵢ = Σ_{j≥i} ȳⱼ: the same sum, run from the other end."""
    along = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(y_bar, along), along), along), shape_of(a))


linear(np.cumsum, _cumsum_adjoint, takes="a / axis dtype out")

# --- products: linear in each operand by itself --------------------------------------------------


def _batch_axes(y_bar, a, b):
    """How many axes `y_bar` has in front of those of the product `a @ b`."""
    left, right = np.ndim(a), np.ndim(b)
    return np.ndim(y_bar) - (max(left, right, 2) - (left == 1) - (right == 1))


def _matmul_left(y_bar, a, b):
    """X̄ = Ȳ Wᵀ."""
    if np.ndim(b) == 1:
        full = np.expand_dims(y_bar, -1) * b
    elif np.ndim(a) == 1:
        full = np.matmul(b, np.expand_dims(y_bar, -1))[..., 0]
    else:
        full = np.matmul(y_bar, np.swapaxes(b, -1, -2))
    return unbroadcast(full, shape_of(a), _batch_axes(y_bar, a, b))


def _matmul_right(y_bar, a, b):
    """W̄ = Xᵀ Ȳ."""
    if np.ndim(b) == 1 and np.ndim(a) == 1:
        full = np.expand_dims(y_bar, -1) * a
    elif np.ndim(a) == 1:
        full = np.expand_dims(a, -1) * np.expand_dims(y_bar, -2)
    elif np.ndim(b) == 1:
        full = np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(y_bar, -1))[..., 0]
    else:
        full = np.matmul(np.swapaxes(a, -1, -2), y_bar)
    return unbroadcast(full, shape_of(b), _batch_axes(y_bar, a, b))


for matmul in (np.matmul, operator.matmul):
    linear(matmul, _matmul_left, _matmul_right, takes="a b", each=True, batched=True)


def _contraction(a, b, axes):
    """Which axes `np.tensordot(a, b, axes)` contracts, and which it keeps, as lists."""
    if np.ndim(axes) == 0:
        left, right = list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    else:
        left, right = ([x] if np.ndim(x) == 0 else list(x) for x in axes)
    left, right = [i % np.ndim(a) for i in left], [i % np.ndim(b) for i in right]
    keep_left = [i for i in range(np.ndim(a)) if i not in left]
    return left, right, keep_left, [i for i in range(np.ndim(b)) if i not in right]


def _tensordot_left(y_bar, a, b, axes=2):
    left, right, keep_left, keep_right = _contraction(a, b, axes)
    out = list(range(len(keep_left), len(keep_left) + len(keep_right)))
    order = keep_left + [left[i] for i in np.argsort(right)]
    return np.transpose(np.tensordot(y_bar, b, (out, keep_right)), np.argsort(order))


def _tensordot_right(y_bar, a, b, axes=2):
    left, right, keep_left, keep_right = _contraction(a, b, axes)
    order = [right[i] for i in np.argsort(left)] + keep_right
    out = list(range(len(keep_left)))
    return np.transpose(np.tensordot(a, y_bar, (keep_left, out)), np.argsort(order))


linear(np.tensordot, _tensordot_left, _tensordot_right, takes="a b / axes", each=True)


def _dot_axes(a, b):
    """`np.dot` contracts the last axis of `a` with the last but one of `b` (or its only one)."""
    return ([np.ndim(a) - 1], [max(np.ndim(b) - 2, 0)])


def _dot_left(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(y_bar * b, shape_of(a))
    return _tensordot_left(y_bar, a, b, _dot_axes(a, b))


def _dot_right(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(y_bar * a, shape_of(b))
    return _tensordot_right(y_bar, a, b, _dot_axes(a, b))


linear(np.dot, _dot_left, _dot_right, takes="a b / out", each=True)
linear(
    np.outer,
    lambda y_bar, a, b: np.reshape(np.matmul(y_bar, np.ravel(b)), shape_of(a)),
    lambda y_bar, a, b: np.reshape(np.matmul(np.ravel(a), y_bar), shape_of(b)),
    takes="a b / out",
    each=True,
)


def _letters(subscripts, operands):
    """Spell out `subscripts`: letters of each operand and of the output, ellipsis replaced."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise TraceError(
            f"np.einsum('{subscripts}', …) names {len(terms)} operands; got {len(operands)}."
        )
    free = [c for c in string.ascii_letters if c not in subscripts]
    widths = [
        np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0
        for t, x in zip(terms, operands, strict=True)
    ]
    dots = "".join(free[: max(widths)])
    terms = [t.replace("...", dots[len(dots) - w :]) for t, w in zip(terms, widths, strict=True)]
    if not arrow:
        together = "".join(terms)
        output = dots + "".join(
            sorted(c for c in set(together) - set(dots) if together.count(c) == 1)
        )
    return terms, output.replace("...", dots), free[len(dots) :]


def _einsum_adjoint(i, y_bar, *operands, subscripts):
    """Swap the operand for the cotangent: `ij,jk->ik` becomes `ik,jk->ij` for the first.

    A letter that no other term has at full length was summed: its cotangent is copied, by a factor
    of ones. A letter that the operand has twice took a diagonal: an identity matrix puts its
    cotangent back there.
    """
    terms, output, free = _letters(subscripts, operands)
    others = [(t, x) for j, (t, x) in enumerate(zip(terms, operands, strict=True)) if j != i]
    target, dtype = "", getattr(y_bar, "dtype", float)
    sizes = dict(zip(output, shape_of(y_bar), strict=True))  # as the cotangent and the others have
    for term, x in others:
        for c, n in zip(term, shape_of(x), strict=True):
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    for c, n in zip(terms[i], shape_of(operands[i]), strict=True):
        if c in target:
            fresh = free.pop()
            others.append((c + fresh, np.eye(n, dtype=dtype)))
            target += fresh
        else:
            if sizes.get(c) != n:
                others.append((c, np.ones(n, dtype=dtype)))
            target += c
    spelled = ",".join([output, *(t for t, _ in others)]) + "->" + target
    return unbroadcast(np.einsum(spelled, y_bar, *(x for _, x in others)), shape_of(operands[i]))


def _bind_einsum(args, kwargs):
    for key, value in kwargs.items():  # `optimize` changes the order of the work, not the result
        if key != "optimize" and value is not None:
            raise TraceError(
                f"np.einsum: the argument {key}={value!r:.60} cannot be traced. Leave it out; "
                "traced calls take (subscripts, *operands)."
            )
    if not isinstance(args[0], str):
        raise TraceError(
            "np.einsum with lists of axis numbers cannot be traced. Write the subscripts as a "
            "text: np.einsum('ij,jk->ik', a, b)."
        )
    return tuple(args[1:]), {"subscripts": args[0]}


linear(
    np.einsum,
    _einsum_adjoint,
    takes="*",
    value=lambda *operands, subscripts: np.einsum(subscripts, *operands),
    each=True,
    bind=_bind_einsum,
)

# --- shapes: nothing is computed, so the adjoint puts everything back -------------------------


def reshape_back(y_bar, a, *_, **__):
    """Undo any reshape: the cotangent takes the operand's shape."""
    return np.reshape(y_bar, shape_of(a))


linear(np.reshape, reshape_back, takes="a / shape")
linear(np.ravel, reshape_back, takes="a")
linear(np.squeeze, reshape_back, takes="a / axis")
linear(np.expand_dims, reshape_back, takes="a / axis")
linear(
    np.transpose,
    lambda y_bar, a, axes=None: np.transpose(
        y_bar, None if axes is None else np.argsort([i % np.ndim(a) for i in axes])
    ),
    takes="a / axes",
)
linear(
    np.swapaxes,
    lambda y_bar, a, axis1, axis2: np.swapaxes(y_bar, axis1, axis2),
    takes="a / axis1 axis2",
)
linear(
    np.moveaxis,
    lambda y_bar, a, source, destination: np.moveaxis(y_bar, destination, source),
    takes="a / source destination",
)
linear(np.flip, lambda y_bar, m, axis=None: np.flip(y_bar, axis), takes="m / axis")


# --- joining ----------------------------------------------------------------------------------


def _concatenate_adjoint(i, y_bar, *arrays, axis=0):
    """Cut the operand's own piece out of the cotangent."""
    if axis is None:
        sizes = [int(np.prod(shape_of(x))) for x in arrays]
        start = sum(sizes[:i])
        return np.reshape(y_bar[start : start + sizes[i]], shape_of(arrays[i]))
    axis %= np.ndim(arrays[0])
    lengths = [shape_of(x)[axis] for x in arrays]
    start = sum(lengths[:i])
    return y_bar[(slice(None),) * axis + (slice(start, start + lengths[i]),)]


def _stack_adjoint(i, y_bar, *arrays, axis=0):
    return y_bar[(slice(None),) * (axis % np.ndim(y_bar)) + (i,)]


linear(
    np.concatenate,
    _concatenate_adjoint,
    takes="*arrays / axis out dtype",
    value=lambda *arrays, axis=0: np.concatenate(arrays, axis),
)
linear(
    np.stack,
    _stack_adjoint,
    takes="*arrays / axis out dtype",
    value=lambda *arrays, axis=0: np.stack(arrays, axis),
)

# --- picking and scattering: each is the other's adjoint ---------------------------------------


@primitive
def getitem(a, index):
    """Pick `a[index]`, basic or advanced; what `a[index]` on a traced value calls.

    >>> getitem(np.arange(3.0), [2, 2, 0])
    array([2., 2., 0.])
    """
    return a[index]


@primitive
def scatter_add(values, index, shape):
    """Add `values` into zeros of `shape` at `index`; places that meet are added, none is lost.

    >>> scatter_add(np.array([1.0, 10.0]), [0, 0], (2,))
    array([11.,  0.])
    """
    out = np.zeros(shape, dtype=getattr(values, "dtype", float))
    if _is_basic(index):
        out[index] = values  # no place comes twice, so nothing needs to be added
    else:
        np.add.at(out, index, values)
    return out


def _is_basic(index):
    """Whether `index` is made of slices, whole numbers, None and `...`: no place comes twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(i is None or i is ... or type(i) in (int, slice) for i in parts)


linear(
    getitem,
    lambda y_bar, a, index: scatter_add(y_bar, index=index, shape=shape_of(a)),
    takes="a / index",
)
linear(
    scatter_add,
    lambda y_bar, values, index, shape: unbroadcast(y_bar[index], shape_of(values)),
    takes="values / index shape",
)


def _take_along_back(y_bar, arr, indices, axis=-1):
    """Add every cotangent up where `np.take_along_axis` took its entry."""
    shape = shape_of(arr)
    if axis is None:
        flat = scatter_add(y_bar, index=indices, shape=(int(np.prod(shape)),))
        return np.reshape(flat, shape)
    grid = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[axis % len(shape)] = indices
    return scatter_add(y_bar, index=tuple(grid), shape=shape)


linear(np.take_along_axis, _take_along_back, takes="arr / indices axis")
