"""The list below a graph: each path as a product of its slopes, and their sum."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.path import Path as Curve

from backprop_lab.draw.arrows import DASHES
from backprop_lab.draw.figure import COTANGENT, FAINT, INK, LOCAL
from backprop_lab.draw.paper import WORDS, Paper, width_of

LINE, TAB = 18.0, 12.0  # from line to line, between the columns


@dataclass(frozen=True)
class Block:
    """The paths from one source, in TeX: (names, product) a path, and last (cotangent, sum)."""

    source: str
    rows: tuple[tuple[str, str], ...]

    def columns(self, size: float) -> tuple[float, float]:
        """Measure the two columns."""
        return tuple(max(width_of(row[k], size) for row in self.rows) for k in (0, 1))


class PathList:
    """Blocks of paths, abreast where the page is wide enough; the first one's paths are thick."""

    def __init__(self, blocks: list[Block], width: float):
        self.blocks, self.width = blocks, width
        self.size = 12.0 if len(blocks) == 1 else 11.0
        self.columns = [block.columns(self.size) for block in blocks]
        self.widths = [a + b + TAB for a, b in self.columns]
        spare = width - 8 - sum(self.widths)
        self.abreast = spare >= 16 * (len(blocks) - 1)
        self.gap = min(40.0, spare / max(len(blocks) - 1, 1)) if self.abreast else 0.0

    @property
    def height(self) -> float:
        """Give the room that the list takes at the foot of the figure."""
        lengths = [len(block.rows) + (len(self.blocks) > 1) for block in self.blocks]
        if self.abreast:
            return 27.0 + max(lengths) * LINE
        return 27.0 + sum(lengths) * LINE + 17 * (len(lengths) - 1)

    def draw(self, paper: Paper) -> None:
        """Write the list at the foot of `paper`."""
        x = (self.width - sum(self.widths) - self.gap * (len(self.blocks) - 1)) / 2
        y = self.height - 26
        for k, block in enumerate(self.blocks):
            left = x if self.abreast else (self.width - self.widths[k]) / 2
            below = self._draw_block(paper, block, left, y, k)
            x += self.widths[k] + self.gap
            y = y if self.abreast else below - 12

    def _draw_block(self, paper: Paper, block: Block, left: float, y: float, k: int) -> float:
        """Write one block from `y` down, and give where the next line would stand."""
        column = left + self.columns[k][0] + TAB
        if len(self.blocks) > 1:
            style = (INK, 2.3, None) if k == 0 else (FAINT, 1.1, DASHES)
            paper.line(Curve([(left, y + 3.5), (left + 22, y + 3.5)]), *style)
            paper.text(left + 28, y, f"from ${block.source}$", INK, WORDS + 0.5, ha="left")
            y -= LINE
        for names, product in block.rows[:-1]:
            paper.text(left, y, names, INK, self.size, ha="left")
            paper.text(column, y, product, LOCAL, self.size, ha="left")
            y -= LINE
        paper.line(Curve([(left, y + 11), (left + self.widths[k], y + 11)]), FAINT, 0.8)
        name, total = block.rows[-1]
        paper.text(column - 4, y - 5, name, COTANGENT, self.size, ha="right")
        paper.text(column, y - 5, total, COTANGENT, self.size, ha="left")
        return y - LINE - 5
