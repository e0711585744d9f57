"""What goes into a transform and what comes out: checked, named when refused, and of its own.

Python floats go in and come out, Python integers are taken as floats. Arrays of float16, float32,
float64 and longdouble keep their dtype; memory-mapped, read-only and strided ones are as good as
any. Refused are integers and booleans (a derivative in them means nothing), complex numbers,
objects, and subclasses of arrays whose arithmetic is not that of arrays, such as `np.matrix`.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of
from backprop_lab.traced import Traced
from backprop_lab.trees import LEAF, Structure, flatten

_PLAIN_ARRAYS = (np.ndarray, np.memmap)  # subclasses but these may redefine what `*` means


def as_primal(x, position, transform: str, copy: bool = False, what: str = "argument"):
    """Check that `x` can be differentiated in. Python ints become floats, arrays stay.

    `position` is the place of the argument, with the path of the leaf where it is a tree.
    """
    if isinstance(x, Traced) or type(x) is float:
        return x
    where = f"{transform}: {what} {position}"
    if isinstance(x, (bool, str, bytes, list, tuple, dict, set, frozenset)) or x is None:
        raise TraceError(
            f"{where} is a {type(x).__name__}, {x!r:.40}; a float or an array of floats is needed. "
            + _instead(x, position)
        )
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(x)
    if isinstance(x, np.ndarray) and type(x) not in _PLAIN_ARRAYS:
        raise TraceError(
            f"{where} is a {type(x).__name__}, of shape {x.shape}, whose own arithmetic a trace "
            "would lose. Pass a plain array: np.asarray(x), or x.filled(0.0) of a masked one."
        )
    array = np.asarray(x)
    if array.dtype.kind == "f":
        if not isinstance(x, np.ndarray):
            return x if isinstance(x, np.generic) else array
        return array.copy() if copy else array
    if array.dtype.kind in "iub":
        raise TraceError(
            f"{where} is an array of {array.dtype}, of shape {array.shape}. "
            "A derivative in integers means nothing: pass x.astype(float), or a static value by "
            "keyword."
        )
    if isinstance(x, (np.ndarray, np.generic, complex)):
        raise TraceError(f"{where} has dtype {array.dtype}; float32 or float64 is needed.")
    raise TraceError(
        f"{where} is a {type(x).__name__}, {x!r:.40}; a float or an array of floats is needed. "
        + _instead(x, position)
    )


def _instead(x, position):
    """Say what to do with a value that is no float, at the top or within a tree."""
    if isinstance(x, (list, tuple)):
        return "Pass np.array(...) of it."
    if isinstance(position, int) or str(position).isdigit():
        return "Pass it as a keyword argument: keyword arguments are static."
    return (
        "Take it out of the tree and pass it as a keyword argument: keyword arguments are static. "
        'A field of a dataclass may say so itself: field(metadata={"static": True}).'
    )


def as_primals(tree, position: int, transform: str, copy=False) -> tuple[list, Structure]:
    """Take the tree of an argument apart and check each leaf, naming the one that is refused."""
    if type(tree) is float or (type(tree) is np.ndarray and tree.dtype.kind == "f"):
        return [tree.copy() if copy and type(tree) is np.ndarray else tree], LEAF  # the quick way
    if tree is None:
        as_primal(tree, position, transform)  # within a tree it is a part that is not there
    leaves, structure = flatten(tree)
    paths, checked = None, []
    for i, x in enumerate(leaves):
        if type(x) is not float and not isinstance(x, Traced):
            if not (type(x) is np.ndarray and x.dtype.kind == "f"):
                paths = paths or structure.paths()
                x = as_primal(x, f"{position}{paths[i]}", transform, copy)
            elif copy:
                x = x.copy()
        checked.append(x)
    return checked, structure


def plain(x):
    """Give a scalar as a Python float; leave arrays, float32 scalars and traced values alone.

    >>> plain(np.float64(0.125))
    0.125
    """
    if isinstance(x, np.float64):
        return float(x) + 0.0  # -0.0 reads like a mistake; 0.0 is the same number
    if isinstance(x, np.ndarray) and x.shape == ():
        return plain(x[()])
    return x


def function_name(f) -> str:
    """Name a function as its author did; `f` where it has no name."""
    name = getattr(f, "__name__", "f")
    return "f" if name == "<lambda>" else name


def dtype_of(x) -> np.dtype:
    """Dtype in which the derivatives of `x` are kept: its own, or float64 for what is no float."""
    dtype = getattr(x, "dtype", np.dtype(float))
    return dtype if dtype.kind == "f" else np.dtype(float)


def zeros_like(x, batch: tuple[int, ...] = ()):
    """Make the derivative that is zero, of the shape and dtype of `x`."""
    return np.zeros(batch + shape_of(x), dtype_of(x))


def without_data(x):
    """Give an array of the shape and dtype of the array `x`, in no memory."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape) if isinstance(x, np.ndarray) else x


def check_output(f, y, path: str = "") -> None:
    """Refuse a result, or a leaf of one, in which no derivative can be followed."""
    at = f" at {path}" if path else ""
    kind = getattr(getattr(y, "dtype", None), "kind", "")
    if isinstance(y, complex) or kind == "c":
        raise TraceError(
            f"{function_name(f)} returned complex numbers{at}; derivatives here are of real "
            "functions. A complex constant, or a fractional power of a negative number, brings "
            "them in. Return np.real(z), np.imag(z) or np.abs(z)."
        )
    if kind == "O":
        raise TraceError(
            f"{function_name(f)} returned an array of objects{at}, in which no gradient can be "
            "followed. Join traced values with np.stack([x, y])."
        )
    if isinstance(y, (Traced, np.ndarray, np.generic, float, int)) and kind in ("", *"fiub"):
        return
    raise TraceError(
        f"{function_name(f)} returned a {type(y).__name__}{at}; numbers and arrays are needed. "
        + (
            "Is a `return` missing?"
            if y is None
            else "Leave it out; grad and value_and_grad hand it on with has_aux=True."
        )
    )


def as_outputs(f, tree) -> tuple[list, Structure]:
    """Take the result of `f` apart; its leaves are still to be checked, one level down."""
    if isinstance(tree, Traced):
        return [tree], LEAF
    if tree is None:
        check_output(f, tree)
    return flatten(tree)


def fresh(bar, x):
    """Hand out the derivative `bar` in the dtype of its variable `x`, as an array of its own."""
    if isinstance(bar, Traced):
        return bar
    if type(bar) is float is type(x):  # the quick way for scalar code
        return bar + 0.0
    if type(bar) is np.ndarray is type(x) and bar.dtype is x.dtype and bar.ndim and x.ndim:
        if x.dtype.kind == "f":  # and for arrays
            return bar if bar.base is None else bar.copy()
    if getattr(bar, "dtype", np.dtype(float)).kind == "c":
        raise TraceError(
            "A complex number arose on the way; derivatives here are of real functions. Look for "
            "a complex constant, or a fractional power of a negative number."
        )
    bar = np.asarray(bar, dtype_of(x))
    return plain(bar if bar.flags.owndata else bar.copy())


def own(derivatives: list, given) -> list:
    """Copy what stands twice among `derivatives`, or is one of `given`: x + x shares a cotangent.

    Each may then be written to.
    """
    if len({*map(id, derivatives), *map(id, given)}) == len(derivatives) + len(given):
        return derivatives  # the quick way: each stands once
    seen = {id(x) for x in given}
    out = []
    for bar in derivatives:
        if isinstance(bar, np.ndarray) and id(bar) in seen:
            bar = bar.copy()
        seen.add(id(bar))
        out.append(bar)
    return out


def as_tangent(x, x_dot, position, transform: str):
    """Check that `x_dot` is a tangent of `x`: real, and of its shape."""
    whose = f"argument {position}"
    x_dot = _as_direction(x, x_dot, f"{transform}: tangent {position}", whose)
    if shape_of(x) != shape_of(x_dot):
        raise TraceError(
            f"{transform}: the tangent of {whose} has shape {shape_of(x_dot)}; its "
            f"primal has shape {shape_of(x)}. A tangent has the shape of its variable."
        )
    return x_dot


def as_cotangent(y, y_bar, path: str = "", what: str = "The cotangent", whose: str = "the value"):
    """Check that `y_bar` is a cotangent of `y`: real, and of its shape."""
    y_bar = _as_direction(y, y_bar, f"{what}{path}", whose)
    if shape_of(y_bar) != shape_of(y):
        raise TraceError(
            f"{what}{path} has shape {shape_of(y_bar)}; {whose}{path} has shape {shape_of(y)}. A "
            "cotangent has the shape of its variable."
        )
    return y_bar


def _as_direction(x, direction, what, whose):
    """Take real numbers, in a list too, as a tangent or cotangent, in the dtype of `x`.

    Whole numbers are as good as floats: nothing is differentiated in a direction.
    """
    needed = f"real numbers are needed, in the shape {shape_of(x)} of {whose}."
    if isinstance(direction, Traced):
        if direction.dtype.kind == "c":
            raise TraceError(f"{what} is complex; {needed} Return np.real(…) of it.")
        return direction
    try:
        array = np.asarray(direction)
    except ValueError:
        raise TraceError(
            f"{what} is {direction!r:.40}, with rows of two lengths; {needed}"
        ) from None
    if array.dtype.kind not in "fiu":
        raise TraceError(f"{what} is {direction!r:.40}, of dtype {array.dtype}; {needed}")
    if isinstance(direction, np.ndarray) and type(direction) not in _PLAIN_ARRAYS:
        raise TraceError(f"{what} is a {type(direction).__name__}; a plain array is needed.")
    return np.asarray(array, dtype_of(x))[()]  # float32 stays float32


def places(argnums, args, transform: str) -> list[int]:
    """Give the places of the arguments that `argnums` names, counted from the start."""
    try:
        if type(argnums) is int:
            numbers = [argnums]
        else:
            several = argnums if type(argnums) is tuple else np.atleast_1d(argnums)
            numbers = [operator.index(i) for i in several]
    except TypeError:
        raise TraceError(
            f"{transform}: argnums={argnums!r} must be a whole number or a tuple of them, the "
            "places of positional arguments."
        ) from None
    for i in numbers:
        if not -len(args) <= i < len(args):
            raise TraceError(
                f"{transform}: argnums={argnums} asks for argument {i}; the call has "
                f"{len(args)} positional arguments. (Keyword arguments are static.)"
            )
    numbers = [i % len(args) for i in numbers]
    if len(set(numbers)) < len(numbers):
        raise TraceError(
            f"{transform}: argnums={argnums} names an argument twice. Name each one once."
        )
    return numbers
