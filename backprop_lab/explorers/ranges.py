"""Does a function exist on the ranges of its sliders, and do formulas and engine agree there?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Tree, evaluate
from backprop_lab.explorers.poles import first_pole

STEPS = 65  # places on each slider that are looked at, where one or two are given
MOST = 4096  # places of all sliders together
TOLERANCE = 1e-6  # of what a number is at its largest: four digits are shown


@dataclass(frozen=True)
class Grid:
    """Places of all sliders together, and every formula at each of them."""

    sliders: list
    start: Mapping
    axes: list[np.ndarray]
    known: dict

    @property
    def shape(self) -> tuple[int, ...]:
        """How many places each slider has."""
        return tuple(map(len, self.axes))

    def of(self, name: str) -> np.ndarray:
        """Give a number at all the places."""
        return np.broadcast_to(self.known[name], self.shape)

    def moved(self) -> np.ndarray:
        """Count, at each place, the sliders that do not stand at their start."""
        at = np.ix_(*self.axes)
        away = [a != s.start for s, a in zip(self.sliders, at, strict=True)]
        return sum(away, np.zeros(self.shape))

    def state(self, index) -> dict:
        """Give the state of a place."""
        at = {s.name: float(a[i]) for s, a, i in zip(self.sliders, self.axes, index, strict=True)}
        return dict(self.start) | at


def grid_of(sliders, start: Mapping, formulas: Mapping[str, Tree]) -> Grid:
    """Look at a modest number of places: the ends, the middle and the start of each slider."""
    count = max(2, min(STEPS, int(MOST ** (1 / len(sliders)))))
    count -= count > 2 and count % 2 == 0  # the middle is one of them
    axes = [np.linspace(s.low, s.high, count) for s in sliders]
    if count > 2:
        axes = [np.union1d(a, s.start) for s, a in zip(sliders, axes, strict=True)]
    meshed = np.ix_(*axes)
    at = {s.name: places for s, places in zip(sliders, meshed, strict=True)}
    return Grid(list(sliders), start, axes, evaluate(formulas, dict(start) | at))


def check(sliders, start: Mapping, formulas: Mapping, measure: Callable, spared=frozenset()):
    """Refuse a range on which a value does not exist, and formulas that the engine contradicts.

    `spared` names what may be undefined: the derivative by a number that is held.
    """
    grid = grid_of(sliders, start, formulas)
    watched = {k: t for k, t in formulas.items() if k not in spared}
    _exists(grid, watched, measure)
    pole = first_pole(grid, formulas, watched)
    if pole:
        key, state = pole
        moved = _moved(sliders, state)
        raise TraceError(
            f"explore: at about {_said(moved, state)} the value of {key} is not defined. "
            f"{_advice(moved)}"
        )
    _agrees(grid, formulas, measure)


def _exists(grid, watched, measure):
    bad = {key: ~np.isfinite(grid.of(key)) for key in watched}
    anywhere = np.any(list(bad.values()), axis=0)
    if not anywhere.any():
        return
    index = np.unravel_index(np.argmin(np.where(anywhere, grid.moved(), np.inf)), grid.shape)
    key, state = next(k for k in watched if bad[k][index]), grid.state(index)
    moved = _moved(grid.sliders, state)
    with np.errstate(all="ignore"):
        truth = measure(state).get(key, np.nan)
    problem = f"the value of {key} is not defined"
    if np.isfinite(truth):
        problem = (
            f"the engine gives {truth:.4g} for {key}, but the formula of the page no number: a "
            "part of it is 0/0 or too large"
        )
    raise TraceError(f"explore: at {_said(moved, state)} {problem}. {_advice(moved)}")


def _moved(sliders, state) -> list[str]:
    """Name the sliders that are to be named: those away from their start, or else all."""
    return [s.name for s in sliders if state[s.name] != s.start] or [s.name for s in sliders]


def _said(names, state) -> str:
    return ", ".join(f"{name} = {state[name]:.4g}" for name in names)


def _advice(names) -> str:
    if len(names) == 1:
        return (
            f"Choose a range of {names[0]} on which it is, for example one that stays away from "
            "there."
        )
    listed = ", ".join(names[:-1]) + f" and {names[-1]}"
    return f"Choose ranges of {listed} that stay away from there together."


def _agrees(grid, formulas, measure):
    """Compare with the engine at some corners, on the scale that each number has on the grid."""
    corners = itertools.product(*((s.low, s.start, s.high) for s in grid.sliders))
    for corner in itertools.islice(corners, 9):
        at = {s.name: float(v) for s, v in zip(grid.sliders, corner, strict=True)}
        state = dict(grid.start) | at
        with np.errstate(all="ignore"):
            values, engine = evaluate(formulas, state), measure(state)
        for key, truth in engine.items():
            size = np.abs(grid.of(key))
            size = max(abs(truth), size[np.isfinite(size)].max(initial=1e-300))
            if np.isfinite(truth) and abs(values[key] - truth) > TOLERANCE * size:
                raise TraceError(
                    f"explore: at {_said(list(at), state)} the engine gives {truth:.6g} for {key}, "
                    f"and SymPy's formula {values[key]:.6g}. Run bl.verify(f, …) to see where they "
                    "part. Where it finds them equal, the numbers lose their digits there: choose "
                    "a range that stays away."
                )
