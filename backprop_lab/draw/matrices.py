"""Jacobians as heat maps, and as what they do to a circle."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.path import Path as Curve

from backprop_lab.draw import words
from backprop_lab.draw.cells import matrix, number, say_row, say_rows
from backprop_lab.draw.figure import (
    COTANGENT,
    FAINT,
    INK,
    LOCAL,
    NEGATIVE,
    PRIMAL,
    Figure,
    book_style,
)
from backprop_lab.draw.paper import BASE, SMALL, WIDTH, WORDS, Paper, width_of
from backprop_lab.errors import TraceError
from backprop_lab.jacobians import jacobian
from backprop_lab.transforms import jvp, vjp

TINT = 0.5  # how strongly the largest entry is tinted: the ink on it keeps its contrast


def _jacobian_of(f: Callable, x, who: str) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    if x.ndim != 1:
        raise TraceError(f"{who} needs a vector x, of shape (n,); got shape {x.shape}.")
    J = jacobian(f)(x)
    if np.ndim(J) != 2:
        raise TraceError(
            f"{who} needs a function from vectors to vectors; its Jacobian has shape "
            f"{np.shape(J)}, not (outputs, inputs). Let f return an array of one axis."
        )
    return matrix(J, who)


def _heat(paper: Paper, J, x, top, cell, indices: bool = True) -> None:
    """Draw a Jacobian from (x, top) down: green positive, purple negative, an outline zero."""
    rows, columns = J.shape
    largest = np.abs(J).max() or 1.0
    for (i, j), value in np.ndenumerate(J):
        left, bottom = x + j * cell[0], top - (i + 1) * cell[1]
        colour = LOCAL if value > 0 else NEGATIVE
        share = TINT * (0.16 + 0.84 * abs(value) / largest) if value else 0.0
        inset = 1.2
        box = (left + inset, bottom + inset, cell[0] - 2 * inset, cell[1] - 2 * inset)
        paper.box(*box, FAINT, colour if value else None, share, radius=3, lw=0 if value else 0.35)
        at = left + cell[0] / 2, bottom + cell[1] / 2 - 3.7
        paper.text(*at, number(value, cell[0] - 7), INK if value else FAINT, SMALL)
    if indices:
        for j in range(columns):
            paper.text(x + (j + 0.5) * cell[0], top + 5, f"$x_{{{j + 1}}}$", PRIMAL, SMALL)
        for i in range(rows):
            y = top - (i + 0.5) * cell[1] - 3.5
            paper.text(x - 4, y, f"$y_{{{i + 1}}}$", PRIMAL, SMALL, ha="right")


@book_style()
def jacobian_map(f: Callable, x, title: str | None = None) -> Figure:
    """Draw the Jacobian of `f` at `x` as a heat map with its numbers: row i, column j is ∂yᵢ/∂xⱼ.

    `x` has shape (n,), f(x) has shape (m,), both at most 8. Green is positive, purple negative (and
    signed), stronger is larger, an outlined cell is 0.

    Raises `TraceError` where x or f(x) is no vector, or too long to read.

    >>> print(jacobian_map(np.cumsum, [1.0, 2.0]).alt)
    Jacobian of cumsum at x = (1, 2), 2×2: [(1, 0); (1, 1)].
    """
    J = _jacobian_of(f, x, "draw.jacobian_map")
    rows, columns = J.shape
    cell = min(64.0, (WIDTH - 48) / columns), 34.0
    head = 24.0 + (24.0 if title else 0.0)
    paper = Paper(head + rows * cell[1] + 8)
    if title:
        paper.title(title)
    _heat(paper, J, (WIDTH - columns * cell[0]) / 2 + 8, paper.height - head, cell)
    alt = _say_map(getattr(f, "__name__", "f").strip("<>"), J, x)
    return Figure(paper.canvas, title or "Jacobian", alt)


@book_style()
def jacobian_maps(maps: Mapping[str, Callable], x, title: str | None = None) -> Figure:
    """Draw the Jacobians of several functions at one `x` as small heat maps.

    `x` has shape (n,), at most 8: two maps stand abreast up to n = 3, and one from 4. `maps` gives
    each function its heading. Colours are as in `jacobian_map`; each map has its own scale.

    Raises `TraceError` as `jacobian_map` does, and where there is no map.

    >>> maps = {"exp": np.exp, "cumsum": np.cumsum}
    >>> print(jacobian_maps(maps, [0.0, 0.0]).alt)
    Jacobian of exp at x = (0, 0), 2×2: [(1, 0); (0, 1)].
    Jacobian of cumsum at x = (0, 0), 2×2: [(1, 0); (1, 1)].
    """
    if not maps:
        raise TraceError("draw.jacobian_maps needs at least one function: {'exp': np.exp, …}.")
    arrays = {name: _jacobian_of(f, x, "draw.jacobian_maps") for name, f in maps.items()}
    columns = max(J.shape[1] for J in arrays.values())
    rows = max(J.shape[0] for J in arrays.values())
    abreast = 2 if columns <= 3 and len(arrays) > 1 else 1
    lead, between = 20.0, 10.0
    cell = min(50.0, ((WIDTH + between - 8) / abreast - between - lead) / columns), 30.0
    width = lead + columns * cell[0]
    block = 42 + rows * cell[1] + 12
    deep = -(-len(arrays) // abreast)
    head = 24.0 if title else 0.0
    paper = Paper(head + deep * block)
    if title:
        paper.title(title)
    left = (WIDTH - abreast * (width + between) + between) / 2
    for k, (name, J) in enumerate(arrays.items()):
        x0 = left + (k % abreast) * (width + between) + lead
        top = paper.height - head - (k // abreast) * block - 42
        paper.text(x0 + J.shape[1] * cell[0] / 2, top + 23, name, INK, WORDS + 1, weight="bold")
        _heat(paper, J, x0, top, cell)
    alt = "\n".join(_say_map(name, J, x) for name, J in arrays.items())
    return Figure(paper.canvas, title or "Jacobians", alt)


def _say_map(name: str, J, x) -> str:
    shape = words.say_shape(J.shape)
    return f"Jacobian of {name} at x = {say_row(x)}, {shape}: {say_rows(J)}."


@book_style()
def unit_circle(J, title: str | None = None, back: bool = False) -> Figure:
    """Draw what a 2×2 Jacobian does to a circle: to tangents, or with `back` to cotangents.

    Forward: left the tangents ẋ of length 1 with e₁ and e₂, right ẏ = Jẋ, where e₁ and e₂ land on
    the columns of J. Back: right the cotangents ȳ of length 1, left x̄ = Jᵀȳ, where e₁ and e₂ land
    on the rows of J. The engine's `jvp` or pullback of x ↦ Jx gives every point.

    Raises `TraceError` where J is not 2×2.

    >>> print(unit_circle([[3.0, 2.0], [4.0, 1.0]]).alt)
    The unit circle of tangents, and the ellipse that J = [(3, 2); (4, 1)] makes of it.
    e₁ lands on the first column, (3, 4); e₂ on the second, (2, 1).
    >>> print(unit_circle([[3.0, 2.0], [4.0, 1.0]], back=True).alt.splitlines()[-1])
    e₁ comes back as the first row, (3, 2); e₂ as the second, (4, 1).
    """
    J = matrix(J, "draw.unit_circle")
    if J.shape != (2, 2):
        raise TraceError(f"draw.unit_circle needs a 2×2 matrix; got shape {J.shape}.")
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    _, pullback = vjp(lambda x: J @ x, np.zeros(2))

    def push(tangent):
        return jvp(lambda x: J @ x, (np.zeros(2),), (tangent,))[1]

    def pull(cotangent):
        return pullback(cotangent)[0]

    carry = pull if back else push
    ellipse = np.array([carry(v) for v in circle])
    ends = [carry(e) for e in np.eye(2)]
    side, head = 164.0, 24.0 + (24.0 if title else 0.0)
    paper = Paper(head + side + 30)
    if title:
        paper.title(title)
    middle = paper.height - head - side / 2
    start, end = side / 2 + 6, WIDTH - side / 2 - 6  # a circle begins on its own side
    if back:
        start, end = end, start
        names, colours = (r"\bar{y}", r"\bar{x} = J^{\mathsf{T}}\bar{y}"), (COTANGENT, COTANGENT)
        landed = (r"$J^{\mathsf{T}}e_1$", r"$J^{\mathsf{T}}e_2$")
    else:
        names, colours = (r"\dot{x}", r"\dot{y} = J\dot{x}"), (PRIMAL, LOCAL)
        landed = ("$Je_1$", "$Je_2$")
    matrices = (np.eye(2), J.T if back else J)
    panels = [
        (start, circle, list(np.eye(2)), 1.6, ("$e_1$", "$e_2$")),
        (end, ellipse, ends, 1.22 * np.abs(ellipse).max() or 1.0, landed),
    ]
    for k, (x, points, arrows, reach, labels) in enumerate(panels):
        scale = side / 2 / reach
        _axes(paper, x, middle, side / 2)
        paper.line(Curve(points * scale + (x, middle)), colours[k], 1.6)
        for tip, label, dashes in zip(arrows, labels, (None, (4, 2)), strict=True):
            away = _outward(matrices[k], tip)
            _vector(paper, (x, middle), np.array(tip) * scale, label, dashes, away)
        paper.text(x, middle + side / 2 + 8, f"${names[k]}$", colours[k], BASE)
        pairs = [f"({', '.join(words.tex_number(v) for v in tip)})" for tip in arrows]
        texts = [f"{n.strip('$')}={p}" for n, p in zip(labels, pairs, strict=True)]
        paper.text(x, 9, f"${texts[0]}\\quad {texts[1]}$", INK, SMALL)
    if back:
        alt = (
            f"The unit circle of cotangents, and the ellipse that Jᵀ makes of it, "
            f"J = {say_rows(J)}.\n"
            f"e₁ comes back as the first row, {say_row(ends[0])}; "
            f"e₂ as the second, {say_row(ends[1])}."
        )
        return Figure(paper.canvas, title or "A circle of cotangents comes back", alt)
    alt = (
        f"The unit circle of tangents, and the ellipse that J = {say_rows(J)} makes of it.\n"
        f"e₁ lands on the first column, {say_row(ends[0])}; e₂ on the second, {say_row(ends[1])}."
    )
    return Figure(paper.canvas, title or "A circle becomes an ellipse", alt)


def _outward(J, tip) -> np.ndarray:
    """Give the unit normal of the ellipse at `tip`; where J is singular, the way of `tip`."""
    singular = abs(np.linalg.det(J)) < 1e-9
    way = np.array(tip) if singular else np.linalg.solve(J @ J.T, tip)
    return way / (np.linalg.norm(way) or 1.0)


def _axes(paper: Paper, x, y, reach) -> None:
    paper.line(Curve([(x - reach, y), (x + reach, y)]), FAINT, 0.5)
    paper.line(Curve([(x, y - reach), (x, y + reach)]), FAINT, 0.5)


def _vector(paper: Paper, origin, step, label, dashes, away) -> None:
    length = float(np.linalg.norm(step))
    if length < 1:
        return
    unit = step / length
    tip = np.add(origin, step)
    paper.line(Curve([origin, tip - 6 * unit]), INK, 1.7, dashes)
    paper.arrow_head(tip, unit, INK, 7.5)
    half = width_of(label) / 2
    x, y = tip + away * (6 + half * abs(away[0]) + 6 * abs(away[1]))
    x += (half + 3) * (abs(x - origin[0]) < half)  # off the axes
    if abs(y - origin[1]) < 6:
        y += 10 if away[1] > -0.5 else -14
    paper.text(x, y - 4, label, INK, BASE)
