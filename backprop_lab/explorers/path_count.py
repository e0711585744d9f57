"""Chapter 2: k parallel edges a stage, d stages: kᵈ paths, and k·d edges to walk."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import log, log10

from backprop_lab.explorers.controls import Button, Slider
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, term
from backprop_lab.explorers.panels import WIDTH
from backprop_lab.explorers.scene import Scene, either, number
from backprop_lab.transforms import grad

MOST_EDGES, MOST_STAGES = 6, 12
FIRST, MIDDLE = 22.0, 48.0  # where the chain begins, and its height


def path_count(k: int = 3, d: int = 4) -> Explorer:
    """Build the explorer that counts paths against edges in a chain of d stages of k edges each.

    >>> path_count().values(k=3, d=8)["paths"]
    np.float64(6561.0)
    """
    formulas = {
        "paths": Term("k") ** Term("d"),
        "edges": Term("k") * Term("d"),
        "ratio": Term("paths") / Term("edges"),
    } | _chain_places()
    return Explorer(
        "path-count",
        "Paths against edges",
        [
            Slider("k", "edges a stage, *k*", 1, MOST_EDGES, k, 1),
            Slider("d", "stages, *d*", 1, MOST_STAGES, d, 1),
            Button("reset"),
        ],
        formulas,
        [_chain_scene(), _bars_scene()],
        [
            number(Term("d")), either(Term("d").is_(1), " stage", " stages"), " of ",
            number(Term("k")), either(Term("k").is_(1), " edge", " edges"), ": ",
            number(Term("paths"), 6), either(Term("paths").is_(1), " path", " paths"), " (",
            number(Term("k")), " to the power ", number(Term("d")), "), and ",
            number(Term("edges")), either(Term("edges").is_(1), " edge. ", " edges. "),
            either(Term("ratio") > 1.5, ["Adding at the nodes takes one multiplication an edge: ",
                   number(Term("ratio"), 3), " times fewer than one a path."],
                   "Here the two ways cost much the same."),
        ],
        "Task: double the depth, then double the width. Which of them makes the paths explode?",
        _measure,
    )  # fmt: skip


def _measure(state: Mapping) -> dict:
    """Count by the engine: every edge has the slope 1, so the derivative is the number of paths."""
    k, d = int(state["k"]), int(state["d"])
    edges = 0

    def chain(x):
        nonlocal edges
        for _ in range(d):
            edges += k
            x = sum([x] * (k - 1), start=1.0 * x)
        return x

    return {"paths": grad(chain)(1.0), "edges": float(edges)}


def _chain_scene() -> Scene:
    scene = Scene(
        "path-count-chain", WIDTH, 110.0, "The chain of stages, each with its parallel edges"
    )
    for stage in range(MOST_STAGES):
        left, right = Term(f"x{stage}"), Term(f"x{stage + 1}")
        for edge in range(MOST_EDGES):
            bend = Term(f"bend{edge}")
            places = [(left + 6, MIDDLE), (left + Term("lean"), bend), (right - Term("lean"), bend)]
            with scene.group(show=(Term(stage) < Term("d")) * (Term(edge) < Term("k"))):
                for (x1, y1), (x2, y2) in pairwise([*places, (right - 6, MIDDLE)]):
                    scene.line(x1, y1, x2, y2, "local")
    for node in range(MOST_STAGES + 1):
        shown = Term(node) <= Term("d")
        scene.add("circle", cx=Term(f"x{node}"), cy=MIDDLE, r=5, cls="primal", show=shown)
    scene.text(FIRST, MIDDLE + 26, "*x*", "primal lg mid")
    scene.text(WIDTH - FIRST, MIDDLE + 26, "*L*", "primal lg mid")
    return scene


def _chain_places() -> dict:
    """Name the places of nodes and edges once, for the many lines that use them."""
    k, step = Term("k"), (WIDTH - 2 * FIRST) / Term("d")
    out = {f"x{node}": FIRST + node * step for node in range(MOST_STAGES + 1)}
    apart = term("min", 15.0, step * 0.4)
    out |= {f"bend{e}": MIDDLE + (e - (k - 1) / 2) * apart for e in range(MOST_EDGES)}
    return out | {"lean": 0.3 * step}


def _bars_scene() -> Scene:
    scene = Scene(
        "path-count-bars", WIDTH, 110.0, "Number of paths and of edges on a logarithmic axis"
    )
    left, right = 48.0, 268.0
    longest = MOST_STAGES * log10(MOST_EDGES)

    def across(value):
        return term("log", value) / log(10.0) * ((right - left) / longest)

    for row, (name, cls) in enumerate((("paths", "negative"), ("edges", "local"))):
        y, length = 10.0 + 32 * row, across(Term(name))
        scene.text(left - 6, y + 15, name, f"{cls} end")
        long = term("max", 2.0, length)
        scene.add("rect", x=left, y=y, width=long, height=20, rx=3, cls=cls)
        scene.text(left + 6 + length, y + 15, number(Term(name), 6), cls)
    scene.line(left, 80, right, 80, "faint")
    for power in range(0, 10, 3):
        x = left + power * (right - left) / longest
        scene.line(x, 77, x, 83, "faint")
        scene.text(x, 99, number(10.0**power, 2), "faint sm mid")
    return scene
