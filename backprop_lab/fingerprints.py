"""One number for a formula: a quick look that tells most formulas apart before one is proved.

A wrong line is compared with every wrong line that a slip makes. Two that differ in floats at one
generic point are different; only where they agree there does SymPy have to decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from zlib import crc32

import sympy as sp

_SIZE = 3  # what every letter of a size stands for
_FAST = {sp.exp: math.exp, sp.log: math.log, sp.tanh: math.tanh, sp.sin: math.sin, sp.cos: math.cos}


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

    def alike(self, a, b, at: tuple = ()) -> bool:
        """Say whether two formulas may be equal: False is certain, True is not.

        `at` holds the free indices of both; an index that is a number stays one.
        """
        u, v = self.number(a, at), self.number(b, at)
        return not abs(u - v) > 1e-9 * (abs(u) + abs(v))  # what is no number may be anything

    def number(self, expr, at: tuple = ()) -> float:
        """Compute a formula in floats at the one point; nan where it is no real number there."""
        places = {i: 1 + k % 2 for k, i in enumerate(at) if i.is_Symbol}
        try:
            return self._value(sp.sympify(expr), places)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return math.nan

    def _value(self, e, places) -> float:
        if e.is_Number or e.is_NumberSymbol:
            return float(e)
        if e.is_Symbol:
            if e.is_integer and e.is_positive:  # an index or a size
                return places.get(e, _SIZE)
            return self._entry(e.name, ())
        if isinstance(e, sp.Indexed):
            indices = tuple(round(self._value(i, places)) for i in e.indices)
            return self._entry(str(e.base.label), indices)
        if isinstance(e, sp.Sum):
            return self._sum(e.function, list(e.limits), places)
        if isinstance(e, sp.Piecewise):
            cases = (value for value, case in e.args if self._holds(case, places))
            return self._value(next(cases, sp.nan), places)
        values = [self._value(a, places) for a in e.args]
        if e.is_Add:
            return sum(values)
        if e.is_Mul:
            return math.prod(values)
        if e.is_Pow:
            return math.pow(*values)
        if isinstance(e, sp.KroneckerDelta):
            return float(values[0] == values[1])
        if hasattr(e.func, "unknown"):
            turns = (math.sin((k + 2) * v) for k, v in enumerate(values))
            return _chance(e.func.__name__) + sum(turns)
        if e.func in _FAST:
            return _FAST[e.func](*values)
        return float(e.func(*(int(v) if v == int(v) else sp.Float(v) for v in values)))

    def _sum(self, body, limits, places) -> float:
        if not limits:
            return self._value(body, places)
        index, first, last = limits[-1]
        steps = range(int(self._value(first, places)), int(self._value(last, places)) + 1)
        return sum(self._sum(body, limits[:-1], {**places, index: k}) for k in steps)

    def _holds(self, condition, places) -> bool:
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, (sp.And, sp.Or, sp.Not)):
            parts = (sp.sympify(self._holds(part, places)) for part in condition.args)
            return bool(condition.func(*parts))
        return bool(condition.func(*(sp.Float(self._value(a, places)) for a in condition.args)))

    def _entry(self, name, indices) -> float:
        known = self._entries.get((name, indices))
        if known is None:
            define = self._definitions.get(name)
            known = (
                self._value(define(*map(sp.Integer, indices)), {})
                if define
                else _chance(f"{name}{indices}")
            )
            self._entries[name, indices] = known
        return known


def _chance(name: str) -> float:
    """Give a name its number: generic, and the same in every run."""
    return 0.4 + 1.2 * crc32(name.encode()) / 2**32


def fingerprints_of(reading) -> Fingerprints:
    """Give the fingerprints of a reading's formulas, named quantities put in."""
    if hasattr(reading, "definitions"):  # one symbol for each entry
        known = {str(s): (lambda d=d: d) for s, d in reading.definitions.items()}
    else:
        known = {q.name: q.definition for q in reading.quantities.values() if q.definition}
    return Fingerprints(known)
