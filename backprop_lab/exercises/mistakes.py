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
        "y, or x, stands where J has the slopes ∂yᵢ/∂xⱼ: how much y moves, not where it is.",
    ),
    Slip(
        "not-moved",
        "the identity in the place of a move",
        "This is the answer for y = x. Here entries move: each output's slope, and its cotangent, "
        "belong to the place that it came from.",
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
        "total-for-partial",
        "d written for ∂",
        "Everything was let move. The partial derivative holds the other arguments still, and "
        "keeps one edge.",
    ),
    Slip(
        "summed-layers",
        "a sum of choices",
        "The widths were added. A path chooses in every layer, and choices multiply.",
    ),
    Slip(
        "inner-edges",
        "edges between the layers alone",
        "The input has edges to the whole layer after it, and the loss from the whole layer before "
        "it.",
    ),
    Slip(
        "other-count",
        "one count in the place of the other",
        "Edges were counted for paths, or paths for edges.",
    ),
    Slip(
        "slope-of-one",
        "the slope 1 at the kink",
        "Both programs could choose 1 at 0, and neither does: look at the slopes that the chapter "
        "prints.",
    ),
    Slip(
        "other-convention",
        "the convention of the other program",
        "Two programs compute the same function, and differ in the slope that they take at its "
        "kink.",
    ),
    Slip(
        "forward-again",
        "the map applied to the cotangent",
        "ReLU was applied to ȳ. A pullback multiplies ȳ by the slope at x; whether ȳ is negative "
        "does not matter.",
    ),
    Slip(
        "row-for-column",
        "one number for each row, subtracted from the columns",
        "A sum over axis 1 has the shape (N,), and NumPy lines it up with the columns. With "
        "keepdims=True it stays beside its row.",
    ),
    Slip(
        "two-shapes",
        "a product entry by entry of two shapes",
        "NumPy stretched a column and a row to a grid, without a word. ⊙ is for two arrays of one "
        "shape. Make the shapes equal first; there is nothing to add up.",
    ),
    Slip(
        "other-layout",
        "the lines of the other layout",
        "These lines go back through Y = XW. Here W stands the other way round: it needs no "
        "transpose on the way back, and its cotangent has its shape (m, p).",
    ),
    Slip(
        "number-of-axes",
        "the right numbers on another number of axes",
        "The numbers are right. A cotangent has all axes of its variable, those of length 1 too, "
        "and no others.",
    ),
    Slip(
        "not-used",
        "a cotangent for entries that were not used",
        "Entries that did not enter the result do not move it. Their cotangent is 0.",
    ),
    Slip(
        "symmetric-test",
        "a test with a symmetric cotangent",
        "A symmetric cotangent is its own transpose, so a transpose too many changes nothing "
        "there.",
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
