"""Rules that are straight in pieces: choices, ties, clips, remainders, NaN, and what is refused."""

from __future__ import annotations

import operator

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.rules import RULES
from backprop_lab.rules.kinks import LARGE, select

# --- where: what was not taken gets exactly nothing -----------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [3, LARGE + 1])
def test_a_bad_cotangent_does_not_leak_into_the_branch_not_taken(bad, size):
    mask = np.arange(size) % 2 == 0
    y_bar = np.where(mask, bad, 1.0)
    a_bar, b_bar = bl.vjp(lambda a, b: np.where(mask, a, b), np.ones(size), np.ones(size))[1](y_bar)
    np.testing.assert_array_equal(a_bar, np.where(mask, bad, 0.0))
    np.testing.assert_array_equal(b_bar, np.where(mask, 0.0, 1.0))


@pytest.mark.parametrize("size", [2, LARGE + 1])
@pytest.mark.parametrize(
    "clamp",
    [
        lambda x: np.maximum(x, 0.0),
        lambda x: np.fmax(x, 0.0),
        lambda x: np.clip(x, 0.0, None),
        lambda x: bl.relu(x),
        lambda x: np.where(x > 0, x, 0.0),
    ],
)
def test_the_root_of_a_clamped_number_is_flat_below_zero_where_the_peer_gives_nan(clamp, size):
    """The cotangent is ∞ there: a product with the mask would make NaN of it."""
    x = np.where(np.arange(size) % 2 == 0, -1.0, 4.0)
    with np.errstate(divide="ignore"):
        got = bl.grad(lambda x: np.sum(np.sqrt(clamp(x))))(x)
    np.testing.assert_array_equal(got, np.where(x < 0, 0.0, 0.25))


def test_the_peer_gives_nan_for_the_root_of_a_clamped_number():
    with np.errstate(all="ignore"):
        got = autograd.grad(lambda x: anp.sum(anp.sqrt(anp.maximum(x, 0.0))))(np.array([-1.0, 4.0]))
    assert np.isnan(got[0])


def test_an_infinite_slope_in_the_branch_not_taken_forward_backward_and_the_safe_pattern():
    def unsafe(x):
        return np.where(x > 0, np.sqrt(x), 0.0)

    def safe(x):
        return np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)

    x = np.array([0.0, 4.0])
    with np.errstate(divide="ignore"):
        assert bl.jvp(unsafe, (x,), (np.ones(2),))[1].tolist() == [0.0, 0.25]  # a select: right
        with pytest.warns(RuntimeWarning, match="invalid value encountered in multiply"):
            got = bl.grad(lambda x: np.sum(unsafe(x)))(x)  # 0 · ∞, and NumPy says so
    assert np.isnan(got[0]) and got[1] == 0.25
    assert bl.grad(lambda x: np.sum(safe(x)))(x).tolist() == [0.0, 0.25]
    assert bl.jvp(safe, (x,), (np.ones(2),))[1].tolist() == [0.0, 0.25]


def test_where_is_a_choice_of_complex_numbers_too():
    def f(x):
        return np.abs(np.where(np.array([True, False]), x * (3 + 4j), 1j * x))

    np.testing.assert_allclose(bl.jvp(f, (np.ones(2),), (np.ones(2),))[1], [5, 1], rtol=1e-15)
    np.testing.assert_allclose(bl.grad(lambda x: np.sum(f(x)))(np.ones(2)), [5, 1], rtol=1e-15)


def test_select_multiplies_large_and_small_arrays_alike():
    rng = np.random.default_rng(0)
    y_bar, weights = rng.normal(size=LARGE + 4), rng.choice([0.0, 0.5, 1.0], LARGE + 4)
    small = np.concatenate([select(weights[:9], y_bar[:9]), select(weights[9:19], y_bar[9:19])])
    np.testing.assert_array_equal(select(weights, y_bar)[:19], small)
    np.testing.assert_array_equal(select(weights, y_bar), weights * y_bar)


def test_np_select_takes_the_first_condition_that_holds():
    x = np.array([-1.0, 0.5, 3.0])
    f = lambda x: np.select([x > 2, x > 0], [x**2, 3 * x], default=-x)  # noqa: E731
    np.testing.assert_array_equal(bl.vjp(f, x)[0], f(x))
    assert bl.grad(lambda x: np.sum(f(x)))(x).tolist() == [-1.0, 3.0, 6.0]
    f = lambda x: np.select([x > 2], [1.0 * x], default=x * x)  # noqa: E731  (a traced default)
    assert bl.grad(lambda x: np.sum(f(x)))(x).tolist() == [-2.0, 1.0, 1.0]


# --- the larger and the smaller -------------------------------------------------------------------------

NAN = float("nan")


def kept_by(rule, *values):
    return RULES[rule].diagonals[0].keep(values)


@pytest.mark.parametrize(
    ("func", "a", "b", "shares"),
    [
        (np.maximum, NAN, 1.0, (1.0, 0.0)), (np.maximum, 1.0, NAN, (0.0, 1.0)),
        (np.minimum, NAN, 1.0, (1.0, 0.0)), (np.minimum, 1.0, NAN, (0.0, 1.0)),
        (np.fmax, NAN, 1.0, (0.0, 1.0)), (np.fmax, 1.0, NAN, (1.0, 0.0)),
        (np.fmin, NAN, 1.0, (0.0, 1.0)), (np.fmin, 1.0, NAN, (1.0, 0.0)),
        (np.fmax, NAN, NAN, (0.5, 0.5)), (np.maximum, NAN, NAN, (0.5, 0.5)),
        (np.fmax, 2.0, 2.0, (0.5, 0.5)), (np.fmin, 2.0, 2.0, (0.5, 0.5)),
        (np.maximum, 0.0, -0.0, (0.5, 0.5)), (np.maximum, np.inf, np.inf, (0.5, 0.5)),
    ],
)  # fmt: skip
def test_the_operand_that_is_returned_gets_the_cotangent_and_ties_share(func, a, b, shares):
    assert bl.grad(func, argnums=(0, 1))(a, b) == shares
    both = bl.vjp(func, np.array([a, 1.0]), np.array([b, 2.0]))[1](np.ones(2))
    assert (both[0][0], both[1][0]) == shares
    assert (both[0] + both[1]).tolist() == [1.0, 1.0]


def test_ties_of_float32_stay_float32_and_the_masks_are_bytes():
    x = np.array([0.0, 1.0, -1.0], np.float32)
    got = bl.vjp(lambda x: np.maximum(x, 0), x)[1](np.ones(3, np.float32))[0]
    assert got.dtype == np.float32 and got.tolist() == [0.5, 1.0, 0.0]
    assert kept_by(np.maximum, x, np.float32(5), x).dtype == bool
    assert kept_by(np.maximum, x, np.float32(0), x).dtype == np.float32


CLIPS = {
    "positional": lambda x: np.clip(x, -1.0, 1.0),
    "keywords": lambda x: np.clip(x, a_min=-1.0, a_max=1.0),
    "new names": lambda x: np.clip(x, min=-1.0, max=1.0),
    "method": lambda x: x.clip(-1.0, 1.0),
    "no lower": lambda x: np.clip(np.clip(x, None, 1.0), -1.0, None),
    "out of None": lambda x: np.clip(x, -1.0, 1.0, out=None),
}


@pytest.mark.parametrize("spelling", CLIPS)
def test_clip_shares_at_the_bounds(spelling):
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    got = bl.grad(lambda x: np.sum(CLIPS[spelling](x)))(x)
    assert got.tolist() == [0.0, 0.5, 1.0, 0.5, 0.0]
    peer = autograd.elementwise_grad(lambda x: anp.clip(x, -1.0, 1.0))(x)
    assert peer.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]  # its convention: none at the bounds


@pytest.mark.parametrize("x", [-3.0, -1.0, 0.5, 1.0, 2.0])
def test_the_shares_of_value_and_bounds_sum_to_one(x):
    assert sum(bl.grad(np.clip, argnums=(0, 1, 2))(x, -1.0, 1.0)) == 1.0
    assert sum(bl.grad(np.clip, argnums=(0, 1, 2))(x, x, x)) == 1.0


def test_clip_knows_its_kinks():
    at_kink = RULES[np.clip].at_kink
    assert at_kink(np.array([0.0, 1.0]), 0.5, 1.0) and not at_kink(0.7, min=0.5, max=1.0)


# --- remainders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "a", "b", "slopes"),
    [
        (np.remainder, 7.5, 2.0, (1.0, -3.0)), (np.remainder, -7.5, 2.0, (1.0, 4.0)),
        (np.remainder, 7.5, -2.0, (1.0, 4.0)), (np.fmod, -7.5, 2.0, (1.0, 3.0)),
        (np.fmod, 7.5, -2.0, (1.0, 3.0)), (operator.mod, 7.5, 2.0, (1.0, -3.0)),
        (np.remainder, 6.0, 2.0, (1.0, -3.0)), (np.fmod, 6.0, 2.0, (1.0, -3.0)),
        (np.remainder, 1e-3, 1.0, (1.0, 0.0)), (np.fmod, 0.9999999999999999, 1.0, (1.0, 0.0)),
    ],
)  # fmt: skip
def test_a_remainder_is_a_minus_k_b(f, a, b, slopes):
    assert bl.grad(f, argnums=(0, 1))(a, b) == slopes
    assert bl.jvp(f, (a, b), (1.0, 1.0))[1] == sum(slopes)
    assert bl.grad(bl.grad(f))(a, b) == 0.0


def test_the_operators_of_remainders_and_rounding():
    assert bl.grad(lambda x: x % 2.0 + 7.0 % x)(1.5) == 1.0 - 4.0
    assert bl.value_and_grad(lambda x: x // 2.0 + 7.0 // x + x)(1.5) == (5.5, 1.0)
    assert bl.value_and_grad(lambda x: sum(divmod(x, 2.0)))(7.5) == (4.5, 1.0)
    assert bl.value_and_grad(lambda x: sum(divmod(7.5, x)))(2.0) == (4.5, -3.0)
    assert bl.value_and_grad(lambda x: x - round(x))(2.75) == (-0.25, 1.0)
    assert abs(bl.value_and_grad(lambda x: x - round(x, 1))(2.75)[0]) <= 0.05 + 1e-12
    whole = np.array([7.5, -3.25])
    assert bl.grad(lambda x: np.sum(x % 2.0 + x // 2.0 + whole % x))(whole + 1).tolist() == [
        1.0,
        0.0,
    ]


def test_in_place_remainders_of_an_array_are_refused():
    def f(x):
        x %= 2.0
        return x

    with pytest.raises(TraceError, match=r"`x %= y` writes into the array x"):
        bl.vjp(f, np.ones(2))
    assert bl.grad(f)(2.5) == 1.0


def test_modf_gives_the_fraction_with_its_sign():
    def f(x):
        fraction, whole = np.modf(x)
        return fraction * whole

    assert bl.value_and_grad(f)(-2.25) == (0.5, -2.0)


def test_unwrap_keeps_the_slope_one():
    x = np.array([0.0, 6.0, 12.5])
    value, pullback = bl.vjp(np.unwrap, x)
    np.testing.assert_array_equal(value, np.unwrap(x))
    assert pullback(np.array([1.0, 2.0, 3.0]))[0].tolist() == [1.0, 2.0, 3.0]


# --- signs, steps, replaced numbers, constants ----------------------------------------------------------


def test_copysign_in_every_sign_and_at_zero():
    a, b = np.array([2.0, -2.0, 2.0, -2.0, 0.0, 2.0]), np.array([1.0, 1.0, -1.0, -1.0, 1.0, -0.0])
    a_bar, b_bar = bl.vjp(np.copysign, a, b)[1](np.ones(6))
    assert a_bar.tolist() == [1.0, -1.0, -1.0, 1.0, 0.0, -1.0]
    assert not b_bar.any()


def test_heaviside_depends_on_its_height_at_the_step_alone():
    x = np.array([-1.0, 0.0, 2.0, NAN])
    value, pullback = bl.vjp(np.heaviside, x, np.full(4, 0.25))
    np.testing.assert_array_equal(value, np.heaviside(x, 0.25))
    assert [bar.tolist() for bar in pullback(np.ones(4))] == [[0.0] * 4, [0.0, 1.0, 0.0, 0.0]]


def test_nan_to_num_shields_what_it_replaces():
    x = np.array([1.0, NAN, np.inf, -np.inf])
    got = bl.vjp(lambda x: np.nan_to_num(x, nan=5.0), x)[1](np.array([2.0, NAN, np.inf, 1.0]))[0]
    assert got.tolist() == [2.0, 0.0, 0.0, 0.0]
    with np.errstate(invalid="ignore"):
        shielded = bl.jvp(lambda x: np.nan_to_num(np.log(x)), (np.array([-1.0]),), (np.ones(1),))[1]
    assert shielded.tolist() == [0.0]


CONSTANT = [
    np.sign, np.floor, np.ceil, np.round, np.around, np.rint, np.trunc, np.fix, np.spacing,
    lambda x: np.floor_divide(x, 2.0), lambda x: np.around(x, 1), lambda x: x.round(2),
    lambda x: np.isposinf(x) | ~np.isneginf(x), lambda x: np.logical_xor(x > 0, x < 1) & (x > -1),
    lambda x: np.isreal(x) * 1.0, lambda x: np.digitize(x, np.array([0.0, 1.0])),
    lambda x: np.angle(x), lambda x: np.imag(x),
]  # fmt: skip


@pytest.mark.parametrize("f", CONSTANT)
def test_constants_have_the_value_of_numpys_and_no_slope(f):
    x = np.array([-1.75, 0.3, 2.5])
    value, pullback = bl.vjp(lambda x: x + f(x), x)
    np.testing.assert_array_equal(value, x + f(x))
    assert pullback(np.ones(3))[0].tolist() == [1.0, 1.0, 1.0]
    assert bl.jvp(lambda x: x + f(x), (x,), (np.ones(3),))[1].tolist() == [1.0, 1.0, 1.0]


def test_real_numbers_seen_as_complex_ones():
    x = np.array([-1.0, 2.0])
    for f in (np.real, np.conj, np.real_if_close, lambda x: x.real, lambda x: x.conj()):
        assert bl.vjp(f, x)[1](np.array([3.0, 4.0]))[0].tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (
            lambda x: np.piecewise(x, [x > 0], [1.0, 2.0]),
            r"Write np.where\(condition, a, b\), or np",
        ),
        (lambda x: np.frexp(x)[0], r"np.frexp has no rule.* Write x / 2.0\*\*k"),
        (lambda x: np.ldexp(x, 2), r"np.ldexp has no rule.* Write x \* 2.0\*\*k"),
        (lambda x: np.i0(x), r"np.i0 has no rule.* the function I1"),
        (lambda x: np.nan_to_num(x, copy=False), r"copy=False\) writes into the array x, of shape"),
        (lambda x: np.ones(2).clip(0.0, x), r"Write np.clip\(x, low, high\)"),
        (lambda x: np.clip(x, 0.0, 1.0, min=0.0), "np.clip got one bound under two names"),
        (lambda x: np.select([x > 0, x > 1], [x]), "np.select got 2 conditions and 1 choices"),
        (lambda x: np.maximum(x, 0, where=x > 0), r"np.maximum: the argument where= cannot"),
        (lambda x: np.hypot(x, 1.0, out=np.ones(2)), r"np.hypot was asked to write"),
    ],
)
def test_what_cannot_be_traced_is_refused_by_name(f, message):
    with pytest.raises(TraceError, match=message):
        bl.vjp(f, np.array([1.0, 2.0]))
