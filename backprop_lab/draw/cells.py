"""Matrices in a figure: what is taken, how an entry is written, how a matrix is said."""

from __future__ import annotations

import numpy as np

from backprop_lab.draw import words
from backprop_lab.draw.paper import SMALL, width_of
from backprop_lab.errors import TraceError

MOST_CELLS = 8  # rows or columns of a matrix that one can still read


def matrix(J, who: str) -> np.ndarray:
    """Take a matrix of real numbers, or refuse it in the name of `who`."""
    array = np.asarray(J)
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "biuf":
        raise TraceError(
            f"{who} needs a matrix of real numbers, of shape (outputs, inputs); got shape "
            f"{array.shape} of {array.dtype}. Give one Jacobian of a vector function at one point."
        )
    if max(array.shape) > MOST_CELLS:
        raise TraceError(
            f"{who}: shape {array.shape} is too large to read; at most {MOST_CELLS} rows and "
            "columns. Take a smaller example."
        )
    return array.astype(float)


def number(value: float, room: float, size: float = SMALL) -> str:
    """Write a number with as many digits, 4 at most, as `room` points take."""
    for digits in (4, 3, 2, 1):
        text = f"${words.tex_number(value, digits)}$"
        if width_of(text, size) <= room:
            return text
    return text


def say_row(row) -> str:
    """Say a vector: (1, −2)."""
    return f"({', '.join(words.say_number(v) for v in row)})"


def say_rows(array) -> str:
    """Say a matrix by its rows: [(1, 0); (0, 1)]."""
    return f"[{'; '.join(say_row(row) for row in array)}]"
