"""Write the exercises for a course: notebooks without and with solutions, and a question bank.

    python tools/instructor.py [--out _build/instructor]

`student/` has a notebook for each chapter with its questions and stubs, `solutions/` the same with
the answers put in, and `question-bank.md` has all that an exercise knows of itself. The cells carry
nbgrader's metadata: give it `solutions/` as source, and its release version is without the regions
that are marked as solutions. Without nbgrader the notebooks work as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from backprop_lab.exercises import EXERCISES, Exercise
from backprop_lab.slips import SLIPS
from notebooks import METADATA, write

OUT = Path(__file__).resolve().parent.parent / "_build" / "instructor"
KINDS = {
    "Value": "numbers",
    "Choice": "a choice",
    "Condition": "a number with a property",
    "Expression": "a formula",
    "Function": "a function",
    "OneLine": "a function of one line",
}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # nbgrader's marks


def title_of(chapter: str) -> str:
    """Name a set: ch3 is a chapter, and puzzle a page of puzzles."""
    number = chapter.removeprefix("ch")
    return f"Chapter {number}" if number != chapter else f"The {chapter}s"


def chapters() -> dict[str, list[Exercise]]:
    """Give the exercises by chapter, in the order of the book."""
    found: dict[str, list[Exercise]] = {}
    for exercise in EXERCISES.values():
        found.setdefault(exercise.chapter, []).append(exercise)
    return found


# --- notebooks ------------------------------------------------------------------------------------
def graded(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict:
    """Give nbgrader's metadata of a cell; with points it is a test that counts."""
    about = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": about | ({} if points is None else {"points": points})}


def cells_of(exercise: Exercise, solved: bool) -> list[nbformat.NotebookNode]:
    """Give the question, the cell for the answer, and the test that counts its points."""
    e = exercise
    head = f"### {e.title}\n\n`{e.id}` · {e.marks} · about {e.minutes} minutes"
    answer = f"{BEGIN}\n{e.solution.rstrip()}\n{END}" if solved else e.answer.stub
    check = f'bl.exercises.check("{e.id}", answer)'
    made = [
        (new_markdown_cell, f"{head}\n\n{e.question}", f"{e.id}-question", {}),
        (new_code_cell, f"{answer}\n\n{check}", e.id, {"solution": True}),
        (new_code_cell, f"assert {check}", f"{e.id}-graded", {"points": e.difficulty}),
    ]
    return [
        new(source, id=name[-64:], metadata=graded(name, **how)) for new, source, name, how in made
    ]


def notebook(chapter: str, exercises: Iterable[Exercise], solved: bool) -> nbformat.NotebookNode:
    """Make the notebook of a chapter."""
    said = (
        f"# {title_of(chapter)}: exercises{', with solutions' if solved else ''}\n\n"
        "Put your answer in the place of `...`, and run the cell. The reply says which mistake "
        "was probably made. `bl.exercises.hint(id)` gives a hint, `bl.exercises.progress()` what "
        "is solved. Nothing is stored or sent."
    )
    opening = [
        new_markdown_cell(said, id=f"{chapter}-opening"),
        new_code_cell("import numpy as np\nimport backprop_lab as bl", id=f"{chapter}-imports"),
    ]
    cells = [cell for e in exercises for cell in cells_of(e, solved)]
    return new_notebook(cells=[*opening, *cells], metadata=METADATA)


# --- the question bank ----------------------------------------------------------------------------
def entry(exercise: Exercise) -> str:
    """Write one question with all that belongs to it, as Markdown."""
    e = exercise
    kind = KINDS.get(type(e.answer).__name__, type(e.answer).__name__)
    named = (SLIPS[name] for name in e.slips)
    slips = (f"- `{slip.name}`, {slip.title}: {slip.explanation}" for slip in named)
    hints = (f"{number}. {hint}" for number, hint in enumerate(e.hints, 1))
    blocks = (
        f"### {e.id}: {e.title}",
        "| kind | difficulty | minutes |\n|---|---|---|\n"
        f"| {kind} | {e.difficulty} of 3 | {e.minutes} |",
        e.question,
        "**Names these slips**",
        "\n".join(slips),
        "**Hints**",
        "\n".join(hints),
        "**Solution**",
        f"```python\n{e.solution.rstrip()}\n```",
        e.remark,
    )
    return "\n\n".join(filter(None, blocks))


def question_bank() -> str:
    """Write all questions, chapter by chapter."""
    count, minutes = len(EXERCISES), sum(e.minutes for e in EXERCISES.values())
    blocks = [f"# Question bank\n\n{count} questions, about {minutes} minutes in all."]
    for chapter, exercises in chapters().items():
        blocks.append(f"## {title_of(chapter)}")
        blocks += [entry(e) for e in exercises]
    return "\n\n".join(blocks) + "\n"


def export(out: Path) -> list[Path]:
    """Write everything below a folder; notebooks of chapters that are no more go away."""
    files = {out / "question-bank.md": question_bank()}
    for folder, solved in (("student", False), ("solutions", True)):
        for chapter, exercises in chapters().items():
            made = notebook(chapter, exercises, solved)
            nbformat.validate(made)
            text = nbformat.writes(made, version=4).rstrip("\n") + "\n"
            files[out / folder / f"{chapter}.ipynb"] = text
    for stale in {*out.glob("student/*.ipynb"), *out.glob("solutions/*.ipynb")} - set(files):
        stale.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    return list(files)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=OUT, help="default: _build/instructor")
    out = parser.parse_args(arguments).out
    files = export(out)
    count = len(chapters())
    print(f"{len(EXERCISES)} exercises in {2 * count} notebooks and a question bank: {files[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
