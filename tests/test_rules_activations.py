"""Sigmoid, softplus, relu, softmax and their kin: huge inputs, infinities, digits, kept memory."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.errors import name_of
from backprop_lab.rules import RULES

X = sp.Symbol("x", real=True)
INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# --- against SymPy, saturated and not ------------------------------------------------------------

FUNCTIONS = {
    bl.sigmoid: 1 / (1 + sp.exp(-X)),
    bl.softplus: sp.log(1 + sp.exp(X)),
}


@pytest.mark.parametrize("point", [0.0, 0.5, -1.5, 4.5, 4.7, 12.0, -12.0, 40.0, -40.0, 90.0, -90.0])
@pytest.mark.parametrize("func", FUNCTIONS, ids=name_of)
def test_value_and_three_orders_keep_their_digits_in_saturation(func, point):
    """σ′ = y(1 − y) has no digit left at x = 40; the third derivative has a zero near ±1.3."""
    ours = func
    for order in range(4):
        expr = FUNCTIONS[func].diff(X, order) if order else FUNCTIONS[func]
        want = float(expr.subs(X, sp.Float(point, 200)).evalf(40))
        assert abs(ours(point) - want) <= 1e-13 * abs(want)
        ours = bl.grad(ours)


@pytest.mark.parametrize("func", [bl.sigmoid, bl.softplus, bl.relu, np.tanh], ids=name_of)
def test_huge_inputs_give_limits_without_warnings(func):
    limits = {bl.sigmoid: (0.0, 1.0), np.tanh: (-1.0, 1.0)}.get(func, (0.0, 1e4))
    slopes = (0.0, 1.0) if func in (bl.softplus, bl.relu) else (0.0, 0.0)
    for dtype in (np.float32, np.float64):
        x = np.array([-1e4, 1e4], dtype)
        value, pullback = bl.vjp(func, x)
        assert value.tolist() == list(limits) and value.dtype == dtype
        assert pullback(np.ones(2, dtype))[0].tolist() == list(slopes)
        assert bl.jvp(func, (x,), (np.ones(2, dtype),))[1].tolist() == list(slopes)
        gradient = lambda z: bl.vjp(func, z)[1](np.ones(2))[0]  # noqa: E731
        if dtype == np.float64:
            assert bl.jvp(gradient, (x,), (np.ones(2),))[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("func", [bl.sigmoid, bl.softplus], ids=name_of)
def test_infinite_inputs_and_nan(func):
    x = np.array([-INF, INF, NAN])
    np.testing.assert_array_equal(func(x), [0, 1 if func is bl.sigmoid else INF, NAN])
    slopes = bl.vjp(func, x)[1](np.ones(3))[0]
    np.testing.assert_array_equal(slopes, [0, 0 if func is bl.sigmoid else 1, NAN])


ALL = [bl.relu, bl.sigmoid, bl.softplus, bl.logsumexp, bl.softmax, bl.log_softmax]


@pytest.mark.parametrize("func", ALL, ids=name_of)
def test_numbers_lists_integers_and_short_floats_go_in(func):
    assert isinstance(func(0.5), float)
    want = func(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(func([1.0, 2.0]), want)
    np.testing.assert_array_equal(func(np.array([1, 2])), want)
    assert func(np.array([1, 2], np.float32)).dtype == np.float32
    assert func(np.float32(1)).dtype == np.float32
    assert func(np.array(2.0)).shape == ()


@pytest.mark.parametrize("func", [bl.sigmoid, bl.softplus], ids=name_of)
def test_complex_step_is_valid_at_any_size(func):
    x = np.array([-800.0, -2.0, 0.0, 3.0, 800.0])
    step = np.imag(func(x + 1e-30j)) / 1e-30
    np.testing.assert_allclose(bl.vjp(func, x)[1](np.ones(5))[0], step, rtol=1e-14, atol=0)


def test_the_value_is_the_same_under_a_trace():
    x = np.linspace(-30, 30, 41)
    for func in ALL:
        np.testing.assert_array_equal(bl.vjp(func, x)[0], func(x))


# --- along axes: infinities -------------------------------------------------------------------------


def test_logsumexp_at_huge_inputs():
    x = np.array([[1e4, 1e4], [-1e4, -1e4]])
    value, pullback = bl.vjp(lambda x: bl.logsumexp(x, axis=-1), x)
    np.testing.assert_allclose(value, [1e4 + np.log(2), -1e4 + np.log(2)], rtol=1e-15)
    np.testing.assert_allclose(pullback(np.ones(2))[0], 0.5, rtol=1e-11)  # e^(x−y), y = 1e4 + …


ROWS = {  # a row, its logsumexp, the gradient
    "masked entries": ([0.0, -INF, 0.0], np.log(2), [0.5, 0.0, 0.5]),
    "one left": ([-INF, 3.0, -INF], 3.0, [0.0, 1.0, 0.0]),
    "all masked": ([-INF, -INF, -INF], -INF, [0.0, 0.0, 0.0]),
    "infinite": ([INF, 1e4, -INF], INF, [1.0, 0.0, 0.0]),
    "twice infinite": ([INF, INF, 1.0], INF, [0.5, 0.5, 0.0]),
    "not a number": ([NAN, 0.0, -INF], NAN, [NAN, NAN, NAN]),
}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logsumexp_of_rows_with_infinities(keepdims, dtype):
    x = np.array([row for row, _, _ in ROWS.values()], dtype)
    value, pullback = bl.vjp(lambda x: bl.logsumexp(x, axis=1, keepdims=keepdims), x)
    assert value.shape == ((6, 1) if keepdims else (6,)) and value.dtype == dtype
    np.testing.assert_allclose(value.ravel(), [v for _, v, _ in ROWS.values()], rtol=1e-6)
    got = pullback(np.ones(value.shape, dtype))[0]
    assert got.dtype == dtype
    np.testing.assert_allclose(got, [g for _, _, g in ROWS.values()], rtol=1e-6)
    y_dot = bl.jvp(lambda x: bl.logsumexp(x, axis=1), (x[:5],), (np.ones((5, 3), dtype),))[1]
    np.testing.assert_allclose(y_dot, [1, 1, 0, 1, 1], rtol=1e-6)


def test_a_masked_row_has_a_hessian_of_zeros():
    gradient = lambda x: bl.vjp(bl.logsumexp, x)[1](1.0)[0]  # noqa: E731
    for x in (np.full(3, -INF), np.array([INF, INF, 0.0])):
        assert bl.jvp(gradient, (x,), (np.ones(3),))[1].tolist() == [0.0, 0.0, 0.0]


def test_logsumexp_of_nothing_is_the_log_of_zero():
    assert bl.logsumexp(np.zeros((2, 0)), axis=1).tolist() == [-INF, -INF]
    assert bl.vjp(bl.logsumexp, np.zeros(0))[1](1.0)[0].shape == (0,)


@pytest.mark.parametrize(
    ("a", "b", "value", "slopes"),
    [
        (1e4, -1e4, 1e4, (1.0, 0.0)), (-1e4, -1e4, -1e4 + np.log(2), (0.5, 0.5)),
        (INF, INF, INF, (0.5, 0.5)), (INF, 0.0, INF, (1.0, 0.0)),
        (-INF, 0.0, 0.0, (0.0, 1.0)), (-INF, -INF, -INF, (0.0, 0.0)),
    ],
)  # fmt: skip
def test_logaddexp_at_infinities(a, b, value, slopes):
    assert np.logaddexp(a, b) == value
    for func in (np.logaddexp, np.logaddexp2):
        assert bl.grad(func, argnums=(0, 1))(a, b) == slopes
        both = bl.vjp(func, np.array([a, 0.0]), np.array([b, 0.0]))[1](np.ones(2))
        assert (both[0].tolist(), both[1].tolist()) == ([slopes[0], 0.5], [slopes[1], 0.5])


def test_logaddexp_agrees_with_logsumexp_and_keeps_the_digits_of_huge_inputs():
    a, b = 1e6, 1e6 + 0.5
    want = 1 / (1 + np.exp(0.5))
    assert abs(bl.grad(np.logaddexp)(a, b) - want) <= 1e-15
    stacked = bl.grad(lambda a: bl.logsumexp(np.stack([a, 0.75])))(0.25)
    assert abs(bl.grad(np.logaddexp)(0.25, 0.75) - stacked) <= 1e-15


def test_softmax_with_masked_entries():
    x = np.array([[0.0, -INF, 0.0], [-INF, 7.0, -INF]])
    for func, want in (
        (bl.softmax, [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]),
        (bl.log_softmax, [[-np.log(2), -INF, -np.log(2)], [-INF, 0.0, -INF]]),
    ):
        value, pullback = bl.vjp(func, x)
        np.testing.assert_allclose(value, want, rtol=1e-15)
        x_bar = pullback(np.array([[1.0, 2.0, 5.0], [1.0, 2.0, 5.0]]))[0]
        assert np.all(np.isfinite(x_bar))
        np.testing.assert_allclose(np.sum(x_bar, axis=1), 0, atol=1e-15)  # shifts change nothing
        np.testing.assert_allclose(bl.jvp(func, (x,), (np.ones((2, 3)),))[1], 0, atol=1e-15)
    assert bl.vjp(bl.softmax, x)[1](np.eye(2, 3))[0].tolist() == [[0.25, 0.0, -0.25], [0.0] * 3]


@pytest.mark.parametrize("row", [[-INF, -INF], [INF, 0.0]])
@pytest.mark.parametrize("func", [bl.softmax, bl.log_softmax], ids=name_of)
def test_a_row_without_a_softmax_is_nan_and_numpy_warns(func, row):
    with pytest.warns(RuntimeWarning, match="invalid value"):
        value = func(np.array([row, [0.0, 0.0]]))
    assert np.all(np.isnan(value[0])) and np.all(np.isfinite(value[1]))


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (1, -1), None])
def test_softmax_and_log_softmax_and_logsumexp_say_the_same(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)) * 5
    total = np.exp(x).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(bl.softmax(x, axis), np.exp(x) / total, rtol=1e-13)
    np.testing.assert_allclose(np.exp(bl.log_softmax(x, axis)), np.exp(x) / total, rtol=1e-13)
    np.testing.assert_allclose(bl.logsumexp(x, axis, True), np.log(total), rtol=1e-13)
    gradient = bl.grad(lambda x: np.sum(bl.logsumexp(x, axis=axis)))(x)
    np.testing.assert_allclose(gradient, bl.softmax(x, axis), rtol=1e-13)


def test_softmax_cross_entropy_has_the_gradient_p_minus_y_at_huge_scores():
    x = np.array([[1e4, -1e4, 0.0], [3.0, 1.0, 2.0]])
    labels = np.array([1, 0])
    loss = lambda x: -np.sum(bl.log_softmax(x)[np.arange(2), labels])  # noqa: E731
    want = bl.softmax(x) - np.eye(3)[labels]
    np.testing.assert_allclose(bl.grad(loss)(x), want, rtol=0, atol=2e-16)


# --- conventions and memory ----------------------------------------------------------------------------


def test_relu_is_flat_at_zero_in_both_modes_and_knows_its_kink():
    x = np.array([-1.0, 0.0, -0.0, 2.0])
    assert bl.vjp(bl.relu, x)[1](np.ones(4))[0].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert bl.jvp(bl.relu, (x,), (np.ones(4),))[1].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert RULES[bl.relu].at_kink(x).tolist() == [False, True, True, False]


def kept_bytes(func, x):
    """The bytes of the arrays that the tape's pullback of `func` holds, each counted once."""
    _, pullbacks = RULES[func].reverse((x,), {}, (0,))
    arrays, waiting, seen = {}, [pullbacks[0]], set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            arrays[id(thing)] = thing.nbytes
        elif isinstance(thing, (tuple, list)):
            waiting.extend(thing)
        elif callable(thing):
            waiting.extend(cell.cell_contents for cell in getattr(thing, "__closure__", None) or ())
    return sum(arrays.values())


@pytest.mark.parametrize(
    ("func", "share"),
    [
        (bl.relu, 1 / 8), (bl.sigmoid, 1), (bl.softplus, 1), (np.tanh, 1), (bl.softmax, 1),
        (bl.log_softmax, 1), (bl.logsumexp, 1), (np.absolute, 1),
    ],
)  # fmt: skip
def test_one_array_is_kept(func, share):
    x = np.linspace(-2, 2, 1000)
    assert kept_bytes(func, x) <= share * x.nbytes + 64


def test_sigmoid_of_a_mixture_has_all_digits():
    x = np.array([0.0, 1.0, -3.0, 36.0, -36.0, 2.0, 0.5])
    want = np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2
    np.testing.assert_allclose(bl.vjp(bl.sigmoid, x)[1](np.ones(7))[0], want, rtol=2e-14)
