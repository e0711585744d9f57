"""The code of a rule, run on symbols: what a pullback does to letters, not to one set of numbers.

`Decided` is an array of SymPy expressions on which more of NumPy works than a derivation needs: a
comparison that the assumptions settle is a plain array of truth values, so that code with masks
runs under `a > b` and under `a < b`, and each is proved by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError
from backprop_lab.rule_letters import is_complex
from backprop_lab.rules.linalg import frame_of_determinant
from backprop_lab.symbolic import Symbolic
from backprop_lab.symbolic_elementwise import Whole
from backprop_lab.symbolic_table import as_entries, exact, numbers_of, symbolic_primal

# Constants of mathematics that code must round: the double nearest to each.
ROUNDED: dict[float, sp.Expr] = {
    math.log(2): sp.log(2),
    1 / math.log(2): 1 / sp.log(2),
    math.log(10): sp.log(10),
    math.pi: sp.pi,
    2 * math.pi: 2 * sp.pi,
    math.pi / 180: sp.pi / 180,
    1 / (math.pi / 180): 180 / sp.pi,
    180 / math.pi: 180 / sp.pi,
    math.sqrt(2): sp.sqrt(2),
    1 / math.sqrt(2): 1 / sp.sqrt(2),
}


def exactly(x):
    """Read numbers in code: a double nearest to ln 2 means ln 2, one that rounds 2/3 means 2/3.

    >>> exactly(math.log(2)), exactly(2 / 3), exactly(0.1)
    (log(2), 2/3, 1/10)
    """
    if isinstance(x, Symbolic):
        return x.entries
    if isinstance(x, (float, np.floating)):
        near = Fraction(float(x)).limit_denominator(64) if math.isfinite(x) else None
        meant = near is not None and abs(float(near) - x) <= 4 * np.finfo(float).eps * abs(x)
        return ROUNDED.get(float(x), exact(near if meant else x))
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return as_entries(np.frompyfunc(exactly, 1, 1)(x))
    return x


def _settled(entries):
    """Give plain truth values where every entry is settled, and None where one is open."""
    flat = np.ravel(np.asarray(entries, object))
    if not all(x in (sp.true, sp.false) for x in flat):
        return None
    out = np.empty(np.shape(entries), bool)
    out.flat = [x == sp.true for x in flat]
    return out[()]


class Answers:
    """What open questions are answered with, in turn: so that every branch of code is walked.

    A question that no answer was given for is answered with no; `next_round` then says what is to
    be tried next, or None when every branch has been seen.
    """

    def __init__(self, given=()):
        self.given, self.asked = list(given), []

    def ask(self) -> bool:
        """Answer the next question."""
        k = len(self.asked)
        self.asked.append(self.given[k] if k < len(self.given) else False)
        return self.asked[-1]

    def next_round(self):
        """Give the answers of the next walk: the last no becomes a yes."""
        asked = self.asked
        while asked and asked[-1]:
            asked = asked[:-1]
        return [*asked[:-1], True] if asked else None


class Decided(Symbolic):
    """An array of SymPy expressions for the code of rules: comparisons are decided where they can.

    `reading` may be `Answers`: then open comparisons are answered, whole arrays at once.
    """

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if kwargs.get("axis") == -1:  # of `np.vecdot`: it is the default
            del kwargs["axis"]
        if method == "__call__" and ufunc in _LOGICAL:
            ufunc = _LOGICAL[ufunc]
        arrays = [Symbolic(x) if _of_symbols(x) else x for x in map(exactly, inputs)]
        if method == "__call__" and ufunc in _NEVER:
            return np.full(np.broadcast_shapes(*map(np.shape, inputs)), _NEVER[ufunc])[()]
        if method == "reduce" and ufunc is np.add:
            return np.sum(Decided(arrays[0].entries, self.reading), **_plain_sum(kwargs))
        if method == "__call__" and ufunc in _MORE:
            mapped = np.frompyfunc(_MORE[ufunc], ufunc.nin, 1)
            return self._wrap(mapped(*map(numbers_of, arrays)))
        return super().__array_ufunc__(ufunc, method, *arrays, out=out, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        func = WITHOUT_NAN.get(func, func)
        if func in _SPECIAL:
            return _SPECIAL[func](*args, **kwargs)
        if func in _PARTS:
            return self._wrap(np.frompyfunc(_PARTS[func], 1, 1)(args[0].entries))
        kwargs = {k: v for k, v in kwargs.items() if (k, v is None or v is True) not in _DEFAULT}
        if symbolic_primal(func) is None and _is_ours(func):  # a helper of this package
            return func.__wrapped__(*args, **kwargs)
        return super().__array_function__(func, types, _exact(args), _exact(kwargs))

    def _wrap(self, entries):
        if isinstance(entries, (list, tuple)):
            return type(entries)(self._wrap(part) for part in entries)
        entries = entries if isinstance(entries, np.ndarray) else as_entries(entries)
        truth = entries.size and all(isinstance(x, _TRUTH) for x in entries.flat)
        settled = _settled(entries) if truth else None
        if settled is None and truth and isinstance(self.reading, Answers):
            return np.full(entries.shape, self.reading.ask())[()]
        return Decided(as_entries(entries), self.reading) if settled is None else settled

    def __getitem__(self, index):
        picked = self.entries[index]
        return Decided(
            picked if isinstance(picked, np.ndarray) else as_entries(picked), self.reading
        )

    @property
    def mT(self):
        """The last two axes swapped, as of an array."""
        return np.swapaxes(self, -1, -2)

    @property
    def dtype(self):
        """What the code would see: complex where an entry has an imaginary part."""
        return np.dtype(complex if is_complex(self.entries) else float)

    def astype(self, dtype, **_):
        """Give itself: an expression has no dtype."""
        return self


_TRUTH = (  # not sp.Boolean, which a symbol is too
    sp.logic.boolalg.BooleanFunction,
    sp.logic.boolalg.BooleanAtom,
    sp.core.relational.Relational,
)


def _of_symbols(x):
    return isinstance(x, sp.Basic) or (isinstance(x, np.ndarray) and x.dtype == object)


def _is_ours(func):
    return (getattr(func, "__module__", None) or "").startswith("backprop_lab")


def _plain_sum(kwargs):
    return {k: v for k, v in kwargs.items() if k in ("axis", "keepdims")}


def _exact(x):
    """Read the numbers among arguments: sequences are searched, static integers are left."""
    if isinstance(x, (tuple, list)):
        return type(x)(map(_exact, x))
    if isinstance(x, dict):
        return {k: _exact(v) for k, v in x.items()}
    found = exactly(x) if isinstance(x, (float, np.floating)) else None
    return x if found is None or found.is_Rational else Decided(as_entries(found))


def _nearest(x):
    """Give a whole number as it is: what code rounds is whole but for rounding errors."""
    x = sp.expand(x)
    if not x.is_integer:
        raise TraceError(f"np.rint of {x}, which is not known to be whole.")
    return x


_LOGICAL = {
    np.bitwise_and: np.logical_and,
    np.bitwise_or: np.logical_or,
    np.bitwise_xor: np.logical_xor,
    np.invert: np.logical_not,
}
_DEFAULT = {("dtype", True), ("where", True)}  # what rules hand on as it was not given
_PARTS: dict[Callable, Callable] = {np.real: lambda z: sp.re(z), np.imag: lambda z: sp.im(z)}
WITHOUT_NAN: dict[Callable, Callable] = {  # a letter is a number: nothing is missing
    np.nansum: np.sum,
    np.nanmean: np.mean,
    np.nanprod: np.prod,
    np.nanvar: np.var,
    np.nanstd: np.std,
    np.nancumsum: np.cumsum,
    np.nancumprod: np.cumprod,
    np.nanmax: np.max,
    np.nanmin: np.min,
}
_NEVER: dict[Callable, object] = {np.isnan: False, np.isinf: False, np.isfinite: True}  # of letters
_MORE: dict[Callable, Callable] = {
    np.floor_divide: lambda a, b: Whole(a / b),
    np.rint: _nearest,
    np.signbit: lambda a: sp.Lt(a, 0),
}
_SPECIAL: dict[Callable, Callable] = {
    frame_of_determinant: lambda a: (None, None, 0),  # letters make a matrix of full rank
    np.iscomplexobj: lambda x: False,
    np.isrealobj: lambda x: True,
    np.isposinf: lambda x: np.zeros(np.shape(x), bool)[()],
    np.isneginf: lambda x: np.zeros(np.shape(x), bool)[()],
    np.zeros_like: lambda a, *_, **__: np.zeros(np.shape(a)),
    np.ones_like: lambda a, *_, **__: np.ones(np.shape(a)),
    np.result_type: lambda *_: np.dtype(float),
    np.ndim: lambda a: a.ndim,
    np.shape: lambda a: a.shape,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
}


def entries(x) -> np.ndarray:
    """Entries of what code gave back, as expressions; truth values are 1 and 0."""
    found = numbers_of(x if isinstance(x, Symbolic) else exactly(np.asarray(x, object)))
    plain = np.frompyfunc(lambda e: sp.sympify(e[()] if isinstance(e, np.ndarray) else e), 1, 1)
    return as_entries(plain(found))


class Reached(Exception):
    """Carries the call that was looked for."""

    def __init__(self, args, kwargs):
        super().__init__("the call was reached")
        self.call = args, kwargs


class Probe(Decided):
    """An operand that stops at the first call of one function, so that its arguments are known."""

    wanted: Callable | None = None

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        raise Reached(inputs, kwargs) if ufunc is self.wanted else TraceError("another call first")

    def __array_function__(self, func, types, args, kwargs):
        raise Reached(args, kwargs) if func is self.wanted else TraceError("another call first")

    def __getitem__(self, index):
        raise Reached((self, index), {})


def arguments_of(func, call, operands) -> tuple[tuple, dict]:
    """Give the arguments with which `call(*operands)` calls `func`; refused if it calls another.

    >>> arguments_of(np.sum, lambda x: x.sum(axis=0), [np.array(sp.Symbol("x"))])[1]
    {'axis': 0}
    """
    probe = type("Probe", (Probe,), {"wanted": staticmethod(func)})
    try:
        call(*[probe(x) if _of_symbols(x) else x for x in operands])
    except Reached as reached:
        return reached.call
    raise TraceError("the function was not called")
