"""Why a line of inner products is refused: the entry it implies, a point, and the slip's name."""

from __future__ import annotations

import itertools
from dataclasses import replace

import sympy as sp

from backprop_lab.equality import counterexample
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_form import collapse, fresh, readable, same
from backprop_lab.inner_chain import at_indices
from backprop_lab.printing import text_of
from backprop_lab.proofs import looks_like, not_equal, place
from backprop_lab.slip_entries import Step, step_of
from backprop_lab.slips import Slip, slip_of

LOST_ENTRYWISE = Slip(
    "lost-entrywise",
    "a matrix product written for ⊙",
    "A slope that belongs to one entry multiplies that entry alone: ⊙. A matrix product mixes it "
    "with the others.",
)


def refusal(d, value, chain: bool, because: str) -> str:
    """Say why a line is wrong: what it makes of the cotangent is compared with the truth."""
    wrong = implied(d, value.array.entry()) if chain else value.array.entry(*d.indices)
    wrong, truth = collapse(d.pairs.expanded(wrong)), collapse(d.pairs.expanded(d.truth))
    at = counterexample(at_two(d, wrong), at_two(d, truth))
    left, entry = d.left_text if chain else d.cotangent.left_text, d.cotangent.left_text
    rows = [
        not_equal(len(d.lines) + 1, left, because, at),
        f"  {entry} by the line  {text_of(readable(wrong))}",
        f"  {entry} by SymPy     {text_of(readable(truth))}",
        *looks_like(_slip(d, wrong)),
    ]
    if at:
        letters = ", ".join(f"{i} = {v}" for i, v in _first_indices(d).items())
        where = f"with every size set to 2{f' and {letters}' if letters else ''}"
        rows.append(f"  {where}, they differ at {place(at)}")
    return "\n".join(rows)


def shape_refusal(d, number: int, expr, error) -> str:
    """Say why a line has no shape, and what it would be where all sizes are equal."""
    message = f"line {number} cannot be right: {error}"
    letters = {n for shape in d.full.values() for n in shape if isinstance(n, str)}
    if len(letters) < 2:
        return message
    square = {
        name: tuple("n" if isinstance(n, str) else n for n in shape)
        for name, shape in d.full.items()
    }
    try:
        d.restart(square).then(expr)
    except ProofError as refused:
        named = [row for row in str(refused).splitlines() if "looks like" in row]
        return "\n".join([message, *named])
    except TraceError:
        pass
    return message


def implied(d, line) -> sp.Expr:
    """Give the factor of an entry of ẋ in a line: the cotangent that the line stands for."""
    return collapse(sp.diff(d.pairs.expanded(line), d.dot.entry(*d.indices)))


def _slip(d, wrong):
    """Find the known slip that makes this entry: in the last step back, or in one before it."""
    look = Fingerprints({})

    def made(entry):
        entry = d.pairs.expanded(entry)
        return look.alike(entry, wrong, d.indices) and same(entry, wrong)

    step = _step(d.cotangent)
    found = slip_of("on_entries", (step,), made)
    if found is None and any(map(made, _products_for_entrywise(step))):
        return LOST_ENTRYWISE
    return found or next(filter(None, (_slip_before(d, name, made) for name in d.before)), None)


def _slip_before(d, name, made):
    """Find the slip in the cotangent of a value in between that explains the entry."""
    bar, kept = f"{name}_bar", d.pairs.quantities[f"{name}_bar"]

    def carried(entry):
        at = d.before[name].indices
        d.pairs.quantities[bar] = replace(kept, definition=at_indices(entry, at))
        try:
            return made(d.truth)
        finally:
            d.pairs.quantities[bar] = kept

    return slip_of("on_entries", (_step(d.before[name]),), carried)


def _step(c) -> Step:
    return step_of(c.reading, c.reading.quantities[c.wrt], c.consumers, c.output, c.indices)


def _products_for_entrywise(step: Step):
    """Yield Σₖ Aₐₖ Bₖᵦ in the place of Aₐᵦ Bₐᵦ, for each way to part the factors in two."""
    if len(step.shape) != 2 or step.shape[0] != step.shape[1] or not step.right.is_Mul:
        return
    (a, b), k = step.at, fresh()
    factors = [f for f in step.right.args if f.has(a) and f.has(b)]
    number = step.right / sp.Mul(*factors)
    for count in range(1, len(factors)):
        for left in itertools.combinations(factors, count):
            right = sp.Mul(*(f for f in factors if f not in left))
            body = sp.Mul(*left).xreplace({b: k}) * right.xreplace({a: k})
            yield number * sp.Sum(body, (k, 1, step.shape[0]))


def at_two(d, expr) -> sp.Expr:
    """Write an entry out with every size 2: sums become terms, entries become letters."""
    sizes = {n: sp.Integer(2) for q in d.pairs.quantities.values() for n in q.shape}
    sizes = {n: two for n, two in sizes.items() if n.is_Symbol}
    return _written_out(expr.xreplace(_first_indices(d)), sizes)


def _first_indices(d) -> dict:
    """Look at the entry (1, 2): on the diagonal a transpose would not show."""
    return {i: sp.Integer(1 + n % 2) for n, i in enumerate(d.indices) if i.is_Symbol}


def _written_out(expr, sizes):
    if isinstance(expr, sp.Sum):
        (index, _, size), *rest = expr.limits
        inner = sp.Sum(expr.function, *rest) if rest else expr.function
        count = range(1, int(size.xreplace(sizes)) + 1)
        return sp.Add(*(_written_out(inner.xreplace({index: sp.Integer(k)}), sizes) for k in count))
    if isinstance(expr, sp.Indexed):
        label = "".join(map(str, expr.indices))
        return sp.Symbol(f"{expr.base.label}_{label}", real=True)
    if not expr.args:
        return expr.xreplace(sizes)
    return expr.func(*(_written_out(a, sizes) for a in expr.args))
