"""Inner-product derivations: every line against numbers, wrong moves refused and named."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import inner_moves as moves
from backprop_lab.binding import receipt
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.inner_products import adjoint
from backprop_lab.proofs import Derivation, Line
from backprop_lab.whole import Whole, plain, spread

sigma = bl.unknown("sigma")
XW = {"X": ("N", "p"), "W": ("p", "m")}
MATRIX = {"X": ("N", "p")}


def layer(X, W):
    return bl.let("Y", X @ W)


def affine(X, W, b):
    return bl.let("Y", X @ W + b)


def network(X, W1, b1, W2, b2, activation=np.tanh):
    Z = bl.let("Z", X @ W1 + b1)
    H = bl.let("H", activation(Z))
    return bl.let("Y", H @ W2 + b2)


NETWORK = {"X": ("N", "p"), "W1": ("p", "h"), "b1": ("h",), "W2": ("h", "m"), "b2": ("m",)}


def softmax_rows(X):
    return bl.let("S", np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True))


CASES = {  # name: function, the variable, shapes
    "X in XW": (layer, "X", XW),
    "W in XW": (layer, "W", XW),
    "X in XW + b": (affine, "X", XW | {"b": ("m",)}),
    "b in XW + b": (affine, "b", XW | {"b": ("m",)}),
    "row bias": (lambda X, b: X - b, "b", {"X": ("N", "p"), "b": (1, "p")}),
    "column scale": (lambda X, v: X * v, "v", {"X": ("N", "p"), "v": ("N", 1)}),
    "one number for all": (lambda w, X: w * X, "w", MATRIX),
    "A x": (lambda A, x: A @ x, "x", {"A": ("m", "n"), "x": ("n",)}),
    "A in A x": (lambda A, x: A @ x, "A", {"A": ("m", "n"), "x": ("n",)}),
    "x A": (lambda A, x: x @ A, "x", {"A": ("n", "m"), "x": ("n",)}),
    "A in x A": (lambda A, x: x @ A, "A", {"A": ("n", "m"), "x": ("n",)}),
    "inner": (lambda u, v: u @ v, "u", {"u": ("n",), "v": ("n",)}),
    "outer left": (lambda u, v: np.outer(u, v), "u", {"u": ("n",), "v": ("m",)}),
    "outer right": (lambda u, v: np.outer(u, v), "v", {"u": ("n",), "v": ("m",)}),
    "gram": (lambda X: X.T @ X, "X", MATRIX),
    "square of a matrix": (lambda A: A @ A, "A", {"A": ("n", "n")}),
    "tanh": (lambda Z: bl.let("H", np.tanh(Z)), "Z", {"Z": ("N", "h")}),
    "exp of minus": (lambda Z: np.sqrt(1 + np.exp(-Z)), "Z", {"Z": ("N", "h")}),
    "relu": (lambda Z: bl.relu(Z), "Z", {"Z": ("N", "h")}),
    "quotient above": (lambda X, v: X / v, "X", {"X": ("N", "p"), "v": ("p",)}),
    "quotient below": (lambda X, v: X / np.exp(v), "v", {"X": ("N", "p"), "v": ("p",)}),
    "a third": (lambda X: X**3 / 3, "X", MATRIX),
    "sum of columns": (lambda X: X.sum(axis=0), "X", MATRIX),
    "sum of rows": (lambda X: X.sum(axis=1), "X", MATRIX),
    "kept sum": (lambda X: np.sum(X, axis=1, keepdims=True), "X", MATRIX),
    "sum of all": (lambda X: np.sum(X), "X", MATRIX),
    "mean of rows": (lambda X: X.mean(axis=1), "X", MATRIX),
    "mean of all": (lambda X: np.mean(X), "X", MATRIX),
    "vector sum": (lambda x: np.sum(x**2), "x", {"x": ("n",)}),
    "transpose": (lambda X: X.T, "X", MATRIX),
    "swapped axes": (lambda X: np.swapaxes(X, 0, 1), "X", MATRIX),
    "softmax": (softmax_rows, "X", MATRIX),
    "mean squared error": (
        lambda X, T: bl.let("L", np.mean((X - T) ** 2) / 2), "T", MATRIX | {"T": ("N", "p")},
    ),
    "W1 of a network": (network, "W1", NETWORK),
    "b1 of a network": (network, "b1", NETWORK),
    "X of a network": (network, "X", NETWORK),
    "b2 of a network": (network, "b2", NETWORK),
    "two ways": (lambda X: bl.let("A", np.tanh(X)) @ bl.let("B", X.T), "X", MATRIX),
    "another name": (lambda X: bl.let("A", X) * X, "X", MATRIX),
}  # fmt: skip
IN_INDEX_FORM = {
    "maximum": (lambda X: np.maximum(X, 0), "X", MATRIX),
    "leaky": (lambda X: np.where(X > 0, X, X / 10), "X", MATRIX),
    "three axes": (lambda X: np.sum(X, axis=1), "X", {"X": ("N", "p", "q")}),
    "permuted axes": (lambda X: np.transpose(X, (0, 2, 1)), "X", {"X": ("N", "p", "q")}),
}


@functools.cache
def chain(name) -> Derivation:
    f, wrt, shapes = (CASES | IN_INDEX_FORM)[name]
    return adjoint(f, wrt=wrt, shapes=shapes)


# --- every line in numbers --------------------------------------------------------------------------


def evaluate(x, values, sizes):
    """Run the NumPy code of a line on numbers."""
    if not isinstance(x, Whole):
        return float(sp.sympify(x).xreplace(sizes)) if isinstance(x, sp.Basic) else x
    if x.made is None:
        return values[x.name]
    func, args, kwargs = x.made
    if func is spread:
        shape = tuple(int(n.xreplace(sizes)) for n in kwargs["shape"])
        return spread(evaluate(args[0], values, sizes), shape, kwargs["axes"])
    return func(*(evaluate(a, values, sizes) for a in args), **kwargs)


def rerun(d, values, sizes, **held):
    """Compute what the function names, and its output (''), from inputs; what is held stays."""
    found = {**values, **held}
    for name, tree in d.trees.made.items():
        if name not in held:
            found[name] = evaluate(tree, found, sizes)
    return found


def slope(f, x, x_dot):
    """∂f along x_dot by the complex step, for analytic functions."""
    return np.imag(f(x + 1e-30j * x_dot)) / 1e-30


def gradient(f, x, y_bar):
    """The cotangent of x entry by entry, by the complex step."""
    units = np.eye(np.size(x)).reshape(-1, *np.shape(x))
    return np.array([np.sum(y_bar * slope(f, x, e)) for e in units]).reshape(np.shape(x))


@pytest.mark.parametrize("name", [n for n in CASES if n != "relu"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_line_says_by_how_much_the_loss_moves(name, seed):
    d, rng = chain(name), np.random.default_rng(seed)
    names = sorted({n for shape in d.shapes.values() for n in shape if isinstance(n, str)})
    count = {n: 2 + (k + seed) % 3 for k, n in enumerate(names)}
    sizes = {sp.Symbol(n, integer=True, positive=True): sp.Integer(v) for n, v in count.items()}
    inputs = {
        n: rng.standard_normal([count.get(k, k) for k in shape]) for n, shape in d.shapes.items()
    }
    x, x_dot = inputs[d.wrt], rng.standard_normal(inputs[d.wrt].shape)
    y_dot = slope(lambda x: np.asarray(d.f(**inputs | {d.wrt: x})), x, x_dot)
    y_bar = rng.standard_normal(np.shape(y_dot)) if np.ndim(y_dot) else 1.0
    truth = np.sum(y_bar * y_dot)

    values = rerun(d, inputs, sizes)
    given = {f"{d.wrt}_dot": x_dot, f"{d.output.name}_bar": y_bar, f"{d.output.name}_dot": y_dot}
    for q in d.before:  # what is named in between
        given[f"{q}_dot"] = slope(lambda x, q=q: rerun(d, inputs, sizes, **{d.wrt: x})[q], x, x_dot)
        rest = lambda z, q=q: rerun(d, inputs, sizes, **{q: z})[""]  # noqa: E731
        given[f"{q}_bar"] = gradient(rest, values[q], y_bar)
    *lines, last = d.lines
    assert last.left and not any(line.left for line in lines)
    for line in lines:
        got = evaluate(line.value, values | given, sizes)
        assert np.ndim(got) == 0 and abs(got - truth) <= 1e-11 * (1 + abs(truth)), line.text
    x_bar = evaluate(last.value, values | given, sizes)
    theirs = gradient(lambda x: np.asarray(d.f(**inputs | {d.wrt: x})), x, y_bar)
    engine = bl.vjp(d.f, *inputs.values())[1](y_bar)[list(inputs).index(d.wrt)]
    assert np.shape(x_bar) == np.shape(x)
    assert np.allclose(x_bar, theirs, rtol=1e-11, atol=1e-12)
    assert np.allclose(x_bar, engine, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", [*CASES, *IN_INDEX_FORM])
def test_each_chain_is_proved_for_all_sizes_and_agrees_with_the_engine(name):
    d = chain(name)
    assert d.status == "proved for all sizes"
    bound = receipt("eq-demo", d)
    assert bound.numbers.ok and len(bound.numbers.checks) == 2


@pytest.mark.parametrize("name", CASES)
def test_whole_arrays_need_no_index(name):
    d = chain(name)
    assert all(line.value.tex for line in d.lines)
    assert r"\sum" not in d.tex() and "Sum(" not in repr(d)


@pytest.mark.parametrize("name", IN_INDEX_FORM)
def test_what_has_no_move_is_derived_in_index_form(name):
    d = chain(name)
    assert r"\sum" in d.tex() and "SymPy's derivative of each entry" in repr(d)
    assert d.lines[-1].left[1].startswith("⇒ X_bar[a, b")


# --- what is printed ----------------------------------------------------------------------------------


def test_the_chain_of_a_layer_reads_as_on_paper():
    assert repr(chain("X in XW")).splitlines() == [
        "⟨Ȳ, Ẏ⟩ = ⟨Ȳ, Ẋ W⟩    [X alone moves: Ẏ = Ẋ W]",
        "       = tr(Ȳᵀ Ẋ W)    [⟨A, B⟩ = tr AᵀB]",
        "       = tr(W Ȳᵀ Ẋ)    [the trace is cyclic]",
        "       = ⟨Ȳ Wᵀ, Ẋ⟩    [tr AᵀB again, with A = Ȳ Wᵀ]",
        "  ⇒ X̄ = Ȳ Wᵀ    [holds for every Ẋ]",
        "         proved for all sizes",
    ]


def test_the_tex_is_the_same_in_every_run():
    expected = (
        r"\langle \bar{Y},\, \dot{Y} \rangle = \langle \bar{Y},\, \mathbf{1}\, \dot{b}^{\top} "
        r"\rangle  = \langle \bar{Y}^{\top}\, \mathbf{1},\, \dot{b} \rangle ,\quad  "
        r"\Rightarrow\quad \bar{b} = \bar{Y}^{\top}\, \mathbf{1}"
    )
    assert chain("b in XW + b").tex() == expected
    assert adjoint(affine, wrt="b", shapes=XW | {"b": ("m",)}).tex() == expected


def test_a_network_goes_back_node_by_node_for_any_activation():
    any_network = functools.partial(network, activation=sigma)
    d = adjoint(any_network, wrt="W1", shapes=NETWORK)
    assert [line.text for line in d.lines] == [
        "⟨Ȳ, Ḣ W₂⟩", "⟨Ȳ W₂ᵀ, Ḣ⟩", "⟨H̄, Ḣ⟩", "⟨H̄, σ'(Z) ⊙ Ż⟩", "⟨H̄ ⊙ σ'(Z), Ż⟩", "⟨Z̄, Ż⟩",
        "⟨Z̄, X Ẇ₁⟩", "⟨Xᵀ Z̄, Ẇ₁⟩", "Xᵀ Z̄",
    ]  # fmt: skip
    assert "σ is any differentiable function" in receipt("eq-demo", d).note


def test_the_cotangent_of_a_value_in_between():
    d = adjoint(network, wrt="H", shapes=NETWORK)
    assert d.lines[-1].text == "Ȳ W₂ᵀ"
    checks = receipt("eq-demo", d).numbers.checks
    assert [c.name for c in checks] == ["the tape's pullback", "SymPy's explicit Jacobian"]


def test_what_has_no_size_in_letters_is_proved_at_its_size():
    at_2_by_3 = adjoint(lambda X, W: X @ W, "X", {"X": (2, 3), "W": (3, 4)})
    for_any_rows = adjoint(lambda X, W: X @ W, "X", {"X": ("N", 3), "W": (3, 4)})
    assert at_2_by_3.status == "proved at this size"
    assert for_any_rows.status == "proved for all sizes"


def test_numbers_of_a_mean_squared_error_are_put_together():
    d = adjoint(
        lambda Y, T: bl.let("L", np.mean((Y - T) ** 2) / 2),
        wrt="Y",
        shapes={"Y": ("N", "m"), "T": ("N", "m")},
    )
    assert d.left_text == "L̇" and d.lines[-1].text == "(1/(N m)) (Y - T)"


def test_plain_text_of_tex():
    assert plain(r"\frac{1}{\frac{2}{3}}\, \bar{W}_{12}^{\top}") == "(1/((2/3))) W̄₁₂ᵀ"
    assert plain(r"\cotangent{\bar \sigma} \odot \Sigma'(x)^{\odot 2}") == "σ̄ ⊙ Σ'(x)^⊙2"


# --- the author's moves -------------------------------------------------------------------------------


def by_hand(sizes=XW):
    d = adjoint(layer, wrt="X", shapes=sizes, by_hand=True)
    return d.then(lambda Y_bar, X_dot, W: np.vdot(Y_bar, X_dot @ W), because="XW is linear in X")


def test_an_author_writes_the_moves_in_plain_numpy():
    d = by_hand()
    d = d.then(lambda Y_bar, X_dot, W: np.trace(Y_bar.T @ X_dot @ W), because="⟨A, B⟩ = tr AᵀB")
    d = d.then(lambda Y_bar, X_dot, W: np.trace(W @ Y_bar.T @ X_dot), because="tr is cyclic")
    d = d.then(lambda Y_bar, X_dot, W: np.vdot(Y_bar @ W.T, X_dot))
    d = d.then(lambda Y_bar, W: Y_bar @ W.T)
    assert [line.text for line in d.lines[1:]] == [
        "⟨Ȳ, Ẋ W⟩", "tr(Ȳᵀ Ẋ W)", "tr(W Ȳᵀ Ẋ)", "⟨Ȳ Wᵀ, Ẋ⟩", "Ȳ Wᵀ",
    ]  # fmt: skip
    assert d.lines[0].because.startswith("what ⟨·, ·⟩ means")
    assert d.lines[-1].because == "holds for every Ẋ" and d.lines[-1].left[1] == "⇒ X̄"
    assert receipt("eq-demo", d).numbers.ok


def test_softmax_goes_back_by_hand_in_two_moves():
    d = adjoint(softmax_rows, wrt="X", shapes={"X": ("N", "m")}, by_hand=True)

    def pulled(S, G):
        return S * (G - np.sum(S * G, axis=1, keepdims=True))

    d = d.then(lambda S_bar, S, X_dot: np.vdot(S_bar, pulled(S, X_dot)))
    d = d.then(lambda S_bar, S, X_dot: np.vdot(pulled(S, S_bar), X_dot))
    d = d.then(lambda S_bar, S: pulled(S, S_bar))
    assert d.lines[-1].text == "S ⊙ (S̄ - (S ⊙ S̄) 1 1ᵀ)" and receipt("eq-demo", d).numbers.ok
    with pytest.raises(ProofError, match="is not equal to"):
        d.then(lambda S_bar, S: S * (1 - S) * S_bar)


SQUARE = {"X": ("n", "n"), "W": ("n", "n")}
Z = {"Z": ("N", "h")}
any_network = functools.partial(network, activation=sigma)


def activate(Z):
    return bl.let("H", sigma(Z))


def bias(A, b):
    return bl.let("Y", A + b)


WRONG = {  # name: function, variable, shapes, the wrong line, the name of the slip
    "no transpose": (layer, "X", SQUARE, lambda Y_bar, W, X_dot: np.vdot(Y_bar @ W, X_dot), "a missing transpose"),
    "no transpose, at any size": (layer, "X", XW, lambda Y_bar, W, X_dot: np.vdot(Y_bar @ W, X_dot), "a missing transpose"),
    "no transpose in the trace": (layer, "X", SQUARE, lambda Y_bar, W, X_dot: np.trace(W.T @ Y_bar.T @ X_dot), "a missing transpose"),
    "no transpose at the end": (layer, "X", SQUARE, lambda Y_bar, W: Y_bar @ W, "a missing transpose"),
    "no transpose of X": (layer, "W", SQUARE, lambda Y_bar, X, W_dot: np.vdot(X @ Y_bar, W_dot), "a missing transpose"),
    "wrong order": (layer, "X", SQUARE, lambda Y_bar, W, X_dot: np.vdot(W.T @ Y_bar, X_dot), "a chain in the wrong order"),
    "wrong order, at any size": (layer, "X", XW, lambda Y_bar, W, X_dot: np.vdot(W.T @ Y_bar, X_dot), "a chain in the wrong order"),
    "trace that is not cyclic": (layer, "X", SQUARE, lambda Y_bar, W, X_dot: np.trace(Y_bar.T @ W @ X_dot), "a chain in the wrong order"),
    "wrong sign": (layer, "X", XW, lambda Y_bar, W, X_dot: -np.vdot(Y_bar @ W.T, X_dot), "a wrong sign"),
    "lost ⊙": (activate, "Z", {"Z": ("n", "n")}, lambda H_bar, Z, Z_dot: np.vdot(H_bar @ sigma.prime(Z), Z_dot), "a matrix product written for ⊙"),
    "lost ⊙, at any size": (activate, "Z", Z, lambda H_bar, Z, Z_dot: np.vdot(H_bar @ sigma.prime(Z), Z_dot), "a matrix product written for ⊙"),
    "lost ⊙ on the right": (activate, "Z", {"Z": ("n", "n")}, lambda H_bar, Z: sigma.prime(Z) @ H_bar, "a matrix product written for ⊙"),
    "no σ′": (activate, "Z", Z, lambda H_bar, Z_dot: np.vdot(H_bar, Z_dot), "a missing local derivative"),
    "no σ′, one node before": (any_network, "W1", NETWORK, lambda H_bar, X, W1_dot: np.vdot(X.T @ H_bar, W1_dot), "a missing local derivative"),
    "no cotangent": (layer, "X", XW, lambda Y_bar, W, X_dot: np.vdot(np.ones_like(Y_bar) @ W.T, X_dot), "a cotangent taken for ones"),
    "other axis": (bias, "b", {"A": ("n", "n"), "b": ("n",)}, lambda Y_bar, b_dot: np.vdot(Y_bar.sum(axis=1), b_dot), "a sum over the wrong axis"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_move_is_refused_and_named(name):
    f, wrt, shapes, line, title = WRONG[name]
    d = adjoint(f, wrt=wrt, shapes=shapes, by_hand=True)
    with pytest.raises(ProofError) as caught:
        d.then(line, because="it looks right")
    message = str(caught.value)
    assert f"looks like      {title}" in message
    if "any size" in name:
        assert "line 2 cannot be right: shapes" in message
    else:
        assert "line 2 is not equal to" in message and "(because: it looks right)" in message
        rows = ("the line says", "the truth is", "the difference", "they differ at")
        assert f"{wrt}_bar[a" in message and all(f"\n  {row} " in message for row in rows)
        assert ("compared is" in message) == ("at the end" not in name and "right" not in name)


def test_the_counterexample_is_one():
    d = adjoint(layer, wrt="X", shapes=SQUARE, by_hand=True)
    with pytest.raises(ProofError) as caught:
        d.then(lambda Y_bar, W: Y_bar @ W)
    said = " ".join(str(caught.value).split()).partition("they differ at entry (1, 1), ")[2]
    assert said.startswith("every size 2: ")
    point, _, verdict = said.partition(": ")[2].partition(", where the line gives ")
    at = {k: sp.Rational(v) for k, v in (pair.split(" = ") for pair in point.split(", "))}
    numbers = verdict.partition(" looks like")[0].split(", not ")
    wrong, right = map(sp.Rational, numbers)
    Y, W = (lambda j: at[f"Y_bar_1{j}"]), (lambda i, j: at.get(f"W_{i}{j}", 0))
    assert wrong == Y(1) * W(1, 1) + Y(2) * W(2, 1) != right == Y(1) * W(1, 1) + Y(2) * W(1, 2)


def test_the_slip_is_named_where_the_cotangent_before_is_wrong_and_the_message_is_short():
    """One computes Z̄ without σ′, two nodes on the way: the line stands in W₁, the slip in Z."""
    f = functools.partial(network, activation=np.tanh)
    d = adjoint(f, wrt="W1", shapes=NETWORK, by_hand=True)
    with pytest.raises(ProofError) as caught:
        d.then(lambda Y_bar, W2, X, W1_dot: np.vdot(X.T @ (Y_bar @ W2.T), W1_dot))
    message = str(caught.value)
    assert "  compared is     W1_bar[a, b], the factor of W1_dot[a, b]\n" in message
    assert "looks like      a missing local derivative" in message
    assert max(map(len, message.splitlines())) <= 100 and "tanh(" not in message


def test_a_wrong_line_that_is_no_known_slip_is_refused_without_one():
    with pytest.raises(ProofError, match="is not equal to") as caught:
        by_hand().then(lambda Y_bar, X, W, X_dot: 3 * np.vdot((X * X) + Y_bar @ W.T, X_dot))
    assert "looks like" not in str(caught.value)


def test_a_line_is_compared_with_the_truth_not_with_the_one_before():
    d = by_hand()
    forged = Line("0", "0", "", "proved", d.lines[-1].value)
    good = d._with([*d.lines, forged]).then(lambda Y_bar, W, X_dot: np.vdot(Y_bar @ W.T, X_dot))
    assert good.lines[-1].text == "⟨Ȳ Wᵀ, Ẋ⟩"


@pytest.mark.parametrize("func", [np.matmul, np.sum, np.add])
def test_a_wrong_move_in_our_own_list_cannot_be_printed(func, monkeypatch):
    """The list of moves proposes; SymPy decides."""
    original = moves._LINEAR[func]

    def twice(node, i, *args, **kwargs):
        *rest, last = original(node, i, *args, **kwargs) or [
            moves.Move(lambda t: t, lambda g: g, "")
        ]
        return [*rest, moves.Move(last.push, lambda g: 2 * last.pull(g), last.why)]

    f = {np.matmul: layer, np.sum: lambda X, W: X.sum(axis=0), np.add: lambda X, W: X + W}[func]
    shapes = XW if func is np.matmul else {"X": ("N", "p"), "W": ("N", "p")}
    adjoint(f, wrt="X", shapes=shapes)
    monkeypatch.setitem(moves._LINEAR, func, twice)
    with pytest.raises(ProofError, match="is not equal to"):
        adjoint(f, wrt="X", shapes=shapes)


# --- what is refused ----------------------------------------------------------------------------------


def test_a_line_after_the_cotangent_is_refused_and_another_form_of_it_is_welcome():
    d = adjoint(layer, wrt="X", shapes=XW)
    again = d.then(lambda Y_bar, W: (W @ Y_bar.T).T, because="(AB)ᵀ = BᵀAᵀ")
    assert again.lines[-1].left is None and again.lines[-1].text == "(W Ȳᵀ)ᵀ"
    with pytest.raises(ProofError, match=r"X_bar is found already\. Add it before that line"):
        d.then(lambda Y_bar, Y_dot: np.vdot(Y_bar, Y_dot))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (lambda Y_bar, W, X_dot: X_dot @ W, r"line 3 has shape \(N, m\); a line with tangents is a number"),
        (lambda Y_bar, X, W: np.vdot(Y_bar, X @ W), r"line 3 has shape \(\); X_bar has the shape \(N, p\)"),
        (lambda Q: Q, "names 'Q', which this derivation does not have. It has X, W, Y"),
        (lambda X, Y_dot: np.vdot(X, Y_dot), r"⟨A, B⟩ adds A·B entry by entry; the shapes \(N, p\) and \(N, m\) differ"),
        (lambda X, Y_dot: np.trace(Y_dot), r"tr needs as many rows as columns; the shape is \(N, m\)"),
        (sp.Symbol("x"), "A line of inner products is a function in plain NumPy"),
    ],
)  # fmt: skip
def test_what_is_no_line_is_refused_with_what_to_do(line, words):
    with pytest.raises(ProofError, match=words):
        by_hand().then(line)


@pytest.mark.parametrize(
    ("f", "wrt", "shapes", "words"),
    [
        (lambda X, W: bl.let("Y", X), "W", XW, "Y does not depend on W; its cotangent is 0"),
        (lambda X: X, "X", {"Z": ("N",)}, "shapes names 'Z'; f has X"),
        (lambda X: X * 2, "Q", {"X": ("N",)}, "no quantity 'Q'"),
        (lambda X, X_dot: X * X_dot, "X", {"X": ("N",), "X_dot": ("N",)}, "X_dot is the tangent of X; change that name"),
    ],
)  # fmt: skip
def test_what_has_no_chain_is_refused_with_what_to_do(f, wrt, shapes, words):
    with pytest.raises(TraceError, match=words):
        adjoint(f, wrt=wrt, shapes=shapes)
