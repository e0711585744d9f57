"""The page of puzzles, as the cells of its notebook: a table of the twenty, then one by one.

The opening of the notebook is written by hand; all from the heading "The twenty" on comes from
here. To renew it:

    python -m backprop_lab.exercises.puzzle_page book/puzzles.ipynb
    python tools/notebooks.py book/puzzles.ipynb
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from backprop_lab.exercises.one_line import Puzzle
from backprop_lab.exercises.puzzles import GROUPS, PUZZLES

START = "## The twenty"


def contents() -> str:
    """Write the table of all puzzles, each a link to its place.

    >>> print(contents().splitlines()[4])
    | {ref}`1 Identity <puzzle-identity>` | `x` | $J$ | ●○○ |
    """
    rows = ["| puzzle | the line | wanted | level |", "|:--|:--|:--|:--|"]
    for number, p in enumerate(PUZZLES, 1):
        link = f"{{ref}}`{number} {p.exercise.title} <{p.exercise.id}>`"
        wanted = "$J$" if p.asks == "J" else f"$\\bar {p.line.wrt}$"
        rows.append(f"| {link} | `{p.line.text}` | {wanted} | {p.exercise.marks} |")
    return "\n".join([START, "", *rows])


def cells_of(number: int, puzzle: Puzzle) -> list[tuple[str, str]]:
    """Give the cells of one puzzle: question, stub, and folded the solution with its proof."""
    e = puzzle.exercise
    start = f"```{{exercise-start}} {number} {e.title}\n:label: {e.id}\n:nonumber:\n```"
    return [
        ("markdown", f"{start}\n\n{e.question}\n\n```{{exercise-end}}\n```"),
        ("code", e.stub),
        ("markdown", f"```{{solution-start}} {e.id}\n:class: dropdown\n```"),
        ("code", f'bl.exercises.solution("{e.id}")'),
        ("code", puzzle.proof),
        ("markdown", "```{solution-end}\n```"),
    ]


def cells() -> list[tuple[str, str]]:
    """Give all cells from the table on, each as ("markdown" or "code", source)."""
    found = [("markdown", contents())]
    for title, group in GROUPS.items():
        found.append(("markdown", f"## {title}"))
        for p in group:
            found += cells_of(PUZZLES.index(p) + 1, p)
    return [
        *found,
        ("markdown", "## How many are solved"),
        ("code", 'bl.exercises.progress("puzzle")'),
    ]


def renewed(notebook: dict) -> dict:
    """Put the puzzles into a notebook, after what is written by hand."""
    kept = []
    for cell in notebook["cells"]:
        if "".join(cell["source"]).startswith(START):
            break
        kept.append(cell)
    for number, (kind, source) in enumerate(cells()):
        cell = {"cell_type": kind, "id": f"puzzle-{number}", "metadata": {}, "source": source}
        kept.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    return notebook | {"cells": kept}


def main(path: str) -> None:
    """Renew the puzzles in a notebook's file."""
    file = Path(path)
    notebook = json.loads(file.read_text(encoding="utf-8"))
    text = json.dumps(renewed(notebook), ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
