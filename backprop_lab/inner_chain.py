"""The automatic chain of inner products: from ⟨Ȳ, Ẏ⟩ back, one named quantity after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError
from backprop_lab.index_form import fresh
from backprop_lab.inner_moves import Move, NoMove, chains, filled
from backprop_lab.whole import Whole, plain

_COUNT = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True)
class Term:
    """⟨g, the tangent of `name` taken through `moves`⟩, the moves inner first."""

    g: object  # a whole array, or a number: that number in every entry
    moves: tuple[Move, ...]
    name: str


def automatic(d) -> list:
    """Write the whole chain of a derivation that has its first line; in index form if need be."""
    try:
        lines = _Chain(d).lines()
        if all(line.value.tex for line in lines):
            return lines
    except (NoMove, TraceError):  # a step without a move, or a move without an index form
        pass
    return [*d.lines, *_index_form(d)]


class _Chain:
    """The state on the way back: terms whose sum is ⟨Ȳ, Ẏ⟩, and the lines so far."""

    def __init__(self, d):
        self.d, self.known, self.out = d, d._known(), []
        start = self.known.get(f"{d.output.name}_bar") if d.output.shape else sp.Integer(1)
        self.terms = [Term(start, (), d.output.name)]

    def lines(self) -> list:
        d, between = self.d, self.d.moving[1:]
        for name in reversed(between):
            here = [t for t in self.terms if t.name == name]
            if not here:
                continue
            rest = [t for t in self.terms if t.name != name]
            if name != d.output.name:
                g, here = here[0].g, [Term(self.known[f"{name}_bar"], (), name)]
                self._write([*here, *rest], f"{plain(here[0].g.tex)} = {plain(g.tex)}")
            self._expand(name, here[0], rest)
            self._cross()
        cotangent = filled(self.terms[0].g, self.known[d.wrt])
        return [*self.out, d._line(cotangent, "")]

    def _write(self, terms, because):
        self.terms = terms
        total = self._pairing(terms[0])
        for term in terms[1:]:
            total = total + self._pairing(term)
        self.out.append(self.d._line(total, because))

    def _pairing(self, term) -> Whole:
        moved = self._tangent(term)
        if isinstance(term.g, Whole):
            return np.vdot(term.g, moved) if moved.ndim else term.g * moved
        total = np.sum(moved) if moved.ndim else moved
        return total if term.g == 1 else np.multiply(term.g, total)

    def _tangent(self, term) -> Whole:
        moved = self.known[f"{term.name}_dot"]
        for move in term.moves:
            moved = move.push(moved)
        return moved

    def _expand(self, name, term, rest):
        """Put the tangent of a quantity in; where it has several parts, one term for each."""
        made = self.d.trees.made
        tree = made.get(name, made.get("") if name == self.d.output.name else None)
        if not isinstance(tree, Whole):
            raise NoMove
        found = chains(tree, self.d.moving)
        parts = [Term(term.g, tuple(moves), source) for source, moves in found]
        self._write([*parts, *rest], self._what_moves(name, parts))

    def _what_moves(self, name, parts) -> str:
        sources = list(dict.fromkeys(p.name for p in parts))
        names = " and ".join(plain(self.d.pairs.quantities[n].tex) for n in sources)
        verb = "moves" if len(sources) == 1 else "move"
        if len(parts) > len(sources):
            places = _COUNT.get(len(parts), len(parts))
            return f"{names} {verb} in {places} places; each adds its part"
        if len(parts) > 1:
            return f"{names} alone {verb}; each adds its part"
        tangent = plain(self._tangent(parts[0]).tex)
        shown = f": {plain(self.known[f'{name}_dot'].tex)} = {tangent}"
        return f"{names} alone {verb}" + (shown if 0 < len(tangent) < 16 else "")

    def _cross(self):
        """Take the outermost move of every term to the other side, until none is left."""
        single = len(self.terms) == 1 and len(self.d.moving) == 2
        while any(t.moves for t in self.terms):
            outer = [t.moves[-1] for t in self.terms if t.moves]
            if single and outer[0].between:
                term = self.terms[0]
                moved = self._tangent(replace(term, moves=term.moves[:-1]))
                g = filled(term.g, moved)
                steps = outer[0].between(g, moved)
                self.out += [self.d._line(value, because) for value, because in steps]
                crossed = [Term(term.moves[-1].pull(term.g), term.moves[:-1], term.name)]
                self._write(crossed, outer[0].after(g))
                continue
            reasons: list = []
            crossed = [self._crossed(t, reasons) for t in self.terms]
            self._write(crossed, "; ".join(dict.fromkeys(reasons)))
        names = [t.name for t in self.terms]
        if len(set(names)) < len(names):
            self._write(self._added(), "cotangents that meet are added")

    def _crossed(self, term, reasons) -> Term:
        """Take a move to the other side, or several while there is only a number."""
        while term.moves:
            move = term.moves[-1]
            reasons.append(move.why)
            term = Term(move.pull(term.g), term.moves[:-1], term.name)
            if isinstance(term.g, Whole):
                return term
        return Term(filled(term.g, self.known[term.name]), (), term.name)

    def _added(self):
        sums: dict = {}
        for term in self.terms:
            g = filled(term.g, self.known[term.name])
            sums[term.name] = sums[term.name] + g if term.name in sums else g
        return [Term(g, (), name) for name, g in sums.items()]


def freshened(expr):
    """Give every sum an index of its own: one met again as a free index would be captured."""
    bound = {index for s in expr.atoms(sp.Sum) for index, *_ in s.limits}
    return expr.xreplace({index: fresh() for index in bound})


def at_indices(expr, at):
    """Give an entry at the indices `at` as a function of indices."""
    return lambda *indices: freshened(expr).xreplace(dict(zip(at, indices, strict=True)))


def _index_form(d) -> list:
    """Write the chain entry by entry: the tangent, the sums swapped, the factor of ẋ collected."""
    at, shape = d.indices, d.shape
    own = tuple(fresh() if n != 1 else sp.Integer(1) for n in shape)
    factor = at_indices(d.truth, at)(*own)
    limits = [(i, 1, n) for i, n in zip(own, shape, strict=True) if n != 1]
    body = factor * d.dot.entry(*own)
    swapped = sp.Sum(body, *limits) if limits else body
    dot, out = plain(d.dot.tex), plain(d.pairs.quantities[d.output.name].tex)
    lines = [
        d.entries_line(d.moved, f"SymPy's derivative of each entry of {out} along {dot}"),
        d.entries_line(swapped, f"sums swapped: what multiplies each entry of {dot}"),
    ]
    lines = lines[:1] if lines[0].tex == lines[1].tex else lines
    return [*lines, d.entries_line(d.truth, "")]
