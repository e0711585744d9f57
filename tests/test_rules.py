"""Every rule in the registry, in both modes, against a truth that shares nothing with it.

The truth is the Jacobian of the plain NumPy function, found without the engine: by complex step
where the function is analytic; by exact differences where it is piecewise linear (the inputs and
the step are dyadic fractions, so that the differences carry no rounding error); and by SymPy's
derivative for the functions of one number. Errors are relative to Σ|ȳ||J|, the scale of the summed
path products, with no absolute tolerance.
"""

from __future__ import annotations

import functools
import operator
from unittest import mock

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules import RULES
from backprop_lab.tape import Tape, backward
from backprop_lab.traced import primal
from rule_cases import all_cases
from rule_cases.elementwise import UNARY

CASES = all_cases()
TOLERANCE = 1e-12
STEP = 1e-30  # of a complex step: it has no subtraction, so it may be as small as we like


IDS = [f"{i}-{c}" for i, c in enumerate(CASES)]
ALL_IDS = [name_of(key) for key in RULES]
PRIMITIVE = [key for key, rule in RULES.items() if rule.kind != "composite"]  # with a pullback
KEY_IDS = [name_of(key) for key in PRIMITIVE]


def cases_of(key):
    return [i for i, c in enumerate(CASES) if c.key is key]


def is_paired(case):
    """Whether a case has two operands of one shape, so that f(x, x) makes sense."""
    if len(case.operands) != 2 or RULES[case.key].kind == "composite":
        return False
    if case.key in (np.maximum, np.minimum, np.fmax, np.fmin, np.remainder, operator.mod, np.fmod):
        return False  # f(x, x) is at a kink everywhere
    a, b = case.operands
    return isinstance(a, tuple) and isinstance(b, tuple) and a == b != (0,)


# --- the truth -------------------------------------------------------------------------------------


def moved(operands, i, j, step):
    """The operands, with entry `j` of operand `i` moved by `step`."""
    x = np.array(operands[i], dtype=np.result_type(operands[i], type(step)))
    x.ravel()[j] += step
    return (*operands[:i], x if isinstance(operands[i], np.ndarray) else x[()], *operands[i + 1 :])


def is_analytic(case):
    """Whether complex step is valid on the spelling that the truth comes from."""
    return case.plain is not None or RULES[case.key].analytic


def true_jacobian(f, operands, analytic):
    """∂f/∂(each operand), of shape `shape(f) + shape(operand)`, from runs of the plain `f`."""
    y = np.asarray(f(*operands))
    blocks = []
    for i, x in enumerate(operands):
        block = np.zeros((*y.shape, np.size(x)))
        for j in range(np.size(x)):
            if analytic:
                block[..., j] = np.imag(f(*moved(operands, i, j, STEP * 1j))) / STEP
            else:
                block[..., j] = (f(*moved(operands, i, j, 2.0**-12)) - y) * 2.0**12
        blocks.append(np.reshape(block, (*y.shape, *np.shape(x))))
    return blocks


def direction(rng, shape):
    """A generic direction: entries of size ½ to 2, no two alike, of both signs."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


def assert_close(got, want, scale, what):
    """|got − want| ≤ 1e-12 · scale, entry by entry; where the scale is 0, exactly 0."""
    assert np.shape(got) == np.shape(want), f"{what}: shape {np.shape(got)}, not {np.shape(want)}"
    error = np.abs(np.asarray(got) - want)
    assert np.all(error <= TOLERANCE * scale), f"{what}: {got} is not {want}"


def check(case, f=None, jacobian=None):
    """Compare value, pullback and pushforward with the truth; each operand alone, and together."""
    f, operands, rng = f or case.call, case.draw(), np.random.default_rng(7)
    if jacobian is None:
        jacobian = true_jacobian(case.plain or f, operands, is_analytic(case))
    shape = np.shape(f(*operands))
    together = tuple(range(len(operands)))
    for traced in {together, *((i,) for i in together)}:

        def g(*some, traced=traced):
            filled = list(operands)
            for i, x in zip(traced, some, strict=True):
                filled[i] = x
            return f(*filled)

        some = [operands[i] for i in traced]
        value, pullback = bl.vjp(g, *some)
        np.testing.assert_array_equal(value, f(*operands))
        y_bar = direction(rng, shape)
        for i, x, x_bar in zip(traced, some, pullback(y_bar), strict=True):
            want = np.tensordot(y_bar, jacobian[i], len(shape))
            scale = np.tensordot(np.abs(y_bar), np.abs(jacobian[i]), len(shape))
            assert_close(x_bar, want, scale, f"cotangent of operand {i}")
            assert type(x_bar) is (np.ndarray if np.ndim(x) else float)
        dots = [direction(rng, np.shape(x)) for x in some]
        value, y_dot = bl.jvp(g, tuple(some), tuple(dots))
        np.testing.assert_array_equal(value, f(*operands))
        products = [
            np.tensordot(jacobian[i], dot, np.ndim(dot))
            for i, dot in zip(traced, dots, strict=True)
        ]
        scales = [
            np.tensordot(np.abs(jacobian[i]), np.abs(dot), np.ndim(dot))
            for i, dot in zip(traced, dots, strict=True)
        ]
        assert_close(y_dot, sum(products), sum(scales), "tangent")


@functools.cache
def truth(i):
    return true_jacobian(CASES[i].plain or CASES[i].call, CASES[i].draw(), is_analytic(CASES[i]))


def test_every_rule_has_a_case():
    assert {c.key for c in CASES} == set(RULES)


@pytest.mark.parametrize("i", range(len(CASES)), ids=IDS)
def test_both_modes_agree_with_the_plain_function(i):
    check(CASES[i], jacobian=truth(i))


# --- functions of one number: SymPy on the primal ----------------------------------------------------

SYMPY = {
    np.negative: lambda x: -x, operator.neg: lambda x: -x, np.positive: lambda x: x,
    operator.pos: lambda x: x, np.square: lambda x: x**2, np.reciprocal: lambda x: 1 / x,
    np.sqrt: sp.sqrt, np.exp: sp.exp, np.exp2: lambda x: 2**x, np.expm1: lambda x: sp.exp(x) - 1,
    np.log: sp.log, np.log2: lambda x: sp.log(x, 2), np.log10: lambda x: sp.log(x, 10),
    np.log1p: lambda x: sp.log(1 + x), np.sin: sp.sin, np.cos: sp.cos, np.tan: sp.tan,
    np.arcsin: sp.asin, np.arccos: sp.acos, np.arctan: sp.atan, np.sinh: sp.sinh,
    np.cosh: sp.cosh, np.tanh: sp.tanh, np.arcsinh: sp.asinh, np.arccosh: sp.acosh,
    np.arctanh: sp.atanh, np.absolute: sp.Abs, operator.abs: sp.Abs,
    bl.relu: lambda x: sp.Max(x, 0),
}  # fmt: skip


@pytest.mark.parametrize("func", SYMPY, ids=name_of)
def test_sympy_derives_the_same_in_three_orders(func):
    assert set(SYMPY) == set(UNARY)
    x = sp.Symbol("x", real=True)
    low, high = UNARY[func]
    derivative, ours = SYMPY[func](x), func
    for _ in range(3):
        derivative, ours = derivative.diff(x), bl.grad(ours)
        for point in np.random.default_rng(1).uniform(low, high, 4):
            want = derivative.subs(x, sp.Float(float(point), 60)).evalf(40)
            want = float(want) if want.is_number else pytest.fail(f"{want} is no number")
            assert abs(ours(float(point)) - want) <= 2e-14 * abs(want)


@pytest.mark.parametrize("point", [0.5, 12.0, 20.0, 300.0, -20.0])
def test_the_derivative_of_tanh_keeps_its_digits_in_saturation(point):
    want = float(1 / sp.cosh(sp.Float(point, 60)) ** 2)
    assert abs(bl.grad(np.tanh)(point) - want) <= 1e-14 * want
    assert bl.grad(np.tanh)(1e4) == 0.0


def test_higher_derivatives_of_tanh_are_right_at_zero():
    d3 = bl.grad(bl.grad(bl.grad(np.tanh)))
    assert [bl.grad(np.tanh)(0.0), d3(0.0)] == [1.0, -2.0]
    assert bl.grad(bl.grad(d3))(0.0) == 16.0  # tanh x = x − x³/3 + 2x⁵/15 − …


# --- second order ------------------------------------------------------------------------------------


def pulled(f, operands, y_bar):
    """The cotangents of all operands, from a tape of our own: complex operands are allowed here.

    Complex step needs pullbacks as they are written, without the conjugations of `complexes`.
    """
    tape = Tape()
    plain = {
        "complex_reverse": lambda rule, *args: rule.reverse(*args),
        "in_convention": lambda rule, operands, which, pullbacks: pullbacks,
    }
    with mock.patch.multiple("backprop_lab.tape", **plain):
        y = f(*[tape.watch(x) for x in operands])
    bars = backward(tape, y.index, y_bar + 0j)  # complex on every path: some meet in place
    return [
        np.zeros(np.shape(x)) if bar is None else bar
        for x, bar in zip(operands, bars, strict=False)
    ]


# The pullback of tanh uses |x|, where complex step is not valid: SymPy checks it above, in all orders.
SMOOTH = [key for key in RULES if key is not np.tanh]


@pytest.mark.no_cover
@pytest.mark.parametrize("key", SMOOTH, ids=name_of)
def test_derivatives_of_the_pullback(key):
    for i in cases_of(key):
        for m in range(len(CASES[i].operands)):
            check_derivative_of_cotangent(CASES[i], m)


def check_derivative_of_cotangent(case, m):
    """H[j] = the derivative, in operand j, of the cotangent of operand m: forward and reverse."""
    f, operands, rng = case.call, case.draw(), np.random.default_rng(8)
    y_bar = direction(rng, np.shape(f(*operands)))
    dots = tuple(direction(rng, np.shape(z)) for z in operands)
    shape = np.shape(operands[m])
    H = [np.zeros((*shape, np.size(z))) for z in operands]
    for j, z in enumerate(operands):
        for k in range(np.size(z) if is_analytic(case) else 0):  # else piecewise linear: 0
            there = moved(operands, j, k, STEP * 1j)
            H[j][..., k] = np.imag(np.asarray(pulled(case.plain or f, there, y_bar)[m])) / STEP

    def gradient(*xs):
        return bl.vjp(f, *xs)[1](y_bar)[m]

    _, got = bl.jvp(gradient, operands, dots)
    want = sum(block @ np.ravel(dot) for block, dot in zip(H, dots, strict=True))
    scale = sum(np.abs(block) @ np.abs(np.ravel(dot)) for block, dot in zip(H, dots, strict=True))
    assert_close(got, want, scale, f"{case}, forward over reverse, operand {m}")

    x_bar = direction(rng, shape)
    for j, bar in enumerate(bl.vjp(gradient, *operands)[1](x_bar)):
        want = np.tensordot(x_bar, H[j], len(shape)).reshape(np.shape(operands[j]))
        scale = np.tensordot(np.abs(x_bar), np.abs(H[j]), len(shape)).reshape(np.shape(want))
        assert_close(bar, want, scale, f"{case}, reverse over reverse, operands {m} and {j}")


def test_power_at_zero_base_and_zero_exponent():
    assert bl.grad(lambda x: x**2)(0.0) == 0.0
    assert bl.grad(lambda x: x**1)(0.0) == 1.0
    assert bl.grad(lambda x: x**0)(0.0) == 0.0
    np.testing.assert_array_equal(
        bl.grad(lambda x: np.sum(x ** np.array([0.0, 1.0, 2.0])))(np.zeros(3)), [0.0, 1.0, 0.0]
    )
    np.testing.assert_array_equal(
        bl.grad(lambda p: np.sum(np.zeros(3) ** p))(np.array([1.0, 2.0, 0.5])), [0.0, 0.0, 0.0]
    )


def test_power_of_a_negative_base():
    assert bl.grad(lambda x: x**3)(-2.0) == 12.0
    np.testing.assert_array_equal(
        bl.grad(lambda x: np.sum(x ** np.array([3, 2, -1])))(np.array([-2.0, -2.0, -2.0])),
        [12.0, -4.0, -0.25],
    )


def test_power_mixed_second_derivative_where_the_exponent_is_zero():
    """∂²(xᵖ)/∂x∂p = xᵖ⁻¹(1 + p log x), which is 1/x at p = 0, and not 0."""
    assert bl.grad(lambda p: bl.grad(lambda x: x**p)(2.0))(0.0) == 0.5
    got = bl.jacobian(lambda p: bl.grad(lambda x: np.sum(x**p))(np.array([2.0, 4.0])))(np.zeros(2))
    np.testing.assert_array_equal(got, [[0.5, 0.0], [0.0, 0.25]])


# --- the dot-product test: adjointness of the two modes, never the only evidence ----------------------


@pytest.mark.parametrize("key", RULES, ids=ALL_IDS)
def test_pullback_is_the_adjoint_of_pushforward(key):
    for i in cases_of(key):
        f, operands, rng = CASES[i].call, CASES[i].draw(seed=3), np.random.default_rng(9)
        y_bar = direction(rng, np.shape(f(*operands)))
        dots = tuple(direction(rng, np.shape(x)) for x in operands)
        forward = np.ravel(y_bar * bl.jvp(f, operands, dots)[1])
        reverse = np.concatenate(
            [np.ravel(b * d) for b, d in zip(bl.vjp(f, *operands)[1](y_bar), dots, strict=True)]
        )
        jacobian = true_jacobian(CASES[i].plain or f, operands, is_analytic(CASES[i]))
        scale = sum(
            np.sum(np.abs(y_bar) * np.tensordot(np.abs(block), np.abs(dot), np.ndim(dot)))
            for block, dot in zip(jacobian, dots, strict=True)
        )
        assert_close(np.sum(forward), np.sum(reverse), scale, "⟨ȳ, Jẋ⟩ and ⟨Jᵀȳ, ẋ⟩")


# --- wrong rules are rejected ---------------------------------------------------------------------------


def forget_largest(bar):
    """One path dropped: the largest entry of the cotangent is lost."""
    bar = np.array(bar, order="C")
    bar.ravel()[np.argmax(np.abs(bar))] = 0.0
    return bar[()]


MUTATIONS = {
    "×0": lambda bar: 0.0 * bar,
    "×−1": lambda bar: -1.0 * bar,
    "×(1+1e-9)": lambda bar: (1 + 1e-9) * bar,
    "path dropped": forget_largest,
    "transposed": np.transpose,
    "reversed": np.flip,
}


def with_pullback(rule, mutate, only):
    """A wrong `reverse`: the cotangent of operand `only` is passed on mutated."""
    reverse = rule.reverse

    def wrong(operands, params, which):
        y, pullbacks = reverse(operands, params, which)
        pairs = zip(which, pullbacks, strict=True)
        return y, tuple(
            (lambda y_bar, pull=pull: mutate(pull(y_bar))) if only == i else pull
            for i, pull in pairs
        )

    return wrong


def place(case, operand):
    """Which operand of the rule an operand of the case is: `where` has its fixed mask in front."""
    return operand + (case.key is np.where and len(case.operands) == 2)


def rejects(i):
    try:
        check(CASES[i], jacobian=truth(i))
    except (AssertionError, TraceError):
        return True
    return False


@pytest.mark.no_cover
@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("key", PRIMITIVE, ids=KEY_IDS)
def test_a_wrong_pullback_is_rejected(key, mutation, monkeypatch):
    """For each operand by itself, in every case in which the mutation changes its cotangent."""
    mutate, told = MUTATIONS[mutation], 0
    for i in cases_of(key):
        f, operands = CASES[i].call, CASES[i].draw()
        y_bar = direction(np.random.default_rng(7), np.shape(f(*operands)))
        for operand, right in enumerate(bl.vjp(f, *operands)[1](y_bar)):
            if np.size(right) == 0 or np.array_equal(mutate(right), right):
                continue  # nothing is wrong here: zeros, or a vector that is its own transpose
            told += 1
            with monkeypatch.context() as patch:
                wrong = with_pullback(RULES[key], mutate, place(CASES[i], operand))
                patch.setattr(RULES[key], "reverse", wrong)
                assert rejects(i), f"{CASES[i]}, operand {operand}"
    flat = all(np.ndim(x) < 2 for i in cases_of(key) for x in CASES[i].draw())
    assert told or (flat and mutation == "transposed")  # one axis has nothing to transpose


@pytest.mark.no_cover
@pytest.mark.parametrize("mutation", ["×0", "×−1", "×(1+1e-9)"])
@pytest.mark.parametrize("key", PRIMITIVE, ids=KEY_IDS)
def test_a_wrong_pushforward_is_rejected(key, mutation, monkeypatch):
    forward = RULES[key].forward

    def wrong(operands, params, dots):
        y, y_dot = forward(operands, params, dots)
        mutate = MUTATIONS[mutation]
        return y, [mutate(part) for part in y_dot] if RULES[key].outputs else mutate(y_dot)

    monkeypatch.setattr(RULES[key], "forward", wrong)
    told = [i for i in cases_of(key) if any(np.any(block) for block in truth(i))]
    assert told
    for i in told:
        assert rejects(i), str(CASES[i])


# f(x, x) is a tie everywhere for maximum and minimum: their kinks have tests of their own.
PAIRED = sorted({IDS[i] for i, c in enumerate(CASES) if is_paired(c)})


@pytest.mark.parametrize("i", [IDS.index(p) for p in PAIRED], ids=PAIRED)
def test_a_path_dropped_where_a_value_is_used_twice_is_rejected(i, monkeypatch):
    """f(x, x): the sum over both paths, against the plain function of one x."""
    key, f, (_, x) = CASES[i].key, CASES[i].call, CASES[i].draw()
    plain, analytic = CASES[i].plain or f, is_analytic(CASES[i])

    def twice(z):
        return f(z, z)

    y_bar = direction(np.random.default_rng(2), np.shape(twice(x)))
    (block,) = true_jacobian(lambda z: plain(z, z), (x,), analytic)
    want = np.tensordot(y_bar, block, y_bar.ndim)
    scale = sum(
        np.tensordot(np.abs(y_bar), np.abs(one), y_bar.ndim)
        for one in true_jacobian(plain, (x, x), analytic)
    )
    assert_close(bl.vjp(twice, x)[1](y_bar)[0], want, scale, "both paths")
    wrong = with_pullback(RULES[key], MUTATIONS["×0"], place(CASES[i], 0))
    monkeypatch.setattr(RULES[key], "reverse", wrong)
    with pytest.raises(AssertionError, match="both paths"):
        assert_close(bl.vjp(twice, x)[1](y_bar)[0], want, scale, "both paths")


# --- batches of cotangents ------------------------------------------------------------------------------

BATCHED = [key for key, rule in RULES.items() if rule.batched]


@pytest.mark.parametrize("key", BATCHED, ids=name_of)
def test_a_batch_pulled_back_at_once_equals_its_rows(key):
    """At a batch size equal to each dimension in play, to 1, and to none."""
    for i in cases_of(key):
        f, operands = CASES[i].call, CASES[i].draw()
        tape = Tape()
        y = f(*[tape.watch(x) for x in operands])
        shape = np.shape(primal(y))
        sizes = {n for s in (shape, *map(np.shape, operands)) for n in s} | {1, 7}
        for size in sizes:
            y_bars = direction(np.random.default_rng(size), (size, *shape))
            rows = [backward(tape, y.index, y_bar[()]) for y_bar in y_bars]
            at_once = backward(tape, y.index, y_bars, batch=(size,))
            for operand in range(len(operands)):
                got = at_once[operand]
                want = [row[operand] for row in rows]
                assert np.shape(got) == (size, *np.shape(operands[operand]))
                jacobian = np.abs(truth(i)[operand])
                for a, b, y_bar in zip(got, want, y_bars, strict=True):
                    scale = np.tensordot(np.abs(y_bar), jacobian, len(shape))
                    assert_close(a, b, scale, f"batch of {size}")


def test_elementwise_rules_and_matmul_are_batched():
    assert all(r.batched for r in RULES.values() if r.kind == "elementwise")
    assert all(RULES[f].batched for f in (np.matmul, np.sum, np.sort, np.max, np.cumprod))


# --- kinks: the pinned conventions ---------------------------------------------------------------------


def test_maximum_and_minimum_share_a_tie():
    for func in (np.maximum, np.minimum):
        assert bl.grad(func, argnums=(0, 1))(1.5, 1.5) == (0.5, 0.5)
        got = bl.vjp(func, np.array([1.0, 2.0]), np.array([1.0, 3.0]))[1](np.ones(2))
        assert (got[0] + got[1]).tolist() == [1.0, 1.0]
        assert [got[0][0], got[1][0]] == [0.5, 0.5]


def test_the_two_rectifiers_differ_at_zero():
    assert bl.grad(lambda z: np.maximum(z, 0))(0.0) == 0.5
    assert bl.grad(bl.relu)(0.0) == 0.0
    assert bl.jvp(bl.relu, (0.0,), (1.0,)) == (0.0, 0.0)
    assert [bl.grad(bl.relu)(-1.0), bl.grad(bl.relu)(2.0)] == [0.0, 1.0]


@pytest.mark.parametrize("func", [np.max, np.min])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_k_equal_extremes_share_one_kth_each(func, k):
    x = np.concatenate([np.full(k, 2.0), [2.0 + (1 if func is np.min else -1)]])
    got = bl.grad(lambda a: func(a))(x)
    np.testing.assert_array_equal(got, [1 / k] * k + [0.0])
    assert abs(np.sum(got) - 1) <= 1e-15
    X = np.array([[1.0, 1.0, 0.0], [3.0, 3.0, 3.0]]) * (1 if func is np.max else -1)
    rows = bl.vjp(lambda a: func(a, axis=1), X)[1](np.array([1.0, 12.0]))[0]
    np.testing.assert_array_equal(rows, [[0.5, 0.5, 0.0], [4.0, 4.0, 4.0]])


def test_abs_is_flat_at_zero():
    assert bl.grad(abs)(0.0) == 0.0
    assert bl.grad(lambda x: np.sum(np.abs(x)))(np.array([0.0, -0.0, -2.0])).tolist() == [0, 0, -1]


def test_concatenate_takes_the_rows_of_one_traced_array():
    y_bar = np.array([1.0, 2.0, 3.0, 4.0])
    assert bl.vjp(np.concatenate, np.ones((2, 2)))[1](y_bar)[0].tolist() == [[1, 2], [3, 4]]


def test_where_takes_the_branch_that_was_taken():
    f = lambda x: np.where(x > 0, x**2, 3 * x)  # noqa: E731
    assert [bl.grad(f)(0.0), bl.grad(f)(2.0)] == [3.0, 4.0]


def test_where_counts_any_number_but_zero_as_true():
    mask = np.array([0, 2, -1])
    got = bl.vjp(lambda a, b: np.where(mask, a, b), np.ones(3), np.ones(3))[1](np.ones(3))
    assert [g.tolist() for g in got] == [[0, 1, 1], [1, 0, 0]]


def test_sort_keeps_the_order_of_equals():
    y_bar = np.array([10.0, 20.0, 30.0])
    assert bl.vjp(np.sort, np.array([2.0, 1.0, 1.0]))[1](y_bar)[0].tolist() == [30.0, 10.0, 20.0]


@pytest.mark.parametrize(
    "rule, operands, hit",
    [
        (np.abs, (np.array([1.0, 0.0]),), True), (np.abs, (np.array([1.0]),), False),
        (np.maximum, (1.0, 1.0), True), (np.maximum, (1.0, 2.0), False),
        (np.max, (np.array([1.0, 1.0]),), True), (np.max, (np.array([1.0, 2.0, 1.0]),), False),
        (np.sort, (np.array([1.0, 2.0, 1.0]),), True), (np.sort, (np.array([1.0, 2.0]),), False),
        (bl.relu, (np.array([0.0]),), True), (bl.relu, (np.array([0.5]),), False),
    ],
)  # fmt: skip
def test_a_rule_knows_whether_it_is_at_its_kink(rule, operands, hit):
    assert bool(np.any(RULES[rule].at_kink(*operands))) is hit
    assert RULES[rule].kink and not RULES[rule].analytic


# --- element types, memory layouts ------------------------------------------------------------------


@pytest.mark.parametrize("key", RULES, ids=ALL_IDS)
def test_float32_stays_float32(key):
    for i in cases_of(key):
        f = CASES[i].call
        operands = [
            x if isinstance(x, float) else np.asarray(x, np.float32) for x in CASES[i].draw()
        ]
        if all(isinstance(x, float) for x in operands):
            operands = [np.float32(x) for x in operands]
        y = f(*operands)
        expected = y.dtype
        tape = Tape()
        out = f(*[tape.watch(x) for x in operands])
        y_bar = np.ones(np.shape(y), expected)[()]
        for x, bar in zip(operands, backward(tape, out.index, y_bar), strict=False):
            if not isinstance(x, float) and bar is not None and expected == np.float32:
                assert bar.dtype == np.float32
        dots = tuple(np.ones(np.shape(x), getattr(x, "dtype", float))[()] for x in operands)
        value, y_dot = bl.jvp(f, tuple(operands), dots)
        if expected == np.float32:
            assert value.dtype == np.float32 and y_dot.dtype == np.float32


@pytest.mark.parametrize("key", RULES, ids=ALL_IDS)
def test_layout_and_read_only_memory_change_nothing(key):
    for i in cases_of(key):
        f, operands = CASES[i].call, CASES[i].draw()

        def other(x):
            if not isinstance(x, np.ndarray):
                return x
            x = (
                np.flip(np.flip(x).copy(order="F")) if x.ndim else x.copy()
            )  # negative strides, by columns
            x.flags.writeable = False
            return x

        y_bar = direction(np.random.default_rng(4), np.shape(f(*operands)))
        y_bar_there = other(y_bar) if y_bar.ndim else y_bar
        (_, here), (_, there) = bl.vjp(f, *operands), bl.vjp(f, *map(other, operands))
        for block, a, b in zip(truth(i), here(y_bar), there(y_bar_there), strict=True):
            scale = np.tensordot(np.abs(y_bar), np.abs(block), y_bar.ndim)
            assert_close(b, a, scale, "another layout")
