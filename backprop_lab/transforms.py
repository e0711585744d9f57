"""From a function to its derivatives: vjp, jvp, grad, value_and_grad, jacobian.

Shapes: a gradient has the shape of its variable; `jacobian` has `shape(output) + shape(input)`.
Positional arguments are differentiable, keyword arguments are static. Python integers are taken as
floats; integer arrays are refused, since a derivative in an integer means nothing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.forward import Dual, Forward
from backprop_lab.rules import shape_of
from backprop_lab.tape import Tape, Var, backward, ones_like_output
from backprop_lab.traced import Traced


def vjp(f: Callable, *primals, **static) -> tuple:
    """Run `f` once, and give its value and its pullback.

    `pullback(y_bar)` takes a cotangent of the shape of the value and returns a tuple of
    cotangents, one a primal, each of its primal's shape: x̄ = Jᵀȳ. It may be called many times,
    and gives the same answer each time. Primals and value are copied, so writing to them
    afterwards changes nothing. Other arrays that `f` uses are read-only while it runs; leave them
    as they are until the last pullback has run.

    Raises `TraceError` for integer arrays, for code that cannot be traced, and for a cotangent of
    the wrong shape.

    >>> value, pullback = vjp(lambda x: np.exp(x), np.array([0.0, 1.0]))
    >>> pullback(np.array([1.0, 0.0]))
    (array([1., 0.]),)

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapter 3.
    """
    tape = Tape()
    primals = [as_primal(x, i, "vjp", copy=True) for i, x in enumerate(primals)]
    inputs = [tape.watch(x) for x in primals]
    y, index = _output(f, tape.run(f, inputs, static), tape)

    def pullback(y_bar) -> tuple:
        return _cotangents(tape, index, _as_cotangent(y_bar, y), primals)

    return plain(y.copy() if isinstance(y, np.ndarray) else y), pullback


def value_and_grad(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """Make the function that gives `f`'s value and its gradient from one run.

    `f` must return a scalar. With an int `argnums` the gradient is one array of that primal's
    shape; with a sequence, a tuple of them.

    >>> value_and_grad(lambda w: np.sum(w**2))(np.array([3.0, 4.0]))
    (25.0, array([6., 8.]))
    """

    @functools.wraps(f)
    def value_and_gradient(*args, **static):
        numbers = _argnums(argnums, args, "grad")
        tape = Tape()
        args = list(args)
        primals = []
        for i in numbers:
            primals.append(as_primal(args[i], i, "grad"))
            args[i] = tape.watch(primals[-1])
        y, index = _output(f, tape.run(f, args, static), tape)
        if shape_of(y) != ():
            raise TraceError(
                f"grad needs a scalar output; {_name(f)} returned shape {shape_of(y)}. "
                f"Use vjp({_name(f)}, x) and choose the cotangent yourself."
            )
        bars = _cotangents(tape, index, ones_like_output(y), primals)
        return plain(y), bars[0] if isinstance(argnums, (int, np.integer)) else bars

    return value_and_gradient


def grad(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """Make the gradient function of a scalar function.

    >>> grad(lambda w, x: w * x**2)(0.5, 3.0)
    9.0
    >>> grad(lambda w, x: w * x**2, argnums=(0, 1))(0.5, 3.0)
    (9.0, 3.0)
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args, **static):
        return both(*args, **static)[1]

    return gradient


def jvp(f: Callable, primals: Sequence, tangents: Sequence, **static) -> tuple:
    """Run `f` forward with tangents: `(value, J ẋ)`.

    `tangents[i]` has the shape of `primals[i]`; the tangent of the value has the value's shape.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapter 3.
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TraceError(
            "jvp takes a tuple of primals and a tuple of tangents: jvp(f, (x,), (v,))."
        )
    if len(primals) != len(tangents):
        raise TraceError(
            f"jvp got {len(primals)} primals and {len(tangents)} tangents. Give every primal a "
            "tangent of its shape, zeros where it does not move."
        )
    trace, duals = Forward(), []
    for i, (x, x_dot) in enumerate(zip(primals, tangents, strict=True)):
        x = as_primal(x, i, "jvp")
        x_dot = _in_dtype_of(x, as_primal(x_dot, i, "jvp", what="tangent"))
        if shape_of(x) != shape_of(x_dot):
            raise TraceError(
                f"jvp: the tangent of argument {i} has shape {shape_of(x_dot)}; its primal has "
                f"shape {shape_of(x)}. A tangent has the shape of its variable."
            )
        duals.append(Dual(x, x_dot, trace))
    y = f(*duals, **static)
    if isinstance(y, Dual) and y.trace is trace:
        return plain(_as_array_output(f, y.value)), _fresh(y.tangent, y.value)
    y = _as_array_output(f, y)
    return plain(y), plain(np.zeros(shape_of(y), _dtype_of(y)))


def jacobian(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """Make the function that gives the whole Jacobian, of shape `shape(output) + shape(input)`.

    Row by row it pulls the unit cotangents back; where every rule on the way allows it (its
    `batched` flag), all rows go back at once.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0, 3.0]))
    array([[2., 0., 0.],
           [0., 4., 0.],
           [0., 0., 6.]])
    """

    @functools.wraps(f)
    def full_jacobian(*args, **static):
        numbers = _argnums(argnums, args, "jacobian")
        tape = Tape()
        args = list(args)
        primals = []
        for i in numbers:
            primals.append(as_primal(args[i], i, "jacobian"))
            args[i] = tape.watch(primals[-1])
        y, index = _output(f, tape.run(f, args, static), tape)
        blocks = _pull_back_identity(tape, index, y, primals)
        return blocks[0] if isinstance(argnums, (int, np.integer)) else tuple(blocks)

    return full_jacobian


def _pull_back_identity(tape, index, y, primals):
    """Every row of the Jacobian for each primal: the pullbacks of the unit cotangents."""
    shape = shape_of(y)
    size = int(np.prod(shape))
    units = np.reshape(np.eye(size, dtype=_dtype_of(y)), (size, *shape))
    index = index if size else None  # a Jacobian without rows needs no walk
    entries = [] if index is None else tape.entries[: index + 1]
    if all(e.rule is None or e.rule.batched for e in entries):
        rows = _cotangents(tape, index, units, primals, batch=(size,))
    else:
        pulled = [_cotangents(tape, index, unit[()], primals) for unit in units]
        rows = [np.stack(bars) for bars in zip(*pulled, strict=True)]
    return [plain(np.reshape(r, shape + shape_of(x))) for r, x in zip(rows, primals, strict=True)]


# --- what goes in, what comes out -----------------------------------------------------------------


def as_primal(x, position: int, transform: str, copy: bool = False, what: str = "argument"):
    """Check that `x` can be differentiated in. Python ints become floats, arrays stay."""
    if isinstance(x, Traced):
        return x
    if isinstance(x, (bool, str, bytes, list, tuple, dict, set)) or x is None:
        hint = (
            "Pass np.array(...) of it."
            if isinstance(x, (list, tuple))
            else "Pass it as a keyword argument: keyword arguments are static."
        )
        raise TraceError(
            f"{transform}: {what} {position} is a {type(x).__name__}, {x!r:.40}; a float or an "
            f"array of floats is needed. {hint}"
        )
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(x)
    array = np.asarray(x)
    if np.issubdtype(array.dtype, np.floating):
        if not isinstance(x, np.ndarray):
            return x if isinstance(x, np.generic) else array
        return array.copy() if copy else array
    if np.issubdtype(array.dtype, np.integer) or array.dtype == bool:
        raise TraceError(
            f"{transform}: {what} {position} is an array of {array.dtype}, of shape {array.shape}. "
            "A derivative in integers means nothing: pass x.astype(float), or a static value by "
            "keyword."
        )
    raise TraceError(
        f"{transform}: {what} {position} has dtype {array.dtype}; float32 or float64 is needed."
    )


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


def _name(f):
    name = getattr(f, "__name__", "f")
    return "f" if name == "<lambda>" else name


def _dtype_of(x):
    """Dtype in which the derivatives of `x` are kept: its own, or float64 for what is no float."""
    dtype = getattr(x, "dtype", np.dtype(float))
    return dtype if dtype.kind == "f" else np.dtype(float)


def _as_array_output(f, y):
    kind = getattr(getattr(y, "dtype", None), "kind", "")
    if isinstance(y, complex) or kind == "c":
        raise TraceError(
            f"{_name(f)} returned complex numbers; derivatives here are of real functions. A "
            "complex constant, or a fractional power of a negative number, brings them in."
        )
    if isinstance(y, (Traced, np.ndarray, np.generic, float, int)) and kind != "O":
        return y
    if kind == "O":
        raise TraceError(
            f"{_name(f)} returned an array of objects, in which no gradient can be followed. Join "
            "traced values with np.stack([x, y])."
        )
    raise TraceError(
        f"{_name(f)} returned a {type(y).__name__}; one number or array is needed. "
        + (
            "Is a `return` missing?"
            if y is None
            else "Join several with np.concatenate, or return them from functions of their own."
        )
    )


def _output(f, y, tape):
    """Value of the output, and its entry's number, or None where it depends on no primal."""
    if isinstance(y, Var) and y.trace is tape:
        return _as_array_output(f, y.value), y.index
    return _as_array_output(f, y), None


def _fresh(bar, x):
    """Hand out the derivative `bar` in the dtype of its variable `x`, as an array of its own."""
    if isinstance(bar, Traced):
        return bar
    if getattr(bar, "dtype", np.dtype(float)).kind == "c":
        raise TraceError(
            "A complex number arose on the way; derivatives here are of real functions. Look for "
            "a complex constant, or a fractional power of a negative number."
        )
    bar = np.asarray(bar, _dtype_of(x))
    return plain(bar if bar.flags.owndata else bar.copy())


def _cotangents(tape, index, y_bar, primals, batch=()):
    bars = [] if index is None else backward(tape, index, y_bar, batch=batch)
    out = []
    for i, x in enumerate(primals):
        bar = bars[i] if i < len(bars) else None
        if bar is None:  # nothing arrived: the output does not depend on this primal
            bar = np.zeros(batch + shape_of(x), _dtype_of(x))
        bar = _fresh(bar, x)
        # x + x hands one cotangent to two primals: each gets an array that it may write to.
        shared = isinstance(bar, np.ndarray) and any(bar is other for other in (y_bar, *out))
        out.append(bar.copy() if shared else bar)
    return tuple(out)


def _in_dtype_of(x, direction):
    """Take a tangent or cotangent in the dtype of `x`, so that float32 stays float32."""
    if isinstance(direction, Traced):
        return direction
    return np.asarray(direction, _dtype_of(x))[()]


def _as_cotangent(y_bar, y):
    if not isinstance(y_bar, Traced):
        given = np.asarray(y_bar)
        if given.dtype.kind not in "fiub":
            raise TraceError(
                f"The cotangent is {y_bar!r:.40}, of dtype {given.dtype}; real numbers are needed, "
                f"in the shape {shape_of(y)} of the value."
            )
    if shape_of(y_bar) != shape_of(y):
        raise TraceError(
            f"The cotangent has shape {shape_of(y_bar)}; the value has shape {shape_of(y)}. A "
            "cotangent has the shape of its variable."
        )
    return _in_dtype_of(y, y_bar)


def _argnums(argnums, args, transform):
    try:
        numbers = [operator.index(i) for i in np.atleast_1d(argnums)]
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
