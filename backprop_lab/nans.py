"""A derivative that is NaN where the value is finite: said aloud, with who made it, and a way out.

Nothing is looked for until a NaN has come out. Then the way is walked once more, and the first
function that turns numbers into NaN is the one to name.
"""

from __future__ import annotations

import operator
import sys
import warnings
from collections.abc import Callable, Iterable

import numpy as np

from backprop_lab.forward import Dual, Forward
from backprop_lab.rules import Rule
from backprop_lab.several import Several
from backprop_lab.tape import backward
from backprop_lab.traced import primal


def has_nan(x) -> bool:
    """Whether a number or an array of numbers has a NaN; of a traced value, what is underneath.

    One pass without a temporary: Σx² is NaN only where an entry is.

    >>> has_nan(1.0), has_nan(np.array([np.inf, 1.0])), has_nan(np.array([np.nan, 1.0]))
    (False, False, True)
    """
    if type(x) is float:  # the quick way for scalar code
        return x != x
    x = primal(x)
    if type(x) is np.ndarray:
        total = np.vdot(x, x)
        return bool(total != total)
    return isinstance(x, (float, complex, np.inexact)) and bool(x != x)


def finite(values) -> bool:
    """Whether every entry of every value is a finite number."""
    return all(bool(np.all(np.isfinite(np.asarray(primal(x))))) for x in values)


def warn_of_nan(derivatives: Iterable, what: str, origin: str) -> None:
    """Warn that one of `derivatives` is NaN, at the line of the program that asked for it."""
    found = primal(next(x for x in derivatives if has_nan(x)))
    where = (
        f" at index {tuple(map(int, np.argwhere(np.isnan(found))[0]))}" if np.ndim(found) else ""
    )
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("backprop_lab."):
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"The value is finite, but its {what} is NaN{where}: {origin}",
        RuntimeWarning,
        stacklevel=level,
    )


# --- who made it ----------------------------------------------------------------------------------

_SIGNS = {
    operator.add: "x + y",
    operator.sub: "x - y",
    operator.mul: "x * y",
    operator.truediv: "x / y",
    operator.pow: "x ** y",
}
_CALLS = {operator.truediv: "a / safe", operator.pow: "safe ** a"}
_SUMS = {operator.add, operator.sub, np.add, np.subtract}
_POWER = (
    "as a function of the exponent, a power of a negative number has no slope: that is xʸ log x, "
    "for x > 0 alone. Where the exponent is no variable, pass it by keyword, or write "
    "bl.stop_gradient(y)."
)
_WITHOUT_SLOPE = {  # functions with values at points where they have no slope
    np.arctan2: "the angle of the point (0, 0) has no slope. Choose both arguments before the "
    "function: there = (x == 0) & (y == 0), then np.arctan2(y, np.where(there, 1.0, x)).",
    np.power: _POWER,
    np.float_power: _POWER,
    operator.pow: _POWER,
}
_ROOT = "For √(x²) write np.abs, np.hypot or np.linalg.norm"


def _name(rule: Rule) -> str:
    return _SIGNS.get(rule.func, rule.name)


class _Search:
    """The first rule that gives NaN for numbers, and the last before it that gave ∞ for numbers."""

    def __init__(self):
        self.maker: Rule | None = None
        self.steep: Rule | None = None
        self.met_zero = self.met_infinity = False

    def look(self, rule: Rule, before: list, after: list, again: Callable) -> None:
        """Look at what a rule made of `before`; `again` gives what it makes of other numbers."""
        if self.maker is not None or any(map(has_nan, before)):
            return
        if any(map(has_nan, after)):
            self.maker = rule
            self.met_infinity = not finite(before)
            self.met_zero = not any(map(has_nan, again([_without_zeros(x) for x in before])))
        elif finite(before) and not finite(after):
            self.steep = rule

    def told(self, backwards: bool) -> str:
        """Say what happened, and what to write instead."""
        if self.maker is None:
            return (
                "+∞ and −∞ met where the derivatives of two paths are added. Keep the program from "
                "the point at which a slope is infinite."
            )
        name, call = _name(self.maker), _CALLS.get(self.maker.func, f"{self.maker.name}(safe)")
        way = "on the way back 0 met ∞" if backwards else "on the way 0 met ∞"
        if self.met_infinity and self.steep is not None:
            steep = _name(self.steep)
            if self.maker.kind == "linear" or self.maker.func in _SUMS:
                return (
                    f"∞ met −∞ or 0 in the sum of {name}: the slope of {steep} is ∞ there. Keep "
                    f"the argument of {steep} from that point."
                )
            return (
                f"{way}: the slope of {steep} is ∞ there, and that of {name} is 0. {_ROOT}; keep "
                f"the argument of {steep} from that point otherwise."
            )
        if self.met_zero and backwards:
            return (
                f"{way} in {name}, whose slope is ∞ there, as it does behind a branch of np.where "
                "that was not taken, or a factor 0. Choose the argument before the function: safe "
                f"= np.where(ok, x, 1.0), then np.where(ok, {call}, 0.0), where ok is what that "
                "branch asks, such as x > 0."
            )
        if self.met_zero:
            return (
                f"{way} in {name}, whose slope is ∞ there, while its argument stands still. "
                f"{_ROOT}; keep the argument of {name} from that point otherwise."
            )
        default = (
            f"{name} has no slope at that point. Choose the argument before the function: safe = "
            f"np.where(ok, x, 1.0), then np.where(ok, {call}, 0.0), where ok says where it has one."
        )
        own = _WITHOUT_SLOPE.get(self.maker.func)
        return f"{name} made it: {own}" if own else default


def _without_zeros(x):
    x = primal(x)
    return np.where(np.equal(x, 0), np.ones_like(x), x)[()]


def _parts(x) -> list:
    return [bar for bar in x.bars if bar is not None] if isinstance(x, Several) else [x]


class _SearchedTape:
    """A tape that is walked once more, each edge looked at."""

    def __init__(self, tape, search):
        self.tape, self.search = tape, search
        self.shapes, self.complex = tape.shapes, tape.complex

    def walk(self, spend):
        for kept, link, parent, child in self.tape.walk(spend):
            yield kept, _SearchedLink(link, self.search), parent, child


class _SearchedLink:
    sure = fresh = False

    def __init__(self, link, search):
        self.link, self.search, self.rule = link, search, link.rule

    def pull(self, y_bar, kept):
        x_bar = self.link.pull(y_bar, kept)

        def again(bars):
            shared = isinstance(y_bar, Several)  # then the zeros are not the matter: see the parts
            return _parts(x_bar if shared else self.link.pull(bars[0], kept))

        self.search.look(self.rule, _parts(y_bar), _parts(x_bar), again)
        return x_bar


class _SearchedForward(Forward):
    """Forward mode, each operation looked at."""

    def __init__(self, search):
        super().__init__()
        self.search = search

    def record(self, rule, operands, params):
        y = super().record(rule, operands, params)
        mine = [isinstance(x, Dual) and x.tracer is self for x in operands]
        values = tuple(x.value if m else x for x, m in zip(operands, mine, strict=True))

        def again(dots):
            dots = iter(dots)
            moved = rule.forward(values, params, [next(dots) if m else None for m in mine])[1]
            return list(moved) if rule.outputs else [moved]

        before = [x.tangent for x, m in zip(operands, mine, strict=True) if m]
        after = [d.tangent for d in (y if rule.outputs else (y,))]
        self.search.look(rule, before, after, again)
        return y


def _told_by(search: _Search, walk: Callable, backwards: bool) -> str:
    """Walk again, without the warnings that the first walk has given, and say what was found."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            walk()
        except Exception as error:  # a function may refuse to run twice
            return f"who made it is not known, since a second run ended in {error!r:.60}."
    return search.told(backwards)


def origin_on_tape(tape: Callable, index, seed, batch) -> str:
    """Say where the first NaN comes from on the way back from entry `index` of `tape()`."""
    search = _Search()

    def walk():
        backward(_SearchedTape(tape(), search), index, seed, batch=batch)

    return _told_by(search, walk, True)


def origin_forward(run: Callable) -> str:
    """Say where the first NaN of a forward run comes from: `run(trace)` runs it once more."""
    search = _Search()
    return _told_by(search, lambda: run(_SearchedForward(search)), False)
