"""Rules proved on symbols: the registered code against SymPy's derivative of the primal.

The code of a pullback and of a pushforward runs on letters (`rule_symbols`); SymPy differentiates
what the symbolic table says the function is. Both must be equal, entry by entry, for all values.
What a rule does with masks is proved in each case by itself: for a > b and for a < b.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from backprop_lab.equality import CHECKED, PROVED, equal
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.printing import text_of
from backprop_lab.rule_letters import (
    cotangent_of,
    is_complex,
    letters_of,
    name_in,
    part_arrays,
    parts,
    tangent_of,
)
from backprop_lab.rule_symbols import (
    WITHOUT_NAN,
    Answers,
    Decided,
    arguments_of,
    entries,
    exactly,
)
from backprop_lab.rules.complexes import policy_of
from backprop_lab.rules.registry import Rule
from backprop_lab.symbolic_table import symbolic_primal


@dataclass
class Instance:
    """A rule run on letters at given shapes, and what was found.

    By the place of each operand: `letters`, and SymPy's `adjoints`, the cotangents that the code
    was found equal to. `values` and `bars` are what the function gives, and their cotangents.
    `args` and `kwargs` are those of the call.
    """

    rule: Rule
    args: tuple
    kwargs: dict
    letters: dict
    values: list
    bars: list
    adjoints: dict
    tangents: list
    status: str = ""
    where: str = ""


ERRORS = (TraceError, ProofError, AttributeError, TypeError, ValueError, NotImplementedError)
_MOST_BRANCHES = 16
_PART = "for values above 0"


# --- where a rule is proved: everywhere, or case by case -----------------------------------------


def _regions(names: list[str], arrays: list[np.ndarray]):
    """Families of cases that cover the domain, ties and zeros aside: (words, substitutions).

    They are tried in turn, until the assumptions of one decide every question of the code. The last
    covers a part of the domain alone: it is for functions that live there, such as the logarithm.
    """
    yield "wherever it has a derivative", [{}]
    flat = [x for array in arrays for x in array.flat]
    if 0 < len(flat) <= 3:
        cases = itertools.product((1, -1), repeat=len(flat))
        yield (
            "for values of either sign",
            [{x: k * _above_zero(x) for x, k in zip(flat, ks, strict=True)} for ks in cases],
        )
    if len(arrays) == 2 and arrays[0].shape == arrays[1].shape:
        (a, b), pairs = names, list(zip(*(x.flat for x in arrays), strict=True))
        gap = sp.Dummy("gap", positive=True)
        above = [{x: y + gap for x, y in pairs}, {y: x + gap for x, y in pairs}]
        yield f"for {a} > {b} and for {a} < {b}", above
    if 1 < len(flat) <= 3:
        yield "for every order of the entries", [_in_order(p) for p in itertools.permutations(flat)]
    yield _PART, [{x: _above_zero(x) for x in flat}]


def _in_order(letters_):
    """Let each letter stand a positive amount above the one before it."""
    gaps = [sp.Dummy(f"gap{k}", positive=True) for k in range(len(letters_))]
    return {x: letters_[0] + sp.Add(*gaps[1 : k + 1]) for k, x in enumerate(letters_) if k}


def _above_zero(letter):
    return sp.Symbol(letter.name, positive=True)


def prove(rule: Rule, call: Callable, operands, names="abcdefgh") -> Instance:
    """Prove the rule that `call(*operands)` follows; an operand is a shape, or a constant.

    A `ComplexShape` is that of an operand z = a + ib, and its cotangent is ∂L/∂a + i ∂L/∂b.

    Raises `ProofError` where the code and SymPy's derivative differ, `TraceError` where the code or
    the function cannot be read on symbols.
    """
    arrays = {i: letters_of(names[i], x) for i, x in enumerate(operands) if isinstance(x, tuple)}
    args, kwargs = arguments_of(rule.func, call, [arrays.get(i, x) for i, x in enumerate(operands)])
    truth = _Truth(rule, args, kwargs)
    troubles = []
    real = [part for x in arrays.values() for part in part_arrays(x)]
    for where, cases in _regions([name_in(x) if x.size else "" for x in real], real):
        if where == _PART and any(isinstance(e, ProofError) for e in troubles):
            break  # what is wrong somewhere is not proved by being right elsewhere
        for explored in (False, True):
            try:
                statuses = [truth.prove(case, explored) for case in cases]
            except ERRORS as error:
                troubles.append(error)
            else:
                return truth.instance(_weakest(statuses), where)
    raise next((e for e in troubles if isinstance(e, ProofError)), troubles[0])


class _Truth:
    """What SymPy says of one call of a rule: its values on letters, and their derivatives."""

    def __init__(self, rule, args, kwargs):
        self.rule, self.args, self.kwargs = rule, args, kwargs
        primal = symbolic_primal(WITHOUT_NAN.get(rule.func, rule.func))
        if primal is None:
            raise TraceError(f"{rule.name} has no symbolic reading")
        values = _values(primal(*_entries(args), **_entries(kwargs)))
        self.values = [_mapped(_as_meant, part) for part in values]
        several = len(values) > 1
        self.bars = [cotangent_of(y, k if several else None) for k, y in enumerate(self.values, 1)]
        self.operands, self.params = rule.bind(args, kwargs)
        self.letters = {i: x.entries for i, x in enumerate(self.operands) if isinstance(x, Decided)}

    @functools.cached_property
    def adjoints(self) -> dict:
        """For each operand its cotangent, Jᵀȳ."""
        pairs = [
            pair
            for part, bars in zip(self.values, self.bars, strict=True)
            for pair in zip(part.flat, bars.flat, strict=True)
        ]

        def term(y, bar, letter):  # of real letters: Re(conj(J) ȳ), the convention of `complexes`
            slope = sp.diff(y, letter)
            if not (slope.has(sp.I) or bar.has(sp.I)):
                return slope * bar
            return sp.re(sp.expand(sp.conjugate(slope) * bar, complex=True))

        def of_entry(entry):  # ∂L/∂x, or ∂L/∂a + i ∂L/∂b
            return sp.Add(*(u * term(y, bar, e) for e, u in parts(entry) for y, bar in pairs))

        return {i: _mapped(of_entry, x) for i, x in self.letters.items()}

    def tangents(self, i) -> tuple:
        """Give the letters of the tangent of operand `i`, and what they make of the values."""
        x = self.letters[i]
        dot = tangent_of(x)
        pairs = zip(part_arrays(x), part_arrays(dot), strict=True)
        moves = [move for e, d in pairs for move in zip(e.flat, d.flat, strict=True)]
        push = lambda y: sp.Add(*(d * sp.diff(y, e) for e, d in moves))  # noqa: E731
        return dot, [_mapped(push, part) for part in self.values]

    def instance(self, status, where) -> Instance:
        """Say what was proved."""
        adjoints = self.adjoints if self.letters else {}
        each = [self.tangents(i)[1] for i in self.letters]
        tangents = [
            _mapped(_as_meant, np.array(sum(parts), object)) for parts in zip(*each, strict=True)
        ]
        return Instance(
            self.rule,
            self.args,
            self.kwargs,
            self.letters,
            self.values,
            self.bars,
            adjoints,
            tangents,
            status,
            where,
        )

    def prove(self, case, explored) -> str:
        """Walk the code in one case: once, or through each branch of its open questions."""
        answers, statuses = [], []
        for _ in range(_MOST_BRANCHES):
            script = Answers(answers) if explored else None
            try:
                statuses.append(self._walk(case, script))
            except ZeroDivisionError:  # a branch that refuses its operands
                if not explored:
                    raise
            answers = script.next_round() if explored else None
            if answers is None and statuses:
                return _weakest(statuses)
            if answers is None:
                raise TraceError(f"{self.rule.name}: every branch refuses")
        raise TraceError(f"{self.rule.name}: its code has more than {_MOST_BRANCHES} branches")

    def _walk(self, case, script) -> str:
        rule, statuses = self.rule, []
        args, kwargs = _read(self.args, case, script), _read(self.kwargs, case, script)
        operands, params = rule.bind(args, kwargs)
        same = functools.partial(_same, rule, case)
        if rule.kind == "composite":
            y = _values(rule.spelling(*operands, **params))
            pairs = zip(y, self.values, strict=True)
            return _weakest([same("value", got, wanted) for got, wanted in pairs])
        analytic = policy_of(rule) == "analytic"  # then the engine conjugates, before and after
        turn = sp.conjugate if analytic else lambda e: e
        bars = [_mapped(turn, bar) for bar in self.bars]
        y_bar = tuple(Decided(bar, script) for bar in bars)
        own = callable(rule.on_complex) and any(map(is_complex, self.letters.values()))
        if own:
            _, push, pull = rule.on_complex(*operands, **params)
            pulls = [pull]
        else:
            _, pulls = rule.reverse(operands, params, list(self.letters))
        for i, pull in zip(self.letters, pulls, strict=True):
            back = entries(pull(y_bar if rule.outputs else y_bar[0]))
            kept = turn if is_complex(self.letters[i]) else _real_part
            statuses.append(
                same(f"cotangent of operand {i + 1}", _mapped(kept, back), self.adjoints[i])
            )
            dot, wanted = self.tangents(i)
            dots = [Decided(dot, script) if j == i else None for j in range(len(operands))]
            y_dots = _values(push(dots[0]) if own else rule.forward(operands, params, dots)[1])
            for got, part in zip(y_dots, wanted, strict=True):
                statuses.append(same(f"tangent by operand {i + 1}", got, part))
        return _weakest(statuses)


def _as_meant(e):
    """Read rounded numbers in a formula, as those in code are read."""
    return e.replace(lambda n: n.is_Rational and n.q > 10**12, lambda n: exactly(float(n)))


def _real_part(e):
    """What comes back to a real operand."""
    return sp.re(sp.expand(e, complex=True)) if e.has(sp.I) else e


def _weakest(statuses):
    return CHECKED if CHECKED in statuses else PROVED


def _mapped(func, array):
    out = np.empty(array.shape, object)
    for index in np.ndindex(*array.shape):
        out[index] = func(array[index])
    return out


def _read(x, case, script):
    """Put a case into the operands among arguments, and the answers to open questions."""
    if isinstance(x, Decided):
        return Decided(_mapped(lambda e: e.xreplace(case), x.entries), script)
    if isinstance(x, dict):
        return {k: _read(v, case, script) for k, v in x.items()}
    return type(x)(_read(v, case, script) for v in x) if type(x) in (tuple, list) else x


def _entries(x):
    if isinstance(x, Decided):
        return x.entries
    if isinstance(x, dict):
        return {k: _entries(v) for k, v in x.items()}
    return type(x)(map(_entries, x)) if type(x) in (tuple, list) else x


def _values(y) -> list[np.ndarray]:
    """List the arrays that a function gives, as expressions."""
    return [entries(part) for part in (y if isinstance(y, (tuple, list)) else [y])]


def _same(rule, case, what, got, wanted) -> str:
    """Compare arrays of expressions; raise where they differ."""
    if got.shape != wanted.shape:
        raise ProofError(f"{rule.name}: {what} has shape {got.shape}, not {wanted.shape}")
    statuses = []
    for index in np.ndindex(*wanted.shape):
        truth = wanted[index].xreplace(case).doit()
        same = _plainly_equal(got[index], truth)
        statuses.append(PROVED if same else equal(got[index], truth))
        if not statuses[-1]:
            raise ProofError(
                f"{rule.name}: the {what} is {text_of(got[index])}; SymPy's derivative of the "
                f"function gives {text_of(truth)}"
            )
    return _weakest(statuses)


def _plainly_equal(a, b) -> bool:
    """Whether two expressions are equal by algebra of exponentials alone: the quick way."""
    difference = a - b
    if difference.has(sp.I):
        difference = sp.expand(difference, complex=True)
    difference = difference.replace(sp.sinc, lambda z: sp.sin(z) / z)
    difference = difference.replace(_has_point_cases, _away_from_points)
    if sp.expand(difference) == 0:
        return True
    if difference.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.Heaviside, sp.Sum):
        return False
    return sp.cancel(sp.expand(difference.rewrite(sp.exp))) == 0


def _has_point_cases(e):
    """Whether cases differ at single points only, as those of sin(x)/x do at 0."""
    return isinstance(e, sp.Piecewise) and len(e.args) == 2 and isinstance(e.args[0].cond, sp.Ne)


def _away_from_points(e):
    return e.args[0].expr
