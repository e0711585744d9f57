"""Sorting, partitions, medians, quantiles."""

from __future__ import annotations

import numpy as np

from rule_cases import case

for shape, params in [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((3, 3), {"axis": -1}),
                      ((2, 3), {"axis": None}), ((2, 3, 2), {"axis": 1}), ((0,), {}),
                      ((1, 3), {"axis": 0}), ((3, 1), {}), ((2, 3, 2), {"axis": -3}), ((), {"axis": None}),
                      (0.75, {"axis": None}), ((5,), {"kind": "stable"}), ((5,), {"kind": "heapsort"}),
                      ((5,), {"stable": True}), ((0, 3), {"axis": None})]:  # fmt: skip
    case(np.sort, shape, **params)
for shape, params in [((7,), {"kth": 2}), ((7,), {"kth": (1, -2)}), ((3, 4), {"kth": 1}),
                      ((3, 4), {"kth": 1, "axis": 0}), ((3, 3), {"kth": 0, "axis": -2}),
                      ((3, 4), {"kth": 5, "axis": None}), ((2, 4, 3), {"kth": 2, "axis": 1}),
                      ((1,), {"kth": 0}), ((40,), {"kth": 20})]:  # fmt: skip
    case(np.partition, shape, **params)

MIDDLES = [
    ((5,), {}), ((4,), {}), ((1,), {}), ((2,), {}), ((), {}), (0.75, {}), ((3, 4), {}), ((3, 4), {"axis": 0}),
    ((3, 4), {"axis": -1}), ((3, 4), {"axis": 1, "keepdims": True}), ((2, 3, 4), {"axis": (0, 2)}),
    ((2, 3, 2), {"axis": (-1, 1), "keepdims": True}), ((3, 3), {"axis": 0}), ((3, 4), {"keepdims": True}),
]  # fmt: skip
for shape, params in MIDDLES:
    case(np.median, shape, **params)
    for q in (0.5, 0.25, 0.0, 1.0, [0.125, 0.75], [[0.25], [0.875]]):  # dyadic, as the numbers are
        case(np.quantile, shape, q=q, **params)
case(np.median, (3, 4), axis=0, overwrite_input=True)
case(np.quantile, (5,), q=np.array([]))
for shape, params in MIDDLES[:9]:
    for q in (50, 25.0, [12.5, 75.0]):
        case(np.percentile, shape, q=q, **params)


def quantile(a, q, axis=-1):
    """By a fixed order: valid on complex numbers, and so also for shares that are not dyadic."""
    row = np.take_along_axis(a, np.argsort(np.real(a), axis=axis), axis)
    k, t = np.divmod((np.shape(a)[axis] - 1) * q, 1)
    return np.take(row, int(k), axis) * (1 - t) + np.take(row, int(k) + 1, axis) * t


case(np.quantile, (5,), plain=quantile, q=0.3, axis=-1)
case(np.quantile, (3, 4), plain=quantile, q=0.7, axis=1)
case(np.percentile, (3, 4), q=30.0, axis=0, plain=lambda a, q, axis: quantile(a, q / 100, axis))
