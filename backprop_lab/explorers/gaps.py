"""Where a curve jumps or has a pole between two of its points, and is not one line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

HALVINGS = 24
SMALL = 4.0  # what two points of one line may be apart, in units of the drawing
SHRUNK = 1e-3  # or, where a line is very steep, as a part of what they were apart at first
WAYS = 2  # parts of the way that are followed: beside a pole another one may be longer at first


def gaps(place: Callable, at: np.ndarray, points: np.ndarray) -> dict[int, tuple]:
    """Find the gaps of a curve: after which point, and the last places on both sides of it.

    `place` gives points, as two rows, of parameters. The way between two neighbours is halved, and
    its longest parts again: what is continuous gets small, and a jump stays. explorer.js does the
    same.

    >>> at = np.linspace(0, 3, 4)
    >>> step = lambda t: np.stack([t, np.where(t < 1.25, 0.0, 90.0)])
    >>> {k: [float(y.round()) for _, y in ends] for k, ends in gaps(step, at, step(at)).items()}
    {1: [0.0, 90.0]}
    """
    finite = np.isfinite(points).all(axis=0)
    which = np.flatnonzero(finite[:-1] & finite[1:])
    parts = _Parts(at[None, which], at[None, which + 1], points[:, None, which],
                   points[:, None, which + 1])  # fmt: skip
    alive, least = np.full((1, which.size), True), None
    for _ in range(HALVINGS):
        if not which.size:
            break
        halves = parts.halved(place)
        apart = np.where(alive, halves.apart().reshape(-1, 2, which.size).max(axis=1), -1.0)
        if least is None:
            least = np.maximum(SMALL, np.where(np.isfinite(apart[0]), apart[0], 0.0) * SHRUNK)
        apart = np.where(apart > least, apart, -1.0)
        order = np.argsort(-apart, axis=0, kind="stable")[:WAYS]
        alive = np.take_along_axis(apart, order, axis=0) > 0
        go = alive.any(axis=0)
        which, least, alive = which[go], least[go], np.repeat(alive[:, go], 2, axis=0)
        order = np.stack([2 * order, 2 * order + 1], axis=1).reshape(-1, len(go))
        parts = halves.chosen(order[:, go], go)
    return {
        int(k): parts.ends(j, alive[:, j], points[:, k], points[:, k + 1])
        for j, k in enumerate(which)
    }


class _Parts:
    """Parts of ways between points, where they begin and end: a row for a part, a column a way."""

    def __init__(self, a, b, pa, pb):
        self.a, self.b, self.pa, self.pb = a, b, pa, pb

    def halved(self, place):
        """Give the two halves of each part, one below the other."""
        m = (self.a + self.b) / 2
        pm = place(m.ravel()).reshape(2, *m.shape)
        pairs = (self.a, m), (m, self.b), (self.pa, pm), (pm, self.pb)
        return _Parts(*(
            np.stack(pair, axis=-2).reshape(*pair[0].shape[:-2], -1, m.shape[-1]) for pair in pairs
        ))  # fmt: skip

    def apart(self):
        """How far the ends of each part are from each other; infinite where one does not exist."""
        with np.errstate(invalid="ignore"):
            far = np.abs(self.pa - self.pb).max(axis=0)
        return np.where(np.isfinite(far), far, np.inf)

    def chosen(self, order, ways):
        """Take some of the parts of some ways."""
        kept = (x[..., ways] for x in (self.a, self.b, self.pa, self.pb))
        return _Parts(*(
            np.take_along_axis(x, order if x.ndim == 2 else order[None], axis=-2) for x in kept
        ))  # fmt: skip

    def ends(self, way, alive, before, after):
        """Give the points around what is left of a way, or its own ends where they do not exist."""
        rows = np.flatnonzero(alive)
        first, last = rows[np.argmin(self.a[rows, way])], rows[np.argmax(self.b[rows, way])]
        left, right = self.pa[:, first, way], self.pb[:, last, way]
        return (
            left if np.isfinite(left).all() else before,
            right if np.isfinite(right).all() else after,
        )
