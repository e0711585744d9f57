"""Chapter 5: copies of entries. What was copied adds the cotangents of its copies up.

All are short in `np.broadcast_to`, which copies along an axis of its own, and `np.reshape`.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.kinds import composite, linear
from backprop_lab.rules.shapes import from_the_end, variadic

linear(
    np.broadcast_to,
    lambda y_bar, array, shape: unbroadcast(
        y_bar, shape_of(array), np.ndim(y_bar) - np.size(shape)
    ),
    takes="array / shape",
    batched=True,
)


@composite(np.broadcast_arrays, bind=variadic(np.broadcast_arrays, "subok"))
def broadcast_arrays(*arrays, subok=False):
    """Stretch all arrays to their common shape."""
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return tuple([np.broadcast_to(x, shape) for x in arrays])


@composite(np.meshgrid, bind=variadic(np.meshgrid, "copy sparse indexing"))
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Give each coordinate an axis of its own; the first two change places for 'xy'."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    places = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        places[:2] = [1, 0]
    grids = tuple(
        [
            np.reshape(x, [-1 if i == place else 1 for i in range(len(xi))])
            for x, place in zip(xi, places, strict=True)
        ]
    )
    return grids if sparse else np.broadcast_arrays(*grids)


@composite(np.full_like, takes="a fill_value / dtype order subok shape")
def full_like(a, fill_value, shape=None, order="K", subok=True):
    """Fill the shape of `a` with a value; `a` itself is not looked at."""
    shape, dtype = shape_of(a) if shape is None else shape, getattr(a, "dtype", np.dtype(float))
    if isinstance(fill_value, (int, float, np.ndarray, np.generic)):
        return np.full(shape, fill_value, dtype)
    filled = np.broadcast_to(fill_value, shape)
    return filled if filled.dtype == dtype else np.astype(filled, dtype)


@composite(np.tile, takes="A / reps")
def tile(A, reps):
    """Repeat the whole array along each axis."""
    reps = tuple([int(r) for r in np.atleast_1d(reps)])
    ndim = max(np.ndim(A), len(reps))
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - np.ndim(A)) + shape_of(A)
    apart = [n for size in shape for n in (1, size)]
    copied = [n for r, size in zip(reps, shape, strict=True) for n in (r, size)]
    whole = [r * size for r, size in zip(reps, shape, strict=True)]
    return np.reshape(np.broadcast_to(np.reshape(A, apart), copied), whole)


@composite(np.repeat, takes="a / repeats axis")
def repeat(a, repeats, axis=None):
    """Repeat each entry: by one number for all, or by a number of its own."""
    if axis is None or not np.ndim(a):  # a number has one entry along axis 0, as in NumPy
        a, axis = np.ravel(a), axis or 0
    axis = from_the_end(axis, np.ndim(a))
    shape = shape_of(a)
    if np.size(repeats) != 1:
        return np.take(a, np.repeat(np.arange(shape[axis]), repeats), axis)
    times = operator.index(np.reshape(repeats, ())[()])
    before, after = shape[: len(shape) + axis], shape[len(shape) + axis + 1 :]
    copied = np.broadcast_to(
        np.reshape(a, (*before, shape[axis], 1, *after)), (*before, shape[axis], times, *after)
    )
    return np.reshape(copied, (*before, shape[axis] * times, *after))


@composite(np.resize, takes="a / new_shape")
def resize(a, new_shape):
    """Fill a new shape with the entries, over and over."""
    size, full = int(np.prod(shape_of(a))), int(np.prod(new_shape))
    if size == 0:
        return np.broadcast_to(np.sum(a), new_shape)  # of nothing: zeros
    return np.reshape(np.take(np.ravel(a), np.arange(full) % size), new_shape)
