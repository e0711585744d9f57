"""The entries of a tape, made readable: for those who look at a tape. The walk uses the edges."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from backprop_lab.rules import Rule
from backprop_lab.tape import Tape


class Entry(NamedTuple):
    """One entry: the rule that made it, its operands' entries, and the ways back to them."""

    rule: Rule | None  # None for a primal, which no operation made
    parents: tuple[int, ...]
    pullbacks: tuple[Callable, ...]
    shape: tuple[int, ...]


def entries(tape: Tape) -> list[Entry]:
    """Give every entry of `tape`, in the order in which they were made.

    >>> import numpy as np
    >>> tape = Tape()
    >>> y = np.sin(2.0 * tape.watch(3.0))
    >>> [(e.rule and e.rule.name, e.parents) for e in entries(tape)]
    [(None, ()), ('operator.mul', (0,)), ('np.sin', (1,))]
    """
    found = [([], [], []) for _ in tape.shapes]
    for kept, link, parent, child in tape.walk():
        rules, parents, pullbacks = found[child]
        rules.append(link.rule)
        parents.append(parent)
        pullbacks.append(functools.partial(_pull, link, kept))
    return [
        Entry(rules[0] if rules else None, tuple(parents[::-1]), tuple(pullbacks[::-1]), shape)
        for (rules, parents, pullbacks), shape in zip(found, tape.shapes, strict=True)
    ]


def _pull(link, kept, y_bar):
    return link.pull(y_bar, kept)
