"""`elementwise`: a map of each component by itself. The diagonal of its Jacobian is the rule."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of, unbroadcast, zeros_like
from backprop_lab.rules.calls import bind_ufunc, binder
from backprop_lab.rules.registry import RULES, Rule


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
    default = "x" if len(partials) == 1 else "a b"
    names = (takes or default).partition("/")[0].split()
    diagonals = tuple([_diagonal(partial, [*names, "y"]) for partial in partials])
    for func in funcs if isinstance(funcs, tuple) else (funcs,):
        call = value or func

        def reverse(operands, params, which, call=call):
            y = call(*operands, **params) if params else call(*operands)
            full, pullbacks = shape_of(y), []
            for i in which:
                kept, shape = diagonals[i].keep((*operands, y)), shape_of(operands[i])
                if shape == full:
                    pullbacks.append(_bound(diagonals[i].pull, kept))
                else:
                    pullbacks.append(_bound(diagonals[i].undo, (kept, shape, len(full))))
            return y, pullbacks

        def forward(operands, params, dots, call=call):
            y = call(*operands, **params)
            terms = [
                diagonal.pull(dot, diagonal.keep((*operands, y)))  # a diagonal is its own transpose
                for diagonal, dot in zip(diagonals, dots, strict=True)
                if dot is not None and not diagonal.never
            ]
            y_dot = functools.reduce(operator.add, terms) if terms else zeros_like(y)
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
            call=call,
            diagonals=diagonals if len(partials) == len((takes or default).split()) < 3 else (),
        )


@dataclass(slots=True, eq=False)
class Diagonal:
    """One operand of an elementwise rule: how a cotangent is multiplied by the slope.

    `keep((*operands, y))` picks what the slope needs, and nothing else stays in memory;
    `pull(y_bar, kept)` is the product. `undo(y_bar, (kept, shape, ndim))` is the product, and then
    the adjoint of the broadcast from `shape` to the `ndim` axes of the value. `never`: the operand
    is a mask, which has no derivative.
    """

    keep: Callable
    pull: Callable
    undo: Callable
    never: bool


_ITSELF = (lambda v: v).__code__.co_code  # a slope that is one of the values, as ∂(ab)/∂a = b


def _diagonal(partial, names):
    """Make the `Diagonal` of a slope: a number, None, or a function of values that it names."""
    if isinstance(partial, Diagonal):
        return partial
    keep, undo = nothing, None
    if partial is None:
        pull = _zero
    elif not callable(partial):
        pull, undo = _scaled_by(partial), _added_and_scaled_by(partial)
    else:
        code = partial.__code__
        wanted = code.co_varnames[: code.co_argcount]
        unknown = [n for n in wanted if n not in names]
        if unknown:
            raise TraceError(
                f"elementwise: a derivative asks for {unknown[0]}; it may name {', '.join(names)}. "
                "(`takes` names operands other than x, or a and b. A function with static "
                "parameters is registered with `rule`.)"
            )
        keep = operator.itemgetter(*[names.index(n) for n in wanted])
        if len(wanted) > 1:
            pull = _product_of(partial)
        else:
            pull = operator.mul if code.co_code == _ITSELF else _product(partial)
    return diagonal(keep, pull, never=partial is None, undo=undo)


def diagonal(keep, pull, never=False, undo=None):
    """Make a `Diagonal` from what it keeps and how it pulls back where shapes are equal.

    `undo` pulls back to an operand that was stretched, where there is a shorter way to it.
    """

    def added_up(y_bar, kept):
        kept, shape, ndim = kept
        return unbroadcast(pull(y_bar, kept), shape, len(shape_of(y_bar)) - ndim)

    return Diagonal(keep, pull, undo or added_up, never)


def nothing(values):
    """Keep nothing: the slope is a number."""
    return None


def _zero(y_bar, _):
    return zeros_like(y_bar)


def _scaled_by(number):
    if number == 1:
        return lambda y_bar, _: y_bar
    return (lambda y_bar, _: -y_bar) if number == -1 else lambda y_bar, _: number * y_bar


def _added_and_scaled_by(number):
    """Add up first: then there are fewer entries to scale."""
    scale = _scaled_by(number)

    def undo(y_bar, kept):
        _, shape, ndim = kept
        return scale(unbroadcast(y_bar, shape, len(shape_of(y_bar)) - ndim), None)

    return undo


def _product(partial):
    return lambda y_bar, kept: y_bar * partial(kept)


def _product_of(partial):
    return lambda y_bar, kept: y_bar * partial(*kept)


def _bound(pull, kept):
    return lambda y_bar: pull(y_bar, kept)
