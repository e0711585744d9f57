"""An index form with every size set to 2: where a counterexample in numbers is found and read."""

from __future__ import annotations

import itertools

import sympy as sp

from backprop_lab.equality import counterexample


def at_size_two(expr, sizes, place):
    """Write an index form out with every size 2, at one entry; W[1, 2] becomes the symbol W_12.

    >>> k, n = sp.symbols("k n", integer=True, positive=True)
    >>> W = sp.IndexedBase("W")
    >>> at_size_two(sp.Sum(W[1, k], (k, 1, n)), {n}, {})
    W_11 + W_12
    """
    expr = _written_out(expr.xreplace({**dict.fromkeys(sizes, sp.Integer(2)), **place}))
    return expr.xreplace({e: _symbol(e) for e in expr.atoms(sp.Indexed)})


def _written_out(expr):
    """Write every sum term by term, the innermost first; SymPy's own way takes minutes."""
    if not expr.has(sp.Sum):
        return expr
    expr = expr.func(*map(_written_out, expr.args)) if not isinstance(expr, sp.Sum) else expr
    if not isinstance(expr, sp.Sum):
        return expr
    total = _written_out(expr.function)
    for index, first, last in expr.limits:
        steps = range(int(first), int(last) + 1)
        total = sp.Add(*(total.xreplace({index: sp.Integer(k)}) for k in steps))
    return total


def _symbol(entry):
    return sp.Symbol(f"{entry.base.label}_{''.join(map(str, entry.indices))}", real=True)


def differing_entry(a, b, at, shape):
    """Find an entry at which two index forms differ where every size is 2.

    `at` holds the free indices of both, `shape` what each runs to. Gives the entry, counted from 1,
    and the counterexample (point, a there, b there); None where no such point was found.
    """
    sizes = {s for e in (a, b) for sum_ in e.atoms(sp.Sum) for _, _, s in sum_.limits}
    sizes = {s for n in sizes.union(shape, _plain(a, b)) for s in n.free_symbols}
    two = dict.fromkeys(sizes, sp.Integer(2))
    ranges = [range(1, 1 + int(n.xreplace(two))) for n in shape]
    for entry in itertools.product(*ranges):
        place = {i: sp.Integer(k) for i, k in zip(at, entry, strict=True) if i.is_Symbol}
        found = counterexample(*(at_size_two(e, sizes, place) for e in (a, b)))
        if found:
            return entry, found
    return None


def _plain(*expressions):
    """Sizes that stand in a formula by themselves, as N does in a mean."""
    free = set().union(*(e.free_symbols for e in expressions))
    return {s for s in free if s.is_Symbol and s.is_integer and s.is_positive}
