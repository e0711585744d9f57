"""The public entry to proofs: `derive` a derivative, print the `definitions` of a function.

Three kinds of derivation share one way of showing and of adding lines (`proofs`): scalar
quantities (`scalars`), vectors of a fixed size (`vectors`), and arrays of any size in index form
(`indexed`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import sympy as sp

from backprop_lab import symbolic
from backprop_lab.all_sizes import derive_indexed, entry_form, read_indexed
from backprop_lab.errors import TraceError
from backprop_lab.printing import tex_of, text_of
from backprop_lab.proofs import Derivation, equation_html
from backprop_lab.scalars import derive_scalar
from backprop_lab.seals import sealed
from backprop_lab.spelling import Spelled
from backprop_lab.vectors import derive_vector


def derive(
    f: Callable, wrt: str, shapes: Mapping[str, tuple] | None = None, given=()
) -> Derivation:
    r"""Derive the derivative of `f` by the quantity `wrt`, line by line, each line proved.

    `wrt` names an argument of `f` or a value that `let` named. Arguments without an entry in
    `shapes` are scalars. A shape of numbers, `{"x": (2,)}`, gives x̄ = Jᵀȳ with J written out; a
    shape of names, `{"X": ("N", "p")}`, gives the cotangent in index form, proved for every N, p.
    There, `given` may state what is assumed, as plain NumPy: `lambda Y: np.sum(Y, axis=1) == 1`.

    Raises `TraceError` where `f` cannot be read on symbols, and `ProofError` for a line that is
    not equal to SymPy's derivative.

    >>> from backprop_lab import let
    >>> def f(w, x):
    ...     z = let("z", w * x)
    ...     return let("L", z**2 / 2)
    >>> derive(f, wrt="w")
    ∂L/∂w = dL/dz · ∂z/∂w    [chain rule, one path]
          = (z) · (x)    [local derivatives put in]
          = x*z    [collected]
            proved for all values
    """
    names = argument_names(f)
    shapes = _shapes(shapes)
    unknown_names = [n for n in shapes if n not in names]
    if unknown_names:
        raise TraceError(
            f"derive: shapes names {unknown_names[0]!r}; {_name(f)} has the arguments {names}."
        )
    full = {n: _shape(n, shapes.get(n, ())) for n in names}
    if _named_sizes(full):
        return derive_indexed(f, wrt, full, given)
    if given:
        raise TraceError("derive: given is for index forms. Name a size: shapes={'Y': ('N', 'p')}.")
    reading = symbolic.read(f, full)
    _refuse_undefined(reading)
    if wrt not in reading.quantities:
        raise TraceError(
            f"derive: {_name(f)} has no quantity {wrt!r}. It has {', '.join(reading.quantities)}."
        )
    scalar = all(q.symbols.shape == () for q in reading.quantities.values())
    if scalar and reading.output.shape == ():
        return derive_scalar(f, wrt, reading)
    if reading.quantities[wrt].definition is not None:
        raise TraceError("derive by a named array at a fixed size is not there; name its shape.")
    return derive_vector(f, wrt, reading)


def argument_names(f: Callable) -> list[str]:
    """Names of the positional arguments of `f` that have no default; all must have a name."""
    if not callable(f):
        raise TraceError(f"a function is needed, such as lambda w, x: w * x; got {f!r}.")
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError) as error:
        raise TraceError(f"{_name(f)} does not say its arguments: {error}.") from error
    for p in parameters:
        starred = p.kind is p.VAR_POSITIONAL
        if starred or (p.kind is p.KEYWORD_ONLY and p.default is p.empty):
            raise TraceError(
                f"{_name(f)} takes {'*' * starred}{p.name}"
                f"{'' if starred else ' by keyword alone'}; every argument needs a name and a "
                "place, such as lambda w, x: w * x."
            )
    return [
        p.name
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]


def _refuse_undefined(reading) -> None:
    """Refuse a function that divides by zero wherever it is asked: it has no derivative."""
    named = [
        (q.name, q.definition) for q in reading.quantities.values() if q.definition is not None
    ]
    for name, entries in [*named, ("the output", reading.output)]:
        if any(getattr(e, "has", bool)(sp.zoo, sp.nan) for e in entries.flat):
            raise TraceError(f"derive: {name} is not defined anywhere: it divides by zero.")


def _name(f):
    return getattr(f, "__name__", "f")


class Definitions:
    """What `let` defined in a function, as equations with a defining equals sign."""

    def __init__(self, rows: list[tuple[str, str, str, str]]):
        self.rows = rows  # TeX of both sides, text, remark

    def _repr_latex_(self):
        body = r" \\ ".join(f"{left} &:= {right}" for left, right, _, _ in self.rows)
        return rf"$$ \begin{{aligned}} {body} \end{{aligned}} $$"

    def _repr_html_(self):
        rows = "".join(
            equation_html(f"{left} := {right}", why) for left, right, _, why in self.rows
        )
        return sealed(
            '<div class="bl-proof bl-definitions" data-status="definition">'
            f'<div class="math bl-lines">{rows}</div></div>'
        )

    def __repr__(self):
        return "\n".join(text + (f"    [{why}]" if why else "") for _, _, text, why in self.rows)


def definitions(f: Callable, shapes: Mapping[str, tuple] | None = None) -> Definitions:
    """Print what `f` computes, from `f` itself: one line for each `let`.

    `shapes` is as in `derive`. Where it holds names of sizes, each line says its shape, and what
    has no short spelling is written entry by entry.

    >>> from backprop_lab import let
    >>> definitions(lambda w, x: let("z", w * x) ** 2)
    z := w*x
    >>> definitions(lambda X, W: let("Y", X @ W), shapes={"X": ("N", "p"), "W": ("p", "m")})
    Y[i, j] := Sum(W[k, j]*X[i, k], (k, 1, p))    [shape (N, m)]
    """
    names = argument_names(f)
    full = {n: _shape(n, _shapes(shapes).get(n, ())) for n in names}
    if _named_sizes(full):
        reading, _ = read_indexed(f, full)
        spellings = _spelled_definitions(f, reading, lambda q: len(q.shape))
        defined = [q for q in reading.quantities.values() if q.definition is not None]
        return Definitions(
            _some([entry_form(q, reading, spellings.get(q.tex)) for q in defined], f)
        )
    reading = symbolic.read(f, full)
    spellings = _spelled_definitions(f, reading, lambda q: q.symbols.ndim)
    rows = []
    for q in reading.quantities.values():
        if q.definition is None:
            continue
        right = spellings.get(q.tex) or tex_of(q.definition, reading.tex | reading.unknowns)
        rows.append((q.tex, right, f"{q.name} := {text_of(q.definition)}", ""))
    return Definitions(_some(rows, f))


def _some(rows, f) -> list:
    if not rows:
        raise TraceError(
            f"definitions: {_name(f)} names nothing. Give a value a name with let('z', …)."
        )
    return rows


def _shapes(shapes) -> dict:
    if shapes is None or isinstance(shapes, Mapping):
        return dict(shapes or {})
    raise TraceError(
        f"derive: shapes is {shapes!r}; it says the shape of an argument by its name, such as "
        "shapes={'X': ('N', 'p')}."
    )


def _shape(name, shape) -> tuple:
    """Check a shape: a tuple of whole numbers and names of sizes."""
    if isinstance(shape, (tuple, list)) and all(isinstance(n, (int, str)) for n in shape):
        small = [n for n in shape if isinstance(n, int) and n < 1]
        if not small:
            return tuple(shape)
        raise TraceError(f"derive: {name} has a size of {small[0]}; a size is 1 or more.")
    raise TraceError(
        f"derive: the shape of {name} is {shape!r}; a tuple is needed, such as (3,) or ('N', 'p')."
    )


def _named_sizes(shapes):
    return any(isinstance(size, str) for shape in shapes.values() for size in shape)


def _spelled_definitions(f, reading, ndim):
    """Spell what `let` names in the order it was written, as far as the code has a spelling."""
    inputs = [q for q in reading.quantities.values() if q.definition is None]
    notes: list = [(q.name, q.tex, None) for q in inputs]
    try:
        f(*(Spelled(q.tex, ndim(q), notes=notes) for q in inputs))
    except (TraceError, TypeError, AttributeError, IndexError):
        pass
    known = {q.tex for q in reading.quantities.values()}
    spelled = {tex: formula for _, tex, formula in notes}
    return spelled if spelled.keys() <= known else {}  # the same names, or no spelling at all
