"""Chapter 3, Jacobians and the transpose: pull back, find the layout, choose the order."""

from __future__ import annotations

import itertools

import numpy as np

from backprop_lab.exercises.draws import short_numbers
from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Choice, Option, Value
from backprop_lab.exercises.parts import Part, also, mapped, pulled_back
from backprop_lab.jacobians import jacobian
from backprop_lab.layouts import SOURCES, arrange, which_layout
from backprop_lab.slips import SLIPS
from backprop_lab.transforms import grad

ROWS, COLUMNS = SOURCES["minka"].layout, SOURCES["d2l"].layout  # numerator, denominator


# --- pull back ------------------------------------------------------------------------------------
def three(x):
    """The chapter's map, two inputs to three outputs."""
    return np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])])


def swapped(J, y_bar):
    """Jᵀȳ with the entries of ȳ in every other order."""
    for order in itertools.permutations(range(y_bar.size)):
        if not np.array_equal(y_bar[list(order)], y_bar):
            yield SLIPS["swapped-cotangent"], J.T @ y_bar[list(order)]


def _pulled():
    x, y_bar = np.array([2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    J = np.asarray(jacobian(three)(x))
    as_it_came = (SLIPS["missing-transpose"], J.reshape(J.shape[::-1]) @ y_bar)
    part = pulled_back("x_bar", three, x, y_bar)
    return (also(part, as_it_came, *swapped(J, y_bar)),)


PULLBACK = Exercise(
    id="ch3-pullback",
    title="Pull a cotangent back",
    question=(
        "The chapter's map is $y = (x_1x_2,\\; x_1^2 + x_2,\\; \\sin x_2)$. At $x = (2, 3)$ the "
        "cotangent $\\bar y = (1, 2, 3)$ arrives. Give $\\bar x$, in the shape of $x$, as a list "
        "or an array. Do it by hand first."
    ),
    answer=Value(_pulled),
    slips=(
        "missing-transpose",
        "swapped-cotangent",
        "cotangent-ignored",
        "forgotten-path",
        "sum-left-out",
    ),
    hints=(
        "How many numbers has x̄? Go down the columns of the table of slopes.",
        "J has the rows (x₂, x₁), (2x₁, 1) and (0, cos x₂). Each row is weighted by its own ȳ.",
        "The first entry is 3·1 + 4·2 + 0·3. The second is built in the same way.",
    ),
    solution=(
        "import numpy as np\n\n"
        "J = np.array([[3, 2], [4, 1], [0, np.cos(3)]])\n"
        "answer = J.T @ np.array([1, 2, 3])\n"
    ),
    difficulty=1,
    minutes=4,
    remark="Each output's cotangent weighs the slopes of that output, and the sum runs over them.",
)


# --- find the layout ------------------------------------------------------------------------------
SHAPES = {"a": ("numerator", (5, 2)), "b": ("denominator", (2, 5)), "c": ("numerator", (2, 5))}


def _layout() -> str:
    """Find the one option that is a layout of that shape, and makes the product legal."""
    for letter, (name, shape) in SHAPES.items():
        legal = shape[1] == 5 and shape[0] == 2  # times (5, 1) gives (2, 1)
        if legal and which_layout(shape, of=(5,), by=(2,)).layout == name:
            return letter
    raise AssertionError("no option is right")


LAYOUT = Exercise(
    id="ch3-layout",
    title="Find the layout",
    question=(
        "A paper maps $x$ with 2 entries to $y$ with 5, and writes $\\partial L/\\partial x = "
        "(\\partial y/\\partial x)\\,(\\partial L/\\partial y)$ with columns for the derivatives "
        "of $L$. Which layout has its $\\partial y/\\partial x$?\n\n"
        "- **a** numerator layout, shape $(5, 2)$\n"
        "- **b** denominator layout, shape $(2, 5)$\n"
        "- **c** numerator layout, shape $(2, 5)$\n"
        "- **d** the product cannot tell"
    ),
    answer=Choice(
        {
            "a": Option(
                "numerator layout, shape (5, 2)",
                "A (5, 2) matrix times a (5, 1) column is no product: 2 meets 5.",
                "missing-transpose",
            ),
            "b": Option("denominator layout, shape (2, 5)"),
            "c": Option(
                "numerator layout, shape (2, 5)",
                "The shape makes the product legal. The name does not fit it: the numerator "
                "layout has one row for each output, and here are 5 outputs.",
            ),
            "d": Option(
                "the product cannot tell",
                "It could not tell if there were as many inputs as outputs. With 2 and 5, only "
                "one order of the two sizes meets a column of 5.",
            ),
        },
        _layout,
    ),
    slips=("missing-transpose",),
    hints=(
        "Write the shapes below the symbols: (2, 1) = (?, ?)(5, 1).",
        "One row for each output is the numerator layout. How many rows has the matrix here?",
    ),
    solution='answer = "b"\n',
    difficulty=1,
    minutes=3,
    remark="Where the sizes differ, the shapes tell. Where they agree, they cannot.",
)


# --- repair the lines of the source ---------------------------------------------------------------
def _column(J, y_bar):
    part = pulled_back("x_bar", lambda x: J @ x, np.zeros(J.shape[1]), y_bar[:, 0])
    column = mapped("x_bar", part, lambda v: np.reshape(v, (-1, 1)) if np.ndim(v) == 1 else v)
    along_rows = (SLIPS["wrong-axis"], np.sum(J * y_bar, axis=1, keepdims=True))
    apart = (SLIPS["sum-left-out"], J * y_bar)
    return (also(column, (SLIPS["inverse"], np.linalg.pinv(J) @ y_bar), along_rows, apart),)


def _systems(rng):
    for m, n in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (2, 3), (3, 3)):
        yield short_numbers(rng, m, n), short_numbers(rng, m, 1)


REPAIR = Exercise(
    id="ch3-repair",
    title="Repair the three lines",
    question=(
        "The first of the three lines above says `x_bar = y_bar @ J`, the third “error at $x$ is "
        "$J^\\top$ times error at $y$”. Keep columns: $J$ has the shape $(m, n)$, $\\bar y$ is a "
        "column $(m, 1)$, and $\\bar x$ is to be a column $(n, 1)$. Write a function of "
        "`J, y_bar` that gives it. The first line does not run with columns; mend it, whichever "
        "line you start from."
    ),
    answer=Function("J, y_bar", _column, _systems),
    slips=("transposed", "missing-transpose", "inverse", "number-of-axes", "sum-left-out"),
    hints=(
        "Write the shapes below: (n, 1) = (?, ?)(m, 1).",
        "`y_bar.T @ J` runs, and is a row. What has to be done to it?",
    ),
    solution="def answer(J, y_bar):\n    return J.T @ y_bar\n",
    difficulty=2,
    minutes=4,
    remark="(ȳᵀJ)ᵀ = Jᵀȳ: the same numbers, and the second stands up as x does.",
)


# --- translate formulas ---------------------------------------------------------------------------
def _translated(A, S, x, J_y, J_z):
    n, m = x.size, A.shape[0]
    point = x[:, 0]
    maps = (
        ("∂(Ax)/∂x", jacobian(lambda v: A @ v)(point), (m,)),
        ("∂(xᵀSx)/∂x", grad(lambda v: v @ S @ v)(point), ()),
        ("∂z/∂x", jacobian(lambda v: J_z @ (J_y @ v))(point), (J_z.shape[0],)),
    )
    parts = [
        Part(
            name,
            arrange(D, of, (n,), ROWS),
            lambda D=D, of=of: ((SLIPS["denominator-layout"], arrange(D, of, (n,), COLUMNS)),),
            is_bar=False,
        )
        for name, D, of in maps
    ]
    forgotten = [(SLIPS["forgotten-path"], (M @ x).T) for M in (S, S.T)]
    as_it_came = [(SLIPS["missing-transpose"], 2 * (M @ x).T) for M in (S, S.T)]
    parts[1] = also(parts[1], *forgotten, *as_it_came)
    if J_y.shape[1] == J_z.shape[0] and J_z.size > 1:
        parts[2] = also(parts[2], (SLIPS["wrong-order"], J_y @ J_z))
    return tuple(parts)


def _layers(rng):
    for m, n, k in ((1, 1, 1), (2, 2, 2), (3, 2, 2), (2, 3, 4), (1, 3, 2)):
        S = short_numbers(rng, n, n)
        S[0, -1] = S[-1, 0] + 1.0 if n > 1 else S[0, -1]  # never symmetric
        yield (
            short_numbers(rng, m, n),
            S,
            short_numbers(rng, n, 1),
            short_numbers(rng, m, n),
            short_numbers(rng, k, m),
        )


TRANSLATE = Exercise(
    id="ch3-translate",
    title="Three formulas in another layout",
    question=(
        "A book in denominator layout has: $\\partial(Ax)/\\partial x = A^\\top$; "
        "$\\partial(x^\\top S x)/\\partial x = (S + S^\\top)x$; and, along $x \\to y \\to z$, "
        "$\\partial z/\\partial x = (\\partial y/\\partial x)(\\partial z/\\partial y)$. Write the "
        "three in numerator layout, as a function of `A, S, x, J_y, J_z` that gives three arrays. "
        "`x` is a column; `J_y` is $\\partial y/\\partial x$ and `J_z` is $\\partial z/\\partial "
        "y$, both in numerator layout already."
    ),
    answer=Function("A, S, x, J_y, J_z", _translated, _layers),
    slips=("denominator-layout", "wrong-order", "forgotten-path", "missing-transpose"),
    hints=(
        "Each of the three is transposed as a whole, also the gradient: it becomes a row.",
        "(MN)ᵀ = NᵀMᵀ: the order of a product turns around when it is transposed.",
        "The second is xᵀ(S + Sᵀ). It must not assume that S is symmetric.",
    ),
    solution=("def answer(A, S, x, J_y, J_z):\n    return A, x.T @ (S + S.T), J_z @ J_y\n"),
    difficulty=2,
    minutes=6,
    remark="One transposition for each formula, of the whole: so the order of the chain turns.",
)


# --- a pullback without a matrix ------------------------------------------------------------------
def other(x):
    """The map of the exercise, two inputs to three outputs."""
    return np.stack([x[0] ** 2, x[0] * x[1], np.exp(x[1])])


def _pulled_through_other(x, y_bar):
    beside = np.array([[2 * x[0], x[0], 0.0], [0.0, x[1], np.exp(x[1])]]) @ y_bar
    made = [(SLIPS["other-edge"], beside)]
    J = np.asarray(jacobian(other)(x))
    for place, slope in (((0, 0), x[0]), ((0, 0), 2.0), ((2, 1), 1.0)):
        shorter = J.copy()
        shorter[place] = slope  # of 2x₁ one factor, or 1 for the exponential
        made.append((SLIPS["missing-factor"], shorter.T @ y_bar))
    for i in range(y_bar.size):
        ones = np.where(np.arange(y_bar.size) == i, 1.0, y_bar)
        made.append((SLIPS["cotangent-ignored"], J.T @ ones))
    for of_first, of_second in itertools.product((0, 1), (1, 2)):  # the outputs that each reaches
        kept = J[[of_first, of_second], [0, 1]] * y_bar[[of_first, of_second]]
        made.append((SLIPS["overwritten-path"], kept))
    return (also(pulled_back("x_bar", other, x, y_bar), *made),)


def _cotangents(rng):
    yield np.array([1.0, 2.0]), np.array([1.0, 0.0, 0.0])
    for _ in range(5):
        yield short_numbers(rng, 2), short_numbers(rng, 3)


WITHOUT = Exercise(
    id="ch3-without",
    title="A pullback without a matrix",
    question=(
        "Write the pullback of $y = (x_1^2,\\; x_1x_2,\\; e^{x_2})$ as a function of `x, y_bar` "
        "that gives $\\bar x$ as an array of two numbers, in plain NumPy. Form no matrix: one line "
        "for each input, as in `three_backward`."
    ),
    answer=Function("x, y_bar", _pulled_through_other, _cotangents),
    slips=(
        "forgotten-path",
        "overwritten-path",
        "missing-factor",
        "wrong-sign",
        "cotangent-ignored",
        "other-edge",
    ),
    hints=(
        "Which outputs does x₁ reach? Which does x₂ reach?",
        "Each path gives ȳᵢ·∂yᵢ/∂xⱼ; the paths of one input are added.",
        "x̄₁ has the terms 2x₁·ȳ₁ and x₂·ȳ₂. x̄₂ has two terms as well.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(x, y_bar):\n"
        "    x_bar_1 = 2 * x[0] * y_bar[0] + x[1] * y_bar[1]\n"
        "    x_bar_2 = x[0] * y_bar[1] + np.exp(x[1]) * y_bar[2]\n"
        "    return np.stack([x_bar_1, x_bar_2])\n"
    ),
    difficulty=2,
    minutes=6,
    remark="Four products and two sums; the two zeros of J were never written down.",
)

# --- the order of a product -----------------------------------------------------------------------
SIZES = (300, 400, 50, 2)  # x → u → v → y


def multiplications(left: tuple, right: tuple) -> tuple[int, tuple]:
    """Count the multiplications of a product of two matrices; give the shape of the result, too."""
    (m, k), (_, n) = left, right
    return m * k * n, (m, n)


def _orders():
    J_u, J_v, J_y = ((SIZES[i + 1], SIZES[i]) for i in range(3))
    first, shape = multiplications(J_y, J_v)
    second, _ = multiplications(shape, J_u)
    other_first, shape = multiplications(J_v, J_u)
    other_second, _ = multiplications(J_y, shape)
    left, right = first + second, other_first + other_second
    half = SLIPS["one-product"]
    return (
        Part("(J₃J₂)J₁", np.array(float(left)), lambda: ((half, first),), exact=True),
        Part("J₃(J₂J₁)", np.array(float(right)), lambda: ((half, other_first),), exact=True),
    )


ORDERS = Exercise(
    id="ch3-orders",
    title="What an order costs",
    question=(
        "A network maps 300 inputs to 400, to 50, to 2 outputs, with the Jacobians $J_1$ of shape "
        "$(400, 300)$, $J_2$ of $(50, 400)$ and $J_3$ of $(2, 50)$. How many multiplications take "
        "$(J_3J_2)J_1$ and $J_3(J_2J_1)$? Give the two whole numbers, in this order."
    ),
    answer=Value(_orders),
    slips=("swapped-answers", "one-product"),
    hints=(
        "An (m, k) matrix times a (k, n) matrix takes m·k·n multiplications.",
        "The first product in brackets has a shape of its own; it enters the second product.",
    ),
    solution="answer = (2 * 50 * 400 + 2 * 400 * 300, 50 * 400 * 300 + 2 * 50 * 300)\n",
    difficulty=2,
    minutes=4,
    remark="Few outputs: begin at the outputs. That is why backpropagation goes backward.",
)

EXERCISES = (PULLBACK, LAYOUT, REPAIR, TRANSLATE, WITHOUT, ORDERS)
