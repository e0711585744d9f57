"""Which layout is it? Asked of a derivative's shape, or of its numbers."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_lab.jacobians import jacobian
from backprop_lab.layouts.arrangements import SOURCES, arrange


@dataclass(frozen=True)
class Verdict:
    """The answer to "which layout?": `layout` is numerator, denominator, vec or both."""

    layout: str
    because: str

    def __repr__(self):
        return textwrap.fill(f"{self.layout}: {self.because}", 79, subsequent_indent="  ")

    def _repr_html_(self):
        why = html.escape(self.because)
        return f'<p class="bl-verdict"><strong>{self.layout}</strong>: {why}.</p>'


def which_layout(derivative_shape: tuple, of: tuple, by: tuple) -> Verdict:
    """Find the layout of a derivative from shapes: its own, the output's `of`, the input's `by`.

    "both" means that shapes cannot tell; the answer then says which example does. A gradient in
    the shape of its variable belongs to the denominator layout and to every mixed one.

    >>> which_layout((3, 2), of=(3,), by=(2,))
    numerator: one row for each output, one column for each input
    >>> which_layout((1, 4), of=(), by=(4,)).layout, which_layout((4, 1), of=(), by=(4,)).layout
    ('numerator', 'denominator')
    >>> which_layout((2, 2), of=(2,), by=(2,)).layout
    'both'

    Raises `ValueError` where the shape fits no layout: then the derivative is of something else.
    """
    shape, of, by = map(_as_shape, (derivative_shape, of, by))
    fits = _fitting(shape, of, by)
    if not fits:
        raise ValueError(f"which_layout: {_nowhere(shape, of, by)}")
    if set(fits) >= {"numerator", "denominator"}:
        return Verdict("both", _how_to_tell(of, by))
    return Verdict(fits[0], _REASONS[fits[0], len(by) == 2, len(of)])


_REASONS = {
    ("numerator", False, 1): "one row for each output, one column for each input",
    ("denominator", False, 1): "one row for each input, one column for each output",
    ("numerator", False, 0): "a row: the gradient is a Jacobian with one row",
    ("denominator", False, 0): "the shape of the variable; every mixed layout has this too",
    ("numerator", True, 0): "the shape of the transposed matrix",
    (
        "denominator",
        True,
        0,
    ): "the shape of the matrix; so have mixed layouts, and many numerator ones",
    ("vec", True, 0): "a row with one place for each entry of the matrix, column after column",
}


def _candidates(of, by) -> list[tuple[str, tuple]]:
    """Each layout's shape for this derivative; a column may also be given as one axis."""
    match len(of), len(by):
        case 0, 1:
            n = by[0]
            return [("numerator", (1, n)), ("denominator", (n, 1)), ("denominator", (n,))]
        case 1, 1:
            return [("numerator", of + by), ("denominator", by + of)]
        case 1, 0:
            return [("numerator", (*of, 1)), ("denominator", (1, *of))]
        case 0, 2:
            vec = ("vec", (1, by[0] * by[1]))
            return [("numerator", by[::-1]), ("denominator", by), vec]
    raise ValueError(
        f"which_layout: a derivative of shape {of} by {by} is no matrix in any of these layouts; "
        f"its native array has shape {of + by}. Ask for one output or for one row of inputs."
    )


def _fitting(shape, of, by) -> list[str]:
    return list(dict.fromkeys(name for name, fits in _candidates(of, by) if shape == fits))


def _as_shape(shape) -> tuple:
    if isinstance(shape, tuple) and all(isinstance(n, int) and n > 0 for n in shape):
        return shape
    raise ValueError(
        "which_layout: a shape is a tuple of whole numbers above 0, () for a number; got "
        f"{shape!r}."
    )


def _nowhere(shape, of, by) -> str:
    rows = "; ".join(f"{name} {fits}" for name, fits in _candidates(of, by))
    return (
        f"the shape {shape} fits no layout for a derivative of {of} by {by}. They have: {rows}. "
        "Check that of and by are the shapes of one sample's output and input."
    )


def _how_to_tell(of, by) -> str:
    if np.prod(of + by) == 1:
        return "one number is the same in every layout; there is nothing to tell apart"
    if len(by) == 2:
        return (
            f"W is square, {by}, and shapes cannot tell. Put an asymmetric example in: L = W₁₂. A "
            "1 in row 1, column 2 is the shape of W (denominator, mixed); in row 2, column 1 it is "
            "the transposed shape (numerator)"
        )
    return (
        f"as many outputs as inputs, {of[0]}, and shapes cannot tell. Put an asymmetric example "
        "in: y₁ = x₂, all other outputs 0. A 1 in row 1, column 2 is the numerator layout; in row "
        "2, column 1 it is the denominator layout"
    )


def layout_of(value, f: Callable, x) -> Verdict:
    """Find the layout of a derivative from its numbers: compare with the engine's, for `f` at `x`.

    >>> A = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> layout_of(A.T, lambda x: A @ x, np.ones(2)).layout
    'denominator'

    Raises `ValueError` where the numbers are those of no layout: the derivative itself is wrong.
    """
    x, value = np.asarray(x, dtype=float), np.asarray(value, dtype=float)
    of, by = np.shape(f(x)), x.shape
    native = np.asarray(jacobian(f)(x))
    close = []
    for name in _fitting(value.shape, of, by):
        here = arrange(native, of, by, _PURE[name]).reshape(value.shape)
        if np.allclose(here, value, rtol=1e-6, atol=1e-9 * np.max(np.abs(native), initial=1.0)):
            close.append(name)
    if {"numerator", "denominator"} <= set(close):
        why = "the numbers are symmetric at this point, and both layouts hold them. " + _TRY_AGAIN
        return Verdict("both", why)
    if close:
        name = close[0]
        return Verdict(name, _REASONS[name, len(by) == 2, len(of)] + ", and the numbers agree")
    which_layout(value.shape, of, by)  # a shape that fits nowhere is said so
    raise ValueError(
        "layout_of: the shape fits, the numbers do not, in any layout. The derivative is not that "
        f"of this function at this point; natively it is {np.array2string(native, precision=4)}."
    )


_PURE = {  # one layout of each name, which also arranges a number by a matrix
    "numerator": SOURCES["minka"].layout,
    "denominator": SOURCES["d2l"].layout,
    "vec": SOURCES["magnus"].layout,
}
_TRY_AGAIN = "Take a point or a function whose derivative is not symmetric"
