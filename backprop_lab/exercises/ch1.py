"""Chapter 1, the scalar chain rule: one neuron, its other derivatives, its step."""

from __future__ import annotations

import functools

import numpy as np

from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.formulas import Expression
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Condition, Value
from backprop_lab.exercises.parts import Slope, also, mapped, stacked
from backprop_lab.naming import let
from backprop_lab.rules import sigmoid
from backprop_lab.slips import SLIPS
from backprop_lab.transforms import grad


# --- the maps, and their slopes as SymPy reads them -----------------------------------------------
def neuron(w, b, x, y, activation=lambda z: 1 / (1 + np.exp(-z))):
    """The chapter's neuron."""
    z = let("z", w * x + b)
    y_hat = let("y_hat", activation(z))
    return let("L", (y - y_hat) ** 2 / 2)


tanh_neuron = functools.partial(neuron, activation=np.tanh)
BY_W, BY_B, BY_X = (Slope(neuron, wrt) for wrt in "wbx")
TANH_BY_W = Slope(tanh_neuron, "w")


def _numbers(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Draw numbers of order one that are short to read."""
    return tuple(float(v) for v in rng.choice(np.arange(-15, 16, 2), count, replace=False) / 10)


def _points(rng, count=4):
    yield 1.0, 0.5, 2.0, 0.0
    for _ in range(6):
        yield _numbers(rng, count)


# --- the other two derivatives --------------------------------------------------------------------
def _at_a_point():
    point = (0.5, 1.0, 2.0, 0.0)
    by_w, by_b, by_x = (slope.at(*point) for slope in (BY_W, BY_B, BY_X))
    beside = (SLIPS["other-edge"], by_w.truth)
    return also(by_b, beside), also(by_x, beside)


OTHERS = Exercise(
    id="ch1-b",
    title="The bias and the input",
    question=(
        "The neuron of this chapter, with the logistic function, stands at $w = \\tfrac12$, "
        "$b = 1$, $x = 2$, $y = 0$. Give $\\partial L/\\partial b$ and $\\partial L/\\partial x$, "
        "in this order, as two numbers. Work with $\\hat y$ by hand, and let Python compute the "
        "exponential."
    ),
    answer=Value(_at_a_point),
    slips=("missing-factor", "wrong-sign", "other-edge", "swapped-answers"),
    hints=(
        "Both derivatives begin with the same two factors. Which quantity do they lead to?",
        "That quantity is z, and its cotangent is (ŷ − y)·ŷ(1 − ŷ). One factor is left for each.",
        "The last factor is ∂z/∂b for the bias and ∂z/∂x for the input, with z = wx + b.",
    ),
    solution=(
        "import numpy as np\n\n"
        "w, b, x, y = 0.5, 1.0, 2.0, 0.0\n"
        "y_hat = 1 / (1 + np.exp(-(w * x + b)))\n"
        "z_bar = (y_hat - y) * y_hat * (1 - y_hat)\n"
        "answer = (z_bar * 1, z_bar * w)\n"
    ),
    difficulty=1,
    minutes=4,
    remark="Both share one cotangent, that of z; each adds the slope of its own edge.",
)


# --- the line with the turned sign ----------------------------------------------------------------
def _lines_as_given(derivation):
    """Give the line of the question as it stands, and the derivative with the neighbour's slope."""
    y_hat, y, x = (derivation.reading.quantities[n].symbols[()] for n in ("y_hat", "y", "x"))
    return ("unchanged", (y - y_hat) * (1 - y_hat) * x), ("other-edge", BY_X.derivation.truth)


REPAIR = Exercise(
    id="ch1-repair",
    title="Repair the line",
    question=(
        "A text goes down the loss with $w \\leftarrow w - \\eta\\,\\partial L/\\partial w$, and "
        "has for the logistic neuron the line $\\partial L/\\partial w = (y - \\hat y)\\,"
        "(1 - \\hat y)\\,x$. Two things are wrong with it. Write the line as it must be, as a "
        "function of `y_hat`, `y` and `x` (or as a SymPy expression in these names)."
    ),
    answer=Expression(lambda: BY_W.derivation, "y_hat, y, x", _lines_as_given),
    slips=("unchanged", "wrong-sign", "missing-factor", "factor-of-two", "other-edge"),
    hints=(
        "Take the three edges one by one: L by ŷ, ŷ by z, z by w.",
        "L = (y − ŷ)²/2. By how much does L move when ŷ alone moves? Mind the minus inside.",
        "The slope of the logistic function is ŷ(1 − ŷ): two factors, and both are needed.",
    ),
    solution="def answer(y_hat, y, x):\n    return (y_hat - y) * y_hat * (1 - y_hat) * x\n",
    difficulty=1,
    minutes=4,
    remark="It was compared as a formula, not at one point: there four wrong slopes may be right.",
)


# --- another activation ---------------------------------------------------------------------------
def _tanh_parts(w, b, x, y):
    part = TANH_BY_W.at(w, b, x, y)
    z = w * x + b
    y_hat = np.tanh(z)
    s = sigmoid(z)
    slopes = (y_hat * (1 - y_hat), 1 - y_hat, s * (1 - s), 1 - z**2)  # three logistic; one at z
    other = [(SLIPS["other-slope"], (y_hat - y) * slope * x) for slope in slopes]
    beside = (SLIPS["other-edge"], (y_hat - y) * (1 - y_hat**2) * w)
    as_it_was = (SLIPS["unchanged"], BY_W.at(w, b, x, y).truth)
    return (also(part, *other, beside, as_it_was),)


TANH = Exercise(
    id="ch1-tanh",
    title="tanh in place of the logistic function",
    question=(
        "Put $\\hat y = \\tanh z$ into the neuron, with $z = wx + b$ and $L = \\tfrac12(y - "
        "\\hat y)^2$. Write a function of `w, b, x, y` that gives $\\partial L/\\partial w$, in "
        "plain NumPy."
    ),
    answer=Function("w, b, x, y", _tanh_parts, _points),
    slips=("missing-factor", "wrong-sign", "other-slope", "other-edge", "unchanged"),
    hints=(
        "Only one of the three factors changes.",
        "The slope of tanh can be written with its value, as the logistic slope can.",
        "d tanh(z)/dz = 1 − tanh²(z), which is 1 − ŷ².",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(w, b, x, y):\n"
        "    y_hat = np.tanh(w * x + b)\n"
        "    return (y_hat - y) * (1 - y_hat**2) * x\n"
    ),
    difficulty=2,
    minutes=4,
    remark="The chain stayed, one factor changed. That is what σ′ in the chapter stands for.",
)


# --- a neuron with several weights ----------------------------------------------------------------
def _several_parts(w, b, x, y):
    rest = b + w @ x - w * x  # each weight sees the others as a part of its bias
    part = stacked("w_bar", [BY_W.at(*p, y) for p in zip(w, rest, x, strict=True)])
    apart = np.stack([BY_W.at(w_k, b, x_k, y).truth for w_k, x_k in zip(w, x, strict=True)])
    by_inputs = [BY_X.at(*p, y).truth for p in zip(w, rest, x, strict=True)]
    beside = (SLIPS["other-edge"], np.stack(by_inputs))
    several = ((SLIPS["sum-left-out"], apart), (SLIPS["mean-of-paths"], part.truth / len(w)))
    return (also(part, beside, *(several if len(w) > 1 else ())),)


def _weights(rng):
    for n in (1, 2, 3, 3, 5):
        numbers = np.array(_numbers(rng, 2 * n + 2)) if n < 5 else rng.integers(-9, 9, 12) / 5
        yield numbers[:n], float(numbers[-2]), numbers[n : 2 * n], float(numbers[-1])


THREE = Exercise(
    id="ch1-three",
    title="A neuron with three weights",
    question=(
        "Now $w$ and $x$ are arrays of three numbers (or of any other count), and "
        "$z = w_1x_1 + w_2x_2 + w_3x_3 + b$, in code `w @ x + b`. The activation is the logistic "
        "function. Write a function of `w, b, x, y` that gives the derivatives by all the weights, "
        "as an array of the shape of `w`."
    ),
    answer=Function("w, b, x, y", _several_parts, _weights),
    slips=(
        "missing-factor",
        "wrong-sign",
        "not-spread",
        "sum-left-out",
        "other-edge",
        "mean-of-paths",
    ),
    hints=(
        "Take one weight first, and hold the others still. They are then part of the bias.",
        "All weights share the cotangent of z. What is ∂z/∂w₂?",
        "∂z/∂wₖ = xₖ, so the cotangents of the weights are z̄ times the array x.",
    ),
    solution=(
        "import numpy as np\n\n"
        "def answer(w, b, x, y):\n"
        "    y_hat = 1 / (1 + np.exp(-(w @ x + b)))\n"
        "    z_bar = (y_hat - y) * y_hat * (1 - y_hat)\n"
        "    return z_bar * x\n"
    ),
    difficulty=2,
    minutes=6,
    remark="One cotangent, z̄, serves all weights: three multiplications, and no sum.",
)


# --- saturation -----------------------------------------------------------------------------------
def _saturated(w: float) -> dict[str, float]:
    b, x, y = 3.0, 2.0, 0.0

    def loss(w):
        return neuron(w, b, x, y, activation=sigmoid)  # the stable form: w may be far out

    return {"ŷ − y": float(sigmoid(w * x + b) - y), "∂L/∂w": float(grad(loss)(w))}


def _unsaturated(measured):
    if measured["ŷ − y"] < 0.1:
        return SLIPS["right-already"]
    wrong_enough = measured["ŷ − y"] > 0.9
    return None if wrong_enough and abs(measured["∂L/∂w"]) < 1e-6 else SLIPS["still-steep"]


SATURATION = Exercise(
    id="ch1-saturation",
    title="Wrong, and unable to learn",
    question=(
        "Take the logistic neuron with $b = 3$, $x = 2$ and $y = 0$. Find a weight $w$ at which "
        "the prediction is wrong by more than $0.9$ and yet $|\\partial L/\\partial w|$ is below "
        "$10^{-6}$. There are many; any one is right."
    ),
    answer=Condition(_saturated, _unsaturated),
    slips=("right-already", "still-steep"),
    hints=(
        "Of the three factors of ∂L/∂w, which can be small while ŷ − y is not?",
        "The slope of the logistic function is small far from z = 0, on either side. On which "
        "side is the prediction far from y = 0?",
        "Make z = 2w + 3 large enough that 1 − ŷ, which is about e to the −z, is below 10⁻⁶.",
    ),
    solution="answer = 10.0\n",
    difficulty=2,
    minutes=5,
    remark="The neuron is saturated: nothing in its gradient says how wrong it is.",
)


# --- one step -------------------------------------------------------------------------------------
def _step_parts(w, b, x, y, eta):
    by_w, by_b = BY_W.at(w, b, x, y), BY_B.at(w, b, x, y)
    new_w, new_b = w - eta * by_w.truth, b - eta * by_b.truth
    late_w, late_b = BY_W.at(w, new_b, x, y).truth, BY_B.at(new_w, b, x, y).truth
    return (
        _stepped("w", w, by_w, eta, (SLIPS["too-early"], w - eta * late_w)),
        also(
            _stepped("b", b, by_b, eta, (SLIPS["too-early"], b - eta * late_b)),
            (SLIPS["other-edge"], b - eta * by_w.truth),
        ),
    )


def _stepped(name, old, by, eta, early):
    """Give the new value, and what comes of a step that lacks something, or leads uphill."""
    incomplete = (old - by.truth, -eta * by.truth, eta * by.truth, by.truth)
    made = [(SLIPS["no-step"], value) for value in incomplete]
    made += [(SLIPS["uphill"], old + eta * by.truth), (SLIPS["not-stepped"], np.asarray(old))]
    return also(mapped(name, by, lambda d: old - eta * d), early, *made)


def _steps(rng):
    yield 1.0, 0.5, 2.0, 0.0, 0.5
    for _ in range(5):
        yield *_numbers(rng, 4), float(rng.integers(1, 8)) / 2


STEP = Exercise(
    id="ch1-step",
    title="The step that texts leave out",
    question=(
        "Many texts say that the parameters are then “adjusted”, and do not say how. Write the "
        "step: a function of `w, b, x, y, eta` that gives the new $w$ and the new $b$ of the "
        "logistic neuron after one step downhill, as a pair."
    ),
    answer=Function("w, b, x, y, eta", _step_parts, _steps),
    slips=("uphill", "missing-factor", "too-early", "no-step", "not-stepped", "other-edge"),
    hints=(
        "The step is written in the section “One step downhill”, for w alone.",
        "You need ∂L/∂w and ∂L/∂b, both at the point before the step.",
        "Compute ŷ and z̄ once. Then w moves by −η·z̄·x, and b by −η·z̄.",
    ),
    solution=(
        "import backprop_lab as bl\n\n"
        "def loss(w, b, x, y):\n"
        "    return (y - bl.sigmoid(w * x + b)) ** 2 / 2\n\n"
        "def answer(w, b, x, y, eta):\n"
        "    w_bar, b_bar = bl.grad(loss, argnums=(0, 1))(w, b, x, y)\n"
        "    return w - eta * w_bar, b - eta * b_bar\n"
    ),
    difficulty=3,
    minutes=7,
    remark="All derivatives at one point, then all moves: the museum shows a program that did not.",
)

EXERCISES = (OTHERS, REPAIR, TANH, THREE, SATURATION, STEP)
