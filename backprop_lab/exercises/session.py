"""What a session remembers: which exercises were solved, and how many hints were given.

Nothing is stored on disk and nothing is sent; a new kernel begins anew.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.verdicts import CORRECT, NOT_THIS, NOT_YET, Verdict, wrapped

_states: dict[str, str] = {}
_hints_given: dict[str, int] = {}
_SIGNS = {CORRECT: "✓", NOT_THIS: "✗", NOT_YET: "○"}


def note(exercise: Exercise, verdict: Verdict) -> None:
    """Remember a verdict; what was solved once stays solved."""
    if verdict.state != NOT_YET and _states.get(exercise.id) != CORRECT:
        _states[exercise.id] = verdict.state


def forget() -> None:
    """Begin anew: no exercise solved, no hint given."""
    _states.clear()
    _hints_given.clear()


@dataclass(frozen=True, repr=False)
class Hint:
    """A hint, and which of how many it is."""

    text: str
    number: int
    of: int

    def __repr__(self):
        return "\n".join(wrapped(f"Hint {self.number} of {self.of}. {self.text}"))

    def _repr_html_(self):
        text = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(self.text))
        head = f"<strong>Hint {self.number} of {self.of}.</strong>"
        return f'<p class="bl-hint">{head} {text}</p>'


def next_hint(exercise: Exercise) -> Hint:
    """Give the next hint, and the last again when there are no more."""
    given = min(_hints_given.get(exercise.id, 0) + 1, len(exercise.hints))
    _hints_given[exercise.id] = given
    return Hint(exercise.hints[given - 1], given, len(exercise.hints))


@dataclass(frozen=True, repr=False)
class Progress:
    """How many exercises of a chapter are solved: pairs of an id and its state."""

    states: Sequence[tuple[str, str]]

    @property
    def solved(self) -> int:
        """How many are solved."""
        return sum(state == CORRECT for _, state in self.states)

    def __repr__(self):
        marks = "  ".join(f"{_SIGNS[state]}\N{NO-BREAK SPACE}{name}" for name, state in self.states)
        lines = wrapped(f"{self.solved} of {len(self.states)}:  {marks}")
        return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")

    def _repr_html_(self):
        marks = " ".join(
            f'<span style="white-space:nowrap;margin-right:0.8em">{_SIGNS[state]} '
            f"<code>{name}</code></span>"
            for name, state in self.states
        )
        return (
            f'<p class="bl-progress"><strong>{self.solved} of {len(self.states)}</strong> {marks}'
            "</p>"
        )


def progress_of(exercises: Sequence[Exercise]) -> Progress:
    """Give the progress of some exercises."""
    return Progress(tuple((e.id, _states.get(e.id, NOT_YET)) for e in exercises))
