"""Vectors of a fixed size: the Jacobian written out, and x̄ = Jᵀȳ proved entry by entry."""

from __future__ import annotations

import numpy as np
import sympy as sp

from backprop_lab import symbolic
from backprop_lab.author_lines import run_line
from backprop_lab.equality import CHECKED, PROVED, counterexample, equal
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.fingerprints import fingerprints_of
from backprop_lab.names import barred, tex_name
from backprop_lab.printing import role, tex_of, text_of
from backprop_lab.proofs import Derivation, Line, not_equal, sides, wrong_shape
from backprop_lab.slips import slip_of
from backprop_lab.spelling import Spelled
from backprop_lab.symbolic import Symbolic
from backprop_lab.symbolic_table import as_entries, entries_of


class VectorDerivation(Derivation):
    """x̄ = Jᵀȳ for a function whose shapes are given: J written out, then the product."""

    def how(self) -> str:
        """Say how the lines are known."""
        return (
            "SymPy differentiates every output by every input; each line equals Jᵀȳ entry by "
            "entry, for every ȳ, at all inputs where both are defined."
        )

    def _known(self):
        return {n: Symbolic(q.symbols, self.reading) for n, q in self.reading.quantities.items()}

    def _spellings(self):
        return {n: Spelled(q.tex, q.symbols.ndim) for n, q in self.reading.quantities.items()}

    def _read(self, expr):
        number = len(self.lines) + 1
        if callable(expr) and not isinstance(expr, sp.Basic):
            expr = run_line(number, expr, self._arguments(expr, self._known()))
        entries = entries_of(expr)
        if entries.shape != self.truth.shape:
            raise ProofError(wrong_shape(number, entries.shape, self))
        return entries

    def _tex(self, value):
        return tex_of(value, self.reading.tex | self.reading.unknowns)

    def _text(self, value):
        return text_of(value)

    def _prove(self, value, expr=None, because=""):
        statuses = []
        for index in np.ndindex(*self.truth.shape):
            mine = self.reading.expanded(value[index])
            verdict = equal(mine, self.truth[index])
            if not verdict:
                raise ProofError(self._refusal(value, index, because))
            statuses.append(verdict)
        return CHECKED if CHECKED in statuses else PROVED

    def _refusal(self, value, index, because):
        wrong, right = self.reading.expanded(value[index]), self.truth[index]
        at = counterexample(wrong, right)
        left = self.left_text
        left += f", entry ({', '.join(str(i + 1) for i in index)})" if index else ""
        first = not_equal(len(self.lines) + 1, left, because, at)
        return "\n".join([first, *sides(wrong, right, at, self._slip(value))])

    def _slip(self, value):
        flat = [self.reading.expanded(v) for v in value.flat]
        look = fingerprints_of(self.reading)
        return slip_of(
            "on_jacobian",
            (self.jacobian, self.y_bar),
            lambda made: (
                all(map(look.alike, np.ravel(made), flat)) and all(map(equal, np.ravel(made), flat))
            ),
        )


def derive_vector(f, wrt, reading, output: str | None = None) -> VectorDerivation:
    """Derive the output of a reading of fixed shapes by the input `wrt`: x̄ = Jᵀȳ.

    A scalar output is the loss itself: its cotangent is 1. `output` names what no `let` named.
    """
    quantity = reading.quantities[wrt]
    J = symbolic.jacobian(reading, wrt)
    out_name, out_tex = _output_name(reading, output)
    bar_name, bar_tex = f"{out_name}_bar", barred(out_tex)
    for name in (out_name, wrt):
        if f"{name}_bar" in reading.quantities:
            raise TraceError(
                f"derive: {name}_bar is the name of a quantity and of the cotangent of {name}; "
                "change one."
            )
    loss = reading.output.shape == ()
    y_bar = (
        as_entries(1)
        if loss
        else reading.introduce(bar_name, bar_tex, reading.output.shape).symbols
    )
    flat_J = J.reshape(y_bar.size, -1)
    truth = np.empty(quantity.symbols.shape, object)
    truth.flat = [sp.Add(*(s * y for s, y in zip(c, y_bar.flat, strict=True))) for c in flat_J.T]
    derivation = VectorDerivation(f, wrt, role("cotangent", barred(quantity.tex)), f"{wrt}_bar", [])
    derivation.__dict__.update(
        reading=reading, truth=truth, jacobian=J, y_bar=y_bar, bar_name=bar_name, bar_tex=bar_tex
    )
    lines = []
    if quantity.symbols.ndim <= 1 and y_bar.ndim <= 1:
        lines = _product_lines(derivation, flat_J.T, (out_name, out_tex), quantity.tex)
    simple = np.frompyfunc(lambda e: min((sp.factor(e), e), key=sp.count_ops), 1, 1)(truth)
    simple = as_entries(simple)
    why = "each entry adds over the outputs" if y_bar.size > 1 else "SymPy's derivative"
    names = reading.tex | reading.unknowns
    status = derivation._prove(simple)
    lines.append(Line(tex_of(simple, names), text_of(simple), why, status, simple))
    return derivation._with(lines)


def _output_name(reading, default) -> tuple[str, str]:
    """Name the output, and set it in TeX: by the `let` that named it, or by `default`."""
    for q in reading.quantities.values():
        if q.definition is not None and np.array_equal(q.symbols, reading.output):
            return q.name, q.tex
    name = default or ("L" if reading.output.shape == () else "y")
    return name, tex_name(name)


def _product_lines(derivation, transposed, out, x_tex) -> list[Line]:
    """Write x̄ = Jᵀȳ in symbols, and with the entries of Jᵀ and ȳ."""
    (out_name, out_tex), truth = out, derivation.truth
    tex = role("local", rf"\left(\frac{{\partial {out_tex}}}{{\partial {x_tex}}}\right)^{{\top}}")
    text = f"(d{out_name}/d{derivation.wrt})^T"
    rows, columns = transposed.shape
    why = f"J has shape ({columns}, {rows}), its transpose ({rows}, {columns})"
    if derivation.y_bar.shape == ():
        return [Line(tex, text, why, PROVED, truth)]
    names = derivation.reading.tex | derivation.reading.unknowns
    bar = role("cotangent", derivation.bar_tex)
    entries = role("cotangent", tex_of(derivation.y_bar, names))
    return [
        Line(tex + bar, f"{text} {derivation.bar_name}", why, PROVED, truth),
        Line(
            role("local", tex_of(transposed, names)) + entries,
            f"{text_of(transposed)} @ {text_of(derivation.y_bar)}",
            "column i of Jᵀ holds the slopes of output i",
            PROVED,
            truth,
        ),
    ]
