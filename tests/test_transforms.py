"""vjp, jvp, grad, jacobian: the book's numbers, nesting, element types, what goes in and out."""

from __future__ import annotations

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
        assert "5.0" in f"{x.max():.1f}" and x.argsort(axis=None).tolist() == list(range(6))
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


# --- forward mode gives what reverse mode gives ------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x,
        lambda x: x[::-1],
        lambda x: np.broadcast_to(x, (2, 3)),
        lambda x: {"a": x[1:], "b": x},
    ],
)
def test_what_jvp_gives_is_the_callers_own(f):
    x = np.array([1.0, 2.0, 3.0])
    for tree in bl.jvp(f, (x,), (x,)):
        for part in tree.values() if isinstance(tree, dict) else [tree]:
            part[...] = 9.0
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_a_constant_array_of_the_users_is_copied_by_jvp_too():
    constant = np.ones(2)
    value, _ = bl.jvp(lambda x: constant, (1.0,), (1.0,))
    value[0] = 5.0
    assert constant.tolist() == [1.0, 1.0]


def test_an_entry_written_in_place_is_refused_alike_in_both_modes():
    def f(x):
        y = np.zeros(2)
        y[0] = x[0]
        return y

    x, said = np.ones(2), []
    for run in (
        lambda: bl.vjp(f, x),
        lambda: bl.jvp(f, (x,), (x,)),
        lambda: bl.jacobian(f, mode="forward")(x),
    ):
        with pytest.raises(bl.TraceError, match=r"To fill an array, use np\.stack") as caught:
            run()
        said.append(str(caught.value))
    assert len(set(said)) == 1
