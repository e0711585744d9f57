"""Receipts: right functions pass, mutants of every kind fail, and nothing is claimed unasked."""

from __future__ import annotations

import functools
import operator
import os
import subprocess
import sys

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.checks import (
    central_differences,
    complex_step,
    generic_points,
    path_scale,
    rounding_scale,
    watched_run,
    within,
)
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.receipts import Check, Receipt, short
from backprop_lab.rules import RULES
from backprop_lab.sides import between, one_sided

SYMPY, COMPLEX = "SymPy's derivative of the primal", "complex step"
DIFFERENCES, SIDES = "extrapolated central differences", "one-sided slopes at the kink"
DOTS = "dot-product test"


def logistic(z):
    return 1 / (1 + np.exp(-z))


def neuron(w, b, x, y, activation=logistic):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", activation(z), latex=r"\hat y")
    return bl.let("L", (y - y_hat) ** 2 / 2)


def two_paths(t):
    return bl.let("f", bl.let("x", t**2) ** 2 * bl.let("y", 3 * t))


def chapter_three(x):
    return bl.let("y", np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])]))


def softmax(x):
    e = np.exp(x - np.max(x))
    return bl.let("s", e / np.sum(e))


def affine(X, W, b):
    return bl.let("Y", X @ W + b)


X = np.array([[1.0, 2.0], [3.0, 4.0]])
W = np.array([[5.0, 6.0], [7.0, 8.0]])
NEURON = (0.5, -1.0, 2.0, 1.0)
relu_neuron = functools.partial(neuron, activation=bl.relu)
tanh_neuron = functools.partial(neuron, activation=np.tanh)
CHAPTERS = {
    "neuron": (neuron, NEURON, {SYMPY, COMPLEX, DOTS}),
    "tanh": (tanh_neuron, NEURON, {SYMPY, COMPLEX, DOTS}),
    "relu": (relu_neuron, (0.9, -1.0, 2.0, 1.0), {SYMPY, DOTS}),
    "two paths": (two_paths, (1.0,), {SYMPY, COMPLEX, DOTS}),
    "chapter 3": (chapter_three, (np.array([2.0, 3.0]),), {SYMPY, COMPLEX, DOTS}),
    "exp": (lambda x: bl.let("y", np.exp(x)), (np.log([1.0, 2.0, 3.0]),), {SYMPY, COMPLEX, DOTS}),
    "cumsum": (lambda x: np.cumsum(x), (np.array([1.0, 2.0, 3.0]),), {SYMPY, COMPLEX, DOTS}),
    "stable softmax": (softmax, (np.array([1.0, 2.0, 3.0]),), {SYMPY, DOTS}),
    "sort": (lambda x: np.sort(x) ** 2, (np.array([3.0, 1.0, 2.0]),), {DIFFERENCES, DOTS}),
    "affine": (affine, (X, W, np.array([1.0, -1.0])), {SYMPY, COMPLEX, DOTS}),
    "constant": (lambda x: np.ones(2), (1.0,), {SYMPY, COMPLEX, DOTS}),
}


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_chapters_functions_pass_and_list_the_checks_that_were_made(name):
    f, point, checks = CHAPTERS[name]
    receipt = bl.verify(f, *point)
    assert receipt.ok and {c.name for c in receipt.checks} == checks
    assert all(c.points == (1 if c.name == DOTS else 4) for c in receipt.checks)
    assert all(r.ok is (None if r.sympy is None and r.label != "f" else True) for r in receipt.rows)


def test_the_receipt_of_chapter_one_reads_so():
    assert repr(bl.verify(neuron, *NEURON)).splitlines()[:8] == [
        "Receipt: neuron at w = 0.5, b = -1, x = 2, y = 1",
        "       SymPy    tape     error ≤ 1e-12",
        "L      0.125    0.125    ✓",
        "∂L/∂w  -0.25    -0.25    ✓",
        "∂L/∂b  -0.125   -0.125   ✓",
        "∂L/∂x  -0.0625  -0.0625  ✓",
        "∂L/∂y  0.5      0.5      ✓",
        "✓ SymPy's derivative of the primal at 4 points, error ≤ 10⁻¹²: "
        "sees a value or a derivative that is wrong at one of them, generic points included.",
    ]


def test_the_formula_of_a_row_is_of_this_call_and_not_of_a_default():
    rows = bl.verify(lambda w, x, k=2.0: w * x**k, 1.0, 2.0, 3.0).rows
    assert [r.formula_tex for r in rows[1:3]] == ["x^{k}", r"\frac{f k}{x}"]


# --- mutants -------------------------------------------------------------------------------------------


def mutate(monkeypatch, func, change):
    """Change every cotangent that a rule's pullbacks return: `change(cotangent, operand number)`."""
    rule = RULES[func]
    honest = rule.reverse

    def reverse(operands, params, which):
        y, pullbacks = honest(operands, params, which)
        return y, [
            lambda y_bar, pull=pull, i=i: change(pull(y_bar), i)
            for pull, i in zip(pullbacks, which, strict=True)
        ]

    monkeypatch.setattr(rule, "reverse", reverse)


MUTANTS = {
    "×0": lambda bar, i: 0.0 * bar,
    "×−1": lambda bar, i: -bar,
    "×(1+1e-9)": lambda bar, i: bar * (1 + 1e-9),
    "dropped path": lambda bar, i: 0.0 * bar if i == 0 else bar,
    "inf": lambda bar, i: bar + np.inf,
    "nan": lambda bar, i: bar * np.nan,
}
USES = {  # a rule, and functions of the chapters that run it
    np.exp: ("neuron", "exp"),
    operator.mul: ("neuron", "two paths"),
    operator.truediv: ("neuron",),
    operator.pow: ("neuron", "chapter 3", "sort"),  # two powers on one path undo each other's sign
    operator.add: ("affine",),
    operator.sub: ("neuron",),
    operator.matmul: ("affine",),
    np.tanh: ("tanh",),
    bl.relu: ("relu",),
    np.sin: ("chapter 3",),
    np.stack: ("chapter 3",),
    np.cumsum: ("cumsum",),
    np.sum: ("stable softmax",),
    np.sort: ("sort",),
}


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("func", "name", "mutant"),
    [
        (func, name, mutant)
        for func, names in USES.items()
        for name in names
        for mutant in MUTANTS
        if (name, mutant) != ("sort", "×(1+1e-9)")  # differences alone: their bound is 1e-7
    ],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_a_wrong_rule_is_caught(monkeypatch, func, name, mutant):
    f, point, _ = CHAPTERS[name]
    mutate(monkeypatch, func, MUTANTS[mutant])
    with (
        pytest.raises(ProofError, match=r"the readings do not agree(.|\n)*✗"),
        np.errstate(invalid="ignore"),
    ):
        bl.verify(f, *point)


def test_a_looser_bound_is_stated_and_kept(monkeypatch):
    f, point, _ = CHAPTERS["sort"]
    mutate(monkeypatch, operator.pow, lambda bar, i: bar * (1 + 1e-5))
    with pytest.raises(ProofError, match=r"✗ extrapolated central differences .* error ≤ 10⁻⁷"):
        bl.verify(f, *point)


@pytest.mark.parametrize("func", [operator.matmul, np.cumsum])
def test_a_transposed_rule_is_caught(monkeypatch, func):
    f, point = (
        (lambda A, B: A @ B, (X, W))
        if func is operator.matmul
        else (lambda x: np.cumsum(x, 1), (X,))
    )
    mutate(monkeypatch, func, lambda bar, i: np.swapaxes(bar, -1, -2))
    with pytest.raises(ProofError, match="do not agree"):
        bl.verify(f, *point)


WRONG_SLOPES = {  # at z = 0 each of these is σ′ = ¼
    "ŷ²": lambda y: y * y,
    "(1 − ŷ)²": lambda y: (1 - y) ** 2,
    "ŷ/2": lambda y: y / 2,
    "¼": lambda y: 0.25,
}


@pytest.fixture
def sigma_with(monkeypatch):
    """Make a logistic function of one rule whose slope is whatever one claims."""
    known = dict(RULES)

    def make(slope):
        def sigma(z):
            return 1 / (1 + np.exp(-z))

        sigma.__module__ = "backprop_lab.rules.test"
        sigma = bl.rules.primitive(sigma)
        bl.elementwise(sigma, lambda z, y: slope(y), takes="z")
        return sigma

    yield make
    RULES.clear()
    RULES.update(known)


@pytest.mark.parametrize("name", WRONG_SLOPES)
def test_a_special_point_hides_a_wrong_slope_and_generic_points_do_not(sigma_with, name):
    f = functools.partial(neuron, activation=sigma_with(WRONG_SLOPES[name]))
    assert bl.verify(f, *NEURON, points=0).ok, "at z = 0 it cannot be seen"
    with pytest.raises(ProofError, match="✗ complex step at 4 points"):
        bl.verify(f, *NEURON)
    right = functools.partial(neuron, activation=sigma_with(lambda y: y * (1 - y)))
    assert bl.verify(right, *NEURON).ok


def test_the_dot_product_test_is_blind_to_a_slope_that_is_wrong_in_both_modes(sigma_with):
    f = functools.partial(neuron, activation=sigma_with(lambda y: y * y))
    receipt = bl.verify(f, *NEURON, strict=False)
    assert not receipt.ok
    assert next(c for c in receipt.checks if c.name == DOTS).ok


def test_the_dot_product_test_alone_earns_nothing():
    dots = Check(DOTS, True, 1, 1e-10, "sees little")
    assert not Receipt("f", checks=[dots]).ok
    assert not Receipt("f").ok
    assert Receipt("f", checks=[dots, Check(SYMPY, True, 1, 1e-12, "sees all")]).ok
    assert not Receipt("f", checks=[dots, Check(SYMPY, False, 1, 1e-12, "sees all")]).ok


def test_the_dot_product_test_sees_a_pullback_that_is_no_transpose(monkeypatch):
    mutate(monkeypatch, np.cumsum, lambda bar, i: np.flip(bar))
    receipt = bl.verify(lambda x: np.cumsum(x), np.array([1.0, 2.0, 3.0]), strict=False)
    assert not next(c for c in receipt.checks if c.name == DOTS).ok


def test_not_strict_gives_the_receipt_of_a_failure(monkeypatch):
    mutate(monkeypatch, np.exp, MUTANTS["×0"])
    receipt = bl.verify(neuron, *NEURON, strict=False)
    assert not receipt.ok and "✗" in repr(receipt)
    assert "the readings do not agree" in receipt._repr_html_()
    assert r"\text{FAILS}" in receipt._repr_latex_()


def test_a_wrong_primal_is_caught(monkeypatch):
    from backprop_lab.symbolic_table import ENTRYWISE

    monkeypatch.setitem(ENTRYWISE, np.exp, lambda a: 1 + a)
    with pytest.raises(ProofError, match=r"L  .* ✗"):
        bl.verify(neuron, 0.7, -1.0, 2.0, 1.0)


def test_code_that_is_another_function_on_symbols_is_caught_away_from_the_point():
    def f(x):
        return x + 1 if isinstance(x, bl.symbolic.Symbolic) else x + x**2  # the same at x = 1

    with pytest.raises(ProofError, match="✗ SymPy's derivative of the primal at 4 points"):
        bl.verify(f, 1.0)


# --- the scale of errors --------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [-40.0, -6.0, 6.0, 15.0, 40.0, 400.0])
@pytest.mark.parametrize("f", [neuron, tanh_neuron], ids=["logistic", "tanh"])
def test_saturation_is_no_mistake(f, w):
    assert bl.verify(f, w, -1.0, 2.0, 1.0).ok


def test_a_mistake_in_saturation_is_still_one(monkeypatch):
    mutate(monkeypatch, np.exp, MUTANTS["×−1"])
    with pytest.raises(ProofError):
        bl.verify(neuron, -6.0, -1.0, 2.0, 1.0)


def test_the_scale_is_the_sum_of_the_absolute_path_products():
    tape, y = watched_run(lambda t: t * 3.0 - t * 2.0, [5.0])
    assert path_scale(tape, y.index)[0].tolist() == [[5.0]], "the derivative is 1"


def test_rounding_moves_a_difference_of_equals_by_the_size_of_the_equals():
    rng = np.random.default_rng(0)
    value, slope = rounding_scale(lambda t: (t + 1e6) - (1e6 * (t / t)), [1.0], rng)
    assert 1e5 < value[0] < 1e8 and slope.shape == (1, 1)


def test_errors_are_relative_and_numbers_that_are_none_are_never_small():
    assert within(1 + 1e-13, 1.0, 1.0, 1e-12) and not within(1 + 1e-11, 1.0, 1.0, 1e-12)
    assert within(1e-30, 1e-30, 1e-30, 1e-12) and not within(2e-30, 1e-30, 1e-30, 1e-12)
    for wrong in (np.inf, np.nan):
        assert not within(wrong, 1.0, 1.0, 1e-12) and not within(wrong, wrong, 1.0, 1e-12)
        assert not within(1.0, 1.0, wrong, 1e-12)


# --- sources of truth -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "bound"), [(complex_step, 1e-14), (central_differences, 1e-8)])
def test_sources_of_truth_against_a_jacobian_written_by_hand(source, bound):
    x = np.array([2.0, 3.0])
    J = np.array([[3.0, 2.0], [4.0, 1.0], [0.0, np.cos(3.0)]])
    mine = source(chapter_three, [x])[0]
    np.testing.assert_allclose(mine, J, rtol=bound, atol=bound * 4)


@pytest.mark.parametrize("x", [1e-4, 3.0, 2e5])
def test_differences_step_with_the_size_of_the_entry(x):
    slope = central_differences(lambda x: np.log(x), [x])[0][0, 0]
    assert abs(slope * x - 1) < 1e-8


def test_one_sided_slopes_tell_the_two_sides():
    right, left = one_sided(lambda x: 3 * np.maximum(x, 0) + 1000 * x**2, [0.0])
    assert abs(right[0][0, 0] - 3) < 1e-6 and abs(left[0][0, 0]) < 1e-6
    assert between(np.array([[1.5]]), np.array([[3.0]]), np.array([[0.0]]), np.array([[3.0]]))
    assert not between(np.array([[3.1]]), np.array([[3.0]]), np.array([[0.0]]), np.array([[3.0]]))
    assert not between(
        np.array([[np.nan]]), np.array([[3.0]]), np.array([[0.0]]), np.array([[3.0]])
    )


def test_generic_points_keep_signs_and_leave_special_values():
    rng = np.random.default_rng(5)
    for a, b, c in generic_points(lambda *p: 1.0, [2.0, -3.0, 0.0], 5, rng):
        assert a > 0 > b and c != 0 and a != 2.0
    assert generic_points(lambda x: x, [1.0], 0, rng) == []


def test_a_domain_that_is_never_met_is_an_error():
    with pytest.raises(
        ProofError, match="of 150 points drawn near the given one only 0 gave a finite"
    ):
        bl.verify(lambda x: np.where(x == 1.0, x, np.nan), 1.0)


# --- kinks, and what SymPy cannot read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "slope", "convention"),
    [(lambda z: np.maximum(z, 0), 0.5, "½ to each at a tie"), (bl.relu, 0.0, "0 at x = 0")],
)
def test_at_a_kink_the_convention_is_named_and_sympy_is_not_claimed(activation, slope, convention):
    receipt = bl.verify(lambda z: bl.let("y", activation(z)), 0.0)
    assert receipt.rows[1].ours == slope and receipt.rows[1].sympy is None
    assert receipt.rows[1].ok is None and receipt.rows[0].ok is True
    assert any(convention in text and "sits at its kink" in text for text in receipt.not_checked)
    assert {c.name: c.points for c in receipt.checks} == {SYMPY: 3, SIDES: 1, DOTS: 1}
    assert "dy/dz  –" in repr(receipt) and repr(receipt).splitlines()[3].endswith("–")


def test_a_slope_outside_both_sides_of_a_kink_is_caught(monkeypatch):
    mutate(monkeypatch, np.maximum, lambda bar, i: bar + 0.6)
    receipt = bl.verify(lambda z: np.maximum(z, 0), 0.0, points=0, strict=False)
    assert not receipt.ok and next(c.name for c in receipt.checks if not c.ok) == SIDES


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: np.sum(np.sqrt(x)), np.array([0.0, 2.3]), [np.inf, 0.32969]),
        (lambda x: -np.sum(np.cbrt(x)), np.array([0.0, 1.0]), [-np.inf, -0.333333]),
        (lambda x: x**0.5, 0.0, np.inf),
        (lambda x: np.power(x, 0.9), 0.0, np.inf),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinite_slope_is_shown_and_is_a_convention(f, x, slope):
    receipt = bl.verify(f, x)
    np.testing.assert_array_equal(receipt.rows[1].ours, slope)
    assert receipt.rows[1].ok is None and any("+∞" in t or "±∞" in t for t in receipt.not_checked)
    assert {SYMPY, SIDES, DOTS} <= {c.name for c in receipt.checks}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_on_the_tape_is_shown_as_nan_and_fails():
    receipt = bl.verify(lambda x: np.sqrt(x**2), 0.0, strict=False)
    assert np.isnan(receipt.rows[1].ours) and "nan" in repr(receipt) and not receipt.ok
    receipt = bl.verify(lambda x: np.arcsin(x), 1.0, strict=False)
    assert receipt.rows[1].ours == np.inf and receipt.rows[1].ok is False


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_slope_that_is_infinite_where_the_function_is_not_steep_is_caught(monkeypatch):
    mutate(monkeypatch, bl.relu, lambda bar, i: bar + np.inf)
    receipt = bl.verify(bl.relu, 0.0, points=0, strict=False)
    assert not receipt.ok and not next(c.ok for c in receipt.checks if c.name == SIDES)


def test_a_power_that_is_real_on_one_side_alone_is_drawn_on_that_side():
    rng = np.random.default_rng(1)
    assert all(x > 0 for (x,) in generic_points(lambda x: x**0.5, [0.0], 3, rng))


@pytest.mark.parametrize(
    ("f", "checks", "reason"),
    [
        (
            lambda x: np.sort(x) * 2,
            {DIFFERENCES, DOTS},
            "np.sort has no symbolic reading: the order of",
        ),
        (lambda x: x * x if x[0] > 0 else x, {DIFFERENCES, DOTS}, "This code branches on a value"),
        (
            lambda x: np.stack(list(x[:1])) * x[np.argmin(x)],
            {DIFFERENCES, DOTS},
            "np.argmin has no symbolic",
        ),
    ],
)
def test_without_a_symbolic_reading_differences_take_its_place_and_the_receipt_says_so(
    f, checks, reason
):
    receipt = bl.verify(f, np.array([3.0, 1.0, 2.0]))
    assert receipt.ok and {c.name for c in receipt.checks} == checks
    assert any(text.startswith(f"SymPy's derivative ({reason}") for text in receipt.not_checked)
    assert any(text.startswith("complex step (") for text in receipt.not_checked)
    assert all(r.sympy is None for r in receipt.rows) and receipt.rows[1].ok is None


def test_a_formula_that_is_too_large_falls_to_complex_step():
    def deep(x):
        for _ in range(40):
            x = bl.let("x", 0.3 * x * (1 + x))
        return x

    receipt = bl.verify(deep, 0.5)
    assert receipt.ok and {c.name for c in receipt.checks} == {COMPLEX, DOTS}
    assert "too large to write out" in receipt.not_checked[0]


def test_float32_has_its_own_bound_and_is_checked_by_sympy_alone():
    point = [np.float32(v) for v in NEURON]
    receipt = bl.verify(neuron, *point)
    assert receipt.ok and receipt.bound == 1e-4
    assert {c.name for c in receipt.checks} == {SYMPY, DOTS}
    assert "complex step (float32)" in receipt.not_checked
    assert bl.verify(affine, X.astype(np.float32), W.astype(np.float32), np.float32([1, 2])).ok


def test_a_mistake_in_float32_is_caught(monkeypatch):
    mutate(monkeypatch, np.exp, lambda bar, i: bar * np.float32(1.01))
    with pytest.raises(ProofError):
        bl.verify(neuron, *[np.float32(v) for v in NEURON])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: bl.verify(lambda x: np.log(x), -1.0), ProofError, "the value at the given point is nan"),
        (lambda: bl.verify(lambda x: 1 / x, np.float64(0.0)), ProofError, "is inf, not finite"),
        (lambda: bl.verify(lambda x: x, np.ones(65)), ProofError, "4225 entries, more than 4096"),
        (lambda: bl.verify(lambda x: x, np.ones(2, np.float16)), ProofError, "dtype float16; float64 or"),
        (lambda: bl.verify(lambda x: x, np.arange(3)), TraceError, "array of int64"),
        (lambda: bl.verify(lambda x: (x, x), 1.0), TraceError, "returned a tuple"),
        (lambda: bl.verify(lambda x: np.lcm(x, 2), np.ones(2)), TraceError, "np.lcm has no rule"),
        (lambda: bl.verify(lambda x: {"a": x}, 1.0), TraceError, "returned a dict. Verify its parts"),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_is_refused(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call()


# --- how it looks ------------------------------------------------------------------------------------------


def test_receipts_and_derivations_are_the_same_bytes_in_every_process(tmp_path):
    script = tmp_path / "print_all.py"
    script.write_text(
        "import numpy as np, backprop_lab as bl, functools\n"
        "def sigma(z): return 1 / (1 + np.exp(-z))\n"
        "def neuron(w, b, x, y, act=sigma):\n"
        "    z = bl.let('z', w * x + b); a = bl.let('y_hat', act(z))\n"
        "    return bl.let('L', (y - a) ** 2 / 2)\n"
        "soft = lambda x: bl.let('y', np.exp(x) / np.sum(np.exp(x)))\n"
        "net = lambda X, W, b, V: bl.let('Y', bl.let('A', np.tanh(X @ W + b)) @ V)\n"
        "shapes = {'X': ('N', 'p'), 'W': ('p', 'h'), 'b': ('h',), 'V': ('h', 'm')}\n"
        "things = [bl.verify(neuron, .5, -1., 2., 1.), bl.verify(soft, np.array([1., 2., 3.])),\n"
        "  bl.verify(functools.partial(neuron, act=bl.relu), .5, -1., 2., 1.)]\n"
        "things += [bl.receipt('eq-w', bl.derive(neuron, wrt=w)) for w in 'wx']\n"
        "things += [bl.derive(soft, 'x', {'x': (3,)}), bl.derive(soft, 'x', {'x': ('n',)})]\n"
        "things += [bl.receipt('eq-n', bl.derive(net, v, shapes)) for v in 'W']\n"
        "try: bl.derive(neuron, 'w').then(lambda y, y_hat, x: (y - y_hat) * x)\n"
        "except bl.ProofError as e: print(e)\n"
        "for t in things: print(repr(t), t._repr_html_(), t._repr_latex_())\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.getcwd()},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4242")
    ]
    printed = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert printed[0] == printed[1] and len(printed[0]) > 10_000


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (np.array([1 / 3, 2e-9]), "[0.333333, 2e-09]"),
        (np.eye(2), "[[1, 0], [0, 1]]"),
        (np.zeros((4, 4)), "16 entries"),
    ],
)
def test_numbers_are_short_and_the_same_everywhere(x, text):
    assert short(x) == text


def test_digits_that_rounding_takes_away_are_not_printed():
    row = bl.verify(neuron, 15.0, 0.0, 2.0, 1.0).rows[1]
    assert short(row.ours) in ("0", "-2e-26", "-1.7e-26")
    assert row.ok and abs(row.sympy / -1.7513e-26 - 1) < 1e-4


def test_the_value_called_numpys_is_numpys_own():
    """A function that gives plain NumPy another value than the tape is found out, and shown so."""

    def two_faced(x):
        return np.exp(x) + (1.0 if isinstance(x, float) else 0.0)

    receipt = bl.verify(two_faced, 0.0, strict=False)
    value = receipt.rows[0]
    assert value.formula_tex == r"\text{NumPy: 2}" and float(value.ours) == 1.0
    assert value.ok is False and not receipt.ok


def test_plain_values_are_compared_at_the_generic_points_too():
    def off_elsewhere(x):
        return np.exp(x) + (1.0 if isinstance(x, float) and x != 0.5 else 0.0)

    receipt = bl.verify(off_elsewhere, 0.5, strict=False)
    assert receipt.rows[0].ok and not receipt.ok
    assert [c.name for c in receipt.checks if not c.ok] == [SYMPY]


def test_a_list_is_no_array_for_verify():
    with pytest.raises(
        TraceError, match=r"verify: argument 0 is a list, \[1.0, 2.0\]; .* Pass np.array"
    ):
        bl.verify(lambda x: x, [1.0, 2.0])


def test_a_function_of_several_results_has_its_paths_counted_through_them():
    """The derivative of the eigenvalue λₖ by A is vₖvₖᵀ."""
    A = np.array([[1.0, 0.25], [0.25, 3.0]])
    tape, y = watched_run(lambda A: np.linalg.eigh(A)[0], [A])
    scale = path_scale(tape, y.index)[0]
    v = np.linalg.eigh(A)[1]
    lower = np.array([[1.0, 0.0], [2.0, 1.0]])  # the triangle that eigh reads, for both
    want = [np.ravel(lower * np.abs(np.outer(v[:, k], v[:, k]))) for k in range(2)]
    np.testing.assert_allclose(scale, want, rtol=1e-12)
    assert bl.verify(lambda A: np.linalg.eigh(A)[0], A).ok


# --- where complex step cannot go ----------------------------------------------------------------------


def cubed_sine(x):
    return np.sin(x) ** 3


WITHIN = {
    "grad": (bl.grad(cubed_sine), 0.3, "grad: argument 0 has dtype complex128"),
    "jacobian": (bl.jacobian(cubed_sine), np.array([0.3, -0.4]), "jacobian: argument 0 has dtype"),
    "hvp": (
        lambda x: bl.hvp(lambda x: np.sum(x**3), x, np.ones(2)), np.array([0.3, -0.4]), "hvp: argument 0",
    ),
    "a closure": (lambda x: bl.grad(lambda y: np.sin(x * y))(2.0), 0.3, "f returned complex numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHIN)
def test_a_transform_within_is_verified_by_differences(name):
    f, x, why = WITHIN[name]
    receipt = bl.verify(f, x)
    assert receipt.ok and {c.name for c in receipt.checks} == {DIFFERENCES, DOTS}
    assert all(c.points == (1 if c.name == DOTS else 4) for c in receipt.checks)
    assert any(text.startswith(f"complex step (refused: {why}") for text in receipt.not_checked)


def test_a_wrong_second_derivative_of_a_transform_within_is_caught(monkeypatch):
    """The slope of the cosine, which the gradient of the sine is made of."""
    mutate(monkeypatch, np.cos, lambda bar, i: 1.001 * bar)
    with pytest.raises(ProofError, match="✗ extrapolated central differences at 4 points"):
        bl.verify(bl.grad(np.sin), 0.3)


@pytest.fixture
def of_ones_own():
    """Register a function of one's own as analytic, with the slope that it has."""
    known = dict(RULES)

    def make(f, slope, **flags):
        f = bl.rules.primitive(f)
        bl.rules.rule(f, takes="x", **flags)(
            lambda x: (f(x), lambda x_dot: slope(x) * x_dot, lambda y_bar: slope(x) * y_bar)
        )
        return f

    yield make
    RULES.clear()
    RULES.update(known)


def sawtooth(x):
    return x - np.floor(x)


def size(x):
    return np.abs(x)


NOT_ANALYTIC = {
    "it raises": (
        sawtooth,
        np.ones_like,
        "complex step ended in TypeError: ufunc 'floor' not supported",
    ),
    "it is another function": (size, np.sign, "the readings do not agree."),
}


@pytest.mark.parametrize("what", NOT_ANALYTIC)
def test_a_rule_of_ones_own_that_is_called_analytic_and_is_not_is_named(of_ones_own, what):
    f, slope, message = NOT_ANALYTIC[what]
    claimed = of_ones_own(f, slope, analytic=True)
    with pytest.raises(ProofError) as caught:
        bl.verify(lambda x: 3 * claimed(x), 0.3)
    text = str(caught.value)
    assert text.startswith(f"verify: {message}")
    assert (
        f" Complex step is valid for analytic functions alone, and {f.__name__} is registered as one. "
        "If it is none, say analytic=False where its rule is registered." in text
    )
    mended = of_ones_own(f, slope, analytic=False)
    receipt = bl.verify(lambda x: 3 * mended(x), 0.3)
    assert receipt.ok and f"complex step ({f.__name__}: not analytic)" in receipt.not_checked


def test_no_rule_is_blamed_where_none_is_of_ones_own(monkeypatch):
    mutate(monkeypatch, np.exp, MUTANTS["×−1"])
    with pytest.raises(ProofError, match=r"the readings do not agree\.\nReceipt"):
        bl.verify(lambda x: np.exp(x), 0.3)
