"""The third reading against numbers: SymPy's table computes what NumPy does, and its derivatives."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
import symbolic_calculus
import symbolic_linalg
import symbolic_moves
from backprop_lab import symbolic, symbolic_unknown
from backprop_lab.checks import SymPyTruth, complex_step, rounding_scale, within, written_out
from backprop_lab.errors import TraceError
from backprop_lab.rules import CONSTANT, RULES, getitem, scatter_add
from backprop_lab.rules.waves import spherical_bessel
from backprop_lab.symbolic_table import (
    ENTRYWISE,
    WITHOUT,
    WITHOUT_OWN,
    exact,
    symbolic_primal,
)

OPERATORS = {  # an operator that has a rule, and the ufunc that symbols know it by
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.pow: np.power,
    operator.matmul: np.matmul,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.abs: np.absolute,
    operator.mod: np.remainder,
}

# --- the registry is complete ---------------------------------------------------------------------


@pytest.mark.parametrize("func", list(RULES), ids=lambda f: bl.rules.registry.name_of(f))
def test_every_rule_has_a_symbolic_primal_or_a_reason(func):
    func = OPERATORS.get(func, func)
    reason = WITHOUT.get(func) or WITHOUT_OWN.get(func.__name__)
    assert symbolic_primal(func) is not None or reason


def test_no_reason_is_given_for_what_has_a_symbolic_primal():
    assert not [f for f in WITHOUT if symbolic_primal(f) is not None]
    assert all(f in RULES for f in WITHOUT)


# --- the table against NumPy, SymPy's Jacobians against the engine ----------------------------------

RANGES = {  # where a function of one variable is defined and away from its kinks
    **dict.fromkeys((np.log, np.log2, np.log10, np.sqrt), (0.3, 2.0)),
    **dict.fromkeys((np.arcsin, np.arccos, np.arctanh), (-0.9, 0.9)),
    np.arccosh: (1.3, 3.0),
    np.log1p: (-0.7, 2.0),
    np.power: (0.4, 2.0),
    np.float_power: (0.4, 2.0),
    np.tan: (-1.2, 1.2),
}
UFUNCS = [f for f in ENTRYWISE if f in RULES]
SHAPES = [(), (3,), (2, 2)]


def draw(rng, shape, low=-2.0, high=2.0):
    x = rng.uniform(low, high, shape)
    return x if shape else float(x)


def agree(f, *point):
    """Value and Jacobians: NumPy, SymPy, engine, and complex step where `f` is analytic."""
    names = [f"x{i}" for i in range(len(point))]
    scale = rounding_scale(f, point, np.random.default_rng(0))
    value, *jacobians = SymPyTruth(f, names, point).at(point)
    assert value.shape == (np.size(f(*point)),)
    assert within(np.ravel(f(*point)), value, np.abs(value) + scale[0], 1e-12)
    ours = bl.jacobian(f, argnums=tuple(range(len(point))))(*point)
    for J, mine, s in zip(jacobians, ours, scale[1:], strict=True):
        mine = np.reshape(mine, J.shape)
        assert within(mine, J, np.abs(J) + s, 1e-12)
    return jacobians


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("func", UFUNCS, ids=lambda f: f.__name__)
def test_elementwise_primals_are_numpys_and_their_derivatives_the_engines(func, shape):
    rng = np.random.default_rng(7)
    point = [draw(rng, shape, *RANGES.get(func, (-2.0, 2.0))) for _ in range(func.nin)]
    jacobians = agree(lambda *xs: func(*xs), *point)
    if RULES[func].analytic:
        for J, other in zip(jacobians, complex_step(lambda *xs: func(*xs), point), strict=True):
            np.testing.assert_allclose(J, other, rtol=1e-11, atol=0)


MASKS = [f for f in ENTRYWISE if f not in RULES and f in CONSTANT and f is not np.sign]


@pytest.mark.parametrize("func", MASKS, ids=lambda f: f.__name__)
def test_masks_are_numpys_and_multiply_as_ones_and_zeros(func):
    x, y = np.array([1.0, 2.0, 3.0, -1.0]), np.array([1.0, 3.0, 2.0, 1.0])

    def masked(a, b):
        first = a > 1.5
        return 2.0 * (func(first) if func.nin == 1 else func(first, b > 1.5)) + a * b

    def compared(a, b):
        return a * (func(a, b) if func.nin == 2 else func(a > b)) + b

    f = masked if func.__name__.startswith("logical") else compared
    truth = SymPyTruth(f, ["a", "b"], [x, y])
    np.testing.assert_array_equal(truth.at([x, y])[0], f(x, y))


A, B, V = (2, 3), (3, 2), (3,)
STRUCTURAL_CASES = {
    "sum": (lambda a: np.sum(a * a), A),
    "sum axis": (lambda a: np.sum(a * a, axis=0), A),
    "sum axes": (lambda a: np.sum(a * a, axis=(0, -1), keepdims=True), A),
    "mean": (lambda a: np.mean(a**2, axis=-1, keepdims=True), A),
    "mean all": (lambda a: np.mean(a**3), A),
    "max": (lambda a: np.max(a, axis=1), A),
    "min": (lambda a: np.min(a), A),
    "max keepdims": (lambda a: a - np.max(a, axis=0, keepdims=True), A),
    "where": (lambda a: np.where(a > 0, a**2, -3 * a), A),
    "where number": (lambda a: np.where(a - a, 1.0, a), A),
    "where mask": (lambda a: np.where(np.eye(2, 3) > 0, a, 7.0), A),
    "einsum": (lambda a, b: np.einsum("ij,jk->ki", a, b), A, B),
    "einsum trace": (lambda a: np.einsum("ii->i", a @ a.T), A),
    "matmul": (lambda a, b: a @ b, A, B),
    "matmul vector": (lambda a, v: a @ v, A, V),
    "vector matmul": (lambda v, b: v @ b, V, B),
    "vector vector": (lambda v, w: v @ w, V, V),
    "batched matmul": (lambda a, b: a @ b, (2, 2, 3), (2, 3, 2)),
    "dot": (lambda a, b: np.dot(a, b), A, B),
    "outer": (lambda a, v: np.outer(a, v), A, V),
    "tensordot": (lambda a, b: np.tensordot(a, b, axes=([1], [0])), A, B),
    "stack": (lambda v, w: np.stack([v * w, w], axis=1), V, V),
    "concatenate": (lambda v, w: np.concatenate([v * v, w, np.ones(2)]), V, V),
    "cumsum": (lambda a: np.cumsum(a, axis=1), A),
    "cumsum flat": (lambda a: np.cumsum(a), A),
    "reshape": (lambda a: np.reshape(a, (3, 2)), A),
    "ravel": (lambda a: a.ravel() * np.arange(6.0), A),
    "transpose": (lambda a: np.transpose(a, (2, 0, 1)), (2, 3, 2)),
    "T": (lambda a, b: a.T + b, A, B),
    "swapaxes": (lambda a: np.swapaxes(a, 0, 1), A),
    "moveaxis": (lambda a: np.moveaxis(a, 0, -1), (2, 3, 2)),
    "flip": (lambda a: np.flip(a, 1), A),
    "squeeze": (lambda a: np.squeeze(a, 1), (2, 1, 3)),
    "expand_dims": (lambda v: np.expand_dims(v, 0) * np.ones((2, 3)), V),
    "broadcast_to": (lambda v: np.broadcast_to(v, (2, 3)), V),
    "broadcast add": (lambda a, v: a + v, A, V),
    "broadcast column": (lambda a, c: a * c, A, (2, 1)),
    "getitem": (lambda a: a[1, ::2] * a[0, 1], A),
    "getitem fancy": (lambda v: getitem(v, [2, 2, 0]), V),
    "scatter_add": (lambda v: scatter_add(v, index=[0, 0, 1], shape=(4,)), V),
    "relu": (lambda a: bl.relu(a) ** 2, A),
    "sigmoid": (lambda a: bl.sigmoid(a) * a, A),
    "softplus": (lambda a: bl.softplus(a) * a, A),
    "logsumexp": (lambda a: bl.logsumexp(a) * a, A),
    "logsumexp axis": (lambda a: bl.logsumexp(a, axis=0, keepdims=True) * a, A),
    "softmax": (lambda a: bl.softmax(a) * a, A),
    "log_softmax": (lambda a: bl.log_softmax(a, axis=0) * a, A),
    "sinc": (lambda a: np.sinc(a) * a, A),
    "spherical_bessel": (lambda a: spherical_bessel(2.0 + a * a, n=2), A),
    "nan_to_num": (lambda a: np.nan_to_num(a, nan=1.0) * a, A),
    "real_if_close": (lambda a: np.real_if_close(a) * a, A),
    "clip": (lambda a: np.clip(a, -1.0, max(0.5, 0.1)) * a, A),
    "clip one bound": (lambda a, v: np.clip(a, v, None) + np.clip(a, max=0.2), A, V),
    "select": (lambda a: np.select([a > 1, a > 0], [a**3, a * a], default=a), A),
    "mask sums": (lambda a: np.sum(a > 0) * np.sum(a) + np.cumsum(a > 0)[-1], A),
    "mask matmul": (lambda a, b: (a > 0) @ b, A, B),
    "iterate": (lambda v: np.stack([x * x for x in v]), V),
    "methods": (lambda a: a.reshape(3, 2).transpose().sum(axis=0).mean() * a.max(), A),
}


STRUCTURAL_CASES |= symbolic_moves.CASES | symbolic_calculus.CASES
STRUCTURAL_CASES |= symbolic_linalg.CASES


@pytest.mark.parametrize("name", STRUCTURAL_CASES)
def test_array_functions_are_numpys_and_their_derivatives_the_engines(name):
    f, *shapes = STRUCTURAL_CASES[name]
    rng = np.random.default_rng(3)
    for scale in (1.0, 0.3):
        agree(f, *(scale * draw(rng, s) for s in shapes))


def test_a_wrong_entry_in_the_table_would_be_seen(monkeypatch):
    monkeypatch.setitem(ENTRYWISE, np.sin, sp.cos)
    with pytest.raises(AssertionError):
        agree(lambda x: np.sin(x), 0.4)


def test_every_structural_function_is_in_the_cases():
    from backprop_lab.symbolic_table import OWN, STRUCTURAL

    text = " ".join(STRUCTURAL_CASES)
    missing = [n for n in (*(f.__name__ for f in STRUCTURAL), *OWN) if n not in text]
    assert not missing


# --- constants, names, refusals ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (0.1, sp.Rational(1, 10)),
        (2.5, sp.Rational(5, 2)),
        (1e-3, sp.Rational(1, 1000)),
        (3, sp.Integer(3)),
        (np.float64(0.7), sp.Rational(7, 10)),
        (np.int64(4), sp.Integer(4)),
        (True, sp.true),
        (float("-inf"), -sp.oo),
        (1 / 3, sp.Rational(1, 3)),
        (-2 / 3, -sp.Rational(2, 3)),
        (1 / 7840, sp.Rational(1, 7840)),
        (1e5 + 1 / 3, sp.Rational(300001, 3)),
        (1e13 + 1 / 3, sp.Rational("10000000000000.334")),  # no digits are left for a quotient
        (0.1 + 0.2, sp.Rational("0.30000000000000004")),
        (0.1234567890123456, sp.Rational("0.1234567890123456")),
    ],
)
def test_constants_are_read_as_written(number, read):
    assert exact(number) == read


def test_a_third_in_a_line_is_a_third():
    d = bl.derive(lambda x: bl.let("L", (1 / 3) * x**3), "x")
    assert d.then(lambda x: x**2).proved
    d = bl.derive(lambda x: bl.let("L", x ** (1 / 3)), "x")
    assert d.then(lambda x: x ** (-2 / 3) / 3).proved
    d = bl.derive(lambda X: bl.let("Y", X**2), "X", {"X": ("N",)})
    d = d.then(lambda X, Y_bar: 6 * ((1 / 3) * X * Y_bar))
    assert d.proved and r"\frac{1}{3}" in d.lines[-1].tex


def test_a_constant_in_a_function_is_the_decimal_it_was_written_as():
    assert symbolic.read(lambda x: 0.1 * x + 0.2, {"x": ()}).output[()].subs("x", 1) != 0.3
    x = sp.Symbol("x", real=True)
    assert symbolic.read(lambda x: 0.1 * x, {"x": ()}).output[()] == x / 10


def branch(x):
    return x if x > 0 else -x


def in_place(x):
    x += 1
    return x


def assigned(x):
    x[0] = 1.0
    return x


@pytest.mark.parametrize(
    ("f", "shape", "message"),
    [
        (branch, (), r"branches on a value .* Write np.where"),
        (lambda x: max(x, 0), (), "branches on a value"),
        (in_place, (2,), r"asked to write into an existing array .* Write `x = x \+ y`"),
        (assigned, (2,), r"`x\[0\] = …` writes into an array of symbols in place"),
        (lambda x: np.array([x, x]), (), r"np.array\(…\) .* np.stack"),
        (lambda x: np.full(2, x), (), r"nor np.full"),
        (lambda x: float(x), (), r"float\(\), int\(\) or a function of the math module"),
        (lambda x: math.exp(x), (), r"np.exp, not math.exp"),
        (lambda x: range(x), (), r"float\(\), int\(\)"),
        (lambda x: np.sort(x), (2,), "np.sort has no symbolic reading: the order of symbols"),
        (lambda x: np.bincount(x), (2,), "np.bincount has no symbolic reading"),
        (lambda x: np.add.reduce(x), (2,), r"np.add.reduce .* has no symbolic reading"),
        (lambda x: np.sum(x, dtype=float), (2,), "np.sum has no symbolic reading here"),
        (lambda x: (x, x), (), "returned a tuple; one number or array is needed"),
        (lambda x: None, (), "returned a NoneType"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(f, shape, message):
    with pytest.raises(TraceError, match=message):
        symbolic.read(f, {"x": shape})


def test_an_axis_that_is_not_there_is_refused_as_numpy_does():
    with pytest.raises(ValueError, match="axis 5 is out of bounds"):
        symbolic.read(lambda x: np.sum(x, axis=5), {"x": (2, 2)})


def test_an_unknown_method_is_an_attribute_error_that_says_what_to_write():
    with pytest.raises(AttributeError, match=r"no attribute or method 'round'. Use np.round"):
        symbolic.read(lambda x: x.round(), {"x": (2,)})


def test_a_number_may_be_added_to_in_place_for_it_is_never_changed():
    x = sp.Symbol("x", real=True)
    assert symbolic.read(in_place, {"x": ()}).output[()] == x + 1


def test_names_are_unique_and_the_definitions_in_order():
    def f(w):
        return bl.let("h", bl.let("h", w**2) + 1)

    reading = symbolic.read(f, {"w": ()})
    assert list(reading.quantities) == ["w", "h", "h_2"]
    w = sp.Symbol("w", real=True)
    assert reading.expanded(reading.output[()]) == w**2 + 1


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (lambda x: bl.let("x", np.sum(x)) * x[1], {"x": (3,)}),  # x_2 would be an entry's name
        (lambda x: bl.let("x_1", np.sum(x)) * x[0], {"x": (3,)}),
        (lambda x: bl.let("y", x * 2) * bl.let("y_1", np.sum(x)), {"x": (2,)}),
    ],
)
def test_a_name_that_is_an_entrys_name_makes_a_symbol_of_its_own(f, shapes):
    point = [np.arange(1.0, 1 + np.prod(s)).reshape(s) for s in shapes.values()]
    value = SymPyTruth(f, list(shapes), point).at(point)[0]
    np.testing.assert_array_equal(value, np.ravel(f(*point)))


def test_an_argument_with_an_entrys_name_is_refused():
    with pytest.raises(TraceError, match="x_1 has the name of an entry of another argument"):
        symbolic.read(lambda x, x_1: x[0] * x_1, {"x": (2,), "x_1": ()})


def test_entries_of_long_axes_do_not_share_a_symbol():
    symbols = symbolic.read(lambda x: np.sum(x), {"x": (12, 12)}).quantities["x"].symbols
    assert len(set(symbols.flat)) == 144


def test_an_unknown_function_has_no_numbers_and_says_so():
    with pytest.raises(TraceError, match="sigma is an unknown function: it has no numbers"):
        bl.unknown("sigma")(0.5)


def test_derivatives_of_unknown_functions_are_unknown_functions():
    g = bl.unknown("g")
    reading = symbolic.read(lambda x, y: g(x * y, y), {"x": (), "y": ()})
    x, y = sp.symbols("x y", real=True)
    first = symbolic_unknown.abstract("g", (1,))(x * y, y)
    assert symbolic.jacobian(reading, "x")[()] == y * first
    both = sp.diff(reading.output[()], x, y)
    second = symbolic_unknown.abstract("g", (1, 1)), symbolic_unknown.abstract("g", (1, 2))
    assert sp.expand(both - first - y * (x * second[0](x * y, y) + second[1](x * y, y))) == 0


def test_the_size_of_a_formula_is_counted_without_writing_it_out():
    def deep(x):
        for _ in range(60):
            x = bl.let("x", x * (1 + x))
        return x

    assert written_out(symbolic.read(deep, {"x": ()})) > 2**60
    with pytest.raises(TraceError, match="too large to write out"):
        SymPyTruth(deep, ["x"], [0.1])
