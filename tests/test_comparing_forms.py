"""Formulas in indices are compared term by term, case by case, and written out at size two."""

from __future__ import annotations

import numpy as np
import sympy as sp

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.equality import vanishes
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_equality import same
from backprop_lab.size_two import at_size_two

i, j, k, n = sp.symbols("i j k n", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)


def test_sums_that_run_alike_are_compared_term_by_term():
    y = 1 / (1 + sp.exp(-x[i]))
    total = lambda body: sp.Sum(body, (i, 1, n))  # noqa: E731
    assert same(total(y * (1 - y)), total(y.diff(x[i])))
    assert not same(total(y * (1 - y)), total(y**2))
    look = Fingerprints({})
    assert not look.alike(total(x[i]), total(x[i] ** 2))
    assert look.alike(total(x[i] + 1), total(x[i]) + n)


def test_cases_are_decided_one_by_one():
    v = sp.Symbol("v", real=True)
    assert vanishes(sp.sign(v) - sp.Heaviside(v) + sp.Heaviside(-v))
    assert not vanishes(sp.sign(v) - sp.Heaviside(v))
    d = bl.derive(lambda X: let("Y", np.abs(X)), wrt="X", shapes={"X": ("N", "p")})
    assert "**2" not in d.then(lambda X, Y_bar: np.sign(X) * Y_bar).lines[-1].text


def test_nested_sums_are_written_out_at_size_two():
    inner = sp.Sum(x[j] * x[i], (j, 1, n))
    written = at_size_two(sp.Sum(inner**2, (i, 1, n)), {n}, {})
    one, two = sp.symbols("x_1 x_2", real=True)
    assert sp.expand(written - (one**2 + two**2) * (one + two) ** 2) == 0
