"""Products of arrays."""

from __future__ import annotations

import functools
import operator
import warnings

import numpy as np

from rule_cases import case, joined

MATMULS = [
    ((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((3, 3), (3, 3)),
    ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 1), (1, 1)),
    ((2, 1), (1, 3)), ((1,), (1, 3)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 2, 2), (2, 2, 2)),
]  # fmt: skip
for pair in MATMULS:
    case(np.matmul, *pair)
    case(operator.matmul, *pair)
for pair in [((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((3,), (5, 3, 4)),
             ((5, 2, 3), (3,)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (4, 3, 2)), ((), (3,)),
             ((2, 3), ()), (0.75, (3,)), ((3,), 1.5), (0.75, 1.5), ((), ()),
             ((2, 0), (0, 3)), ((3, 3), (3, 3))]:  # fmt: skip
    case(np.dot, *pair)
for left, right, axes in [
    ((2, 3), (3, 4), 1), ((2, 3), (2, 3), 2), ((2,), (3,), 0), ((3, 4, 5), (4, 3, 2), ([1, 0], [0, 1])),
    ((3, 4, 5), (4, 3, 2), ([0, 1], [1, 0])), ((2, 3), (4, 3), (1, 1)), ((2, 3), (3, 4), (-1, 0)),
    ((3, 3), (3, 3), ([0], [1])), ((2, 3, 4), (4, 3, 5), ((-1, -2), (0, 1))), ((2, 3), (3, 4), ((1,), (0,))),
    ((2, 2, 2), (2, 2, 2), ([2, 0], [0, 1])), ((2, 2, 2), (2, 2, 2), ([0, 2, 1], [1, 2, 0])),
]:  # fmt: skip
    case(np.tensordot, left, right, axes=axes)
for left, right, axes in [((2, 3), (3, 2), ([], [])), ((), (3,), 0), ((2, 0), (0, 3), 1), ((1, 3), (1, 3), ([0, 1], [0, 1])),
                          ((2, 3, 4, 5), (5, 3, 2), ([3, 1], [0, 1])), ((2, 3), (3,), ([-1], [-1])),
                          ((3, 4, 2), (4, 5, 2, 3), (np.array([0, 2]), np.array([3, 2])))]:  # fmt: skip
    case(np.tensordot, left, right, axes=axes)
    case(np.linalg.tensordot, left, right, axes=axes)
case(np.tensordot, (2, 3, 4), (3, 4, 2))
case(np.matmul, (0, 2, 3), (3, 4))
case(np.matmul, (2, 1, 1), (1, 1))
case(np.matmul, (1, 5, 1, 3), (4, 1, 3, 1))
for key in (np.outer, np.linalg.outer):
    for pair in [
        ((3,), (4,)),
        ((3,), (3,)),
        ((2, 3), (4,)),
        ((), (3,)),
        (0.75, 1.5),
        ((2, 1), (3, 2)),
        ((0,), (3,)),
        ((1,), (1,)),
    ]:
        if key is np.outer or all(isinstance(x, tuple) and len(x) == 1 for x in pair):
            case(key, *pair)
for pair in [((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((2, 2, 3), (4, 3)), ((3, 3), (3, 3)), ((), (3,)), ((2, 3), ()),
             (0.75, 1.5), (0.75, (2,)), ((2, 0), (3, 0)), ((1,), (1,)), ((2, 1), (3, 1)), ((2, 4, 3), (5, 2, 3))]:  # fmt: skip
    case(np.inner, *pair)
for pair in [
    ((3,), (3,)),
    ((2, 3), (2, 3)),
    ((2, 3), (6,)),
    ((), ()),
    (0.75, 1.5),
    ((0,), (0,)),
    ((1,), ()),
    ((3, 3), (3, 3)),
]:
    case(np.vdot, *pair, plain=lambda a, b: np.sum(np.ravel(a) * np.ravel(b)))
for pair in [((2,), (3,)), ((2, 3), (3, 2)), ((2, 3), (4,)), ((4,), (2, 3)), ((2, 1, 3), (2, 2)), ((2, 2), (1, 3, 2)), ((), (3,)), ((2, 3), ()),
             (0.75, (2,)), (0.75, 1.5), ((0,), (2,)), ((1, 1), (1, 1)), ((3, 3), (3, 3))]:  # fmt: skip
    case(np.kron, *pair)


def quietly(a, b, **params):
    """`np.cross` of vectors of two entries too, at which NumPy 2 warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.cross(a, b, **params)


for left, right, params in [
    ((3,), (3,), {}), ((2,), (2,), {}), ((2,), (3,), {}), ((3,), (2,), {}), ((4, 3), (4, 3), {}), ((4, 3), (3,), {}), ((3,), (4, 3), {}),
    ((2, 1, 3), (4, 3), {}), ((4, 2), (4, 2), {}), ((4, 2), (3,), {}), ((3, 4), (3, 4), {"axis": 0}), ((4, 3), (4, 3), {"axis": -1}),
    ((3, 4), (4, 3), {"axisa": 0}), ((4, 3), (3, 4), {"axisb": 0}), ((4, 3), (4, 3), {"axisc": 0}), ((3, 4), (2, 4), {"axisa": 0, "axisb": 0}),
    ((3, 4, 5), (4, 5, 3), {"axisa": 0, "axisc": 1}),
    ((0, 3), (3,), {}), ((1, 3), (4, 3), {}), ((3, 3), (3, 3), {"axis": 0}),
]:  # fmt: skip
    case(np.cross, left, right, call=quietly, **params)
for left, right, params in [
    ((3,), (3,), {}),
    ((4, 3), (4, 3), {}),
    ((3, 4), (3, 4), {"axis": 0}),
    ((1, 3), (4, 3), {}),
]:
    case(np.linalg.cross, left, right, **params)
for pair in MATMULS:
    case(np.linalg.matmul, *pair)


def vector_product(a, b, axis=-1):
    return np.sum(np.moveaxis(a, axis, -1) * np.moveaxis(b, axis, -1), -1)


for left, right, params in [((3,), (3,), {}), ((4, 3), (4, 3), {}), ((4, 3), (3,), {}), ((3,), (4, 3), {}), ((3, 4), (3, 4), {"axis": 0}),
                            ((2, 1, 3), (4, 3), {}), ((3, 4), (3, 1), {"axis": -2}), ((1, 3), (1, 3), {}), ((0, 3), (3,), {}),
                            ((2, 0), (2, 0), {}), ((3, 3), (3, 3), {"axis": 0}), ((3, 2, 4), (3, 4), {"axis": 0})]:  # fmt: skip
    for key in (np.vecdot, np.linalg.vecdot):
        case(key, left, right, plain=vector_product, **params)
if hasattr(np, "matvec"):
    for left, right in [
        ((2, 3), (3,)),
        ((5, 2, 3), (3,)),
        ((2, 3), (5, 3)),
        ((5, 2, 3), (5, 3)),
        ((1, 2, 3), (5, 3)),
        ((3, 3), (3,)),
        ((2, 0), (0,)),
    ]:
        case(np.matvec, left, right)
    for left, right in [
        ((2,), (2, 3)),
        ((2,), (5, 2, 3)),
        ((5, 2), (2, 3)),
        ((5, 2), (5, 2, 3)),
        ((1, 2), (5, 2, 3)),
        ((3,), (3, 3)),
        ((0,), (0, 2)),
    ]:
        case(
            np.vecmat,
            left,
            right,
            plain=lambda a, b: np.squeeze(np.matmul(np.expand_dims(a, -2), b), -2),
        )
for shapes in [((2, 3), (3, 4)), ((2, 3), (3, 4), (4, 2)), ((3,), (3, 4), (4, 2)), ((2, 3), (3, 4), (4,)), ((3,), (3, 4), (4,)),
               ((5, 2), (2, 4), (4, 3), (3, 2)), ((2,), (2, 5), (5, 1), (1, 3), (3,)), ((3,), (3,)), ((1, 1), (1, 1), (1, 1)),
               ((3, 3), (3, 3), (3, 3), (3, 3)), ((2, 0), (0, 3), (3, 2))]:  # fmt: skip
    case(np.linalg.multi_dot, *shapes, call=joined(np.linalg.multi_dot))

EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ik,jk->ij", (2, 3), (4, 3)),
    ("i,i->", (3,), (3,)), ("i,j->ij", (3,), (4,)), ("i,j->ji", (3,), (3,)), ("ij->ji", (2, 3)),
    ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ij", (2, 3)), ("ba", (2, 3)), ("ii->i", (3, 3)),
    ("ii->", (3, 3)), ("ii", (3, 3)), ("iij->j", (2, 2, 3)), ("iii->i", (2, 2, 2)),
    ("ij,ij->ij", (2, 3), (2, 3)), ("ij,i->j", (2, 3), (2,)), ("...j,j->...", (2, 4, 3), (3,)),
    ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 4)), ("...ij,...jk->...ik", (5, 2, 3), (3, 4)),
    ("...ij,...jk", (1, 2, 3), (5, 3, 4)), ("...,...", (2, 3), (3,)), ("i...->...", (2, 3, 4)),
    ("i...,i->...i", (2, 3, 4), (2,)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("i->i", (3,)),
    ("ij,jk->", (2, 3), (3, 4)), ("i,i->i", (1,), (3,)), ("ij,ij->j", (1, 3), (2, 3)),
    ("ii,jk->j", (2, 2), (3, 4)), (" i j , j -> i ", (2, 3), (3,)), (",i->i", 0.75, (3,)),
    (",->", (), ()), ("i,i,i->", (3,), (3,), (3,)), ("bhqd,bhkd->bhqk", (2, 2, 3, 2), (2, 2, 4, 2)),
    ("Ab,bA->bA", (2, 3), (3, 2)), ("aB,Bc", (2, 3), (3, 2)), ("ij,j->i", (0, 3), (3,)),
    ("ij,j->i", (2, 0), (0,)), ("...->...", (2, 3)), ("...i,...i->...", (4, 1, 3), (2, 3)),
]  # fmt: skip
for subscripts, *shapes in EINSUMS:
    case(np.einsum, *shapes, call=functools.partial(np.einsum, subscripts))
for optimize in (True, "greedy", "optimal", ["einsum_path", (0, 1), (0, 1)]):
    case(
        np.einsum,
        (2, 3),
        (3, 4),
        (4, 2),
        call=functools.partial(np.einsum, "ij,jk,kl->il", optimize=optimize),
    )
case(np.einsum, (3, 3), (3,), call=functools.partial(np.einsum, "ii,i->", optimize=True))
case(np.einsum, (2, 3), (3, 4), call=lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]))
case(np.einsum, (2, 3), (3, 4), call=lambda a, b: np.einsum(a, [5, 40], b, [40, 2]))
case(np.einsum, (3, 3), call=lambda a: np.einsum(a, [0, 0]))
case(np.einsum, (3, 3), call=lambda a: np.einsum(a, [0, 0], [0]))
case(
    np.einsum,
    (5, 2, 3),
    (3, 4),
    call=lambda a, b: np.einsum(a, [..., 0, 1], b, [1, 2], [..., 0, 2]),
)
case(np.einsum, (2, 3), (2,), call=lambda a, b: np.einsum(a, [0, 1], b, [0], [], optimize=True))
case(np.einsum, (2, 1), (1, 3), call=functools.partial(np.einsum, "ij,ij->ij"))
case(np.einsum, (1, 2, 1), (3, 1, 4), call=functools.partial(np.einsum, "...j,...j"))
case(np.einsum, (0, 3), (3, 0), call=functools.partial(np.einsum, "ij,jk->ik"))
