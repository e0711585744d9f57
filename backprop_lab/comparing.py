"""Is an entry the cotangent that a derivation is of, and if not, where do the two differ?

Entries are compared with definitions put in; where that does not settle it, with what is assumed,
with the cotangents of later values put in, and at every index of the axes of a fixed size.
"""

from __future__ import annotations

import itertools

import sympy as sp

from backprop_lab.any_size import in_range
from backprop_lab.assumptions import differing_where, simplified
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_equality import same
from backprop_lab.index_factors import fresh
from backprop_lab.size_two import differing_entry


def holds(d, entry) -> bool:
    """Whether an entry is the truth of the derivation `d`."""
    axes = d.indices, tuple(d.shape)
    line, truth = (in_range(d.reading.expanded(e, keep=d.wrt), *axes) for e in (entry, d.truth))
    if _names_no_part(d, line, truth) and same(line, truth, *axes):
        return True
    line, truth = (in_range(d.reading.expanded(e), *axes) for e in (entry, d.truth))
    if same(line, truth, *axes):
        return True
    if d.given and same(*(simplified(e, d.given) for e in (line, truth)), *axes):
        return True
    line, truth = (d.reading.expanded(cotangents_in(d, e)) for e in (entry, d.truth))
    if not d.given and not Fingerprints({}).alike(line, truth, *axes):
        return False  # the quick look spares a long one
    if same(*(simplified(e, d.given) for e in (line, truth)), *axes):
        return True
    return any(n.is_Integer and n > 1 for n in d.shape) and _one_by_one(d, line, truth)


def _names_no_part(d, *forms) -> bool:
    """Whether some forms are of the variable itself, and of nothing that it is made of.

    Then it stands for any array: max(A, 0) has its kink at A = 0, even if A is 0 for many inputs.
    """
    own = d.reading.quantities[d.wrt]
    if own.definition is None or not all(hasattr(e, "free_symbols") for e in forms):
        return False
    parts = d.reading.expanded(own.definition(*(fresh() for _ in own.shape))).free_symbols
    named = {str(s) for e in forms for s in e.free_symbols if not s.is_integer}
    return not named & {str(s) for s in parts if not s.is_integer}


def _one_by_one(d, line, truth) -> bool:
    """Compare at every index of the axes of a fixed size."""
    axes = zip(d.indices, d.shape, strict=True)
    fixed = {i: range(1, int(n) + 1) for i, n in axes if n.is_Integer and n != 1}
    for numbers in itertools.product(*fixed.values()):
        place = dict(zip(fixed, map(sp.Integer, numbers), strict=True))
        if not same(*(simplified(e.xreplace(place), d.given) for e in (line, truth))):
            return False
    return True


def cotangents_in(d, expr, keep=(), instead=None):
    """Put in what the cotangents of later values are, until the output's alone is left.

    `keep` names values whose cotangents stay letters; `instead` gives for the name of a value
    another entry in the place of its cotangent, and the indices of that entry.
    """
    for q in d.later():
        label = sp.Symbol(f"{q.name}_bar", real=True)
        if q.name not in keep and label in expr.free_symbols:
            found = d.cotangent_of(q)
            known = (instead or {}).get(q.name, (found.truth, found.indices))
            parts = expr.atoms(sp.Indexed) if q.shape else {label}
            mine = [e for e in parts if (e.base.label if q.shape else e) == label]
            expr = expr.xreplace({e: _at(*known, getattr(e, "indices", ())) for e in mine})
    return expr


def _at(entry, at, indices):
    """Give an entry at other indices, every sum with an index of its own."""
    bound = {index for s in entry.atoms(sp.Sum) for index, *_ in s.limits}
    entry = entry.xreplace({index: fresh() for index in bound})
    return entry.xreplace({i: k for i, k in zip(at, indices, strict=True) if i.is_Symbol})


def differing(d, entry):
    """Give the line and the truth as they are compared, and where they differ: (line, truth, at).

    A line with other cotangents than the truth is compared with all of them put in: as free
    letters they would give points that no function goes through.
    """
    sides = (entry, d.truth)
    if len({frozenset(bars(d, e)) for e in sides}) > 1:
        sides = tuple(cotangents_in(d, e) for e in sides)
    line, truth = map(d.reading.expanded, sides)
    if d.given:
        line, truth = (simplified(e, d.given) for e in (line, truth))
        return line, truth, differing_where(line, truth, d.indices, d.shape, d.given)
    return line, truth, differing_entry(line, truth, d.indices, d.shape)


def bars(d, expr) -> set:
    """Name the values whose cotangents stand in an expression."""
    names = {str(s) for s in expr.free_symbols}
    return {q.name for q in d.later() if f"{q.name}_bar" in names}
