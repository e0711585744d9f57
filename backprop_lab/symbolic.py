"""The third reading: the same function on SymPy symbols.

`Symbolic` is an array of SymPy expressions that enters NumPy code through NumPy's own protocols,
with a table of its own from NumPy function to SymPy expression. SymPy differentiates what comes
out. Nothing here knows of pullbacks, so it cannot share their mistakes. Symbols are real.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError, name_of
from backprop_lab.names import subscripted, tex_name
from backprop_lab.symbolic_table import PLAIN, WITHOUT, as_entries, entries_of, symbolic_primal
from backprop_lab.symbolic_unknown import applied_to_entries

# --- arrays of expressions -----------------------------------------------------------------------


@dataclass
class Quantity:
    """A named quantity of a reading: an input (no `definition`) or what `let` named."""

    name: str
    tex: str
    symbols: np.ndarray
    definition: np.ndarray | None = None


@dataclass
class Reading:
    """What one run on symbols found: the named quantities in order, and the output."""

    quantities: dict[str, Quantity] = field(default_factory=dict)
    tex: dict[sp.Symbol, str] = field(default_factory=dict)
    unknowns: dict[str, str] = field(default_factory=dict)
    output: np.ndarray | None = None

    def introduce(self, name: str, tex: str | None, shape: tuple, definition=None) -> Quantity:
        """Make a new symbol, or an array of them, for a quantity called `name`.

        No two symbols share a name, so `x` of shape (2,) and a value named `x_1` stay apart; nor do
        two quantities look alike in TeX.
        """
        labels = _labels(shape)
        unique, k = name, 2
        while unique in self.quantities or any(s in self.tex for s in _named(unique, labels)):
            unique, k = f"{name}_{k}", k + 1
        if tex is None:
            tex = tex_name(unique)
        elif unique != name:  # the same name again: `\\hat{y}` becomes `\\hat{y}_{2}`
            tex = subscripted(tex, str(k - 1))
        if set(_set_in(tex, labels)) & set(self.tex.values()):
            tex = rf"\mathrm{{{unique.replace('_', chr(92) + '_')}}}"
        symbols = np.empty(shape, dtype=object)
        symbols.flat = _named(unique, labels)
        self.tex |= dict(zip(symbols.flat, _set_in(tex, labels), strict=True))
        self.quantities[unique] = Quantity(unique, tex, symbols, definition)
        self.__dict__.pop("definitions", None)
        return self.quantities[unique]

    @functools.cached_property
    def definitions(self) -> dict[sp.Symbol, sp.Expr]:
        """Every defined symbol with its formula in the symbols before it."""
        return {
            s: d
            for q in self.quantities.values()
            if q.definition is not None
            for s, d in zip(q.symbols.flat, q.definition.flat, strict=True)
        }

    def expanded(self, expr) -> sp.Expr:
        """Put every definition in, until only inputs are left."""
        for symbol, definition in reversed(self.definitions.items()):
            expr = expr.xreplace({symbol: definition})
        return expr


def _labels(shape: tuple) -> list[str]:
    """Name the places of an array: `12` for row 1, column 2; `1,2` where a size is 10 or more."""
    between = "," if any(n > 9 for n in shape) else ""
    return [between.join(str(i + 1) for i in index) for index in np.ndindex(*shape)]


def _named(name: str, labels: list[str]) -> list[sp.Symbol]:
    return [sp.Symbol(f"{name}_{label}" if label else name, real=True) for label in labels]


def _set_in(tex: str, labels: list[str]) -> list[str]:
    return [subscripted(tex, label) if label else tex for label in labels]


class Refusals:
    """What symbols refuse, and what to write instead; for arrays of a fixed and of any size."""

    _op_priority = 100.0  # tells SymPy to leave 2 / N * X to the array

    def __bool__(self):
        raise TraceError(
            "This code branches on a value (if, while, and, or), and a symbol has none: the "
            "derivation would cover one branch only. Write np.where(condition, a, b), which keeps "
            "both."
        )

    def _no_number(self):
        raise TraceError(
            "float(), int() or a function of the math module got a symbol. Use NumPy's function: "
            "np.exp, not math.exp."
        )

    __float__ = __int__ = __index__ = __complex__ = _no_number

    def __getattr__(self, name):
        hint = f" Use np.{name}(x)." if hasattr(np, name) else ""
        raise AttributeError(f"An array of symbols has no attribute or method {name!r}.{hint}")

    def __setitem__(self, index, value):
        raise TraceError(
            f"`x[{index!r}] = …` writes into an array of symbols in place. Build the result with "
            "np.where, np.stack or np.concatenate."
        )

    def __array__(self, dtype=None, copy=None):
        raise TraceError(
            "np.array(…) of a symbol cannot be traced (nor np.full, np.r_). Build arrays with "
            "np.stack([x, y]) or np.concatenate."
        )


class Symbolic(Refusals, np.lib.mixins.NDArrayOperatorsMixin):
    """An array of SymPy expressions that NumPy's functions and operators work on."""

    __array_priority__ = 1000.0

    def __init__(self, entries, reading: Reading | None = None):
        self.entries = np.empty((), object) if not isinstance(entries, np.ndarray) else entries
        if not isinstance(entries, np.ndarray):
            self.entries[()] = entries
        self.reading = reading

    shape = property(lambda self: self.entries.shape, doc="Shape, as of an array.")
    ndim = property(lambda self: self.entries.ndim, doc="Number of axes.")
    size = property(lambda self: self.entries.size, doc="Number of entries.")
    dtype = property(lambda self: np.dtype(float), doc="What the function would see: float64.")
    T = property(lambda self: np.transpose(self), doc="Transposed, all axes reversed.")

    def __let__(self, name, latex):
        quantity = self.reading.introduce(name, latex, self.shape, self.entries)
        return Symbolic(quantity.symbols, self.reading)

    def __repr__(self):
        return f"Symbolic({self.entries.tolist()})"

    def __len__(self):
        return len(self.entries)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def apply_unknown(self, unknown, orders, args):
        """Apply an unknown function, or its derivative, to every entry."""
        self.reading.unknowns[unknown.name] = unknown.tex
        return Symbolic(applied_to_entries(unknown, orders, args), self.reading)

    def __getitem__(self, index):
        return Symbolic(as_entries(self.entries[index]), self.reading)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)}.{method} {sorted(kwargs)} has no symbolic reading.")
        if out is not None and not (out[0] is self and self.shape == ()):
            raise TraceError(
                f"{name_of(ufunc)} was asked to write into an existing array (out=, or an "
                "operator such as `+=`). Write `x = x + y`."
            )
        entries = symbolic_primal(ufunc)
        if entries is None:
            raise TraceError(
                f"{name_of(ufunc)} has no symbolic reading. Check it by numbers instead."
            )
        return self._wrap(entries(*map(entries_of, inputs)))

    def __array_function__(self, func, types, args, kwargs):
        entries = symbolic_primal(func)
        if entries is not None:
            try:
                return self._wrap(entries(*_unwrapped(args), **_unwrapped(kwargs)))
            except TypeError as error:  # an argument that the table does not take
                message = f"{name_of(func)} has no symbolic reading here: {error}."
                raise TraceError(message) from error
        if func in PLAIN:
            return PLAIN[func](self.entries)
        if func in WITHOUT:
            raise TraceError(f"{name_of(func)} has no symbolic reading: {WITHOUT[func]}.")
        raise TraceError(f"{name_of(func)} has no symbolic reading. Check it by numbers instead.")

    def _wrap(self, entries):
        if isinstance(entries, (list, tuple)):  # the pieces of a split
            return type(entries)(self._wrap(part) for part in entries)
        return Symbolic(as_entries(entries), self.reading)

    def reshape(self, *shape):
        """Same entries, other shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """Axes permuted; reversed when none are given."""
        axes = axes[0] if len(axes) == 1 else axes
        return np.transpose(self, axes or None)

    def copy(self):
        """Return itself: symbols are never changed."""
        return self


def array_methods(cls):
    """Give a class NumPy's array methods, each as the function of the same name."""
    for func in (
        np.sum,
        np.mean,
        np.max,
        np.min,
        np.cumsum,
        np.prod,
        np.cumprod,
        np.var,
        np.std,
        np.squeeze,
        np.swapaxes,
        np.dot,
        np.ravel,
        np.take,
        np.repeat,
        np.diagonal,
        np.astype,
    ):

        def method(self, *args, func=func, **kwargs):
            return func(self, *args, **kwargs)

        method.__name__, method.__doc__ = func.__name__, f"As `np.{func.__name__}`."
        setattr(cls, func.__name__, method)
    cls.flatten = cls.ravel
    return cls


array_methods(Symbolic)


def _unwrapped(x):
    if isinstance(x, Symbolic):
        return x.entries
    if isinstance(x, (tuple, list)):
        return type(x)(map(_unwrapped, x))
    if isinstance(x, dict):
        return {k: _unwrapped(v) for k, v in x.items()}
    return x


# --- running a function on symbols ---------------------------------------------------------------


def read(f: Callable, shapes: Mapping[str, tuple[int, ...]]) -> Reading:
    """Run `f` on symbols named and shaped as `shapes` says, in the order of its arguments.

    >>> r = read(lambda w, x: np.sum(w * x), {"w": (2,), "x": (2,)})
    >>> r.output[()]
    w_1*x_1 + w_2*x_2
    """
    reading = Reading()
    inputs = []
    for name, shape in shapes.items():
        quantity = reading.introduce(name, None, tuple(shape))
        if quantity.name != name:
            raise TraceError(
                f"The argument {name} has the name of an entry of another argument. Call it "
                "something else."
            )
        inputs.append(Symbolic(quantity.symbols, reading))
    y = f(*inputs)
    if isinstance(y, (tuple, list, dict)) or y is None:
        raise TraceError(
            f"{getattr(f, '__name__', 'f')} returned a {type(y).__name__}; one number or array is "
            "needed."
        )
    reading.output = entries_of(y)
    return reading


def jacobian(reading: Reading, name: str) -> np.ndarray:
    """SymPy's Jacobian of the output by input `name`, shape(output) + shape(input), exact.

    >>> r = read(lambda x: np.cumsum(x), {"x": (3,)})
    >>> jacobian(r, "x").tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    symbols = reading.quantities[name].symbols
    out = np.empty(reading.output.shape + symbols.shape, object)
    for i in np.ndindex(*reading.output.shape):
        full = reading.expanded(reading.output[i])
        for j in np.ndindex(*symbols.shape):
            out[i + j] = sp.diff(full, symbols[j])
    return out
