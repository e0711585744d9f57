"""Chapter 3: a circle of tangents goes forward through J, one of cotangents back through Jᵀ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import pi

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.controls import Button, Choice, Slider
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, Tree, term
from backprop_lab.explorers.map_reading import map_formulas, sub
from backprop_lab.explorers.panels import WIDTH
from backprop_lab.explorers.scene import Curve, Scene, either, number
from backprop_lab.jacobians import jacobian
from backprop_lab.naming import let
from backprop_lab.transforms import jvp, vjp

HEIGHT, MIDDLE, RADIUS = 292.0, 142.0, 112.0  # of a scene; its centre, and half of what it shows
FORWARD, BACK = Term("way").is_(0), Term("way").is_(1)
LOOK = {"primal": FORWARD, "cotangent": BACK, "dash": BACK}  # tangents solid, cotangents dashed


def _two(x):
    return let("y", np.stack([x[0] * x[1], x[0] ** 2 + x[1]]))


def jacobian_circle(
    f: Callable = _two, x: Sequence[float] = (2.0, 3.0), angle: float = 30.0
) -> Explorer:
    """Build the explorer of what a 2×2 Jacobian and its transpose make of a circle.

    >>> float(jacobian_circle().values()["longest"].round(4))
    5.3983
    """
    formulas = map_formulas(f, 2) if len(x) == 2 else {}
    if "J22" not in formulas or "J32" in formulas:
        raise TraceError("jacobian_circle draws a map of 2 inputs with 2 outputs.")
    return Explorer(
        "jacobian-circle",
        "What a Jacobian makes of a circle, and its transpose of another",
        [
            Slider("x1", sub("x", 1), -4, 4, x[0], 0.1),
            Slider("x2", sub("x", 2), -4, 4, x[1], 0.1),
            Slider("angle", "angle in °", 0, 360, angle, 1),
            Choice("way", "through", ["*J*, forward", "*J*ᵀ, back"]),
            Button("reset"),
        ],
        formulas | _carried(),
        [_scene("x"), _scene("y")],
        _sentence(),
        "Task: turn the arrow until its image is as long as it gets. Then go back through Jᵀ. Is "
        "the longest image as long, and does it come from the same angle? Last, find x₁ and x₂ at "
        "which both ellipses collapse to a line.",
        _measure(f),
    )


def _carried() -> dict[str, Tree]:
    """Give the vector, its image, the half axes, and the matrix that each space shows."""
    J = [[Term("J11"), Term("J12")], [Term("J21"), Term("J22")]]
    way, turn = Term("way"), Term("angle") * (pi / 180)
    out = {"v1": term("cos", turn), "v2": term("sin", turn)}
    for i in (0, 1):
        for j in (0, 1):
            unit = float(i == j)
            out[f"M{i + 1}{j + 1}"] = way.pick(J[i][j], J[j][i])
            out[f"x{i + 1}{j + 1}"] = way.pick(unit, Term(f"M{i + 1}{j + 1}"))
            out[f"y{i + 1}{j + 1}"] = way.pick(Term(f"M{i + 1}{j + 1}"), unit)
    for space in "xy":  # whether e₁ and e₂ keep their order, seen from above: 1 or −1
        a, b, c, d = (Term(f"{space}{ij}") for ij in ("11", "12", "21", "22"))
        out[f"{space}turn"] = term("sign", a * d - b * c)
    for i in ("1", "2"):
        out[f"w{i}"] = Term(f"M{i}1") * Term("v1") + Term(f"M{i}2") * Term("v2")
    (a, b), (c, d) = J
    # the half axes of a 2×2 matrix: a rotation and a reflection, whose sizes add and subtract
    out["longest"] = (_length(a + d, b - c) + _length(a - d, b + c)) / 2
    out["shortest"] = abs(a * d - b * c) / Term("longest")
    out["length"] = _length(Term("w1"), Term("w2"))
    wide = term("max", 1.35, 1.22 * Term("longest"))
    out["xscale"] = RADIUS / way.pick(1.35, wide)
    out["yscale"] = RADIUS / way.pick(wide, 1.35)
    return {name: formula.tree for name, formula in out.items()}


def _length(a: Term, b: Term) -> Term:
    return (a * a + b * b) ** 0.5


def _measure(f):
    def measure(state: Mapping) -> dict:
        x = np.array([state["x1"], state["x2"]], float)
        turn = np.radians(state["angle"])
        v = np.array([np.cos(turn), np.sin(turn)])
        y, pullback = vjp(f, x)
        w = pullback(v)[0] if state["way"] else jvp(f, (x,), (v,))[1]
        J = jacobian(f)(x)
        axes = np.linalg.svd(J, compute_uv=False)
        numbers = {"y1": y[0], "y2": y[1], "v1": v[0], "v2": v[1], "w1": w[0], "w2": w[1]}
        numbers |= {f"J{i + 1}{j + 1}": J[i, j] for i in (0, 1) for j in (0, 1)}
        return numbers | {
            "longest": axes[0], "shortest": axes[1], "length": np.linalg.norm(w),
        }  # fmt: skip

    return measure


def _scene(space: str) -> Scene:
    """Draw one of the spaces: the circle where the way begins, the ellipse where it ends."""
    scene = Scene(
        f"jacobian-circle-{space}", WIDTH, HEIGHT,
        f"The space of {space}: tangents and cotangents at {space}, as arrows from the centre",
    )  # fmt: skip
    begins = FORWARD if space == "x" else BACK
    _heading(scene, space)
    for x1, y1, x2, y2 in (
        (WIDTH / 2 - RADIUS, MIDDLE, WIDTH / 2 + RADIUS, MIDDLE),
        (WIDTH / 2, MIDDLE - RADIUS, WIDTH / 2, MIDDLE + RADIUS),
    ):
        scene.line(x1, y1, x2, y2, "faint")
    for k in (1, 2):  # before the curves: a label's halo hides the axes alone
        _tip_label(scene, space, k, begins)
    ring = {"cx": WIDTH / 2, "cy": MIDDLE, "r": Term(f"{space}scale")}
    scene.add("circle", cls="line faint", show=begins.is_(0), **ring)
    t = Term("t")
    turning = Curve("t", 0.0, 2 * pi, *_at(space, term("cos", t), term("sin", t)), 73)
    scene.curve(turning, when=LOOK)
    for k, dash in ((1, ""), (2, " dash")):
        tip = _at(space, float(k == 1), float(k == 2))
        scene.line(WIDTH / 2, MIDDLE, *tip, f"thin{dash}")
        scene.add("circle", cx=tip[0], cy=tip[1], r=2.5, cls="faint")
    tip = _at(space, Term("v1"), Term("v2"))
    scene.line(WIDTH / 2, MIDDLE, *tip, "thick", when=LOOK)
    scene.add("circle", cx=tip[0], cy=tip[1], r=5, when={"primal": FORWARD, "cotangent": BACK})
    return scene


def _at(space: str, a, b) -> tuple[Term, Term]:
    """Place in the drawing what the space's matrix makes of (a, b)."""
    across, up = (Term(f"{space}{i}1") * a + Term(f"{space}{i}2") * b for i in (1, 2))
    scale = Term(f"{space}scale")
    return WIDTH / 2 + scale * across, MIDDLE - scale * up


def _tip_label(scene: Scene, space: str, k: int, begins: Term) -> None:
    """Name where a unit vector lands, outside of the curve.

    At the image of e₁ the curve runs along the image of e₂, and the other way round: the label
    stands across that direction.
    """
    tip = _at(space, float(k == 1), float(k == 2))
    a, b = (Term(f"{space}{row}{3 - k}") for row in (1, 2))
    out = (17.0 if k == 1 else -17.0) * Term(f"{space}turn") / _length(a, b)
    x, y = tip[0] + out * b, tip[1] + out * a + 4
    image = "*J*" if space == "y" else "*J*ᵀ"
    label = either(begins, f"*e*{'₁₂'[k - 1]}", f"{image}*e*{'₁₂'[k - 1]}")
    scene.text(x, y, [label], "mid sm halo")
    scene.text(x, y, [label], "mid sm")


def _heading(scene: Scene, space: str) -> None:
    """Say above which vectors these are, and below what the arrow is."""
    texts = {
        "x": [
            (FORWARD, "primal", "tangents at *x*", "*ẋ*", "v"),
            (BACK, "cotangent", "cotangents at *x*, after *J*ᵀ", "*x\u0304* = *J*ᵀ*ȳ*", "w"),
        ],
        "y": [
            (FORWARD, "primal", "tangents at *y*, after *J*", "*ẏ* = *Jẋ*", "w"),
            (BACK, "cotangent", "cotangents at *y*", "*ȳ*", "v"),
        ],
    }
    for shown, cls, title, name, vector in texts[space]:
        scene.text(WIDTH / 2, 16, title, f"{cls} mid", show=shown)
        numbers = [number(Term(f"{vector}1"), 3), ", ", number(Term(f"{vector}2"), 3)]
        text = [f"{name} = (", *numbers, ")"]
        scene.text(WIDTH / 2, HEIGHT - 8, text, f"{cls} mid", show=shown)


def _sentence() -> list:
    w = ["(", number(Term("w1"), 3), ", ", number(Term("w2"), 3), ")"]
    v = ["(", number(Term("v1"), 3), ", ", number(Term("v2"), 3), ")"]
    length, longest = Term("length"), Term("longest")
    return [
        either(FORWARD, ["Forward, the tangent ẋ = ", *v, " of length 1 becomes ẏ = *J*ẋ = ", *w],
               ["Back, the cotangent ȳ = ", *v, " of length 1 becomes x\u0304 = *J*ᵀȳ = ", *w]),
        ", of length ", number(length, 3), ". ",
        either(length >= 0.9995 * longest, "✓ No other direction has a longer image. "),
        either(length <= 1.0005 * Term("shortest"), "No other direction has a shorter image. "),
        "The half axes are ", number(longest, 3), " and ", number(Term("shortest"), 3),
        either(FORWARD, ", and those of the ellipse on the way back are the same.",
               ", as on the way forward. In general this ellipse lies in another "
               "direction."),
        either(Term("shortest") < 0.02 * longest, " It is nearly a line: *J* is nearly singular."),
    ]  # fmt: skip
