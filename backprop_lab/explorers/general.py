"""`bl.explore(f, w=(-3, 3), x=2.0)`: an explorer for any function of a few numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.controls import Button, Hidden, Slider
from backprop_lab.explorers.curves import curve_scene
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, around, extreme, term
from backprop_lab.explorers.panels import (
    BESIDE,
    derivative,
    graph_scene,
    letter,
    most_side_by_side,
    said_steps,
    walk_order,
)
from backprop_lab.explorers.ranges import check
from backprop_lab.explorers.reading import bar_key, formulas_of, measured
from backprop_lab.explorers.scene import either, number
from backprop_lab.graph import named_graph

MOST_NODES = 14
REACH = 1e-5  # how far to both sides the sentence looks, as a part of the slider's range
LEAST_JUMP = 1e-6  # what counts as a jump, as a part of what there is over the range


def explore(f: Callable, /, **inputs) -> Explorer:
    """Give a function of a few numbers sliders: values go forward, cotangents come back.

    Each argument of `f` gets a keyword: a pair (low, high) is a slider that starts in the middle, a
    triple (low, high, start) one that starts where you say, a number is held. What `f` names with
    `let` becomes a node of the graph. The curve shows the output over the first slider.

    The page evaluates formulas that SymPy derived from `f`; in Jupyter the engine gives the
    numbers. `.save("mine.html")` writes a page that works by itself.

    Raises `TraceError` for a function that is not scalar, a range that is empty, or one on which a
    value does not exist.

    >>> import backprop_lab as bl
    >>> def f(w, x):
    ...     z = bl.let("z", w * x)
    ...     return bl.let("L", z**2 / 2)
    >>> explore(f, w=(-3, 3, 1), x=2.0)
    f: L = 2. A larger w raises it, at the rate ∂L/∂w = 4.
    """
    sliders, held = _inputs(f, inputs)
    start = {s.name: s.start for s in sliders} | held
    names = _argument_names(f)
    ordered = [start[n] for n in names]
    graph = _graph(f, ordered)
    formulas = {k: v for k, v in formulas_of(f, graph).items() if k not in start}
    name, output = _name(f), graph.nodes[-1].name
    controls = [*sliders, *(Hidden(n, v) for n, v in held.items())]
    measure = measured(f, names)
    check(sliders, start, formulas, measure, {bar_key(output, n) for n in held})
    by = next((s for s in sliders if any(n.name == s.name for n in graph.nodes)), None)
    if by is None:
        raise TraceError(f"explore: {output} does not depend on any of the sliders.")
    formulas |= {
        "highest": extreme("max", output, by.name, by.low, by.high).tree,
        "lowest": extreme("min", output, by.name, by.low, by.high).tree,
    }
    formulas |= _both_sides(by, output)
    top, bottom = _ends(Term("lowest"), Term("highest"))
    formulas |= {"top": top.tree, "bottom": bottom.tree}
    step, (_, _, last) = Term("step"), walk_order(graph)
    scenes = [
        graph_scene(name, graph, step, f"Graph of {name}: values forward, cotangents back"),
        curve_scene(name, by.name, output, by.low, by.high, Term("bottom"), Term("top"),
                    f"{output} over {by.name}, with its tangent"),
    ]  # fmt: skip
    return Explorer(
        name,
        name,
        [
            *controls,
            Hidden("step", last),
            Button("walk: start", {"step": 0}),
            Button("◂ back", {"step": step - 1}, enabled=step > 0),
            Button("next ▸", {"step": step + 1}, enabled=step < last),
            Button("reset"),
        ],
        formulas,
        scenes,
        _sentence(graph, by.name, output, step),
        "",
        measure,
    )


def _both_sides(by: Slider, output: str) -> dict:
    """Give the value and the slope on both sides of where we stand, and whether they jump there."""
    width = by.high - by.low
    swing = Term("highest") - Term("lowest")
    out = {}
    for key, of, size in (
        ("value", output, swing),
        ("slope", bar_key(output, by.name), swing / width),
    ):
        for side in ("left", "right"):
            near = Term(f"{key} near, {side}")
            out[near.tree] = around(side, of, by.name, REACH * width).tree
            tiny = (
                abs(near) < REACH * size
            )  # what is 0 at the place itself is not quite 0 beside it
            out[f"{key} {side}"] = tiny.then(0.0, near).tree
        jump = Term(f"{key} jump")
        out[jump.tree] = around("jump", of, by.name, REACH * width).tree
        out[f"{key} jumps"] = (LEAST_JUMP * size < abs(jump)).tree
    return out


def _sentence(graph, by, output, step):
    slope, value = Term(bar_key(output, by)), Term(output)
    at, d = letter(by), derivative(output, by)
    rate = [d, " = ", number(slope), "."]
    grows = [f"A larger {at} ", either(slope < 0, "lowers", "raises"), " it, at the rate ", *rate]
    jumps = [
        "Here it jumps from ", number("value left"), " to ", number("value right"), f" as {at} "
        "grows: there is no slope. Of the piece that is taken here, ", *rate,
    ]  # fmt: skip
    kink = [
        "Here is a kink: the slope is ", number("slope left"), " to the left and ",
        number("slope right"), " to the right, and at the kink there is none. By convention ",
        *rate,
    ]  # fmt: skip
    cases = (
        (slope.is_(0), f"To first order, moving {at} changes nothing: {d} = 0."),
        (_exists(slope).is_(0), f"There is no slope here: {d} is not defined."),
        (Term("slope jumps"), kink),
        (Term("value jumps"), jumps),
        (_exists(value).is_(0), "There is no slope either. Move a slider to where it is."),
    )  # of several that hold the last one is said
    said: list | str = grows
    for when, text in cases:
        said = either(when, text, said)
    return [*said_steps(graph, step), letter(output), " = ", number(value), ". ", said]


def _exists(value: Term) -> Term:
    return (value - value).is_(0)  # infinity and NaN have no difference with themselves


def _ends(low: Term, high: Term) -> tuple[Term, Term]:
    """Choose the ends of the axis: round numbers, and 0 between them; 0 and 1 if all is 0."""
    top = (high > 0).then(term("nice", high), (low < 0).then(0.0, 1.0))
    return top, (low < 0).then(-term("nice", -low), 0.0)


def _name(f) -> str:
    name = getattr(f, "__name__", "f")
    return "f" if name == "<lambda>" else name


def _argument_names(f) -> list[str]:
    from backprop_lab.derivation import argument_names

    return argument_names(f)


def _inputs(f, inputs: Mapping) -> tuple[list[Slider], dict[str, float]]:
    names = _argument_names(f)
    missing = [n for n in names if n not in inputs]
    extra = [n for n in inputs if n not in names]
    held = [n for n in extra if n in inspect.signature(f).parameters]
    if held:
        raise TraceError(
            f"explore: {held[0]} has a default value, which is kept. Take the default away to "
            f"give {held[0]} a range or another number."
        )
    if missing or extra:
        problem = f"says nothing of {missing[0]!r}" if missing else f"has no argument {extra[0]!r}"
        who = _name(f)
        subject = "explore(…)" if missing else who
        raise TraceError(
            f"explore: {subject} {problem}. Give each argument of {who} ({', '.join(names)}) a "
            "range such as (-3, 3) or a number."
        )
    sliders, held = [], {}
    for name in names:
        given = inputs[name]
        if np.ndim(given) == 0:
            held[name] = _number(given, name)
            continue
        numbers = [_number(v, name) for v in given]
        if len(numbers) not in (2, 3):
            raise TraceError(
                f"explore: {name}={given!r} has {len(numbers)} numbers; a range is (low, high) "
                "or (low, high, start)."
            )
        low, high = numbers[:2]
        step = _step(low, high)
        start = numbers[2] if len(numbers) == 3 else _on_grid((low + high) / 2, low, step)
        sliders.append(Slider(name, letter(name), low, high, start, step))
    if not sliders:
        raise TraceError("explore: give at least one argument a range, such as w=(-3, 3).")
    return sliders, held


def _number(value, name) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise TraceError(
            f"explore: {name} got {value!r}; a number or a range (low, high) is needed."
        )
    return number


def _step(low, high) -> float:
    if not low < high:
        return 0.01  # the slider itself refuses the range
    return float(10.0 ** np.floor(np.log10((high - low) / 200)))


def _on_grid(value, low, step) -> float:
    return float(np.round(low + np.round((value - low) / step) * step, 12))


def _graph(f, values):
    try:
        with np.errstate(all="ignore"):  # what is not defined at the start is said by _check
            graph = named_graph(f, *map(np.float64, values))
    except TraceError as error:
        raise TraceError(str(error).replace("named_graph", "explore")) from error
    if len(graph.nodes) > MOST_NODES:
        raise TraceError(
            f"explore: the graph has {len(graph.nodes)} named values; a figure has room for "
            f"{MOST_NODES}. Name fewer of them with let."
        )
    most = most_side_by_side(graph)
    if most > BESIDE:
        raise TraceError(
            f"explore: {most} values stand side by side in the graph; a figure has room for "
            f"{BESIDE}. Name a value on the way with let, so that they come in one after another."
        )
    return graph


__all__ = ["explore"]
