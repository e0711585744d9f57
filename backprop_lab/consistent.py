"""Assumptions that cannot hold at every size: what contradicts another one, or the program."""

from __future__ import annotations

import sympy as sp

from backprop_lab.assumptions import Assumption, simplified
from backprop_lab.errors import TraceError
from backprop_lab.index_form import collapse
from backprop_lab.printing import text_of


def consistent(given: tuple[Assumption, ...], reading) -> tuple[Assumption, ...]:
    """Give the assumptions; refuse two that contradict each other, or one the function's values.

    What follows from a contradiction is no proof. Two sums over the same entries must agree; sums
    of a value that `let` named must be what the function makes of them.
    """
    for n, known in enumerate(given):
        for left, right in _sums(known):
            made = collapse(reading.expanded(left))
            if _apart(made, right):
                raise TraceError(
                    f"derive: given {known.text} contradicts the function, which makes it "
                    f"{text_of(made)}. Leave it out."
                )
            for other in given[:n] + given[n + 1 :]:
                if _apart(simplified(left, (other,)), simplified(right, (other,))):
                    raise TraceError(
                        f"derive: given {known.text} and {other.text} contradict each other. Keep "
                        "one of them."
                    )
    return given


def _sums(known) -> list[tuple]:
    """Give both sides of an assumption at one place, and added over all places."""
    sides = known.number * sp.Sum(sp.Mul(*known.factors), *_limits(known.bounds.items()))
    places = _limits(zip(known.at, known.array.sizes, strict=True))
    pair = collapse(sides), known.right
    return [pair, tuple(collapse(sp.Sum(side, *places)) for side in pair)] if places else [pair]


def _limits(pairs) -> list[tuple]:
    return [(k, 1, n) for k, n in pairs if k.is_Symbol]


def _apart(one, other) -> bool:
    """Whether two formulas without entries differ: in numbers, or in sizes that agree by chance."""
    gap = sp.simplify(one - other) if not one.has(sp.Indexed) else None
    sizes = gap is not None and all(s.is_integer for s in gap.free_symbols)
    return bool(sizes and gap != 0)
