"""Five results in every layout, each line written by code from one proved line, and proved again.

One line for each result is written down, in our layout. To carry it into another, `translate`
replaces every derivative in it by how the other layout writes it, and turns the whole where the
result is arranged the other way. The new line is then proved like any line of a derivation, entry
by entry for all sizes, and computed against the engine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import sympy as sp

from backprop_lab.all_sizes import IndexedDerivation, derive_indexed
from backprop_lab.errors import ProofError
from backprop_lab.index_form import collapse
from backprop_lab.jacobians import jacobian
from backprop_lab.layouts.arrangements import OURS, Layout, arrange
from backprop_lab.layouts.words import differs, translate
from backprop_lab.naming import let
from backprop_lab.printing import role
from backprop_lab.proofs import Derivation
from backprop_lab.spelling import Spelled
from backprop_lab.transforms import vjp


# --- the five results -------------------------------------------------------------------------
@dataclass(frozen=True)
class Leaf:
    """A derivative that a formula holds: of what it is, its kind, how it is set in TeX."""

    of: str
    kind: str
    tex: str


@dataclass(frozen=True)
class Result:
    """One of the five: a function, its shapes, and one line for its derivative in our layout."""

    title: str
    text: str
    f: Callable
    shapes: Mapping[str, tuple]
    wrt: str
    kind: str
    line: Callable
    leaves: Mapping[str, Leaf] = field(default_factory=dict)


def _by(above, below) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


_G = {"g": Leaf("y", "gradient", role("cotangent", _by("L", "y")))}
_GG = {"G": Leaf("Y", "matrix", role("cotangent", _by("L", "Y")))}
_J = {"J": Leaf("A", "jacobian", role("local", _by("y", "x")))}
_COLUMN = ("n", 1)
RESULTS: dict[str, Result] = {
    "linear form": Result(
        "a linear form", "L = aᵀx", lambda a, x: let("L", np.sum(a * x)),
        {"a": _COLUMN, "x": _COLUMN}, "x", "gradient", lambda a: a,
    ),
    "linear map": Result(
        "a linear map", "y = Ax", lambda A, x: let("y", A @ x),
        {"A": ("m", "n"), "x": _COLUMN}, "x", "jacobian", lambda A: A,
    ),
    "chain rule": Result(
        "the chain rule", "L(y(x))", lambda A, x: let("y", A @ x),
        {"A": ("m", "n"), "x": _COLUMN}, "x", "gradient", lambda J, g: J.T @ g, _J | _G,
    ),
    "Wx": Result(
        "a linear layer, one column", "y = Wx", lambda W, x: let("y", W @ x),
        {"W": ("m", "n"), "x": _COLUMN}, "W", "matrix", lambda x, g: g @ x.T, _G,
    ),
    "XW": Result(
        "a linear layer, rows of samples", "Y = XW", lambda X, W: let("Y", X @ W),
        {"X": ("N", "p"), "W": ("p", "m")}, "W", "matrix", lambda X, G: X.T @ G, _GG,
    ),
    "XWT": Result(
        "a linear layer, rows of samples", "Y = XWᵀ", lambda X, W: let("Y", X @ W.T),
        {"X": ("N", "p"), "W": ("m", "p")}, "W", "matrix", lambda X, G: G.T @ X, _GG,
    ),
    "quadratic form": Result(
        "a quadratic form", "L = xᵀAx", lambda A, x: let("L", np.sum(x * (A @ x))),
        {"A": ("n", "n"), "x": _COLUMN}, "x", "gradient", lambda A, x: (A + A.T) @ x,
    ),
}  # fmt: skip
FIVE = ("linear form", "linear map", "chain rule", "layer", "quadratic form")


def five(layout: Layout) -> dict[str, str]:
    """Keys of the five results in a layout; its own linear layer, if it says how to write one."""
    keys = {name: name for name in FIVE if name != "layer"}
    return keys | ({"layer": layout.layer} if layout.matrix else {})


# --- proved in a layout -----------------------------------------------------------------------
class LaidOut(IndexedDerivation):
    """A derivative in the arrangement of a layout, proved entry by entry for every size."""

    def _known(self):
        return super()._known() | self.leaf_arrays

    def _spellings(self):
        return super()._spellings() | self.leaf_spellings

    def then(self, expr, because: str = "") -> Derivation:
        """Add a line; its left-hand side stays the derivative."""
        return Derivation.then(self, expr, because)


@cache
def in_layout(key: str, layout: Layout) -> LaidOut:
    """Prove one of the `RESULTS` in a layout: its only line is written by code.

    >>> in_layout("quadratic form", Layout("row", "numerator"))
    dL/dx = Sum(A[a, k]*x[k, 1], (k, 1, n)) + Sum(A[k, a]*x[k, 1], (k, 1, n))    [by code]
            proved for all sizes

    Raises `ProofError` where the line is not the derivative, or differs from the engine's numbers.
    """
    if key not in RESULTS:
        raise ValueError(f"in_layout: the results are {', '.join(RESULTS)}; got {key!r}.")
    result = RESULTS[key]
    plain = _plain(layout)
    base = _derivation(result)
    turned = differs(result.kind, OURS, plain)
    arrays = {n: _leaf_array(leaf, base.reading, plain) for n, leaf in result.leaves.items()}
    out = "y" if result.kind == "jacobian" else "L"
    new = LaidOut(result.f, result.wrt, _by(out, result.wrt), f"d{out}/d{result.wrt}", [])
    new.__dict__.update(
        reading=base.reading, truth=base.truth, at_two=None, output=base.output,
        shapes=base.shapes,
        indices=base.indices[::-1] if turned else base.indices,
        shape=base.shape[::-1] if turned else base.shape,
        leaf_arrays=arrays,
        leaf_spellings={n: Spelled(leaf.tex, 2, 3) for n, leaf in result.leaves.items()},
    )  # fmt: skip
    kinds = {n: leaf.kind for n, leaf in result.leaves.items()}
    line = translate(result.line, result.kind, OURS, plain, **kinds)
    proved = new.then(line, "by code")
    _check_numbers(result, plain, line)
    return proved


def tex_in(key: str, layout: Layout) -> str:
    """TeX of a result in a layout: both sides of the proved line."""
    proved = in_layout(key, layout)
    right = proved.lines[-1].tex
    if RESULTS[key].kind == "matrix" and layout.matrix == "vec":
        right = rf"\operatorname{{vec}}\!\left({right}\right)^{{\top}}"
    left = _by("L", r"(\operatorname{vec} W)^{\top}") if r"\operatorname{vec}" in right else None
    return f"{left or proved.left_tex} = {right}"


def _plain(layout) -> Layout:
    """Give the layout with a matrix for a number by a matrix; vec is taken of what it proves."""
    matrix = "shape" if layout.matrix in ("vec", None) else layout.matrix
    return Layout(layout.gradient, layout.jacobian, matrix, "Wx")


def _derivation(result) -> IndexedDerivation:
    """Differentiate a result natively: the cotangent, or the general entry of the Jacobian."""
    derivation = derive_indexed(result.f, result.wrt, dict(result.shapes))
    if result.kind == "jacobian":
        x, y = derivation.reading.quantities[result.wrt], derivation.output
        row, column = sp.symbols("i a", integer=True, positive=True)
        entry = sp.diff(y.definition(row, sp.Integer(1)), x.entry(column, sp.Integer(1)))
        derivation.__dict__.update(
            truth=collapse(entry), indices=(row, column), shape=(y.shape[0], x.shape[0])
        )
    return derivation


def _leaf_array(leaf, reading, layout):
    """Give the array that a derivative in a formula stands for, arranged as the layout has it."""
    quantity = reading.quantities[leaf.of]
    native = reading.array(quantity if leaf.kind == "jacobian" else reading.bar(quantity))
    return native.T if differs(leaf.kind, OURS, layout) else native


def _check_numbers(result, layout, line) -> None:
    """Compute the line at two sets of sizes, against the engine's derivative rearranged."""
    rng = np.random.default_rng(0)
    letters = sorted({n for shape in result.shapes.values() for n in shape if n != 1})
    for shift in (0, 1):
        sizes = {n: 2 + (k + shift) % 3 for k, n in enumerate(letters)} | {1: 1}
        point = {k: rng.standard_normal([sizes[n] for n in s]) for k, s in result.shapes.items()}
        y = result.f(**point)
        y_bar = rng.standard_normal(np.shape(y)) if np.ndim(y) else 1.0
        leaves = {n: _leaf_numbers(leaf, layout, point, y_bar) for n, leaf in result.leaves.items()}
        names = inspect.signature(line).parameters
        value = line(*((point | leaves)[n] for n in names))
        expected = _engine(result, layout, point, y_bar)
        scale = np.max(np.abs(expected))
        if value.shape != expected.shape or np.max(np.abs(value - expected)) > 1e-12 * scale:
            raise ProofError(
                f"{result.title}: the formula {line.__doc__} is not the engine's derivative in "
                f"this layout, for {sizes}: {value.shape} against {expected.shape}."
            )


def _leaf_numbers(leaf, layout, point, y_bar):
    if leaf.kind == "jacobian":
        return arrange(point[leaf.of], *((n,) for n in point[leaf.of].shape), layout)
    native = y_bar.ravel() if leaf.kind == "gradient" else y_bar
    return arrange(native, (), native.shape, layout)


def _engine(result, layout, point, y_bar):
    """Arrange the engine's own derivative as the layout has it."""
    i = list(point).index(result.wrt)
    if result.kind == "jacobian":
        J = np.asarray(jacobian(result.f, argnums=i)(*point.values()))
        J = J.reshape(J.shape[0], -1)
        return arrange(J, *((n,) for n in J.shape), layout)
    _, pullback = vjp(result.f, *point.values())
    bar = np.asarray(pullback(y_bar)[i])
    native = bar.ravel() if result.kind == "gradient" else bar
    return arrange(native, (), native.shape, layout)
