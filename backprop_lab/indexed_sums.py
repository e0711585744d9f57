"""What adds over the axes of an array of any size: sums, means, norms, softmax.

Each sum gets an index of its own. Sizes are letters, and two letters are never one size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index

from backprop_lab.conditions import as_factor, without_cases
from backprop_lab.errors import TraceError
from backprop_lab.index_form import AtMost, fresh
from backprop_lab.indexed_moves import (
    ONE,
    axes_of,
    entry_within,
    shape_text,
    stretched,
)


def entrywise(function, arrays):
    """Apply a function to entries, shapes aligned from the right and stretched as NumPy does."""
    shape = stretched([a.sizes for a in arrays])

    def entry(*indices):
        return without_cases(sp.sympify(function(*(entry_within(a, indices) for a in arrays))))

    return arrays[0]._new(shape, entry)


def added(body, bound):
    """Write Σ over `bound`, pairs of an index and its size; sizes of 1 have no sum."""
    limits = [(i, 1, n) for i, n in bound if i.is_Symbol]
    return sp.Sum(body, *limits) if limits else body


def running(n):
    """Make the index that runs to a size: 1 where the size is 1."""
    return ONE if n == 1 else fresh()


def sum_over(a, axis=None, keepdims=False):
    """As `np.sum`."""
    axes = axes_of(axis, a.ndim)
    if not axes:
        return a
    kept = [i for i in range(a.ndim) if i not in axes]

    def entry(*indices):
        bound = {i: fresh() for i in axes}
        free = iter(
            [i for axis, i in enumerate(indices) if axis not in axes] if keepdims else indices
        )
        full = [bound[i] if i in axes else next(free) for i in range(a.ndim)]
        return sp.Sum(as_factor(a.entry(*full)), *((bound[i], 1, a.sizes[i]) for i in axes))

    shape = [ONE if i in axes else n for i, n in enumerate(a.sizes)]
    return a._new(shape if keepdims else [a.sizes[i] for i in kept], entry)


def mean(a, axis=None, keepdims=False):
    """As `np.mean`."""
    count = sp.Mul(*(a.sizes[i] for i in axes_of(axis, a.ndim)))
    total = sum_over(a, axis, keepdims)
    return a._new(total.sizes, lambda *indices: total.entry(*indices) / count)


def var(a, axis=None, keepdims=False):
    """As `np.var`: the mean of squared deviations from the mean."""
    middle = mean(a, axis, keepdims=True)
    return mean(entrywise(lambda u, v: (u - v) ** 2, [a, middle]), axis, keepdims)


def std(a, axis=None, keepdims=False):
    """As `np.std`."""
    return entrywise(sp.sqrt, [var(a, axis, keepdims)])


def diagonal(a, axis1=0, axis2=1):
    """As `np.diagonal`, without an offset."""
    i, j = (normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    if i == j or a.sizes[i] != a.sizes[j]:
        raise TraceError(
            f"the diagonal of shape {shape_text(a.sizes)} has an index form for two axes of one "
            "size."
        )
    rest = [k for k in range(a.ndim) if k not in (i, j)]

    def entry(*indices):
        at = dict(zip([*rest, i], indices, strict=True))
        return a.entry(*(at[i if k == j else k] for k in range(a.ndim)))

    return a._new([*(a.sizes[k] for k in rest), a.sizes[i]], entry)


def trace(a, axis1=0, axis2=1):
    """As `np.trace`, without an offset."""
    return sum_over(diagonal(a, axis1, axis2), -1)


def cumsum(a, axis=None):
    """As `np.cumsum`: Σₖ [k ≤ i] xₖ, a sum over the whole axis with a factor that is 1 or 0."""
    if axis is None and a.ndim != 1:
        raise TraceError("np.cumsum has an index form along an axis: say which, axis=….")
    axis = normalize_axis_index(axis or 0, a.ndim)

    def entry(*indices):
        k = fresh()
        full = [*indices[:axis], k, *indices[axis + 1 :]]
        body = AtMost(k, indices[axis]) * as_factor(a.entry(*full))
        return sp.Sum(body, (k, 1, a.sizes[axis]))

    return a._new(a.sizes, entry)


def logsumexp(a, axis=None, keepdims=False):
    """As `backprop_lab.logsumexp`: ln Σ exp(x)."""
    total = sum_over(entrywise(sp.exp, [a]), axis, keepdims)
    return entrywise(sp.log, [total])


def softmax(a, axis=-1):
    """As `backprop_lab.softmax`: exp(x) / Σ exp(x)."""
    powers = entrywise(sp.exp, [a])
    return entrywise(lambda u, v: u / v, [powers, sum_over(powers, axis, keepdims=True)])


def log_softmax(a, axis=-1):
    """As `backprop_lab.log_softmax`: x − ln Σ exp(x)."""
    return entrywise(lambda u, v: u - v, [a, logsumexp(a, axis, keepdims=True)])


def norm(a, ord=None, axis=None, keepdims=False):
    """As `np.linalg.norm`: the root of the sum of squares, of all entries or along axes."""
    axes = axes_of(axis, a.ndim)
    if ord not in (None, 2 if len(axes) == 1 else "fro"):
        raise TraceError(
            f"np.linalg.norm has an index form for the sum of squares; got ord={ord!r}."
        )
    return entrywise(sp.sqrt, [sum_over(entrywise(lambda u: u**2, [a]), axis, keepdims)])


SUMS: dict[Callable, Callable] = {
    np.sum: sum_over,
    np.mean: mean,
    np.var: var,
    np.std: std,
    np.trace: trace,
    np.diagonal: diagonal,
    np.cumsum: cumsum,
    np.linalg.norm: norm,
}
OWN_SUMS: dict[str, Callable] = {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
