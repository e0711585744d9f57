"""How a linear step crosses an inner product: ⟨Ȳ, Ẋ W⟩ = ⟨Ȳ Wᵀ, Ẋ⟩, and the reason why it may.

A move proposes; it proves nothing. Each line that is made of moves is compared with SymPy's
derivative of the function, so a wrong move cannot be printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_tuple

from backprop_lab.errors import TraceError
from backprop_lab.symbolic_table import ENTRYWISE, exact
from backprop_lab.whole import Applied, Whole, plain, spread


@dataclass(frozen=True)
class Move:
    """One linear step: how it takes a tangent along, and what it leaves on the other side.

    `between(y_bar, x_dot)` lists lines that stand between the two, each with its reason;
    `after(y_bar)` is then the reason of the last.
    """

    push: Callable
    pull: Callable
    why: str
    between: Callable | None = None
    after: Callable | None = None


# Truth values: where they have a slope, it is 0.
_FLAT = (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal)


class NoMove(Exception):
    """A step of the function is not in this list; its derivation is in index form."""


def chains(node, moving) -> list[tuple[str, list[Move]]]:
    """List the ways from the named quantities in `moving` to `node`: (name, moves, inner first)."""
    if node.made is None:
        return [(node.name, [])] if node.name in moving else []
    found = []
    for i, arg in enumerate(node.made[1]):
        if isinstance(arg, Whole) and node.made[0] not in _FLAT:
            found += [(name, way + _steps(node, i)) for name, way in chains(arg, moving)]
    return found


def _steps(node, i) -> list[Move]:
    """List the moves for argument `i` of one step."""
    func, args, kwargs = node.made
    if func in _LINEAR:
        return _LINEAR[func](node, i, *args, **kwargs)
    if isinstance(func, Applied) and func.orders == () and len(args) == 1:
        return [_times(func.unknown.prime(args[0]))]
    if getattr(func, "__name__", "") == "relu":
        return [_times(np.greater(args[0], 0))]
    if func in ENTRYWISE and not kwargs:
        return [*_copies(args[i], node), _times(_slope(func, args, i))]
    raise NoMove


def _slope(func, args, i):
    """Write the slope of an elementwise function in plain NumPy: SymPy's derivative of it."""
    symbols = [sp.Symbol(f"x{k}", real=True) if isinstance(a, Whole) else a
               for k, a in enumerate(args)]  # fmt: skip
    slope = sp.diff(ENTRYWISE[func](*symbols), symbols[i])
    used = [s for s in symbols if isinstance(s, sp.Symbol)]
    try:
        return sp.lambdify(used, slope, "numpy")(*(a for a in args if isinstance(a, Whole)))
    except (TraceError, NameError, TypeError, AttributeError, ValueError) as error:
        raise NoMove from error


# --- products with entries ------------------------------------------------------------------------


_NUMBER = "a number stands on either side"


def _times(slope) -> Move:
    if isinstance(slope, Whole) and slope.ndim:
        return Move(lambda t: slope * t, lambda g: product(g, slope), "entries commute")
    return Move(lambda t: slope * t, lambda g: product(g, slope), _NUMBER)


def product(g, slope):
    """Multiply entry by entry, the numbers put together in front: ½ and 2 Y give Y."""
    (c, a), (d, b) = _apart(g), _apart(slope)
    number = c * d
    if a is None and b is None:
        return number
    core = a * b if a is not None and b is not None else a if b is None else b
    return core if number == 1 else -core if number == -1 else np.multiply(number, core)


def _apart(x):
    """Take the number in front of an array off: (number, the rest or None)."""
    if not isinstance(x, Whole):
        return exact(x), None
    func, args, _ = x.made or (None, (), {})
    if func is np.multiply and not isinstance(args[0], Whole):
        number, rest = _apart(args[1])
        return exact(args[0]) * number, rest
    if func is np.divide and not isinstance(args[1], Whole):
        number, rest = _apart(args[0])
        return number / exact(args[1]), rest
    if func is np.negative:
        number, rest = _apart(args[0])
        return -number, rest
    return sp.Integer(1), x


def _add(node, i, *args):
    return _copies(args[i], node)


def _subtract(node, i, *args):
    minus = Move(lambda t: -t, lambda g: product(-1, g), "a sign stands on either side")
    return [*_copies(args[i], node), *([minus] if i == 1 else [])]


def _multiply(node, i, *args):
    return [*_copies(args[i], node), _times(args[1 - i])]


def _divide(node, i, *args):
    x, y = args
    if i == 1:
        return [*_copies(y, node), _times(-(x / y**2))]
    number = y if isinstance(y, Whole) else exact(y)
    if isinstance(y, Whole) and y.ndim:
        step = Move(lambda t: t / y, lambda g: g / y, "entries commute")
    else:
        step = Move(
            lambda t: t / y, lambda g: product(g, 1 / number), "a number stands on either side"
        )
    return [*_copies(x, node), step]


# --- copies and sums ------------------------------------------------------------------------------


def _copies(arg, node) -> list[Move]:
    """List the move for an argument that broadcasting has copied."""
    if not isinstance(arg, Whole) or arg.sizes == node.sizes:
        return []
    new = tuple(range(node.ndim - arg.ndim))
    return [
        Move(
            lambda t: spread(t, node.sizes, new),
            lambda g: _added_back(filled(g, node), arg.sizes),
            "what was copied is added back",
        )
    ]


def _added_back(g, shape):
    """Sum over the axes that broadcasting put in front, and over those that it stretched."""
    if not shape:
        return np.sum(g)
    for _ in range(g.ndim - len(shape)):
        g = np.sum(g, axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and g.sizes[axis] != 1:
            g = np.sum(g, axis=axis, keepdims=True)
    return g


def _sum(node, i, a, axis=None, keepdims=False):
    axes = _axes(a, axis, keepdims)
    return [
        Move(
            lambda t: np.sum(t, axis=axis, keepdims=keepdims) if axis is not None else np.sum(t),
            lambda g: spread(g, a.sizes, axes) if isinstance(g, Whole) else g,
            "each summand gets a copy",
        )
    ]


def _mean(node, i, a, axis=None, keepdims=False):
    axes, count = _axes(a, axis, keepdims), a.count / node.count
    return [
        Move(
            lambda t: np.mean(t, axis=axis, keepdims=keepdims),
            lambda g: product(spread(g, a.sizes, axes) if isinstance(g, Whole) else g, 1 / count),
            "each summand gets its share",
        )
    ]


def _axes(a, axis, keepdims):
    if keepdims:
        return ()
    return tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)


def filled(g, like):
    """Give a cotangent as an array; a bare number stands for one that has it in every entry."""
    if isinstance(g, Whole):
        return g
    number = like.trees.number(g)
    return spread(number, like.sizes, tuple(range(like.ndim))) if like.ndim else number


# --- products of matrices and vectors -------------------------------------------------------------


def _matmul(node, i, a, b):
    if (a.ndim, b.ndim) == (2, 2):
        return [_right(node, b) if i == 0 else _left(node, a)]
    if (a.ndim, b.ndim) == (1, 1):
        other = b if i == 0 else a
        return [Move(lambda t: t @ other, lambda g: product(g, other), "⟨a, b⟩ = ⟨b, a⟩")]
    if (a.ndim == 2) == (i == 1):  # the vector moves
        pull = (lambda g: flip(a) @ filled(g, node)) if i else (lambda g: b @ filled(g, node))
        push = (lambda t: a @ t) if i else (lambda t: t @ b)
        return [Move(push, pull, _ACROSS)]
    if i == 0:  # the matrix moves, in t v
        return [Move(lambda t: t @ b, lambda g: np.outer(filled(g, node), b), _ROWS)]
    return [Move(lambda t: a @ t, lambda g: np.outer(a, filled(g, node)), _ROWS)]


def flip(a):
    """Transpose a matrix, as one writes it: (Aᵀ)ᵀ is A, and (A B)ᵀ is Bᵀ Aᵀ."""
    func, args, kwargs = a.made or (None, (), {})
    if func is np.transpose and len(args) == 1 and not kwargs:
        return args[0]
    if func is np.matmul and {x.ndim for x in args} == {2}:
        return flip(args[1]) @ flip(args[0])
    return a.T


_ACROSS = "a factor goes across as its transpose"
_ROWS = "ȳᵀ(Ẋv) adds the entries of (ȳvᵀ) ⊙ Ẋ"


def _right(node, w) -> Move:
    """⟨G, T W⟩ = tr(Gᵀ T W) = tr(W Gᵀ T) = ⟨G Wᵀ, T⟩."""
    return Move(
        lambda t: t @ w,
        lambda g: filled(g, node) @ flip(w),
        _ACROSS,
        lambda g, t: [
            (np.trace(flip(g) @ t @ w), "⟨A, B⟩ = tr AᵀB"),
            (np.trace(w @ flip(g) @ t), "the trace is cyclic"),
        ],
        lambda g: f"tr AᵀB again, with A = {plain((g @ flip(w)).tex)}",
    )


def _left(node, x) -> Move:
    """⟨G, X T⟩ = tr(Gᵀ X T) = ⟨Xᵀ G, T⟩."""
    return Move(
        lambda t: x @ t,
        lambda g: flip(x) @ filled(g, node),
        _ACROSS,
        lambda g, t: [(np.trace(flip(g) @ x @ t), "⟨A, B⟩ = tr AᵀB")],
        lambda g: f"tr AᵀB again, with A = {plain((flip(x) @ g).tex)}",
    )


def _outer(node, i, a, b):
    if i == 0:
        return [Move(lambda t: np.outer(t, b), lambda g: filled(g, node) @ b, "entries commute")]
    return [Move(lambda t: np.outer(a, t), lambda g: flip(filled(g, node)) @ a, "entries commute")]


def _transpose(node, i, a, axes=None):
    order = tuple(reversed(range(a.ndim))) if axes is None else normalize_axis_tuple(axes, a.ndim)
    if axes is None:
        push, pull = (lambda t: np.transpose(t)), (lambda g: flip(filled(g, node)))
    else:
        back = tuple(int(k) for k in np.argsort(order))
        push = lambda t: np.transpose(t, order)  # noqa: E731
        pull = lambda g: np.transpose(filled(g, node), back)  # noqa: E731
    return [Move(push, pull, "the same entries, each in its old place")]


def _swapaxes(node, i, a, axis1, axis2):
    swap = lambda t: np.swapaxes(filled(t, node), axis1, axis2)  # noqa: E731
    return [Move(swap, swap, "the same entries, each in its old place")]


_LINEAR: dict[Callable, Callable] = {
    np.add: _add,
    np.subtract: _subtract,
    np.negative: lambda node, i, a: _subtract(node, 1, 0, a),
    np.positive: _add,
    np.multiply: _multiply,
    np.divide: _divide,
    np.matmul: _matmul,
    np.dot: _matmul,
    np.outer: _outer,
    np.sum: _sum,
    np.mean: _mean,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
}
