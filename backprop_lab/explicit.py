"""An index form at numbers: its value, and SymPy's explicit Jacobian at the same sizes.

A formula that holds for every size holds at N = 2, p = 3. There the Jacobian can be written out,
entry by entry, from the function alone: no delta and no sum over an index takes part.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import sympy as sp

from backprop_lab import symbolic
from backprop_lab.index_factors import At, AtMost, fresh

_EXACT = {sp.exp: math.exp, sp.log: math.log, sp.tanh: math.tanh, sp.sqrt: math.sqrt}


def value_at(expr, arrays: dict, whole: dict) -> float:
    """Compute an index form: `arrays` holds numbers by name, `whole` sizes and indices.

    >>> k, n = sp.symbols("k n", integer=True, positive=True)
    >>> form = sp.Sum(k * sp.IndexedBase("x")[k], (k, 1, n))
    >>> value_at(form, {"x": np.array([1.0, 10.0])}, {n: 2})
    21.0
    """
    if isinstance(expr, sp.Sum):
        return _sum(expr.function, expr.limits, arrays, whole)
    if isinstance(expr, sp.Indexed):
        at = tuple(_index(i, whole) - 1 for i in expr.indices)
        inside = all(0 <= k < n for k, n in zip(at, arrays[str(expr.base)].shape, strict=True))
        return float(arrays[str(expr.base)][at]) if inside else 0.0  # where [2 ≤ b] is 0 as well
    if expr.is_Symbol:
        return float(whole[expr] if expr in whole else arrays[expr.name])
    if not expr.args:
        return float(expr)
    if isinstance(expr, At):
        return float(_index(expr, whole))
    if isinstance(expr, AtMost):
        return float(np.less_equal(*(_index(i, whole) for i in expr.args)))
    if isinstance(expr, sp.Piecewise):
        held = (v for v, condition in expr.args if _holds(condition, arrays, whole))
        return value_at(next(held), arrays, whole)
    return _combined(expr, [value_at(part, arrays, whole) for part in expr.args])


def _combined(expr, parts: list) -> float:
    """Apply the outermost operation of an expression to the numbers below it."""
    if expr.is_Add or expr.is_Mul:
        return math.fsum(parts) if expr.is_Add else math.prod(parts)
    if expr.is_Pow:
        return float(parts[0] ** parts[1])
    if isinstance(expr, sp.KroneckerDelta):
        return float(parts[0] == parts[1])
    if expr.func in _EXACT:
        return _EXACT[expr.func](*parts)
    return float(expr.func(*(sp.Float(v, 20) for v in parts)))


def _holds(condition, arrays, whole) -> bool:
    """Decide a condition, made of comparisons."""
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.logic.boolalg.BooleanFunction):
        parts = (sp.sympify(_holds(c, arrays, whole)) for c in condition.args)
        return bool(condition.func(*parts))
    return bool(condition.func(*(sp.Float(value_at(x, arrays, whole)) for x in condition.args)))


def _index(i, whole) -> int:
    if i.is_Symbol or i.is_Integer:
        return int(whole.get(i, i))
    return int(i.xreplace({s: sp.Integer(whole[s]) for s in i.free_symbols}))


def _sum(body, limits, arrays, whole) -> float:
    """Add over the last limit, then over those before it."""
    if not limits:
        return value_at(body, arrays, whole)
    *rest, (index, first, last) = limits
    steps = range(_index(first, whole), _index(last, whole) + 1)
    return math.fsum(_sum(body, rest, arrays, {**whole, index: k}) for k in steps)


def form_at(d, sizes: dict, arrays: dict) -> np.ndarray:
    """Compute the cotangent that a derivation found, every entry of it, at sizes in numbers."""
    whole = {sp.Symbol(n, integer=True, positive=True): k for n, k in sizes.items()}
    arrays = dict(arrays)
    for q in d.reading.quantities.values():
        if q.definition is not None:
            arrays[q.name] = _table(q.definition, q.shape, arrays, whole)
    free = {s.name for s in d.truth.free_symbols}
    for q in d.later():  # the cotangents that the form is made of, from their own derivations
        if f"{q.name}_bar" in free:
            arrays[f"{q.name}_bar"] = form_at(d.cotangent_of(q), sizes, arrays)
    at = dict(zip(d.indices, range(len(d.indices)), strict=True))
    entry = lambda *k: d.truth.xreplace({i: k[n] for i, n in at.items() if i.is_Symbol})  # noqa: E731
    return _table(entry, d.shape, arrays, whole)


def _table(entry, shape, arrays, whole) -> np.ndarray:
    """Compute every entry of an array."""
    out = np.empty(tuple(_index(n, whole) for n in shape))
    own = tuple(sp.Integer(1) if n == 1 else fresh() for n in shape)
    formula = entry(*own)
    for index in np.ndindex(*out.shape):
        at = {i: k + 1 for i, k in zip(own, index, strict=True)}
        out[index] = value_at(formula, arrays, whole | at)
    return out


def numbers_for(d, sizes: dict, seed: int = 3) -> dict[str, np.ndarray]:
    """Draw numbers for the inputs of a derivation, and for the cotangent of its output."""
    rng = np.random.default_rng(seed)
    shapes = {n: tuple(sizes.get(k, k) for k in s) for n, s in d.shapes.items()}
    arrays = {n: rng.standard_normal(s) if s else np.float64(0.7) for n, s in shapes.items()}
    whole = {sp.Symbol(n, integer=True, positive=True): k for n, k in sizes.items()}
    out = tuple(_index(n, whole) for n in d.output.shape)
    arrays[f"{d.output.name}_bar"] = rng.standard_normal(out) if out else np.float64(1.0)
    return arrays


def explicit_at(d, sizes: dict, arrays: dict) -> np.ndarray:
    """Compute ȳ times SymPy's Jacobian of the function, written out at sizes in numbers."""
    shapes = {n: np.shape(arrays[n]) for n in d.shapes}
    reading = symbolic.read(d.f, shapes)
    own = reading.quantities[d.wrt].symbols
    point = {
        s: float(v)
        for n in shapes
        for s, v in zip(reading.quantities[n].symbols.flat, np.ravel(arrays[n]), strict=True)
    }
    definitions = reading.definitions
    for s in own.flat:
        if s in definitions:
            point[s] = _number(reading.expanded(definitions[s]), point)
    later = [(s, e) for s, e in reversed(definitions.items()) if s not in set(own.flat)]
    total = np.zeros(own.shape)
    bars = np.ravel(arrays[f"{d.output.name}_bar"])
    for entry, bar in zip(reading.output.flat, bars, strict=True):
        full = functools.reduce(lambda e, one: e.xreplace(dict([one])), later, sp.sympify(entry))
        slopes = {i: sp.diff(full, own[i]) for i in np.ndindex(*own.shape)}
        for i, slope in slopes.items():
            total[i] += bar * _number(slope, point)
    return total


def _number(expr, point) -> float:
    """Compute a formula, each part of it once: the entries of a Jacobian share most of theirs."""
    expr = sp.sympify(expr)
    if expr not in point:
        cases = isinstance(expr, (sp.Piecewise, sp.Heaviside))
        if cases or not expr.args:
            names = {s.name: point[s] for s in expr.free_symbols}
            point[expr] = value_at(expr, names, {})
        else:
            point[expr] = _combined(expr, [_number(part, point) for part in expr.args])
    return point[expr]


def two_sizes(d) -> tuple[dict, dict]:
    """Choose two small sizes for every letter, no matrix of them square."""
    letters = sorted({n for s in d.shapes.values() for n in s if isinstance(n, str)})
    return tuple({n: 2 + (k + turn) % 2 for k, n in enumerate(letters)} for turn in (0, 1))


def agreement(d, judge: Callable = explicit_at) -> list[dict]:
    """List the sizes at which a derivation agrees with the explicit Jacobian, two of two if right.

    >>> from backprop_lab import derive
    >>> agreement(derive(lambda X, W: X @ W, "X", {"X": ("N", "p"), "W": ("p", "m")}))
    [{'N': 2, 'm': 3, 'p': 2}, {'N': 3, 'm': 2, 'p': 3}]
    """
    agreed = []
    for sizes in two_sizes(d):
        arrays = numbers_for(d, sizes)
        mine, theirs = form_at(d, sizes, arrays), judge(d, sizes, arrays)
        if np.all(np.abs(mine - theirs) <= 1e-9 * (1 + np.abs(theirs))):
            agreed.append(sizes)
    return agreed
