"""Slopes on the two sides of a kink, and whether a convention agrees with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from backprop_lab.checks import by_entries

NEAR = 1e-8  # a step that shows whether slopes grow as it shrinks


def agree_with_sides(f: Callable, primals: Sequence, ours: list, scales: list) -> bool:
    """Whether Jacobians `ours` at a kink lie between the slopes on its two sides.

    A side on which `f` is not real does not count. A slope of ±∞ is right where those on the sides
    grow to it as the step shrinks.

    >>> agree_with_sides(lambda x: np.sqrt(x), [0.0], [np.array([[np.inf]])], [1.0])
    True
    """
    with np.errstate(all="ignore"):
        sides, closer = one_sided(f, primals), one_sided(f, primals, NEAR)
    return all(
        between(x, *pair, scale) and grows(x, pair, near)
        for x, pair, near, scale in zip(
            ours, zip(*sides, strict=True), zip(*closer, strict=True), scales, strict=True
        )
    )


def one_sided(f: Callable, primals: Sequence, h: float = 1e-4) -> tuple[list, list]:
    """Slopes to the right and to the left of the point; right up to terms in h².

    They are NaN where `f` is not real, or not finite.
    """

    def value(moved):
        y = np.ravel(np.asarray(f(*moved)))
        return y.astype(float) if y.dtype.kind != "c" else np.full(y.shape, np.nan)

    base = value(primals)

    def at(h):
        near, far = (
            by_entries(
                primals, lambda moved, step: (value(moved) - base) / step, lambda x, k=k: k * h
            )
            for k in (1, 2)
        )
        return [2 * a - b for a, b in zip(near, far, strict=True)]

    return at(h), at(-h)


def between(ours, right, left, scale) -> bool:
    """Whether finite slopes lie between those on the two sides, to four digits of a scale."""
    right, left = np.where(np.isnan(right), left, right), np.where(np.isnan(left), right, left)
    slack = 1e-4 * (np.abs(right) + np.abs(left) + scale)
    low, high = np.minimum(right, left) - slack, np.maximum(right, left) + slack
    return bool(np.all(np.isinf(ours) | ((low <= ours) & (ours <= high))))


def grows(ours, sides, closer) -> bool:
    """Whether the slopes on the sides grow to every slope of `ours` that is ±∞."""
    there = [~np.isnan(fine) for fine in closer]
    grown = [
        (ours * fine > 0) & (np.abs(fine) > 1.5 * np.abs(coarse))
        for coarse, fine in zip(sides, closer, strict=True)
    ]
    every = np.all([g | ~t for g, t in zip(grown, there, strict=True)], axis=0)
    return bool(np.all(~np.isinf(ours) | (every & np.any(there, axis=0))))
