"""What a graph says: each quantity, slope and path in TeX for the drawing, and in words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from backprop_lab.draw import words
from backprop_lab.draw.pathlist import Block
from backprop_lab.graph import Edge, NamedGraph, Node


class Writing:
    """The texts of a graph: with `bars` cotangents are w̄, else ∂L/∂w; `shapes` replace numbers."""

    def __init__(self, graph: NamedGraph, bars: bool, shapes: bool):
        self.graph, self.bars, self.shapes = graph, bars, shapes
        self.output = graph.nodes[-1].name
        self.tex = {n.name: words.tex_name(n.name, n.latex) for n in graph.nodes}
        self.slopes = {(e.tail, e.head): None if shapes else e.slope for e in graph.edges}

    def cotangent(self, node: Node) -> str:
        """Give the TeX of a node's cotangent, without its value."""
        if self.bars:
            return words.bar_tex(node.name, node.latex)
        return f"\\partial {self.tex[self.output]}/\\partial {self.tex[node.name]}"

    def lines(self, node: Node) -> tuple[str, str]:
        """Write a node's value and its cotangent; an array's shape stands for its numbers."""
        tex, bar = self.tex[node.name], self.cotangent(node)
        if self.shapes or np.ndim(node.value):
            shapes = [words.tex_shape(np.shape(v)) for v in (node.value, node.bar)]
            return f"${tex}: {shapes[0]}$", f"${bar}: {shapes[1]}$"
        return _equation(tex, node.value), _equation(bar, node.bar)

    def slope(self, edge: Edge, short: bool) -> str:
        """Write the slope of an edge, `short` as the number alone; '' where there is none."""
        value = self.slopes[edge.tail, edge.head]
        if value is None:
            return ""
        if short:
            return f"${words.tex_number(value)}$"
        d = "d" if self._alone(edge) else "\\partial "
        return _equation(f"{d}{self.tex[edge.head]}/{d}{self.tex[edge.tail]}", value)

    def _alone(self, edge: Edge) -> bool:
        """Say whether the head depends on the tail alone: then its derivative is written with d."""
        return sum(e.head == edge.head for e in self.graph.edges) == 1

    def _paths(self, source: str) -> list[tuple[tuple[str, ...], list[float], float]]:
        """Give each path with its slopes, the output's first as in the chain rule, and product."""
        found = []
        for path in self.graph.paths(source):
            factors = [self.slopes[pair] for pair in pairwise(path)][::-1]
            found.append((path, factors, float(np.prod(factors))))
        return found

    def block(self, source: str) -> Block:
        """Write the paths from `source` for the list below the graph."""
        paths = self._paths(source)
        rows = []
        for path, factors, value in paths:
            names = r" \to ".join(self.tex[name] for name in path)
            rows.append((f"${names}$", f"${words.product(factors, value, tex=True)}$"))
        node = self.graph[source]
        total = words.total([value for *_, value in paths], float(node.bar), tex=True)
        return Block(self.tex[source], (*rows, (f"${self.cotangent(node)}$", f"$= {total}$")))

    def alt(self, rows: list[list[str]], sources: list[str]) -> str:
        """Say the whole figure in words; `rows` are the names in each row, from the top."""
        say = words.say_name
        graph = "; ".join(", ".join(map(say, row)) for row in rows)
        said = [f"Graph, from top to bottom: {graph}."]
        said.append(" ".join(self._say_node(node) for node in self.graph.nodes))
        rank = {node.name: k for k, node in enumerate(self.graph.nodes)}
        slopes = [
            _say(f"{d}{say(e.head)}/{d}{say(e.tail)}", self.slopes[e.tail, e.head])
            for e in sorted(self.graph.edges, key=lambda e: (rank[e.head], rank[e.tail]))
            for d in ("d" if self._alone(e) else "∂",)
            if self.slopes[e.tail, e.head] is not None
        ]
        said += [f"Local derivatives: {', '.join(slopes)}."] if slopes else []
        for source in sources:
            paths = self._paths(source)
            listed = [
                f"{' → '.join(map(say, path))}: {words.product(factors, value)}"
                for path, factors, value in paths
            ]
            total = words.total([value for *_, value in paths], float(self.graph[source].bar))
            said.append(f"Paths from {say(source)}: {'; '.join(listed)}.")
            said.append(f"Sum over the paths from {say(source)}: {total}.")
        return "\n".join(said)

    def _say_node(self, node: Node) -> str:
        name = words.say_name(node.name)
        if self.shapes or np.ndim(node.value):
            shapes = [words.say_shape(np.shape(v)) for v in (node.value, node.bar)]
            return f"{name}: {shapes[0]}, cotangent {shapes[1]}."
        bar = f"cotangent of {name}" if self.bars else f"∂{words.say_name(self.output)}/∂{name}"
        return f"{_say(name, node.value)}, {_say(bar, node.bar)}."


def _equation(left: str, value: float) -> str:
    return f"${left} {words.tex_relation(value)} {words.tex_number(value)}$"


def _say(left: str, value: float) -> str:
    return f"{left} {words.relation(value)} {words.say_number(value)}"
