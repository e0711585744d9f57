"""Puzzles eleven to twenty: products, and lines whose slopes depend on where one stands."""

from __future__ import annotations

import numpy as np

from backprop_lab.exercises.one_line import (
    Line,
    arrays,
    derived,
    derived_from_a_number,
    distinct,
    puzzle,
    vectors,
    with_a_tie,
)

SIZES = vectors(1, 2, 3, 4, 5)

# --- products -------------------------------------------------------------------------------------
_line = Line("x @ x", "x")
DOT = puzzle(
    "dot",
    _line,
    of="a vector `x`",
    title="A vector times itself",
    draws=with_a_tie(SIZES),
    bar="y_bar",
    answer="2 * y_bar * x",
    proof=derived_from_a_number(_line, '"x": ("n",)', "x, y_bar: 2 * y_bar * x"),
    slips=("forgotten-path", "cotangent-ignored", "missing-factor"),
    made=lambda x, y_bar: (("forgotten-path", y_bar * x), ("cotangent-ignored", 2 * x)),
    hints=("x stands in the line twice.", "Each of the two places gives ȳ·x; add them."),
    level=2,
    remark="A variable that is used twice gets two cotangents, and they are added.",
)

_line = Line("A @ x", "A, x", "x")
MATVEC = puzzle(
    "matvec",
    _line,
    of="a matrix `A` and a vector `x`",
    title="Matrix times vector",
    draws=arrays([((1, 1), (1,)), ((2, 1), (1,)), ((2, 2), (2,)), ((2, 3), (3,)), ((3, 3), (3,))]),
    bar="y_bar",
    answer="A.T @ y_bar",
    proof=derived(_line, '"A": ("m", "n"), "x": ("n",)', "A, y_bar: A.T @ y_bar"),
    slips=(
        "missing-transpose",
        "inverse",
        "wrong-index",
        "diagonal-only",
        "cotangent-ignored",
        "other-variable",
    ),
    made=lambda A, x, y_bar: (("inverse", np.linalg.pinv(A) @ y_bar),),
    hints=("What is J here?", "Write the shapes below: (n,) = (?, ?)(m,)."),
    level=2,
    remark="J is A, and Jᵀȳ is Aᵀȳ. Where A is not square, the shapes alone would tell.",
)

_line = Line("np.outer(u, v)", "u, v")
OUTER = puzzle(
    "outer",
    _line,
    of="two vectors `u` and `v`",
    title="Outer product",
    draws=arrays([((1,), (1,)), ((2,), (1,)), ((2,), (2,)), ((2,), (3,)), ((3,), (3,))]),
    bar="Y_bar",
    answer="Y_bar @ v",
    proof=derived(_line, '"u": ("m",), "v": ("n",)', "v, Y_bar: Y_bar @ v", "Y"),
    slips=("wrong-axis", "missing-factor", "broadcast", "cotangent-ignored", "other-variable"),
    made=lambda u, v, Y_bar: (
        ("broadcast", Y_bar * v),
        ("wrong-axis", np.sum(Y_bar * v, axis=0)),
    ),
    hints=("Which entries of Y does u₂ reach, and with which slopes?", "Row 2, with slopes v."),
    level=2,
    remark="uᵢ reaches row i of Y, and the row's cotangents are weighted by v.",
)

_line = Line("A @ B", "A, B")
MATMUL = puzzle(
    "matmul",
    _line,
    of="two matrices; `A` is the variable",
    title="Matrix product, by its left side",
    draws=arrays(
        [((1, 1), (1, 1)), ((2, 1), (1, 2)), ((1, 2), (2, 3)), ((2, 2), (2, 2)), ((3, 3), (3, 3))]
    ),
    bar="Y_bar",
    answer="Y_bar @ B.T",
    proof=derived(_line, '"A": ("m", "k"), "B": ("k", "n")', "B, Y_bar: Y_bar @ B.T", "Y"),
    slips=("missing-transpose", "wrong-order", "transposed", "extra-transpose", "other-variable"),
    made=lambda A, B, Y_bar: (
        [("wrong-order", B.T @ Y_bar), ("wrong-order", B @ Y_bar)] if A.shape == B.shape else []
    ),
    hints=("Write the shapes below: (m, k) = (?, ?)(?, ?).", "Ȳ is (m, n), B is (k, n)."),
    level=2,
    remark="On the right stays what stood on the right, transposed. By B it is Aᵀ on the left.",
)

_line = Line('np.convolve(x, w, "valid")', "x, w")
CONVOLUTION = puzzle(
    "convolution",
    _line,
    of="a vector `x` and a kernel `w` that is not longer",
    title="Convolution",
    draws=arrays([((1,), (1,)), ((2,), (1,)), ((2,), (2,)), ((4,), (2,)), ((5,), (3,))]),
    bar="y_bar",
    answer="np.convolve(y_bar, w[::-1])",
    proof=derived(_line, '"x": (4,), "w": (2,)', "w, y_bar: np.convolve(y_bar, w[::-1])"),
    slips=("unturned-kernel", "cotangent-ignored", "missing-factor"),
    made=lambda x, w, y_bar: (("unturned-kernel", np.convolve(y_bar, w)),),
    hints=(
        "Look at the picture of J: each row holds the kernel, one step further to the right.",
        "x̄ is longer than ȳ, so this convolution is a full one, NumPy's default.",
        "A column of J holds the kernel in the other direction than a row does.",
    ),
    level=3,
    remark="The way back is a full convolution with the kernel turned around.",
)

# --- slopes that depend on where one stands -------------------------------------------------------
_line = Line("x[i]", "x, i")


def _rows(rng):
    chosen = [(1, (0,)), (2, (1, 1)), (3, (2, 0)), (3, (0, 0, 2)), (4, (3, 1, 3, 3, 0))]
    for size, places in [*chosen, (4, (1, 1, 2))]:  # there the last entry of x is not looked up
        yield distinct(rng, (size,)), np.array(places)


def _of_gather(x, i, y_bar):
    x_bar = np.zeros_like(x)
    x_bar[i] = y_bar  # where a place is named twice, NumPy keeps the last
    yield "overwritten-path", x_bar
    if i.max() < y_bar.size:
        yield "missing-transpose", y_bar[i]


GATHER = puzzle(
    "gather",
    _line,
    of="a vector `x` and an array `i` of places, some of them named twice",
    title="Look up",
    draws=_rows,
    bar="y_bar",
    answer="np.bincount(i, y_bar, x.size)",
    proof=(
        'bl.derive(lambda x: bl.let("y", x[[0, 0, 2]]), wrt="x", shapes={"x": (3,)}\n'
        ").then(lambda y_bar: np.eye(3)[[0, 0, 2]].T @ y_bar)"
    ),
    slips=("overwritten-path", "missing-transpose", "cotangent-ignored"),
    made=_of_gather,
    hints=(
        "A place that is looked up twice has two outputs. One that is not has none.",
        "`np.bincount` takes weights, and a least length.",
    ),
    level=3,
    remark="A look-up goes back as an addition at the place: x_bar[i] = y_bar loses all but one.",
)

_line = Line("np.sort(x)", "x")
SORT = puzzle(
    "sort",
    _line,
    of="a vector `x` without ties",
    title="Sort",
    draws=SIZES,
    answer="np.eye(x.size)[np.argsort(x)]",
    proof="bl.verify(np.sort, np.array([3.0, 1.0, 2.0]))",
    slips=("transposed", "not-moved", "value-for-slope"),
    made=lambda x: (
        ("not-moved", np.eye(x.size)),
        ("value-for-slope", np.diag(np.sort(x))),
        ("value-for-slope", np.sort(x)),
    ),
    hints=(
        "Near x the order stays the same: sorting moves entries, and changes none.",
        "Row i of J has its 1 at the place that yᵢ came from. `np.argsort` gives these places.",
    ),
    level=3,
    remark="A permutation at every x, and another one elsewhere; at a tie there is no J.",
)

_line = Line("x.reshape(-1, 2).max(axis=1)", "x")
POOLING = puzzle(
    "pooling",
    _line,
    of="a vector `x` of even length without ties",
    title="Max pooling",
    draws=vectors(2, 4, 6, 8),
    bar="y_bar",
    answer="np.repeat(y_bar, 2) * (x == np.repeat(x.reshape(-1, 2).max(axis=1), 2))",
    proof="bl.verify(lambda x: x.reshape(-1, 2).max(axis=1), np.array([3.0, 1.0, 2.0, 5.0]))",
    slips=("not-used", "mean-of-paths", "cotangent-ignored", "value-for-slope", "not-moved"),
    made=lambda x, y_bar: (
        ("not-used", np.repeat(y_bar, 2)),
        ("not-used", np.repeat(y_bar, 2) * (x == np.repeat(x.reshape(-1, 2).min(axis=1), 2))),
        ("value-for-slope", np.repeat(y_bar, 2) * x),
        ("mean-of-paths", np.repeat(y_bar, 2) / 2),
    ),
    hints=(
        "Which of the two entries of a window moves its maximum?",
        "`np.repeat(y_bar, 2)` gives every entry the cotangent of its window. Keep some of them.",
    ),
    level=3,
    remark="A maximum is a switch: its cotangent goes to the entry that won, and to no other.",
)

_line = Line("np.sqrt(np.sum(x**2))", "x")
NORM = puzzle(
    "norm",
    _line,
    of="a vector `x`, not zero",
    title="Norm",
    draws=with_a_tie(SIZES),
    bar="y_bar",
    answer="y_bar * x / np.linalg.norm(x)",
    proof=derived_from_a_number(_line, '"x": ("n",)', "x, y, y_bar: y_bar * x / y"),
    slips=("missing-factor", "cotangent-ignored", "factor-of-two"),
    made=lambda x, y_bar: (
        ("missing-factor", y_bar * x),
        ("missing-factor", 2 * y_bar * x),
        ("factor-of-two", 2 * y_bar * x / np.linalg.norm(x)),
        ("missing-factor", y_bar / np.linalg.norm(x)),
        ("cotangent-ignored", x / np.linalg.norm(x)),
    ),
    hints=(
        "Two steps: the sum of squares, and its root.",
        "The root of s has the slope 1/(2√s), and s moves by 2xⱼ with xⱼ.",
    ),
    level=3,
    remark="The gradient has length 1 and points away from zero; at zero there is none.",
)

_line = Line("np.exp(x) / np.sum(np.exp(x))", "x")


def _of_softmax(x):
    y = np.exp(x) / np.sum(np.exp(x))
    return (
        ("constant-denominator", np.diag(y)),
        ("diagonal-as-vector", y * (1 - y)),
        ("wrong-sign", np.outer(y, y) + np.diag(y)),
        ("forgotten-path", -np.outer(y, y)),
        ("silent-stretch", y - np.outer(y, y)),
        ("silent-stretch", y[:, None] - np.outer(y, y)),
        ("silent-stretch", np.diag(y) - y @ y),
    )


SOFTMAX = puzzle(
    "softmax",
    _line,
    of="a vector `x`",
    title="Softmax",
    draws=with_a_tie(SIZES),
    answer="(y := np.exp(x) / np.exp(x).sum()) * np.eye(x.size) - np.outer(y, y)",
    proof=derived(_line, '"x": ("n",)', "y, y_bar: y * y_bar - y * (y @ y_bar)"),
    slips=(
        "diagonal-only",
        "constant-denominator",
        "diagonal-as-vector",
        "wrong-sign",
        "forgotten-path",
        "silent-stretch",
    ),
    made=_of_softmax,
    hints=(
        "x₂ acts on y₂ through the numerator, and on every output through the sum.",
        "The numerators give yᵢ on the diagonal. What does the sum give at row i, column j?",
        "The sum gives −yᵢyⱼ, everywhere.",
    ),
    level=3,
    remark="The columns of J add to 0, as the outputs always add to 1.",
)

MULTIPLY = (DOT, MATVEC, OUTER, MATMUL, CONVOLUTION)
DEPEND = (GATHER, SORT, POOLING, NORM, SOFTMAX)
