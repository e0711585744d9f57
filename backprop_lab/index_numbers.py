"""An index form computed at numbers: sums are loops, and an entry is looked up where it is met.

One evaluator for all who compute such forms: receipts, the explicit Jacobian, and the quick look
that tells wrong lines apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from zlib import crc32

import numpy as np
import sympy as sp

from backprop_lab.conditions import STEPS
from backprop_lab.index_factors import At, AtMost

Entry = Callable[[str, tuple], float]  # of an array, by its name and its indices, counted from 1

_FAST = {sp.exp: math.exp, sp.log: math.log, sp.tanh: math.tanh, sp.sin: math.sin, sp.cos: math.cos}


def entries_of_arrays(arrays: Mapping) -> Entry:
    """Look entries up in arrays of numbers. Beside an axis it is 0, as the [2 ≤ b] before it is."""

    def entry(name, indices):
        array, at = np.asarray(arrays[name]), tuple(i - 1 for i in indices)
        inside = all(0 <= k < n for k, n in zip(at, array.shape, strict=True))
        return float(array[at]) if inside else 0.0

    return entry


def number(expr, entry: Entry, letters: Mapping, otherwise: int | None = None) -> float:
    """Compute an index form. `letters` holds the numbers of sizes and free indices.

    A letter that is not among them counts as `otherwise`. What is no index and no size is an entry
    without indices.

    >>> k, n = sp.symbols("k n", integer=True, positive=True)
    >>> form = sp.Sum(k * sp.IndexedBase("x")[k], (k, 1, n))
    >>> number(form, entries_of_arrays({"x": np.array([1.0, 10.0])}), {n: 2})
    21.0
    """
    if expr.is_Symbol:
        if expr.is_integer and expr.is_positive:
            return float(letters.get(expr, otherwise))
        return entry(expr.name, ())
    if expr.is_Number or expr.is_NumberSymbol:
        return float(expr)
    if isinstance(expr, sp.Indexed):
        places = (whole(i, letters, otherwise) for i in expr.indices)
        return entry(str(expr.base.label), tuple(places))
    if isinstance(expr, sp.Sum):
        return _sum(expr.function, expr.limits, entry, letters, otherwise)
    if isinstance(expr, At):
        return float(whole(expr, letters, otherwise))
    if isinstance(expr, sp.Piecewise):
        held = (v for v, case in expr.args if _holds(case, entry, letters, otherwise))
        return number(next(held, sp.nan), entry, letters, otherwise)
    if expr.is_Mul and any(
        number(step, entry, letters, otherwise) == 0
        for step in expr.args
        if isinstance(step, STEPS)
    ):
        return 0.0  # a case that is not met, whose value may be no number
    return combined(expr, [number(part, entry, letters, otherwise) for part in expr.args])


def whole(index, letters: Mapping, otherwise: int | None = None) -> int:
    """Compute an index or a size: a letter, a number, or a sum of such."""
    if index.is_Symbol or index.is_Integer:
        return int(letters.get(index, otherwise) if index.is_Symbol else index)
    known = {s: sp.Integer(letters.get(s, otherwise)) for s in index.free_symbols}
    return int(index.xreplace(known))


def combined(expr, parts: list) -> float:
    """Apply the outermost operation of an expression to the numbers below it."""
    if expr.is_Add or expr.is_Mul:
        return math.fsum(parts) if expr.is_Add else math.prod(parts)
    if expr.is_Pow:
        return math.pow(*parts)
    if isinstance(expr, sp.KroneckerDelta):
        return float(parts[0] == parts[1])
    if isinstance(expr, AtMost):
        return float(parts[0] <= parts[1])
    if hasattr(expr.func, "unknown"):  # a smooth function of its own for every name
        turns = (math.sin((k + 2) * v) for k, v in enumerate(parts))
        return chance(expr.func.__name__) + sum(turns)
    if expr.func in _FAST:
        return _FAST[expr.func](*parts)
    return float(expr.func(*(int(v) if v == int(v) else sp.Float(v, 20) for v in parts)))


def chance(name: str) -> float:
    """Give a name a number between 0.4 and 1.6: generic, and the same in every run."""
    return 0.4 + 1.2 * crc32(name.encode()) / 2**32


def _holds(condition, entry, letters, otherwise) -> bool:
    """Decide a condition, made of comparisons."""
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.logic.boolalg.BooleanFunction):
        parts = (sp.sympify(_holds(c, entry, letters, otherwise)) for c in condition.args)
        return bool(condition.func(*parts))
    sides = (sp.Float(number(x, entry, letters, otherwise)) for x in condition.args)
    return bool(condition.func(*sides))


def _sum(body, limits, entry, letters, otherwise) -> float:
    """Add over the last limit, then over those before it."""
    if not limits:
        return number(body, entry, letters, otherwise)
    *rest, (index, first, last) = limits
    steps = range(whole(first, letters, otherwise), whole(last, letters, otherwise) + 1)
    return math.fsum(_sum(body, rest, entry, {**letters, index: k}, otherwise) for k in steps)
