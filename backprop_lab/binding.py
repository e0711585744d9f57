"""Receipts bound to equations: the page prints an equation from what proved it, under its label."""

from __future__ import annotations

import html
import inspect
import re

import numpy as np
import sympy as sp

from backprop_lab.all_sizes import IndexedDerivation
from backprop_lab.checks import path_scale, rounding_scale, watched_run, within
from backprop_lab.errors import ProofError
from backprop_lab.explicit import explicit_at, form_at
from backprop_lab.proofs import Derivation, normal_chain, proof_html
from backprop_lab.receipts import Check, Receipt
from backprop_lab.saying import say_name
from backprop_lab.scalars import ScalarDerivation
from backprop_lab.tape import backward
from backprop_lab.transforms import vjp


class Bound:
    """An equation, its label, and the receipt of what proves it."""

    def __init__(self, label: str, claim, numbers: Receipt | None, note: str):
        self.label, self.claim, self.numbers, self.note = label, claim, numbers, note

    def _repr_html_(self):
        table = self.numbers._repr_html_() if self.numbers else f"<p>{html.escape(self.note)}</p>"
        if isinstance(self.claim, Derivation):
            return proof_html(self.claim, self.label, table)
        return (
            f'<div id="{self.label}" data-receipt="{self.label}">{self.claim._repr_html_()}</div>'
        )

    def _repr_latex_(self):
        return self.claim._repr_latex_()

    def __repr__(self):
        numbers = f"\n{self.numbers!r}" if self.numbers else f"\n{self.note}" if self.note else ""
        return f"[{self.label}]\n{self.claim!r}{numbers}"

    @property
    def tex(self) -> str:
        """TeX that was proved, in its normal form."""
        return normal_chain(self.claim) if isinstance(self.claim, Derivation) else ""


def receipt(label: str, claim, seed: int = 0) -> Bound:
    """Bind an equation to its proof: the page prints it from `claim`, under `label`.

    `claim` is a derivation, which is also computed in numbers against the engine (scalars at
    generic points; index forms at two sizes, against the explicit Jacobian and the tape), or the
    receipt of `verify`. Text that repeats the equation under the same label is compared with the
    TeX that was proved when the book is built.

    Raises `ProofError` where numbers and derivation differ.

    >>> from backprop_lab import derive, let
    >>> r = receipt("eq-demo", derive(lambda w, x: let("z", w * x), wrt="w"))
    >>> r.numbers.ok
    True
    """
    if not re.fullmatch(r"eq-[a-z0-9]+(-[a-z0-9]+)*", str(label)):
        raise ProofError(
            "A label of a proved equation is 'eq-' and words of small letters and digits, joined "
            f"by hyphens; got {label!r}."
        )
    if isinstance(claim, Receipt):
        return Bound(label, claim, claim, "")
    if not isinstance(claim, Derivation):
        raise ProofError(
            f"receipt binds a derivation or what verify returned; got {type(claim).__name__}."
        )
    if claim.reading.unknowns:
        note = f"No numbers are compared: {_any(sorted(claim.reading.unknowns))}."
        return Bound(label, claim, None, note)
    if isinstance(claim, IndexedDerivation):
        numbers = _instantiate(claim, seed)
    else:
        numbers = _at_points(claim, seed)
    if not numbers.ok:
        raise ProofError(f"{label}: derivation and engine differ.\n{numbers!r}")
    return Bound(label, claim, numbers, "")


def _inputs(d) -> list:
    """List the arguments of a derivation's function, as quantities."""
    names = inspect.signature(d.f).parameters
    return [q for q in d.reading.quantities.values() if q.definition is None and q.name in names]


def _draw(d, shapes, rng) -> list:
    """Draw inputs of either sign; where `f` has no value there, take their sizes alone."""
    drawn = [rng.standard_normal(shape) if shape else rng.standard_normal() for shape in shapes]
    for point in (drawn, [abs(x) for x in drawn]):
        with np.errstate(all="ignore"):
            if np.all(np.isfinite(d.f(*point))):
                return point
    raise ProofError(f"{d.left_text}: the function has no finite value at the points drawn.")


def _pulled_back(d, point, y_bar, rng) -> tuple:
    """Pull a cotangent back to `d.wrt` on the tape: (numbers, the scale of their rounding errors).

    What `let` named on the way has its cotangent on the tape as well.
    """
    tape, y = watched_run(d.f, point)
    paths, size = path_scale(tape, y.index), np.abs(np.ravel(y_bar))
    names = [q.name for q in _inputs(d)]
    if d.wrt in names:
        i = names.index(d.wrt)
        ours, rounding = vjp(d.f, *point)[1](y_bar)[i], rounding_scale(d.f, point, rng)[i + 1]
        return np.ravel(ours), size @ (rounding if paths[i] is None else paths[i] + rounding)
    (i,) = (index for index, named in tape.names.items() if named[0] == d.wrt)
    ours = y_bar if i == y.index else backward(tape, y.index, y_bar, stop={i})[i]
    return np.ravel(ours), size @ paths[i]


def _at_points(d: Derivation, seed: int, count: int = 3) -> Receipt:
    """Compute every line of a derivation at random points, and compare it with the tape."""
    rng = np.random.default_rng(seed)
    inputs = _inputs(d)
    out = Receipt(f"each line of {d.left_text} computed in numbers")
    good = []
    for _ in range(count):
        point = _draw(d, [q.symbols.shape for q in inputs], rng)
        subs = _substitution([q.symbols for q in inputs], point)
        shape, y_bar = np.shape(d.f(*point)), np.ones(())
        if not isinstance(d, ScalarDerivation) and shape:
            y_bar = rng.standard_normal(shape)
            subs |= _substitution([d.y_bar], [y_bar])
        ours, scale = _pulled_back(d, point, y_bar, rng)
        for line in d.lines:
            entries = line.value.flat if isinstance(line.value, np.ndarray) else [line.value]
            numbers = [float(d.reading.expanded(e).xreplace(subs).evalf(30)) for e in entries]
            good.append(within(ours, numbers, scale, out.bound))
    out.checks.append(
        Check("each line, in numbers, against the tape", all(good), count, out.bound,
              "sees a rule of the engine that differs from the printed formula")
    )  # fmt: skip
    return out


def _substitution(symbols, values) -> dict:
    """Map every symbol to its number, exactly."""
    return {
        s: sp.Rational(float(v))
        for array, x in zip(symbols, values, strict=True)
        for s, v in zip(array.flat, np.ravel(x), strict=True)
    }


def _any(names) -> str:
    """Say of names that they stand for any functions.

    >>> _any(["sigma"]), _any(["u", "v", "y1"])
    ('σ is any differentiable function', 'u, v and y₁ are any differentiable functions')
    """
    *first, last = map(say_name, names)
    if not first:
        return f"{last} is any differentiable function"
    return f"{', '.join(first)} and {last} are any differentiable functions"


def _instantiate(d: IndexedDerivation, seed: int) -> Receipt:
    """Give the sizes two sets of numbers; compare index form, explicit Jacobian and tape."""
    rng = np.random.default_rng(seed)
    inputs = _inputs(d)
    letters = sorted({str(n) for q in inputs for n in q.shape if n.is_Symbol})
    out = Receipt(f"{d.left_text} with sizes put in")
    against_tape, against_jacobian, tried = [], [], []
    for shift in (0, 1):
        sizes = {n: 2 + (k + shift) % 3 for k, n in enumerate(letters)}
        tried.append(", ".join(f"{n} = {v}" for n, v in sizes.items()))
        shapes = [tuple(int(sizes.get(str(n), n)) for n in q.shape) for q in inputs]
        point = _draw(d, shapes, rng)
        shape = np.shape(d.f(*point))
        y_bar = rng.standard_normal(shape) if shape else 1.0
        ours, scale = _pulled_back(d, point, y_bar, rng)
        arrays = {q.name: x for q, x in zip(inputs, point, strict=True)}
        arrays[f"{d.output.name}_bar"] = y_bar
        numbers = form_at(d, sizes, arrays).ravel()
        against_tape.append(within(ours, numbers, scale, out.bound))
        truth = explicit_at(d, sizes, arrays).ravel()
        against_jacobian.append(within(truth, numbers, scale, out.bound))
    where = "; ".join(tried)
    out.checks += [
        Check("the tape's pullback", all(against_tape), 2, out.bound,
              f"sees a rule that differs from the formula (sizes {where})"),
        Check("SymPy's explicit Jacobian", all(against_jacobian), 2, out.bound,
              "sees a mistake in the handling of sums and deltas"),
    ]  # fmt: skip
    return out
