"""Run what a learner wrote, and stop it when it takes too long.

In the main thread of a POSIX system a timer's signal stops it (`setitimer`). Elsewhere, on Windows
and in threads, a trace function looks at the clock before each line. Neither stops one long call
into C, such as a product of huge matrices or `10**10**9`: it must return first. And where the trace
is used, code that catches everything (`except:` in an endless loop) goes on.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable

SECONDS = 3.0
AGAIN = 0.05  # the timer rings on: an answer may swallow the first exception


class OutOfTime(BaseException):
    """Raised within an answer that takes too long; no `except Exception` catches it."""


def within(seconds: float, call: Callable[[], object]) -> object:
    """Give `call()`; raise `OutOfTime` when it takes longer than `seconds`.

    >>> within(1.0, lambda: 6 * 7)
    42
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _by_signal(seconds, call)
    return _by_trace(seconds, call)


def _timed(call):
    """Only below this frame may the timer interrupt: never between our own lines."""
    return call()


def _by_signal(seconds, call):
    def ring(number, frame):
        while frame is not None:
            if frame.f_code is _timed.__code__:
                raise OutOfTime
            frame = frame.f_back

    handler = signal.signal(signal.SIGALRM, ring)
    started = time.monotonic()
    other = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), AGAIN)
    try:
        return _timed(call)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        left, every = other
        if left:  # somebody's timer was running: it goes on with what is left to it
            left = max(left - (time.monotonic() - started), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, every)


def _by_trace(seconds, call):  # pragma: no cover  (what traces is not traced itself)
    end = time.monotonic() + seconds

    def look(frame, event, value):
        if time.monotonic() > end:
            raise OutOfTime
        return look

    tracer = sys.gettrace()
    sys.settrace(look)
    try:
        return call()
    finally:
        sys.settrace(tracer)
