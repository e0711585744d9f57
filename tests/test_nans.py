"""A NaN in a gradient of a finite value is said aloud, with the safe pattern."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import backprop_lab as bl

X = np.array([4.0, 0.0])


def trap(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def safe(x):
    return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))


def warning_of(call):
    """The one warning of a call, as text; it points at this file."""
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning) as seen:
        got = call()
    assert len(seen) == 1 and seen[0].filename == __file__
    return got, str(seen[0].message)


@pytest.mark.parametrize("get", [lambda f: bl.grad(f)(X), lambda f: bl.vjp(f, X)[1](1.0)[0]])
def test_the_branch_that_was_not_taken_is_named_with_the_safe_pattern(get):
    g, message = warning_of(lambda: get(trap))
    assert g[0] == 0.25 and np.isnan(g[1])
    assert message == (
        "The value is finite, but its gradient is NaN at index (1,): on the way back 0 met ∞ in "
        "np.sqrt, whose slope is ∞ there, as it does behind a branch of np.where that was not taken, "
        "or a factor 0. Choose the argument before the function: safe = np.where(ok, x, 1.0), then "
        "np.where(ok, np.sqrt(safe), 0.0), where ok is what that branch asks, such as x > 0."
    )


def root(x):
    return np.sqrt(x * x)


def power(x, y):
    return x**y


def last_angle(x):
    """The angle of (0, 0), without which the others have none either."""
    return np.sum(np.arctan2(x, np.array([1.0, 0.0])))


def branch(x):
    return np.where(x > 0, np.power(x, 1.5), 0.0)


def two_roots(x):
    return np.sqrt(x) - np.sqrt(x)


SLOPES = "the slope of np.sqrt is ∞ there, and that of x * y is 0. For √(x²) write np.abs,"
STILL = (
    "on the way 0 met ∞ in np.sqrt, whose slope is ∞ there, while its argument stands still. For"
)
ANGLE = (
    "np.arctan2 made it: the angle of the point (0, 0) has no slope. Choose both arguments before"
)
EXPONENT = "made it: as a function of the exponent, a power of a negative number has no slope: that"
CAUSES = {
    "grad": (lambda: bl.grad(root)(0.0), "gradient is NaN: on the way back 0 met ∞: " + SLOPES),
    "jvp": (lambda: bl.jvp(root, (0.0,), (1.0,))[1], "derivative is NaN: " + STILL),
    "hessian": (lambda: bl.hessian(root)(0.0), "derivative is NaN: on the way back 0 met ∞: " + SLOPES),
    "hvp": (lambda: bl.hvp(root, 0.0, 1.0), "derivative is NaN: on the way back 0 met ∞: " + SLOPES),
    "rows": (
        lambda: bl.jacobian(root, mode="reverse")(0.0),
        "derivative is NaN at index (0,): on the way back 0 met ∞: " + SLOPES,
    ),
    "columns": (lambda: bl.jacobian(root, mode="forward")(0.0), "derivative is NaN: " + STILL),
    "a finite gradient, of a hessian": (
        lambda: bl.hessian(branch)(0.0), "derivative is NaN at index (0,): on the way back 0 met ∞",
    ),
    "a finite gradient, of an hvp": (
        lambda: bl.hvp(branch, 0.0, 1.0), "derivative is NaN: on the way 0 met ∞: the slope of x ** y is ∞",
    ),
    "∞ first, forward": (
        lambda: bl.jvp(lambda x: np.sqrt(x) * x, (0.0,), (1.0,))[1],
        "on the way 0 met ∞: the slope of np.sqrt is ∞ there, and that of x * y is 0.",
    ),
    "float32": (lambda: bl.grad(root)(np.float32(0)), "gradient is NaN: on the way back 0 met ∞: " + SLOPES),
    "an angle": (lambda: bl.grad(np.arctan2)(0.0, 0.0), ANGLE),
    "an angle, forward": (lambda: bl.jvp(np.arctan2, (0.0, 0.0), (1.0, 1.0))[1], ANGLE),
    "an angle of many": (lambda: bl.grad(last_angle)(np.zeros(2)), "is NaN at index (1,): " + ANGLE),
    "an exponent": (lambda: bl.grad(power, 1)(-2.0, 2.0), "gradient is NaN: x ** y " + EXPONENT),
    "an exponent of np.power": (lambda: bl.grad(np.power, 1)(-2.0, 2.0), "NaN: np.power " + EXPONENT),
    "an exponent, forward": (lambda: bl.jvp(power, (-2.0, 2.0), (0.0, 1.0))[1], "x ** y " + EXPONENT),
    "a quotient": (
        lambda: bl.grad(lambda x: np.where(x > 0, 2.0 / x, 0.0))(np.float64(0)), "then np.where(ok, a / safe, 0.0)",
    ),
    "two paths": (
        lambda: bl.grad(two_roots)(0.0), "NaN: +∞ and −∞ met where the derivatives of two paths are added.",
    ),
    "two paths, forward": (
        lambda: bl.jvp(two_roots, (0.0,), (1.0,))[1],
        "∞ met −∞ or 0 in the sum of x - y: the slope of np.sqrt is ∞ there. Keep the argument of np.sqrt",
    ),
    "a sum of two paths": (
        lambda: bl.jvp(lambda x: np.sum(np.sqrt(x) * X), (np.zeros(2),), (np.ones(2),))[1],
        "on the way 0 met ∞: the slope of np.sqrt is ∞ there, and that of x * y is 0.",
    ),
    "a sum": (
        lambda: bl.jvp(lambda x: np.sum(np.stack([np.sqrt(x), -np.sqrt(x)])), (0.0,), (1.0,))[1],
        "∞ met −∞ or 0 in the sum of np.sum: the slope of np.sqrt is ∞ there.",
    ),
    "before a function of two results": (
        lambda: bl.grad(lambda x: np.linalg.eigh(np.diag(np.sqrt(x)))[0][1])(np.array([0.0, 1.0])),
        "gradient is NaN at index (0,): on the way back 0 met ∞ in np.sqrt",
    ),
    "before a function of two results, forward": (
        lambda: bl.jvp(lambda x: np.linalg.eigh(np.diag(root(x)))[0], (np.array([0.0, 1.0]),), (X,))[1],
        "derivative is NaN at index (0,): " + STILL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CAUSES)
def test_who_made_the_nan_is_named_with_advice_that_fits(what):
    call, wanted = CAUSES[what]
    got, message = warning_of(call)
    assert np.any(np.isnan(got)) and message.startswith("The value is finite, but its ")
    assert wanted in message


def test_a_function_that_runs_once_only_is_warned_of_all_the_same():
    runs = iter([root])
    got, message = warning_of(lambda: bl.jvp(lambda x: next(runs)(x), (0.0,), (1.0,))[1])
    assert np.isnan(got)
    assert message.endswith(
        "who made it is not known, since a second run ended in StopIteration()."
    )


@pytest.mark.parametrize(("x", "runs"), [(0.0, 2), (4.0, 1)])
def test_a_gradient_runs_the_function_again_only_to_find_who_made_a_nan(x, runs):
    seen = []

    def f(x):
        seen.append(x)
        return root(x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = bl.grad(f)(x)
    assert len(seen) == runs and bool(np.isnan(got)) == (runs == 2) == bool(caught)
    assert not caught or "sqrt" in str(caught[-1].message)


NO_SLOPE = (
    "has no slope at that point. Choose the argument before the function: safe = np.where(ok, x,"
)


def test_a_function_without_a_slope_is_named(monkeypatch):
    sin = bl.RULES[np.sin]
    monkeypatch.setattr(sin, "reverse", lambda values, params, which: (
        np.sin(values[0]), [lambda y_bar: y_bar * np.nan]
    ))  # fmt: skip
    _, message = warning_of(lambda: bl.grad(lambda x: 2.0 * np.sin(x))(0.5))
    assert f"NaN: np.sin {NO_SLOPE}" in message


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_function_of_two_results_without_a_slope_is_named(monkeypatch, mode):
    eigh = bl.RULES[np.linalg.eigh]
    right = getattr(eigh, mode)

    def forward(values, params, dots):
        y, (dot, other) = right(values, params, dots)
        return y, (dot * np.nan, other)

    def reverse(values, params, which):
        y, pulls = right(values, params, which)
        return y, [lambda bars, pull=pull: pull(bars) * np.nan for pull in pulls]

    monkeypatch.setattr(eigh, mode, forward if mode == "forward" else reverse)
    values = bl.jacobian(lambda A: np.sum(np.linalg.eigh(A)[0]), mode=mode)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning) as seen:
        values(np.diag([1.0, 2.0]))
    assert all(f"np.linalg.eigh {NO_SLOPE}" in str(one.message) for one in seen)


def test_the_safe_pattern_is_right_and_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bl.grad(safe)(X).tolist() == [0.25, 0.0]
        assert bl.grad(lambda x: np.hypot(x, 0.0))(0.0) == 0.0


def test_a_nan_that_was_there_before_is_no_news():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(bl.grad(np.log)(np.nan))
        assert np.isnan(bl.vjp(np.sqrt, -1.0)[1](1.0)[0])
        assert np.isnan(bl.vjp(np.exp, np.ones(2))[1](np.array([np.nan, 1.0]))[0][0])
        assert np.isnan(bl.jvp(np.log, (np.nan,), (1.0,))[1])
        assert np.isnan(bl.jvp(np.exp, (1.0,), (np.nan,))[1])
        assert np.isnan(bl.hvp(lambda x: x**3, 1.0, np.nan))
