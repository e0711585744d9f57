"""What a check says, and how it looks: HTML in Jupyter and in the page, text in a terminal.

The HTML carries its few styles with it, in colours that hold on light and on dark; the book's style
sheet adds to them. Every text is escaped in one place, here: parts of it are the learner's.
"""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass

import numpy as np

from backprop_lab.exercises.pictures import Grid, drawable, heat_maps, number
from backprop_lab.slips import Slip

NOT_YET, CORRECT, NOT_THIS = "not yet", "correct", "not this"
_SIGNS = {NOT_YET: "○", CORRECT: "✓", NOT_THIS: "✗"}
_EDGES = {NOT_YET: "#8b95a1", CORRECT: "#2c9a55", NOT_THIS: "#d9741a"}
WIDTH = 79


@dataclass(frozen=True)
class Finding:
    """What a kind of answer found: the state, sentences, the slip that explains it, evidence.

    `rows` are pairs of a label and a text of fixed pitch, such as ("yours", "[1. 2.]"); `grids` are
    arrays to be drawn.
    """

    state: str
    said: tuple[str, ...] = ()
    slip: Slip | None = None
    rows: tuple[tuple[str, str], ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, repr=False)
class Verdict:
    """The reply to an answer. `state` is "not yet", "correct" or "not this"; true when correct."""

    exercise: str
    finding: Finding

    @property
    def state(self) -> str:
        """In one word or two."""
        return self.finding.state

    @property
    def slip(self) -> str:
        """Name of the slip that explains a wrong answer; '' where none is known."""
        return self.finding.slip.name if self.finding.slip else ""

    def __bool__(self):
        return self.state == CORRECT

    def _head(self) -> str:
        return f"{_SIGNS[self.state]} {self.exercise}: {self.state}"

    def _sentences(self) -> list[str]:
        f = self.finding
        looks = [f"This looks like {f.slip.title}. {f.slip.explanation}"] if f.slip else []
        return [*looks, *f.said]

    def __repr__(self):
        lines = [self._head() + ("." if self._sentences() else "")]
        for sentence in self._sentences():
            lines += wrapped(sentence, WIDTH - 2)
        width = max((len(label) for label, _ in self.finding.rows), default=0)
        for label, text in self.finding.rows:
            first, *rest = _wrapped(text, WIDTH - width - 6)
            lines += [f"  {label:{width}}  {first}", *(f"  {'':{width}}  {t}" for t in rest)]
        return "\n  ".join(lines[:1] + [line.removeprefix("  ") for line in lines[1:]])

    def _repr_html_(self):
        safe = html.escape
        sentences = "".join(f'<p style="margin:0.35em 0">{safe(s)}</p>' for s in self._sentences())
        rows = "".join(
            '<tr style="background:none"><th scope="row" style="padding:0.1em 1em 0.1em 0;'
            f'text-align:left;vertical-align:top;font-weight:normal;white-space:nowrap">{safe(label)}</th>'
            '<td style="padding:0.1em 0;text-align:left"><pre style="margin:0;padding:0;border:0;'
            f'background:none;color:inherit;white-space:pre-wrap;overflow-wrap:anywhere">{safe(text)}</pre></td></tr>'
            for label, text in self.finding.rows
        )
        table = (
            f'<table style="margin:0.35em 0;border:0;color:inherit">{rows}</table>' if rows else ""
        )
        grids = [g for g in self.finding.grids if drawable(g.values)]
        return (
            f'<div class="bl-check" data-state="{self.state}" style="border-left:4px '
            f"{'dashed' if self.state == NOT_THIS else 'solid'} {_EDGES[self.state]};"
            'padding:0.3em 0 0.3em 0.9em;color:inherit;overflow-x:auto">'
            f'<p style="margin:0.1em 0"><strong>{_SIGNS[self.state]} {self.state}</strong> '
            f"<code>{safe(self.exercise)}</code></p>"
            f"{sentences}{table}{heat_maps(grids) if grids else ''}</div>"
        )


def _wrapped(text: str, width: int) -> list[str]:
    """Give the lines of a row; sentences are wrapped, and arrays stay as they stand."""
    if text.startswith("["):
        return text.splitlines()
    return wrapped(text, max(width, 30)) or [""]


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Wrap a text, and never at a hyphen: a command that stands in it can be copied."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def shown(value, digits: int = 4) -> str:
    """Write a number or an array for a row of a verdict; long arrays are cut.

    >>> shown(np.float64(0.5)), shown(np.array([1.0, 2.0]))
    ('0.5', '[1 2]')
    """
    value = np.asarray(value)
    if value.ndim == 0:
        return number(value[()], digits)
    wide = max((len(number(v, digits)) for v in value.flat), default=0) if value.ndim > 1 else 0
    form = {"all": lambda v: f"{number(v, digits):>{wide}}"}
    return np.array2string(value, formatter=form, threshold=40, edgeitems=3)


def side_by_side(yours: np.ndarray, truth: np.ndarray) -> list[tuple[str, str]]:
    """Write two values of one shape with as many digits as show that they differ."""
    for digits in (4, 7, 12):
        rows = [("yours", shown(yours, digits)), ("the truth", shown(truth, digits))]
        if rows[0][1] != rows[1][1]:
            break
    return rows


def labelled(name: str, value) -> tuple[str, str]:
    """Give the row of a value: an array has its shape beside its name.

    >>> labelled("w", np.ones(2)), labelled("b", 0.5)
    (('w (2,)', '[1 1]'), ('b', '0.5'))
    """
    shape = np.shape(value)
    return (f"{name} {shape}" if shape else name), shown(value)


def shape_text(shape: tuple) -> str:
    """Write a shape; a number has none.

    >>> shape_text(()), shape_text((3,))
    ('a number', 'shape (3,)')
    """
    return f"shape {tuple(shape)}" if shape else "a number"
