"""Edges as drawn: smooth lines from box to box, with a head, and a gap for the label."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.path import Path as Curve

DASHES = (3.2, 2.2)


@dataclass
class Label:
    """A text on an edge, and the room it takes about its middle."""

    text: str
    x: float
    y: float
    width: float

    def covers(self, points: np.ndarray, pad: float = 2.5) -> np.ndarray:
        """Say which of the points lie behind the text."""
        return (abs(points[:, 0] - self.x) < self.width / 2 + pad) & (
            abs(points[:, 1] - self.y) < 6 + pad
        )

    def distance(self, points: np.ndarray) -> float:
        """Give the distance from the text to the nearest of the points."""
        dx = np.maximum(abs(points[:, 0] - self.x) - self.width / 2, 0)
        dy = np.maximum(abs(points[:, 1] - self.y) - 6, 0)
        return float(np.hypot(dx, dy).min())


def sample(corners: list[tuple[float, float]], steps: int = 120) -> np.ndarray:
    """Sample a smooth curve through `corners`: straight for two, vertical where it bends."""
    if len(corners) == 2:
        share = np.linspace(0, 1, steps)[:, None]
        return (1 - share) * np.array(corners[0]) + share * np.array(corners[1])
    pieces = []
    for k, ((x0, y0), (x1, y1)) in enumerate(pairwise(corners)):
        pull = 0.45 * (y0 - y1)
        a = (x0, y0 - pull * (k > 0)) if k else (x0 + 0.25 * (x1 - x0), y0 - 0.2 * pull)
        b = (x1, y1 + pull) if k < len(corners) - 2 else (x1 - 0.25 * (x1 - x0), y1 + 0.2 * pull)
        t = np.linspace(0, 1, steps // 2)[:, None]
        points = [np.array(p) for p in ((x0, y0), a, b, (x1, y1))]
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        pieces.append(sum(w * p for w, p in zip(weights, points, strict=True)))
    return np.vstack(pieces)


def beside(points: np.ndarray, distance: float) -> np.ndarray:
    """Move a line sideways, so that its ends stay on the boxes' edges."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
    moved = points.copy()
    moved[:, 0] += distance / np.maximum(np.abs(along[:, 1]), 0.45)
    return moved


def arrow(paper, points, label, colour, lw, dashes, size=6.5) -> None:
    """Draw a line with a head at its last point, and a gap where its label stands."""
    tip, before = points[-1], points[-1 - max(1, len(points) // 12)]
    direction = (tip - before) / np.linalg.norm(tip - before)
    paper.arrow_head(tip, direction, colour, size)
    if len(points) > 2:
        keep = np.linalg.norm(points - tip, axis=1) > size - 1
        keep &= ~label.covers(points) if label else True
    else:
        points, keep = np.array([points[0], tip - (size - 1) * direction]), np.ones(2, bool)
    runs = np.split(np.arange(len(points)), np.flatnonzero(np.diff(keep.astype(int))) + 1)
    for run in runs:
        if len(run) < 2 or not keep[run[0]]:
            continue
        piece = points[run]
        straight = np.linalg.norm(piece[-1] - piece[0]) > 0.9999 * _length(piece)
        paper.line(Curve(piece[[0, -1]] if straight else piece), colour, lw, dashes)


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
