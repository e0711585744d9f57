"""The list of all exercises, as a table; and a solution, as text with its verdict."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.verdicts import Verdict

_WIDTH = 120
_HEAD = ("id", "chapter", "difficulty", "minutes", "names these slips")


@dataclass(frozen=True, repr=False)
class Table:
    """Exercises as rows: id, chapter, difficulty, minutes, slips."""

    exercises: Sequence[Exercise]

    def rows(self) -> list[tuple[str, ...]]:
        """Give the cells, as texts."""
        return [
            (e.id, e.chapter.removeprefix("ch"), e.marks, str(e.minutes), ", ".join(e.slips))
            for e in self.exercises
        ]

    def __repr__(self):
        lines = [_HEAD, *self.rows()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(_HEAD) - 1)]
        shown = []
        for *cells, slips in lines:
            lead = "  ".join(f"{cell:{w}}" for cell, w in zip(cells, widths, strict=True)) + "  "
            first, *rest = textwrap.wrap(slips, _WIDTH - len(lead), break_on_hyphens=False)
            shown += [lead + first, *(f"{'':{len(lead)}}{more}" for more in rest)]
        return "\n".join(shown)

    def _repr_html_(self):
        head = "".join(f'<th scope="col" style="text-align:left">{c}</th>' for c in _HEAD)
        body = "".join(
            "<tr>"
            + "".join(f'<td style="text-align:left">{html.escape(c)}</td>' for c in row)
            + "</tr>"
            for row in self.rows()
        )
        return (
            '<div class="bl-exercises" style="overflow-x:auto"><table><thead><tr>'
            f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


@dataclass(frozen=True, repr=False)
class Solution:
    """A solution: its code, and what the checker says of it when it is executed."""

    code: str
    verdict: Verdict

    def __str__(self):
        return self.code

    def __repr__(self):
        return f"{self.code}\n{self.verdict!r}"

    def _repr_html_(self):
        """Folded, for notebooks too: a solution must not meet the eye below its question."""
        return (
            '<details class="bl-solution"><summary>the code, and its verdict</summary>'
            f"<pre>{html.escape(self.code.rstrip())}</pre>{self.verdict._repr_html_()}</details>"
        )
