"""A value under a trace: it looks like an array, and NumPy hands every operation on it to a rule.

`Traced` is the surface that the tape's `Var` and forward mode's `Dual` share. It holds the value,
one level down, and the trace that follows it. Nothing here knows a derivative.
"""

from __future__ import annotations

import itertools
import math
import operator

import numpy as np

from backprop_lab.errors import TraceError, name_of, near_names
from backprop_lab.hints import INSTEAD
from backprop_lab.refusing import Refusing
from backprop_lab.rules import (
    CONSTANT,
    RULES,
    SHAPE_ONLY,
    as_function,
    getitem,
    is_complex,
    refuse_complex,
    shape_of,
)

# Every trace gets a new, higher level. A trace treats what older traces follow as constants, so
# the derivatives of a nested call cannot be confused with those of the call around it.
new_level = itertools.count(1).__next__


def primal(x):
    """Strip every trace from `x`: the plain number or array underneath.

    >>> primal(2.0)
    2.0
    """
    while isinstance(x, Traced):
        x = x.value
    return x


def apply(func, args, kwargs):
    """Run `func` on traced arguments: look its rule up, and let the newest trace record it."""
    rule = RULES.get(func)
    if rule is None:
        return _apply_constant(func, args, kwargs)
    operands, params = rule.bind(args, kwargs)
    if rule.spelling is not None:
        refuse_complex(rule, operands)
        return rule.spelling(*operands, **params)
    newest = None
    for x in operands:
        if isinstance(x, Traced):
            trace = x.tracer
            if newest is None or trace.level > newest.level:
                newest = trace
        elif isinstance(x, np.ndarray) and (type(x) is not np.ndarray or x.dtype.kind == "O"):
            _refuse_array(rule, x)
    for name, value in params.items():
        if isinstance(value, Traced):
            raise TraceError(
                f"{rule.name}: the argument {name} is a traced value of shape {value.shape}; it "
                "must be fixed, since nothing is differentiated in it. Pass it to the function "
                "that you differentiate by keyword: keyword arguments are static."
            )
    if newest is None:
        raise TraceError(
            f"{rule.name}: a traced value stands inside a list. Join with np.stack([x, y]), one "
            "list deep."
        )
    return newest.record(rule, operands, params)


def _refuse_array(rule, array):
    """Refuse arrays of objects, and those whose `*` means something else, as of `np.matrix`."""
    if array.dtype.kind == "O":
        raise TraceError(
            f"{rule.name} met an array of objects (dtype object) of shape {array.shape}, in which "
            "no derivative can be followed. Pass its .astype(float); join traced values with "
            "np.stack([x, y])."
        )
    if not isinstance(array, np.memmap):
        raise TraceError(
            f"{rule.name} met a {type(array).__name__} of shape {array.shape}, a kind of array "
            "with rules of its own. Pass np.asarray(…) of it."
        )


def _apply_constant(func, args, kwargs):
    """Run a function whose derivative is zero wherever it exists, on the plain values."""
    if func not in CONSTANT:
        instead = INSTEAD.get(func)
        hint = f" Write {instead}." if instead else near_names(func, RULES)
        raise TraceError(
            f"{name_of(func)} has no rule, so it cannot be traced.{hint} The rules are listed in "
            "backprop_lab.RULES; add one with @backprop_lab.rule(...)."
        )
    if func is np.sign and is_complex(args):
        raise TraceError("np.sign of complex numbers is z/|z|, no constant. Write z / np.abs(z).")
    note = None if func in SHAPE_ONLY else name_of(func)
    return func(*[_bare(x, note) for x in args], **{k: _bare(v, note) for k, v in kwargs.items()})


def _bare(x, note):
    """As `primal`, in lists too; each trace notes the function that looked at its value."""
    if type(x) in (list, tuple):
        return type(x)([_bare(part, note) for part in x])
    while isinstance(x, Traced):
        if note is not None:  # complex step is not valid through a comparison
            x.tracer.notes.add(note)
        x = x.value
    return x


def _operator(func, reflected=False):
    def method(self, other):
        if not isinstance(other, (Traced, np.ndarray, float, int, complex, np.generic)):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = np.asarray(other)
        return apply(func, (other, self) if reflected else (self, other), {})

    return method


def _compare(func):
    def method(self, other):
        return apply(func, (self, other), {})

    return method


class Traced(Refusing):
    """An array or number that a trace follows. Subclasses say how.

    `value` is what it stands for, one level down (itself traced inside a nested transform), and
    `tracer` the object whose `record(rule, operands, params)` handles every operation.
    """

    __slots__ = ("tracer", "value")
    __array_priority__ = 1000.0

    def __init__(self, value, trace):
        self.value = value
        self.tracer = trace

    # --- what it looks like -----------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, as of an array; `()` for a number."""
        return shape_of(self.value)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype:
        """Element type; float64 for a Python float, complex128 for a Python complex number."""
        value = self.value
        return getattr(value, "dtype", np.dtype(complex if type(value) is complex else float))

    @property
    def T(self):
        """Transposed, all axes reversed."""
        return np.transpose(self)

    @property
    def mT(self):
        """Matrices transposed: the last two axes swapped."""
        return np.swapaxes(self, -1, -2)

    @property
    def real(self):
        """Real part."""
        return np.real(self)

    @property
    def imag(self):
        """Imaginary part."""
        return np.imag(self)

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r}, level {self.tracer.level})"

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a traced number; it has shape () and no axis.")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        self.tracer.notes.add("a branch on a value")
        return bool(primal(self))

    # --- NumPy's protocols ---------------------------------------------------------------------
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__":
            function = as_function(ufunc, method)
            if function is None:
                raise TraceError(
                    f"{name_of(ufunc)}.{method} cannot be traced. Write it with np.sum, np.cumsum, "
                    "np.max or another function of its own."
                )
            return function(*inputs, **kwargs)
        if kwargs.get("out") is not None:
            raise TraceError(
                f"{name_of(ufunc)} was asked to write a traced value into an existing array, with "
                "out= or by `array += traced`. Make a new value: `c = a + b`."
            )
        inputs = tuple([np.asarray(x) if isinstance(x, (list, tuple)) else x for x in inputs])
        return apply(ufunc, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return apply(func, args, kwargs)

    def __format__(self, spec):
        """Show what it is, as `repr` does: `float(f"{x}")` is no number that lost its gradient."""
        if not spec:
            return repr(self)
        return f"{type(self).__name__}({primal(self):{spec}}, level {self.tracer.level})"

    # --- operators and methods -------------------------------------------------------------------
    __add__, __radd__ = _operator(operator.add), _operator(operator.add, True)
    __sub__, __rsub__ = _operator(operator.sub), _operator(operator.sub, True)
    __mul__, __rmul__ = _operator(operator.mul), _operator(operator.mul, True)
    __truediv__ = _operator(operator.truediv)
    __rtruediv__ = _operator(operator.truediv, True)
    __pow__, __rpow__ = _operator(operator.pow), _operator(operator.pow, True)
    __mod__, __rmod__ = _operator(operator.mod), _operator(operator.mod, True)
    __floordiv__ = _operator(operator.floordiv)
    __rfloordiv__ = _operator(operator.floordiv, True)
    __matmul__ = _operator(operator.matmul)
    __rmatmul__ = _operator(operator.matmul, True)
    __lt__, __le__ = _compare(np.less), _compare(np.less_equal)
    __gt__, __ge__ = _compare(np.greater), _compare(np.greater_equal)
    __eq__, __ne__ = _compare(np.equal), _compare(np.not_equal)
    __hash__ = object.__hash__

    def __neg__(self):
        return apply(operator.neg, (self,), {})

    def __pos__(self):
        return apply(operator.pos, (self,), {})

    def __abs__(self):
        return apply(operator.abs, (self,), {})

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __round__(self, digits=None):
        return apply(np.round, (self, digits or 0), {})

    def __getitem__(self, index):
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, Traced):
                operator.index(part)  # says what is wrong
        return getitem(self, index)

    def reshape(self, *shape, **order):
        """Same entries, other shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **order)

    def transpose(self, *axes):
        """Axes permuted; reversed when none are given."""
        axes = axes[0] if len(axes) == 1 else axes
        return np.transpose(self, axes or None)

    def ravel(self, order="C"):
        """All entries in one axis."""
        return np.ravel(self, order)

    flatten = ravel

    def compress(self, condition, axis=None):
        """Slices at which a condition holds."""
        return np.compress(condition, self, axis)

    def conj(self):
        """Complex conjugate."""
        return np.conjugate(self)

    conjugate = conj

    def copy(self):
        """Return itself: a traced value is never changed, so no copy is needed."""
        return self

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self
