"""Sheets with axes, measured in points, and notes beside their curves."""

from __future__ import annotations

from matplotlib.figure import Figure as Canvas

from backprop_lab.draw.figure import INK
from backprop_lab.draw.paper import TITLE, WIDTH, WORDS


def sheet(height: float, rows: int = 1, left=44.0, right=12.0, bottom=40.0, top=10.0, gap=24.0):
    """Make a sheet of `height` points with `rows` axes above each other, edges given in points."""
    canvas = Canvas(figsize=(WIDTH / 72, height / 72), dpi=72)
    room = (height - top - bottom - gap * (rows - 1)) / rows
    axes = []
    for k in range(rows):
        y = height - top - (k + 1) * room - k * gap
        box = (left / WIDTH, y / height, (WIDTH - left - right) / WIDTH, room / height)
        axes.append(canvas.add_axes(box))
    return canvas, axes


def heading(canvas: Canvas, title: str | None, height: float) -> None:
    """Write a title at the top of a sheet of `height` points, where there is one."""
    if title:
        canvas.text(
            0.5, 1 - (TITLE + 2) / height, title, fontsize=TITLE, weight="bold", ha="center"
        )


def note(axes, text, xy, colour=INK, offset=(0, 0), ha="left", va="center", size=WORDS, **more):
    """Write `text` beside a point, `offset` points away."""
    axes.annotate(
        text, xy, offset, textcoords="offset points", color=colour, fontsize=size, ha=ha, va=va,
        annotation_clip=False, **more,
    )  # fmt: skip


def trim_ticks(axes) -> None:
    """Drop the ticks beyond the ends of the axes: they are not seen, but would count as labels."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_ticks([tick for tick in axis.get_ticklocs() if low <= tick <= high])
