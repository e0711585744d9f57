"""Constants, roots, deltas, conditions and Greek letters are set as an author would set them."""

from __future__ import annotations

import numpy as np
import sympy as sp

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.conditions import Above, Apart, AtLeast, Tied
from backprop_lab.names import tex_name
from backprop_lab.printing import tex_of, text_of
from backprop_lab.symbolic_table import exact

i, j, k, n = sp.symbols("i j k n", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)


def test_constants_of_the_function_are_printed_as_they_are_known():
    assert exact(2 * np.pi) == 2 * sp.pi and exact(np.sqrt(2 / np.pi)) == sp.sqrt(2 / sp.pi)
    assert exact(0.044715) == sp.Rational("0.044715") and exact(1 / 3) != sp.Rational(1, 4)
    d = bl.derive(lambda A, t: let("y", A * np.sin(2 * np.pi * t)), wrt="t")
    assert d.lines[-1].tex == r"\local{2 \pi A \cos(2 \pi t)}"


def test_roots_and_deltas_and_conditions_are_set_without_clutter():
    root = sp.sqrt(sp.Sum(x[i], (i, 1, n)))
    assert r"\left(\sqrt" not in tex_of(x[j] / (root * sp.sqrt(sp.Sum(x[i] ** 2, (i, 1, n)))))
    assert tex_of(sp.KroneckerDelta(i, j + 2)) == r"\delta_{i,j + 2}"
    a, b = sp.symbols("a b", real=True)
    assert tex_of(sp.Heaviside(a - b)) == r"\left[a > b\right]"
    assert tex_of(sp.Heaviside(1 - a * b)) == r"\left[a b < 1\right]"
    assert tex_of(sp.Heaviside(a + b)) == r"\left[a + b > 0\right]"
    assert tex_of(AtLeast(a - b)) == r"\left[a \geq b\right]"
    assert tex_of(Above(1 - a)) == tex_of(sp.Heaviside(1 - a)) == r"\left[a < 1\right]"
    assert tex_of(Tied(a - b)) == r"\left[a = b\right]" and text_of(Tied(a - b)) == "[a = b]"
    assert tex_of(Apart(a)) == r"\left[a \neq 0\right]" and text_of(Apart(a)) == "[a != 0]"


def test_greek_letters_and_accents_may_be_typed():
    assert tex_name("θ") == r"\theta" and tex_name("ŷ") == r"\hat{y}" and tex_name("Δ") == r"\Delta"
