"""Chapter 4: five maps, their Jacobians, and whether ⊙ with the diagonal is enough."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from backprop_lab.explorers.controls import Button, Choice, Slider
from backprop_lab.explorers.elementwise_words import sentence
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, Tree, term
from backprop_lab.explorers.map_reading import entry, map_formulas, sub
from backprop_lab.explorers.panels import WIDTH
from backprop_lab.explorers.scene import Scene, either, number
from backprop_lab.jacobians import jacobian
from backprop_lab.naming import let
from backprop_lab.rules import relu, softmax
from backprop_lab.transforms import jvp, vjp

LEAST, MOST = 2, 5
X = (-1.0, 1.0, 2.0, 0.5, -0.5)  # the chapter's three numbers, and two more
Y_BAR = (1.0, -1.0, 2.0, 3.0, -2.0)
ENGINE = {"exp": np.exp, "tanh": np.tanh, "ReLU": relu, "softmax": softmax, "cumsum": np.cumsum}
LEFT, SIDE, TOP, TALL = 58.0, 300.0, 26.0, 216.0  # where the matrix stands, in its scene
SIZES = range(1, MOST + 1)


def _softmax(x):
    e = let("e", np.exp(x))
    total = let("total", np.sum(e))
    return let("y", e / total)


READ = {
    name: _softmax if name == "softmax" else lambda x, f=f: let("y", f(x))
    for name, f in ENGINE.items()
}


def elementwise_map(start: str = "exp", n: int = 3) -> Explorer:
    """Build the explorer of chapter 4: choose a map and its size, and see whether ⊙ is enough.

    >>> elementwise_map().values()["products"], elementwise_map().values(map=3)["outside"] > 0
    (np.float64(9.0), np.True_)
    """
    return Explorer(
        "elementwise",
        "Five maps, and whether the diagonal of the Jacobian is enough",
        [
            Choice("map", "map", list(ENGINE), list(ENGINE).index(start)),
            Slider("n", "*n*", LEAST, MOST, n, 1),
            Slider("shift", "all +", -2, 2, 0, 0.1),
            Slider("alone", f"{sub('x', 2)} +", -4, 2, 0, 0.1),
            Button("reset"),
        ],
        _formulas(),
        [_matrix_scene(), _ways_scene()],
        sentence(),
        "Task: add to x₂ alone, and count the entries that change: with exp, then with softmax. "
        "Then add to all x at once. Which of the two maps does not notice, and why?",
        _measure,
    )


# --- numbers ------------------------------------------------------------------------------------


@cache
def _read(name: str) -> dict[str, Tree]:
    """Give the formulas of a map, for every size in one: SymPy reads it at each."""
    sizes = [map_formulas(READ[name], n) for n in range(LEAST, MOST + 1)]
    merged: dict[str, Tree] = {}
    for key, tree in sizes[-1].items():
        options = [size.get(key, tree) for size in sizes]
        same = all(option == tree for option in options)
        merged[key] = tree if same else ["pick", ["-", "n", float(LEAST)], *options]
    return merged


def _formulas() -> dict[str, Tree]:
    shift, alone = Term("shift"), Term("alone")
    out: dict = {f"x{k}": X[k - 1] + shift + (alone if k == 2 else 0.0) for k in SIZES}
    maps = [_read(name) for name in ENGINE]
    helpers = {key: tree for each in maps for key, tree in each.items() if key[0] not in "yJ"}
    out |= helpers
    for key in (f"y{k}" for k in SIZES):
        out[key] = _picked([each[key] for each in maps])
    for i in SIZES:
        for j in SIZES:
            inside = Term(float(max(i, j))) <= Term("n")
            picked = _picked([each[entry(i, j)] for each in maps])
            out[entry(i, j)] = picked if max(i, j) <= LEAST else inside.then(picked, 0.0)
    return {key: getattr(v, "tree", v) for key, v in (out | _ways()).items()}


def _picked(options: list[Tree]) -> Term:
    same = all(option == options[0] for option in options)
    return Term(options[0] if same else ["pick", "map", *options])


def _sum(parts) -> Term:
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def _ways() -> dict[str, Term]:
    """Give x̄ by Jᵀ, by the diagonal alone, by J without the transpose, and what each costs."""
    J = {(i, j): Term(entry(i, j)) for i in SIZES for j in SIZES}
    pairs = [(i, j) for i, j in J if i < j]
    out = {}
    for k in SIZES:
        out[f"back{k}"] = _sum(J[i, k] * Y_BAR[i - 1] for i in SIZES)
        out[f"had{k}"] = J[k, k] * Y_BAR[k - 1]
        out[f"fwd{k}"] = _sum(J[k, i] * Y_BAR[i - 1] for i in SIZES)
    out |= {"wide": SIDE / Term("n"), "tall": TALL / Term("n")}
    for k in SIZES:  # where the row and the column begin
        out |= {
            f"across{k}": LEFT + Term("wide") * (k - 1),
            f"down{k}": TOP + Term("tall") * (k - 1),
        }
    out["largest"] = _most(abs(J[ij]) for ij in J)
    out["outside"] = _most(term("max", abs(J[i, j]), abs(J[j, i])) for i, j in pairs)
    out["lopsided"] = _most(abs(J[i, j] - J[j, i]) for i, j in pairs)
    out["full"] = _sum(J[ij].is_(0).is_(0) for ij in J)
    out["stopped"] = Term("n") - _sum(J[k, k].is_(0).is_(0) for k in SIZES)
    n = Term("n")
    return out | {"products": n * n, "bytes": 8 * n * n, "few": 1 * n, "little": 8 * n}


def _most(parts) -> Term:
    first, *rest = parts
    for part in rest:
        first = term("max", first, part)
    return first


def _measure(state: Mapping) -> dict:
    n = int(state["n"])
    f = list(ENGINE.values())[int(state["map"])]
    x, y_bar = np.array(X[:n]), np.array(Y_BAR[:n])
    x[1] += state["alone"]
    x = x + state["shift"]
    y, pullback = vjp(f, x)
    J = jacobian(f)(x)
    back, fwd = pullback(y_bar)[0], jvp(f, (x,), (y_bar,))[1]
    diagonal = np.diagonal(J).copy()
    numbers = {"products": J.size, "bytes": J.nbytes, "few": diagonal.size}
    numbers |= {"little": diagonal.nbytes, "full": np.count_nonzero(J)}
    numbers["stopped"] = n - np.count_nonzero(diagonal)
    for k in range(n):
        numbers |= {f"x{k + 1}": x[k], f"y{k + 1}": y[k], f"back{k + 1}": back[k]}
        numbers |= {f"had{k + 1}": diagonal[k] * y_bar[k], f"fwd{k + 1}": fwd[k]}
        numbers |= {entry(k + 1, j + 1): J[k, j] for j in range(n)}
    return numbers


# --- pictures -----------------------------------------------------------------------------------


def _within(k: int) -> Term | None:
    """Whether there is a k-th entry at this size."""
    return Term(float(k)) <= Term("n") if k > LEAST else None


def _matrix_scene() -> Scene:
    """Draw J between the cotangents at its left and their sums below it."""
    scene = Scene("elementwise-J", WIDTH, TOP + TALL + 36, "The Jacobian, entry by entry")
    few, foot = Term("n") < 4, TOP + TALL + 24
    for k in SIZES:
        across = Term(f"across{k}") + Term("wide") / 2
        down = Term(f"down{k}") + Term("tall") / 2 + 5
        label = [either(few, f"{sub('x', k)} = "), number(Term(f"x{k}"), 3)]
        scene.text(across, 15, label, "primal mid sm", show=_within(k))
        bar = f"{sub('ȳ', k)} = {Y_BAR[k - 1]:g}".replace("-", "−")
        scene.text(LEFT - 6, down, bar, "cotangent end sm", show=_within(k))
        scene.text(across, foot, _short(f"back{k}"), "cotangent mid sm", show=_within(k))
    scene.text(LEFT - 6, 15, either(few, "", "*x* ="), "primal end sm")
    scene.text(LEFT - 6, foot, "*x\u0304* =", "cotangent end sm")
    for i in SIZES:
        for j in SIZES:
            _cell(scene, i, j)
    return scene


def _short(name: str):
    """Show a number of a column: where columns are narrow, with a digit less."""
    return either(Term("n") < 5, number(Term(name), 3), number(Term(name), 2))


def _cell(scene: Scene, i: int, j: int) -> None:
    """Draw an entry: filled by its size, dashed where negative; a zero fades, as ⊙ skips it."""
    value, x, y = Term(entry(i, j)), Term(f"across{j}"), Term(f"down{i}")
    box = {"x": x, "y": y, "width": Term("wide") - 3, "height": Term("tall") - 3, "rx": 3}
    sign = {"local": value > 0, "negative": value < 0}
    depth = 0.08 * value.is_(0).is_(0) + 0.28 * abs(value) / Term("largest")
    with scene.group(show=_within(max(i, j))):
        scene.add("rect", cls="eases", fill_opacity=depth, when=sign, **box)
        faded = {"dash": value < 0, "off": value.is_(0)}
        scene.add("rect", cls="line faint eases", when=sign | faded, **box)
        middle = x + Term("wide") / 2 - 1.5, y + Term("tall") / 2 + 3.5
        size, zero = term("max", 11.0, term("min", 13.0, 16 - Term("n"))), {"faint": value.is_(0)}
        scene.text(*middle, _short(entry(i, j)), "mid", font_size=size, when=zero)


def _ways_scene() -> Scene:
    """Draw what the two ways cost, and the numbers that three ways give."""
    scene = Scene("elementwise-ways", WIDTH, TOP + TALL + 36, "Three ways back, and what they cost")
    n, unit = Term("n"), 352.0 / MOST**2
    by_zero = Term("products") - Term("full")
    scene.text(4, 14, ["with *J*: ", number(Term("products")), " products, ",
                       either(by_zero > 0, [number(by_zero), " of them by 0, "]),
                       number(Term("bytes")), " bytes"])  # fmt: skip
    scene.add("rect", x=4, y=21, width=unit * Term("full"), height=11, rx=2, cls="local")
    scene.add("rect", x=4, y=21, width=unit * n * n, height=11, rx=2, cls="line faint")
    scene.text(4, 56, ["with ⊙: ", number(n), " products, ",
                       number(Term("little")), " bytes"])  # fmt: skip
    scene.add("rect", x=4, y=63, width=unit * n, height=11, rx=2, cls="local")
    heads = {118: ("*J*ᵀ*ȳ*", "back"), 236: ("*ȳ* ⊙ diag *J*", "had"), 354: ("*Jȳ*", "fwd")}
    for x, (head, key) in heads.items():
        scene.text(x, 104, head, "end")
        if key == "back":
            scene.text(x, 122, "*x\u0304*", "cotangent end sm")
        else:
            wrong = Term("outside" if key == "had" else "lopsided") > 1e-12 * Term("largest")
            verdict = either(wrong, "✗ another", "✓ the same")
            scene.text(x, 122, verdict, "end sm", when={"negative": wrong})
    scene.line(4, 130, WIDTH - 4, 130, "faint")
    for k in SIZES:
        shown = _within(k)
        y = 149.0 + 25 * (k - 1)
        scene.text(4, y, sub("x\u0304", k), "cotangent", show=shown)
        truth = Term(f"back{k}")
        scene.text(118, y, number(truth), "cotangent end", show=shown)
        for x, key in ((236, "had"), (354, "fwd")):
            off = abs(Term(f"{key}{k}") - truth) > 1e-12 * Term("largest")
            text = [either(off, "✗ "), number(Term(f"{key}{k}"))]
            scene.text(x, y, text, "end", show=shown, when={"negative": off})
    return scene
