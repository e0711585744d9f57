"""Exercises that diagnose: an answer is judged at once, and a wrong one is told which slip it is.

>>> import backprop_lab as bl
>>> bl.exercises.check("ch3-pullback", ...)
○ ch3-pullback: not yet.
  Put your answer in, and run the cell. A hint:
  bl.exercises.hint("ch3-pullback").
>>> bl.exercises.check("ch1-saturation", 2.0).slip
'still-steep'

Each chapter's exercises are a module here; how answers are judged is in `kinds`, `formulas` and
`functions`, what they are compared with in `parts`.
"""

from __future__ import annotations

import difflib
import sys
import types

from backprop_lab.exercises import ch1, ch2, ch3, ch4, ch5, puzzles
from backprop_lab.exercises.catalogue import Solution, Table
from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.session import Hint, Progress, forget, next_hint, note, progress_of
from backprop_lab.exercises.verdicts import Verdict

_CHAPTERS = (ch1, ch2, ch3, ch4, ch5, puzzles)
EXERCISES: dict[str, Exercise] = {e.id: e for chapter in _CHAPTERS for e in chapter.EXERCISES}

__all__ = [
    "EXERCISES",
    "Exercise",
    "Verdict",
    "check",
    "forget",
    "hint",
    "progress",
    "question",
    "solution",
    "table",
]


def check(id: str, answer=...) -> Verdict:
    """Judge an answer: not yet, correct, or not this and what probably happened.

    An answer is a number, an array or a list, a function, a SymPy expression or a letter, as the
    question asks. A function is called with inputs of several shapes, and is stopped after a few
    seconds (see `limits`, and where that does not hold). Nothing is stored or sent.

    >>> verdict = check("ch3-pullback", [-11.0, -1.0300225])
    >>> verdict.state, verdict.slip
    ('not this', 'wrong-sign')

    Raises `KeyError` for an exercise that is not there.
    """
    exercise = question(id)
    verdict = exercise.check(answer)
    note(exercise, verdict)
    return verdict


def question(id: str) -> Exercise:
    """Give an exercise by its id; in Jupyter it shows its question.

    >>> question("ch1-b")
    ch1-b ●○○ The bias and the input, about 4 min
    """
    if id in EXERCISES:
        return EXERCISES[id]
    begun = [name for name in EXERCISES if str(id) and name.startswith(str(id))]
    near = begun or difflib.get_close_matches(str(id), EXERCISES, n=1, cutoff=0.5)
    also = f" Did you mean {near[0]!r}?" if near else ""
    raise KeyError(f"There is no exercise {id!r}.{also} bl.exercises.table() lists them all.")


def hint(id: str) -> Hint:
    """Give the next hint of an exercise, up to three.

    >>> forget()
    >>> hint("ch3-layout")
    Hint 1 of 2. Write the shapes below the symbols: (2, 1) = (?, ?)(5, 1).
    """
    return next_hint(question(id))


def solution(id: str) -> Solution:
    """Give the solution as text, executed and judged by the same checker; it is not noted.

    >>> print(solution("ch1-saturation"))
    answer = 10.0
    """
    exercise = question(id)
    return Solution(exercise.solution, exercise.check(exercise.run_solution()))


def progress(chapter: str = "") -> Progress:
    """Say how many exercises are solved in this session, of a chapter or of all.

    >>> forget()
    >>> check("ch3-layout", "b").state
    'correct'
    >>> progress("ch3")
    1 of 6:  ○ ch3-pullback  ✓ ch3-layout  ○ ch3-repair  ○ ch3-translate
    ○ ch3-without  ○ ch3-orders
    """
    chosen = [e for e in EXERCISES.values() if chapter in ("", e.chapter)]
    if not chosen:
        known = ", ".join(dict.fromkeys(e.chapter for e in EXERCISES.values()))
        raise KeyError(f"There is no chapter {chapter!r} with exercises. There are {known}.")
    return progress_of(chosen)


def table() -> Table:
    """List all exercises with their chapter, difficulty, minutes and the slips they name."""
    return Table(tuple(EXERCISES.values()))


class _Room(types.ModuleType):
    """A module that shows its exercises when a cell ends in `bl.exercises`."""

    def __repr__(self):
        return repr(self.table())

    def _repr_html_(self):
        return self.table()._repr_html_()


sys.modules[__name__].__class__ = _Room
