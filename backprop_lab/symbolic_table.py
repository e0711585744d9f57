"""What each NumPy function is on SymPy expressions: a table of its own, which knows no pullback.

Constants are read as written, by `exact_numbers`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_tuple

from backprop_lab.errors import TraceError
from backprop_lab.exact_numbers import exact
from backprop_lab.symbolic_calculus import UNORDERED, sums_and_slopes
from backprop_lab.symbolic_elementwise import FUNCTIONS, OF_ENTRIES, UFUNCS, UNREAD
from backprop_lab.symbolic_linalg import OWN_UNSOLVED, UNSOLVED, fourier, linear_algebra
from backprop_lab.symbolic_moves import moves

_TRUTH = (
    sp.logic.boolalg.BooleanFunction,
    sp.logic.boolalg.BooleanAtom,
    sp.core.relational.Relational,
)


def as_number(x):
    """Turn a truth value into 1 or 0, so that masks can be multiplied."""
    return sp.Piecewise((1, x), (0, True)) if isinstance(x, _TRUTH) else x


def _on_numbers(func):
    return lambda *args: func(*map(as_number, args))


_LOGIC = {"not": sp.Not, "and": sp.And, "or": sp.Or, "xor": sp.Xor}


def _on_conditions(func):
    """Let a function of truth values take numbers too: one that is not 0 is true."""
    return lambda *args: func(*(c if isinstance(c, _TRUTH) else sp.Ne(c, 0) for c in args))


def _on_masks(func):
    """Let `&`, `|`, `^` and `~` work on conditions, and on nothing else."""

    def of_masks(*args):
        if all(isinstance(c, _TRUTH) for c in args):
            return func(*args)
        raise TraceError(
            "&, |, ^ and ~ work on conditions, such as (x > 0) & (x < 6), in parentheses; one side "
            "here is a number."
        )

    return of_masks


def _piecewise_sign(x):
    return sp.Piecewise((1, x > 0), (-1, x < 0), (0, True))


# From a ufunc to the SymPy expression of one entry. Derivatives are SymPy's business.
ENTRYWISE: dict[Callable, Callable] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: a**2,
    np.reciprocal: lambda a: 1 / a,
    np.conjugate: sp.conjugate,
    np.sqrt: sp.sqrt,
    np.absolute: sp.Abs,
    np.sign: _piecewise_sign,
    np.exp: sp.exp,
    np.exp2: lambda a: 2**a,
    np.expm1: lambda a: sp.exp(a) - 1,
    np.log: sp.log,
    np.log2: lambda a: sp.log(a) / sp.log(2),
    np.log10: lambda a: sp.log(a) / sp.log(10),
    np.log1p: lambda a: sp.log(1 + a),
    np.sin: sp.sin,
    np.cos: sp.cos,
    np.tan: sp.tan,
    np.arcsin: sp.asin,
    np.arccos: sp.acos,
    np.arctan: sp.atan,
    np.sinh: sp.sinh,
    np.cosh: sp.cosh,
    np.tanh: sp.tanh,
    np.arcsinh: sp.asinh,
    np.arccosh: sp.acosh,
    np.arctanh: sp.atanh,
    np.maximum: sp.Max,
    np.minimum: sp.Min,
}
ENTRYWISE = {func: _on_numbers(entry) for func, entry in (ENTRYWISE | UFUNCS).items()}
ENTRYWISE |= {
    np.greater: sp.Gt,
    np.greater_equal: sp.Ge,
    np.less: sp.Lt,
    np.less_equal: sp.Le,
    np.equal: sp.Eq,
    np.not_equal: sp.Ne,
    **{getattr(np, f"logical_{name}"): _on_conditions(of) for name, of in _LOGIC.items()},
    **{getattr(np, f"bitwise_{name}"): _on_masks(of) for name, of in _LOGIC.items()},
}

# Why a function that has a rule has no symbolic reading. A test reads this list.
WITHOUT: dict[Callable, str] = {
    **UNORDERED,
    **UNREAD,
    **UNSOLVED,
}
WITHOUT_OWN: dict[str, str] = {**OWN_UNSOLVED}  # the same of this package's primitives, by name


def as_entries(x) -> np.ndarray:
    """Give an array of expressions, from one of numbers if need be."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return x
    out = np.empty(np.shape(x), object)
    out[...] = np.frompyfunc(exact, 1, 1)(np.asarray(x, object))
    return out


def entries_of(x) -> np.ndarray:
    """Give the entries of a symbolic array, a number or an array of numbers."""
    if hasattr(x, "entries"):
        return x.entries
    return as_entries(np.frompyfunc(exact, 1, 1)(np.asarray(x, object)))


def numbers_of(x) -> np.ndarray:
    """Give the entries of `x`, truth values as 1 and 0."""
    return as_entries(np.frompyfunc(as_number, 1, 1)(entries_of(x)))


def _linear(func):
    """Let NumPy's own function move, add and multiply expressions, masks as 1 and 0."""
    return lambda *operands, **params: func(*map(numbers_of, operands), **params)


def _reduce(func):
    """Reduce entries of any axes by a SymPy function of many arguments, such as Max."""

    def reduced(a, axis=None, keepdims=False):
        a = numbers_of(a)
        axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
        rest = [i for i in range(a.ndim) if i not in axes]
        moved = np.transpose(a, [*rest, *axes]).reshape([*(a.shape[i] for i in rest), -1])
        out = np.empty(moved.shape[:-1], object)
        for index in np.ndindex(*out.shape):
            out[index] = func(*moved[index])
        kept = [1 if i in axes else n for i, n in enumerate(a.shape)]
        return out.reshape(kept) if keepdims else out

    return reduced


def _where(condition, x, y):
    return np.frompyfunc(where_entry, 3, 1)(*map(entries_of, (condition, x, y)))


def where_entry(c, a, b):
    """Give a where `c` is true, or a number that is not 0; b elsewhere."""
    condition = c if isinstance(c, _TRUTH) else sp.Ne(c, 0)
    return sp.Piecewise((as_number(a), condition), (as_number(b), True))


def relu_entry(z):
    """Give z where it is positive, 0 elsewhere."""
    return sp.Piecewise((z, z > 0), (0, True))


def _relu(x):
    return np.frompyfunc(relu_entry, 1, 1)(numbers_of(x))


def _of_entries(entry):
    """Let a function of one entry, and of static numbers, work on arrays of entries."""

    def mapped(x, *args, **static):
        return np.frompyfunc(lambda z: entry(z, *args, **static), 1, 1)(numbers_of(x))

    return mapped


def _clip(a, a_min=None, a_max=None, min=None, max=None):
    low, high = a_min if min is None else min, a_max if max is None else max
    for bound, extreme in ((low, sp.Max), (high, sp.Min)):
        if bound is not None:
            a = np.frompyfunc(extreme, 2, 1)(numbers_of(a), numbers_of(bound))
    return a


def _select(condlist, choicelist, default=0):
    y = entries_of(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = _where(condition, choice, y)
    return y


def _sum_of_exponentials(x, axis, keepdims):
    return _reduce(sp.Add)(as_entries(np.frompyfunc(sp.exp, 1, 1)(numbers_of(x))), axis, keepdims)


def _logsumexp(x, axis=None, keepdims=False):
    return np.frompyfunc(sp.log, 1, 1)(_sum_of_exponentials(x, axis, keepdims))


def _softmax(x, axis=-1):
    return np.frompyfunc(sp.exp, 1, 1)(numbers_of(x)) / _sum_of_exponentials(x, axis, True)


def _log_softmax(x, axis=-1):
    return numbers_of(x) - _logsumexp(x, axis, True)


def _scatter_add(values, index, shape, batch=0):
    if batch:
        parts = [_scatter_add(v, index, shape, batch - 1) for v in numbers_of(values)]
        return np.reshape(parts, (len(parts), *np.shape(parts)[1:]))
    out = np.full(shape, sp.Integer(0), dtype=object)
    np.add.at(out, index, numbers_of(values))
    return out


def _einsum(*operands, optimize=False):
    return np.einsum(*[x if isinstance(x, (str, list)) else numbers_of(x) for x in operands])


def _mean(a, axis=None, keepdims=False):
    total = _reduce(sp.Add)(a, axis, keepdims)
    return total / sp.Integer(np.size(a) // max(np.size(total), 1))


# Functions that only move, add or multiply entries: NumPy does that on expressions by itself.
STRUCTURAL: dict[Callable, Callable] = {
    np.sum: _reduce(sp.Add),
    np.mean: _mean,
    np.max: _reduce(sp.Max),
    np.min: _reduce(sp.Min),
    np.where: _where,
    np.select: _select,
    np.clip: _clip,
    **{func: _of_entries(entry) for func, entry in FUNCTIONS.items()},
    np.einsum: _einsum,
    np.stack: lambda arrays, axis=0: np.stack([as_entries(x) for x in arrays], axis),
    np.concatenate: lambda arrays, axis=0: np.concatenate([as_entries(x) for x in arrays], axis),
    np.dot: _linear(np.dot),
    np.matmul: _linear(np.matmul),
    np.outer: lambda a, b: np.multiply.outer(*(np.ravel(numbers_of(x)) for x in (a, b))),
    np.tensordot: lambda a, b, axes=2: np.tensordot(numbers_of(a), numbers_of(b), axes),
    np.cumsum: lambda a, axis=None: np.cumsum(numbers_of(a), axis),
    **moves(numbers_of),
    **sums_and_slopes(numbers_of, _reduce),
    **linear_algebra(numbers_of, _reduce),
    **fourier(numbers_of),
    **{
        f: f
        for f in (
            *(np.reshape, np.ravel, np.squeeze, np.expand_dims, np.transpose),
            *(np.swapaxes, np.moveaxis, np.flip, np.broadcast_to),
        )
    },
}
PLAIN: dict[Callable, Callable] = {
    np.shape: np.shape,
    np.ndim: np.ndim,
    np.size: np.size,
    np.zeros_like: lambda a: np.zeros(a.shape),
    np.ones_like: lambda a: np.ones(a.shape),
}


# This package's own primitives, by name: this module imports no rule, not even to name one.
OWN: dict[str, Callable] = {
    "relu": _relu,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    **{name: _of_entries(entry) for name, entry in OF_ENTRIES.items()},
    "getitem": lambda a, index: a[index],
    "scatter_add": _scatter_add,
    "cast": lambda x, to: x,
}


def symbolic_primal(func: Callable) -> Callable | None:
    """Give what `func` does to arrays of expressions, or None where that is not known."""
    if func in STRUCTURAL:
        return STRUCTURAL[func]
    if func in ENTRYWISE:
        return np.frompyfunc(ENTRYWISE[func], func.nin, 1)
    own = (getattr(func, "__module__", None) or "").startswith("backprop_lab")
    return OWN.get(func.__name__) if own else None
