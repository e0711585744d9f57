"""Norms: each is a number with a gradient G of the shape of its argument: that is its rule.

ẏ = Re Σ conj(G) Ẋ and X̄ = ȳ G, for real and complex X. At a kink G is a subgradient: 0 for the
2-norm of zero and wherever an entry or a singular value is 0, and equal shares where several
entries, columns or singular values are the extreme one.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.complexes import is_complex, speaks_complex
from backprop_lab.rules.kinds import composite, rule

SPECTRAL = (2, -2, "nuc")


def _nonzero(y):
    """Stand 1 in for 0, to divide by."""
    return np.where(np.equal(y, 0), 1, y)


def _phase(x):
    """Sign of a real number, z/|z| of a complex one; 0 at 0."""
    return x / _nonzero(np.abs(x)) if is_complex(x) else np.sign(x)


def _share(values, best, axis, slack=0):
    """How much of the extreme each value holds: 1/k for each of k that are equal to it."""
    ties = np.less_equal(np.abs(values - best), slack)
    return (ties / np.sum(ties, axis=axis, keepdims=True)).astype(best.dtype)


def _rounding(s):
    """Difference below which singular values count as equal, or as 0."""
    largest = np.max(s, axis=-1, keepdims=True, initial=0)
    return 16 * shape_of(s)[-1] * float(np.finfo(s.dtype).eps) * largest


def _vector_gradient(x, y, p, axis):
    if p is None or p == 2:
        return np.where(np.equal(y, 0), 0, x / _nonzero(y))
    if p == 0:
        return 0 * x
    if abs(p) == np.inf:
        return _phase(x) * _share(np.abs(x), y, axis)
    if p == 1:
        return _phase(x) * np.ones_like(y)
    ratio = np.abs(x) / _nonzero(y)
    power = np.where(np.equal(ratio, 0), 1, ratio) ** (p - 1)
    return _phase(x) * np.where(np.equal(y, 0), 0, power)


def _matrix_gradient(x, y, p, row, column):
    if p in (None, "fro", "f"):
        return _vector_gradient(x, y, 2, None)
    if p in SPECTRAL:
        return _spectral_gradient(x, p, row, column)
    summed, kept = (row, column) if p in (1, -1) else (column, row)
    return _phase(x) * _share(np.sum(np.abs(x), axis=summed, keepdims=True), y, kept)


def _spectral_gradient(x, p, row, column):
    """Every singular value has the gradient u vᴴ."""
    u, s, vh = np.linalg.svd(np.moveaxis(x, (row, column), (-2, -1)), full_matrices=False)
    if p == "nuc":
        weight = np.greater(s, _rounding(s)).astype(s.dtype)
    else:
        best = (np.max if p == 2 else np.min)(s, axis=-1, keepdims=True)
        weight = _share(s, best, -1, _rounding(s))
    return np.moveaxis((u * np.expand_dims(weight, -2)) @ vh, (-2, -1), (row, column))


def _axes_of(x, ord, axis):
    """Axes that a norm runs over, counted from the end; whether it is one of matrices."""
    n = np.ndim(x)
    if axis is None:
        return tuple(range(-n, 0)), ord is not None and n == 2
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple([int(i) % n - n for i in axes]), len(axes) == 2


def _at_kink(x, ord=None, axis=None, keepdims=False):
    """Whether the gradient jumps: a norm of 0, a zero entry under |·|, or several extremes."""
    axes, of_matrices = _axes_of(x, ord, axis)
    y = np.linalg.norm(x, ord, axis, keepdims=True)
    if not of_matrices and abs(ord or 2) == np.inf:
        return np.any(y == 0) or np.any(np.sum(np.abs(x) == y, axis=axes) > 1)
    if of_matrices and ord in SPECTRAL:
        s = np.linalg.svdvals(np.moveaxis(x, axes, (-2, -1)))
        near = np.any(s <= _rounding(s)) if ord in (-2, "nuc") else False
        extreme = s[..., :1] if ord == 2 else s[..., -1:]
        ties = np.sum(np.abs(s - extreme) <= _rounding(s), axis=-1) > 1
        return near or (ord != "nuc" and np.any(ties))
    if of_matrices and ord not in (None, "fro", "f"):
        summed = np.sum(np.abs(x), axis=axes[0 if ord in (1, -1) else 1], keepdims=True)
        return np.any(x == 0) or np.any(np.sum(summed == y, axis=axes) > 1)
    return np.any(x == 0) if ord == 1 else np.any(y == 0)


@rule(
    np.linalg.norm,
    takes="x / ord axis keepdims",
    batched=True,
    kink="0 where the norm, an entry under |·| or a singular value is 0; extremes share equally",
    at_kink=_at_kink,
)
def norm(x, ord=None, axis=None, keepdims=False):
    """Norm of vectors or matrices, of every order that NumPy has; of order 0 it is a constant."""
    y = np.linalg.norm(x, ord, axis, keepdims)
    axes, of_matrices = _axes_of(x, ord, axis)
    kept = tuple([1 if i - np.ndim(x) in axes else n for i, n in enumerate(shape_of(x))])

    def gradient():
        full = np.reshape(y, kept)
        if of_matrices:
            return _matrix_gradient(x, full, ord, *axes)
        return _vector_gradient(x, full, ord, axes)

    def pushforward(x_dot):
        g = gradient()
        product = np.real(np.conj(g) * x_dot) if is_complex(g) else g * x_dot
        return np.sum(product, axis=axes, keepdims=keepdims)

    def pullback(y_bar):
        return (y_bar if keepdims else np.expand_dims(y_bar, axes)) * gradient()

    return y, pushforward, pullback


@composite(np.linalg.vector_norm, takes="x / axis keepdims ord", analytic=False)
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """As `np.linalg.norm` of all entries along the axes, however many."""
    n = np.ndim(x)
    if not isinstance(axis, tuple) and axis is not None:
        return np.linalg.norm(x, ord, axis, keepdims)
    axes = tuple(range(n)) if axis is None else tuple([i % n for i in axis])
    rest = [i for i in range(n) if i not in axes]
    rows = np.reshape(np.transpose(x, [*axes, *rest]), (-1, *[shape_of(x)[i] for i in rest]))
    y = np.linalg.norm(rows, ord, 0)
    return np.expand_dims(y, axes) if keepdims else y


@composite(np.linalg.matrix_norm, takes="x / keepdims ord", analytic=False)
def matrix_norm(x, keepdims=False, ord="fro"):
    """As `np.linalg.norm` of the last two axes."""
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


speaks_complex(np.linalg.norm, np.linalg.vector_norm, np.linalg.matrix_norm)
