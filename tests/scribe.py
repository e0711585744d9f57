"""A value that writes down what is done to it: any call of NumPy functions, as runnable code."""

from __future__ import annotations

import operator

import numpy as np

import backprop_lab as bl
from backprop_lab.errors import name_of

BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**", "matmul": "@", "floordiv": "//",
    "mod": "%", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip
UNARY = {"neg": "-", "pos": "+"}


class Script:
    """The lines written so far, and a name for each value."""

    def __init__(self):
        self.lines: list[str] = []

    def value(self, name, value):
        """Start with a value that has a name of its own, such as `x`."""
        return Scribe(value, name, self)

    def assign(self, code, value):
        """Write `v3 = code`; many values are `v3[0]`, `v3[1]`, …"""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {code}")
        if isinstance(value, (tuple, list)):
            parts = [Scribe(x, f"{name}[{i}]", self) for i, x in enumerate(value)]
            return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)
        return Scribe(value, name, self)

    def call(self, func, args, kwargs):
        """Write down a call, and make it."""
        given = [rendered(x) for x in args] + [f"{k}={rendered(x)}" for k, x in kwargs.items()]
        value = func(*map(plain, args), **{k: plain(x) for k, x in kwargs.items()})
        if isinstance(value, (int, bool, np.dtype)) or _is_shape(value):
            return value  # such as np.shape(x), which is no part of the program
        return self.assign(f"{spelled(func)}({', '.join(given)})", value)


class Scribe:
    """An array or number with the name that it has in the script."""

    __array_priority__ = 2000.0
    __hash__ = None

    def __init__(self, value, name, script):
        self.value, self.name, self.script = value, name, script

    shape = property(lambda self: np.shape(self.value))
    ndim = property(lambda self: np.ndim(self.value))
    size = property(lambda self: np.size(self.value))
    dtype = property(lambda self: np.asarray(self.value).dtype)

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self.value)

    def __abs__(self):
        return self.script.assign(f"abs({self.name})", abs(self.value))

    def __round__(self, digits=0):
        return self.script.assign(f"round({self.name}, {digits})", np.round(self.value, digits))

    def __divmod__(self, other):
        code = f"divmod({self.name}, {rendered(other)})"
        return self.script.assign(code, divmod(self.value, plain(other)))

    def __rdivmod__(self, other):
        code = f"divmod({rendered(other)}, {self.name})"
        return self.script.assign(code, divmod(plain(other), self.value))

    def __getitem__(self, index):
        return self.script.assign(f"{self.name}[{rendered(index)}]", self.value[plain(index)])

    def __getattr__(self, name):
        found = getattr(self.value, name)  # `x.T`, or a method, such as `x.sum(axis=0)`
        if not callable(found):
            return self.script.assign(f"{self.name}.{name}", found)

        def method(*args, **kwargs):
            given = [rendered(x) for x in args] + [f"{k}={rendered(x)}" for k, x in kwargs.items()]
            value = found(*map(plain, args), **{k: plain(x) for k, x in kwargs.items()})
            return self.script.assign(f"{self.name}.{name}({', '.join(given)})", value)

        return method

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        assert method == "__call__", f"{ufunc.__name__}.{method} is not one function"
        return self.script.call(ufunc, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return self.script.call(func, args, kwargs)


def _operator(name, symbol):
    func = getattr(operator, name)

    def method(self, other):
        code = f"{self.name} {symbol} {rendered(other)}"
        return self.script.assign(code, func(self.value, plain(other)))

    def reflected(self, other):
        code = f"{rendered(other)} {symbol} {self.name}"
        return self.script.assign(code, func(plain(other), self.value))

    setattr(Scribe, f"__{name}__", method)
    setattr(Scribe, f"__r{name}__", reflected)


def _sign(name, symbol):
    func = getattr(operator, name)
    setattr(
        Scribe,
        f"__{name}__",
        lambda self: self.script.assign(f"{symbol}{self.name}", func(self.value)),
    )


for _name, _symbol in BINARY.items():
    _operator(_name, _symbol)
for _name, _symbol in UNARY.items():
    _sign(_name, _symbol)


def plain(x):
    """Give the value without its scribe, in lists and tuples too."""
    if isinstance(x, Scribe):
        return x.value
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


def _is_shape(value):
    return isinstance(value, tuple) and all(type(n) is int for n in value)


def spelled(func):
    """Name a function as it can be called: `np.linalg.norm`, `bl.rules.getitem`."""
    name = name_of(func)
    if not name.startswith("bl.") or hasattr(bl, name[3:]):
        return name
    inner = "" if hasattr(bl.rules, name[3:]) else f"{func.__module__.rpartition('.')[2]}."
    return f"bl.rules.{inner}{name[3:]}"


def rendered(x):
    """Write a value as code."""
    if isinstance(x, Scribe):
        return x.name
    if isinstance(x, np.ndarray):
        if not x.size:
            return f"np.zeros({x.shape}, {x.dtype.name!r})"
        dtype = "" if x.dtype in (np.float64, np.int64, np.bool_) else f", {x.dtype.name!r}"
        return f"np.array({x.tolist()}{dtype})"
    if isinstance(x, (list, tuple)):
        inner = ", ".join(map(rendered, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' * (len(x) == 1)})"
    if x is np.newaxis or x is ...:
        return "None" if x is None else "..."
    if isinstance(x, type) and issubclass(x, np.generic):
        return f"np.{x.__name__}"
    if isinstance(x, float) and not np.isfinite(x):
        return f"float('{float(x)}')"
    return spelled(x) if callable(x) and not isinstance(x, type) else repr(x)


def code_of(f, names, operands):
    """The lines that `f(*operands)` comes down to, and the name of its value."""
    script = Script()
    y = f(*[script.value(n, x) for n, x in zip(names, operands, strict=True)])
    return script.lines, rendered(y)
