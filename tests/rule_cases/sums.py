"""Sums, means, products, extremes, running sums and products, broadcasting."""

from __future__ import annotations

import numpy as np

from rule_cases import case

REDUCED = [
    ((), {}), ((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
    ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}),
    ((2, 3, 4), {"axis": (0, 2)}), ((2, 3, 4), {"axis": (-1, 1), "keepdims": True}),
    ((2, 3, 4), {"axis": 1}), ((1, 3), {"axis": 0}), ((3, 3), {"axis": 0}), ((3, 3), {"axis": 1}),
]  # fmt: skip
MASK = np.array([[True, False, True], [False, True, True]])
for key in (np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.ptp):
    for shape, params in REDUCED:
        case(key, shape, **params)
    case(key, 0.75)
    case(key, (0, 3), axis=1)
for key in (np.sum, np.mean, np.prod):
    case(key, (2, 3), where=MASK)
    case(key, (2, 3), where=MASK, axis=0)
    case(key, (2, 3), where=MASK[0], axis=-1, keepdims=True)
    case(key, (2, 2, 3), where=MASK, axis=(0, 2))
for key in (np.max, np.min):
    case(key, (2, 3), where=MASK, initial=9.0 if key is np.min else -9.0)
    case(key, (2, 3), axis=1, initial=0.03125)
    case(key, (2, 3), axis=0, where=MASK, initial=0.03125, keepdims=True)
    case(key, (0, 3), axis=0, initial=0.5)
case(np.sum, (), axis=0)
case(np.sum, (0, 3), axis=0)
case(np.sum, (2, 3), axis=())
for shape in [0.75, (), (3,), (2, 3), (3, 3), (2, 1, 3), (0, 3)]:
    case(np.cumsum, shape)
    case(np.cumprod, shape)
for axis in (0, 1, -1):
    case(np.cumsum, (2, 3), axis=axis)
    case(np.cumsum, (3, 3), axis=axis)
    case(np.cumprod, (2, 3), axis=axis)
    case(np.cumprod, (3, 3), axis=axis)
    case(np.cumprod, (2, 5, 2), axis=axis)
case(np.cumprod, (0, 3), axis=0)
case(np.cumsum, (2, 0), axis=1)
case(np.cumprod, (17,), low=0.5, high=1.5)
ZEROS = np.array([[0.5, 0.0, -1.5, 2.0], [0.0, 1.25, 0.0, 0.75], [1.5, -0.5, 0.25, 1.0]])
case(np.prod, ZEROS, axis=1)
case(np.prod, ZEROS, axis=0)
case(np.prod, ZEROS)
case(np.prod, np.array([2.0, 0.0, 3.0]))
case(np.cumprod, ZEROS, axis=1)
case(np.cumprod, ZEROS, axis=0)
case(np.cumprod, ZEROS)
for small, shape in [((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (2, 3)), ((), (4,)), (0.75, (4,)),
                     ((1, 1), (3, 2, 4)), ((2, 3), (2, 3)), ((3,), 3), ((1,), (0,))]:  # fmt: skip
    case(np.broadcast_to, small, shape=shape)
