"""Functions with several outputs, as `np.linalg.eigh`: one entry for all, one for each of them.

The entry of the function stands for the tuple of its outputs; its cotangent is a `Several`, the
tuple of theirs. From it one entry is picked for each output, with the edge that puts the output's
cotangent in its place. So nothing in the walk is special.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules import Link, shape_of


class Several:
    """Cotangents of the outputs of one function; None where nothing arrived, which means zero.

    It has a shape, the tuple of all shapes after those of a batch, and it can be added to another:
    that is all that the walk asks of a cotangent.
    """

    __slots__ = ("bars", "dtypes", "shapes")

    def __init__(self, bars, shapes, dtypes):
        self.bars = bars
        self.shapes = shapes
        self.dtypes = dtypes

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the axes in front of those of the outputs."""
        pairs = zip(self.bars, self.shapes, strict=True)
        return next(shape_of(b)[: np.ndim(b) - len(s)] for b, s in pairs if b is not None)

    @property
    def shape(self) -> tuple:
        """The axes of the batch, then the shapes of all outputs."""
        return self.batch + self.shapes

    def __add__(self, other: Several) -> Several:
        """Add output by output."""
        pairs = zip(self.bars, other.bars, strict=True)
        bars = [b if a is None else a if b is None else a + b for a, b in pairs]
        return Several(bars, self.shapes, self.dtypes)

    def filled(self) -> tuple:
        """Give a cotangent for every output, zeros where nothing arrived."""
        return tuple(
            np.zeros(self.batch + s, d) if b is None else b
            for b, s, d in zip(self.bars, self.shapes, self.dtypes, strict=True)
        )


def _put(y_bar, kept):
    """Pull back along the edge of one output: its cotangent in its place, nothing elsewhere."""
    place, shapes, dtypes = kept
    return Several([y_bar if i == place else None for i in range(len(shapes))], shapes, dtypes)


def _pull_all(y_bar, pullback):
    return pullback(y_bar.filled())


def several_outputs(tape, ys, rule, parents, pullbacks):
    """Append the entries of a function of several outputs; give its own tuple of traced values."""
    shapes = tuple(shape_of(y) for y in ys)
    dtypes = tuple(getattr(y, "dtype", np.dtype(float)) for y in ys)
    whole = tape.append(None, Link(rule, _pull_all), parents, pullbacks, shapes)
    put = Link(rule, _put)
    outputs = [
        tape.append(y, put, (whole.index,), ((i, shapes, dtypes),)) for i, y in enumerate(ys)
    ]
    return rebuilt(ys, outputs)


def rebuilt(ys, outputs):
    """Give the outputs in the kind of tuple that the function gives, such as `EighResult`."""
    make = getattr(type(ys), "_make", None)
    return make(outputs) if make else tuple(outputs)
