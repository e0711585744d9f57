"""Smooth elementwise rules: three orders, zeros, infinite slopes, saturation, and the peer."""

from __future__ import annotations

import warnings

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules import RULES
from backprop_lab.rules.waves import spherical_bessel

X = sp.Symbol("x", real=True)


def true_derivative(expr, point, order):
    """The derivative of a SymPy expression at a point, to 30 digits; a limit where it is 0/0."""
    derivative = expr.diff(X, order)
    value = derivative.subs(X, sp.Rational(float(point))).evalf(50, maxn=1000)
    return float(value if value.is_finite else sp.limit(derivative, X, sp.nsimplify(point)))


# --- three orders, against SymPy --------------------------------------------------------------------

SMOOTH = {
    np.cbrt: (sp.cbrt(X), [0.3, 1.0, 7.5]),
    np.sinc: (sp.sin(sp.pi * X) / (sp.pi * X), [0.0, 1e-9, -1e-3, 0.3, 0.7, 2.5, -6.25, 41.3]),
    np.deg2rad: (X * sp.pi / 180, [0.3, -200.0]),
    np.rad2deg: (X * 180 / sp.pi, [0.3, -200.0]),
    np.tanh: (sp.tanh(X), [0.0, 0.3, -1.2, 2.6, 2.7, -9.0, 30.0, -300.0]),
    np.arccosh: (sp.acosh(X), [1.0 + 2**-20, 1.5, 40.0]),
}


@pytest.mark.parametrize("func", SMOOTH, ids=name_of)
def test_three_orders_agree_with_sympy(func):
    expr, points = SMOOTH[func]
    ours = func
    for order in (1, 2, 3):
        ours = bl.grad(ours)
        for point in points:
            want = true_derivative(expr, point, order)
            assert abs(ours(point) - want) <= 3e-13 * max(abs(want), order == 3 and 1e-3)


def test_sinc_is_smooth_at_zero_where_the_peer_is_not():
    d1 = bl.grad(np.sinc)
    d2, d4 = bl.grad(d1), bl.grad(bl.grad(bl.grad(d1)))
    assert d1(0.0) == 0.0
    assert abs(d2(0.0) + np.pi**2 / 3) <= 1e-14
    assert abs(d4(0.0) - np.pi**4 / 5) <= 1e-12
    with np.errstate(all="ignore"):
        first = autograd.elementwise_grad(anp.sinc)
        peer = first(np.zeros(1)), autograd.elementwise_grad(first)(np.array([1e-8]))
    assert np.isnan(peer[0][0]) and abs(peer[1][0] + np.pi**2 / 3) > 1
    assert abs(d2(1e-8) + np.pi**2 / 3) <= 1e-14


@pytest.mark.parametrize("n", range(6))
def test_spherical_bessel_functions_are_sympys(n):
    points = np.array([1e-3, 0.5, 1.0, n + 1.9, n + 2.1, 12.0, -3.0])
    closed = [sp.expand_func(sp.jn(n, sp.Rational(float(p)))) for p in points]
    want = [float(j.evalf(30, maxn=400)) for j in closed]
    np.testing.assert_allclose(spherical_bessel(points, n=n), want, rtol=3e-13, atol=0)
    assert spherical_bessel(0.0, n=n) == (n == 0)


# --- infinite slopes are infinite, and said ------------------------------------------------------------


@pytest.mark.parametrize("f", [np.sqrt, np.cbrt, lambda x: x**0.5, lambda x: np.power(x, 0.25)])
@pytest.mark.parametrize("zero", [0.0, np.float64(0.0), np.zeros(())], ids=["float", "np", "0-d"])
def test_a_root_is_vertical_at_zero_and_numpy_warns(f, zero):
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert bl.grad(f)(zero) == np.inf
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert bl.jvp(f, (zero,), (1.0,))[1] == np.inf


def test_the_root_of_a_square_at_zero_is_nan_and_numpy_warns_but_lengths_are_right():
    """∞ · 0: no rule of one operation can know better. np.abs and np.hypot say what is meant."""
    with pytest.warns(RuntimeWarning, match="divide by zero"), np.errstate(invalid="ignore"):
        assert np.isnan(bl.grad(lambda x: np.sqrt(x**2))(0.0))
    assert bl.grad(lambda x: np.abs(x))(0.0) == 0.0
    assert bl.grad(lambda x: np.hypot(x, 0.0))(0.0) == 0.0


@pytest.mark.parametrize(
    ("power", "slope"), [(0, 0.0), (1, 1.0), (2, 0.0), (3.5, 0.0), (0.0, 0.0), (1.0, 1.0)]
)
@pytest.mark.parametrize("zero", [0.0, np.float64(0.0)], ids=["float", "np"])
def test_powers_of_zero(power, slope, zero):
    assert bl.grad(lambda x: x**power)(zero) == slope
    assert bl.grad(lambda x: np.power(x, power))(zero) == slope
    assert bl.grad(lambda x: np.float_power(x, power))(zero) == slope
    assert bl.grad(lambda x: np.sum(x**power))(np.zeros(2)).tolist() == [slope] * 2


def test_power_zero_is_flat_even_at_infinity():
    assert bl.grad(lambda x: x**0)(np.inf) == 0.0


def test_the_exponent_of_zero_and_of_a_negative_base():
    assert bl.grad(lambda p: 0.0**p)(2.0) == 0.0
    assert bl.grad(lambda p: np.power(0.0, p))(0.5) == 0.0
    base, exponent = np.array([-2.0, 3.0]), np.array([3.0, 2.0])
    with pytest.warns(RuntimeWarning, match="invalid value encountered in log"):
        got = bl.vjp(np.power, base, exponent)[1](np.ones(2))
    assert got[0].tolist() == [12.0, 6.0]
    assert np.isnan(got[1][0]) and got[1][1] == 9 * np.log(3)  # (−2)ᵖ is real at whole p only


def test_a_power_that_python_makes_complex_is_refused():
    with pytest.raises(TraceError, match="complex"):
        bl.grad(lambda x: x**0.5)(-2.0)


# --- lengths and angles ------------------------------------------------------------------------------


def test_hypot_is_flat_at_the_origin_in_two_orders():
    zeros = np.array([0.0, 3.0])
    got = bl.vjp(np.hypot, zeros, np.array([0.0, 4.0]))[1](np.ones(2))
    assert [g.tolist() for g in got] == [[0.0, 0.6], [0.0, 0.8]]
    assert bl.grad(bl.grad(np.hypot))(0.0, 0.0) == 0.0
    assert bl.jvp(np.hypot, (0.0, 0.0), (1.0, 1.0)) == (0.0, 0.0)
    with np.errstate(all="ignore"):
        assert np.isnan(autograd.grad(anp.hypot)(0.0, 0.0))  # the peer


def test_hypot_and_arctan2_neither_overflow_nor_vanish():
    for size in (1e-200, 1e200):
        assert abs(bl.grad(np.hypot)(3 * size, 4 * size) - 0.6) <= 2e-16
        slope = bl.grad(np.arctan2)(3 * size, 4 * size)
        assert abs(slope * size - 4 / 25) <= 1e-16


@pytest.mark.parametrize("point", [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0), (0.0, 2.0)])
def test_arctan2_in_every_quadrant(point):
    a, b = point
    r2 = a * a + b * b
    want = (b / r2, -a / r2)
    np.testing.assert_allclose(bl.grad(np.arctan2, argnums=(0, 1))(a, b), want, rtol=4e-16)


def test_arctan2_at_the_origin_has_no_derivative_and_numpy_warns():
    with pytest.warns(RuntimeWarning, match="invalid value encountered"):
        assert np.isnan(bl.grad(np.arctan2)(0.0, 0.0))


# --- tanh: one array is kept ---------------------------------------------------------------------------


def kept_by(rule, *values):
    return RULES[rule].diagonals[0].keep(values)


def test_tanh_keeps_its_value_alone_and_a_few_slopes_where_it_levels_off():
    near, far = np.linspace(-2, 2, 900), np.full(900, 9.0)
    one_far = near.copy()
    one_far[3] = -7.0
    y = np.tanh(near)
    assert kept_by(np.tanh, near, y)[0] is y and kept_by(np.tanh, near, y)[1:] == (None, None)
    y, places, slopes = kept_by(np.tanh, one_far, np.tanh(one_far))
    assert places.tolist() == [3] and slopes.shape == (1,)
    y, x, nothing = kept_by(np.tanh, far, np.tanh(far))
    assert y is None and x is far and nothing is None


def test_of_a_small_array_tanh_keeps_all_slopes():
    x = np.array([0.0, 0.5, -12.0])
    y, far, slopes = kept_by(np.tanh, x, np.tanh(x))
    assert y is far is None
    np.testing.assert_allclose(slopes, 1 / np.cosh(x) ** 2, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, 300, 900])
def test_the_slope_of_tanh_neither_overflows_nor_loses_digits(size, dtype):
    x = np.linspace(-1e3, 1e3, size).astype(dtype)
    _, pullback = bl.vjp(np.tanh, x)
    slopes = pullback(np.ones(size, dtype))[0]
    small = np.abs(x) < 40  # where the slope is no tiny number
    want = 1 / np.cosh(x[small].astype(float)) ** 2
    assert slopes.dtype == dtype and (slopes >= 0).all()
    np.testing.assert_allclose(slopes[small], want, rtol=1e-13 if dtype == np.float64 else 3e-5)


@pytest.mark.parametrize("order", "CF")
def test_tanh_of_a_mixture_has_all_digits_in_any_layout(order):
    x = np.array([[0.0, 0.5, -12.0], [-0.1, 1.0, 2.0]], order=order)
    _, pullback = bl.vjp(np.tanh, x)
    want = np.array([float(1 / sp.cosh(sp.Float(float(p), 60)) ** 2) for p in x.ravel()])
    for _ in range(2):  # the second time, too: the kept arrays are not changed
        np.testing.assert_allclose(pullback(np.ones(x.shape))[0], want.reshape(2, 3), rtol=3e-15)
    batch = bl.jacobian(np.tanh)(x).reshape(6, 6)
    np.testing.assert_array_equal(np.diag(batch), np.ravel(pullback(np.ones(x.shape))[0]))


# --- the peer -----------------------------------------------------------------------------------------

PEERS = {  # a function of both, and where the peer is right
    "arctan2": (0.5, 2.0), "hypot": (0.5, 2.0), "logaddexp": (-2.0, 2.0),
    "logaddexp2": (-2.0, 2.0), "maximum": (-2.0, 2.0), "minimum": (-2.0, 2.0),
    "fmax": (-2.0, 2.0), "fmin": (-2.0, 2.0), "remainder": (0.5, 2.0), "mod": (0.5, 2.0),
    "power": (0.5, 2.0), "divide": (0.5, 2.0),
    "absolute": (-2.0, 2.0), "fabs": (-2.0, 2.0), "sinc": (0.5, 2.0), "deg2rad": (-2.0, 2.0),
    "rad2deg": (-2.0, 2.0), "degrees": (-2.0, 2.0), "radians": (-2.0, 2.0), "tanh": (-2.0, 2.0),
    "nan_to_num": (-2.0, 2.0), "real_if_close": (-2.0, 2.0), "real": (-2.0, 2.0),
    "conj": (-2.0, 2.0), "sqrt": (0.5, 2.0), "square": (-2.0, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("name", PEERS)
def test_two_orders_agree_with_the_peer(name):
    ours, theirs = getattr(np, name), getattr(anp, name)
    low, high = PEERS[name]
    rng = np.random.default_rng(5)
    operands = [rng.uniform(low, high, 4) for _ in range(getattr(ours, "nin", 1))]
    weights, more = rng.normal(size=(2, 4))
    for i in range(len(operands)):
        mine = bl.grad(lambda *xs: np.sum(weights * ours(*xs)), i)
        other = autograd.grad(lambda *xs: anp.sum(weights * theirs(*xs)), i)
        np.testing.assert_allclose(mine(*operands), other(*operands), rtol=1e-13, atol=1e-15)
        second = bl.grad(lambda *xs, mine=mine: np.sum(more * mine(*xs)), i)
        peer = autograd.grad(lambda *xs, other=other: anp.sum(more * other(*xs)), i)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "Output seems independent of input", says the peer
            want = peer(*operands)
        np.testing.assert_allclose(second(*operands), want, rtol=1e-12, atol=1e-14)
