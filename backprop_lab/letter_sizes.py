"""Sizes as a function sees them: a letter can be computed with, but no `if` can ask what it is.

What holds at some sizes only is no question that a proof for all sizes may ask. So a comparison
that is the same at every size has its answer, and every other is refused.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError, name_of
from backprop_lab.symbolic_table import ENTRYWISE, as_number, exact

_ASKED = {
    np.equal: ("==", lambda gap: sp.Eq(gap, 0)),
    np.not_equal: ("!=", lambda gap: sp.Ne(gap, 0)),
    np.less: ("<", lambda gap: sp.Lt(gap, 0)),
    np.less_equal: ("<=", lambda gap: sp.Le(gap, 0)),
    np.greater: (">", lambda gap: sp.Gt(gap, 0)),
    np.greater_equal: (">=", lambda gap: sp.Ge(gap, 0)),
}
_TRUTH = (np.logical_not, np.logical_and, np.logical_or, np.logical_xor)
_COMPUTED = {ufunc: entry for ufunc, entry in ENTRYWISE.items() if ufunc not in _TRUTH}
_COMPUTED |= {np.floor_divide: lambda a, b: sp.floor(a / b), np.remainder: sp.Mod}


class Size(np.lib.mixins.NDArrayOperatorsMixin):
    """A size made of letters, such as N·m: it computes, and answers what holds at every size."""

    def __init__(self, expr, reading):
        self.expr, self.reading = expr, reading

    def __repr__(self):
        return str(self.expr)

    def _sympy_(self):
        raise TraceError(f"SymPy cannot read the size {self} in code: write np.sqrt for sp.sqrt.")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if any(_is_array(x) for x in inputs):
            return NotImplemented
        inputs = [x[()] if isinstance(x, np.ndarray) else x for x in inputs]  # a NumPy number
        if any(isinstance(x, np.ndarray) for x in inputs):
            raise TraceError(
                f"{name_of(ufunc)} of the size {self} and an array of numbers: that has a fixed "
                f"size. {self._cure()}"
            )
        if not all(isinstance(x, (numbers.Number, np.generic, sp.Expr, Size)) for x in inputs):
            known = {np.equal: False, np.not_equal: True}  # a size is no word, and not None
            return known.get(ufunc, NotImplemented)
        values = [as_number(exact(x)) for x in map(as_symbols, inputs)]
        if ufunc in _ASKED:
            return self._answer(ufunc, *values)
        if ufunc not in _COMPUTED or method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)} of the size {self} is not known. {self._cure()}")
        return seen(_COMPUTED[ufunc](*values), self.reading)

    def _answer(self, ufunc, a, b) -> bool:
        """Give the answer that a comparison has at every size."""
        sign, asked = _ASKED[ufunc]
        answer = asked(sp.expand(a - b))
        if answer in (sp.true, sp.false):
            return bool(answer)
        raise self._refused(
            f"whether {a} {sign} {b} depends on the sizes, which are letters here; a proof for all "
            f"of them cannot go one way. {self._cure()}"
        )

    def __bool__(self):
        return self._answer(np.not_equal, self.expr, sp.Integer(0))

    def __hash__(self):
        raise self._refused(
            f"the size {self} is a letter, which no set or dictionary can look up. {self._cure()}"
        )

    def __index__(self):
        raise self._refused(_needed(self, self.reading))

    def __float__(self):
        if self.expr.is_number:
            return float(self.expr)
        raise self._refused(_needed(self, self.reading))

    __int__ = __index__

    def __round__(self, digits=None):
        raise self._refused(_needed(self, self.reading))

    def _refused(self, message) -> TraceError:
        """Note a refusal, which a function may catch, but not go on from."""
        self.reading.refused = TraceError(message)
        return self.reading.refused

    def _cure(self):
        return _cure(self.reading)


def _is_array(x) -> bool:
    """Whether an array of some reading, which knows what to do with a size."""
    return not isinstance(x, (Size, np.ndarray, np.generic)) and hasattr(x, "__array_ufunc__")


def _cure(reading) -> str:
    return f"Derive at a fixed size: shapes={reading.fixed_sizes()}."


def _needed(size, reading) -> str:
    return (
        f"a number is asked of the size {size}, which is a letter here. Write np.sqrt(n) for "
        f"math.sqrt(n), n for float(n), np.ones_like(X) for np.ones(X.shape). {_cure(reading)}"
    )


def seen(expr, reading):
    """Give a size as a function sees it: a fixed one is a Python number."""
    return int(expr) if expr.is_Integer else Size(expr, reading)


def as_symbols(x):
    """Give the SymPy expression of a size, also within tuples, lists, slices and dictionaries."""
    if isinstance(x, Size):
        return x.expr
    if type(x) in (tuple, list):
        return type(x)(map(as_symbols, x))
    if isinstance(x, slice):
        return slice(as_symbols(x.start), as_symbols(x.stop), as_symbols(x.step))
    return {key: as_symbols(value) for key, value in x.items()} if type(x) is dict else x


def asking_kindly(f: Callable, reading) -> Callable:
    """Let `f` say what to do where NumPy only wants a number, and not go on from a refusal."""

    @functools.wraps(f)
    def run(*args):
        reading.refused = None
        try:
            value = f(*args)
        except TypeError as error:
            _, asked, size = str(error).partition("a single integer, got ")
            if isinstance(error, TraceError) or not asked:
                raise
            raise TraceError(_needed(size.strip("'"), reading)) from error
        if reading.refused is not None:
            raise reading.refused
        return value

    return run
