"""Are two index forms equal at every size? By normal form, by numbers, by SymPy in free letters."""

from __future__ import annotations

import sympy as sp

from backprop_lab.equality import has_cases, vanishes
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_factors import At, AtMost
from backprop_lab.index_form import collapse
from backprop_lab.ties import always_tied, in_one_step

_PARTS = (sp.Sum, sp.Indexed, sp.KroneckerDelta)


def same(a, b, at: tuple = (), shape: tuple = ()) -> bool:
    """Are two formulas in indices equal, at every size?

    They are where their normal forms agree, or where SymPy proves them equal with a letter in
    place of every entry, sum and delta: an identity in free letters holds whatever they stand for.
    Sums that run alike are added first, term by term. `at` holds the free indices and `shape` what
    each runs to, where they are known: a quick look at more entries then spares a long one.

    >>> i, n = sp.symbols("i n", integer=True, positive=True)
    >>> x = sp.IndexedBase("x", real=True)[i]
    >>> y = 1 / (1 + sp.exp(-x))
    >>> same(y * (1 - y), y.diff(x)), same(y, y**2)
    (True, False)
    >>> same(sp.Sum(y * (1 - y), (i, 1, n)), sp.Sum(y.diff(x), (i, 1, n)))
    True
    """
    if a == b:
        return True
    if not Fingerprints({}).alike(a, b, at, shape):
        return False
    a, b = (_unmarked(collapse(e)) for e in (a, b))
    if sp.expand_mul(a - b) == 0 or collapse(a - b) == 0:
        return True
    gap = a - b
    if has_cases(gap):
        gap = collapse(in_one_step(gap))
    apart = sp.expand(gap)
    return collapse(apart) == 0 or _zero_one_way(apart) or _is_zero(gap)


def _zero_one_way(expr) -> bool:
    """Whether a form vanishes with [i ≤ j] written as 1 − [j ≤ i] + δᵢⱼ, for one of the two."""

    def one_way(low, high):
        plain = low.is_Symbol and high.is_Symbol
        if plain and sp.default_sort_key(low) > sp.default_sort_key(high):
            return 1 - AtMost(high, low) + sp.KroneckerDelta(low, high)
        return AtMost(low, high)

    turned = expr.replace(AtMost, one_way)
    return turned != expr and collapse(sp.expand(turned)) == 0


def _unmarked(expr):
    """Take the marks of cut and joined axes off: they served while deltas picked their terms."""
    return expr.replace(At, lambda index, size: index)


def _is_zero(difference) -> bool:
    """Whether the terms that run over the same indices cancel, for each set of indices."""
    groups: dict = {}
    for term in sp.Add.make_args(difference):
        limits, inside = _opened(term)
        groups.setdefault(limits, []).append(inside)
    return all(
        _zero_in_letters(sp.Add(*parts)) if not limits else _is_zero_inside(parts)
        for limits, parts in groups.items()
    )


def _is_zero_inside(parts) -> bool:
    """Whether summands add up to 0; one that stands alone is not 0, or it were not there."""
    return len(parts) > 1 and _is_zero(sp.Add(*parts))


def _opened(term) -> tuple[tuple, sp.Expr]:
    """Take a term apart: the limits of its sum if it is one, and the factors before and under it.

    The indices get names of their own, so that sums under this one may bear the old ones.
    """
    factors = sp.Mul.make_args(term)
    sums = [f for f in factors if isinstance(f, sp.Sum)]
    if len(sums) != 1:
        return (), term
    (total,) = sums
    names = {i: sp.Symbol(f"{i}'", integer=True, positive=True) for i, *_ in total.limits}
    limits = tuple((names[i], first, last) for i, first, last in total.limits)
    rest = sp.Mul(*(f for f in factors if f is not total))
    return limits, rest * total.function.xreplace(names)


def _zero_in_letters(expr) -> bool:
    """Whether SymPy reduces an expression to 0 with a letter for every entry, sum and delta."""
    expr = expr.xreplace({s: collapse(s) for s in expr.atoms(sp.Sum)})  # one name for equal sums
    parts = sorted(expr.atoms(*_PARTS), key=str)
    letters = {part: sp.Dummy(f"v{k}", real=True) for k, part in enumerate(parts)}
    back = {letter: part for part, letter in letters.items()}
    return vanishes(expr.xreplace(letters), lambda g: always_tied(g.xreplace(back)) == 0)
