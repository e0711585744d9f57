"""A label, an equation and its proof: the page prints what was proved, and numbers agree with it."""

from __future__ import annotations

import functools
import operator
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import binding
from backprop_lab.errors import ProofError
from backprop_lab.index_numbers import entries_of_arrays, number
from backprop_lab.rules import RULES
from backprop_lab.tex import normalise


def neuron(w, b, x, y, activation=lambda z: 1 / (1 + np.exp(-z))):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", activation(z), latex=r"\hat y")
    return bl.let("L", (y - y_hat) ** 2 / 2)


def layers(X, W1, b1, W2, T):
    Z = bl.let("Z", X @ W1 + b1)
    A = bl.let("A", np.tanh(Z))
    Y = bl.let("Y", A @ W2)
    return bl.let("L", np.sum((Y - T) ** 2) / 2)


XW = {"X": ("N", "p"), "W": ("p", "m")}
LAYERS = {"X": ("N", "p"), "W1": ("p", "h"), "b1": ("h",), "W2": ("h", "m"), "T": ("N", "m")}
DERIVATIONS = {
    "scalar": lambda: bl.derive(neuron, wrt="w"),
    "relu": lambda: bl.derive(functools.partial(neuron, activation=bl.relu), wrt="w"),
    "log": lambda: bl.derive(lambda t, u: bl.let("L", np.log(t) * u), wrt="t"),
    "direct": lambda: bl.derive(neuron, wrt="y"),
    "zero": lambda: bl.derive(lambda w, x: bl.let("L", x**2), wrt="w"),
    "vector": lambda: bl.derive(lambda x: bl.let("y", np.cumsum(x)), "x", {"x": (3,)}),
    "two axes": lambda: bl.derive(lambda X: bl.let("Y", X * X), "X", {"X": (2, 2)}),
    "loss of a vector": lambda: bl.derive(lambda v: bl.let("L", np.sum(v**2)), "v", {"v": (3,)}),
    "index": lambda: bl.derive(lambda X, W: bl.let("Y", X @ W), "X", XW),
    "index lines": lambda: bl.derive(lambda X, W: bl.let("Y", X @ W), "W", XW).then(
        lambda X, Y_bar: X.T @ Y_bar
    ),
    "index relu": lambda: bl.derive(lambda X, W: bl.let("Y", bl.relu(X @ W)), "W", XW),
    "index log": lambda: bl.derive(lambda X: bl.let("Y", np.log(X)), "X", {"X": ("N", "p")}),
    "index factor": lambda: bl.derive(lambda X, s: bl.let("Y", X * s), "X", {"X": ("N", "p")}),
    "index mean": lambda: bl.derive(lambda X: bl.let("L", np.mean(X**2)), "X", {"X": ("N", "p")}),
    "index scalar": lambda: bl.derive(lambda X, s: bl.let("Y", X * s), "s", {"X": ("N", "p")}),
    "size 1": lambda: bl.derive(
        lambda X, c: bl.let("Y", X * c), "c", {"X": ("N", "p"), "c": ("N", 1)}
    ),
    **{f"layers {v}": functools.partial(bl.derive, layers, v, LAYERS) for v in LAYERS},
}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_an_equation_is_computed_in_numbers_against_the_engine(name):
    bound = bl.receipt("eq-some-label", DERIVATIONS[name]())
    assert bound.numbers.ok and bound.note == ""
    points = {
        "each line, in numbers, against the tape": 3,
        "the tape's pullback": 2,
        "SymPy's explicit Jacobian": 2,
    }
    assert all(points[c.name] == c.points for c in bound.numbers.checks)
    index = name.startswith(("index", "size", "layers"))
    assert len(bound.numbers.checks) == (2 if index else 1)


@pytest.mark.parametrize(
    ("name", "func"),
    [
        ("scalar", np.exp),
        ("scalar", operator.pow),
        ("relu", bl.relu),
        ("log", np.log),
        ("vector", np.cumsum),
        ("two axes", operator.mul),
        ("loss of a vector", np.sum),
        ("index", operator.matmul),
        ("index relu", bl.relu),
        ("layers W1", np.tanh),
        ("layers b1", operator.add),
        ("layers X", np.sum),
    ],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_a_derivation_is_refused_where_the_engine_differs(monkeypatch, name, func):
    derivation, rule = DERIVATIONS[name](), RULES[func]
    honest = rule.reverse

    def reverse(operands, params, which):
        y, pullbacks = honest(operands, params, which)
        return y, [lambda y_bar, pull=pull: pull(y_bar) * (1 + 1e-9) for pull in pullbacks]

    monkeypatch.setattr(rule, "reverse", reverse)
    with pytest.raises(ProofError, match=r"eq-broken: derivation and engine differ.(.|\n)*✗"):
        bl.receipt("eq-broken", derivation)


def test_a_relu_rule_that_is_wrong_on_one_side_only_is_caught(monkeypatch):
    derivation, rule = DERIVATIONS["relu"](), RULES[bl.relu]
    honest = rule.reverse

    def leaky(operands, params, which):
        y, pullbacks = honest(operands, params, which)
        side = np.where(np.asarray(operands[0]) > 0, 1.0, 0.1)
        return y, [lambda y_bar: y_bar * side for _ in pullbacks]

    monkeypatch.setattr(rule, "reverse", leaky)
    with pytest.raises(ProofError, match="derivation and engine differ"):
        bl.receipt("eq-broken", derivation, seed=3)


def test_a_truth_that_was_tampered_with_is_seen_by_both_checks():
    derivation = DERIVATIONS["index"]()
    derivation.truth = 2 * derivation.truth
    with pytest.raises(
        ProofError, match=r"✗ the tape's pullback(.|\n)*✗ SymPy's explicit Jacobian"
    ):
        bl.receipt("eq-broken", derivation)


def test_a_line_that_was_tampered_with_is_seen_in_numbers():
    derivation = DERIVATIONS["scalar"]()
    last = derivation.lines[-1]
    object.__setattr__(last, "value", last.value * 2)
    with pytest.raises(ProofError, match="✗ each line, in numbers, against the tape"):
        bl.receipt("eq-broken", derivation)


def test_an_unknown_function_has_a_note_instead_of_numbers():
    d = bl.derive(functools.partial(neuron, activation=bl.unknown("sigma")), wrt="w")
    bound = bl.receipt("eq-any", d)
    assert bound.numbers is None
    assert bound.note == "No numbers are compared: σ is any differentiable function."
    assert bound.note in bound._repr_html_() and bound.note in repr(bound)


@pytest.mark.parametrize(
    "label", ["dw", "eq-", "eq-DW", "eq-a b", 'eq-"><script>', "eq-a_b", "eq--a", "", None]
)
def test_a_label_is_small_words_after_eq(label):
    with pytest.raises(ProofError, match="'eq-' and words of small letters and digits"):
        bl.receipt(label, DERIVATIONS["direct"]())


@pytest.mark.parametrize("claim", [1.0, "∂L/∂w = 1", neuron])
def test_only_what_was_proved_or_verified_can_be_bound(claim):
    with pytest.raises(ProofError, match="binds a derivation or what verify returned; got"):
        bl.receipt("eq-x", claim)


def test_a_receipt_of_verify_can_be_bound():
    bound = bl.receipt("eq-all", bl.verify(neuron, 0.5, -1.0, 2.0, 1.0))
    assert bound._repr_html_().startswith('<div id="eq-all" data-receipt="eq-all">')
    assert bound.tex == "" and "[eq-all]" in repr(bound)


# --- what the page gets --------------------------------------------------------------------------------------


class Checker(HTMLParser):
    """Read HTML, and note tags that do not match."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.classes, self.faults = [], {}, set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.attributes |= attrs
        self.classes |= set(attrs.get("class", "").split())
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    @classmethod
    def of(cls, html):
        checker = cls()
        checker.feed(html)
        checker.close()
        assert not checker.faults and not checker.open
        return checker


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_page_gets_well_formed_html_that_carries_what_was_proved(name):
    derivation = DERIVATIONS[name]()
    page = Checker.of(bl.receipt("eq-page", derivation)._repr_html_())
    assert page.attributes["data-equation"] == page.attributes["id"] == "eq-page"
    assert page.attributes["data-tex"] == normalise(derivation.tex())
    assert page.attributes["data-status"] == "proved"
    assert {
        "bl-proof",
        "bl-line",
        "bl-eq",
        "bl-lines",
        "bl-receipt",
        "bl-receipt-table",
    } <= page.classes
    assert ("bl-why" in page.classes) == any(line.because for line in derivation.lines)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_proof_about_a_function_with_a_kink_says_that_it_leaves_the_kink_out(name):
    html = DERIVATIONS[name]()._repr_html_()
    assert ("At a kink there is no derivative" in html) == ("relu" in name)


def test_what_was_only_checked_is_marked_so():
    from backprop_lab.proofs import Line

    d = DERIVATIONS["direct"]()
    checked = d._with([*d.lines, Line("a", "a", "", "checked at 20 points", d.lines[0].value)])
    page = Checker.of(checked._repr_html_())
    assert page.attributes["data-status"] == "checked" and not checked.proved
    assert "≈ checked at 20 points" in checked._repr_html_()
    assert repr(checked).rstrip().endswith("checked at 20 points")


def test_reasons_and_inequalities_are_escaped():
    d = bl.derive(functools.partial(neuron, activation=bl.relu), wrt="z")
    d = d.then(
        lambda y_hat, y, z: (y_hat - y) * (z > 0), because="1 where z > 0 & <b>0</b> elsewhere"
    )
    html = d._repr_html_()
    Checker.of(html)
    assert "&lt;b&gt;0&lt;/b&gt;" in html and r"\left[z &gt; 0\right]" in html


def test_a_table_of_names_with_underscores_is_safe_in_html_and_latex():
    def f(w_in, x_1):
        return bl.let("the_loss", w_in * x_1)

    receipt = bl.verify(f, 0.5, 2.0)
    Checker.of(receipt._repr_html_())
    latex = receipt._repr_latex_()
    assert r"\mathrm{the}_{\mathrm{loss}}" in latex and "the_loss" not in latex
    assert latex.count("{") == latex.count("}")
    assert all(ord(c) < 128 for c in latex)


def test_latex_is_plain_ascii_and_colours_its_roles():
    for make in DERIVATIONS.values():
        latex = make()._repr_latex_()
        assert latex.startswith("$$ ") and latex.endswith(" $$")
        assert all(ord(c) < 128 for c in latex) and latex.count("{") == latex.count("}")


def test_brief_keeps_the_first_line_and_the_last():
    d = DERIVATIONS["scalar"]()
    assert [line.text for line in d.brief().lines] == [d.lines[0].text, d.lines[-1].text]
    once = bl.derive(lambda x: bl.let("y", np.tanh(x)), "x").then(lambda y: 1 - y**2).brief()
    assert len(once.lines) == 1  # the last line repeats the first
    assert bl.receipt("eq-brief", d.brief()).numbers.ok


def test_an_example_prints_its_values_and_its_factors():
    example = bl.derive(neuron, wrt="w").at(w=0.5, b=-1, x=2, y=1)
    page = Checker.of(example._repr_html_())
    assert page.attributes["data-status"] == "proved" and "bl-example" in page.classes
    assert r"\frac{1}{8}" in example._repr_latex_()


def test_a_function_without_a_value_at_the_points_drawn_is_named():
    d = bl.derive(lambda x: bl.let("y", np.log(x - 1e6)), "x")
    with pytest.raises(
        ProofError, match="dy/dx: the function has no finite value at the points drawn"
    ):
        bl.receipt("eq-far-away", d)


def test_the_latex_of_a_labelled_equation_is_that_of_its_derivation():
    d = DERIVATIONS["scalar"]()
    assert bl.receipt("eq-some-label", d)._repr_latex_() == d._repr_latex_()


def test_a_delta_that_is_left_in_an_index_form_is_1_where_its_indices_agree():
    i, j, n = sp.symbols("i j n", integer=True, positive=True)
    expr = sp.Sum(sp.KroneckerDelta(i, j) * sp.IndexedBase("A")[j] * n, (j, 1, n))
    arrays = {"A": np.array([2.0, 5.0, 7.0])}
    entry = entries_of_arrays(arrays)
    numbers = [number(expr, entry, {i: k, n: 3}) for k in (1, 2, 3)]
    assert numbers == [6.0, 15.0, 21.0]


def mean_square(X, W):
    Z = bl.let("Z", X @ W)
    return bl.let("L", np.sum(np.tanh(Z) ** 2))


NAMED = {  # what is no plain sum of products: order, shifted indices, a value on the way
    "cumsum": (lambda x: bl.let("y", np.cumsum(x)), "x", {"x": ("n",)}),
    "reversed": (lambda X: bl.let("Y", X[::-1]), "X", {"X": ("N", "p")}),
    "flipped cumsum": (lambda x: bl.let("y", np.cumsum(x[::-1])[::-1]), "x", {"x": ("n",)}),
    "a named array": (mean_square, "Z", XW),
    "a named scalar": (neuron, "z", None),
    "the output": (neuron, "L", None),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_receipt_compares_order_shifts_and_values_on_the_way_in_numbers(case):
    f, wrt, shapes = NAMED[case]
    d = bl.derive(f, wrt, shapes) if shapes else bl.derive(f, wrt=wrt)
    bound = bl.receipt("eq-case", d)
    assert bound.numbers.ok and bound.numbers.checks and not bound.note


@pytest.mark.parametrize("case", NAMED)
def test_a_cotangent_from_the_tape_that_is_off_is_seen_for_each_of_them(case, monkeypatch):
    known = binding._pulled_back
    off = lambda *a: [x * (1 + 1e-9) if k == 0 else x for k, x in enumerate(known(*a))]  # noqa: E731
    monkeypatch.setattr(binding, "_pulled_back", off)
    f, wrt, shapes = NAMED[case]
    d = bl.derive(f, wrt, shapes) if shapes else bl.derive(f, wrt=wrt)
    with pytest.raises(ProofError, match="derivation and engine differ"):
        bl.receipt("eq-case", d)
