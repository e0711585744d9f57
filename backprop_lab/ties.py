"""Where is g = 0 no single point but always so? There g ≥ 0 holds, and g > 0 does not.

x[i] = 0 is a kink: nothing is said of it. t[a] − t[b] is 0 at every t where a = b, and there a mask
is what it is. In index forms both are met; this module tells them apart.
"""

from __future__ import annotations

import functools
import itertools
import math

import sympy as sp

from backprop_lab.cases import HAS_CASES, SPLIT, innermost
from backprop_lab.conditions import Above, AtLeast, in_strict_steps, without_cases
from backprop_lab.errors import TraceError
from backprop_lab.index_factors import AtMost
from backprop_lab.index_numbers import chance, number

_SCALES = (1, -1, 5, -5, sp.Rational(1, 7), -sp.Rational(1, 7), 40, -40)
_MOST_ENTRIES, _FARTHEST, _MOST_PLACES = 4, 8, 300


@functools.lru_cache(4096)
def always_tied(g) -> sp.Expr | None:
    """Give the condition on the indices under which g is 0 at all entries: 0, 1, or with deltas.

    None where that is not known.

    >>> a, b = sp.symbols("a b", integer=True, positive=True)
    >>> t = sp.IndexedBase("t", real=True)
    >>> always_tied(t[a] - 1), always_tied(t[a] - t[b]), always_tied(t[a] - abs(t[a]))
    (0, KroneckerDelta(a, b), None)
    """
    if g.is_number:
        return sp.Integer(bool(zero_at_points(g)))
    entries = g.atoms(sp.Indexed)
    letters = {s for s in g.free_symbols - _labels(entries) if not s.is_integer}
    if not entries | letters:
        return None  # of indices and sizes alone: no kink anywhere
    if _moves_by_itself(g, entries | letters):
        return sp.S.Zero
    if g.has(*HAS_CASES, sp.floor):
        return _in_no_case(g)
    outside = g.xreplace({e: sp.S.One for e in entries})
    plain = not g.has(sp.Sum, AtMost, sp.KroneckerDelta)
    if plain and not any(s.is_integer for s in outside.free_symbols):
        return _where_entries_meet(g, entries)
    return None if _is_zero_somewhere(g) else sp.S.Zero


def _in_no_case(g):
    """Give 0 where g is 0 in none of its cases, whichever of them can be; else None."""
    node = next(iter(innermost(g)), None)
    if node is None or g.has(sp.floor) or any(s.has(*HAS_CASES) for s in g.atoms(sp.Sum)):
        return None
    _, *cases = SPLIT[node.func](node)
    never = all(always_tied(g.xreplace({node: case})) == 0 for case in dict.fromkeys(cases[:2]))
    return sp.S.Zero if never else None


def _labels(entries) -> set:
    """Collect the symbols of arrays: IndexedBase has one beside its entries."""
    return {s for e in entries for s in e.base.free_symbols}


def _moves_by_itself(g, variables) -> bool:
    """Whether g is a number times a letter that is met nowhere else, and something."""
    for term in sp.Add.make_args(g):
        factor = term.as_coeff_Mul()[1]
        if factor in variables:
            name = factor.base.label if isinstance(factor, sp.Indexed) else factor
            if not (g - term).has(name):
                return True
    return False


def _where_entries_meet(g, entries):
    """Let entries of one array be the same one, in every way, and see where g is 0 then."""
    arrays: dict = {}
    for e in sorted(entries, key=sp.default_sort_key):
        arrays.setdefault(e.base, []).append(e)
    if any(len(own) > _MOST_ENTRIES for own in arrays.values()):
        return None
    apart = sp.S.One
    for choice in itertools.product(*(list(_partitions(own)) for own in arrays.values())):
        same = {e: group[0] for groups in choice for group in groups for e in group}
        zero = zero_at_points(g.xreplace(same).xreplace(_letters_for(entries)))
        if zero is None:
            return None
        if zero:
            apart *= 1 - sp.Mul(*(_met(e, first) for e, first in same.items()))
    return sp.expand(1 - apart)


def _letters_for(entries) -> dict:
    return {e: sp.Dummy(str(e), real=True) for e in entries}


def _met(e, first):
    """Write [e and first are one entry] with a delta for each axis."""
    pairs = zip(e.indices, first.indices, strict=True)
    return sp.Mul(*(sp.KroneckerDelta(*pair) for pair in pairs))


def _partitions(items):
    """Give every way to put items into groups."""
    if not items:
        yield []
        return
    first, *rest = items
    for groups in _partitions(rest):
        yield [[first], *groups]
        for n, group in enumerate(groups):
            yield [*groups[:n], [first, *group], *groups[n + 1 :]]


def _is_zero_somewhere(g) -> bool:
    """Whether g is 0 with small numbers for its indices and sizes, at generic entries.

    How far they run is told by the numbers in g: i − 5 is 0 at 5. What would take long counts as 0.
    """
    numbers = [abs(n.p) * n.q for n in g.atoms(sp.Rational) if n]
    farthest = 2 + math.prod(numbers)
    letters = sorted((s for s in _free(g) if s.is_integer), key=str)
    if farthest > _FARTHEST or farthest ** len(letters) > _MOST_PLACES:
        return True
    places = itertools.product(range(1, farthest + 1), repeat=len(letters))
    return any(_is_zero_at(g, dict(zip(letters, place, strict=True))) for place in places)


def _free(g) -> set:
    return g.free_symbols - _labels(g.atoms(sp.Indexed))


def _is_zero_at(g, place) -> bool:
    """Whether g is 0 at generic entries, small or large, of either sign; or a number at none."""
    values = []
    for scale in _SCALES[:3]:
        try:
            entry = lambda name, at, s=scale: s * chance(f"{name}{at}")  # noqa: E731
            values.append(number(g, entry, place, 1))
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            continue
    values = [v for v in values if math.isfinite(v)]
    return not values or any(abs(v) < 1e-9 for v in values)


def too_large(expr, point) -> bool:
    """Whether an expression overflows at a point: exact arithmetic might take for ever there."""
    known = {s.name: float(v) for s, v in point.items()}
    try:
        number(expr, lambda name, at: known[name], {s: v for s, v in point.items() if s.is_integer})
    except OverflowError:
        return True
    except (ValueError, ZeroDivisionError, TypeError):
        return False
    return False


@functools.lru_cache(4096)
def zero_at_points(g) -> bool | None:
    """Say whether g is 0 at generic points: at all of some, at none of them, or (None) at a few.

    >>> x = sp.Symbol("x", real=True)
    >>> zero_at_points((x + 1) ** 2 - x**2 - 2 * x - 1), zero_at_points(x - 1)
    (True, False)
    >>> zero_at_points(sp.sqrt(x**2 - 2 * x + 1) - x + 1)
    """
    symbols = sorted(g.free_symbols, key=str)
    found = set()
    for k, scale in enumerate(_SCALES):
        point = {
            s: scale * sp.Rational(int(1e6 * chance(f"{n}:{k}")), 10**6)
            for n, s in enumerate(symbols)
        }
        if too_large(g, point):
            continue
        value = g.xreplace(point).evalf(15, maxn=60)
        if value.is_number and value.is_finite:
            found.add(bool(abs(value) < 1e-12))
    return found.pop() if len(found) == 1 else None


def exact_step(step, expanded=lambda e: e) -> sp.Expr:
    """Write Heaviside(g), the slope of a maximum, so that it says what it is where g is always 0.

    At a tie the slope is shared: 1/2. `expanded` puts into g what its letters stand for.

    >>> a, b = sp.symbols("a b", integer=True, positive=True)
    >>> t = sp.IndexedBase("t", real=True)
    >>> exact_step(sp.Heaviside(t[a])), exact_step(sp.Heaviside(t[a] - t[b]))
    (Above(t[a]), Above(t[a] - t[b]) + KroneckerDelta(a, b)/2)
    """
    g = step.args[0]
    tied = always_tied(expanded(g))
    if tied is None and _most_that_meet(g) > 2:
        raise TraceError(
            "the largest of three entries of one array has no index form where all three can be "
            "the same entry: SymPy gives each of them half of the slope. Derive at a fixed size."
        )
    return (Above(g) + AtLeast(g)) / 2 if tied is None else Above(g) + tied / 2


def _most_that_meet(g) -> int:
    """Count the arguments of the maximum that g = u − max(v, w) is from, which may be one entry."""
    for term in sp.Add.make_args(g):
        extreme = term.as_coeff_Mul()[1]
        if isinstance(extreme, (sp.Max, sp.Min)):
            parts = (g - term if term != extreme else term - g, *extreme.args)
            tied = [[always_tied(u - v) != 0 for v in parts] for u in parts]
            return max(map(sum, tied))
    return 0


def slope_apart(slope, expanded=lambda e: e) -> sp.Expr:
    """Write the cases of a slope as factors that are 1 or 0, exact at every tie that always is."""
    slope = without_cases(slope)
    return slope.replace(lambda e: isinstance(e, sp.Heaviside), lambda e: exact_step(e, expanded))


def in_one_step(expr) -> sp.Expr:
    """Write every condition in [g > 0] with one sign of g, where a tie is a kink or always there.

    >>> x = sp.IndexedBase("x", real=True)[sp.Symbol("i", integer=True, positive=True)]
    >>> in_one_step(AtLeast(x) - Above(x)), in_one_step(AtLeast(x - abs(x)))
    (0, 1 - Above(Abs(x[i]) - x[i]))
    """
    expr = in_strict_steps(expr)
    steps = sorted(expr.atoms(Above), key=sp.default_sort_key)
    known = {}
    for step in steps:
        g = step.args[0]
        if g.could_extract_minus_sign() and Above(-g) in steps:
            tied = always_tied(g)
            if tied is not None:
                known[step] = 1 - Above(-g) - tied
    return sp.expand(expr.xreplace(known))
