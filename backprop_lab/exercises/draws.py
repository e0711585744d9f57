"""Numbers to draw inputs from: short to read, of order one, and none of them 0."""

from __future__ import annotations

import numpy as np

SHORT = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0)


def short_numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw an array of short numbers.

    >>> drawn = short_numbers(np.random.default_rng(0), 2, 3)
    >>> drawn.shape, set(drawn.flat) <= set(SHORT)
    ((2, 3), True)
    """
    return rng.choice(SHORT, shape)
