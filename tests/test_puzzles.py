"""The twenty puzzles: their truths, their pictures, their proofs, and the page that shows them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest

import backprop_lab as bl
import notebooks
from backprop_lab.exercises.one_line import Line
from backprop_lab.exercises.puzzle_page import START, cells, contents, main
from backprop_lab.exercises.puzzles import PUZZLES
from puzzle_cases import by_differences

pytestmark = pytest.mark.usefixtures("unhurried")

PAGE = Path(__file__).resolve().parent.parent / "book" / "puzzles.ipynb"


def case(puzzle):
    return puzzle.exercise.id


# --- the twenty -----------------------------------------------------------------------------------
def test_there_are_twenty_different_lines_in_rising_order():
    assert len(PUZZLES) == len({p.line.text for p in PUZZLES}) == 20
    levels = [p.exercise.difficulty for p in PUZZLES]
    assert levels == sorted(levels) and set(levels) == {1, 2, 3}


@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_question_and_answer_are_one_line(puzzle):
    e = puzzle.exercise
    assert puzzle.line.text in e.question and e.solution.count("lambda") == 1
    assert e.solution.strip().splitlines()[2:] == [e.solution.strip().splitlines()[-1]]
    assert e.answer.stub == f"answer = lambda {e.answer.parameters}: ..."
    assert len(e.slips) >= 2


@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_the_truth_is_that_of_differences_of_the_line_in_plain_numpy(puzzle):
    measured = by_differences(puzzle)
    for given in puzzle.exercise.answer.trials():
        (part,) = puzzle.exercise.answer.parts(*given)
        scale = np.max(np.abs(part.truth), initial=0.0)
        assert np.max(np.abs(measured(*given) - part.truth)) <= 1e-7 * max(scale, 1.0)


@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_draws_have_no_ties_where_order_matters_and_hold_a_single_entry_or_window(puzzle):
    trials = puzzle.exercise.answer.trials()
    wrt = puzzle.line.names.index(puzzle.line.wrt)
    assert np.size(trials[0][wrt]) == (2 if "pooling" in puzzle.exercise.id else 1)
    for given in trials:
        tied = len(np.unique(given[wrt])) < np.size(given[wrt])
        assert not tied or puzzle.exercise.id not in ("puzzle-sort", "puzzle-pooling")


def test_draws_leave_no_way_to_be_right_by_chance():
    """A vector has a 0 and equal entries where it may, and a look-up does not reach the last."""
    drawn = {p.exercise.id: p.exercise.answer.trials() for p in PUZZLES}
    for name in ("identity", "square", "sum", "mean", "dot", "norm", "softmax"):
        xs = [given[0] for given in drawn[f"puzzle-{name}"]]
        assert any(0.0 in x and len(np.unique(x)) < x.size for x in xs)
    assert any(i.max() < x.size - 1 for x, i, _ in drawn["puzzle-gather"])
    orders = [np.argsort(x) for (x,) in drawn["puzzle-sort"]]
    assert any(np.any(order[order] != np.arange(order.size)) for order in orders)
    winners = [x.reshape(-1, 2).argmax(axis=1) for x, _ in drawn["puzzle-pooling"]]
    assert set(np.concatenate(winners)) == {0, 1}


# --- the picture of J -----------------------------------------------------------------------------
@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_a_right_answer_shows_the_jacobian(puzzle):
    verdict = bl.exercises.solution(puzzle.exercise.id).verdict
    (grid,) = verdict.finding.grids
    assert grid.title.startswith(f"J, {grid.values.shape[0]} × {grid.values.shape[1]}")
    assert html.escape(grid.title) in verdict._repr_html_() and "<svg" in verdict._repr_html_()
    tables = [
        puzzle.line.table(*t[: len(puzzle.line.names)]) for t in puzzle.exercise.answer.trials()
    ]
    assert any(np.array_equal(grid.values, table) for table in tables)


@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_a_wrong_answer_shows_it_beside_yours_and_the_truth(puzzle):
    def wrong(*given):
        (part,) = puzzle.exercise.answer.parts(*given)
        return part.truth + 1.0

    verdict = puzzle.exercise.check(wrong)
    assert verdict.state == "not this" and verdict._repr_html_().count("<svg") >= 1
    titles = [g.title for g in verdict.finding.grids]
    if puzzle.asks != "J":
        assert titles[-1].startswith("J, ")
    else:
        assert any(t == "the truth" or t.startswith("J, ") for t in titles)


def test_the_picture_is_taken_where_the_answer_failed():
    verdict = bl.exercises.check("puzzle-shift", lambda x, y_bar: np.roll(y_bar, 1))
    assert verdict.slip == "missing-transpose"
    assert verdict.finding.grids[-1].values.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_an_unanswered_puzzle_shows_no_jacobian():
    for puzzle in PUZZLES:
        assert "<svg" not in bl.exercises.check(puzzle.exercise.id)._repr_html_()


def test_a_line_knows_its_variable_and_its_table():
    line = Line("A @ B", "A, B", "B")
    A, B = np.array([[1.0, 2.0]]), np.ones((2, 1))
    assert line.jacobian(A, B).shape == (1, 1, 2, 1)
    assert line.table(A, B).tolist() == [[1.0, 2.0]]
    assert line.alone(A, B)[1] is B


# --- the proofs -----------------------------------------------------------------------------------
@pytest.mark.parametrize("puzzle", PUZZLES, ids=case)
def test_the_proof_is_about_the_line_and_holds(puzzle):
    done = eval(puzzle.proof, {"bl": bl, "np": np})
    if puzzle.proof.startswith("bl.verify"):
        assert done.ok
    else:
        assert re.search(r"proved (for all sizes|at this size)", repr(done))
    known = puzzle.line.text.replace("[i]", "[[0, 0, 2]]")
    assert known in puzzle.proof or puzzle.proof.startswith(f"bl.verify({known.partition('(')[0]},")


def test_most_proofs_are_for_all_sizes():
    derived = [p for p in PUZZLES if '("n",)' in p.proof or '"n")' in p.proof]
    assert len(derived) >= 15


# --- the page -------------------------------------------------------------------------------------
def after_the_opening(notebook):
    start = next(k for k, c in enumerate(notebook.cells) if c.source.startswith(START))
    return notebook.cells[start:]


@pytest.mark.book
def test_the_page_repeats_the_package_word_for_word():
    got = [(c.cell_type, c.source) for c in after_the_opening(notebooks.read(PAGE))]
    assert got == [(kind, source.rstrip()) for kind, source in cells()]


@pytest.mark.book
def test_stored_stubs_are_unanswered_and_solutions_correct_and_proved():
    seen = {"check(": 0, "solution(": 0, "derive(": 0, "verify(": 0, "progress(": 0}
    wanted = {"check(": "not yet", "solution(": "✓ puzzle-", "derive(": "proved "}
    wanted |= {"verify(": "Receipt: ", "progress(": "0 of 20:"}
    for cell in after_the_opening(notebooks.read(PAGE)):
        if cell.cell_type == "code":
            (output,) = cell.outputs
            (kind,) = (
                k for k in seen if f"bl.{k}" in cell.source or f"exercises.{k}" in cell.source
            )
            seen[kind] += 1
            assert wanted[kind] in output.data["text/plain"]
    assert seen == {"check(": 20, "solution(": 20, "derive(": 18, "verify(": 2, "progress(": 1}


def test_the_table_lists_all_with_their_lines():
    rows = contents().splitlines()[4:]
    assert len(rows) == 20
    for number, (row, p) in enumerate(zip(rows, PUZZLES, strict=True), 1):
        assert row.startswith(f"| {{ref}}`{number} ") and f"<{p.exercise.id}>" in row
        assert f"`{p.line.text}`" in row and "|" not in p.line.text


def test_the_opening_is_kept_when_the_page_is_renewed(tmp_path):
    file = tmp_path / "puzzles.ipynb"
    opening = {"cell_type": "markdown", "source": ["# Mine"]}
    file.write_text(json.dumps({"cells": [opening, {"cell_type": "markdown", "source": [START]}]}))
    main(str(file))
    once = file.read_text(encoding="utf-8")
    main(str(file))
    assert file.read_text(encoding="utf-8") == once
    stored = json.loads(once)["cells"]
    assert stored[0] == opening and len(stored) == 1 + len(cells())
    assert len({c["id"] for c in stored[1:]}) == len(cells())
