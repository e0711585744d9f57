"""Answers that misbehave: exceptions, endless loops, inputs that are written into."""

from __future__ import annotations

import signal
import sys
import threading
import time

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.exercises import formulas, limits, running

POSIX = hasattr(signal, "setitimer")


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.3)


def forever(w, b, x, y):
    while True:
        w = w + 1


def forever_catching(w, b, x, y):
    while True:
        try:
            w = w + 1
        except Exception:
            pass


def forever_catching_all(w, b, x, y):
    while True:
        try:
            w = w + 1
        except:  # noqa: E722
            pass


def in_thread(call):
    found = []
    thread = threading.Thread(target=lambda: found.append(call()), daemon=True)
    thread.start()
    thread.join(300)
    assert found, "the check did not end"
    return found[0]


@pytest.mark.parametrize("loop", [forever, forever_catching, forever_catching_all])
@pytest.mark.skipif(not POSIX, reason="no interval timer")
def test_an_endless_loop_is_stopped_by_the_timer(loop, short):
    verdict = bl.exercises.check("ch1-tanh", loop)
    assert verdict.state == "not this" and "takes too long" in repr(verdict)


@pytest.mark.no_cover
@pytest.mark.parametrize("loop", [forever, forever_catching])
def test_in_a_thread_it_is_stopped_by_the_clock(loop, short):
    verdict = in_thread(lambda: bl.exercises.check("ch1-tanh", loop))
    assert verdict.state == "not this" and "takes too long" in repr(verdict)


@pytest.mark.no_cover
def test_the_trace_that_was_there_is_put_back(short):
    def traced(frame, event, value):
        return None

    def run():
        sys.settrace(traced)
        with pytest.raises(limits.OutOfTime):
            limits.within(0.05, lambda: forever(0, 0, 0, 0))
        kept = sys.gettrace()
        sys.settrace(None)
        return kept is traced

    assert in_thread(run)


@pytest.mark.skipif(not POSIX, reason="no interval timer")
def test_the_handler_and_the_timer_that_were_there_are_put_back():
    rung = []

    def mine(number, frame):
        rung.append(number)

    before = signal.signal(signal.SIGALRM, mine)
    signal.setitimer(signal.ITIMER_REAL, 3600.0)
    try:
        assert limits.within(60.0, lambda: 7) == 7
        with pytest.raises(limits.OutOfTime):
            limits.within(0.05, lambda: forever(0, 0, 0, 0))
        assert signal.getsignal(signal.SIGALRM) is mine
        assert 3000 < signal.getitimer(signal.ITIMER_REAL)[0] <= 3600 and not rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_all_calls_of_a_check_share_one_time(short):
    """Of 0.3 s in all there is none left for a third call; each call by itself is short enough."""
    calls = []

    def slow(w, b, x, y):
        calls.append(w)
        time.sleep(0.2)
        return bl.grad(lambda w: (y - np.tanh(w * x + b)) ** 2 / 2)(w)

    assert "takes too long" in repr(bl.exercises.check("ch1-tanh", slow))
    assert 1 <= len(calls) <= 2


# --- a formula: numbers decide at once, and SymPy proves where there is time -----------------------
def right_formula(y_hat, y, x):
    return (y_hat - y) * y_hat * (1 - y_hat) * x


def right_with_a_case(y_hat, y, x):
    return (y_hat - y) * y_hat * (1 - y_hat) * np.abs(x) * np.sign(x)


def out_of_time(*inputs):
    """Do what the timer does in code that takes too long."""
    raise limits.OutOfTime


@pytest.fixture
def slow_sympy(unhurried, monkeypatch):
    """Let SymPy take longer for its proof than there is time."""
    monkeypatch.setattr(formulas, "equal", out_of_time)


def test_a_right_formula_is_accepted_where_no_proof_comes_in_time(slow_sympy):
    verdict = bl.exercises.check("ch1-repair", right_formula)
    assert verdict and "It was checked at 20 points, to 12 digits;" in repr(verdict)


def test_a_wrong_formula_waits_for_no_proof(slow_sympy):
    verdict = bl.exercises.check("ch1-repair", lambda y_hat, y, x: -right_formula(y_hat, y, x))
    assert (verdict.state, verdict.slip) == ("not this", "wrong-sign")


def test_a_formula_with_cases_is_left_open_where_no_proof_comes_in_time(slow_sympy):
    verdict = bl.exercises.check("ch1-repair", right_with_a_case)
    assert verdict.state == "not yet" and "SymPy could not decide about its cases" in repr(verdict)


def test_a_formula_that_takes_long_to_compute_is_left_open(monkeypatch):
    monkeypatch.setattr(formulas, "agree", out_of_time)
    verdict = bl.exercises.check("ch1-repair", right_formula)
    assert verdict.state == "not yet" and "nothing is decided" in repr(verdict)


def test_numbers_that_are_rounded_in_a_formula_are_forgiven(unhurried):
    """0.1 + 0.2 is no 0.3, and 16 digits are enough."""
    rounded = lambda y_hat, y, x: (0.1 + 0.2) / 0.3 * right_formula(y_hat, y, x)  # noqa: E731
    assert bl.exercises.check("ch1-repair", rounded)
    wrong = lambda y_hat, y, x: 1.000001 * right_formula(y_hat, y, x)  # noqa: E731
    assert bl.exercises.check("ch1-repair", wrong).state == "not this"


def raises_deeply(w, b, x, y):
    def inner():
        return np.ones(2) @ np.ones(3)  # the line that is to be quoted

    return inner()


def raises_within_numpy(w, b, x, y):
    return np.stack([w, np.ones(3)])


def test_an_exception_is_theirs_with_their_line_and_nothing_of_ours():
    verdict = bl.exercises.check("ch1-tanh", raises_deeply)
    number = raises_deeply.__code__.co_firstlineno + 2
    assert f"line {number}: return np.ones(2) @ np.ones(3)" in repr(verdict)
    assert "Your function raised ValueError." in repr(verdict)
    inside = bl.exercises.check("ch1-tanh", raises_within_numpy)
    assert "return np.stack([w, np.ones(3)])" in repr(inside)
    for text in (repr(verdict), inside._repr_html_()):
        assert "backprop_lab" not in text and ".py" not in text and "Traceback" not in text


@pytest.mark.parametrize("raised", [SystemExit, RecursionError, AssertionError, ZeroDivisionError])
def test_no_exception_ends_the_notebook(raised):
    def answer(w, b, x, y):
        raise raised

    assert f"Your function raised {raised.__name__}." in repr(
        bl.exercises.check("ch1-tanh", answer)
    )


def test_ctrl_c_is_not_swallowed():
    def answer(w, b, x, y):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bl.exercises.check("ch1-tanh", answer)


def right_but_writing(w, b, x, y):
    p = 1 / (1 + np.exp(-(w @ x + b)))
    x *= (p - y) * p * (1 - p)
    return x


def test_an_input_that_is_written_into_is_seen_and_the_checker_keeps_its_own():
    first, second = (bl.exercises.check("ch1-three", right_but_writing) for _ in range(2))
    assert first.slip == "written-into" and repr(first) == repr(second)
    assert "Your function writes into x." in repr(first)
    wrong = bl.exercises.check("ch1-three", lambda w, b, x, y: x.fill(0) or w)
    assert "Your function writes into x: whatever it reads there afterwards" in repr(wrong)
    named = bl.exercises.check("ch1-three", lambda w, b, x, y: -right_but_writing(w, b, x, y))
    assert named.slip == "wrong-sign" and "It also writes into x." in repr(named)


def test_an_input_given_back_is_no_writing():
    verdict = bl.exercises.check("ch1-three", lambda w, b, x, y: x)
    assert verdict.state == "not this" and "writes" not in repr(verdict)


def test_warnings_of_numpy_in_an_answer_do_not_reach_the_page(recwarn):
    bl.exercises.check("ch1-tanh", lambda w, b, x, y: np.float64(1) / np.float64(0))
    assert not recwarn.list


def test_a_function_that_says_nothing_of_its_arguments_is_called_all_the_same():
    assert running.takes(np.tanh, 1) and running.takes(print, 4)
    assert not running.takes(lambda x: x, 2)
