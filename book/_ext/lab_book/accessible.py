"""What the theme and docutils write that a screen reader stumbles over, set right in each page.

- a header cell without text becomes an ordinary cell: there is nothing to announce;
- the arrows that open a part of the table of contents say so;
- the sidebar is a landmark with a name: everything on a page lies in one;
- an exercise without a number, on the page of puzzles, is called a puzzle, with the number it has;
- the bibliography is a list of nothing but list items, without roles that browsers have dropped.

`tests/test_accessibility.py` runs axe-core over every built page.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

EMPTY_HEADER = re.compile(r"<th\b([^>]*)>(\s*(?:<p>\s*</p>)?\s*)</th>")
SIDEBAR = ' id="pst-primary-sidebar"'
TOGGLE = '<summary><span class="toctree-toggle"'
CITATION = re.compile(r'(<div class="citation"[^>]*?) role="doc-biblioentry"')
PUZZLE = re.compile(
    r'(<p class="admonition-title">(?:Solution to<a [^>]*>)? ?)Exercise \((\d+) ([^<]*)\)'
)


def accessible(html: str) -> str:
    """Set the HTML of one page right.

    >>> accessible('<th scope="row"></th><th class="head"><p>n</p></th>')
    '<td></td><th class="head"><p>n</p></th>'
    >>> accessible('<p class="admonition-title">Exercise (1 Identity)</p>')
    '<p class="admonition-title">Puzzle 1. Identity</p>'
    """
    html = EMPTY_HEADER.sub(_plain_cell, html)
    html = html.replace(TOGGLE, TOGGLE.replace(">", ' aria-label="Pages below">', 1))
    html = PUZZLE.sub(r"\1Puzzle \2. \3", html)
    html = CITATION.sub(r'\1 role="listitem"', html)
    return html.replace(f"<div{SIDEBAR}", f'<div role="complementary" aria-label="Book"{SIDEBAR}')


def _plain_cell(match: re.Match) -> str:
    attributes = re.sub(r'\s*scope="[^"]*"', "", match[1])
    return f"<td{attributes}>{match[2]}</td>"


def rewrite(app: Sphinx, exception: Exception | None) -> None:
    """Go through the pages that were written; one that is right already stays as it is."""
    if exception is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        before = path.read_text(encoding="utf-8")
        after = accessible(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Ask to be called when the pages are there."""
    app.connect("build-finished", rewrite)
