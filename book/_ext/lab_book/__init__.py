"""The book's Sphinx extension: pages without a network, equations tied to their proofs.

Four rooms:

- `offline`: MathJax from the disk, and nothing that would ask the internet for something;
- `proofs`: every display equation is printed by a proof, bound to a receipt, or a definition;
- `pages`: one title a page, alternative text and a caption for every figure;
- `citations`: references labelled as the text cites them.

What is wrong is reported as a warning, and the book is built with warnings as errors.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import citations, offline, pages, proofs


def setup(app: Sphinx) -> dict:
    """Register the rooms with Sphinx."""
    for room in (offline, proofs, pages, citations):
        room.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True}
