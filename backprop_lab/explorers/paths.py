"""Chapter 2: each path carries a product, and the products add; a forgotten one is missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from backprop_lab.explorers.controls import Button, Choice, Slider, Switch
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, term
from backprop_lab.explorers.panels import (
    BOX_H,
    BOX_W,
    WIDTH,
    derivative,
    in_brackets,
    letter,
    node_boxes,
    places,
    smooth,
)
from backprop_lab.explorers.reading import bar_key, edge_key, formulas_of, measured
from backprop_lab.explorers.scene import Scene, either, number
from backprop_lab.graph import NamedGraph, named_graph
from backprop_lab.naming import let

APART = 9.0  # between two paths that share an edge
SIGNS = ("local", "negative")  # the look of a positive product, and of a negative one


def _two_ways(t):
    x = let("x", t**2)
    y = let("y", 3 * t)
    return let("f", x**2 * y)


def _net(x1, x2):
    y1 = let("y1", x1 * x2)
    y2 = let("y2", x1**2 + x2)
    y3 = let("y3", x1 - x2)
    return let("L", 3 * y1 + y2 * y3)


def two_ways(f: Callable = _two_ways, t: float = 1.0) -> Explorer:
    """Build the explorer at the top of chapter 2: from t to f by way of x and of y.

    >>> two_ways().values()["sum"]
    np.float64(15.0)
    """
    return by_paths(
        "two-ways",
        f,
        [Slider("t", "*t*", -2.0, 2.0, t, 0.05)],
        "t",
        "From t to f by several paths",
        "Task: switch one path off. By how much is the slope wrong? Then find a t at which "
        "forgetting that path does no harm.",
    )


def nine_edges(f: Callable = _net, x1: float = 2.0, x2: float = 3.0) -> Explorer:
    """Build the explorer of nine edges and six paths, three of them from each input.

    >>> float(nine_edges().values()["sum"]), float(nine_edges().values(source=1)["sum"])
    (12.0, -2.0)
    """
    sliders = [Slider("x1", "*x₁*", -4.0, 4.0, x1, 0.1), Slider("x2", "*x₂*", -4.0, 4.0, x2, 0.1)]
    return by_paths(
        "nine-edges",
        f,
        sliders,
        ["x1", "x2"],
        "Nine edges, six paths",
        "Task: find x₁ and x₂ at which three paths that are not 0 add up to nothing.",
    )


def by_paths(
    name: str,
    f: Callable,
    sliders: Sequence[Slider],
    sources: str | Sequence[str],
    title: str,
    task: str = "",
) -> Explorer:
    """Build an explorer of the paths from one of `sources` to the output of a scalar function."""
    sources = [sources] if isinstance(sources, str) else list(sources)
    names = [s.name for s in sliders]
    graph = named_graph(f, *(np.float64(s.start) for s in sliders))
    output = graph.nodes[-1].name
    paths = [graph.paths(source) for source in sources]
    if len({len(p) for p in paths}) > 1:
        raise ValueError("explore: every source needs the same number of paths.")
    source, formulas = Term("source"), formulas_of(f, graph)
    count = len(paths[0])
    for k in range(count):
        products = [_product(graph, p[k]) for p in paths]
        formulas[f"path {k + 1}"] = (
            source.pick(*products) if len(sources) > 1 else products[0]
        ).tree
    formulas |= _totals(sources, output, count)
    controls = [*sliders]
    if len(sources) > 1:
        controls.append(Choice("source", "paths from", [letter(s) for s in sources]))
    controls += [Switch(f"on {k + 1}", f"path {k + 1}") for k in range(count)]
    every = {f"on {k + 1}": 1 for k in range(count)}
    controls += [Button("all paths", every), Button("reset")]
    scenes = [
        _graph_scene(name, graph, paths, source, title),
        _list_scene(name, graph, paths, source, sources),
    ]
    explorer = Explorer(
        name, title, controls, formulas, scenes, _sentence(graph, paths, sources, source), task,
        _measure(f, names, graph, paths),
    )  # fmt: skip
    return explorer


def _product(graph, path) -> Term:
    out = None
    for tail, head in reversed(list(pairwise(path))):
        slope = Term(edge_key(graph, tail, head))
        out = slope if out is None else out * slope
    return out


def _totals(sources, output, count) -> dict:
    truth = [Term(bar_key(output, s)) for s in sources]
    total, size = Term(0.0), Term(1e-9)
    for k in range(1, count + 1):
        total = total + Term(f"on {k}") * Term(f"path {k}")
        size = term("max", size, abs(Term(f"path {k}")))
    return {
        "sum": total.tree,
        "truth": (Term("source").pick(*truth) if len(truth) > 1 else truth[0]).tree,
        "size": size.tree,
        "off": (Term("truth") - Term("sum")).tree,
        "alike": (abs(Term("off")) <= 1e-9 * Term("size")).tree,
    }


def _measure(f, names, graph, paths):
    engine = measured(f, names)

    def measure(state: Mapping) -> dict:
        numbers = engine(state)
        chosen = paths[int(state.get("source", 0))]
        for k, path in enumerate(chosen, 1):
            slopes = [numbers[edge_key(graph, a, b)] for a, b in pairwise(path)]
            numbers[f"path {k}"] = float(np.prod(slopes))
        output = graph.nodes[-1].name
        numbers["truth"] = numbers[bar_key(output, chosen[0][0])]
        return numbers

    return measure


def _graph_scene(name, graph: NamedGraph, paths, source, title) -> Scene:
    placed, rows = places(graph)
    gap = 62.0
    scene = Scene(f"{name}-paths", WIDTH, rows * BOX_H + (rows - 1) * gap + 4, title)
    top = {slot: 2 + row * (BOX_H + gap) for slot, (_, row) in placed["at"].items()}
    for e in graph.edges:
        scene.add("path", d=smooth(_edge_points(placed, top, e)), cls="line faint")
    for which, group in enumerate(paths):
        lanes = _lanes(group, placed)
        for k, path in enumerate(group, 1):
            value, on = Term(f"path {k}"), Term(f"on {k}")
            here = source.is_(which) if len(paths) > 1 else Term(1.0)
            points = _points(path, placed, top, lanes[k - 1])
            width = 1.0 + 8.0 * abs(value) / Term("size")
            for negative, cls in enumerate(SIGNS):
                sign = value < 0 if negative else value >= 0
                scene.add(
                    "path", d=smooth(points), cls=f"strand {cls}" + " dash" * negative,
                    stroke_width=width, show=here * sign, when={"off": on.is_(0)},
                )  # fmt: skip
    for e in graph.edges:
        _slope_label(scene, graph, e, _edge_points(placed, top, e), paths, source)
    node_boxes(scene, graph, placed, top)
    return scene


def _edge_points(placed, top, e):
    route = placed["routes"][e.tail, e.head]
    return [(placed["at"][slot][0], top[slot] + BOX_H / 2) for slot in route]


def _slope_label(scene, graph, e, points, paths, source):
    """Write an edge's slope on it, where the paths of its own source are shown."""
    uses = [any((e.tail, e.head) in pairwise(p) for p in group) for group in paths]
    shown = None
    if not all(uses):
        shown = Term(0.0)
        for which, used in enumerate(uses):
            shown = shown + source.is_(which) * float(used)
    (ax, ay), (bx, by) = points[:2]
    x, y = (ax + bx) / 2, (ay + by) / 2 + 5
    slope = number(Term(edge_key(graph, e.tail, e.head)), 3)
    scene.text(x, y, [slope], "mid halo", show=shown)
    scene.text(x, y, [slope], "local mid", show=shown)


def _lanes(group, placed) -> list[dict]:
    """Give each path a place beside the others on every node that it shares."""
    lanes: list[dict] = [{} for _ in group]
    through: dict = {}
    for k, path in enumerate(group):
        for node in path:
            through.setdefault(node, []).append(k)
    for node, users in through.items():
        middle = (len(users) - 1) / 2

        def centre(k, node=node):
            near = [placed["at"][n][0] for n in group[k] if n != node]
            return sum(near) / len(near)

        spread = min(APART * 2, (BOX_W - 24) / max(len(users), 1))
        for place, k in enumerate(sorted(users, key=centre)):
            lanes[k][node] = (place - middle) * spread
    return lanes


def _points(path, placed, top, lane):
    points = []
    for tail, head in pairwise(path):
        route = placed["routes"][tail, head]
        for slot in route if not points else route[1:]:
            x = placed["at"][slot][0] + lane.get(slot, 0.0)
            points.append((x, top[slot] + BOX_H / 2))
    return points


def _list_scene(name, graph, paths, source, sources) -> Scene:
    count, row = len(paths[0]), 34.0
    scene = Scene(
        f"{name}-sum", WIDTH, row * (count + 2) + 8, "The product on each path, and their sum"
    )
    output, zero, reach = graph.nodes[-1].name, 284.0, 30.0
    for k in range(1, count + 1):
        y, value, off = 6 + row * (k - 1), Term(f"path {k}"), {"off": Term(f"on {k}").is_(0)}
        with scene.group(when=off):
            for which, group in enumerate(paths):
                shown = None if len(paths) == 1 else source.is_(which)
                path = group[k - 1]
                arrow = f"{k}:  " + " → ".join(letter(n) for n in path)
                scene.text(6, y + 13, arrow, "sm", show=shown)
                scene.text(6, y + 28, _factors(graph, path), "local sm", show=shown)
            length = abs(value) / Term("size") * reach
            for negative, cls in enumerate(SIGNS):
                x = zero - length if negative else Term(zero)
                sign = value < 0 if negative else value >= 0
                scene.add("rect", x=x, y=y + 8, width=length, height=14, rx=2, cls=cls, show=sign)
            scene.text(WIDTH - 4, y + 20, number(value), "end")
    y = 6 + row * count
    scene.line(zero, 4, zero, y - 4, "faint")
    scene.line(6, y, WIDTH - 4, y, "faint")
    counted = either(Term("alike"), "sum", "sum of the paths that are on")
    scene.text(6, y + 22, counted, "cotangent")
    scene.text(WIDTH - 4, y + 22, number(Term("sum")), "cotangent end")
    for which, s in enumerate(sources):
        shown = None if len(sources) == 1 else source.is_(which)
        alone = len(graph.nodes) and sum(n.is_input for n in graph.nodes) == 1
        name_of = derivative(output, s, "d" if alone else "∂")
        scene.text(
            6,
            y + 50,
            [name_of, either(Term("alike"), "  ✓ the same", "  ✗ not the same")],
            "",
            show=shown,
        )
    scene.text(WIDTH - 4, y + 50, number(Term("truth")), "end")
    return scene


def _factors(graph, path) -> list:
    out: list = []
    for tail, head in reversed(list(pairwise(path))):
        slope = Term(edge_key(graph, tail, head))
        out += [" · ", in_brackets(slope, 3)] if out else [number(slope, 3)]
    return out


def _sentence(graph, paths, sources, source):
    output, count = graph.nodes[-1].name, len(paths[0])
    alone = sum(n.is_input for n in graph.nodes) == 1
    names: list = []
    for which, s in enumerate(sources):
        text = derivative(output, s, "d" if alone else "∂")
        names.append(either(source.is_(which), text) if len(sources) > 1 else text)
    every, on = "Both" if count == 2 else f"All {count}", Term(0.0)
    for k in range(1, count + 1):
        on = on + Term(f"on {k}")
    listed: list = []
    for k in range(1, count + 1):
        listed += [" + "] * (k > 1) + [
            either(Term(f"on {k}"), in_brackets(Term(f"path {k}")), "(forgotten)")
        ]
    return [
        *names, ": ", *listed, " = ", number(Term("sum")), ". ",
        either(on.is_(count), f"{every} paths are counted."),
        either((on < count) * Term("alike"), "A path is forgotten. It carries 0: no harm is done."),
        either((on < count) * Term("alike").is_(0), [
            "The derivative is ", number(Term("truth")), ": with a path forgotten the answer is ",
            "off by ", number(Term("off")), "."]),
    ]  # fmt: skip
