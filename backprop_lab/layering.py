"""Where the quantities of a graph stand: in layers by depth, with few crossings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from backprop_lab.graph import NamedGraph

Slot = str | tuple[str, str, int]  # a quantity, or the place where a long edge passes a layer


@dataclass(frozen=True)
class Layout:
    """`layers` from the inputs to the output; `routes` says which slots each edge passes."""

    layers: tuple[tuple[Slot, ...], ...]
    routes: dict[tuple[str, str], tuple[Slot, ...]]


def layout(graph: NamedGraph) -> Layout:
    """Put every quantity below what it is made from, an input directly above its first use."""
    depth: dict[str, int] = {}
    for node in graph.nodes:
        tails = [e.tail for e in graph.edges if e.head == node.name]
        depth[node.name] = 1 + max((depth[t] for t in tails), default=-1)
    for node in graph.nodes:
        if node.is_input:
            uses = [depth[e.head] for e in graph.edges if e.tail == node.name]
            depth[node.name] = min(uses, default=1) - 1
    layers: list[list[Slot]] = [[] for _ in range(1 + max(depth.values()))]
    for node in graph.nodes:
        layers[depth[node.name]].append(node.name)
    routes = {}
    for e in graph.edges:
        between = [(e.tail, e.head, k) for k in range(depth[e.tail] + 1, depth[e.head])]
        for slot in between:
            layers[slot[2]].append(slot)
        routes[e.tail, e.head] = (e.tail, *between, e.head)
    inputs = {node.name for node in graph.nodes if node.is_input}
    layers = _flank(_uncross(layers, list(routes.values())), inputs, list(routes.values()))
    return Layout(tuple(map(tuple, layers)), routes)


def _flank(layers, inputs, routes) -> list[list[Slot]]:
    """Move late inputs to the two sides of what is computed, where that adds no crossing."""
    pairs = [pair for route in routes for pair in pairwise(route)]
    for k in range(1, len(layers)):
        late = [slot for slot in layers[k] if slot in inputs]
        rest = [slot for slot in layers[k] if slot not in inputs]
        half = len(late) // 2
        moved = [*layers[:k], [*late[:half], *rest, *late[half:]], *layers[k + 1 :]]
        if _crossings(moved, pairs) <= _crossings(layers, pairs):
            layers = moved
    return layers


def _uncross(layers: list[list[Slot]], routes: list[tuple[Slot, ...]]) -> list[list[Slot]]:
    """Order each layer by the mean place of its neighbours, a few sweeps down and up.

    Source: Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system
    structures, IEEE Trans. SMC 11 (1981), the barycentre heuristic.
    """
    pairs = [pair for route in routes for pair in pairwise(route)]
    steps = range(1, len(layers))
    best, fewest = [list(layer) for layer in layers], _crossings(layers, pairs)
    for _ in range(4):
        for order, tail, head in ((steps, 0, 1), (reversed(steps), 1, 0)):
            for k in order:
                here, other = (
                    (layers[k], layers[k - 1]) if tail == 0 else (layers[k - 1], layers[k])
                )
                place = {slot: (i + 0.5) / len(other) for i, slot in enumerate(other)}
                mean = {}
                for i, slot in enumerate(here):
                    near = [place[p[tail]] for p in pairs if p[head] == slot and p[tail] in place]
                    mean[slot] = sum(near) / len(near) if near else (i + 0.5) / len(here)
                here.sort(key=mean.__getitem__)
        crossings = _crossings(layers, pairs)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _crossings(layers: list[list[Slot]], pairs: list[tuple[Slot, Slot]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        top = {slot: i for i, slot in enumerate(upper)}
        bottom = {slot: i for i, slot in enumerate(lower)}
        ends = [(top[a], bottom[b]) for a, b in pairs if a in top and b in bottom]
        count += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ends) for c, d in ends[:i])
    return count
