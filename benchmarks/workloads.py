"""What a workload is: one function, and its gradient written out by hand in idiomatic NumPy.

The function is written once, over `xp`, the NumPy of the library that traces it: `numpy` itself
for Backprop Lab, `autograd.numpy`, `jax.numpy`, `torch` and so on. The limit that everything is
compared with is `by_hand`: what a careful person writes for that one function, without a library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    """One function to differentiate.

    `loss(library, *constants)` makes the function of the arguments; `by_hand(*arguments)` gives
    its gradients as a tuple. `transform` names what a library runs: its `gradient`, or `jacobian`.
    """

    loss: Callable
    arguments: tuple
    by_hand: Callable
    constants: tuple = ()
    transform: str = "gradient"
    operations: int = 0  # on the longest chain, where that is what counts
    without: tuple = ()  # columns that would take minutes, or compile for ever
    against: str = "by hand"


def generator(seed: int) -> np.random.Generator:
    """The only source of random numbers; every workload has a seed of its own."""
    return np.random.default_rng(seed)


# A graph of this many nodes takes JAX minutes: to compile, or to run one dispatch at a time.
TOO_DEEP_FOR_JAX = ("JAX jit", "JAX eager")
