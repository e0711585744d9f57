"""Two spellings of one equation are one string; two equations never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.tex import normalise

SAME = [
    (r"a + b", "a+b"),
    (r"\left( x \right)", "(x)"),
    (r"\bigl[ x \bigr]", "[x]"),
    (r"\hat{y}", r"\hat y"),
    (r"x_{i}^{2}", "x^2_i"),
    (r"f'(x)", r"f^{\prime}(x)"),
    (r"f''", r"f^{\prime\prime}"),
    (r"\class{bl-primal}{w}\,x", "wx"),
    (r"\cotangent{\bar{y}} \local{ab}", r"\bar y ab"),
    (r"\color{red}{w} x", "w x"),
    (r"\textcolor{red}{w} x", "w x"),
    (r"\begin{aligned} a &= b \end{aligned}", "a = b"),
    (r"a = b \\[4pt] = c", r"a = b \\ = c"),
    ("a = b.", "a = b"),
    ("a = b,\\qquad", "a = b"),
    (r"\tfrac{1}{2}", r"\frac12"),
    (r"a \leq b \neq c", r"a \le b \ne c"),
    (r"\left.\frac{df}{dx}\right|_{0}", r"\frac{df}{dx}|_0"),
    ("a % a remark\n + b", "a + b"),
    (r"\displaystyle\sum\limits_i x_i", r"\sum_i x_i"),
    (r"\mathrm{d}x", r"\mathrm d x"),
]
DIFFERENT = [
    ("a - b", "a + b"),
    ("a - b", "b - a"),
    (r"X^\top Y", "X Y"),
    (r"X^\top Y", r"Y X^\top"),
    (r"\class{bl-local}{a b}^2", "a b^2"),
    (r"\primal{a b}^2", "a b^2"),
    ("x^{ab}", "x^a b"),
    (r"\frac{a}{bc}", r"\frac{ab}{c}"),
    (r"\begin{pmatrix} a & bc \end{pmatrix}", r"\begin{pmatrix} ab & c \end{pmatrix}"),
    (r"\begin{pmatrix} a \\ b \end{pmatrix}", r"\begin{pmatrix} a & b \end{pmatrix}"),
    (r"\text{if } x", "ifx"),
    (r"f'", "f"),
    (r"\partial x", r"\mathrm{d} x"),
    ("0.5", "05"),
    ("f(x, y)", "f(x y)"),
    (r"x_i", "x^i"),
    (r"\bar x", r"\hat x"),
    (r"a \odot b", "a b"),
    (r"\alpha b", r"\alphab"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_layout_does_not_count(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_meaning_counts(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("tex", "word"), [("{a", "missing"), ("a}", "too many"), (r"\text{a", "missing")]
)
def test_braces_that_do_not_match_are_refused(tex, word):
    with pytest.raises(ValueError, match=word):
        normalise(tex)


PIECES = st.sampled_from(
    r"\class{c}|\left|\right|{|}|x|y|^|_|'|.|,|&|\\|\text{a b}|[|4pt]| |\begin{pmatrix}|\end{pmatrix}|\dfrac|\color{red}|12|%|~".split(
        "|"
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_normal_form_is_its_own(tex):
    try:
        once = normalise(tex)
    except ValueError:
        return
    assert normalise(once) == once
