"""Picking, scattering, taking."""

from __future__ import annotations

import numpy as np

from backprop_lab.rules import getitem, scatter_add
from rule_cases import case
from rule_cases.elementwise import MASK

INDICES = [
    ((3,), 1), ((3,), -1), ((4,), slice(1, 3)), ((5,), slice(None, None, -2)), ((2, 3), (1, 2)),
    ((2, 3), (slice(None), 1)), ((2, 3), (..., 0)), ((3,), (None, slice(None))), ((2, 3), 1),
    ((3,), [2, 2, 0]), ((3,), np.array([[0, 1], [1, 1]])), ((3, 3), ([0, 0, 1], [1, 1, 2])),
    ((3,), np.array([True, False, True])), ((2, 3), MASK), ((2, 3), (slice(None), [0, 0, 2])),
    ((2, 3, 4), ([1, 0], slice(None), [3, 3])), ((2, 3), np.array([], dtype=int)), ((), ()),
    ((3,), np.int64(2)), ((3,), [-1, 2]), ((2, 3), (np.array([[0], [1]]), np.array([[0, 0, 1]]))),
    ((2, 3), (MASK[:, 0], 1)), ((3,), slice(0, 0)), ((2, 3), True), ((3,), ()),
]  # fmt: skip
for shape, index in INDICES:
    case(getitem, shape, call=lambda a, index=index: a[index])
    picked = np.zeros(shape)[index].shape
    case(scatter_add, picked, index=index, shape=shape)
case(scatter_add, (), index=[0, 2, 2], shape=(3,))
case(np.take_along_axis, (2, 3), indices=np.array([[0, 0], [2, 1]]), axis=1)
case(np.take_along_axis, (3, 3), indices=np.array([[0, 2, 2]]), axis=0)
case(np.take_along_axis, (2, 3), indices=np.array([[2, 2]]), axis=-1)
case(np.take_along_axis, (1, 3), indices=np.array([[2, 2], [0, 1]]), axis=1)
case(np.take_along_axis, (2, 3), indices=np.array([5, 0, 0, -1]), axis=None)
