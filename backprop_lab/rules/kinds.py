"""`linear`, `rule`, `composite`: an adjoint, a rule written out, a function spelled by others."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from backprop_lab.rules.broadcasting import shape_of, zeros_like
from backprop_lab.rules.calls import binder
from backprop_lab.rules.registry import RULES, Rule

# --- linear: the adjoint is the rule ----------------------------------------------------------


class Shaped:
    """Stands for an operand of a linear map in its adjoint: the shape and the dtype, no data."""

    __slots__ = ("dtype", "shape")

    def __init__(self, x):
        self.shape = shape_of(x)
        self.dtype = getattr(x, "dtype", np.dtype(float))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


def linear(
    func,
    *adjoints,
    takes="a",
    value=None,
    push=None,
    each=False,
    bind=None,
    batched=False,
    analytic=True,
):
    """Register a map that is linear, in all operands jointly or (`each`) in each by itself.

    `adjoints[i](y_bar, *operands, **params)` is the cotangent of operand `i`. It may use the other
    operands, but of operand `i` (of all, without `each`) the shape and dtype alone: a stand-in
    is in its place. A single adjoint of a map with many operands is called with the operand's
    number first. The tangent needs no rule of its own: a linear map is its own derivative. `push`
    stands in for the map there where a value may be no number, as a mean of nothing is.

    >>> import numpy as np
    >>> RULES[np.transpose].kind
    'linear'
    """
    call = value or func
    numbered = takes.startswith("*")

    def pullback(i, operands, params):
        # Aᵀ does not depend on x: of the operand itself the shape is kept, and not the numbers.
        kept = [Shaped(x) if i == j or not each else x for j, x in enumerate(operands)]
        if numbered:
            return lambda y_bar: adjoints[0](i, y_bar, *kept, **params)
        return lambda y_bar: adjoints[i](y_bar, *kept, **params)

    def reverse(operands, params, which):
        y = call(*operands, **params)
        return y, [pullback(i, operands, params) for i in which]

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
            zeros_like(x) if dot is None else dot for x, dot in zip(operands, dots, strict=True)
        ]
        return y, (push or call)(*filled, **params)

    RULES[func] = Rule(
        func=func,
        kind="linear",
        call=call,
        adjoints=() if numbered else adjoints,
        bind=bind or binder(func, takes),
        reverse=reverse,
        forward=forward,
        analytic=analytic,
        batched=batched,
        casts="+dtype" in takes,
        kink="",
        at_kink=None,
    )


# --- general: written out ---------------------------------------------------------------------


def rule(func, takes="a", analytic=False, batched=False, kink="", at_kink=None, outputs=0):
    """Register a rule written out: `f(*operands, **params) → (y, pushforward, pullback)`.

    With one operand, `pushforward(a_dot)` gives the output's tangent and `pullback(y_bar)` the
    operand's cotangent. With several, both are tuples, one function for each operand. A function
    with `outputs=n` arrays gives them as a tuple; tangents and cotangents are then tuples too, with
    zeros where nothing arrived.

    >>> from backprop_lab import grad, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> @rule(cube, takes="x", analytic=True)
    ... def cube_rule(x):
    ...     return x**3, lambda x_dot: 3 * x**2 * x_dot, lambda y_bar: 3 * x**2 * y_bar
    >>> grad(cube)(2.0)
    12.0
    >>> RULES.pop(cube).kind  # taken out again: this was an example
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
            if outputs:
                return y, [
                    functools.reduce(operator.add, parts) for parts in zip(*terms, strict=True)
                ]
            return y, functools.reduce(operator.add, terms)

        RULES[func] = Rule(
            func=func,
            kind="general",
            outputs=outputs,
            bind=binder(func, takes),
            reverse=reverse,
            forward=forward,
            analytic=analytic,
            batched=batched,
            casts="+dtype" in takes,
            kink=kink,
            at_kink=at_kink,
        )
        return body

    return register


# --- composite: spelled by others ---------------------------------------------------------------


def composite(func, takes="a", bind=None, analytic=True, kink="", at_kink=None):
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
            bind=bind or binder(func, takes),
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
