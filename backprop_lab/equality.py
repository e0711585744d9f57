"""Are two expressions equal, how is that known, and if not, where do they differ?"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import mpmath
import numpy as np
import sympy as sp

from backprop_lab.cases import HAS_CASES, SPLIT, innermost, possible, questions
from backprop_lab.kink_points import at_a_kink
from backprop_lab.slopes import has_large_roots
from backprop_lab.ties import too_large, zero_at_points

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
    if has_cases(difference):
        return ""
    agreed = sum(known is False for known in itertools.islice(_differences(a, b), 200))
    return CHECKED if agreed >= 20 and not counterexample(a, b) else ""


def vanishes(expr, is_kink: Callable | None = None) -> bool:
    """Whether SymPy reduces an expression to 0, in each of its cases where it has any.

    `is_kink` says of g whether g = 0 is a kink, of which nothing is said; without it that is so
    wherever g is no 0 in itself.
    """
    is_kink = is_kink or (lambda g: zero_at_points(*_with_stand_ins(g)) is False)
    return _zero_in_every_case(expr, is_kink) if has_cases(expr) else _reduces_to_zero(expr)


def _reduces_to_zero(expr) -> bool:
    """Whether an expression without cases is reduced to 0; the quick ways are tried first.

    The others are for what is no polynomial of a monstrous degree.
    """
    if has_large_roots(expr):
        return sp.expand(expr) == 0
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


def _zero_in_every_case(expr, is_kink, known=()) -> bool:
    """Whether an expression is 0 in each of its cases.

    `known` lists what was assumed: (g, 1) for g > 0, (g, 0) for g = 0.
    """
    node = next(iter(innermost(expr)), None)
    if node is None:
        return not has_cases(expr) and _reduces_to_zero(expr)
    if len(known) == _DEEPEST:
        return False
    asked, *cases = SPLIT[node.func](node)
    answer = _known_sign(asked, known)
    if answer is not None:
        return _zero_in_every_case(expr.xreplace({node: cases[answer]}), is_kink, known)
    above = [g for g, sign in known if sign]
    open_cases = {0: (*known, (asked, 1)), 1: (*known, (-asked, 1))}
    if cases[0] == cases[1]:  # g = 0 or not is all that is asked
        open_cases = {0: known}
    for case, assumed in open_cases.items():
        fits = len(assumed) == len(known) or possible([*above, assumed[-1][0]])
        if fits and not _zero_in_every_case(expr.xreplace({node: cases[case]}), is_kink, assumed):
            return False
    tied = expr.xreplace({node: cases[2]})
    return is_kink(asked) or _zero_in_every_case(tied, is_kink, (*known, (asked, 0)))


def _known_sign(asked, known):
    """Say which case what was assumed leaves: 0 for g > 0, 1 for g < 0, 2 for g = 0, or None."""
    reduce = (lambda ratio: ratio) if has_large_roots(asked) else sp.cancel
    ratios = [(asked, 1), *((reduce(asked / g), sign) for g, sign in known if g != 0)]
    for ratio, sign in ratios:
        if sign == 0 and ratio.is_number:
            return 2
        if sign and (ratio.is_positive or ratio.is_negative or ratio.is_zero):
            return 0 if ratio.is_positive else 1 if ratio.is_negative else 2
    return None


def has_cases(expr) -> bool:
    """Whether an expression has kinks or jumps, where it has no derivative."""
    return bool(expr.has(*HAS_CASES))


def counterexample(a, b, tries: int = 400):
    """Find a simple point where two expressions differ: ({symbol: value}, a there, b there).

    Small whole numbers and halves are tried first. Points where `b`, the truth, is no real number
    are passed over, and so are kinks. None where no such point was found.
    """
    a, b = map(sp.sympify, (a, b))
    found = _first_difference(a, b, tries, _clearly_differ) or _first_difference(a, b, 25, _differ)
    return found and (found[0], *_legible(*found[1:]))


def _first_difference(a, b, tries, differ):
    """Give the first of some simple points where two expressions differ, and both values there.

    Points far out and near 0 come last.
    """
    a, b = _with_stand_ins(a, b)
    symbols, asked = a.free_symbols | b.free_symbols, questions(a) | questions(b)
    points = [(p, differ) for p in itertools.islice(_simple_points(symbols), tries)]
    points += [(p, differ) for p in _points_between(symbols, 100 if asked and tries > 12 else 0)]
    points += [(p, _differ_far_out) for p in _far_points(symbols)]
    for point, differ_here in points:
        if differ_here is _differ_far_out and (too_large(a, point) or too_large(b, point)):
            continue
        u, v = a.xreplace(point), b.xreplace(point)
        if differ_here(u, v) and not at_a_kink(asked, point):
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


def _points_between(symbols, count):
    """Give quarters between −4 and 4: a case may hold on a short interval."""
    rng = np.random.default_rng(20)
    symbols = sorted(symbols, key=str)
    for _ in range(count if symbols else 0):
        yield {s: sp.Rational(int(rng.integers(-16, 17)), 4) for s in symbols}


_FAR = [sp.Rational(*scale) for scale in ((10, 1), (250, 1), (1, 10**3), (1, 10**6), (1, 10**9))]


def _far_points(symbols):
    """Give points of large and of tiny numbers, of either sign, and of some of each."""
    symbols = sorted(symbols, key=str)
    for n, scale in enumerate(_FAR):
        for sign in (1, -1):
            yield {s: sign * scale * (k + 1) for k, s in enumerate(symbols)}
        if len(symbols) > 1:
            mixed = [*_FAR, sp.Integer(1)]
            yield {s: mixed[(n + 2 * k) % 6] * (-1) ** (n * k) for k, s in enumerate(symbols)}


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


def _differ_far_out(u, v) -> bool:
    """Whether two numbers differ in their first 30 digits.

    What cancels takes digits with it: a number counts where 400 and 900 digits give the same.
    """
    compute = sp.lambdify([], [u, v], "mpmath")
    quick = _in_digits(compute, 60)
    if quick is None or not _apart(*quick, "1e-25"):
        return False
    few, many = (_in_digits(compute, digits) for digits in (400, 900))
    if (
        few is None
        or many is None
        or any(_apart(*pair, "1e-30") for pair in zip(few, many, strict=True))
    ):
        return False
    return many[1].imag == 0 and _apart(*many, "1e-30")


def _in_digits(compute, digits):
    """Compute numbers in digits that are all kept; None where one of them is none."""
    try:
        with mpmath.workdps(digits):
            values = [mpmath.mpmathify(value) for value in compute()]
    except (NameError, TypeError, ValueError, ZeroDivisionError, OverflowError, SyntaxError):
        return None
    return values if all(map(mpmath.isfinite, values)) else None


def _apart(x, y, share) -> bool:
    return bool(abs(x - y) > abs(y) * mpmath.mpf(share) + mpmath.mpf("1e-200"))


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
