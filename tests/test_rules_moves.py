"""Moves, copies, joins and cuts against an independent truth.

A function that moves entries moves whole numbers too. Run on 1, 2, 3 … it says where each entry of
its result came from (0: from nowhere), so the cotangent can be counted up without any rule.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import backprop_lab as bl

SEEDS = range(10)


def counted_up(f, shape, y_bar):
    """The cotangent of a move, from where it takes the numbers 1, 2, 3 …"""
    size = int(np.prod(shape))
    origin = f(np.arange(1.0, size + 1).reshape(shape)).astype(int).ravel()
    return np.bincount(origin, np.ravel(y_bar), size + 1)[1:].reshape(shape)


def axis_of(rng, shape):
    return int(rng.integers(-len(shape), len(shape)))


def random_axes(rng, shape):
    count = int(rng.integers(1, len(shape) + 1))
    return tuple(int(i) for i in rng.permutation(len(shape))[:count])


def random_order(rng, shape):
    return tuple(int(i) - len(shape) * int(rng.integers(2)) for i in rng.permutation(len(shape)))


def whole(rng, low, high):
    return int(rng.integers(low, high))


def several(rng, low, high, size):
    return rng.integers(low, high, size)


def inserted(x, obj):
    return np.insert(x, obj, np.flip(x, 1)[:, : len(obj)], 1)


def joined_backwards(x, cut, where):
    return np.concatenate(cut(x, where, axis=1)[::-1], 1)


MOVES = {  # from a generator and a shape to a function with parameters of its own
    "transpose": lambda r, s: partial(np.transpose, axes=random_order(r, s)),
    "swapaxes": lambda r, s: partial(np.swapaxes, axis1=axis_of(r, s), axis2=axis_of(r, s)),
    "moveaxis": lambda r, s: partial(np.moveaxis, source=axis_of(r, s), destination=axis_of(r, s)),
    "rollaxis": lambda r, s: partial(np.rollaxis, axis=axis_of(r, s), start=axis_of(r, s)),
    "flip": lambda r, s: partial(np.flip, axis=random_axes(r, s)),
    "roll": lambda r, s: partial(np.roll, shift=whole(r, -5, 6), axis=random_axes(r, s)),
    "roll flat": lambda r, s: partial(np.roll, shift=whole(r, -9, 9)),
    "rot90": lambda r, s: partial(np.rot90, k=whole(r, -5, 6), axes=random_order(r, s)[:2]),
    "reshape F": lambda r, s: partial(np.reshape, shape=(s[-1], -1, 1), order="F"),
    "ravel F": lambda r, s: partial(np.ravel, order="F"),
    "tile": lambda r, s: partial(np.tile, reps=tuple(several(r, 1, 4, whole(r, 1, 5)))),
    "repeat": lambda r, s: partial(np.repeat, repeats=whole(r, 0, 4), axis=axis_of(r, s)),
    "repeat each": lambda r, s: partial(np.repeat, repeats=several(r, 0, 3, s[1]), axis=1),
    "resize": lambda r, s: partial(np.resize, new_shape=tuple(several(r, 1, 5, 2))),
    "pad": lambda r, s: partial(np.pad, pad_width=several(r, 0, 3, (len(s), 2))),
    "edge": lambda r, s: partial(np.pad, pad_width=several(r, 0, 3, (len(s), 2)), mode="edge"),
    "wrap": lambda r, s: partial(np.pad, pad_width=several(r, 0, 6, (len(s), 2)), mode="wrap"),
    "reflect": lambda r, s: partial(
        np.pad, pad_width=several(r, 0, 6, (len(s), 2)), mode="reflect"
    ),
    "symmetric": lambda r, s: partial(
        np.pad, pad_width=several(r, 0, 6, (len(s), 2)), mode="symmetric"
    ),
    "tril": lambda r, s: partial(np.tril, k=whole(r, -3, 4)),
    "triu": lambda r, s: partial(np.triu, k=whole(r, -3, 4)),
    "diagonal": lambda r, s: partial(
        np.diagonal,
        offset=whole(r, -2, 3),
        **dict(zip(("axis1", "axis2"), random_order(r, s), strict=False)),
    ),
    "diagflat": lambda r, s: partial(np.diagflat, k=whole(r, -2, 3)),
    "delete": lambda r, s: partial(np.delete, obj=several(r, 0, s[1], 2), axis=1),
    "insert": lambda r, s: partial(inserted, obj=several(r, 0, s[1] + 1, min(s[1], 2))),
    "insert one": lambda r, s: lambda x: np.insert(x, -1, x[0], 0),
    "append": lambda r, s: lambda x: np.append(x, np.flip(x), -1),
    "stack": lambda r, s: lambda x: np.stack([x, np.flip(x), x], -2),
    "block": lambda r, s: lambda x: np.block([[x, x], [np.flip(x, -1), x]]),
    "dstack": lambda r, s: lambda x: np.dstack([x, np.flip(x)]),
    "split": lambda r, s: partial(joined_backwards, cut=np.split, where=several(r, -2, 5, 2)),
    "array_split": lambda r, s: partial(joined_backwards, cut=np.array_split, where=whole(r, 1, 5)),
    "meshgrid": lambda r, s: lambda x: np.meshgrid(x, x[0], indexing="xy")[0],
    "take": lambda r, s: partial(np.take, indices=several(r, -s[1], s[1], (2, 2)), axis=1),
    "take clip": lambda r, s: partial(np.take, indices=several(r, -9, 9, 4), axis=0, mode="clip"),
    "take wrap": lambda r, s: partial(np.take, indices=several(r, -9, 9, 4), mode="wrap"),
    "compress": lambda r, s: partial(np.compress, several(r, 0, 2, s[0]), axis=0),
    "choose": lambda r, s: lambda x: np.choose(np.arange(s[-1]) % 2, [x, np.flip(x)]),
    "take_along_axis": lambda r, s: partial(
        np.take_along_axis, indices=several(r, 0, s[1], (s[0], 4, *s[2:])), axis=1
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_move_brings_every_cotangent_back_to_where_its_entry_came_from(name):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        shape = tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(2, 5))))
        f = MOVES[name](rng, shape)
        x = rng.normal(size=shape)
        value, pullback = bl.vjp(f, x)
        np.testing.assert_array_equal(value, f(x))
        y_bar = rng.normal(size=np.shape(value))
        np.testing.assert_allclose(pullback(y_bar)[0], counted_up(f, shape, y_bar), 1e-13, 1e-13)
        if np.size(value) > 30:
            continue
        rows = bl.jacobian(f)(x).reshape(np.size(value), *shape)
        for row, unit in zip(rows, np.eye(np.size(value)), strict=True):
            np.testing.assert_array_equal(row, counted_up(f, shape, unit))


def test_a_truth_that_counts_up_tells_moves_apart():
    y_bar = np.arange(6.0)
    assert counted_up(lambda x: x.T, (2, 3), y_bar).tolist() == [[0, 2, 4], [1, 3, 5]]
    assert counted_up(lambda x: np.pad(x, 1), (1,), np.arange(3.0)).tolist() == [1]


@pytest.mark.parametrize("shift", [np.uint8(1), np.int8(-128), np.array([3], np.uint16)])
def test_a_roll_by_a_small_integer_does_not_wrap(shift):
    w = np.arange(1.0, 6.0)
    for axis in (None, 0):
        f = lambda x, axis=axis: np.sum(np.roll(x, shift, axis) * w)  # noqa: E731
        assert (
            bl.grad(f)(np.zeros(5)).tolist() == bl.jacobian(f, mode="forward")(np.zeros(5)).tolist()
        )
