"""A pullback as blocks of numbers: Jᵀ times ȳ is x̄."""

from __future__ import annotations

import numpy as np
from matplotlib.path import Path as Curve

from backprop_lab.draw import words
from backprop_lab.draw.cells import matrix, number, say_row, say_rows
from backprop_lab.draw.figure import COTANGENT, INK, LOCAL, Figure, book_style
from backprop_lab.draw.paper import BASE, TITLE, WIDTH, WORDS, Paper, width_of
from backprop_lab.errors import TraceError
from backprop_lab.transforms import vjp


def _draw_block(paper: Paper, array: np.ndarray, x, top, cell, colour, name, shape) -> None:
    """Draw an array as cells with their numbers, its name above and its shape below."""
    rows, columns = array.shape
    width, height = columns * cell[0], rows * cell[1]
    paper.box(x, top - height, width, height, colour, fill=colour, alpha=0.13, lw=1.2, radius=4)
    for j in range(1, columns):
        paper.line(Curve([(x + j * cell[0], top), (x + j * cell[0], top - height)]), colour, 0.4)
    for i in range(1, rows):
        paper.line(Curve([(x, top - i * cell[1]), (x + width, top - i * cell[1])]), colour, 0.4)
    for (i, j), value in np.ndenumerate(array):
        text = number(value, cell[0] - 4, BASE)
        at = x + (j + 0.5) * cell[0], top - (i + 0.5) * cell[1] - 4
        paper.text(*at, text, INK)
    paper.text(x + width / 2, top + 9, f"${name}$", colour, TITLE + 1)
    paper.text(x + width / 2, top - height - 16, shape, colour, WORDS)


@book_style()
def pull_back(J, y_bar, title: str | None = None) -> Figure:
    """Draw x̄ = Jᵀȳ as blocks of numbers, each with its shape, and the rows as sums where they fit.

    `J` has shape (outputs, inputs), `y_bar` (outputs,). The product is what the engine's pullback
    of x ↦ Jx gives for ȳ.

    Raises `TraceError` where J is no matrix, or ȳ does not have one entry for each of its rows.

    >>> J = [[3.0, 2.0], [4.0, 1.0], [0.0, np.cos(3.0)]]
    >>> print(pull_back(J, [1.0, 2.0, 3.0]).alt.splitlines()[-1])
    x̄₁ = 3 · 1 + 4 · 2 + 0 · 3 = 11. x̄₂ ≈ 2 · 1 + 1 · 2 + (−0.99) · 3 ≈ 1.03.
    """
    J = matrix(J, "draw.pull_back")
    y_bar = np.asarray(y_bar, dtype=float)
    if y_bar.shape != J.shape[:1]:
        raise TraceError(
            f"draw.pull_back: J has shape {J.shape}, so ȳ needs shape {J.shape[:1]}; got "
            f"{y_bar.shape}. A cotangent of y has one entry for each row of J."
        )
    _, pullback = vjp(lambda x: J @ x, np.zeros(J.shape[1]))
    (x_bar,) = pullback(y_bar)
    outputs, inputs = J.shape
    signs = 2 * 22.0
    cell = min(50.0, (WIDTH - 16 - signs) / (outputs + 2)), 30.0
    tall = max(inputs, outputs) * cell[1]
    lines = _sums(J, y_bar, x_bar)
    lines = lines if max(map(width_of, lines)) <= 1.14 * (WIDTH - 16) else []
    head = 34.0 + (24.0 if title else 0.0)
    paper = Paper(head + tall + 24 + (20 if lines else 0) + 21 * len(lines))
    if title:
        paper.title(title)
    middle = paper.height - head - tall / 2
    x = (WIDTH - (outputs + 2) * cell[0] - signs) / 2
    blocks = [
        (J.T, LOCAL, r"J^{\mathsf{T}}", f"{inputs}×{outputs}"),
        (y_bar[:, None], COTANGENT, r"\bar{y}", f"{outputs}×1"),
        (x_bar[:, None], COTANGENT, r"\bar{x}", f"{inputs}×1"),
    ]
    for k, (array, colour, name, shape) in enumerate(blocks):
        top = middle + len(array) * cell[1] / 2
        _draw_block(paper, array, x, top, cell, colour, name, shape)
        x += array.shape[1] * cell[0]
        if k < 2:
            paper.text(x + 11, middle - 4, (r"$\cdot$", "$=$")[k], INK, TITLE + 2)
            x += 22
    y = middle - tall / 2 - 44
    widest = max(map(width_of, lines), default=0.0)
    size = BASE * min(1.0, (WIDTH - 16) / max(widest, 1.0))
    left = (WIDTH - widest * size / BASE) / 2
    for line in lines:
        paper.text(left, y, line, COTANGENT, size, ha="left")
        y -= 21
    alt = _say_pull_back(J, y_bar, x_bar)
    return Figure(paper.canvas, title or "Jᵀȳ = x̄", alt)


def _terms(J, y_bar, j, write) -> str:
    dot = r" \cdot " if write is words.tex_number else " · "
    products = [
        (words.factor if i else str)(write(J[i, j])) + dot + words.factor(write(y_bar[i]))
        for i in range(len(J))
    ]
    return " + ".join(products)


def _sums(J, y_bar, x_bar) -> list[str]:
    lines = []
    for j, total in enumerate(x_bar):
        first = words.tex_relation(*J[:, j], *y_bar)
        sign = words.tex_relation(*J[:, j], *y_bar, total)
        terms = _terms(J, y_bar, j, words.tex_number)
        name = f"\\bar{{x}}_{{{j + 1}}}"
        lines.append(f"${name} {first} {terms} {sign} {words.tex_number(total)}$")
    return lines


def _say_pull_back(J, y_bar, x_bar) -> str:
    said = [
        f"The transposed Jacobian, {J.shape[1]}×{J.shape[0]}, times the cotangent ȳ, "
        f"{J.shape[0]}×1, is the cotangent x̄, {J.shape[1]}×1.",
        f"Jᵀ = {say_rows(J.T)}; ȳ = {say_row(y_bar)}; x̄ = {say_row(x_bar)}.",
    ]
    rows = []
    for j, total in enumerate(x_bar):
        first = words.relation(*J[:, j], *y_bar)
        sign = words.relation(*J[:, j], *y_bar, total)
        terms = _terms(J, y_bar, j, words.say_number)
        name = words.say_name("x_bar") + words.say_name(f"x{j + 1}")[1:]
        rows.append(f"{name} {first} {terms} {sign} {words.say_number(total)}.")
    return "\n".join([*said, " ".join(rows)])
