"""What is said of a wrong line in index form: both entries as they are read, a point, the slip.

Values that `let` named stand under their names wherever that is shorter, so that the difference of
two entries of a deep network is as short as the entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sympy as sp

from backprop_lab.assumptions import simplified
from backprop_lab.comparing import bars, cotangents_in, differing
from backprop_lab.fingerprints import fingerprints_of
from backprop_lab.index_equality import same
from backprop_lab.index_factors import fresh
from backprop_lab.index_form import collapse, readable
from backprop_lab.missing_given import taken_for_one
from backprop_lab.printing import text_of
from backprop_lab.proofs import WIDTH, sides
from backprop_lab.put_back import put_back
from backprop_lab.slip_entries import Step, step_of
from backprop_lab.slips import Slip, slip_of


def explained(d, entry) -> tuple[bool, list[str]]:
    """Say whether a point was found where an entry is wrong, and write the rows of the refusal.

    `d` is the derivation that knows the truth; the entry is at its indices.
    """
    with _as_variable(d, entry):
        found = differing(d, entry)[-1]
    found = found or differing(d, entry)[-1]
    line, truth = collapse(entry), _comparable(d, entry)
    gap = _told(d, line - truth)
    slip = slip_in(d, entry)
    if slip is None or slip.name == "missing-factor":
        slip = taken_for_one(d, entry) or slip
    rows = sides(*map(readable, (line, truth)), found, slip, readable(gap))
    return bool(found), rows


def _comparable(d, entry) -> sp.Expr:
    """Write the truth in the names of the line, where it is not too long so."""
    short = _told(d, d.truth)
    if bars(d, entry) == bars(d, d.truth):
        return short
    put = _told(d, cotangents_in(d, d.truth, bars(d, entry)))
    return put if len(text_of(readable(put))) < 3 * WIDTH else short


def _told(d, expr) -> sp.Expr:
    """Write an expression in names, with what is assumed put in before and after."""
    return simplified(as_named(d, simplified(expr, d.given)), d.given)


def as_named(d, expr) -> sp.Expr:
    """Write later values, and the output, in the place of their formulas, where that is shorter."""
    look = fingerprints_of(d.reading)
    for q in (*d.later(), d.output):
        if q.name != d.wrt:
            put = put_back(expr, q)
            shorter = sp.count_ops(put) < sp.count_ops(expr)
            expr = put if shorter and look.alike(put, expr, d.indices) else expr
    return expr


@contextmanager
def _as_variable(d, entry) -> Iterator[None]:
    """Take the variable for an input, where neither side names what it is made of."""
    quantities, own = d.reading.quantities, d.reading.quantities[d.wrt]
    named = {str(s) for e in (entry, d.truth) for s in e.free_symbols}
    if own.definition is not None and not named & _made_of(own, quantities):
        quantities[d.wrt] = replace(own, definition=None)
    try:
        yield
    finally:
        quantities[d.wrt] = own


def _made_of(quantity, quantities) -> set[str]:
    """Name all that a value is made of, step by step."""
    if quantity.definition is None:
        return set()
    symbols = quantity.definition(*(fresh() for _ in quantity.shape)).free_symbols
    names = {str(s) for s in symbols} & set(quantities)
    return names.union(*(_made_of(quantities[n], quantities) for n in names))


def slip_in(d, entry) -> Slip | None:
    """Find the slip that makes an entry: in the step back to the variable, or in a later one."""
    look, keep = fingerprints_of(d.reading), bars(d, entry)
    given = (lambda e: _told(d, e)) if d.given else (lambda e: e)
    mine, axes = given(entry), (d.indices, tuple(d.shape))

    def is_it(made):
        made = given(made)
        made_alike = look.alike(made, mine, *axes)
        return made_alike and same(*map(d.reading.expanded, (made, mine)), *axes)

    own = slip_of("on_entries", (step_in(d),), lambda made: is_it(cotangents_in(d, made, keep)))
    return own or next(filter(None, (_later(d, q, keep, is_it) for q in d.later())), None)


def _later(d, quantity, keep, is_it) -> Slip | None:
    """Find the slip in the cotangent of a later value that the line has put in."""
    if quantity.name in keep or quantity.name == d.wrt:
        return None
    names = [q.name for q in d.later()]
    behind = {*keep, *names[names.index(quantity.name) :]}
    truth = cotangents_in(d, d.truth, behind)
    if quantity.name not in bars(d, truth):
        return None
    found = d.cotangent_of(quantity)

    def carried(wrong):
        return is_it(cotangents_in(d, truth, keep, {quantity.name: (wrong, found.indices)}))

    return slip_of("on_entries", (step_in(found),), carried)


def step_in(d) -> Step:
    """Take the step back of a derivation apart."""
    return step_of(d.reading, d.reading.quantities[d.wrt], d.consumers, d.output, d.indices)
