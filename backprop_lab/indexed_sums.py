"""What adds over the axes of an array of any size: products, sums, means, softmax.

Each sum gets an index of its own. Sizes are letters, and two letters are never one size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from backprop_lab.errors import TraceError
from backprop_lab.index_form import AtMost, fresh
from backprop_lab.indexed_moves import (
    ONE,
    axes_of,
    entry_within,
    shape_text,
    stretched,
)
from backprop_lab.symbolic_table import as_number


def entrywise(function, arrays):
    """Apply a function to entries, shapes aligned from the right and stretched as NumPy does."""
    shape = stretched([a.shape for a in arrays])
    return arrays[0]._new(
        shape, lambda *indices: function(*(entry_within(a, indices) for a in arrays))
    )


def added(body, bound):
    """Write Σ over `bound`, pairs of an index and its size; sizes of 1 have no sum."""
    limits = [(i, 1, n) for i, n in bound if i.is_Symbol]
    return sp.Sum(body, *limits) if limits else body


def running(n):
    """Make the index that runs to a size: 1 where the size is 1."""
    return ONE if n == 1 else fresh()


def matmul(a, b):
    """As `@`, with leading axes as batches."""
    if not (a.ndim and b.ndim):
        raise TraceError("@ has an index form for vectors, matrices and batches of them.")
    inner, other = a.shape[-1], b.shape[max(b.ndim - 2, 0)]
    if inner != other:
        raise TraceError(
            f"shapes {shape_text(a.shape)} and {shape_text(b.shape)} do not fit for @: {inner} "
            f"is not {other}. (Where the two happen to be equal, the shapes hide the mistake.)"
        )
    row, column = a.shape[-2:-1], b.shape[-1:] if b.ndim > 1 else ()
    batch = stretched([a.shape[:-2], b.shape[:-2]]) if max(a.ndim, b.ndim) > 2 else []

    def entry(*indices):
        k = fresh()
        front, rest = indices[: len(batch)], indices[len(batch) :]
        i, j = rest[: len(row)], rest[len(row) :]
        left = a.entry(*_batch(front, a.shape[:-2]), *i, k)
        right = b.entry(*_batch(front, b.shape[:-2]), k, *j)
        return sp.Sum(sp.Mul(*map(as_number, (left, right))), (k, 1, inner))

    return a._new((*batch, *row, *column), entry)


def _batch(indices, shape):
    own = indices[len(indices) - len(shape) :]
    return [ONE if n == 1 else i for i, n in zip(own, shape, strict=True)]


def dot(a, b):
    """As `np.dot`: numbers multiply; else the last axis of a meets the last but one of b."""
    if not (a.ndim and b.ndim):
        return entrywise(lambda u, v: as_number(u) * as_number(v), [a, b])
    if b.ndim <= 2 and a.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((a.ndim - 1,), (max(b.ndim - 2, 0),)))


def tensordot(a, b, axes=2):
    """As `np.tensordot`."""
    if np.ndim(axes) == 0:
        axes = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    first, second = (normalize_axis_tuple(k, x.ndim) for k, x in zip(axes, (a, b), strict=True))
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    left, right = [next(letters) for _ in a.shape], [next(letters) for _ in b.shape]
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    kept = [c for c in left if c not in right] + [c for c in right if c not in left]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", a, b)


def einsum(subscripts, *arrays, optimize=False):
    """As `np.einsum` with a string of subscripts, without `...`."""
    if not isinstance(subscripts, str) or "." in subscripts:
        raise TraceError("np.einsum has an index form for subscripts such as 'ij,jk->ik'.")
    inputs, out = _subscripts(subscripts.replace(" ", ""))
    if [len(s) for s in inputs] != [a.ndim for a in arrays]:
        raise TraceError(
            f"np.einsum: {subscripts!r} does not fit the shapes "
            f"{', '.join(shape_text(a.shape) for a in arrays)}."
        )
    sizes = _sizes(inputs, arrays)
    if len(set(out)) < len(out) or not set(out) <= set(sizes):
        raise TraceError(
            f"np.einsum: the output {out!r} of {subscripts!r} is not made of its input."
        )
    within = [c for c in sizes if c not in out]

    def entry(*indices):
        at = dict(zip(out, indices, strict=True)) | {c: running(sizes[c]) for c in within}
        factors = [
            a.entry(*(ONE if n == 1 else at[c] for c, n in zip(s, a.shape, strict=True)))
            for s, a in zip(inputs, arrays, strict=True)
        ]
        return added(sp.Mul(*map(as_number, factors)), [(at[c], sizes[c]) for c in within])

    return arrays[0]._new([sizes[c] for c in out], entry)


def _subscripts(text) -> tuple[list[str], str]:
    """Take 'ij,jk->ik' apart; without an arrow, the letters met once, in order."""
    before, arrow, out = text.partition("->")
    letters = sorted(before.replace(",", ""))
    return before.split(","), out if arrow else "".join(c for c in letters if letters.count(c) == 1)


def _sizes(inputs, arrays) -> dict:
    sizes: dict = {}
    for s, a in zip(inputs, arrays, strict=True):
        for c, n in zip(s, a.shape, strict=True):
            before = sizes.setdefault(c, n)
            if ONE not in (before, n) and before != n:
                raise TraceError(
                    f"np.einsum: the index {c} runs to {before} and to {n}. (Where the two happen "
                    "to be equal, the shapes hide the mistake.)"
                )
            sizes[c] = n if before == 1 else before
    return sizes


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
        return sp.Sum(as_number(a.entry(*full)), *((bound[i], 1, a.shape[i]) for i in axes))

    shape = [ONE if i in axes else n for i, n in enumerate(a.shape)]
    return a._new(shape if keepdims else [a.shape[i] for i in kept], entry)


def mean(a, axis=None, keepdims=False):
    """As `np.mean`."""
    count = sp.Mul(*(a.shape[i] for i in axes_of(axis, a.ndim)))
    total = sum_over(a, axis, keepdims)
    return a._new(total.shape, lambda *indices: total.entry(*indices) / count)


def var(a, axis=None, keepdims=False):
    """As `np.var`: the mean of squared deviations from the mean."""
    middle = mean(a, axis, keepdims=True)
    return mean(entrywise(lambda u, v: (u - v) ** 2, [a, middle]), axis, keepdims)


def std(a, axis=None, keepdims=False):
    """As `np.std`."""
    return entrywise(sp.sqrt, [var(a, axis, keepdims)])


def outer(a, b):
    """As `np.outer`, of two vectors."""
    if a.ndim != 1 or b.ndim != 1:
        raise TraceError("np.outer has an index form for two vectors.")
    return a._new((*a.shape, *b.shape), lambda i, j: a.entry(i) * b.entry(j))


def vdot(a, b):
    """As `np.vdot`, of two arrays of one shape."""
    if tuple(a.shape) != tuple(b.shape):
        raise TraceError(
            f"np.vdot: shapes {shape_text(a.shape)} and {shape_text(b.shape)} are not the same."
        )
    return sum_over(entrywise(lambda u, v: as_number(u) * as_number(v), [a, b]))


def diagonal(a, axis1=0, axis2=1):
    """As `np.diagonal`, without an offset."""
    i, j = (normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    if i == j or a.shape[i] != a.shape[j]:
        raise TraceError(
            f"the diagonal of shape {shape_text(a.shape)} has an index form for two axes of one "
            "size."
        )
    rest = [k for k in range(a.ndim) if k not in (i, j)]

    def entry(*indices):
        at = dict(zip([*rest, i], indices, strict=True))
        return a.entry(*(at[i if k == j else k] for k in range(a.ndim)))

    return a._new([*(a.shape[k] for k in rest), a.shape[i]], entry)


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
        body = AtMost(k, indices[axis]) * as_number(a.entry(*full))
        return sp.Sum(body, (k, 1, a.shape[axis]))

    return a._new(a.shape, entry)


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


def vecdot(a, b, axis=-1):
    """As `np.vecdot`."""
    return sum_over(entrywise(lambda u, v: as_number(u) * as_number(v), [a, b]), axis)


SUMS: dict[Callable, Callable] = {
    np.sum: sum_over,
    np.mean: mean,
    np.var: var,
    np.std: std,
    np.matmul: matmul,
    np.dot: dot,
    np.tensordot: tensordot,
    np.einsum: einsum,
    np.outer: outer,
    np.vdot: vdot,
    np.vecdot: vecdot,
    np.inner: lambda a, b: tensordot(a, b, ((-1,), (-1,))) if a.ndim and b.ndim else dot(a, b),
    np.trace: trace,
    np.diagonal: diagonal,
    np.cumsum: cumsum,
}
OWN_SUMS: dict[str, Callable] = {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
