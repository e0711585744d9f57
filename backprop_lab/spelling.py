"""Code spelled as TeX: another reading of plain NumPy code, in the order it was written in."""

from __future__ import annotations

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError, name_of
from backprop_lab.names import subscripted, tex_name
from backprop_lab.printing import applied, tex_of
from backprop_lab.symbolic_table import exact

_SUM, _ENTRYWISE, _PRODUCT, _POWER, _ATOM = range(5)  # how tightly a spelling holds together


class Spelled(np.lib.mixins.NDArrayOperatorsMixin):
    """Another reading of plain NumPy code: it spells itself as TeX, in the order it was written.

    A line that an author adds to a derivation is one piece of code: SymPy proves it, and this
    class prints it. So the printed line cannot differ from the proved one.
    """

    __array_priority__ = 1000.0

    def __init__(
        self, tex: str, ndim: int = 0, level: int = _ATOM, notes: list | None = None, count=None
    ):
        self.tex, self.ndim, self.level, self.count = tex, ndim, level, count
        self.notes = (
            [] if notes is None else notes
        )  # what `let` named on the way: (name, TeX, formula)

    def _make(self, tex, ndim, level):
        return Spelled(tex, ndim, level, self.notes)

    @property
    def size(self):
        """How many entries, as SymPy writes it (N·m), where that is known."""
        if self.count is None:
            raise TraceError("this size has no spelling.")
        return self.count

    @property
    def T(self):
        """Transposed; as in NumPy that does nothing to an array of one axis."""
        return self if self.ndim < 2 else self._transposed()

    def _transposed(self):
        return self._make(rf"{self._within(_ATOM)}^{{\top}}", self.ndim, _POWER)

    def _within(self, level: int) -> str:
        return self.tex if self.level >= level else rf"\left({self.tex}\right)"

    def sum(self, axis=None):
        """Spelled as a product with a vector of ones."""
        return np.sum(self, axis=axis)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)} with {sorted(kwargs)} has no spelling.")
        args = [x if isinstance(x, Spelled) else _spell_number(x) for x in inputs]
        ndim = max(x.ndim for x in args)
        if ufunc in (np.add, np.subtract):
            sign = "+" if ufunc is np.add else "-"
            closed = sign == "-" or args[1].tex.startswith("-")
            right = args[1]._within(_ENTRYWISE if closed else _SUM)
            return self._make(f"{args[0].tex} {sign} {right}", ndim, _SUM)
        if ufunc in (np.multiply, np.matmul):
            both = ufunc is np.multiply and min(x.ndim for x in args) > 0
            level = _ENTRYWISE if both else _PRODUCT  # (A ⊙ B)C keeps its parentheses
            if ufunc is np.matmul:
                ndim = max(args[0].ndim + args[1].ndim - 2, 0)
                if args[0].ndim == 1 and args[1].ndim == 2:  # xW is a column here, Wᵀx
                    args = [args[1]._transposed(), args[0]]
                elif args[0].ndim == 1:
                    args[0] = args[0]._transposed()
            pieces = [x._within(level) for x in args]
            digits = pieces[1][:1].isdigit()
            dot = r" \odot " if both else r" \cdot " if digits else r"\, "
            spelled = dot.join(pieces)
            return self._make(spelled, ndim, level)
        if ufunc is np.divide and args[1].ndim:
            both = [x._within(_POWER) for x in args]
            return self._make(r" \oslash ".join(both), ndim, _ENTRYWISE)
        if ufunc is np.divide:
            return self._make(rf"\frac{{{args[0].tex}}}{{{args[1].tex}}}", ndim, _POWER)
        if ufunc in (np.power, np.square):
            entrywise = r"\odot " if args[0].ndim else ""  # A² would be the product AA
            exponent = "2" if ufunc is np.square else args[1].tex
            return self._make(f"{args[0]._within(_ATOM)}^{{{entrywise}{exponent}}}", ndim, _POWER)
        if ufunc is np.negative:
            return self._make(f"-{args[0]._within(_ENTRYWISE)}", ndim, _SUM)
        if ufunc in _SPELLED_RELATIONS:
            tex = f"{args[0]._within(_SUM)} {_SPELLED_RELATIONS[ufunc]} {args[1]._within(_SUM)}"
            return self._make(rf"\left[{tex}\right]", ndim, _ATOM)
        if ufunc is np.sqrt:
            return self._make(rf"\sqrt{{{args[0].tex}}}", ndim, _POWER)
        if ufunc is np.absolute:
            return self._make(rf"\left|{args[0].tex}\right|", ndim, _ATOM)
        if ufunc in _SPELLED_FUNCTIONS:
            tex = applied(_SPELLED_FUNCTIONS[ufunc], *(x.tex for x in args))
            return self._make(tex, ndim, _POWER)
        raise TraceError(f"{name_of(ufunc)} has no spelling.")

    def __array_function__(self, func, types, args, kwargs):
        if func is np.transpose and len(args) == 1 and not kwargs:
            return args[0].T
        if func is np.sum:
            return self._spell_sum(*args[1:], **kwargs)
        if func is np.outer and all(getattr(x, "ndim", 0) == 1 for x in args):
            column, row = args[0]._within(_PRODUCT), args[1]._transposed().tex
            return self._make(rf"{column}\, {row}", 2, _PRODUCT)
        if func.__name__ == "relu" and func.__module__.startswith("backprop_lab"):
            return self._make(applied(r"\operatorname{relu}", self.tex), self.ndim, _POWER)
        raise TraceError(f"{name_of(func)} has no spelling.")

    def _spell_sum(self, axis=None, keepdims=False):
        if self.ndim == 2 and axis in (0, -2):
            if keepdims:
                return self._make(rf"\mathbf{{1}}^{{\top}} {self._within(_PRODUCT)}", 2, _PRODUCT)
            column = self._transposed()._within(_PRODUCT)  # one axis is a column in this book
            return self._make(rf"{column}\, \mathbf{{1}}", 1, _PRODUCT)
        if self.ndim == 2 and axis in (1, -1):
            return self._make(rf"{self._within(_PRODUCT)} \mathbf{{1}}", 1 + keepdims, _PRODUCT)
        if self.ndim == 1 and axis in (None, 0, -1):
            return self._make(rf"\mathbf{{1}}^{{\top}} {self._within(_PRODUCT)}", 0, _PRODUCT)
        raise TraceError("this np.sum has no spelling.")

    def __array__(self, dtype=None, copy=None):
        raise TraceError("np.array(…) has no spelling.")

    def apply_unknown(self, unknown, orders, args):
        """Spell an unknown function σ, or its derivative σ′, of this."""
        tex = f"{unknown.tex}{chr(39) * len(orders)}"
        return self._make(applied(tex, *(x.tex for x in args)), self.ndim, _POWER)

    def __let__(self, name, latex):
        """Note the formula under its name, and go on with the name."""
        unique, k = name, 2
        while any(unique == n for n, _, _ in self.notes):
            unique, k = f"{name}_{k}", k + 1
        tex = tex_name(unique) if latex is None else latex
        tex = tex if latex is None or unique == name else subscripted(tex, str(k - 1))
        self.notes.append((unique, tex, self.tex))
        return self._make(tex, self.ndim, _ATOM)


_SPELLED_FUNCTIONS = {
    f: rf"\{f.__name__}" for f in (np.exp, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh)
} | {np.log: r"\ln", np.maximum: r"\max", np.minimum: r"\min"}
_SPELLED_RELATIONS = {
    np.greater: ">",
    np.greater_equal: r"\ge",
    np.less: "<",
    np.less_equal: r"\le",
}


def _spell_number(x) -> Spelled:
    if np.ndim(x):
        raise TraceError("an array of numbers has no spelling.")
    if isinstance(x, sp.Basic) and x.free_symbols:  # a size, such as N·m
        return Spelled(tex_of(x), 0, _ATOM if x.is_Atom else _PRODUCT if x.is_Mul else _SUM)
    value = exact(x)
    return Spelled(tex_of(value), 0, _SUM if value < 0 else _PRODUCT if value.is_Mul else _ATOM)
