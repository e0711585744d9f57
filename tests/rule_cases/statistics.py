"""Variances, standard deviations, weighted means, and reductions that pass over NaN."""

from __future__ import annotations

import numpy as np

from rule_cases import case

NAN = np.nan
MASK = np.array([[True, False, True, True], [True, True, True, True]])
HOLES = np.array(
    [
        [0.5, NAN, -1.5, 2.0],
        [1.0, 1.25, NAN, 0.75],
        [1.5, -0.5, 0.25, NAN],
        [-1.0, 2.5, 0.125, 1.75],
    ]
)


def var(a, axis=None, ddof=0, keepdims=False, where=True, correction=None):
    """The variance without NumPy's absolute values, so that complex step is valid."""
    there = np.logical_and(where, np.logical_not(np.isnan(a)))
    counts = np.sum(np.broadcast_to(there, np.shape(a)), axis=axis, keepdims=True)
    a = np.where(there, a, 0.0)
    squares = np.where(there, a - np.sum(a, axis=axis, keepdims=True) / counts, 0.0) ** 2
    counts = counts if keepdims else np.reshape(counts, np.shape(np.sum(np.real(a), axis=axis)))
    ddof = ddof if correction is None else correction
    return np.sum(squares, axis=axis, keepdims=keepdims) / (counts - ddof)


def std(a, **params):
    return np.sqrt(var(a, **params))


SPREADS = [
    ((3,), {}), ((2, 3), {}), ((3, 2), {"axis": 0}), ((2, 3), {"axis": -1, "ddof": 1}),
    ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True, "correction": 1}),
    ((2, 3, 4), {"axis": (0, 2), "ddof": 2}), ((2, 3, 4), {"axis": (-1, 1), "keepdims": True}),
    ((3, 3), {"axis": 0, "ddof": 0.5}), ((3, 3), {"axis": 1}), ((0, 3), {"axis": 1}),
    ((2, 4), {"where": MASK, "axis": 1}), ((2, 4), {"where": MASK, "ddof": 1}),
]  # fmt: skip
for shape, params in SPREADS:
    for key, plain in ((np.var, var), (np.nanvar, var), (np.std, std), (np.nanstd, std)):
        case(key, shape, plain=plain, **params)
for key in (np.var, np.nanvar):  # of one number: 0, and flat
    case(key, 0.75, plain=var)
    case(key, (), plain=var)
    case(key, (1, 3), plain=var, axis=0)
for params in ({}, {"axis": 0}, {"axis": 1, "ddof": 1, "keepdims": True}):
    case(np.nanvar, HOLES, plain=var, **params)
    case(np.nanstd, HOLES, plain=std, **params)

for shape, params in [((3,), {}), ((2, 3), {"axis": 0}), ((2, 3, 2), {"axis": (0, 2)}), ((), {}),
                      ((2, 3), {"axis": -1, "keepdims": True}), (0.75, {})]:  # fmt: skip
    case(np.average, shape, **params)


def weighted(**params):
    return lambda a, w: np.average(a, weights=w, **params)


for shapes, params in [
    (((3,), (3,)), {}), (((2, 3), (2, 3)), {}), (((2, 3), (2, 3)), {"axis": 0}),
    (((2, 3), (3,)), {"axis": 1}), (((2, 3), (2,)), {"axis": 0, "keepdims": True}),
    (((2, 3, 4), (4, 2)), {"axis": (2, 0)}), (((3, 3), (3,)), {"axis": -1}),
]:  # fmt: skip
    case(np.average, *shapes, call=weighted(**params), low=0.25)
case(np.average, (3,), weights=[1.0, 2.0, 0.5])
case(np.average, (3,), call=lambda w: np.average([0.5, -1.0, 2.0], weights=w), low=0.25)
case(np.average, (2, 3), call=lambda a: np.stack(np.average(a, axis=1, returned=True)))


# --- NaN passed over: where no NaN is, as the function without `nan` in its name --------------------


def filled(func, number):
    return lambda a, **params: func(np.where(np.isnan(a), number, a), **params)


def nanmean(a, axis=None, keepdims=False):
    there = np.logical_not(np.isnan(a))
    total = np.sum(np.where(there, a, 0.0), axis=axis, keepdims=keepdims)
    return total / np.sum(there, axis=axis, keepdims=keepdims)


PLAIN = {np.nansum: filled(np.sum, 0.0), np.nanmean: nanmean, np.nanprod: filled(np.prod, 1.0)}
for key, plain in PLAIN.items():
    for operand in (HOLES, (2, 3), (3,), ()):
        case(key, operand, plain=plain)
    for params in ({"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}):
        case(key, HOLES, plain=plain, **params)
    case(key, np.stack([HOLES, HOLES + 0.125]), plain=plain, axis=(0, 2))
    case(key, 0.75, plain=plain)
for key, plain in (
    (np.nancumsum, filled(np.cumsum, 0.0)),
    (np.nancumprod, filled(np.cumprod, 1.0)),
):
    for params in ({}, {"axis": 0}, {"axis": -1}):
        case(key, HOLES, plain=plain, **params)
    case(key, (3,), plain=plain)
for key in (np.nanmax, np.nanmin):
    for operand in (HOLES, (2, 3), (3,), (), 0.75):
        case(key, operand)
    case(key, HOLES, axis=0)
    case(key, HOLES, axis=1, keepdims=True)
