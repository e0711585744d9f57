"""Chapter 5: bytes and FLOPs of an explicit Jacobian, and of the product that is wanted from it."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, log10

import numpy as np

from backprop_lab.cost import cost
from backprop_lab.explorers.controls import Button, Choice, Slider
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term, clip, term
from backprop_lab.explorers.panels import WIDTH
from backprop_lab.explorers.scene import Scene, either, number

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
PLACES = (("laptop", 16 * 2.0**30), ("GPU", 80 * 2.0**30), ("data centre", 2.0**50))
SECONDS = (("laptop", 1e11), ("GPU", 1e14), ("data centre", 1e19))  # FLOPs in one second, roughly
PRESETS = {
    "a small net": (32, 10, 10),
    "28×28 pixels, 256 units": (64, 784, 256),
    "a transformer layer": (16384, 4096, 16384),
}
DTYPES = ("float64", "float32")
BLOCKS = 24  # so many blocks of the diagonal are drawn one by one


def layer_cost(N: int = 64, p: int = 784, m: int = 256) -> Explorer:
    """Build the explorer of what a linear layer's Jacobian costs: Y = XW, X of N×p, W of p×m.

    >>> layer_cost().values()["jacobian bytes"] / 2**30
    np.float64(6.125)
    """
    ranges = {"N": 5.0, "p": 4.5, "m": 4.5}
    start = {"N": N, "p": p, "m": m}
    sliders = [
        Slider(f"log {n}", f"*{n}*", 0.0, high, log10(start[n]), 0.05, log=True, digits=6)
        for n, high in ranges.items()
    ]
    presets = [
        Button(label, {f"log {n}": log10(v) for n, v in zip("Npm", sizes, strict=True)}, slow=True)
        for label, sizes in PRESETS.items()
    ]
    return Explorer(
        "layer-cost",
        "What the Jacobian of one layer costs",
        [*sliders, Choice("dtype", "numbers in", DTYPES), *presets, Button("reset")],
        {name: t.tree for name, t in _formulas(ranges).items()},
        [_zeros(), _bars("bytes", PLACES), _bars("flops", SECONDS)],
        _sentence(),
        "Task: guess the largest N at which the Jacobian still fits a laptop of 16 GiB. Then look.",
        _measure,
    )


def _formulas(ranges) -> dict[str, Term]:
    N, p, m = map(Term, "Npm")
    out = {n: term("floor", 10.0 ** Term(f"log {n}") + 0.5) for n in ranges}
    width = Term("dtype").pick(8.0, 4.0)
    return out | {
        "jacobian entries": N * m * N * p,
        "jacobian bytes": Term("jacobian entries") * width,
        "jacobian flops": 2 * Term("jacobian entries"),
        "zeros": 1 - 1 / N,
        "vjp bytes": N * p * width,
        "vjp flops": 2 * N * m * p,
        "weights bytes": p * m * width,
    }


def _measure(state: Mapping) -> dict:
    sizes = {n: round(10 ** state[f"log {n}"]) for n in "Npm"}
    c = cost(**sizes, dtype=np.dtype(DTYPES[int(state["dtype"])]))
    return sizes | {
        "jacobian entries": float(c.jacobian_entries),
        "jacobian bytes": float(c.jacobian_bytes),
        "jacobian flops": float(c.jacobian_flops),
        "zeros": c.jacobian_zeros,
        "vjp bytes": float(c.vjp_bytes),
        "vjp flops": float(c.vjp_flops),
        "weights bytes": float(c.weights_bytes),
    }


def _in_units(value: Term, digits: int = 3) -> list:
    """Write a number of bytes in the unit that fits."""
    power = clip(term("floor", term("log", value) / log(1024.0)), 0.0, len(UNITS) - 1.0)
    shown = value / 1024.0**power
    return [number(shown, digits), *(either(power.is_(k), f" {u}") for k, u in enumerate(UNITS))]


def _bars(kind: str, marks) -> Scene:
    what = {
        "bytes": "Bytes to hold; marks: 16 GiB, 80 GiB and 1 PiB",
        "flops": "Operations; marks: one second's work",
    }[kind]
    scene = Scene(f"layer-cost-{kind}", WIDTH, 158.0, f"{what}, on a logarithmic axis, with marks")
    left, right, down, decades = 8.0, WIDTH - 8.0, 118.0, 26.0

    def across(value):
        return left + term("log", value) / log(10.0) * ((right - left) / decades)

    scene.text(left, 14, what, "faint")
    rows = [("J", f"jacobian {kind}", "negative"), ("X̄", f"vjp {kind}", "cotangent")]
    for row, (label, name, cls) in enumerate(rows):
        y, end = 26.0 + 42 * row, across(Term(name))
        shown = _in_units(Term(name)) if kind == "bytes" else [number(Term(name), 3)]
        scene.text(left, y + 12, [f"*{label}*  ", *shown], cls)
        scene.add("rect", x=left, y=y + 17, width=end - left, height=12, rx=2, cls=cls)
    scene.line(left, down, right, down, "faint")
    for power in range(0, int(decades) + 1, 5):
        x = left + power * (right - left) / decades
        align = "mid" if power else ""
        scene.text(x, down + 15, number(10.0**power, 2), f"faint sm {align}".strip())
    for k, (label, size) in enumerate(marks):
        x = left + log10(size) * (right - left) / decades
        scene.line(x, 22, x, down, "dash")
        align, shift = (("end", 2), ("", 0), ("mid", 16))[k]
        scene.text(x + shift, down + 32, label, f"sm {align}".strip())
    return scene


def _zeros() -> Scene:
    scene = Scene("layer-cost-zeros", WIDTH, 312.0, "The Jacobian: N blocks, and zeros around them")
    side, x0, y0, N = 220.0, 70.0, 8.0, Term("N")
    scene.add("rect", x=x0, y=y0, width=side, height=side, cls="box")
    for k in range(BLOCKS):
        size = side / N
        shown = (Term(k) < N) * (N <= BLOCKS)
        at = (x0 + k * size, y0 + k * size)
        scene.add("rect", x=at[0], y=at[1], width=size, height=size, cls="local", show=shown)
    scene.add(
        "line", x1=x0, y1=y0, x2=x0 + side, y2=y0 + side, cls="strand local",
        stroke_width=term("max", 1.0, side / N * 1.2), show=N > BLOCKS,
    )  # fmt: skip
    sizes = [number(Term("m"), 6), "×", number(Term("p"), 6)]
    blocks = [number(N, 6), either(N.is_(1), " block", " equal blocks"), " of ", *sizes]
    middle = WIDTH / 2
    scene.text(middle, y0 + side + 24, ["*J*: ", *blocks, ", each *W* turned"], "local mid")
    rest = ["the rest, ", number(Term("zeros") * 100, 5), " %, is 0:"]
    scene.text(middle, y0 + side + 46, rest, "mid")
    scene.text(middle, y0 + side + 64, "no output depends on another example", "mid")
    return scene


def _sentence() -> list:
    size = Term("jacobian bytes")
    (_, laptop), (_, gpu), (_, centre) = PLACES
    fits = [
        either(size <= laptop, "it fits a laptop"),
        either(
            (size > laptop) * (size <= gpu), "too much for a laptop of 16 GiB, and it fits a GPU"
        ),
        either((size > gpu) * (size <= centre), "more than a GPU of 80 GiB holds"),
        either(size > centre, "more than a data centre with 1 PiB of memory holds"),
    ]
    return [
        "For *X* of ", number(Term("N"), 6), "×", number(Term("p"), 6), " and *W* of ",
        number(Term("p"), 6), "×", number(Term("m"), 6), " the Jacobian has ",
        number(Term("jacobian entries"), 4), " entries, ", *_in_units(size, 4), ": ", *fits,
        ". *X̄* takes ", *_in_units(Term("vjp bytes")), ", *W̄* ", *_in_units(Term("weights bytes")),
        ", and computing *X̄* without *J* takes 1/", number(Term("N"), 6), " of the work.",
    ]  # fmt: skip
