"""Picking, scattering, taking, diagonals, padding."""

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
case(np.take_along_axis, (2, 3, 2), indices=np.array([[[0, 1]], [[1, 1]]]), axis=1)
case(np.take_along_axis, (2, 3), indices=np.array([[0, 1, 1]]), axis=np.int64(-2))
MORE = [
    ((2, 3, 4), (0, slice(None), [1, 2])), ((2, 3, 4), (slice(None), 0, [1, 2])), ((2, 3, 4), ([1, 1], None, [0, 2])),
    ((2, 3, 4), (..., [0, 0], slice(1, 3))), ((2, 3, 4), (None, [1, 1])), ((2, 3), (MASK, None)), ((3, 2), ([True, False, True],)),
    ((2, 3, 4), (slice(None), MASK.T[:, [0, 1, 0, 1]])), ((3,), False), ((), None), ((), ...), ((2, 3), (1, ...)), ((2, 3), (-1, -1)),
    ((2, 3), np.array([[0, 1], [1, 1]])), ((1, 1), (0, [0, 0])), ((2, 0), ([0, 0],)), ((2, 3), np.ones((2, 3), bool)),
    ((2, 3), (slice(None, None, -1), slice(None, None, 2))), ((2, 3), (np.int64(1), slice(0, 1))), ((3,), np.array(1)),
    ((4, 5), (slice(None), np.array([0, 4, 4]), None)), ((2, 3, 2), (slice(1), [[0, 2]], 1)),
]  # fmt: skip
for shape, index in MORE:
    case(getitem, shape, call=lambda a, index=index: a[index])
    case(scatter_add, np.zeros(shape)[index].shape, index=index, shape=shape)
case(scatter_add, (2, 3), index=[0, 2, 2], shape=(4,), batch=1)
case(scatter_add, (2, 2), index=slice(1, 3), shape=(4,), batch=1)
case(scatter_add, (2, 3, 2, 3), index=([1, 0], slice(None), [3, 3]), shape=(2, 3, 4), batch=2)
case(scatter_add, (2, 1), index=np.array([False, True]), shape=(2,), batch=1)
# Enough entries that the places are counted out, and so few columns that the truth is quick to find.
case(getitem, (3, 2), call=lambda a: a[np.arange(510) % 3])
case(getitem, (2, 3), call=lambda a: a[:, np.arange(510) % 3])
case(getitem, (2, 2), call=lambda a: a[np.arange(1010) % 2, 1])
case(getitem, (3,), call=lambda a: a[np.arange(1010) % 3])

for shape, indices, axis in [
    ((3,), [2, 0, 0], None), ((2, 3), [5, 0], None), ((2, 3), 4, None), ((2, 3), [0, 0, 2], 1), ((2, 3), 1, 0), ((2, 3), np.int64(-1), 1),
    ((2, 3), np.array(1), 1), ((2, 3), [[0, 1], [1, 1]], -1), ((2, 3, 2), [1, 1], 1), ((3,), [], 0), ((1, 3), [0, 0], 0),
    ((3,), [True, False], 0), ((), 0, None), (0.75, [0, 0], None),
]:  # fmt: skip
    case(np.take, shape, indices=indices, axis=axis)
for mode in ("wrap", "clip", "raise"):
    case(np.take, (3,), indices=[0, 1, 2] if mode == "raise" else [-4, 1, 5], mode=mode)
    case(np.take, (2, 3), indices=1 if mode == "raise" else -7, axis=1, mode=mode)
for condition, shape, axis in [([True, False, True], (3,), None), ([False, True], (2, 3), 0), ([1, 0, 1], (2, 3), 1), ([0, 1], (2, 3), -1),
                               ([True, False, True], (2, 3), None), ([False], (3,), 0)]:  # fmt: skip
    case(
        np.compress, shape, call=lambda a, c, axis: np.compress(c, a, axis), c=condition, axis=axis
    )
case(np.extract, (2, 3), call=lambda a: np.extract(MASK, a))
case(np.extract, (3,), call=lambda a: np.extract([1, 0, 2], a))
case(np.extract, (3,), call=lambda a: np.extract([False] * 3, a))
for shape, obj, axis in [((3,), 1, None), ((3,), -1, 0), ((2, 3), [0, 2], 1), ((2, 3), slice(0, 2), -1), ((2, 3), [5, 0], None),
                         ((2, 3), np.array([True, False, True]), 1), ((3,), [], 0), ((1, 3), 0, 0)]:  # fmt: skip
    case(np.delete, shape, obj=obj, axis=axis)
case(np.choose, (3,), (3,), call=lambda a, b: np.choose([1, 0, 1], [a, b]))
case(np.choose, (3,), (), call=lambda a, b: np.choose(np.array([[1], [0]]), [a, b]))
case(np.choose, (2, 3), call=lambda a: np.choose([1, 0, 1], a))
case(np.choose, (3,), (3,), call=lambda a, b: np.choose([-1, 0, 3], [a, b], mode="wrap"))
case(np.choose, (3,), 0.75, call=lambda a, b: np.choose([-1, 0, 3], [a, b], mode="clip"))
case(np.choose, (2,), (2,), call=lambda a, b: np.choose(1, [a, b]))

for shape in [(2, 3), (3, 3), (4, 2), (1, 1), (1, 3), (0, 3), (2, 3, 4)]:
    for offset in (0, 1, -1, 5):
        case(np.diagonal, shape, offset=offset)
        case(np.trace, shape, offset=offset)
        case(np.linalg.diagonal, shape, offset=offset)
        case(np.linalg.trace, shape, offset=offset)
        if len(shape) == 2:
            case(np.diag, shape, k=offset)
case(np.diagonal, (2, 3, 4), offset=1, axis1=2, axis2=0)
case(np.diagonal, (2, 3, 4), offset=-1, axis1=-2, axis2=-1)
case(np.trace, (2, 3, 4), offset=1, axis1=0, axis2=-1)
for k in (0, 1, -2):
    for shape in [(3,), (1,), (0,)]:
        case(np.diag, shape, k=k)
    for shape in [(), (3,), (2, 2), 0.75]:
        case(np.diagflat, shape, k=k)

for shape, width in [((3,), 1), ((3,), (1, 2)), ((2, 3), 1), ((2, 3), (0, 1)), ((2, 3), ((1, 0), (0, 1))), ((2, 3), ((1,), (0,))), ((3,), 0),
                     ((2, 3, 2), ((0, 0), (1, 1), (1, 0))), ((3, 3), 2), ((2, 2), [[1, 1]])]:  # fmt: skip
    for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
        case(np.pad, shape, pad_width=width, mode=mode)
case(np.pad, (3,), pad_width=1)
case(np.pad, (0, 2), pad_width=1)
case(np.pad, (1,), pad_width=2, mode="edge")
case(np.pad, (2,), pad_width=5, mode="reflect")
case(np.pad, (2,), pad_width=5, mode="wrap")
case(np.pad, (2, 3), pad_width=1, constant_values=7.0)
case(np.pad, (2, 3), pad_width=1, mode="constant", constant_values=((1.0, 2.0), (3.0, 4.0)))
