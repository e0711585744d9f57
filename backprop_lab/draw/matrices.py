"""Jacobians as heat maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from backprop_lab.draw import words
from backprop_lab.draw.cells import matrix, number, say_row, say_rows
from backprop_lab.draw.figure import (
    FAINT,
    INK,
    LOCAL,
    NEGATIVE,
    PRIMAL,
    Figure,
    book_style,
)
from backprop_lab.draw.paper import SMALL, WIDTH, WORDS, Paper
from backprop_lab.errors import TraceError
from backprop_lab.jacobians import jacobian

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
