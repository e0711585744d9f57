"""Puzzles one to ten: entries that stay or move, and entries that are added."""

from __future__ import annotations

import numpy as np

from backprop_lab.exercises.one_line import (
    Line,
    arrays,
    derived,
    derived_from_a_number,
    puzzle,
    vectors,
    with_a_tie,
)

SIZES = with_a_tie(vectors(1, 2, 3, 4, 5))

# --- entries that stay, or move -------------------------------------------------------------------
_line = Line("x", "x")
IDENTITY = puzzle(
    "identity",
    _line,
    of="a vector `x`",
    title="Identity",
    draws=SIZES,
    answer="np.eye(x.size)",
    proof=derived(_line, '"x": ("n",)', "y_bar: y_bar"),
    slips=("diagonal-as-vector", "value-for-slope", "full-for-diagonal"),
    made=lambda x: (
        ("diagonal-as-vector", np.ones_like(x)),
        ("value-for-slope", np.diag(x)),
        ("value-for-slope", x),
    ),
    hints=("How many rows has J, and how many columns?", "Move x₂ alone. Which outputs move?"),
    level=1,
    remark="Jᵀ is the identity as well: a cotangent passes as it is.",
)

_line = Line("x**2", "x")
SQUARE = puzzle(
    "square",
    _line,
    of="a vector `x`",
    title="Square, entry by entry",
    draws=SIZES,
    answer="np.diag(2 * x)",
    proof=derived(_line, '"x": ("n",)', "x, y_bar: 2 * x * y_bar"),
    slips=("diagonal-as-vector", "missing-factor", "value-for-slope"),
    made=lambda x: (
        ("diagonal-as-vector", 2 * x),
        ("missing-factor", np.diag(x)),
        ("missing-factor", 2 * np.eye(x.size)),
        ("value-for-slope", np.diag(x**2)),
    ),
    hints=(
        "Move x₂ alone. Which outputs move?",
        "Off the diagonal every slope is 0. On it stands the slope of a square.",
    ),
    level=1,
    remark="Functions that act entry by entry have diagonal Jacobians, and x̄ = 2x ⊙ ȳ.",
)

_line = Line("x[::-1]", "x")
REVERSE = puzzle(
    "reverse",
    _line,
    of="a vector `x`",
    title="Reverse",
    draws=SIZES,
    bar="y_bar",
    answer="y_bar[::-1]",
    proof=derived(_line, '"x": ("n",)', "y_bar: y_bar[::-1]"),
    slips=("not-moved", "cotangent-ignored", "value-for-cotangent"),
    made=lambda x, y_bar: (("not-moved", y_bar),),
    hints=("Where does the first entry of x stand in y?", "Its cotangent stands there, too."),
    level=1,
    remark="This J is its own transpose: what turns x around also turns ȳ back.",
)

_line = Line("np.roll(x, 1)", "x")
SHIFT = puzzle(
    "shift",
    _line,
    of="a vector `x`; the last entry comes first",
    title="Shift",
    draws=SIZES,
    bar="y_bar",
    answer="np.roll(y_bar, -1)",
    proof=derived(_line, '"x": (3,)', "y_bar: np.roll(y_bar, -1)"),
    slips=("missing-transpose", "not-moved", "cotangent-ignored"),
    made=lambda x, y_bar: (("not-moved", y_bar),),
    hints=(
        "x₁ became y₂. Which cotangent is x̄₁?",
        "On the way back every entry moves in the other direction.",
    ),
    level=1,
    remark="A move goes back by the opposite move: here Jᵀ is the inverse of J.",
)

_line = Line("X.T", "X")
TRANSPOSE = puzzle(
    "transpose",
    _line,
    of="a matrix `X`",
    title="Transpose",
    draws=arrays([((1, 1),), ((1, 2),), ((2, 2),), ((2, 3),), ((3, 3),)]),
    bar="Y_bar",
    answer="Y_bar.T",
    proof=derived(_line, '"X": ("m", "n")', "Y_bar: Y_bar.T", "Y"),
    slips=("transposed", "cotangent-ignored"),
    hints=("Which shape has X̄?", "The entry in row i, column j of X went to row j, column i."),
    level=1,
    remark="The cotangent has the shape of X. J itself, of X with its rows in a line, is no Xᵀ.",
)

# --- sums -----------------------------------------------------------------------------------------
_line = Line("np.sum(x)", "x")
SUM = puzzle(
    "sum",
    _line,
    of="a vector `x`",
    title="Sum",
    draws=SIZES,
    bar="y_bar",
    answer="y_bar * np.ones_like(x)",
    proof=derived_from_a_number(_line, '"x": ("n",)', "x, y_bar: y_bar * np.ones_like(x)"),
    slips=("not-spread", "mean-of-paths", "cotangent-ignored", "value-for-slope"),
    made=lambda x, y_bar: (
        ("not-spread", y_bar),
        ("mean-of-paths", y_bar * np.ones_like(x) / x.size),
        ("cotangent-ignored", np.ones_like(x)),
        ("value-for-slope", y_bar * x),
        ("value-for-slope", y_bar * np.sum(x)),
    ),
    hints=("Which shape has x̄?", "By how much does y move when x₂ alone moves by one?"),
    level=1,
    remark="A sum goes back as copies; the next puzzles turn that around.",
)

_line = Line("np.mean(x)", "x")
MEAN = puzzle(
    "mean",
    _line,
    of="a vector `x`",
    title="Mean",
    draws=SIZES,
    bar="y_bar",
    answer="y_bar * np.ones_like(x) / x.size",
    proof=derived_from_a_number(_line, '"x": ("n",)', "x, y_bar: y_bar * np.ones_like(x) / x.size"),
    slips=("missing-factor", "not-spread", "cotangent-ignored"),
    made=lambda x, y_bar: (
        ("not-spread", y_bar / x.size),
        ("not-spread", y_bar),
        ("cotangent-ignored", np.ones_like(x) / x.size),
    ),
    hints=("A mean is a sum and one division.", "The slope of y by x₂ is 1/n."),
    level=1,
    remark="Each entry moves the mean by an n-th of its own move.",
)

_line = Line("X + b", "X, b", "b")
BROADCAST = puzzle(
    "broadcast",
    _line,
    of="a matrix `X` and a vector `b` as long as its rows",
    title="Broadcast",
    draws=arrays([((1, 1), (1,)), ((2, 1), (1,)), ((2, 2), (2,)), ((4, 2), (2,)), ((3, 3), (3,))]),
    bar="Y_bar",
    answer="Y_bar.sum(axis=0)",
    proof=derived(_line, '"X": ("N", "n"), "b": ("n",)', "Y_bar: np.sum(Y_bar, axis=0)", "Y"),
    slips=("number-of-axes", "broadcast", "wrong-axis", "mean-of-paths", "cotangent-ignored"),
    made=lambda X, b, Y_bar: (
        ("broadcast", Y_bar),
        ("number-of-axes", Y_bar.sum(axis=0, keepdims=True)),
        ("mean-of-paths", Y_bar.mean(axis=0)),
        ("wrong-axis", Y_bar.sum(axis=1)),
    ),
    hints=("In how many rows of Y does b₂ stand?", "One cotangent for each use; add them."),
    level=2,
    remark="What is copied on the way forward is added on the way back, along the same axis.",
)

_line = Line("x - np.mean(x)", "x")
CENTRE = puzzle(
    "centre",
    _line,
    of="a vector `x`",
    title="Subtract the mean",
    draws=SIZES,
    bar="y_bar",
    answer="y_bar - y_bar.mean()",
    proof=derived(_line, '"x": ("n",)', "y_bar: y_bar - np.mean(y_bar)"),
    slips=("forgotten-path", "diagonal-only", "cotangent-ignored", "value-for-cotangent"),
    made=lambda x, y_bar: (
        ("forgotten-path", y_bar),
        ("wrong-sign", y_bar + y_bar.mean()),
        ("value-for-cotangent", y_bar - x.mean()),
    ),
    hints=(
        "x₂ reaches y in two ways: as itself, and through the mean.",
        "Through the mean it gets −1/n of every entry of ȳ.",
    ),
    level=2,
    remark="J is its own transpose, so the pullback centres ȳ as the line centres x.",
)

_line = Line("np.cumsum(x)", "x")
CUMSUM = puzzle(
    "cumsum",
    _line,
    of="a vector `x`",
    title="Running sum",
    draws=SIZES,
    bar="y_bar",
    answer="np.cumsum(y_bar[::-1])[::-1]",
    proof=derived(_line, '"x": ("n",)', "y_bar: np.cumsum(y_bar[::-1])[::-1]"),
    slips=(
        "missing-transpose",
        "diagonal-only",
        "cotangent-ignored",
        "left-reversed",
        "inverse",
    ),
    hints=(
        "Which outputs does the last entry of x reach? Which does the first?",
        "x̄ⱼ adds ȳⱼ, ȳⱼ₊₁, and so on to the end: a running sum from the other side.",
    ),
    level=2,
    remark="J is lower triangular, and its transpose upper: the sum runs from the end.",
)

STAY_OR_MOVE = (IDENTITY, SQUARE, REVERSE, SHIFT, TRANSPOSE)
ADD = (SUM, MEAN, BROADCAST, CENTRE, CUMSUM)
