"""The registry: from a NumPy function to what it does to a tangent and to a cotangent.

A rule knows how to run its function in two ways.

* `reverse(operands, params, which)` gives the value and, for each operand in `which`, a pullback
  that turns the cotangent of the output into the cotangent of that operand.
* `forward(operands, params, dots)` gives the value and the tangent of the output; `dots[i]` is
  the tangent of operand `i`, or None where it has none.

There are three kinds, one for each chapter that teaches it: `elementwise` (the diagonal of the
Jacobian is the whole rule), `linear` (the adjoint map is the whole rule), and `rule` (value,
pushforward and pullback written out). From the first two both directions follow. A function that
is short in others needs no rule of its own: `composite` says how it is spelled.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules.broadcasting import shape_of, unbroadcast

RULES: dict[Callable, Rule] = {}
CONSTANT: set[Callable] = set()  # functions with a derivative that is zero wherever it exists
SHAPE_ONLY: set[Callable] = set()  # those of them that look at no value, so nothing depends on one


@dataclass(slots=True, eq=False)
class Rule:
    """How one function is differentiated, and what may be assumed of it.

    `analytic`: complex step is valid. `batched`: a batch of cotangents, numbered by extra axes in
    front, may be pulled back at once. `kink`: where the derivative jumps and the convention there,
    in words; `at_kink(*operands, **params)` says whether one is hit.
    """

    func: Callable
    kind: str
    bind: Callable
    reverse: Callable
    forward: Callable
    analytic: bool
    batched: bool
    kink: str
    at_kink: Callable | None
    spelling: Callable | None = None  # of a composite, which has neither `reverse` nor `forward`

    @property
    def name(self) -> str:
        """The name as a reader would type it."""
        return name_of(self.func)


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
        for a in args:
            handler = getattr(type(a), "__array_function__", None)
            if handler is not None and not isinstance(a, np.ndarray):
                return handler(a, dispatching, (type(a),), args, kwargs)
        return func(*args, **kwargs)

    return dispatching


# --- from a call to operands (arrays, may be traced) and params (static) ---------------------

_REFUSED = ("out", "dtype", "where")  # places in NumPy's order that no rule takes


def binder(func: Callable, takes: str) -> Callable:
    """Build the function that splits a call's arguments, from a text such as `"a / axis out"`.

    Left of the slash stand the operands, right of it the static parameters, in NumPy's order; a
    star (`"*arrays / axis"`) means one sequence of operands. What is not listed is refused by name.
    """
    left, _, right = takes.partition("/")
    sequence = left.strip().startswith("*")
    operand_names = left.replace("*", "").split()
    names = operand_names + right.split()
    takes_names = [n for n in names if n not in _REFUSED]

    def bind(args, kwargs):
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


# --- elementwise: the diagonal is the rule ----------------------------------------------------


def elementwise(funcs, *partials, takes=None, value=None, analytic=True, kink="", at_kink=None):
    """Register a function that acts on each component by itself.

    `partials[i]` is ∂y/∂operand i: a function of what it needs, by name (the operands are `x`, or
    `a` and `b`, or what `takes` names; the value is `y`), or the number 1 or -1, or None for an
    operand that is never differentiated (a mask). What no partial names is not kept. Broadcasting
    is undone here and only where shapes differ. `funcs` may be a tuple of spellings
    (`np.multiply`, `operator.mul`).

    >>> import numpy as np
    >>> RULES[np.exp].kind, RULES[np.exp].analytic
    ('elementwise', True)
    """
    names = (
        takes.partition("/")[0].split() if takes else ["x"] if len(partials) == 1 else ["a", "b"]
    )
    partials = [_of_all(partial, [*names, "y"]) for partial in partials]
    makers = [_pullback_maker(partial) for partial in partials]
    for func in funcs if isinstance(funcs, tuple) else (funcs,):
        call = value or func

        def reverse(operands, params, which, call=call):
            y = call(*operands, **params) if params else call(*operands)
            full, pullbacks = shape_of(y), []
            for i in which:
                pull, shape = makers[i](operands, y), shape_of(operands[i])
                pullbacks.append(pull if shape == full else _undo(pull, shape, len(full)))
            return y, pullbacks

        def forward(operands, params, dots, call=call):
            y = call(*operands, **params)
            terms = [
                dot * (partial(*operands, y) if callable(partial) else partial)
                for partial, dot in zip(partials, dots, strict=True)
                if dot is not None and partial is not None
            ]
            y_dot = functools.reduce(operator.add, terms) if terms else _zeros_like(y)
            if shape_of(y_dot) != shape_of(y):
                y_dot = np.broadcast_to(y_dot, shape_of(y))
            return y, y_dot

        RULES[func] = Rule(
            func=func,
            kind="elementwise",
            bind=binder(func, takes) if takes else bind_ufunc(func),
            reverse=reverse,
            forward=forward,
            analytic=analytic,
            batched=True,  # a product place by place broadcasts over a batch
            kink=kink,
            at_kink=at_kink,
        )


def _of_all(partial, names):
    """Let a partial that names what it needs be called with all operands and the value."""
    if not callable(partial):
        return partial
    code = partial.__code__
    wanted = code.co_varnames[: code.co_argcount]
    unknown = [n for n in wanted if n not in names]
    if unknown:
        raise TraceError(
            f"elementwise: a derivative asks for {unknown[0]}; it may name {', '.join(names)}."
        )
    places = [names.index(n) for n in wanted]
    return lambda *values: partial(*[values[i] for i in places])


def _pullback_maker(partial):
    """From ∂y/∂operand to the function that makes a pullback of `(operands, y)`."""
    if partial is None:
        return lambda operands, y: np.zeros_like
    if partial == 1:
        return lambda operands, y: _identity
    if partial == -1:
        return lambda operands, y: operator.neg
    return lambda operands, y: lambda y_bar: y_bar * partial(*operands, y)


def _identity(y_bar):
    return y_bar


def _undo(pull, shape, ndim):
    """Pull back, then undo the broadcast from `shape` to the `ndim` axes of the value."""
    return lambda y_bar: unbroadcast(pull(y_bar), shape, len(shape_of(y_bar)) - ndim)


def _zeros_like(x):
    """Zeros of the shape and dtype of `x`, which is an array, a number or a traced value."""
    return np.zeros(shape_of(x), getattr(x, "dtype", float))


# --- linear: the adjoint is the rule ----------------------------------------------------------


def linear(
    func, *adjoints, takes="a", value=None, each=False, bind=None, batched=False, analytic=True
):
    """Register a map that is linear, in all operands jointly or (`each`) in each by itself.

    `adjoints[i](y_bar, *operands, **params)` is the cotangent of operand `i`. A single adjoint of
    a map with many operands is called with the operand's number first. The tangent needs no rule
    of its own: a linear map is its own derivative.

    >>> import numpy as np
    >>> RULES[np.transpose].kind
    'linear'
    """
    call = value or func
    numbered = takes.startswith("*")

    def pullback(i, operands, params):
        if numbered:
            return lambda y_bar: adjoints[0](i, y_bar, *operands, **params)
        return lambda y_bar: adjoints[i](y_bar, *operands, **params)

    def reverse(operands, params, which):
        y = call(*operands, **params)
        return y, tuple([pullback(i, operands, params) for i in which])

    def forward(operands, params, dots):
        y = call(*operands, **params)
        if each:
            terms = [
                call(*operands[:i], dot, *operands[i + 1 :], **params)
                for i, dot in enumerate(dots)
                if dot is not None
            ]
            return y, functools.reduce(operator.add, terms)
        filled = [
            _zeros_like(x) if dot is None else dot for x, dot in zip(operands, dots, strict=True)
        ]
        return y, call(*filled, **params)

    RULES[func] = Rule(
        func=func,
        kind="linear",
        bind=bind or binder(func, takes),
        reverse=reverse,
        forward=forward,
        analytic=analytic,
        batched=batched,
        kink="",
        at_kink=None,
    )


# --- general: written out ---------------------------------------------------------------------


def rule(func, takes="a", analytic=False, batched=False, kink="", at_kink=None):
    """Register a rule written out: `f(*operands, **params) → (y, pushforward, pullback)`.

    With one operand, `pushforward(a_dot)` gives the output's tangent and `pullback(y_bar)` the
    operand's cotangent. With several, both are tuples, one function for each operand.

    >>> import numpy as np
    >>> @rule(np.cbrt, takes="x", analytic=True)
    ... def cbrt(x):
    ...     y = np.cbrt(x)
    ...     return y, lambda x_dot: x_dot / (3 * y**2), lambda y_bar: y_bar / (3 * y**2)
    >>> RULES.pop(np.cbrt).kind  # taken out again: this was an example
    'general'
    """

    def register(body):
        def reverse(operands, params, which):
            y, _, pullback = body(*operands, **params)
            pullbacks = pullback if isinstance(pullback, tuple) else (pullback,)
            return y, tuple([pullbacks[i] for i in which])

        def forward(operands, params, dots):
            y, pushforward, _ = body(*operands, **params)
            pushes = pushforward if isinstance(pushforward, tuple) else (pushforward,)
            terms = [p(dot) for p, dot in zip(pushes, dots, strict=True) if dot is not None]
            return y, functools.reduce(operator.add, terms)

        RULES[func] = Rule(
            func=func,
            kind="general",
            bind=binder(func, takes),
            reverse=reverse,
            forward=forward,
            analytic=analytic,
            batched=batched,
            kink=kink,
            at_kink=at_kink,
        )
        return body

    return register


# --- composite: spelled by others ---------------------------------------------------------------


def composite(func, takes="a", analytic=True, kink="", at_kink=None):
    """Register a function that is short in others: the body runs in its place, on traced values.

    The body takes the operands and parameters that `takes` names; its derivative is that of the
    functions it calls, so there is nothing to get wrong here but the value.

    >>> import numpy as np
    >>> RULES[np.vstack].kind
    'composite'
    """

    def register(body):
        RULES[func] = Rule(
            func=func,
            kind="composite",
            bind=binder(func, takes),
            reverse=None,
            forward=None,
            analytic=analytic,
            batched=True,  # as far as the rules that it calls are
            kink=kink,
            at_kink=at_kink,
            spelling=body,
        )
        return body

    return register


def constant(*funcs, shape_only=False):
    """Register functions that are constants to a derivative: comparisons, `sign`, `argmax`."""
    CONSTANT.update(funcs)
    if shape_only:
        SHAPE_ONLY.update(funcs)
