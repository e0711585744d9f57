"""Derivations that hold for every size: the cotangent of an array in index form, then in arrays."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from backprop_lab import symbolic
from backprop_lab.equality import PROVED
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.index_form import cases_apart, collapse, readable, same
from backprop_lab.indexed import (
    IndexedArray,
    IndexedQuantity,
    IndexedReading,
    as_indexed,
    shape_text,
)
from backprop_lab.names import barred
from backprop_lab.printing import role, tex_of, text_of
from backprop_lab.proofs import Derivation, Line, not_equal, sides, wrong_shape
from backprop_lab.size_two import differing_entry
from backprop_lab.slip_entries import step_of
from backprop_lab.slips import slip_of
from backprop_lab.spelling import Spelled
from backprop_lab.vectors import derive_vector


class IndexedDerivation(Derivation):
    """The cotangent of an array, entry by entry, for every size; then in whole arrays."""

    size = "for all sizes"

    def how(self) -> str:
        """Say how the lines are known."""
        return (
            "SymPy differentiates the general entry; each sum over a Kronecker delta is replaced "
            "by the one term it picks. A line holds when its entry has the same normal form, with "
            "the sizes left as letters."
        )

    def _known(self):
        return {n: self.reading.array(q) for n, q in self.reading.quantities.items()}

    def _spellings(self):
        return {
            n: Spelled(q.tex, len(q.shape), count=sp.Mul(*q.shape))
            for n, q in self.reading.quantities.items()
        }

    def _read(self, expr):
        if not callable(expr) or isinstance(expr, sp.Basic):
            raise ProofError(
                "A line for all sizes is a function in plain NumPy, such as "
                "lambda W, Y_bar: Y_bar @ W.T."
            )
        try:
            out = expr(*self._arguments(expr, self._known()))
        except (TraceError, ValueError, IndexError) as error:
            raise ProofError(f"line {len(self.lines) + 1} cannot be right: {error}") from error
        out = as_indexed(out, self.reading)
        if tuple(out.shape) != tuple(self.shape):
            raise ProofError(wrong_shape(len(self.lines) + 1, out.shape, self))
        return out

    def _prove(self, value, expr=None, because=""):
        line, truth = map(self.reading.expanded, (value.entry(*self.indices), self.truth))
        if same(line, truth):
            return PROVED
        raise ProofError(self._refusal(value, expr, because))

    def _refusal(self, value, expr, because):
        line, truth = map(self.reading.expanded, (value.entry(*self.indices), self.truth))
        found = differing_entry(line, truth, self.indices, self.shape)
        first = not_equal(len(self.lines) + 1, self.left_text, because, found)
        both = [readable(collapse(e)) for e in (value.entry(*self.indices), self.truth)]
        gap = readable(collapse(line - truth))
        return "\n".join([first, *sides(*both, found, self._slip(value), gap)])

    def _slip(self, value):
        wrong = self.reading.expanded(value.entry(*self.indices))
        quantity = self.reading.quantities[self.wrt]
        step = step_of(self.reading, quantity, self.consumers, self.output, self.indices)
        made = lambda entry: same(self.reading.expanded(entry), wrong)  # noqa: E731
        return slip_of("on_entries", (step,), made)

    def _tex(self, value):
        return tex_of(readable(collapse(value.entry(*self.indices))), self.reading.names)

    def _text(self, value):
        return text_of(readable(collapse(value.entry(*self.indices))))

    def then(self, expr, because: str = "") -> Derivation:
        """Add a line in whole arrays, proved entry by entry for every size."""
        new = super().then(expr, because)
        last = new.lines[-1]
        whole = last.tex != self._tex(last.value)  # spelled in arrays, not entry by entry
        bar = role("cotangent", barred(self.reading.quantities[self.wrt].tex))
        before = next((line.left for line in reversed(self.lines) if line.left), None)
        left = (bar if whole else self.left_tex, self.left_text)
        left = None if left == (before or (self.left_tex, self.left_text)) else left
        why = because or "the same entry by entry"
        new.lines[-1] = Line(last.tex, last.text, why, last.status, last.value, left)
        return new


_FREE, _WRT = "ijhmnopq", "abcdefg"


def _letters(pool, shape, reading):
    """Give an index for each axis: 1 where the size is 1, else a letter that is no other name."""
    taken = {str(n) for q in reading.quantities.values() for n in q.shape}
    taken |= {q.name for q in reading.quantities.values() if not q.shape}
    free = (sp.Symbol(c, integer=True, positive=True) for c in pool if c not in taken)
    return tuple(sp.Integer(1) if n == 1 else next(free) for n in shape)


def read_indexed(f: Callable, shapes: dict) -> tuple[IndexedReading, IndexedArray]:
    """Run `f` on arrays of any size: what it named, and its output."""
    sizes = {n for shape in shapes.values() for n in shape if isinstance(n, str)}
    reading = IndexedReading()
    inputs = [
        reading.introduce(name, None, tuple(_size(n) for n in shape))
        for name, shape in shapes.items()
    ]
    y = f(*(reading.array(q) for q in inputs))
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


def derive_indexed(f: Callable, wrt: str, shapes: dict) -> IndexedDerivation:
    """Derive the cotangent of `wrt` in index form. `shapes` may hold names of sizes and numbers."""
    reading, y = read_indexed(f, shapes)
    if wrt not in reading.quantities:
        raise TraceError(
            f"derive: there is no quantity {wrt!r}; there are {', '.join(reading.quantities)}."
        )
    output = _named_output(reading, y)
    quantity = reading.quantities[wrt]
    if quantity is output:
        raise TraceError(
            f"derive: {wrt} is the output itself; its cotangent is given, not derived."
        )
    at = _letters(_WRT, quantity.shape, reading)
    consumers = [q for q in _reaching(output, reading) if _uses(q, quantity)]
    terms = [_term(reading, quantity, at, consumer, consumer is output) for consumer in consumers]
    total = sp.Add(*(raw for _, _, raw in terms))
    derivation = IndexedDerivation(
        f,
        wrt,
        role("cotangent", reading.tex_of_entry(quantity, at, bar=True)),
        str(quantity.entry(*at)).replace(wrt, f"{wrt}_bar", 1),
        [],
    )
    derivation.__dict__.update(
        reading=reading,
        truth=collapse(total),
        indices=at,
        shape=quantity.shape,
        at_two=None,
        output=output,
        consumers=consumers,
    )
    if quantity.definition is None and consumers == [output]:
        derivation.at_two = lambda: derive_vector(
            f,
            wrt,
            symbolic.read(f, {n: tuple(_two(k) for k in s) for n, s in shapes.items()}),
            output.name,
        )
    return derivation._with(_lines(derivation, terms, total))


def _lines(derivation, terms, total) -> list[Line]:
    """Lay out the proof: chain rule, SymPy's derivative of the entry, and what the deltas leave."""
    if not terms:
        why = f"{derivation.output.name} does not depend on {derivation.wrt}"
        return [Line("0", "0", why, PROVED, total)]
    sums = [(i, n) for s in total.atoms(sp.Sum) for i, _, n in s.limits if not i.is_Dummy]
    prefer = sorted(set(sums), key=str)
    names, put_in = derivation.reading.names, readable(total)
    short = readable(derivation.truth, prefer)
    chain = [
        " + ".join(part) for part in zip(*((tex, text) for tex, text, _ in terms), strict=True)
    ]
    why = "SymPy's derivative of the general entry"
    lines = [
        Line(*chain, "sum over every output that the entry reaches", PROVED, total),
        Line(tex_of(put_in, names), text_of(put_in), why, PROVED, total),
    ]
    if total.has(sp.KroneckerDelta):
        why = "each δ picks one term of its sum"
        lines.append(Line(tex_of(short, names), text_of(short), why, PROVED, derivation.truth))
    return lines


def _named_output(reading, y) -> IndexedQuantity:
    """Give the output as a named quantity; what no `let` named is called Y, or L if a number."""
    for q in reading.quantities.values():
        if q.definition is not None and q.entry == y.entry:
            return q
    return reading.introduce("Y" if y.shape else "L", None, y.shape, y.entry)


def _uses(consumer, quantity) -> bool:
    """Whether a quantity stands in another's own definition."""
    if consumer.definition is None:
        return False
    dummies = (sp.Dummy(integer=True, positive=True) for _ in consumer.shape)
    return consumer.definition(*dummies).has(sp.Symbol(quantity.name, real=True))


def _reaching(output, reading) -> list:
    """List what the output is made of, itself included; a `let` that leads nowhere is left out."""
    reached = [output]
    for q in reversed(reading.quantities.values()):
        if q is not output and any(_uses(consumer, q) for consumer in reached):
            reached.append(q)
    return reached[::-1]


def _term(reading, quantity, at, consumer, is_output) -> tuple[str, str, sp.Expr]:
    """Σ over a consumer's entries of its cotangent times its slope: TeX, text, formula."""
    i = _letters(_FREE, consumer.shape, reading)
    variable = quantity.entry(*at)
    slope = sp.diff(consumer.definition(*i), variable)
    slope = slope.replace(lambda e: isinstance(e, sp.Piecewise), cases_apart)
    limits = [(k, 1, n) for k, n in zip(i, consumer.shape, strict=True) if n != 1]
    left, right = reading.tex_of_entry(consumer, i), reading.tex_of_entry(quantity, at)
    partial = role("local", rf"\frac{{\partial {left}}}{{\partial {right}}}")
    if is_output and not consumer.shape:
        return partial, f"∂{consumer.name}/∂{variable}", slope
    bar = reading.bar(consumer).entry(*i)
    sums = "".join(rf"\sum_{{{k}=1}}^{{{tex_of(n)}}} " for k, _, n in limits)
    text_sums = "".join(f"sum_{k} " for k, _, _ in limits)
    tex = rf"{sums}{role('cotangent', tex_of(bar, reading.names))}\,{partial}"
    text = f"{text_sums}{bar} ∂{consumer.entry(*i)}/∂{variable}"
    return tex, text, sp.Sum(bar * slope, *limits) if limits else bar * slope


def _two(size):
    return 2 if isinstance(size, str) else size


def entry_form(quantity, reading, spelled=None) -> tuple[str, str, str, str]:
    """Write the definition of an array: (TeX of both sides, text, its shape in words)."""
    at = _letters(_FREE, quantity.shape, reading)
    right = readable(collapse(quantity.definition(*at)))
    left = quantity.tex if spelled else reading.tex_of_entry(quantity, at)
    text = f"{quantity.entry(*at)} := {text_of(right)}"
    shape = f"shape {shape_text(quantity.shape)}" if quantity.shape else "a number"
    return left, spelled or tex_of(right, reading.names), text, shape
