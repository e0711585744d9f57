"""Answers that are formulas: numbers at generic points decide first, and then SymPy proves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from backprop_lab.equality import PROVED, counterexample, equal, has_cases
from backprop_lab.exercises import running
from backprop_lab.exercises.kinds import running_fault, wrong_type
from backprop_lab.exercises.reading import WrongType, article
from backprop_lab.exercises.verdicts import CORRECT, NOT_THIS, NOT_YET, Finding
from backprop_lab.slips import SLIPS, Slip
from backprop_lab.symbolic import Symbolic
from backprop_lab.symbolic_table import entries_of

POINTS, DIGITS = 20, 12
_SLOW = "The formula takes too long to compute, so nothing is decided: write it shorter."
_CASES = "SymPy could not decide about its cases: write the formula without them."
_CHECKED = f"It was checked at {POINTS} points, to {DIGITS} digits; SymPy gave no proof of it."


def agree(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether two formulas have the same numbers at random points, none with a 0 in it.

    `b` is the truth: points where it is no real number are passed over.

    >>> x = sp.Symbol("x", real=True)
    >>> agree(sp.sin(x) ** 2, 1 - sp.cos(x) ** 2), agree(x, abs(x))
    (True, False)
    """
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    rng, agreed = np.random.default_rng(20), 0
    for _ in range(10 * POINTS):
        point = {s: sp.Rational(2 * int(rng.integers(-200, 200)) + 1, 150) for s in symbols}
        mine, right = (e.xreplace(point).evalf(20, maxn=60) for e in (a, b))
        if not (right.is_Float or right.is_Rational):
            continue
        number = mine.is_Float or mine.is_Rational
        if not number or abs(mine - right) > 10**-DIGITS * max(abs(right), sp.Rational(1, 1000)):
            return False
        agreed += 1
        if agreed == POINTS:
            return True
    return False


@dataclass(frozen=True)
class Expression:
    """A formula: a SymPy expression, or a function of named quantities as in `derive(…).then(…)`.

    `derivation()` gives the scalar derivation whose value it is; `made(derivation)` pairs of a
    slip's name and a wrong formula, beside those that slips make of the paths.
    """

    derivation: Callable
    parameters: str
    made: Callable[..., Iterable[tuple[str, sp.Expr]]] = lambda derivation: ()

    @property
    def stub(self) -> str:
        """What stands in the notebook before it is answered."""
        return f"def answer({self.parameters}):\n    ..."

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Compare numbers, then let SymPy decide; show the simplest point where the two differ."""
        if running.unanswered(answer):
            return Finding(NOT_YET)
        d = self.derivation()
        reading, watch = _copied(d.reading), running.Stopwatch()
        try:
            line, fault = self._read(answer, reading, watch)
        except WrongType as error:
            return wrong_type(str(error))
        if fault is not None:
            return fault
        if running.unanswered(line):
            return Finding(NOT_YET)

        def put_in():
            named = _by_names(sp.sympify(line), reading)
            mine = reading.expanded(named)
            return named, mine, agree(mine, d.truth)

        compared = running.call(put_in, (), watch)
        if compared.late:
            return Finding(NOT_YET, (_SLOW,))
        if compared.error is not None:
            return wrong_type(f"SymPy cannot compare this with the derivative: {compared.error}")
        named, mine, agreed = compared.value
        if not agreed:
            return self._differs(named, mine, reading, first, watch)
        known = running.call(lambda: equal(mine, d.truth), (), watch).value
        if known:
            return Finding(CORRECT, () if known == PROVED else (f"It was {known}.",))
        if has_cases(mine):  # a case may hide between the points
            apart = running.call(lambda: counterexample(mine, d.truth), (), watch).value
            if apart:
                return self._differs(named, mine, reading, first, watch)
            return Finding(NOT_YET, (_CASES,))
        return Finding(CORRECT, (_CHECKED,))

    def _differs(self, named, mine, reading, first, watch) -> Finding:
        """Say where a formula differs, and which slip makes it, as far as time allows."""
        truth, rows = self.derivation().truth, [("yours", str(named))]
        at = running.call(lambda: counterexample(mine, truth), (), watch).value
        if at:
            point, yours, right = at
            within = sorted(named.free_symbols & set(reading.definitions), key=str)
            there = [(s, sp.N(reading.expanded(s).xreplace(point), 6)) for s in within]
            given = ", ".join(f"{s} = {v}" for s, v in sorted(point.items(), key=str))
            so = ", ".join(f"{s} = {v}" for s, v in there)
            rows.append(("for", f"{given}; so {so}" if so else given))
            rows += [("yours is", str(yours)), ("the truth is", str(right))]
        slip = running.call(lambda: self._slip(mine, first), (), watch).value
        return Finding(NOT_THIS, (), slip, tuple(rows))

    def _slip(self, mine, first) -> Slip | None:
        d = self.derivation()
        own = list(self.made(d))
        for name in dict.fromkeys((*first, *SLIPS)):
            on_paths = SLIPS[name].on_paths
            made = [wrong for who, wrong in own if who == name]
            made += on_paths(d.factors) if on_paths else ()
            if any(agree(mine, d.reading.expanded(sp.sympify(wrong))) for wrong in made):
                return SLIPS[name]
        return None

    def _read(self, answer, reading, watch):
        """Give the line as an expression, or what went wrong in the learner's function."""
        if isinstance(answer, (str, list, tuple, dict, np.ndarray)):
            raise WrongType(f"A formula is asked for; this is {article(answer)}.")
        if not callable(answer) or isinstance(answer, sp.Basic):
            return answer, None
        names = running.names_of(answer)
        missing = [n for n in names if n not in reading.quantities]
        if missing:
            known = ", ".join(reading.quantities)
            raise WrongType(f"The formula names {missing[0]}; there are {known}.")
        symbols = [Symbolic(reading.quantities[n].symbols, reading) for n in names]
        out = running.call(answer, symbols, watch, copies=False)
        fault = running_fault(out)
        if fault is None and out.value is None:
            fault = wrong_type("Your function gives None: a return is missing.")
        if fault is not None or out.value is Ellipsis:
            return out.value, fault
        line = running.call(lambda: entries_of(out.value), (), watch).value
        if line is None or line.shape != ():
            return None, wrong_type(f"A formula is asked for; you gave {article(out.value)}.")
        return line[()], None


def _copied(reading):
    """Copy a reading: what a learner names with `let` ends with the answer."""
    return replace(
        reading,
        quantities=dict(reading.quantities),
        tex=dict(reading.tex),
        unknowns=dict(reading.unknowns),
    )


def _by_names(expr, reading):
    """Put the derivation's symbols in for those of the same name; raise `ValueError` for others."""
    if not isinstance(expr, sp.Expr) or isinstance(expr, sp.Lambda):
        raise ValueError("it is no expression.")
    if expr.has(sp.I, sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise ValueError("it is not a real number everywhere.")
    functions = sorted(str(f.func) for f in expr.atoms(AppliedUndef))
    if functions:
        raise ValueError(f"it names a function {functions[0]}, which is unknown here.")
    known = {str(s): s for s in reading.tex}
    missing = sorted(str(s) for s in expr.free_symbols if str(s) not in known)
    if missing:
        raise ValueError(f"it names {missing[0]}; there are {', '.join(known)}.")
    return expr.xreplace({s: known[str(s)] for s in expr.free_symbols})
