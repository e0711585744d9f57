"""A quick look tells formulas apart, and never parts two that are equal."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.fingerprints import Fingerprints, fingerprints_of
from backprop_lab.symbolic_unknown import abstract

x, y = sp.symbols("x y", real=True)
i, j, k, n = sp.symbols("i j k n", integer=True, positive=True)
A, B, v = (sp.IndexedBase(name, real=True) for name in "ABv")
delta = sp.KroneckerDelta
sigma = abstract("sigma")
EQUAL = [
    (sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1), ()),
    ((x + y) ** 3, sp.expand((x + y) ** 3), ()),
    (sigma(x + x), sigma(2 * x), ()),
    (sp.Max(x, 0), sp.Piecewise((x, x > 0), (0, True)), ()),
    (sp.Heaviside(x), sp.Piecewise((1, sp.And(x > 0, x > -1)), (0, True)), ()),
    (sp.atan(x) + sp.atan(1 / x), sp.pi / 2, ()),
    (sp.Sum(A[i, k] * sp.KroneckerDelta(k, j), (k, 1, n)), A[i, j], (i, j)),
    (sp.Sum(A[i, k] * B[k, j], (k, 1, n)), sp.Sum(B[k, j] * A[i, k], (k, 1, n)), (i, j)),
    (sp.Sum(A[i, k] * v[j], (i, 1, n), (k, 1, n)), v[j] * sp.Sum(A[k, i], (k, 1, n), (i, 1, n)), (j,)),
    (sp.Sum(x, (k, 1, n)) / n, x, ()),
    (sp.Sum(x, (k, 1, n)), n * x, ()),
    (delta(i, 1) * v[1] + delta(i, 2) * v[2], v[i], ()),  # an axis of two, its index not told
    (delta(i, 1) * v[1], v[i], ()),  # an axis of one
    (sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1, sp.Integer(0), ()),
    (sp.Sum(sp.exp(v[k]) * sp.exp(-v[k]) - 1, (k, 1, n)), sp.Integer(0), ()),
    (sp.Sum(v[j] / 3, (j, 1, n)) * 3 - sp.Sum(v[k], (k, 1, n)), sp.Integer(0), ()),
]  # fmt: skip
DIFFERENT = [
    (x, -x, ()),
    (sp.tanh(x), sp.tanh(x) ** 2, ()),
    (sigma(x), sigma(y), ()),
    (abstract("sigma", (1,))(x), sigma(x), ()),
    (A[i, j], A[j, i], (i, j)),
    (sp.Sum(A[i, k] * B[k, j], (k, 1, n)), sp.Sum(A[k, i] * B[k, j], (k, 1, n)), (i, j)),
    (sp.Sum(v[k], (k, 1, n)), sp.Sum(v[k], (k, 1, n)) / n, ()),
    (sp.Piecewise((x, x > 0), (0, True)), sp.Piecewise((x, x < 0), (0, True)), ()),
]


@pytest.mark.parametrize(("a", "b", "at"), EQUAL, ids=str)
def test_equal_formulas_look_alike(a, b, at):
    look = Fingerprints({})
    assert look.alike(a, b, at) and look.alike(b, a, at)
    assert math.isfinite(look.number(a, {k: 1 for k in at}))


@pytest.mark.parametrize(("a", "b", "at"), DIFFERENT, ids=str)
def test_different_formulas_do_not(a, b, at):
    assert not Fingerprints({}).alike(a, b, at)


def test_what_cancels_far_above_its_result_is_not_called_different():
    far = v[i] + 10**12
    left = far - sp.Sum(v[k] + 10**12, (k, 1, n)) / n
    assert Fingerprints({}).alike(left, v[i] - sp.Sum(v[k], (k, 1, n)) / n, (i,))
    assert Fingerprints({}).alike(sp.sin(10**15 * (x + y)), sp.sin(10**15 * x + 10**15 * y))
    assert not Fingerprints({}).alike(v[i] - sp.Sum(v[k], (k, 1, n)) / n, v[i], (i,))


def test_two_letters_are_two_sizes():
    m = sp.Symbol("m", integer=True, positive=True)
    assert not Fingerprints({}).alike(v[i] / n, v[i] / m, (i,))
    assert not Fingerprints({}).alike(sp.Sum(v[k], (k, 1, n)) / n, sp.Sum(v[k], (k, 1, n)) / m)


@pytest.mark.parametrize("wrong", range(1, 9))
def test_every_entry_of_a_short_axis_is_looked_at(wrong):
    right, look = v[i] ** 2, Fingerprints({})
    assert not look.alike(right, right * (1 + delta(i, wrong)), (i,), (sp.Integer(8),))
    assert look.alike(right, v[i] * v[i], (i,), (sp.Integer(8),))


def test_the_ends_of_a_long_axis_and_of_a_named_one_are_looked_at():
    for size, last in ((sp.Integer(100), 100), (n, n)):
        wrong = v[i] * (1 + delta(i, last))
        assert not Fingerprints({}).alike(v[i], wrong, (i,), (size,))


def test_another_point_has_numbers_of_either_sign():
    values = [Fingerprints({}, point=2).number(v[k], {}) for k in map(sp.Integer, range(1, 40))]
    assert min(values) < -0.5 and max(values) > 0.5
    assert Fingerprints({}).alike(sp.Abs(x), x) and not Fingerprints({}, point=1).alike(
        sum(sp.Abs(v[k]) for k in range(1, 9)), sum(v[k] for k in range(1, 9))
    )


def test_what_is_no_number_may_be_anything():
    look = Fingerprints({})
    assert math.isnan(look.number(sp.log(-x), {})) and look.alike(sp.log(-x), y)
    assert look.alike(1 / (x - x + sp.Symbol("z", real=True) * 0), y)


def test_named_quantities_are_put_in():
    d = bl.derive(lambda w, x: bl.let("L", bl.let("z", w * x) ** 2), wrt="w")
    L, z, w, x = (sp.Symbol(name, real=True) for name in ("L", "z", "w", "x"))
    assert fingerprints_of(d.reading).alike(L, w**2 * x**2)
    assert not fingerprints_of(d.reading).alike(L, z)


def test_named_arrays_are_put_in_entry_by_entry():
    shapes = {"A": ("m", "n"), "x": ("n",)}
    d = bl.derive(lambda A, x: bl.let("y", np.tanh(bl.let("z", A @ x))), wrt="x", shapes=shapes)
    y, z, w = (sp.IndexedBase(sp.Symbol(name, real=True), real=True) for name in "yzx")
    A = sp.IndexedBase(sp.Symbol("A", real=True), real=True)
    look = fingerprints_of(d.reading)
    assert look.alike(y[i], sp.tanh(sp.Sum(A[i, k] * w[k], (k, 1, n))), (i,))
    assert not look.alike(y[i], z[i], (i,))
