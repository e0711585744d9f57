"""Drawing one graph: boxes, edges, and labels that keep out of each other's way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from backprop_lab.draw.arrows import DASHES, Label, arrow, beside, sample
from backprop_lab.draw.figure import COTANGENT, FAINT, INK, LOCAL, PRIMAL
from backprop_lab.draw.paper import SMALL, TITLE, WIDTH, WORDS, Paper, width_of
from backprop_lab.draw.pathlist import PathList
from backprop_lab.draw.writing import Writing
from backprop_lab.graph import Edge, NamedGraph
from backprop_lab.layering import Slot, layout

MARGIN, GAP, BOX = 4.0, 8.0, 43.0  # in points: at the sides, between boxes, a box's height


class Sketch:
    """The drawing of `graph`, with the paths from `sources` written out below it."""

    def __init__(self, graph: NamedGraph, sources: list[str], writing: Writing):
        self.graph, self.sources, self.writing = graph, sources, writing
        self.plan = layout(graph)
        self.lines = {node.name: writing.lines(node) for node in graph.nodes}
        self.short = False
        self.short = self._is_crowded()
        self.width = max([WIDTH, *(self._row_width(row) + 2 * MARGIN for row in self.plan.layers)])
        self.list = PathList([writing.block(s) for s in sources], self.width) if sources else None

    def alt(self) -> str:
        """Say the whole figure in words."""
        rows = [[slot for slot in row if isinstance(slot, str)] for row in self.plan.layers]
        return self.writing.alt(rows, self.sources)

    def _is_crowded(self) -> bool:
        """Say whether some gap between layers has too many edges for `∂z/∂w = 2` on each."""
        place = {slot: i for i, row in enumerate(self.plan.layers) for slot in row}
        for k in range(1, len(self.plan.layers)):
            crossing = [e for e in self.graph.edges if place[e.tail] < k <= place[e.head]]
            if (
                sum(width_of(self.writing.slope(e, short=False), SMALL) + 14 for e in crossing)
                > WIDTH
            ):
                return True
        return False

    # Where it stands

    def _slot_width(self, slot: Slot) -> float:
        if isinstance(slot, str):
            return max(width_of(line) for line in self.lines[slot]) + 14
        edge = next(e for e in self.graph.edges if (e.tail, e.head) == slot[:2])
        return (
            max(width_of(self.writing.slope(edge, self.short), SMALL) + 8, 16)
            if self.writing.slope(edge, self.short)
            else 16
        )

    def _row_width(self, row: tuple[Slot, ...]) -> float:
        return sum(map(self._slot_width, row)) + GAP * (len(row) - 1)

    def _centres(self) -> dict[Slot, float]:
        """Place each row evenly, its computed quantities below what they are made from."""
        xs: dict[Slot, float] = {}
        before = {
            route[k + 1]: [] for route in self.plan.routes.values() for k in range(len(route) - 1)
        }
        for route in self.plan.routes.values():
            for tail, head in pairwise(route):
                before[head].append(tail)
        for row in self.plan.layers:
            places = self._row(row)
            pulls = []
            for slot, x in zip(row, places, strict=True):
                tails = before.get(slot, []) if isinstance(slot, str) else []
                inner = [t for t in tails if isinstance(t, str) and not self.graph[t].is_input]
                if tails:
                    pulls.append(np.mean([xs[t] for t in inner or tails]) - x)
            shift = float(np.mean(pulls)) if pulls else 0.0
            half = [self._slot_width(slot) / 2 for slot in row]
            low = MARGIN - min(x - h for x, h in zip(places, half, strict=True))
            high = self.width - MARGIN - max(x + h for x, h in zip(places, half, strict=True))
            shift = min(max(shift, low), high)
            xs |= {slot: x + shift for slot, x in zip(row, places, strict=True)}
        for route in self.plan.routes.values():
            if len(route) > 3:
                outer = max(
                    (xs[slot] for slot in route[1:-1]), key=lambda x: abs(x - self.width / 2)
                )
                xs |= dict.fromkeys(route[1:-1], outer)
        return xs

    def _row(self, row: tuple[Slot, ...]) -> list[float]:
        """Give the centres of one row, evenly spaced where there is room for it."""
        widths = [self._slot_width(slot) for slot in row]
        pairs = [(a + b) / 2 for a, b in pairwise(widths)]
        room = self.width - 2 * MARGIN - (widths[0] + widths[-1]) / 2
        pitch = max(pairs, default=0)
        if len(row) > 1 and (pitch + GAP) * len(pairs) <= room:
            dense = not all(isinstance(slot, str) for slot in row)
            late = row != self.plan.layers[0] and any(self._is_input(slot) for slot in row)
            spread = 14 if dense else 46 if late else 70 if self.short or len(row) == 2 else 44
            pitch = min(room / len(pairs), pitch + spread)
            return [self.width / 2 + pitch * (i - len(pairs) / 2) for i in range(len(row))]
        gap = min(GAP + 6, (room - sum(pairs)) / max(len(pairs), 1))
        ends = np.concatenate([[0.0], np.cumsum([p + gap for p in pairs])])
        span = ends[-1] + (widths[-1] - widths[0]) / 2
        return [float(self.width / 2 - span / 2 + x) for x in ends]

    def _is_input(self, slot: Slot) -> bool:
        return isinstance(slot, str) and self.graph[slot].is_input

    def _ports(self, name: str, others: list[Slot], xs: dict[Slot, float]) -> dict[Slot, float]:
        """Spread the ends of edges along one side of a box, in the order of their other ends."""
        others = sorted(others, key=xs.__getitem__)
        middle = (len(others) - 1) / 2
        for i, slot in enumerate(others):
            if abs(xs[slot] - xs[name]) < 1 and isinstance(slot, str):
                middle = i  # what stands straight above or below is joined by a straight line
        reach = max(middle, len(others) - 1 - middle, 1)
        step = min(30.0, 0.36 * self._slot_width(name) / reach)
        return {slot: xs[name] + (i - middle) * step for i, slot in enumerate(others)}

    def draw(self, title: str | None):
        """Draw it, and return Matplotlib's figure."""
        labelled = any(slope is not None for slope in self.writing.slopes.values())
        gap = (76.0 if self.short else 66.0) if labelled else 46.0
        foot = self.list.height if self.list else 26.0
        head = TITLE + 14 if title else 4.0
        rows = len(self.plan.layers)
        paper = Paper(head + rows * BOX + (rows - 1) * gap + foot, self.width)
        xs, tops = self._centres(), {}
        for k, row in enumerate(self.plan.layers):
            tops |= dict.fromkeys(row, paper.height - head - k * (BOX + gap))
        if title:
            paper.title(title)
        self._draw_edges(paper, self._tracks(xs, tops))
        for node in self.graph.nodes:
            self._draw_box(paper, node.name, xs[node.name], tops[node.name])
        if self.list:
            self.list.draw(paper)
        else:
            self._draw_key(paper, foot, labelled)
        return paper.canvas

    def _draw_box(self, paper: Paper, name: str, x: float, top: float) -> None:
        width = self._slot_width(name)
        paper.box(x - width / 2, top - BOX, width, BOX, FAINT)
        paper.text(x, top - 17, self.lines[name][0], PRIMAL)
        paper.text(x, top - 35.5, self.lines[name][1], COTANGENT)

    # Edges

    def _tracks(self, xs, tops) -> list[tuple[Edge, np.ndarray]]:
        """Sample every edge as points from its tail's box down to its head's box."""
        routes = self.plan.routes
        out, into = {}, {}
        for node in self.graph.nodes:
            leaving = [r[1] for r in routes.values() if r[0] == node.name]
            coming = [r[-2] for r in routes.values() if r[-1] == node.name]
            out[node.name] = self._ports(node.name, leaving, xs)
            into[node.name] = self._ports(node.name, coming, xs)
        tracks = []
        for edge in self.graph.edges:
            route = routes[edge.tail, edge.head]
            start = (out[edge.tail][route[1]], tops[edge.tail] - BOX - 1.5)
            end = (into[edge.head][route[-2]], tops[edge.head] + 1.5)
            middle = []
            for slot in route[1:-1]:
                middle += [(xs[slot], tops[slot] + 4), (xs[slot], tops[slot] - BOX - 4)]
            tracks.append((edge, sample([start, *middle, end])))
        return tracks

    def _draw_edges(self, paper: Paper, tracks: list[tuple[Edge, np.ndarray]]) -> None:
        labels = self._place_labels(tracks)
        thick = set()
        if self.sources:
            for path in self.graph.paths(self.sources[0]):
                thick |= set(pairwise(path))
        for edge, points in tracks:
            label = labels.get((edge.tail, edge.head))
            if label:
                paper.text(label.x, label.y - 3.6, label.text, LOCAL, SMALL)
            if not self.sources:
                arrow(paper, beside(points, 2.6), label, PRIMAL, 1.3, None)
                arrow(paper, beside(points, -2.6)[::-1], label, COTANGENT, 1.3, DASHES)
            elif (edge.tail, edge.head) in thick:
                arrow(paper, points, label, INK, 2.3, None, size=8.5)
            else:
                arrow(paper, points, label, FAINT, 1.1, DASHES)

    def _place_labels(self, tracks) -> dict[tuple[str, str], Label]:
        """Put each slope on its edge, at the place where it covers least of anything else."""
        placed: dict[tuple[str, str], Label] = {}
        for edge, points in tracks:
            text = self.writing.slope(edge, self.short)
            if not text:
                continue
            best, least = None, np.inf
            for share in (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8):
                x, y = points[round(share * (len(points) - 1))]
                label = Label(text, x, y, width_of(text, SMALL))
                cost = 0.2 * abs(share - 0.5)
                for other, line in tracks:
                    if other is not edge:
                        cost += label.covers(line, 4.0).sum() / len(line)
                        cost += 0.02 * max(0.0, 14.0 - label.distance(line))
                for other in placed.values():
                    apart = abs(other.x - x) - (other.width + label.width) / 2
                    cost += 2.0 * (apart < 6 and abs(other.y - y) < 15)
                cost += 2.0 * (x - label.width / 2 < 2 or x + label.width / 2 > self.width - 2)
                if cost < least:
                    best, least = label, cost
            placed[edge.tail, edge.head] = best
        return placed

    def _draw_key(self, paper: Paper, foot: float, labelled: bool) -> None:
        y = foot - 20
        items = [("values forward", PRIMAL, None), ("cotangents back", COTANGENT, DASHES)]
        items += [("local derivatives", LOCAL, None)] * labelled
        length = 20
        total = sum(width_of(t, WORDS) for t, *_ in items) + 2 * length + 14 * (len(items) - 1)
        x = (self.width - total) / 2
        for text, colour, dashes in items:
            if colour != LOCAL:
                ends = np.array([(x, y + 3.5), (x + length - 5, y + 3.5)])
                arrow(paper, ends if dashes is None else ends[::-1], None, colour, 1.3, dashes)
                x += length
            paper.text(x, y, text, colour, WORDS, ha="left")
            x += width_of(text, WORDS) + 14
