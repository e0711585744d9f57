"""Every display equation is printed by a proof, bound to a receipt, or marked as a definition.

The package prints a proved equation as a `div` of the class `bl-proof`, which carries its label in
`data-equation` and the TeX that was proved in `data-tex`. Here these are collected from the stored
outputs of all notebooks and

- made link targets: `[the gradient](#eq-neuron-w)` works on its page and from any other;
- compared with the display equations typed in Markdown. A typed equation is labelled `(def-…)`,
  then it is a definition; or `(eq-…)`, then a proof of that label must have proved the same TeX.
  Anything else is a warning, and so ends the build.

The counts are written to `proofs.json` in the site, for the pages and the README that quote them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from backprop_lab.tex import normalise

logger = logging.getLogger(__name__)

# What a page may print: a proof, a receipt, a function's definition, an example in numbers.
STATUSES = ("proved", "checked", "definition", "example")


class ProofReader(HTMLParser):
    """Read what the package prints: the proofs of one output, its receipts and its proved lines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.proofs: list[dict[str, str | None]] = []
        self.receipts = 0
        self.lines = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the proofs, receipts and lines by their classes."""
        found = dict(attributes)
        classes = (found.get("class") or "").split()
        if "bl-proof" in classes:
            keys = ("id", "data-equation", "data-tex", "data-status")
            self.proofs.append({key: found.get(key) for key in keys})
            if "bl-example" in classes:  # numbers put into a proved formula
                self.proofs[-1]["data-status"] = "example"
        self.receipts += "bl-receipt-table" in classes
        self.lines += "bl-line" in classes


def printed(document: nodes.document) -> Iterator[tuple[nodes.raw, ProofReader]]:
    """Give the raw HTML outputs of a page that hold something the package printed."""
    for node in document.findall(nodes.raw):
        if "html" in node.get("format", "") and "bl-" in node.astext():
            yield node, ProofReader(node.astext())


def typed(document: nodes.document) -> Iterator[nodes.math_block]:
    """Give the display equations that an author typed (not those that a cell put out)."""
    for node in document.findall(nodes.math_block):
        ancestor = node.parent
        while ancestor is not None and "mime_type" not in getattr(ancestor, "attributes", {}):
            ancestor = ancestor.parent
        if ancestor is None and "output" not in node["classes"]:
            yield node


class ProofTargets(SphinxTransform):
    """Make the printed equations targets of links, before MyST resolves them.

    The `id` is in the HTML of the output already: the name is registered, no element is added.
    """

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        """Register each `id` with docutils."""
        for node, reader in printed(self.document):
            for proof in reader.proofs:
                name = proof["id"]
                if name is None:
                    continue
                if name in self.document.ids:
                    logger.warning(
                        "the label %r is used twice on this page: an equation has one place",
                        name,
                        location=node,
                    )
                    continue
                self.document.ids[name] = node
                self.document.nameids[name] = name
                self.document.nametypes[name] = True


def collect(app: Sphinx, document: nodes.document) -> None:
    """Store what a page types and what it prints; every page of proofs gets MathJax."""
    env, page = app.env, app.env.docname
    readers = [reader for _, reader in printed(document)]
    entry = {
        "typed": [
            {"label": label_of(node), "tex": node.astext().strip(), "line": node.line}
            for node in typed(document)
        ],
        "proofs": [proof for reader in readers for proof in reader.proofs],
        "receipts": sum(reader.receipts for reader in readers),
        "lines": sum(reader.lines for reader in readers),
    }
    store(env)[page] = entry
    if readers:
        env.get_domain("math").data["has_equations"][page] = True


def label_of(node: nodes.math_block) -> str:
    """Give the label that the author wrote behind an equation, or an empty string."""
    return node.get("label") or next(iter(node["names"]), "")


def store(env: BuildEnvironment) -> dict[str, dict]:
    """Give the pages' entries; Sphinx's environment keeps those of unchanged pages."""
    if not hasattr(env, "lab_book_proofs"):
        env.lab_book_proofs = {}
    return env.lab_book_proofs


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop the entry of a page that is read again or gone."""
    store(env).pop(page, None)


def merge(app: Sphinx, env: BuildEnvironment, pages: list[str], other: BuildEnvironment) -> None:
    """Take over the entries of a parallel reader."""
    store(env).update({page: store(other)[page] for page in pages if page in store(other)})


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Compare what is typed with what was proved; warn of each equation that stands alone."""
    proofs: dict[str, list[tuple[str, dict]]] = {}
    for page, entry in store(env).items():
        for proof in entry["proofs"]:
            if proof["data-status"] not in STATUSES:
                warn(
                    page,
                    None,
                    f"the proof of {proof['data-equation']!r} has the status "
                    f"{proof['data-status']!r}; a page shows these only: {', '.join(STATUSES)}",
                )
            if proof["data-equation"]:
                proofs.setdefault(proof["data-equation"], []).append((page, proof))
    for page, entry in store(env).items():
        for equation in entry["typed"]:
            complaint = judge(equation, [p for _, p in proofs.get(equation["label"], [])])
            if complaint:
                warn(page, equation["line"], complaint)


def judge(equation: dict, proofs: list[dict]) -> str:
    """Say what is wrong with one typed equation; an empty string when nothing is."""
    label, tex = equation["label"], equation["tex"]
    if label.startswith("def-"):
        return ""
    if not label.startswith("eq-"):
        name = f"is labelled {label!r}" if label else "has no label"
        return (
            f"a display equation {name}: {tex!r}. Print it from its proof (bl.derive, bl.receipt), "
            "or label it: $$…$$ (def-name) when it defines something, $$…$$ (eq-name) when a "
            "receipt of that name proves it"
        )
    if not proofs:
        return (
            f"the equation {label!r} is typed and nothing proves it: {tex!r}. "
            f"Add a cell with bl.receipt({label!r}, …), or print the equation from bl.derive"
        )
    proved = [proof["data-tex"] for proof in proofs if proof["data-tex"]]
    try:
        if normalise(tex) in {normalise(candidate) for candidate in proved}:
            return ""
    except ValueError as error:
        return f"the equation {label!r} cannot be compared: {error}"
    return (
        f"the equation {label!r} differs from what was proved.\n"
        f"  typed:  {tex}\n"
        + "".join(f"  proved: {candidate}\n" for candidate in proved or ["(a receipt without TeX)"])
        + f"  as compared: {normalise(tex)}\n"
        "Change the text, or prove the new equation and run `make notebooks`"
    )


def warn(page: str, line: int | None, message: str) -> None:
    """Emit one warning at a place in a page."""
    logger.warning("%s: %s", page, message, location=(page, line), type="lab_book")


def write_counts(app: Sphinx, exception: Exception | None) -> None:
    """Write the numbers of equations, proofs and receipts to `proofs.json`."""
    if exception or app.builder.format != "html":
        return
    pages = {page: counts(entry) for page, entry in sorted(store(app.env).items())}
    total = sum((Counter(page) for page in pages.values()), Counter())
    names = counts({"typed": [], "proofs": [], "receipts": 0, "lines": 0})
    report = {"total": {name: total[name] for name in names}, "pages": pages}
    Path(app.outdir, "proofs.json").write_text(json.dumps(report, indent=1) + "\n")


def counts(entry: dict) -> dict[str, int]:
    """Count one page."""
    status = Counter(proof["data-status"] for proof in entry["proofs"])
    labels = [equation["label"] for equation in entry["typed"]]
    return {
        "printed": len(entry["proofs"]),
        "proved": status["proved"],
        "checked": status["checked"],
        "examples": status["example"],
        "definitions_printed": status["definition"],
        "lines": entry["lines"],
        "receipts": entry["receipts"],
        "typed": len(labels),
        "definitions_typed": sum(label.startswith("def-") for label in labels),
        "bound": sum(label.startswith("eq-") for label in labels),
    }


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_transform(ProofTargets)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check)
    app.connect("build-finished", write_counts)
