"""Chapter 2, many paths: variables used twice, paths counted, a path that a program forgot."""

from __future__ import annotations

import itertools

import numpy as np

from backprop_lab.exercises.draws import short_numbers
from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Value
from backprop_lab.exercises.parts import Part, Slope, also
from backprop_lab.naming import let
from backprop_lab.slips import SLIPS
from backprop_lab.transforms import grad


def _points(rng, count):
    yield tuple(float(v) for v in np.arange(1, count + 1) / 2)
    for _ in range(5):
        yield tuple(float(v) for v in short_numbers(rng, count))


# --- one use, two uses ----------------------------------------------------------------------------
def twice(a, b):
    """The chapter's product, in which b is used twice."""
    u = let("u", a + b)
    v = let("v", b + 1)
    return let("p", u * v)


TWICE_BY_A, TWICE_BY_B = Slope(twice, "a"), Slope(twice, "b")


def _both_uses():
    point = (0.5, 12.0)
    by_a, u = TWICE_BY_A.at(*point), sum(point)
    return also(by_a, (SLIPS["other-edge"], u)), TWICE_BY_B.at(*point)


TWICE = Exercise(
    id="ch2-twice",
    title="Once and twice",
    question=(
        "In $p = (a + b)(b + 1)$ let $a = \\tfrac12$ and $b = 12$. Give $\\partial p/\\partial a$ "
        "and $\\partial p/\\partial b$, in this order, as two numbers. Add over the paths, and do "
        "not multiply out."
    ),
    answer=Value(_both_uses),
    slips=("forgotten-path", "mean-of-paths", "product-of-paths", "missing-factor", "other-edge"),
    hints=(
        "Put u = a + b and v = b + 1. Which of them does a reach, and which does b reach?",
        "Along the path through u the slope of p = uv is v. Along the path through v it is u.",
        "a has the one path through u. b has two: add v and u.",
    ),
    solution=(
        "a, b = 0.5, 12.0\n"
        "u, v = a + b, b + 1\n"
        "u_bar, v_bar = v, u\n"
        "answer = (u_bar * 1, u_bar * 1 + v_bar * 1)\n"
    ),
    difficulty=1,
    minutes=3,
    remark="b is used twice, so two cotangents arrive at it and are added.",
)


# --- two derivatives of one function --------------------------------------------------------------
def direct(x):
    """The function x + x², whose second term is named."""
    y = let("y", x**2)
    return let("f", x + y)


HELD = Slope(lambda x, y: let("f", x + y), "x")  # y is an input of its own: it is held
TOTAL = Slope(direct, "x")


def _partial_and_total():
    x = 12.0
    held, total = HELD.at(x, x**2, name="∂f/∂x"), TOTAL.at(x, name="df/dx")
    return also(held, (SLIPS["total-for-partial"], total.truth)), total


DIRECT = Exercise(
    id="ch2-direct",
    title="x + x², and two derivatives",
    question=(
        "Let $y = x^2$ and $f = x + y$, at $x = 12$. Give $\\partial f/\\partial x$, with $y$ "
        "held still, and $df/dx$, in this order, as two numbers."
    ),
    answer=Value(_partial_and_total),
    slips=("partial-for-total", "total-for-partial", "forgotten-path", "missing-factor"),
    hints=(
        "The graph has one edge from x to f, and one from x to y, and one from y to f.",
        "∂f/∂x is the edge from x to f alone. df/dx adds the path through y.",
    ),
    solution="x = 12\nanswer = (1, 1 + 1 * 2 * x)\n",
    difficulty=1,
    minutes=3,
    remark="∂ is one edge, d is all of them: two numbers, and both are called a derivative by x.",
)

# --- how many paths -------------------------------------------------------------------------------
WIDTHS = (4, 5, 3)


def layers(x, widths=WIDTHS):
    """Add the values of each layer into each value of the next, and the last ones to one."""
    row = [x]
    for width in widths:
        row = [sum(row) for _ in range(width)]
    return sum(row)


def _counts():
    rows = (1, *WIDTHS, 1)
    between = [m * n for m, n in itertools.pairwise(rows)]
    paths, edges = float(grad(layers)(1.0)), float(sum(between))  # every slope is 1
    inner, each = SLIPS["inner-edges"], SLIPS["summed-layers"]
    return (
        Part("paths", np.array(paths), lambda: ((each, sum(WIDTHS)),), exact=True),
        Part("edges", np.array(edges), lambda: ((inner, sum(between[1:-1])),), exact=True),
    )


COUNT = Exercise(
    id="ch2-count",
    title="Count the paths of three layers",
    question=(
        "One input $x$ feeds a layer of 4 values, these a layer of 5, these a layer of 3, and "
        "these one loss. Every value of a layer feeds every value of the next. How many paths lead "
        "from $x$ to the loss, and how many edges are there? Give the two whole numbers, in this "
        "order."
    ),
    answer=Value(_counts),
    slips=("summed-layers", "inner-edges", "swapped-answers"),
    hints=(
        "A path chooses one value in each layer. How many ways are there to choose?",
        "Between a layer of m and a layer of n there are m·n edges. There are four such gaps.",
    ),
    solution="answer = (4 * 5 * 3, 1 * 4 + 4 * 5 + 5 * 3 + 3 * 1)\n",
    difficulty=1,
    minutes=3,
    remark="The walk back pays for the edges, and adds over all the paths.",
)


# --- a weight that is used twice ------------------------------------------------------------------
def shared(w, x, t):
    """Two layers with the same weight."""
    h = let("h", np.tanh(w * x))
    y = let("y", w * h)
    return let("L", (y - t) ** 2 / 2)


SHARED = Slope(shared, "w")


def _by_shared_weight(w, x, t):
    return (SHARED.at(w, x, t),)


SHARED_WEIGHT = Exercise(
    id="ch2-shared",
    title="The same weight in both layers",
    question=(
        "Two layers share one weight: $h = \\tanh(wx)$, $y = wh$, and $L = \\tfrac12(y - t)^2$. "
        "Write a function of `w, x, t` that gives $dL/dw$, in plain NumPy."
    ),
    answer=Function("w, x, t", _by_shared_weight, lambda rng: _points(rng, 3)),
    slips=("forgotten-path", "missing-factor", "wrong-sign", "mean-of-paths"),
    hints=(
        "Give the two uses names: h = tanh(w₁x) and y = w₂h. Then set both to w.",
        "ȳ = y − t. The use in y adds ȳ·h. The other use lies behind h, with h̄ = ȳ·w.",
        "The slope of tanh is 1 − h², so the first use adds h̄·(1 − h²)·x.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(w, x, t):\n"
        "    h = np.tanh(w * x)\n"
        "    y_bar = w * h - t\n"
        "    h_bar = y_bar * w\n"
        "    w_bar = y_bar * h\n"
        "    w_bar += h_bar * (1 - h**2) * x\n"
        "    return w_bar\n"
    ),
    difficulty=2,
    minutes=6,
    remark="A recurrent network is this, many times over: one weight, one cotangent, many shares.",
)


# --- find the forgotten path ----------------------------------------------------------------------
def walked(a, b):
    """The function whose backward program the exercise repairs."""
    u = let("u", a * b)
    v = let("v", a + u**2)
    return let("L", u * v)


WALKED_BY_A, WALKED_BY_B = Slope(walked, "a"), Slope(walked, "b")


def _walked_back(a, b):
    return WALKED_BY_A.at(a, b, name="a_bar"), WALKED_BY_B.at(a, b, name="b_bar")


FORGOTTEN = Exercise(
    id="ch2-repair",
    title="Find the forgotten path",
    question=(
        "This program is to give $\\bar a$ and $\\bar b$ of $L = uv$, with $u = ab$ and $v = a + "
        "u^2$. It runs, both results are wrong, and one line is to blame.\n\n"
        "```python\n"
        "u = a * b\n"
        "v = a + u**2\n"
        "u_bar, v_bar = v, u\n"
        "a_bar = v_bar + u_bar * b\n"
        "b_bar = u_bar * a\n"
        "```\n\n"
        "Find it, and write the whole as a function of `a, b` that gives $\\bar a$ and $\\bar b$, "
        "as a pair."
    ),
    answer=Function("a, b", _walked_back, lambda rng: _points(rng, 2)),
    slips=("forgotten-path", "overwritten-path", "wrong-sign", "missing-factor"),
    hints=(
        "Draw the graph, and count the edges that leave u.",
        "u enters L directly, and v as well. The program lets one of the two pay into ū.",
        "ū needs v̄·∂v/∂u = v̄·2u in addition, before it goes on to a and b.",
    ),
    solution=(
        "def answer(a, b):\n"
        "    u = a * b\n"
        "    v = a + u**2\n"
        "    v_bar = u\n"
        "    u_bar = v + v_bar * 2 * u\n"
        "    return v_bar + u_bar * b, u_bar * a\n"
    ),
    difficulty=2,
    minutes=6,
    remark="The graph has six edges, so six shares are paid. The program paid five.",
)

EXERCISES = (TWICE, DIRECT, COUNT, SHARED_WEIGHT, FORGOTTEN)
