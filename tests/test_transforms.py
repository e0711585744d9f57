"""vjp, jvp, grad, jacobian: the book's numbers, nesting, element types, what goes in and out."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl

# --- the numbers of the chapters ------------------------------------------------------------------


def neuron(w, b, x, y):
    z = w * x + b
    return (y - 1 / (1 + np.exp(-z))) ** 2 / 2


def test_chapter_1_the_neuron():
    value, bars = bl.value_and_grad(neuron, argnums=(0, 1, 2))(0.5, -1.0, 2.0, 1.0)
    assert value == Fraction(1, 8)
    assert bars == (Fraction(-1, 4), Fraction(-1, 8), Fraction(-1, 16))


def test_chapter_1_at_a_generic_point_against_sympy():
    w, b, x, y = sp.symbols("w b x y", real=True)
    loss = (y - 1 / (1 + sp.exp(-(w * x + b)))) ** 2 / 2
    point = {w: 0.7, b: -0.3, x: 1.9, y: 0.25}
    got = bl.grad(neuron, argnums=(0, 1, 2, 3))(*point.values())
    for symbol, bar in zip(point, got, strict=True):
        want = float(loss.diff(symbol).evalf(30, subs=point))
        assert abs(bar - want) <= 1e-15 * abs(want)


def test_chapter_2_total_derivative():
    def along(t):
        x, y = t * t, 3 * t
        return x**2 * y

    t = sp.Symbol("t")
    assert bl.grad(along)(1.0) == float(along(t).diff(t).subs(t, 1)) == 15.0
    assert bl.grad(lambda t: along(t) + t)(1.0) == 16.0


def chapter_3(x):
    return np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])])


def test_chapter_3_jacobian_and_its_transpose():
    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(
        bl.jacobian(chapter_3)(x), [[3.0, 2.0], [4.0, 1.0], [0.0, math.cos(3.0)]]
    )
    (x_bar,) = bl.vjp(chapter_3, x)[1](np.array([1.0, 2.0, 3.0]))
    assert x_bar.tolist() == [11.0, 4 + 3 * math.cos(3.0)]


def test_chapter_4_elementwise():
    x, y_bar = np.array([0.0, np.log(2), np.log(3)]), np.array([1.0, -1.0, 2.0])
    got = bl.vjp(np.exp, x)[1](y_bar)[0]
    assert np.all(np.abs(got - [1.0, -2.0, 6.0]) <= 4e-16 * np.abs([1.0, -2.0, 6.0]))


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x))


def test_chapter_4_softmax_is_not_diagonal():
    s = [sp.exp(k) / (sp.exp(1) + sp.exp(2) + sp.exp(3)) for k in (1, 2, 3)]
    want = sp.diag(*s) - sp.Matrix(s) * sp.Matrix(s).T
    want = np.array(want.evalf(30).tolist(), dtype=float)
    got = bl.jacobian(softmax)(np.array([1.0, 2.0, 3.0]))
    assert np.all(np.abs(got - want) <= 1e-14 * np.abs(want))


def test_chapter_5_the_linear_layer():
    X, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    X_bar, W_bar = bl.vjp(lambda X, W: X @ W, X, W)[1](np.array([[1.0, 2.0], [0.0, 1.0]]))
    assert X_bar.tolist() == [[17.0, 23.0], [6.0, 8.0]]
    assert W_bar.tolist() == [[1.0, 5.0], [2.0, 8.0]]


def test_chapter_5_the_jacobian_is_a_kronecker_product():
    rng = np.random.default_rng(0)
    X, W = rng.integers(-5, 5, (2, 3)).astype(float), rng.integers(-5, 5, (3, 4)).astype(float)
    got = bl.jacobian(lambda X: X @ W)(X)
    np.testing.assert_array_equal(got.reshape(8, 6), np.kron(np.eye(2), W.T))


def test_chapter_7_both_modes_at_two_five():
    f = lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2)  # noqa: E731
    assert bl.grad(f, argnums=(0, 1))(2.0, 5.0) == (5.5, 2 - math.cos(5.0))
    assert bl.jvp(f, (2.0, 5.0), (1.0, 0.0))[1] == 5.5


def test_chapter_10_convolution():
    x, w, y_bar = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, -1.0]), np.ones(2)
    windows = np.arange(2)[:, None] + np.arange(3)
    x_bar, w_bar = bl.vjp(lambda x, w: x[windows] @ w, x, w)[1](y_bar)
    assert (w_bar.tolist(), x_bar.tolist()) == ([3.0, 5.0, 7.0], [1.0, 1.0, -1.0, -1.0])


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def test_chapter_11_a_hessian_times_a_vector():
    x, v = np.array([-1.2, 1.0]), np.array([1.0, 2.0])
    want, scale = np.array([2290.0, 880.0]), np.array([1330.0 + 960.0, 480.0 + 400.0])
    forward = bl.jvp(bl.grad(rosenbrock), (x,), (v,))[1]
    reverse = bl.grad(lambda x: np.sum(bl.grad(rosenbrock)(x) * v))(x)
    for got in (forward, reverse, bl.jacobian(bl.grad(rosenbrock))(x) @ v):
        assert np.all(np.abs(got - want) <= 1e-14 * scale)


# --- nesting ------------------------------------------------------------------------------------------


def by_grad(f, x):
    return bl.grad(f)(x)


def by_jvp(f, x):
    return bl.jvp(f, (x,), (1.0,))[1]


def by_vjp(f, x):
    return bl.vjp(f, x)[1](1.0)[0]


def by_jacobian(f, x):
    return bl.jacobian(f)(x)


MODES = {"grad": by_grad, "jvp": by_jvp, "vjp": by_vjp, "jacobian": by_jacobian}
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


# --- jacobian ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, x_shape, y_shape",
    [
        (lambda x: x**2, (3,), (3,)), (lambda x: x @ np.ones((3, 4)), (2, 3), (2, 4)),
        (lambda x: np.sum(x, axis=0), (2, 3), (3,)), (lambda x: np.sum(x), (2, 3), ()),
        (lambda x: x * np.arange(3.0), (), (3,)), (lambda x: np.arange(3.0), (2,), (3,)),
        (lambda x: x[:0], (3,), (0,)), (lambda x: np.sum(x[:, :0], 1), (2, 3), (2,)),
        (lambda x: np.sum(x[:0] * 2, 1), (2, 3), (0,)), (lambda x: x, (2, 1), (2, 1)),
        (lambda x: np.exp(x), (), ()), (lambda x: 2.0, (2,), ()),
        (lambda x: np.max(x, axis=1, keepdims=True), (2, 3), (2, 1)),
    ],
)  # fmt: skip
def test_the_jacobian_has_shape_output_plus_input(f, x_shape, y_shape):
    x = np.random.default_rng(0).uniform(0.5, 2, x_shape)
    got = bl.jacobian(f)(x)
    assert np.shape(got) == y_shape + x_shape
    columns = [bl.jvp(f, (x,), (unit.reshape(x_shape),))[1] for unit in np.eye(np.size(x))]
    want = np.reshape(np.stack(columns, axis=-1), y_shape + x_shape)
    assert np.all(np.abs(got - want) <= 1e-15 * np.abs(want))


def test_the_jacobian_of_several_arguments():
    A, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    J_A, J_x = bl.jacobian(operator.matmul, argnums=(0, 1))(A, x)
    np.testing.assert_array_equal(J_x, A)
    np.testing.assert_array_equal(J_A, np.einsum("ij,k->ijk", np.eye(2), x))


def test_rows_at_once_equal_row_by_row():
    """A chain of batched rules, and the same with one rule among them that is not."""
    rng = np.random.default_rng(0)
    W, x = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, 3)
    at_once = bl.jacobian(lambda x: np.tanh(W @ x))(x)
    by_rows = bl.jacobian(lambda x: np.tanh(W @ np.reshape(x, 3)))(x)
    want = (1 - np.tanh(W @ x) ** 2)[:, None] * W
    for got in (at_once, by_rows):
        assert np.all(np.abs(got - want) <= 1e-14 * np.abs(want))


# --- what goes in, what comes out -------------------------------------------------------------------------


@pytest.mark.parametrize("x", [2.0, 2, np.float64(2.0), np.array(2.0)])
def test_scalars_come_out_as_python_floats(x):
    f = lambda x: x * x  # noqa: E731
    value, pullback = bl.vjp(f, x)
    results = [
        value, *pullback(1.0), *pullback(1), *pullback(np.ones(())), bl.grad(f)(x),
        *bl.value_and_grad(f)(x), *bl.jvp(f, (x,), (1,)), bl.jacobian(f)(x),
        *bl.jvp(lambda x: 3.0, (x,), (1.0,)), bl.grad(lambda x: 3)(x),
    ]  # fmt: skip
    assert [type(r) for r in results if type(r) is not float] == []


@pytest.mark.parametrize("shape", [(), (3,)])
def test_float32_stays_float32_in_every_transform(shape):
    x = np.ones(shape, np.float32) * np.float32(0.5)
    half = x[()] if shape == () else x
    f = lambda x: np.tanh(x) * 2 + 1 / (1 + np.exp(-x)) ** 0.5 - np.maximum(x, 0)  # noqa: E731
    g = lambda x: np.mean(f(x))  # noqa: E731
    value, pullback = bl.vjp(f, half)
    results = [
        value, *pullback(np.ones(shape)), *pullback(np.ones(shape, int)), bl.grad(g)(half),
        *bl.value_and_grad(g)(half), *bl.jvp(f, (half,), (np.ones(shape),)),
        bl.jacobian(f)(half), bl.jacobian(lambda x: np.sort(np.stack([x, 2 * x]), 0))(half),
        bl.jacobian(lambda x: np.ones(2, np.float32))(half), bl.grad(lambda x: np.float32(1))(half),
        *bl.jvp(lambda x: np.ones(2, np.float32), (half,), (half,)),
        bl.jvp(bl.grad(g), (half,), (half,))[1], bl.grad(lambda x: np.sum(bl.grad(g)(x)))(half),
    ]  # fmt: skip
    assert {np.dtype(type(r)) if np.ndim(r) == 0 else r.dtype for r in results} == {
        np.dtype(np.float32)
    }


def test_a_gradient_has_the_dtype_of_its_variable_where_dtypes_mix():
    x, w = np.ones(3, np.float32), np.ones(3)
    x_bar, w_bar = bl.grad(lambda x, w: np.sum(x * w), argnums=(0, 1))(x, w)
    assert (x_bar.dtype, w_bar.dtype) == (np.float32, np.float64)


@pytest.mark.parametrize(
    "left", [np.array([2.0, 3.0]), np.float64(2.0), np.float32(2), 2.0, 2, True]
)
@pytest.mark.parametrize("op", ["add", "sub", "mul", "truediv", "pow"])
@pytest.mark.parametrize("x", [np.array([1.5, 2.5]), 1.5])
def test_reflected_operators_with_any_number_on_the_left(left, op, x):
    func = getattr(operator, op)
    left = float(left) if left is True and op == "pow" else left
    got = bl.jacobian(lambda x: func(left, x))(x)
    other = np.asarray(left, dtype=float)
    want = {
        "add": 1.0, "sub": -1.0, "mul": other, "truediv": -other / np.square(x),
        "pow": np.power(other, x) * np.log(other),
    }[op] * np.ones_like(other + x)  # fmt: skip
    want = np.diag(want) if np.ndim(x) else want
    digits = np.finfo(
        np.result_type(func(left, x))
    ).eps  # NumPy computes np.float32(2) / 1.5 in float32
    assert np.all(np.abs(got - want) <= 2 * digits * np.abs(want))


@pytest.mark.parametrize("op", ["mul", "truediv", "pow"])
def test_a_float32_constant_costs_a_float64_gradient_no_digits(op):
    """The local derivative is formed in the dtype of the value, not in that of the constant."""
    func, x, c = getattr(operator, op), np.array([1.5, 2.5]), np.array([3.0, 0.7], np.float32)
    for f in (lambda x, c: func(x, c), lambda x, c: func(c, x)):
        got = bl.jacobian(lambda x, f=f: f(x, c))(x)
        want = bl.jacobian(lambda x, f=f: f(x, c.astype(float)))(x)
        assert np.all(np.abs(got - want) <= 4e-16 * np.abs(want))


def test_operators_with_lists_and_masks():
    x = np.array([1.0, -2.0])
    assert bl.vjp(lambda x: [3.0, 4.0] * x, x)[1](np.ones(2))[0].tolist() == [3.0, 4.0]
    assert bl.vjp(lambda x: x - (3.0, 4.0), x)[1](np.ones(2))[0].tolist() == [1.0, 1.0]
    assert bl.vjp(lambda x: (x > 0) * x, x)[1](np.ones(2))[0].tolist() == [1.0, 0.0]
    assert bl.vjp(lambda x: np.multiply(x, (3.0, 4.0)), x)[1](np.ones(2))[0].tolist() == [3.0, 4.0]
    assert bl.vjp(lambda x: x[x > 0], x)[1](np.ones(1))[0].tolist() == [1.0, 0.0]


def test_methods_and_attributes_are_those_of_arrays():
    def f(x):
        a, b = x  # rows
        assert (len(x), x.shape, x.ndim, x.size, x.dtype) == (2, (2, 3), 2, 6, np.dtype(float))
        y = x.T.reshape(2, 3).reshape((3, 2)).transpose().transpose(1, 0).swapaxes(0, 1)
        y = y.ravel().flatten().reshape(2, 3) + x.cumsum(axis=1) + x.mean(axis=0) + a.dot(b)
        y = y * x.max() - x.min(axis=1, keepdims=True) + abs(-x) + (+x) + x.squeeze()
        assert (x.argmax(), x.argmin(), x.any(), x.all()) == (5, 0, True, False)
        assert f"{x.max():.1f}" == "5.0" and x.argsort(axis=None).tolist() == list(range(6))
        return y.sum() + sum(row[0] for row in x)

    x = np.arange(6.0).reshape(2, 3)
    value, x_bar = bl.value_and_grad(f)(x)
    assert value == f(x)
    v = np.random.default_rng(0).uniform(0.5, 1, (2, 3))
    assert abs(np.sum(x_bar * v) - bl.jvp(f, (x,), (v,))[1]) <= 1e-14 * np.sum(np.abs(x_bar * v))


def test_keyword_arguments_are_static():
    f = lambda x, *, power, name: x**power if name == "p" else None  # noqa: E731
    assert bl.grad(f)(3.0, power=2, name="p") == 6.0
    assert bl.vjp(f, 3.0, power=2, name="p")[1](1.0) == (6.0,)
    assert bl.jvp(f, (3.0,), (1.0,), power=2, name="p") == (9.0, 6.0)
    assert bl.jacobian(f)(3.0, power=2, name="p") == 6.0


def test_argnums_from_the_end_and_as_a_list():
    f = lambda a, b, c: a * b * c  # noqa: E731
    assert bl.grad(f, argnums=-1)(2.0, 3.0, 5.0) == 6.0
    assert bl.grad(f, argnums=[2, 0])(2.0, 3.0, 5.0) == (6.0, 15.0)
    assert bl.grad(f, argnums=(1,))(2.0, 3.0, 5.0) == (10.0,)


def test_other_arguments_may_be_anything():
    f = lambda x, how, table: x * table[how]  # noqa: E731
    assert bl.grad(f)(2.0, "b", {"b": 3.0}) == 3.0


def test_the_transformed_function_keeps_its_name():
    assert bl.grad(neuron).__name__ == bl.jacobian(neuron).__name__ == "neuron"
