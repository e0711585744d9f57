"""Shapes, axes in another order, copies, joins, cuts."""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.shapes import cast
from rule_cases import case, joined

ANY = [0.75, (), (3,), (2, 3), (3, 3), (2, 1, 3), (0, 3)]

for shape, new in [((2, 3), (3, 2)), ((2, 3), -1), ((6,), (2, -1)), ((3, 3), (9,)), ((), (1, 1)),
                   ((2, 3), (1, 6, 1)), (0.75, (1,)), ((0, 3), (3, 0))]:  # fmt: skip
    case(np.reshape, shape, shape=new)
for shape in ANY:
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

for shape, new in [((2, 3), (3, 2)), ((2, 3, 4), (4, -1)), ((6,), (2, 3)), ((), (1, 1)), ((0, 3), (3, 0)),
                   ((2, 1, 3), 6), ((3, 3), [9])]:  # fmt: skip
    case(np.reshape, shape, shape=new, order="F")
case(np.reshape, (2, 3), shape=np.int64(6))
case(np.reshape, (1,), shape=())
for shape in ANY:
    case(np.ravel, shape, order="F")
    case(np.copy, shape)
    case(np.atleast_1d, shape)
    case(np.atleast_2d, shape)
    case(np.atleast_3d, shape)
    case(np.roll, shape, shift=1)
    case(np.repeat, shape, repeats=2)
    case(np.tile, shape, reps=2)
    case(np.resize, shape, new_shape=(2, 4))
    if not isinstance(shape, float):
        case(cast, shape, to=np.float64)
        case(np.astype, shape, call=lambda a: np.astype(a, np.float64))
case(np.ravel, (2, 3, 4), order="F")
case(np.squeeze, (1, 3, 1), axis=())
case(np.squeeze, (), axis=0)
case(np.expand_dims, (2,), axis=(1, -1))
case(np.atleast_2d, (3,), (2, 3), call=lambda a, b: np.concatenate(np.atleast_2d(a, b)))
case(np.atleast_1d, 0.75, (3,), call=lambda a, b: np.concatenate(np.atleast_1d(a, b)))
case(np.atleast_3d, (2, 3), (3,), call=lambda a, b: np.multiply(*np.atleast_3d(a, b)))
for shape, axis, start in [((2, 3, 4), 2, 0), ((2, 3, 4), 0, 3), ((2, 3, 4), -1, 1), ((2, 3, 4), 1, -1),
                           ((2, 3, 4), 1, 1), ((3, 3), 1, 0), ((0, 3), 0, 2)]:  # fmt: skip
    case(np.rollaxis, shape, axis=axis, start=start)
for shape in [(2, 3), (3, 3), (4, 2, 3), (1, 1), (0, 3), (2, 1, 3)]:
    case(np.matrix_transpose, shape)
    case(np.linalg.matrix_transpose, shape)
    case(np.flipud, shape)
    case(np.fliplr, shape)
    for k in (0, 1, 2, 3, -1):
        case(np.rot90, shape, k=k)
    for key in (np.tril, np.triu):
        for k in (0, 1, -1, 5):
            case(key, shape, k=k)
case(np.flipud, (3,))
case(np.rot90, (2, 3, 4), k=1, axes=(2, 0))
case(np.rot90, (2, 3, 4), k=3, axes=(-1, 1))
case(np.tril, (3,))
case(np.triu, (3,), k=1)
case(np.tril, (1,))
for shape, shift, axis in [((3,), 2, 0), ((2, 3), -1, 1), ((2, 3), 4, -1), ((2, 3), (1, 2), (0, 1)),
                           ((2, 3, 4), (1, -1), (0, -1)), ((2, 3), 1, (0, 1)), ((2, 3), (1, 1), 1),
                           ((3, 3), (2, 1), (1, 1)), ((2, 3), (1, 3), None), ((0, 3), 1, 0)]:  # fmt: skip
    case(np.roll, shape, shift=shift, axis=axis)
case(np.transpose, (2, 3), axes=[1, 0])
case(np.swapaxes, (2, 1, 0), axis1=-1, axis2=np.int64(0))
case(np.moveaxis, (2, 3, 4), source=-1, destination=0)
case(np.moveaxis, (2, 3, 4), source=[0, -1], destination=[-2, 0])
case(np.flip, (1, 3), axis=())

# --- copies ----------------------------------------------------------------------------------------

for small, shape in [
    ((1, 0), (2, 0)),
    ((2, 1, 3), (4, 2, 5, 3)),
    ((), ()),
    ((3,), (0, 3)),
    ((1,), (1, 1)),
]:
    case(np.broadcast_to, small, shape=shape)
for shapes in [((3,), (2, 1)), ((), (3,)), (0.75, (2, 2)), ((1, 3), (2, 1)), ((3,), (3,))]:
    case(np.broadcast_arrays, *shapes, call=lambda a, b: np.stack(np.broadcast_arrays(a, b)))
for indexing in ("xy", "ij"):
    case(
        np.meshgrid,
        (3,),
        (2,),
        call=lambda a, b, i: np.stack(np.meshgrid(a, b, indexing=i)),
        i=indexing,
    )
    case(
        np.meshgrid,
        (3,),
        (2,),
        call=lambda a, b, i: np.multiply(*np.meshgrid(a, b, indexing=i, sparse=True)),
        i=indexing,
    )
    case(
        np.meshgrid,
        (2,),
        (3,),
        (1,),
        call=lambda a, b, c, i: np.stack(np.meshgrid(a, b, c, indexing=i)),
        i=indexing,
    )
case(np.meshgrid, (3,), call=lambda a: np.meshgrid(a)[0])
case(np.meshgrid, 0.75, (2,), call=lambda a, b: np.multiply(*np.meshgrid(a, b)))
case(np.full_like, (), call=lambda a: np.full_like(np.broadcast_to(a, (2, 3)), a))
case(np.full_like, (3,), call=lambda a: np.full_like(a, a * 2, shape=(2, 3)))
case(np.full_like, 0.75, call=lambda a: np.full_like(a, a))
for shape, reps in [
    ((3,), (2, 2)),
    ((2, 3), (2, 1)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1, 2)),
    ((1,), 3),
    ((), (2, 3)),
    ((2, 1), (1, 1, 3)),
    ((3,), 0),
    ((0,), 2),
    ((2, 3), ()),
    (0.75, 3),
    ((2,), np.array([2, 1])),
]:
    case(np.tile, shape, reps=reps)
for shape, repeats, axis in [((3,), 3, 0), ((2, 3), 2, 0), ((2, 3), 2, 1), ((2, 3), 2, -1), ((3,), [1, 0, 2], 0),
                             ((2, 3), [1, 0, 2], 1), ((2, 3), [2, 1], -2), ((2, 2), [1, 2, 0, 1], None), ((3,), 0, 0),
                             ((1,), 3, 0), ((2, 3), [2], 1), ((3,), np.int64(1), None), ((0,), [], None),
                             ((0, 3), 2, 1), ((2, 1), 3, 1)]:  # fmt: skip
    case(np.repeat, shape, repeats=repeats, axis=axis)
for shape, new in [
    ((3,), 5),
    ((3,), 2),
    ((2, 3), (3, 4)),
    ((2, 3), (1, 2)),
    ((1,), (2, 2)),
    ((3,), (0, 2)),
]:
    case(np.resize, shape, new_shape=new)

# --- joins -----------------------------------------------------------------------------------------


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
for key in (np.hstack, np.vstack, np.dstack, np.column_stack):
    for shapes in [
        ((3,), (3,)),
        ((2, 3), (2, 3)),
        ((2, 3),),
        ((1, 3), (1, 3), (1, 3)),
        ((2, 3, 1), (2, 3, 1)),
        ((0,), (0,)),
    ]:
        case(key, *shapes, call=joined(key))
    if key is not np.hstack:
        case(key, (1, 3), np.ones((1, 3)), call=joined(key))
case(np.hstack, (2,), (3,), call=joined(np.hstack))
case(np.hstack, (), (3,), 1.5, call=joined(np.hstack))
case(np.vstack, (3,), (2, 3), (1, 3), call=joined(np.vstack))
case(np.vstack, (), 0.75, call=joined(np.vstack))
case(np.dstack, (3,), (1, 3, 2), call=joined(np.dstack))
case(np.dstack, 0.75, (), call=joined(np.dstack))
case(np.column_stack, (2,), (2, 3), (2,), call=joined(np.column_stack))
case(np.column_stack, (), (1,), call=joined(np.column_stack))
case(np.vstack, (2, 3), call=np.vstack)  # the rows of one array
for shapes, axis in [(((3,), (2,)), None), (((2, 3), (2,)), None), (((2, 3), (1, 3)), 0), (((2, 3), (2, 1)), -1),
                     (((3,), 0.75), None), (((), ()), None), (((0, 3), (2, 3)), 0)]:  # fmt: skip
    case(np.append, *shapes, axis=axis)
case(np.block, (2, 2), (2, 1), (1, 3), call=lambda a, b, c: np.block([[a, b], [c]]))
case(np.block, (3,), (2,), call=lambda a, b: np.block([a, b]))
case(np.block, (3,), (3,), call=lambda a, b: np.block([[a], [b]]))
case(np.block, (), (), call=lambda a, b: np.block([[a, 0.0], [1.0, b]]))
case(np.block, (2, 3), call=np.block)
case(
    np.block,
    (2, 2, 1),
    (2,),
    call=lambda a, b: np.block([a, np.ones((2, 2, 3)), b * np.ones((2, 2, 2))]),
)
case(np.block, (1, 2), (1, 2), call=lambda a, b: np.block([[[a], [b]], [[b], [a]]]))
for shape, obj, values, axis in [
    ((3,), 1, (), None), ((3,), -1, 0.75, None), ((3,), 1, (2,), None), ((3,), [1], (2,), None), ((3,), [0, 2], (2,), None),
    ((3,), [2, 2, 0], (3,), 0), ((3,), slice(0, 2), (2,), 0), ((3,), [0, 3], 0.75, 0), ((2, 3), 1, (3,), 0),
    ((2, 3), 1, (2,), 1), ((2, 3), 1, (), 1), ((2, 3), [1], (2, 1), 1), ((2, 3), [0, 2], (2, 2), 1), ((2, 3), [0, 2], (2,), 1),
    ((2, 3), [0, -1], 0.75, -1), ((2, 3), 4, (), None), ((2, 3), [1], (1, 3), 0), ((2, 3), 1, (2, 3), 0), ((3,), [], 0.75, 0),
    ((3,), np.array([True, False, True]), (2,), 0), ((2, 3), [0, 1], (2, 1), 1), ((0,), 0, (), None), ((2, 1), [0, 0], (2, 2), 1),
]:  # fmt: skip
    case(
        np.insert,
        shape,
        values,
        call=lambda a, v, obj, axis: np.insert(a, obj, v, axis),
        obj=obj,
        axis=axis,
    )

# --- cuts ------------------------------------------------------------------------------------------


def weighed(func):
    """The pieces of a cut, each used in a way of its own, joined flat."""
    return lambda a, **params: np.concatenate(
        [np.ravel(p) * (i + 1) for i, p in enumerate(func(a, **params))]
    )


for shape, where, axis in [((4,), 2, 0), ((4,), [1, 3], 0), ((2, 4), 2, 1), ((2, 4), [1], -1), ((3, 3), 3, 0),
                           ((4,), [2, 2, 5], 0), ((4,), [-1], 0), ((4, 1), [3, 1], 0), ((3,), 1, 0), ((0, 2), 2, 1)]:  # fmt: skip
    case(np.split, shape, call=weighed(np.split), indices_or_sections=where, axis=axis)
    case(np.array_split, shape, call=weighed(np.array_split), indices_or_sections=where, axis=axis)
case(np.array_split, (5,), call=weighed(np.array_split), indices_or_sections=3)
case(np.array_split, (2,), call=weighed(np.array_split), indices_or_sections=3)
for key, shapes in [
    (np.vsplit, [(2, 3), (4, 1, 2)]),
    (np.hsplit, [(4,), (3, 2), (1, 4, 2)]),
    (np.dsplit, [(1, 2, 4), (2, 2, 2)]),
]:
    for shape in shapes:
        case(key, shape, call=weighed(key), indices_or_sections=2)
        case(key, shape, call=weighed(key), indices_or_sections=[1])
if hasattr(np, "unstack"):
    for shape, axis in [((3,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3, 2), -1), ((1, 1), 0)]:
        case(np.unstack, shape, call=weighed(np.unstack), axis=axis)
