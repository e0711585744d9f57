"""Ten equations of ten kinds, each tampered with: each ends the build, with words that name it.

The tampered places are in one copy of the book, which is built once: Sphinx reports all of them,
and each is a warning, which alone would end the build. The untouched copy has none of the words.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

import build_book
from backprop_lab.seals import proofs_in

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Tampering:
    """One change in one notebook, and what the build is to say of it."""

    page: str
    what: str
    change: Callable[[nbformat.NotebookNode, str], None]
    label: str
    words: tuple[str, ...] = ()


def holder(notebook, label):
    """The cell that prints the proof of a label, and the HTML of its output."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/html", "")
            if f'data-equation="{label}"' in text:
                return cell, output.data
    raise LookupError(f"no stored output prints {label}")


def replace(old: str, new: str, times: int = 1):
    """Replace a part of the stored HTML of a proof."""

    def change(notebook, label):
        _, data = holder(notebook, label)
        assert old in data["text/html"], f"{label}: {old} is not there to be tampered with"
        data["text/html"] = data["text/html"].replace(old, new, times)

    return change


def remove(notebook, label):
    """Drop the stored output."""
    cell, _ = holder(notebook, label)
    cell.outputs = []


def drop_receipt(notebook, label):
    """Cut the receipt out of the proof."""
    _, data = holder(notebook, label)
    data["text/html"] = re.sub(r"<details.*</details>", "", data["text/html"], flags=re.DOTALL)


def copy_to_the_end(notebook, label):
    """Print the same label twice."""
    cell, _ = holder(notebook, label)
    notebook.cells.append(nbformat.v4.new_code_cell("again", outputs=cell.outputs))


def type_it(old: str, new: str):
    """Type the equation in Markdown, with a difference."""

    def change(notebook, label):
        _, data = holder(notebook, label)
        tex = re.search(r'data-tex="([^"]*)"', data["text/html"])[1].replace("&amp;", "&")
        assert old in tex
        text = f"$$\n{tex.replace(old, new, 1)}\n$$ ({label})"
        notebook.cells.append(nbformat.v4.new_markdown_cell(text))

    return change


TAMPERED = [
    Tampering(
        "00-notation",
        "a cosine for a sine in the shown equation",
        replace(r"\cos(x)", r"\sin(x)", 1),
        "eq-notation-example",
        ("its seal is broken", r"\sin(x)", "proved: "),
    ),
    Tampering(
        "01-scalar-chain-rule",
        "a turned sign",
        replace(r"\left(\hat{y} - y\right)", r"\left(\hat{y} + y\right)", 9),
        "eq-dw",
        ("its seal is broken", r"\hat{y} + y", r"\hat y - y"),
    ),
    Tampering(
        "01-scalar-chain-rule",
        "another status",
        replace("proved for all values", "proved for all sizes"),
        "eq-db",
        ("its seal is broken",),
    ),
    Tampering(
        "02-many-paths",
        "a removed output",
        remove,
        "eq-paths-three",
        ("asks for the receipt", "no stored output"),
    ),
    Tampering(
        "02-many-paths",
        "a label used twice",
        copy_to_the_end,
        "eq-paths-two",
        ("is used twice",),
    ),
    Tampering(
        "03-jacobians",
        "the proved TeX, and the shown TeX too",
        replace(r"A^{\top}", "A", 9),
        "eq-jacobians-linear",
        ("its seal is broken",),
    ),
    Tampering(
        "03-jacobians",
        "another label",
        replace("eq-jacobians-chain", "eq-jacobians-chains", 9),
        "eq-jacobians-chain",
        ("asks for the receipt",),
    ),
    Tampering(
        "04-elementwise",
        "a removed receipt",
        drop_receipt,
        "eq-elementwise-tanh",
        ("its seal is broken",),
    ),
    Tampering(
        "05-vector-jacobian-products",
        "a typed equation without its transpose",
        type_it(r"W ^ \top", "W"),
        "eq-vjp-x",
        ("differs from what was proved", "typed: ", "proved: "),
    ),
    Tampering(
        "engine",
        "the TeX that was proved",
        replace('data-tex="', 'data-tex="2 '),
        "eq-engine-logsumexp",
        ("its seal is broken",),
    ),
]


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> str:
    """Build a copy of the book with all ten; give what was said. The last good site must stay."""
    home = tmp_path_factory.mktemp("tampered")
    pages = re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text())
    for name in ("book", "backprop_lab"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, home / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, home)
    assert {f"book/{t.page}" for t in TAMPERED} <= set(pages)
    for page in {t.page for t in TAMPERED}:
        path = home / "book" / f"{page}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for tampering in TAMPERED:
            if tampering.page == page:
                tampering.change(notebook, tampering.label)
        nbformat.write(notebook, path)
    site = home / "_build/html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("the last good site")
    with pytest.MonkeyPatch.context() as patch:
        words: list[str] = []
        patch.setattr(build_book.sys, "stdout", Listener(words))
        code = build_book.build(home)
    assert code == 1
    assert (site / "index.html").read_text() == "the last good site"
    return "".join(words)


class Listener:
    """Standard output that keeps what is written."""

    def __init__(self, words: list[str]):
        self.words = words

    def write(self, text: str) -> None:
        self.words.append(text)

    def flush(self) -> None:
        pass


def warnings_of(said: str, page: str) -> list[str]:
    """The warnings of one page, each with the lines that belong to it."""
    parts = re.split(r"\n(?=\S*[^\n]*(?:WARNING|ERROR): )", said)
    return [part for part in parts if f"book/{page}" in part]


@pytest.mark.parametrize("tampering", TAMPERED, ids=lambda t: f"{t.label}: {t.what}")
def test_a_tampered_equation_ends_the_build(said, tampering):
    mine = [w for w in warnings_of(said, tampering.page) if f"{tampering.label!r}" in w]
    assert mine, f"nothing is said of {tampering.label} on {tampering.page}"
    assert "WARNING" in mine[0]
    for word in tampering.words:
        assert any(word in warning for warning in mine), (word, mine)


def test_the_ten_are_of_all_chapters_and_kinds():
    assert len(TAMPERED) >= 10
    assert len({t.page for t in TAMPERED}) >= 6
    assert len({t.label for t in TAMPERED}) == len(TAMPERED)
    assert len({t.what for t in TAMPERED}) == len(TAMPERED)


def test_nothing_else_is_complained_of(said):
    """What the build says comes from the ten: the rest of the book is as it was."""
    labels = {t.label for t in TAMPERED} | {"eq-jacobians-chains"}
    for warning in re.findall(r"[^\n]*WARNING: [^\n]*", said):
        assert any(label in warning for label in labels), warning


def test_the_untouched_book_holds_what_was_tampered_with():
    """No test above can pass for want of its equation: each is printed, once, with its seal."""
    for tampering in TAMPERED:
        notebook = nbformat.read(ROOT / "book" / f"{tampering.page}.ipynb", as_version=4)
        _, data = holder(notebook, tampering.label)
        assert len(proofs_in(data["text/html"])) == 1
        assert "data-seal=" in data["text/html"]
