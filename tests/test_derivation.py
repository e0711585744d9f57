"""Derivations of numbers and of vectors of a fixed size: each line against SymPy done by hand here."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.proofs import shortest
from backprop_lab.scalars import MAX_PATHS, count_paths, paths_between

w, b, x, y, z, y_hat, t = sp.symbols("w b x y z y_hat t", real=True)
x1, x2 = sp.symbols("x1 x2", real=True)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def neuron(w, b, x, y, activation=logistic):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", activation(z), latex=r"\hat y")
    return bl.let("L", (y - y_hat) ** 2 / 2)


SYMPY = {  # the same activations, written for SymPy by hand
    "logistic": (logistic, lambda z: 1 / (1 + sp.exp(-z))),
    "tanh": (np.tanh, sp.tanh),
    "relu": (bl.relu, lambda z: sp.Piecewise((z, z > 0), (0, True))),
    "maximum": (lambda z: np.maximum(z, 0), lambda z: sp.Max(z, 0)),
    "softplus": (lambda z: np.log1p(np.exp(z)), lambda z: sp.log(1 + sp.exp(z))),
    "square": (np.square, lambda z: z**2),
    "sine": (np.sin, sp.sin),
}
POINTS = [
    {w: sp.Rational(p), b: sp.Rational(q), x: sp.Rational(r), y: sp.Rational(s)}
    for p, q, r, s in (("1/2", "-1/3", 2, 1), ("-7/5", "1/4", "3/2", "-2/3"), (2, "1/7", "-1/2", 3))
]


def lines_as_numbers(d, forward, point):
    """Every line at a point, named values put in as `forward` computes them (not the package)."""
    values = dict(point)
    for symbol, formula in forward:
        values[symbol] = formula.subs(values)
    return [sp.N(line.value.subs(values), 30) for line in d.lines]


@pytest.mark.parametrize("wrt", ["w", "b", "x", "y", "z", "y_hat"])
@pytest.mark.parametrize("name", SYMPY)
def test_every_line_of_the_neuron_is_sympys_derivative(name, wrt):
    activation, by_hand = SYMPY[name]
    d = bl.derive(functools.partial(neuron, activation=activation), wrt=wrt)
    assert d.proved and d.status == "proved for all values"
    forward = [
        (z, w * x + b),
        (y_hat, by_hand(z)),
        (sp.Symbol("L", real=True), (y - y_hat) ** 2 / 2),
    ]
    loss = {
        "z": (y - by_hand(z)) ** 2 / 2,
        "y_hat": (y - y_hat) ** 2 / 2,
    }.get(wrt, (y - by_hand(w * x + b)) ** 2 / 2)
    slope = sp.diff(loss, sp.Symbol(wrt, real=True))
    for point in POINTS:
        values = {**point, z: forward[0][1].subs(point)}
        values[y_hat] = by_hand(z).subs(values)
        truth = sp.N(slope.subs(values), 30)
        for number in lines_as_numbers(d, forward, point):
            assert abs(number - truth) <= 1e-25 * abs(truth)


def test_chapter_one_prints_three_factors_and_the_short_form():
    assert repr(bl.derive(neuron, wrt="w")) == (
        "∂L/∂w = ∂L/∂y_hat · dy_hat/dz · ∂z/∂w    [chain rule, one path]\n"
        "      = (y_hat - y) · (y_hat*(1 - y_hat)) · (x)    [local derivatives put in]\n"
        "      = x*y_hat*(1 - y_hat)*(y_hat - y)    [collected]\n"
        "        proved for all values"
    )
    tex = bl.derive(neuron, wrt="w").tex()
    assert tex.startswith(
        r"\frac{\partial L}{\partial w} = "
        r"\frac{\partial L}{\partial \hat y}\,\frac{d\hat y}{dz}\,\frac{\partial z}{\partial w}"
    )


def test_the_generic_activation_leaves_sigma_prime():
    d = bl.derive(functools.partial(neuron, activation=bl.unknown("sigma")), wrt="w")
    assert d.lines[-1].text == "x*(y_hat - y)*sigma'(z)"
    again = d.then(
        lambda x, y, y_hat, z: (y_hat - y) * bl.unknown("sigma").prime(z) * x, "in order"
    )
    assert again.lines[-1].tex.endswith(r"\sigma'(z)\, x")
    with pytest.raises(ProofError, match="a missing local derivative"):
        d.then(lambda x, y, y_hat: (y_hat - y) * x)


# --- exact numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrt", "factors", "value"),
    [
        ("w", ["-1/2", "1/4", "2"], "-1/4"),
        ("b", ["-1/2", "1/4", "1"], "-1/8"),
        ("x", ["-1/2", "1/4", "1/2"], "-1/16"),
        ("z", ["-1/2", "1/4"], "-1/8"),
        ("y_hat", ["-1/2"], "-1/2"),
        ("y", ["1/2"], "1/2"),
        ("L", ["1"], "1"),
    ],
)
def test_exact_fractions_of_chapter_one(wrt, factors, value):
    example = bl.derive(neuron, wrt=wrt).at(w=0.5, b=-1, x=2, y=1)
    assert [str(f) for f in example.factors[0]] == factors
    assert str(example.value) == value
    assert repr(example).splitlines()[0] == "z = 0, y_hat = 1/2, L = 1/8"
    assert repr(example).endswith(f"= {value}")


def test_a_fraction_is_taken_exactly():
    d = bl.derive(lambda t: bl.let("f", t**2), wrt="t")
    assert d.at(t=Fraction(1, 3)).value == sp.Rational(2, 3)


def test_an_example_without_a_path_is_zero():
    example = bl.derive(lambda w, x: bl.let("L", x**2), wrt="w").at(w=1, x=2)
    assert repr(example) == "L = 4\n∂L/∂w = 0"
    assert "=  =" not in example._repr_latex_()


def test_at_wants_every_input_once():
    with pytest.raises(ProofError, match=r"a number for each of w, b, x, y; got w, q"):
        bl.derive(neuron, wrt="w").at(w=1, q=2)


def test_at_refuses_what_has_no_number_there():
    d = bl.derive(lambda t: bl.let("f", np.log(t)), wrt="t")
    with pytest.raises(ProofError, match=r"for t = 0 a value or a slope is undefined"):
        d.at(t=0)
    d = bl.derive(functools.partial(neuron, activation=bl.unknown("sigma")), wrt="w")
    with pytest.raises(ProofError, match="needs a formula for sigma"):
        d.at(w=1, b=1, x=1, y=1)


# --- many paths -------------------------------------------------------------------------------------


def two_paths(t):
    x = bl.let("x", t**2)
    y = bl.let("y", 3 * t)
    return bl.let("f", x**2 * y)


def with_t(t):
    x = bl.let("x", t**2)
    y = bl.let("y", 3 * t)
    return bl.let("f", x * y + t)


def test_two_paths_add_to_15_t4():
    d = bl.derive(two_paths, wrt="t")
    assert d.lines[0].text == "∂f/∂x · dx/dt + ∂f/∂y · dy/dt"
    assert d.lines[-1].value == 15 * t**4 == sp.diff((t**2) ** 2 * 3 * t, t)
    assert d.at(t=1).value == 15
    assert r"\frac{df}{dt} = " in d.tex()


def test_partial_and_total_derivative_are_different_lines():
    d = bl.derive(with_t, wrt="t")
    assert d.lines[0].text == "∂f/∂x · dx/dt + ∂f/∂y · dy/dt + ∂f/∂t"
    assert d.at(t=1).value == 10 and d.lines[-1].value == 9 * t**2 + 1
    with pytest.raises(ProofError, match="looks like      ∂ written for d"):
        d.then(lambda t: 1 + 0 * t)


def test_where_both_sides_would_read_alike_the_direct_slope_says_what_is_held():
    def f(t, u):
        x = bl.let("x", t**2 * u)
        return bl.let("f", x * t)

    d = bl.derive(f, wrt="t")
    assert d.lines[0].text == "∂f/∂x · ∂x/∂t + (∂f/∂t with x held)"
    assert r"\left.\frac{\partial f}{\partial t}\right|_{x}" in d.lines[0].tex


def test_a_direct_slope_with_a_minus_gets_parentheses_in_the_sum():
    d = bl.derive(lambda t, u: bl.let("f", bl.let("x", t * u) * 2 - t), wrt="t")
    assert d.lines[1].tex.endswith(r" + \left(\local{-1}\right)")


def six_paths(x1, x2):
    y1 = bl.let("y1", bl.unknown("g1")(x1, x2))
    y2 = bl.let("y2", bl.unknown("g2")(x1, x2))
    y3 = bl.let("y3", bl.unknown("g3")(x1, x2))
    return bl.let("L", bl.unknown("ell")(y1, y2, y3))


@pytest.mark.parametrize("name", ["x1", "x2"])
def test_nine_edges_and_six_paths_of_unknown_functions(name):
    d = bl.derive(six_paths, wrt=name)
    assert d.lines[0].text == " + ".join(f"∂L/∂y{j} · ∂y{j}/∂{name}" for j in (1, 2, 3))
    assert d.proved and len(d.lines) == 1
    # the same with concrete functions put in for the unknown ones, differentiated here
    symbol = sp.Symbol(name, real=True)
    ys = sp.symbols("y1 y2 y3", real=True)
    inner = dict(zip(ys, (x1 * x2, x1**2 + x2, sp.sin(x1 - x2)), strict=True))
    outer = ys[0] * ys[1] ** 2 + sp.exp(ys[2])
    known = {"g1": inner[ys[0]], "g2": inner[ys[1]], "g3": inner[ys[2]], "ell": outer}

    def concrete(u):
        variables = (x1, x2) if u.func.unknown != "ell" else ys
        body = known[u.func.unknown]
        for i in u.func.orders:
            body = body.diff(variables[i - 1])
        return body.subs(dict(zip(variables, u.args, strict=True)), simultaneous=True)

    value = d.lines[0].value.replace(lambda e: hasattr(e.func, "unknown"), concrete).subs(inner)
    assert sp.simplify(value - sp.diff(outer.subs(inner), symbol)) == 0


def ladder(depth, edges=2):
    def f(x):
        for _ in range(depth):
            parts = [bl.let("p", x * k) for k in range(1, edges + 1)]
            x = bl.let("s", functools.reduce(lambda u, v: u + v, parts))
        return x

    return f


def test_too_many_paths_are_counted_and_refused_at_once():
    assert MAX_PATHS < 2**5
    with pytest.raises(TraceError, match=rf"{2**40} paths lead from x to s_40; .* {MAX_PATHS}"):
        bl.derive(ladder(40), wrt="x")


def test_paths_are_counted_as_they_are_listed():
    reading = bl.symbolic.read(ladder(3, edges=3), {"x": ()})
    start, end = sp.Symbol("x", real=True), reading.output[()]
    assert count_paths(reading, start, end) == len(paths_between(reading, start, end)) == 27


def test_a_variable_without_a_path_has_derivative_zero():
    d = bl.derive(lambda w, x: bl.let("L", x**2), wrt="w")
    assert repr(d).startswith("∂L/∂w = 0    [L does not depend on w]") and d.proved
    with pytest.raises(ProofError, match="is not equal to"):
        d.then(lambda x: x)


def test_the_derivative_of_the_output_by_itself_is_one():
    d = bl.derive(neuron, wrt="L")
    assert [line.text for line in d.lines] == ["1"] and "itself" in d.lines[0].because


def test_a_let_that_leads_nowhere_changes_nothing():
    def f(w, x):
        z = bl.let("z", w * x)
        bl.let("aside", z**3)
        return bl.let("L", z**2)

    assert bl.derive(f, wrt="w").lines[-1].value == 2 * sp.Symbol("x", real=True) * z
    assert bl.derive(f, wrt="aside").lines[-1].text == "0"


def test_an_output_without_a_name_gets_the_functions():
    def loss(w):
        return bl.let("z", w**2) + 1

    assert repr(bl.derive(loss, wrt="w")).startswith("dloss/dw = dloss/dz · dz/dw")
    assert repr(bl.derive(functools.partial(lambda w, k: w * k, k=3), wrt="w")).startswith("df/dw")


# --- lines of the author's ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        lambda y, y_hat, x: (y_hat - y) * y_hat * (1 - y_hat) * x,
        lambda y, y_hat, x: -(y - y_hat) * (y_hat - y_hat**2) * x,
        lambda w, b, x, y: (
            (logistic(w * x + b) - y) * logistic(w * x + b) * logistic(-w * x - b) * x
        ),
        x * y_hat * (1 - y_hat) * (y_hat - y),
        sp.Symbol("x") * sp.Symbol("y_hat") * (1 - sp.Symbol("y_hat")) * (y_hat - y),
    ],
)
def test_a_right_line_is_added_and_the_derivation_before_stays(line):
    before = bl.derive(neuron, wrt="w")
    after = before.then(line, because="a reason")
    assert len(after.lines) == len(before.lines) + 1 == 4
    assert after.lines[-1].status == "proved" and after.lines[-1].because == "a reason"


SAYS, TRUTH = "the line says   ", "the truth is    "
WRONG = [
    (lambda y, y_hat, x: (y_hat - y) * x, "a missing local derivative"),
    (lambda y, y_hat, x: (y - y_hat) * y_hat * (1 - y_hat) * x, "a wrong sign"),
    (lambda y, y_hat, x: (y_hat - y) * y_hat * x, "a missing local derivative"),
    (lambda y, y_hat: (y_hat - y) * y_hat * (1 - y_hat), "a missing local derivative"),
    (lambda y, y_hat, x: (y_hat - y) * y_hat**2 * x, None),
    (lambda y, y_hat, x: (y_hat - y) * (1 - y_hat) ** 2 * x, None),
    (lambda y, y_hat, x: (y_hat - y) * y_hat / 2 * x, None),
    (lambda y, y_hat, x: (y_hat - y) * y_hat * (1 - y_hat) * x * (1 + 1e-12), None),
]


@pytest.mark.parametrize(("line", "title"), WRONG)
def test_a_wrong_line_names_itself_both_sides_a_point_and_the_slip(line, title):
    with pytest.raises(ProofError) as caught:
        bl.derive(neuron, wrt="w").then(line, because="so it seems")
    message = str(caught.value)
    assert message.startswith(
        "line 4 is not equal to ∂L/∂w (because: so it seems)\n  the line says "
    )
    assert "  the truth is    x*y_hat*(1 - y_hat)*(y_hat - y)" in message
    difference = message.split("  the difference  ")[1].splitlines()[0]
    said, true = (message.split(f"  {side}")[1].splitlines()[0] for side in (SAYS, TRUTH))
    gap = sp.sympify(said) - sp.sympify(true) - sp.sympify(difference)
    assert sp.expand(sp.nsimplify(gap)) == 0
    assert "  they differ at  b = " in message
    assert ", where the line gives " in " ".join(message.split())
    labels = [row[:18] for row in message.splitlines()[1:]]
    assert all(label.startswith("  ") and label.endswith("  ") for label in labels), "aligned"
    assert ("  looks like      " + title in message) if title else "looks like" not in message


def test_a_line_that_cannot_be_told_from_the_truth_by_points_is_refused_as_not_shown():
    d = bl.derive(lambda z: np.where(z > 1000, z, 0.0), wrt="z")
    with pytest.raises(ProofError, match="line 2 cannot be shown to be equal to df/dz"):
        d.then(lambda z: 0 * z)


def test_a_line_that_is_right_for_positive_values_alone_is_refused():
    d = bl.derive(lambda a, p, q, r: bl.let("L", np.abs(a) * p * q * r), wrt="a")
    with pytest.raises(ProofError, match=r"they differ at  a = -"):
        d.then(lambda p, q, r: p * q * r)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            lambda q: q,
            r"names 'q', which this derivation does not have. It has w, b, x, y, z, y_hat",
        ),
        (sp.Symbol("q"), r"names 'q', which this derivation does not have"),
        (lambda x: np.stack([x, x]), r"line 4 has shape \(2,\); ∂L/∂w is a number"),
    ],
)
def test_a_line_of_something_else_is_refused(line, message):
    with pytest.raises(ProofError, match=message):
        bl.derive(neuron, wrt="w").then(line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wrt": "q"}, r"neuron has no quantity 'q'. It has w, b, x, y, z, y_hat, L"),
        ({"wrt": "w", "shapes": {"v": (2,)}}, r"shapes names 'v'; neuron has the arguments"),
        ({"wrt": "w", "shapes": {"w": 3}}, r"the shape of w is 3; a tuple is needed"),
    ],
)
def test_derive_says_what_it_does_not_know(arguments, message):
    with pytest.raises(TraceError, match=message):
        bl.derive(neuron, **arguments)


# --- vectors of a fixed size -------------------------------------------------------------------------


def chapter_three(x):
    return bl.let("y", np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])]))


def softmax(x):
    e = np.exp(x)
    return bl.let("y", e / np.sum(e))


X = sp.symbols("x_1:4", real=True)
BAR = sp.symbols("y_bar_1:4", real=True)
TOTAL = sum(map(sp.exp, X))
VECTORS = {  # function, size, the same map written for SymPy by hand
    "chapter 3": (chapter_three, 2, [X[0] * X[1], X[0] ** 2 + X[1], sp.sin(X[1])]),
    "exp": (lambda x: bl.let("y", np.exp(x)), 3, [sp.exp(v) for v in X]),
    "cumsum": (lambda x: bl.let("y", np.cumsum(x)), 3, [X[0], X[0] + X[1], sum(X)]),
    "softmax": (softmax, 3, [sp.exp(v) / TOTAL for v in X]),
    "relu": (
        lambda x: bl.let("y", bl.relu(x)),
        3,
        [sp.Piecewise((v, v > 0), (0, True)) for v in X],
    ),
    "unnamed": (lambda x: x[::-1] * x, 3, [X[2] * X[0], X[1] ** 2, X[0] * X[2]]),
}


@pytest.mark.parametrize("name", VECTORS)
def test_every_line_of_a_vector_is_the_transposed_jacobian_times_the_cotangent(name):
    f, size, by_hand = VECTORS[name]
    d = bl.derive(f, wrt="x", shapes={"x": (size,)})
    assert d.proved and d.status == "proved at this size"
    J = sp.Matrix(by_hand).jacobian(X[:size])
    truth = J.T * sp.Matrix(BAR[: len(by_hand)])
    for line in d.lines:
        for mine, right in zip(line.value.flat, truth, strict=True):
            assert sp.simplify(mine - right) == 0
    if size < len(by_hand):
        assert d.lines[0].because == "J has shape (3, 2), its transpose (2, 3)"


def test_a_receipt_claims_nothing_where_a_side_is_not_defined():
    """The slope of a norm is x/r, which is 0/0 at 0: no line is said to hold "for all values"."""
    norm = bl.derive(lambda x: bl.let("r", np.sqrt(np.sum(x**2))), "x", {"x": (2,)})
    assert "at all inputs where both are defined" in norm.how()
    assert "for all values" not in norm.how()


def test_the_numbers_of_chapter_three():
    d = bl.derive(chapter_three, wrt="x", shapes={"x": (2,)})
    at = dict(zip((*X[:2], *BAR), (2, 3, 1, 2, 3), strict=True))
    assert [v.subs(at) for v in d.lines[-1].value] == [11, 4 + 3 * sp.cos(3)]


def test_a_missing_transpose_is_named_where_the_jacobian_is_not_symmetric():
    d = bl.derive(lambda x: bl.let("y", np.cumsum(x)), wrt="x", shapes={"x": (3,)})
    with pytest.raises(ProofError, match=r"x_bar, entry \(1\)\n(.|\n)*a missing transpose"):
        d.then(lambda y_bar: np.cumsum(y_bar))
    d.then(lambda y_bar: np.flip(np.cumsum(np.flip(y_bar))))


def test_a_symmetric_jacobian_cannot_reveal_a_missing_transpose():
    d = bl.derive(softmax, wrt="x", shapes={"x": (3,)})
    jacobian = d.jacobian
    assert all(sp.simplify(e) == 0 for e in (jacobian - jacobian.T).flat)

    def J(y):
        return np.stack([np.stack([y[i] * ((i == j) - y[j]) for j in range(3)]) for i in range(3)])

    for formula in (lambda y, y_bar: J(y).T @ y_bar, lambda y, y_bar: J(y) @ y_bar):
        assert d.then(formula).proved
    with pytest.raises(ProofError, match="a full Jacobian treated as a diagonal"):
        d.then(lambda y, y_bar: y * (1 - y) * y_bar)


def test_entries_of_a_matrix_are_named_by_both_indices():
    d = bl.derive(lambda X: bl.let("Y", X * X), wrt="X", shapes={"X": (2, 2)})
    with pytest.raises(
        ProofError, match=r"X_bar, entry \(1, 2\)\n  the line says   X_12\*Y_bar_12\n"
    ):
        d.then(lambda X, Y_bar: X * Y_bar * np.array([[2.0, 1.0], [2.0, 2.0]]))


def test_the_loss_of_a_vector_has_no_cotangent_of_its_own():
    d = bl.derive(lambda v: bl.let("L", np.sum(v**2)), wrt="v", shapes={"v": (3,)})
    assert d.lines[-1].text == "[2*v_1, 2*v_2, 2*v_3]"
    assert d.then(lambda v: 2 * v).proved


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (lambda y_bar: np.sum(y_bar), r"line 4 has shape \(\); x_bar has the shape of x, \(3,\)"),
        (lambda y_bar: np.ones((2, 2)) @ y_bar, r"line 4 cannot be right: matmul"),
        (lambda z_bar: z_bar, r"names 'z_bar', which .* It has x, y, y_bar"),
    ],
)
def test_a_vector_line_of_another_shape_is_refused(line, message):
    d = bl.derive(lambda x: bl.let("y", np.cumsum(x)), wrt="x", shapes={"x": (3,)})
    with pytest.raises(ProofError, match=message):
        d.then(line)


def test_an_argument_that_is_named_like_the_cotangent_asked_for_is_refused():
    with pytest.raises(
        TraceError, match="x_bar is the name of a quantity and of the cotangent of x"
    ):
        bl.derive(lambda x, x_bar: bl.let("y", x * x_bar), "x", {"x": (2,), "x_bar": (2,)})


def test_an_argument_that_is_named_like_the_cotangent_is_refused():
    with pytest.raises(
        TraceError, match="y_bar is the name of a quantity and of the cotangent of y"
    ):
        bl.derive(
            lambda x, y_bar: bl.let("y", x * y_bar), wrt="x", shapes={"x": (2,), "y_bar": (2,)}
        )


def guarded(q):
    return bl.let("r", np.where(q > 0.25, np.sqrt(np.where(q > 0.25, q, 1)), 1))


def test_a_square_root_guarded_by_where_has_its_slope_case_by_case():
    d = bl.derive(guarded, wrt="q")
    q = sp.Symbol("q", real=True)
    assert d.proved and [d.truth.subs(q, at) for at in (1, 4, 0)] == [
        sp.Rational(1, 2), sp.Rational(1, 4), 0
    ]  # fmt: skip
    d.then(sp.Piecewise((1 / (2 * sp.sqrt(q)), q > sp.Rational(1, 4)), (0, True)))
    with pytest.raises(ProofError, match="line 2 is not equal to dr/dq"):
        d.then(lambda q: 1 / (2 * np.sqrt(q)))


def test_a_difference_that_nobody_reads_at_a_glance_is_left_as_it_is():
    letters = sp.symbols("a:z")
    long = sp.Add(*(s * t for s, t in itertools.pairwise(letters))) - sp.Mul(*letters)
    assert shortest(long) is long
    assert shortest(letters[0] * letters[1] - letters[0] * letters[1] * (1 - letters[1])) == (
        letters[0] * letters[1] ** 2
    )


# --- definitions -------------------------------------------------------------------------------------


def test_definitions_are_printed_in_the_order_of_the_code():
    d = bl.definitions(neuron)
    assert repr(d).splitlines() == [
        "z := b + w*x",
        "y_hat := 1/(1 + exp(-z))",
        "L := (y - y_hat)**2/2",
    ]
    assert r"z &:= w\, x + b" in d._repr_latex_()
    assert 'data-status="definition"' in d._repr_html_()


def test_definitions_name_inputs_and_lets_of_one_name_apart():
    d = bl.definitions(lambda x: bl.let("x", bl.let("x", x**2) + 1))
    assert repr(d).splitlines() == ["x_2 := x**2", "x_3 := x_2 + 1"]
    assert r"x_{2} &:= x^{2} \\ x_{3} &:= x_{2} + 1" in d._repr_latex_()


def test_a_slope_is_not_printed_in_functions_that_it_does_not_have():
    """The value put in would give L/(2x) inside a tangent: nothing at x = 0, where the slope is 0."""
    d = bl.derive(lambda x: bl.let("L", 2 * np.arctan(np.tanh(x / 2)) * x), wrt="x")
    assert not any("tan(L" in line.text or "sin(" in line.text for line in d.lines)
    assert all(line.value.subs(sp.Symbol("x", real=True), 0) == 0 for line in d.lines)


@pytest.mark.parametrize(
    ("f", "at", "said"),
    [
        (lambda x: np.where(x > 1, x**2, x**3), 1, "3 is the convention's"),
        (lambda x: np.maximum(x - 1, 0), 1, "1/2 is the convention's"),
        (lambda x: np.abs(x), 0, "0 is the convention's"),
        (lambda x: np.maximum(x - 1, 0), 2, ""),
        (lambda x: np.maximum(x - 1, 0) ** 2, 1, ""),
        (lambda x: np.where(x > 1, x**2, 2 * x - 1), 1, ""),
    ],
)
def test_numbers_at_a_kink_say_so(f, at, said):
    example = bl.derive(lambda x: bl.let("L", f(x)), wrt="x").at(x=at)
    for shown in (repr(example), example._repr_html_(), example._repr_latex_()):
        assert ("is a kink" in shown) is bool(said) and said in shown


def test_sides_that_print_alike_say_what_the_matter_is():
    def f(x):
        return bl.let("L", np.maximum(x, bl.let("a", np.abs(x))))

    with pytest.raises(ProofError, match="both print alike, and differ at ties") as caught:
        bl.derive(f, wrt="a").then(lambda x, a: np.where(a > x, 1.0, 0.0))
    assert "the difference" not in str(caught.value)
