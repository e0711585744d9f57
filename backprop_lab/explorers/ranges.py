"""Does a function exist on the ranges of its sliders, and do formulas and engine agree there?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Tree, along, compiled, evaluate
from backprop_lab.explorers.reading import agree

STEPS = 33  # places on each slider that are looked at


def check(sliders, start: Mapping, formulas: Mapping, measure: Callable, spared=frozenset()):
    """Refuse a range on which a value does not exist, and formulas that the engine contradicts.

    `spared` names what may be undefined: the derivative by a number that is held.
    """
    for slider in sliders:
        _exists(slider, start, formulas, spared)
        _crosses_nothing(slider, start, formulas, spared)
    corners = itertools.product(*((s.low, s.start, s.high) for s in sliders))
    for corner in itertools.islice(corners, 9):
        state = dict(start) | {s.name: float(v) for s, v in zip(sliders, corner, strict=True)}
        with np.errstate(all="ignore"):
            wrong = agree(evaluate(formulas, state), measure(state), 1e-7)
        if wrong:
            raise TraceError(
                f"explore: at {state} the engine and SymPy give different numbers for {wrong[0]}. "
                "Run bl.verify(f, …) to see where."
            )


def _exists(slider, start, formulas, spared):
    for v in np.linspace(slider.low, slider.high, STEPS):
        values = evaluate(formulas, dict(start) | {slider.name: float(v)})
        bad = [k for k in formulas if not np.isfinite(values[k]) and k not in spared]
        if bad:
            raise TraceError(
                f"explore: at {slider.name} = {v:g} the value of {bad[0]} is not defined. "
                f"Choose a range of {slider.name} on which it is, for example one that stays "
                "away from there."
            )


def _crosses_nothing(slider, start, formulas, spared):
    """Refuse a pole between two of the places: what a formula divides by changes its sign."""
    at = np.linspace(slider.low, slider.high, STEPS)
    known = along(formulas, evaluate(formulas, start), slider.name, at)
    for key, tree in formulas.items():
        for part in () if key in spared else divisors(tree):
            with np.errstate(all="ignore"):
                values = np.broadcast_to(compiled(part)(known), at.shape)
            turns = np.flatnonzero(values[:-1] * values[1:] < 0)
            if turns.size:
                low, high = at[turns[0]], at[turns[0] + 1]
                raise TraceError(
                    f"explore: between {slider.name} = {low:g} and {slider.name} = {high:g} the "
                    f"value of {key} is not defined at some point. Choose a range of "
                    f"{slider.name} that stays away from there."
                )


def divisors(tree: Tree) -> Iterator[Tree]:
    """List what must not be 0 in a formula: divisors, and the cosine below a tangent.

    The cases of a "?" are left out: a condition may keep them away from 0.

    >>> list(divisors(["+", ["/", 1.0, "x"], ["^", "y", -2.0]]))
    ['x', 'y']
    """
    if not isinstance(tree, list) or tree[0] in ("?", "sweep"):
        return
    if tree[0] == "/":
        yield tree[2]
    if tree[0] == "^" and isinstance(tree[2], (int, float)) and tree[2] < 0:
        yield tree[1]
    if tree[0] == "tan":
        yield ["cos", tree[1]]
    for part in tree[1:]:
        yield from divisors(part)
