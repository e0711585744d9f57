"""What a derivation may take for granted, such as: every row of Y sums to one.

An assumption is plain NumPy, `lambda Y: np.sum(Y, axis=1) == 1`. Its left-hand side is a sum; where
that sum is met in a term, the right-hand side is put in.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp

from backprop_lab.equality import counterexample
from backprop_lab.errors import TraceError
from backprop_lab.index_form import collapse, fresh, named, readable, term_list
from backprop_lab.indexed import IndexedArray
from backprop_lab.printing import tex_of, text_of
from backprop_lab.size_two import at_size_two

_HOW = (
    "An assumption is a function that gives one equation with a sum of entries on its left, such "
    "as given=lambda Y: np.sum(Y, axis=1) == 1."
)


@dataclass(frozen=True)
class Assumption:
    """An equation that holds at every index: Σ of a product on the left, a formula on the right."""

    array: IndexedArray  # of equations
    at: tuple
    bounds: dict
    factors: tuple
    number: sp.Expr
    right: sp.Expr
    place: dict | None = None  # the letters of a proof for the indices, where they are known

    @property
    def _shown(self):
        names = "ijhmnopq"
        taken = {str(n) for n in self.array.sizes}
        letters = (sp.Symbol(c, integer=True, positive=True) for c in names if c not in taken)
        at = self.place or dict(zip((i for i in self.at if i.is_Symbol), letters, strict=False))
        left = self.number * sp.Sum(
            sp.Mul(*self.factors), *((k, 1, n) for k, n in self.bounds.items())
        )
        return readable(left.xreplace(at)), self.right.xreplace(at)

    @property
    def tex(self) -> str:
        """TeX of the equation."""
        return " = ".join(tex_of(side, self.array.reading.names) for side in self._shown)

    @property
    def text(self) -> str:
        """Plain text of the equation."""
        left, right = self._shown
        number, rest = left.as_independent(sp.Sum, as_Add=False)
        sums = "".join(f"sum_{k} " for k, *_ in rest.limits)
        number = "" if number == 1 else f"{text_of(number)} "
        return f"{number}{sums}{text_of(rest.function)} = {text_of(right)}"


def read_assumptions(given, reading) -> tuple:
    """Read what `given` holds: one function, or several in a list or tuple."""
    given = given if isinstance(given, (tuple, list)) else (given,)
    wrong = [g for g in given if not callable(g)]
    if wrong:
        raise TraceError(f"derive: given is {wrong[0]!r}, no function. {_HOW}")
    return tuple(read_assumption(g, reading) for g in given)


def read_assumption(f: Callable, reading) -> Assumption:
    """Read one equation on the named arrays of a derivation."""
    names = list(inspect.signature(f).parameters)
    for name in names:
        if name not in reading.quantities:
            raise TraceError(
                f"derive: given names {name!r}; there are {', '.join(reading.quantities)}."
            )
    array = f(*(reading.array(reading.quantities[n]) for n in names))
    at = tuple(sp.Integer(1) if n == 1 else fresh() for n in getattr(array, "sizes", ()))
    equation = array.entry(*at) if isinstance(array, IndexedArray) else None
    if not isinstance(equation, sp.Eq):
        raise TraceError(f"derive: given is no equation. {_HOW}")
    terms = term_list(equation.lhs)
    if len(terms) != 1 or not terms[0][0]:
        raise TraceError(f"derive: the left-hand side of given is not one sum. {_HOW}")
    bounds, product = terms[0]
    number, rest = product.as_independent(*bounds)
    factors = sp.Mul.make_args(rest)
    if not all(isinstance(f, sp.Indexed) for f in factors):
        raise TraceError(f"derive: the sum in given is not of entries. {_HOW}")
    return Assumption(array, at, bounds, factors, number, collapse(equation.rhs))


def in_letters_of(known: Assumption, line) -> Assumption:
    """Write an assumption in the letters of the first sum of a line that it says something of."""
    for total in sorted(line.atoms(sp.Sum), key=sp.default_sort_key):
        bounds = {i: n for i, _, n in total.limits}
        entries = [f for f in sp.Mul.make_args(total.function) if isinstance(f, sp.Indexed)]
        for chosen in itertools.permutations(entries, len(known.factors)):
            place = _unified(known, chosen, bounds)
            if place is not None:
                return replace(known, place=place)
    return known


def simplified(expr, assumptions):
    """Put what is assumed into every term of an expression; the result is collapsed."""
    expr = collapse(expr)
    for known in assumptions:
        before = None
        while before != expr:
            before, terms = expr, term_list(expr)
            expr = sp.Add(*(named(*_used(known, *term), 0) for term in terms))
    return expr


def _used(known, bounds, product):
    """Replace the sum of an assumption in one term, if it is there."""
    parts = list(sp.Mul.make_args(product))
    entries = [p for p in parts if isinstance(p, sp.Indexed)]
    for chosen in itertools.permutations(entries, len(known.factors)):
        place = _unified(known, chosen, bounds)
        rest = sp.Mul(*(p for p in parts if p not in chosen))
        if place is None or rest.free_symbols & {place[k] for k in known.bounds}:
            continue
        left = {k: n for k, n in bounds.items() if k not in {place[i] for i in known.bounds}}
        return left, rest * known.right.xreplace(place) / known.number.xreplace(place)
    return bounds, product


def _unified(known, chosen, bounds):
    """Match the factors of an assumption with entries of a term: {its index: index there}."""
    place: dict = {}
    for mine, theirs in zip(known.factors, chosen, strict=True):
        if mine.base != theirs.base:
            return None
        for i, k in zip(mine.indices, theirs.indices, strict=True):
            wanted = place.setdefault(i, k) if i.is_Symbol else i
            if wanted != k or (i in known.bounds and bounds.get(k) != known.bounds[i]):
                return None
    own = [place[i] for i in known.bounds]
    return place if len(set(own)) == len(own) else None


def differing_where(a, b, at, shape, assumptions):
    """Find an entry and a point, with every size 2, where all is as assumed and a is not b."""
    parts = [e for known in assumptions for e in (known.array.entry(*known.at),)]
    sizes = {n for k in assumptions for n in (*k.array.sizes, *k.bounds.values())}
    sizes |= {n for e in (a, b, *parts) for s in e.atoms(sp.Sum) for *_, n in s.limits}
    sizes |= {s for e in (a, b, *parts) for s in e.free_symbols if s.is_integer} - {*at}
    sizes = {n for n in sizes.union(shape) if n.is_Symbol and not isinstance(n, sp.Dummy)}
    equations = []
    for known, equation in zip(assumptions, parts, strict=True):
        for entry in _entries(known.array.sizes):
            place = dict(zip(known.at, entry, strict=True))
            sides = (at_size_two(e, sizes, place) for e in equation.args)
            equations.append(sp.Add(next(sides), -next(sides)))
    unknowns = sorted(set().union(*(e.free_symbols for e in equations)), key=str)
    solved = next(iter(sp.solve(equations, unknowns, dict=True)), None) if equations else {}
    if solved is None:
        return None
    for entry in _entries(shape):
        place = {i: k for i, k in zip(at, entry, strict=True) if i.is_Symbol}
        found = counterexample(*(at_size_two(e, sizes, place).xreplace(solved) for e in (a, b)))
        if found:
            point = dict(found[0])
            dependent = {s: v.xreplace(point) for s, v in solved.items()}
            shown = {s: v for s, v in dependent.items() if v.is_number}
            return tuple(map(int, entry)), ({**point, **shown}, *found[1:])
    return None


def _entries(shape):
    """Every entry of an array with named sizes 2, counted from 1."""
    ranges = [range(1, 1 + (2 if n.is_Symbol else int(n))) for n in shape]
    return [tuple(map(sp.Integer, entry)) for entry in itertools.product(*ranges)]
