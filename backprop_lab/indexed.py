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

from backprop_lab import symbolic
from backprop_lab.errors import TraceError, name_of
from backprop_lab.indexed_joins import JOINS, clip, diag
from backprop_lab.indexed_moves import MOVES, getitem, reshape, shape_text, transpose
from backprop_lab.indexed_products import PRODUCTS
from backprop_lab.indexed_sums import OWN_SUMS, SUMS, entrywise
from backprop_lab.letter_sizes import as_symbols, seen
from backprop_lab.names import barred, subscripted, tex_name
from backprop_lab.symbolic_elementwise import OF_ENTRIES
from backprop_lab.symbolic_table import ENTRYWISE, exact, relu_entry, where_entry
from backprop_lab.symbolic_unknown import abstract

__all__ = ["IndexedArray", "IndexedQuantity", "IndexedReading", "as_indexed", "shape_text"]


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
    refused: TraceError | None = None  # what a size was asked for that no letter can tell

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

    def fixed_sizes(self) -> str:
        """Write the shapes of the inputs with numbers in place of letters, for a message."""
        own = [name for name in self.quantities if not self._goes_with_another(name)]
        inputs = [q for q in map(self.quantities.get, own) if q.definition is None and q.shape]
        letters = list(dict.fromkeys(n for q in inputs for n in q.shape if n.is_Symbol))
        number = {n: sp.Integer(k) for k, n in enumerate(letters, 2)}
        shapes = (shape_text([number.get(n, n) for n in q.shape]) for q in inputs)
        pairs = (f"{q.name!r}: {shape}" for q, shape in zip(inputs, shapes, strict=True))
        return "{" + ", ".join(pairs) + "}"

    def _goes_with_another(self, name) -> bool:
        """Whether a name is that of a cotangent, or of a tangent."""
        parts = name.rpartition("_")
        return parts[0] in self.quantities and parts[2] in ("bar", "dot")

    def array(self, quantity) -> IndexedArray:
        """Give the array that stands for a quantity."""
        return IndexedArray(quantity.shape, quantity.entry, self)

    def expanded(self, expr, keep=None):
        """Put definitions in, until inputs, cotangents and the array `keep` alone are left."""
        for q in reversed(self.quantities.values()):  # a later name is made of earlier ones
            if q.definition is not None and q.name != keep:
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
    """An array of any size: its sizes as symbols, and a formula for the entry at given indices.

    A function that asks for its `shape` gets sizes that compute, but cannot be decided by an `if`.
    """

    __array_priority__ = 1000.0

    def __init__(self, sizes, entry, reading):
        self.sizes, self.entry, self.reading = tuple(sizes), entry, reading

    ndim = property(lambda self: len(self.sizes), doc="Number of axes.")
    count = property(lambda self: sp.Mul(*self.sizes), doc="Number of entries: N·m for (N, m).")
    size = property(lambda self: seen(self.count, self.reading), doc="The count as code sees it.")

    @property
    def shape(self) -> tuple:
        """The sizes as code sees them: numbers, and letters that no `if` can decide."""
        return tuple(seen(n, self.reading) for n in self.sizes)

    T = property(lambda self: np.transpose(self), doc="Transposed, all axes reversed.")

    def __let__(self, name, latex):
        return self.reading.array(self.reading.introduce(name, latex, self.sizes, self.entry))

    def __repr__(self):
        return f"IndexedArray{self.sizes}"

    def __getitem__(self, index):
        return getitem(self, as_symbols(index))

    def __iter__(self):
        raise TraceError("A loop over an array of any size has no last step. Use whole arrays.")

    def __len__(self):
        raise TraceError("len() of an array of any size is no number. Write x.shape[0].")

    def reshape(self, *shape):
        """As `np.reshape`."""
        return reshape(self, as_symbols(shape[0] if len(shape) == 1 else shape))

    def transpose(self, *axes):
        """As `np.transpose`."""
        axes = axes[0] if len(axes) == 1 else axes
        return transpose(self, axes or None)

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
        if ufunc in PRODUCTS:  # np.matmul, np.vecdot
            return PRODUCTS[ufunc](*arrays)
        if ufunc not in ENTRYWISE:
            raise TraceError(f"{name_of(ufunc)} has no index form.")
        return entrywise(ENTRYWISE[ufunc], arrays)

    def __array_function__(self, func, types, args, kwargs):
        own = func.__name__ if func.__module__.startswith("backprop_lab") else None
        form = STRUCTURAL.get(func, OWN.get(own))
        if form is None:
            raise TraceError(
                f"{name_of(func)} has no index form for all sizes. Derive at a fixed size: "
                f"shapes={self.reading.fixed_sizes()}."
            )
        try:
            args, kwargs = as_symbols(list(args)), as_symbols(kwargs)
            arrays = ARRAYS.get(func, slice(0))
            args[arrays] = [as_indexed(x, self.reading) for x in args[arrays]]
            if func in JOINS and isinstance(args[0], (list, tuple)):
                args[0] = [as_indexed(x, self.reading) for x in args[0]]
            return form(*args, **kwargs)
        except TraceError:
            raise
        except TypeError as error:  # an argument that the table does not take
            raise TraceError(
                f"{name_of(func)} has no index form here: {str(error).rstrip('.')}."
            ) from error

    def apply_unknown(self, unknown, orders, args):
        """Apply an unknown function, or its derivative, to every entry."""
        self.reading.unknowns[unknown.name] = unknown.tex
        function = abstract(unknown.name, orders)
        return entrywise(function, [as_indexed(x, self.reading) for x in args])


for _method in (np.sum, np.mean, np.var, np.std, np.cumsum, np.ravel, np.squeeze, np.swapaxes,
                np.dot, np.trace, np.diagonal):  # fmt: skip

    def _as_function(self, *args, func=_method, **kwargs):
        return func(self, *args, **kwargs)

    _as_function.__doc__ = f"As `np.{_method.__name__}`."
    setattr(IndexedArray, _method.__name__, _as_function)


def as_indexed(x, reading) -> IndexedArray:
    """Give an indexed array; a number becomes one without axes."""
    x = as_symbols(x)
    if isinstance(x, IndexedArray):
        return x
    if np.shape(x) != ():
        raise TraceError("An array of numbers has a fixed size; a proof for all sizes has none.")
    return IndexedArray((), lambda: exact(x), reading)


def _of_entries(entry):
    return lambda a: entrywise(entry, [a])


# Which arguments are arrays, where a number may stand for one: the places of a slice.
ARRAYS = {np.where: slice(None), np.einsum: slice(1, None), np.tensordot: slice(0, 2)} | {
    f: slice(None) for f in (np.dot, np.matmul, np.outer, np.vdot, np.vecdot, np.inner)
}
OWN: dict[str, Callable] = {
    "relu": lambda a: entrywise(relu_entry, [a]),
    "getitem": getitem,
    **{name: _of_entries(entry) for name, entry in OF_ENTRIES.items()},
    **OWN_SUMS,
}
STRUCTURAL: dict[Callable, Callable] = {
    **MOVES,
    **SUMS,
    **PRODUCTS,
    **JOINS,
    np.diag: diag,
    np.clip: clip,
    np.where: lambda c, x, y: entrywise(where_entry, [c, x, y]),
    np.ones_like: lambda a: a._new(a.sizes, lambda *indices: sp.Integer(1)),
    np.zeros_like: lambda a: a._new(a.sizes, lambda *indices: sp.Integer(0)),
    np.ndim: lambda a: a.ndim,
    np.shape: lambda a: a.shape,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
}
