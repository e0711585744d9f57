"""The exercises of a page are those of the package: question, stub and solution, word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import notebooks
from backprop_lab.exercises import EXERCISES
from backprop_lab.exercises.page import as_myst, cells, main, renewed

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = list(dict.fromkeys(e.chapter for e in EXERCISES.values()))


def of(chapter):
    return [e for e in EXERCISES.values() if e.chapter == chapter]


def section(path):
    """Give the cells from the heading of the exercises to the next heading."""
    found, within = [], False
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            within = cell.source.startswith("## Exercises")
        if within:
            found.append(cell)
    return found


def pages():
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        if section(path):
            yield path


PAGES = list(pages())


def test_the_first_chapter_has_its_exercises():
    assert any(path.name.startswith("01-") for path in PAGES)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_repeats_the_package_word_for_word(path):
    chapter = f"ch{int(path.name[:2])}"
    got = [(cell.cell_type, cell.source) for cell in section(path)]
    assert got == [(kind, source.rstrip()) for kind, source in cells(of(chapter))]


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_stored_stubs_are_unanswered_and_solutions_correct(path):
    """A stored page is nobody's session: no exercise counts as solved."""
    for cell in section(path):
        if cell.cell_type == "code":
            (output,) = cell.outputs
            text = output.data["text/plain"]
            if "check(" in cell.source:
                assert re.match(r"○ [\w-]+: not yet\.", text)
            elif "solution(" in cell.source:
                assert re.search(r"^✓ [\w-]+: correct", text, re.MULTILINE)
            else:
                assert text.startswith("0 of ")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_section_has_a_fold_for_each_solution_and_a_line_of_progress(chapter):
    text, count = as_myst(of(chapter)), len(of(chapter))
    assert text.count("{exercise-start}") == text.count(":class: dropdown") == count
    assert text.count("{solution-end}") == text.count("{exercise-end}") == count
    assert f'bl.exercises.progress("{chapter}")' in text
    assert all(e.solution not in text for e in of(chapter))


def notebook(*sources):
    return {"cells": [{"cell_type": "markdown", "source": [text]} for text in sources]}


def test_a_section_is_put_before_the_heading_and_renewed_in_its_place():
    chosen = of("ch3")[:2]
    once = renewed(notebook("# Title", "## What we showed"), chosen, "## What we showed")
    twice = renewed(once, chosen, "## What we showed")
    assert once == twice
    sources = [cell["source"] for cell in once["cells"]]
    assert sources[1:-1] == [source for _, source in cells(chosen)]
    assert len({cell["id"] for cell in once["cells"][1:-1]}) == len(sources) - 2
    with pytest.raises(ValueError, match="no cell that begins with '## What we showed'"):
        renewed(notebook("# Title"), chosen, "## What we showed")


def test_a_notebook_file_is_renewed(tmp_path):
    file = tmp_path / "03.ipynb"
    file.write_text(json.dumps(notebook("# Title", "## What we showed")), encoding="utf-8")
    main("ch3", str(file))
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert len(stored["cells"]) == 2 + len(cells(of("ch3")))
