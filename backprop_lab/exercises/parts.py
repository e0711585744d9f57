"""What an answer is compared with: the truth, and the wrong answers that the named slips make.

A truth comes from the engine or from SymPy; a wrong answer comes from the truth's ingredients, by
the slip's own transformation. Neither is ever typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy as sp

from backprop_lab.derivation import derive
from backprop_lab.jacobians import jacobian
from backprop_lab.slips import SLIPS, Slip, slip_of_shape
from backprop_lab.transforms import vjp

RTOL = 1e-5  # what float32 keeps, with room for a few operations
ALL_ENTRIES = {  # slips that change every entry: one entry alone agrees with them by chance
    "cotangent-ignored",
    "inverse",
    "mean-of-paths",
    "missing-transpose",
    "not-moved",
    "swapped-cotangent",
    "value-for-cotangent",
    "wrong-index",
}
Made = tuple[Slip, np.ndarray]


@dataclass(frozen=True)
class Part:
    """One value that is asked for: its name, the truth, and `made()`, the wrong answers by slip.

    Where `is_bar`, the shape is that of a variable, and a wrong one may give a slip away; `axes` is
    how many axes the array with the most of them has that it is made from. Where `exact`, the
    numbers are whole, and no digit is forgiven.
    """

    name: str
    truth: np.ndarray
    made: Callable[[], Iterable[Made]] = tuple
    is_bar: bool = True
    axes: int = 0
    exact: bool = False

    def matches(self, value: np.ndarray) -> bool:
        """Whether a value is the truth."""
        return np.array_equal(value, self.truth) if self.exact else alike(value, self.truth)

    def slips_of(self, value: np.ndarray, repeated: bool = False) -> set[str]:
        """Name every slip that makes this value, or its wrong entries, or its shape.

        Where the same was seen at other inputs too, it is `repeated`, and less is needed to tell.
        """
        made, shape = list(self.made()), np.shape(self.truth)
        if value.shape == shape:
            return self._of_numbers(value, made, repeated)
        found = {slip.name for slip, wrong in made if alike(value, wrong)}
        same = _longer(value.shape) == _longer(shape)
        if same and value.ndim != len(shape):
            standing = value.reshape(shape)
            right = self.matches(standing)
            found |= {"number-of-axes"} if right else self._of_numbers(standing, made, repeated)
        return found | self._of_shape(value, same, repeated)

    def _of_shape(self, value, same, repeated) -> set[str]:
        """Name the slip that a wrong shape gives away; `same` but for axes of length 1.

        At a batch of one a stretched array is the same but for such an axis: other inputs tell.
        """
        shape = np.shape(self.truth)
        slip = slip_of_shape(value.shape, shape) if self.is_bar else None
        if slip is None:
            return set()
        nothing_added = same and (shape == () or (value.size > 1 and not repeated))
        told = {
            "transposed": lambda: self.matches(value.T),
            "wrong-axis": lambda: max(self.axes, len(shape)) > 1 and not nothing_added,
            "broadcast": lambda: not nothing_added,
        }
        return {slip.name} if told.get(slip.name, lambda: True)() else set()

    def _of_numbers(self, value, made, repeated) -> set[str]:
        """Name the slips that make the numbers of a value of the right shape."""
        whole = {slip.name for slip, wrong in made if alike(value, wrong)}
        if value.ndim == 1 and self.matches(value[::-1]):
            whole.add("left-reversed")
        return whole or self._entry_by_entry(value, made, repeated)

    def _entry_by_entry(self, value, made, repeated) -> set[str]:
        """Name the slips that were made in some entries, while the others are right."""
        right = near(value, self.truth, self.truth)
        if value.ndim == 0 or not right.any():
            return set()
        explained: dict[str, np.ndarray] = {}
        for slip, wrong in made:
            if wrong.shape == value.shape:
                before = explained.get(slip.name, right)
                explained[slip.name] = before | near(value, wrong, self.truth)
        chance = set() if repeated or np.sum(~right) > 1 else ALL_ENTRIES
        return {name for name, entries in explained.items() if entries.all()} - chance


def _longer(shape: tuple) -> tuple:
    """Give a shape without its axes of length 1."""
    return tuple(n for n in shape if n != 1)


def alike(value, wanted) -> bool:
    """Whether two arrays are equal, in shape and up to the digits of float32.

    An error is measured by the largest entry of `wanted`.
    """
    value, wanted = np.asarray(value, dtype=float), np.asarray(wanted, dtype=float)
    if value.shape != wanted.shape or not np.all(np.isfinite(value)):
        return False
    return bool(np.all(near(value, wanted, wanted)))


def near(value: np.ndarray, wanted: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Say of each entry whether it is equal, up to the digits of float32 of the largest one."""
    return np.abs(value - wanted) <= RTOL * np.max(np.abs(scale), initial=0.0)


class Slope:
    """∂(output)/∂(wrt) of a function of numbers, read by SymPy: its value and wrong values.

    >>> from backprop_lab import let
    >>> square = Slope(lambda x: let("L", let("z", 3 * x) ** 2), "x")
    >>> part = square.at(2.0)
    >>> float(part.truth), sorted({float(v) for s, v in part.made() if s.name == "wrong-sign"})
    (36.0, [-36.0])
    """

    def __init__(self, f: Callable, wrt: str):
        self.f, self.wrt = f, wrt

    @cached_property
    def derivation(self):
        """The derivation, made when it is first asked for."""
        return derive(self.f, wrt=self.wrt)

    @cached_property
    def _formulas(self):
        d = self.derivation
        wrong = [
            (slip, d.reading.expanded(sp.sympify(made)))
            for slip in SLIPS.values()
            for made in (slip.on_paths(d.factors) if slip.on_paths else ())
        ]
        inputs = [q.symbols[()] for q in d.reading.quantities.values() if q.definition is None]
        formulas = sp.lambdify(inputs, [d.truth, *(w for _, w in wrong)], "numpy")
        return [slip for slip, _ in wrong], formulas

    def at(self, *point: float, name: str | None = None) -> Part:
        """Give the part of a point."""
        slips, formulas = self._formulas
        truth, *wrong = (np.asarray(v, dtype=float) for v in formulas(*point))
        pairs = tuple(zip(slips, wrong, strict=True))
        return Part(name or self.derivation.left_text, truth, lambda: pairs)


def stacked(name: str, parts: Sequence[Part]) -> Part:
    """Stack parts that were made alike to one array, and their wrong answers with them."""
    rows = [list(part.made()) for part in parts]
    pairs = tuple(
        (entries[0][0], np.stack([value for _, value in entries]))
        for entries in zip(*rows, strict=True)
    )
    return Part(name, np.stack([part.truth for part in parts]), lambda: pairs)


def mapped(name: str, part: Part, function: Callable) -> Part:
    """Send a part and its wrong answers through a function, such as w − η·(…)."""
    pairs = tuple((slip, np.asarray(function(value))) for slip, value in part.made())
    return Part(name, np.asarray(function(part.truth)), lambda: pairs)


def pulled_back(name: str, f: Callable, x: np.ndarray, y_bar: np.ndarray) -> Part:
    """Give x̄ = Jᵀȳ of `f` at `x`, by the engine, and what each slip makes of J and ȳ."""
    _, pullback = vjp(f, x)
    J, truth = np.asarray(jacobian(f)(x)), np.asarray(pullback(y_bar)[0])

    def made():  # a slip that changes nothing here, as J for Jᵀ on a diagonal, is no mistake
        every = [*made_of_jacobian(J, y_bar), *_made_of_values(f, x, J, y_bar)]
        return [pair for pair in every if not alike(pair[1], truth)]

    return Part(name, truth, made, axes=max(np.ndim(x), np.ndim(y_bar)))


def _made_of_values(f, x, J, y_bar) -> Iterator[Made]:
    """Give what is made of x, of y and of ȳ as it is, and of J without a sum or turned back."""
    y_bar, shape = np.asarray(y_bar), np.shape(x)
    table = J.reshape(y_bar.size, -1)
    yield SLIPS["not-moved"], y_bar
    for value in (x, np.asarray(f(x))):
        if np.shape(value) == y_bar.shape:
            pulled = (table.T @ np.ravel(value)).reshape(shape)
            yield SLIPS["value-for-cotangent"], pulled
    if y_bar.ndim == len(shape) == 1:
        products = table * y_bar[:, None]
        yield from ((SLIPS["sum-left-out"], grid) for grid in (products, products.T))
    if table.shape[0] == table.shape[1] and np.linalg.cond(table) < 1e6:
        yield SLIPS["inverse"], np.linalg.solve(table, y_bar.ravel()).reshape(shape)


def made_of_jacobian(J: np.ndarray, y_bar: np.ndarray) -> Iterator[Made]:
    """Give what each slip makes of x̄ = Jᵀȳ."""
    for slip in SLIPS.values():
        for wrong in slip.on_jacobian(J, y_bar) if slip.on_jacobian else ():
            yield slip, np.asarray(wrong, dtype=float)


def also(part: Part, *made: Made) -> Part:
    """Add wrong answers of an exercise's own."""
    return replace(part, made=lambda: [*made, *part.made()])
