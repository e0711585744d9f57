"""What joins arrays of any size: each piece is picked by a delta from its place in the whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index

from backprop_lab.conditions import as_factor
from backprop_lab.errors import TraceError
from backprop_lab.index_form import fresh
from backprop_lab.indexed_moves import At, shape_text
from backprop_lab.indexed_sums import diagonal, entrywise
from backprop_lab.symbolic_table import exact


def concatenate(arrays, axis=0):
    """As `np.concatenate`: entry i is Σₖ δ(i, start + k) of the entries k of each piece."""
    arrays = _pieces("np.concatenate", arrays)
    first = arrays[0]
    if not first.ndim:
        raise TraceError("np.concatenate joins along an axis; a number has none. Use np.stack.")
    axis = normalize_axis_index(axis, first.ndim)
    rest = [(*a.sizes[:axis], *a.sizes[axis + 1 :]) for a in arrays]
    if any(a.ndim != first.ndim for a in arrays) or len(set(rest)) > 1:
        raise TraceError(
            f"np.concatenate along axis {axis}: the other sizes of "
            f"{', '.join(shape_text(a.sizes) for a in arrays)} are not the same."
        )
    total = sum((a.sizes[axis] for a in arrays), sp.Integer(0))

    def entry(*indices):
        terms, start = [], sp.Integer(0)
        for a in arrays:
            n = a.sizes[axis]
            k = sp.Integer(1) if n == 1 else fresh()
            here = as_factor(a.entry(*indices[:axis], k, *indices[axis + 1 :]))
            term = sp.KroneckerDelta(indices[axis], At(k + start, total)) * here
            terms.append(term if n == 1 else sp.Sum(term, (k, 1, n)))
            start += n
        return sp.Add(*terms)

    return first._new((*first.sizes[:axis], total, *first.sizes[axis + 1 :]), entry)


def stack(arrays, axis=0):
    """As `np.stack`: entry t along the new axis is δ(t, 1) of the first piece, and so on."""
    arrays = _pieces("np.stack", arrays)
    if len({tuple(a.sizes) for a in arrays}) > 1:
        raise TraceError(
            f"np.stack: the shapes {', '.join(shape_text(a.sizes) for a in arrays)} are not the "
            "same."
        )
    axis = normalize_axis_index(axis, arrays[0].ndim + 1)

    def entry(*indices):
        at = (*indices[:axis], *indices[axis + 1 :])
        return sp.Add(
            *(
                sp.KroneckerDelta(indices[axis], k) * as_factor(a.entry(*at))
                for k, a in enumerate(arrays, 1)
            )
        )

    shape = arrays[0].sizes
    return arrays[0]._new((*shape[:axis], sp.Integer(len(arrays)), *shape[axis:]), entry)


def hstack(arrays):
    """As `np.hstack`: along the second axis, vectors along their only one."""
    arrays = _pieces("np.hstack", arrays)
    return concatenate(arrays, axis=min(arrays[0].ndim - 1, 1))


def vstack(arrays):
    """As `np.vstack`: along the first axis, vectors as rows."""
    arrays = _pieces("np.vstack", arrays)
    return stack(arrays) if arrays[0].ndim == 1 else concatenate(arrays)


def diag(a, k=0):
    """As `np.diag`, without an offset: δᵢⱼ vᵢ for a vector, the diagonal of a matrix."""
    if k or a.ndim not in (1, 2):
        raise TraceError("np.diag has an index form for a vector or a matrix, with k=0.")
    if a.ndim == 2:
        return diagonal(a)
    return a._new(
        (*a.sizes, *a.sizes), lambda i, j: sp.KroneckerDelta(i, j) * as_factor(a.entry(i))
    )


def clip(a, a_min=None, a_max=None):
    """As `np.clip`: no smaller than `a_min`, no larger than `a_max`, which are numbers."""
    if any(isinstance(v, type(a)) or np.ndim(v) for v in (a_min, a_max)):
        raise TraceError("np.clip has an index form between two numbers.")
    cases = []
    if a_min is not None:
        cases.append((exact(a_min), lambda x: x < exact(a_min)))
    if a_max is not None:
        cases.append((exact(a_max), lambda x: x > exact(a_max)))
    return entrywise(lambda x: sp.Piecewise(*((v, asked(x)) for v, asked in cases), (x, True)), [a])


def _pieces(name, arrays) -> list:
    if not isinstance(arrays, (list, tuple)) or not arrays:
        raise TraceError(f"{name} takes a list of arrays, such as [X, Y].")
    return list(arrays)


JOINS: dict[Callable, Callable] = {
    np.concatenate: concatenate,
    np.stack: stack,
    np.hstack: hstack,
    np.vstack: vstack,
}
