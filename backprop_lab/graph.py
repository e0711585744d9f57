"""The graph of the named quantities of one run: values forward, cotangents back, slopes between.

What `let` named are the nodes; everything between two named values is folded into one edge. The
numbers come from the tape alone, so a figure drawn from this graph shows what the engine did.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of
from backprop_lab.tape import Tape, Var, backward, ones_like_output
from backprop_lab.transforms import as_primal, plain


@dataclass(frozen=True)
class Node:
    """A named quantity: its primal `value` and its cotangent `bar` = ∂(output)/∂(this)."""

    name: str
    latex: str | None
    value: object
    bar: object
    is_input: bool


@dataclass(frozen=True)
class Edge:
    """A direct dependence of `head` on `tail`, with its local derivative ∂head/∂tail.

    `slope` is a float where both ends are numbers, and None otherwise.
    """

    tail: str
    head: str
    slope: float | None


@dataclass(frozen=True)
class NamedGraph:
    """Nodes in the order of computation; the edges between them, in the order of their heads."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def __getitem__(self, name: str) -> Node:
        """Return the node called `name`."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"no quantity {name!r}; there are {[n.name for n in self.nodes]}")

    def paths(self, start: str, end: str | None = None) -> list[tuple[str, ...]]:
        """List every path from `start` to `end` (the output), each as a tuple of names.

        >>> def f(t):
        ...     x = let("x", t * t)
        ...     return let("f", x + 3 * t)
        >>> from backprop_lab import let
        >>> named_graph(f, 1.0).paths("t")
        [('t', 'x', 'f'), ('t', 'f')]
        """
        end = self.nodes[-1].name if end is None else end
        if start == end:
            return [(end,)]
        heads = [e.head for e in self.edges if e.tail == start]
        return [(start, *rest) for head in heads for rest in self.paths(head, end)]


def argument_names(f: Callable, count: int) -> list[str]:
    """Names of the first `count` positional arguments of `f`."""
    if not callable(f):
        raise TraceError(f"a function is needed, such as lambda w, x: w * x; got {f!r}.")
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in inspect.signature(f).parameters.values() if p.kind in kinds]
    if len(names) < count:
        raise TraceError(
            f"{getattr(f, '__name__', 'f')} takes {len(names)} named positional arguments; "
            f"{count} were given."
        )
    return names[:count]


def named_graph(f: Callable, *primals, **static) -> NamedGraph:
    """Run a scalar function once, and give the graph of its inputs and its `let` quantities.

    The output is named by its `let`, or `out` where it has none. Quantities the output does not
    depend on are left out.

    >>> def f(w, x):
    ...     z = let("z", w * x)
    ...     return let("L", z * z)
    >>> from backprop_lab import let
    >>> g = named_graph(f, 2.0, 3.0)
    >>> g["z"].bar, [(e.tail, e.head, e.slope) for e in g.edges]
    (12.0, [('x', 'z', 2.0), ('w', 'z', 3.0), ('z', 'L', 12.0)])
    """
    tape = Tape()
    inputs = [as_primal(x, i, "named_graph") for i, x in enumerate(primals)]
    variables = [tape.watch(x) for x in inputs]
    for variable, name in zip(variables, argument_names(f, len(primals)), strict=True):
        tape.name(variable, name, None)
    y = tape.run(f, variables, static)
    if isinstance(y, (tuple, list, dict)) or y is None:
        raise TraceError(f"named_graph: the function returned a {type(y).__name__}, not a number.")
    if not isinstance(y, Var) or y.tracer is not tape:
        raise TraceError("named_graph: the output does not depend on any argument.")
    if y.shape != ():
        raise TraceError(
            f"named_graph needs a scalar output; {getattr(f, '__name__', 'f')} returned shape "
            f"{y.shape}."
        )
    y = y if y.index in tape.names and y.index >= len(inputs) else y.__let__("out", None)
    names, values = tape.names, tape.named_values
    bars = {y.index: ones_like_output(y.value)}
    edges = []
    for head in sorted(names, reverse=True):
        if head not in bars or head < len(inputs):
            continue
        both_numbers = shape_of(values[head]) == ()
        local = (
            backward(tape, head, ones_like_output(values[head]), stop=names)
            if both_numbers
            else None
        )
        for tail, bar in enumerate(backward(tape, head, bars[head], stop=names)):
            if bar is None or tail == head:
                continue
            bars[tail] = bars[tail] + bar if tail in bars else bar
            number = both_numbers and shape_of(values[tail]) == ()
            slope = float(local[tail]) if number else None
            edges.append(Edge(names[tail][0], names[head][0], slope))
    order = [i for i in sorted(names) if i in bars]
    nodes = [
        Node(*names[i], plain(values[i]), plain(np.asarray(bars[i])), i < len(inputs))
        for i in order
    ]
    rank = {n.name: k for k, n in enumerate(nodes)}
    edges.sort(key=lambda e: (rank[e.head], -rank[e.tail]))
    return NamedGraph(tuple(nodes), tuple(edges))
