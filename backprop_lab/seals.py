"""A seal on every printed proof: what was changed after it was proved is seen at once.

A notebook stores what a cell printed, and the book is built from what is stored. The seal is a
digest of the whole proof: equations, label, status and receipt. A sign turned by hand or by a merge
breaks it, and so ends the build. It keeps no secret; that the stored proofs are what the code gives
today is tested by running every notebook.
"""

from __future__ import annotations

import hashlib
import re

__all__ = ["proofs_in", "seal_holds", "sealed"]

_PROOF = re.compile(r'<div class="bl-proof\b')
_SEAL = re.compile(r' data-seal="([0-9a-f]*)"')
_DIV = re.compile(r"<(/?)div\b")


def sealed(element: str) -> str:
    """Put the seal into the first tag of a printed proof.

    >>> sealed('<div class="bl-proof" data-status="proved">x = 1</div>')
    '<div class="bl-proof" data-status="proved" data-seal="e60e6ab3b10e5501">x = 1</div>'
    """
    element = _SEAL.sub("", element, count=1)
    tag, end, rest = element.partition(">")
    return f'{tag} data-seal="{_digest(element)}"{end}{rest}'


def seal_holds(element: str) -> bool:
    """Say whether a printed proof has a seal, and is what was sealed.

    >>> proof = sealed('<div class="bl-proof">x = 1</div>')
    >>> seal_holds(proof), seal_holds(proof.replace("1", "2"))
    (True, False)
    """
    found = _SEAL.search(element.partition(">")[0])
    return found is not None and found[1] == _digest(_SEAL.sub("", element, count=1))


def proofs_in(text: str) -> list[str]:
    """Cut the printed proofs out of HTML, each from its first tag to the one that closes it.

    >>> proofs_in('<p>a</p><div class="bl-proof"><div>b</div></div><div>c</div>')
    ['<div class="bl-proof"><div>b</div></div>']
    """
    found = []
    for start in (match.start() for match in _PROOF.finditer(text)):
        depth, end = 0, len(text)
        for tag in _DIV.finditer(text, start):
            depth += -1 if tag[1] else 1
            if depth == 0:
                end = text.index(">", tag.end()) + 1
                break
        found.append(text[start:end])
    return found


def _digest(element: str) -> str:
    return hashlib.sha256(element.encode()).hexdigest()[:16]
