"""Chapter 5, vector–Jacobian products: a layer's weights, broadcasting undone, five adjoints."""

from __future__ import annotations

import numpy as np

from backprop_lab.exercises.draws import short_numbers
from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Choice, Option, Value
from backprop_lab.exercises.parts import also, pulled_back
from backprop_lab.slips import SLIPS


# --- the weights of a layer -----------------------------------------------------------------------
def _weights():
    X = np.array([[1.0, 2.0], [3.0, 5.0]])
    Y_bar = np.array([[1.0, 6.0, 2.0], [-1.0, 4.0, 3.0]])
    part = pulled_back("W_bar", lambda W: X @ W, np.zeros((2, 3)), Y_bar)
    one_example = [(SLIPS["forgotten-path"], np.outer(X[i], Y_bar[i])) for i in range(2)]
    as_it_came = (SLIPS["missing-transpose"], X @ Y_bar)
    averaged = (SLIPS["mean-of-paths"], part.truth / len(X))
    turned = (SLIPS["transposed"], part.truth.T)
    return (also(part, as_it_came, turned, averaged, *one_example),)


WEIGHTS = Exercise(
    id="ch5-weights",
    title="The cotangent of the weights",
    question=(
        "A layer $Y = XW$ has $X = \\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}$, one example in each "
        "row, and the cotangent $\\bar Y = \\begin{pmatrix}1&6&2\\\\-1&4&3\\end{pmatrix}$ arrives. "
        "Give $\\bar W$ as a list of rows or an array. $W$ itself is not told: you can do without "
        "it. Do it by hand first."
    ),
    answer=Value(_weights),
    slips=(
        "missing-transpose",
        "transposed",
        "forgotten-path",
        "mean-of-paths",
        "cotangent-ignored",
    ),
    hints=(
        "Which shape has W, and so W̄? X has two columns, and Ȳ has three.",
        "The weight in row b and column c is used by both examples. Each adds x_b times ȳ_c.",
        "The first entry is 1·1 + 3·(−1): column 1 of X meets column 1 of Ȳ.",
    ),
    solution=(
        "import numpy as np\n\n"
        "X = np.array([[1, 2], [3, 5]])\n"
        "Y_bar = np.array([[1, 6, 2], [-1, 4, 3]])\n"
        "answer = X.T @ Y_bar\n"
    ),
    difficulty=1,
    minutes=4,
    remark="XȲ has the same shape here, and is wrong: the sum must run over the examples.",
)


# --- two broadcasts -------------------------------------------------------------------------------
def _scaled(s, X, b, Y_bar):
    by_s = pulled_back("s_bar", lambda s: s * X + b, s, Y_bar)
    by_b = pulled_back("b_bar", lambda b: s * X + b, b, Y_bar)
    loose, other, none = SLIPS["number-of-axes"], SLIPS["wrong-axis"], SLIPS["missing-factor"]
    down = np.sum(Y_bar * X, axis=0)
    of_s = [(loose, by_s.truth[:, 0]), (none, np.sum(Y_bar, axis=1, keepdims=True))]
    of_s += [(other, down), (other, down[None]), (other, down[:, None])]
    of_s += [(SLIPS["other-edge"], np.sum(Y_bar * s, axis=1, keepdims=True))]
    across = np.sum(Y_bar, axis=1)
    of_b = [(loose, by_b.truth[None]), (other, across), (other, across[:, None])]
    of_b += [(SLIPS["other-edge"], np.sum(s * Y_bar, axis=0))]
    return also(by_s, *of_s), also(by_b, *of_b)


def _scalings(rng):
    for n, m in ((1, 1), (1, 3), (3, 1), (2, 2), (2, 3), (4, 3), (4, 4)):
        yield (
            short_numbers(rng, n, 1),
            short_numbers(rng, n, m),
            short_numbers(rng, m),
            short_numbers(rng, n, m),
        )


UNBROADCAST = Exercise(
    id="ch5-unbroadcast",
    title="Undo two broadcasts",
    question=(
        "A program computes `Y = s * X + b`. $X$ has the shape $(N, m)$; each example has a scale "
        "of its own, in `s` of shape $(N, 1)$, and `b` of shape $(m,)$ is the same for all. Write "
        "a function of `s, X, b, Y_bar` that gives $\\bar s$ and $\\bar b$, as a pair, each in the "
        "shape of its variable."
    ),
    answer=Function("s, X, b, Y_bar", _scaled, _scalings),
    slips=(
        "number-of-axes",
        "broadcast",
        "wrong-axis",
        "missing-factor",
        "wrong-sign",
        "other-edge",
    ),
    hints=(
        "How often is one entry of s used? And one entry of b?",
        "First multiply by the slopes, entry by entry. Then add over what was copied.",
        "s was copied along axis 1, and that axis stays with length 1: keepdims=True. b was "
        "copied along axis 0, and that axis was not there before.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(s, X, b, Y_bar):\n"
        "    s_bar = np.sum(Y_bar * X, axis=1, keepdims=True)\n"
        "    return s_bar, np.sum(Y_bar, axis=0)\n"
    ),
    difficulty=2,
    minutes=6,
    remark="What was copied forward is added back, over the copied axis and over no other.",
)

# --- five adjoints --------------------------------------------------------------------------------
MOVES = {
    "rolled": lambda x: np.roll(x, 1, axis=0),
    "column": lambda x: x[:, 0],
    "twice": lambda x: np.concatenate([x, x]),
    "mean": lambda x: np.mean(x, axis=1),
    "read": lambda x: np.reshape(np.transpose(x), -1),
}


def _moved(x, *cotangents):
    parts = {
        name: pulled_back(f"x_bar of {name}", f, x, y_bar)
        for (name, f), y_bar in zip(MOVES.items(), cotangents, strict=True)
    }
    _, column, twice, mean, read = cotangents
    copied = np.broadcast_to(column[:, None], x.shape)
    wrong = {
        "column": (SLIPS["not-used"], copied),
        "mean": (SLIPS["missing-factor"], np.broadcast_to(mean[:, None], x.shape)),
        "read": (SLIPS["refilled"], np.reshape(read, x.shape)),
    }
    halves = [(SLIPS["forgotten-path"], half) for half in np.split(twice, 2)]
    parts["twice"] = also(parts["twice"], *halves)
    parts["read"] = also(parts["read"], (SLIPS["refilled"], np.reshape(read, x.shape).T))
    return tuple(also(p, wrong[name]) if name in wrong else p for name, p in parts.items())


def _cotangents(rng):
    for n, m in ((1, 1), (1, 3), (3, 1), (2, 3), (3, 3), (4, 3)):
        x = short_numbers(rng, n, m)
        yield x, *(short_numbers(rng, *np.shape(f(x))) for f in MOVES.values())


ADJOINTS = Exercise(
    id="ch5-adjoints",
    title="Five adjoints",
    question=(
        "Five operations on an `x` with two axes move, copy or add its entries: `np.roll(x, 1, "
        "axis=0)`, `x[:, 0]`, `np.concatenate([x, x])`, `np.mean(x, axis=1)` and `x.T.reshape(-1)`"
        ". For each a cotangent arrives. Write a function of `x, rolled, column, twice, mean, "
        "read` that takes the five cotangents, in this order, and gives the five $\\bar x$, each "
        "in the shape of `x`."
    ),
    answer=Function("x, rolled, column, twice, mean, read", _moved, _cotangents),
    slips=(
        "missing-transpose",
        "not-used",
        "not-moved",
        "forgotten-path",
        "missing-factor",
        "refilled",
    ),
    hints=(
        "Ask of each entry of x where it went. Its cotangent is the sum of what arrives there.",
        "Rolling is undone by rolling back. Entries that went nowhere get 0, and what went to two "
        "places adds two cotangents.",
        "The last is two steps. Go back through the last one first: `read.reshape(x.T.shape)`.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(x, rolled, column, twice, mean, read):\n"
        "    from_column = np.zeros(x.shape)\n"
        "    from_column[:, 0] = column\n"
        "    first, second = np.split(twice, 2)\n"
        "    from_mean = np.ones(x.shape) * mean[:, None] / x.shape[1]\n"
        "    from_reading = read.reshape(x.T.shape).T\n"
        "    return np.roll(rolled, -1, axis=0), from_column, first + second, from_mean, "
        "from_reading\n"
    ),
    difficulty=3,
    minutes=10,
    remark="None of the five needed the values of x: linear maps go back by their shapes alone.",
)


# --- the square trap ------------------------------------------------------------------------------
def _turned_layer(X, W, Y_bar):
    by_X = pulled_back("X_bar", lambda X: X @ W.T, X, Y_bar)
    by_W = pulled_back("W_bar", lambda W: X @ W.T, W, Y_bar)
    copied, averaged = SLIPS["other-layout"], SLIPS["mean-of-paths"]
    if W.shape[0] == W.shape[1]:  # elsewhere the copied line raises
        by_X = also(by_X, (copied, Y_bar @ W.T))
    return by_X, also(by_W, (copied, X.T @ Y_bar), (averaged, by_W.truth / len(X)))


def _layers(rng):
    for n, p, m in ((1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 2, 2), (2, 3, 2), (4, 2, 3), (3, 3, 3)):
        yield short_numbers(rng, n, p), short_numbers(rng, m, p), short_numbers(rng, n, m)


SQUARE = Exercise(
    id="ch5-square",
    title="Repair two lines that run",
    question=(
        "Many libraries keep the weights the other way round, in the shape $(m, p)$, and compute "
        "$Y = XW^\\top$. Someone has copied `X_bar = Y_bar @ W.T` and `W_bar = X.T @ Y_bar` from "
        "this chapter, and tried them on a layer with $p = m$: no error, and all shapes fit. "
        "Repair both lines: write a function of `X, W, Y_bar` that gives $\\bar X$ and $\\bar W$, "
        "as a pair, for any $N$, $p$ and $m$."
    ),
    answer=Function("X, W, Y_bar", _turned_layer, _layers),
    slips=("other-layout", "mean-of-paths", "cotangent-ignored", "wrong-sign"),
    hints=(
        "Write the shapes below for three sizes that differ: X (N, p), W (m, p), Ȳ (N, m).",
        "Put V = Wᵀ. The chapter gives X̄ and V̄ for Y = XV. What is W̄, when V̄ is known?",
        "X̄ = ȲVᵀ, and V̄ = XᵀȲ is the cotangent of Wᵀ: transpose it.",
    ),
    solution="def answer(X, W, Y_bar):\n    return Y_bar @ W, Y_bar.T @ X\n",
    difficulty=2,
    minutes=5,
    remark="With p = m the shapes agreed with the wrong lines too. Three sizes that differ do not.",
)

# --- a test that can fail -------------------------------------------------------------------------
TRIED = {
    "a": np.eye(2),
    "b": np.ones((2, 2)),
    "c": np.array([[1.0, 2.0], [2.0, 4.0]]),
    "d": np.array([[1.0, 2.0], [0.0, 1.0]]),
}


def _revealing() -> str:
    """Find the one cotangent at which the wrong formula gives other numbers."""
    X, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    (letter,) = (
        letter
        for letter, Y_bar in TRIED.items()
        if not np.allclose(Y_bar.T @ W.T, pulled_back("X_bar", lambda X: X @ W, X, Y_bar).truth)
    )
    return letter


TEST = Exercise(
    id="ch5-test",
    title="A test that can fail",
    question=(
        "A program goes back through $Y = XW$ with $\\bar X = \\bar Y^\\top W^\\top$, and all its "
        "matrices are $2\\times2$. Its author compares it with the right numbers, at the $W$ of "
        "this chapter and at one cotangent. At which of these does the test find the mistake?\n\n"
        "- **a** the identity\n"
        "- **b** ones everywhere\n"
        "- **c** $\\bar Y = \\begin{pmatrix}1&2\\\\2&4\\end{pmatrix}$\n"
        "- **d** $\\bar Y = \\begin{pmatrix}1&2\\\\0&1\\end{pmatrix}$\n\n"
        "Answer with a letter."
    ),
    answer=Choice(
        {
            "a": Option(
                "the identity",
                "There ȲᵀWᵀ is Wᵀ, and so is ȲWᵀ.",
                "symmetric-test",
            ),
            "b": Option(
                "ones everywhere",
                "A loss that is a plain sum sends ones, and they hide this mistake.",
                "symmetric-test",
            ),
            "c": Option(
                "[[1, 2], [2, 4]]",
                "No two rows are equal, and yet rows and columns hold the same numbers.",
                "symmetric-test",
            ),
            "d": Option("[[1, 2], [0, 1]]"),
        },
        _revealing,
    ),
    slips=("symmetric-test",),
    hints=(
        "Where do ȲᵀWᵀ and ȲWᵀ differ?",
        "They agree wherever Ȳ is equal to its transpose.",
    ),
    solution='answer = "d"\n',
    difficulty=1,
    minutes=3,
    remark="A test of a pullback takes a generic cotangent, which is symmetric in nothing.",
)

EXERCISES = (WEIGHTS, UNBROADCAST, ADJOINTS, SQUARE, TEST)
