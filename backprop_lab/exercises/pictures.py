"""Small pictures of arrays, as inline SVG: a number in each cell, so that colour says it twice."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LARGEST = 8  # entries along an axis; more would not be legible on a phone
_HEIGHT, _TOP, _LETTER = 24, 20, 7.4
_POSITIVE, _NEGATIVE = "#2f7fd1", "#a055b8"  # legible under text of either theme at these opacities


@dataclass(frozen=True)
class Grid:
    """An array to be shown, its title, and a mark (✓ or ✗) for each entry, if there are any."""

    title: str
    values: np.ndarray
    marks: np.ndarray | None = None


def number(value: float, digits: int = 4) -> str:
    """Write a number shortly, the same everywhere.

    >>> number(-0.0), number(1 / 3), number(6030000.0), number(float("nan"))
    ('0', '0.3333', '6030000', 'nan')
    """
    value = float(value) + 0.0
    if value.is_integer() and abs(value) < 1e12:
        return str(int(value))
    return f"{value:.{digits}g}"


def rows_of(values: np.ndarray) -> np.ndarray:
    """Give an array of up to two axes as a table; a vector lies down as one row."""
    return np.atleast_2d(np.asarray(values, dtype=float))


def drawable(values) -> bool:
    """Whether an array is one that a picture helps with."""
    shape = np.shape(values)
    size = int(np.prod(shape))
    return 1 <= len(shape) <= 2 and 1 < size and max(shape) <= LARGEST


def heat_maps(grids: Sequence[Grid]) -> str:
    """Draw arrays beside each other where there is room; one scale of colour serves them all."""
    scale = max((np.max(np.abs(_finite(g.values)), initial=0.0) for g in grids), default=0.0)
    return "".join(_heat_map(grid, scale or 1.0) for grid in grids)


def _heat_map(grid, scale) -> str:
    texts, values = _texts(grid), rows_of(grid.values)
    cell = max(38.0, _LETTER * max(len(t) for row in texts for t in row) + 12)
    cells = "".join(
        _cell(j * cell, _TOP + i * _HEIGHT, cell, values[i, j] / scale, text)
        for i, row in enumerate(texts)
        for j, text in enumerate(row)
    )
    width = max(cell * len(texts[0]), 7.0 * len(grid.title)) + 2
    height = _TOP + _HEIGHT * len(texts) + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {width:g} {height}" '
        f'width="{width:g}" height="{height}" role="img" aria-label="{_words(grid, texts)}" '
        'style="max-width:100%;height:auto;vertical-align:top;margin:0.5em 1.5em 0 0;'
        f'color:inherit" font-family="inherit"><text x="0" y="14" font-size="12" '
        f'fill="currentColor">{_safe(grid.title)}</text>{cells}</svg>'
    )


def _texts(grid) -> list[list[str]]:
    table = rows_of(grid.values)
    marks = np.full(table.shape, "") if grid.marks is None else grid.marks.reshape(table.shape)
    return [
        [f"{number(v)} {mark}".strip() for v, mark in zip(*pair, strict=True)]
        for pair in zip(table, marks, strict=True)
    ]


def _cell(x, y, width, share, text) -> str:
    share = min(abs(share), 1.0) * (1 if share >= 0 else -1) if np.isfinite(share) else 0.0
    colour = _POSITIVE if share >= 0 else _NEGATIVE
    return (
        f'<rect x="{x:g}" y="{y}" width="{width:g}" height="{_HEIGHT}" fill="{colour}" '
        f'fill-opacity="{0.38 * abs(share):.2f}" stroke="currentColor" stroke-opacity="0.3"/>'
        f'<text x="{x + width / 2:g}" y="{y + 16}" font-size="12" text-anchor="middle" '
        f'fill="currentColor">{_safe(text)}</text>'
    )


def _finite(values):
    values = np.asarray(values, dtype=float)
    return values[np.isfinite(values)]


def _words(grid, texts) -> str:
    return _safe(f"{grid.title}: {'; '.join(', '.join(row) for row in texts)}")


def _safe(text: str) -> str:
    return html.escape(text)
