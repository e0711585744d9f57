"""Chapter 3: the table of slopes, and what a cotangent does to it on its way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.controls import Button, Choice, Slider
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, Tree, term
from backprop_lab.explorers.jacobian_layouts import LAYOUTS, legality, readings_scene, said_layout
from backprop_lab.explorers.map_reading import entry, map_formulas, slope_name, sub
from backprop_lab.explorers.panels import WIDTH, in_brackets
from backprop_lab.explorers.scene import Scene, either, number
from backprop_lab.jacobians import jacobian
from backprop_lab.naming import let
from backprop_lab.transforms import vjp

XBAR, YBAR = "x\u0304", "ȳ"  # there is no single sign for x with a bar
TOP, ROW, CELL_H = 28.0, 56.0, 44.0  # the table: first row, from row to row, height of a cell
LEFT, CELL_W = (168.0, 266.0), 90.0  # where each column of J begins, and its width


def _three(x):
    y_1 = x[0] * x[1]
    y_2 = x[0] ** 2 + x[1]
    y_3 = np.sin(x[1])
    return let("y", np.stack([y_1, y_2, y_3]))


def jacobian_map(
    f: Callable = _three, x: Sequence[float] = (2.0, 3.0), y_bar: Sequence[float] = (1.0, 2.0, 3.0)
) -> Explorer:
    """Build the explorer of chapter 3 for a map of two inputs with two or three outputs.

    >>> values = jacobian_map().values()
    >>> float(values["J21"]), float(values["xbar1"])
    (4.0, 11.0)
    """
    m = len(y_bar)
    formulas = map_formulas(f, 2) if len(x) == 2 else {}
    if m not in (2, 3) or entry(m, 2) not in formulas or entry(m + 1, 2) in formulas:
        raise TraceError(
            "jacobian_map draws a map of 2 inputs with 2 or 3 outputs, and needs a cotangent for "
            f"each output; got x of {len(x)} entries and ȳ of {m}."
        )
    formulas |= _products(m)
    chosen = Choice("entry", "entry", [slope_name(i, j) for i, j in _entries(m)], 0)
    return Explorer(
        "jacobian-map",
        "A Jacobian and the cotangents that go back through it",
        [
            *(Slider(f"x{j}", sub("x", j), -4, 4, v, 0.1) for j, v in enumerate(x, 1)),
            *(Slider(f"ybar{i}", sub(YBAR, i), -3, 3, v, 0.5) for i, v in enumerate(y_bar, 1)),
            chosen,
            Choice("layout", "layout", LAYOUTS, 1),
            Button("reset"),
        ],
        formulas,
        [_table_scene(m), readings_scene(m)],
        [*_said_entry(m), *said_layout(m)],
        "Task: choose the entry ∂y₂/∂x₁. Which one number of x̄ does it enter, and with which "
        "weight? Make that number 0 by moving the cotangents alone. Then find the layout in which "
        "no order of the two factors can be multiplied.",
        _measure(f, m),
    )


def _entries(m: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(1, m + 1) for j in (1, 2)]


def _products(m: int) -> dict[str, Tree]:
    """Name each product of an entry with its cotangent, their sums, and the greatest entry."""
    out: dict[str, Tree] = {}
    largest = Term(1e-9)
    for i, j in _entries(m):
        out[f"part{i}{j}"] = (Term(entry(i, j)) * Term(f"ybar{i}")).tree
        largest = term("max", largest, abs(Term(entry(i, j))))
    for j in (1, 2):
        total = Term(f"part1{j}")
        for i in range(2, m + 1):
            total = total + Term(f"part{i}{j}")
        out[f"xbar{j}"] = total.tree
    half = term("floor", Term("entry") / 2)
    out |= {"row": (half + 1).tree, "column": (Term("entry") - 2 * half + 1).tree}
    out["largest"] = largest.tree
    return out | legality(m)


def _measure(f, m):
    def measure(state: Mapping) -> dict:
        x = np.array([state["x1"], state["x2"]], float)
        y_bar = np.array([state[f"ybar{i}"] for i in range(1, m + 1)], float)
        y, pullback = vjp(f, x)
        J, x_bar = jacobian(f)(x), pullback(y_bar)[0]
        numbers = {f"y{i}": y[i - 1] for i in range(1, m + 1)}
        for i, j in _entries(m):
            numbers[entry(i, j)] = J[i - 1, j - 1]
            alone = np.where(np.arange(1, m + 1) == i, y_bar, 0.0)
            numbers[f"part{i}{j}"] = pullback(alone)[0][j - 1]
        numbers |= {"xbar1": x_bar[0], "xbar2": x_bar[1]}
        factors = [(y_bar[None, :], J), (y_bar[:, None], J.T), (y_bar[:, None], J)]
        cotangent, matrix = factors[int(state["layout"])]
        numbers["left"] = _multiplies(cotangent, matrix)
        numbers["right"] = _multiplies(matrix, cotangent)
        return numbers

    return measure


def _multiplies(a, b) -> float:
    """Ask NumPy whether two matrices can be multiplied."""
    try:
        a @ b
    except ValueError:
        return 0.0
    return 1.0


def _table_scene(m: int) -> Scene:
    scene = Scene(
        "jacobian-map-table", WIDTH, TOP + ROW * m + 84,
        "The Jacobian: a row for each output with its cotangent, a column for each input",
    )  # fmt: skip
    for j in (1, 2):
        where = LEFT[j - 1] + CELL_W / 2
        scene.text(where, 16, [sub("x", j), " = ", number(Term(f"x{j}"), 3)], "primal mid")
    for i in range(1, m + 1):
        _row_head(scene, i)
    for k, (i, j) in enumerate(_entries(m)):
        _way(scene, i, j, m, Term("entry").is_(k))
    for k, (i, j) in enumerate(_entries(m)):
        _entry_cell(scene, k, i, j)
    y = TOP + ROW * m + 8
    scene.text(4, y + 20, f"*J*ᵀ*{YBAR}*, the sums", "faint")
    for j in (1, 2):
        on = {"on": Term("column").is_(j)}
        scene.add("rect", x=LEFT[j - 1], y=y, width=CELL_W, height=30, rx=6, cls="box", when=on)
        bar = [sub(XBAR, j), " = ", number(Term(f"xbar{j}"), 4)]
        scene.text(LEFT[j - 1] + CELL_W / 2, y + 20, bar, "cotangent mid")
    _sum_line(scene, m, y + 62)
    return scene


def _row_head(scene: Scene, i: int) -> None:
    y = TOP + ROW * (i - 1)
    scene.text(4, y + 27, [sub("y", i), " = ", number(Term(f"y{i}"), 3)], "primal")
    here = Term("row").is_(i)
    scene.add("rect", x=82, y=y + 7, width=70, height=30, rx=6, cls="box", when={"on": here})
    scene.text(117, y + 27, [sub(YBAR, i), " = ", number(Term(f"ybar{i}"), 3)], "cotangent mid")


def _way(scene: Scene, i: int, j: int, m: int, shown: Term) -> None:
    """Draw the way of a cotangent: along its row to the entry, then down its column."""
    y, x = TOP + ROW * (i - 1) + CELL_H / 2, LEFT[j - 1] + CELL_W / 2
    end = TOP + ROW * m + 7
    with scene.group(show=shown):
        scene.add("path", d=f"M152,{y:g}H{x:g}V{end:g}", cls="line cotangent dash")
        scene.add("path", d=f"M{x:g},{end:g}l-4,-7h8Z", cls="cotangent")


def _entry_cell(scene: Scene, k: int, i: int, j: int) -> None:
    """Draw one entry: its colour and border say its sign, its depth how large it is."""
    value, x, y = Term(entry(i, j)), LEFT[j - 1], TOP + ROW * (i - 1)
    size = {"x": x, "y": y, "width": CELL_W, "height": CELL_H, "rx": 4}
    depth = 0.3 * abs(value) / Term("largest")
    data = json.dumps({"entry": k}, separators=(",", ":"))
    with scene.group(data_set=data, data_on="mouseenter click"):
        scene.add("rect", cls="paper", **size)
        scene.add("rect", cls="local", fill_opacity=depth, show=value > 0, **size)
        scene.add("rect", cls="negative", fill_opacity=depth, show=value < 0, **size)
        sign = {"negative": value < 0, "dash": value < 0}
        scene.add("rect", cls="line faint", when=sign, **size)
        scene.add("rect", cls="line thick", show=Term("entry").is_(k), **size)
        scene.text(x + CELL_W / 2, y + 19, number(value, 2), "mid")
        product = [f"· {sub(YBAR, i)} = ", number(Term(f"part{i}{j}"), 4)]
        scene.text(x + CELL_W / 2, y + 36, product, "cotangent sm mid")


def _sum_line(scene: Scene, m: int, y: float) -> None:
    """Write the sum that the chosen entry enters, its own product in a frame."""
    slot, begin = 261.0 / m, 37.0
    left = begin + slot * (Term("row") - 1)
    scene.add("rect", x=left + 1.5, y=y - 16, width=slot - 16, height=23, rx=4, cls="box on")
    for j in (1, 2):
        with scene.group(show=Term("column").is_(j)):
            scene.text(4, y, f"{sub(XBAR, j)} =", "cotangent")
            for i in range(1, m + 1):
                x = begin + slot * (i - 1)
                product = [number(Term(entry(i, j)), 2), "·", in_brackets(Term(f"ybar{i}"), 2)]
                scene.text(x + slot / 2 - 6.5, y, product, "mid", font_size=11)
                if i < m:
                    scene.text(x + slot - 6.5, y, "+", "mid sm")
            end = ["= ", number(Term(f"xbar{j}"), 4)]
            scene.text(WIDTH - 4, y, end, "cotangent end")


def _product(i: int, j: int) -> list:
    return [in_brackets(Term(entry(i, j)), 2), " · ", in_brackets(Term(f"ybar{i}"), 2)]


def _said_entry(m: int) -> list:
    """Say what the chosen entry does on the way back."""
    out: list = []
    for k, (i, j) in enumerate(_entries(m)):
        value = Term(entry(i, j))
        total: list = []
        for row in range(1, m + 1):
            total += [" + "] * (row > 1) + _product(row, j)
        moved = [
            f"for each unit of {sub('x', j)}, {sub('y', i)} ", either(value < 0, "falls", "rises"),
            " by ", number(abs(value), 2), f". On the way back it meets {sub(YBAR, i)} alone and "
            f"enters {sub(XBAR, j)} alone, as ", number(Term(f"part{i}{j}")),
        ]  # fmt: skip
        still = [f"{sub('y', i)} does not move with {sub('x', j)}, and nothing comes back this way"]
        text = [
            f"{slope_name(i, j)} = ", number(value, 2), ": ", either(value.is_(0), still, moved),
            f". {sub(XBAR, j)} = ", *total, " = ", number(Term(f"xbar{j}")), ". ",
        ]  # fmt: skip
        out.append(either(Term("entry").is_(k), text))
    return out
