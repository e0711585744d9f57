"""The mistakes that people make, by name: one list for proofs, chapters and exercises.

A slip turns the right answer's ingredients into a wrong answer. When an author's or a learner's
line is wrong, and one of these explains it, the message says which. How the wrong answers are made
is in `slip_paths` (scalars), `slip_jacobians` (a fixed size) and `slip_entries` (all sizes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab import slip_entries, slip_jacobians, slip_paths


@dataclass(frozen=True)
class Slip:
    """A named mistake: what it is called, and what one tells the person who made it.

    `on_paths(paths)` gives the wrong sums for a scalar chain rule; each path is a list of local
    derivatives. `on_jacobian(J, y_bar)` gives the wrong cotangents for x̄ = Jᵀȳ, J of the shape
    `shape(y) + shape(x)`. `on_entries(step)` gives the wrong entries of an array of any size.
    `by_shape(got, wanted)` says whether a shape alone gives the slip away.
    """

    name: str
    title: str
    explanation: str
    on_paths: Callable[[Sequence[Sequence]], Iterator] | None = None
    on_jacobian: Callable[[np.ndarray, np.ndarray], Iterator] | None = None
    on_entries: Callable[[slip_entries.Step], Iterator] | None = None
    by_shape: Callable[[tuple, tuple], bool] | None = None


def slip_of(kind: str, ingredients: tuple, is_it: Callable[[object], bool]) -> Slip | None:
    """Find the slip one of whose wrong answers is the line; None where none is.

    `kind` is "on_paths", "on_jacobian" or "on_entries"; `ingredients` is what such a function
    takes; `is_it(wrong)` says whether a wrong answer is the line.
    """
    for slip in SLIPS.values():
        make = getattr(slip, kind)
        if make and any(is_it(wrong) for wrong in make(*ingredients)):
            return slip
    return None


def slip_of_shape(got: Sequence, wanted: Sequence) -> Slip | None:
    """Find the slip that a wrong shape gives away. Sizes are numbers or letters.

    >>> slip_of_shape((4, 3), (3, 4)).name, slip_of_shape(("N", "m"), ("m",)).name
    ('transposed', 'broadcast')
    >>> slip_of_shape((5,), (3, 4)) is None
    True
    """
    got, wanted = (tuple(map(str, shape)) for shape in (got, wanted))
    return next((s for s in SLIPS.values() if s.by_shape and s.by_shape(got, wanted)), None)


def _is_transposed(got, wanted):
    return got == wanted[::-1] != wanted


def _is_broadcast(got, wanted):
    """Whether `wanted` stretches to `got`, as NumPy would."""
    tail = got[len(got) - len(wanted) :]
    fits = all(w in (g, "1") for g, w in zip(tail, wanted, strict=False))
    return len(wanted) <= len(got) and fits and got != wanted


def _lost_an_axis(got, wanted):
    """Whether `got` is `wanted` without one axis, or has another axis in its place."""
    if len(got) == len(wanted) == 1:
        return got != wanted
    shorter = [wanted[:i] + wanted[i + 1 :] for i in range(len(wanted))]
    kept = [(*wanted[:i], "1", *wanted[i + 1 :]) for i in range(len(wanted))]
    return got != wanted and got in [*shorter, *kept]


SLIPS: dict[str, Slip] = {
    slip.name: slip
    for slip in (
        Slip(
            "partial-for-total",
            "∂ written for d",
            "It keeps the direct dependence alone. The variable also acts through the others; the "
            "total derivative adds those paths.",
            on_paths=slip_paths.partial_for_total,
        ),
        Slip(
            "missing-transpose",
            "a missing transpose",
            "A matrix goes back as it came, J where Jᵀ belongs: x̄ⱼ adds over the outputs i.",
            on_jacobian=slip_jacobians.missing_transpose,
            on_entries=slip_entries.missing_transpose,
        ),
        Slip(
            "diagonal-only",
            "a full Jacobian treated as a diagonal",
            "It uses ∂yᵢ/∂xᵢ alone. ⊙ is enough only where yᵢ depends on xᵢ and on no other entry.",
            on_jacobian=slip_jacobians.diagonal_only,
            on_entries=slip_entries.diagonal_only,
        ),
        Slip(
            "missing-factor",
            "a missing local derivative",
            "One factor of a path is missing (often σ′). Every edge on the way from the variable "
            "to the loss gives one factor.",
            on_paths=slip_paths.missing_factor,
            on_jacobian=slip_jacobians.missing_factor,
            on_entries=slip_entries.missing_factor,
        ),
        Slip(
            "forgotten-path",
            "a forgotten path",
            "One path from the variable to the loss is missing. Cotangents that meet are added; "
            "overwriting one loses its path.",
            on_paths=slip_paths.forgotten_path,
            on_jacobian=slip_jacobians.forgotten_path,
            on_entries=slip_entries.forgotten_path,
        ),
        Slip(
            "overwritten-path",
            "overwriting instead of adding",
            "Only one path is left. Cotangents that meet at a variable are added, not overwritten.",
            on_paths=slip_paths.overwritten,
            on_jacobian=slip_jacobians.overwritten,
            on_entries=slip_entries.overwritten,
        ),
        Slip(
            "wrong-sign",
            "a wrong sign",
            "A sign is turned. What enters with a minus, as ŷ does in y − ŷ, has the slope −1.",
            on_paths=slip_paths.wrong_sign,
            on_jacobian=slip_jacobians.wrong_sign,
            on_entries=slip_entries.wrong_sign,
        ),
        Slip(
            "mean-of-paths",
            "averaging instead of adding",
            "A mean was taken. Each path moves the loss by its own amount, and amounts add.",
            on_paths=slip_paths.mean_of_paths,
            on_entries=slip_entries.mean_of_paths,
        ),
        Slip(
            "product-of-paths",
            "multiplying across paths",
            "Factors multiply along one path; paths add.",
            on_paths=slip_paths.product_of_paths,
            on_entries=slip_entries.product_of_paths,
        ),
        Slip(
            "extra-transpose",
            "a transpose too many",
            "The cotangent itself is transposed. ȳ has the shape of y and enters as it is.",
            on_jacobian=slip_jacobians.extra_transpose,
            on_entries=slip_entries.extra_transpose,
        ),
        Slip(
            "transposed",
            "the right answer, transposed",
            "Rows and columns are exchanged. A cotangent has the shape of its variable.",
            on_jacobian=slip_jacobians.transposed,
            on_entries=slip_entries.transposed,
            by_shape=_is_transposed,
        ),
        Slip(
            "wrong-order",
            "a chain in the wrong order",
            "The matrices stand in the wrong order. (AB)ᵀ = BᵀAᵀ: the way back meets the last "
            "map first.",
            on_entries=slip_entries.wrong_order,
        ),
        Slip(
            "wrong-axis",
            "a sum over the wrong axis",
            "The sum runs along the other axis. Add over the axis that broadcasting stretched, "
            "and over no other.",
            on_jacobian=slip_jacobians.wrong_axis,
            on_entries=slip_entries.wrong_axis,
            by_shape=_lost_an_axis,
        ),
        Slip(
            "broadcast",
            "broadcasting that was not undone",
            "NumPy stretched the array without a word. What is used several times gets one "
            "cotangent for each use; add them over the stretched axis.",
            by_shape=_is_broadcast,
        ),
        Slip(
            "cotangent-ignored",
            "a cotangent taken for ones",
            "The incoming cotangent is missing: this is the gradient of the sum of the outputs.",
            on_jacobian=slip_jacobians.cotangent_ignored,
            on_entries=slip_entries.cotangent_ignored,
        ),
        Slip(
            "wrong-index",
            "a sum over the wrong index",
            "The sum runs over the wrong index. Each output i is weighted by its own ȳᵢ, and the "
            "sum runs over the outputs.",
            on_jacobian=slip_jacobians.wrong_index,
            on_entries=slip_entries.wrong_index,
        ),
    )
}
