"""Calls of every rule in the registry: what the tests of rules draw from. One module a family."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lab.errors import name_of


@dataclass(frozen=True, eq=False)  # a case is itself: its operands may be arrays
class Case:
    """A rule's key, a call of it, and what fills the operands: a shape, or a value itself.

    `plain` is the same function spelled by analytic operations alone, where `call` itself is not
    valid on complex numbers (as `np.var`, which squares an absolute value): the truth comes from it.
    """

    key: Any
    call: Callable
    operands: tuple
    low: float
    high: float
    plain: Callable | None = None
    family: str = ""  # the module of cases that it stands in

    def __str__(self):
        shapes = ",".join(str(x).replace(" ", "") for x in self.operands)
        return f"{name_of(self.key)}[{shapes}]"

    def draw(self, seed=0):
        """Dyadic numbers in [low, high), no two of them equal, so that no tie is hit by chance."""
        rng = np.random.default_rng([seed, zlib.crc32(str(self).encode())])
        sizes = [int(np.prod(x)) if isinstance(x, tuple) else 0 for x in self.operands]
        places = rng.permutation(2 * max(sum(sizes), 8))[: sum(sizes)]
        step = (self.high - self.low) / (2 * max(sum(sizes), 8))
        numbers = np.round((self.low + (places + 0.5) * step) * 256) / 256
        pieces = np.split(numbers, np.cumsum(sizes)[:-1]) if sizes else []
        return tuple(
            x if not isinstance(x, tuple) else np.reshape(piece, x)
            for x, piece in zip(self.operands, pieces, strict=True)
        )


CASES: list[Case] = []


def case(key, *operands, call=None, low=-2.0, high=2.0, plain=None, **params):
    """Add a case: `key(*operands, **params)`, or `call(*operands, **params)`."""
    call = call or key
    if params:
        call = functools.partial(call, **params)
        plain = plain and functools.partial(plain, **params)
    family = sys._getframe(1).f_globals["__name__"]
    CASES.append(Case(key, call, operands, low, high, plain, family))


def family_title(case) -> str:
    """The family of a case in words: the first line of its module."""
    return (importlib.import_module(case.family).__doc__ or case.family).partition("\n")[0]


def joined(func, **params):
    """A function of many operands from one of a list of them."""
    return lambda *arrays: func(arrays, **params)


def all_cases() -> list[Case]:
    """Load every family, in the order of their names, and give the cases of all."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return CASES
