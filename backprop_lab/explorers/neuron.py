"""Chapter 1: one neuron, its graph, its loss curve, and the three factors of ∂L/∂w."""

from __future__ import annotations

from functools import partial

import numpy as np

from backprop_lab.explorers.controls import Button, Choice, Hidden, Slider
from backprop_lab.explorers.curves import bars_scene, curve_scene
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, extreme, term
from backprop_lab.explorers.panels import (
    derivative,
    graph_scene,
    said_product,
    said_steps,
    walk_order,
)
from backprop_lab.explorers.reading import formulas_of, measured, merged
from backprop_lab.explorers.scene import either, number
from backprop_lab.graph import named_graph
from backprop_lab.naming import let


def _logistic(z):
    return 1 / (1 + np.exp(-z))


def _relu(z):
    return np.where(z > 0, z, 0.0 * z)


def _identity(z):
    return 1.0 * z


ACTIVATIONS = {"logistic": _logistic, "tanh": np.tanh, "ReLU": _relu, "identity": _identity}


def unit(w, b, x, y, activation=_logistic):
    """One neuron and its loss: z = wx + b, ŷ = g(z), L = ½(y − ŷ)²."""
    z = let("z", w * x + b)
    y_hat = let("y_hat", activation(z))
    return let("L", (y - y_hat) ** 2 / 2)


def neuron(
    w: float = 0.5,
    b: float = -1.0,
    x: float = 2.0,
    y: float = 1.0,
    rate: float = 1.0,
    goal: float = 0.01,
) -> Explorer:
    """Build the explorer of chapter 1, which starts at the chapter's own numbers.

    >>> neuron().values()["∂L/∂w"]
    np.float64(-0.25)
    """
    functions = [partial(unit, activation=g) for g in ACTIVATIONS.values()]
    graph = named_graph(functions[0], w, b, x, y)
    formulas = merged("activation", [formulas_of(f, graph) for f in functions])
    formulas["highest"] = extreme("max", "L", "w", -3, 3)
    formulas["top"] = term("nice", "highest")
    step, (_, _, last) = Term("step"), walk_order(graph)
    factors = [
        (derivative("L", "y_hat"), Term("∂L/∂y_hat")),
        (derivative("y_hat", "z", "d"), Term("∂y_hat/∂z")),
        (derivative("z", "w"), Term("∂z/∂w")),
    ]
    rows = [
        (label, value, "local" if k else "cotangent") for k, (label, value) in enumerate(factors)
    ]
    rows.append((derivative("L", "w"), Term("∂L/∂w"), "cotangent"))
    engines = [measured(f, ["w", "b", "x", "y"]) for f in functions]
    return Explorer(
        "neuron",
        "One neuron: values go forward, cotangents come back",
        [
            Slider("w", "*w*", -3, 3, w),
            Slider("b", "*b*", -3, 3, b),
            Slider("x", "*x*", -3, 3, x),
            Slider("y", "*y*", 0, 1, y),
            Choice("activation", "activation", list(ACTIVATIONS)),
            Hidden("step", last),
            Hidden("steps", 0),
            Button(
                f"one gradient step (η = {rate:g})",
                {
                    "w": Term("w") - rate * Term("∂L/∂w"),
                    "b": Term("b") - rate * Term("∂L/∂b"),
                    "steps": Term("steps") + 1,
                },
                slow=True,
            ),
            Button("walk: start", {"step": 0}),
            Button("◂ back", {"step": step - 1}, enabled=step > 0),
            Button("next ▸", {"step": step + 1}, enabled=step < last),
            Button("reset"),
        ],
        formulas,
        [
            graph_scene(
                "neuron",
                graph,
                step,
                "Graph of the neuron: w, x, b, then z, ŷ, and with y the loss L",
            ),
            curve_scene(
                "neuron", "w", "L", -3, 3, 0.0, Term("top"), "The loss over w, with its tangent"
            ),
            bars_scene("neuron", rows, "The three factors of ∂L/∂w and their product"),
        ],
        _sentence(graph, step, last, factors, goal),
        f"Task: bring the loss below {goal:g} with w and b alone. Then reset, and let gradient "
        "steps do it. How many do they need?",
        lambda state: engines[int(state["activation"])](state),
    )


def _sentence(graph, step, last, factors, goal):
    loss, slope, count = Term("L"), Term("∂L/∂w"), Term("steps")
    kink = Term("activation").is_(list(ACTIVATIONS).index("ReLU")) * Term("z").is_(0)
    flat = (abs(Term("∂y_hat/∂z")) < 0.01) * (abs(Term("∂L/∂y_hat")) > 0.2) * (1 - kink)
    moving = either(
        slope.is_(0),
        "To first order, moving *w* changes nothing",
        ["Raising *w* ", either(slope < 0, "lowers", "raises"), " it"],
    )
    found = [
        "The loss is ", number(loss), ". ",
        either(
            kink,
            "Here *z* = 0, the kink of ReLU, which has no derivative; by convention 0 is taken",
            moving,
        ),
        ": ∂*L*/∂*w* = ", *said_product(factors), " = ", number(slope), ". ",
        either(flat, "The neuron is saturated: it is wrong, and hardly anything comes back. "),
        either(count > 0, [number(count), " gradient step", either(count > 1, "s"), " so far. "]),
        either(loss < goal, f"✓ The loss is below {goal:g}."),
    ]  # fmt: skip
    return [
        either(step.is_(0), "The walk begins: only the inputs are known. "),
        *said_steps(graph, step),
        either(step < last, "", found),
    ]
