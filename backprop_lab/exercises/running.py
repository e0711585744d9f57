"""Call a learner's function, and say what happened in their words: their line, their exception."""

from __future__ import annotations

import copy
import dis
import inspect
import linecache
import sysconfig
import textwrap
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backprop_lab.exercises import limits

_OURS = tuple(
    str(Path(place))
    for place in (
        Path(__file__).parent.parent,
        *(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")),
        Path(np.__file__).parent,
    )
)
_TYPED = ("<stdin", "<python-input", "<ipython-input")  # what was typed into a terminal
_NOTHING = {
    "RESUME",
    "NOP",
    "LOAD_CONST",
    "RETURN_CONST",
    "RETURN_VALUE",
    "COPY_FREE_VARS",
    "CACHE",
}


@dataclass(frozen=True)
class Outcome:
    """What came of a call: its value, or the error; which inputs were written into."""

    value: object = None
    error: BaseException | None = None
    line: str = ""
    late: bool = False
    changed: tuple[int, ...] = ()


def unanswered(answer) -> bool:
    """Whether an answer is still the stub: `...`, None, a row with a gap, an empty function.

    >>> unanswered(...), unanswered((1.0, ...)), unanswered(lambda x: ...), unanswered(0)
    (True, True, True, False)
    """
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, np.ndarray):
        return answer.size == 0 or (answer.dtype == object and any(map(unanswered, answer.flat)))
    if isinstance(answer, (list, tuple)):
        return not answer or any(map(unanswered, answer))
    return inspect.isfunction(answer) and _is_empty(answer)


def _is_empty(function) -> bool:
    """Whether a function does nothing but give None or `...`."""
    steps = list(dis.get_instructions(function))
    constants = {s.argval for s in steps if s.opname in ("LOAD_CONST", "RETURN_CONST")}
    return {s.opname for s in steps} <= _NOTHING and constants <= {None, Ellipsis}


class Stopwatch:
    """The time that all calls of one check may take together."""

    def __init__(self, seconds: float | None = None):
        self.end = time.monotonic() + (limits.SECONDS if seconds is None else seconds)

    def left(self) -> float:
        """Seconds that are left, above 0."""
        return max(self.end - time.monotonic(), 1e-3)


def call(function: Callable, inputs: Sequence, watch: Stopwatch, copies: bool = True) -> Outcome:
    """Call a learner's function, on copies of the inputs."""
    given = copy.deepcopy(list(inputs)) if copies else list(inputs)
    try:
        with np.errstate(all="ignore"):
            value = limits.within(watch.left(), lambda: function(*given))
    except limits.OutOfTime:
        return Outcome(late=True)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, too: an answer must not end the notebook
        return Outcome(error=error, line=line_of(error))
    changed = tuple(k for k, (a, b) in enumerate(zip(given, inputs, strict=True)) if _moved(a, b))
    return Outcome(value=value, changed=changed)


def _moved(now, before) -> bool:
    return isinstance(before, np.ndarray) and not (
        now.shape == before.shape and np.array_equal(now, before, equal_nan=True)
    )


def line_of(error: BaseException) -> str:
    """Quote the learner's own line in which an error arose: `line 3: return J @ y`."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not f.filename.startswith((*_OURS, "<"))]
    theirs = theirs or [f for f in frames if f.filename.startswith(_TYPED)]
    if not theirs:
        return ""
    last = theirs[-1]
    text = (last.line or linecache.getline(last.filename, last.lineno)).strip()
    text = textwrap.shorten(text, 100, placeholder=" …")
    return f"line {last.lineno}: {text}" if text else f"line {last.lineno}"


def takes(function: Callable, count: int) -> bool:
    """Whether a function can be called with `count` arguments; True where nobody can tell."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def in_order(function: Callable, names: Sequence[str]) -> Callable:
    """Give a function that takes its arguments as `names` has them, where it names the same ones.

    >>> in_order(lambda b, a: a - b, ["a", "b"])(3, 1)
    2
    """
    own = names_of(function)
    if own == list(names) or sorted(own) != sorted(names):
        return function
    places = [list(names).index(name) for name in own]
    return lambda *inputs: function(*(inputs[k] for k in places))


def names_of(function: Callable) -> list[str]:
    """Names of the parameters of a function; none where nobody can tell."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
