"""Shapes that give a slip away: each function compares what was got with what is wanted.

Sizes are texts, of numbers or of letters.
"""

from __future__ import annotations


def is_transposed(got: tuple, wanted: tuple) -> bool:
    """Whether rows and columns are exchanged."""
    return got == wanted[::-1] != wanted


def is_broadcast(got: tuple, wanted: tuple) -> bool:
    """Whether `wanted` stretches to `got`, as NumPy would."""
    tail = got[len(got) - len(wanted) :]
    fits = all(w in (g, "1") for g, w in zip(tail, wanted, strict=False))
    return len(wanted) <= len(got) and fits and got != wanted


def is_single(got: tuple, wanted: tuple) -> bool:
    """Whether one number was given for many."""
    return got == () != wanted


def lost_an_axis(got: tuple, wanted: tuple) -> bool:
    """Whether `got` is `wanted` without one axis, or has another axis in its place."""
    if len(got) == len(wanted) == 1:
        return got != wanted
    shorter = [wanted[:i] + wanted[i + 1 :] for i in range(len(wanted))]
    kept = [(*wanted[:i], "1", *wanted[i + 1 :]) for i in range(len(wanted))]
    return got != wanted and got in [*shorter, *kept]
