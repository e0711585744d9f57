"""Products and moves that `np.linalg` has under names of its own, and its chain of products."""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import composite
from backprop_lab.rules.shapes import stand_in


@composite(np.linalg.matmul, takes="x1 x2")
def matmul(x1, x2):
    """As `np.matmul`."""
    return np.matmul(x1, x2)


@composite(np.linalg.outer, takes="x1 x2")
def outer(x1, x2):
    """As `np.outer`, of vectors alone."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        np.linalg.outer(stand_in(x1), stand_in(x2))  # NumPy's own error says why
    return np.outer(x1, x2)


@composite(np.linalg.cross, takes="x1 x2 / axis")
def cross(x1, x2, axis=-1):
    """As `np.cross`, of vectors with three entries."""
    if shape_of(x1)[axis] != 3 or shape_of(x2)[axis] != 3:
        np.linalg.cross(stand_in(x1), stand_in(x2), axis=axis)  # NumPy's own error says why
    return np.cross(x1, x2, axis=axis)


@composite(np.linalg.tensordot, takes="x1 x2 / axes")
def tensordot(x1, x2, axes=2):
    """As `np.tensordot`."""
    return np.tensordot(x1, x2, axes)


@composite(np.linalg.vecdot, takes="x1 x2 / axis", analytic=False)
def vecdot(x1, x2, axis=-1):
    """As `np.vecdot`."""
    return np.vecdot(x1, x2, axis=axis)


@composite(np.linalg.matrix_transpose, takes="x")
def matrix_transpose(x):
    """Swap the last two axes."""
    return np.matrix_transpose(x)


@composite(np.linalg.diagonal, takes="x / offset")
def diagonal(x, offset=0):
    """As `np.diagonal`, of the last two axes."""
    return np.diagonal(x, offset, -2, -1)


@composite(np.linalg.trace, takes="x / offset")
def trace(x, offset=0):
    """As `np.trace`, of the last two axes."""
    return np.trace(x, offset, -2, -1)


@composite(np.linalg.multi_dot, takes="*arrays / out")
def multi_dot(*arrays):
    """Multiply in the order that needs the fewest multiplications; a vector may stand at an end."""
    if len(arrays) == 2:
        return np.dot(*arrays)
    row, column = np.ndim(arrays[0]) == 1, np.ndim(arrays[-1]) == 1
    first = np.reshape(arrays[0], (1, -1)) if row else arrays[0]
    last = np.transpose(np.reshape(arrays[-1], (1, -1))) if column else arrays[-1]
    matrices = [first, *arrays[1:-1], last]
    if len(arrays) < 2 or any(np.ndim(x) != 2 for x in matrices):
        np.linalg.multi_dot([stand_in(x) for x in arrays])  # NumPy's own error says why
    y = _chain(matrices, _cuts([shape_of(x)[0] for x in matrices] + [shape_of(last)[1]]))
    rest = () if row and column else (-1,)
    return np.reshape(y, rest) if row or column else y


def _chain(matrices, cuts, start=0, stop=None):
    """Multiply the matrices from `start` to `stop`, cut where `cuts` says."""
    stop = len(matrices) if stop is None else stop
    if stop - start == 1:
        return matrices[start]
    cut = cuts[start, stop]
    return np.dot(_chain(matrices, cuts, start, cut), _chain(matrices, cuts, cut, stop))


def _cuts(sizes):
    """Where to cut each stretch of a chain of matrices of `sizes[i]` × `sizes[i + 1]`.

    Source: Cormen, Leiserson, Rivest and Stein, *Introduction to Algorithms*, "Matrix-chain
    multiplication".
    """
    n = len(sizes) - 1
    cost, cuts = {(i, i + 1): 0 for i in range(n)}, {}
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length
            options = {
                k: cost[i, k] + cost[k, j] + sizes[i] * sizes[k] * sizes[j] for k in range(i + 1, j)
            }
            cuts[i, j] = min(options, key=options.get)  # the first, as NumPy has it
            cost[i, j] = options[cuts[i, j]]
    return cuts
