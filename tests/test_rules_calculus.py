"""Differences, slopes, interpolation, convolution, grids: conventions, peers, refusals, dtypes.

The derivatives in general position are tested in `test_rules.py`, from `rule_cases`.
"""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from numpy import polynomial

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.rules import RULES

KNOTS, HEIGHTS = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, -1.0])  # slopes 2 and −2


def central(f, x, h=2.0**-13):
    """∂f/∂x of a scalar by two central differences, Richardson's extrapolation of both."""
    slopes = []
    for step in (h, h / 2):
        moves = np.eye(x.size).reshape(-1, *x.shape) * step
        slopes.append(np.reshape([(f(x + d) - f(x - d)) / (2 * step) for d in moves], x.shape))
    return (4 * slopes[1] - slopes[0]) / 3


# --- interpolation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "slope"),
    [
        (-0.5, 0.0), (0.0, 2.0), (0.5, 2.0), (1.0, -2.0), (2.0, -2.0), (3.0, -2.0), (3.5, 0.0),
        (-np.inf, 0.0), (np.inf, 0.0),
    ],
)  # fmt: skip
def test_the_slope_at_a_knot_is_that_to_its_right_and_at_the_last_one_to_its_left(x, slope):
    assert bl.grad(np.interp)(x, KNOTS, HEIGHTS) == slope
    assert bl.jvp(lambda x: np.interp(x, KNOTS, HEIGHTS), (x,), (1.0,))[1] == slope
    assert RULES[np.interp].at_kink(x, KNOTS, HEIGHTS) == (x in KNOTS)


def test_outside_the_knots_only_the_nearest_height_counts_and_not_where_one_is_given():
    x = np.array([-1.0, 0.0, 3.0, 4.0])
    heights = bl.grad(lambda fp: np.sum(np.interp(x, KNOTS, fp)))(HEIGHTS)
    assert heights.tolist() == [2.0, 0.0, 2.0]
    given = bl.grad(lambda fp: np.sum(np.interp(x, KNOTS, fp, left=7.0, right=8.0)))(HEIGHTS)
    assert given.tolist() == [1.0, 0.0, 1.0]


def test_a_traced_height_to_the_left_or_right_of_all_knots():
    """NumPy looks for traced values among the first three arguments alone."""

    def f(fp, v):
        return np.sum(np.interp(np.array([-1.0, 4.0, 0.5]), KNOTS, fp, left=v, right=3 * v))

    heights, v = bl.grad(f, argnums=(0, 1))(HEIGHTS, 1.0)
    assert v == 4.0 and heights.tolist() == [0.5, 0.5, 0.0]


def test_the_heights_of_infinite_places_are_those_of_the_ends():
    got = bl.grad(lambda fp: np.sum(np.interp([-np.inf, 0.5, np.inf], KNOTS, fp)))(HEIGHTS)
    assert got.tolist() == [1.5, 0.5, 1.0]


def test_interpolation_gives_numpys_value_to_the_last_bit():
    rng = np.random.default_rng(5)
    xp, fp = np.sort(rng.normal(size=9)), rng.normal(size=9)
    x = np.concatenate([rng.normal(size=500), xp])
    np.testing.assert_array_equal(bl.vjp(np.interp, x, xp, fp)[0], np.interp(x, xp, fp))
    for period in (2.0, -1.7):
        value = bl.vjp(lambda x, p=period: np.interp(x, xp, fp, period=p), x)[0]
        np.testing.assert_array_equal(value, np.interp(x, xp, fp, period=period))
    single = [v.astype(np.float32) for v in (x, xp, fp)]
    value, pullback = bl.vjp(np.interp, *single)
    np.testing.assert_array_equal(value, np.interp(*single))
    assert value.dtype == np.float64
    assert all(bar.dtype == np.float32 for bar in pullback(np.ones_like(value)))


def test_interpolation_moves_with_its_knots():
    """Moving all knots and x together changes nothing."""
    x = np.array([0.25, 2.5])
    x_bar, knots, _ = bl.vjp(np.interp, x, KNOTS, HEIGHTS)[1](np.array([1.0, 1.0]))
    assert np.sum(x_bar) + np.sum(knots) == 0.0
    np.testing.assert_allclose(
        knots, central(lambda k: np.sum(np.interp(x, k, HEIGHTS)), KNOTS), rtol=1e-9
    )


# --- differences and slopes -----------------------------------------------------------------------------


def test_diff_agrees_with_autograd():
    x = np.random.default_rng(2).normal(size=(4, 5))
    for n, axis in ((1, 0), (2, 1), (3, -1)):
        peer = autograd.grad(lambda a, n=n, i=axis: anp.sum(anp.sin(anp.diff(a, n, axis=i))))(x)
        ours = bl.grad(lambda a, n=n, i=axis: np.sum(np.sin(np.diff(a, n, axis=i))))(x)
        np.testing.assert_allclose(ours, peer, rtol=1e-13, atol=1e-15)


def test_gradient_agrees_with_autograd_and_with_numpy_as_a_matrix():
    x = np.random.default_rng(2).normal(size=(4, 5))
    peer = autograd.grad(lambda a: anp.sum(anp.sin(anp.stack(anp.gradient(a)))))(x)
    ours = bl.grad(lambda a: np.sum(np.sin(np.stack(np.gradient(a)))))(x)
    np.testing.assert_allclose(ours, peer, rtol=1e-13, atol=1e-15)
    places = np.array([0.0, 0.5, 2.0, 2.25])
    for edge_order in (1, 2):
        rows = np.gradient(np.eye(4), places, axis=0, edge_order=edge_order)
        got = bl.jacobian(lambda a, e=edge_order: np.gradient(a, places, edge_order=e))(np.ones(4))
        np.testing.assert_allclose(got, rows, rtol=1e-15, atol=0)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_evenly_spaced_places_keep_a_path_each_when_they_are_traced(edge_order):
    """NumPy takes the first width for all of them, which has the right value and no derivative."""
    f, w, x = (
        np.array([1.0, 4.0, 2.0, 0.5, 3.0]),
        np.array([1.0, -2.0, 0.5, 3.0, 1.5]),
        np.arange(5.0),
    )

    def loss(places):
        return np.sum(w * np.gradient(f, places, edge_order=edge_order))

    got = bl.grad(loss)(x)
    np.testing.assert_allclose(got, central(loss, x), rtol=1e-8)
    assert abs(np.sum(got)) <= 1e-14  # shifting all places changes nothing
    assert np.all(got)


def test_gradient_gives_as_many_as_it_has_axes():
    y, pullback = bl.vjp(lambda a: np.gradient(a, 0.5, 2.0), np.arange(6.0).reshape(2, 3))
    assert type(y) is tuple and [part.shape for part in y] == [(2, 3), (2, 3)]
    assert pullback((np.ones((2, 3)), np.zeros((2, 3))))[0].tolist() == [[-4.0] * 3, [4.0] * 3]


def test_trapezoid_of_traced_places():
    x, y = np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 8.0])
    y_bar, x_bar = bl.vjp(np.trapezoid, y, x)[1](1.0)
    assert y_bar.tolist() == [0.5, 1.5, 1.0] and x_bar.tolist() == [-3.0, -3.0, 6.0]


def test_single_precision_stays_where_places_are_double():
    x = np.array([1.0, 2.0, 4.0], np.float32)
    y, pullback = bl.vjp(lambda a: np.gradient(a, [0.0, 1.0, 3.0]), x)
    np.testing.assert_array_equal(y, np.gradient(x, [0.0, 1.0, 3.0]))
    assert y.dtype == pullback(np.ones(3, np.float32))[0].dtype == np.float32


# --- convolution ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "m"), [(7, 3), (3, 7), (6, 4), (4, 6), (5, 1), (4, 4)])
def test_convolution_is_two_matrices(mode, n, m):
    """One for each operand, the other held: NumPy's own values on the columns of a unit."""
    rng = np.random.default_rng(n)
    a, v = rng.normal(size=n), rng.normal(size=m)
    for func in (np.convolve, np.correlate):
        left = np.stack([func(e, v, mode) for e in np.eye(n)], axis=-1)
        right = np.stack([func(a, e, mode) for e in np.eye(m)], axis=-1)
        got = bl.jacobian(lambda a, v, f=func: f(a, v, mode), argnums=(0, 1))(a, v)
        for block, want in zip(got, (left, right), strict=True):
            np.testing.assert_allclose(block, want, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("number, name", [(0, "valid"), (1, "same"), (2, "full")])
def test_a_mode_may_be_a_number_as_in_numpy(number, name):
    y, v = np.convolve([1.0, 2.0, 3.0], [1.0, 4.0], name), np.array([1.0, 4.0])
    got, want = (
        bl.vjp(lambda a, m=m: np.convolve(a, v, m), np.ones(3))[1](y)[0] for m in (number, name)
    )
    np.testing.assert_array_equal(got, want)


def test_rows_of_a_batch_do_not_run_into_each_other():
    y_bars = np.array([[1.0, np.inf, 0.0, 0.0], [0.0, 2.0, 0.0, 1.0]])
    got = [bl.vjp(lambda a: np.convolve(a, [1.0, 10.0]), np.ones(3))[1](y)[0] for y in y_bars]
    assert got[1].tolist() == [20.0, 2.0, 10.0]
    J = bl.jacobian(lambda a: np.convolve(a, [1.0, 10.0]))(np.ones(3))
    np.testing.assert_array_equal(J, [[1, 0, 0], [10, 1, 0], [0, 10, 1], [0, 0, 10]])


# --- grids ------------------------------------------------------------------------------------------------


def test_the_ends_of_a_grid_share_its_points():
    start, stop = bl.vjp(lambda a, b: np.linspace(a, b, 5), 0.0, 8.0)[1](np.ones(5))
    assert (start, stop) == (2.5, 2.5)
    start, stop = bl.vjp(lambda a, b: np.linspace(a, b, 4, endpoint=False), 0.0, 8.0)[1](np.ones(4))
    assert (start, stop) == (2.5, 1.5)
    assert bl.grad(lambda b: np.linspace(3.0, b, 1)[0])(5.0) == 0.0


@pytest.mark.parametrize(("start", "stop"), [(1.0, 100.0), (-2.0, -32.0), (8.0, 0.5)])
def test_a_geometric_grid_follows_its_ends(start, stop):
    a, b = bl.jacobian(lambda a, b: np.geomspace(a, b, 5), argnums=(0, 1))(start, stop)
    y, t = np.geomspace(start, stop, 5), np.linspace(0, 1, 5)
    np.testing.assert_allclose(a, (1 - t) * y / start, rtol=1e-15)
    np.testing.assert_allclose(b, t * y / stop, rtol=1e-15)


# --- numpy.polynomial -----------------------------------------------------------------------------------

SERIES = {
    "polyval": polynomial.polynomial.polyval,
    "chebval": polynomial.chebyshev.chebval,
    "legval": polynomial.legendre.legval,
    "hermval": polynomial.hermite.hermval,
    "hermeval": polynomial.hermite_e.hermeval,
    "lagval": polynomial.laguerre.lagval,
    "polyvalfromroots": polynomial.polynomial.polyvalfromroots,
}


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("x", [np.array(0.7), np.array([1.0, 2.0, 3.5]), np.ones((2, 2)) * 0.3])
@pytest.mark.parametrize("name", SERIES)
def test_series_have_the_values_and_slopes_of_plain_arrays(name, x, columns):
    """They ask whether x is an array, and shape the coefficients by the answer."""
    c = np.array([[1.0, -0.5], [2.0, 0.3], [-1.0, 0.7]])[:, :columns].squeeze()
    f = lambda x: SERIES[name](x, c)  # noqa: E731
    value, pullback = bl.vjp(f, x)
    np.testing.assert_array_equal(value, f(x))
    slopes = central(lambda x: np.sum(f(x)), np.atleast_1d(x)).reshape(x.shape)
    np.testing.assert_allclose(pullback(np.ones_like(value))[0], slopes, rtol=1e-8)
    np.testing.assert_allclose(np.sum(bl.jvp(f, (x,), (np.ones_like(x),))[1]), np.sum(slopes), 1e-8)


def test_a_traced_value_is_an_array_to_polynomials_alone():
    seen = []
    bl.grad(lambda x: seen.append(isinstance(x, np.ndarray)) or np.sum(x))(np.ones(2))
    assert seen == [False]


@pytest.mark.parametrize(
    "f",
    [
        polynomial.Polynomial([1.0, 2.0]),
        polynomial.polynomial.polyder,
        lambda x: SERIES["polyval"](2.0, x),
    ],
)
def test_polynomials_that_make_an_array_of_it_are_refused(f):
    with pytest.raises(TraceError, match="would lose its trace"):
        bl.grad(lambda x: np.sum(f(x)))(np.ones(3))


# --- refusals, as NumPy's where NumPy refuses too -----------------------------------------------------------

X = np.array([1.0, 2.0, 4.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: np.diff(x, n=-1), ValueError, "order must be non-negative but got -1"),
        (lambda x: np.diff(x[0]), ValueError, "at least one dimensional"),
        (lambda x: np.gradient(x, edge_order=3), ValueError, "greater than 2 not supported"),
        (lambda x: np.gradient(x, 1.0, 2.0), TypeError, "invalid number of arguments"),
        (lambda x: np.gradient(x, [1.0, 2.0]), ValueError, "distances must match the length"),
        (lambda x: np.gradient(x[:2], edge_order=2), ValueError, "Shape of array too small"),
        (lambda x: np.convolve(x, X, "circular"), ValueError, "mode must be one of"),
        (lambda x: np.linspace(x, 2.0, retstep=True), TraceError, r"The step is|the step is"),
        (lambda x: np.linspace(x, 2.0, dtype=int), TraceError, "np.linspace: the argument dtype="),
        (lambda x: np.logspace(0.0, 1.0, 3, base=x), TraceError, "base of shape .3,. cannot be traced"),
        (lambda x: np.diff(np.ones(3), n=x[0]), TraceError, "."),
    ],
)  # fmt: skip
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        bl.vjp(call, X)


def test_values_are_numpys_to_the_last_bit():
    rng = np.random.default_rng(3)
    f, x, h = rng.normal(size=(6, 5)), np.sort(rng.normal(size=6)), 0.1
    calls = [
        lambda f: np.gradient(f, x, h)[0], lambda f: np.gradient(f, x, h, edge_order=2)[0],
        lambda f: np.gradient(f, x, h, edge_order=2)[1], lambda f: np.diff(f, 3, axis=0),
        lambda f: np.trapezoid(f, x, axis=0), lambda f: np.trapezoid(f, dx=h), lambda f: np.ediff1d(f),
        lambda f: np.polyval(f[0], f), lambda f: np.vander(f[0], 7), lambda f: np.correlate(f[0], x, "same"),
        lambda f: np.linspace(f[0], f[1], 7, axis=1), lambda f: np.logspace(f[0], f[1], 7),
        lambda f: np.geomspace(f[0] ** 2, f[1] ** 2, 7),
    ]  # fmt: skip
    for call in calls:
        np.testing.assert_array_equal(bl.vjp(call, f)[0], call(f))
