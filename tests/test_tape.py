"""The tape: what is recorded, and how cotangents are added on the way back."""

from __future__ import annotations

import copy
import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.entries import entries
from backprop_lab.rules import RULES
from backprop_lab.tape import Tape, backward, ones_like_output
from backprop_lab.traced import primal


def reused_buffer(x):
    """Add 1·x + 2·x, through one buffer that is overwritten: the walk back would see 2 and 2."""
    buffer, y = np.zeros(3), 0.0
    for i in (1.0, 2.0):
        buffer[:] = i
        y = y + np.sum(x * buffer)
    return y


@pytest.mark.parametrize(
    "go", [bl.grad(reused_buffer), bl.jacobian(reused_buffer), lambda x: bl.vjp(reused_buffer, x)]
)
def test_writing_into_an_array_that_the_tape_keeps_is_refused(go):
    with pytest.raises(
        bl.TraceError, match=r"already in a traced operation \(one of shape \(3,\)\)"
    ):
        go(np.ones(3))


@pytest.mark.parametrize("order", ["view first", "owner first"])
def test_views_and_their_owners_are_set_free_again(order):
    owner = np.arange(6.0).reshape(2, 3)
    view = owner[1:]

    def f(x):
        uses = [view[0], view, owner] if order == "view first" else [owner, view, view[0]]
        return sum(np.sum(used * x) for used in uses)

    assert np.array_equal(bl.grad(f)(np.ones(3)), owner.sum(0) + 2 * owner[1])
    assert owner.flags.writeable and view.flags.writeable
    owner[0, 0] = view[0, 0] = 7.0


def test_arrays_are_left_as_they_were_found():
    mine, locked = np.ones(3), np.ones(3)
    locked.flags.writeable = False

    def f(x):
        return np.sum(x * mine + locked * x)

    def fails(x):
        raise RuntimeError(np.sum(x * mine))

    bl.grad(f)(np.ones(3))
    assert mine.flags.writeable and not locked.flags.writeable
    with pytest.raises(RuntimeError):
        bl.grad(fails)(np.ones(3))
    assert mine.flags.writeable
    other = np.ones(3)
    other.flags.writeable = False

    def unrelated(x):
        other[0] = 2.0
        return np.sum(x)

    with pytest.raises(ValueError, match="read-only") as caught:  # theirs, not ours
        bl.grad(unrelated)(np.ones(3))
    assert not isinstance(caught.value, bl.TraceError)


def recorded(f, *primals):
    tape = Tape()
    return tape, f(*[tape.watch(x) for x in primals])


def test_the_list_is_in_the_order_of_computation():
    tape, y = recorded(lambda a, b: np.sin(a * b) + a, 2.0, 3.0)
    names = [e.rule and e.rule.name for e in entries(tape)]
    assert names == [None, None, "operator.mul", "np.sin", "operator.add"]
    assert [e.parents for e in entries(tape)] == [(), (), (0, 1), (2,), (3, 0)]
    assert all(max(e.parents, default=-1) < i for i, e in enumerate(entries(tape)))
    assert y.index == 4


def test_constants_get_no_pullback_and_no_entry():
    tape, _ = recorded(lambda a: 3.0 * a * np.ones(2), 2.0)
    assert [len(e.pullbacks) for e in entries(tape)] == [0, 1, 1]


def test_the_order_of_chapter_six():
    """y = (c + d) + cd with c = a + b, d = ab: c and d must have all their cotangent first."""

    def f(a, b):
        c, d = a + b, a * b
        return (c + d) + c * d

    assert bl.value_and_grad(f, argnums=(0, 1))(2.0, 3.0) == (41.0, (25.0, 19.0))


def test_cotangents_that_meet_are_added():
    assert bl.grad(lambda x: x + x)(3.0) == 2.0
    assert bl.grad(lambda x: x * x * x)(2.0) == 12.0
    assert bl.grad(lambda a, b: (a + b) * (b + 1), argnums=(0, 1))(2.0, 1.0) == (2.0, 5.0)


def test_a_value_used_a_thousand_times():
    assert bl.grad(lambda x: sum(x * k for k in range(1000)))(1.0) == 499_500.0


def test_one_array_passed_twice_has_two_gradients():
    x = np.array([1.0, 2.0])
    first, second = bl.grad(lambda a, b: np.sum(a * a * b), argnums=(0, 1))(x, x)
    assert (first.tolist(), second.tolist()) == ([2.0, 8.0], [1.0, 4.0])


def test_an_unused_input_has_a_gradient_of_zeros():
    got = bl.grad(lambda a, b: np.sum(a), argnums=(0, 1))(np.ones(2), np.ones((2, 3), np.float32))
    assert got[1].tolist() == np.zeros((2, 3)).tolist() and got[1].dtype == np.float32
    assert bl.grad(lambda a, b: a, argnums=1)(1.0, 2.0) == 0.0
    assert bl.grad(lambda a: 3.0)(1.0) == 0.0


def test_an_entry_nobody_reached_is_skipped():
    def f(x):
        np.log(x - 2.0 + 1e-300)  # its pullback would divide by zero
        return x * x

    assert bl.grad(f)(2.0) == 4.0


def test_a_pullback_gives_the_same_answer_each_time():
    _, pullback = bl.vjp(lambda x: np.tanh(x) * x + x, np.array([0.5, -1.0]))
    y_bar = np.array([2.0, 3.0])
    first, other, again = pullback(y_bar)[0], pullback(-y_bar)[0], pullback(y_bar)[0]
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, -other)


def test_writing_to_what_came_in_or_went_out_is_harmless():
    x = np.array([0.5, 1.0])
    value, pullback = bl.vjp(lambda x: np.exp(x), x)
    y_bar = np.ones(2)
    before = pullback(y_bar)[0].copy()
    x[:], value[:] = 9.0, 9.0
    got = pullback(y_bar)[0]
    np.testing.assert_array_equal(got, before)
    got[:] = 9.0
    np.testing.assert_array_equal(pullback(y_bar)[0], before)
    assert y_bar.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a + b,
        lambda a, b: np.sum(a) + np.sum(b) + np.zeros(3),
        lambda a, b: np.concatenate([a, b])[1:4],
        lambda a, b: np.reshape(a + b, (3, 1))[:, 0],
        lambda a, b: a,
    ],
)
def test_gradients_are_arrays_of_their_own_that_may_be_written_to(f):
    y_bar = np.array([1.0, 2.0, 3.0])
    _, pullback = bl.vjp(f, np.ones(3), np.ones(3))
    expected = [g.copy() for g in pullback(y_bar)]
    first, second = pullback(y_bar)
    first += 100.0
    np.testing.assert_array_equal(second, expected[1])
    assert not np.shares_memory(first, second) and not np.shares_memory(first, y_bar)
    assert y_bar.tolist() == [1.0, 2.0, 3.0]
    _, tangent = bl.jvp(f, (np.ones(3), np.ones(3)), (y_bar, y_bar))
    tangent += 1.0
    assert y_bar.tolist() == [1.0, 2.0, 3.0]


def test_a_chain_of_100_000_operations():
    """Neither the walk nor the freeing of the tape recurses."""
    depth, factor = 100_000, 1.00001

    def f(x):
        for _ in range(depth):
            x = factor * x
        return x

    want = 1.0
    for _ in range(depth):
        want = want * factor
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        assert bl.grad(f)(1.0) == want
        assert bl.jvp(f, (1.0,), (1.0,)) == (want, want)
        value, pullback = bl.vjp(f, np.array([1.0, 2.0]))
        del value
        assert pullback(np.ones(2))[0].tolist() == [want, want]
        del pullback
    finally:
        sys.setrecursionlimit(limit)


def test_the_tape_is_freed_with_the_pullback_without_the_collector():
    kept = []

    def f(x):
        kept.append(weakref.ref(x.tracer))
        return np.sum(np.tanh(x) * x)

    gc.disable()
    try:
        value, pullback = bl.vjp(f, np.ones(3))
        assert kept[0]() is not None
        del pullback
        assert kept[0]() is None
        bl.grad(f)(np.ones(3))
        assert kept[1]() is None
    finally:
        gc.enable()
    assert value == 3 * np.tanh(1.0)


def test_a_gradient_frees_what_an_operation_kept_once_it_has_gone_back_past_it():
    """Ten weights of 1 MB get cotangents while ten kept values go: together they are never there."""
    n, weights = 2**17, [np.full(2**17, 1.1) for _ in range(10)]

    def f(weights):
        y = np.ones(n)
        for w in weights:
            y = np.sin(y * w)  # keeps y·w for the cosine, and y for the weight
        return np.sum(y)

    tracemalloc.start()
    try:
        bl.grad(f)(weights)
        peak = tracemalloc.get_traced_memory()[1] / (8 * n)
    finally:
        tracemalloc.stop()
    assert 20 <= peak < 23  # 31 where all that was kept stays to the end


def test_the_walk_stops_where_it_is_told():
    tape, y = recorded(lambda x: (x * x) * 3.0, 2.0)
    bars = backward(tape, y.index, 1.0, stop={1})
    assert bars == [None, 3.0, None]
    assert backward(tape, y.index, 1.0) == [12.0, None, None]


def test_a_pullback_of_the_wrong_shape_is_named(monkeypatch):
    right = RULES[np.exp].reverse

    def wrong(operands, params, which):
        y, pullbacks = right(operands, params, which)
        return y, tuple(lambda y_bar, p=p: p(y_bar)[:1] for p in pullbacks)

    monkeypatch.setattr(RULES[np.exp], "reverse", wrong)
    with pytest.raises(
        bl.TraceError,
        match=r"The pullback of np.exp returned a cotangent of shape \(1,\) for an operand of "
        r"shape \(3,\). A cotangent has the shape of its variable: mend that rule.",
    ):
        bl.grad(lambda x: np.sum(np.exp(x)))(np.ones(3))


@pytest.mark.parametrize("seed_of", [1.0, np.float32(1.0), np.float64(1.0)])
def test_the_seed_has_the_dtype_of_the_value(seed_of):
    seed = ones_like_output(seed_of)
    assert seed == 1.0 and type(seed) is type(seed_of)


def test_names_are_unique_within_a_run():
    def helper(x):
        return bl.let("h", x * 2.0)

    tape, y = recorded(lambda x: helper(helper(x)), 1.0)
    assert list(tape.names.values()) == [("h", None), ("h_2", None)]
    assert list(tape.named_values.values()) == [2.0, 4.0] and y.value == 4.0


def test_let_changes_no_number_and_no_gradient():
    x = np.ones(2)
    assert bl.let("x", x) is x and bl.let("n", 3.0) == 3.0

    def f(x):
        return np.sum(bl.let("twice", bl.let("again", bl.let("x", x) * x)) * x)

    assert bl.grad(f)(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]
    assert bl.jvp(f, (x,), (x,)) == (2.0, 6.0)


@pytest.mark.parametrize("name", ["2x", "a b", "", 3, None])
def test_let_wants_a_name(name):
    with pytest.raises(bl.TraceError, match="let needs a name that is a Python identifier; got"):
        bl.let(name, 1.0)


def test_a_traced_value_is_its_own_copy():
    """Were the trace copied with it, its gradient would be lost without a word."""
    assert bl.grad(lambda x: x * copy.deepcopy(x) * copy.copy(x))(2.0) == 12.0
    assert bl.grad(lambda x: np.sum(x.copy() ** 2))(np.array([3.0])).tolist() == [6.0]


def test_what_a_run_looked_at_is_noted():
    def notes(f, x=1.5):
        tape, _ = recorded(f, x)
        return tape.notes

    assert notes(lambda x: x * 2) == set()
    assert notes(lambda x: x if x > 0 else -x) == {"np.greater"}
    assert notes(lambda x: x * (1 if x else 2)) == {"a branch on a value"}
    assert notes(lambda x: x * np.sign(x)) == {"np.sign"}
    assert notes(lambda x: x * np.ones_like(x) * np.size(x) + np.zeros(np.shape(x))) == set()


def test_every_trace_below_takes_note():
    outer, x = Tape(), None
    x = outer.watch(1.5)
    bl.grad(lambda y: y * np.sign(y))(x)
    assert "np.sign" in outer.notes and primal(x) == 1.5
