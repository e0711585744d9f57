"""The parts that explorers share: a graph with values and cotangents, a curve, bars of factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from backprop_lab.explorers.formulas import Term, term
from backprop_lab.explorers.reading import bar_key, edge_key
from backprop_lab.explorers.scene import Scene, either, number
from backprop_lab.graph import NamedGraph
from backprop_lab.layering import layout
from backprop_lab.saying import say_name

WIDTH, BOX_W, BOX_H, GAP = 360.0, 115.0, 44.0, 52.0
BESIDE, NARROW = 4, 80.0  # boxes side by side at most, and how narrow one may be
_ROOMY = 100.0  # a box with room for all digits
_PASS = 26.0  # the room of an edge that passes a layer
ROOM = {"name": 7, "derivative": 7, "axis": 14}  # letters of names that a place has room for


def letter(name: str) -> str:
    """Write a name for a drawing: italic, between asterisks."""
    return f"*{say_name(name)}*"


def shortened(name: str, most: int) -> str:
    """Write a name for a place with room for a few letters, cut where it is longer."""
    said = say_name(name)
    return letter(name) if len(said) <= most else f"*{said[: most - 1]}…*"


def slope_label(of: str, by: str, d: str = "∂") -> str:
    """Write a derivative where it fits, and the word for it where its names are too long."""
    fits = len(say_name(of)) + len(say_name(by)) <= ROOM["derivative"]
    return derivative(of, by, d) if fits else "slope"


def derivative(of: str, by: str, d: str = "∂") -> str:
    """Write a derivative for a drawing."""
    return f"{d}{letter(of)}/{d}{letter(by)}"


def places(graph: NamedGraph, width: float = WIDTH) -> tuple[dict, int]:
    """Place every node: (centre, layer), near its neighbours and apart from the others."""
    arranged = layout(graph)
    x = {
        slot: width * (k + 0.5) / len(layer)
        for layer in arranged.layers
        for k, slot in enumerate(layer)
    }
    pairs = [(a, b) for route in arranged.routes.values() for a, b in pairwise(route)]
    for _ in range(30):
        for layer in arranged.layers:
            wish = []
            for slot in layer:
                near = [x[b if a == slot else a] for a, b in pairs if slot in (a, b)]
                wish.append(sum(near) / len(near) if near else x[slot])
            apart = _apart(layer, wish, width)
            x |= {slot: 0.5 * x[slot] + 0.5 * apart[slot] for slot in layer}
    _straighten(arranged, x, pairs)
    where = {slot: (x[slot], row) for row, layer in enumerate(arranged.layers) for slot in layer}
    wide = {slot: box_width(layer, width) for layer in arranged.layers for slot in layer}
    return {"at": where, "routes": arranged.routes, "wide": wide}, len(arranged.layers)


def box_width(layer, width: float = WIDTH) -> float:
    """How wide the boxes of a layer are: narrower where many stand side by side."""
    boxes = sum(isinstance(slot, str) for slot in layer)
    room = width - _PASS * (len(layer) - boxes)
    return min(BOX_W, room / boxes - 6) if boxes else BOX_W


def most_side_by_side(graph: NamedGraph) -> int:
    """How many boxes the fullest layer has; one too many where they would get too narrow."""
    layers = layout(graph).layers
    most = max(sum(isinstance(slot, str) for slot in layer) for layer in layers)
    fits = all(box_width(layer) >= NARROW for layer in layers)
    return most if fits else max(most, BESIDE + 1)


def _straighten(arranged, x, pairs):
    """Put a lone successor right below what it is made from, where it is nearly there."""
    for layer in arranged.layers[1:]:
        apart = box_width(layer) + 6
        for slot in layer:
            above = [a for a, b in pairs if b == slot]
            free = (
                all(abs(x[other] - x[above[0]]) > apart for other in layer if other != slot)
                if above
                else False
            )
            if len(above) == 1 and free and abs(x[slot] - x[above[0]]) < 16:
                x[slot] = x[above[0]]


def _apart(layer, wish, width):
    box = box_width(layer, width)
    need = [box + (7 if box == BOX_W else 6) if isinstance(slot, str) else _PASS for slot in layer]
    need = [n + min(50.0, 0.5 * (width - sum(need)) / len(need)) for n in need]
    room = sum(need)
    if room > width:
        need = [n * width / room for n in need]
    left, out = 0.0, []
    for w, n in zip(wish, need, strict=True):
        centre = max(w, left + n / 2)
        out.append(centre)
        left = centre + n / 2
    right = width
    for k in reversed(range(len(out))):
        out[k] = min(out[k], right - need[k] / 2)
        right = out[k] - need[k] / 2
    return dict(zip(layer, out, strict=True))


def walk_order(graph: NamedGraph) -> tuple[dict[str, int], dict[str, int], int]:
    """Number the steps of a walk: values forward, cotangents back; and the one after the last."""
    computed = [n.name for n in graph.nodes if not n.is_input]
    forward = {n.name: 0 for n in graph.nodes if n.is_input}
    forward |= {name: k for k, name in enumerate(computed, 1)}
    back = [*reversed(computed), *(n.name for n in graph.nodes if n.is_input)]
    backward = {name: len(computed) + k for k, name in enumerate(back, 1)}
    return forward, backward, len(computed) + len(back) + 1


def graph_scene(name: str, graph: NamedGraph, step: Term | None = None, title: str = "") -> Scene:
    """Draw the graph: solid arrows carry values, dashed ones cotangents, slopes stand between.

    With `step` the numbers appear one by one, in the order of `walk_order`.
    """
    placed, rows = places(graph)
    height = rows * BOX_H + (rows - 1) * GAP + 4
    scene = Scene(f"{name}-graph", WIDTH, height, title or "Graph of the computation")
    forward, backward, _ = walk_order(graph)
    top = {slot: 2 + row * (BOX_H + GAP) for slot, (_, row) in placed["at"].items()}
    for e in graph.edges:
        _edge(scene, graph, e, placed, top, step, forward, backward)
    node_boxes(scene, graph, placed, top, step)
    return scene


def node_boxes(scene: Scene, graph: NamedGraph, placed: dict, top: Mapping, step=None) -> None:
    """Draw a box for every node, with its value and its cotangent; `step` shows them in turn."""
    output = graph.nodes[-1].name
    forward, backward, _ = walk_order(graph)
    for node in graph.nodes:
        x, y, now = placed["at"][node.name][0], top[node.name], {}
        wide = placed["wide"][node.name]
        roomy, alone = wide >= _ROOMY, sum(n.is_input for n in graph.nodes) == 1
        value = number(Term(node.name), 4 if roomy else 3)
        bar = number(Term(bar_key(output, node.name)), 3 if roomy else 2)
        if step is not None:
            here = step.is_(forward[node.name]) if not node.is_input else Term(0.0)
            now = {"on": term("max", here, step.is_(backward[node.name]))}
            value = either(step >= forward[node.name], value, "?")
            bar = either(step >= backward[node.name], bar, "?")
        scene.add("rect", x=x - wide / 2, y=y, width=wide, height=BOX_H, rx=6, cls="box", when=now)
        said = shortened(node.name, ROOM["name"])
        scene.text(x, y + 18, [f"{said} = ", value], "primal mid")
        d = "d" if node.is_input and alone else "∂"  # of all that there is to move
        scene.text(x, y + 35, [f"{slope_label(output, node.name, d)} = ", bar], "cotangent mid")


def _edge(scene, graph, e, placed, top, step, forward, backward):
    points = _ends(placed, placed["routes"][e.tail, e.head], top)
    done = {} if step is None else {"off": step < forward[e.head]}
    back = {} if step is None else {"off": step < backward[e.tail]}
    scene.add("path", d=_strand(points, 4, last=-7), cls="line primal", when=done)
    scene.add("path", d=_arrow(points[-1], 4, down=True), cls="primal", when=done)
    scene.add("path", d=_strand(points, -4, first=7), cls="line cotangent dash", when=back)
    scene.add("path", d=_arrow(points[0], -4, down=False), cls="cotangent", when=back)
    row = placed["at"][e.tail][1]
    beside = sum(placed["at"][other.tail][1] == row for other in graph.edges) > 1
    t = 0.34 if beside else 0.5  # near the tail: where edges cross, labels do not
    (ax, ay), (bx, by) = points[0], points[1]
    x, y = ax + (bx - ax) * (3 * t * t - 2 * t**3), ay + (by - ay) * t
    label = [] if beside else [f"{slope_label(e.head, e.tail, _d(graph, e))} = "]
    label = [*label, number(Term(edge_key(graph, e.tail, e.head)), 3)]
    scene.text(x, y + 5, label, "mid halo", when=done)
    scene.text(x, y + 5, label, "local mid", when=done)


def _d(graph, e) -> str:
    """Choose between d and ∂: d where the head depends on the tail alone."""
    return "d" if sum(other.head == e.head for other in graph.edges) == 1 else "∂"


def _ends(placed, route, top):
    """Give the points that an edge passes: out of the tail's box, past layers, into the head's."""
    at, last = placed["at"], len(route) - 1
    points = [
        (at[slot][0], top[slot] + (BOX_H if k == 0 else 0.0 if k == last else BOX_H / 2))
        for k, slot in enumerate(route)
    ]
    (x1, y1), (x2, y2) = points[0], points[-1]
    lean, arrive = (placed["wide"][slot] / 2 - 16 for slot in (route[0], route[-1]))
    x1 += max(-lean, min(lean, (points[1][0] - x1) * 0.3))
    x2 += max(-arrive, min(arrive, (points[-2][0] - x2) * 0.3))
    return [(x1, y1), *points[1:-1], (x2, y2)]


def _strand(points, shift, first=0.0, last=0.0) -> str:
    """Draw a smooth line a little to the side of the edge."""
    points = [(x + shift, y) for x, y in points]
    points[0] = (points[0][0], points[0][1] + first)
    points[-1] = (points[-1][0], points[-1][1] + last)
    return smooth(points)


def smooth(points: Sequence[tuple[float, float]]) -> str:
    """Draw a smooth line from top to bottom, upright at every point."""
    out = "M{:.2f},{:.2f}".format(*points[0])
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ay + by) / 2
        out += f"C{ax:.2f},{middle:.2f} {bx:.2f},{middle:.2f} {bx:.2f},{by:.2f}"
    return out


def _arrow(point, shift, down) -> str:
    x, y = point[0] + shift, point[1]
    tail = y - 8 if down else y + 8
    return f"M{x:.2f},{y:.2f}L{x - 3.5:.2f},{tail:.2f}L{x + 3.5:.2f},{tail:.2f}Z"


def said_steps(graph: NamedGraph, step: Term) -> list:
    """Say what happens at each step of a walk."""
    forward, backward, _ = walk_order(graph)
    output = graph.nodes[-1].name
    said: list = []
    for node in graph.nodes:
        name, bar = letter(node.name), derivative(output, node.name)
        tails = " and ".join(letter(e.tail) for e in graph.edges if e.head == node.name)
        if not node.is_input:
            text = [f"Forward: {name} is made from {tails}, and is ", number(Term(node.name)), ". "]
            said.append(either(step.is_(forward[node.name]), text))
        text = [f"Back: {bar} = ", *_said_sum(graph, node, output), ". "]
        said.append(either(step.is_(backward[node.name]), text))
    return said


def _said_sum(graph, node, output):
    if node.name == output:
        return ["1: the loss moves with itself"]
    parts: list = []
    for e in graph.edges:
        if e.tail != node.name:
            continue
        direct, key = e.head == output, edge_key(graph, e.tail, e.head)
        parts += [" + "] * bool(parts)
        if not direct:
            parts += [number(Term(bar_key(output, e.head))), " · "]
        parts.append(number(Term(key)) if direct else in_brackets(Term(key)))
    bar = number(Term(bar_key(output, node.name)))
    return [*parts, " = ", bar] if len(parts) > 1 else parts


def in_brackets(value: Term, digits: int = 4):
    """Write a number, a negative one in brackets."""
    return either(value < 0, ["(", number(value, digits), ")"], number(value, digits))


def said_product(factors: Sequence[tuple[str, Term]]) -> list:
    """Write a product for a sentence: "−0.5 · 0.25 · 2"."""
    out: list = []
    for k, (_, value) in enumerate(factors):
        out += [" · "] * bool(k) + [in_brackets(value) if k else number(value)]
    return out


def finite(values: Mapping) -> bool:
    """Whether every number exists."""
    return all(abs(float(v)) < float("inf") for v in values.values())
