"""Why pullbacks: the explicit Jacobian of a linear layer, built and multiplied, against its VJP.

For Y = XW with all sides n the Jacobian has n⁴ entries; the VJP is one product of n×n matrices.
"""

from __future__ import annotations

import numpy as np

from benchmarks.libraries import Library
from benchmarks.measure import Pace, paired_ratios
from benchmarks.workloads import generator

COLUMN = "explicit Jacobian"


def matrices(n: int) -> tuple:
    """W and the cotangent of Y."""
    return tuple(generator(11).normal(size=(2, n, n)))


def by_vjp(W, Y_bar):
    """X̄ = Ȳ Wᵀ."""
    return Y_bar @ W.T


def by_jacobian(W, Y_bar):
    """The same, from ∂Y/∂X as the matrix I ⊗ Wᵀ between vectors that list X and Y by rows."""
    J = np.kron(np.eye(len(Y_bar)), W.T)
    return (J.T @ Y_bar.ravel()).reshape(Y_bar.shape)


def jacobian_to_vjp(operands: tuple, libraries: list[Library], pace: Pace) -> dict:
    """No library is needed for this, so it is measured in one process only."""
    if libraries[0].module != "backprop_lab":
        return {}
    contenders = {
        "VJP": lambda: by_vjp(*operands),
        COLUMN: lambda: by_jacobian(*operands),
    }
    return paired_ratios(contenders, pace)
