"""What a tape keeps stays as it was: arrays are read-only while the function runs, or copied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of


def check_cotangent(rule, x_bar, y_bar, shape, has_complex) -> None:
    """Refuse a cotangent of another shape than its variable's, or in another dtype than `y_bar`.

    That is one which is no float, or turns float32 into float64 by the way, or is complex where no
    value on the tape is.
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
    if got.kind not in ("fc" if has_complex else "f") or widened:
        raise TraceError(
            f"The pullback of {rule.name} returned a cotangent of dtype {got} for one of dtype "
            f"{dtype}. Floats stay as wide as they are: in that rule, use Python numbers or the "
            "value's own dtype."
        )


_waiting: list[np.ndarray] = []  # locked views whose owner another run holds


def unlock(arrays: list) -> None:
    """Make arrays writeable again: owners first, since a view may not be freer than its owner.

    A view whose owner is locked still, by a run around this one, waits for the end of that run.
    """
    if len(arrays) > 1 or _waiting:
        arrays = sorted([*arrays, *_waiting], key=lambda x: x.base is not None)
        _waiting.clear()
    for x in arrays:
        try:
            x.setflags(write=True)
        except ValueError:
            _waiting.append(x)


def lock(array: np.ndarray, held: dict[int, np.ndarray]) -> None:
    """Make an array read-only, and the one whose memory it shows. `held` takes both.

    >>> table, held = np.zeros((2, 3)), {}
    >>> lock(table[0], held)
    >>> table.flags.writeable, len(held)
    (False, 2)
    """
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            array.flags.writeable = False
            held[id(array)] = array
        array = array.base


_COPIED = 4096  # entries: an array of so few is copied sooner than it is locked
CHANGEABLE = frozenset({np.ndarray, list, tuple})  # parameters that may change, or hold what may


def snapshot(params: dict, hold: Callable) -> dict:
    """Keep parameters as they are now: indices, masks and the like, which the way back reads again.

    They are often buffers that a loop fills anew, so lists and small arrays are copied; large
    arrays are handed to `hold`.

    >>> index = np.array([0, 0])
    >>> kept = snapshot({"index": index, "axis": 0}, hold=print)
    >>> index[0] = 7
    >>> kept
    {'index': array([0, 0]), 'axis': 0}
    """
    return {name: _as_it_is(value, hold) for name, value in params.items()}


def _as_it_is(value, hold):
    kind = type(value)
    if kind is np.ndarray:
        if value.size <= _COPIED:
            return value.copy()
        hold(value)
    elif kind in CHANGEABLE:
        return kind([_as_it_is(v, hold) for v in value])
    return value


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
        """Lock an array and its owner, if the guard is on."""
        if self.on:
            lock(array, self.held)

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
                f"(one of shape {shapes}), or into one that shares its memory; the walk back would "
                "read the new content. Make a new array instead."
            ) from error
