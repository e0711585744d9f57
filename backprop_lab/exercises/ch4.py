"""Chapter 4, elementwise maps: a kink, a column, a running mean, softmax by rows, a gate."""

from __future__ import annotations

import numpy as np

from backprop_lab.exercises.draws import short_numbers
from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Value
from backprop_lab.exercises.parts import alike, also, pulled_back
from backprop_lab.rules import relu, sigmoid
from backprop_lab.slips import SLIPS


# --- the kink -------------------------------------------------------------------------------------
def _at_the_kink():
    x, y_bar = np.array([-1.0, 0.0, 2.0, 0.0]), np.array([3.0, 14.0, -5.0, -8.0])
    other = (SLIPS["slope-of-one"], np.where(x >= 0, y_bar, 0.0))
    masked = (SLIPS["forward-again"], np.maximum(y_bar, 0.0))
    by_relu = pulled_back("x_bar of bl.relu", relu, x, y_bar)
    by_maximum = pulled_back("x_bar of np.maximum", lambda x: np.maximum(x, 0.0), x, y_bar)
    exchanged = SLIPS["other-convention"]
    return (
        also(by_relu, other, masked, (exchanged, by_maximum.truth)),
        also(by_maximum, other, masked, (exchanged, by_relu.truth)),
    )


KINK = Exercise(
    id="ch4-kink",
    title="ReLU at 0",
    question=(
        "At $x = (-1, 0, 2, 0)$ the cotangent $\\bar y = (3, 14, -5, -8)$ arrives. Go back through "
        "ReLU twice, without running the engine: as `bl.relu(x)` does, and as `np.maximum(x, 0)` "
        "does. Give the two $\\bar x$, in this order, each as a list of four numbers."
    ),
    answer=Value(_at_the_kink),
    slips=("other-convention", "slope-of-one", "forward-again", "cotangent-ignored"),
    hints=(
        "Away from the kink the two agree: the slope is 0 on the left, and 1 on the right.",
        "The cell after “ReLU: the slope is a mask” prints both slopes at 0.",
        "bl.relu has the slope 0 there. np.maximum shares a tie between its two arguments.",
    ),
    solution=(
        "import numpy as np\n\n"
        "x, y_bar = np.array([-1, 0, 2, 0]), np.array([3, 14, -5, -8])\n"
        "ties = 0.5 * (x == 0)\n"
        "answer = (y_bar * (x > 0), y_bar * ((x > 0) + ties))\n"
    ),
    difficulty=1,
    minutes=4,
    remark="Neither is the derivative at 0: there is none, and each program keeps its convention.",
)


# --- a column meets a row -------------------------------------------------------------------------
def _from_column(x, y_bar):
    part = pulled_back("x_bar", np.exp, x, y_bar[:, 0])
    grid = y_bar * np.exp(x)
    summed = [(SLIPS["wrong-index"], grid.sum(axis=axis)) for axis in (0, 1)]
    kept = (SLIPS["number-of-axes"], part.truth[:, None])
    stretched = (SLIPS["silent-stretch"], grid)
    return (also(part, stretched, kept, *summed, (SLIPS["missing-factor"], y_bar[:, 0])),)


def _columns(rng):
    for n in (1, 2, 3, 5):
        yield short_numbers(rng, n), short_numbers(rng, n, 1)


COLUMN = Exercise(
    id="ch4-column",
    title="Repair the line: a column meets a row",
    question=(
        "A program keeps its values $x$ and $y = \\exp(x)$ as arrays of the shape $(n,)$. Its "
        "cotangents come in as columns, of the shape $(n, 1)$. Its line is `x_bar = y_bar * "
        "np.exp(x)`. It runs, and is wrong. Repair it: write a function of `x, y_bar` that gives "
        "$\\bar x$ in the shape of $x$."
    ),
    answer=Function("x, y_bar", _from_column, _columns),
    slips=("silent-stretch", "number-of-axes", "wrong-index", "missing-factor"),
    hints=(
        "Print the shape of what the line gives, for n = 3.",
        "Only the diagonal of that grid is wanted. Make the shapes equal before you multiply.",
        "`y_bar[:, 0]` and `y_bar.reshape(x.shape)` both have the shape of x.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(x, y_bar):\n"
        "    return y_bar.reshape(x.shape) * np.exp(x)\n"
    ),
    difficulty=1,
    minutes=3,
    remark="⊙ is for two arrays of one shape. NumPy's * does not ask for that, so you must.",
)


# --- a running mean -------------------------------------------------------------------------------
def running_mean(x):
    """The mean of the entries so far, at each place."""
    return np.cumsum(x) / np.arange(1, x.size + 1)


def _from_running_mean(y_bar):
    part = pulled_back("x_bar", running_mean, np.zeros(y_bar.size), y_bar)
    late = np.cumsum(y_bar[::-1])[::-1] / np.arange(1, y_bar.size + 1)
    half = np.cumsum(y_bar / np.arange(1, y_bar.size + 1))  # the sum goes back as it came
    return (also(part, (SLIPS["wrong-order"], late), (SLIPS["missing-transpose"], half)),)


def _lines(rng):
    for n in (1, 2, 2, 3, 5):
        yield (short_numbers(rng, n),)


RUNNING = Exercise(
    id="ch4-running",
    title="Back through a running mean",
    question=(
        "`y = np.cumsum(x) / np.arange(1, n + 1)` is the mean of the entries so far: $y_i = (x_1 + "
        "\\dots + x_i)/i$. Write a function of `y_bar` that gives $\\bar x$, of the same shape "
        "$(n,)$, in plain NumPy and without a matrix."
    ),
    answer=Function("y_bar", _from_running_mean, _lines),
    slips=("missing-transpose", "wrong-order", "missing-factor", "diagonal-only"),
    hints=(
        "There are two steps: a running sum, and a division entry by entry. Go back through the "
        "last one first.",
        "The chapter shows how a running sum goes back: it starts at the other end.",
        "Column j of J holds 1/i from row j on, so x̄ⱼ adds ȳᵢ/i for all i from j on.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(y_bar):\n"
        "    shared = y_bar / np.arange(1, y_bar.size + 1)\n"
        "    return np.cumsum(shared[::-1])[::-1]\n"
    ),
    difficulty=2,
    minutes=6,
    remark="Two adjoints in the opposite order, (AB)ᵀ = BᵀAᵀ: first divide, then sum from the end.",
)


# --- softmax, row by row --------------------------------------------------------------------------
def softmax_rows(X):
    """Softmax of each row."""
    E = np.exp(X)
    return E / np.sum(E, axis=1, keepdims=True)


def _from_softmax(S, S_bar):
    part = pulled_back("X_bar", softmax_rows, np.log(S), S_bar)
    both, rows, n = S * S_bar, *S.shape
    made = [
        (SLIPS["wrong-axis"], S * (S_bar - both.sum(axis=0))),
        (SLIPS["wrong-axis"], S * (S_bar - both.sum())),
        (SLIPS["constant-denominator"], both),
        (SLIPS["missing-factor"], S_bar - both.sum(axis=1, keepdims=True)),
        (SLIPS["wrong-sign"], S * (S_bar + both.sum(axis=1, keepdims=True))),
        (SLIPS["other-loss"], S - S_bar),
    ]
    if rows == n:
        made += [
            (SLIPS["silent-stretch"], S * (S_bar - both.sum(axis=1))),
            (SLIPS["silent-stretch"], S * (S_bar - S @ S_bar.T)),
        ]
    return (also(part, *(pair for pair in made if not alike(pair[1], part.truth))),)


def _probabilities(rng):
    for rows, n in ((1, 2), (2, 2), (1, 4), (2, 3), (4, 3), (4, 4)):
        yield softmax_rows(short_numbers(rng, rows, n)), short_numbers(rng, rows, n)


SOFTMAX = Exercise(
    id="ch4-softmax",
    title="Softmax in one line",
    question=(
        "`S` has the shape $(N, n)$, and each of its *rows* is the softmax of a row of $X$. The "
        "cotangent `S_bar` has the same shape. Write a function of `S, S_bar` that gives $\\bar X$ "
        "in one line of plain NumPy: no loop, no matrix of slopes, no exponential."
    ),
    answer=Function("S, S_bar", _from_softmax, _probabilities),
    slips=(
        "diagonal-only",
        "silent-stretch",
        "wrong-axis",
        "constant-denominator",
        "missing-factor",
        "other-loss",
    ),
    hints=(
        "Rows do not mix. For one row the chapter has s ⊙ s̄ − s (sᵀs̄).",
        "Take out the factor: s ⊙ (s̄ − sᵀs̄). For each row one number is subtracted.",
        "These numbers are the sums of S * S_bar along axis 1, kept as a column.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(S, S_bar):\n"
        "    return S * (S_bar - np.sum(S * S_bar, axis=1, keepdims=True))\n"
    ),
    difficulty=2,
    minutes=6,
    remark="Each row of it adds up to 0: softmax does not notice a number added to all its inputs.",
)


# --- a gate ---------------------------------------------------------------------------------------
def _through_gate(u, v, y_bar):
    gate = sigmoid(v)
    none, value = SLIPS["missing-factor"], SLIPS["value-for-slope"]
    by_u = pulled_back("u_bar", lambda u: u * sigmoid(v), u, y_bar)
    by_v = pulled_back("v_bar", lambda v: u * sigmoid(v), v, y_bar)
    no_input, no_slope = y_bar * gate * (1 - gate), y_bar * u
    return by_u, also(by_v, (none, no_input), (none, no_slope), (value, y_bar * u * gate))


def _gates(rng):
    for shape in ((1,), (2,), (3,), (2, 2), (1, 3), (3, 2)):
        yield tuple(short_numbers(rng, *shape) for _ in range(3))


GATE = Exercise(
    id="ch4-gate",
    title="A gate: two inputs",
    question=(
        "A gate lets part of a signal through: $y = u \\odot \\sigma(v)$ with the logistic "
        "function $\\sigma$, for `u` and `v` of one shape. Write a function of `u, v, y_bar` that "
        "gives $\\bar u$ and $\\bar v$, as a pair."
    ),
    answer=Function("u, v, y_bar", _through_gate, _gates),
    slips=(
        "missing-factor",
        "value-for-slope",
        "wrong-sign",
        "cotangent-ignored",
        "swapped-answers",
    ),
    hints=(
        "Hold v still: then y is u times a number, entry by entry. That is ū.",
        "Now hold u still. What moves is σ(v), and its slope has a short form in its value.",
        "With g = σ(v) the slope is g(1 − g), and v̄ has three factors besides g.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(u, v, y_bar):\n"
        "    g = 1 / (1 + np.exp(-v))\n"
        "    return y_bar * g, y_bar * u * g * (1 - g)\n"
    ),
    difficulty=2,
    minutes=5,
    remark="Two inputs, two diagonals. A closed gate, g near 0, stops the cotangent of both.",
)

EXERCISES = (KINK, COLUMN, RUNNING, SOFTMAX, GATE)
