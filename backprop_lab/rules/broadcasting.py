"""Broadcasting copies a value; its adjoint adds the copies' cotangents. One place for both."""

from __future__ import annotations

import numpy as np


def shape_of(x) -> tuple[int, ...]:
    """Shape of an array, a traced value or a Python number, without making an array of it.

    >>> shape_of(2.0), shape_of(np.ones((2, 3)))
    ((), (2, 3))
    """
    if type(x) is float:  # the quick way for scalar code
        return ()
    try:
        return x.shape
    except AttributeError:
        return np.shape(x)


def unbroadcast(y_bar, shape: tuple[int, ...], batch: int = 0):
    """Add a cotangent up to `shape`: the adjoint of `np.broadcast_to` from `shape`.

    Axes that broadcasting put in front, and axes of length 1 that it stretched, are summed. The
    first `batch` axes of `y_bar` number the cotangents of a batch, and stay.

    >>> unbroadcast(np.ones((4, 3)), (3,))
    array([4., 4., 4.])
    >>> unbroadcast(np.ones((4, 3)), (4, 1)).shape
    (4, 1)
    >>> unbroadcast(np.ones((5, 4, 3)), (3,), batch=1).shape
    (5, 3)
    """
    got = shape_of(y_bar)
    kept = got[:batch] + shape
    if got == kept:
        return y_bar
    first = len(got) - len(shape)  # where the axes of `shape` begin
    if type(y_bar) is np.ndarray and got[first:] == shape:  # a bias: half the time of what follows
        return np.add.reduce(y_bar, axis=tuple(range(batch, first)))
    if type(y_bar) is np.ndarray and got[:-1] == kept[:-1]:  # the last axis alone, as in softmax
        return row_sums(y_bar)
    stretched = [first + i for i, n in enumerate(shape) if n == 1 and got[first + i] != 1]
    return np.reshape(np.sum(y_bar, axis=(*range(batch, first), *stretched)), kept)


# Up to so many entries a row is added up by a product with ones: BLAS takes a third of the time of
# `np.sum`, and its sum is as good as exact; of long rows NumPy's pairwise sum loses fewer digits.
_ROW = 1024


def row_sums(x):
    """Add the rows of an array up: `np.sum` along the last axis, which stays, of length 1.

    >>> row_sums(np.ones((2, 3)))
    array([[3.],
           [3.]])
    """
    n = x.shape[-1]
    if x.size > 1000 and n <= _ROW and x.dtype.char in "df" and x.flags.c_contiguous:
        return (x.reshape(-1, n) @ np.ones(n, x.dtype)).reshape(*x.shape[:-1], 1)
    return np.add.reduce(x, axis=-1, keepdims=True)


def zeros_like(x):
    """Zeros of the shape and dtype of `x`, which is an array, a number or a traced value."""
    if type(x) in (int, float):
        return 0.0  # beside a float32 array it takes no digits, as the number takes none
    return np.zeros(shape_of(x), getattr(x, "dtype", float))
