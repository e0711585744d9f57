"""Which slip explains wrong values: all of them at once, or those of one part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_lab.exercises.parts import Part
from backprop_lab.slips import SLIPS, Slip

Seen = tuple[str, set[str]]  # the name of a part, and the slips that make its wrong value


def seen_in(
    values: Sequence[np.ndarray], parts: Sequence[Part], repeated: bool = False
) -> list[Seen]:
    """Give for each wrong value the slips that make it; it may be right for another part."""
    found = []
    for value, part in zip(values, parts, strict=False):
        if not part.matches(value):
            swapped = any(other.matches(value) for other in parts if other is not part)
            slips = part.slips_of(value, repeated)
            found.append((part.name, slips | {"swapped-answers"} if swapped else slips))
    return found


def explain(seen: Sequence[Seen], first: Sequence[str]) -> tuple[Slip | None, str]:
    """Find the slip that explains every wrong value, or those of one part; say which part.

    Slips in `first` come first.

    >>> slip, said = explain([("x_bar", {"wrong-sign"}), ("w_bar", set())], ())
    >>> slip.name, said
    ('wrong-sign', 'That explains x_bar. Then look at w_bar.')
    """
    parts: dict[str, list[set[str]]] = {}
    for name, slips in seen:
        parts.setdefault(name, []).append(slips)
    slip = _common([slips for _, slips in seen], first)
    if slip is not None or len(parts) < 2:
        return slip, ""
    for slips in parts.values():
        slip = _common(slips, first)
        if slip is not None:
            mine = [n for n in parts if slip.name in set.intersection(*parts[n])]
            others = [n for n in parts if n not in mine]
            return slip, f"That explains {' and '.join(mine)}. Then look at {' and '.join(others)}."
    return None, ""


def _common(seen, first) -> Slip | None:
    common = set.intersection(*seen) if seen else set()
    if "number-of-axes" in common:  # then the numbers are right, and no other slip was made
        return SLIPS["number-of-axes"]
    return next((SLIPS[n] for n in (*first, *SLIPS) if n in common), None)
