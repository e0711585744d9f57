"""A function run on arrays of any size: what it named, its output, and letters for its indices."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import sympy as sp

from backprop_lab.errors import TraceError
from backprop_lab.index_form import AtMost, collapse
from backprop_lab.indexed import IndexedArray, IndexedQuantity, IndexedReading
from backprop_lab.letter_sizes import asking_kindly

FREE, WRT = "ijhmnopq", "abcdefg"


def letters(pool, shape, reading):
    """Give an index for each axis: 1 where the size is 1, else a letter that is no other name."""
    taken = {str(n) for q in reading.quantities.values() for n in q.shape}
    taken |= {q.name for q in reading.quantities.values() if not q.shape}
    more = (f"{pool[0]}{k}" for k in itertools.count(1))  # sizes may bear all of these letters
    every = (c for c in itertools.chain(pool, more) if c not in taken)
    free = (sp.Symbol(c, integer=True, positive=True) for c in every)
    return tuple(sp.Integer(1) if n == 1 else next(free) for n in shape)


def read_indexed(f: Callable, shapes: dict) -> tuple[IndexedReading, IndexedArray]:
    """Run `f` on arrays of any size: what it named, and its output."""
    sizes = {n for shape in shapes.values() for n in shape if isinstance(n, str)}
    reading = IndexedReading()
    inputs = [
        reading.introduce(name, None, tuple(_size(n) for n in shape))
        for name, shape in shapes.items()
    ]
    y = asking_kindly(f, reading)(*(reading.array(q) for q in inputs))
    if not isinstance(y, IndexedArray):
        raise TraceError(
            f"derive: the function returned a {type(y).__name__}; one array is needed."
        )
    for name in reading.quantities:
        if name in sizes or name.removesuffix("_bar") in reading.quantities.keys() - {name}:
            what = "a size" if name in sizes else f"the cotangent of {name.removesuffix('_bar')}"
            raise TraceError(f"derive: {name} is the name of a quantity and of {what}; change one.")
    return reading, y


def _size(n):
    if isinstance(n, str) and n.isidentifier():
        return sp.Symbol(n, integer=True, positive=True)
    if isinstance(n, int) and n > 0:
        return sp.Integer(n)
    raise TraceError(f"derive: a size is a name such as 'N' or a whole number above 0; got {n!r}.")


def named_output(reading, y) -> IndexedQuantity:
    """Give the output as a named quantity; what no `let` named is called Y, or L if a number."""
    for q in reading.quantities.values():
        if q.definition is not None and q.entry == y.entry:
            return q
    return reading.introduce("Y" if y.sizes else "L", None, y.sizes, y.entry)


def uses(consumer, quantity) -> bool:
    """Whether a quantity stands in another's own definition."""
    return sp.Symbol(quantity.name, real=True) in _letters_of(consumer)


def _letters_of(quantity) -> set:
    """Collect the symbols of a quantity's own definition."""
    if quantity.definition is None:
        return set()
    dummies = (sp.Dummy(integer=True, positive=True) for _ in quantity.shape)
    return quantity.definition(*dummies).free_symbols


def made_of(quantity, values) -> list:
    """List those of some values, in the order of a run, that a quantity has gone into."""
    met, found = {sp.Symbol(quantity.name, real=True)}, []
    for q in values:
        if q is not quantity and met & _letters_of(q):
            met.add(sp.Symbol(q.name, real=True))
            found.append(q)
    return found


def in_range(expr, at, shape):
    """Decide [i ≤ j] where the axes of the free indices decide it: [a ≤ n] is 1 for a = 1, …, n."""
    short = sp.Dummy(integer=True, nonnegative=True)  # by how much an index falls short of its size
    ends = {i: n - short for i, n in zip(at, shape, strict=True) if i.is_Symbol}

    def decided(low, high):
        for i, end in ends.items():
            gap = sp.expand((high - low).xreplace({i: end}))
            if gap.is_nonnegative or gap.is_negative:
                return sp.Integer(bool(gap.is_nonnegative))
        return AtMost(low, high)

    known = expr.replace(AtMost, decided)
    return known if known == expr else collapse(known)


def reaching(output, reading) -> list:
    """List what the output is made of, itself included; a `let` that leads nowhere is left out."""
    reached, letters = [output], _letters_of(output)
    for q in reversed(reading.quantities.values()):
        if q is not output and sp.Symbol(q.name, real=True) in letters:
            reached.append(q)
            letters |= _letters_of(q)
    return reached[::-1]
