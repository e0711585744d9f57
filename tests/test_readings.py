"""What the readings of a function refuse, and how little-used spellings come out."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.equality import _differ
from backprop_lab.printing import _closing
from backprop_lab.spelling import Spelled
from backprop_lab.tex import normalise

# --- for all sizes ------------------------------------------------------------------------------------

NO_INDEX_FORM = {
    "out=": (lambda X: np.exp(X, out=np.zeros(2)), "np.exp was asked to write into an existing array"),
    "reduce": (lambda X: np.add.reduce(X), "np.add.reduce [] has no index form."),
    "where=": (lambda X: np.exp(X, where=True), "np.exp.__call__ ['where'] has no index form."),
    "frexp": (lambda X: np.frexp(X), "np.frexp has no index form."),
    "an entry": (lambda X: X[0, 0], "Indexing has no index form for all sizes, except"),
    "a product": (lambda X: X @ X, "shapes (N, p) and (N, p) do not fit for @: p is not N."),
    "a number": (lambda X: np.sum(X) @ X, "@ has an index form for vectors, matrices and batches"),
    "outer": (lambda X: np.outer(X, X), "np.outer has an index form for two vectors."),
    "axes": (lambda X: np.transpose(X, (0,)), "np.transpose: axes (0,) are not the 2 axes"),
    "det": (lambda X: np.linalg.det(X), "np.linalg.det has no index form for all sizes."),
}  # fmt: skip


@pytest.mark.parametrize("f, message", NO_INDEX_FORM.values(), ids=NO_INDEX_FORM)
def test_what_has_no_index_form_is_refused_by_name(f, message):
    with pytest.raises(bl.TraceError, match=re.escape(message)):
        bl.derive(lambda X: np.sum(f(X)), wrt="X", shapes={"X": ("N", "p")})


def test_methods_and_axes_for_all_sizes():
    shapes = {"X": ("N", "p")}
    for f in (
        lambda X: (X.sum(axis=0) * X.mean(axis=0)).sum(),
        lambda X: np.sum(np.sum(X, axis=0) * np.mean(X, axis=0)),
        lambda X: np.sum(np.sum(np.sum(X, axis=()), axis=0) * X.T.mean(axis=1)),
    ):
        text = str(bl.derive(f, wrt="X", shapes=shapes))
        assert re.search(r"= 2\*Sum\(X\[(\w), b\], \(\1, 1, N\)\)/N ", text)


def test_names_that_are_taken_get_a_number_in_tex_too():
    def f(X):
        return np.sum(bl.let("h", bl.let("h", X * 2, latex=r"\eta") * X, latex=r"\eta"))

    text = bl.derive(f, wrt="X", shapes={"X": ("N",)})._repr_latex_()
    assert r"\bar{\eta}_{i}" in text and r"\bar{\eta}_{2,i} \eta_{i}" in text


# --- spelled as written --------------------------------------------------------------------------------

X, Y = Spelled("X", 2), Spelled("y", 1)


@pytest.mark.parametrize(
    "spell, tex",
    [
        (lambda: abs(X), r"\left|X\right|"),
        (lambda: np.transpose(X), r"X^{\top}"),
        (lambda: Y.T, "y"),
        (lambda: X.sum(axis=0), r"X^{\top}\, \mathbf{1}"),
        (lambda: np.outer(Y, Y), r"y\, y^{\top}"),
        (lambda: np.sqrt(X + 1), r"\sqrt{X + 1}"),
        (lambda: np.greater(X, 0), r"\left[X > 0\right]"),
    ],
)
def test_code_is_spelled_as_it_was_written(spell, tex):
    assert spell().tex == tex


@pytest.mark.parametrize(
    "spell, message",
    [
        (lambda: X.size, "this size has no spelling."),
        (lambda: np.exp(X, where=True), "np.exp with ['where'] has no spelling."),
        (lambda: np.heaviside(X, 0.5), "np.heaviside has no spelling."),
        (lambda: np.cumsum(X), "np.cumsum has no spelling."),
        (lambda: X + np.ones(3), "an array of numbers has no spelling."),
    ],
)
def test_what_has_no_spelling_is_refused_by_name(spell, message):
    with pytest.raises(bl.TraceError, match=re.escape(message)):
        spell()


# --- TeX ------------------------------------------------------------------------------------------------


def test_braces_that_end_too_soon_in_a_text_are_refused():
    with pytest.raises(ValueError, match="a closing brace is missing"):
        normalise(r"\text{a {b}")


@pytest.mark.parametrize(
    "one, other",
    [(r"{{x + y}}", "x + y"), (r"\begin{alignat}{2} x &= y \end{alignat}", "x = y"), ("x.", "x")],
)
def test_layers_around_a_formula_do_not_count(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("tex", ["{a{b}", r"{a\}"])
def test_a_brace_without_its_end_is_refused(tex):
    with pytest.raises(ValueError, match="a brace is not closed in"):
        _closing(tex, 0)


# --- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "u, v, verdict",
    [
        (sp.Symbol("x"), sp.Symbol("x"), False),
        (sp.Integer(1), sp.zoo, None),  # nothing is known to differ from no number
        (sp.zoo, sp.Integer(1), True),
        (sp.I, sp.Integer(1), True),
        (sp.Rational(1, 3), sp.Rational(1, 3) + sp.Rational(1, 10**200), True),
        (sp.sqrt(2), sp.Float("1.41421356237", 12), True),
        (sp.sin(1) ** 2 + sp.cos(1) ** 2, sp.Integer(1), False),
        (sp.Symbol("x"), sp.Integer(1), None),
    ],
)
def test_two_numbers_differ_agree_or_cannot_be_told(u, v, verdict):
    assert _differ(u, v) is verdict


# --- the trace ---------------------------------------------------------------------------------------------


def test_an_array_with_rules_of_its_own_is_refused_beside_a_traced_value():
    masked = np.ma.masked_array(np.ones(2), mask=[True, False])
    with pytest.raises(bl.TraceError, match=r"met a MaskedArray of shape \(2,\), a kind of array"):
        bl.grad(lambda x: np.sum(x * masked))(np.ones(2))


@pytest.mark.parametrize("f", [lambda x: np.stack([[x, x]]), lambda x: np.concatenate([[[x]]])])
def test_a_traced_value_deep_in_a_list_is_refused(f):
    with pytest.raises(
        bl.TraceError, match=r"would lose its trace, .* Build arrays with np\.stack"
    ):
        bl.vjp(f, 1.0)
