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
    receipt = '<details class="bl-receipt"><summary>✓</summary><div class="bl-receipt-table"></div></details>'
    return f'<div class="bl-proof" {" ".join(attributes)}>{body}{receipt}</div>'


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
    "# Two\n\nFrom here: [the gradient](#eq-gradient), [](#def-loss), [the square](#fig-square).\n"
)


@pytest.fixture
def build(tmp_path):
    """Return a function that builds a book of two pages and gives Sphinx's exit code, its words and the site."""

    def run(cells, other: str = OTHER):
        (tmp_path / "book").mkdir(exist_ok=True)
        nbformat.write(
            new_notebook(
                cells=cells,
                metadata={
                    "kernelspec": {
                        "name": "python3",
                        "display_name": "Python 3",
                        "language": "python",
                    }
                },
            ),
            tmp_path / "book/one.ipynb",
        )
        (tmp_path / "book/two.md").write_text(other)
        (tmp_path / "_toc.yml").write_text(
            "format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n"
        )
        for part in ("_ext", "assets", "references.bib"):
            source = ROOT / "book" / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / "book" / part)
        shutil.copy(ROOT / "_config.yml", tmp_path)
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jupyter_book.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, "build", str(tmp_path), "-W", "--keep-going"],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        return done.returncode, said, tmp_path / "_build" / "html"

    return run


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
        "printed": 2, "proved": 1, "checked": 1, "examples": 0, "definitions_printed": 0,
        "lines": 0, "receipts": 2, "typed": 2, "definitions_typed": 1, "bound": 1,
    }  # fmt: skip


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


@pytest.mark.parametrize(
    "text",
    [
        "$$\nE = 1\n$$",
        "```{math}\nE = 1\n```",
        "\\begin{align*}\nE &= 1\n\\end{align*}",
        "$$\nE = 1\n$$ (energy)",
    ],
    ids=["dollars", "directive", "amsmath", "other-label"],
)
def test_loose_equation_ends_the_build(build, text):
    code, said, _ = build(GOOD, OTHER + "\n" + text + "\n")
    assert code != 0
    assert "book/two: a display equation" in said and "E " in said and "label it" in said


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
