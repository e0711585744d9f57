"""What an explicit Jacobian costs, and what the vector–Jacobian product costs instead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backprop_lab.errors import TraceError


class Cost(NamedTuple):
    """Counts for the linear map Y = X W, X of shape N×p, W of shape p×m.

    Entries are numbers, bytes are bytes, FLOPs count a multiplication and an addition as two.
    `jacobian_*` is ∂Y/∂X as a full N×m×N×p array; `vjp_*` is X̄ = Ȳ Wᵀ; `weights_*` is W̄ = Xᵀ Ȳ.
    """

    jacobian_entries: int
    jacobian_nonzero: int
    jacobian_bytes: int
    jacobian_flops: int
    vjp_entries: int
    vjp_bytes: int
    vjp_flops: int
    weights_entries: int
    weights_bytes: int
    weights_flops: int

    @property
    def jacobian_zeros(self) -> float:
        """Share of the Jacobian's entries that are zero, between 0 and 1."""
        return 1 - self.jacobian_nonzero / self.jacobian_entries


def cost(N: int, p: int, m: int, dtype=float) -> Cost:
    """Count entries, bytes and FLOPs of the explicit Jacobian and of both VJPs of Y = X W.

    The Jacobian ∂Y/∂X has N·m·N·p entries, of which only those with equal rows, N·m·p, are not
    zero; using it once costs 2·N·m·N·p FLOPs. The product X̄ = Ȳ Wᵀ needs N·p entries and
    2·N·m·p FLOPs, and W̄ = Xᵀ Ȳ needs p·m entries and 2·N·m·p FLOPs.

    >>> c = cost(64, 784, 256)
    >>> c.jacobian_entries, c.jacobian_bytes / 2**30
    (822083584, 6.125)
    >>> round(c.jacobian_zeros, 3)
    0.984
    """
    for name, n in (("N", N), ("p", p), ("m", m)):
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise TraceError(f"cost: {name} must be a whole number of at least 1; got {n!r}.")
    N, p, m = int(N), int(p), int(m)
    width = np.dtype(dtype).itemsize
    entries = N * m * N * p
    return Cost(
        jacobian_entries=entries,
        jacobian_nonzero=N * m * p,
        jacobian_bytes=entries * width,
        jacobian_flops=2 * entries,
        vjp_entries=N * p,
        vjp_bytes=N * p * width,
        vjp_flops=2 * N * m * p,
        weights_entries=p * m,
        weights_bytes=p * m * width,
        weights_flops=2 * N * m * p,
    )
