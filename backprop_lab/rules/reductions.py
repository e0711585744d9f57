"""Chapters 3, 4 and 9: sums, means and products, and their running forms.

The adjoint of adding is copying: every summand gets the cotangent of the sum that it entered. Every
other reduction is a sum as well, to first order: of tangents, each with a weight of its own.
"""

from __future__ import annotations

import math

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import linear, rule
from backprop_lab.rules.shapes import batch_of, cast

# --- which axes, and the way back over them -----------------------------------------------------


def axes_of(axis, ndim: int) -> tuple[int, ...]:
    """Name every reduced axis by a number from 0 to ndim − 1.

    >>> axes_of(None, 2), axes_of(-1, 3), axes_of((0, -1), 3)
    ((0, 1), (2,), (0, 2))
    """
    if axis is None or ndim == 0:  # a number may be summed over axis 0
        return tuple(range(ndim))
    return tuple([int(i) % ndim for i in (axis if isinstance(axis, tuple) else (axis,))])


def count_of(shape: tuple[int, ...], axis) -> int:
    """Count the entries that meet in one: the product of the reduced axes' lengths."""
    if axis is None:
        return math.prod(shape)
    return math.prod([shape[i] for i in axes_of(axis, len(shape))])


def restored(y_bar, shape: tuple[int, ...], axis=None, keepdims=False):
    """Put axes of length 1 back where an array of `shape` was reduced; a batch stays in front."""
    got, ndim = shape_of(y_bar), len(shape)
    if keepdims:
        return y_bar
    axes = axes_of(axis, ndim)
    kept = tuple([1 if i in axes else n for i, n in enumerate(shape)])
    batch = len(got) - ndim + len(axes)
    if type(y_bar) is np.ndarray:
        return y_bar.reshape(got[:batch] + kept)
    return np.reshape(y_bar, got[:batch] + kept)


_NUMBERS = frozenset({float, np.float64, np.float32})
# Up to so many entries a copy takes less time than NumPy needs to make a view of repeated ones
# (0.5 µs against 2.4 µs at 300 entries).
FEW = 4000


def _repeated(number, shape):
    """As `np.broadcast_to`, in less than half the time: every loss ends in a sum or a mean."""
    number = np.asarray(number)
    view = np.ndarray(shape, number.dtype, number, strides=(0,) * len(shape))
    view.flags.writeable = False
    return view


def copied(y_bar, shape: tuple[int, ...], axis=None, keepdims=False):
    """Give every entry of an array of `shape` the cotangent of what it was reduced to."""
    if axis is None and type(y_bar) in _NUMBERS:
        if math.prod(shape) > FEW:
            return _repeated(y_bar, shape)
        x_bar = np.empty(shape, dtype_of(y_bar))
        x_bar.fill(y_bar)
        return x_bar
    last = len(shape) - 1
    if type(y_bar) is np.ndarray and shape and (axis == last or axis == -1):  # the commonest axis
        kept = y_bar if keepdims else y_bar[..., None]
        full = (*kept.shape[:-1], shape[last])
    else:
        kept = restored(y_bar, shape, axis, keepdims)
        full = batch_of(kept, len(shape)) + shape
    if type(kept) is np.ndarray and math.prod(full) <= FEW:
        x_bar = np.empty(full, kept.dtype)
        x_bar[...] = kept
        return x_bar
    return np.broadcast_to(kept, full)


def copy_back(y_bar, a, axis=None, keepdims=False):
    """Give every summand of `np.sum(a, axis)` the cotangent of the sum that it entered."""
    return copied(y_bar, shape_of(a), axis, keepdims)


def dtype_of(x) -> np.dtype:
    """Element type of an array, a traced value or a Python number.

    >>> dtype_of(2.0), dtype_of(np.float32(2))
    (dtype('float64'), dtype('float32'))
    """
    return getattr(x, "dtype", None) or np.result_type(x)


def in_dtype(x, dtype):
    """Give `x`, traced or not, in `dtype`; x itself where nothing changes, or no dtype is asked."""
    return x if dtype is None or dtype_of(x) == dtype else cast(x, to=dtype)


def by_weights(y, a, weights, axis=None, keepdims=False, dtype=None):
    """Give value, pushforward and pullback of a reduction: ẏ = Σᵢ wᵢ ẋᵢ, and x̄ᵢ = wᵢ ȳ.

    `weights()` makes the weights, of the shape of `a`, when they are needed.
    """
    shape, own = shape_of(a), dtype_of(a)

    def pushforward(a_dot):
        return np.sum(a_dot * weights(), axis=axis, dtype=dtype, keepdims=keepdims)

    def pullback(y_bar):
        x_bar = restored(y_bar, shape, axis, keepdims) * weights()
        return x_bar if dtype is None else in_dtype(x_bar, own)

    return y, pushforward, pullback


def by_mask(y, a, mask, counts=1, axis=None, keepdims=False, dtype=None):
    """As `by_weights`, where the entries in `mask` share equally and no other has a part.

    Two small arrays are kept, one byte an entry and one count a sum; `a` is not.
    """
    own, wide = dtype_of(a), dtype_of(y)
    shape, counts = shape_of(a), 1 if type(counts) is int else np.asarray(counts, wide)

    def pushforward(a_dot):
        parts = np.where(mask, a_dot, 0.0)
        y_dot = np.sum(parts, axis=axis, dtype=dtype, keepdims=keepdims)
        return y_dot / (np.reshape(counts, shape_of(y_dot)) if np.ndim(counts) else counts)

    def pullback(y_bar):
        share = restored(y_bar, shape, axis, keepdims)
        return np.where(mask, in_dtype(share / counts, own), 0.0)

    return y, pushforward, pullback


def at_places(y, places, shape):
    """As `by_mask`, where one entry of each row decides: its place in the flat array is kept."""
    size, keepdims = math.prod(shape), np.ndim(y) == len(shape)

    def pushforward(a_dot):
        return np.reshape(np.ravel(a_dot)[places], shape_of(y))

    def pullback(y_bar):
        if type(y_bar) in (np.ndarray, np.float64, np.float32):
            batch = batch_of(y_bar, np.ndim(y))
            x_bar = np.zeros((*batch, size), y_bar.dtype)
            x_bar[..., places] = y_bar.reshape(*batch, -1)
            return x_bar.reshape(batch + shape)
        mask = np.zeros(size, bool)
        mask[places] = True
        return np.where(mask.reshape(shape), restored(y_bar, shape, -1, keepdims), 0.0)

    return y, pushforward, pullback


# --- sum and mean ---------------------------------------------------------------------------------


def plain_sum(a, axis=None, **params):
    """As `np.sum` of an array, in three quarters of the time: NumPy asks nobody else to do it."""
    return np.add.reduce(a, axis, **params)


def plain_mean(a, axis=None, keepdims=False, **params):
    """As `np.mean` of an array, in half the time where no dtype or mask is given."""
    count = count_of(a.shape, axis)
    if params or not count or a.dtype.itemsize < 4:
        return np.mean(a, axis, keepdims=keepdims, **params)
    return np.add.reduce(a, axis, keepdims=keepdims) / count


def _sum_adjoint(y_bar, a, axis=None, dtype=None, keepdims=False, where=True):
    if dtype is not None:
        y_bar = in_dtype(y_bar, dtype_of(a))
    x_bar = copy_back(y_bar, a, axis, keepdims)
    return x_bar if where is True else x_bar * np.asarray(where)


def _mean_adjoint(y_bar, a, axis=None, dtype=None, keepdims=False, where=True):
    if where is True:  # divided before it is copied: the copy is a view, and costs nothing
        y_bar = y_bar / max(count_of(shape_of(a), axis), 1)
        return _sum_adjoint(y_bar, a, axis, dtype, keepdims)
    counts = _chosen(a, axis, where).astype(dtype_of(a))
    return _sum_adjoint(y_bar, a, axis, dtype, keepdims, where) / counts


def _chosen(a, axis, where):
    """How many entries a mask chooses for each mean, and 1 where it chooses none."""
    chosen = np.broadcast_to(where, shape_of(a))
    return np.maximum(np.sum(chosen, axis=axis, keepdims=True), 1)


def _mean_of_tangents(a, axis=None, dtype=None, keepdims=False, where=True):
    """As `np.mean`, but 0 for a mean of nothing: it is NaN, wherever the entries move."""
    if where is True and count_of(shape_of(a), axis):
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims)
    total = np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return total / np.reshape(_chosen(a, axis, where), shape_of(total)).astype(dtype_of(total))


_TAKES = "a / axis +dtype out keepdims initial +where"
linear(np.sum, _sum_adjoint, takes=_TAKES, batched=True)
linear(
    np.mean,
    _mean_adjoint,
    takes="a / axis +dtype out keepdims +where",
    push=_mean_of_tangents,
    batched=True,
)


def _cumsum_adjoint(y_bar, a, axis=None, dtype=None):
    """x̄ᵢ = Σ_{j≥i} ȳⱼ: the same sum, run from the other end."""
    if dtype is not None:
        y_bar = in_dtype(y_bar, dtype_of(a))
    shape, along = shape_of(a), _from_end(axis, np.ndim(a))
    batch = batch_of(y_bar, 1 if _in_one_row(axis, shape) else len(shape))
    return np.reshape(np.flip(np.cumsum(np.flip(y_bar, along), along), along), batch + shape)


def _in_one_row(axis, shape):
    """Whether a running sum or product goes through all entries in one row."""
    return axis is None or not shape


def _from_end(axis, ndim):
    """Count an axis from the end, where a batch in front does not move it; −1 in a flat run."""
    return -1 if axis is None or not ndim else int(axis) % ndim - ndim


linear(np.cumsum, _cumsum_adjoint, takes="a / axis +dtype out", batched=True)


# --- products: never divided by an entry, which may be zero ---------------------------------------


@rule(np.prod, takes=_TAKES, analytic=True, batched=True)
def prod(a, axis=None, dtype=None, keepdims=False, where=True):
    """∂y/∂xᵢ is the product of all other entries: exact with any number of zeros among them."""
    y = np.prod(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)

    def weights():
        b = in_dtype(a, dtype)
        if where is True:
            return _product_of_others(b, axis)
        return _product_of_others(np.where(where, b, 1.0), axis) * np.asarray(where)

    return by_weights(y, a, weights, axis, keepdims, dtype)


def _product_of_others(a, axis):
    """For each entry the product of those before it times the product of those after it."""
    shape, axes = shape_of(a), axes_of(axis, np.ndim(a))
    order = [i for i in range(len(shape)) if i not in axes] + list(axes)
    if 0 in shape or not shape:
        return np.ones_like(a)
    moved = np.transpose(a, order)
    row = np.reshape(moved, (*shape_of(moved)[: len(shape) - len(axes)], count_of(shape, axis)))
    others = _before(row) * np.flip(_before(np.flip(row, -1)), -1)
    return np.transpose(np.reshape(others, shape_of(moved)), np.argsort(order))


def _before(x):
    """Product of all entries before each, along the last axis; 1 before the first."""
    one = np.ones((*shape_of(x)[:-1], 1), dtype_of(x))
    return np.concatenate([one, np.cumprod(x[..., :-1], axis=-1)], axis=-1)


@rule(np.cumprod, takes="a / axis +dtype out", analytic=True, batched=True)
def cumprod(a, axis=None, dtype=None):
    """yₖ = xₖ yₖ₋₁, so that ẏₖ = xₖ ẏₖ₋₁ + yₖ₋₁ ẋₖ: a recurrence, and its adjoint from the end."""
    y = np.cumprod(a, axis=axis, dtype=dtype)
    shape, own, along = shape_of(a), dtype_of(a), _from_end(axis, np.ndim(a))
    flat, size = _in_one_row(axis, shape), math.prod(shape)

    def row(x):
        """The running axis last, behind all others."""
        x = in_dtype(x, dtype)
        return np.reshape(x, (size,)) if flat else np.moveaxis(x, along, -1)

    def pushforward(a_dot):
        x = row(a)
        return np.moveaxis(_recurrence(x, _before(x) * row(a_dot)), -1, along)

    def pullback(y_bar):
        x, y_bar = row(a), np.moveaxis(y_bar, along, -1)
        after = np.flip(np.concatenate([x[..., 1:], np.ones_like(x[..., :1])], -1), -1)
        sums = np.flip(_recurrence(after, np.flip(y_bar, -1)), -1)
        x_bar = np.moveaxis(sums * _before(x), -1, along)
        batch = batch_of(x_bar, 1 if flat else len(shape))
        return np.reshape(x_bar if dtype is None else in_dtype(x_bar, own), batch + shape)

    return y, pushforward, pullback


def _recurrence(m, b):
    """Solve sₖ = mₖ sₖ₋₁ + bₖ along the last axis, from s₋₁ = 0, in log₂ n rounds.

    Each round joins every step with the stretch that ends where it begins (Hillis and Steele,
    "Data parallel algorithms", 1986), so that no Python loop runs over entries.
    """
    d, n = 1, shape_of(b)[-1]
    while d < n:
        b = np.concatenate([b[..., :d], b[..., d:] + m[..., d:] * b[..., :-d]], axis=-1)
        m = np.concatenate([m[..., :d], m[..., d:] * m[..., :-d]], axis=-1)
        d *= 2
    return b
