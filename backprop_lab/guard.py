"""Plain arrays that a tape keeps are read-only while the traced function runs."""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of


def check_cotangent(rule, x_bar, y_bar, shape) -> None:
    """Refuse a cotangent of another shape than its variable's, or in another dtype than `y_bar`.

    That is one which is no float, or turns float32 into float64 by the way.
    """
    if shape_of(x_bar) != shape:
        raise TraceError(
            f"The pullback of {rule.name} returned a cotangent of shape {shape_of(x_bar)} for an "
            f"operand of shape {shape}. A cotangent has the shape of its variable: mend that rule."
        )
    got, dtype = getattr(x_bar, "dtype", None), getattr(y_bar, "dtype", None)
    if got is dtype or got is None:  # the second: a Python number, or cotangents of several outputs
        return
    widened = got == np.float64 and dtype == np.float32 and not rule.casts
    if got.kind not in "fc" or widened:
        raise TraceError(
            f"The pullback of {rule.name} returned a cotangent of dtype {got} for one of dtype "
            f"{dtype}. Floats stay as wide as they are: in that rule, use Python numbers or the "
            "value's own dtype."
        )


def unlock(arrays: list) -> None:
    """Make arrays writeable again: owners first, since a view may not be freer than its owner."""
    if len(arrays) > 1:
        arrays.sort(key=lambda x: x.base is not None)
    for x in arrays:
        x.setflags(write=True)


class Guard:
    """Locks arrays from `with` to the end of it, and leaves each as it was found.

    A function that overwrites an array which the tape keeps, as with a buffer used in a loop,
    would change what the walk back reads. NumPy refuses to write into a locked array, and the
    guard says why.
    """

    def __init__(self):
        self.held: dict[int, np.ndarray] = {}
        self.on = False

    def hold(self, array: np.ndarray) -> None:
        """Lock an array, if the guard is on."""
        if self.on and array.flags.writeable:
            array.flags.writeable = False
            self.held[id(array)] = array

    def __enter__(self):
        self.on = True

    def __exit__(self, kind, error, traceback):
        shapes = error and ", ".join(sorted({str(x.shape) for x in self.held.values()}))
        unlock(list(self.held.values()))
        self.held.clear()
        self.on = False
        if isinstance(error, ValueError) and isinstance(error.__cause__, TraceError):
            raise error.__cause__ from error  # NumPy says "with a sequence"; ours says what to do
        if shapes and isinstance(error, ValueError) and "read-only" in str(error):
            raise TraceError(
                "The function writes into an array that it has used already in a traced operation "
                f"(one of shape {shapes}); the walk back would read the new content. Make a new "
                "array instead."
            ) from error
