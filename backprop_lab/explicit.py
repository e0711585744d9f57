"""An index form at numbers: its value, and SymPy's explicit Jacobian at the same sizes.

A formula that holds for every size holds at N = 2, p = 3. There the Jacobian can be written out,
entry by entry, from the function alone: no delta and no sum over an index takes part.
"""

from __future__ import annotations

import functools
import inspect

import numpy as np
import sympy as sp

from backprop_lab import symbolic
from backprop_lab.index_factors import fresh
from backprop_lab.index_numbers import combined, entries_of_arrays, number, whole


def form_at(d, sizes: dict, arrays: dict) -> np.ndarray:
    """Compute the cotangent that a derivation found, every entry of it, at sizes in numbers."""
    letters, arrays = _letters(sizes), dict(arrays)
    for q in d.reading.quantities.values():
        if q.definition is not None:
            arrays[q.name] = _table(q.definition, q.shape, arrays, letters)
    free = {s.name for s in d.truth.free_symbols}
    for q in d.later():  # the cotangents that the form is made of, from their own derivations
        if f"{q.name}_bar" in free:
            arrays[f"{q.name}_bar"] = form_at(d.cotangent_of(q), sizes, arrays)
    at = dict(zip(d.indices, range(len(d.indices)), strict=True))
    entry = lambda *k: d.truth.xreplace({i: k[n] for i, n in at.items() if i.is_Symbol})  # noqa: E731
    return _table(entry, d.shape, arrays, letters)


def _letters(sizes) -> dict:
    return {sp.Symbol(n, integer=True, positive=True): k for n, k in sizes.items()}


def _table(entry, shape, arrays, letters) -> np.ndarray:
    """Compute every entry of an array."""
    out = np.empty(tuple(whole(n, letters) for n in shape))
    own = tuple(sp.Integer(1) if n == 1 else fresh() for n in shape)
    formula, known = entry(*own), entries_of_arrays(arrays)
    for index in np.ndindex(*out.shape):
        at = {i: k + 1 for i, k in zip(own, index, strict=True) if i.is_Symbol}
        out[index] = number(formula, known, letters | at)
    return out


def explicit_at(d, sizes: dict, arrays: dict) -> np.ndarray:
    """Compute ȳ times SymPy's Jacobian of the function, written out at sizes in numbers."""
    inputs = [name for name in inspect.signature(d.f).parameters if name in arrays]
    shapes = {name: np.shape(arrays[name]) for name in inputs}
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
            point[expr] = number(expr, lambda name, _: names[name], {})
        else:
            point[expr] = combined(expr, [_number(part, point) for part in expr.args])
    return point[expr]
