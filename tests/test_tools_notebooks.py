"""`make notebooks`: the same bytes twice, one stroke, and a failing cell that is named."""

from __future__ import annotations

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks

pytestmark = pytest.mark.book


def save(path, *cells):
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def test_second_run_leaves_the_bytes(tmp_path):
    path = save(
        tmp_path / "chapter.ipynb",
        new_markdown_cell("# A chapter"),
        new_code_cell("print('a', flush=True)\nprint('b', flush=True)"),
        new_code_cell(""),
        new_code_cell("1 + 1"),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
    )
    assert notebooks.renew(path) is True
    first = path.read_bytes()
    assert notebooks.renew(path) is False
    assert path.read_bytes() == first
    assert b"/ipykernel" not in first and b'"1/0"' not in first
    stored = notebooks.read(path)
    assert [o.text for o in stored.cells[1].outputs] == ["a\nb\n"]
    assert [c.execution_count for c in stored.cells if c.cell_type == "code"] == [1, None, 2, 3]
    assert stored.cells[4].outputs[0].traceback == ["ZeroDivisionError: division by zero"]


def test_measurements_are_kept_until_they_are_asked_for(tmp_path):
    clock = "import time\nprint(time.perf_counter_ns())"
    path = save(
        tmp_path / "chapter.ipynb",
        new_code_cell(clock, metadata={"tags": ["nbval-ignore-output"]}),
    )
    notebooks.renew(path)
    first = path.read_bytes()
    assert notebooks.renew(path) is False and path.read_bytes() == first
    assert notebooks.renew(path, measure=True) is True and path.read_bytes() != first
    changed = notebooks.read(path)
    changed.cells[0].source += "\n"  # trailing space is no change of the source
    changed.cells[0].source = "print('new')\n" + changed.cells[0].source
    nbformat.write(changed, path)
    notebooks.renew(path)
    assert "new" in notebooks.read(path).cells[0].outputs[0].text


def test_failing_cell_is_named_and_the_file_stays(tmp_path, capsys):
    path = save(
        tmp_path / "chapter.ipynb",
        new_markdown_cell("# A"),
        new_code_cell("x = 1"),
        new_code_cell("y = x + nothing\ny"),
    )
    before = path.read_bytes()
    assert notebooks.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert (
        "chapter.ipynb, cell 2 ('y = x + nothing'): NameError: name 'nothing' is not defined"
        in said
    )
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["chapter.ipynb"]


def test_expected_error_that_does_not_come_is_a_failure(tmp_path):
    path = save(
        tmp_path / "chapter.ipynb", new_code_cell("1 + 1", metadata={"tags": ["raises-exception"]})
    )
    with pytest.raises(
        notebooks.NotebookError, match=r"cell 0 \('1 \+ 1'\): is tagged raises-exception"
    ):
        notebooks.renew(path)


def test_one_bad_notebook_does_not_stop_the_others(tmp_path):
    bad = save(tmp_path / "a.ipynb", new_code_cell("1 / 0"))
    good = save(tmp_path / "b.ipynb", new_code_cell("6 * 7"))
    assert notebooks.main([str(bad), str(good)]) == 1
    assert "42" in good.read_text() and "ZeroDivision" not in bad.read_text()


def test_write_is_one_stroke(tmp_path, monkeypatch):
    path = tmp_path / "x.ipynb"
    path.write_text("old")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        notebooks.write(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.ipynb"]


def test_form_drops_what_changes_and_keeps_what_counts():
    view = new_output(
        "display_data",
        data={notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/html": "<p>figure</p>"},
    )
    only_view = new_output("display_data", data={notebooks.WIDGET_VIEW: {"model_id": "2"}})
    cell = new_code_cell(
        "f()  \n\n",
        execution_count=7,
        outputs=[view, only_view],
        metadata={
            "tags": ["hide-input"],
            "execution": {"iopub.busy": "now"},
            "mystnb": {"image": {"alt": "x"}},
            "scrolled": True,
        },
    )
    notebook = new_notebook(
        cells=[cell],
        metadata={
            "widgets": {"state": {}},
            "language_info": {"name": "python", "version": "3.11.7"},
        },
    )
    text = notebooks.normalise(notebook)
    stored = nbformat.reads(text, as_version=4)
    assert stored.cells[0].outputs[0].data == {"text/html": "<p>figure</p>"}
    assert len(stored.cells[0].outputs) == 1
    assert stored.cells[0].metadata == {"tags": ["hide-input"], "mystnb": {"image": {"alt": "x"}}}
    assert stored.cells[0].execution_count == 1
    assert stored.cells[0].source == "f()"
    assert set(stored.metadata) == {"kernelspec", "language_info"}
    assert "3.11.7" not in text
    assert notebooks.normalise(nbformat.reads(text, as_version=4)) == text


def test_missing_and_double_ids_are_made_stable():
    def book():
        cells = [new_code_cell("a"), new_code_cell("a"), new_code_cell("b", id="kept")]
        notebook = new_notebook(cells=cells)
        cells[0].id = cells[1].id = "same"
        return notebook

    ids = [cell["id"] for cell in nbformat.reads(notebooks.normalise(book()), as_version=4).cells]
    assert len(set(ids)) == 3 and ids[0] == "same" and ids[2] == "kept"
    assert notebooks.normalise(book()) == notebooks.normalise(book())
