"""Sums, means, extremes, running sums, broadcasting."""

from __future__ import annotations

import numpy as np

from rule_cases import case

REDUCED = [
    ((), {}), ((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
    ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}),
    ((2, 3, 4), {"axis": (0, 2)}), ((2, 3, 4), {"axis": (-1, 1), "keepdims": True}),
    ((2, 3, 4), {"axis": 1}), ((1, 3), {"axis": 0}), ((3, 3), {"axis": 0}), ((3, 3), {"axis": 1}),
]  # fmt: skip
for key in (np.sum, np.mean, np.max, np.min):
    for shape, params in REDUCED:
        case(key, shape, **params)
    case(key, 0.75)
    case(key, (0, 3), axis=1)
case(np.sum, (), axis=0)
case(np.sum, (0, 3), axis=0)
case(np.sum, (2, 3), axis=())
for shape in [0.75, (), (3,), (2, 3), (3, 3), (2, 1, 3), (0, 3)]:
    case(np.cumsum, shape)
for axis in (0, 1, -1):
    case(np.cumsum, (2, 3), axis=axis)
    case(np.cumsum, (3, 3), axis=axis)
for small, shape in [((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (2, 3)), ((), (4,)), (0.75, (4,)),
                     ((1, 1), (3, 2, 4)), ((2, 3), (2, 3)), ((3,), 3), ((1,), (0,))]:  # fmt: skip
    case(np.broadcast_to, small, shape=shape)
