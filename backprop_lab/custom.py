"""Derivatives by other means: stopped, or given by hand.

`stop_gradient` and `custom_vjp` are used inside the function that is differentiated. On plain
numbers both leave it as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_lab.boundary import as_cotangent, dtype_of, function_name, zeros_like
from backprop_lab.bundles import in_parts, is_float, newest_trace, record, refuse_outsiders
from backprop_lab.errors import TraceError
from backprop_lab.runs import Run
from backprop_lab.traced import Traced, primal
from backprop_lab.trees import flatten


def stop_gradient(x):
    """Give the value of `x` as a constant: no derivative of any order or mode goes through it.

    `x` is an array, a number, or a tree of them; what is not traced comes back as it is.

    >>> from backprop_lab import grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    leaves, structure = flatten(x)
    if not any(isinstance(leaf, Traced) for leaf in leaves):
        return x
    return structure.rebuild([_stopped(leaf) for leaf in leaves])


def _stopped(x):
    while isinstance(x, Traced):
        x.tracer.notes.add("bl.stop_gradient")  # the derivative is not that of the value
        x = x.value
    return x


class custom_vjp:
    """Give a function a pullback of your own, in place of that of the operations it is made of.

    `f.defvjp(fwd, bwd)`: `fwd(*args)` returns the value and what the way back needs, and
    `bwd(kept, y_bar)` a tuple of cotangents, one for each positional argument and of its shape, or
    None for zero. Or `f.defvjp(fwd)` with `fwd` returning the value and its pullback, as `vjp`
    does. Arguments and value may be trees; keyword arguments are static. A complex value z = a + ib
    on the way has the cotangent ∂L/∂a + i ∂L/∂b.

    Derivatives of higher order are those of `fwd` and `bwd` as they are written. In forward mode
    `bwd` is transposed, which is right for what is linear in `y_bar`, as every pullback is; one
    that is not, such as a clipped gradient, is refused there.

    Raises `TraceError` for a wrong count, structure or shape of what `bwd` returns.

    >>> from backprop_lab import grad
    >>> @custom_vjp
    ... def softplus(x):
    ...     return np.log(1 + np.exp(x))
    >>> def fwd(x):
    ...     return softplus(x), x
    >>> def bwd(x, y_bar):
    ...     return (y_bar / (1 + np.exp(-x)),)
    >>> softplus.defvjp(fwd, bwd)
    >>> grad(softplus)(0.0)
    0.5

    Source: the interface is JAX's `custom_vjp`.
    """

    def __init__(self, f: Callable):
        functools.update_wrapper(self, f)
        self.f = f
        self.fwd: Callable | None = None
        self.bwd: Callable | None = None

    def defvjp(self, fwd: Callable, bwd: Callable | None = None) -> None:
        """Set the way forward, which says what is kept, and the way back."""
        self.fwd = fwd
        self.bwd = bwd or (lambda pullback, y_bar: pullback(y_bar))

    def __call__(self, *args, **static) -> Any:
        """Run the function; under a trace, by `fwd`."""
        leaves, structure = flatten(args)
        trace = newest_trace(leaves)
        if any(isinstance(x, Traced) for x in flatten(static)[0]):
            raise TraceError(
                f"{self._name}: a keyword argument is a traced value; keyword arguments of a "
                "custom_vjp function are static. Pass it by position."
            )
        if trace is None:
            return self.f(*args, **static)
        if self.fwd is None:
            raise TraceError(
                f"{self._name} is a custom_vjp function without a pullback. Give it one: "
                f"{self._name}.defvjp(fwd, bwd)."
            )
        parts, joined = in_parts(leaves)
        followed = [isinstance(x, Traced) for x in leaves]
        call = _Call(self, structure, joined, followed, static, trace.level)
        return call.result(record(self.f, parts, call.reverse, call.forward, batched=False))

    @property
    def _name(self):
        return function_name(self.f)


class _Call:
    """One traced call of a `custom_vjp` function: its two rules on bundles of real leaves."""

    def __init__(self, custom, structure, joined, traced, static, level):
        self.custom = custom
        self.name = custom._name
        self.structure = structure  # of the tuple of arguments
        self.joined = joined  # puts its complex leaves together
        self.traced = traced  # which leaves are followed
        self.static = static
        self.level = level

    def result(self, parts):
        """Put the value together, from its leaves in parts."""
        return self.outputs.rebuild(self.outputs_joined(parts))

    def run(self, values):
        """Run `fwd` one level down: the leaves of the value, and what is kept for the way back."""
        arguments = self.structure.rebuild(self.joined(values))
        pair = self.custom.fwd(*arguments, **self.static)
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise TraceError(
                f"{self.name}: fwd must return a pair, the value and what the pullback needs; it "
                f"returned a {type(pair).__name__}."
            )
        refuse_outsiders(self.custom.f, flatten(pair[1])[0], self.level)
        leaves, self.outputs = flatten(pair[0])
        parts, self.outputs_joined = in_parts(leaves)
        return parts, pair[1]

    def pull(self, kept, bars, values):
        """Run `bwd` and check what it returns: a list, one cotangent for each leaf in parts."""
        got = self.custom.bwd(kept, self.result(bars))
        count = len(self.structure.parts)
        if not isinstance(got, tuple) or len(got) != count:
            what = f"a tuple of {len(got)}" if isinstance(got, tuple) else f"a {type(got).__name__}"
            raise TraceError(
                f"{self.name}: bwd must return a tuple of cotangents, one for each of the {count} "
                f"positional arguments; it returned {what}. None stands for zero."
            )
        out, leaves = [], iter(zip(self.joined(values), self.traced, strict=True))
        for i, (part, bar) in enumerate(zip(self.structure.parts, got, strict=True)):
            paths = part.paths()
            mine = [next(leaves) for _ in paths]
            what, whose = f"{self.name}: bwd's cotangent of argument {i}", f"argument {i}"
            absent = bar is None or not any(traced for _, traced in mine)
            given = [None] * len(mine) if absent else part.leaves_of(bar, what, whose)
            for (x, traced), path, x_bar in zip(mine, paths, given, strict=True):
                out += _in_parts_like(x, x_bar if traced else None, path, what, whose)
        return out

    def reverse(self, values):
        """Run `fwd`, and pull back by `bwd`."""
        leaves, kept = self.run(values)
        zeros = [None if is_float(y) else zeros_like(y) for y in leaves]

        def pull(bars, batch):
            given = iter(bars)
            bars = [next(given) if zero is None else zero for zero in zeros]
            return self.pull(kept, bars, values)

        return leaves, pull, flatten(kept)[0]

    def forward(self, values, dots):
        """Transpose `bwd`: it is linear in the cotangent, so its own pullback is the pushforward.

        A linear map has the same derivative everywhere; two places are asked.
        """
        leaves, kept = self.run(values)

        def back(*bars):
            return self.pull(kept, bars, values)

        def pushed(place):
            at = [zeros_like(y) + dtype_of(y).type(place) for y in leaves]
            return Run(back, at, range(len(at)), {}, "jvp").pull(dots)

        first, second = pushed(0.0), pushed(1e3)
        for one, other in zip(first, second, strict=True):
            if not np.allclose(primal(one), primal(other), rtol=1e-4, atol=0, equal_nan=True):
                raise TraceError(
                    f"{self.name}: its bwd is not linear in the cotangent, so there is no tangent "
                    "that belongs to it. Use reverse mode: vjp, grad, jacobian(f, mode='reverse')."
                )
        return leaves, [dot for y, dot in zip(leaves, first, strict=True) if is_float(y)]


def _in_parts_like(x, x_bar, path, what, whose) -> list:
    """Check a cotangent of the leaf `x`, None for zero, and take it apart as `x` is."""
    parts = in_parts([x])[0]
    if x_bar is None:
        return [zeros_like(part) if is_float(part) else 0.0 for part in parts]
    bars = [x_bar] if len(parts) == 1 else [np.real(x_bar), np.imag(x_bar)]
    checked = [as_cotangent(*pair, path, what, whose) for pair in zip(parts, bars, strict=True)]
    return [np.array(bar)[()] if isinstance(bar, np.ndarray) else bar for bar in checked]
