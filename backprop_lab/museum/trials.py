"""Try which checks see an exhibit: shapes, numbers at a generic point, the dot product, a proof."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import numpy as np

from backprop_lab.checks import WatchedTape
from backprop_lab.derivation import argument_names
from backprop_lab.errors import ProofError
from backprop_lab.museum.exhibit import AtPoint, Exhibit
from backprop_lab.transforms import grad, vjp

CHECKS = ("shapes", "differences", "dot product", "proof")


def seen_by(exhibit: Exhibit) -> dict[str, bool]:
    """Say which checks see the written line, each of them tried.

    >>> from backprop_lab import museum
    >>> museum.seen_by(museum.EXHIBITS["scale"])
    {'shapes': False, 'differences': True, 'dot product': True, 'proof': True}
    """
    if isinstance(exhibit, AtPoint):
        passes = not differs_near(exhibit)
        return dict.fromkeys(CHECKS, not passes)
    try:
        exhibit.refuse()
    except ProofError as error:
        said = str(error)
    else:
        return dict.fromkeys(CHECKS, False)
    shapes = "cannot be right" in said or "has shape" in said
    if shapes or exhibit.derive().reading.unknowns:  # no numbers but those of the refusal
        wrong = shapes or "they differ at" in said
    else:
        wrong = differs(exhibit)
    return dict(zip(CHECKS, (shapes, wrong, wrong and not exhibit.both_modes, True), strict=True))


def differs(exhibit: Exhibit, special: Mapping[str, object] | None = None, seed: int = 0) -> bool:
    """Whether the written line and the engine differ in numbers, at a generic point.

    `special` puts given values in: inputs, or the cotangent of the output. With them, every size
    that is a letter is 2.
    """
    rng = np.random.default_rng(seed)
    special = {name: np.array(v, dtype=float)[()] for name, v in (special or {}).items()}
    names, shapes = argument_names(exhibit.f), exhibit.shapes or {}
    letters = list(dict.fromkeys(n for shape in shapes.values() for n in shape))
    sizes = {n: 2 if special or isinstance(n, int) else 2 + k for k, n in enumerate(letters)}
    point = [
        special[n] if n in special else _draw(rng, tuple(sizes[k] for k in shapes.get(n, ())))
        for n in names
    ]
    known, output = named_values(exhibit.f, names, point)
    bar = f"{output}_bar"
    y_bar = special.get(bar, _draw(rng, np.shape(known[output])) if known[output].shape else 1.0)
    _, pullback = vjp(exhibit.f, *point)
    right = pullback(y_bar)[names.index(exhibit.wrt)]
    wanted = inspect.signature(exhibit.written).parameters
    given = exhibit.written(**{n: v for n, v in (known | {bar: y_bar}).items() if n in wanted})
    return not np.allclose(given, right, rtol=1e-9, atol=1e-9)


def differs_near(exhibit: AtPoint) -> bool:
    """Whether the formula is wrong beside its point, too."""
    x = np.array(exhibit.at, dtype=float) + np.array([0.01, 0.02])
    right = grad(lambda z: np.sum(exhibit.f(z)))(x)
    return not np.allclose(exhibit.written(x), right, rtol=1e-9)


def named_values(f: Callable, names: list[str], point: list) -> tuple[dict, str]:
    """Run `f`: the inputs and what `let` named by name, and the name of the output."""
    tape = WatchedTape()
    y = f(*(tape.watch(x) for x in point))
    named = {tape.names[i][0]: np.asarray(tape.named_values[i]) for i in tape.names}
    return dict(zip(names, point, strict=True)) | named, tape.names[y.index][0]


def _draw(rng, shape):
    x = rng.uniform(0.5, 1.5, shape)
    return x if shape else float(x)
