"""A map from vectors to vectors as formulas for the page: values, and every entry of its Jacobian.

SymPy reads the function once and differentiates it through the quantities that `let` named, so a
formula stays as short as the function. Nothing is taken from the engine.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from backprop_lab import symbolic
from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Tree
from backprop_lab.explorers.reading import stable
from backprop_lab.explorers.symbols import from_sympy

SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
MOST = 9  # entries of a vector: beyond, J111 could be two entries


def entry(i: int, j: int) -> str:
    """Name the formula of ∂yᵢ/∂xⱼ, counted from 1."""
    return f"J{i}{j}"


def sub(letter: str, k: int) -> str:
    """Write an entry of a vector for a drawing: the letter in italics, its index upright.

    >>> sub("y", 2)
    '*y*₂'
    """
    return f"*{letter}*{SUBSCRIPTS[k]}"


def slope_name(i: int, j: int) -> str:
    """Write ∂yᵢ/∂xⱼ for a drawing."""
    return f"∂{sub('y', i)}/∂{sub('x', j)}"


def map_formulas(f: Callable, n: int) -> dict[str, Tree]:
    """Give formulas of x1 … xn: what `f` names, its outputs y1 … ym, its Jacobian J11 … Jmn.

    >>> import numpy as np
    >>> map_formulas(lambda x: np.stack([x[0] * x[1], x[0] ** 2]), 2)["J12"]
    'x1'
    """
    reading = symbolic.read(f, {"x": (n,)})
    outputs = list(reading.output.ravel())
    if reading.output.ndim != 1 or max(len(outputs), n) > MOST:
        raise TraceError(
            f"explore: a map of vectors with at most {MOST} entries is needed; from shape {(n,)} "
            f"it makes shape {reading.output.shape}."
        )
    inputs = list(reading.quantities["x"].symbols)
    definitions = dict(reading.definitions)
    names = {s: str(s).replace("_", "") for s in [*inputs, *definitions]}
    formulas = {names[s]: from_sympy(d, names) for s, d in definitions.items()}
    for i, y in enumerate(outputs, 1):
        if f"y{i}" not in formulas:
            formulas[f"y{i}"] = from_sympy(y, names)
    for i, y in enumerate(outputs, 1):
        for j, x in enumerate(inputs, 1):
            formulas[entry(i, j)] = from_sympy(_slope(y, x, definitions), names)
    return formulas


def _slope(expr, x, definitions):
    """Differentiate through the named quantities: the sum over paths, with the names kept."""
    if expr == x:
        return sp.Integer(1)
    total = sp.Integer(0)
    for s in sorted(expr.free_symbols, key=str):
        if s in definitions:
            inner = _slope(definitions[s], x, definitions)
        else:
            inner = sp.Integer(int(s == x))
        if inner != 0:
            slope = sp.diff(expr, s)
            total += (stable(slope) if slope.has(sp.exp, sp.tanh) else slope) * inner
    # a value is at hand, and exp is its own slope
    at_hand = {d: s for s, d in definitions.items() if isinstance(d, sp.exp)}
    return sp.sympify(total).subs(at_hand)
