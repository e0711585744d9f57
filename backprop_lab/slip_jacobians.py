"""Wrong cotangents at a fixed size: what each slip makes of x̄ = Jᵀȳ.

Every function takes J, of shape `shape(y) + shape(x)`, and ȳ, and yields wrong answers of the
shape of x.
"""

from __future__ import annotations

import numpy as np
import sympy as sp


def _flat(J, y_bar):
    """J as a matrix of (outputs, inputs), ȳ as a vector, and the shape of x."""
    return J.reshape(y_bar.size, -1), y_bar.ravel(), J.shape[y_bar.ndim :]


def _right(J, y_bar):
    matrix, bar, shape = _flat(J, y_bar)
    return (matrix.T @ bar).reshape(shape)


def _alike(J, y_bar):
    """Whether x and y have the same shape, so that J and Jᵀ can be mistaken for one another."""
    return J.shape[y_bar.ndim :] == y_bar.shape and y_bar.size > 1


def _square(shape):
    return len(shape) == 2 and shape[0] == shape[1] > 1


def missing_transpose(J, y_bar):
    """J ȳ."""
    if _alike(J, y_bar):
        matrix, bar, shape = _flat(J, y_bar)
        yield (matrix @ bar).reshape(shape)


def extra_transpose(J, y_bar):
    """A square ȳ transposed before it is pulled back to a matrix."""
    if _square(y_bar.shape) and J.ndim - y_bar.ndim == 2:
        yield _right(J, y_bar.T)


def transposed(J, y_bar):
    """A right answer, transposed."""
    right = _right(J, y_bar)
    if _square(right.shape):
        yield right.T


def wrong_axis(J, y_bar):
    """A square ȳ summed over its other axis."""
    if _square(y_bar.shape) and J.ndim - y_bar.ndim == 1:
        yield _right(J, y_bar.T)


def diagonal_only(J, y_bar):
    """The diagonal of J times ȳ."""
    if _alike(J, y_bar):
        matrix, bar, shape = _flat(J, y_bar)
        yield (np.diagonal(matrix) * bar).reshape(shape)


def missing_factor(J, y_bar):
    """Every slope taken for 1 where there is one."""
    pattern = np.frompyfunc(lambda slope: int(slope != 0), 1, 1)(J)
    yield _right(pattern, y_bar)


def wrong_index(J, y_bar):
    """Rows or columns of J summed first, then weighted by ȳ."""
    matrix, bar, shape = _flat(J, y_bar)
    if y_bar.size > 1:
        weights = bar if _alike(J, y_bar) else bar.sum()
        yield (matrix.sum(axis=0) * weights).reshape(shape)
    if _alike(J, y_bar):
        yield (matrix.sum(axis=1) * bar).reshape(shape)


def cotangent_ignored(J, y_bar):
    """Ones in the place of ȳ."""
    if y_bar.ndim:
        matrix, _, shape = _flat(J, y_bar)
        yield matrix.sum(axis=0).reshape(shape)


def forgotten_path(J, y_bar):
    """One output left out."""
    matrix, bar, shape = _flat(J, y_bar)
    if len(bar) > 1:
        for i in range(len(bar)):
            others = np.arange(len(bar)) != i
            yield (matrix[others].T @ bar[others]).reshape(shape)


def overwritten(J, y_bar):
    """One output of three or more left."""
    matrix, bar, shape = _flat(J, y_bar)
    if len(bar) > 2:
        for i in range(len(bar)):
            yield (matrix[i] * bar[i]).reshape(shape)


def wrong_sign(J, y_bar):
    """−Jᵀȳ."""
    yield -_right(J, y_bar)


def mean_of_paths(J, y_bar):
    """The mean over the outputs that each entry reaches."""
    matrix, _, shape = _flat(J, y_bar)
    reached = np.sum(matrix != 0, axis=0).reshape(shape)
    if np.any(reached > 1):
        share = np.frompyfunc(lambda n: sp.Rational(1, max(int(n), 1)), 1, 1)(reached)
        yield _right(J, y_bar) * (share if J.dtype == object else share.astype(float))


def factor_of_two(J, y_bar):
    """Twice the right answer, or half of it."""
    yield 2 * _right(J, y_bar)
    yield _right(J, y_bar) / 2
