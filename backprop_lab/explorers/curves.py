"""Drawings that explorers share beside the graph: a curve with its tangent, bars of factors."""

from __future__ import annotations

from collections.abc import Sequence

from backprop_lab.explorers.formulas import Term, clip, term
from backprop_lab.explorers.panels import ROOM, WIDTH, letter, shortened, slope_label
from backprop_lab.explorers.reading import bar_key
from backprop_lab.explorers.scene import Curve, Scene, number
from backprop_lab.saying import say_name


def curve_scene(
    name: str,
    by: str,
    of: str,
    low: float,
    high: float,
    bottom: Term | float,
    top: Term | float,
    title: str = "",
    height: float = 210.0,
) -> Scene:
    """Draw a quantity over one control, with the tangent where we stand."""
    scene = Scene(f"{name}-curve", WIDTH, height, title or f"{of} as {by} moves")
    left, right, up, down = 46.0, WIDTH - 10.0, 24.0, height - 30.0
    bottom, top = Term(bottom), Term(top)

    def across(v):
        return left + (right - left) * (Term(v) - low) / (high - low)

    def along(v):
        return down - (down - up) * (Term(v) - bottom) / (top - bottom)

    scene.line(left, down, right, down, "faint")
    scene.line(left, up, left, down, "faint")
    for v in (low, (low + high) / 2, high):
        x = left + (right - left) * (v - low) / (high - low)
        align = "end" if v == high else "mid"
        scene.text(x, down + 17, number(v), f"faint sm {align}")
    scene.text(left - 6, down + 4, number(bottom, 3), "faint sm end")
    scene.text(left - 6, up + 4, number(top, 3), "faint sm end")
    long = max(len(say_name(by)), len(say_name(of))) > 3
    if long:
        scene.text(left + 0.75 * (right - left), down + 20, _axis(by), "primal mid")
        scene.text(4, up - 8, _axis(of), "primal")
    else:
        scene.text((left + right) / 2 + 40, down + 20, letter(by), "primal lg mid")
        scene.text(left - 20, up - 8, letter(of), "primal lg mid")
    slope = Term(bar_key(of, by))
    with scene.window(left, up - 2, right - left + 2, down - up + 4):
        scene.curve(Curve(by, low, high, across(Term(by)), along(Term(of))), "primal thick")
        start, end = (Term(of) + slope * (v - Term(by)) for v in (low, high))
        scene.line(left, along(start), right, along(end), "cotangent dash")
    scene.line(across(by), along(of), across(by), down, "faint dash")
    scene.add("circle", cx=across(by), cy=along(of), r=5.5, cls="primal")
    said = slope_label(of, by)
    said = said if said == "slope" else f"slope {said}"
    scene.text(right, up - 8, [said, " = ", number(slope)], "cotangent end")
    return scene


def _axis(name: str) -> str:
    return shortened(name, ROOM["axis"])


def bars_scene(name: str, rows: Sequence[tuple], title: str, width: float = WIDTH) -> Scene:
    """Draw factors and their product as bars to the right (positive) and to the left (negative).

    Each row is (label, formula, class); the last one is the product, below a line.
    """
    height = 30.0 * len(rows) + 14
    scene = Scene(f"{name}-bars", width, height, title)
    zero, reach = 205.0, 78.0
    size = Term(1.0)
    for _, value, _ in rows:
        size = term("max", size, term("?", term("==", value, value), abs(Term(value)), 0.0))
    size = term("nice", size)
    for k, (label, value, cls) in enumerate(rows):
        last = k == len(rows) - 1
        y = 8 + 30.0 * k + (8 if last else 0)
        length = clip(Term(value) / size * reach, -reach, reach)
        scene.text(8, y + 15, label, cls)
        for side, shown in ((1, Term(value) >= 0), (-1, Term(value) < 0)):
            x = zero if side > 0 else zero + length
            scene.add("rect", x=x, y=y + 3, width=abs(length), height=14, rx=2, cls=cls, show=shown)
        scene.text(width - 4, y + 15, number(Term(value)), f"{cls} end")
    scene.line(zero, 4, zero, height - 4, "faint")
    y = 8 + 30.0 * (len(rows) - 1) + 2
    scene.line(8, y, width - 4, y, "faint")
    return scene
