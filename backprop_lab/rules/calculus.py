"""Differences, slopes, areas and curves through points: the calculus of sampled functions.

All are short in other functions: their derivatives, in the data and in the places of the data
alike, come from those.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import composite
from backprop_lab.rules.reductions import dtype_of, in_dtype
from backprop_lab.rules.registry import RULES


def as_array(x):
    """Make an array of a list; leave arrays, numbers and traced values alone."""
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def _cut(start, stop, axis, ndim):
    """Index that takes `start:stop` of one axis and all of the others."""
    return (slice(None),) * (axis % ndim) + (slice(start, stop),)


# --- differences ------------------------------------------------------------------------------


@composite(np.diff, takes="a / n axis prepend append")
def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Each entry less the one before it, `n` times over."""
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = as_array(a)
    shape = shape_of(a)
    if n == 0:
        return a
    if not shape:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis % len(shape) if -len(shape) <= axis < len(shape) else axis
    edge = (*shape[:axis], 1, *shape[axis + 1 :])
    parts = [
        np.broadcast_to(x, edge) if np.ndim(x) == 0 else as_array(x)
        for x in (prepend, a, append)
        if x is not None
    ]
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    later, earlier = _cut(1, None, axis, len(shape)), _cut(None, -1, axis, len(shape))
    for _ in range(n):
        a = np.subtract(a[later], a[earlier])
    return a


@composite(np.ediff1d, takes="ary / to_end to_begin")
def ediff1d(ary, to_end=None, to_begin=None):
    """Each entry less the one before it, of all entries in one row."""
    row = np.ravel(ary)
    ends = [None if x is None else in_dtype(np.ravel(x), dtype_of(row)) for x in (to_begin, to_end)]
    parts = [x for x in (ends[0], row[1:] - row[:-1], ends[1]) if x is not None]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


@composite(np.trapezoid, takes="y x / dx axis")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """Area under the polygon through the points: widths times mean heights, added up."""
    y = as_array(y)
    widths, ndim = dx, np.ndim(y)
    if x is not None:
        x = as_array(x)
        widths = np.diff(x, axis=axis if np.ndim(x) > 1 else 0)
        if np.ndim(x) == 1:
            widths = np.reshape(widths, (-1,) + (1,) * (ndim - 1 - axis % ndim))
    heights = y[_cut(1, None, axis, ndim)] + y[_cut(None, -1, axis, ndim)]
    return np.sum(widths * heights / 2.0, axis=axis)


# NumPy's own order of arguments has x as the second, which may be left out.
RULES[np.trapezoid].bind = lambda args, kwargs: (args, kwargs)


# --- slopes of samples ------------------------------------------------------------------------


@composite(np.gradient, takes="f")
def gradient(f, *spacing, axis=None, edge_order=1):
    """Slopes by central differences inside and one-sided ones at the ends, along each axis."""
    f = as_array(f)
    ndim = np.ndim(f)
    given = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [int(i) % ndim for i in given]
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    if not spacing:
        spacing = (1.0,)
    if len(spacing) == 1 and np.ndim(spacing[0]) == 0:
        spacing = spacing * len(axes)
    if len(spacing) != len(axes):
        raise TypeError("invalid number of arguments")
    slopes = [
        _slopes(f, i, _widths(h, shape_of(f)[i]), edge_order)
        for i, h in zip(axes, spacing, strict=True)
    ]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


RULES[np.gradient].bind = lambda args, kwargs: (args, kwargs)  # as many spacings as there are axes


def _widths(h, length):
    """One width for all intervals, or one for each, from the places of the samples."""
    h = as_array(h)
    if np.ndim(h) == 0:
        return h
    if shape_of(h) != (length,):
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    widths = np.diff(h if dtype_of(h).kind in "fc" else h.astype(float))
    if isinstance(widths, np.ndarray) and np.all(widths == widths[0]):
        return widths[0]  # as NumPy does; widths that are traced must each keep their own path
    return widths


def _slopes(f, axis, h, edge_order):
    """Slopes along one axis, in NumPy's own order of operations."""
    ndim, n, own = np.ndim(f), shape_of(f)[axis], dtype_of(f)
    if type(h) not in (int, float):  # NumPy computes in the wider dtype, and keeps that of f
        f = in_dtype(f, np.promote_types(own, dtype_of(h)))
    if n < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
            "elements are required."
        )
    part = [f[_cut(i, i + 1, axis, ndim)] for i in range(min(n, 3))]
    last = [f[_cut(n - i, n - i + 1, axis, ndim)] for i in range(1, min(n, 3) + 1)]
    before, middle, after = (f[_cut(i, n - 2 + i, axis, ndim)] for i in range(3))
    if np.ndim(h) == 0:
        inside, ends = (after - before) / (2.0 * h), (h, h)
        first = (-1.5 / h, 2.0 / h, -0.5 / h)
        final = (0.5 / h, -2.0 / h, 1.5 / h)
    else:
        one, two = (np.reshape(x, (-1,) + (1,) * (ndim - 1 - axis)) for x in (h[:-1], h[1:]))
        a = -two / (one * (one + two))
        b = (two - one) / (one * two)
        c = one / (two * (one + two))
        inside, ends = a * before + b * middle + c * after, (h[0], h[-1])
        if edge_order == 2:
            p, q, r, s = h[0], h[1], h[-2], h[-1]
            first = (-(2.0 * p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q)))
            final = (s / (r * (r + s)), -(s + r) / (r * s), (2.0 * s + r) / (s * (r + s)))
    if edge_order == 1:
        start, stop = (part[1] - part[0]) / ends[0], (last[0] - last[1]) / ends[1]
    else:
        start = first[0] * part[0] + first[1] * part[1] + first[2] * part[2]
        stop = final[0] * last[2] + final[1] * last[1] + final[2] * last[0]
    slopes = np.concatenate([start, inside, stop], axis)
    return in_dtype(slopes, own) if own.kind in "fc" else slopes


# --- a polygon through points ------------------------------------------------------------------


@composite(
    np.interp,
    takes="x xp fp / left right period",
    analytic=False,
    kink="at a knot the slope to its right, at the last one to its left; outside 0",
    at_kink=lambda x, xp, fp, *_, **__: np.isin(x, xp),
)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Follow the polygon through the points (xp, fp): piecewise linear in x, linear in fp."""
    x, xp, fp = (
        in_dtype(as_array(v), np.promote_types(dtype_of(as_array(v)), float)) for v in (x, xp, fp)
    )
    if period is not None:
        x, xp, fp = _unrolled(x, xp, fp, abs(period))
        left = right = None
    n = shape_of(xp)[0]
    below, above = np.less(x, xp[0]), np.greater(x, xp[-1])
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(n - 2, 0))
    near = k + np.greater_equal(x, xp[-1])  # the end of the interval that is measured from
    if np.any(np.isinf(x)):  # outside, so that any number will do in the formula, which is masked
        x = np.where(np.isinf(x), 0.0, x)
    if n == 1:
        inside = fp[0] + 0.0 * x
    else:
        inside = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[near]) + fp[near]
    inside = np.where(above, fp[-1] if right is None else right, inside)
    return np.where(below, fp[0] if left is None else left, inside)


def _unrolled(x, xp, fp, period):
    """One period of the points in order, and one more point at either side."""
    x, xp = np.remainder(x, period), np.remainder(xp, period)
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, np.concatenate([fp[-1:], fp, fp[:1]])
