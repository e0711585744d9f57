"""Reductions, differences and convolutions on arrays of SymPy expressions: for `symbolic_table`.

Which entry of an array of symbols is the median, or NaN, is not known: what needs it is listed with
the reason.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp

_ORDER = "the order of symbols is not known; sort numbers outside, or index by hand"
_NAN = "which symbols stand for NaN is not known; use the function without nan in its name"
UNORDERED: dict[Callable, str] = {
    **dict.fromkeys((np.sort, np.partition, np.median, np.quantile, np.percentile), _ORDER),
    **dict.fromkeys((np.nansum, np.nanmean, np.nanprod, np.nancumsum, np.nancumprod), _NAN),
    **dict.fromkeys((np.nanmax, np.nanmin, np.nanvar, np.nanstd), _NAN),
    np.interp: "between which points a symbol lies is not known; write the line of one interval",
}


def sums_and_slopes(numbers_of: Callable, reduce: Callable) -> dict[Callable, Callable]:
    """Give the readings, with what makes expressions of an array and what reduces its axes."""
    total, largest, smallest = reduce(sp.Add), reduce(sp.Max), reduce(sp.Min)

    def size_of(a, axis):
        return sp.Integer(np.size(a) // max(np.size(total(a, axis)), 1))

    def average(a, axis=None, weights=None, keepdims=False):
        if weights is None:
            return total(a, axis, keepdims) / size_of(a, axis)
        a, weights = numbers_of(a), numbers_of(weights)
        if weights.shape != a.shape:  # of the one axis that is reduced
            weights = np.reshape(
                weights, [n if i == axis % a.ndim else 1 for i, n in enumerate(a.shape)]
            )
        weights = np.broadcast_to(weights, a.shape)
        return total(a * weights, axis, keepdims) / total(weights, axis, keepdims)

    def var(a, axis=None, ddof=0, keepdims=False):
        a = numbers_of(a)
        squares = (a - total(a, axis, True) / size_of(a, axis)) ** 2
        return total(squares, axis, keepdims) / (size_of(a, axis) - sp.nsimplify(ddof))

    def std(a, axis=None, ddof=0, keepdims=False):
        return np.frompyfunc(sp.sqrt, 1, 1)(var(a, axis, ddof, keepdims))

    def ptp(a, axis=None, keepdims=False):
        return largest(a, axis, keepdims) - smallest(a, axis, keepdims)

    def diff(a, n=1, axis=-1, **ends):
        return np.diff(numbers_of(a), n, axis, **{k: numbers_of(v) for k, v in ends.items()})

    def ediff1d(ary, to_end=None, to_begin=None):
        ends = [None if x is None else numbers_of(x) for x in (to_end, to_begin)]
        return np.ediff1d(numbers_of(ary), *ends)

    def trapezoid(y, x=None, dx=1.0, axis=-1):
        y, h = np.moveaxis(numbers_of(y), axis, -1), numbers_of(dx)[()]
        if x is not None:
            x = numbers_of(x)
            h = np.diff(np.moveaxis(x, axis, -1) if x.ndim > 1 else x)
        return total(h * (y[..., 1:] + y[..., :-1]) / sp.Integer(2), -1)

    def gradient(f, *spacing, axis=None, edge_order=1):
        """One matrix of slopes for each axis: what NumPy's own does to the columns of a unit."""
        f = numbers_of(f)
        axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        steps = list(spacing or (1.0,)) * (len(axes) if len(spacing) < 2 else 1)
        slopes = []
        for i, h in zip(axes, steps, strict=True):
            matrix = np.gradient(np.eye(f.shape[i]), h, axis=0, edge_order=edge_order)
            moved = np.tensordot(numbers_of(matrix), f, axes=(1, i))
            slopes.append(np.moveaxis(moved, 0, i))
        return slopes[0] if len(slopes) == 1 else tuple(slopes)

    def linspace(start, stop, num=50, endpoint=True, axis=0):
        start, stop = np.broadcast_arrays(numbers_of(start), numbers_of(stop))
        steps = max(num - 1 if endpoint else num, 1)
        t = [sp.Rational(k, steps) for k in range(num)]
        return np.stack([start + (stop - start) * part for part in t], axis)

    def logspace(start, stop, num=50, endpoint=True, base=10.0, axis=0):
        return numbers_of(base) ** linspace(start, stop, num, endpoint, axis)

    def geomspace(start, stop, num=50, endpoint=True, axis=0):
        """By powers of the positive ratio of the ends."""
        share = linspace(sp.Integer(0), sp.Integer(1), num, endpoint)
        start, stop = np.broadcast_arrays(numbers_of(start), numbers_of(stop))
        return np.stack([start * (stop / start) ** t for t in share.ravel()], axis)

    def polyval(p, x):
        return np.polyval(numbers_of(p), numbers_of(x))

    def of_two(func):
        return lambda a, v, *mode, **named: func(numbers_of(a), numbers_of(v), *mode, **named)

    def of_one(func):
        return lambda a, *args, **params: func(numbers_of(a), *args, **params)

    own = (average, var, std, ptp, diff, ediff1d, trapezoid, gradient)
    own += (linspace, logspace, geomspace, polyval)
    return {
        **{getattr(np, func.__name__): func for func in own},
        **{np.amax: largest, np.amin: smallest, np.prod: reduce(sp.Mul)},
        **{func: of_one(func) for func in (np.cumprod, np.vander)},
        **{func: of_two(func) for func in (np.convolve, np.correlate)},
    }
