"""Why a line of inner products is refused: the cotangent that it implies is not the one."""

from __future__ import annotations

import sympy as sp

from backprop_lab.errors import ProofError, TraceError
from backprop_lab.index_form import collapse
from backprop_lab.proofs import not_equal, row
from backprop_lab.wrong_entries import explained


def refusal(d, value, chain: bool, because: str) -> str:
    """Say why a line is wrong: what it makes of the cotangent is compared with the truth."""
    entry = implied(d, value.array.entry()) if chain else value.array.entry(*d.indices)
    found, rows = explained(d.cotangent, entry)
    bar, dot = d.cotangent.left_text, d.dot.entry(*d.indices)
    first = not_equal(len(d.lines) + 1, d.left_text if chain else bar, because, found)
    read = [row("compared is", f"{bar}, the factor of {dot}")] if chain else []
    return "\n".join([first, *read, *rows])


def shape_refusal(d, number: int, expr, error) -> str:
    """Say why a line has no shape, and what it would be where all sizes are equal."""
    message = f"line {number} cannot be right: {error}"
    letters = {n for shape in d.shapes.values() for n in shape if isinstance(n, str)}
    if len(letters) < 2:
        return message
    square = {
        name: tuple("n" if isinstance(n, str) else n for n in shape)
        for name, shape in d.shapes.items()
    }
    try:
        d.restart(square).then(expr)
    except ProofError as refused:
        named = [row for row in str(refused).splitlines() if "looks like" in row]
        return "\n".join([message, *named])
    except TraceError:
        pass
    return message


def implied(d, line) -> sp.Expr:
    """Give the factor of an entry of ẋ in a line: the cotangent that the line stands for."""
    moving = {n: q for n, q in d.pairs.quantities.items() if n.endswith("_dot")}
    for name, q in reversed(moving.items()):
        if q.definition is not None:
            label = sp.Symbol(name, real=True)
            parts = line.atoms(sp.Indexed) if q.shape else line.atoms(sp.Symbol)
            mine = [e for e in parts if (e.base.label if q.shape else e) == label]
            line = line.xreplace({e: q.definition(*getattr(e, "indices", ())) for e in mine})
    return collapse(sp.diff(line, d.dot.entry(*d.indices)))
