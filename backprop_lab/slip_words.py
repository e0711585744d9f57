"""The words of the slips that any derivation can meet, and how each is made.

Where several make the same wrong line, the first is named.
"""

from __future__ import annotations

from backprop_lab import slip_entries, slip_jacobians, slip_paths, slip_shapes, slip_sizes
from backprop_lab.slip import Slip

IN_PROOFS = (
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
        "wrong-size",
        "a wrong size",
        "A size that divides or multiplies is missing, or is another. A mean over N entries "
        "divides by N, and that factor 1/N stays on the way back.",
        on_entries=slip_sizes.wrong_size,
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
        on_jacobian=slip_jacobians.mean_of_paths,
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
        by_shape=slip_shapes.is_transposed,
    ),
    Slip(
        "wrong-order",
        "a chain in the wrong order",
        "The matrices stand in the wrong order. (AB)ᵀ = BᵀAᵀ: the way back meets the last "
        "map first.",
        on_entries=slip_entries.wrong_order,
    ),
    Slip(
        "not-spread",
        "one number where each entry needs one",
        "Every entry of the variable moves y, and gets a number of its own: the cotangent has as "
        "many entries.",
        by_shape=slip_shapes.is_single,
    ),
    Slip(
        "wrong-axis",
        "a sum over the wrong axis",
        "The sum runs along the other axis. Add over the outputs that an entry reaches: one number "
        "is left for each entry of the variable.",
        on_jacobian=slip_jacobians.wrong_axis,
        on_entries=slip_entries.wrong_axis,
        by_shape=slip_shapes.lost_an_axis,
    ),
    Slip(
        "broadcast",
        "broadcasting that was not undone",
        "The array was stretched on the way forward. What is used several times gets one cotangent "
        "for each use; add them over the stretched axis.",
        by_shape=slip_shapes.is_broadcast,
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
    Slip(
        "lost-entrywise",
        "a matrix product written for ⊙",
        "A slope that belongs to one entry multiplies that entry alone: ⊙. A matrix product mixes "
        "it with the others.",
        on_entries=slip_entries.lost_entrywise,
    ),
    Slip(
        "factor-of-two",
        "a factor of two",
        "Half of it, or twice as much, would be right. A square brings a 2 down, and the ½ before "
        "it takes that away.",
        on_paths=slip_paths.factor_of_two,
        on_jacobian=slip_jacobians.factor_of_two,
        on_entries=slip_entries.factor_of_two,
    ),
)


def taken_for_1(condition: str, name: str, code: str) -> Slip:
    """Say that a line takes a sum of the input `name` for 1, and the `code` that assumes it."""
    return Slip(
        "taken-for-one",
        "a sum taken for 1",
        f"The line is right where {condition}. If {name} is made so, say it: {code}.",
    )
