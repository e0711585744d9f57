"""Reductions and order statistics: ties, zeros, NaN, constant data, dtypes, and what peers get wrong.

The derivatives in general position are tested in `test_rules.py`, from `rule_cases`.
"""

from __future__ import annotations

import itertools
import weakref

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules import RULES

NAN = np.nan


def gradient(func, x, **params):
    """∂ Σ func(x) / ∂x."""
    return bl.grad(lambda a: np.sum(func(a, **params)))(np.asarray(x, float))


# --- products with zeros ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "want"),
    [
        ([2.0, 3.0, 5.0], [15.0, 10.0, 6.0]),
        ([2.0, 0.0, 5.0], [0.0, 10.0, 0.0]),
        ([0.0, 3.0, 0.0], [0.0, 0.0, 0.0]),
        ([0.0], [1.0]),
        ([-0.0, 2.0], [2.0, 0.0]),
        ([np.inf, 2.0], [2.0, np.inf]),
    ],
)
def test_prod_divides_by_no_entry(x, want):
    np.testing.assert_array_equal(gradient(np.prod, x), want)


def test_autograd_divides_by_the_entries_of_a_product_and_gets_nan():
    with np.errstate(all="ignore"):
        peer = autograd.grad(lambda a: anp.prod(a))(np.array([2.0, 0.0, 5.0]))
    assert np.isnan(peer[1])  # 0/0, where the product of the others is 10
    assert gradient(np.prod, [2.0, 0.0, 5.0])[1] == 10.0


def test_second_derivatives_of_a_product_are_products_of_the_rest():
    for x in (
        [2.0, 3.0, 5.0, 7.0],
        [2.0, 0.0, 5.0, 7.0],
        [0.0, 3.0, 0.0, 7.0],
        [0.0, 0.0, 0.0, 7.0],
    ):
        want = np.zeros((4, 4))
        for i, j in itertools.permutations(range(4), 2):
            want[i, j] = np.prod([x[k] for k in range(4) if k not in (i, j)])
        np.testing.assert_array_equal(bl.hessian(lambda a: np.prod(a))(np.array(x)), want)


@pytest.mark.parametrize("zeros", [(), (0,), (2,), (4,), (1, 3), (0, 1, 2, 3, 4)])
def test_cumprod_with_zeros(zeros):
    x = np.array([2.0, -1.0, 0.5, 4.0, 3.0])
    x[list(zeros)] = 0.0
    want = np.array(
        [[np.prod(np.delete(x[: k + 1], i)) if i <= k else 0.0 for i in range(5)] for k in range(5)]
    )
    np.testing.assert_array_equal(bl.jacobian(np.cumprod)(x), want)
    forward = [bl.jvp(np.cumprod, (x,), (e,))[1] for e in np.eye(5)]
    np.testing.assert_array_equal(np.stack(forward, axis=1), want)


def test_products_along_axes_and_flat_agree_with_each_other():
    x = np.array([[0.5, 0.0, 2.0], [0.0, -1.5, 0.0]])
    np.testing.assert_array_equal(gradient(np.prod, x, axis=(0, 1)), gradient(np.prod, x))
    np.testing.assert_array_equal(gradient(np.prod, x, axis=1)[0], gradient(np.prod, x[0]))
    last = bl.grad(lambda a: np.cumprod(a)[-1])(x)
    np.testing.assert_array_equal(last, gradient(np.prod, x))


# --- variance and standard deviation -----------------------------------------------------------------


@pytest.mark.parametrize("func", [np.std, np.nanstd])
@pytest.mark.parametrize(
    "x", [[0.1, 0.1, 0.1], [0.0, 0.0], [3.0], [1e-200, 2e-200], [-7.3] * 7, [1e16, 1e16, 1e16]]
)
def test_std_is_flat_where_all_entries_are_equal(func, x):
    """It is the tip of a cone, as a norm at 0: the smallest slope of the plane below it is 0."""
    assert gradient(func, x).tolist() == [0.0] * len(x)
    assert bl.jvp(lambda a: func(a), (np.array(x),), (np.ones(len(x)),))[1] == 0.0
    if x != [1e-200, 2e-200]:  # whose squares underflow
        assert RULES[func].at_kink(np.array(x))


def test_std_of_one_constant_row_leaves_the_others_alone():
    x = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 6.0]])
    got = gradient(np.std, x, axis=1)
    assert got[0].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_array_equal(got[1], gradient(np.std, x[1]))
    np.testing.assert_allclose(got[1], (x[1] - 3) / (3 * np.std(x[1])), rtol=1e-15)


def test_autograd_divides_by_a_standard_deviation_of_zero():
    with np.errstate(all="ignore"):
        assert np.isnan(autograd.grad(lambda a: anp.std(a))(np.array([2.0, 2.0]))).all()
        noise = autograd.grad(lambda a: anp.std(a))(np.array([0.1, 0.1, 0.1]))
    assert np.abs(noise).max() > 0.3  # the mean of three times 0.1 is not 0.1
    assert gradient(np.std, [2.0, 2.0]).tolist() == [0.0, 0.0]


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:divide by")
@pytest.mark.parametrize("func", [np.var, np.std, np.nanvar, np.nanstd])
def test_without_a_degree_of_freedom_value_and_gradient_are_nan(func):
    value, pullback = bl.vjp(lambda a: func(a, ddof=1), np.array([3.0]))
    assert np.isnan(value) and np.isnan(pullback(1.0)[0]).all()
    value, pullback = bl.vjp(lambda a: func(a, ddof=3, axis=1), np.array([[3.0, 1.0]]))
    assert np.isnan(pullback(np.ones(1))[0]).all()


@pytest.mark.parametrize(
    "params",
    [
        {}, {"ddof": 1}, {"axis": 0}, {"axis": (0, 2)}, {"axis": (0, 2), "ddof": 1},
        {"axis": (-1, 1), "ddof": 2, "keepdims": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["var", "std"])
def test_spreads_agree_with_autograd(name, params):
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    peer = autograd.grad(lambda a: anp.sum(anp.sin(getattr(anp, name)(a, **params))))(x)
    ours = bl.grad(lambda a: np.sum(np.sin(getattr(np, name)(a, **params))))(x)
    np.testing.assert_allclose(ours, peer, rtol=1e-12)


def test_correction_is_another_name_for_ddof_and_methods_are_the_functions():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    for func in (np.var, np.std):
        want = gradient(func, x, ddof=1)
        np.testing.assert_array_equal(gradient(func, x, correction=1), want)
        np.testing.assert_array_equal(
            bl.grad(lambda a, f=func: getattr(a, f.__name__)(ddof=1))(x), want
        )
    np.testing.assert_array_equal(bl.grad(lambda a: a.prod())(x), gradient(np.prod, x))
    np.testing.assert_array_equal(bl.grad(lambda a: a.cumprod().sum())(x), gradient(np.cumprod, x))


# --- ties, NaN, initial, where --------------------------------------------------------------------------


@pytest.mark.parametrize("func", [np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin])
def test_equal_extremes_share_and_their_weights_add_up_to_one(func):
    sign = 1 if "max" in func.__name__ else -1
    x = sign * np.array([[2.0, 5.0, 5.0], [5.0, 1.0, 0.0], [7.0, 7.0, 7.0]])
    np.testing.assert_array_equal(gradient(func, x[:2]), [[0, 1 / 3, 1 / 3], [1 / 3, 0, 0]])
    rows = gradient(func, x, axis=1)
    np.testing.assert_array_equal(rows, [[0, 0.5, 0.5], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])
    assert np.abs(rows.sum(axis=1) - 1).max() <= 1e-15


def test_a_nan_that_is_the_extreme_gets_the_cotangent():
    """The value is NaN because of it; no other entry has a say, and no cotangent is NaN."""
    x = [[1.0, NAN, 3.0, NAN], [4.0, 2.0, 0.0, 1.0]]
    np.testing.assert_array_equal(gradient(np.max, x, axis=1), [[0, 0.5, 0, 0.5], [1, 0, 0, 0]])
    np.testing.assert_array_equal(gradient(np.min, x), [[0, 0.5, 0, 0.5], [0, 0, 0, 0]])


@pytest.mark.parametrize("func", [np.median, np.quantile, np.percentile])
def test_a_nan_that_is_the_median_gets_the_cotangent(func):
    params = {} if func is np.median else {"q": 0.5 if func is np.quantile else 50}
    got = gradient(func, [[1.0, NAN, 3.0], [4.0, 2.0, 0.0]], axis=1, **params)
    np.testing.assert_array_equal(got, [[0, 1, 0], [0, 1, 0]])


def test_initial_counts_as_one_more_entry():
    x = [1.0, 3.0, 3.0]
    assert gradient(np.max, x, initial=5.0).tolist() == [0.0, 0.0, 0.0]
    assert gradient(np.max, x, initial=3.0).tolist() == [0.0, 1 / 3, 1 / 3]
    assert gradient(np.max, x, initial=-1.0).tolist() == [0.0, 0.5, 0.5]
    assert RULES[np.max].at_kink(np.array([1.0, 3.0]), initial=3.0)
    assert gradient(np.max, np.zeros((0,)), initial=1.0).shape == (0,)


def test_what_a_mask_leaves_out_has_no_gradient():
    x, mask = (
        np.array([[1.0, NAN, 3.0], [3.0, 4.0, NAN]]),
        [[True, False, True], [True, True, False]],
    )
    assert gradient(np.max, x, where=mask, initial=0.0).tolist() == [[0, 0, 0], [0, 1, 0]]
    np.testing.assert_array_equal(gradient(np.sum, x, where=mask), np.asarray(mask, float))
    np.testing.assert_array_equal(gradient(np.mean, x, where=mask, axis=1), np.asarray(mask) / 2)
    np.testing.assert_array_equal(gradient(np.prod, x, where=mask), [[36, 0, 12], [12, 9, 0]])
    assert gradient(np.var, x, where=mask)[0, 1] == 0.0 == gradient(np.std, x, where=mask)[1, 2]


@pytest.mark.filterwarnings("ignore:All-NaN", "ignore:Mean of empty", "ignore:Degrees of freedom")
@pytest.mark.parametrize(
    "func",
    [
        np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.nanvar, np.nanstd,
        np.nancumsum, np.nancumprod,
    ],
)  # fmt: skip
def test_the_gradient_at_nan_is_exactly_zero(func):
    x = np.array([[1.0, NAN, 4.0], [NAN, 2.0, -1.0], [NAN, NAN, NAN]])
    for params in ({}, {"axis": 0}, {"axis": 1}):
        got = gradient(func, x, **params)
        assert np.all(got[np.isnan(x)] == 0.0), params
        assert np.all(np.isfinite(got)) and np.any(got)
    there = ~np.isnan(x[0])
    if "cum" in func.__name__:
        return  # a running sum goes on over a NaN
    plain = getattr(np, func.__name__.removeprefix("nan"))
    np.testing.assert_array_equal(gradient(func, x[0])[there], gradient(plain, x[0][there]))


# --- medians, quantiles, sorting ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "want"),
    [
        ([3.0, 1.0, 2.0], [0, 0, 1]),
        ([4.0, 1.0, 3.0, 2.0], [0, 0, 0.5, 0.5]),
        ([1.0, 2.0, 2.0, 3.0], [0, 0.5, 0.5, 0]),
        ([2.0, 2.0, 2.0, 3.0], [1 / 3, 1 / 3, 1 / 3, 0]),
        ([1.0, 1.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
        ([1.0, 2.0, 2.0, 2.0, 3.0], [0, 1 / 3, 1 / 3, 1 / 3, 0]),
        ([5.0], [1.0]),
    ],
)
def test_equal_entries_in_the_middle_share_the_median(x, want):
    np.testing.assert_array_equal(gradient(np.median, x), want)
    np.testing.assert_array_equal(gradient(np.quantile, x, q=0.5), want)
    assert np.sum(gradient(np.median, x)) == pytest.approx(1, abs=1e-15)
    ties = any(0 < w < 1 for w in want) and x != [4.0, 1.0, 3.0, 2.0]
    assert bool(RULES[np.median].at_kink(np.array(x))) is ties
    assert bool(RULES[np.percentile].at_kink(np.array(x), 50)) is ties


def test_the_outermost_quantiles_are_the_extremes():
    x = np.array([[2.0, 5.0, 5.0], [-1.0, -1.0, 4.0]])
    np.testing.assert_array_equal(
        gradient(np.quantile, x, q=1, axis=1), gradient(np.max, x, axis=1)
    )
    np.testing.assert_array_equal(gradient(np.percentile, x, q=0), gradient(np.min, x))


def test_a_quantile_leaves_the_primal_alone_where_it_may_be_overwritten():
    x = np.array([3.0, 1.0, 2.0])
    bl.grad(lambda a: np.median(a, overwrite_input=True))(x)
    assert x.tolist() == [3.0, 1.0, 2.0]


def test_sort_and_partition_keep_the_order_of_equals():
    y_bar = np.array([10.0, 20.0, 30.0, 40.0])
    x = np.array([2.0, 1.0, 1.0, 0.5])
    for f in (
        np.sort,
        lambda a: np.sort(a, kind="quicksort"),
        lambda a: np.partition(a, (0, 1, 2)),
    ):
        assert bl.vjp(f, x)[1](y_bar)[0].tolist() == [40.0, 20.0, 30.0, 10.0]
    assert RULES[np.partition].at_kink(x, 1) and not RULES[np.partition].at_kink(x[1:2], 0)


def test_sort_puts_nan_last_and_its_cotangent_with_it():
    got = bl.vjp(np.sort, np.array([NAN, 2.0, 1.0]))[1](np.array([1.0, 2.0, 3.0]))[0]
    assert got.tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("n", [5, 64, 1000])
def test_partition_gives_each_entry_the_cotangent_of_the_place_it_went_to(n):
    x = np.random.default_rng(0).permutation(n).astype(float)
    y, pullback = bl.vjp(lambda a: np.partition(a, n // 2), x)
    np.testing.assert_array_equal(y, np.partition(x, n // 2))
    np.testing.assert_array_equal(pullback(y)[0], x)


def test_places_are_plain_numbers():
    def f(x):
        places = (
            np.argsort(x),
            np.argpartition(x, 1),
            np.searchsorted(x, 0.5),
            np.nonzero(x > 0)[0],
        )
        assert all(type(p) in (np.ndarray, np.int64) for p in places)
        assert (
            x.argpartition(1).shape == (3,) and x.searchsorted(0.5) == 0 and len(x.nonzero()) == 1
        )
        return np.sum(x[places[1]] * np.digitize(x, [0.0, 2.0]))

    assert bl.grad(f)(np.array([1.0, 3.0, 5.0])).tolist() == [1.0, 2.0, 2.0]


# --- element types ----------------------------------------------------------------------------------------

WITH_DTYPE = [
    np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.var, np.std, np.nansum, np.nanmean,
    np.nanprod, np.nancumsum, np.nancumprod, np.nanvar, np.nanstd,
]  # fmt: skip


@pytest.mark.parametrize("func", WITH_DTYPE, ids=name_of)
@pytest.mark.parametrize("there", [np.float32, np.float64])
@pytest.mark.parametrize("here", [np.float32, np.float64])
def test_a_dtype_is_that_of_the_result_and_the_cotangent_has_its_operands(func, here, there):
    x = np.array([[1.0, 2.5, 0.25], [-3.0, 0.5, 1.5]], here)
    for params in ({}, {"axis": 1}):
        y, pullback = bl.vjp(lambda a, p=params: func(a, dtype=there, **p), x)
        want = func(x, dtype=there, **params)
        np.testing.assert_array_equal(y, want)
        assert np.result_type(y) == there or here == there == np.float64
        x_bar = pullback(np.ones_like(want))[0]
        assert x_bar.dtype == here
        exact = gradient(func, x.astype(float), **params)
        np.testing.assert_allclose(
            x_bar, exact, rtol=1e-15 if here == there == np.float64 else 2e-6
        )
        y, y_dot = bl.jvp(lambda a, p=params: func(a, dtype=there, **p), (x,), (np.ones_like(x),))
        assert np.result_type(y_dot) == there or np.ndim(y_dot) == 0
        assert np.sum(exact) == pytest.approx(np.sum(y_dot), rel=1e-5, abs=1e-6)


def test_a_sum_in_double_of_singles_is_differentiated_in_double():
    """Summed in single precision, 2²⁴ + 1 is 2²⁴."""
    x = np.array([2.0**24, 1.0, 1.0], np.float32)
    value, pullback = bl.vjp(lambda a: np.sum(a, dtype=np.float64) ** 2, x)
    assert value == (2.0**24 + 2) ** 2
    assert pullback(1.0)[0].dtype == np.float32


# --- empty, size one, numbers ------------------------------------------------------------------------------


def test_empty_reductions_are_numpys():
    empty = np.zeros((0, 3))
    for func, value in ((np.sum, 0.0), (np.prod, 1.0), (np.nansum, 0.0), (np.nanprod, 1.0)):
        y, pullback = bl.vjp(lambda a, f=func: f(a, axis=0), empty)
        assert y.tolist() == [value] * 3 and pullback(np.ones(3))[0].shape == (0, 3)
        assert bl.jvp(lambda a, f=func: f(a, axis=0), (empty,), (empty,))[1].tolist() == [0.0] * 3
    for func in (np.max, np.min, np.ptp):
        with pytest.raises(ValueError, match="zero-size array to reduction operation"):
            bl.vjp(func, empty)
    with pytest.warns(RuntimeWarning, match="Mean of empty slice|invalid value"):
        y, pullback = bl.vjp(lambda a: np.mean(a, axis=0), empty)
    assert np.isnan(y).all() and pullback(np.ones(3))[0].shape == (0, 3)


@pytest.mark.filterwarnings(
    "ignore:Mean of empty", "ignore:Degrees of freedom", "ignore:invalid value"
)
@pytest.mark.parametrize("func", [np.var, np.std, np.nanvar, np.nanmean])
def test_spreads_of_nothing_have_empty_gradients(func):
    assert bl.vjp(lambda a: func(a, axis=0), np.zeros((0, 3)))[1](np.ones(3))[0].shape == (0, 3)


@pytest.mark.parametrize("func", [np.sum, np.mean, np.prod, np.max, np.min, np.median, np.nansum])
def test_a_reduction_of_one_number_is_that_number(func):
    assert bl.grad(func)(2.5) == 1.0
    assert bl.grad(lambda x: func(x, axis=0) if func is np.sum else func(x))(np.array(2.5)) == 1.0
    assert gradient(func, np.array([[2.5]]), axis=0, keepdims=True).tolist() == [[1.0]]


ALONG_A_NUMBER = {
    "max": lambda x, axis: np.max(x, axis), "min": lambda x, axis: np.min(x, axis),
    "ptp": lambda x, axis: np.ptp(x, axis), "nanmax": lambda x, axis: np.nanmax(x, axis),
    "sum": lambda x, axis: np.sum(x, axis),
    "std": lambda x, axis: np.nanstd(x, axis), "cumsum": lambda x, axis: np.cumsum(x, axis),
    "softmax": bl.softmax,
    "logsumexp": bl.logsumexp, "log_softmax": bl.log_softmax,
    "logsumexp kept": lambda x, axis: bl.logsumexp(x, axis, keepdims=True),
    "take": lambda x, axis: np.take(x, [0, 0], axis), "repeat": lambda x, axis: np.repeat(x, 2, axis),
    "take one": lambda x, axis: np.take(x, 0, axis), "repeats": lambda x, axis: np.repeat(x, [2], axis),
    "compress": lambda x, axis: np.compress([True], x, axis),
}  # fmt: skip


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("name", ALONG_A_NUMBER)
def test_a_number_has_one_axis_for_whoever_asks_as_in_numpy(name, axis):
    f = lambda x: np.sum(ALONG_A_NUMBER[name](x, axis))  # noqa: E731
    for x in (np.array(0.7), np.float64(0.7), 0.7):
        slope = (f(x + 0.5) - f(x)) / 0.5  # all are linear in a number
        assert abs(bl.grad(f)(x) - slope) <= 1e-15
        assert abs(bl.jvp(f, (x,), (1.0,))[1] - slope) <= 1e-15
        assert bl.hessian(f)(x) == 0.0


NOTHING = [
    lambda x: np.mean(x, where=np.zeros(3, bool)),
    lambda x: np.mean(x[:0]),
    lambda x: np.mean(np.reshape(x[:0], (2, 0)), axis=1),
    lambda x: np.mean(np.stack([x, x]), 1, keepdims=True, where=[[True, False, True], [False] * 3]),
    lambda x: np.var(x, where=False),
    lambda x: np.std(x, where=False),
]


@pytest.mark.parametrize("f", NOTHING)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mean_of_nothing_moves_with_nothing_in_both_modes(f):
    x = np.array([1.0, 2.0, 3.0])
    assert np.isnan(f(x)).any()
    rows, columns = (bl.jacobian(f, mode=mode)(x) for mode in ("reverse", "forward"))
    assert np.isfinite(rows).all() and rows.tolist() == columns.tolist()


def test_the_order_of_several_keys_is_a_constant():
    x, w = np.array([3.0, 1.0, 2.0]), np.array([1.0, 10.0, 100.0])
    f = lambda x: np.sum(x[np.lexsort((x, np.round(x)))] * w)  # noqa: E731
    assert bl.grad(f)(x).tolist() == [100.0, 1.0, 10.0]
    assert bl.jvp(f, (x,), (x,)) == (321.0, 321.0)


# --- averages --------------------------------------------------------------------------------------------


def test_average_is_refused_as_numpy_refuses_it():
    x = np.ones((2, 3))
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero"):
        bl.vjp(lambda a: np.average(a, weights=a - 1), x)
    with pytest.raises(TypeError, match="Axis must be specified"):
        bl.vjp(lambda a: np.average(a, weights=np.ones(3)), x)
    with pytest.raises(ValueError, match="Shape of weights must be consistent"):
        bl.vjp(lambda a: np.average(a, weights=np.ones(3), axis=0), x)


def test_average_gives_the_sum_of_the_weights_too():
    w = np.array([1.0, 3.0])
    (y, total), pullback = bl.vjp(lambda w: np.average([2.0, 6.0], weights=w, returned=True), w)
    assert (y, total) == (5.0, 4.0)
    assert pullback((0.0, 1.0))[0].tolist() == [1.0, 1.0]
    assert pullback((1.0, 0.0))[0].tolist() == [-0.75, 0.25]


# --- methods of ufuncs --------------------------------------------------------------------------------------

METHODS = [
    (np.add.reduce, np.sum), (np.multiply.reduce, np.prod), (np.maximum.reduce, np.max),
    (np.minimum.reduce, np.min), (np.add.accumulate, np.cumsum), (np.multiply.accumulate, np.cumprod),
]  # fmt: skip


@pytest.mark.parametrize(("method", "func"), METHODS, ids=[f.__name__ for _, f in METHODS])
def test_a_method_of_a_ufunc_is_its_function_along_axis_0(method, func):
    x = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]])
    for axis in (0, 1):
        y, pullback = bl.vjp(lambda a, i=axis: method(a, axis=i), x)
        want, pull = bl.vjp(lambda a, i=axis: func(a, axis=i), x)
        np.testing.assert_array_equal(y, want)
        np.testing.assert_array_equal(pullback(want)[0], pull(want)[0])
    np.testing.assert_array_equal(bl.vjp(method, x)[0], func(x, axis=0))
    np.testing.assert_array_equal(
        bl.jvp(method, (x,), (x,))[1], bl.jvp(lambda a: func(a, axis=0), (x,), (x,))[1]
    )


def test_reduce_takes_the_arguments_of_its_function():
    x = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]])
    assert bl.vjp(lambda a: np.add.reduce(a, None), x)[0] == 21.0
    assert bl.vjp(lambda a: np.maximum.reduce(a, axis=1, keepdims=True, initial=5.5), x)[
        0
    ].tolist() == [[5.5], [6.0]]
    assert bl.vjp(lambda a: np.add.reduce(a, dtype=np.float32), x)[0].dtype == np.float32
    assert bl.vjp(lambda a: np.sum(a * np.logical_and.reduce(a > 1, axis=0)), x)[0] == 16.0


@pytest.mark.parametrize("ufunc", [np.multiply, np.subtract, np.divide, np.power, np.maximum])
def test_outer_pairs_every_entry_of_one_with_every_of_the_other(ufunc):
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 1.5, 2.5])
    y, pullback = bl.vjp(ufunc.outer, a, b)
    np.testing.assert_array_equal(y, ufunc.outer(a, b))
    want, pull = bl.vjp(lambda a, b: ufunc(a[:, :, None], b), a, b)
    for got, right in zip(pullback(want), pull(want), strict=True):
        np.testing.assert_array_equal(got, right)
    assert bl.vjp(lambda x: np.sum(ufunc.outer(x, [2.0, 3.0])), a)[1](1.0)[0].shape == (2, 2)


@pytest.mark.parametrize(
    "call", [np.divide.accumulate, np.subtract.reduce, lambda x: np.multiply.reduceat(x, [0])]
)
def test_other_methods_of_ufuncs_are_refused(call):
    with pytest.raises(TraceError, match=r"cannot be traced\. Write it with np\.sum"):
        bl.vjp(call, np.ones(2))


# --- what is kept ------------------------------------------------------------------------------------------

LIGHT = [
    (np.sum, {}), (np.mean, {"axis": 0}), (np.cumsum, {}), (np.max, {}), (np.min, {"axis": 1}),
    (np.nanmax, {}), (np.nansum, {}), (np.nanmean, {}), (np.sort, {}), (np.partition, {"kth": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("func", "params"), LIGHT, ids=[name_of(f) for f, _ in LIGHT])
def test_the_operand_is_not_kept(func, params):
    """The value of an operation in between lives as long as someone needs it."""
    alive = []

    def f(x):
        doubled = 2.0 * x
        alive.append(weakref.ref(doubled.value))
        return func(doubled, **params)

    y, pullback = bl.vjp(f, np.random.default_rng(0).normal(size=(4, 3)))
    assert alive[0]() is None
    assert pullback(np.ones_like(y))[0].shape == (4, 3)


# --- one extreme in each row: kept as one place a row ---------------------------------------------


@pytest.mark.parametrize("func", [np.max, np.amax, np.min, np.amin])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_of_rows_are_those_of_any_layout(func, keepdims, dtype):
    x = np.random.default_rng(3).normal(size=(3, 4, 5)).astype(dtype)
    params = {"axis": 2, "keepdims": keepdims}
    weights = np.arange(1.0, 13.0, dtype=dtype).reshape((3, 4, 1) if keepdims else (3, 4))
    y, pullback = bl.vjp(lambda a: func(a, **params), x)
    other, any_way = bl.vjp(lambda a: func(a, **params), np.asfortranarray(x))
    np.testing.assert_array_equal(y, func(x, **params))
    np.testing.assert_array_equal(y, other)
    got, want = pullback(weights)[0], any_way(weights)[0]
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, want)
    assert np.count_nonzero(got) == 12 and np.shares_memory(got, pullback(weights)[0]) is False
    x_dot = np.random.default_rng(4).normal(size=x.shape).astype(dtype)
    _, moved = bl.jvp(lambda a: func(a, **params), (x,), (x_dot,))
    np.testing.assert_allclose(np.sum(moved * weights), np.sum(got * x_dot), rtol=1e-5)


@pytest.mark.parametrize("func", [np.max, np.min])
def test_rows_with_ties_or_nan_share_as_ever(func):
    tied = np.array([[1.0, 1.0, 0.0], [2.0, 5.0, 2.0], [-1.0, 3.0, 3.0]])
    got = gradient(func, tied, axis=-1)
    holds = tied == func(tied, axis=-1, keepdims=True)
    np.testing.assert_array_equal(got, holds / holds.sum(axis=-1, keepdims=True))
    with_nan = np.array([[1.0, NAN, 0.0], [2.0, 5.0, 7.0]])
    got = gradient(func, with_nan, axis=-1)
    assert got[0].tolist() == [0.0, 1.0, 0.0]
    assert got[1].tolist() == ([0.0, 0.0, 1.0] if func is np.max else [1.0, 0.0, 0.0])
    assert isinstance(bl.value_and_grad(lambda x: func(x, axis=0))(np.arange(3.0))[0], float)
