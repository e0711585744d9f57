"""The mistakes that people make, by name: one list for proofs, chapters and exercises.

A slip turns the right answer's ingredients into a wrong answer. When an author's or a learner's
line is wrong, and one of these explains it, the message says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import sympy as sp


@dataclass(frozen=True)
class Slip:
    """A named mistake: what it is called, and what one tells the person who made it.

    `on_paths(paths)` gives the wrong sums for a scalar chain rule; each path is a list of local
    derivatives. `on_jacobian(J, y_bar)` gives the wrong cotangents for x̄ = Jᵀȳ, J of shape (m, n).
    """

    name: str
    title: str
    explanation: str
    on_paths: Callable[[Sequence[Sequence]], Iterator] | None = None
    on_jacobian: Callable[[np.ndarray, np.ndarray], Iterator] | None = None


def _total(paths):
    return sp.Add(*(sp.Mul(*path) for path in paths))


def _missing_factor(paths):
    parts = [[part for factor in path for part in sp.Mul.make_args(factor)] for path in paths]
    for whole in (paths, parts):  # a whole local derivative, or a factor of one
        for i, path in enumerate(whole):
            for j, factor in enumerate(path):
                if factor not in (1, -1):
                    shorter = [*path[:j], *path[j + 1 :]]
                    yield _total([*whole[:i], shorter, *whole[i + 1 :]])


def _forgotten_path(paths):
    if len(paths) > 1:
        for i in range(len(paths)):
            yield _total([*paths[:i], *paths[i + 1 :]])


def _overwritten(paths):
    if len(paths) > 2:
        for path in paths:
            yield _total([path])


def _partial_for_total(paths):
    direct = [path for path in paths if len(path) == 1]
    if direct and len(direct) < len(paths):
        yield _total(direct)


def _wrong_sign(paths):
    yield -_total(paths)
    for i, path in enumerate(paths):
        if len(paths) > 1:
            yield _total([*paths[:i], [-1, *path], *paths[i + 1 :]])


def _mean_of_paths(paths):
    if len(paths) > 1:
        yield _total(paths) / len(paths)


def _product_of_paths(paths):
    if len(paths) > 1:
        yield prod((sp.Mul(*path) for path in paths), start=sp.Integer(1))


def _missing_transpose(J, y_bar):
    if J.shape[0] == J.shape[1]:
        yield J @ y_bar


def _diagonal_only(J, y_bar):
    if J.shape[0] == J.shape[1]:
        yield np.diagonal(J) * y_bar


def _wrong_index(J, y_bar):
    yield J.sum(axis=0) * (y_bar if J.shape[0] == J.shape[1] else y_bar.sum())
    if J.shape[0] == J.shape[1]:
        yield J.sum(axis=1) * y_bar


def _cotangent_ignored(J, y_bar):
    yield J.sum(axis=0)


def _one_output(J, y_bar):
    for i in range(len(y_bar)):
        if len(y_bar) > 1:
            yield J[i] * y_bar[i]


def _jacobian_sign(J, y_bar):
    yield -(J.T @ y_bar)


SLIPS: dict[str, Slip] = {
    slip.name: slip
    for slip in (
        Slip(
            "partial-for-total",
            "∂ written for d",
            "It keeps the direct dependence alone. The variable also acts through the others; the "
            "total derivative adds those paths.",
            on_paths=_partial_for_total,
        ),
        Slip(
            "missing-factor",
            "a missing local derivative",
            "One factor of a path is missing (often σ′). Every edge on the way from the variable "
            "to the loss gives one factor.",
            on_paths=_missing_factor,
        ),
        Slip(
            "forgotten-path",
            "a forgotten path",
            "One path from the variable to the loss is missing. Cotangents that meet are added; "
            "overwriting one loses its path.",
            on_paths=_forgotten_path,
            on_jacobian=_one_output,
        ),
        Slip(
            "overwritten-path",
            "overwriting instead of adding",
            "Only one path is left. Cotangents that meet at a variable are added, not overwritten.",
            on_paths=_overwritten,
        ),
        Slip(
            "wrong-sign",
            "a wrong sign",
            "A sign is wrong. Differentiate y − ŷ by ŷ once more: the inner derivative is −1.",
            on_paths=_wrong_sign,
            on_jacobian=_jacobian_sign,
        ),
        Slip(
            "mean-of-paths",
            "averaging instead of adding",
            "The paths were averaged. Each path moves the loss by its own amount, and amounts add.",
            on_paths=_mean_of_paths,
        ),
        Slip(
            "product-of-paths",
            "multiplying across paths",
            "Factors multiply along one path; paths add.",
            on_paths=_product_of_paths,
        ),
        Slip(
            "missing-transpose",
            "a missing transpose",
            "This is J ȳ. The cotangent goes back through Jᵀ: x̄ⱼ adds over the outputs i.",
            on_jacobian=_missing_transpose,
        ),
        Slip(
            "diagonal-only",
            "a full Jacobian treated as a diagonal",
            "It uses ∂yᵢ/∂xᵢ alone. ⊙ is enough only where yᵢ depends on xᵢ and on no other entry.",
            on_jacobian=_diagonal_only,
        ),
        Slip(
            "cotangent-ignored",
            "a cotangent taken for ones",
            "The incoming cotangent is missing: this is the gradient of the sum of the outputs.",
            on_jacobian=_cotangent_ignored,
        ),
        Slip(
            "wrong-index",
            "a sum over the wrong index",
            "The sum runs over the wrong index. Each output i is weighted by its own ȳᵢ, and the "
            "sum runs over the outputs.",
            on_jacobian=_wrong_index,
        ),
    )
}
