"""Wrong entries that a wrong size makes: the N of a mean, or the d under a root, is another."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from backprop_lab.index_factors import At, AtMost
from backprop_lab.slip_entries import Step

_COUNTED = (sp.Indexed, sp.KroneckerDelta, At, AtMost)  # a size in an index says which entry


def wrong_size(step: Step) -> Iterator:
    """Leave a size out that divides or multiplies, or write another in its place."""
    found = sorted(_factors(step.right, within=True), key=str)
    limits = [limit for s in step.right.atoms(sp.Sum) for limit in s.limits]
    shapes = [step.shape, *(term.shape for term in step.terms), [n for *_, n in limits]]
    every = sorted({n for shape in shapes for n in shape if n.is_Symbol} | set(found), key=str)
    one = sp.Integer(1)
    instead = [dict.fromkeys(found, one)] if len(found) > 1 else []
    instead += [{size: other} for size in found for other in (one, *every) if other != size]
    for new in instead:
        outside = _put(step.right, new, within=False)
        everywhere = _put(step.right, new, within=True)
        yield from (wrong for wrong in {outside: 0, everywhere: 0} if wrong != step.right)


def _factors(expr, within) -> set:
    """Find the sizes that an expression computes with; where a sum ends is none of them.

    `within` says whether to look into functions too, as for the √d in exp(x/√d).
    """
    if isinstance(expr, sp.Sum):
        return _factors(expr.function, within)
    if expr.is_Symbol:
        return {expr} if expr.is_integer and not isinstance(expr, sp.Dummy) else set()
    return set().union(*(_factors(part, within) for part in _open(expr, within)))


def _put(expr, new, within):
    """Put other sizes in where an expression computes with them."""
    if isinstance(expr, sp.Sum):
        return sp.Sum(_put(expr.function, new, within), *expr.limits)
    if not _open(expr, within):
        return new.get(expr, expr)
    return expr.func(*(_put(part, new, within) for part in expr.args))


def _open(expr, within) -> tuple:
    """Give the parts of an expression where its sizes are looked for."""
    closed = isinstance(expr, _COUNTED) or (not within and isinstance(expr, sp.Function))
    return () if closed else expr.args
