"""A scalar function as formulas for the page: values, local derivatives and cotangents.

SymPy reads the function once; what it names with `let` becomes a formula each, and so does every
local derivative. Nothing is taken from the engine, whose numbers the tests compare with these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import sympy as sp

from backprop_lab import symbolic
from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Term, Tree
from backprop_lab.explorers.symbols import from_sympy
from backprop_lab.graph import NamedGraph, named_graph
from backprop_lab.slopes import tidy


def bar_key(output: str, name: str) -> str:
    """Name the cotangent ∂output/∂name among the formulas."""
    return f"∂{output}/∂{name}"


def formulas_of(f: Callable, graph: NamedGraph) -> dict[str, Tree]:
    """Give a formula for every value, local derivative and cotangent of the graph of `f`.

    Keys are names ("z") and derivatives ("∂z/∂w"); those of the output by a node are its
    cotangents.
    """
    inputs = [n.name for n in graph.nodes if n.is_input]
    reading = symbolic.read(f, dict.fromkeys(_arguments(f, graph), ()))
    output = graph.nodes[-1].name
    symbols = {n.name: _symbol(reading, n.name, output) for n in graph.nodes}
    names = {symbol: name for name, symbol in symbols.items()}
    formulas: dict[str, Tree] = {}
    slopes: dict[tuple[str, str], Tree] = {}
    for node in graph.nodes:
        if node.name in inputs:
            continue
        definition = _definition(reading, symbols[node.name], node.name, output)
        formulas[node.name] = from_sympy(definition, names)
        for e in graph.edges:
            if e.head == node.name:
                slope = stable(sp.diff(definition, symbols[e.tail]))
                slopes[e.tail, e.head] = from_sympy(slope, names)
    for (tail, head), tree in slopes.items():
        if head != output or _shared(graph, tail):
            formulas[slope_key(graph, tail, head)] = tree
    formulas |= _cotangents(graph, output, slopes)
    return formulas


def _shared(graph, tail) -> bool:
    return sum(e.tail == tail for e in graph.edges) > 1


def slope_key(graph: NamedGraph, tail: str, head: str) -> str:
    """Name a local derivative; one of the output that is not the whole derivative says "direct"."""
    output = graph.nodes[-1].name
    direct = head == output and _shared(graph, tail)
    return f"∂{head}/∂{tail}" + " direct" * direct


def edge_key(graph: NamedGraph, tail: str, head: str) -> str:
    """Name the formula of an edge's slope: a lone edge into the output is the cotangent itself."""
    output = graph.nodes[-1].name
    if head == output and not _shared(graph, tail):
        return bar_key(output, tail)
    return slope_key(graph, tail, head)


def _cotangents(graph, output, slopes):
    bars: dict[str, Tree] = {bar_key(output, output): 1.0}
    for node in reversed(graph.nodes[:-1]):
        total = None
        for e in graph.edges:
            if e.tail != node.name:
                continue
            if e.head == output:
                direct = _shared(graph, e.tail)
                tree = slope_key(graph, e.tail, e.head) if direct else slopes[e.tail, e.head]
                part = Term(tree)
            else:
                part = Term(bar_key(output, e.head)) * Term(slope_key(graph, e.tail, e.head))
            total = part if total is None else total + part
        bars[bar_key(output, node.name)] = total.tree
    return bars


def _arguments(f, graph):
    from backprop_lab.derivation import argument_names

    return argument_names(f)


def _symbol(reading, name, output):
    if name in reading.quantities:
        return reading.quantities[name].symbols[()]
    return sp.Symbol(f"{name}__out", real=True)  # the output, which no `let` named


def _definition(reading, symbol, name, output):
    return reading.definitions.get(symbol, reading.output[()])


def stable(slope: sp.Expr) -> sp.Expr:
    """Write a slope so that it keeps its digits where the function is flat.

    1 − tanh² loses them all, and e⁻ᶻ/(1 + e⁻ᶻ)² is infinite over infinite: 1/cosh² and
    1/((1 + eᶻ)(1 + e⁻ᶻ)) are the same functions without that fault.

    >>> z = sp.Symbol("z", real=True)
    >>> stable(1 - sp.tanh(z) ** 2), stable(sp.exp(-z) / (1 + sp.exp(-z)) ** 2)
    (cosh(z)**(-2), 1/((1 + exp(-z))*(exp(z) + 1)))
    """
    u, c = sp.Wild("u"), sp.Wild("c", properties=[lambda e: e.is_number and e != 0])
    patterns = (
        (1 - sp.tanh(u) ** 2, 1 / sp.cosh(u) ** 2),
        (c - c * sp.tanh(u) ** 2, c / sp.cosh(u) ** 2),
    )
    slope = sp.factor(slope) if slope.is_Add and slope.has(sp.exp) else slope
    if any(p.exp.free_symbols and p.base != sp.E for p in slope.atoms(sp.Pow)):
        slope = sp.powsimp(slope)  # n·xⁿ/x is n·xⁿ⁻¹, which is defined at 0
    for pattern, better in patterns:
        slope = slope.replace(pattern, better)
    slope = slope.replace(lambda e: e.is_Mul, _divided_through)
    return slope if slope.has(sp.exp, sp.cosh) else tidy(slope)


def _divided_through(product: sp.Mul) -> sp.Expr:
    """Write eᵘ/(1 + eᵛ + …) as 1/(e⁻ᵘ + eᵛ⁻ᵘ + …), of which no part is infinite over infinite."""
    powers = [e for e in product.args if isinstance(e, sp.exp)]
    below = [e for e in product.args if e.is_Pow and e.exp in (-1, -2) and _of_powers(e.base)]
    if len(powers) != 1 or len(below) != 1:
        return product
    total = below[0].base
    lighter = sp.Add(*(part / powers[0] for part in total.args))
    rest = product / powers[0] / below[0] / lighter
    return rest / total if below[0].exp == -2 else rest


def _of_powers(total: sp.Expr) -> bool:
    """Whether an expression is a sum of numbers and of multiples of powers of e."""
    parts = [part.as_coeff_Mul()[1] for part in total.args] if total.is_Add else []
    return bool(parts) and all(p == 1 or isinstance(p, sp.exp) for p in parts)


def measured(f: Callable, inputs: list[str]) -> Callable[[Mapping], dict]:
    """Make the function that gives the same numbers by the engine, state by state."""

    def measure(state: Mapping) -> dict:
        graph = named_graph(f, *(np.float64(state[name]) for name in inputs))
        output = graph.nodes[-1].name
        numbers = {}
        for node in graph.nodes:
            if not node.is_input:
                numbers[node.name] = float(node.value)
            numbers[bar_key(output, node.name)] = float(node.bar)
        for e in graph.edges:
            if e.head != output or _shared(graph, e.tail):
                numbers[slope_key(graph, e.tail, e.head)] = e.slope
        return numbers

    return measure


def merged(choice: str, options: list[Mapping[str, Tree]]) -> dict[str, Tree]:
    """Join the formulas of several functions of one graph: `choice` picks the one that holds."""
    first = options[0]
    different = [o for o in options if list(o) != list(first)]
    if different:
        raise TraceError("explore: the functions to choose from name different quantities.")
    return {
        key: first[key]
        if all(o[key] == first[key] for o in options)
        else ["pick", choice, *(o[key] for o in options)]
        for key in first
    }
