"""A value under a trace: it looks like an array, and NumPy hands every operation on it to a rule.

`Traced` is the surface that the tape's `Var` and forward mode's `Dual` share. It holds the value,
one level down, and the trace that follows it. Nothing here knows a derivative.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np

from backprop_lab.errors import TraceError, name_of, near_names
from backprop_lab.rules import CONSTANT, RULES, SHAPE_ONLY, getitem, shape_of

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
        return rule.spelling(*operands, **params)
    newest = None
    for x in operands:
        if isinstance(x, Traced):
            trace = x.trace
            if newest is None or trace.level > newest.level:
                newest = trace
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


def _apply_constant(func, args, kwargs):
    """Run a function whose derivative is zero wherever it exists, on the plain values."""
    if func not in CONSTANT:
        instead = INSTEAD.get(func)
        hint = f" Write {instead}." if instead else near_names(func, RULES)
        raise TraceError(
            f"{name_of(func)} has no rule, so it cannot be traced.{hint} The rules are listed in "
            "backprop_lab.RULES; add one with @backprop_lab.rule(...)."
        )
    for x in () if func in SHAPE_ONLY else (*args, *kwargs.values()):
        while isinstance(x, Traced):  # complex step is not valid through a comparison
            x.trace.notes.add(name_of(func))
            x = x.value
    return func(*[primal(x) for x in args], **{k: primal(v) for k, v in kwargs.items()})


INSTEAD = {  # functions without a rule that are short in those that have one
    np.clip: "np.minimum(np.maximum(x, low), high)",
    np.copyto: "a new value, np.where(mask, x, y), since nothing traced is written in place",
    np.full_like: "v * np.ones_like(x)",
    np.hstack: "np.concatenate([x, y], axis=-1)",
    np.linalg.norm: "np.sqrt(np.sum(x**2))",
    np.std: "np.sqrt(np.mean((x - np.mean(x)) ** 2))",
    np.var: "np.mean((x - np.mean(x)) ** 2)",
    np.vstack: "np.stack([x, y])",
}


def _operator(func, reflected=False):
    def method(self, other):
        if not isinstance(other, (Traced, np.ndarray, float, int, np.generic)):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = np.asarray(other)
        return apply(func, (other, self) if reflected else (self, other), {})

    return method


def _compare(func):
    def method(self, other):
        return apply(func, (self, other), {})

    return method


def _refuse_in_place(symbol):
    def method(self, other):
        if not isinstance(primal(self), np.ndarray):
            return NotImplemented  # numbers cannot be changed in place: x += y means x = x + y
        raise TraceError(
            f"`x {symbol}= y` writes into the array x, here of shape {self.shape}, in place; a "
            f"traced value is never changed. Write `x = x {symbol} y`."
        )

    return method


class Traced:
    """An array or number that a trace follows. Subclasses say how.

    `value` is what it stands for, one level down (itself traced inside a nested transform), and
    `trace` the object whose `record(rule, operands, params)` handles every operation.
    """

    __slots__ = ("trace", "value")
    __array_priority__ = 1000.0

    def __init__(self, value, trace):
        self.value = value
        self.trace = trace

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
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> np.dtype:
        """Element type; float64 for a Python number."""
        return getattr(self.value, "dtype", np.dtype(float))

    @property
    def T(self):
        """Transposed, all axes reversed."""
        return np.transpose(self)

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r}, level {self.trace.level})"

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a traced number; it has shape () and no axis.")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        self.trace.notes.add("a branch on a value")
        return bool(primal(self))

    # --- NumPy's protocols ---------------------------------------------------------------------
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__":
            raise TraceError(
                f"{name_of(ufunc)}.{method} cannot be traced. Write it with np.sum, np.cumsum, "
                "np.max or another function of its own."
            )
        if kwargs.get("out") is not None:
            raise TraceError(
                f"{name_of(ufunc)} was asked to write a traced value into an existing array, with "
                "out= or by `array += traced`. Make a new value: `c = a + b`."
            )
        inputs = tuple([np.asarray(x) if isinstance(x, (list, tuple)) else x for x in inputs])
        return apply(ufunc, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return apply(func, args, kwargs)

    def __array__(self, dtype=None, copy=None):
        raise TraceError(
            f"np.array(…) of a traced value (shape {self.shape}) would lose its trace, and with "
            "it the gradient. Build arrays with np.stack([x, y]) or np.concatenate, and fill with "
            "x * np.ones(n). (np.array, np.full, np.r_ and lists of lists cannot be traced.)"
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

    def __getattr__(self, name):
        known = f" Use np.{name}(x), if it has a rule." if hasattr(np, name) else ""
        raise AttributeError(f"A traced value has no attribute or method {name!r}.{known}")

    def __format__(self, spec):
        return format(primal(self), spec)

    def __setitem__(self, index, value):
        raise TraceError(
            f"`x[{index!r}] = …` writes into a traced array of shape {self.shape} in place; a "
            "traced value is never changed. Build the result with np.where, np.stack or "
            "np.concatenate."
        )

    # --- operators and methods -------------------------------------------------------------------
    __add__, __radd__ = _operator(operator.add), _operator(operator.add, True)
    __sub__, __rsub__ = _operator(operator.sub), _operator(operator.sub, True)
    __mul__, __rmul__ = _operator(operator.mul), _operator(operator.mul, True)
    __truediv__ = _operator(operator.truediv)
    __rtruediv__ = _operator(operator.truediv, True)
    __pow__, __rpow__ = _operator(operator.pow), _operator(operator.pow, True)
    __matmul__ = _operator(operator.matmul)
    __rmatmul__ = _operator(operator.matmul, True)
    __iadd__, __isub__ = _refuse_in_place("+"), _refuse_in_place("-")
    __imul__, __itruediv__ = _refuse_in_place("*"), _refuse_in_place("/")
    __ipow__, __imatmul__ = _refuse_in_place("**"), _refuse_in_place("@")
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

    def __getitem__(self, index):
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, Traced):
                operator.index(part)  # says what is wrong
        return getitem(self, index)

    def reshape(self, *shape):
        """Same entries, other shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """Axes permuted; reversed when none are given."""
        axes = axes[0] if len(axes) == 1 else axes
        return np.transpose(self, axes or None)

    def ravel(self):
        """All entries in one axis."""
        return np.ravel(self)

    flatten = ravel

    def copy(self):
        """Return itself: a traced value is never changed, so no copy is needed."""
        return self

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self


def _method(func):
    def method(self, *args, **kwargs):
        return func(self, *args, **kwargs)

    method.__name__ = func.__name__
    method.__doc__ = f"As `np.{func.__name__}`."
    return method


for _func in (np.sum, np.mean, np.max, np.min, np.cumsum, np.squeeze, np.swapaxes, np.dot):
    setattr(Traced, _func.__name__, _method(_func))
for _func in (np.argmax, np.argmin, np.argsort, np.any, np.all, np.round):
    setattr(Traced, _func.__name__, _method(_func))


def _refuse_method(name, instead):
    def method(self, *args, **kwargs):
        raise TraceError(
            f"x.{name}() of a traced value (shape {self.shape}) would lose its trace, or change it "
            f"in place. {instead}"
        )

    method.__name__ = name
    method.__doc__ = "Refused: it would lose the trace."
    return method


for _name, _instead in {
    "item": "Use x itself: a traced number needs no .item().",
    "tolist": "Use x itself; `for row in x` walks over its rows.",
    "sort": "Use y = np.sort(x).",
    "fill": "Use y = v * np.ones(x.shape).",
    "astype": "Cast the primals before the call instead.",
}.items():
    setattr(Traced, _name, _refuse_method(_name, _instead))
