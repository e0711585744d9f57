"""Every explorer of the book, three of a reader's own, and the states at which they are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

import backprop_lab as bl
from backprop_lab import explorers
from backprop_lab.explorers.controls import Button, Choice, Hidden, Slider
from backprop_lab.explorers.formulas import compiled, is_sweep


def _diamond(a, b):
    c = bl.let("c", a + b)
    d = bl.let("d", a * b)
    return bl.let("y", (c + d) + c * d)


def _wave(t, k):
    x = bl.let("x", np.sin(k * t))
    return x**2 * bl.let("y", np.exp(-t)) + t


def _broken(x, a):
    """Kinks and jumps, and what cancels where it is written plainly."""
    k = bl.let("k", np.abs(x - a))
    m = bl.let("m", np.mod(x, 1.0))
    return bl.let("y", bl.softplus(k) + np.expm1(-m) * np.log1p(k) + np.logaddexp(m, a))


EXPLORERS = {
    "neuron": explorers.neuron,
    "two ways": explorers.two_ways,
    "nine edges": explorers.nine_edges,
    "path count": explorers.path_count,
    "jacobian map": explorers.jacobian_map,
    "jacobian circle": explorers.jacobian_circle,
    "elementwise": explorers.elementwise_map,
    "layer cost": explorers.layer_cost,
    "diamond": lambda: bl.explore(_diamond, a=(-3, 3, 2), b=(-3, 3, 3)),
    "broken": lambda: bl.explore(_broken, x=(-2, 2), a=(-1, 1)),
    "wave": lambda: bl.explore(_wave, t=(0, 4, 1), k=(0.5, 3)),
}


def positions(control) -> list[float]:
    """Where a control is tried: a slider at seven places, the others at each of theirs."""
    if isinstance(control, Slider):
        places = np.linspace(control.low, control.high, 7)
        snapped = control.low + np.round((places - control.low) / control.step) * control.step
        return [round(float(v), 10) for v in snapped]
    if isinstance(control, Choice):
        return [float(k) for k in range(len(control.options))]
    if isinstance(control, (Button, Hidden)):
        return []
    return [0.0, 1.0]


def states(explorer) -> Iterator[dict]:
    """The start; each control at each of its places, the others at the start or at an end."""
    yield {}
    ends = {c.name: c.high for c in explorer.controls if isinstance(c, Slider)}
    for control in explorer.controls:
        for place in positions(control):
            yield {control.name: place}
            yield ends | {control.name: place}


def scale(tree, values: Mapping) -> float:
    """Size of a formula when its terms do not cancel: what an error is measured against."""
    if is_sweep(tree):
        return 0.0
    if isinstance(tree, list) and tree[0] in ("+", "-"):
        return scale(tree[1], values) + scale(tree[2], values)
    if isinstance(tree, list) and tree[0] == "*":
        return scale(tree[1], values) * scale(tree[2], values)
    if isinstance(tree, list) and tree[0] == "neg":
        return scale(tree[1], values)
    if isinstance(tree, list) and tree[0] == "^" and isinstance(tree[2], float) and tree[2] > 0:
        return scale(tree[1], values) ** tree[2]
    if isinstance(tree, list) and tree[0] == "pick":
        return scale(tree[2 + int(compiled(tree[1])(values))], values)
    return abs(float(compiled(tree)(values)))


def far(explorer, values: Mapping, engine: Mapping, tolerance: float = 1e-9) -> list[str]:
    """List the names whose numbers differ by more than the tolerance, relative to their scale."""
    out = []
    with np.errstate(all="ignore"):
        for name, truth in engine.items():
            if not np.isfinite(truth):
                continue
            size = (
                scale(explorer.formulas[name], values) if name in explorer.formulas else abs(truth)
            )
            if not abs(values[name] - truth) <= tolerance * max(size, abs(truth)):
                out.append(name)
    return out
