"""Mistakes that belong to single exercises, beside the list in `slips`.

Each names a wrong answer that its exercise makes from its own ingredients.
"""

from __future__ import annotations

from backprop_lab.slips import SLIPS, Slip

_OWN = (
    Slip(
        "other-slope",
        "the slope of another function",
        "ŷ(1 − ŷ) is the slope of the logistic function. Every activation has a slope of its own.",
    ),
    Slip(
        "too-early",
        "a parameter that moved too early",
        "One parameter was already moved when the other's derivative was taken. A step takes all "
        "derivatives at the same point, and moves then.",
    ),
    Slip(
        "right-already",
        "a gradient that vanishes because there is nothing to learn",
        "The prediction is right there, so the factor ŷ − y is small. Make the other factor small.",
    ),
    Slip(
        "still-steep",
        "a prediction that is wrong where the activation still has a slope",
        "The gradient there is not small yet: go on in the same direction.",
    ),
    Slip(
        "swapped-cotangent",
        "a cotangent in another order",
        "The right slopes met the entries of ȳ in another order. Row i of J belongs to yᵢ, and so "
        "to ȳᵢ.",
    ),
    Slip(
        "inverse",
        "the inverse in place of the transpose",
        "J⁻¹ would undo the forward walk. A pullback does not: it weighs slopes, and Jᵀ has the "
        "same slopes as J.",
    ),
    Slip(
        "swapped-orders",
        "the two orders exchanged",
        "Both numbers are right, and each stands in the other's place.",
    ),
    Slip(
        "one-product",
        "one product of two",
        "Three matrices in a row take two products. The result of the first enters the second.",
    ),
    Slip(
        "diagonal-as-vector",
        "a diagonal that lies in a vector",
        "The slopes are right, and J is a table: one row for each output, one column for each "
        "input. Put them on its diagonal.",
    ),
    Slip(
        "value-for-slope",
        "the value in the place of its slope",
        "This is y, or x, and J holds the slopes ∂yᵢ/∂xⱼ: by how much y moves, not where it is.",
    ),
    Slip(
        "not-moved",
        "a cotangent left where it arrived",
        "This is the answer for y = x. Here entries move, or meet: ȳ goes back to the places that "
        "its outputs came from.",
    ),
    Slip(
        "not-spread",
        "one number where each entry needs one",
        "The cotangent has the shape of its variable. Every entry of x moved y, so each gets its "
        "own number.",
    ),
    Slip(
        "all-equal",
        "a maximum pulled back to all entries",
        "Only the largest entry of a window moves its maximum. The others get 0.",
    ),
    Slip(
        "unturned-kernel",
        "a kernel that was not turned around",
        "The forward walk meets the kernel in one direction, and the way back in the other.",
    ),
    Slip(
        "constant-denominator",
        "a denominator taken for a constant",
        "Each entry also acts on all outputs through the sum below the line. That path is missing.",
    ),
    Slip(
        "written-into",
        "an input that was overwritten",
        "The numbers are right, and the caller's array is another one afterwards. Write x = x + 1 "
        "for x += 1, or copy first.",
    ),
)
OWN: dict[str, Slip] = {slip.name: slip for slip in _OWN}


def named(name: str) -> Slip:
    """Give a slip by its name, from `slips` or from here.

    >>> named("wrong-sign").title, named("too-early").title
    ('a wrong sign', 'a parameter that moved too early')
    """
    return SLIPS[name] if name in SLIPS else OWN[name]
