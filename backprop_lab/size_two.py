"""An index form with every size set to a number: where a counterexample is found and read."""

from __future__ import annotations

import itertools

import sympy as sp

from backprop_lab.equality import counterexample
from backprop_lab.fingerprints import Fingerprints


def at_size_two(expr, sizes, place):
    """Write an index form out at one entry, every size 2; W[1, 2] becomes the symbol W_12.

    >>> k, n = sp.symbols("k n", integer=True, positive=True)
    >>> W = sp.IndexedBase("W")
    >>> at_size_two(sp.Sum(W[1, k], (k, 1, n)), {n}, {})
    W_11 + W_12
    """
    return at_sizes(expr, dict.fromkeys(sizes, sp.Integer(2)), place)


def at_sizes(expr, sizes, place):
    """Write an index form out at one entry, with a number for each size."""
    expr = _written_out(expr.xreplace({**sizes, **place}))
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
    """Find an entry at which two index forms differ: where every size is 2, or none is another.

    `at` holds the free indices of both, `shape` what each runs to. Gives the entry, counted from 1,
    and the counterexample (point, a there, b there), whose point holds the sizes if they are not
    all 2; None where no such point was found.
    """
    sizes = {s for e in (a, b) for sum_ in e.atoms(sp.Sum) for _, _, s in sum_.limits}
    sizes = {s for n in sizes.union(shape, _plain(a, b)) for s in n.free_symbols}
    letters = sorted(sizes.difference(at), key=str)
    for numbers in _choices(letters):
        sizes = {n: int(k) for n, k in numbers.items()}
        looks = [Fingerprints({}, sizes, point) for point in range(3)]
        for entry, place in _entries(at, shape, numbers):
            if any(not look.alike_at(a, b, place) for look in looks):
                found = counterexample(*(at_sizes(e, numbers, place) for e in (a, b)))
                if found:
                    return entry, _with_sizes(found, numbers)
    two = dict.fromkeys(letters, sp.Integer(2))
    for entry, place in itertools.islice(_entries(at, shape, two), 8):  # what no quick look saw
        found = counterexample(*(at_sizes(e, two, place) for e in (a, b)), tries=100)
        if found:
            return entry, found
    return None


def _choices(letters):
    """Give numbers for sizes: 2 for all of them, 3 for one, then numbers of which no two agree."""
    two = dict.fromkeys(letters, sp.Integer(2))
    yield two
    yield from (two | {letter: sp.Integer(3)} for letter in letters)
    if len(letters) > 2:
        yield {letter: sp.Integer(k) for k, letter in enumerate(letters, 2)}


def _entries(at, shape, numbers):
    """Give every entry of an array whose sizes are numbers, and the places of its indices."""
    ranges = [range(1, 1 + int(n.xreplace(numbers))) for n in shape]
    for entry in itertools.product(*ranges):
        pairs = zip(at, entry, strict=True)
        yield entry, {i: sp.Integer(k) for i, k in pairs if i.is_Symbol}


def _with_sizes(found, numbers):
    point, *values = found
    return ({**numbers, **point} if len({2, *numbers.values()}) > 1 else point), *values


def _plain(*expressions):
    """Sizes that stand in a formula by themselves, as N does in a mean."""
    free = set().union(*(e.free_symbols for e in expressions))
    return {s for s in free if s.is_Symbol and s.is_integer and s.is_positive}
