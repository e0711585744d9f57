"""Chapter 5: picking and scattering entries. Each is the other's adjoint."""

from __future__ import annotations

import math
import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.kinds import composite, linear, rule
from backprop_lab.rules.registry import constant
from backprop_lab.rules.shapes import batch_of, from_the_end, stand_in


@primitive
def getitem(a, index):
    """Pick `a[index]`, basic or advanced; what `a[index]` on a traced value calls.

    >>> getitem(np.arange(3.0), [2, 2, 0])
    array([2., 2., 0.])
    """
    return a[index]


@primitive
def scatter_add(values, index, shape, batch=0):
    """Add `values` into zeros of `shape` at `index`; places that meet are added, none is lost.

    The first `batch` axes of `values` number separate scatters, which the result keeps in front.

    >>> scatter_add(np.array([1.0, 10.0]), [0, 0], (2,))
    array([11.,  0.])
    >>> scatter_add(np.array([[1.0], [2.0]]), [0], (2,), batch=1)
    array([[1., 0.],
           [2., 0.]])
    """
    rows = shape_of(values)[:batch]
    out = np.zeros((*rows, *shape), dtype=getattr(values, "dtype", float))
    if _meets_nowhere(index):
        out[_behind(batch, index)] = values
    elif not batch and (np.size(values) < _FEW or _leading(index) == len(shape)):
        np.add.at(out, index, values)
    else:
        places = _places(index, shape)
        values = np.broadcast_to(values, (*rows, *places.shape)).reshape(-1)
        if batch:  # every scatter of the batch has places of its own
            places = np.add.outer(np.arange(math.prod(rows)) * math.prod(shape), places)
        np.add.at(out.reshape(-1), places.reshape(-1), values)
    return out


# NumPy adds to entries of a flat array up to eight times as fast as to whole rows, but the places
# have to be counted out first: that pays from about so many entries on.
_FEW = 1000


def _is_basic(index):
    """Whether `index` is made of slices, whole numbers, None and `...`, which give a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        i is None or i is ... or type(i) in (int, slice) or isinstance(i, np.integer) for i in parts
    )


def _meets_nowhere(index):
    """Whether `index` names no place twice by its kind alone, so that nothing is to be added."""
    mask = isinstance(index, np.ndarray) and index.dtype == bool and index.ndim > 0
    return mask or _is_basic(index)


def _behind(batch, index):
    """Put an index behind the axes of a batch."""
    if not batch:
        return index
    return (slice(None),) * batch + (index if isinstance(index, tuple) else (index,))


def _leading(index):
    """How many leading axes the arrays of `index` take up; None if it has slices as well."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(i, (list, np.ndarray)) and np.ndim(i) for i in parts):
        return sum(np.ndim(i) if np.asarray(i).dtype == bool else 1 for i in parts)
    return None


def _places(index, shape):
    """Number the places that `index` picks, as if the array of `shape` were flat."""
    lead = _leading(index) or len(shape)
    size = math.prod(shape[lead:])  # each place that the arrays name is a block of so many
    first = np.arange(math.prod(shape[:lead])).reshape(shape[:lead])[index]
    return np.add.outer(first * size, np.arange(size).reshape(shape[lead:]))


def _getitem_back(y_bar, a, index):
    shape = shape_of(a)
    batch = np.ndim(y_bar) - _axes_picked(index, shape)
    return scatter_add(y_bar, index=index, shape=shape, batch=batch)


def _axes_picked(index, shape):
    """How many axes `a[index]` has, found without the entries of `a`."""
    if isinstance(index, (int, np.integer)) and not isinstance(index, bool):
        return len(shape) - 1
    return np.broadcast_to(np.int8(0), shape)[index].ndim


def _scatter_back(y_bar, values, index, shape, batch=0):
    """Pick at the places to which the values went."""
    extra = np.ndim(y_bar) - len(shape)  # of the scatter's own batch, and of one of cotangents
    if not extra or _meets_nowhere(index):
        picked = y_bar[_behind(extra, index)]
    else:
        flat = np.reshape(y_bar, (*batch_of(y_bar, len(shape)), math.prod(shape)))
        picked = flat[(slice(None),) * extra + (_places(index, shape),)]
    return unbroadcast(picked, shape_of(values), extra - batch)


linear(getitem, _getitem_back, takes="a / index", batched=True)
linear(scatter_add, _scatter_back, takes="values / index shape batch", batched=True)


# --- spelled by an index ------------------------------------------------------------------------


def _whole(numbers):
    """Give indices as an array of whole numbers; a traced one says what is wrong."""
    if not isinstance(numbers, (list, tuple, np.ndarray)):
        return operator.index(numbers)
    numbers = np.asarray(numbers)
    return numbers.astype(np.intp, casting="safe") if numbers.size else numbers.astype(np.intp)


@composite(np.take, takes="a / indices axis out mode")
def take(a, indices, axis=None, mode="raise"):
    """Pick along one axis, or from the flat array."""
    if axis is None or not np.ndim(a):  # a number has one entry along axis 0, as in NumPy
        a, axis = np.ravel(a), axis or 0
    axis = from_the_end(axis, np.ndim(a))
    indices = _whole(indices)
    if mode != "raise":
        indices = np.take(np.arange(shape_of(a)[axis]), indices, mode=mode)
    return a[(slice(None),) * (np.ndim(a) + axis) + (indices,)]


def _take_along_index(indices, axis, shape):
    """Spell `np.take_along_axis` as an index, all axes written out."""
    grid = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[axis] = indices
    return tuple(grid)


def _take_along_back(y_bar, arr, indices, axis=-1):
    """Add every cotangent up where `np.take_along_axis` took its entry."""
    shape, batch = shape_of(arr), np.ndim(y_bar) - np.ndim(indices)
    if axis is None:
        flat = scatter_add(y_bar, index=indices, shape=(math.prod(shape),), batch=batch)
        return np.reshape(flat, batch_of(y_bar, np.ndim(indices)) + shape)
    index = _take_along_index(indices, from_the_end(axis, len(shape)), shape)
    return scatter_add(y_bar, index=index, shape=shape, batch=batch)


linear(np.take_along_axis, _take_along_back, takes="arr / indices axis", batched=True)


@composite(np.compress, takes="condition a / axis out")
def compress(condition, a, axis=None):
    """Keep the slices at which a condition holds."""
    return np.take(a, np.nonzero(condition)[0], axis)


@composite(np.extract, takes="condition arr")
def extract(condition, arr):
    """Keep the entries at which a condition holds."""
    return np.take(np.ravel(arr), np.nonzero(np.ravel(condition))[0])


@composite(np.delete, takes="arr / obj axis")
def delete(arr, obj, axis=None):
    """Take what NumPy leaves of the places' numbers."""
    if axis is None:
        arr, axis = np.ravel(arr), 0
    n = shape_of(arr)[from_the_end(axis, np.ndim(arr))]
    return np.take(arr, np.delete(np.arange(n), obj), axis)


@composite(np.choose, takes="a choices / out mode")
def choose(a, choices, mode="raise"):
    """Pick each entry from the choice that `a` numbers."""
    if not isinstance(a, (list, tuple, np.ndarray)):
        a = operator.index(a)
    shape = np.broadcast_shapes(np.shape(a), *map(shape_of, choices))
    which = np.choose(a, np.arange(len(choices)), mode=mode)  # wraps, clips or raises as NumPy does
    dtypes = [x.dtype for x in choices if np.ndim(x)]  # numbers take the dtype of the arrays
    ones = np.ones(shape, np.result_type(*dtypes) if dtypes else float)
    together = np.stack([np.broadcast_to(x, shape) if np.ndim(x) else x * ones for x in choices])
    which = np.broadcast_to(which, shape)
    return np.take_along_axis(together, which[None], 0)[0]


# --- diagonals ----------------------------------------------------------------------------------


def _on_diagonal(n, m, offset):
    """Number the rows and columns of a diagonal of an n × m matrix."""
    rows = np.arange(max(min(n + min(offset, 0), m - max(offset, 0)), 0))
    return rows - min(offset, 0), rows + max(offset, 0)


@composite(np.diagonal, takes="a / offset axis1 axis2")
def diagonal(a, offset=0, axis1=0, axis2=1):
    """Pick the diagonal of two axes into a last one."""
    last = np.moveaxis(a, (axis1, axis2), (-2, -1))
    return last[(..., *_on_diagonal(*shape_of(last)[-2:], offset))]


@composite(np.trace, takes="a / offset axis1 axis2 dtype out")
def trace(a, offset=0, axis1=0, axis2=1):
    """Add a diagonal up."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composite(np.diag, takes="v / k")
def diag(v, k=0):
    """Put a vector onto a diagonal, or pick a matrix's diagonal."""
    if np.ndim(v) != 1:
        return np.diagonal(v, k) if np.ndim(v) == 2 else np.diag(stand_in(v), k)
    n = shape_of(v)[0] + abs(k)
    return scatter_add(v, index=_on_diagonal(n, n, k), shape=(n, n))


@composite(np.diagflat, takes="v / k")
def diagflat(v, k=0):
    """Put all entries onto a diagonal."""
    return np.diag(np.ravel(v), k)


# --- padding ------------------------------------------------------------------------------------

_COPIES = ("edge", "reflect", "symmetric", "wrap")  # modes that copy entries from inside


def _widths(pad_width, ndim):
    """How many entries go before and after each axis, as an ndim × 2 array."""
    if not isinstance(pad_width, dict):
        return np.broadcast_to(pad_width, (ndim, 2))
    widths = np.zeros((ndim, 2), int)
    for axis, width in pad_width.items():
        widths[axis] = width
    return widths


@rule(
    np.pad,
    takes="array / pad_width mode constant_values",
    analytic=True,
    batched=True,
)
def pad(array, pad_width, mode="constant", **constants):
    """A padded constant does not move: the map is affine, its tangent is padded with zeros."""
    shape = shape_of(array)
    if mode == "constant":
        parts = [
            slice(before, before + n)
            for n, (before, _) in zip(shape, _widths(pad_width, len(shape)).tolist(), strict=True)
        ]

        def pushforward(array_dot):
            return np.pad(array_dot, pad_width)

        def pullback(y_bar):
            return y_bar[(..., *parts)]

    elif mode in _COPIES:
        size = math.prod(shape)
        places = np.pad(np.arange(size).reshape(shape), pad_width, mode)

        def pushforward(array_dot):
            return np.ravel(array_dot)[places]

        def pullback(y_bar):
            batch = batch_of(y_bar, len(shape))
            flat = scatter_add(y_bar, index=places, shape=(size,), batch=len(batch))
            return np.reshape(flat, batch + shape)

    else:
        raise TraceError(
            f"np.pad: mode={mode!r:.40} cannot be traced; the modes with a rule are 'constant', "
            f"{', '.join(map(repr, _COPIES))}. Join the borders by np.concatenate instead."
        )
    return np.pad(array, pad_width, mode, **constants), pushforward, pullback


# --- places, which are whole numbers ------------------------------------------------------------

constant(np.nonzero, np.argwhere, np.flatnonzero, np.searchsorted, np.digitize)
constant(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, shape_only=True)
