"""Conditions as factors: [g > 0] and [g ≥ 0], 1 or 0, and at g = 0 exactly what NumPy says there.

SymPy's Heaviside is 1/2 at 0. That is a convention for the slope at a kink; a mask such as
`t[:, None] >= t` has no kink on its diagonal, where it always holds.
"""

from __future__ import annotations

import sympy as sp


class _Step(sp.Function):
    """A condition on the sign of g, as a number: 1 where it holds, 0 elsewhere."""

    is_real = True
    is_nonnegative = True

    def _eval_power(self, exponent):
        return self if exponent.is_positive else None

    def fdiff(self, argindex=1):
        """Give 0, its slope wherever it has one."""
        return sp.Integer(0)


class Above(_Step):
    """[g > 0].

    >>> x = sp.Symbol("x", real=True)
    >>> Above(x).subs(x, 0), Above(sp.exp(x)), Above(x) ** 2
    (0, 1, Above(x))
    """

    @classmethod
    def eval(cls, g):
        """Decide it where the sign is known."""
        return sp.S.One if g.is_positive else sp.S.Zero if g.is_nonpositive else None


class AtLeast(_Step):
    """[g ≥ 0].

    >>> x = sp.Symbol("x", real=True)
    >>> AtLeast(x).subs(x, 0), AtLeast(-sp.exp(x)), AtLeast(x) ** 2
    (1, 0, AtLeast(x))
    """

    @classmethod
    def eval(cls, g):
        """Decide it where the sign is known."""
        return sp.S.One if g.is_nonnegative else sp.S.Zero if g.is_negative else None


class Tied(_Step):
    """[g = 0].

    >>> x = sp.Symbol("x", real=True)
    >>> Tied(x).subs(x, 0), Tied(sp.exp(x)), Tied(-x)
    (1, 0, Tied(x))
    """

    @classmethod
    def eval(cls, g):
        """Decide it where that is known; −g is as good as g."""
        if g.is_zero is not None:
            return sp.Integer(g.is_zero)
        return cls(-g) if g.could_extract_minus_sign() else None


class Apart(_Step):
    """[g ≠ 0].

    >>> x = sp.Symbol("x", real=True)
    >>> Apart(x).subs(x, 0), Apart(sp.exp(x)), Apart(-x)
    (0, 1, Apart(x))
    """

    @classmethod
    def eval(cls, g):
        """Decide it where that is known; −g is as good as g."""
        if g.is_zero is not None:
            return sp.Integer(not g.is_zero)
        return cls(-g) if g.could_extract_minus_sign() else None


STEPS = (Above, AtLeast, Tied, Apart)
_STRICT, _WEAK = (sp.Gt, sp.Lt), (sp.Ge, sp.Le)


def asked(relation) -> sp.Expr:
    """Give g of a comparison that is g > 0, g ≥ 0, g = 0 or g ≠ 0."""
    if isinstance(relation, _STRICT + _WEAK):
        return relation.gts - relation.lts
    return relation.lhs - relation.rhs


def indicator(condition) -> sp.Expr:
    """Write [condition] as a product of factors, one for each comparison that must hold.

    >>> x = sp.Symbol("x", real=True)
    >>> indicator((x > 0) & ~(x > 6)), indicator((x >= 0) & (x > 0)), indicator((x < 0) & (x > 0))
    (Above(x)*AtLeast(6 - x), Above(x), 0)
    >>> indicator((x < 0) | (x > 6)), indicator((x >= 0) & ~(x > 0))
    (-AtLeast(x)*AtLeast(6 - x) + 1, Tied(x))
    """
    if condition in (sp.true, sp.false):
        return sp.Integer(bool(condition))
    parts = sp.And.make_args(sp.to_nnf(condition, simplify=False))
    strict = {asked(c) for c in parts if isinstance(c, _STRICT)}
    weak = {asked(c) for c in parts if isinstance(c, _WEAK)} - strict
    if any(-g in strict | weak for g in strict):
        return sp.S.Zero
    equal = {g for g in weak if -g in weak} | {asked(c) for c in parts if isinstance(c, sp.Eq)}
    apart = {asked(c) for c in parts if isinstance(c, sp.Ne)}
    either = (1 - indicator(sp.Not(c)) for c in parts if isinstance(c, sp.Or))
    factors = {*map(Above, strict), *map(AtLeast, weak - equal), *map(Tied, equal)}
    return sp.Mul(*factors, *map(Apart, apart), *either)


def as_factor(x):
    """Turn a condition into a number, 1 or 0, so that masks can be multiplied."""
    return indicator(x) if isinstance(x, sp.logic.boolalg.Boolean) and not x.is_Symbol else x


def in_strict_steps(expr) -> sp.Expr:
    """Write every condition in [g > 0] and [−g > 0] alone, exactly, ties included.

    >>> x = sp.Symbol("x", real=True)
    >>> in_strict_steps(AtLeast(x)), in_strict_steps(Tied(x))
    (1 - Above(-x), -Above(-x) - Above(x) + 1)
    """
    kinds = (AtLeast, Tied, Apart, sp.Heaviside, sp.sign, sp.Piecewise)
    return expr.replace(lambda e: isinstance(e, kinds), _strictly)


def _strictly(e):
    if isinstance(e, sp.Piecewise):
        return in_strict_steps(cases_apart(e))
    up, down = Above(e.args[0]), Above(-e.args[0])
    if isinstance(e, sp.sign):
        return up - down
    if isinstance(e, sp.Heaviside):
        return (1 + up - down) / 2
    return {AtLeast: 1 - down, Tied: 1 - up - down, Apart: up + down}[e.func]


def cases_apart(expr):
    """Write cases as a sum of products with [condition], 1 or 0: deltas come out as factors.

    >>> x, y = sp.symbols("x y", real=True)
    >>> cases_apart(sp.Piecewise((x * y, x > 0), (y, True)))
    x*y*Above(x) + y*AtLeast(-x)
    """
    if not isinstance(expr, sp.Piecewise):
        return expr
    total, before = [], sp.true
    for value, condition in expr.args:
        if value != 0:
            total.append(value * indicator(sp.And(before, condition)))
        before = sp.And(before, sp.Not(condition))
    return sp.Add(*total)


def without_cases(expr):
    """Write every case in an expression, or in a condition, as factors.

    SymPy takes a Piecewise out of a sum, even where its condition has the index of that sum.
    """
    if not expr.has(sp.Piecewise):
        return expr
    return expr.replace(lambda e: isinstance(e, sp.Piecewise), cases_apart)
