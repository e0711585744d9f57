r"""Sums over indices with Kronecker deltas, brought to a normal form.

SymPy differentiates the general entry of an array, which leaves deltas under sums; `collapse`
replaces Σᵢ δᵢₐ f(i) by f(a), the one rule that is needed. Indices run from 1 to the size of their
axis, and every sum gets an index of its own: a bound index met again as a free one would be
silently wrong.
"""

from __future__ import annotations

import itertools

import sympy as sp

from backprop_lab.conditions import cases_apart
from backprop_lab.index_factors import (
    AtMost,
    age,
    deltas,
    factors_of,
    fresh,
    picking,
    spelled_out,
    turned,
)

__all__ = ["AtMost", "cases_apart", "collapse", "fresh", "named", "readable", "term_list"]


def _terms(expr) -> list[tuple[dict, sp.Expr]]:
    """Write an expression as a sum of terms (bound indices with their sizes, product)."""
    if expr.is_Add:
        return [t for arg in expr.args for t in _terms(arg)]
    if isinstance(expr, sp.Sum):
        bounds, renamed = {}, {}
        for index, _, size in expr.limits:
            renamed[index] = fresh() if size != 1 else sp.Integer(1)
            if size != 1:
                bounds[renamed[index]] = size
        inner = _terms(expr.function.xreplace(renamed))
        return [({**bounds, **b}, product) for b, product in inner]
    if expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp <= 3 and expr.base.has(sp.Sum):
        return _cross([_terms(expr.base) for _ in range(int(expr.exp))])
    if expr.is_Mul:
        expr = _cancelled(expr)
    if expr.is_Mul:
        return _cross([_terms(arg) for arg in expr.args])
    apart = cases_apart(expr)
    return [({}, expr)] if apart == expr else _terms(apart)


_ASIDE = 90  # a depth that no sum is nested to: names for a comparison, given up after it


def _cancelled(product):
    """Let Σₖ f(k) and 1/Σₗ f(l) cancel, before the first is multiplied out."""
    over = [
        f for f in product.args if f.is_Pow and isinstance(f.base, sp.Sum) and f.exp.is_negative
    ]
    if not over:
        return product
    sums = [f for f in product.args if isinstance(f, sp.Sum)]
    rest = sp.Mul(*(f for f in product.args if f not in over and f not in sums))
    plain = sp.Mul(*(collapse(f, _ASIDE) for f in sums))
    under = sp.Mul(*(collapse(f.base, _ASIDE) ** f.exp for f in over))
    quotient = plain * under
    gone = sp.count_ops(plain) + sp.count_ops(under) > sp.count_ops(quotient) + 2
    return rest * quotient if gone else product


def _cross(factors):
    out = []
    for choice in itertools.product(*factors):
        bounds: dict = {}
        for b, _ in choice:
            bounds |= b
        out.append((bounds, sp.Mul(*(product for _, product in choice))))
    return out


def _contract(bounds: dict, product) -> tuple[dict, sp.Expr]:
    """Let each delta with a bound index pick its term: Σᵢ δᵢₐ f(i) = f(a)."""
    bounds = dict(bounds)
    while (found := picking(bounds, product)) is not None:
        delta, bound, other, condition = found
        product = (product / delta).xreplace({bound: other}) * condition
        bounds = {i: n for i, n in bounds.items() if i != bound}
    for index in [i for i in bounds if i not in product.free_symbols]:
        product *= bounds.pop(index)
    settled = False
    while not settled:  # δᵢⱼ f(i) and δᵢⱼ f(j) are the same: write f(i)
        settled = True
        for delta in deltas(product):
            first, second = sorted(delta.args[:2], key=str)
            merged = delta * (product / delta).xreplace({second: first})
            if merged != product:
                product, settled = merged, False
                break
    return bounds, product


def _canonical_factor(product, depth):
    """Put sums inside functions and powers, such as the denominator of softmax, in normal form."""
    if not product.has(sp.Sum) or isinstance(product, sp.Indexed) or not product.args:
        return product
    if product.is_Mul or product.is_Pow or not isinstance(product, (sp.Add, sp.Sum)):
        return product.func(*(_canonical_factor(a, depth) for a in product.args))
    return collapse(product, depth + 1)


def collapse(expr, depth: int = 0):
    """Bring an expression with sums and deltas to its normal form; equal ones become the same.

    >>> i, j, n = sp.symbols("i j n", integer=True, positive=True)
    >>> x = sp.IndexedBase("x")
    >>> collapse(sp.Sum(sp.KroneckerDelta(i, j) * x[i], (i, 1, n)))
    x[j]
    """
    total = [named(*term, depth) for term in term_list(expr, depth)]
    return sp.Add(*total)


def term_list(expr, depth: int = 0) -> list[tuple[dict, sp.Expr]]:
    """Write an expression as a sum of terms: bound indices with their sizes, and a product."""
    waiting, done = _terms(sp.expand_mul(expr, deep=False))[::-1], []
    while waiting:
        bounds, product = _contract(*waiting.pop())
        index = spelled_out(bounds, product)
        if index is not None:
            rest = {i: n for i, n in bounds.items() if i != index}
            steps = range(int(bounds[index]), 0, -1)
            waiting += [(rest, product.xreplace({index: sp.Integer(k)})) for k in steps]
            continue
        product = _canonical_factor(turned(bounds, product), depth)
        done.append(_divided(bounds, product, depth))
    return done


def _divided(bounds, product, depth):
    """Let a sum and the same sum below it cancel: Σₖ f(k) / Σₗ f(l) is 1."""
    for below in [f for f in sp.Mul.make_args(product) if f.is_Pow and f.exp.is_negative]:
        if not isinstance(below.base, sp.Sum):
            continue
        for chosen in itertools.combinations(bounds, len(below.base.limits)):
            parts = factors_of(product)
            inner = sp.Mul(*(f for f in parts if f.free_symbols & set(chosen)))
            above = sp.Sum(inner, *((k, 1, bounds[k]) for k in chosen))
            if not below.has(*chosen) and collapse(above, depth + 1) == below.base:
                rest = sp.Mul(*(f for f in parts if not f.free_symbols & set(chosen)))
                left = {k: n for k, n in bounds.items() if k not in chosen}
                return _divided(left, rest * below.base, depth)
    return bounds, product


def named(bounds, product, depth):
    """Give the bound indices fixed names, so that the order they came in does not matter.

    The names end in a full stop: no size can bear one.
    """
    if not bounds:
        return product
    names = [sp.Symbol(f"k{depth}:{n}", integer=True, positive=True) for n in range(len(bounds))]
    best, of_size = None, {}
    for index, size in bounds.items():  # only indices of one size can be mistaken for one another
        of_size.setdefault(str(size), []).append(index)
    groups = (itertools.permutations(of_size[size]) for size in sorted(of_size))
    for parts in itertools.product(*groups):
        order = [index for part in parts for index in part]
        renamed = product.xreplace(dict(zip(order, names, strict=True)))
        key = sp.sstr(renamed)
        if best is None or key < best[0]:
            best = key, renamed, [(n, 1, bounds[i]) for n, i in zip(names, order, strict=True)]
    _, renamed, limits = best
    constant, dependent = renamed.as_independent(*names, as_Add=False)
    return constant * sp.Sum(dependent, *limits)


def readable(expr, prefer=()):
    """Rename bound indices to k, l, r, … for print, each used once; take numbers out of sums.

    `prefer` lists letters with their sizes and places: a sum over that size goes on under the
    letter it had, first of all one that runs through the same axes.
    """
    taken = {str(x) for x in expr.free_symbols}
    pool = (s for s in (*"klrsquvt", *(f"k{n}" for n in range(1, 99))) if s not in taken)
    own = lambda s: [age(i) for i, *_ in s.limits]  # noqa: E731
    sums = sorted(expr.atoms(sp.Sum), key=lambda s: (sp.count_ops(s), sp.sstr(s), own(s)))
    bound = [i for s in reversed(sums) for i, *_ in s.limits]
    bound = [i for i in dict.fromkeys(bound) if isinstance(i, sp.Dummy) or ":" in i.name]
    sizes, new = {i: n for s in sums for i, _, n in s.limits}, {}
    pairs = [
        (len(axes & axes_of(i, expr)), letter, i)
        for letter, size, axes in prefer
        for i in bound
        if sizes[i] == size and letter not in expr.free_symbols
    ]
    for _, letter, i in sorted(pairs, key=lambda pair: -pair[0]):
        if i not in new and letter not in new.values():
            new[i] = letter
    for index in bound:
        new.setdefault(index, sp.Symbol(next(pool), integer=True, positive=True))
    return expr.xreplace(new).replace(sp.Sum, _number_first)


def axes_of(index, expr) -> set:
    """List the axes of arrays that an index runs through: (array, number of the axis).

    >>> i, k = sp.symbols("i k", integer=True, positive=True)
    >>> axes_of(k, sp.IndexedBase("A")[i, k])
    {(A, 1)}
    """
    entries = expr.atoms(sp.Indexed)
    return {(e.base, n) for e in entries for n, at in enumerate(e.indices) if at == index}


def letters_in(total) -> list:
    """List the letters of the sums in a formula, as `readable` prefers them."""
    sums = [(i, n) for s in total.atoms(sp.Sum) for i, _, n in s.limits if not i.is_Dummy]
    return [(i, n, axes_of(i, total)) for i, n in sorted(set(sums), key=str)]


def _number_first(function, *limits):
    number, rest = function.as_coeff_Mul(rational=True)
    return number * sp.Sum(rest, *limits)
