"""Proofs for every size: index forms against engine, explicit Jacobians, and traps of their own."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.checks import SymPyTruth
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.index_equality import same
from backprop_lab.index_form import AtMost, cases_apart, collapse, readable

sigma = bl.unknown("sigma")

# --- the formulas against numbers ---------------------------------------------------------------------


FUNCTIONS = {sp.Pow: math.pow, sp.exp: math.exp, sp.log: math.log, sp.tanh: math.tanh}


def formula(expr, arrays):
    """Turn an index form into a function of {index or size: its number}, with loops for sums.

    Written anew for this test. It walks the form once, and not again for each entry and term.
    """
    if isinstance(expr, sp.Sum):
        index, *ends = expr.limits[-1]
        first, last = (formula(end, arrays) for end in ends)
        inner = sp.Sum(expr.function, *expr.limits[:-1]) if expr.limits[1:] else expr.function
        term = formula(inner, arrays)
        return lambda at: sum(
            term({**at, index: k}) for k in range(int(first(at)), int(last(at)) + 1)
        )
    parts = [formula(a, arrays) for a in getattr(expr, "indices", expr.args)]
    if isinstance(expr, sp.Indexed):
        array = arrays[str(expr.base)]
        return lambda at: float(array[tuple(int(part(at)) - 1 for part in parts)])
    if expr.is_Symbol:
        return lambda at: float(at[expr] if expr in at else arrays[str(expr)])
    if not parts:
        value = float(expr)
        return lambda at: value
    if expr.is_Add:
        return lambda at: sum(part(at) for part in parts)
    if expr.is_Mul:
        return lambda at: math.prod(part(at) for part in parts)
    if isinstance(expr, sp.KroneckerDelta):
        return lambda at: float(parts[0](at) == parts[1](at))
    if isinstance(expr, AtMost):
        return lambda at: float(parts[0](at) <= parts[1](at))
    f = FUNCTIONS.get(expr.func, lambda *xs: float(expr.func(*(sp.Float(x, 20) for x in xs))))
    return lambda at: f(*(part(at) for part in parts))


def run(X, W1, b1, W2, b2, T):
    Z = bl.let("Z", X @ W1 + b1)
    A = bl.let("A", np.tanh(Z))
    Y = bl.let("Y", A @ W2 + b2)
    return bl.let("L", np.sum((Y - T) ** 2) / 2)


def network_numbers(point):
    """Values and cotangents of the two layers by formulas written out here, none by the package."""
    X, W1, b1, W2, b2, T = point.values()
    Z = X @ W1 + b1
    A = np.tanh(Z)
    Y = A @ W2 + b2
    Y_bar = Y - T
    A_bar = np.einsum("nm,hm->nh", Y_bar, W2)
    return {
        "Z": Z,
        "A": A,
        "Y": Y,
        "Y_bar": Y_bar,
        "A_bar": A_bar,
        "Z_bar": A_bar / np.cosh(Z) ** 2,
    }


NETWORK = {
    "X": ("N", "p"), "W1": ("p", "h"), "b1": ("h",), "W2": ("h", "m"), "b2": ("m",), "T": ("N", "m"),
}  # fmt: skip
XW = {"X": ("N", "p"), "W": ("p", "m")}
CASES = {  # name: function, shapes
    "matmul": (lambda X, W: bl.let("Y", X @ W), XW),
    "affine": (lambda X, W, b: bl.let("Y", X @ W + b), {**XW, "b": ("m",)}),
    "vector left": (lambda v, W: bl.let("y", v @ W), {"v": ("p",), "W": ("p", "m")}),
    "vector right": (lambda X, v: bl.let("y", X @ v), {"X": ("N", "p"), "v": ("p",)}),
    "inner": (lambda v, u: bl.let("L", v @ u), {"v": ("n",), "u": ("n",)}),
    "outer": (lambda v, u: bl.let("Y", np.outer(v, u)), {"v": ("n",), "u": ("m",)}),
    "gram": (lambda X: bl.let("Y", X.T @ X), {"X": ("N", "p")}),
    "square of a sum": (lambda x: bl.let("L", np.sum(x) ** 2), {"x": ("n",)}),
    "product of sums": (lambda x, y: bl.let("L", np.sum(x) * np.sum(x * y)), {"x": ("n",), "y": ("n",)}),
    "cube of a sum": (lambda x: bl.let("L", np.sum(x) ** 3), {"x": ("n",)}),
    "nested sums": (lambda X: bl.let("L", np.sum(np.sum(X, axis=1) ** 2)), {"X": ("N", "p")}),
    "mean all": (lambda X: bl.let("L", np.mean(X**2)), {"X": ("N", "p")}),
    "mean axis": (lambda X: bl.let("m", np.mean(X, axis=0)), {"X": ("N", "p")}),
    "mean kept": (lambda X: bl.let("Y", X - np.mean(X, axis=1, keepdims=True)), {"X": ("N", "p")}),
    "transpose": (lambda X: bl.let("Y", X.T * 3), {"X": ("N", "p")}),
    "swapaxes": (lambda X, Q: bl.let("Y", np.swapaxes(X, 0, 1) * Q), {"X": ("N", "p"), "Q": ("p", "N")}),
    "three axes": (lambda X: bl.let("Y", np.transpose(X, (2, 0, 1)) ** 2), {"X": ("N", "p", "m")}),
    "softmax": (lambda x: bl.let("y", np.exp(x) / np.sum(np.exp(x))), {"x": ("n",)}),
    "row softmax": (
        lambda X: bl.let("Y", np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True)), {"X": ("N", "p")}
    ),
    "exp of a product": (lambda X, W: bl.let("Y", np.exp(X @ W)), XW),
    "logsumexp": (lambda x: bl.let("L", np.log(np.sum(np.exp(x)))), {"x": ("n",)}),
    "broadcast": (lambda X, c: bl.let("Y", X * c), {"X": ("N", "p"), "c": ("N", 1)}),
    "broadcast scalar": (lambda X, s: bl.let("Y", X * s + s), {"X": ("N", "p"), "s": ()}),
    "relu": (lambda X: bl.let("Y", bl.relu(X)), {"X": ("N", "p")}),
    "relu layer": (lambda X, W: bl.let("Y", np.maximum(X @ W, 0)), XW),
    "where": (lambda X, T: bl.let("Y", np.where(X > T, X**2, 3 * X)), {"X": ("N", "p"), "T": ("N", "p")}),
    "mask": (lambda X: bl.let("Y", X * (X > 0) + np.sum(X > 0) * X), {"X": ("N", "p")}),
    "size 1": (lambda X: bl.let("Y", X * 2), {"X": ("N", 1)}),
    "size 1 matmul": (lambda X, W: bl.let("Y", X @ W), {"X": ("N", 1), "W": (1, "m")}),
    "fixed size": (lambda X, W: bl.let("Y", X @ W), {"X": ("N", 3), "W": (3, "m")}),
    "square": (lambda X, W: bl.let("Y", X @ W), {"X": ("n", "n"), "W": ("n", "n")}),
    "unnamed": (lambda X, W: X @ W, XW),
    "used twice": (lambda X, W: bl.let("Y", X @ W + np.sum(X)), XW),
    "let of a let": (lambda X: bl.let("B", bl.let("A", X * X)), {"X": ("N",)}),
    "sizes a b": (lambda X: bl.let("m", np.mean(X, axis=0)), {"X": ("a", "b")}),
    "sizes i j": (lambda X: bl.let("m", np.mean(X, axis=0) ** 2), {"X": ("i", "j")}),
    "sizes k l": (lambda X, W: bl.let("Y", X @ W), {"X": ("k", "l"), "W": ("l", "h")}),
    "names a i k": (lambda a, i, k: bl.let("j", a @ i * k), {"a": ("N", "p"), "i": ("p", "m"), "k": ()}),
}  # fmt: skip


def instances(shapes):
    """Two choices of sizes, no two axes alike where names differ, with numbers of either sign."""
    letters = sorted({n for s in shapes.values() for n in s if isinstance(n, str)})
    for shift in (0, 1):
        sizes = {n: 2 + (k + shift) % 3 for k, n in enumerate(letters)}
        rng = np.random.default_rng(11 + shift)
        full = {n: tuple(sizes.get(k, k) for k in s) for n, s in shapes.items()}
        point = {n: rng.standard_normal(s) if s else rng.standard_normal() for n, s in full.items()}
        yield {sp.Symbol(n, integer=True, positive=True): v for n, v in sizes.items()}, point, rng


def compare(d, wrt, shape, arrays, sizes, truth, lines):
    for line in lines:
        expr = line.value if isinstance(line.value, sp.Expr) else line.value.entry(*d.indices)
        mine = formula(d.reading.expanded(expr), arrays)
        for index in np.ndindex(*shape):
            at = {k: v + 1 for k, v in zip(d.indices, index, strict=True) if k.is_Symbol}
            error = abs(mine(sizes | at) - truth[index])
            assert error <= 1e-11 * (1 + abs(truth[index])), (line, index)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", CASES)
def test_every_line_is_engine_and_explicit_jacobian_at_two_sizes(name):
    f, shapes = CASES[name]
    for i, wrt in enumerate(shapes):
        d = bl.derive(f, wrt=wrt, shapes={n: s for n, s in shapes.items() if s})
        assert d.status == "proved for all sizes"
        assert not d.truth.has(sp.KroneckerDelta)
        for sizes, point, rng in instances(shapes):
            value, pullback = bl.vjp(f, *point.values())
            y_bar = rng.standard_normal(np.shape(value)) if np.shape(value) else 1.0
            bars = pullback(y_bar)
            J = SymPyTruth(f, list(point), list(point.values())).at(list(point.values()))[i + 1]
            explicit = np.reshape(np.ravel(y_bar) @ J, np.shape(point[wrt]))
            np.testing.assert_allclose(bars[i], explicit, rtol=1e-11, atol=1e-13)
            arrays = {**point, f"{d.output.name}_bar": y_bar}
            if name == "let of a let":  # B = A, so the two have one cotangent
                arrays["A_bar"] = y_bar
            compare(d, wrt, np.shape(point[wrt]), arrays, sizes, np.asarray(explicit), d.lines)


@pytest.mark.parametrize("wrt", [*NETWORK, "Z", "A", "Y"])
def test_two_layers_by_each_named_quantity(wrt):
    d = bl.derive(run, wrt=wrt, shapes=NETWORK)
    for sizes, point, _ in instances(NETWORK):
        known = {**point, **network_numbers(point)}
        if wrt in point:
            truth = bl.grad(run, argnums=list(point).index(wrt))(*point.values())
        else:
            truth = known.pop(f"{wrt}_bar")
        compare(d, wrt, np.shape(known[wrt]), known, sizes, truth, d.lines)


def test_a_quantity_that_two_others_use_adds_both():
    def f(X, W):
        A = bl.let("A", X @ W)
        B = bl.let("B", A * A)
        return bl.let("L", np.sum(A * B))

    d = bl.derive(f, wrt="A", shapes=XW)
    assert " + " in d.lines[0].text and "∂B[i, j]" in d.lines[0].text and "∂L" in d.lines[0].text
    for sizes, point, _ in instances(XW):
        A = point["X"] @ point["W"]
        arrays = {**point, "A": A, "B": A * A, "B_bar": A}
        compare(d, "A", A.shape, arrays, sizes, 3 * A**2, d.lines)


def test_what_does_not_lead_to_the_output_is_left_out():
    def f(X, W):
        Y = bl.let("Y", X @ W)
        bl.let("aside", np.sum(X))
        return Y

    d = bl.derive(f, wrt="X", shapes=XW)
    assert "aside" not in repr(d) and d.output.name == "Y"
    assert d.then(lambda W, Y_bar: Y_bar @ W.T).proved


def test_the_output_has_a_given_cotangent_and_none_to_derive():
    with pytest.raises(TraceError, match="Y is the output itself; its cotangent is given"):
        bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="Y", shapes=XW)


def test_no_dependence_is_zero_and_says_so():
    d = bl.derive(lambda X, W: bl.let("Y", X * 2), wrt="W", shapes=XW)
    assert [(line.text, line.because) for line in d.lines] == [("0", "Y does not depend on W")]
    with pytest.raises(ProofError, match=r"line 2 is not equal to W_bar\[a, b\]"):
        d.then(lambda W: W)


# --- lines in whole arrays ----------------------------------------------------------------------------

RIGHT = [
    ("matmul", "X", lambda W, Y_bar: Y_bar @ W.T, r"\bar{Y}\, W^{\top}"),
    ("matmul", "W", lambda X, Y_bar: X.T @ Y_bar, r"X^{\top}\, \bar{Y}"),
    ("matmul", "W", lambda X, Y_bar: (Y_bar.T @ X).T, r"\left(\bar{Y}^{\top}\, X\right)^{\top}"),
    ("affine", "b", lambda Y_bar: np.sum(Y_bar, axis=0), r"\bar{Y}^{\top}\, \mathbf{1}"),
    ("softmax", "x", lambda y, y_bar: y * (y_bar - np.sum(y * y_bar)), None),
    ("row softmax", "X",
     lambda Y, Y_bar: Y * (Y_bar - np.sum(Y * Y_bar, axis=1, keepdims=True)), None),
    ("gram", "X", lambda X, Y_bar: X @ (Y_bar + Y_bar.T), None),
    ("relu", "X", lambda X, Y_bar: Y_bar * (X > 0), r"\bar{Y} \odot \left[X > 0\right]"),
    ("outer", "v", lambda u, Y_bar: Y_bar @ u, r"\bar{Y}\, u"),
    ("vector right", "X", lambda v, y_bar: np.outer(y_bar, v), r"\bar{y}\, v^{\top}"),
    ("nested sums", "X", lambda X: 2 * np.sum(X, axis=1, keepdims=True) * np.ones_like(X), None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrt", "line", "tex"), RIGHT, ids=lambda v: str(v)[:20])
def test_a_right_line_in_whole_arrays_is_proved(name, wrt, line, tex):
    f, shapes = CASES[name]
    d = bl.derive(f, wrt=wrt, shapes={n: s for n, s in shapes.items() if s}).then(line)
    assert d.lines[-1].status == "proved" and len(d.lines) == 4
    if tex is not None:
        assert d.tex().endswith(rf",\quad  \bar{{{wrt}}} = {tex}")


def test_lines_in_arrays_and_entry_by_entry_each_have_their_left_hand_side():
    d = bl.derive(CASES["matmul"][0], wrt="X", shapes=XW)
    d = d.then(lambda W, Y_bar: Y_bar @ W.T).then(lambda W, Y_bar: (W @ Y_bar.T).T)
    d = d.then(lambda W, Y_bar, X: Y_bar @ np.transpose(W, (1, 0)))  # no spelling: entries again
    lefts = [left and left[0] for left in d.lefts()]
    assert lefts[1:3] == [None, None] and lefts[3] == r"\cotangent{\bar{X}}" and lefts[4] is None
    assert lefts[5] == r"\cotangent{\bar{X}_{ab}}"
    assert d.lines[-1].text == "Sum(W[b, k]*Y_bar[a, k], (k, 1, m))"


FIVE = [  # with Ȳ = I and square sizes each of these gives the same numbers as W̄ = XᵀȲ
    lambda X, Y_bar: X.T,
    lambda X, Y_bar: Y_bar @ X.T,
    lambda X, Y_bar: (Y_bar @ X).T,
    lambda X, Y_bar: X.T @ Y_bar.T,
    lambda X, Y_bar: X.T @ Y_bar @ Y_bar,
]


@pytest.mark.parametrize("line", FIVE)
def test_five_wrong_formulas_agree_at_the_identity_and_none_is_proved(line):
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(line(X, np.eye(2)), X.T @ np.eye(2))
    square = {"X": ("n", "n"), "W": ("n", "n")}
    d = bl.derive(CASES["matmul"][0], wrt="W", shapes=square)
    assert d.then(lambda X, Y_bar: X.T @ Y_bar).proved
    with pytest.raises(ProofError, match=r"line 4 is not equal to W_bar\[a, b\]"):
        d.then(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (lambda W, Y_bar: Y_bar @ W, r"line 4 cannot be right: shapes \(N, m\) and \(p, m\) do not fit for @"),
        (lambda W, Y_bar: W.T, r"line 4 has shape \(m, p\); X_bar has the shape of X, \(N, p\)"),
        (lambda X, Y_bar: X * Y_bar, r"line 4 cannot be right: shapes .* do not broadcast"),
        (lambda X, Y_bar: np.sum(X, axis=2), r"line 4 cannot be right: axis 2 is out of bounds"),
        (lambda Q: Q, r"names 'Q', which this derivation does not have. It has X, W, Y, Y_bar"),
        (sp.Symbol("X"), "A line for all sizes is a function in plain NumPy"),
        (lambda X, W, Y_bar: X * 0 + np.ones((2, 2)), "array of numbers has a fixed size"),
    ],
)  # fmt: skip
def test_a_line_of_the_wrong_shape_is_refused_by_its_shape(line, message):
    with pytest.raises(ProofError, match=message):
        bl.derive(CASES["matmul"][0], wrt="X", shapes=XW).then(line)


@pytest.mark.parametrize(
    ("name", "wrt", "line"),
    [
        ("matmul", "X", lambda W, Y_bar, X: Y_bar @ W.T + X - X * 0.999999999999),
        ("matmul", "W", lambda X, Y_bar: -(X.T @ Y_bar)),
        ("affine", "b", lambda Y_bar: np.mean(Y_bar, axis=0)),
        ("softmax", "x", lambda y, y_bar: y * (1 - y) * y_bar),
        ("softmax", "x", lambda y, y_bar: y * (y_bar - np.sum(y_bar))),
        ("gram", "X", lambda X, Y_bar: 2 * X @ Y_bar),
        ("relu", "X", lambda X, Y_bar: Y_bar * (X < 0)),
        ("mean all", "X", lambda X: 2 * X),
        ("square of a sum", "x", lambda x: 2 * x),
        ("used twice", "X", lambda W, Y_bar: Y_bar @ W.T),
    ],
    ids=lambda v: str(v)[:15],
)
def test_a_line_of_the_right_shape_that_is_wrong_is_refused(name, wrt, line):
    f, shapes = CASES[name]
    with pytest.raises(
        ProofError, match=rf"line 4 (is not|cannot be shown to be) equal to {wrt}_bar"
    ):
        bl.derive(f, wrt=wrt, shapes={n: s for n, s in shapes.items() if s}).then(line)


def test_the_refusal_shows_both_entries_and_a_counterexample_at_size_two():
    square = {"X": ("n", "n"), "W": ("n", "n")}
    with pytest.raises(ProofError) as caught:
        bl.derive(lambda X, W: X @ W, wrt="X", shapes=square).then(lambda W, Y_bar: Y_bar @ W)
    message = str(caught.value)
    assert "  the line says   Sum(W[k, b]*Y_bar[a, k], (k, 1, n))\n" in message
    assert "  the truth is    Sum(W[b, k]*Y_bar[a, k], (k, 1, n))\n" in message
    assert "  they differ at  entry (1, 1), every size 2: W_11 = 1, " in message


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "shapes", "message"),
    [
        (lambda X, N: X * N, {"X": ("N",)}, "N is the name of a quantity and of a size"),
        (lambda X: bl.let("N", X), {"X": ("N",)}, "N is the name of a quantity and of a size"),
        (lambda X, Y_bar: bl.let("Y", X * Y_bar), {"X": ("N",), "Y_bar": ("N",)},
         "Y_bar is the name of a quantity and of the cotangent of Y"),
        (lambda X: X, {"X": ("N", 0)}, "a size of 0; a size is 1 or more"),
        (lambda X: X, {"X": ("N p",)}, "a size is a name such as 'N'"),
        (lambda X: 3.0, {"X": ("N",)}, "the function returned a float"),
        (lambda X: X[0], {"X": ("N",)}, "Indexing has no index form for all sizes"),
        (lambda X: np.sort(X), {"X": ("N",)}, "np.sort has no index form for all sizes"),
        (lambda X: X if X > 0 else -X, {"X": ("N",)}, r"np.where\(condition, a, b\)"),
        (lambda X: np.array([X, X]), {"X": ("N",)}, r"np.array\(…\) of a symbol"),
        (lambda X: float(X), {"X": ("N",)}, r"float\(\), int\(\)"),
        (lambda X: np.add(X, 1, out=X), {"X": ("N",)}, "write into an existing array"),
        (lambda X: X @ X, {"X": ("N", "p")}, "do not fit for @: p is not N"),
        (lambda X: X + X.T, {"X": ("N", "p")}, "do not broadcast: they agree at some sizes"),
        (lambda X: np.sum(X, dtype=float), {"X": ("N",)}, "np.sum has no index form here"),
    ],
)  # fmt: skip
def test_what_has_no_proof_for_all_sizes_is_refused(f, shapes, message):
    with pytest.raises(TraceError, match=message):
        bl.derive(f, wrt="X", shapes=shapes)


def test_letters_of_indices_are_no_sizes():
    for sizes in itertools.permutations(("a", "b", "i", "j"), 2):
        d = bl.derive(lambda X: bl.let("Y", X * 2), wrt="X", shapes={"X": sizes})
        assert not {str(k) for k in d.indices} & set(sizes)


def test_a_layers_number_stays_below_its_letter():
    d = bl.derive(run, wrt="W1", shapes=NETWORK)
    assert d.left_tex == r"\cotangent{\bar{W}_{1,ab}}"
    assert r"\frac{\partial Z_{ij}}{\partial W_{1,ab}}" in d.tex()


def test_products_are_printed_cotangent_first_in_the_order_of_the_matrices():
    left = bl.derive(CASES["matmul"][0], wrt="X", shapes=XW)
    right = bl.derive(CASES["matmul"][0], wrt="W", shapes=XW)
    assert left.lines[-1].tex == r"\sum_{j=1}^{m} \bar{Y}_{aj} W_{bj}"
    assert right.lines[-1].tex == r"\sum_{i=1}^{N} X_{ia} \bar{Y}_{ib}"
    assert left.lines[0].tex.startswith(r"\sum_{i=1}^{N} \sum_{j=1}^{m} \cotangent{\bar{Y}_{ij}}\,")


def test_a_number_stands_before_its_sum():
    d = bl.derive(run, wrt="T", shapes=NETWORK)
    assert d.lines[1].tex.startswith(
        r"- \sum_{k=1}^{N} \sum_{l=1}^{m} \left(Y_{kl} - T_{kl}\right)"
    )


def test_the_exponential_of_a_sum_stays_one():
    d = bl.definitions(lambda X, W: bl.let("Y", np.sum(np.exp(X @ W), axis=1)), XW)
    assert repr(d).startswith("Y[i] := Sum(exp(Sum(") and "Product" not in repr(d)


def test_definitions_for_all_sizes_say_their_shapes():
    d = bl.definitions(
        lambda X, W, b: bl.let("L", np.sum(bl.let("Y", X @ W + b))), CASES["affine"][1]
    )
    assert repr(d).splitlines() == [
        "Y[i, j] := b[j] + Sum(W[k, j]*X[i, k], (k, 1, p))    [shape (N, m)]",
        "L := Sum(Y[k, l], (k, 1, N), (l, 1, m))    [a number]",
    ]


# --- sizes in code ------------------------------------------------------------------------------------

MATRIX = {"X": ("N", "p")}


def refusal_caught(size):
    try:
        return size == 1
    except TypeError:
        return True


DEPENDS = {  # questions that have one answer at some sizes and another at others
    "!=": lambda X: X.shape[0] != 1,
    "==": lambda X: X.shape[0] == 2,
    "two letters": lambda X: X.shape[0] == X.shape[1],
    "a shape": lambda X: X.shape == (2, 2),
    "np.shape": lambda X: np.shape(X)[1] == 2,
    "the size": lambda X: X.size != 1,
    "np.size": lambda X: np.size(X, 0) == 2,
    "in a tuple": lambda X: X.shape[0] in (1, 2),
    "in a set": lambda X: X.shape[0] in {1, 2},
    "a remainder": lambda X: X.shape[0] % 2 == 0,
    "an order": lambda X: X.shape[0] > 1,
    "turned round": lambda X: 2 >= X.shape[0],
    "the larger": lambda X: max(X.shape) == X.shape[0],
    "a truth value": lambda X: X.shape[0] - 1,
    "np.equal": lambda X: np.equal(X.shape[0], 1),
    "a NumPy number": lambda X: np.int64(1) == X.shape[0],
    "asked once, and the refusal caught": lambda X: refusal_caught(X.shape[0]),
    "near": lambda X: np.isclose(X.shape[0], 1),
    "np.array_equal": lambda X: np.array_equal(X.shape, (2, 2)),
}
CERTAIN = {  # questions that have one answer at every size
    "itself": lambda X: X.shape[0] == X.shape[0],
    "its own shape": lambda X: X.shape == X.T.T.shape,
    "at least one": lambda X: X.shape[0] >= 1,
    "one more": lambda X: X.shape[0] + 1 != X.shape[0],
    "no word": lambda X: X.shape[0] != "N",
    "something": lambda X: X.shape[0] is not None and X.shape[0] != None,  # noqa: E711
    "axes": lambda X: X.ndim == 2,
    "not empty": lambda X: X.size,
}


@pytest.mark.parametrize("asked", DEPENDS.values(), ids=DEPENDS)
def test_no_branch_can_be_taken_on_a_size_that_is_a_letter(asked):
    """A proof at one side of an `if` is none for all sizes: the other size would be wrong."""
    cubed = lambda X: bl.let("Y", X**3 if asked(X) else X**2)  # noqa: E731
    with pytest.raises(TraceError, match=r"Derive at a fixed size: shapes=\{'X': \(2, 3\)\}"):
        bl.derive(cubed, "X", MATRIX)
    d = bl.derive(lambda X: bl.let("Y", X**2), "X", MATRIX)
    with pytest.raises(ProofError, match=r"line 4 cannot be right: .*Derive at a fixed size"):
        d.then(lambda X, Y_bar: 0 * Y_bar if asked(X) else 2 * X * Y_bar)


@pytest.mark.parametrize("asked", CERTAIN.values(), ids=CERTAIN)
def test_a_branch_that_every_size_takes_is_taken(asked):
    d = bl.derive(lambda X: bl.let("Y", X**3 if asked(X) else X**2), "X", MATRIX)
    assert d.then(lambda X, Y_bar: 3 * X**2 * Y_bar).status == "proved for all sizes"


def test_a_size_that_is_a_number_can_be_asked():
    shapes = {"X": ("N", 3)}
    d = bl.derive(lambda X: bl.let("Y", X**2 if X.shape[1] == 3 else X), "X", shapes)
    line = lambda X, Y_bar: 2 * X * Y_bar * np.sqrt(X.shape[1]) / X.shape[1] ** 0.5  # noqa: E731
    assert d.then(line).proved
    with pytest.raises(TraceError, match="whether N == 3 depends on the sizes"):
        bl.derive(lambda X: bl.let("Y", X**2 if X.shape[0] == 3 else X), "X", shapes)


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (lambda X: np.sqrt(X.shape[1]), "2*sqrt(p)*X[a, b]*Y_bar[a, b]"),
        (lambda X: X.shape[1] ** 0.5, "2*sqrt(p)*X[a, b]*Y_bar[a, b]"),
        (lambda X: np.log(X.size), "2*log(N*p)*X[a, b]*Y_bar[a, b]"),
        (lambda X: 1 / np.prod(X.shape), "2*X[a, b]*Y_bar[a, b]/(N*p)"),
        (lambda X: np.float64(3) * X.shape[0], "6*N*X[a, b]*Y_bar[a, b]"),
        (lambda X: (sum(X.shape) - X.shape[1]) ** (1 / 3), "2*N**(1/3)*X[a, b]*Y_bar[a, b]"),
        (lambda X: X.reshape(X.shape[0], 1, -1)[:, 0], "3*X[a, b]**2*Y_bar[a, b]"),
        (lambda X: np.broadcast_to(X[None], (1, *X.shape))[0], "3*X[a, b]**2*Y_bar[a, b]"),
    ],
)
def test_a_size_computes(factor, text):
    d = bl.derive(lambda X: bl.let("Y", X**2 * factor(X)), "X", MATRIX)
    assert d.lines[-1].text == text
    d = bl.derive(lambda X: bl.let("Y", X**2), "X", MATRIX)
    assert d.then(lambda X, Y_bar: 2 * X * Y_bar * factor(X) / factor(X)).proved


@pytest.mark.parametrize(
    "asks",
    [
        lambda X: math.sqrt(X.shape[1]),
        lambda X: float(X.shape[0]),
        lambda X: int(X.shape[0]),
        lambda X: np.ones(X.shape[1]),
        lambda X: np.zeros(X.shape),
        lambda X: np.full(X.shape[0], 2.0),
        lambda X: np.eye(X.shape[1]),
        lambda X: np.arange(X.shape[1]),
        lambda X: sum(k for k in range(X.shape[1])),
    ],
)
def test_what_needs_a_number_says_so_where_the_size_is_a_letter(asks):
    with pytest.raises(
        TraceError, match=r"a number is asked of the size [Np], .*np\.ones_like\(X\)"
    ):
        bl.derive(lambda X: bl.let("Y", X * asks(X)), "X", MATRIX)
    d = bl.derive(lambda X: bl.let("Y", X**2), "X", MATRIX)
    with pytest.raises(ProofError, match="line 4 cannot be right: a number is asked of the size"):
        d.then(lambda X, Y_bar: 2 * X * Y_bar * asks(X))


def test_a_line_may_name_every_later_cotangent():
    def normalized(x):
        h = bl.let("h", x - np.mean(x))
        return bl.let("y", h / np.sqrt(np.mean(h**2) + 1e-5))

    d = bl.derive(normalized, "x", {"x": ("n",)})

    def line(h, y, y_bar):
        centred = y_bar - np.mean(y_bar) - y * np.mean(y_bar * y)
        return centred / np.sqrt(np.mean(h**2) + 1e-5)

    assert d.then(line).proved
    with pytest.raises(ProofError, match="line 4 is not equal to"):
        d.then(lambda h, y, y_bar: line(h, y, y_bar) + y_bar)
    with pytest.raises(ProofError, match="names 'x_bar', which this derivation does not have"):
        d.then(lambda x_bar: x_bar)


# --- what is assumed ----------------------------------------------------------------------------------


def cross_entropy(Z, Y):
    return bl.let("L", -np.sum(Y * np.log(bl.let("S", bl.softmax(Z, axis=1)))))


ZY = {"Z": ("N", "m"), "Y": ("N", "m")}


def rows(number):
    return lambda Y: np.sum(Y, axis=1) == number


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([rows(1), rows(2)], "sum_k Y[i, k] = 1 and sum_k Y[i, k] = 2 contradict each other"),
        ([rows(1), lambda Y: 2 * np.sum(Y, axis=1) == 3], "contradict each other"),
        ([lambda Y: np.sum(Y) == 3, rows(1)], "contradict each other"),
        ([rows(1), lambda Y: np.sum(Y, axis=0) == 1], "contradict each other"),
        ([lambda S: np.sum(S, axis=1) == 2], "sum_k S[i, k] = 2 contradicts the function, which makes it 1."),
    ],
)  # fmt: skip
def test_what_cannot_hold_together_is_not_assumed(given, message):
    with pytest.raises(TraceError) as caught:
        bl.derive(cross_entropy, "Z", ZY, given=given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        [rows(1), rows(1)],
        [lambda Y: np.sum(Y) == Y.shape[0], rows(1)],
        [lambda S: np.sum(S, axis=1) == 1],
    ],
)
def test_what_agrees_is_assumed(given):
    assert "given" in bl.derive(cross_entropy, "Z", ZY, given=given).status


def test_a_sum_that_a_line_takes_for_one_is_named_with_its_cure():
    with pytest.raises(ProofError) as caught:
        bl.derive(cross_entropy, "Z", ZY).then(lambda S, Y: S - Y)
    message = str(caught.value)
    assert (
        "looks like      a sum taken for 1. The line is right where sum_k Y[i, k] = 1." in message
    )
    assert "given=lambda Y: np.sum(Y, axis=1) == 1." in message
    assert bl.derive(cross_entropy, "Z", ZY, given=rows(1)).then(lambda S, Y: S - Y).proved


# --- the normal form ----------------------------------------------------------------------------------

i, j, k, l, n, m, a, b, c = sp.symbols("i j k l n m a b c", integer=True, positive=True)  # noqa: E741
x, y = (sp.IndexedBase(s, real=True) for s in "xy")
X, W = (sp.IndexedBase(s, real=True) for s in "XW")
delta = sp.KroneckerDelta
S = sp.Sum


@pytest.mark.parametrize(
    ("expr", "normal"),
    [
        (S(delta(i, a) * x[i], (i, 1, n)), x[a]),
        (S(delta(a, i) * x[i] ** 2, (i, 1, n)), x[a] ** 2),
        (S(delta(i, a) * delta(j, b) * X[i, j], (i, 1, n), (j, 1, m)), X[a, b]),
        (S(delta(i, j) * x[i] * y[j], (i, 1, n), (j, 1, n)), S(x[k] * y[k], (k, 1, n))),
        (S(1, (i, 1, n)), n),
        (S(x[a], (i, 1, n), (j, 1, m)), n * m * x[a]),
        (S(delta(i, a), (i, 1, n)), sp.Integer(1)),
        (S(x[i], (i, 1, 1)), x[1]),
        (delta(a, b) * x[b], delta(a, b) * x[a]),
        (delta(a, b) * delta(b, c) * x[c], delta(a, b) * delta(a, c) * x[a]),
        (delta(a, b) ** 2 * x[a], delta(a, b) * x[b]),
        (S(x[i], (i, 1, n)) ** 2, S(x[i] * x[j], (i, 1, n), (j, 1, n))),
        (S(x[k], (k, 1, n)) * S(y[k], (k, 1, n)), S(x[i] * y[j], (i, 1, n), (j, 1, n))),
        (S(x[i] + y[i], (i, 1, n)), S(x[i], (i, 1, n)) + S(y[j], (j, 1, n))),
        (S(S(X[i, j], (j, 1, m)), (i, 1, n)), S(X[k, l], (l, 1, m), (k, 1, n))),
        (S(2 * x[i] * y[a], (i, 1, n)), 2 * y[a] * S(x[k], (k, 1, n))),
        (S(x[i] * S(y[i], (i, 1, n)), (i, 1, n)), S(x[k], (k, 1, n)) * S(y[k], (k, 1, n))),
        (1 / S(x[i], (i, 1, n)), 1 / S(x[j], (j, 1, n))),
        (sp.exp(S(delta(i, a) * x[i], (i, 1, n))), sp.exp(x[a])),
    ],
    ids=str,
)
def test_equal_sums_have_one_normal_form(expr, normal):
    assert sp.expand_mul(collapse(expr) - collapse(normal)) == 0
    assert collapse(collapse(expr)) == collapse(expr)
    assert same(expr, normal)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (S(x[i], (i, 1, n)), S(x[i], (i, 1, m))),
        (S(x[i] * y[i], (i, 1, n)), S(x[i], (i, 1, n)) * S(y[i], (i, 1, n))),
        (S(X[i, j], (i, 1, n), (j, 1, n)), S(X[i, i], (i, 1, n))),
        (S(x[i] ** 2, (i, 1, n)), S(x[i], (i, 1, n)) ** 2),
        (S(X[a, k] * W[k, b], (k, 1, n)), S(X[a, k] * W[b, k], (k, 1, n))),
        (S(delta(i, j) * x[i] * y[j], (i, 1, n), (j, 1, m)), S(x[i] * y[i], (i, 1, n))),
        ((1 + delta(a, b)) ** 2 * x[a], 4 * x[a]),
        (sp.exp(delta(a, b)), delta(a, b) * sp.E),
        (delta(a, b), sp.Integer(1)),
        (S(1, (i, 1, n)), m),
        (x[a], x[b]),
        (1 / S(x[i], (i, 1, n)), S(1 / x[i], (i, 1, n))),
    ],
    ids=str,
)
def test_unequal_sums_are_not_the_same(one, other):
    assert not same(one, other) and not same(other, one)


def test_a_bound_index_met_again_as_a_free_one_is_the_trap_that_fresh_indices_avoid():
    d = bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="W", shapes=XW)
    free = sp.Symbol("k", integer=True, positive=True)
    label = {s: sp.IndexedBase(sp.Symbol(s, real=True), real=True) for s in ("X", "Y_bar")}
    row, column = sp.symbols("r q", integer=True, positive=True)
    wanted = S(
        label["X"][row, free] * label["Y_bar"][row, column],
        (row, 1, sp.Symbol("N", integer=True, positive=True)),
    )
    renamed = d.truth.xreplace({d.indices[0]: free, d.indices[1]: column})
    assert same(renamed, wanted), "W̄ₖ_q is asked for with the letter that the product sums over"
    naive = sp.diff(S(X[i, k] * W[k, j], (k, 1, n)), W[k, b]).doit()
    assert naive.has(delta(j, b)) and naive != X[i, k] * delta(j, b), "what SymPy does by itself"


def test_identities_of_functions_hold_with_letters_for_entries():
    value = 1 / (1 + sp.exp(-x[a]))
    assert same(value * (1 - value), sp.exp(-x[a]) / (1 + sp.exp(-x[a])) ** 2)
    assert not same(value * (1 - value), value**2)


def test_cases_come_apart_into_products():
    p, q = sp.symbols("p q", real=True)
    expr = sp.Piecewise((p * q, p > 0), (q, True))
    for sign in (1, -1):
        assert cases_apart(expr).subs(p, sign * 2) == expr.subs(p, sign * 2)


def test_bound_indices_get_letters_that_nothing_else_has():
    expr = S(X[sp.Symbol("k", integer=True, positive=True), sp.Dummy("q")], (i, 1, n))
    assert "Sum(" in str(readable(expr))
    d1, d2 = sp.Dummy("k", integer=True, positive=True), sp.Dummy("k", integer=True, positive=True)
    shown = readable(S(X[d1, d2] * x[k], (d1, 1, n), (d2, 1, n)))
    assert {str(s) for s, *_ in shown.limits} == {"l", "r"}


def test_sizes_may_have_the_names_that_indices_get():
    """Bound indices have names that no identifier can be, so a size is never taken for one."""
    shapes = {"X": ("k0_0", "k0_1"), "W": ("k0_1", "k1_0")}
    text = str(bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="W", shapes=shapes))
    assert "Sum(X[i, a]*Y_bar[i, b], (i, 1, k0_0))" in text
