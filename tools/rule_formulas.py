"""Formulas of rules on their cards: written once, as code that is computed, compared and printed.

A row of a formula names a quantity and gives it as a function of quantities that are known: the
operands, the value, their cotangents, and what rows before it have defined. A row that names a
known quantity claims an equality. `compare` tests it in numbers, against NumPy's value and the
engine's cotangents; `prove_formula` on letters, against SymPy's derivative.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

import backprop_lab as bl
from backprop_lab.equality import PROVED, equal
from backprop_lab.errors import ProofError
from backprop_lab.names import subscripted, tex_name
from backprop_lab.printing import role, with_roles
from backprop_lab.proofs import equation_html
from backprop_lab.rule_proofs import prove
from backprop_lab.rule_symbols import Decided, entries
from backprop_lab.rules import RULES
from backprop_lab.seals import sealed
from backprop_lab.spelling import Spelled
from backprop_lab.tex import normalise

POINTS = 3
CONSTANTS = {"pi": np.pi}


@dataclass(frozen=True)
class Row:
    """One equation: the quantity `name` is `code` of the quantities that its arguments name."""

    name: str
    code: Callable
    why: str = ""
    left: str = ""  # TeX of the left-hand side, where it is not that of the name

    @property
    def arguments(self) -> list[str]:
        """Names of the quantities that it asks for."""
        return list(inspect.signature(self.code).parameters)


@dataclass(frozen=True)
class Formula:
    """The formula of one rule, and the calls that it is tried on.

    `operands` and `outputs` are names. `point(rng)` draws the operands; or `shapes` are theirs, and
    the formula is proved on letters. `given(operands)` adds what NumPy computes besides, `seen`
    turns what the function gives (and its cotangent) into the outputs. With `by_entry` the printed
    equations are those of one entry, with the index i.
    """

    call: Callable
    operands: str
    outputs: str
    rows: tuple[Row, ...]
    point: Callable | None = None
    shapes: tuple = ()
    given: Callable | None = None
    seen: Callable = lambda parts: parts
    by_entry: bool = False

    @property
    def letters(self) -> bool:
        """Whether it is proved on letters."""
        return bool(self.shapes)


# --- true? ----------------------------------------------------------------------------------------


def compare(formula: Formula, seed: int = 0) -> dict:
    """Compare every row in numbers; give the quantities. Raises `ProofError` where one differs."""
    rng = np.random.default_rng(seed)
    operands = formula.point(rng)

    def parts_of(*arrays):  # a function with several outputs gives them under names
        y = formula.call(*arrays)
        return tuple(y) if isinstance(y, (tuple, list)) else (y,)

    values, pullback = bl.vjp(parts_of, *operands)
    bars = tuple(rng.standard_normal(np.shape(y)) for y in values)
    found = pullback(bars)
    known = CONSTANTS | {"n": np.shape(operands[0])[0] if np.ndim(operands[0]) else 1}
    names, outputs = formula.operands.split(), formula.outputs.split()
    known |= dict(zip(names, operands, strict=True))
    known |= dict(zip(outputs, formula.seen(values), strict=True))
    known |= {f"{n}_bar": bar for n, bar in zip(names, found, strict=True)}
    known |= {f"{n}_bar": bar for n, bar in zip(outputs, formula.seen(bars), strict=True)}
    known |= formula.given(*operands) if formula.given else {}

    def same(got, wanted):
        size = np.max(np.abs(wanted), initial=1)
        alike = np.shape(got) == np.shape(wanted) or not np.ndim(got)
        return alike and np.allclose(got, wanted, rtol=0, atol=1e-9 * size)

    _follow(formula, known, same)
    return known


def prove_formula(func: Callable, formula: Formula, shapes: tuple) -> dict:
    """Prove every row on letters; give the quantities. Raises `ProofError` where one differs."""
    names, outputs = formula.operands.split(), formula.outputs.split()
    found = prove(RULES[func], formula.call, shapes, names)
    known = {"n": sp.Integer(int(np.prod(shapes[0])))}
    for i, array in found.letters.items():
        known |= {names[i]: Decided(array), f"{names[i]}_bar": Decided(found.adjoints[i])}
    for name, y, bar in zip(outputs, found.values, found.bars, strict=True):
        known |= {name: Decided(y), f"{name}_bar": Decided(bar)}

    def same(got, wanted):
        if np.shape(got) != np.shape(wanted):
            return False
        pairs = zip(*(entries(x).flat for x in (got, wanted)), strict=True)
        return all(equal(a, b) == PROVED for a, b in pairs)

    _follow(formula, known, same)
    return known


def _follow(formula, known, same):
    """Compute row after row; compare what is known, and define what is not."""
    wanted = {f"{name}_bar" for name in formula.operands.split()}
    for row in formula.rows:
        got = row.code(*(known[name] for name in row.arguments))
        wanted -= {row.name, *row.arguments}
        if row.name not in known:
            known[row.name] = got
        elif not same(got, known[row.name]):
            raise ProofError(f"{row.name} of {formula.outputs} is not what its formula gives")
    if wanted:  # a formula that leaves a cotangent out
        raise ProofError(f"the formula of {formula.outputs} says nothing of {', '.join(wanted)}")


# --- printed --------------------------------------------------------------------------------------


def evidence(func: Callable, formula: Formula) -> tuple[str, dict]:
    """Try a formula: say how it is known, and how many axes each quantity has."""
    if formula.letters:
        found = [prove_formula(func, formula, shapes) for shapes in formula.shapes]
        sizes = " and ".join(" with ".join(map(_size, shapes)) for shapes in formula.shapes)
        how = f"proved for {sizes}"
    else:
        found = [compare(formula, seed) for seed in range(POINTS)]
        how = f"≈ compared in numbers at {POINTS} points"
    return how, {name: np.ndim(x) for name, x in found[0].items()}


def _size(shape):
    return " × ".join(map(str, shape)) if len(shape) != 1 else f"n = {shape[0]}"


def rows_of(func: Callable, formula: Formula) -> list[tuple[str, str]]:
    """Give the TeX of each row, and its remark."""
    how, axes = evidence(func, formula)
    bars = {f"{name}_bar" for name in formula.operands.split()}
    out = []
    for row in formula.rows:
        spelled = row.code(*(_spelled(name, formula, axes) for name in row.arguments))
        left = row.left or _spelled(row.name, formula, axes).tex
        left = role("cotangent", left) if row.name in bars else left
        claims = bars & {row.name} or (bars >= set(row.arguments))
        out.append((f"{left} = {spelled.tex}", row.why or (how if claims else "")))
    return out


def _spelled(name, formula, axes):
    tex, ndim = tex_name(name), axes.get(name, 0)
    if formula.by_entry and ndim:
        return Spelled(subscripted(tex, "ijk"[:ndim]), 0)
    return Spelled(tex, ndim)


def formula_html(func: Callable, formula: Formula, call: str) -> str:
    """HTML of the formula of a function; `call` is what its first equation is of."""
    rows = rows_of(func, formula)
    rows[0] = (rows[0][0], rows[0][1] or call)
    status = "proved" if formula.letters else "numbers"
    return block(rows, status)


def block(rows: list[tuple[str, str]], status: str = "proved") -> str:
    """HTML of equations, each with a remark."""
    chain = normalise(with_roles(r",\quad ".join(tex for tex, _ in rows), "none"))
    body = "".join(equation_html(tex, why) for tex, why in rows)
    return sealed(
        f'<div class="bl-proof" data-tex="{html.escape(chain)}" data-status="{status}">'
        f'<div class="math bl-lines">{body}</div></div>'
    )
