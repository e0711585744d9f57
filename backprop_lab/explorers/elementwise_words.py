"""Chapter 4 in words: whether ⊙ is right for a map, why, and what it spares."""

from __future__ import annotations

from backprop_lab.explorers.formulas import Term
from backprop_lab.explorers.scene import either, number

MAPS = ("exp", "tanh", "ReLU", "softmax", "cumsum")
LARGEST = 5


def sentence() -> list:
    """Say what the picture shows, for each of the maps."""
    n, chosen = Term("n"), Term("map")
    name = [either(chosen.is_(k), text) for k, text in enumerate(MAPS)]
    diagonal = [
        *name, " of ", number(n), " numbers: each output has its own input, so *J* is diagonal and "
        "⊙ is right. It takes ", number(n), " products and ", number(Term("little")),
        " bytes, where *J* takes ", number(Term("products")), " and ", number(Term("bytes")),
        either(chosen.is_(2), _relu_note()),
    ]  # fmt: skip
    softmax = [
        "softmax of ", number(n), " numbers: the outputs share one sum, so *J* is full and ⊙ is "
        "wrong. *J* is symmetric: with *J*ȳ for *J*ᵀȳ the numbers are the same, and a missing "
        "transpose does not show here. No matrix is needed all the same: "
        "x\u0304 = y ⊙ ȳ − y (yᵀȳ)",
    ]  # fmt: skip
    cumsum = [
        "cumsum of ", number(n), " numbers: an output adds all inputs up to its own, so *J* is "
        "lower triangular and ⊙ is wrong. *J*ȳ sums from the start and *J*ᵀȳ from the end: here a "
        "missing transpose shows. No matrix is needed: a running sum from the end takes ",
        number(n - 1), either(n.is_(2), " addition", " additions"),
    ]  # fmt: skip
    kinds = either(chosen.is_(3), softmax, cumsum)
    million = "At a million entries the matrix takes 8 terabytes, a vector 8 megabytes. "
    return [either(chosen < 3, diagonal, kinds), ". ", million, *_back(n)]


def _relu_note() -> list:
    stopped = Term("stopped")
    return ["; ", number(stopped), either(stopped.is_(1), " slope is 0 and stops its cotangent",
                                          " slopes are 0 and stop their cotangents")]  # fmt: skip


def _back(n: Term) -> list:
    """Write x̄ as a list of numbers."""
    out: list = ["x\u0304 = ("]
    for k in range(1, LARGEST + 1):
        piece = [", "] * (k > 1) + [number(Term(f"back{k}"), 3)]
        out.append(either(n >= k, piece))
    return [*out, ")."]
