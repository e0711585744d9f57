"""Wrong cotangents for all sizes: what each slip makes of one step back in index form.

The step is x̄ₐ = Σ_c Σᵢ c̄ᵢ ∂cᵢ/∂xₐ, over the arrays c that are made of x. Every function takes the
step and the indices a, and yields wrong entries. Two indices can be mistaken for one another only
where the letters of their sizes agree; elsewhere the shapes refuse the slip.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from backprop_lab.index_form import collapse, fresh
from backprop_lab.ties import slope_apart


@dataclass(frozen=True)
class Term:
    """What one array c gives: its cotangent and ∂cᵢ/∂xₐ, as functions of indices, and its shape."""

    bar: Callable
    slope: Callable
    shape: tuple

    def pulled(self, at, bar=None, slope=None) -> sp.Expr:
        """Add over the entries of c; `bar` and `slope` replace its own."""
        i = tuple(fresh() if n != 1 else sp.Integer(1) for n in self.shape)
        body = (bar or self.bar)(*i) * (slope or self.slope)(i, at)
        return _sum(body, i, self.shape)


@dataclass(frozen=True)
class Step:
    """One step back to an array x: the terms, the shape of x, and how to put definitions in."""

    terms: tuple[Term, ...]
    shape: tuple
    at: tuple
    bars: frozenset  # the names of the cotangents

    @cached_property
    def right(self) -> sp.Expr:
        """The right entry, collapsed."""
        return self.entry(self.at)

    def entry(self, at) -> sp.Expr:
        """Give the right entry at other indices."""
        return collapse(sp.Add(*(term.pulled(at) for term in self.terms)))

    def is_bar(self, factor) -> bool:
        """Whether a cotangent stands in a factor."""
        return bool({str(e.base.label) for e in factor.atoms(sp.Indexed)} & self.bars)


def step_of(reading, quantity, consumers, output, at) -> Step:
    """Take one step of a derivation apart: the arrays made of `quantity`, and their slopes."""
    terms = []
    for c in consumers:
        known = c is output and not c.shape  # the loss itself, whose cotangent is 1
        bar = (lambda *i: sp.Integer(1)) if known else reading.bar(c).entry
        terms.append(Term(bar, _slope(c, quantity, reading), c.shape))
    bars = frozenset(f"{c.name}_bar" for c in consumers)
    return Step(tuple(terms), quantity.shape, tuple(at), bars)


def _slope(c, quantity, reading) -> Callable:
    def slope(i, at):
        # Letters of their own: where i and a agree, SymPy would differentiate by both at once.
        own = tuple(fresh() if n != 1 else sp.Integer(1) for n in quantity.shape)
        there = sp.diff(c.definition(*i), quantity.entry(*own))
        there = slope_apart(there, lambda g: reading.expanded(g, keep=quantity.name))
        return there.xreplace({k: v for k, v in zip(own, at, strict=True) if k != v})

    return slope


def _sum(body, indices, shape) -> sp.Expr:
    limits = [(k, 1, n) for k, n in zip(indices, shape, strict=True) if n != 1]
    return sp.Sum(body, *limits) if limits else body


def _replaced(step, i, term) -> sp.Expr:
    """Put another expression in the place of the term number i."""
    rest = [t.pulled(step.at) for n, t in enumerate(step.terms) if n != i]
    return sp.Add(term, *rest)


def missing_transpose(step: Step) -> Iterator:
    """J c̄, and a matrix whose two indices are exchanged."""
    for i, term in enumerate(step.terms):
        if term.shape == step.shape and term.shape:
            flipped = term.pulled(step.at, slope=lambda j, a, t=term: t.slope(a, j))
            yield _replaced(step, i, flipped)
    yield from _exchanged(step, lambda e: not step.is_bar(e))


def extra_transpose(step: Step) -> Iterator:
    """A cotangent whose two indices are exchanged, on the way to a matrix."""
    if len(step.shape) == 2:
        yield from _exchanged(step, step.is_bar)


def wrong_axis(step: Step) -> Iterator:
    """A cotangent summed over its other axis, or spread along the other axis."""
    if len(step.shape) == 1:
        yield from _exchanged(step, step.is_bar)
    if len(step.shape) == 2 and step.shape[0] == step.shape[1] != 1:
        a, b = step.at
        bars = [e for e in step.right.atoms(sp.Indexed) if step.is_bar(e) and len(e.indices) == 1]
        other = {e: e.xreplace({a: b, b: a}) for e in bars if e.has(a) or e.has(b)}
        if other:
            yield step.right.xreplace(other)


def _exchanged(step, chosen) -> Iterator:
    """Exchange the indices of a chosen matrix with two axes of the same size."""
    sizes = _sizes(step)
    for e in sorted(step.right.atoms(sp.Indexed), key=str):
        if chosen(e) and len(e.indices) == 2:
            i, j = e.indices
            if i != j and sizes.get(i) == sizes.get(j):
                yield step.right.xreplace({e: e.base[j, i]})


def _sizes(step) -> dict:
    """Give the size that each index of the right entry runs to."""
    limits = [limit for s in step.right.atoms(sp.Sum) for limit in s.limits]
    own = zip(step.at, step.shape, strict=True)
    return {index: size for index, _, size in limits} | dict(own)


def transposed(step: Step) -> Iterator:
    """A right answer, transposed."""
    if len(step.shape) == 2 and step.shape[0] == step.shape[1] != 1:
        yield step.entry(step.at[::-1])


def wrong_order(step: Step) -> Iterator:
    """A product of matrices from right to left."""
    chain = _matrix_product(step)
    if chain:
        matrices, end, size, vector = chain
        links = [step.at[0], *(fresh() for _ in matrices[1:]), end]
        pairs = itertools.pairwise(links)
        factors = [m(i, j) for m, (i, j) in zip(reversed(matrices), pairs, strict=True)]
        bound = links[1:] if vector else links[1:-1]
        yield sp.Sum(sp.Mul(*factors, *vector), *((k, 1, size) for k in bound))


def _matrix_product(step):
    """Read the right entry as a product of matrices: (matrices, last index, size, [vector])."""
    right, sizes = step.right, set(_sizes(step).values())
    if not isinstance(right, sp.Sum) or len(sizes) != 1:
        return None
    waiting = list(sp.Mul.make_args(right.function))
    if not all(isinstance(f, sp.Indexed) for f in waiting):
        return None
    matrices, here = [], step.at[0]
    while found := next((f for f in waiting if len(f.indices) == 2 and here in f.indices), None):
        waiting.remove(found)
        i, j = found.indices
        straight = i == here
        matrices.append(
            (lambda r, c, b=found.base: b[r, c]) if straight else lambda r, c, b=found.base: b[c, r]
        )
        here = j if straight else i
    ended = here == step.at[-1] if len(step.at) == 2 else [f.indices for f in waiting] == [(here,)]
    if len(matrices) < 2 or not ended or len(waiting) != 2 - len(step.at):
        return None
    return matrices, here, sizes.pop(), waiting


def diagonal_only(step: Step) -> Iterator:
    """c̄ₐ ∂cₐ/∂xₐ alone."""
    for i, term in enumerate(step.terms):
        if term.shape == step.shape and term.shape:
            yield _replaced(step, i, term.bar(*step.at) * term.slope(step.at, step.at))


def wrong_index(step: Step) -> Iterator:
    """c̄ₐ taken out of the sum; rows or columns of J summed first."""
    for i, term in enumerate(step.terms):
        if term.shape == step.shape and term.shape:
            own = lambda *_, t=term: t.bar(*step.at)  # noqa: E731
            yield _replaced(step, i, term.pulled(step.at, bar=own))
            flipped = lambda j, a, t=term: t.slope(a, j)  # noqa: E731
            yield _replaced(step, i, term.pulled(step.at, bar=own, slope=flipped))


def cotangent_ignored(step: Step) -> Iterator:
    """Ones in the place of the cotangents."""
    if step.is_bar(step.right):
        ones = lambda *_: sp.Integer(1)  # noqa: E731
        yield sp.Add(*(term.pulled(step.at, bar=ones) for term in step.terms))


def missing_factor(step: Step) -> Iterator:
    """Leave out the slope of a map entry by entry, or a factor that is no cotangent."""
    for i, term in enumerate(step.terms):
        bare = lambda j, a, t=term: _deltas_alone(t.slope(j, a), a)  # noqa: E731
        if bare(tuple(fresh() for _ in term.shape), step.at) is not None:
            yield _replaced(step, i, term.pulled(step.at, slope=bare))
    yield from _without_a_factor(step.right, step.is_bar)


def _deltas_alone(slope, at):
    """Give the deltas of a slope without its formula, where they tie every index; else None."""
    terms = [sp.Mul.make_args(term) for term in sp.Add.make_args(slope)]
    of_each = [{f for f in term if isinstance(f, sp.KroneckerDelta)} for term in terms]
    common = set.intersection(*of_each)
    tied = all(any(delta.has(a) for delta in common) for a in at if a.is_Symbol)
    alone = sp.Mul(*common)
    return alone if tied and common and slope not in (alone, -alone) else None


def _without_a_factor(expr, is_bar) -> Iterator:
    if expr.is_Add:
        common = set.intersection(*(set(sp.Mul.make_args(term)) for term in expr.args))
        for factor in sorted(common, key=sp.default_sort_key):
            if not is_bar(factor) and factor != -1:
                yield sp.Add(*(term / factor for term in expr.args))
        for i, term in enumerate(expr.args):
            for shorter in _without_a_factor(term, is_bar):
                yield sp.Add(shorter, *expr.args[:i], *expr.args[i + 1 :])
    elif isinstance(expr, sp.Sum):
        for shorter in _without_a_factor(expr.function, is_bar):
            yield sp.Sum(shorter, *expr.limits)
    elif expr.is_Mul:
        for i, factor in enumerate(expr.args):
            others = sp.Mul(*expr.args[:i], *expr.args[i + 1 :])
            if not is_bar(factor) and factor != -1:
                yield others
            elif factor.is_Add or isinstance(factor, sp.Sum):
                for shorter in _without_a_factor(factor, is_bar):
                    yield shorter * others


def forgotten_path(step: Step) -> Iterator:
    """Leave out one array that x goes into, or one term of the sum."""
    if len(step.terms) > 1:
        for i in range(len(step.terms)):
            yield _replaced(step, i, sp.Integer(0))
    parts = sp.Add.make_args(step.right)
    if len(parts) > 1:
        for part in parts:
            yield step.right - part


def overwritten(step: Step) -> Iterator:
    """Keep one array of three or more."""
    if len(step.terms) > 2:
        for term in step.terms:
            yield term.pulled(step.at)


def wrong_sign(step: Step) -> Iterator:
    """Turn the sign of the whole, or of one term."""
    yield -step.right
    parts = sp.Add.make_args(step.right)
    if len(parts) > 1:
        for part in parts:
            yield step.right - 2 * part


def mean_of_paths(step: Step) -> Iterator:
    """Average over the arrays that x goes into, or over an index that is summed."""
    if len(step.terms) > 1:
        yield step.right / len(step.terms)
    sums = [limit for s in step.right.atoms(sp.Sum) for limit in s.limits]
    for size in sorted({size for _, _, size in sums}, key=str):
        yield step.right / size


def product_of_paths(step: Step) -> Iterator:
    """Multiply across the arrays that x goes into."""
    if len(step.terms) > 1:
        yield sp.Mul(*(collapse(term.pulled(step.at)) for term in step.terms))


def lost_entrywise(step: Step) -> Iterator:
    """Multiply the cotangent by the slopes as matrices, in either order, in the place of ⊙."""
    if len(step.shape) != 2 or step.shape[0] != step.shape[1]:
        return
    (a, b), k = step.at, fresh()
    for n, term in enumerate(step.terms):
        i = tuple(fresh() for _ in term.shape)
        slope = term.slope(i, step.at)
        deltas = _deltas_alone(slope, step.at) if term.shape == step.shape else None
        if deltas is not None:
            parts = (part / deltas for part in sp.Add.make_args(slope))
            own = sp.Add(*parts).xreplace(dict(zip(i, step.at, strict=True)))
            left, right = term.bar(a, k) * own.xreplace({a: k}), own.xreplace({b: k})
            for product in (left, right * term.bar(k, b)):
                yield _replaced(step, n, sp.Sum(product, (k, 1, step.shape[0])))


def factor_of_two(step: Step) -> Iterator:
    """Twice the right entry, or half of it."""
    yield 2 * step.right
    yield step.right / 2
