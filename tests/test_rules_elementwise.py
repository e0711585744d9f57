"""Smooth elementwise rules: three orders, zeros, infinite slopes, saturation, and the peer."""

from __future__ import annotations

import warnings

import autograd
import autograd.numpy as anp
import mpmath as mp
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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint64, np.float64, bool])
def test_exponents_of_every_kind_neither_wrap_nor_spoil_the_zeroth_power(kind, dtype):
    p = np.arange(3).astype(kind)
    for x in (np.full(3, 1e3, dtype), np.full(3, 1e-3, dtype)):
        want = p * x.astype(float) ** (p - 1.0)
        for power in (np.power, np.float_power, lambda x, p: x**p):
            f = lambda x, power=power: np.sum(power(x, p))  # noqa: E731
            np.testing.assert_allclose(bl.grad(f)(x), want, rtol=1e-6)
            assert np.diag(bl.hessian(f)(x)).tolist() == [0.0, 0.0, 2.0 * (p[2] == 2)]
            np.testing.assert_allclose(np.diag(bl.jacobian(power)(x, p)), want, rtol=1e-6)


def test_an_exponent_at_the_end_of_its_integers():
    x = np.array([1.01])
    got = bl.grad(lambda x: np.sum(x ** np.array([-128], np.int8)))(x)
    np.testing.assert_allclose(got, -128 * x**-129, rtol=1e-13)
    assert bl.grad(lambda x: x ** np.uint8(0))(2.0) == 0.0


def test_the_zeroth_power_is_flat_next_to_zero_in_two_orders():
    x, p = np.full(3, 1e-310), np.array([0.0, 1.0, 2.0])
    hessian = bl.hessian(lambda x: np.sum(np.abs(x) ** p))(x)
    assert hessian.tolist() == np.diag([0.0, 0.0, 2.0]).tolist()


def test_a_traced_exponent_of_zero_keeps_its_second_derivative():
    """∂²(aᵖ)/∂a∂p = aᵖ⁻¹(1 + p log a), which is 1/a at p = 0."""
    mixed = bl.jacobian(bl.grad(lambda a, p: np.sum(a**p)), 1)(np.array([4.0]), np.array([0.0]))
    assert mixed.tolist() == [[0.25]]


# --- from the smallest arguments to the largest --------------------------------------------------------


def _inside(low, high, slope):
    return lambda x: slope(x) if low < x < high else None


INF = mp.inf
SLOPES = {  # in mpmath, which has no largest number and no smallest; None outside the domain
    np.sqrt: _inside(0, INF, lambda x: 1 / (2 * mp.sqrt(x))),
    np.cbrt: lambda x: 1 / (3 * mp.cbrt(x * x)),
    np.square: lambda x: 2 * x,
    np.reciprocal: lambda x: -1 / x**2,
    np.log: _inside(0, INF, lambda x: 1 / x),
    np.log2: _inside(0, INF, lambda x: 1 / (x * mp.log(2))),
    np.log10: _inside(0, INF, lambda x: 1 / (x * mp.log(10))),
    np.log1p: _inside(-1, INF, lambda x: 1 / (1 + x)),
    np.exp: _inside(-1e4, 1e4, mp.exp),
    np.exp2: _inside(-1e4, 1e4, lambda x: mp.exp(x * mp.log(2)) * mp.log(2)),
    np.expm1: _inside(-1e4, 1e4, mp.exp),
    np.sinh: _inside(-1e4, 1e4, mp.cosh),
    np.cosh: _inside(-1e4, 1e4, mp.sinh),
    np.tanh: _inside(-1e4, 1e4, lambda x: mp.sech(x) ** 2),
    bl.sigmoid: _inside(-1e4, 1e4, lambda x: 1 / (2 * mp.cosh(x / 2)) ** 2),
    bl.softplus: _inside(-1e4, 1e4, lambda x: 1 / (1 + mp.exp(-x))),
    np.arcsin: _inside(-1, 1, lambda x: 1 / mp.sqrt(1 - x * x)),
    np.arccos: _inside(-1, 1, lambda x: -1 / mp.sqrt(1 - x * x)),
    np.arctan: lambda x: 1 / (1 + x * x),
    np.arcsinh: lambda x: 1 / mp.sqrt(1 + x * x),
    np.arccosh: _inside(1, INF, lambda x: 1 / mp.sqrt(x * x - 1)),
    np.arctanh: _inside(-1, 1, lambda x: 1 / (1 - x * x)),
    np.sin: _inside(-1e4, 1e4, mp.cos),
    np.cos: _inside(-1e4, 1e4, lambda x: -mp.sin(x)),
    np.tan: _inside(-1e4, 1e4, lambda x: mp.sec(x) ** 2),
    np.abs: mp.sign,
}


def sizes_of(dtype):
    """Numbers of both signs and every size, those next to ±1 too."""
    exponents = np.r_[np.arange(-300.0, 301, 25), np.arange(-36.0, 37, 2), np.arange(-3, 3, 0.25)]
    with np.errstate(over="ignore", under="ignore"):
        sizes = np.r_[10.0**exponents, 1 - 1e-6, 1 + 1e-6].astype(dtype)
    sizes = np.unique(sizes[np.isfinite(sizes) & (sizes >= np.finfo(dtype).tiny)])
    return np.r_[-sizes, sizes]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("func", SLOPES, ids=name_of)
def test_slopes_are_right_from_the_smallest_arguments_to_the_largest(func, dtype):
    with mp.workdps(340):
        want = [(x, SLOPES[func](mp.mpf(float(x)))) for x in sizes_of(dtype)]
    points = np.array([x for x, slope in want if slope is not None], dtype)
    with np.errstate(over="ignore"):
        want = np.array([float(slope) for _, slope in want if slope is not None]).astype(dtype)
    single = dtype == np.float32
    bounds = {"rtol": 3e-5 if single else 3e-13, "atol": np.finfo(dtype).tiny}
    with np.errstate(all="ignore"):  # what is too large for the dtype is ∞
        _, pullback = bl.vjp(func, points)
        np.testing.assert_allclose(pullback(np.ones_like(points))[0], want, **bounds)
        alone = [bl.grad(func)(x if single else float(x)) for x in points]
    np.testing.assert_allclose(alone, want, **bounds)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_slopes_in_two_operands_of_any_size(dtype):
    largest = 150 if dtype == np.float64 else 18
    a, b = np.meshgrid(*2 * [np.r_[-1, 1, -0.3] * 10.0 ** np.array([[-largest], [0], [largest]])])
    a, b = a.astype(dtype).ravel(), b.astype(dtype).ravel()
    slopes = {
        np.divide: lambda a, b: (1 / b, -a / b**2),
        np.hypot: lambda a, b: (a / mp.hypot(a, b), b / mp.hypot(a, b)),
        np.arctan2: lambda a, b: (b / (a * a + b * b), -a / (a * a + b * b)),
    }
    for func, both in slopes.items():
        with mp.workdps(340), np.errstate(over="ignore"):
            want = [both(mp.mpf(float(x)), mp.mpf(float(y))) for x, y in zip(a, b, strict=True)]
            want = np.array(want, float).T.astype(dtype)
        with np.errstate(all="ignore"):
            got = bl.vjp(func, a, b)[1](np.ones_like(a))
        close = {"rtol": 1e-6 if dtype == np.float32 else 1e-14, "atol": np.finfo(dtype).tiny}
        np.testing.assert_allclose(got, want, **close)


def test_the_slope_of_arcsinh_falls_off_in_every_order_and_for_complex_numbers():
    assert bl.grad(bl.grad(np.arcsinh))(1e200) == 0.0  # −1e-400
    assert abs(bl.grad(bl.grad(np.arcsinh))(1e100) * 1e200 + 1) <= 1e-15
    slope = bl.grad(lambda x: np.real(np.arcsinh(x + 0.5j)))(0.3)
    assert abs(slope - (1 / np.sqrt((0.3 + 0.5j) ** 2 + 1)).real) <= 1e-15


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
