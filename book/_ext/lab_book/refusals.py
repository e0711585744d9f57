"""A refused line on the page: what the line says and what is true, in rows that fold on a phone.

In a terminal a refusal is text in columns. On a page, where lines break anywhere, it is a list of
labels and descriptions.
"""

from __future__ import annotations

import html
import re

from docutils import nodes
from sphinx.application import Sphinx

ROW = re.compile(r"  (\S.{0,13}?) {2,}(\S.*)")
SPOKEN = {"looks like"}  # rows in words; the others hold formulas and numbers


def rows_of(text: str) -> tuple[str, list[tuple[str, str]]]:
    r"""Take a refusal apart: what comes first, and each label with its text, lines joined.

    >>> rows_of("ProofError: line 2\n  the truth is    x\n  looks like      a\n    lost sign.")
    ('ProofError: line 2', [('the truth is', 'x'), ('looks like', 'a lost sign.')])
    """
    head, rows = [], []
    for line in text.rstrip().splitlines():
        found = ROW.fullmatch(line)
        if found:
            rows.append([found[1], found[2]])
        elif rows:
            rows[-1][1] += " " + line.strip()
        else:
            head.append(line.strip())
    return " ".join(head), [(label, said) for label, said in rows]


def refusal_html(text: str) -> str:
    """Set a refusal as a list of labels and descriptions."""
    head, rows = rows_of(text)
    name, _, rest = head.partition(":")
    listed = "".join(
        f"<dt>{html.escape(label)}</dt><dd>{_said(label, said)}</dd>" for label, said in rows
    )
    return (
        f'<div class="bl-refusal"><p><strong>{html.escape(name)}:</strong>{html.escape(rest)}</p>'
        f"<dl>{listed}</dl></div>"
    )


def _said(label: str, said: str) -> str:
    return html.escape(said) if label in SPOKEN else f"<code>{html.escape(said)}</code>"


def replace(app: Sphinx, document: nodes.document) -> None:
    """Put the list in the place of each refusal with rows."""
    for output in document.findall(
        lambda n: "traceback" in getattr(n, "attributes", {}).get("classes", ())
    ):
        for block in list(output.findall(nodes.literal_block)):
            text = block.astext()
            if text.startswith("ProofError:") and rows_of(text)[1]:
                block.replace_self(nodes.raw("", refusal_html(text), format="html"))


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-read", replace)
