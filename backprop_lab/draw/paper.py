"""The paper for figures without axes: its units are points, its origin is bottom left."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.patches import BoxStyle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path as Curve
from matplotlib.textpath import text_to_path

from backprop_lab.draw.figure import INK

WIDTH = 360.0  # points: 480 px on a desk, and at 330 px a type of 10 points is still 9 px high
BASE, SMALL = 13.0, 11.5  # mathematics; Computer Modern is small for its size
WORDS, TITLE = 10.5, 13.0


class Paper:
    """A blank sheet of `width` × `height` points, and what is drawn on it."""

    def __init__(self, height: float, width: float = WIDTH):
        self.width, self.height = width, height
        self.canvas = Canvas(figsize=(width / 72, height / 72), dpi=72)
        self.axes: Axes = self.canvas.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(0, height))
        self.axes.set_axis_off()

    def text(self, x, y, text, colour=INK, size=BASE, ha="center", va="baseline", **more):
        """Write `text` with its baseline at `y`."""
        self.axes.text(x, y, text, color=colour, fontsize=size, ha=ha, va=va, **more)

    def title(self, text):
        """Write a heading at the top, made smaller where it is too long."""
        size = TITLE * min(1.0, (self.width - 12) / width_of(text, TITLE, "bold"))
        self.text(self.width / 2, self.height - TITLE, text, size=size, weight="bold")

    def box(self, x, y, width, height, colour=INK, fill=None, alpha=0.0, radius=5.0, lw=0.9):
        """Draw a rounded box with its bottom left corner at (x, y), tinted with `fill`."""
        shape = BoxStyle("Round", pad=0, rounding_size=radius)
        if fill:
            self.axes.add_patch(
                FancyBboxPatch((x, y), width, height, shape, fc=fill, ec="none", lw=0, alpha=alpha)
            )
        if lw:
            self.axes.add_patch(
                FancyBboxPatch((x, y), width, height, shape, fc="none", ec=colour, lw=lw)
            )

    def line(self, curve: Curve, colour=INK, lw=1.4, dashes=None):
        """Draw a curve; `dashes` are lengths in points."""
        style = (0, dashes) if dashes else "-"
        self.axes.add_patch(PathPatch(curve, fc="none", ec=colour, lw=lw, ls=style))

    def arrow_head(self, tip, direction, colour=INK, size=6.5):
        """Fill an arrow head with its point at `tip`; `direction` is a unit vector."""
        (x, y), (u, v) = tip, direction
        half = 0.38 * size
        base = (x - size * u, y - size * v)
        corners = [
            (x, y),
            (base[0] - half * v, base[1] + half * u),
            (base[0] + half * v, base[1] - half * u),
        ]
        self.axes.add_patch(Polygon(corners, closed=True, fc=colour, ec="none", lw=0))


def width_of(text: str, size: float = BASE, weight: str = "normal") -> float:
    """Measure a line of text, in points."""
    font = FontProperties(size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, "$" in text)[0]
