r"""Whole arrays in two readings at once: the entry for every size, and the spelling.

A line of an inner-product derivation, such as ⟨Ȳ Wᵀ, Ẋ⟩, is plain NumPy code. Run on `Whole`
arrays it gives its entry, which is proved, and its TeX, which is printed. Each array also remembers
how it was made, so that a derivation can take a function apart.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from backprop_lab.conditions import as_factor
from backprop_lab.errors import TraceError, name_of
from backprop_lab.index_form import fresh
from backprop_lab.indexed import IndexedArray, IndexedReading, as_indexed, shape_text
from backprop_lab.letter_sizes import as_symbols
from backprop_lab.printing import applied, tex_of, with_roles
from backprop_lab.spelling import Spelled
from backprop_lab.symbolic import Refusals
from backprop_lab.symbolic_table import ENTRYWISE

_ATOM, _PRODUCT = 4, 2  # how tightly a spelling holds together, as in `spelling`
_ONE = r"\mathbf{1}"


@dataclass
class Trees:
    """What one run on whole arrays found: how each named quantity was made."""

    reading: IndexedReading
    waiting: list = field(default_factory=list)  # quantities that `let` will meet, in order
    made: dict = field(default_factory=dict)

    def leaf(self, quantity, tex: str | None = None) -> Whole:
        """Give the array that stands for a named quantity."""
        spelled = Spoken(tex or quantity.tex, len(quantity.shape))
        return Whole(self.reading.array(quantity), spelled, self, name=quantity.name)

    def number(self, value) -> Whole:
        """Give a number, or a size, as an array without axes."""
        value = as_symbols(value)
        spelled = Spoken(tex_of(value), 0, _PRODUCT)
        return Whole(as_indexed(value, self.reading), spelled, self, made=(_constant, (value,), {}))


def _constant(value):
    return value


@dataclass(frozen=True)
class Applied:
    """An unknown function σ, or its derivative σ′, as a function of arrays."""

    unknown: object
    orders: tuple

    def __call__(self, *args):
        """Apply it, entry by entry."""
        return self.unknown._apply(self.orders, args)


class Whole(Refusals, np.lib.mixins.NDArrayOperatorsMixin):
    """An array of any size with its entry, its spelling (or None), and how it was made."""

    __array_priority__ = 1000.0

    def __init__(self, array, spelled, trees, made=None, name=None):
        self.array, self.spelled, self.trees = array, spelled, trees
        self.made, self.name = made, name  # (function, arguments, keywords), or the leaf's name

    shape = property(lambda self: self.array.shape, doc="Shape, as code sees it.")
    sizes = property(lambda self: self.array.sizes, doc="Shape, in names of sizes.")
    ndim = property(lambda self: len(self.sizes), doc="Number of axes.")
    size = property(lambda self: self.array.size, doc="Number of entries, as code sees it.")
    count = property(lambda self: self.array.count, doc="Number of entries: N·m for (N, m).")
    T = property(lambda self: np.transpose(self), doc="Transposed, all axes reversed.")

    def sum(self, axis=None, keepdims=False):
        """As `np.sum`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        """As `np.mean`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def __getitem__(self, index):
        return self.apply(operator.getitem, (self, index), {})

    def __let__(self, name, latex):
        quantity = self.trees.waiting.pop(0)
        self.trees.made[quantity.name] = self
        return self.trees.leaf(quantity)

    def __repr__(self):
        return f"Whole({self.tex or self.sizes})"

    @property
    def tex(self) -> str:
        """TeX of the code that made it; empty where the code has no spelling."""
        return self.spelled.tex if self.spelled is not None else ""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)}.{method} {sorted(kwargs)} has no index form.")
        return self.apply(ufunc, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if func in (np.shape, np.ndim):
            return func(args[0].array)
        return self.apply(func, args, kwargs)

    def apply_unknown(self, unknown, orders, args):
        """Apply an unknown function, or its derivative, to every entry."""
        return self.apply(Applied(unknown, orders), args, {})

    def apply(self, func, args, kwargs) -> Whole:
        """Apply a function to both readings."""
        args, kwargs = as_symbols(tuple(args)), as_symbols(kwargs)
        if any(isinstance(a, Whole) for a in kwargs.values()):
            raise TraceError(f"{name_of(func)}: give arrays by position, not by keyword.")
        arrays = [a.array if isinstance(a, Whole) else a for a in args]
        if not any(isinstance(a, IndexedArray) for a in arrays):
            raise TraceError(f"{name_of(func)} of a list of arrays has no whole-array form.")
        form = FORMS.get(func)
        if form is None:
            array = func(*arrays, **kwargs)
        else:
            array = form(*(as_indexed(a, self.array.reading) for a in arrays), **kwargs)
        if not isinstance(array, IndexedArray):
            return array  # a size, not an array
        return Whole(array, _spell(func, args, kwargs), self.trees, made=(func, args, kwargs))


def spread(a, shape, axes=()):
    """Copy `a` along new `axes`, and along axes of length 1, until it has `shape`.

    It is the adjoint of the sum over those axes.
    """
    if isinstance(a, Whole):
        return a.apply(spread, (a,), {"shape": tuple(shape), "axes": tuple(axes)})
    return np.broadcast_to(np.expand_dims(a, tuple(axes)) if axes else a, shape)


def _spread(a, shape, axes):
    kept = [axis for axis in range(len(shape)) if axis not in axes]

    def entry(*indices):
        own = (indices[axis] for axis in kept)
        return a.entry(*(sp.Integer(1) if n == 1 else i for n, i in zip(a.sizes, own, strict=True)))

    return IndexedArray(shape, entry, a.reading)


def _vdot(a, b):
    if a.sizes != b.sizes:
        raise TraceError(
            f"⟨A, B⟩ adds A·B entry by entry; the shapes {shape_text(a.sizes)} and "
            f"{shape_text(b.sizes)} differ."
        )
    return np.sum(a * b) if a.sizes else a * b


def _trace(a):
    if a.ndim != 2 or a.sizes[0] != a.sizes[1]:
        raise TraceError(f"tr needs as many rows as columns; the shape is {shape_text(a.sizes)}.")
    k = fresh()
    total = sp.Sum(as_factor(a.entry(k, k)), (k, 1, a.sizes[0]))
    return IndexedArray((), lambda: total, a.reading)


FORMS: dict[Callable, Callable] = {np.vdot: _vdot, np.trace: _trace, spread: _spread}


# --- how it is spelled ----------------------------------------------------------------------------


class Spoken(Spelled):
    """Code spelled as TeX, with the signs of inner products: ⟨A, B⟩ and tr."""

    def _make(self, tex, ndim, level):
        return type(self)(tex, ndim, level, self.notes)

    def __array_function__(self, func, types, args, kwargs):
        if func is np.vdot:
            a, b = (x.tex for x in args)
            return self._make(rf"\langle {a},\, {b} \rangle", 0, _ATOM)
        if func is np.trace:
            return self._make(applied(r"\operatorname{tr}", self.tex), 0, _ATOM)
        if func is np.swapaxes and self.ndim == 2:
            return self._transposed()
        if func is np.ones_like:
            return self._make(_ONE if self.ndim < 2 else rf"{_ONE} {_ONE}^{{\top}}", self.ndim, 2)
        everything = len(args) == 1 and kwargs.get("axis") is None and not kwargs.get("keepdims")
        if func is np.sum and self.ndim == 2 and everything:
            inner = self._within(_PRODUCT)
            return self._make(rf"{_ONE}^{{\top}} {inner}\, {_ONE}", 0, _PRODUCT)
        return super().__array_function__(func, types, args, kwargs)

    def spread(self, old, shape, axes):
        """Spell copies as products with ones: 1 bᵀ for a row that is copied down."""
        inner, row = self._within(_PRODUCT), self._transposed().tex if self.ndim else ""
        down = axes == (0,) or old[:1] == (1,) != shape[:1]
        tex = {
            (0, 1): rf"{inner}\, {_ONE}",
            (0, 2): rf"{inner}\, {_ONE} {_ONE}^{{\top}}",
            (1, 2): rf"{_ONE}\, {row}" if down else rf"{inner}\, {_ONE}^{{\top}}",
            (2, 2): rf"{_ONE}\, {inner}" if down else rf"{inner}\, {_ONE}^{{\top}}",
        }.get((self.ndim, len(shape)))
        if tex is None:
            raise TraceError("these copies have no spelling.")
        return self._make(tex, len(shape), _PRODUCT)


def _spell(func, args, kwargs):
    """Spell a step; None where it has no spelling."""
    spelled = [a.spelled if isinstance(a, Whole) else _spell_exactly(a) for a in args]
    if any(s is None for s in spelled):
        return None
    try:
        if func is spread:
            return spelled[0].spread(args[0].sizes, kwargs["shape"], kwargs["axes"])
        if func in ENTRYWISE:
            spelled = _aligned(args, spelled)
        if func is np.mean:
            whole = args[0]
            share = np.sum(whole, *args[1:], **kwargs)
            return np.multiply(_spell_exactly(share.count / whole.count), share.spelled)
        out = func(*spelled, **kwargs)
    except (TraceError, TypeError, AttributeError, IndexError):
        return None
    return out if isinstance(out, Spelled) else None


def _aligned(args, spelled) -> list:
    """Spell the copies that broadcasting makes: A + 1 bᵀ, where the code says A + b."""
    shapes = [a.sizes for a in args if isinstance(a, Whole)]
    full = max(shapes, key=lambda s: (len(s), sum(n != 1 for n in s)))
    out = []
    for a, s in zip(args, spelled, strict=True):
        copied = isinstance(a, Whole) and a.sizes not in ((), full)
        new = tuple(range(len(full) - a.ndim)) if copied else ()
        out.append(s.spread(a.sizes, full, new) if copied else s)
    return out


def _spell_exactly(x):
    """Spell a number or size of SymPy's as it is: ⅓ and 1/(N·m), not a decimal number."""
    if isinstance(x, sp.Expr) and not x.is_Add and not x.is_Integer:
        return Spoken(tex_of(x), 0, 0 if x.could_extract_minus_sign() else _PRODUCT)
    return x


_PLAIN = {
    r"\langle ": "⟨", r" \rangle": "⟩", r"\odot": "⊙", r"\oslash": "⊘", r"^{\top}": "ᵀ",
    r"\operatorname{tr}": "tr", _ONE: "1", r"\left": "", r"\right": "", r"\!": "", r"\,": " ",
    r"\cdot": "·", r"\Rightarrow": "⇒",
}  # fmt: skip
_MARKS = {"bar": "\u0304", "dot": "\u0307", "hat": "\u0302", "tilde": "\u0303"}


def plain(tex: str) -> str:
    r"""Write the TeX of a line as plain text.

    >>> plain(r"\langle \bar{Y}\, W_{1}^{\top},\, \dot{X} \rangle")
    '⟨Ȳ W₁ᵀ, Ẋ⟩'
    """
    tex = with_roles(tex, "none")
    for sign, letter in _PLAIN.items():
        tex = tex.replace(sign, letter)
    tex = re.sub(r"\\([A-Za-z]+)", lambda m: _greek(m[1]) or m[0], tex)
    for name, mark in _MARKS.items():
        tex = re.sub(rf"\\{name}(?:{{([^{{}}]*)}}| (\w))", rf"\1\2{mark}", tex)
    below = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    tex = re.sub(r"_\{(\d+)\}", lambda m: m[1].translate(below), tex)
    tex = re.sub(r"\^\{⊙ (\w)\}", r"^⊙\1", tex)
    tex = re.sub(
        r"\\sqrt\{([^{}]*)\}", lambda m: f"√{m[1]}" if m[1].isalnum() else f"√({m[1]})", tex
    )
    while (simpler := re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _over, tex)) != tex:
        tex = simpler
    tex = tex.replace("\\", "")
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", tex)).strip()


def _over(fraction):
    above, below = (x if len(x) < 2 else f"({x})" for x in fraction.groups())
    return f"({above}/{below})"


def _greek(name) -> str:
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return ""
