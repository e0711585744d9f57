"""From a function to its derivatives: vjp, jvp, grad, value_and_grad.

Shapes: a gradient has the shape of its variable; where the variable is a tree (`trees`), it has the
same tree. Positional arguments are differentiable, keyword arguments are static. Python integers
are taken as floats, in trees too; integer arrays are refused, since a derivative in an integer
means nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from backprop_lab.boundary import (
    as_cotangent,
    as_primal,
    as_primals,
    as_tangent,
    function_name,
    places,
    plain,
)
from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of
from backprop_lab.runs import Push, Run
from backprop_lab.tape import ones_like_output
from backprop_lab.trees import LEAF

__all__ = ["as_primal", "grad", "jvp", "plain", "push_tangents", "value_and_grad", "vjp"]


def vjp(f: Callable, *primals, **static) -> tuple:
    """Run `f` once, and give its value and its pullback.

    `pullback(y_bar)` takes a cotangent of the shape of the value and returns a tuple of
    cotangents, one a primal, each of its primal's shape: x̄ = Jᵀȳ. It may be called many times,
    and gives the same answer each time. Primals and value are copied, so writing to them
    afterwards changes nothing. Other arrays that `f` uses are read-only while it runs; leave them
    as they are until the last pullback has run.

    Primals and value may be trees; then the cotangents are trees of the same structure.

    Raises `TraceError` for integer arrays, for code that cannot be traced, and for a cotangent of
    the wrong structure or shape.

    >>> value, pullback = vjp(lambda x: np.exp(x), np.array([0.0, 1.0]))
    >>> pullback(np.array([1.0, 0.0]))
    (array([1., 0.]),)
    >>> value, pullback = vjp(lambda p: (p["w"] * p["x"], p["w"]), {"w": 3.0, "x": 2.0})
    >>> value, pullback((1.0, 10.0))
    ((6.0, 3.0), ({'w': 12.0, 'x': 3.0},))

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapter 3.
    """
    run = Run(f, primals, range(len(primals)), static, "vjp", copy=True)
    values = [y.copy() if isinstance(y, np.ndarray) else y for y in run.values]
    run.forget_data()

    def pullback(y_bar) -> tuple:
        given = run.structure.leaves_of(y_bar, "The cotangent", "the value")
        bars = [
            as_cotangent(y, bar, "" if run.structure is LEAF else run.structure.paths()[i])
            for i, (y, bar) in enumerate(zip(run.values, given, strict=True))
        ]
        return tuple(run.in_trees(run.pull(bars)))

    return run.structure.rebuild([plain(y) for y in values]), pullback


def value_and_grad(
    f: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable:
    """Make the function that gives `f`'s value and its gradient from one run.

    `f` must return a scalar. With an int `argnums` the gradient is one array of that primal's
    shape, or a tree of the primal's structure; with a sequence, a tuple of them. With `has_aux`
    the function returns a pair, the scalar and anything else that is wanted from the same run,
    and the answer is `((value, auxiliary data), gradient)`.

    The walk back frees what each operation kept as soon as it has passed it. So `f` runs a second
    time where the gradient is NaN and the value is not, to find who made it for the warning.

    Raises `TraceError` where the output is no scalar, and as `vjp` does.

    >>> value_and_grad(lambda w: np.sum(w**2))(np.array([3.0, 4.0]))
    (25.0, array([6., 8.]))
    >>> def loss(params, x):
    ...     y = params["w"] * x + params["b"]
    ...     return y**2, {"prediction": y}
    >>> value_and_grad(loss, has_aux=True)({"w": 2.0, "b": 1.0}, 3.0)
    ((49.0, {'prediction': 7.0}), {'w': 42.0, 'b': 14.0})
    """
    return gradient_of(f, argnums, has_aux, "grad")


def gradient_of(f, argnums, has_aux, transform) -> Callable:
    """Build `value_and_grad` in the name of the transform that asks, which errors are to say."""

    @functools.wraps(f)
    def value_and_gradient(*args, **static):
        numbers = places(argnums, args, transform)
        run = Run(f, args, numbers, static, transform, has_aux=has_aux)
        if run.structure is not LEAF or shape_of(run.values[0]) != ():
            _refuse_no_scalar(f, run, transform)
        y = run.values[0]
        trees = run.in_trees(run.pull([ones_like_output(y)], spend=True))
        value = (plain(y), run.aux) if has_aux else plain(y)
        return value, trees[0] if isinstance(argnums, (int, np.integer)) else tuple(trees)

    return value_and_gradient


def _refuse_no_scalar(f, run, transform):
    name = function_name(f)
    if run.structure is LEAF:
        raise TraceError(
            f"{transform} needs a scalar output; {name} returned shape {shape_of(run.values[0])}. "
            f"Use vjp({name}, x) and choose the cotangent yourself."
        )
    tree, n = run.structure.rebuild(run.values), len(run.values)
    raise TraceError(
        f"{transform} needs a scalar output; {name} returned a {type(tree).__name__} of {n} "
        f"value{'' if n == 1 else 's'}. Use vjp({name}, x) and choose the cotangents yourself; "
        "for a scalar and other data beside it, use value_and_grad(f, has_aux=True)."
    )


def grad(f: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable:
    """Make the gradient function of a scalar function.

    With `has_aux` the function returns a pair, the scalar and other data, and the answer is
    `(gradient, auxiliary data)`. The rest is as in `value_and_grad`.

    >>> grad(lambda w, x: w * x**2)(0.5, 3.0)
    9.0
    >>> grad(lambda w, x: w * x**2, argnums=(0, 1))(0.5, 3.0)
    (9.0, 3.0)
    >>> grad(lambda params: params["w"] * params["x"])({"w": 0.5, "x": 3.0})
    {'w': 3.0, 'x': 0.5}
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def gradient(*args, **static):
        value, bars = both(*args, **static)
        return (bars, value[1]) if has_aux else bars

    return gradient


def jvp(f: Callable, primals: Sequence, tangents: Sequence, **static) -> tuple:
    """Run `f` forward with tangents: `(value, J ẋ)`.

    `tangents[i]` has the shape of `primals[i]`, or its structure where that is a tree; the tangent
    of the value has the value's shape and structure. Both are copies, as those of `vjp` are.
    Nothing is kept on a tape.

    Raises `TraceError` where structures or shapes differ, and for code that cannot be traced.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    >>> jvp(lambda p: {"area": p["a"] * p["b"]}, ({"a": 2.0, "b": 3.0},), ({"a": 1.0, "b": 0.0},))
    ({'area': 6.0}, {'area': 3.0})

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapter 3.
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TraceError(
            "jvp takes a tuple of primals and a tuple of tangents: jvp(f, (x,), (v,))."
        )
    if len(primals) != len(tangents):
        raise TraceError(
            f"jvp got {len(primals)} primals and {len(tangents)} tangents. Give every primal a "
            "tangent of its shape, zeros where it does not move."
        )
    return push_tangents(f, primals, tangents, static, "jvp")


def push_tangents(f, primals, tangents, static, transform) -> tuple:
    """Run forward mode in the name of the transform that asks, which errors are to say."""
    leaves, dots, structures = [], [], []
    for i, (x, x_dot) in enumerate(zip(primals, tangents, strict=True)):
        mine, structure = as_primals(x, i, transform)
        given = structure.leaves_of(
            x_dot, f"{transform}: the tangent of argument {i}", f"argument {i}"
        )
        for k, (leaf, dot) in enumerate(zip(mine, given, strict=True)):
            path = "" if structure is LEAF else structure.paths()[k]
            dots.append(as_tangent(leaf, dot, f"{i}{path}", transform))
        leaves += mine
        structures.append(structure)

    def rebuild(leaves):
        leaves = iter(leaves)
        return [structure.fill(leaves) for structure in structures]

    push = Push(f, leaves, rebuild, dots, static)
    values = [plain(y.copy() if isinstance(y, np.ndarray) else y) for y in push.values]
    return push.structure.rebuild(values), push.structure.rebuild(push.tangents)
