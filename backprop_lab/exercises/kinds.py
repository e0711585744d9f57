"""The kinds of answers but functions and formulas: values, choices and conditions.

Each has `judge(answer, first)`, which gives a `Finding`; `first` names the slips to think of first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from backprop_lab.exercises import running
from backprop_lab.exercises.explaining import explain, seen_in
from backprop_lab.exercises.parts import Part, near
from backprop_lab.exercises.pictures import Grid
from backprop_lab.exercises.reading import WrongType, article, as_array
from backprop_lab.exercises.verdicts import (
    CORRECT,
    NOT_THIS,
    NOT_YET,
    Finding,
    labelled,
    shape_text,
    shown,
)
from backprop_lab.slips import SLIPS, Slip

ROUNDED = 1e-2  # as far as a number rounded to two or three digits is off


def wrong_type(said: str) -> Finding:
    """Find that an answer is of another type."""
    return Finding(NOT_THIS, (said,))


def read_parts(answer, parts: Sequence[Part]) -> list[np.ndarray]:
    """Read an answer as one array for each part; raise `WrongType` where there are not as many."""
    if len(parts) == 1:
        return [as_array(answer, np.ndim(parts[0].truth))]
    names = ", ".join(p.name for p in parts)
    ordered = isinstance(answer, (list, tuple, sp.MatrixBase))
    if isinstance(answer, np.ndarray) and any(answer.ndim != 1 + np.ndim(p.truth) for p in parts):
        one = f"one array of {shape_text(answer.shape)}" if answer.ndim else "one number"
        raise WrongType(f"{len(parts)} values are asked for, {names}; this is {one}.")
    if not ordered and not isinstance(answer, np.ndarray):
        raise WrongType(f"{len(parts)} values are asked for, {names}; this is {article(answer)}.")
    if len(answer) != len(parts):
        there = "there is 1" if len(answer) == 1 else f"there are {len(answer)}"
        raise WrongType(f"{len(parts)} values are asked for, {names}; {there}.")
    return [as_array(v, np.ndim(p.truth)) for v, p in zip(answer, parts, strict=True)]


def rounded(value: np.ndarray, truth: np.ndarray) -> bool:
    """Whether a value is off by what rounding takes: a hundredth, or all but some places."""
    near_by = np.abs(value - truth) <= ROUNDED * np.max(np.abs(truth), initial=0.0)
    places = (np.allclose(np.round(truth, n), value, rtol=0, atol=1e-9) for n in (1, 2, 3))
    lost = (value == 0) & (truth != 0)  # a 0 is no number that was rounded
    return bool(np.all(near_by)) or (not np.any(lost) and any(places))


def not_finite(value: np.ndarray) -> bool:
    """Whether NaN or an infinity is among the entries."""
    return not np.all(np.isfinite(value))


def shape_said(value: np.ndarray, part: Part) -> str:
    """Say that a shape is another one."""
    wanted, got = shape_text(np.shape(part.truth)), shape_text(value.shape)
    verb = "has" if value.ndim else "is"
    return f"{part.name} {verb} {got} in your answer; {wanted} is asked for."


@dataclass(frozen=True)
class Value:
    """Numbers or arrays at one point. What is right in a wrong answer is marked, never told."""

    parts: Callable[[], Sequence[Part]]

    stub = "answer = ..."

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Compare numbers with the truth, and wrong ones with the slips."""
        if running.unanswered(answer):
            return Finding(NOT_YET)
        parts = self.parts()
        try:
            values = read_parts(answer, parts)
        except WrongType as error:
            return wrong_type(str(error))
        wrong = [(v, p) for v, p in zip(values, parts, strict=True) if not p.matches(v)]
        if not wrong:
            return Finding(CORRECT)
        slip, note = explain(seen_in(values, parts), first)
        said = [note, *(self._fault(v, p, slip) for v, p in wrong)]
        right = [p.name for v, p in zip(values, parts, strict=True) if p.matches(v)]
        if right:
            others = " and ".join(p.name for _, p in wrong)
            said.append(f"{' and '.join(right)} is right; {others} is not.")
        rows = tuple(self._row(v, p) for v, p in zip(values, parts, strict=True))
        grids = tuple(Grid(f"{p.name}, yours", v, self._marks(v, p)) for v, p in wrong)
        return Finding(NOT_THIS, tuple(filter(None, said)), slip, rows, grids)

    def _fault(self, value, part, slip) -> str:
        if value.shape != np.shape(part.truth):
            return shape_said(value, part)
        if not_finite(value):
            return f"{part.name} holds NaN or an infinity."
        if slip is None and rounded(value, part.truth):
            if part.exact:
                return f"{part.name} is close: count it to the last digit."
            return f"{part.name} is close: was it rounded? Let Python keep all digits."
        right = int(np.sum(near(value, part.truth, part.truth)))
        if slip is None and value.size > 2 and right > value.size / 2:
            return f"{right} of {value.size} entries are right: look at the others."
        return ""

    def _marks(self, value, part):
        """Mark the entries that are right, where some are and some are not."""
        if value.ndim == 0 or value.shape != np.shape(part.truth):
            return None
        right = near(value, part.truth, part.truth)
        return np.where(right, "✓", "✗") if right.any() else None

    def _row(self, value, part) -> tuple[str, str]:
        name, text = labelled(f"{part.name}, yours", value)
        marks = self._marks(value, part)
        return name, text if marks is None else f"{text}, right where ✓: {' '.join(marks.flat)}"


@dataclass(frozen=True)
class Option:
    """One choice: its text, the reply to whoever takes it wrongly, and the slip behind it."""

    text: str
    reply: str = ""
    slip: str = ""


@dataclass(frozen=True)
class Choice:
    """One letter of a few. `truth()` computes which, from the options."""

    options: Mapping[str, Option]
    truth: Callable[[], str]

    stub = "answer = ..."

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Compare a letter with the truth; a wrong one gets its reply."""
        if running.unanswered(answer):
            return Finding(NOT_YET)
        letter = answer.strip().strip("().").lower() if isinstance(answer, str) else None
        if letter not in self.options:
            letters = ", ".join(f'"{n}"' for n in self.options)
            got = f'"{answer}"' if isinstance(answer, str) else article(answer)
            return wrong_type(f"Choose one of {letters}; this is {got}.")
        if letter == self.truth():
            return Finding(CORRECT)
        option = self.options[letter]
        return Finding(
            NOT_THIS,
            (option.reply,) if option.reply else (),
            SLIPS[option.slip] if option.slip else None,
            (("yours", f"{letter}: {option.text}"),),
        )


@dataclass(frozen=True)
class Condition:
    """A number with a property: every one that has it is right.

    `measure(x)` gives what the notebook's reader would measure there, by name; `fails(measured)`
    gives the slip that explains why the number will not do, and None for a right one.
    """

    measure: Callable[[float], Mapping[str, float]]
    fails: Callable[[Mapping[str, float]], Slip | None]

    stub = "answer = ..."

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Measure at the number, and say what is missing."""
        if running.unanswered(answer):
            return Finding(NOT_YET)
        try:
            value = as_array(answer, 0)
        except WrongType as error:
            return wrong_type(str(error))
        if value.shape != ():
            return wrong_type(f"One number is asked for; this has {shape_text(value.shape)}.")
        if not_finite(value):
            return wrong_type("A finite number is asked for; this one is not.")
        measured = self.measure(float(value))
        slip = self.fails(measured)
        rows = (("yours", shown(value)), *((name, shown(v)) for name, v in measured.items()))
        return Finding(CORRECT if slip is None else NOT_THIS, (), slip, rows)


def running_fault(out: running.Outcome) -> Finding | None:
    """Say that a learner's code did not finish, or raised: theirs, with their line."""
    if out.late:
        return Finding(
            NOT_THIS,
            ("Your function takes too long, and was stopped. Does a loop in it end?",),
        )
    if out.error is not None:
        rows = [("in", out.line)] if out.line else []
        kind, message = type(out.error).__name__, str(out.error)
        rows.append((kind, message or "(without a message)"))
        return Finding(NOT_THIS, (f"Your function raised {kind}.",), None, tuple(rows))
    return None
