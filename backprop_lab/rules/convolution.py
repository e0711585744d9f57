"""Sliding sums of products: each is linear in each operand, and its adjoint is one as well."""

from __future__ import annotations

import math

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import composite, linear
from backprop_lab.rules.reductions import dtype_of


def _length(x):
    return shape_of(x)[0] if np.ndim(x) else 1


def _in_full(y_bar, a, v, mode):
    """Put zeros where `mode` cut the full convolution, of length n + m − 1, off."""
    n, m = _length(a), _length(v)
    cut = min(n, m) - 1
    starts = {"full": 0, "same": cut // 2, "valid": cut, 2: 0, 1: cut // 2, 0: cut}
    before, batch = starts[mode], shape_of(y_bar)[:-1]
    after = n + m - 1 - before - shape_of(y_bar)[-1]
    zeros = [np.zeros((*batch, k), dtype_of(y_bar)) for k in (before, after)]
    return np.concatenate([zeros[0], y_bar, zeros[1]], axis=-1)


def _left(y_bar, a, v, mode="full"):
    """āᵢ = Σₖ ȳᵢ₊ₖ vₖ: the other operand, reversed, slides over the cotangent."""
    flipped = np.flip(v) if np.ndim(v) else v
    full, batch = _in_full(y_bar, a, v, mode), shape_of(y_bar)[:-1]
    if not batch:
        return np.reshape(np.convolve(full, flipped, mode="valid"), shape_of(a))
    # The rows of a batch are slid over in one row; where the window crosses two, the sum is left.
    row = np.convolve(np.ravel(full), flipped)[: math.prod(shape_of(full))]
    return np.reshape(np.reshape(row, shape_of(full))[..., _length(v) - 1 :], batch + shape_of(a))


def _right(y_bar, a, v, mode="full"):
    return _left(y_bar, v, a, mode)


linear(np.convolve, _left, _right, takes="a v / mode", each=True, batched=True)


@composite(np.correlate, takes="a v / mode", analytic=False)  # of complex v it takes conj(v)
def correlate(a, v, mode="valid"):
    """A convolution with the second operand reversed."""
    if _length(v) <= _length(a):
        return np.convolve(a, np.flip(v), mode)
    return np.flip(np.convolve(v, np.flip(a), mode))
