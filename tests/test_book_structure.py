"""The notebooks as they are stored: their form, their figures, nothing of this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

import backprop_lab
import notebooks

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
PAGES = [*NOTEBOOKS, *sorted((ROOT / "book").glob("*.md"))]
LINES = 12
MACHINE = re.compile(
    r"(?<![\w./])(?:/home/|/root\b|/work/|/opt/|/tmp/|/usr/lib|/var/|/Users/|[A-Z]:\\\\?Users)"
    r"|site-packages|0x[0-9a-f]{6,}|/ipykernel_\d+"
)
NUMPY_SCALAR = re.compile(r"np\.(?:float|int|bool|str)\w*\(")


def name_of(path: Path) -> str:
    return path.name


def titles(markdown: str) -> list[str]:
    """Give the lines that start with '# ', code blocks left out."""
    text = re.sub(r"^(`{3,}|~{3,}).*?^\1\s*$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^# .+", text, re.MULTILINE)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]


def pictures(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Give the outputs of a cell that a page shows as a picture."""
    return [
        output
        for output in cell.outputs
        if any(mime.startswith("image/") for mime in output.get("data", {}))
        and "text/html" not in output.data
    ]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_page_has_one_title(path):
    if path.suffix == ".md":
        text = path.read_text()
    else:
        text = "\n\n".join(
            c.source for c in notebooks.read(path).cells if c.cell_type == "markdown"
        )
    assert len(titles(text)) == 1


def test_titles_in_code_do_not_count():
    assert titles("# One\n\n```python\n# a comment\n```\n\n## Two\n") == ["# One"]
    assert len(titles("# One\n\n# Two\n")) == 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_notebook_is_in_its_stored_form(path):
    assert notebooks.normalise(notebooks.read(path)) == path.read_text(encoding="utf-8"), (
        "run `make notebooks`"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_every_figure_has_alt_text_and_caption(path):
    for cell in code_cells(path):
        if pictures(cell):
            options = cell.metadata.get("mystnb", {})
            assert options.get("image", {}).get("alt"), cell.source
            assert options.get("figure", {}).get("caption"), cell.source
            assert options.get("figure", {}).get("name", "").startswith("fig-"), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_errors_are_expected_ones_and_bring_a_message(path):
    for cell in code_cells(path):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        assert notebooks.has_error(cell) == expected, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_every_cell_has_run_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_outputs_hold_nothing_of_the_machine(path):
    for cell in code_cells(path):
        found = MACHINE.search(json.dumps(cell.outputs, ensure_ascii=False))
        assert found is None, f"{found and found.group()!r} in the output of: {cell.source}"


@pytest.mark.parametrize(
    "text",
    [
        "/home/me/x.py",
        "File /root/x",
        "<function f at 0x7f12ab34cd56>",
        "C:\\\\Users\\\\me",
        "lib/site-packages/numpy",
    ],
)
def test_machine_pattern_sees(text):
    assert MACHINE.search(text)


@pytest.mark.parametrize("text", ["a/b", "https://example.org/home/x", "0xff", "1/2"])
def test_machine_pattern_lets_pass(text):
    assert not MACHINE.search(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_scalars_print_plainly(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            shown = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            assert not NUMPY_SCALAR.search(shown), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_cells_are_short(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(path)]
    assert max(lengths) <= LINES
    assert sorted(lengths)[len(lengths) // 2] <= 5


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_display_equation_hides_in_a_line(path):
    """A large equation in a line of text would be one that no proof stands behind."""
    text = (
        path.read_text(encoding="utf-8")
        if path.suffix == ".md"
        else "\n".join(c.source for c in notebooks.read(path).cells if c.cell_type == "markdown")
    )
    if path.name.startswith("rule-cards"):  # written by tools/rule_cards.py, which proves each
        text = re.sub(r'^<div class="bl-proof".*$', "", text, flags=re.MULTILINE)
    assert "\\displaystyle" not in text


def test_api_page_names_every_public_name():
    documented = set(
        re.findall(
            r"(?:auto(?:function|class|data|exception|module)|py:data):: (?:backprop_lab\.)?(\w+)",
            (ROOT / "book/api.md").read_text(),
        )
    )
    assert set(backprop_lab.__all__) <= documented
