"""The layouts of derivatives: ten sources, and the way from one to another.

Everybody agrees on the numbers ∂(output)/∂(input) and nobody on where to put them. The **native**
form is the engine's: an array of the shape `of + by`, the output's axes first. A `Layout` says how
a source arranges the same numbers in a matrix; `arrange` and `restore` go there and back.
`which_layout` tells layouts apart; the formulas in each of them are in `lines`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GRADIENTS, JACOBIANS = ("row", "column"), ("numerator", "denominator")
MATRICES, LAYERS = ("shape", "transposed", "vec", None), ("Wx", "XW", "XWT")


@dataclass(frozen=True)
class Layout:
    """Where a layout puts the entries of a derivative.

    - `gradient`, a number by a column of n entries: a "row" (1, n) or a "column" (n, 1);
    - `jacobian`, m outputs by n inputs: "numerator" (m, n) or "denominator" (n, m);
    - `matrix`, a number by a (p, q) matrix: its "shape" (p, q), "transposed" (q, p), or "vec", a
      row (1, pq) of its columns one after another; None where the source does not say;
    - `layer`, how a linear layer is written: "Wx" for columns, "XW" and "XWT" for rows of samples.

    >>> Layout("row", "numerator", "shape", "Wx").name
    'numerator'
    """

    gradient: str
    jacobian: str
    matrix: str | None = "shape"
    layer: str = "Wx"

    def __post_init__(self):
        choices = {"gradient": GRADIENTS, "jacobian": JACOBIANS, "matrix": MATRICES}
        for field, allowed in (choices | {"layer": LAYERS}).items():
            if getattr(self, field) not in allowed:
                raise ValueError(
                    f"Layout: {field} is {getattr(self, field)!r}; choose one of {allowed}."
                )

    @property
    def name(self) -> str:
        """The family: numerator, denominator, or mixed where the two answers disagree."""
        families = {("row", "numerator"): "numerator", ("column", "denominator"): "denominator"}
        return families.get((self.gradient, self.jacobian), "mixed")


OURS = Layout("column", "numerator", "shape", "XW")


@dataclass(frozen=True)
class Source:
    """A source, its layout, the place where it says so, and the answers that we could not check.

    `unsure` names fields of the layout: we have them from memory or from somebody else's notes, or
    (where the field is None) did not read what the source says.
    """

    name: str
    layout: Layout
    cite: str
    where: str
    unsure: tuple[str, ...] = ()


_ROW, _COLUMN = ("row", "numerator"), ("column", "denominator")
_MIXED = ("column", "numerator")
SOURCES: dict[str, Source] = {
    "magnus": Source(
        "Magnus & Neudecker", Layout(*_ROW, "vec"), "magnus2019", "chapter 9, section 1",
        ("matrix",),
    ),
    "minka": Source(
        "Minka", Layout(*_ROW, "transposed"), "minka2000", "section 1, the table"
    ),
    "mml": Source(
        "Deisenroth, Faisal & Ong", Layout(*_ROW, "shape"), "deisenroth2020",
        "definition 5.6 and (5.104) to (5.107)", ("matrix",),
    ),
    "parr": Source(
        "Parr & Howard", Layout(*_ROW, None), "parr2018", "“Matrix calculus”, and its reference"
    ),
    "cs224n": Source(
        "CS224n (Clark)", Layout(*_ROW, "shape"), "clark2019", "section 3, (1) and (5)"
    ),
    "aggarwal": Source(
        "Aggarwal", Layout(*_COLUMN, None), "aggarwal2023", "section 2.5, (2.20), theorem 2.5.1",
        ("gradient", "jacobian", "matrix"),
    ),
    "d2l": Source(
        "Dive into Deep Learning", Layout(*_COLUMN, "shape", "XW"), "zhang2023",
        "“Calculus: gradients” and “A little matrix calculus”",
    ),
    "goodfellow": Source(
        "Goodfellow, Bengio & Courville", Layout(*_MIXED, "shape", "XW"), "goodfellow2016",
        "sections 6.5.2, 6.5.6 and 6.5.7",
    ),
    "boyd": Source(
        "Boyd & Vandenberghe", Layout(*_MIXED, None), "boyd2004", "appendix A.4", ("matrix",)
    ),
    "torch": Source(
        "PyTorch", Layout(*_MIXED, "shape", "XWT"), "paszke2019",
        "torch.nn.Linear, torch.func.jacrev",
    ),
}  # fmt: skip


# --- there and back ---------------------------------------------------------------------------
def shape_in(layout: Layout, of: tuple, by: tuple) -> tuple:
    """Shape of the derivative of an array of shape `of` by one of shape `by`, in a layout.

    >>> shape_in(SOURCES["minka"].layout, of=(), by=(3, 2))
    (2, 3)

    Raises `ValueError` for a pair of shapes, such as a matrix by a matrix, that the layout does
    not arrange in one matrix.
    """
    size = int(np.prod(by))
    match len(of), len(by):
        case 0, 0:
            return ()
        case 0, 1:
            return (1, size) if layout.gradient == "row" else (size, 1)
        case 1, (0 | 1):
            return (of[0], size) if layout.jacobian == "numerator" else (size, of[0])
        case 0, 2 if layout.matrix:
            return {"shape": by, "transposed": by[::-1], "vec": (1, size)}[layout.matrix]
    reason = "says nothing of" if len(of) == 0 and len(by) == 2 else "does not put in one matrix"
    raise ValueError(
        f"This layout {reason} a derivative of shape {of} by {by}. Keep the native array of shape "
        f"{(*of, *by)}, or stack the matrices' columns to vectors first."
    )


def arrange(native, of: tuple, by: tuple, layout: Layout) -> np.ndarray:
    """Arrange a native derivative, of shape `of + by`, as a layout has it.

    >>> arrange(np.array([1.0, 2.0, 3.0]), of=(), by=(3,), layout=SOURCES["mml"].layout)
    array([[1., 2., 3.]])
    """
    native, shape = np.asarray(native), shape_in(layout, of, by)
    if native.shape != (*of, *by):
        raise ValueError(
            f"arrange: the native derivative of {of} by {by} has shape {(*of, *by)}; got "
            f"{native.shape}. For an array in some other layout, use restore or convert."
        )
    turned = _is_turned(layout, of, by)
    return np.reshape(native.T if turned else native, shape)


def restore(value, of: tuple, by: tuple, layout: Layout) -> np.ndarray:
    """Give the native derivative, of shape `of + by`, from a source's arrangement.

    >>> restore([[1.0, 2.0, 3.0]], of=(), by=(3,), layout=SOURCES["mml"].layout)
    array([1., 2., 3.])
    """
    value, shape = np.asarray(value), shape_in(layout, of, by)
    if value.shape != shape:
        raise ValueError(
            f"restore: in this layout ({layout.name}) the derivative of {of} by {by} has shape "
            f"{shape}; got {value.shape}. which_layout says whose shape that is."
        )
    native = (*of, *by)
    return (
        np.reshape(value, native[::-1]).T if _is_turned(layout, of, by) else value.reshape(native)
    )


def convert(value, of: tuple, by: tuple, source: Layout, target: Layout) -> np.ndarray:
    """Carry a derivative from one layout to another: other places, sometimes another shape.

    >>> mml, d2l = SOURCES["mml"].layout, SOURCES["d2l"].layout
    >>> convert([[1, 2], [3, 4], [5, 6]], of=(3,), by=(2,), source=mml, target=d2l)
    array([[1, 3, 5],
           [2, 4, 6]])
    """
    return arrange(restore(value, of, by, source), of, by, target)


def _is_turned(layout, of, by) -> bool:
    """Whether the entries stand in the order of the transposed native array."""
    if len(by) == 2:
        return layout.matrix in ("transposed", "vec")  # vec stacks columns: the transposed order
    return len(of) == len(by) == 1 and layout.jacobian == "denominator"
