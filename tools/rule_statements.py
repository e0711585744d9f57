"""Statements on the cards that derivations prove: for all sizes, or in whole arrays at a size."""

from __future__ import annotations

import backprop_lab as bl
from backprop_lab.equality import PROVED
from backprop_lab.errors import ProofError
from backprop_lab.indexed import shape_text
from rule_examples import ALL_SIZES, AT_A_SIZE
from rule_formulas import block


def for_all_sizes(func) -> list[str]:
    """HTML of the statements in index form: the map, and the cotangent of each operand."""
    found = [_statement(*statement) for statement in ALL_SIZES.get(func, [])]
    return found + [_at_a_size(*statement) for statement in AT_A_SIZE.get(func, [])]


def _at_a_size(f, shapes, map_tex, adjoints) -> str:
    """HTML of a statement in whole arrays, proved entry by entry at one size."""
    rows, size = [(map_tex, "the map")], " × ".join(map(str, next(iter(shapes.values()))))
    for wrt, line in adjoints.items():
        derivation = bl.derive(f, wrt, shapes).then(line)
        last = derivation.lines[-1]
        if last.status != PROVED:
            raise ProofError(f"{derivation.left_text}: {last.status}")
        rows.append((f"{derivation.left_tex} = {last.tex}", f"proved at {size}"))
    return block(rows)


def _statement(f, shapes, adjoints) -> str:
    rows = [
        (f"{left} = {right}", f"for all sizes: {remark}")
        for left, right, _, remark in bl.definitions(f, shapes).rows
    ]
    for wrt, line in adjoints.items():
        derivation = bl.derive(f, wrt, shapes)
        derivation = derivation if line is None else derivation.then(line)
        if not derivation.proved:
            raise ProofError(f"{derivation.left_text}: {derivation.status}")
        last = derivation.lines[-1]
        left = (last.left or (derivation.left_tex, ""))[0]
        rows.append((f"{left} = {last.tex}", f"shape {shape_text(shapes[wrt])}"))
    return block(rows)
