"""`make instructor`: sets without and with solutions, nbgrader's form, and the question bank."""

from __future__ import annotations

import re

import nbformat
import pytest

import backprop_lab as bl
import instructor
from backprop_lab.exercises import EXERCISES
from backprop_lab.slips import SLIPS

pytestmark = pytest.mark.book

CHAPTERS = instructor.chapters()


@pytest.fixture(autouse=True)
def _anew():
    bl.exercises.forget()
    yield
    bl.exercises.forget()


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instructor")
    instructor.export(folder)
    return folder


def code_of(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def exercise_of(cell):
    return EXERCISES.get(cell.metadata.get("nbgrader", {}).get("grade_id"))


def run(cells):
    """Run code cells; give the message of each assertion that fails, by grade id."""
    names, failed = {}, []
    for cell in cells:
        try:
            exec(cell.source, names)
        except AssertionError:
            failed.append(cell.metadata.nbgrader.grade_id)
    return failed


def test_every_exercise_is_in_one_notebook_of_each_set():
    assert [e.id for es in CHAPTERS.values() for e in es] == sorted(
        EXERCISES, key=lambda id: list(CHAPTERS).index(EXERCISES[id].chapter)
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_solutions_pass_their_tests_and_stubs_do_not(out, chapter):
    assert run(code_of(out / "solutions" / f"{chapter}.ipynb")) == []
    assert bl.exercises.progress(chapter).solved == len(CHAPTERS[chapter])
    unanswered = run(code_of(out / "student" / f"{chapter}.ipynb"))
    assert unanswered == [f"{e.id}-graded" for e in CHAPTERS[chapter]]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_students_set_holds_no_solution(out, chapter):
    text = (out / "student" / f"{chapter}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in text and "solutions" not in text
    sources = "\n".join(cell.source for cell in code_of(out / "student" / f"{chapter}.ipynb"))
    for e in CHAPTERS[chapter]:
        assert e.answer.stub in sources
        assert e.solution.strip().splitlines()[-1] not in sources
        assert e.question.splitlines()[0].strip() in "\n".join(
            c.source for c in nbformat.reads(text, as_version=4).cells
        )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_nbgrader_releases_is_without_the_solution(out, chapter):
    """Its rule: the lines from BEGIN SOLUTION to END SOLUTION go, and a stub takes their place."""
    answers = [c for c in code_of(out / "solutions" / f"{chapter}.ipynb") if exercise_of(c)]
    assert len(answers) == len(CHAPTERS[chapter])
    for cell in answers:
        e = exercise_of(cell)
        region = re.compile(
            r"^### BEGIN SOLUTION\n.*?^### END SOLUTION\n", re.DOTALL | re.MULTILINE
        )
        released, count = region.subn("raise NotImplementedError()\n", cell.source)
        assert count == 1 and e.solution.strip() not in released
        assert f'bl.exercises.check("{e.id}", answer)' in released


@pytest.mark.parametrize("folder", ["student", "solutions"])
def test_cells_have_nbgraders_metadata(out, folder):
    for path in sorted((out / folder).glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        about = [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]
        assert len({a.grade_id for a in about}) == len(about) == 3 * len(CHAPTERS[path.stem])
        for a in about:
            assert re.fullmatch(r"[\w-]+", a.grade_id) and a.schema_version == 3
            assert a.grade == ("points" in a) == a.grade_id.endswith("-graded")
            assert a.locked != a.solution and a.task is False


def test_the_bank_has_everything_that_an_exercise_knows(out):
    bank = (out / "question-bank.md").read_text(encoding="utf-8")
    parts = re.split(r"^### ", bank, flags=re.MULTILINE)[1:]
    assert len(parts) == len(EXERCISES)
    for e, text in zip([e for es in CHAPTERS.values() for e in es], parts, strict=True):
        assert text.startswith(f"{e.id}: {e.title}\n") and e.question in text
        assert f"| {e.difficulty} of 3 | {e.minutes} |" in text
        assert all(hint in text for hint in e.hints) and e.solution.rstrip() in text
        assert all(SLIPS[slip].explanation in text for slip in e.slips) and e.remark in text


def test_every_kind_of_answer_has_a_name_for_people():
    assert {type(e.answer).__name__ for e in EXERCISES.values()} <= set(instructor.KINDS)


def test_the_second_export_is_the_same_and_clears_what_is_no_more(tmp_path, capsys):
    assert instructor.main(["--out", str(tmp_path)]) == 0
    assert f"{len(EXERCISES)} exercises" in capsys.readouterr().out
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    stale = tmp_path / "student" / "ch99.ipynb"
    stale.write_text("{}")
    instructor.export(tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_sets_have_titles():
    assert (
        instructor.title_of("ch3") == "Chapter 3" and instructor.title_of("puzzle") == "The puzzles"
    )
