"""What the tests of functions used inside a transform share: every transform of one function."""

from __future__ import annotations

import itertools

import numpy as np

import backprop_lab as bl

MODES = {
    "grad": lambda f, x: bl.grad(f)(x),
    "jvp": lambda f, x: bl.jvp(f, (x,), (1.0,))[1],
    "rows": lambda f, x: bl.jacobian(f, mode="reverse")(x),
    "columns": lambda f, x: bl.jacobian(f, mode="forward")(x),
}
TWO = list(itertools.product(MODES, repeat=2))


def close_to(got, want, tolerance=1e-14):
    return np.all(np.abs(np.subtract(got, want)) <= tolerance * np.abs(want))


def derivatives(f, x):
    """Every transform of `f` at `x`, to first and second order."""
    v = np.ones_like(x)

    def total(x):
        return np.sum(f(x))

    return [
        bl.vjp(f, x)[1](v)[0],
        bl.jvp(f, (x,), (v,))[1],
        bl.jacobian(f, mode="reverse")(x),
        bl.jacobian(f, mode="forward")(x),
        bl.hessian(total)(x),
        bl.hvp(total, x, v),
        bl.grad(lambda x: np.sum(bl.grad(total)(x)))(x),
        bl.grad(lambda x: np.sum(bl.jvp(f, (x,), (v,))[1]))(x),
        bl.grad(bl.checkpoint(total))(x),
    ]
