"""Transforms of transforms: any depth, any mix, no perturbation confused, nothing leaked."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest

import backprop_lab as bl


def chapter_3(x):
    return np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])])


def by_grad(f, x):
    return bl.grad(f)(x)


def by_jvp(f, x):
    return bl.jvp(f, (x,), (1.0,))[1]


def by_vjp(f, x):
    return bl.vjp(f, x)[1](1.0)[0]


def by_rows(f, x):
    return bl.jacobian(f, mode="reverse")(x)


def by_columns(f, x):
    return bl.jacobian(f, mode="forward")(x)


def by_checkpoint(f, x):
    return bl.grad(bl.checkpoint(f))(x)


MODES = {
    "grad": by_grad, "jvp": by_jvp, "vjp": by_vjp, "rows": by_rows, "columns": by_columns,
}  # fmt: skip
TWO = list(itertools.product(MODES, repeat=2))


@pytest.mark.parametrize("outer, inner", TWO)
def test_perturbations_are_not_confused(outer, inner):
    """d/dx [x · d/dy (x + y)] = 1; a system that confuses the two levels says 2.

    Source: Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (2005).
    """
    d, e = MODES[outer], MODES[inner]
    assert d(lambda x: x * e(lambda y: x + y, 1.0), 1.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y, 2.0), 3.0) == 6.0
    assert d(lambda x: e(lambda y: x * x * y, 5.0), 3.0) == 6.0
    assert d(lambda x: x * e(lambda y: y * y, x), 3.0) == 12.0
    assert d(lambda x: e(lambda y: x**2 * y**3, x), 2.0) == 3 * 4 * 2.0**3
    assert d(lambda x: x * e(lambda y: 7.0, x), 3.0) == 0.0
    assert d(lambda x: e(lambda y: x, 2.0), 3.0) == 0.0


@pytest.mark.parametrize("outer, inner", TWO)
def test_a_derivative_may_return_a_function(outer, inner):
    """D = d/du at 0 of f(x + u), applied twice: D D exp (1) = e, where a confused system says 0.

    Source: Manzyuk et al., "Perturbation confusion in forward automatic differentiation" (2019).
    """

    def shifted(mode):
        return lambda f: lambda x: MODES[mode](lambda u: f(x + u), 0.0)

    assert shifted(outer)(shifted(inner)(np.exp))(1.0) == math.e


@pytest.mark.parametrize("modes", list(itertools.product(["grad", "jvp", "vjp"], repeat=3)))
def test_three_levels_in_every_order(modes):
    f = lambda x: x**4  # noqa: E731
    for mode in modes:
        f = functools.partial(lambda g, mode, x: MODES[mode](g, x), f, mode)
    assert f(2.0) == 48.0


def test_derivatives_through_a_pullback_in_its_cotangent():
    """x̄ = Jᵀȳ is linear in ȳ: its derivative in ȳ is Jᵀ."""
    x = np.array([2.0, 3.0])
    _, pullback = bl.vjp(chapter_3, x)
    got = bl.jacobian(lambda y_bar: pullback(y_bar)[0])(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(got, bl.jacobian(chapter_3)(x).T)


def test_derivatives_through_a_tangent():
    got = bl.grad(lambda v: bl.jvp(lambda x: x**3, (2.0,), (v,))[1])(5.0)
    assert got == 12.0


def test_a_gradient_step_is_differentiated_through():
    """d/dη of the loss after one step: −(f′)², here for f = w²/2 at w = 3."""
    f = lambda w: w * w / 2  # noqa: E731
    assert bl.grad(lambda eta: f(3.0 - eta * bl.grad(f)(3.0)))(0.5) == -4.5


def test_a_closed_over_outer_value_is_a_constant_inside():
    def f(x):
        inner = lambda y: np.sum(x * y**2)  # noqa: E731
        return np.sum(bl.grad(inner)(np.array([1.0, 2.0])) * x)

    assert bl.grad(f)(np.array([3.0, 5.0])).tolist() == [12.0, 40.0]


# --- the cases of the literature --------------------------------------------------------------------


@pytest.mark.parametrize("outer, inner", TWO)
def test_a_tangent_does_not_come_back_through_a_closure(outer, inner):
    """The inner function ignores its argument and returns the outer variable, or a part of it.

    Source: Siskind and Pearlmutter, "Nesting forward-mode AD in a functional framework" (2008).
    """
    d, e = MODES[outer], MODES[inner]
    seen = []

    def f(x):
        seen.append(e(lambda y: x * 1.0, 7.0))
        return x * x + seen[-1]

    assert d(f, 3.0) == 6.0 and all(zero == 0.0 for zero in seen)
    assert d(lambda x: e(lambda y: (x * y) * x, x) * x, 2.0) == 3 * 2.0**2


@pytest.mark.parametrize("outer, inner", TWO)
def test_an_outer_variable_captured_by_a_function_made_inside(outer, inner):
    """f(x) builds g(y) = x · y and hands it to the inner derivative: d/dx (d/dy xy) = 1."""
    d, e = MODES[outer], MODES[inner]

    def f(x):
        def g(y):
            return x * y

        return e(g, x * 10.0)

    assert d(f, 3.0) == 1.0


def test_the_amazing_bug():
    """A curried f: x ↦ (y ↦ …), differentiated once in x and then as a function: two ways agree.

    Source: Manzyuk et al., "Perturbation confusion in forward automatic differentiation of
    higher-order functions" (2019), section 4: the derivative of a function that returns a
    function, applied to itself. Here the inner is taken apart by hand, since a transform returns
    numbers.
    """

    def curried(x):
        return lambda g: lambda y: g(x + y)

    def derivative_at_zero(h, z):  # of u ↦ h(u)(z), a function of z again
        return lambda y: bl.jvp(lambda u: h(u)(z)(y), (0.0,), (1.0,))[1]

    once = derivative_at_zero(curried, np.exp)  # y ↦ exp(y)
    twice = derivative_at_zero(curried, once)
    assert once(1.0) == math.e and twice(1.0) == math.e
    thrice = derivative_at_zero(curried, derivative_at_zero(curried, lambda y: y**3))
    assert thrice(2.0) == 12.0


# --- any depth ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [*MODES, "checkpoint"])
def test_five_levels_of_one_mode(mode):
    f = np.sin
    step = MODES.get(mode, by_checkpoint)
    for _ in range(5):
        f = functools.partial(step, f)
    assert abs(f(0.7) - math.cos(0.7)) <= 4e-16


@pytest.mark.parametrize("modes", list(itertools.product(["rows", "columns", "jvp"], repeat=3)))
def test_three_levels_on_vectors(modes):
    """The third derivative of Σ x⁴ in one direction after another is 24 x u v w."""
    x, v = np.array([1.5, -2.0]), np.array([1.0, 3.0])

    def along(g, mode, x):
        if mode == "jvp":
            return bl.jvp(g, (x,), (v,))[1]
        return MODES[mode](g, x) @ v

    f = lambda x: np.sum(x**4)  # noqa: E731
    for mode in modes:
        f = functools.partial(along, f, mode)
    want = 24 * np.sum(x * v**3)
    assert abs(f(x) - want) <= 1e-14 * 24 * np.sum(np.abs(x * v**3))


def test_a_derivative_in_a_loop_of_derivatives():
    """Three gradient steps on a quadratic, differentiated in the start: (1 − ηa)³."""

    def after_three(w, a):
        for _ in range(3):
            w = w - 0.25 * bl.grad(lambda w: a * w**2 / 2)(w)
        return w

    assert bl.grad(after_three)(3.0, 2.0) == 0.5**3
    assert bl.jvp(after_three, (3.0, 2.0), (1.0, 0.0))[1] == 0.5**3
    assert bl.grad(after_three, argnums=1)(3.0, 2.0) == -3 * 0.25 * 0.5**2 * 3.0


def test_a_hessian_times_a_vector_of_a_function_that_takes_a_gradient():
    def penalty(w):  # the squared length of a gradient
        return np.sum(bl.grad(lambda w: np.sum(w**3))(w) ** 2)

    w, v = np.array([1.0, -2.0]), np.array([3.0, 1.0])
    assert bl.hvp(penalty, w, v).tolist() == (108 * w**2 * v).tolist()
    np.testing.assert_array_equal(bl.hessian(penalty)(w), np.diag(108 * w**2))


def test_trees_within_trees_of_transforms():
    params = {"w": np.array([1.0, 2.0]), "b": [3.0]}

    def inner(p, x):
        return np.sum(p["w"] * x**2) + p["b"][0] * x[0]

    def outer(p):
        return np.sum(bl.grad(inner, argnums=1)(p, np.array([1.0, 1.0])) ** 2)

    got = bl.grad(outer)(params)  # Σ (2 wᵢ xᵢ + b δᵢ₀)²
    assert got["w"].tolist() == [4 * 5.0, 4 * 4.0] and got["b"] == [10.0]


def test_levels_are_told_apart_by_the_trace_and_not_by_the_value():
    """Both variables have the same value, and are the same object, at every level."""
    x = np.array([2.0])
    got = bl.grad(lambda a: np.sum(a * bl.grad(lambda b: np.sum(a * b * b))(x)))(x)
    assert got.tolist() == [2 * 2.0 * 2.0 * 2.0]


# --- values that outlive their trace ----------------------------------------------------------------------

LEAK = "A traced value is used after the run that traced it is over: it was kept in a list"
ENDED = {
    "vjp": lambda f, x: bl.vjp(f, x), "grad": lambda f, x: bl.grad(f)(x),
    "jvp": lambda f, x: bl.jvp(f, (x,), (x,)), "rows": lambda f, x: bl.jacobian(f)(x),
    "columns": lambda f, x: bl.jacobian(f, mode="forward")(x), "hvp": lambda f, x: bl.hvp(f, x, x),
}  # fmt: skip


def kept_by(transform, x=2.0):
    kept = []

    def f(x):
        kept.append(x * x)
        return kept[-1]

    ENDED[transform](f, x)
    return kept


@pytest.mark.parametrize("transform", ENDED)
@pytest.mark.parametrize(
    "use",
    [lambda v: v + 1.0, lambda v: 2.0 / v, np.exp, lambda v: np.sum(v), lambda v: np.reshape(v, 1)],
)
def test_a_leaked_value_is_refused_outside(transform, use):
    for leaked in kept_by(transform):
        with pytest.raises(bl.TraceError, match=LEAK):
            use(leaked)


@pytest.mark.parametrize("transform", ENDED)
@pytest.mark.parametrize("mode", MODES)
def test_a_leaked_value_is_refused_in_another_trace(transform, mode):
    leaked = kept_by(transform)[0]
    for f in (lambda x: x * leaked, lambda x: leaked, lambda x: np.multiply(leaked, x)):
        with pytest.raises(bl.TraceError, match=LEAK):
            MODES[mode](f, 3.0)


def test_a_trace_ends_when_its_function_fails():
    kept = []

    def fails(x):
        kept.append(x)
        raise KeyError("theirs")

    with pytest.raises(KeyError):
        bl.grad(fails)(1.0)
    with pytest.raises(bl.TraceError, match=LEAK):
        kept[0] * 2.0


def test_what_is_printed_compared_or_asked_for_its_shape_may_outlive_its_trace():
    (leaked,) = kept_by("grad", 3.0)
    assert leaked > 8.0 and f"{leaked:.1f}".startswith("Var(9.0") and leaked.shape == ()
    assert bl.stop_gradient(leaked) == 9.0


def test_an_inner_value_is_over_for_the_outer_function_too():
    def outer(x):
        kept = []
        bl.grad(lambda y: kept.append(y * y) or y * x)(x)
        return x * kept[0]

    with pytest.raises(bl.TraceError, match=LEAK):
        bl.grad(outer)(2.0)
