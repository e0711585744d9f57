"""What a traced value refuses, and what to write instead: a base of `Traced` that says it.

A traced value is never changed, and never turned into a plain number or array on the way: both
would lose the derivative without a word.
"""

from __future__ import annotations

import sys

import numpy as np

from backprop_lab.errors import TraceError


def _bare(x):
    """Strip every trace from `x`."""
    while isinstance(x, Refusing):
        x = x.value
    return x


def _refuse_in_place(symbol):
    def method(self, other):
        if not isinstance(_bare(self), np.ndarray):
            return NotImplemented  # numbers cannot be changed in place: x += y means x = x + y
        raise TraceError(
            f"`x {symbol}= y` writes into the array x, here of shape {self.shape}, in place; a "
            f"traced value is never changed. Write `x = x {symbol} y`."
        )

    return method


class _Missing:
    """Says what to use instead of an attribute that arrays have and traced values have not.

    One for each, and no `__getattr__`: that would make every attribute of every traced value slow,
    `value` and `index` too (measured: 30 ns each time, and an operation reads six).
    """

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __get__(self, x, kind=None):
        if x is None:
            return self
        known = f" Use np.{self.name}(x), if it has a rule." if hasattr(np, self.name) else ""
        raise AttributeError(f"A traced value has no attribute or method {self.name!r}.{known}")


# Made with a class of their own, which takes a tenth of the time of setting some 500 one by one.
_Absent = type(
    "_Absent",
    (),
    {"__slots__": ()}
    | {n: _Missing(n) for n in {*dir(np.ndarray), *np.__all__} if not n.startswith("_")},
)


class Refusing(_Absent):
    """A value that says what to write instead of what it cannot do."""

    __slots__ = ()

    @property
    def __class__(self):
        """Say that it is an array to `numpy.polynomial`, which shapes coefficients by the answer.

        It asks `isinstance(x, np.ndarray)`, and takes what is none for a number: `polyval` of
        several polynomials, `polyvalfromroots` and others would give another value than of plain
        arrays. Python asks here only where `type(x)` is not the answer.
        """
        asks = sys._getframe(1).f_globals.get("__name__", "")
        return np.ndarray if asks.startswith("numpy.polynomial") else type(self)

    def __array__(self, dtype=None, copy=None):
        raise TraceError(
            f"np.array(…) of a traced value (shape {self.shape}) would lose its trace, and with "
            "it the gradient. Build arrays with np.stack([x, y]) or np.concatenate, and fill with "
            "x * np.ones(n). (np.array, np.asarray, np.full, np.r_, np.c_ and lists of lists "
            "cannot be traced; a traced value is an array already.)"
        )

    def _no_number(self, kind):
        raise TraceError(
            f"{kind} of a traced value (shape {self.shape}) would lose its trace, and with it the "
            f"gradient. Leave the {kind} out, and use NumPy's function instead of the math "
            "module's: np.exp, not math.exp. To fill an array, use np.stack([x, y])."
        )

    def __float__(self):
        return self._no_number("float()")

    def __int__(self):
        return self._no_number("int()")

    def __complex__(self):
        return self._no_number("complex()")

    def __index__(self):
        raise TraceError(
            f"A traced value (shape {self.shape}) stands where a whole number belongs: an index, a "
            "shape, an axis, a count. Pass that number to the function by keyword: keyword "
            "arguments are static, and stay plain."
        )

    def __setitem__(self, index, value):
        raise TraceError(
            f"`x[{index!r}] = …` writes into a traced array of shape {self.shape} in place; a "
            "traced value is never changed. Build the result with np.where, np.stack or "
            "np.concatenate."
        )

    __iadd__, __isub__ = _refuse_in_place("+"), _refuse_in_place("-")
    __imul__, __itruediv__ = _refuse_in_place("*"), _refuse_in_place("/")
    __imod__, __ifloordiv__ = _refuse_in_place("%"), _refuse_in_place("//")
    __ipow__, __imatmul__ = _refuse_in_place("**"), _refuse_in_place("@")
