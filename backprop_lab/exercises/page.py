"""A chapter's section of exercises, as the cells of its notebook.

The question, the stub and the folded solution of a page come from here, so that the notebook and
the checker cannot part; a test compares them. To put a chapter's section into its notebook, or to
renew it there:

    python -m backprop_lab.exercises.page ch3 book/03-jacobians.ipynb
    python tools/notebooks.py book/03-jacobians.ipynb
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from backprop_lab.exercises.exercise import Exercise

TITLE = "## Exercises"
LEAD = (
    f"{TITLE}\n\nOpen the chapter in Jupyter (`make lab` in the book's folder), put your answer in "
    "the place of `...`, and run the cell. A wrong answer is compared with the mistakes that "
    "people make, and the reply names the one that explains it. For a hint run "
    '`bl.exercises.hint("{first}")`; there are up to three. Nothing is stored or sent.'
)


def cells(exercises: Sequence[Exercise]) -> list[tuple[str, str]]:
    """Give the cells of a section, each as ("markdown" or "code", source).

    >>> from backprop_lab.exercises import EXERCISES
    >>> [kind for kind, _ in cells([EXERCISES["ch3-layout"]])]
    ['markdown', 'markdown', 'code', 'markdown', 'code', 'markdown', 'code']
    """
    found = [("markdown", LEAD.format(first=exercises[0].id))]
    for e in exercises:
        start = f"```{{exercise-start}} {e.title}\n:label: {e.id}\n```"
        question = f"{start}\n\n{e.question}\n\n```{{exercise-end}}\n```"
        found.append(("markdown", question))
        found.append(("code", e.stub))
        found.append(("markdown", f"```{{solution-start}} {e.id}\n:class: dropdown\n```"))
        found.append(("code", f'bl.exercises.solution("{e.id}")'))
        found.append(("markdown", "```{solution-end}\n```"))
    chapter = exercises[0].chapter
    return [*found, ("code", f'bl.exercises.progress("{chapter}")')]


def as_myst(exercises: Sequence[Exercise]) -> str:
    """Write a section as MyST Markdown, for jupytext."""
    blocks = [
        f"```{{code-cell}} ipython3\n{source}\n```" if kind == "code" else f"+++\n\n{source}"
        for kind, source in cells(exercises)
    ]
    return "\n\n".join(blocks) + "\n"


def renewed(notebook: dict, exercises: Sequence[Exercise], before: str) -> dict:
    """Put the section into a notebook, in place of an older one, `before` a heading.

    Raises `ValueError` where the notebook has no such heading.
    """
    old = notebook["cells"]
    heads = [
        k
        for k, cell in enumerate(old)
        if cell["cell_type"] == "markdown" and "".join(cell["source"]).startswith(before)
    ]
    if not heads:
        raise ValueError(f"The notebook has no cell that begins with {before!r}.")
    end = heads[0]
    start = next((k for k in range(end) if "".join(old[k]["source"]).startswith(TITLE)), end)
    new = []
    for number, (kind, source) in enumerate(cells(exercises)):
        name = f"{exercises[0].chapter}-exercises-{number}"
        cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
        new.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    return notebook | {"cells": [*old[:start], *new, *old[end:]]}


def main(chapter: str, path: str, before: str = "## What we showed") -> None:
    """Renew the section of a chapter in a notebook's file."""
    from backprop_lab.exercises import EXERCISES

    file = Path(path)
    notebook = json.loads(file.read_text(encoding="utf-8"))
    chosen = [e for e in EXERCISES.values() if e.chapter == chapter]
    text = json.dumps(renewed(notebook, chosen, before), ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
