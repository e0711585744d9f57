"""The methods of ufuncs, by the functions that they are: `np.add.reduce` is `np.sum`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backprop_lab.rules.broadcasting import shape_of

REDUCE = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
ACCUMULATE = {np.add: np.cumsum, np.multiply: np.cumprod}


def as_function(ufunc: np.ufunc, method: str) -> Callable | None:
    """Give the function that does what `ufunc.method` does, or None where there is none.

    >>> as_function(np.add, "reduce")(np.ones((2, 3)))
    array([2., 2., 2.])
    """
    if method == "outer":  # NumPy has seen to it that the ufunc is a binary one
        return lambda a, b: ufunc(_before_axes_of(a, b), b)
    func = {"reduce": REDUCE, "accumulate": ACCUMULATE}.get(method, {}).get(ufunc)
    if func is None:
        return None

    def along(array, axis=0, *rest, **params):  # axis 0, where the function takes all axes
        return func(array, axis, *rest, **params)

    return along


def _before_axes_of(a, b):
    """Give `a` as many more axes of length 1 as `b` has axes."""
    return np.reshape(a, shape_of(a) + (1,) * np.ndim(b))
