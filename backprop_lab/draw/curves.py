"""Curves: the loss over one parameter with its tangent, activations with their slopes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import ArrowStyle

from backprop_lab.draw import words
from backprop_lab.draw.axes import heading, note, sheet, trim_ticks
from backprop_lab.draw.figure import COTANGENT, FAINT, INK, LOCAL, PRIMAL, Figure, book_style
from backprop_lab.draw.paper import BASE, SMALL, WIDTH, WORDS, width_of
from backprop_lab.errors import TraceError
from backprop_lab.graph import named_graph
from backprop_lab.rules import relu, sigmoid
from backprop_lab.transforms import grad, value_and_grad, vjp


@book_style()
def loss_over_w(
    f: Callable,
    *primals,
    wrt: str | int = 0,
    rate: float = 4.0,
    span: tuple[float, float] | None = None,
    title: str | None = None,
    **static,
) -> Figure:
    """Draw a scalar function of one of its arguments, with the tangent at the point and one step.

    The slope of the tangent is the gradient, and the hollow dot is where one step of gradient
    descent, w ← w − rate · ∂L/∂w, arrives. `wrt` is the name of the argument or its place; the
    others stay as given. `span` is the range on the axis: by default 3 to each side, or as far as
    the step needs.

    Raises `TraceError` where the argument is no number, or f is no scalar function.

    >>> def loss(w, b, x, y):
    ...     return (y - 1 / (1 + np.exp(-(w * x + b)))) ** 2 / 2
    >>> print(loss_over_w(loss, 0.5, -1.0, 2.0, 1.0).alt)
    L as a function of w from −2.5 to 3.5. At w = 0.5: L = 0.125, slope ∂L/∂w = −0.25.
    One step of rate 4 leads to w = 0.5 − 4 · (−0.25) = 1.5, where L ≈ 0.007105.
    """
    names = list(inspect.signature(f).parameters)
    place = _place(primals, wrt, names)
    output = named_graph(f, *primals, **static).nodes[-1].name
    step_names = names[place], "L" if output == "out" else output

    def along(w):
        return f(*primals[:place], w, *primals[place + 1 :], **static)

    here = float(primals[place])
    value, slope = value_and_grad(along)(here)
    new = here - rate * slope
    step = _Step(*step_names, rate, here, value, slope, new, float(along(new)))
    if span is None:
        reach = max(3.0, 1.25 * abs(new - here))
        span = (here - reach, here + reach)
    w = np.linspace(*span, 241)
    top = 24 if title else 0
    canvas, (axes,) = sheet(310.0 + top, bottom=104, top=22 + top)
    heading(canvas, title, 310.0 + top)
    _draw_loss(axes, w, np.array([float(along(v)) for v in w]), step)
    for k, (text, colour) in enumerate(step.lines()):
        size = SMALL * min(1.0, (WIDTH - 52) / width_of(text, SMALL))
        at = 44 / WIDTH, (60 - 17 * k) / (310.0 + top)
        canvas.text(*at, text, fontsize=size, color=colour)
    said, out = map(words.say_name, step_names)
    ends = " to ".join(map(words.say_number, span))
    return Figure(canvas, title or f"{out} over {said}", step.say(f"from {ends}"))


@dataclass(frozen=True)
class _Step:
    """One step of gradient descent, and how it is written."""

    name: str
    output: str
    rate: float
    here: float
    value: float
    slope: float
    new: float
    value_new: float

    def lines(self) -> list[tuple[str, str]]:
        """Write the step in TeX, line by line with its colour."""
        tex, out = words.tex_name(self.name), words.tex_name(self.output)
        factor = words.factor(words.tex_number(self.slope))
        right = f"{words.tex_number(self.here)} - {words.tex_number(self.rate)} \\cdot {factor}"
        sign = words.tex_relation(self.here, self.rate, self.slope, self.new)
        slope = f"\\partial {out}/\\partial {tex} {_eq(self.slope)}"
        return [
            (f"dot: ${tex} {_eq(self.here)}$, ${out} {_eq(self.value)}$", PRIMAL),
            (f"dashed: tangent, slope ${slope}$", COTANGENT),
            (f"arrow: ${tex} \\leftarrow {right} {sign} {words.tex_number(self.new)}$", INK),
            (f"hollow dot: ${out} {_eq(self.value_new)}$", PRIMAL),
        ]

    def say(self, ends: str) -> str:
        """Say the step in words; `ends` is the range of the axis."""
        name, out = words.say_name(self.name), words.say_name(self.output)
        number = words.say_number
        sign = words.relation(self.here, self.rate, self.slope, self.new)
        right = f"{number(self.here)} − {number(self.rate)} · {words.factor(number(self.slope))}"
        return (
            f"{out} as a function of {name} {ends}. At {name} {_said(self.here)}: "
            f"{out} {_said(self.value)}, slope ∂{out}/∂{name} {_said(self.slope)}.\n"
            f"One step of rate {number(self.rate)} leads to {name} {sign} {right} {sign} "
            f"{number(self.new)}, where {out} {_said(self.value_new)}."
        )


def _draw_loss(axes, w, loss, step: _Step) -> None:
    low, high = min(0.0, loss.min()), loss.max()
    pad = 0.08 * (high - low or 1.0)
    base = low - 0.5 * pad
    here, new = step.here, step.new
    axes.set(xlim=(w[0], w[-1]), ylim=(low - pad, high + pad))
    axes.plot(w, loss, color=PRIMAL)
    ends = here + 0.26 * (w[-1] - w[0]) * np.array([-1.0, 1.0])
    tangent = step.value + step.slope * (ends - here)
    axes.plot(ends, tangent, color=COTANGENT, lw=1.6, ls=(0, (5, 2.5)))
    for x, y in ((here, step.value), (new, step.value_new)):
        axes.plot([x, x], [base, y], color=FAINT, lw=0.8, ls=(0, (1.5, 2)))
    head = ArrowStyle("-|>", head_width=0.22, head_length=0.5)
    look = {"arrowstyle": head, "color": INK, "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (new, base), (here, base), arrowprops=look)
    axes.plot([here], [step.value], "o", ms=7.5, color=PRIMAL, zorder=5)
    axes.plot([new], [step.value_new], "o", ms=7.5, mfc="none", mec=PRIMAL, mew=1.6, zorder=5)
    axes.set_xlabel(f"${words.tex_name(step.name)}$", labelpad=2)
    name = f"${words.tex_name(step.output)}$"
    axes.text(0, 1.03, name, transform=axes.transAxes, ha="center", fontsize=BASE, color=PRIMAL)
    trim_ticks(axes)


def _place(primals, wrt, names) -> int:
    place = names.index(wrt) if wrt in names else wrt
    if isinstance(place, str) or not 0 <= place < len(primals):
        raise TraceError(
            f"draw.loss_over_w: wrt={wrt!r} is no argument of f; there are "
            f"{', '.join(names[: len(primals)])}."
        )
    if np.ndim(primals[place]):
        raise TraceError(
            f"draw.loss_over_w needs a number to vary; {names[place]} has shape "
            f"{np.shape(primals[place])}. Wrap f in a function of one of its entries."
        )
    return place


def _eq(value: float) -> str:
    return f"{words.tex_relation(value)} {words.tex_number(value)}"


def _said(value: float) -> str:
    return f"{words.relation(value)} {words.say_number(value)}"


@book_style()
def activation_slopes(
    activations: Mapping[str, Callable] | None = None,
    span: tuple[float, float] = (-6.0, 6.0),
    flat: float = 0.05,
    title: str | None = None,
) -> Figure:
    """Draw activations (solid) with their derivatives (dashed), one above the other.

    Where the derivative is smaller than `flat` the activation is saturated: that range is tinted,
    and its edge and the slope at the end of the axis are written. `activations` maps a name to an
    elementwise function; by default logistic, tanh and ReLU.

    >>> print(activation_slopes().alt.splitlines()[0])
    logistic: slope 0.25 at 0, largest slope 0.25, 0.002467 at z = −6 and 0.002467 at z = 6.
    """
    activations = activations or {"logistic": sigmoid, "tanh": np.tanh, "ReLU": relu}
    rows = len(activations)
    height = 46.0 + 112.0 * rows + (24 if title else 0)
    canvas, all_axes = sheet(
        height, rows, left=34, top=12 + (24 if title else 0), bottom=36, gap=22
    )
    heading(canvas, title, height)
    z = np.linspace(*span, 241)
    said = []
    for axes, (name, f) in zip(all_axes, activations.items(), strict=True):
        value, pullback = vjp(f, z)
        if np.shape(value) != z.shape:
            raise TraceError(
                f"draw.activation_slopes: {name} maps shape {z.shape} to {np.shape(value)}; an "
                "activation keeps the shape."
            )
        (slope,) = pullback(np.ones_like(z))
        shown = np.clip(value, None, 2.0)
        low, high = min(0.0, shown.min()), max(1.0, shown.max(), slope.max())
        pad = 0.1 * (high - low)
        axes.set(xlim=span, ylim=(low - pad, high + pad))
        axes.fill_between(
            z, low - pad, high + pad, where=np.abs(slope) < flat, color=FAINT, alpha=0.14, lw=0
        )
        axes.plot(z, value, color=PRIMAL)
        axes.plot(*_broken(z, slope), color=LOCAL, ls=(0, (5, 2.2)))
        axes.text(
            0.015, 0.93, name, transform=axes.transAxes, fontsize=WORDS + 1, weight="bold", va="top"
        )
        _label_pair(axes, z, value, slope)
        axes.set_yticks(sorted({int(np.round(low)), 0, 1, int(high)}))
        ends = [grad(lambda v, f=f: f(v))(float(v)) for v in (0.0, span[0], span[1])]
        said.append(
            f"{name}: slope {words.say_number(ends[0])} at 0, largest slope "
            f"{words.say_number(slope.max())}, {words.say_number(ends[1])} at z = "
            f"{words.say_number(span[0])} and {words.say_number(ends[2])} at z = "
            f"{words.say_number(span[1])}."
        )
        _mark_end(axes, span, slope, flat, ends[1:])
        if axes is not all_axes[-1]:
            axes.set_xticklabels([])
    all_axes[-1].set_xlabel("$z$", labelpad=1)
    said.append(f"Tinted: where the slope is smaller than {words.say_number(flat)}, saturated.")
    return Figure(canvas, title or "Activations and their slopes", "\n".join(said))


def _broken(z, slope) -> tuple[np.ndarray, np.ndarray]:
    """Break a curve where it jumps, so that no line joins the two sides of a kink."""
    jumps = np.flatnonzero(np.abs(np.diff(slope)) > 0.4) + 1
    return np.insert(z, jumps, np.nan), np.insert(slope, jumps, np.nan)


def _label_pair(axes, z, value, slope) -> None:
    """Write "value" to the right of the rising curve, "slope" to the left of the slope's rise."""
    at = int(np.argmax(value >= 0.85 * min(value.max(), 2.0)))
    note(axes, "value", (z[at], value[at]), PRIMAL, (8, -6))
    at = int(np.argmax(slope >= 0.8 * slope.max()))
    note(axes, "slope", (z[at], slope[at]), LOCAL, (-10, 9), ha="right")


def _mark_end(axes, span, slope, flat, ends) -> None:
    """Write the slope at the end of the axis where the activation is saturated."""
    side = 1 if abs(ends[1]) < flat else 0
    if abs(ends[side]) >= flat:
        return
    ha, shift = ("right", -5) if side else ("left", 5)
    note(axes, f"slope${_eq(ends[side])}$", (span[side], 0), LOCAL, (shift, 11), ha=ha)
    where = words.say_number(span[side])
    note(axes, f"at $z$ = {where}:", (span[side], 0), FAINT, (shift, 25), ha=ha)
