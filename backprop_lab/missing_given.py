"""A wrong line that would be right if rows of an input added up to 1: what to say with `given`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

from backprop_lab.assumptions import Assumption, simplified
from backprop_lab.comparing import cotangents_in
from backprop_lab.index_equality import same
from backprop_lab.index_factors import fresh
from backprop_lab.slip import Slip
from backprop_lab.slip_words import taken_for_1


def taken_for_one(d, entry) -> Slip | None:
    """Find the sum of an input that a line takes for 1, and say how that is assumed."""
    sides = [d.reading.expanded(cotangents_in(d, e)) for e in (entry, d.truth)]
    for name, axis, known in _sums_of_inputs(d, sides[1]):
        line, truth = (simplified(e, (*d.given, known)) for e in sides)
        if truth.has(sp.Indexed) and same(line, truth, d.indices, tuple(d.shape)):
            summed = name if axis is None else f"{name}, axis={axis}"
            code = f"given=lambda {name}: np.sum({summed}) == 1"
            code = code.replace(" ", "\N{NO-BREAK SPACE}")  # no line of a message ends within
            return taken_for_1(known.text, name, code)
    return None


def _sums_of_inputs(d, truth) -> Iterator:
    """Give the sums of an input over one axis, each set to 1: (name, axis or None, assumption)."""
    met = {str(e.base.label) for e in truth.atoms(sp.Indexed)}
    inputs = [q for q in d.reading.quantities.values() if q.definition is None and q.shape]
    for q in (q for q in inputs if q.name in met & d.shapes.keys() - {d.wrt}):
        for axis, n in enumerate(q.shape):
            k, array = fresh(), d.reading.array(q)
            at = tuple(sp.Integer(1) if m == 1 else fresh() for m in q.shape)
            entry = q.entry(*at[:axis], k, *at[axis + 1 :])
            rest = at[:axis] + at[axis + 1 :]
            equation = np.sum(array, axis=axis) == 1
            one = sp.Integer(1)
            known = Assumption(equation, rest, {k: n}, (entry,), one, one)
            yield q.name, axis if q.shape[1:] else None, known
