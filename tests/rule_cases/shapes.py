"""Shapes and joins."""

from __future__ import annotations

import numpy as np

from rule_cases import case, joined

for shape, new in [((2, 3), (3, 2)), ((2, 3), -1), ((6,), (2, -1)), ((3, 3), (9,)), ((), (1, 1)),
                   ((2, 3), (1, 6, 1)), (0.75, (1,)), ((0, 3), (3, 0))]:  # fmt: skip
    case(np.reshape, shape, shape=new)
for shape in [0.75, (), (3,), (2, 3), (3, 3), (2, 1, 3), (0, 3)]:
    case(np.ravel, shape)
    case(np.squeeze, shape)
    case(np.expand_dims, shape, axis=0)
    case(np.flip, shape)
    case(np.transpose, shape)
case(np.squeeze, (1, 3, 1), axis=-1)
case(np.squeeze, (1, 3, 1), axis=(0, 2))
case(np.expand_dims, (2, 3), axis=(0, -1))
case(np.expand_dims, (2, 3), axis=-2)
for axes in [(1, 2, 0), (2, 0, 1), (-1, 0, 1), (0, -1, 1), None]:
    case(np.transpose, (2, 3, 4), axes=axes)
    case(np.transpose, (3, 3, 3), axes=axes)
case(np.swapaxes, (2, 3, 4), axis1=0, axis2=-1)
case(np.swapaxes, (3, 3), axis1=0, axis2=1)
case(np.moveaxis, (2, 3, 4), source=0, destination=-1)
case(np.moveaxis, (3, 3, 3), source=(0, 1), destination=(2, 0))
case(np.flip, (2, 3), axis=1)
case(np.flip, (3, 3), axis=-2)
case(np.flip, (2, 3, 4), axis=(0, -1))


for shapes, axis in [(((2,), (3,)), 0), (((2, 3), (1, 3)), 0), (((2, 1), (2, 3), (2, 2)), 1),
                     (((2, 3), (3,)), None), (((2, 1), (2, 3)), -1), (((3,),), 0),
                     (((0,), (3,)), 0), (((), (2, 2)), None), ((0.75, (3,)), None),
                     (((2, 3), (2, 3)), -2)]:  # fmt: skip
    case(np.concatenate, *shapes, call=joined(np.concatenate, axis=axis))
for shapes, axis in [(((3,), (3,)), 0), (((3,), (3,)), 1), (((2, 3), (2, 3), (2, 3)), -1),
                     (((), ()), 0), ((0.75, 1.5), 0), (((2, 3), (2, 3)), -2), (((0,), (0,)), 0),
                     ((0.75, ()), -1)]:  # fmt: skip
    case(np.stack, *shapes, call=joined(np.stack, axis=axis))
case(np.concatenate, (3,), call=lambda a: np.concatenate([a, [1.0, 2.0]]))
