"""How many equations there are, and how they are known: counted in the build, quoted by pages.

``{proof-count}`equations` `` in a page becomes the number of that name. All of them are written to
`proofs.json` in the site; `tools/readme.py` puts them into the README.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .proofs import store

logger = logging.getLogger(__name__)

KNOWN = {
    "for all sizes": "all-sizes",
    "for all values": "all-values",
    "a fixed size": "fixed-size",
    "points": "points",
}


class CountNode(nodes.Inline, nodes.TextElement):
    """A number that is known when all pages are read."""


class Count(SphinxRole):
    """Quote one of the counts of the whole book."""

    def run(self) -> tuple[list[nodes.Node], list]:
        """Leave a place for the number."""
        return [CountNode(self.rawtext, self.text.strip(), count=self.text.strip())], []


def counts(entry: dict) -> dict[str, int]:
    """Count one page."""
    proofs = [p for p in entry["proofs"] if p["data-status"] in ("proved", "checked")]
    status = Counter(proof["data-status"] for proof in entry["proofs"])
    ways = Counter(KNOWN[proof["known"]] for proof in proofs)
    labels = [equation["label"] for equation in entry["typed"]]
    bound = sum(label.startswith("eq-") for label in labels)
    return {
        "equations": len(proofs) + bound,
        **{way: ways[way] for way in KNOWN.values()},
        "lines": entry["lines"],
        "receipts": entry["receipts"],
        "printed": len(entry["proofs"]),
        "examples": status["example"],
        "definitions": status["definition"] + sum(label.startswith("def-") for label in labels),
        "typed": len(labels),
        "bound": bound,
    }


NONE = {"typed": [], "proofs": [], "receipts": 0, "lines": 0}


def total(env: BuildEnvironment) -> dict[str, int]:
    """Count all pages together."""
    pages = [counts(entry) for entry in store(env).values()]
    return {name: sum(page[name] for page in pages) for name in counts(NONE)}


def quoting(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the pages that quote a number written again, for another page may have changed it."""
    return sorted(env.lab_book_quotes) if hasattr(env, "lab_book_quotes") else []


def note(app: Sphinx, document: nodes.document) -> None:
    """Remember whether a page quotes a number."""
    if not hasattr(app.env, "lab_book_quotes"):
        app.env.lab_book_quotes = set()
    app.env.lab_book_quotes.discard(app.env.docname)
    if any(True for _ in document.findall(CountNode)):
        app.env.lab_book_quotes.add(app.env.docname)


def resolve(app: Sphinx, document: nodes.document, page: str) -> None:
    """Put the numbers in their places."""
    for node in list(document.findall(CountNode)):
        known = total(app.env)
        if node["count"] not in known:
            logger.warning(
                "there is no count %r; there are %s", node["count"], ", ".join(known),
                location=page, type="lab_book",
            )  # fmt: skip
        node.replace_self(nodes.Text(str(known.get(node["count"], "?"))))


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the numbers of all pages to `proofs.json`."""
    if exception or app.builder.format != "html":
        return
    pages = {page: counts(entry) for page, entry in sorted(store(app.env).items())}
    report = {"total": total(app.env), "pages": pages}
    Path(app.outdir, "proofs.json").write_text(json.dumps(report, indent=1) + "\n")


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop a page that is gone."""
    if hasattr(env, "lab_book_quotes"):
        env.lab_book_quotes.discard(page)


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_node(CountNode)
    app.add_role("proof-count", Count())
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", quoting)
    app.connect("doctree-resolved", resolve)
    app.connect("build-finished", write)
