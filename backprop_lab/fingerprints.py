"""One number for a formula: a quick look that tells most formulas apart before one is proved.

A wrong line is compared with every wrong line that a slip makes. Two that differ in floats at one
generic point are different; only where they agree there does SymPy have to decide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import sympy as sp

from backprop_lab.index_numbers import chance, combined, number, whole

_SIZE = 3  # what every letter of a size stands for


class Fingerprints:
    """Numbers of formulas that share definitions: letters, arrays in index form, sums, cases.

    `definitions` gives for the name of a quantity a function from indices to its formula. What has
    none gets a number of its own between 0.4 and 1.6, and an unknown function a smooth one.

    >>> x, y = sp.symbols("x y", real=True)
    >>> look = Fingerprints({"y": lambda: x**2})
    >>> look.alike(x * y, x**3), look.alike(x * y, x**2)
    (True, False)
    """

    def __init__(self, definitions: Mapping[str, Callable]) -> None:
        self._definitions = definitions
        self._entries: dict[tuple, float] = {}
        self._sums: dict[tuple, float] = {}

    def alike(self, a, b, at: tuple = ()) -> bool:
        """Say whether two formulas may be equal: False is certain, True is not.

        `at` holds the free indices of both, to look at entries off the diagonal. One that is not
        told counts as 1, which no axis is too short for; one that is a number stays one.
        """
        places = _untold(a, b) | {i: 1 + k % 2 for k, i in enumerate(at) if i.is_Symbol}
        u, v = self.number(a, places), self.number(b, places)
        apart = abs(u - v) > 1e-6 * (1 + abs(u) + abs(v))  # wide: what cancels leaves some rounding
        return not apart  # and what is no number may be anything

    def number(self, expr, places: Mapping) -> float:
        """Compute a formula in floats at the one point; nan where it is no real number there."""
        try:
            return self._value(sp.sympify(expr), places)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return math.nan

    def _value(self, expr, letters: Mapping) -> float:
        """Compute a formula; a sum that is met again, at the same indices, is not added again."""
        if not expr.has(sp.Sum) or expr.has(sp.Piecewise):
            return number(expr, self._entry, letters, _SIZE)
        if not isinstance(expr, sp.Sum):
            return combined(expr, [self._value(part, letters) for part in expr.args])
        mine = tuple((i, k) for i, k in letters.items() if i in expr.free_symbols)
        if (expr, mine) not in self._sums:
            bound = [i for i, *_ in expr.limits]
            runs = [range(1, 1 + whole(last, letters, _SIZE)) for *_, last in expr.limits]
            self._sums[expr, mine] = math.fsum(
                self._value(expr.function, dict(mine) | dict(zip(bound, steps, strict=True)))
                for steps in itertools.product(*runs)
            )
        return self._sums[expr, mine]

    def _entry(self, name, indices) -> float:
        known = self._entries.get((name, indices))
        if known is None:
            define = self._definitions.get(name)
            known = (
                self._value(define(*map(sp.Integer, indices)), {})
                if define
                else chance(f"{name}{indices}")
            )
            self._entries[name, indices] = known
        return known


def _untold(*forms) -> dict:
    """Give 1 for every free index of some formulas: a letter that stands as an index, no size."""
    forms = [sp.sympify(form) for form in forms]
    sums = [total for form in forms for total in form.atoms(sp.Sum)]
    sizes = {n for total in sums for _, *ends in total.limits for e in ends for n in e.free_symbols}
    free = set().union(*(form.free_symbols for form in forms)) - sizes
    parts = [part for form in forms for part in form.atoms(sp.Indexed, sp.KroneckerDelta)]
    return {i: 1 for part in parts for i in part.args if i in free and i.is_integer}


def fingerprints_of(reading) -> Fingerprints:
    """Give the fingerprints of a reading's formulas, named quantities put in."""
    if hasattr(reading, "definitions"):  # one symbol for each entry
        known = {str(s): (lambda d=d: d) for s, d in reading.definitions.items()}
    else:
        known = {q.name: q.definition for q in reading.quantities.values() if q.definition}
    return Fingerprints(known)
