r"""Arrays of any size, whose entries are formulas in their indices.

An `IndexedArray` has a shape of names, such as (N, p), and gives its entry at symbolic indices:
for Y = XW that is Σₖ Xᵢₖ Wₖⱼ. It enters plain NumPy code through NumPy's protocols, like the other
readings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from backprop_lab import symbolic
from backprop_lab.errors import TraceError, name_of
from backprop_lab.index_form import fresh
from backprop_lab.names import barred, subscripted, tex_name
from backprop_lab.symbolic_table import ENTRYWISE, as_number, exact, relu_entry, where_entry


@dataclass
class IndexedQuantity:
    """A named array: its shape in symbols, its entries' base, its definition if it has one."""

    name: str
    tex: str
    shape: tuple
    definition: Callable | None = None

    def entry(self, *indices):
        """Its entry, as a symbol with indices."""
        label = sp.Symbol(self.name, real=True)
        return sp.IndexedBase(label, real=True)[indices] if indices else label


@dataclass
class IndexedReading:
    """What one run on indexed arrays found."""

    quantities: dict[str, IndexedQuantity] = field(default_factory=dict)
    unknowns: dict[str, str] = field(default_factory=dict)

    def introduce(self, name, tex, shape, definition=None) -> IndexedQuantity:
        """Name a new array; no two share a name, and none looks like another in TeX."""
        unique, k = name, 2
        while unique in self.quantities:
            unique, k = f"{name}_{k}", k + 1
        if tex is None:
            tex = tex_name(unique)
        elif unique != name:
            tex = subscripted(tex, str(k - 1))
        if any(tex == q.tex for q in self.quantities.values()):
            tex = rf"\mathrm{{{unique.replace('_', chr(92) + '_')}}}"
        quantity = IndexedQuantity(unique, tex, tuple(shape), definition)
        self.quantities[unique] = quantity
        return quantity

    def bar(self, quantity) -> IndexedQuantity:
        """Name the cotangent of a quantity, once."""
        name = f"{quantity.name}_bar"
        if name not in self.quantities:
            self.introduce(name, barred(quantity.tex), quantity.shape)
        return self.quantities[name]

    def tex_of_entry(self, quantity, indices, bar=False) -> str:
        """TeX of one entry of a quantity, or of its cotangent."""
        tex = barred(quantity.tex) if bar else quantity.tex
        label = "".join(map(str, indices))
        return subscripted(tex, label) if label else tex

    def array(self, quantity) -> IndexedArray:
        """Give the array that stands for a quantity."""
        return IndexedArray(quantity.shape, quantity.entry, self)

    def expanded(self, expr):
        """Put the definitions of named arrays in, until inputs and cotangents alone are left."""
        for q in reversed(self.quantities.values()):  # a later name is made of earlier ones
            if q.definition is not None:
                label = sp.Symbol(q.name, real=True)
                parts = expr.atoms(sp.Indexed) if q.shape else expr.atoms(sp.Symbol)
                mine = [e for e in parts if (e.base.label if q.shape else e) == label]
                expr = expr.xreplace({e: q.definition(*getattr(e, "indices", ())) for e in mine})
        return expr

    @property
    def names(self) -> dict:
        """TeX of every symbol."""
        return {
            sp.Symbol(q.name, real=True): q.tex for q in self.quantities.values()
        } | self.unknowns


class IndexedArray(symbolic.Refusals, np.lib.mixins.NDArrayOperatorsMixin):
    """An array of any size: a shape of symbols, and a formula for the entry at given indices."""

    __array_priority__ = 1000.0

    def __init__(self, shape, entry, reading):
        self.shape, self.entry, self.reading = tuple(shape), entry, reading

    ndim = property(lambda self: len(self.shape), doc="Number of axes.")
    size = property(lambda self: sp.Mul(*self.shape), doc="Number of entries: N·m for (N, m).")
    T = property(lambda self: np.transpose(self), doc="Transposed, all axes reversed.")

    def __let__(self, name, latex):
        return self.reading.array(self.reading.introduce(name, latex, self.shape, self.entry))

    def __repr__(self):
        return f"IndexedArray{self.shape}"

    def __getitem__(self, index):
        raise TraceError(
            "Indexing has no index form for all sizes. Derive at a fixed size: shapes={'x': (3,)}."
        )

    def sum(self, axis=None, keepdims=False):
        """As `np.sum`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        """As `np.mean`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def _new(self, shape, entry):
        return IndexedArray(shape, entry, self.reading)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if out is not None:
            raise TraceError(
                f"{name_of(ufunc)} was asked to write into an existing array (out=, or an "
                "operator such as `+=`). Write `x = x + y`."
            )
        if method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)}.{method} {sorted(kwargs)} has no index form.")
        arrays = [as_indexed(x, self.reading) for x in inputs]
        if ufunc is np.matmul:
            return _matmul(*arrays)
        if ufunc not in ENTRYWISE:
            raise TraceError(f"{name_of(ufunc)} has no index form.")
        return _entrywise(ENTRYWISE[ufunc], arrays)

    def __array_function__(self, func, types, args, kwargs):
        own = func.__name__ if func.__module__.startswith("backprop_lab") else None
        form = STRUCTURAL.get(func, OWN.get(own))
        if form is None:
            raise TraceError(
                f"{name_of(func)} has no index form for all sizes. Derive at a fixed size: "
                "shapes={'x': (3,)}."
            )
        try:
            return form(
                *(as_indexed(x, self.reading) if func in ARRAYS else x for x in args), **kwargs
            )
        except TypeError as error:  # an argument that the table does not take
            raise TraceError(f"{name_of(func)} has no index form here: {error}.") from error

    def apply_unknown(self, unknown, orders, args):
        """Apply an unknown function, or its derivative, to every entry."""
        self.reading.unknowns[unknown.name] = unknown.tex
        function = symbolic.abstract(unknown.name, orders)
        return _entrywise(function, [as_indexed(x, self.reading) for x in args])


def as_indexed(x, reading) -> IndexedArray:
    """Give an indexed array; a number becomes one without axes."""
    if isinstance(x, IndexedArray):
        return x
    if np.shape(x) != ():
        raise TraceError("An array of numbers has a fixed size; a proof for all sizes has none.")
    return IndexedArray((), lambda: exact(x), reading)


def _entrywise(function, arrays):
    """Apply a function to entries, shapes aligned from the right and stretched as NumPy does."""
    ndim = max(a.ndim for a in arrays)
    shape = []
    for axis in range(-ndim, 0):
        sizes = {a.shape[axis] for a in arrays if a.ndim >= -axis} - {sp.Integer(1)}
        if len(sizes) > 1:
            raise TraceError(
                f"shapes {' and '.join(shape_text(a.shape) for a in arrays)} do not broadcast: "
                "they agree at some sizes by accident only."
            )
        shape.append(sizes.pop() if sizes else sp.Integer(1))

    def entry(*indices):
        values = []
        for a in arrays:
            own = indices[ndim - a.ndim :]
            values.append(
                a.entry(
                    *(sp.Integer(1) if n == 1 else i for i, n in zip(own, a.shape, strict=True))
                )
            )
        return function(*values)

    return arrays[0]._new(shape, entry)


def shape_text(shape) -> str:
    """Write a shape as Python does: (N, p), (N,)."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _matmul(a, b):
    if not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        raise TraceError("@ has an index form for vectors and matrices.")
    inner, other = a.shape[-1], b.shape[0]
    if inner != other:
        raise TraceError(
            f"shapes {shape_text(a.shape)} and {shape_text(b.shape)} do not fit for @: {inner} "
            f"is not {other}. (Where the two happen to be equal, the shapes hide the mistake.)"
        )

    def entry(*indices):
        k = fresh()
        rows, columns = indices[: a.ndim - 1], indices[a.ndim - 1 :]
        factors = map(as_number, (a.entry(*rows, k), b.entry(k, *columns)))
        return sp.Sum(sp.Mul(*factors), (k, 1, inner))

    return a._new((*a.shape[:-1], *b.shape[1:]), entry)


def _axes(axis, ndim):
    return tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)


def _sum(a, axis=None, keepdims=False):
    axes = _axes(axis, a.ndim)
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

    shape = (
        [sp.Integer(1) if i in axes else n for i, n in enumerate(a.shape)]
        if keepdims
        else [a.shape[i] for i in kept]
    )
    return a._new(shape, entry)


def _mean(a, axis=None, keepdims=False):
    count = sp.Mul(*(a.shape[i] for i in _axes(axis, a.ndim)))
    total = _sum(a, axis, keepdims)
    return a._new(total.shape, lambda *indices: total.entry(*indices) / count)


def _transpose(a, axes=None):
    order = tuple(reversed(range(a.ndim))) if axes is None else _axes(tuple(axes), a.ndim)
    if len(order) != a.ndim:
        raise TraceError(f"np.transpose: axes {axes} are not the {a.ndim} axes of the array.")
    back = np.argsort(order)
    return a._new(
        [a.shape[i] for i in order], lambda *indices: a.entry(*(indices[i] for i in back))
    )


def _outer(a, b):
    if a.ndim != 1 or b.ndim != 1:
        raise TraceError("np.outer has an index form for two vectors.")
    return a._new((*a.shape, *b.shape), lambda i, j: a.entry(i) * b.entry(j))


def _ones_like(a):
    return a._new(a.shape, lambda *indices: sp.Integer(1))


def _swapaxes(a, axis1, axis2):
    i, j = (normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    return _transpose(a, [{i: j, j: i}.get(k, k) for k in range(a.ndim)])


ARRAYS = (np.dot, np.matmul, np.outer, np.where)  # every argument of these is an array
OWN: dict[str, Callable] = {"relu": lambda a: _entrywise(relu_entry, [a])}
STRUCTURAL: dict[Callable, Callable] = {
    np.sum: _sum,
    np.mean: _mean,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.where: lambda c, x, y: _entrywise(where_entry, [c, x, y]),
    np.dot: _matmul,
    np.matmul: _matmul,
    np.outer: _outer,
    np.ones_like: _ones_like,
    np.ndim: lambda a: a.ndim,
    np.shape: lambda a: a.shape,
}
