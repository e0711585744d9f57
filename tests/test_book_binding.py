"""Text and proof cannot part: a small book with the real extension builds, and each tampering ends the build."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from backprop_lab.seals import sealed
from backprop_lab.tex import normalise

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent

PROVED = r"\bar X = \bar Y W^\top"


def proof(
    label: str, tex: str | None, named: bool = False, status: str = "proved", body: str = ""
) -> str:
    """Give the HTML that the package prints for a proof."""
    attributes = [f'id="{label}"'] if named else []
    attributes += [f'data-equation="{label}"', f'data-status="{status}"']
    attributes += [f'data-tex="{html.escape(tex)}"'] if tex is not None else []
    words = {"proved": "✓ proved for all sizes", "checked": "≈ checked at 20 points"}.get(status)
    receipt = f'<details class="bl-receipt"><summary>{words}</summary><div class="bl-receipt-table"></div></details>'
    return sealed(f'<div class="bl-proof" {" ".join(attributes)}>{body}{receipt}</div>')


def printed(text: str, **metadata):
    """Give a code cell with a stored HTML output, and beside it the LaTeX and text that a page does not take."""
    data = {"text/html": text, "text/latex": r"$$\alpha$$", "text/plain": "a proof"}
    output = new_output("execute_result", data=data, execution_count=1)
    return new_code_cell("show()", execution_count=1, outputs=[output], metadata=metadata)


def picture(**metadata):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    return new_code_cell(
        "draw()",
        outputs=[new_output("display_data", data={"image/svg+xml": svg})],
        metadata=metadata,
    )


TYPED = "$$\n\\class{bl-cotangent}{\\bar{X}} = \\bar{Y}\\,W^{\\top}.\n$$ (eq-product)"
FIGURE = {
    "mystnb": {
        "image": {"alt": "A square."},
        "figure": {"name": "fig-square", "caption": "It is square."},
    }
}
GOOD = [
    new_markdown_cell("# One\n\n[the gradient](#eq-gradient), [the product](#eq-product)"),
    printed(
        proof(
            "eq-gradient", "a = b", named=True, body=r'<div class="math bl-lines">\[a = b\]</div>'
        )
    ),
    new_markdown_cell(f"$$\nL = x^2\n$$ (def-loss)\n\n{TYPED}\n"),
    printed(proof("eq-product", normalise(PROVED), status="checked")),
    picture(**FIGURE),
]
OTHER = (
    "# Two\n\nFrom here: [the gradient](#eq-gradient), [](#def-loss), [the square](#fig-square).\n\n"
    "There are {proof-count}`equations` equations, {proof-count}`all-sizes` for all sizes, "
    "{proof-count}`points` checked at points.\n"
)


@pytest.fixture
def build(tmp_path):
    """Return a function that builds a book of two pages: Sphinx's exit code, its words, the site."""
    return lambda cells, other=OTHER: build_in(tmp_path, cells, other)


PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


def build_in(home: Path, cells, other: str):
    (home / "book").mkdir(exist_ok=True)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": PYTHON})
    nbformat.write(notebook, home / "book/one.ipynb")
    (home / "book/two.md").write_text(other)
    (home / "_toc.yml").write_text("format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n")
    for part in ("_ext", "assets", "references.bib"):
        source = ROOT / "book" / part
        if source.is_dir():
            shutil.copytree(source, home / "book" / part, dirs_exist_ok=True)
        else:
            shutil.copy(source, home / "book" / part)
    shutil.copy(ROOT / "_config.yml", home)
    shutil.copytree(
        ROOT / "backprop_lab/explorers", home / "backprop_lab/explorers", dirs_exist_ok=True
    )
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jupyter_book.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "build", str(home), "-W", "--keep-going"],
        capture_output=True, text=True, cwd=home, check=False,
    )  # fmt: skip
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    return done.returncode, said, home / "_build" / "html"


def test_good_book_builds_and_links_to_its_proofs(build):
    code, said, site = build(GOOD)
    assert code == 0, said
    one, two = (site / "book/one.html").read_text(), (site / "book/two.html").read_text()
    assert one.count('id="eq-gradient"') == 1
    assert 'href="#eq-gradient"' in one and 'href="one.html#eq-gradient"' in two
    assert "tex-svg-full.js" in one
    assert r"\alpha" not in one
    assert (site / "_static/mathjax/tex-svg-full.js").stat().st_size > 2_000_000
    assert not re.search(r"""(?:src|href)=["']https?://[^"']*\.(?:js|css)""", one)
    assert "thebe" not in one
    total = json.loads((site / "proofs.json").read_text())["total"]
    assert total == {
        "equations": 3, "all-sizes": 1, "all-values": 0, "fixed-size": 0, "points": 1,
        "lines": 0, "receipts": 2, "printed": 2, "examples": 0, "definitions": 1, "typed": 2,
        "bound": 1,
    }  # fmt: skip
    assert "There are 3 equations, 1 for all sizes, 1 checked at points." in two


def replaced(position: int, cell):
    return [*GOOD[:position], cell, *GOOD[position + 1 :]]


def test_tampered_text_ends_the_build(build):
    text = GOOD[2].source.replace(r"W^{\top}", "W")
    code, said, _ = build(replaced(2, new_markdown_cell(text)))
    assert code != 0
    assert "book/one: the equation 'eq-product' differs from what was proved" in said
    assert r"\bar{Y}\,W." in said and normalise(PROVED) in said


def test_tampered_proof_ends_the_build(build):
    code, said, _ = build(
        replaced(3, printed(proof("eq-product", normalise(r"\bar X = W^\top \bar Y"))))
    )
    assert code != 0
    assert "the equation 'eq-product' differs from what was proved" in said


def test_missing_receipt_ends_the_build(build):
    code, said, _ = build(GOOD[:3] + GOOD[4:])
    assert code != 0
    assert "the equation 'eq-product' is typed and nothing proves it" in said


def test_receipt_without_tex_does_not_bind(build):
    code, said, _ = build(replaced(3, printed(proof("eq-product", None))))
    assert code != 0
    assert "(a receipt without TeX)" in said


LOOSE = {  # where a display equation can hide in a page, and how it is written there
    "dollars": "$$\nE = 1\n$$",
    "directive": "```{math}\nE = 2\n```",
    "amsmath": "\\begin{align*}\nE &= 3\n\\end{align*}",
    "another label": "$$\nE = 4\n$$ (energy)",
    "one line": "$$E = 5$$",
    "within a sentence": "It says $$E = 6$$ and no more.",
    "a table": "| a | b |\n|---|---|\n| one | $$E = 7$$ |",
    "a list": "- one\n\n  $$\n  E = 8\n  $$",
    "an admonition": ":::{note}\n$$\nE = 9\n$$\n:::",
    "a dropdown": "```{dropdown} Look\n$$\nE = 10\n$$\n```",
    "a quotation": "> $$\n> E = 11\n> $$",
    "a footnote": "Word[^one].\n\n[^one]: $$E = 12$$",
    "restructured text": "```{eval-rst}\n.. math:: E = 13\n```",
    "displayed in a line": "It says $\\displaystyle E = 14$.",
    "raw HTML": '<div class="math">\\[E = 15\\]</div>',
}


@pytest.fixture(scope="module")
def loose(tmp_path_factory):
    """Build one book with a loose equation of each kind, and others in outputs: what was said."""
    outputs = {
        "text/latex": r"$$E = 21$$",
        "text/markdown": "$$\nE = 22\n$$",
        "text/html": r'<div class="output_area">\[E = 23\]</div>',
    }
    cells = [
        new_code_cell("show()", outputs=[new_output("display_data", data={kind: text})])
        for kind, text in outputs.items()
    ]
    forged = proof("eq-forged", normalise("E = 24"), body=r"\(E = 24\)")
    forged = re.sub(r' data-seal="[^"]*"', "", forged)
    other = OTHER + "\n\n".join(["", *LOOSE.values(), forged, ""])
    code, said, _ = build_in(tmp_path_factory.mktemp("loose"), [*GOOD, *cells], other)
    assert code != 0
    return said


@pytest.mark.parametrize("kind", LOOSE)
def test_a_loose_equation_ends_the_build_wherever_it_stands(loose, kind):
    number = re.search(r"E &?= (\d+)", LOOSE[kind])[1]
    found = re.findall(rf"book/two: [^\n]*E &?= {number}\b[^\n]*", loose)
    assert len(found) == 1, (kind, found)
    assert "label it" in found[0] or "no proof printed" in found[0]


@pytest.mark.parametrize("number", [21, 22, 23])
def test_a_loose_equation_in_an_output_ends_the_build(loose, number):
    found = re.findall(rf"book/one: an output shows a display equation [^\n]*E = {number}\b", loose)
    assert len(found) == 1


def test_a_proof_written_by_hand_has_no_seal(loose):
    assert "book/two: the proof of 'eq-forged' is not what was proved" in loose


def test_labelled_directive_is_a_definition(build):
    code, said, _ = build(GOOD, OTHER + "\n```{math}\n:label: def-energy\nE = 1\n```\n")
    assert code == 0, said


def test_failed_proof_ends_the_build(build):
    code, said, _ = build(
        replaced(3, printed(proof("eq-product", normalise(PROVED), status="failed")))
    )
    assert code != 0
    assert "'eq-product' has the status 'failed'" in said


def test_dead_link_to_a_proof_ends_the_build(build):
    code, said, _ = build(GOOD, OTHER + "\n[gone](#eq-gone)\n")
    assert code != 0
    assert "eq-gone" in said


def test_second_title_ends_the_build(build):
    code, said, _ = build(GOOD, OTHER + "\n# Three\n")
    assert code != 0
    assert "2 titles" in said


@pytest.mark.parametrize(("part", "word"), [("image", "alt text"), ("figure", "caption")])
def test_figure_without_words_ends_the_build(build, part, word):
    options = {key: value for key, value in FIGURE["mystnb"].items() if key != part}
    code, said, _ = build(
        replaced(4, picture(mystnb=options)), OTHER.replace(", [the square](#fig-square)", "")
    )
    assert code != 0
    assert f"has no {word}" in said


def test_svg_without_a_name_ends_the_build(build):
    code, said, _ = build([*GOOD, printed("<figure class='bl-figure'><svg></svg></figure>")])
    assert code != 0
    assert "an <svg> in an output has no aria-label" in said
