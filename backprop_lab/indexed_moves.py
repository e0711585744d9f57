"""What moves the entries of an array of any size: each function as a change of indices.

Every function takes an array with a `shape` of symbols and an `entry` at given indices, and makes
another by `_new`. Named sizes are letters, so an axis of a named size is kept whole or reversed;
an axis of a fixed size can be cut and reshaped too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from backprop_lab.errors import TraceError
from backprop_lab.index_factors import At

ONE = sp.Integer(1)


def shape_text(shape) -> str:
    """Write a shape as Python does: (N, p), (N,)."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def axes_of(axis, ndim) -> tuple:
    """Give the axes that `axis` names; all of them for None."""
    return tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)


def stretched(shapes) -> list:
    """Broadcast shapes, aligned from the right; two letters are never taken for one size."""
    ndim = max(map(len, shapes))
    shape = []
    for axis in range(-ndim, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {ONE}
        if len(sizes) > 1:
            raise TraceError(
                f"shapes {' and '.join(map(shape_text, shapes))} do not broadcast: "
                "they agree at some sizes by accident only."
            )
        shape.append(sizes.pop() if sizes else ONE)
    return shape


def entry_within(a, indices):
    """Give the entry of `a` that meets an entry of a broadcast array: its own axes, 1 where 1."""
    own = indices[len(indices) - a.ndim :]
    return a.entry(*(ONE if n == 1 else i for i, n in zip(own, a.sizes, strict=True)))


def transpose(a, axes=None):
    """As `np.transpose`."""
    order = tuple(reversed(range(a.ndim))) if axes is None else axes_of(tuple(axes), a.ndim)
    if len(order) != a.ndim:
        raise TraceError(f"np.transpose: axes {axes} are not the {a.ndim} axes of the array.")
    back = np.argsort(order)
    return a._new(
        [a.sizes[i] for i in order], lambda *indices: a.entry(*(indices[i] for i in back))
    )


def swapaxes(a, axis1, axis2):
    """As `np.swapaxes`."""
    i, j = (normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    return transpose(a, [{i: j, j: i}.get(k, k) for k in range(a.ndim)])


def moveaxis(a, source, destination):
    """As `np.moveaxis`."""
    here, there = (normalize_axis_tuple(k, a.ndim) for k in (source, destination))
    order = [k for k in range(a.ndim) if k not in here]
    for to, axis in sorted(zip(there, here, strict=True)):
        order.insert(to, axis)
    return transpose(a, order)


def expand_dims(a, axis):
    """As `np.expand_dims`."""
    ndim = a.ndim + np.size(axis)
    new = normalize_axis_tuple(axis, ndim)
    old = iter(a.sizes)
    kept = [k for k in range(ndim) if k not in new]
    shape = [ONE if k in new else next(old) for k in range(ndim)]
    return a._new(shape, lambda *indices: a.entry(*(indices[k] for k in kept)))


def squeeze(a, axis=None):
    """As `np.squeeze`; a named size is never 1."""
    ones = [k for k, n in enumerate(a.sizes) if n == 1]
    gone = ones if axis is None else normalize_axis_tuple(axis, a.ndim)
    if not set(gone) <= set(ones):
        raise TraceError(
            f"np.squeeze: axis {axis} of shape {shape_text(a.sizes)} is not of size 1."
        )

    def entry(*indices):
        rest = iter(indices)
        return a.entry(*(ONE if k in gone else next(rest) for k in range(a.ndim)))

    return a._new([n for k, n in enumerate(a.sizes) if k not in gone], entry)


def broadcast_to(a, shape):
    """As `np.broadcast_to`."""
    shape = sizes_of(shape)
    if len(shape) < a.ndim or stretched([a.sizes, shape]) != shape:
        raise TraceError(
            f"np.broadcast_to: shape {shape_text(a.sizes)} does not stretch to {shape_text(shape)}."
        )
    return a._new(shape, lambda *indices: entry_within(a, indices))


def flip(a, axis=None):
    """As `np.flip`: entry i becomes entry n + 1 − i."""
    axes = axes_of(axis, a.ndim)
    turned = lambda k, i: a.sizes[k] + 1 - i if k in axes else i  # noqa: E731
    return a._new(a.sizes, lambda *indices: a.entry(*(turned(k, i) for k, i in enumerate(indices))))


def sizes_of(shape) -> list:
    """Give a shape as a list of sizes: whole numbers, or the letters of another array's shape."""
    given = shape if isinstance(shape, (tuple, list)) else (shape,)
    return [sp.sympify(n) if isinstance(n, sp.Basic) else sp.Integer(int(n)) for n in given]


def ravel(a):
    """As `np.ravel`."""
    return reshape(a, -1)


def reshape(a, shape):
    """As `np.reshape`, where the sizes that change are fixed; the others stay as they are."""
    shape = sizes_of(shape)
    if sp.Integer(-1) in shape:
        rest = sp.Mul(*(n for n in shape if n != -1))
        shape[shape.index(-1)] = sp.cancel(sp.Mul(*a.sizes) / rest)
    blocks = _blocks(list(enumerate(a.sizes)), list(enumerate(shape)))
    if blocks is None:
        raise TraceError(
            f"np.reshape from {shape_text(a.sizes)} to {shape_text(shape)} has an index form where "
            "the sizes that change are fixed numbers. Derive with those sizes as numbers."
        )

    def entry(*indices):
        full = [ONE] * a.ndim
        for old, new in blocks:
            if len(old) == len(new) == 1:
                full[old[0][0]] = indices[new[0][0]]
                continue
            place = sp.Integer(0)
            for k, n in new:
                place = place * n + indices[k] - 1
            for k, n in reversed(old):
                here, place = (place, 0) if (k, n) == old[0] else _split(place, n)
                full[k] = At(here + 1, n)
        return a.entry(*full)

    return a._new(shape, entry)


def _split(place, n):
    return sp.Mod(place, n), sp.floor(place / n)


def _blocks(old, new):
    """Pair runs of axes that hold the same number of entries; None where a named size changes."""
    old, new = ([(k, n) for k, n in axes if n != 1] for axes in (old, new))
    blocks = []
    while old or new:
        mine, theirs = old[:1], new[:1]
        if not (mine and theirs):
            return None
        i = j = 1
        while (left := _count(mine)) != (right := _count(theirs)):
            if not (left.is_Integer and right.is_Integer):
                return None
            if left < right and i < len(old):
                mine, i = old[: i + 1], i + 1
            elif right < left and j < len(new):
                theirs, j = new[: j + 1], j + 1
            else:
                return None
        blocks.append((mine, theirs))
        old, new = old[i:], new[j:]
    return blocks


def _count(axes):
    return sp.Mul(*(n for _, n in axes))


_NAMED = (
    "Indexing has no index form for all sizes, except `:`, `None`, `...` and `::-1`. Derive at a "
    "fixed size: shapes={'x': (3,)}."
)


def getitem(a, index):
    """As `a[index]`: whole axes, new axes and turned ones at any size, the rest at fixed sizes."""
    items = list(index) if isinstance(index, tuple) else [index]
    used = sum(item is not None and item is not Ellipsis for item in items)
    if used > a.ndim:
        raise TraceError(f"{used} indices for an array of {a.ndim} axes.")
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    here = next(n for n, item in enumerate(items) if item is Ellipsis)
    items[here : here + 1] = [slice(None)] * (a.ndim - used)
    shape, takes, axis = [], [], 0  # takes: for each axis of `a`, (the new axis, index from index)
    for item in items:
        if item is None:
            shape.append(ONE)
            continue
        n, axis = a.sizes[axis], axis + 1
        if isinstance(item, slice):
            size, at = _cut(item, n)
            takes.append((len(shape), at))
            shape.append(size)
        else:
            takes.append((None, _position(item, n)))
    return a._new(
        shape,
        lambda *indices: a.entry(*(at if k is None else at(indices[k]) for k, at in takes)),
    )


def _cut(item, n) -> tuple:
    """Give the size that a slice leaves of an axis, and where entry i of it comes from."""
    if item == slice(None):
        return n, lambda i: i
    if item == slice(None, None, -1):
        return n, lambda i: n + 1 - i
    if not n.is_Integer:
        return _cut_by_letters(item, n)
    chosen = range(*item.indices(int(n)))
    if not chosen:
        raise TraceError(f"the slice {item} of an axis of size {n} is empty.")
    return sp.Integer(len(chosen)), lambda i: At(chosen.start + 1 + chosen.step * (i - 1), n)


def _cut_by_letters(item, n) -> tuple:
    """Cut an axis at sizes that are letters, such as where a joined axis was put together."""
    start, stop = sp.sympify(item.start or 0), sp.sympify(n if item.stop is None else item.stop)
    inside = start.is_nonnegative and (stop - start).is_positive and (n - stop).is_nonnegative
    if item.step not in (None, 1) or not inside:
        raise TraceError(_NAMED)
    return stop - start, lambda i: At(start + i, n)


def _position(item, n):
    """Give the entry, counted from 1, that a whole number names on an axis of a fixed size."""
    if not n.is_Integer or isinstance(item, (bool, np.bool_)):
        raise TraceError(_NAMED)
    if not isinstance(item, (int, np.integer)):
        raise TraceError("An index form has whole numbers and slices as indices, no arrays.")
    return sp.Integer(normalize_axis_index(int(item), int(n)) + 1)


MOVES: dict[Callable, Callable] = {
    np.transpose: transpose,
    np.swapaxes: swapaxes,
    np.moveaxis: moveaxis,
    np.expand_dims: expand_dims,
    np.squeeze: squeeze,
    np.broadcast_to: broadcast_to,
    np.flip: flip,
    np.reshape: reshape,
    np.ravel: ravel,
}
