r"""The second way to a cotangent: move everything in ⟨Ȳ, Ẏ⟩ across until Ẋ stands alone.

⟨Ȳ, Ẏ⟩ is by how much the loss moves. Written as ⟨G, Ẋ⟩ for every Ẋ, it says that X̄ = G; no index is
needed. Each line is compared in index form with SymPy's derivative of the function in the
direction Ẋ, for every size. How a step crosses is in `inner_moves`, how a line is read in `whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import sympy as sp

from backprop_lab.all_sizes import IndexedDerivation, derive_indexed, read_indexed
from backprop_lab.comparing import holds
from backprop_lab.derivation import argument_names
from backprop_lab.equality import PROVED
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.index_equality import same
from backprop_lab.index_form import collapse, fresh, readable
from backprop_lab.indexed import IndexedArray, shape_text
from backprop_lab.inner_chain import at_indices, automatic
from backprop_lab.inner_slips import implied, refusal, shape_refusal
from backprop_lab.letter_sizes import asking_kindly
from backprop_lab.names import barred
from backprop_lab.printing import role, tex_of, text_of
from backprop_lab.proofs import Line, looks_like
from backprop_lab.slips import slip_of_shape
from backprop_lab.ties import slope_apart
from backprop_lab.whole import Trees, Whole, plain

MEANING = "what ⟨·, ·⟩ means: multiply entry by entry, and add"
THEREFORE = "holds for every {dot}"


class InnerProducts(IndexedDerivation):
    """⟨Ȳ, Ẏ⟩ moved across, line by line, until the cotangent can be read off."""

    def how(self) -> str:
        """Say how the lines are known."""
        return (
            f"SymPy differentiates every entry of {self.output.name} in the direction of a moving "
            f"{self.wrt}. A line with tangents holds when it has the same normal form in index "
            "form, with the sizes left as letters; the last line, when its entry is SymPy's "
            "derivative."
        )

    def then(self, expr: Callable, because: str = "") -> InnerProducts:
        """Add a line: one with tangents continues the chain, one without them is the cotangent.

        `expr` is plain NumPy. Its arguments name inputs, values that `let` named, their cotangents
        (`Y_bar`) and their tangents (`X_dot`). `np.vdot(A, B)` is ⟨A, B⟩, `np.trace` is tr.

        Raises `ProofError` for a line that is not equal to ⟨Ȳ, Ẏ⟩, or is not the cotangent.
        """
        value = self._read(expr)
        status = self._prove(value, expr, because)
        line = self._line(value, because, status)
        found = next((known.left for known in reversed(self.lines) if known.left), None)
        if found and not line.left:
            raise ProofError(
                f"line {len(self.lines) + 1} goes on with ⟨·, ·⟩, but {self.wrt}_bar is found "
                "already. Add it before that line, or begin with by_hand=True."
            )
        return self._with([*self.lines, replace(line, left=None) if found == line.left else line])

    def restart(self, full) -> InnerProducts:
        """Begin the same chain anew, for other sizes."""
        return _start(self.f, self.wrt, full, derive_indexed(self.f, self.wrt, full))

    def entries_line(self, entry, because: str) -> Line:
        """Write a line in index form: a number with tangents, or the entry of the cotangent."""
        chain = entry.has(sp.Symbol(self.dot.name, real=True))
        at = () if chain else self.indices
        shape = () if chain else self.shape
        array = IndexedArray(shape, at_indices(entry, at), self.pairs)
        return self._line(Whole(array, None, self.trees), because, collapsed=False)

    def _known(self):
        known = {}
        for name, q in self.pairs.quantities.items():
            bar = name.endswith("_bar")
            known[name] = self.trees.leaf(q, role("cotangent", q.tex) if bar else None)
        return known

    def _read(self, expr) -> Whole:
        number = len(self.lines) + 1
        if not callable(expr) or isinstance(expr, sp.Basic):
            raise ProofError(
                "A line of inner products is a function in plain NumPy, such as "
                "lambda Y_bar, W, X_dot: np.vdot(Y_bar @ W.T, X_dot)."
            )
        try:
            out = asking_kindly(expr, self.pairs)(*self._arguments(expr, self._known()))
        except (TraceError, ValueError, IndexError) as error:
            raise ProofError(shape_refusal(self, number, expr, error)) from error
        out = out if isinstance(out, Whole) else self.trees.number(out)
        wanted = () if self._moves(out) else self.shape
        if out.sizes != tuple(wanted):
            what = f"{self.wrt}_bar has the shape {shape_text(self.shape)}"
            what += f", and a line of the chain holds a tangent, such as {self.wrt}_dot"
            what = "a line with tangents is a number" if wanted == () else what
            named = looks_like(slip_of_shape(out.sizes, wanted)) if wanted else []
            first = f"line {number} has shape {shape_text(out.sizes)}; {what}."
            raise ProofError("\n".join([first, *named]))
        return out

    def _moves(self, value) -> bool:
        """Whether a tangent stands in a line."""
        entry = value.array.entry(*(fresh() for _ in value.sizes))
        names = {str(s) for s in entry.free_symbols}
        return any(f"{name}_dot" in names for name in self.moving)

    def _prove(self, value, expr=None, because=""):
        chain = self._moves(value)
        mine = self.pairs.expanded(value.array.entry(*(() if chain else self.indices)))
        truth = self.moved if chain else self.pairs.expanded(self.truth)
        if sp.expand_mul(collapse(mine) - truth) == 0 or same(mine, truth):
            return PROVED
        if chain and self._same_factor(value, mine):
            return PROVED
        raise ProofError(refusal(self, value, self._moves(value), because))

    def _same_factor(self, value, mine) -> bool:
        """Whether a line is 0 where the tangent is, and has the cotangent as the tangent's factor.

        Two sums over a cut axis may differ in where their index starts; their factors do not.
        """
        label = sp.Symbol(self.dot.name, real=True)
        moving = [e for e in mine.atoms(sp.Indexed) if e.base.label == label]
        at_rest = collapse(mine.xreplace(dict.fromkeys(moving, sp.Integer(0))))
        return at_rest == 0 and holds(self.cotangent, implied(self, value.array.entry()))

    def _line(self, value, because, status=PROVED, collapsed=True) -> Line:
        chain = self._moves(value)
        indices = () if chain else self.indices
        entry = value.array.entry(*indices)
        shown = readable(collapse(entry) if collapsed else entry)
        tex = value.tex or tex_of(shown, self.pairs.names)
        text = plain(value.tex) if value.tex else text_of(shown)
        if chain:
            return Line(tex, text, because, status, value)
        left = rf"\Rightarrow\quad {self.cotangent.left_tex}", f"⇒ {self.cotangent.left_text}"
        if value.tex:
            bar = barred(self.pairs.quantities[self.wrt].tex)
            left = rf"\Rightarrow\quad {role('cotangent', bar)}", f"⇒ {plain(bar)}"
        why = because or THEREFORE.format(dot=plain(self.dot.tex))
        return Line(tex, text, why, status, value, left)


def adjoint(
    f: Callable, wrt: str, shapes: Mapping[str, tuple], by_hand: bool = False
) -> InnerProducts:
    r"""Find the cotangent of `wrt` by inner products: ⟨Ȳ, Ẏ⟩ = … = ⟨X̄, Ẋ⟩, each line proved.

    `shapes` is as in `derive`, with names for the sizes. Every step of `f` crosses the inner
    product by a move with a reason; where a step has no such move, the chain is in index form.
    With `by_hand`, only the first line is there, and the moves are yours: add them with `.then`.

    Raises `TraceError` where `f` has no index form, and `ProofError` for a line that is wrong.

    >>> import numpy as np
    >>> from backprop_lab import let
    >>> def layer(X, W):
    ...     return let("Y", X @ W)
    >>> shapes = {"X": ("N", "p"), "W": ("p", "m")}
    >>> adjoint(layer, wrt="X", shapes=shapes)
    ⟨Ȳ, Ẏ⟩ = ⟨Ȳ, Ẋ W⟩    [X alone moves: Ẏ = Ẋ W]
           = tr(Ȳᵀ Ẋ W)    [⟨A, B⟩ = tr AᵀB]
           = tr(W Ȳᵀ Ẋ)    [the trace is cyclic]
           = ⟨Ȳ Wᵀ, Ẋ⟩    [tr AᵀB again, with A = Ȳ Wᵀ]
        ⇒ X̄ = Ȳ Wᵀ    [holds for every Ẋ]
             proved for all sizes

    The same moves, written by an author:

    >>> d = adjoint(layer, wrt="W", shapes=shapes, by_hand=True)
    >>> d = d.then(lambda Y_bar, X, W_dot: np.vdot(Y_bar, X @ W_dot), because="W alone moves")
    >>> d = d.then(lambda Y_bar, X, W_dot: np.vdot(X.T @ Y_bar, W_dot), because="tr AᵀB")
    >>> d.then(lambda Y_bar, X: X.T @ Y_bar).lines[-1].text
    'Xᵀ Ȳ'
    """
    full = {n: tuple(shapes.get(n, ())) for n in argument_names(f)}
    strangers = [n for n in shapes if n not in full]
    if strangers:
        raise TraceError(f"adjoint: shapes names {strangers[0]!r}; f has {', '.join(full)}.")
    cotangent = derive_indexed(f, wrt, full)
    d = _start(f, wrt, full, cotangent)
    if by_hand:
        return d
    lines = automatic(d)
    for line in lines:
        d._prove(line.value)
    return d._with(lines)


def _start(f, wrt, full, cotangent) -> InnerProducts:
    """Read `f` on whole arrays, name tangents and cotangents, and write ⟨Ȳ, Ẏ⟩."""
    reading, y = read_indexed(f, full)
    trees = _trees(f, reading, full)
    output = reading.quantities.get(cotangent.output.name)
    if output is None:
        output = reading.introduce(cotangent.output.name, None, y.sizes, y.entry)
    # What leads to `wrt` does not matter: it is the variable now.
    reading.quantities[wrt] = replace(reading.quantities[wrt], definition=None)
    moving = _moving(reading, wrt)
    if output.name not in moving:
        raise TraceError(f"adjoint: {output.name} does not depend on {wrt}; its cotangent is 0.")
    between = [n for n in moving if n not in (wrt, output.name)]
    if output.shape:
        reading.bar(output)
    before = {n: _name_cotangent(f, n, full, reading) for n in reversed(between)}
    _name_tangents(reading, wrt, moving)
    bar = rf"\langle {role('cotangent', barred(output.tex))},\, {_dotted(output.tex)} \rangle"
    left = bar if output.shape else _dotted(output.tex)
    d = InnerProducts(f, wrt, left, plain(left), [])
    d.__dict__.update(
        reading=cotangent.reading, truth=cotangent.truth, indices=cotangent.indices,
        shape=cotangent.shape, output=cotangent.output, consumers=cotangent.consumers,
        at_two=None, cotangent=cotangent, before=before, pairs=reading, trees=trees,
        moving=moving, shapes=full, cotangents=cotangent.cotangents,
        dot=reading.quantities[f"{wrt}_dot"],
    )  # fmt: skip
    known = d._known()
    y_dot = known[f"{output.name}_dot"]
    first = np.sum(known[f"{output.name}_bar"] * y_dot) if output.shape else y_dot
    first = Whole(first.array, None, trees)
    d.moved = collapse(reading.expanded(first.array.entry()))
    return d._with([d._line(first, MEANING if output.shape else "what moves the loss")])


def _trees(f, reading, full) -> Trees:
    """Run `f` on whole arrays: how each quantity was made, under its name; the output under ''."""
    defined = [q for q in reading.quantities.values() if q.definition is not None]
    trees = Trees(reading, waiting=defined)
    inputs = [trees.leaf(q) for q in reading.quantities.values() if q.name in full]
    try:
        trees.made[""] = f(*inputs)
    except (TraceError, AttributeError, TypeError):
        trees.made = {}  # no way to take it apart: its chain is in index form
    return trees


def _moving(reading, wrt) -> list[str]:
    """List `wrt` and what is made of it, in the order of the run."""
    names = {sp.Symbol(wrt, real=True)}
    for q in reading.quantities.values():
        if q.definition is not None:
            entry = q.definition(*(fresh() for _ in q.shape))
            if entry.free_symbols & names:
                names.add(sp.Symbol(q.name, real=True))
    return [n for n in reading.quantities if sp.Symbol(n, real=True) in names]


def _name_cotangent(f, name, full, reading) -> IndexedDerivation:
    """Define the cotangent of a value in between: SymPy's derivative, as `derive` proves it."""
    found = derive_indexed(f, name, full)
    bar = reading.bar(reading.quantities[name])
    definition = at_indices(found.truth, found.indices)
    reading.quantities[bar.name] = replace(bar, definition=definition)
    return found


def _name_tangents(reading, wrt, moving):
    """Define each tangent as SymPy's derivative in the direction of the tangent of `wrt`."""
    x = reading.quantities[wrt]
    for name in moving:
        if f"{name}_dot" in reading.quantities:
            raise TraceError(f"adjoint: {name}_dot is the tangent of {name}; change that name.")
    x_dot = reading.introduce(f"{wrt}_dot", _dotted(x.tex), x.shape)
    t = sp.Dummy("t", real=True)
    for name in moving[1:]:
        q = reading.quantities[name]
        reading.introduce(
            f"{name}_dot", _dotted(q.tex), q.shape, _direction(reading, q, x, x_dot, t)
        )


def _direction(reading, q, x, x_dot, t) -> Callable:
    """Give d/dt of an entry at x + t ẋ, at t = 0, as a function of its indices."""
    label = sp.Symbol(x.name, real=True)

    def along(e):
        indices = getattr(e, "indices", ())
        return e + t * x_dot.entry(*indices)

    def entry(*indices):
        formula = reading.expanded(q.entry(*indices))
        parts = formula.atoms(sp.Indexed) if x.shape else {label}
        mine = [e for e in parts if (e.base.label if x.shape else e) == label]
        moved = formula.xreplace({e: along(e) for e in mine})
        slope = sp.diff(moved, t).doit(deep=False).xreplace({t: sp.Integer(0)})
        return slope_apart(slope)

    return entry


def _dotted(tex: str) -> str:
    """Name a tangent: a dot over the letter, not over its index."""
    return r"\dot" + barred(tex).removeprefix(r"\bar")
