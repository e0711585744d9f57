"""Moves, copies, joins and cuts: containers, dtypes, methods, refusals, peers."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.rules import RULES
from backprop_lab.rules.shapes import cast
from test_rules_moves import counted_up

# --- containers, dtypes, methods ----------------------------------------------------------------------

X = np.arange(1.0, 7.0).reshape(2, 3)
GIVES = {
    list: [lambda x: np.split(x, 2), lambda x: np.array_split(x, 2), lambda x: np.hsplit(x, 3)],
    tuple: [
        lambda x: np.broadcast_arrays(x, 1.0), lambda x: np.meshgrid(x, x),
        lambda x: np.atleast_2d(x, 1.0),
        *([lambda x: np.unstack(x)] if hasattr(np, "unstack") else []),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "f"), [(k, f) for k, fs in GIVES.items() for f in fs])
def test_a_function_of_several_values_gives_numpys_container(kind, f):
    found = []

    def traced(x):
        found.append(f(x))
        return np.sum(x)

    bl.vjp(traced, X)
    assert type(found[0]) is kind is type(f(X)) and len(found[0]) == len(f(X))


METHODS = [
    (lambda x: x.reshape(3, 2, order="F"), lambda x: np.reshape(x, (3, 2), order="F")),
    (lambda x: x.reshape((3, 2)), lambda x: np.reshape(x, (3, 2))),
    (lambda x: x.flatten("F"), lambda x: np.ravel(x, "F")),
    (lambda x: x.take([1, 0], axis=1), lambda x: np.take(x, [1, 0], 1)),
    (lambda x: x.compress([True, False], axis=0), lambda x: np.compress([True, False], x, 0)),
    (lambda x: x.repeat(2, axis=0), lambda x: np.repeat(x, 2, 0)),
    (lambda x: x.diagonal(1), lambda x: np.diagonal(x, 1)),
    (lambda x: x.swapaxes(0, 1), lambda x: np.swapaxes(x, 0, 1)),
    (lambda x: x.squeeze(), lambda x: np.squeeze(x)),
    (lambda x: x.mT, lambda x: np.matrix_transpose(x)),
    (lambda x: x.astype(float), lambda x: np.astype(x, float)),
    (lambda x: x.copy(), lambda x: np.copy(x)),
]


@pytest.mark.parametrize(("method", "function"), METHODS)
def test_a_method_is_the_function_of_its_name(method, function):
    value, pullback = bl.vjp(method, X)
    np.testing.assert_array_equal(value, method(X))
    y_bar = np.random.default_rng(0).normal(size=value.shape)
    np.testing.assert_array_equal(pullback(y_bar)[0], bl.vjp(function, X)[1](y_bar)[0])


def test_a_cast_brings_the_cotangent_back_in_the_dtype_of_its_operand():
    single = X.astype(np.float32)
    y, pullback = bl.vjp(lambda x: x.astype(np.float64) ** 2, single)
    assert y.dtype == np.float64 and pullback(np.ones((2, 3)))[0].dtype == np.float32
    y, pullback = bl.vjp(lambda x: np.astype(x, np.float32) ** 2, X)
    assert y.dtype == np.float32 and pullback(np.ones((2, 3), np.float32))[0].dtype == np.float64
    assert bl.jvp(lambda x: x.astype("float32"), (X,), (X,))[1].dtype == np.float32
    assert bl.grad(lambda x: x.astype(np.float32) ** 2)(1.5) == 3.0


def test_a_number_may_be_cast_to_complex_and_its_cotangent_is_real():
    f = lambda x: np.sum(np.abs(x.astype(complex) * (1 + 2j)) ** 2)  # noqa: E731
    np.testing.assert_allclose(bl.grad(f)(X), 10 * X, rtol=1e-15)
    single = X.astype(np.float32)
    np.testing.assert_allclose(bl.grad(f)(single), 10 * single, rtol=1e-6)
    with pytest.raises(TraceError, match=r"complex128 cast to float64 would lose the imaginary"):
        cast(np.array([1j]), to=float)


def test_full_like_follows_the_value_and_not_the_template():
    assert bl.grad(lambda x: np.sum(np.full_like(x, 2.0) * x))(X).tolist() == [[2.0] * 3] * 2
    assert bl.grad(lambda v: np.sum(np.full_like(v * X, v)))(3.0) == 6.0
    assert (
        bl.grad(lambda x: np.sum(np.full_like(x, [1.0, 2.0, 3.0])))(X).tolist() == [[0.0] * 3] * 2
    )
    single = X.astype(np.float32)
    assert bl.vjp(lambda x: np.full_like(x, 2.0) * x, single)[0].dtype == np.float32
    filled = bl.vjp(lambda x: np.full_like(x, np.float64(2) * x[0, 0].astype(float)), single)
    assert filled[0].dtype == np.float32
    assert filled[1](np.ones((2, 3), np.float32))[0].tolist() == [[12, 0, 0], [0, 0, 0]]


def test_insert_keeps_the_dtype_of_the_array():
    single = X[0].astype(np.float32)
    y, pullback = bl.vjp(lambda a, v: np.insert(a, 1, v), single, np.array([1.0, 2.0]))
    assert y.dtype == np.float32
    assert [b.dtype for b in pullback(np.ones(5, np.float32))] == [np.float32, np.float64]
    with pytest.raises(TraceError, match=r"cannot be cast to int64"):
        bl.vjp(lambda v: np.insert(np.arange(3), 1, v), 2.0)


def test_resizing_nothing_gives_zeros():
    value, pullback = bl.vjp(lambda x: np.resize(x, (2, 2)), np.zeros((0, 3)))
    assert value.tolist() == [[0, 0], [0, 0]] and pullback(np.ones((2, 2)))[0].shape == (0, 3)


def test_a_padded_constant_does_not_move():
    value, pullback = bl.vjp(lambda x: np.pad(x, 1, constant_values=7.0), X[0])
    assert value.tolist() == [7, 1, 2, 3, 7]
    assert pullback(np.arange(5.0))[0].tolist() == [1, 2, 3]
    assert bl.jvp(lambda x: np.pad(x, 1, constant_values=7.0), (X[0],), (X[1],))[1].tolist() == [
        0,
        4,
        5,
        6,
        0,
    ]


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.2.0", reason="a dict came with 2.2")
def test_padding_takes_a_dict_of_axes():
    f = lambda x: np.pad(x, {-1: (1, 2), 0: 1})  # noqa: E731
    y_bar = np.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(bl.vjp(f, X)[1](y_bar)[0], counted_up(f, X.shape, y_bar))


# --- refusals -----------------------------------------------------------------------------------------

REFUSED = {
    "order A": (lambda x: np.reshape(x, 6, order="A"), "np.reshape: order='A' reads the entries as they lie"),
    "order K": (lambda x: np.ravel(x, "K"), "Use order='C' or order='F'"),
    "copy of reshape": (lambda x: np.reshape(x, 6, copy=True), "np.reshape: the argument copy=True cannot"),
    "astype int": (lambda x: x.astype(int), "cannot be cast to int64, in which no derivative can be followed"),
    "astype bool": (lambda x: np.astype(x, bool), "cannot be cast to bool"),
    "pad mode": (lambda x: np.pad(x, 1, mode="mean"), "np.pad: mode='mean' cannot be traced; the modes with a rule are "
                 "'constant', 'edge', 'reflect', 'symmetric', 'wrap'. Join the borders by np.concatenate instead."),
    "pad by a function": (lambda x: np.pad(x, 1, mode=print), "np.pad: mode=<built-in function print>"),
    "pad ramp": (lambda x: np.pad(x, 1, mode="linear_ramp", end_values=1.0), "np.pad: the argument end_values=1.0 cannot"),
    "odd reflections": (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), "the argument reflect_type='odd' cannot"),
    "a traced border": (lambda x: np.pad(x, 1, constant_values=x[0, 0]), "np.pad: the argument constant_values is a traced"),
    "blocks": (lambda x: np.block([x, [x]]), "np.block: the blocks stand 1 and 2 lists deep; all must stand equally deep. "
               "Write a single row of blocks as [[a, b]]."),
    "dtype of hstack": (lambda x: np.hstack([x, x], dtype=np.float32), "np.hstack: the argument dtype="),
    "dtype of full_like": (lambda x: np.full_like(x, x[0, 0], dtype=np.float32), "np.full_like: the argument dtype="),
    "a keyword of many": (lambda x: np.broadcast_arrays(x, x, order="C"), "np.broadcast_arrays: the argument order= cannot be "
                          "traced. Leave it out; traced calls take (*arrays, subok)."),
    "insert a list": (lambda x: np.insert(x, 0, [x[0, 0]]), "np.array(…) of a traced value"),
    "asarray": (lambda x: np.asarray(x), "a traced value is an array already"),
    "np.c_": (lambda x: np.c_[x, x], "np.r_, np.c_ and lists of lists cannot be traced"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_refused_by_name(name):
    f, message = REFUSED[name]
    if name == "a keyword of many":  # NumPy's function itself takes no such keyword
        f = lambda x: x.__array_function__(np.broadcast_arrays, (), (x,), {"order": "C"})  # noqa: E731
    with pytest.raises(TraceError) as caught:
        bl.vjp(f, X)
    assert message in str(caught.value)


WRONG = {  # what NumPy refuses, a traced call refuses too, with an error of the same kind
    "reshape": lambda x: np.reshape(x, (4, 2)),
    "squeeze": lambda x: np.squeeze(x, 0),
    "expand_dims": lambda x: np.expand_dims(x, 5),
    "transpose": lambda x: np.transpose(x, (0, 0)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 2),
    "moveaxis": lambda x: np.moveaxis(x, 2, 0),
    "rollaxis": lambda x: np.rollaxis(x, 2),
    "rollaxis start": lambda x: np.rollaxis(x, 0, 5),
    "flip": lambda x: np.flip(x, 2),
    "fliplr": lambda x: np.fliplr(x[0]),
    "roll": lambda x: np.roll(x, 1, 2),
    "rot90": lambda x: np.rot90(x, 1, (0, 0)),
    "rot90 of a vector": lambda x: np.rot90(x[0]),
    "repeat": lambda x: np.repeat(x, 2, 2),
    "repeat by too many": lambda x: np.repeat(x, [1, 2], 1),
    "pad": lambda x: np.pad(x, ((1, 1),) * 3),
    "concatenate": lambda x: np.concatenate([x, x[0]]),
    "stack": lambda x: np.stack([x, x[0]]),
    "stack axis": lambda x: np.stack([x, x], 4),
    "hstack": lambda x: np.hstack([x, x[0]]),
    "append": lambda x: np.append(x, x[0], 0),
    "insert": lambda x: np.insert(x, 1, x[0], 2),
    "insert place": lambda x: np.insert(x, 7, x[0], 0),
    "insert shape": lambda x: np.insert(x, 1, x, 1),
    "delete": lambda x: np.delete(x, 7, 0),
    "delete axis": lambda x: np.delete(x, 0, 2),
    "split": lambda x: np.split(x, 2, 1),
    "split axis": lambda x: np.split(x, 2, 2),
    "vsplit": lambda x: np.vsplit(x[0], 3),
    "hsplit": lambda x: np.hsplit(x[0, 0], 1),
    "dsplit": lambda x: np.dsplit(x, 1),
    "meshgrid": lambda x: np.meshgrid(x, x, indexing="yx"),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2)),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, np.ones((2, 2))),
    "full_like": lambda x: np.full_like(x, x[0], shape=(2, 2)),
    "tile": lambda x: np.tile(x, -1),
    "diagonal": lambda x: np.diagonal(x[0]),
    "diagonal axes": lambda x: np.diagonal(x, 0, 1, 1),
    "diag": lambda x: np.diag(x[None]),
    "take": lambda x: np.take(x, 9),
    "take axis": lambda x: np.take(x, 0, 2),
    "take mode": lambda x: np.take(x, 0, mode="nearest"),
    "compress": lambda x: np.compress([1, 1, 1], x, 0),
    "extract": lambda x: np.extract([0] * 9 + [1], x),
    "choose": lambda x: np.choose([2, 0, 0], [x, x]),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([0]), 1),
    "an index": lambda x: x[5],
    "too many indices": lambda x: x[0, 0, 0],
    "a mask": lambda x: x[np.array([True, False, True])],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_call_that_numpy_refuses_is_refused(name):
    with pytest.raises(Exception) as plain:
        WRONG[name](X)
    with pytest.raises((type(plain.value), ValueError, IndexError, TypeError)) as traced:
        bl.vjp(lambda x: (WRONG[name](x), np.sum(x))[1], X)
    assert not isinstance(traced.value, (AttributeError, KeyError))


def test_a_fraction_is_no_place_and_no_count_though_numpy_cuts_it_off():
    for f in (lambda x: np.take(x, [0.5]), lambda x: np.repeat(x, 1.5), lambda x: np.take(x, 0.5)):
        with pytest.raises(TypeError, match=r"integer|according to the rule"):
            bl.vjp(f, X)


# --- one pull-back for a Jacobian, and peers ------------------------------------------------------------


def test_moves_are_batched_so_that_a_jacobian_is_one_pull_back():
    for func in (
        np.reshape, np.ravel, np.squeeze, np.expand_dims, np.transpose, np.swapaxes, np.moveaxis, np.flip, np.roll,
        np.tril, np.triu, np.broadcast_to, np.concatenate, np.stack, np.pad, np.take_along_axis, cast,
    ):  # fmt: skip
        assert RULES[func].batched, func


PEERS = {
    "tile": lambda xp, x: xp.tile(x, (2, 1, 3)),
    "repeat": lambda xp, x: xp.repeat(x, 3, axis=1),
    "roll": lambda xp, x: xp.roll(x, 2, axis=1),
    "rot90": lambda xp, x: xp.rot90(x),
    "rollaxis": lambda xp, x: xp.rollaxis(x, 1),
    "pad": lambda xp, x: xp.pad(x, ((1, 0), (0, 2)), mode="constant"),
    "concatenate": lambda xp, x: xp.concatenate([x, x * x], axis=1),
    "append": lambda xp, x: xp.append(x, x[0]),
    "hstack": lambda xp, x: xp.hstack([x, x]),
    "column_stack": lambda xp, x: xp.column_stack([x, x[:, 0]]),
    "array_split": lambda xp, x: xp.array_split(x, 2, axis=1)[0],
    "diagonal": lambda xp, x: xp.diagonal(x @ x.T, 0, -1, -2),
    "trace": lambda xp, x: xp.trace(x @ x.T),
    "tril": lambda xp, x: xp.tril(x, 1),
    "atleast_3d": lambda xp, x: xp.atleast_3d(x),
    "reshape by columns": lambda xp, x: xp.reshape(x, (3, 2), order="F"),
}


@pytest.mark.parametrize("name", PEERS)
def test_the_peer_agrees(name):
    f = PEERS[name]
    want = autograd.grad(lambda x: anp.sum(f(anp, x) ** 2))(X)
    np.testing.assert_allclose(bl.grad(lambda x: np.sum(f(np, x) ** 2))(X), want, rtol=1e-13)


def test_the_diagonal_of_an_oblong_matrix_where_the_peer_gives_the_wrong_shape():
    got = bl.grad(lambda x: np.sum(np.diag(x) ** 2))(X)
    assert got.tolist() == [[2, 0, 0], [0, 10, 0]]
    assert autograd.grad(lambda x: anp.sum(anp.diag(x) ** 2))(X).shape == (2, 2)
