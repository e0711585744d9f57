"""The words of the slips that belong to what an exercise asks: it computes their wrong answers.

How each is made is in the chapter's module of exercises, from the ingredients of the truth.
"""

from __future__ import annotations

from backprop_lab.slip import Slip

IN_EXERCISES = (
    Slip(
        "other-slope",
        "the slope of another function",
        "Every activation has a slope of its own, taken at its own value: ŷ(1 − ŷ) belongs to the "
        "logistic function.",
    ),
    Slip(
        "other-edge",
        "the slope of a neighbour",
        "The slope of an edge is what stands beside its variable: in wx + b it is x for w, w for "
        "x, and 1 for b.",
    ),
    Slip(
        "no-step",
        "a gradient in the place of a step",
        "The new value is the old one, minus the rate η times the derivative. One of these three "
        "is missing.",
    ),
    Slip(
        "uphill",
        "a step uphill",
        "The derivative points to where the loss grows, so η times it is taken away. If you did "
        "that, a sign is turned within the derivative.",
    ),
    Slip(
        "not-stepped",
        "a parameter that did not move",
        "Every parameter takes a step, each along its own derivative; the bias, too.",
    ),
    Slip(
        "unchanged",
        "what was given, unchanged",
        "These are the lines as they stood before the question. Look for what it asks to change.",
    ),
    Slip(
        "sum-left-out",
        "a sum left out",
        "The products stand side by side. A product of matrices, @ in NumPy, also adds them up.",
    ),
    Slip(
        "value-for-cotangent",
        "a value in the place of the cotangent",
        "x, or y, stands where ȳ belongs. A pullback takes ȳ; the values enter through the slopes "
        "alone.",
    ),
    Slip(
        "other-variable",
        "the cotangent of the other variable",
        "This is right for the other input of the line. Look at which one is asked for.",
    ),
    Slip(
        "left-reversed",
        "entries left in reverse",
        "The numbers are right, and stand from the last to the first. Turn them around.",
    ),
    Slip(
        "full-for-diagonal",
        "a diagonal spread over the table",
        "yᵢ depends on xᵢ and on no other entry. Every slope off the diagonal is 0.",
    ),
    Slip(
        "other-loss",
        "the gradient of softmax with cross-entropy",
        "S − Y is what softmax and cross-entropy give together, with the targets Y. Here any S̄ "
        "arrives, and softmax alone is gone back through.",
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
        "The gradient there is not small yet: go further away from z = 0, to the side on which the "
        "prediction is wrong.",
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
        "the identity in the place of the map",
        "This is the answer for y = x. Here entries move, or are copied: what belongs to an output "
        "belongs to the entries that it was made of.",
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
        "other-layout",
        "the lines of the other layout",
        "These lines go back through Y = XW. Here W stands the other way round: it needs no "
        "transpose on the way back, and its cotangent has its shape (m, p).",
    ),
    Slip(
        "number-of-axes",
        "the right numbers on another number of axes",
        "The numbers are right, and their axes are not. Keep every axis that is asked for, one of "
        "length 1 too, and add no other.",
    ),
    Slip(
        "denominator-layout",
        "a formula left in denominator layout",
        "Numerator layout has one row for each entry of what is differentiated, and one column for "
        "each entry of x: the derivative of a number is a row.",
    ),
    Slip(
        "refilled",
        "entries put back in another order",
        "They were read column by column, and put back row by row. Undo the two steps one by one, "
        "the last one first.",
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
    Slip(
        "swapped-answers",
        "one answer in the other's place",
        "This is the number that the other question asks for. Give each in its place.",
    ),
    Slip(
        "not-used",
        "a cotangent for entries that did not count",
        "An entry that no index looked up, or that lost a maximum, does not move the result. Its "
        "cotangent is 0.",
    ),
    Slip(
        "silent-stretch",
        "a product entry by entry of two shapes",
        "NumPy stretched one of the shapes without a word, as it does with (n, 1) and (n,), and "
        "entries met that do not belong together. ⊙ is for two arrays of one shape: make the "
        "shapes equal first, and keep a sum beside its row with keepdims=True.",
    ),
)
