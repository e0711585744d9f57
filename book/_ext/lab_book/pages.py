"""One title a page; alternative text and a caption for every figure."""

from __future__ import annotations

from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


class FigureReader(HTMLParser):
    """Find pictures in HTML outputs that say nothing to those who cannot see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.depth = 0  # of <svg>: the parts of a picture need no text of their own
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at each `img`, `svg` and `h1`."""
        found = dict(attributes)
        hidden = found.get("aria-hidden") == "true"
        if tag == "img" and not found.get("alt"):
            self.complaints.append("an <img> in an output has no alt text")
        if tag == "svg":
            if (
                not self.depth
                and not hidden
                and not found.get("aria-label")
                and not found.get("aria-labelledby")
            ):
                self.complaints.append("an <svg> in an output has no aria-label")
            self.depth += 1
        if tag == "h1":
            self.complaints.append("an output has an <h1>: a page has one title")

    def handle_endtag(self, tag: str) -> None:
        """Leave an `svg`."""
        self.depth -= tag == "svg"


def check(app: Sphinx, document: nodes.document) -> None:
    """Warn of a page without exactly one title and of figures without text."""
    titles = [node for node in document.children if isinstance(node, nodes.section)]
    if len(titles) != 1:
        complain(
            document,
            f"the page has {len(titles)} titles (lines that start with '# '); it needs one",
        )
    for image in document.findall(nodes.image):
        output = enclosing(image, nodes.container)
        if not image.get("alt"):
            complain(image, f"the figure {where(image)} has no alt text; {HOW}")
        elif output is not None and not captioned(image):
            complain(image, f"the figure {where(image)} has no caption; {HOW}")
    for raw in document.findall(nodes.raw):
        if "html" in raw.get("format", ""):
            for complaint in dict.fromkeys(FigureReader(raw.astext()).complaints):
                complain(raw, complaint)


HOW = (
    'give its cell the metadata {"mystnb": {"image": {"alt": "what is seen"}, '
    '"figure": {"name": "fig-name", "caption": "the message"}}}'
)


def captioned(image: nodes.image) -> bool:
    """Say whether an image stands in a figure with a caption."""
    figure = enclosing(image, nodes.figure)
    return figure is not None and any(isinstance(child, nodes.caption) for child in figure.children)


def enclosing(node: nodes.Node, kind: type[nodes.Element]) -> nodes.Element | None:
    """Give the nearest ancestor of a kind."""
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node


def where(image: nodes.image) -> str:
    """Name a figure by the name of its cell, or by its file."""
    figure = enclosing(image, nodes.figure)
    return (
        repr(next(iter(figure["names"]), ""))
        if figure and figure["names"]
        else image.get("uri", "")
    )


def complain(node: nodes.Node, message: str) -> None:
    """Emit one warning at a place in a page."""
    logger.warning(message, location=node, type="lab_book")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-read", check)
