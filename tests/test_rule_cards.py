"""The rule cards are current, complete and true: a rule that is wrong gets none."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
import function_table
import rule_cards
import rule_evidence
import rule_formulas
from backprop_lab.cards import Card, operand_names
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.rule_letters import ComplexShape
from backprop_lab.rule_proofs import prove
from backprop_lab.rule_sources import source_of
from backprop_lab.rule_symbols import exactly
from backprop_lab.rules import RULES
from backprop_lab.rules.kinds import composite, linear, rule
from backprop_lab.rules.kinks import piecewise
from backprop_lab.seals import proofs_in
from rule_formula_table import FORMULAS

FAMILIES = rule_cards.families()
ROWS = {row["function"]: row for rows in FAMILIES.values() for row in rows}
AGAIN = "run python tools/rule_cards.py"


# --- the pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_the_page_of_a_family_is_current(family):
    path = rule_cards.page_path(family)
    assert path.exists() and path.read_text(encoding="utf-8") == rule_cards.page(family), AGAIN


def test_the_index_is_current_and_no_page_is_left_over():
    found = {family: rule_cards.known_of(family) for family in FAMILIES}
    assert rule_cards.INDEX.read_text(encoding="utf-8") == rule_cards.index(found), AGAIN
    pages = {rule_cards.page_path(family) for family in FAMILIES}
    assert pages == set(rule_cards.BOOK.glob("rule-cards-*.md"))
    toc = (rule_cards.ROOT / "_toc.yml").read_text()
    assert all(f"book/{path.stem}\n" in toc for path in [*pages, rule_cards.INDEX])


def test_every_function_has_one_card_and_its_row_in_the_table_leads_there():
    text = "".join(path.read_text() for path in rule_cards.BOOK.glob("rule-cards-*.md"))
    anchors = re.findall(r"^\(([a-z0-9-]+)\)=$", text, flags=re.M)
    assert sorted(anchors) == sorted(map(function_table.anchor, ROWS))
    table = function_table.PAGE.read_text()
    assert all(f"`](#{anchor})" in table for anchor in anchors)


def test_a_card_shows_the_convention_at_the_kink_and_the_code():
    for family in FAMILIES:
        text = rule_cards.page_path(family).read_text()
        for found in rule_cards.known_of(family):
            card = text.partition(f"({function_table.anchor(found.row['function'])})=\n")[2]
            card = card.partition("\n)=")[0]
            assert not found.rule.kink or found.rule.kink in card
            assert source_of(found.rule.func) in card


def test_a_card_shows_more_than_a_single_entry_where_that_fits():
    """At one entry a sum, a product and a running sum all read y = a."""
    for name in ("np.sum", "np.prod", "np.cumsum", "np.mean", "np.ravel"):
        found = rule_cards.known(ROWS[name])
        (shown,) = rule_cards.shown_of(found.cards)
        sizes = [x.size for x in shown.instance.letters.values()]
        assert max(sizes) > 1, name
    solve = rule_cards.page_path("Inverses, determinants, norms and decompositions").read_text()
    card = solve.partition("(np-linalg-solve)=")[2].partition(")=")[0]
    assert "proved at 2 × 2" in card and "a_{11}^{2}" not in card


def test_most_rules_are_proved_and_the_others_say_why_not():
    every = [k for family in FAMILIES for k in rule_cards.known_of(family)]
    numbers = [k for k in every if k.kind == "numbers"]
    assert len(every) == len(ROWS) and len(numbers) <= 23
    assert all(k.reason and k.compared for k in numbers)
    assert not [k.row["function"] for k in every if k.kind == "points"]
    elementwise = [k for k in every if k.rule.kind == "elementwise"]
    assert {k.row["function"] for k in elementwise if not k.cards} == {"np.sinc", "np.unwrap"}


# --- wrong rules: each is refused ----------------------------------------------------------------


@pytest.fixture
def registry():
    """The registry, put back as it was when the test ends."""
    before = dict(RULES)
    yield RULES
    RULES.clear()
    RULES.update(before)


def wrong_inv(a):
    y = np.linalg.inv(a)
    t = np.swapaxes(y, -1, -2)
    return y, lambda a_dot: -(y @ a_dot @ y), lambda y_bar: t @ y_bar @ t


def wrong_tangent(a):
    y = np.linalg.inv(a)
    t = np.swapaxes(y, -1, -2)
    return y, lambda a_dot: y @ a_dot @ y, lambda y_bar: -(t @ y_bar @ t)


def wrong_softmax(x, axis=-1):
    s = bl.softmax(x, axis=axis)
    return s, lambda z: s * (1 - s) * z, lambda z: s * (1 - s) * z


def wrong_sort(a, axis=-1):
    order = np.argsort(a, axis=axis)
    y = np.sort(a, axis=axis)
    # the way back is by the inverse permutation: this is the way there
    move = lambda z: np.take_along_axis(z, order, axis)  # noqa: E731
    return y, move, move


def larger(a, b):
    return np.greater(a, b)


TAMPERED = {
    "wrong sign": ("np.sin", lambda f: bl.elementwise(f, lambda x: -np.cos(x))),
    "missing factor": ("np.exp2", lambda f: bl.elementwise(f, lambda y: y)),
    "missing chain": ("np.tan", lambda f: bl.elementwise(f, lambda y: y * y)),
    "a digit too many": ("np.exp", lambda f: bl.elementwise(f, lambda y: y * (1 + 1e-9))),
    "a rounded constant": ("np.log2", lambda f: bl.elementwise(f, lambda x: 1 / (x * 0.6931))),
    "one operand": ("np.divide", lambda f: bl.elementwise(f, lambda b: 1 / b, lambda y, b: y / b)),
    "right on one side": ("np.absolute", lambda f: bl.elementwise(f, 1)),
    "shares swapped": ("np.maximum", lambda f: piecewise(f, lambda a, b: larger(b, a), larger)),
    "not turned": ("np.flip", lambda f: linear(f, lambda y_bar, m, axis=None: y_bar, takes="m / axis")),
    "not from the end": ("np.cumsum", lambda f: linear(f, lambda y_bar, a, axis=None: np.cumsum(y_bar, axis), takes="a / axis +dtype out")),
    "no transpose": ("np.matmul", lambda f: linear(f, lambda y_bar, a, b: y_bar @ b, lambda y_bar, a, b: a.T @ y_bar, takes="a b", each=True)),
    "wrong sign of a matrix": ("np.linalg.inv", lambda f: rule(f, analytic=True)(wrong_inv)),
    "wrong on the way forward": ("np.linalg.inv", lambda f: rule(f, analytic=True)(wrong_tangent)),
    "softmax as if diagonal": ("bl.softmax", lambda f: rule(f, takes="x / axis")(wrong_softmax)),
    "spelled wrong": ("np.ptp", lambda f: composite(f, takes="a / axis")(lambda a, axis=None: np.max(a, axis) + np.min(a, axis))),
    "wrong in numbers": ("np.sort", lambda f: rule(f, takes="a / axis kind order stable")(wrong_sort)),
}  # fmt: skip


@pytest.mark.parametrize("name, register", TAMPERED.values(), ids=TAMPERED)
def test_a_wrong_rule_gets_no_card(registry, name, register):
    func = rule_evidence.functions()[name]
    register(func)
    with pytest.raises(ProofError, match=re.escape(name)):
        rule_evidence.known(ROWS[name])


def test_a_wrong_rule_ends_generation_before_anything_is_written(registry, monkeypatch, tmp_path):
    bl.elementwise(np.tanh, lambda y: 1 + y * y)
    monkeypatch.setattr(rule_cards, "BOOK", tmp_path)
    monkeypatch.setattr(rule_cards, "INDEX", tmp_path / "rule-cards.md")
    monkeypatch.setattr(rule_cards, "families", lambda: {"one": [ROWS["np.exp"], ROWS["np.tanh"]]})
    with pytest.raises(ProofError, match=r"np\.tanh: the cotangent of operand 1 is .*; SymPy's"):
        rule_cards.main()
    assert not list(tmp_path.iterdir())


def test_code_that_letters_cannot_follow_is_named_and_not_passed_over(registry):
    bl.elementwise(np.cos, lambda x: -np.interp(x, [0, 1], [0, 1]))
    with pytest.raises(
        LookupError, match=r"np\.cos cannot be proved on letters: np\.interp has no"
    ):
        rule_evidence.known(ROWS["np.cos"])


def test_both_branches_of_code_with_a_mask_are_proved(registry):
    """A slope that is wrong in saturation alone is wrong."""

    def slope(x):
        return np.where(np.abs(x) > 30, 1.0, 1 - np.tanh(x) ** 2)

    bl.elementwise(np.tanh, lambda x: slope(x))
    with pytest.raises(ProofError):
        rule_evidence.known(ROWS["np.tanh"])


# --- the public function -------------------------------------------------------------------------


def test_a_card_in_a_notebook_is_the_one_of_the_book():
    page = rule_cards.page_path("Functions that act on each component by itself").read_text()
    assert bl.card(np.exp).equations_html() in page
    assert "proved wherever it has a derivative" in bl.card(np.exp)._repr_html_()


def test_a_card_of_arrays_wants_shapes():
    with pytest.raises(TraceError, match=r"np\.matmul acts on whole arrays\. Give the shapes"):
        bl.card(np.matmul)
    text = repr(bl.card(np.matmul, (1, 2), (2, 1)))
    assert "a_bar = [[b_11*y_bar_11, b_21*y_bar_11]]" in text


def test_a_function_without_a_rule_is_named():
    with pytest.raises(TraceError, match=r"card: np\.bincount has no rule"):
        bl.card(np.bincount)
    with pytest.raises(TraceError, match=r"np\.sort has no symbolic reading"):
        bl.card(np.sort, (3,))


def test_where_a_rule_is_proved_is_said():
    assert bl.card(np.maximum).status == "proved for a > b and for a < b"
    assert bl.card(np.hypot).status == "proved for values of either sign"
    assert bl.card(np.max, (3,)).status == "proved for every order of the entries"


def test_the_slopes_are_shown_in_the_value_where_the_code_reuses_it():
    assert "x_bar = exp(x) y_bar = y y_bar" in repr(bl.card(np.exp))
    assert "= y y_bar" not in repr(bl.card(np.sin))


def test_the_source_is_the_statement_that_registers():
    assert source_of(np.sin) == "elementwise(np.sin, lambda x: np.cos(x))"
    assert "def _power_base" in source_of(np.power) and "for power in" in source_of(np.power)
    assert source_of(np.vstack).startswith("@composite(np.vstack")
    assert operand_names(np.arctan2, 2) == ["a", "b"]


@pytest.mark.parametrize("number", [0.6931, 0.69314718055994, 1.0000000001, 0.3333333])
def test_only_a_double_that_rounds_a_constant_is_read_as_it(number):
    assert exactly(number).is_Rational and float(exactly(number)) == number
    assert str(exactly(float(np.log(2)))) == "log(2)"


def test_complex_values_follow_the_convention():
    found = prove(RULES[np.fft.rfft], np.fft.rfft, [(3,)])
    first, second = found.bars[0]
    assert {str(x) for x in first.free_symbols} == {"y_bar_1.real", "y_bar_1.imag"}
    assert found.status == "proved" and first.has(sp.I) and second.has(sp.I)
    assert not any(x_bar.has(sp.I) for x_bar in found.adjoints[0])


# --- complex operands, and several outputs -------------------------------------------------------


def card_of_complex(func, *shape):
    return Card(RULES[func], prove(RULES[func], func, [ComplexShape(shape)]))


@pytest.mark.parametrize(
    "func, value, cotangent",
    [
        (np.real, "y = a", "z_bar = y_bar"),
        (np.imag, "y = b", "z_bar = I*y_bar"),
        (np.conjugate, "y = a - I*b", "z_bar = y_bar.real - I*y_bar.imag"),
        (np.angle, "y = arg(z)", "z_bar = I*y_bar*(a + I*b)/(a**2 + b**2)"),
        (np.absolute, "y = sqrt(a**2 + b**2)", "z_bar = y_bar*(a + I*b)/sqrt(a**2 + b**2)"),
    ],
)
def test_a_part_of_a_complex_number_is_proved_on_real_and_imaginary_letters(func, value, cotangent):
    card = card_of_complex(func)
    lines = [text for _, text, _ in card.lines()]
    assert (lines[0], lines[-1], card.instance.status) == (value, cotangent, "proved")
    page = "".join(path.read_text() for path in rule_cards.BOOK.glob("rule-cards-*.md"))
    assert card.equations_html() in page


def test_a_transform_of_complex_numbers_is_shown_in_complex_letters():
    lines = [text for _, text, _ in card_of_complex(np.fft.fft, 4).lines()]
    assert "z_1 + I*z_4 - I*z_2 - z_3" in lines[0]
    assert "y_bar_1 + I*y_bar_2 - y_bar_3 - I*y_bar_4" in lines[2]


def test_a_wrong_rule_of_complex_numbers_is_found(registry):
    linear(np.imag, lambda y_bar, val: -1j * y_bar, takes="val", analytic=False)
    RULES[np.imag].on_complex = "own"
    with pytest.raises(ProofError, match=r"np\.imag: the cotangent of operand 1"):
        card_of_complex(np.imag, 2)


def test_parts_of_a_complex_cotangent_are_named_in_words():
    tex = bl.card(np.fft.fft, (4,)).lines()[-1][0]
    assert r"\operatorname{Re} \bar{y}_{1} + \operatorname{Im} \bar{y}_{4}" in tex
    pages = "".join(path.read_text() for path in rule_cards.BOOK.glob("rule-cards-*.md"))
    assert r"\bar{y}_{i," not in pages


def test_of_several_outputs_the_number_comes_first_from_one():
    card = bl.card(np.meshgrid, (2,), (3,))
    assert "b_bar = [y_bar_2_11 + y_bar_2_12," in repr(card)
    assert r"\bar{y}_{2,11} + \bar{y}_{2,12}" in card.lines()[-1][0]


# --- formulas ------------------------------------------------------------------------------------


def test_every_card_shows_an_equation():
    for family in FAMILIES:
        text = rule_cards.page_path(family).read_text()
        cards = re.split(r"(?m)^(?=\([a-z0-9-]+\)=$)", text)[1:]
        assert not [card.splitlines()[0] for card in cards if not proofs_in(card)]


@pytest.mark.parametrize("func", FORMULAS, ids=lambda f: f.__name__)
def test_a_formula_is_what_the_engine_gives_and_stands_on_its_card(func):
    formula = FORMULAS[func]
    if formula.letters:
        for shapes in formula.shapes:
            rule_formulas.prove_formula(func, formula, shapes)
    else:
        for seed in range(10, 13):  # not the points of the page
            rule_formulas.compare(formula, seed)
    call = rule_cards._call(RULES[func])
    page = "".join(path.read_text() for path in rule_cards.BOOK.glob("rule-cards-*.md"))
    assert rule_formulas.formula_html(func, formula, call) in page


@pytest.mark.parametrize("func", FORMULAS, ids=lambda f: f.__name__)
def test_a_formula_with_a_wrong_sign_gets_no_card(func):
    formula = FORMULAS[func]
    last = formula.rows[-1]
    arguments = ", ".join(last.arguments)
    wrong = eval(f"lambda {arguments}: -code({arguments})", {"code": last.code})
    rows = (*formula.rows[:-1], replace(last, code=wrong))
    with pytest.raises(ProofError, match="is not what its formula gives"):
        rule_formulas.evidence(func, replace(formula, rows=rows))


def test_a_formula_speaks_of_every_operand():
    formula = FORMULAS[np.interp]
    with pytest.raises(ProofError, match="says nothing of p_bar"):
        rule_formulas.compare(replace(formula, rows=formula.rows[:-1]))


def test_a_variance_is_shown_by_its_mean_and_not_by_its_entries():
    text = rule_cards.page_path(
        "Variances, standard deviations, weighted means, and reductions that pass over NaN"
    )
    card = text.read_text().partition("(np-var)=")[2].partition("(np-")[0]
    assert r"\frac{2\, \left(x_{i} - \mu\right)}{n}\, \bar{y}" in card and "a_{1} a_{2}" not in card
