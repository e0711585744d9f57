"""Find where a formula divides by 0 between the places that were looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from backprop_lab.explorers.formulas import Tree, compiled, evaluate, names_in

CANDIDATES = 64  # cells of the grid that are searched for one divisor
DIP = 0.4  # of its larger neighbour: what touches 0 is below that at one of the places
CROSSED, TOUCHED = 1e-6, 1e-11  # what counts as 0, as a part of the size at the cell's ends
ROUND = 9  # digits, of the slider's range, to which a place is given
GOLDEN = (5**0.5 - 1) / 2


def first_pole(grid, formulas: Mapping, watched: Mapping) -> tuple[str, dict] | None:
    """Give the first formula that has a pole within the ranges, and a state there."""
    seen: dict[str, dict | None] = {}
    for key, tree in watched.items():
        for part in divisors(tree):
            for factor in factors(part, formulas):
                name = repr(factor)
                if name not in seen:
                    seen[name] = _zero(grid, factor, formulas)
                if seen[name]:
                    return key, seen[name]
    return None


def divisors(tree: Tree) -> Iterator[Tree]:
    """List what must not be 0 in a formula: divisors, logarithms' operands, the cosine below a tan.

    The cases of a "?" are left out: a condition may keep them away from 0.

    >>> list(divisors(["+", ["/", 1.0, "x"], ["^", "y", -2.0]]))
    ['x', 'y']
    """
    if not isinstance(tree, list) or tree[0] in ("?", "sweep", "around"):
        return
    if tree[0] == "/":
        yield tree[2]
    if tree[0] == "^" and isinstance(tree[2], (int, float)) and tree[2] < 0:
        yield tree[1]
    if tree[0] == "tan":
        yield ["cos", tree[1]]
    if tree[0] in ("log", "log1p"):
        yield tree[1] if tree[0] == "log" else ["+", 1.0, tree[1]]
    for part in tree[1:]:
        yield from divisors(part)


def factors(tree: Tree, formulas: Mapping) -> list[Tree]:
    """List formulas one of which is 0 where `tree` is: without sizes and powers, which hide signs.

    >>> factors(["*", 2.0, ["^", ["abs", "y"], 0.5]], {"y": ["-", "x", 0.3]})
    [['-', 'x', 0.3]]
    """
    if isinstance(tree, str):
        return factors(formulas[tree], formulas) if tree in formulas else [tree]
    if not isinstance(tree, list) or tree[0] in ("exp", "cosh"):
        return []
    if tree[0] == "*":
        return factors(tree[1], formulas) + factors(tree[2], formulas)
    if tree[0] in ("neg", "abs", "/"):
        return factors(tree[1], formulas)
    if tree[0] == "^" and isinstance(tree[2], (int, float)):
        return factors(tree[1], formulas) if tree[2] > 0 else []
    return [tree]


def _zero(grid, factor, formulas) -> dict | None:
    """Search a state at which `factor` is 0: where it changes its sign, and where it touches 0."""
    run, needed = compiled(factor), _needed(factor, formulas)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(run(grid.known), grid.shape)
    moved = grid.moved()

    def at(state):
        with np.errstate(all="ignore"):
            return run(evaluate(needed, state))

    for axis in range(len(grid.sliders)):
        v, m = np.moveaxis(values, axis, -1), np.moveaxis(moved, axis, -1)
        for mask, *how in (
            (_turns(v), 1, _bisected, CROSSED),
            (_dips(np.abs(v)), 2, _narrowed, TOUCHED),
        ):
            cells = np.argwhere(mask)
            cells = cells[np.argsort(m[tuple(cells.T)], kind="stable")[:CANDIDATES]]
            state = _searched(grid, at, axis, cells, *how) if len(cells) else None
            if state:
                return state
    return None


def _searched(grid, at, axis, cells, reach, search, small) -> dict | None:
    """Search the cells, which begin at these places and run along one slider, all at once."""
    slider = grid.sliders[axis]
    index = [*cells[:, :-1].T]
    index.insert(axis, cells[:, -1])
    held = {s.name: a[i] for s, a, i in zip(grid.sliders, grid.axes, index, strict=True)}

    def g(places):
        found = at(dict(grid.start) | held | {slider.name: places})
        return np.broadcast_to(found, places.shape)

    low, high = (grid.axes[axis][cells[:, -1] + k] for k in (0, reach))
    places = search(g, low, high)
    size = np.maximum(np.abs(g(low)), np.abs(g(high)))
    for k in np.flatnonzero(np.abs(g(places)) <= small * size):
        width = slider.high - slider.low
        place = float(np.round(places[k] / width, ROUND) * width) + 0.0
        here = {name: float(v[k]) for name, v in held.items()}
        return dict(grid.start) | here | {slider.name: place}
    return None


def _needed(factor, formulas) -> dict:
    """Give the formulas that a formula uses, and those that they use, in their order."""
    wanted = names_in(factor)
    for name in reversed(formulas):
        if name in wanted:
            wanted |= names_in(formulas[name])
    return {name: tree for name, tree in formulas.items() if name in wanted}


def _turns(v) -> np.ndarray:
    """Mark the places between which and the next one the sign changes."""
    return np.sign(v[..., :-1]) * np.sign(v[..., 1:]) < 0


def _dips(size) -> np.ndarray:
    """Mark the places whose next one is well below the larger one of its neighbours, and least."""
    a, b, c = size[..., :-2], size[..., 1:-1], size[..., 2:]
    return (b <= a) & (b <= c) & (b < DIP * np.maximum(a, c))


def _bisected(g, low, high):
    """Halve cells in which `g` changes its sign; a jump across 0 leaves it away from 0."""
    sign = np.sign(g(low))
    for _ in range(60):
        middle = (low + high) / 2
        same = np.sign(g(middle)) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(np.abs(g(low)) <= np.abs(g(high)), low, high)


def _narrowed(g, low, high):
    """Narrow cells down on the least size of `g`, by golden section."""
    for _ in range(60):
        reach = GOLDEN * (high - low)
        left, right = high - reach, low + reach
        nearer = np.abs(g(left)) <= np.abs(g(right))
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    return (low + high) / 2
