"""Are two expressions equal, how is that known, and if not, where do they differ?"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

PROVED, CHECKED = "proved", "checked at 20 points"

_DEEPEST = 10  # questions of sign asked one inside the other, at most


def equal(a, b) -> str:
    """Say how it is known that two expressions are equal: PROVED, CHECKED, or '' where they differ.

    SymPy decides by expanding, simplifying and rewriting; what has cases is decided case by case.
    (At a kink itself there is no derivative, so nothing is said of it.) Where SymPy leaves the
    question open, both sides are computed at 20 random points of either sign, which are exact
    rationals and the same in every run; they must agree to 150 digits. That is done only where
    there are no cases, for a case may hide between the points. Two expressions that cannot be
    shown to be equal count as different.

    >>> x = sp.Symbol("x", real=True)
    >>> equal(sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1)), equal(x, 2 * x)
    ('proved', '')
    >>> equal(abs(x), x), equal(sp.Max(x, 0), (x + abs(x)) / 2)
    ('', 'proved')
    """
    a, b = sp.sympify(a), sp.sympify(b)
    difference = a - b
    if difference == 0 or sp.expand(difference) == 0:
        return PROVED
    if difference.has(sp.nan, sp.zoo) or _first_difference(a, b, 12, _clearly_differ):
        return ""
    if vanishes(difference):
        return PROVED
    if difference.has(*_SPLIT):
        return ""
    agreed = sum(known is False for known in itertools.islice(_differences(a, b), 200))
    return CHECKED if agreed >= 20 and not counterexample(a, b) else ""


def vanishes(expr) -> bool:
    """Whether SymPy reduces an expression to 0, in each of its cases where it has any."""
    return _zero_in_every_case(expr) if expr.has(*_SPLIT) else _reduces_to_zero(expr)


def _reduces_to_zero(expr) -> bool:
    """Whether an expression without cases is reduced to 0; the quick ways are tried first."""
    return any(
        reduce(expr) == 0
        for reduce in (
            sp.expand,
            _over_one_bar,
            sp.simplify,
            sp.factor,
            lambda e: sp.simplify(e.rewrite(sp.exp)),
        )
    )


def _over_one_bar(expr):
    """Write one numerator over one denominator, exp(a + b) as a product: enough for a sigmoid."""
    return sp.expand(sp.numer(sp.together(sp.expand_power_exp(expr))))


# From a function that has cases to the question of sign that splits it, and what it is then:
# (g, the node where g > 0, the node where g < 0). Ties are left out.
_SPLIT = {
    sp.Abs: lambda e: (e.args[0], e.args[0], -e.args[0]),
    sp.sign: lambda e: (e.args[0], sp.Integer(1), sp.Integer(-1)),
    sp.Heaviside: lambda e: (e.args[0], sp.Integer(1), sp.Integer(0)),
    sp.Max: lambda e: (e.args[0] - e.args[1], *(sp.Max(x, *e.args[2:]) for x in e.args[:2])),
    sp.Min: lambda e: (e.args[1] - e.args[0], *(sp.Min(x, *e.args[2:]) for x in e.args[:2])),
    sp.Piecewise: lambda e: _split_condition(e),
}


def _split_condition(piecewise):
    conditions = sorted(piecewise.atoms(Relational), key=sp.default_sort_key)
    points = {c: sp.S(isinstance(c, sp.Ne)) for c in conditions if isinstance(c, (sp.Eq, sp.Ne))}
    if points or not conditions:  # an equation holds at single points, which are left out
        whole = piecewise.xreplace(points)
        return sp.Integer(1), whole, whole
    asked = conditions[0].gts - conditions[0].lts
    return asked, *(piecewise.xreplace({conditions[0]: answer}) for answer in (sp.true, sp.false))


def _zero_in_every_case(expr, known=()) -> bool:
    """Whether an expression is 0 in each of its cases; `known` lists what was assumed positive."""
    nodes = [e for e in expr.atoms(*_SPLIT) if not any(a.has(*_SPLIT) for a in e.args)]
    if not nodes:
        return not expr.has(*_SPLIT) and _reduces_to_zero(expr)
    if len(known) == _DEEPEST:
        return False
    node = min(nodes, key=sp.default_sort_key)
    asked, positive, negative = _SPLIT[node.func](node)
    ratios = [asked, *(sp.cancel(asked / k) for k in known)]
    if any(r.is_positive for r in ratios):
        return _zero_in_every_case(expr.xreplace({node: positive}), known)
    if any(r.is_negative for r in ratios):
        return _zero_in_every_case(expr.xreplace({node: negative}), known)
    return all(
        _zero_in_every_case(expr.xreplace({node: case}), (*known, sign * asked))
        for sign, case in ((1, positive), (-1, negative))
    )


def has_cases(expr) -> bool:
    """Whether an expression has kinks or jumps, where it has no derivative."""
    return bool(expr.has(*_SPLIT))


def counterexample(a, b, tries: int = 400):
    """Find a simple point where two expressions differ: ({symbol: value}, a there, b there).

    Small whole numbers and halves are tried first. Points where `b`, the truth, is no real number
    are passed over. None where no such point was found.
    """
    a, b = map(sp.sympify, (a, b))
    found = _first_difference(a, b, tries, _clearly_differ) or _first_difference(a, b, 25, _differ)
    return found and (found[0], *_legible(*found[1:]))


def _first_difference(a, b, tries, differ):
    """Give the first of some simple points where two expressions differ, and both values there."""
    a, b = _with_stand_ins(a, b)
    for point in itertools.islice(_simple_points(a.free_symbols | b.free_symbols), tries):
        u, v = a.xreplace(point), b.xreplace(point)
        if differ(u, v):
            return point, u, v
    return None


def _legible(*numbers):
    """Round numbers for a message, to as many digits as show that they differ."""
    if all(w.is_Rational and len(str(w)) < 12 for w in numbers):
        return numbers
    rounded = [[sp.N(w, digits) for w in numbers] for digits in (6, 15, 60)]
    return next((r for r in rounded if len(set(map(str, r))) == len(r)), rounded[-1])


def _differences(a, b):
    """Say for one random point after the other whether two expressions differ; None if unknown."""
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    rng = np.random.default_rng(20)
    while True:
        point = {s: sp.Rational(int(rng.integers(-400, 400)), 150) for s in symbols}
        yield _differ(a.xreplace(point), b.xreplace(point))


def _simple_points(symbols):
    """Give points of small numbers: in order, and between those by lot, so that all signs come."""
    symbols = sorted(symbols, key=str)
    rng = np.random.default_rng(20)
    simple = [*map(sp.Integer, (1, 2)), sp.Rational(1, 2), sp.Integer(3), sp.Integer(-1)]
    other = [*simple, sp.Integer(-2), -sp.Rational(1, 2), sp.Rational(3, 2), sp.Integer(-3)]
    for n, total in enumerate(itertools.product(range(len(simple)), repeat=len(symbols))):
        yield {s: simple[(k + i) % 5] for i, (s, k) in enumerate(zip(symbols, total, strict=True))}
        if n > 3:
            yield {s: other[rng.integers(len(other))] for s in symbols}


def _clearly_differ(u, v) -> bool:
    """Whether two numbers differ in their first digits. `v` is the truth."""
    u, v = u.evalf(20, maxn=60), v.evalf(20, maxn=60)
    if not (v.is_Float or v.is_Rational):
        return False
    return not (u.is_Float or u.is_Rational) or bool(abs(u - v) > 1e-14 * (1 + abs(v)))


def _differ(u, v):
    """Say whether two numbers differ, in any digit; None where that cannot be told."""
    if u == v:
        return False
    if not (v.is_number and v.is_finite and v.is_real):
        return None
    if u.is_finite is False or u.is_real is False:
        return True
    gap = u - v
    if gap.is_Rational:
        return gap != 0
    gap = gap.evalf(30, maxn=300)  # raises its precision until the gap shows, or is below 1e-270
    if not (gap.is_Float or gap.is_Rational):
        return None
    return bool(abs(gap) > sp.Float("1e-150") * (1 + abs(v)))


def _with_stand_ins(*expressions):
    """Put a concrete function in for each unknown one: any will do for a counterexample."""
    names = sorted(
        {
            u.func.unknown
            for e in expressions
            for u in e.atoms(sp.Function)
            if hasattr(u.func, "unknown")
        }
    )

    def concrete(u):
        variables, body = _stand_in(names.index(u.func.unknown), len(u.args), u.func.orders)
        return body.xreplace(dict(zip(variables, u.args, strict=True)))

    is_unknown = lambda e: hasattr(e.func, "unknown")  # noqa: E731
    return [e.replace(is_unknown, concrete) if names else e for e in expressions]


@functools.cache
def _stand_in(number: int, arguments: int, orders: tuple):
    """Give a concrete function for the unknown one of a number, or its derivative, in letters."""
    variables, weight = sp.symbols(f"s:{arguments}", real=True), number + 2
    body = sum(sp.exp(s / (k + 2)) + weight * s**2 for k, s in enumerate(variables)) * weight
    for i in orders:
        body = body.diff(variables[i - 1])
    return variables, body
