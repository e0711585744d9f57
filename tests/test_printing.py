"""What is printed is what was proved: names, products, sums, cases, and code spelled as TeX."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.names import barred, subscripted, tex_name
from backprop_lab.printing import factor_tex, tex_of, text_of, with_roles
from backprop_lab.spelling import Spelled
from backprop_lab.symbolic_unknown import abstract

x, y, z = sp.symbols("x y z", real=True)
y_hat = sp.Symbol("y_hat", real=True)
i, j, k, a, b, n = sp.symbols("i j k a b n", integer=True, positive=True)
X, W, Y_bar = (sp.IndexedBase(sp.Symbol(s, real=True), real=True) for s in ("X", "W", "Y_bar"))


@pytest.mark.parametrize(
    ("name", "tex"),
    [
        ("y_hat", r"\hat{y}"),
        ("W1", "W_{1}"),
        ("W1_bar", r"\bar{W}_{1}"),
        ("sigma", r"\sigma"),
        ("Sigma", r"\Sigma"),
        ("Alpha", r"\mathrm{Alpha}"),  # TeX has no \Alpha
        ("loss", r"\mathrm{loss}"),
        ("_", r"\_"),
        ("x_in", r"x_{\mathrm{in}}"),
    ],
)
def test_names_are_set_as_a_reader_writes_them(name, tex):
    assert tex_name(name) == tex


@pytest.mark.parametrize(
    ("tex", "label", "expected"),
    [
        ("x", "12", "x_{12}"),
        ("W_{1}", "12", "W_{1,12}"),
        ("x_1", "2", "x_{1,2}"),
        (r"\bar{W_{1}}", "2", r"\bar{W_{1}}_{2}"),
        ("W^{(1)}", "2", "W_{2}^{(1)}"),
        (r"a_\mathrm{in}", "2", r"a_{\mathrm{in},2}"),
        (r"\hat y", "2", r"\hat y_{2}"),
    ],
)
def test_an_index_joins_an_index_that_is_there(tex, label, expected):
    assert subscripted(tex, label) == expected


def test_the_bar_stands_over_the_letter_and_not_over_its_index():
    assert barred("W_{1}") == r"\bar{W}_{1}"
    assert barred(r"\hat y") == r"\bar{\hat y}"
    assert barred("W^{(1)}") == r"\bar{W}^{(1)}"


@pytest.mark.parametrize(
    ("expr", "tex", "text"),
    [
        (y_hat - y, r"\hat{y} - y", "y_hat - y"),
        (-y - 1, "- y - 1", "-y - 1"),
        (sp.cos(x), r"\cos(x)", "cos(x)"),
        (sp.cos(x) ** 2, r"\cos^{2}(x)", "cos(x)**2"),
        (sp.log(x), r"\ln(x)", "log(x)"),
        (abs(x), r"\left|x\right|", "Abs(x)"),
        (sp.Piecewise((1, z > 0), (0, True)), r"\left[z > 0\right]", "[z > 0]"),
        (sp.Heaviside(z), r"\left[z > 0\right]", "[z > 0]"),
        (sp.Heaviside(-z), r"\left[z < 0\right]", "[z < 0]"),
        (x * sp.Heaviside(z) + y, r"x \left[z > 0\right] + y", "x*[z > 0] + y"),
        (sp.Heaviside(z) ** 2, r"\left[z > 0\right]^{2}", "[z > 0]**2"),
        (abstract("sigma", (1,))(z), r"\sigma'(z)", "sigma'(z)"),
        (abstract("sigma", (1, 1))(z), r"\sigma''(z)", "sigma''(z)"),
        (abstract("sigma", (1,))(z) ** 2, r"\sigma'(z)^{2}", "sigma'(z)**2"),
        (abstract("g", (2,))(x, y), r"\frac{\partial g}{\partial y}", "∂g/∂y"),
        (
            abstract("g", (2,))(x, y) ** 2,
            r"\left(\frac{\partial g}{\partial y}\right)^{2}",
            "∂g/∂y**2",
        ),
        (abstract("g", (1,))(x, x), r"\partial_{1} g(x, x)", "g_d1(x, x)"),
        (abstract("g", (1,))(2 * x, y), r"\partial_{1} g(2 x, y)", "g_d1(2*x, y)"),
        (abstract("g", (1, 2))(x, y), r"\partial_{1,2} g(x, y)", "g_d1_d2(x, y)"),
        (W[b, k] * Y_bar[a, k], r"\bar{Y}_{ak} W_{bk}", "W[b, k]*Y_bar[a, k]"),
        (X[k, a] * Y_bar[k, b], r"X_{ka} \bar{Y}_{kb}", "X[k, a]*Y_bar[k, b]"),
        (-X[i, j] * Y_bar[i, j], r"- \bar{Y}_{ij} X_{ij}", "-X[i, j]*Y_bar[i, j]"),
        (
            sp.exp(X[a, b]) * Y_bar[a, b] / n,
            r"\frac{\bar{Y}_{ab} e^{X_{ab}}}{n}",
            "exp(X[a, b])*Y_bar[a, b]/n",
        ),
        (
            sp.Sum(X[i, k] * W[k, j], (i, 1, n), (k, 1, n)),
            r"\sum_{i=1}^{n} \sum_{k=1}^{n} X_{ik} W_{kj}",
            "Sum(W[k, j]*X[i, k], (i, 1, n), (k, 1, n))",
        ),
        (
            x * sp.Sum(X[k, k] + 1, (k, 1, n)),
            r"x \sum_{k=1}^{n} \left(X_{kk} + 1\right)",
            "x*Sum(X[k, k] + 1, (k, 1, n))",
        ),
    ],
    ids=str,
)
def test_expressions_print_as_the_book_writes_them(expr, tex, text):
    assert tex_of(expr) == tex
    assert text_of(expr) == text


@pytest.mark.parametrize(
    "expr",
    [
        sp.cos(x) * sp.exp(-z) / (1 + sp.exp(-z)),
        sp.Max(0, z) * abs(y_hat - y),
        sp.sqrt(x + 1) * sp.log(1 + x),
        sp.Sum(X[i, k] * W[k, j], (k, 1, n)) ** 2,
    ],
    ids=str,
)
def test_tex_has_no_braces_around_brackets_and_all_of_them_match(expr):
    tex = tex_of(expr)
    assert not re.search(r"[a-z]\{\\left[(|]", tex.replace(r"\frac{", "{"))
    assert tex.count("{") == tex.count("}") and tex.count(r"\left") == tex.count(r"\right")


def test_a_factor_gets_parentheses_only_where_it_needs_them():
    assert factor_tex(y_hat - y) == r"\left(\hat{y} - y\right)"
    assert factor_tex(-x) == r"\left(- x\right)"
    assert factor_tex(x * y) == "x y"
    assert factor_tex(sp.Piecewise((1, z > 0), (0, True))) == r"\left[z > 0\right]"
    assert factor_tex(sp.Piecewise((z, z > 0), (2, True))).startswith(r"\left(\begin{cases}")


def test_roles_become_classes_or_colours_or_nothing():
    tex = r"\cotangent{\frac{a}{b}} \local{c \primal{d}}"
    assert with_roles(tex, "none") == r"\frac{a}{b} c d"
    assert with_roles(tex, "class").count(r"\class{bl-") == 3
    assert len(re.findall(r"\\textcolor\{#[0-9A-F]{6}\}", with_roles(tex, "colour"))) == 3


v, M, N = Spelled("v", 1), Spelled("M", 2), Spelled("N", 2)
t = Spelled("t", 0)


@pytest.mark.parametrize(
    ("spelled", "tex"),
    [
        (M @ N.T, r"M\, N^{\top}"),
        (M.T @ N, r"M^{\top}\, N"),
        (M * N, r"M \odot N"),
        ((M * N) @ v, r"\left(M \odot N\right)\, v"),
        ((M - N) * 2, r"\left(M - N\right) \cdot 2"),
        (v @ v, r"v^{\top}\, v"),
        (v @ M, r"M^{\top}\, v"),
        (v.T, "v"),
        (M**2, r"M^{\odot 2}"),
        (np.square(M), r"M^{\odot 2}"),
        (t**2, "t^{2}"),
        (t - (t - 1), r"t - \left(t - 1\right)"),
        (t + (-t), r"t + \left(-t\right)"),
        (v / v, r"v \oslash v"),
        (v / np.sum(v), r"\frac{v}{\mathbf{1}^{\top} v}"),
        (np.sum(M, axis=0), r"M^{\top}\, \mathbf{1}"),
        (np.sum(M, axis=1), r"M \mathbf{1}"),
        (np.outer(v, v), r"v\, v^{\top}"),
        (np.exp(-v), r"\exp(-v)"),
        (np.sqrt(t), r"\sqrt{t}"),
        (np.maximum(t, 0), r"\max(t, 0)"),
        (bl.relu(M), r"\operatorname{relu}(M)"),
        (M * (N > 0), r"M \odot \left[N > 0\right]"),
        (t * 0.1, r"t\, \frac{1}{10}"),
    ],
    ids=lambda s: getattr(s, "tex", s),
)
def test_code_is_spelled_in_the_order_it_was_written(spelled, tex):
    assert spelled.tex == tex


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda: np.cumsum(v), "np.cumsum has no spelling"),
        (lambda: np.arctan2(t, t), "np.arctan2 has no spelling"),
        (lambda: M + np.ones(2), "array of numbers has no spelling"),
        (lambda: np.array([t, t]), r"np.array\(…\) has no spelling"),
    ],
)
def test_what_has_no_spelling_says_so(code, message):
    with pytest.raises(TraceError, match=message):
        code()


def test_two_quantities_that_would_look_alike_are_told_apart():
    d = bl.definitions(lambda x1, x_1: bl.let("L", x1 * x_1))
    assert "x_{1}" in d._repr_latex_() and r"\mathrm{x\_1}" in d._repr_latex_()


def test_a_name_given_twice_gets_a_number_in_its_latex_too():
    def twice(t):
        h = bl.let("h", t**2, latex=r"\tilde h")
        return bl.let("h", h**3, latex=r"\tilde h")

    assert r"\tilde h_{2} &:= \tilde h^{3}" in bl.definitions(twice)._repr_latex_()
