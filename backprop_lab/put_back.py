"""Names put back: exp(x)/Σ exp(x) is written s again, where `let` gave it that name."""

from __future__ import annotations

import sympy as sp

from backprop_lab.index_factors import factors_of, fresh
from backprop_lab.index_form import collapse, named, term_list


def put_back(expr, quantity):
    """Write a quantity in the place of its formula, in every term that holds it as a factor.

    Nothing is proved here: the line that uses it is compared with the truth like any other.
    """
    own = tuple(sp.Integer(1) if n == 1 else fresh() for n in quantity.shape)
    formula = collapse(quantity.definition(*own))
    total = []
    for bounds, product in term_list(expr):
        total.append(named(bounds, _written(product, formula, own, quantity), 0))
    return sp.Add(*total)


def _written(product, formula, own, quantity):
    """Take the formula out of one product, as often as it is a factor of it."""
    free = {i for i in own if i.is_Symbol}
    pattern = next((e for e in _entries(formula) if free <= e.free_symbols), None)
    if pattern is None:
        return product
    for entry in _entries(product):
        if entry.base != pattern.base:
            continue
        pairs = zip(pattern.indices, entry.indices, strict=True)
        place = {i: k for i, k in pairs if i in free}
        there = formula.xreplace(place)
        times = _times(product, there)
        if times:
            name = quantity.entry(*(place.get(i, i) for i in own))
            return _written(product / there**times, formula, own, quantity) * name**times
    return product


def _entries(expr) -> list:
    return sorted(expr.atoms(sp.Indexed), key=sp.default_sort_key)


def _powers(product) -> dict:
    """Give the exponents of a product: {base: exponent}, with exp(−2x) as exp(x) to the −2."""
    powers: dict = {}
    for factor in factors_of(product):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            exponent, inner = factor.args[0].as_coeff_Mul(rational=True)
            base = sp.exp(inner)
        powers[base] = powers.get(base, 0) + exponent
    return {b: e for b, e in powers.items() if not b.is_number}


def _times(product, formula) -> int:
    """Count how often a formula is a factor of a product."""
    have, need = _powers(product), _powers(formula)
    quotients = [have.get(base, sp.Integer(0)) / e for base, e in need.items()]
    known = all(q.is_Rational for q in quotients) and quotients
    return max(0, int(sp.floor(min(quotients)))) if known else 0
