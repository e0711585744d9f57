"""The short way of elementwise functions records what the long way records."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.entries import entries
from backprop_lab.errors import name_of
from backprop_lab.rules import RULES
from backprop_lab.tape import LongVar, Tape, Var, backward
from backprop_lab.traced import primal
from rule_cases import all_cases

ELEMENTWISE = [key for key, rule in RULES.items() if rule.diagonals]
SHORT = [key for key, rule in RULES.items() if rule.quick or key is operator.matmul]
CASES = [c for c in all_cases() if c.key in SHORT]


class LongTape(Tape):
    short = False


def recorded(tape, call, operands):
    y = tape.run(call, [tape.watch(x) for x in operands], {})
    return y, entries(tape)


def test_every_elementwise_function_of_one_or_two_operands_has_the_short_way():
    assert {np.add, np.exp, operator.mul, operator.neg} <= set(ELEMENTWISE)
    assert all(RULES[key].quick for key in ELEMENTWISE)


def test_linear_maps_of_one_array_and_the_product_of_matrices_have_it_too():
    assert {np.sum, np.mean, np.reshape, np.swapaxes, np.matmul} <= set(SHORT) - set(ELEMENTWISE)


@pytest.mark.parametrize("key", SHORT, ids=name_of)
def test_both_ways_make_the_same_entries_and_the_same_cotangents(key):
    for case in [c for c in CASES if c.key is key]:
        operands = case.draw()
        short, long = Tape(), LongTape()
        y, quick = recorded(short, case.call, operands)
        z, slow = recorded(long, case.call, operands)
        assert type(y) in (Var, LongVar) and type(z) is LongVar
        np.testing.assert_array_equal(primal(y), primal(z))
        assert [(e.rule, e.parents, e.shape) for e in quick] == [
            (e.rule, e.parents, e.shape) for e in slow
        ]
        y_bar = np.random.default_rng(0).normal(size=y.shape)[()]
        for a, b in zip(
            backward(short, y.index, y_bar), backward(long, z.index, y_bar), strict=True
        ):
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_array_equal(a, b)
                assert np.shape(a) == np.shape(b)


def is_short(f, *operands):
    """Whether the last entry of `f` keeps what a diagonal keeps, and no closure."""
    tape = Tape()
    tape.run(f, [tape.watch(x) for x in operands], {})
    _, link, *_ = next(iter(tape.walk()))
    return link is not link.rule.link


def test_the_short_way_is_taken_where_it_can_be():
    x = np.ones(3)
    for f in (
        lambda v: v * v, lambda v: 2 * v, lambda v: v - np.ones(3), lambda v: np.ones(3) / v,
        lambda v: -v, lambda v: np.exp(v), lambda v: np.add(v, 1.0), lambda v: v + np.ones((2, 3)),
        lambda v: 3.0**v, lambda v: np.multiply(2.0, v),
    ):  # fmt: skip
        assert is_short(f, x), f
        assert is_short(f, x.astype(np.float32)), f
    for f in (lambda v: v * v, lambda v: 2 * v, lambda v: -v, lambda v: v / 3.0):
        assert is_short(f, 1.5), f
        assert is_short(f, np.float64(1.5)) and is_short(f, np.float32(1.5)), f
    for f in (
        lambda v: np.sum(v), lambda v: np.mean(v, axis=0), lambda v: np.reshape(v, (3, 1)),
        lambda v: v[1], lambda v: v[:2], lambda v: np.ones((2, 3)) @ v, lambda v: np.diag(v) @ v,
    ):  # fmt: skip
        assert is_short(f, x), f
        assert is_short(f, x.astype(np.float32)), f


def test_what_is_not_plain_takes_the_long_way():
    x = np.ones(3)
    assert not is_short(lambda v: v * 1j, x)
    assert not is_short(lambda v: v * np.array([1j, 1.0, 0.0]), x)
    assert not is_short(lambda v: v * [1.0, 2.0, 3.0], x)
    assert not is_short(lambda v: v * np.longdouble(2.0), x)
    assert not is_short(lambda v: np.max(v), x)


def test_two_traces_take_the_long_way_and_are_right():
    assert bl.grad(lambda x: x * bl.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert bl.grad(bl.grad(lambda x: x * x * x))(2.0) == 12.0


def test_a_rule_that_was_changed_is_used(monkeypatch):
    rule = RULES[operator.mul]
    honest = rule.reverse

    def doubled(operands, params, which):
        y, pullbacks = honest(operands, params, which)
        return y, [lambda y_bar, pull=pull: 2 * pull(y_bar) for pull in pullbacks]

    monkeypatch.setattr(rule, "reverse", doubled)
    assert bl.grad(lambda x: 3.0 * x)(1.0) == 6.0


def test_a_constant_array_is_read_only_while_the_function_runs():
    k = np.full(3, 2.0)

    def overwrites(x):
        y = x * k
        k[0] = 5.0
        return np.sum(y)

    with pytest.raises(bl.TraceError, match="writes into an array that it has used already"):
        bl.grad(overwrites)(np.ones(3))
    assert k.flags.writeable and k.tolist() == [2.0, 2.0, 2.0]


def test_cotangents_of_a_value_used_often_are_added_into_one_array_and_into_no_other():
    x, c = np.ones(3), np.full(3, 2.0)

    def f(x):
        y = x * 1.0
        total = y
        for _ in range(5):
            total = total + y
        return np.sum(total * c)

    for _ in range(2):
        assert bl.grad(f)(x).tolist() == [12.0, 12.0, 12.0]
    assert c.tolist() == [2.0, 2.0, 2.0]
    _, pullback = bl.vjp(lambda x: x + x + x + x, x)
    y_bar = np.ones(3)
    assert pullback(y_bar)[0].tolist() == pullback(y_bar)[0].tolist() == [4.0, 4.0, 4.0]
    assert y_bar.tolist() == [1.0, 1.0, 1.0]


def test_a_cotangent_that_may_be_added_into_is_nobody_elses():
    """What a product kept, and what a pullback was given, stay as they were: asked for twice."""
    x, k = np.array([0.5, 1.0, 2.0]), np.array([3.0, 4.0, 5.0])

    def f(x):
        y = x * k  # its cotangent is an array made on the way back; x + x hands one on twice
        return y * y + (y + y) + x

    _, pullback = bl.vjp(f, x)
    y_bar = np.ones(3)
    want = 2 * k * k * x + 2 * k + 1
    for _ in range(2):
        np.testing.assert_allclose(pullback(y_bar)[0], want, rtol=1e-15)
    assert y_bar.tolist() == [1.0, 1.0, 1.0] and k.tolist() == [3.0, 4.0, 5.0]
