"""Every display equation is printed by a proof, bound to a receipt, or marked as a definition.

The package prints a proved equation as a `div` of the class `bl-proof`, which carries its label in
`data-equation`, the TeX that was proved in `data-tex`, and a seal over all of it in `data-seal`.
Here these are collected from all pages, stored outputs and generated Markdown alike, and

- made link targets: `[the gradient](#eq-neuron-w)` works on its page and from any other;
- compared (`judging`) with their seals, with the display equations typed in Markdown, and with the
  labels that the cells ask for. What is wrong is a warning, and so ends the build;
- counted (`counts`), for the pages and the README that quote the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from backprop_lab.seals import proofs_in, seal_holds

from .judging import complaints

logger = logging.getLogger(__name__)

ASKED = re.compile(r"""\breceipt\(\s*["'](eq-[a-z0-9-]+)["']""")
DISPLAYED = re.compile(r"\\\[|\\displaystyle|\\begin\{(?:align|equation|gather|multline)|\$\$")


class ProofReader(HTMLParser):
    """Read what the package prints: the proofs of one output, its receipts and its proved lines.

    `loose` holds display mathematics that stands outside of any proof and receipt.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.proofs: list[dict] = []
        self.receipts = 0
        self.lines = 0
        self.loose: list[str] = []
        self.open: list[str] = []  # classes of the elements around the current place
        self.feed(html)
        for proof, element in zip(self.proofs, proofs_in(html), strict=True):
            proof["sealed"] = seal_holds(element)
            proof["known"] = known(element)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the proofs, receipts and lines by their classes."""
        found = dict(attributes)
        classes = (found.get("class") or "").split()
        if "bl-proof" in classes:
            keys = ("id", "data-equation", "data-tex", "data-status")
            self.proofs.append({key: found.get(key) for key in keys} | {"shown": []})
            if "bl-example" in classes:  # numbers put into a proved formula
                self.proofs[-1]["data-status"] = "example"
        self.receipts += "bl-receipt-table" in classes
        self.lines += "bl-line" in classes
        if tag not in VOID:
            self.open.append(" ".join([tag, *classes]))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and what was left open within it."""
        names = [entry.partition(" ")[0] for entry in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keep the equations of a proof; note a display equation that stands alone."""
        around = " ".join(self.open).split()
        if "bl-proof" in around:
            if "bl-eq" in around and "\\" in data:
                self.proofs[-1]["shown"].append(tex_of(data))
        elif not {"pre", "code", "script", "style", "title", "desc"} & set(around):
            if DISPLAYED.search(data) and not set(around) & OURS:
                self.loose.append(data.strip())


VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
OURS = {"bl-receipt-table", "bl-check", "bl-figure"}  # a receipt, a verdict, a figure


def tex_of(shown: str) -> str:
    """Give the TeX of one shown line, without what only sets it."""
    tex = re.sub(r"^\s*\\\(\s*(\\displaystyle)?|\\\)\s*$", "", shown)
    if tex.lstrip().startswith(r"\hphantom{"):
        start = tex.index("{")
        depth = 0
        for place in range(start, len(tex)):
            depth += {"{": 1, "}": -1}.get(tex[place], 0)
            if depth == 0:
                return tex[place + 1 :].strip()
    return tex.strip()


def known(element: str) -> str:
    """Say how a proof is known, in the words of its mark; without one, of its remarks."""
    mark = re.search(r"<summary>(.*?)</summary>", element)
    said = mark[1] if mark else element
    for words in ("checked at", "for all sizes", "for all values"):
        if words in said:
            return {"checked at": "points"}.get(words, words)
    return "a fixed size"


def printed(document: nodes.document) -> Iterator[tuple[nodes.raw, ProofReader]]:
    """Give the raw HTML of a page that holds something the package printed, or mathematics."""
    for node in document.findall(nodes.raw):
        text = node.astext()
        if "html" in node.get("format", "") and ("bl-" in text or DISPLAYED.search(text)):
            yield node, ProofReader(text)


def typed(document: nodes.document) -> Iterator[nodes.Element]:
    """Give the display equations that no proof printed: an author's, or those of a cell's output.

    What the package prints has an HTML form, which the page takes; its LaTeX form is passed over.
    """
    for node in document.findall(nodes.math_block):
        bundle = bundle_of(node)
        mimes = {child.get("mime_type") for child in bundle.children} if bundle else set()
        if "text/html" not in mimes:
            yield node
    for node in document.findall(nodes.math):
        if r"\displaystyle" in node.astext() or in_dollars(node):
            yield node
    for node in document.findall(nodes.container):
        mimes = {child.get("mime_type") for child in node.parent.children if hasattr(child, "get")}
        if node.get("mime_type") == "text/markdown" and "text/html" not in mimes:
            if DISPLAYED.search(node.astext()) and not any(node.findall(nodes.math_block)):
                yield node


def in_dollars(node: nodes.math) -> bool:
    """Whether dollars stand around inline mathematics: $$…$$ within a line is not displayed."""
    place = node.parent.index(node)
    before, after = node.parent[:place], node.parent[place + 1 :]
    return bool(
        before and before[-1].astext().endswith("$") and after and after[0].astext()[:1] == "$"
    )


def bundle_of(node: nodes.Node) -> nodes.Element | None:
    """Give the bundle of a cell's output that holds a node; None outside of outputs."""
    while node is not None and "mime_type" not in getattr(node, "attributes", {}):
        node = node.parent
    return None if node is None else node.parent


def asked(document: nodes.document) -> list[str]:
    """List the labels of the receipts that the cells of a page ask for, where they are spelled."""
    return [
        label
        for cell in document.findall(nodes.container)
        if cell.get("nb_element") == "cell_code"
        for block in cell.findall(nodes.literal_block)
        if "nb_element" not in block and block.get("language") != "none"
        for label in ASKED.findall(block.astext())
    ]


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
    loose = [tex for reader in readers for tex in reader.loose]
    store(env)[page] = {
        "typed": [
            {
                "label": label_of(node),
                "tex": node.astext().strip(),
                "line": node.line,
                "output": bundle_of(node) is not None,
            }
            for node in typed(document)
        ]
        + [{"label": "", "tex": tex, "line": None, "output": True} for tex in loose],
        "proofs": [proof for reader in readers for proof in reader.proofs],
        "asked": asked(document),
        "receipts": sum(reader.receipts for reader in readers),
        "lines": sum(reader.lines for reader in readers),
    }
    if readers:
        env.get_domain("math").data["has_equations"][page] = True


def label_of(node: nodes.Element) -> str:
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
    """Compare what is typed and asked for with what was proved; warn of what stands alone."""
    for page, line, message in complaints(store(env)):
        logger.warning("%s: %s", page, message, location=(page, line), type="lab_book")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_transform(ProofTargets)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check)
