"""Runs that are interrupted, interleaved, nested, threaded, a million operations deep, and pickled."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest

import backprop_lab as bl
from hand_rules import register, thrice

RNG = np.random.default_rng(0)
X, W = RNG.uniform(-1, 1, (3, 4)), RNG.uniform(-1, 1, (4, 2))


# --- interruptions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("transform", ["grad", "vjp", "jvp", "jacobian", "nested"])
def test_an_exception_leaves_arrays_writable_and_no_state_behind(error, transform):
    mine, x = np.ones(3), np.arange(3.0)

    def fails(x):
        y = np.sum(x * mine)
        raise error(str(y))

    run = {
        "grad": lambda: bl.grad(fails)(x),
        "vjp": lambda: bl.vjp(fails, x),
        "jvp": lambda: bl.jvp(fails, (x,), (x,)),
        "jacobian": lambda: bl.jacobian(fails)(x),
        "nested": lambda: bl.grad(lambda z: np.sum(bl.grad(fails)(z) * mine))(x),
    }[transform]
    with pytest.raises(error):
        run()
    assert mine.flags.writeable and x.flags.writeable
    assert bl.grad(lambda x: np.sum(x * mine * x))(x).tolist() == [0.0, 2.0, 4.0]


def test_an_exception_in_a_pullback_leaves_the_pullback_as_it_was(monkeypatch):
    fail = [True]

    def pullback(y_bar):
        if fail:
            raise RuntimeError("once")
        return 3 * y_bar

    register(monkeypatch, pullback)
    _, go = bl.vjp(lambda x: thrice(x) * x, np.array([1.0, 2.0]))
    with pytest.raises(RuntimeError, match="once"):
        go(np.ones(2))
    fail.clear()
    assert go(np.ones(2))[0].tolist() == [6.0, 12.0]


def test_a_run_that_failed_is_freed():
    kept = []

    def fails(x):
        kept.append(weakref.ref(x.tracer))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        bl.grad(fails)(np.ones(2))
    gc.collect()
    assert kept[0]() is None


# --- Python as people write it --------------------------------------------------------------------------------


def test_generators_within_a_traced_function():
    def powers(x, n):
        y = x
        for _ in range(n):
            yield y
            y = y * x

    assert bl.grad(lambda x: sum(powers(x, 4)))(2.0) == 1 + 4 + 12 + 32
    assert bl.grad(lambda x: sum(v * v for v in x))(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert bl.grad(lambda x: next(powers(x, 2)) * 3.0)(2.0) == 3.0  # never run to its end


def test_a_generator_that_runs_two_traces_in_turns():
    """Each trace has its own list, so that runs may be interleaved."""

    def run(x, out):
        def f(x):
            y = x * x
            out.append(y)
            yield
            out.append(np.sin(y) * x)

        return f(x)

    first, second, turns = [], [], []

    def f(x):
        a, b = run(x, first), run(2 * x, second)
        for one in (a, b, a, b):
            turns.append(next(one, None))
        return first[-1] * second[-1]

    x = 0.7
    want = bl.grad(lambda x: np.sin(x**2) * x * np.sin(4 * x**2) * 2 * x)(x)
    assert abs(bl.grad(f)(x) - want) < 1e-14


def test_recursion_in_a_function():
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    assert bl.grad(lambda x: power(x, 6))(2.0) == 6 * 2.0**5

    def tree(x, depth):
        return x if depth == 0 else tree(x * 0.5, depth - 1) + tree(x * x, depth - 1)

    want = np.imag(tree(1.1 + 1e-30j, 3)) / 1e-30
    assert abs(bl.grad(lambda x: tree(x, 3))(1.1) - want) <= 1e-14 * want


def nested(f, depth):
    return f if depth == 0 else nested(bl.grad(f), depth - 1)


def test_transforms_nested_six_deep():
    assert nested(lambda x: x**6, 6)(2.0) == 720.0
    assert abs(nested(np.exp, 6)(0.5) - np.exp(0.5)) < 1e-12


# --- threads ---------------------------------------------------------------------------------------------------


def test_threads_that_trace_at_once_do_not_disturb_one_another():
    """Levels are counted for all threads together, and a constant may be held by two at once."""
    shared = RNG.uniform(0.5, 1, (3, 4))
    jobs = [
        lambda x: bl.grad(lambda z: np.sum(np.tanh(z * shared) * shared))(x),
        lambda x: bl.jvp(lambda z: np.sum(z * shared) * z, (x,), (x,))[1],
        lambda x: bl.grad(lambda z: np.sum(bl.grad(lambda u: np.sum(u**3 * shared))(z) * z))(x),
        lambda x: bl.jacobian(lambda z: np.sum(z * shared, axis=0))(x),
    ]
    points = [RNG.uniform(-1, 1, (3, 4)) for _ in range(8)]
    want = {(j, k): job(x) for j, job in enumerate(jobs) for k, x in enumerate(points)}
    wrong, start = [], threading.Barrier(8)

    def work(offset):
        start.wait()
        for turn in range(40):
            j, k = (turn + offset) % len(jobs), (turn * 3 + offset) % len(points)
            try:
                np.testing.assert_array_equal(jobs[j](points[k]), want[j, k])
            except BaseException as error:
                wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong, wrong[0]
    assert shared.flags.writeable


def test_one_pullback_called_from_many_threads():
    _, pullback = bl.vjp(lambda x, w: np.tanh(x @ w), X, W)
    y_bars = [RNG.uniform(-1, 1, (3, 2)) for _ in range(16)]
    want, got = [pullback(y_bar) for y_bar in y_bars], [None] * 16

    def work(i):
        got[i] = pullback(y_bars[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


# --- depth, and what is kept ---------------------------------------------------------------------------------


def test_a_million_operations_run_and_are_freed():
    depth, kept = 1_000_000, []

    def f(x):
        kept.append(weakref.ref(x.tracer))
        for _ in range(depth):
            x = 1.0 * x
        return x

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        assert bl.grad(f)(1.5) == 1.0
    finally:
        sys.setrecursionlimit(limit)
    assert kept[0]() is None


@pytest.mark.parametrize(
    "again", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_values_and_gradients_can_be_copied_and_pickled(again):
    value, gradients = bl.value_and_grad(lambda x, w: np.sum(np.tanh(x @ w)), argnums=(0, 1))(X, W)
    assert again(value) == value and type(again(value)) is float
    for mine, gradient in zip(again(gradients), gradients, strict=True):
        np.testing.assert_array_equal(mine, gradient)
        assert type(mine) is np.ndarray


def test_a_traced_value_is_not_pickled():
    """Its copy would belong to no trace, and its gradient would be lost without a word."""
    with pytest.raises(bl.TraceError, match="would lose its trace"):
        bl.grad(lambda x: pickle.loads(pickle.dumps(x)))(1.0)
