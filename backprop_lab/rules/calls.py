"""From a call of a function to operands, which may be traced, and params, which are static."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from backprop_lab.errors import TraceError, name_of

_REFUSED = ("out", "dtype", "where", "initial")  # places in NumPy's order, not taken as such


def binder(func: Callable, takes: str) -> Callable:
    """Build the function that splits a call's arguments, from a text such as `"a / axis out"`.

    Left of the slash stand the operands, right of it the static parameters, in NumPy's order; a
    star (`"*arrays / axis"`) means one sequence of operands. What is not listed is refused by name,
    and so are `out`, `dtype`, `where` and `initial`, which hold their place only; a plus
    (`"a / axis +dtype"`) takes them. A `dtype` that is taken must be one of floats.
    """
    left, _, right = takes.partition("/")
    sequence = left.strip().startswith("*")
    operand_names = left.replace("*", "").split()
    takes_names = [n for n in operand_names + right.split() if n not in _REFUSED]
    takes_names = [n.lstrip("+") for n in takes_names]
    names = operand_names + right.replace("+", "").split()
    count, plain = len(operand_names), frozenset(takes_names[len(operand_names) :]) - {"dtype"}
    rest = names[count:]

    def bind(args, kwargs):
        if count <= len(args) <= len(names) and not sequence:  # the commonest calls: a fifth
            params = dict(zip(rest, args[count:], strict=False)) if len(args) > count else {}
            params.update(kwargs)
            for name in params:
                if name not in plain or params[name] is np._NoValue:
                    break
            else:
                return args[:count], params
        given = dict(zip(names, args, strict=False))
        given.update(kwargs)
        for key in [k for k in given if k not in takes_names]:
            value = given.pop(key)
            if value is not None and value is not np._NoValue:
                raise TraceError(
                    f"{name_of(func)}: the argument {key}={value!r:.60} cannot be traced. "
                    f"Leave it out; traced calls take ({', '.join(takes_names)})."
                )
        missing = [n for n in operand_names if n not in given]
        if len(args) > len(names) or missing:
            raise TraceError(
                f"{name_of(func)}, traced, takes ({', '.join(takes_names)}); got {len(args)} "
                f"positional arguments{f', and no {missing[0]}' if missing else ''}."
            )
        dtype = given.get("dtype")
        if dtype is not None and np.dtype(dtype).kind != "f":
            raise TraceError(
                f"{name_of(func)}: the argument dtype={dtype!r:.60} cannot be traced: a derivative "
                "needs floats. Give a dtype of floats, or leave it out."
            )
        operands = tuple([given.pop(n) for n in operand_names])
        operands = tuple(operands[0]) if sequence else operands
        return operands, {k: v for k, v in given.items() if v is not np._NoValue}

    return bind


def bind_ufunc(func: Callable) -> Callable:
    """Build the binder of a ufunc: every argument is an operand, no keyword is taken."""

    def bind(args, kwargs):
        if kwargs:
            raise TraceError(
                f"{name_of(func)}: the argument {next(iter(kwargs))}= cannot be traced. Leave it "
                "out; to act on a part only, use np.where(mask, f(x), x)."
            )
        return args, kwargs

    return bind


def primitive(func: Callable) -> Callable:
    """Let a function of this package be traced as NumPy's own are: through the protocol.

    >>> @primitive
    ... def double(x):
    ...     return 2 * x
    >>> double(4.0)
    8.0
    """

    @functools.wraps(func)
    def dispatching(*args, **kwargs):
        for a in (*args, *kwargs.values()) if kwargs else args:
            handler = getattr(type(a), "__array_function__", None)
            if handler is not None and not isinstance(a, np.ndarray):
                return handler(a, dispatching, (type(a),), args, kwargs)
        return func(*args, **kwargs)

    return dispatching
