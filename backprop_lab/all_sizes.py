"""Derivations that hold for every size: the cotangent of an array in index form, then in arrays."""

from __future__ import annotations

import html
from collections.abc import Callable

import sympy as sp

from backprop_lab import symbolic
from backprop_lab.any_size import (
    FREE,
    WRT,
    in_range,
    letters,
    made_of,
    named_output,
    reaching,
    read_indexed,
    uses,
)
from backprop_lab.assumptions import in_letters_of, read_assumptions, simplified
from backprop_lab.author_lines import run_line
from backprop_lab.comparing import holds
from backprop_lab.consistent import consistent
from backprop_lab.equality import PROVED
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.index_form import collapse, letters_in, readable
from backprop_lab.indexed import as_indexed, shape_text
from backprop_lab.letter_sizes import asking_kindly
from backprop_lab.names import barred
from backprop_lab.printing import role, tex_of, text_of
from backprop_lab.proofs import Derivation, Line, inline_html, not_equal, wrong_shape
from backprop_lab.put_back import put_back
from backprop_lab.spelling import Spelled
from backprop_lab.ties import slope_apart
from backprop_lab.vectors import derive_vector
from backprop_lab.wrong_entries import explained


class IndexedDerivation(Derivation):
    """The cotangent of an array, entry by entry, for every size; then in whole arrays."""

    given: tuple = ()  # what is assumed

    @property
    def size(self) -> str:
        """What "proved" speaks of: every size if one is a letter, and what is assumed."""
        assumed = " and ".join(known.text for known in self.given)
        letters = any(isinstance(n, str) for shape in self.shapes.values() for n in shape)
        sizes = "for all sizes" if letters else super().size
        return sizes + (f", given {assumed}" if assumed else "")

    def status_html(self) -> str:
        """How the lines are known, with what is assumed set as equations."""
        shown = super().status_html()
        for known in self.given:
            shown = shown.replace(html.escape(known.text), inline_html(known.tex))
        return shown

    def how(self) -> str:
        """Say how the lines are known."""
        said = (
            "SymPy differentiates the general entry; each sum over a Kronecker delta is replaced "
            "by the one term it picks. A line holds when its entry has the same normal form, with "
            "the sizes left as letters."
        )
        if self.given:
            assumed = " and ".join(inline_html(known.tex) for known in self.given)
            said += f" It is assumed that {assumed} at every index."
        return said

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
        number = len(self.lines) + 1
        known = self._arguments(expr, self._known())
        out = as_indexed(run_line(number, asking_kindly(expr, self.reading), known), self.reading)
        if out.sizes != tuple(self.shape):
            raise ProofError(wrong_shape(number, out.sizes, self))
        return out

    def _prove(self, value, expr=None, because=""):
        if holds(self, value.entry(*self.indices)):
            return PROVED
        raise ProofError(self._refusal(value, expr, because))

    def later(self) -> list:
        """List the values that `let` named, the output aside, in the order of the run."""
        named = [q for q in self.reading.quantities.values() if q.definition is not None]
        return [q for q in named if q is not self.output]

    def cotangent_of(self, quantity) -> IndexedDerivation:
        """Derive the cotangent of another value of the same function, once."""
        known = self.__dict__.setdefault("cotangents", {})  # an inner product has none yet
        if quantity.name not in known:
            known[quantity.name] = derive_indexed(self.f, quantity.name, self.shapes)
        return known[quantity.name]

    def put_back(self, name: str) -> IndexedDerivation:
        """Write a named value in the place of its formula: s for exp(x)/Σ exp(x).

        >>> from backprop_lab import derive, let, softmax
        >>> d = derive(lambda x: let("s", softmax(x)), wrt="x", shapes={"x": ("n",)})
        >>> d.put_back("s").lines[-1].text
        's[a]*s_bar[a] - s[a]*Sum(s[i]*s_bar[i], (i, 1, n))'
        """
        if name not in self.reading.quantities:
            raise ProofError(
                f"put_back: there is no {name!r}. There is {', '.join(self._known())}."
            )
        quantity = self.reading.quantities[name]
        last = self.lines[-1].value
        last = last if isinstance(last, sp.Basic) else last.entry(*self.indices)
        entry = put_back(last, quantity) if quantity.definition is not None else last
        if entry == collapse(last):
            raise ProofError(f"put_back: the formula of {name} is no factor of the last line.")
        if not holds(self, entry):
            raise ProofError(
                f"put_back: writing {name} cannot be shown to leave the line the same."
            )
        shown = readable(entry, letters_in(readable(self.lines[0].value)))
        tex, text = tex_of(shown, self.reading.names), text_of(shown)
        why = f"{name} put back in the place of its formula"
        return self._with([*self.lines, Line(tex, text, why, PROVED, entry)])

    def _refusal(self, value, expr, because):
        found, rows = explained(self, value.entry(*self.indices))
        return "\n".join([not_equal(len(self.lines) + 1, self.left_text, because, found), *rows])

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


def derive_indexed(f: Callable, wrt: str, shapes: dict, given=()) -> IndexedDerivation:
    """Derive the cotangent of `wrt` in index form. `shapes` may hold names of sizes and numbers."""
    reading, y = read_indexed(f, shapes)
    if wrt not in reading.quantities:
        raise TraceError(
            f"derive: there is no quantity {wrt!r}; there are {', '.join(reading.quantities)}."
        )
    output = named_output(reading, y)
    quantity = reading.quantities[wrt]
    if quantity is output:
        raise TraceError(
            f"derive: {wrt} is the output itself; its cotangent is given, not derived."
        )
    at = letters(WRT, quantity.shape, reading)
    reached = reaching(output, reading)
    consumers = [q for q in reached if uses(q, quantity)]
    terms = [_term(reading, quantity, at, consumer, consumer is output) for consumer in consumers]
    for later in made_of(quantity, reached):  # a line may name the cotangents of them all
        if later is not output or output.shape:
            reading.bar(later)
    total = sp.Add(*(raw for _, _, raw in terms))
    derivation = IndexedDerivation(
        f,
        wrt,
        role("cotangent", reading.tex_of_entry(quantity, at, bar=True)),
        str(quantity.entry(*at)).replace(wrt, f"{wrt}_bar", 1),
        [],
    )
    shown = readable(collapse(total), letters_in(readable(total)))
    assumed = consistent(read_assumptions(given, reading), reading)
    derivation.__dict__.update(
        reading=reading,
        truth=in_range(collapse(total), at, quantity.shape),
        indices=at,
        shape=quantity.shape,
        at_two=None,
        output=output,
        consumers=consumers,
        shapes=shapes,
        cotangents={},
        given=tuple(in_letters_of(known, shown) for known in assumed),
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
    names, put_in = derivation.reading.names, readable(total)
    prefer = letters_in(put_in)
    short = readable(derivation.truth, prefer)
    chain = [
        " + ".join(part) for part in zip(*((tex, text) for tex, text, _ in terms), strict=True)
    ]
    several = len(terms) > 1 or "sum_" in chain[1]
    reached = "sum over every output" if several else "the one value"
    why = "SymPy's derivative of the general entry"
    lines = [
        Line(*chain, f"{reached} that the entry reaches", PROVED, total),
        Line(tex_of(put_in, names), text_of(put_in), why, PROVED, total),
    ]
    if total.has(sp.KroneckerDelta):
        why = "each δ picks one term of its sum"
        lines.append(Line(tex_of(short, names), text_of(short), why, PROVED, derivation.truth))
    for n, known in enumerate(derivation.given):
        before = collapse(lines[-1].value)
        after = simplified(before, derivation.given[: n + 1])
        if after != before:
            short = readable(after, prefer)
            why, shown = f"given {known.text}", f"given {inline_html(known.tex)}"
            tex, text = tex_of(short, names), text_of(short)
            lines.append(Line(tex, text, why, PROVED, after, because_html=shown))
    return lines


def _term(reading, quantity, at, consumer, is_output) -> tuple[str, str, sp.Expr]:
    """Σ over a consumer's entries of its cotangent times its slope: TeX, text, formula."""
    i = letters(FREE, consumer.shape, reading)
    variable = quantity.entry(*at)
    slope = sp.diff(consumer.definition(*i), variable)
    slope = slope_apart(slope, lambda g: reading.expanded(g, keep=quantity.name))
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
    at = letters(FREE, quantity.shape, reading)
    right = readable(collapse(quantity.definition(*at)))
    left = quantity.tex if spelled else reading.tex_of_entry(quantity, at)
    text = f"{quantity.entry(*at)} := {text_of(right)}"
    shape = f"shape {shape_text(quantity.shape)}" if quantity.shape else "a number"
    return left, spelled or tex_of(right, reading.names), text, shape
