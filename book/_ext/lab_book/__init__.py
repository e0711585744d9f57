"""The book's Sphinx extension: pages without a network, equations tied to their proofs.

Eight rooms:

- `offline`: MathJax from the disk, and nothing that would ask the internet for something;
- `proofs`: every display equation is printed by a proof, bound to a receipt, or a definition;
- `counts`: how many of them there are, for the pages that say so;
- `pages`: one title a page, alternative text and a caption for every figure;
- `predict`: questions with a reply to each answer, without a kernel or a script;
- `refusals`: lines that were refused, in rows that fold on a phone;
- `citations`: references labelled as the text cites them;
- `accessible`: what the theme writes, set right for screen readers.

What is wrong is reported as a warning, and the book is built with warnings as errors.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import accessible, citations, counts, offline, pages, predict, proofs, refusals


def setup(app: Sphinx) -> dict:
    """Register the rooms with Sphinx."""
    for room in (offline, proofs, counts, pages, predict, refusals, citations, accessible):
        room.setup(app)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True}
