"""One number for a formula: a quick look that tells most formulas apart before one is proved.

A wrong line is compared with every wrong line that a slip makes. Two that differ in floats at one
generic point are different; only where they agree there does SymPy have to decide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping

import sympy as sp

from backprop_lab.index_factors import At
from backprop_lab.index_numbers import chance, combined, number, whole

_SIZES = (3, 2, *range(4, 100))  # what the letters of sizes stand for: no two for the same
_PLACES = 8  # looked at on a long axis of a fixed size
_ROUNDING = 2.0**-52
_NUMBER = (ValueError, OverflowError, ZeroDivisionError, TypeError)  # where there is none


class Fingerprints:
    """Numbers of formulas that share definitions: letters, arrays in index form, sums, cases.

    `definitions` gives for the name of a quantity a function from indices to its formula. What has
    none gets a number of its own between 0.4 and 1.6, and an unknown function a smooth one. At
    another `point` the numbers are others, of either sign. `sizes` holds what sizes count as.

    >>> x, y = sp.symbols("x y", real=True)
    >>> look = Fingerprints({"y": lambda: x**2})
    >>> look.alike(x * y, x**3), look.alike(x * y, x**2)
    (True, False)
    """

    def __init__(self, definitions: Mapping[str, Callable], sizes=(), point: int = 0) -> None:
        self._definitions, self._point = definitions, point
        self._sizes: dict = dict(sizes)
        self._entries: dict[tuple, tuple[float, float]] = {}
        self._sums: dict[tuple, tuple[float, float]] = {}
        self._letters: dict[sp.Expr, tuple] = {}

    def alike(self, a, b, at: tuple = (), shape: tuple = ()) -> bool:
        """Say whether two formulas may be equal: False is certain, True is not.

        `at` holds the free indices of both, to look at entries off the diagonal, and `shape` what
        each runs to, to look at more of them. An index that is not told counts as 1, which no axis
        is too short for; one that is a number stays one.
        """
        a, b, untold = sp.sympify(a), sp.sympify(b), _untold(a, b)
        return all(self.alike_at(a, b, untold | places) for places in self._places(at, shape))

    def alike_at(self, a, b, places: Mapping) -> bool:
        """Say whether two formulas may be equal at one place of their free indices."""
        (u, rough), (v, rougher) = self._number(a, places), self._number(b, places)
        apart = abs(u - v) > 1e-6 * (1 + abs(u) + abs(v)) + 100 * (rough + rougher)
        return not apart  # and what is no number may be anything

    def _places(self, at, shape) -> Iterator[dict]:
        """Give places of the free indices: first the second diagonal, then up to eight of each."""
        yield {i: 1 + k % 2 for k, i in enumerate(at) if i.is_Symbol}
        axes = {i: n for i, n in zip(at, shape, strict=False) if i.is_Symbol}
        ends = {i: whole(n, self._sized(n), None) for i, n in axes.items()}
        most = min(max(ends.values(), default=0), _PLACES)
        for k in range(most):
            yield {i: 1 + round(k * (n - 1) / (most - 1 or 1)) for i, n in ends.items()}

    def number(self, expr, places: Mapping) -> float:
        """Compute a formula in floats at the one point; nan where it is no real number there."""
        return self._number(sp.sympify(expr), places)[0]

    def _number(self, expr, places) -> tuple[float, float]:
        """Compute a formula, and by how much rounding may have moved it."""
        try:
            return self._value(expr, self._sized(expr) | dict(places))
        except _NUMBER:
            return math.nan, math.nan

    def _sized(self, expr) -> dict:
        """Give a number for every size in a formula, once for all formulas."""
        letters = self._whole_in(expr)
        for letter in sorted({*letters} - self._sizes.keys(), key=str):
            self._sizes[letter] = _SIZES[len(self._sizes)]
        return {letter: self._sizes[letter] for letter in letters}

    def _whole_in(self, expr) -> tuple:
        """Give the letters of indices and sizes that a formula depends on."""
        if expr not in self._letters:
            letters = (s for s in expr.free_symbols if s.is_integer and s.is_positive)
            self._letters[expr] = tuple(letters)
        return self._letters[expr]

    def _value(self, expr, letters: Mapping) -> tuple[float, float]:
        """Compute a formula; a sum that is met again, at the same indices, is not added again."""
        if expr.is_Symbol:
            index = expr.is_integer and expr.is_positive
            return (float(letters[expr]), 0.0) if index else self._entry(expr.name, ())
        if isinstance(expr, sp.Indexed):
            at = (whole(i, letters) for i in expr.indices)
            return self._entry(str(expr.base.label), tuple(at))
        if isinstance(expr, (At, sp.Piecewise)) or not expr.args:
            value = number(expr, lambda *at: self._entry(*at)[0], letters)
            exact = expr.is_Integer or isinstance(expr, At)
            cases = 1e-6 * (1 + abs(value)) if isinstance(expr, sp.Piecewise) else 0.0
            return value, cases + (0.0 if exact else _ROUNDING * abs(value))
        if not isinstance(expr, sp.Sum):
            parts = [self._value(part, letters) for part in expr.args]
            return _rounded(expr, *zip(*parts, strict=True))
        mine = tuple((i, letters[i]) for i in self._whole_in(expr))
        if (expr, mine) not in self._sums:
            bound = [i for i, *_ in expr.limits]
            runs = [range(1, 1 + whole(last, letters)) for *_, last in expr.limits]
            steps = itertools.product(*runs)
            at = (dict(mine) | dict(zip(bound, step, strict=True)) for step in steps)
            terms = [self._value(expr.function, there) for there in at]
            values = [value for value, _ in terms]
            largest = max(map(abs, values), default=0.0)
            rough = math.fsum(rough for _, rough in terms) + _ROUNDING * largest
            self._sums[expr, mine] = math.fsum(values), rough
        return self._sums[expr, mine]

    def _entry(self, name, indices) -> tuple[float, float]:
        known = self._entries.get((name, indices))
        if known is None:
            define = self._definitions.get(name)
            if define:
                formula = sp.sympify(define(*map(sp.Integer, indices)))
                known = self._value(formula, self._sized(formula))
            else:
                known = self._by_chance(f"{name}{indices}"), 0.0
            self._entries[name, indices] = known
        return known

    def _by_chance(self, name) -> float:
        value = chance(name)
        return value if not self._point else 3 * (chance(f"{name}{self._point}") - 1)


def _rounded(expr, values, errors) -> tuple[float, float]:
    """Apply the outermost operation of a formula to numbers, and to what rounding left on them."""
    value = combined(expr, list(values))
    if expr.is_Add:
        return value, math.fsum(errors) + _ROUNDING * max(map(abs, values))
    if expr.is_Mul:
        sizes = [abs(v) for v in values]
        far = math.prod(v + e for v, e in zip(sizes, errors, strict=True))
        return value, far - math.prod(sizes) + _ROUNDING * abs(value)
    if not any(errors):
        return value, _ROUNDING * abs(value)
    try:
        both = ([v + sign * e for v, e in zip(values, errors, strict=True)] for sign in (1, -1))
        moved = max(abs(combined(expr, parts) - value) for parts in both)
    except _NUMBER:
        return value, math.inf
    return value, 2 * moved + _ROUNDING * abs(value)


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
