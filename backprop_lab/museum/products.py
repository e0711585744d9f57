"""Rooms of the museum: a transpose or a factor on the wrong side, and softmax as a diagonal."""

from __future__ import annotations

import numpy as np

from backprop_lab.museum.exhibit import Exhibit, Source
from backprop_lab.naming import let

TRANSPOSES = [
    Exhibit(
        name="handout",
        title="The wrong factor, transposed",
        slip="missing transpose",
        hides="shapes fit where N = D = M, and numbers too where X = W",
        hidden={"X": [[2, 1], [3, 5]], "W": [[2, 1], [3, 5]]},
        sources=(
            Source(
                "CS231n, handout `derivatives.pdf`, equation 12",
                "https://github.com/cs231n/cs231n.github.io/issues/229",
                "open, unanswered; a second reader agrees",
            ),
        ),
        f=lambda X, W: let("Y", X @ W),
        wrt="X",
        shapes={"X": ("N", "D"), "W": ("D", "M")},
        written=lambda Y_bar, X: Y_bar @ X.T,
        mended=lambda Y_bar, W: Y_bar @ W.T,
    ),
    Exhibit(
        name="lecture-notes",
        title="A product without its transpose",
        slip="missing transpose",
        hides="A is square and symmetric",
        hidden={"A": [[2, 1], [1, 3]]},
        sources=(
            Source(
                "Lecture notes on the deeplearning.ai courses, 4.2, p. 107 of version 5.52",
                "https://github.com/fengdu78/deeplearning_ai_books/issues/21",
                "open, unanswered",
            ),
        ),
        f=lambda W, A: let("Z", W @ A),
        wrt="W",
        shapes={"W": ("n", "p"), "A": ("p", "m")},
        written=lambda Z_bar, A: Z_bar @ A,
        mended=lambda Z_bar, A: Z_bar @ A.T,
    ),
]


def _softmax(x):
    e = np.exp(x)
    return let("s", e / np.sum(e))


SOFTMAX = [
    Exhibit(
        name="softmax",
        title="Softmax, entry by entry",
        slip="a full Jacobian treated as a diagonal",
        hides="cross-entropy follows, with a rule for both",
        sources=(
            Source(
                "libnd4j, the derivative of softmax",
                "https://github.com/deeplearning4j/libnd4j/issues/440",
                "closed as mended: softmax is an operation of its own now",
            ),
            Source(
                "Neural-Network-Experiments, a note on the same line",
                "https://github.com/SebLague/Neural-Network-Experiments/pull/5",
                "open; it proposes a remark, and the line stays",
            ),
        ),
        f=_softmax,
        wrt="x",
        shapes={"x": ("n",)},
        written=lambda s, s_bar: s_bar * s * (1 - s),
        mended=lambda s, s_bar: s * (s_bar - s @ s_bar),
        both_modes=True,
    ),
    Exhibit(
        name="log-softmax",
        title="The rule of one loss, for every loss",
        slip="a cotangent put in the place of a delta",
        hides="the cotangents sum to −1",
        hidden={"y_bar": [-1, 0]},
        sources=(
            Source(
                "mlpack, backward pass of log-softmax",
                "https://github.com/mlpack/mlpack/issues/3468",
                "mended in #3469",
            ),
            Source(
                "the same, with the numbers",
                "https://github.com/mlpack/mlpack/issues/2360",
                "closed without an answer, three years before the repair",
            ),
        ),
        f=lambda x: let("y", x - np.log(np.sum(np.exp(x)))),
        wrt="x",
        shapes={"x": ("n",)},
        written=lambda y, y_bar: np.exp(y) + y_bar,
        mended=lambda y, y_bar: y_bar - np.exp(y) * np.sum(y_bar),
    ),
]
