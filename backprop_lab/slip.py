"""What a slip is: the name of a mistake, what one tells whoever made it, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.slip_entries import Step

WAYS = ("on_paths", "on_jacobian", "on_entries", "by_shape")


@dataclass(frozen=True)
class Slip:
    """A named mistake: what it is called, and what one tells the person who made it.

    `on_paths(paths)` gives the wrong sums for a scalar chain rule; each path is a list of local
    derivatives. `on_jacobian(J, y_bar)` gives the wrong cotangents for x̄ = Jᵀȳ, J of the shape
    `shape(y) + shape(x)`. `on_entries(step)` gives the wrong entries of an array of any size.
    `by_shape(got, wanted)` says whether a shape alone gives the slip away.
    """

    name: str
    title: str
    explanation: str
    on_paths: Callable[[Sequence[Sequence]], Iterator] | None = None
    on_jacobian: Callable[[np.ndarray, np.ndarray], Iterator] | None = None
    on_entries: Callable[[Step], Iterator] | None = None
    by_shape: Callable[[tuple, tuple], bool] | None = None

    @property
    def in_proofs(self) -> bool:
        """Whether it can be made in any derivation; others belong to what an exercise asks."""
        return any(getattr(self, way) for way in WAYS)
