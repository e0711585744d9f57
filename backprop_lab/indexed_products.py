"""Products that add over axes of any size: `@`, `np.einsum` and their kin.

Sizes are letters, and two letters are never one size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_tuple

from backprop_lab.conditions import as_factor
from backprop_lab.errors import TraceError
from backprop_lab.index_form import fresh
from backprop_lab.indexed_moves import ONE, shape_text, stretched
from backprop_lab.indexed_sums import added, entrywise, running, sum_over


def matmul(a, b):
    """As `@`, with leading axes as batches."""
    if not (a.ndim and b.ndim):
        raise TraceError("@ has an index form for vectors, matrices and batches of them.")
    inner, other = a.sizes[-1], b.sizes[max(b.ndim - 2, 0)]
    if inner != other:
        raise TraceError(
            f"shapes {shape_text(a.sizes)} and {shape_text(b.sizes)} do not fit for @: {inner} "
            f"is not {other}. (Where the two happen to be equal, the shapes hide the mistake.)"
        )
    row, column = a.sizes[-2:-1], b.sizes[-1:] if b.ndim > 1 else ()
    batch = stretched([a.sizes[:-2], b.sizes[:-2]]) if max(a.ndim, b.ndim) > 2 else []

    def entry(*indices):
        k = fresh()
        front, rest = indices[: len(batch)], indices[len(batch) :]
        i, j = rest[: len(row)], rest[len(row) :]
        left = a.entry(*_batch(front, a.sizes[:-2]), *i, k)
        right = b.entry(*_batch(front, b.sizes[:-2]), k, *j)
        return sp.Sum(sp.Mul(*map(as_factor, (left, right))), (k, 1, inner))

    return a._new((*batch, *row, *column), entry)


def _batch(indices, shape):
    own = indices[len(indices) - len(shape) :]
    return [ONE if n == 1 else i for i, n in zip(own, shape, strict=True)]


def dot(a, b):
    """As `np.dot`: numbers multiply; else the last axis of a meets the last but one of b."""
    if not (a.ndim and b.ndim):
        return entrywise(lambda u, v: as_factor(u) * as_factor(v), [a, b])
    if b.ndim <= 2 and a.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((a.ndim - 1,), (max(b.ndim - 2, 0),)))


def tensordot(a, b, axes=2):
    """As `np.tensordot`."""
    if np.ndim(axes) == 0:
        axes = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    first, second = (normalize_axis_tuple(k, x.ndim) for k, x in zip(axes, (a, b), strict=True))
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    left, right = [next(letters) for _ in a.sizes], [next(letters) for _ in b.sizes]
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    kept = [c for c in left if c not in right] + [c for c in right if c not in left]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", a, b)


def einsum(subscripts, *arrays, optimize=False):
    """As `np.einsum` with a string of subscripts."""
    if not isinstance(subscripts, str):
        raise TraceError("np.einsum has an index form for subscripts such as 'ij,jk->ik'")
    inputs, out = _subscripts(_lettered(subscripts.replace(" ", ""), arrays))
    if [len(s) for s in inputs] != [a.ndim for a in arrays]:
        raise TraceError(
            f"np.einsum: {subscripts!r} does not fit the shapes "
            f"{', '.join(shape_text(a.sizes) for a in arrays)}."
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
            a.entry(*(ONE if n == 1 else at[c] for c, n in zip(s, a.sizes, strict=True)))
            for s, a in zip(inputs, arrays, strict=True)
        ]
        return added(sp.Mul(*map(as_factor, factors)), [(at[c], sizes[c]) for c in within])

    return arrays[0]._new([sizes[c] for c in out], entry)


_SPARE = "ZYXWVUTSRQPONMLKJIHGFEDCBA"  # letters for the axes of "...", the last axis first


def _lettered(text, arrays) -> str:
    """Give the axes that "..." stands for letters of their own, aligned from the right."""
    if "." not in text:
        return text
    before, arrow, out = text.partition("->")
    spare = [c for c in _SPARE if c not in text]
    parts, longest = before.split(","), ""
    for n, (part, a) in enumerate(zip(parts, arrays, strict=False)):
        if "..." in part:
            letters = "".join(reversed(spare[: max(a.ndim - len(part) + 3, 0)]))
            longest = max(longest, letters, key=len)
            parts[n] = part.replace("...", letters)
    if not arrow:
        met = sorted(before.replace(",", "").replace(".", ""))
        out = "..." + "".join(c for c in met if met.count(c) == 1)
    if longest and "..." not in out:
        raise TraceError(f"np.einsum: the output of {text!r} leaves out the axes of '...'.")
    return f"{','.join(parts)}->{out.replace('...', longest)}"


def _subscripts(text) -> tuple[list[str], str]:
    """Take 'ij,jk->ik' apart; without an arrow, the letters met once, in order."""
    before, arrow, out = text.partition("->")
    letters = sorted(before.replace(",", ""))
    return before.split(","), out if arrow else "".join(c for c in letters if letters.count(c) == 1)


def _sizes(inputs, arrays) -> dict:
    sizes: dict = {}
    for s, a in zip(inputs, arrays, strict=True):
        for c, n in zip(s, a.sizes, strict=True):
            before = sizes.setdefault(c, n)
            if ONE not in (before, n) and before != n:
                raise TraceError(
                    f"np.einsum: the index {c} runs to {before} and to {n}. (Where the two happen "
                    "to be equal, the shapes hide the mistake.)"
                )
            sizes[c] = n if before == 1 else before
    return sizes


def outer(a, b):
    """As `np.outer`, of two vectors."""
    if a.ndim != 1 or b.ndim != 1:
        raise TraceError("np.outer has an index form for two vectors.")
    return a._new((*a.sizes, *b.sizes), lambda i, j: a.entry(i) * b.entry(j))


def vdot(a, b):
    """As `np.vdot`, of two arrays of one shape."""
    if tuple(a.sizes) != tuple(b.sizes):
        raise TraceError(
            f"np.vdot: shapes {shape_text(a.sizes)} and {shape_text(b.sizes)} are not the same."
        )
    return sum_over(entrywise(lambda u, v: as_factor(u) * as_factor(v), [a, b]))


def vecdot(a, b, axis=-1):
    """As `np.vecdot`."""
    return sum_over(entrywise(lambda u, v: as_factor(u) * as_factor(v), [a, b]), axis)


PRODUCTS: dict[Callable, Callable] = {
    np.matmul: matmul,
    np.dot: dot,
    np.tensordot: tensordot,
    np.einsum: einsum,
    np.outer: outer,
    np.vdot: vdot,
    np.vecdot: vecdot,
    np.inner: lambda a, b: tensordot(a, b, ((-1,), (-1,))) if a.ndim and b.ndim else dot(a, b),
}
