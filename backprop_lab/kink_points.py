"""Is a point a kink or a jump? There is no derivative there, and nothing is said of it."""

from __future__ import annotations

import sympy as sp

from backprop_lab.cases import questions

_NEARBY = sp.Rational(1, 10**9)


def at_a_kink(asked, point) -> bool:
    """Whether a question of sign is a tie at a point, and none close by.

    >>> x = sp.Symbol("x", real=True)
    >>> at_a_kink({x - 1}, {x: 1}), at_a_kink({x - 1}, {x: 2}), at_a_kink({x - abs(x)}, {x: 2})
    (True, False, False)
    """
    tied = [g for g in asked if is_zero(g.xreplace(point))]
    close = (_moved(point, point, sign) for sign in (1, -1)) if tied else ()
    return any(not is_zero(g.xreplace(near)) for near in close for g in tied)


def bends_at(value, slope, along, point) -> bool:
    """Whether a value jumps or its slope does, beside a point, along one symbol or all.

    >>> x = sp.Symbol("x", real=True)
    >>> [bends_at(f, f.diff(x), x, {x: 0}) for f in (abs(x), sp.Max(x, 0) ** 2)]
    [True, False]
    """
    if not at_a_kink(questions(value) | questions(slope), point):
        return False
    for moved in ({along} & {*point}, {*point}):
        sides = [_moved(point, moved, sign) for sign in (1, -1)]
        if any(_far_apart(*(e.xreplace(side) for side in sides)) for e in (value, slope)):
            return True
    return False


def _moved(point, symbols, sign) -> dict:
    """Move some coordinates of a point a little, each by a step of its own."""
    steps = {s: sign * _NEARBY * k for k, s in enumerate(sorted(symbols, key=str), 3)}
    return {s: v + steps.get(s, 0) for s, v in point.items()}


def _far_apart(u, v) -> bool:
    u, v = (sp.sympify(e).evalf(30) for e in (u, v))
    return u.is_number and v.is_number and bool(abs(u - v) > 1e-6 * (1 + abs(u)))


def is_zero(value) -> bool:
    """Whether a number is 0."""
    value = sp.sympify(value)
    return value.is_zero or bool(value.is_number and abs(value.evalf(30, maxn=120)) < 1e-25)
