"""Chapter 5: joining and cutting arrays. Each is the other's adjoint."""

from __future__ import annotations

import math

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import composite, linear
from backprop_lab.rules.shapes import batch_of, cast, from_the_end, stand_in

# --- joining ------------------------------------------------------------------------------------


def _along(axis, part):
    """Make the index of `part` along an axis that is counted from the end."""
    return (..., part, *(slice(None),) * (-axis - 1))


def _concatenate_back(i, y_bar, *arrays, axis=0):
    """Cut the operand's own piece out of the cotangent."""
    if axis is None:
        sizes = [math.prod(shape_of(x)) for x in arrays]
        start = sum(sizes[:i])
        piece = y_bar[..., start : start + sizes[i]]
        return np.reshape(piece, batch_of(y_bar, 1) + shape_of(arrays[i]))
    axis = from_the_end(axis, np.ndim(arrays[i]))
    lengths = [shape_of(x)[axis] for x in arrays]
    start = sum(lengths[:i])
    return y_bar[_along(axis, slice(start, start + lengths[i]))]


def _stack_back(i, y_bar, *arrays, axis=0):
    return y_bar[_along(from_the_end(axis, np.ndim(arrays[i]) + 1), i)]


linear(
    np.concatenate,
    _concatenate_back,
    takes="*arrays / axis out dtype",
    value=lambda *arrays, axis=0: np.concatenate(arrays, axis),
    batched=True,
)
linear(
    np.stack,
    _stack_back,
    takes="*arrays / axis out dtype",
    value=lambda *arrays, axis=0: np.stack(arrays, axis),
    batched=True,
)


def _each(func, arrays):
    return [func(x) for x in arrays]


@composite(np.hstack, takes="*tup / dtype")
def hstack(*tup):
    """Join side by side: along the second axis, vectors along their only one."""
    arrays = _each(np.atleast_1d, tup)
    return np.concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1)


@composite(np.vstack, takes="*tup / dtype")
def vstack(*tup):
    """Join on top of each other; a vector is a row."""
    return np.concatenate(_each(np.atleast_2d, tup), 0)


@composite(np.dstack, takes="*tup")
def dstack(*tup):
    """Join along the third axis."""
    return np.concatenate(_each(np.atleast_3d, tup), 2)


@composite(np.column_stack, takes="*tup")
def column_stack(*tup):
    """Join as columns; a vector is a column."""
    columns = [x if np.ndim(x) >= 2 else np.reshape(x, (-1, 1)) for x in tup]
    return np.concatenate(columns, 1)


@composite(np.append, takes="arr values / axis")
def append(arr, values, axis=None):
    """Join two arrays, flat where no axis is given."""
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis)


def _leaves(arrays, depth=0):
    """List the arrays of nested lists, each with the number of lists around it."""
    if not isinstance(arrays, list):
        return [(arrays, depth)]
    return [leaf for part in arrays for leaf in _leaves(part, depth + 1)]


@composite(np.block, takes="arrays")
def block(arrays):
    """Build an array of blocks: the innermost lists are joined along the last axis."""
    leaves = _leaves(arrays)
    depths = {depth for _, depth in leaves}
    if len(depths) != 1:
        raise TraceError(
            f"np.block: the blocks stand {' and '.join(map(str, sorted(depths)))} lists deep; all "
            "must stand equally deep. Write a single row of blocks as [[a, b]]."
        )
    (depth,) = depths
    ndim = max(depth, *(np.ndim(x) for x, _ in leaves))

    def build(part, axis):
        if isinstance(part, list):
            return np.concatenate([build(x, axis + 1) for x in part], axis)
        return np.reshape(part, (1,) * (ndim - np.ndim(part)) + shape_of(part))

    return build(arrays, -depth)


@composite(np.insert, takes="arr obj values / axis", analytic=False)  # it casts to `arr`'s dtype
def insert(arr, obj, values, axis=None):
    """Join `values` to the end, then take all in the order that NumPy gives the places."""
    if axis is None:
        arr, axis = np.ravel(arr), 0
    ndim = np.ndim(arr)
    axis = from_the_end(axis, ndim)
    n = shape_of(arr)[axis]
    places = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    count = int(np.sum(places)) if places.dtype == bool else places.size
    if np.ndim(values) < ndim and (count == 1 or np.ndim(values) == 0):
        values = np.reshape(values, (1,) * (ndim - np.ndim(values)) + shape_of(values))
    if count == 1:
        if places.ndim == 0:  # one place outside a list: the first axis counts what is put there
            values = np.moveaxis(values, 0, axis)
        count = shape_of(values)[axis]
    shape = list(shape_of(arr))
    shape[axis] = count
    dtype = getattr(arr, "dtype", np.dtype(float))
    values = values if getattr(values, "dtype", None) == dtype else cast(values, to=dtype)
    both = np.concatenate((arr, np.broadcast_to(values, shape)), axis)
    order = np.insert(np.arange(n), obj, np.arange(n, n + count))
    return np.take(both, order, axis)


# --- cutting ------------------------------------------------------------------------------------


def _pieces(split, ary, sections, axis):
    """Cut as NumPy's function `split` cuts the numbers 0, 1, 2 … of the places."""
    axis = from_the_end(axis, np.ndim(ary))
    cuts = split(np.arange(shape_of(ary)[axis]), sections)
    parts = [slice(c[0], c[-1] + 1) if c.size else slice(0, 0) for c in cuts]
    return [ary[_along(axis, part)] for part in parts]


@composite(np.split, takes="ary / indices_or_sections axis")
def split(ary, indices_or_sections, axis=0):
    """Cut into equal parts, or at the given places."""
    return _pieces(np.split, ary, indices_or_sections, axis)


@composite(np.array_split, takes="ary / indices_or_sections axis")
def array_split(ary, indices_or_sections, axis=0):
    """Cut into parts that are as equal as may be."""
    return _pieces(np.array_split, ary, indices_or_sections, axis)


def _split_along(func, axis, fewest):
    @composite(func, takes="ary / indices_or_sections")
    def split_along(ary, indices_or_sections):
        if np.ndim(ary) < fewest:
            func(stand_in(ary), indices_or_sections)  # NumPy's own error says why
        return _pieces(np.split, ary, indices_or_sections, axis if np.ndim(ary) > 1 else 0)


_split_along(np.vsplit, 0, 2)
_split_along(np.hsplit, 1, 1)
_split_along(np.dsplit, 2, 3)


if hasattr(np, "unstack"):

    @composite(np.unstack, takes="x / axis")
    def unstack(x, axis=0):
        """Give the slices along an axis, one by one."""
        axis = from_the_end(axis, np.ndim(x))
        return tuple([x[_along(axis, i)] for i in range(shape_of(x)[axis])])
