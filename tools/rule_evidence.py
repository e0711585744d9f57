"""What is known of each rule: proved from its code on letters, or compared in numbers."""

from __future__ import annotations

import collections
import functools
from dataclasses import dataclass, field

import numpy as np

import backprop_lab as bl
import scribe
from backprop_lab.cards import Card, operand_names
from backprop_lab.equality import PROVED
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.rule_proofs import prove
from backprop_lab.rule_symbols import WITHOUT_NAN
from backprop_lab.rules import RULES
from backprop_lab.symbolic_table import WITHOUT
from rule_cases import all_cases
from rule_examples import ALL_SIZES, EXAMPLES, IN_NUMBERS

_MOST_LETTERS, _MOST_NUMBERS, _MOST_INSTANCES = 9, 24, 3
UNREAD = {func: why.partition(";")[0] for func, why in WITHOUT.items() if func not in WITHOUT_NAN}


@dataclass
class Known:
    """What was proved or compared of one rule."""

    row: dict
    rule: object
    cards: list[Card] = field(default_factory=list)
    reason: str = ""  # why it is not proved on symbols
    compared: int = 0  # cases compared in numbers

    @property
    def kind(self) -> str:
        """How the rule is known: a word for the counts."""
        if not self.cards:
            return "numbers"
        if any(c.instance.status != PROVED for c in self.cards):
            return "points"
        if self.rule.kind == "composite":
            return "spelling"
        if self.rule.func in ALL_SIZES:
            return "sizes"
        return "entries" if self.rule.kind == "elementwise" else "shapes"


def _letters(example) -> int:
    return sum(int(np.prod(x)) for x in example.operands if isinstance(x, tuple))


def _empty(example) -> bool:
    return any(isinstance(x, tuple) and 0 in x for x in example.operands)


@functools.lru_cache(maxsize=1)
def _cases() -> dict:
    found = collections.defaultdict(list)
    for case in all_cases():
        found[case.key].append(case)
    return found


def _candidates(func) -> list:
    """Calls that are small enough to be proved on letters, each shape once."""
    if func in EXAMPLES:
        return EXAMPLES[func]
    small = [c for c in _cases()[func] if 1 <= _letters(c) <= _MOST_LETTERS and not _empty(c)]
    if RULES[func].kind == "elementwise":
        plain = [c for c in small if all(isinstance(x, tuple) and not x for x in c.operands)]
        return plain[:1] or [c for c in small if _letters(c) <= 3][:1] or small[:1]
    return small


def known(row) -> Known:
    """Prove a rule at up to three calls, or compare it in numbers where it cannot be read.

    Raises `ProofError` where the rule is wrong.
    """
    func = functions()[row["function"]]
    found = Known(row, RULES[func])
    if func in IN_NUMBERS or func in UNREAD:
        found.reason = IN_NUMBERS.get(func) or UNREAD[func]
    else:
        _prove(found, func)
    if not found.cards:
        found.compared = _compare(func)
    return found


def _prove(found, func):
    for example in _candidates(func):
        if len(found.cards) == _MOST_INSTANCES:
            break
        names = operand_names(func, len(example.operands))
        try:
            instance = prove(found.rule, example.call, example.operands, names)
        except (TraceError, TypeError, AttributeError, ValueError) as error:
            found.reason = found.reason or str(error)
            continue
        found.cards.append(Card(found.rule, instance))
    if not found.cards:
        raise LookupError(
            f"{found.rule.name} cannot be proved on letters: {found.reason or 'no small case'}. "
            "Let rule_symbols.Decided do what its code asks, give a call in rule_examples.EXAMPLES "
            "or list the function in rule_examples.IN_NUMBERS with the reason."
        )


@functools.lru_cache(maxsize=1)
def functions() -> dict:
    return {
        scribe.spelled(key): key
        for key, rule in RULES.items()
        if not rule.name.startswith("operator.")
    }


def _compare(func) -> int:
    """Compare a rule with central differences of plain NumPy; give the number of cases."""
    done = 0
    for case in _cases()[func]:
        if not 1 <= _letters(case) <= _MOST_NUMBERS or done == _MOST_INSTANCES:
            continue
        point = case.draw()
        places = [i for i, x in enumerate(case.operands) if isinstance(x, tuple)]
        y, pullback = bl.vjp(case.call, *point)
        y_bar = np.random.default_rng(7).standard_normal(np.shape(y))
        for i, x_bar in zip(places, (pullback(y_bar)[i] for i in places), strict=True):
            wanted = _differences(case.call, point, i, y_bar)
            if not np.allclose(x_bar, wanted, rtol=1e-5, atol=1e-5):
                raise ProofError(f"{case}: the pullback gives {x_bar}, differences {wanted}")
        done += 1
    if not done:
        raise LookupError(f"{RULES[func].name}: no small case to compare in numbers")
    return done


def _differences(f, point, i, y_bar, step=1e-6):
    """Jᵀȳ of one operand by central differences."""
    out = np.zeros(np.shape(point[i]))
    for index in np.ndindex(*out.shape):
        ends = []
        for sign in (1, -1):
            moved = np.array(point[i], dtype=float)
            moved[index] += sign * step
            ends.append(np.asarray(f(*point[:i], moved, *point[i + 1 :])))
        out[index] = np.sum(y_bar * (ends[0] - ends[1])) / (2 * step)
    return out
