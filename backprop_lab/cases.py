"""Functions that have cases, the questions of sign that part them, and what answers go together."""

from __future__ import annotations

import functools
import itertools

import sympy as sp
from sympy.core.relational import Relational

from backprop_lab.conditions import Above, Apart, AtLeast, Tied, asked

# From a function that has cases to the question of sign that splits it, and what it is then:
# (g, the node where g > 0, where g < 0, where g = 0).
_ZERO, _ONE = sp.S.Zero, sp.S.One
SPLIT = {
    sp.Abs: lambda e: (e.args[0], e.args[0], -e.args[0], _ZERO),
    sp.sign: lambda e: (e.args[0], _ONE, -_ONE, _ZERO),
    sp.Heaviside: lambda e: (e.args[0], _ONE, _ZERO, _ONE / 2),
    Above: lambda e: (e.args[0], _ONE, _ZERO, _ZERO),
    AtLeast: lambda e: (e.args[0], _ONE, _ZERO, _ONE),
    Tied: lambda e: (e.args[0], _ZERO, _ZERO, _ONE),
    Apart: lambda e: (e.args[0], _ONE, _ONE, _ZERO),
    sp.Max: lambda e: _split_extreme(e, e.args[0] - e.args[1]),
    sp.Min: lambda e: _split_extreme(e, e.args[1] - e.args[0]),
    sp.Piecewise: lambda e: _split_condition(e),
}
HAS_CASES = tuple(SPLIT)
_T, _F = sp.true, sp.false
_ANSWERS = {  # where g > 0, g < 0, g = 0
    **dict.fromkeys((sp.Gt, sp.Lt), (_T, _F, _F)),
    **dict.fromkeys((sp.Ge, sp.Le), (_T, _F, _T)),
    sp.Eq: (_F, _F, _T),
    sp.Ne: (_T, _T, _F),
}
_MOST_INEQUALITIES = 120


def _split_extreme(e, question):
    first, second = (e.func(x, *e.args[2:]) for x in e.args[:2])
    return question, first, second, second


def _split_condition(piecewise):
    condition = min(_comparisons(piecewise), key=sp.default_sort_key, default=None)
    if condition is None:
        return _ONE, piecewise, piecewise, piecewise
    answers = _ANSWERS[type(condition)]
    return asked(condition), *(piecewise.xreplace({condition: answer}) for answer in answers)


def _comparisons(piecewise) -> set:
    return piecewise.atoms(Relational)


def innermost(expr) -> list:
    """List the functions with cases that have none within, in a fixed order."""
    nodes = (e for e in expr.atoms(*HAS_CASES) if not any(a.has(*HAS_CASES) for a in e.args))
    return sorted(nodes, key=sp.default_sort_key)


@functools.lru_cache(1024)
def questions(expr) -> frozenset:
    """Collect every g whose sign parts the cases of an expression.

    >>> x, y = sp.symbols("x y", real=True)
    >>> sorted(questions(sp.Max(x, y, 1) + sp.Piecewise((1, x > 0), (0, True))), key=str)
    [-x + y, x, x - 1, y - 1]
    """
    found = set()
    for node in expr.atoms(*HAS_CASES):
        if isinstance(node, (sp.Max, sp.Min)):
            pairs = itertools.combinations(sorted(node.args, key=sp.default_sort_key)[::-1], 2)
            found |= {a - b for a, b in pairs}
        elif isinstance(node, sp.Piecewise):
            found |= set(map(asked, _comparisons(node)))
        else:
            found.add(node.args[0])
    return frozenset(found)


def possible(positive) -> bool:
    """Whether some expressions may all be positive at one point; False is certain.

    Linear ones, in whatever they are made of, are decided by elimination; those in one variable by
    a look between their zeros.

    >>> x, y = sp.symbols("x y", real=True)
    >>> possible([x, -x - 1]), possible([x - y, y - 1, -x]), possible([x, 1 - sp.exp(x)])
    (False, False, False)
    >>> possible([x, 1 - x]), possible([x * y - 1, -x])
    (True, True)
    """
    positive = [sp.expand(g) for g in positive]
    return _linear_possible(positive) and all(
        _possible_in_one(x, tuple(g for g in positive if g.free_symbols == {x}))
        for x in {next(iter(g.free_symbols)) for g in positive if len(g.free_symbols) == 1}
    )


def _linear_possible(positive) -> bool:
    """Eliminate one monomial after the other: a + c > 0 and b − c > 0 leave a + b > 0."""
    rows = [dict(g.as_coefficients_dict()) for g in positive]
    if not all(c.is_Rational for row in rows for c in row.values()):
        return True
    while True:
        if any(all(m == 1 for m in row) and row.get(_ONE, 0) <= 0 for row in rows):
            return False
        left = sorted({m for row in rows for m in row if m != 1}, key=sp.default_sort_key)
        if not left or len(rows) > _MOST_INEQUALITIES:
            return True
        up = [r for r in rows if r.get(left[0], 0) > 0]
        down = [r for r in rows if r.get(left[0], 0) < 0]
        rows = [r for r in rows if left[0] not in r]
        for u, d in itertools.product(up, down):
            scale = {m: u.get(m, 0) / u[left[0]] - d.get(m, 0) / d[left[0]] for m in {*u, *d}}
            rows.append({m: c for m, c in scale.items() if c})


@functools.lru_cache(1024)
def _possible_in_one(x, positive: tuple) -> bool:
    """Look at one point in each interval between the zeros, which are all that SymPy finds."""
    zeros: set = set()
    for g in positive:
        found = _zeros(g, x)
        if found is None:
            return True
        zeros |= found
    marks = sorted(zeros, key=float)
    ends = [sp.floor(marks[0]) - 1, sp.floor(marks[-1]) + 2] if marks else [_ZERO]
    middles = [_between(a, b) for a, b in itertools.pairwise(marks)]
    return any(
        all(g.xreplace({x: point}).is_positive is not False for g in positive)
        for point in (*ends, *middles)
    )


def _between(a, b):
    """Give a rational number between two numbers."""
    middle, digits = sp.Rational(0), 15
    while not a < middle < b:
        middle, digits = sp.Rational(str(sp.N((a + b) / 2, digits))), digits * 2
    return middle


@functools.lru_cache(1024)
def _zeros(g, x) -> frozenset | None:
    """Find all zeros of an expression in one variable; None where SymPy cannot."""
    if g.is_polynomial(x) and all(c.is_Rational for c in sp.Poly(g, x).all_coeffs()):
        return frozenset(sp.real_roots(sp.Poly(g, x)))
    if sp.count_ops(g) > 12 or len(g.atoms(sp.Function)) > 1:
        return None
    try:
        found = sp.solveset(g, x, sp.S.Reals)
        whole = sp.calculus.util.continuous_domain(g, x, sp.S.Reals) == sp.S.Reals
    except (NotImplementedError, ValueError, TypeError):
        return None
    finite = found is sp.S.EmptySet or isinstance(found, sp.FiniteSet)
    known = whole and finite and all(zero.is_real for zero in found)
    return frozenset(found) if known else None
