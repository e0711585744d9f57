"""What counts grow to: paths against edges, bytes of a Jacobian against those of a VJP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from backprop_lab.cost import cost
from backprop_lab.draw import words
from backprop_lab.draw.axes import heading, note, sheet, trim_ticks
from backprop_lab.draw.figure import COTANGENT, FAINT, INK, LOCAL, Figure, book_style
from backprop_lab.errors import TraceError
from backprop_lab.transforms import grad

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB")
LIMITS = {"laptop": 16 * 2**30, "GPU": 80 * 2**30, "data centre": 2**50}


@book_style()
def path_count(
    widths: Sequence[int] = (2, 3), stages: int = 12, title: str | None = None
) -> Figure:
    """Draw kᵈ paths against k·d edges, for a chain of d stages of k parallel edges.

    The paths are counted by the engine: with every slope 1 the derivative of the chain is the
    number of its paths. `widths` are the k, at most three; `stages` is the largest d.

    >>> print(path_count((2,), 10).alt.splitlines()[-1])
    k = 2, d = 10: 1024 paths, 20 edges.
    """
    if not 0 < len(widths) <= 3 or stages < 2 or min(widths) < 2:
        raise TraceError(
            "draw.path_count takes one to three widths of at least 2, and at least 2 stages; got "
            f"widths={tuple(widths)}, stages={stages}."
        )
    d = np.arange(1, stages + 1)
    height = 270.0 + (24 if title else 0)
    canvas, (axes,) = sheet(height, right=74, top=12 + (24 if title else 0))
    heading(canvas, title, height)
    axes.set_yscale("log")
    said = [
        f"Number of paths and of edges in a chain of 1 to {stages} stages, on a logarithmic axis."
    ]
    edge_ends = []
    for k, marker in zip(sorted(widths, reverse=True), "osD", strict=False):
        paths = np.array([_count_paths(k, int(n)) for n in d])
        edges = k * d
        axes.plot(d, paths, marker=marker, ms=4, color=INK, clip_on=False)
        axes.plot(
            d, edges, marker=marker, ms=4, color=LOCAL, ls=(0, (4, 2)), mfc="none", clip_on=False
        )
        note(axes, f"${k}^d$ paths", (d[-1], paths[-1]), INK, (7, 0))
        edge_ends.append((edges[-1], k))
        said.append(f"k = {k}, d = {stages}: {paths[-1]} paths, {edges[-1]} edges.")
    drop = 6.5 if len(edge_ends) > 1 else 0
    for i, (end, k) in enumerate(edge_ends):
        shift = drop * (1 - 2 * i / max(len(edge_ends) - 1, 1)) if len(edge_ends) > 1 else 0
        note(axes, f"${k}\\,d$ edges", (d[-1], end), LOCAL, (7, shift))
    axes.set(xlim=(0.6, stages), ylim=(1.5, None), xticks=range(2, stages + 1, 2))
    axes.set_xlabel("stages $d$", labelpad=3)
    axes.minorticks_off()
    trim_ticks(axes)
    return Figure(canvas, title or "Paths against edges", "\n".join(said))


def _count_paths(k: int, stages: int) -> int:
    def chain(x):
        for _ in range(stages):
            x = sum([x] * (k - 1), start=x)
        return x

    return round(grad(chain)(1.0))


@book_style()
def memory_curve(
    largest: int = 2**13,
    limits: Mapping[str, int] | None = None,
    dtype=float,
    title: str | None = None,
) -> Figure:
    """Draw the bytes of the explicit Jacobian of Y = XW against those of the VJP, n = N = p = m.

    Both axes are logarithmic. A dot marks the largest n whose Jacobian fits each of `limits`
    (bytes, by default a laptop of 16 GiB, a GPU of 80 GiB, a data centre of 1 PiB); `cost` counts
    everything.

    Raises `TraceError` where `largest` is under 2, or a limit holds not even one number.

    >>> print(memory_curve().alt.splitlines()[-1].partition("; data")[0])
    The largest n whose Jacobian fits: laptop, 16 GiB: 215; GPU, 80 GiB: 321
    """
    limits = dict(limits or LIMITS)
    if largest < 2 or min(limits.values()) < np.dtype(dtype).itemsize:
        raise TraceError(
            f"draw.memory_curve needs largest ≥ 2 and limits of some bytes; got {largest} and "
            f"{limits}."
        )
    n = 2 ** np.arange(0, int(np.log2(largest)) + 1)
    full = np.array([cost(int(k), int(k), int(k), dtype).jacobian_bytes for k in n], dtype=float)
    back = np.array([cost(int(k), int(k), int(k), dtype).vjp_bytes for k in n], dtype=float)
    height = 320.0 + (24 if title else 0)
    canvas, (axes,) = sheet(height, left=52, right=14, top=14 + (24 if title else 0))
    heading(canvas, title, height)
    axes.set(xscale="log", yscale="log", xlim=(n[0], n[-1]), ylim=(full[0] / 2, full[-1] * 2))
    axes.plot(n, full, color=LOCAL, lw=2.2)
    axes.plot(n, back, color=COTANGENT, lw=2.2, ls=(0, (5, 2.2)))
    fits = []
    for name, room in limits.items():
        most = _largest(room, dtype)
        fits.append(f"{name}, {say_bytes(room)}: {most}")
        used = cost(most, most, most, dtype).jacobian_bytes
        axes.plot([n[0], most], [room, room], color=FAINT, lw=0.8, ls=(0, (1.5, 2)))
        axes.plot([most], [used], "o", color=LOCAL, ms=6, zorder=5)
        close = any(room < other < 100 * room for other in limits.values())
        place = {"offset": (6, -4), "va": "top"} if close else {"offset": (6, 3), "va": "bottom"}
        note(axes, f"{name}, {say_bytes(room)}: $n = {most}$", (n[0], room), FAINT, **place)
    _along(axes, n, full, 0.3, "Jacobian, $n^4$ numbers", LOCAL, above=True)
    _along(axes, n, back, 0.62, r"VJP $\bar{X}$, $n^2$ numbers", COTANGENT, above=False)
    ticks = [1024.0**k for k in range(len(UNITS)) if full[0] / 2 <= 1024.0**k <= full[-1] * 2]
    axes.set_yticks(ticks, [say_bytes(t) for t in ticks])
    shown = n[::3]
    axes.set_xticks(shown, [str(k) for k in shown])
    axes.minorticks_off()
    axes.set_xlabel("$n = N = p = m$", labelpad=3)
    last = int(n[-1])
    alt = (
        f"Bytes of the explicit Jacobian ∂Y/∂X of Y = XW and of the product X̄, for n from {n[0]} "
        f"to {last}, both axes logarithmic. At n = {last}: Jacobian {say_bytes(full[-1])}, VJP "
        f"{say_bytes(back[-1])}.\nThe largest n whose Jacobian fits: {'; '.join(fits)}."
    )
    return Figure(canvas, title or "Bytes of the Jacobian and of the VJP", alt)


def say_bytes(count: float) -> str:
    """Write a number of bytes in binary units.

    >>> say_bytes(16 * 2**30), say_bytes(1536)
    ('16 GiB', '1.5 KiB')
    """
    power = min(int(np.log2(max(count, 1)) // 10), len(UNITS) - 1)
    return f"{words.say_number(count / 1024**power)} {UNITS[power]}"


def _largest(room: int, dtype) -> int:
    """Find the largest n with an n·n × n·n Jacobian within `room` bytes."""
    low, high = 1, 2
    while cost(high, high, high, dtype).jacobian_bytes <= room:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        fits = cost(middle, middle, middle, dtype).jacobian_bytes <= room
        low, high = (middle, high) if fits else (low, middle)
    return low


def _along(axes, x, y, share, text, colour, above) -> None:
    """Write along a straight curve in log–log axes, turned with it."""
    box = axes.get_position()
    width, height = (axes.figure.get_size_inches() * 72) * (box.width, box.height)
    (x0, x1), (y0, y1) = np.log(axes.get_xlim()), np.log(axes.get_ylim())
    rise = (np.log(y[-1]) - np.log(y[0])) / (y1 - y0) * height
    run = (np.log(x[-1]) - np.log(x[0])) / (x1 - x0) * width
    angle = float(np.degrees(np.arctan2(rise, run)))
    at = (
        np.exp(np.log(x[0]) + share * np.log(x[-1] / x[0])),
        np.exp(np.log(y[0]) + share * np.log(y[-1] / y[0])),
    )
    side = 9 if above else -9
    turn = np.radians(angle)
    offset = (-side * np.sin(turn), side * np.cos(turn))
    note(axes, text, at, colour, offset, ha="center", rotation=angle, rotation_mode="anchor")
