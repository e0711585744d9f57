"""Equal is said only of what is equal: signs, thresholds, tiny differences and kinks are seen."""

from __future__ import annotations

import pytest
import sympy as sp

from backprop_lab.equality import CHECKED, PROVED, counterexample, equal
from backprop_lab.symbolic import abstract

w, x, y, z = sp.symbols("w x y z", real=True)
sigma, sigma_prime, g = abstract("sigma"), abstract("sigma", (1,)), abstract("g")
step = sp.Piecewise((1, z > 0), (0, True))

PROVEN = [
    ((x + y) ** 2, x**2 + 2 * x * y + y**2),
    (1 - sp.tanh(x) ** 2, 1 / sp.cosh(x) ** 2),
    (sp.exp(x) / (1 + sp.exp(x)), 1 / (1 + sp.exp(-x))),
    (sp.sinh(x) + sp.cosh(x), sp.exp(x)),
    (sp.sqrt(x**2 * y**2), abs(x) * abs(y)),
    (sp.Max(x, y), (x + y + abs(x - y)) / 2),
    (sp.Heaviside(z), step),
    (step, sp.Piecewise((0, z <= 0), (1, True))),
    (step * z, sp.Max(z, 0)),
    (sp.Max(x, 0) * sp.Max(-x, 0), sp.Integer(0)),
    (
        (z - 1) * sigma(z) * sigma_prime(z),
        z * sigma(z) * sigma_prime(z) - sigma(z) * sigma_prime(z),
    ),
]
UNEQUAL = [
    (x, 2 * x),
    (abs(x), x),
    (abs(w) * x * y * z, w * x * y * z),
    (sp.Piecewise((1, z > 100), (0, True)), sp.Integer(0)),
    (sp.Piecewise((1, z > 1000), (0, True)) * x, sp.Integer(0)),
    (sp.sign(x), sp.Integer(1)),
    (sp.Max(x, y), x),
    (sp.Max(w, x, y), sp.Max(w, x)),
    (x + x / 10**50, x),
    (sp.atan(x) + sp.atan(1 / x), sp.pi / 2),
    (sp.exp(x), 1 + x + x**2 / 2 + x**3 / 6),
    (sigma(z) * sigma_prime(z), 2 * sigma(z) * sigma_prime(z)),
    (sigma(z), g(z)),
    (sigma_prime(z), sigma(z) * (1 - sigma(z))),
    (x, sp.nan),
    (sp.zoo, sp.zoo),
]


@pytest.mark.parametrize(("a", "b"), PROVEN, ids=str)
def test_what_is_equal_is_proved_from_both_sides(a, b):
    assert equal(a, b) == equal(b, a) == PROVED


@pytest.mark.parametrize(("a", "b"), UNEQUAL, ids=str)
def test_what_differs_is_never_called_equal(a, b):
    assert equal(a, b) == equal(b, a) == ""


def test_an_open_question_without_cases_is_checked_at_points_and_says_so():
    assert equal(sp.log(x**2) + y, 2 * sp.log(x) + y) == CHECKED
    assert equal(sp.log(x**2) + y + y / 10**40, 2 * sp.log(x) + y) == ""


@pytest.mark.parametrize(
    ("a", "b"),
    [pair for pair in UNEQUAL if not sp.Tuple(*pair).has(sp.Piecewise, sp.nan, sp.zoo)],
    ids=str,
)
def test_a_counterexample_is_a_point_at_which_the_two_differ(a, b):
    point, u, v = counterexample(a, b)
    assert str(u) != str(v)
    if not (a.atoms(sp.Function) & {sigma(z), sigma_prime(z)}):
        assert sp.simplify((a - b).subs(point)) != 0


def test_a_counterexample_is_simple_and_exact():
    point, u, v = counterexample(x**2, x)
    assert point == {x: 2} and (u, v) == (4, 2)
    assert counterexample(x + y, y + x) is None


def test_points_where_the_truth_is_no_real_number_are_passed_over():
    point, *_ = counterexample(2 * sp.sqrt(x), sp.sqrt(x))
    assert point[x] > 0


def test_the_truth_says_where_equality_is_asked():
    short, long = 2 * sp.log(x), sp.log(x**2)
    assert equal(long, short) == CHECKED, "they agree wherever the truth, 2 ln x, is a number"
    assert equal(short, long) == "", "2 ln x is no number at −1, where the truth ln x² is 0"
