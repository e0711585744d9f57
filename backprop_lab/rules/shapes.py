"""Chapter 5: maps that move entries about. Nothing is computed; the adjoint puts all back.

Every adjoint counts its axes from the end, so that a batch of cotangents, numbered by extra axes in
front, goes back at once.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.kinds import composite, linear
from backprop_lab.rules.registry import RULES


def from_the_end(axis, ndim):
    """Name axes by numbers from −ndim to −1, which a batch in front does not change.

    >>> from_the_end(0, 3), from_the_end((0, -1), 2)
    (-3, (-2, -1))
    """
    if np.ndim(axis) == 0:
        return normalize_axis_index(axis, ndim) - ndim
    return tuple([normalize_axis_index(i, ndim) - ndim for i in axis])


def batch_of(y_bar, ndim):
    """Shape of the batch that `y_bar` carries in front of the `ndim` axes of the value."""
    return shape_of(y_bar)[: np.ndim(y_bar) - ndim]


def stand_in(a):
    """Give an array of the shape of `a` in no memory: NumPy's own errors come from calls on it."""
    return np.broadcast_to(np.int8(0), shape_of(a))


def variadic(func, names=""):
    """Build the binder of a function whose positional arguments are all operands."""
    known = names.split()

    def bind(args, kwargs):
        unknown = [k for k in kwargs if k not in known]
        if unknown:
            raise TraceError(
                f"{name_of(func)}: the argument {unknown[0]}= cannot be traced. Leave it out; "
                f"traced calls take (*arrays{''.join(f', {k}' for k in known)})."
            )
        return args, kwargs

    return bind


# --- the same entries in another shape ----------------------------------------------------------


def reshape_back(y_bar, a, ndim, order="C"):
    """Undo any reshape to `ndim` axes: the cotangent takes the operand's shape."""
    if type(y_bar) is np.ndarray and order == "C":  # a third of the time of what follows
        return y_bar.reshape(y_bar.shape[: y_bar.ndim - ndim] + a.shape)
    batch, shape = batch_of(y_bar, ndim), shape_of(a)
    if order == "C":
        return y_bar.reshape(batch + shape) if batch or ndim else np.reshape(y_bar, shape)
    back = np.reshape(_reversed(y_bar, len(batch)), batch + shape[::-1])
    return _reversed(back, len(batch))


def _reversed(x, batch):
    """Reverse all axes behind a batch: reading by columns is reading the transpose by rows."""
    return np.transpose(x, (*range(batch), *range(np.ndim(x) - 1, batch - 1, -1)))


def _known(func, order):
    """Let a function take the orders of reading that do not ask how the memory lies."""
    if order in ("C", "F"):
        return order
    raise TraceError(
        f"{name_of(func)}: order={order!r} reads the entries as they lie in memory, so the result "
        "would not depend on their values alone. Use order='C' or order='F'."
    )


linear(
    np.reshape,
    lambda y_bar, a, shape, order="C": reshape_back(
        y_bar, a, len(shape) if type(shape) is tuple else np.size(shape), order
    ),
    takes="a / shape order",
    value=lambda a, shape, order="C": (
        a.reshape(shape)
        if type(a) is np.ndarray and order == "C"
        else np.reshape(a, shape, _known(np.reshape, order))
    ),
    batched=True,
)
linear(
    np.ravel,
    lambda y_bar, a, order="C": reshape_back(y_bar, a, 1, order),
    takes="a / order",
    value=lambda a, order="C": np.ravel(a, _known(np.ravel, order)),
    batched=True,
)


def _left_by_squeeze(a, axis):
    """How many axes `np.squeeze(a, axis)` leaves."""
    gone = shape_of(a).count(1) if axis is None else np.size(axis)
    return np.ndim(a) - gone if np.ndim(a) else 0  # a number may be squeezed along axis 0


linear(
    np.squeeze,
    lambda y_bar, a, axis=None: reshape_back(y_bar, a, _left_by_squeeze(a, axis)),
    takes="a / axis",
    batched=True,
)
linear(
    np.expand_dims,
    lambda y_bar, a, axis: reshape_back(y_bar, a, np.ndim(a) + np.size(axis)),
    takes="a / axis",
    batched=True,
)


@composite(np.copy, takes="a / order subok")
def copy(a, order="K", subok=False):
    """Give the value itself: a traced value is never changed, so no copy is needed."""
    return a


@primitive
def cast(x, to):
    """Give `x` in the dtype `to`, of floats; the cotangent comes back in the dtype of `x`.

    >>> cast(np.ones(2), np.float32).dtype, cast(2.0, np.float32).dtype
    (dtype('float32'), dtype('float32'))
    """
    to, own = np.dtype(to), _dtype(x)
    if to.kind not in "fc":
        raise TraceError(
            f"np.astype: a traced value (shape {shape_of(x)}) cannot be cast to {to}, in which no "
            "derivative can be followed. Cast between float32 and float64 only. A comparison "
            "(x > 0) and np.floor(x) are constants to a derivative: cast their result."
        )
    if own.kind == "c" and to.kind == "f":
        raise TraceError(
            f"np.astype: {own} cast to {to} would lose the imaginary part. Take np.real(z) or "
            "np.abs(z) first."
        )
    return x.astype(to) if hasattr(x, "astype") else to.type(x)


def _dtype(x):
    return getattr(x, "dtype", np.dtype(float))


def _cast_back(y_bar, x, to):
    """Cast back; a complex cotangent of a real operand stays complex, of the same precision."""
    own = _dtype(x)
    if _dtype(y_bar).kind == "c":
        own = np.result_type(own, np.complex64)
    return cast(y_bar, to=own)


linear(cast, _cast_back, takes="x / to", batched=True, analytic=False)
RULES[cast].casts = True


@composite(np.astype, takes="x to / copy device", analytic=False)
def astype(x, to, copy=True, device=None):
    """Cast to another dtype of floats."""
    return cast(x, to=to)


for func in (cast, np.astype):  # complex step would end at a cast to floats, but the map is linear
    RULES[func].on_complex = "analytic"


def _shapes_at_least(n):
    """How `np.atleast_nd` shapes an array that has fewer axes."""

    def shape(x):
        old = shape_of(x)
        if n == 3 and len(old) in (1, 2):  # three axes: (N,) stands in the middle
            return ((1,) if len(old) == 1 else ()) + old + (1,)
        return (1,) * (n - len(old)) + old

    return shape


def _atleast(func, n):
    shape = _shapes_at_least(n)

    @composite(func, bind=variadic(func))
    def atleast(*arrays):
        out = tuple([x if np.ndim(x) >= n else np.reshape(x, shape(x)) for x in arrays])
        return out[0] if len(out) == 1 else out


_atleast(np.atleast_1d, 1)
_atleast(np.atleast_2d, 2)
_atleast(np.atleast_3d, 3)


# --- axes in another order ----------------------------------------------------------------------


def _transpose_back(y_bar, a, axes=None):
    batch = np.ndim(y_bar) - np.ndim(a)
    if axes is None:
        return _reversed(y_bar, batch)
    inverse = np.argsort([i % np.ndim(a) for i in axes])
    return np.transpose(y_bar, (*range(batch), *(int(i) + batch for i in inverse)))


linear(np.transpose, _transpose_back, takes="a / axes", batched=True)


def _swapaxes_back(y_bar, a, axis1, axis2):
    if y_bar.ndim == a.ndim:  # no batch stands in front
        return y_bar.swapaxes(axis1, axis2)
    return np.swapaxes(y_bar, from_the_end(axis1, a.ndim), from_the_end(axis2, a.ndim))


linear(np.swapaxes, _swapaxes_back, takes="a / axis1 axis2", batched=True)
linear(
    np.moveaxis,
    lambda y_bar, a, source, destination: np.moveaxis(
        y_bar, from_the_end(destination, np.ndim(a)), from_the_end(source, np.ndim(a))
    ),
    takes="a / source destination",
    batched=True,
)


@composite(np.rollaxis, takes="a / axis start")
def rollaxis(a, axis, start=0):
    """Move an axis before the axis `start`: the old spelling of `np.moveaxis`."""
    np.rollaxis(stand_in(a), axis, start)
    n = np.ndim(a)
    axis, start = axis % n, start + n if start < 0 else start
    return np.moveaxis(a, axis, start - (axis < start))


@composite(np.matrix_transpose, takes="x")
def matrix_transpose(x):
    """Swap the last two axes."""
    return np.swapaxes(x, -1, -2)


# --- turned, rolled -----------------------------------------------------------------------------


def _flip_back(y_bar, m, axis=None):
    axes = range(np.ndim(m)) if axis is None else np.atleast_1d(axis)
    return np.flip(y_bar, from_the_end(tuple(axes), np.ndim(m)))


linear(np.flip, _flip_back, takes="m / axis", batched=True)


@composite(np.flipud, takes="m")
def flipud(m):
    """Turn the first axis round."""
    return np.flip(m, 0)


@composite(np.fliplr, takes="m")
def fliplr(m):
    """Turn the second axis round."""
    return np.flip(m, 1)


@composite(np.rot90, takes="m / k axes")
def rot90(m, k=1, axes=(0, 1)):
    """Turn by k right angles, from the first of two axes to the second."""
    np.rot90(stand_in(m), k, axes)
    first, second = axes
    if k % 4 == 0:
        return m
    if k % 4 == 2:
        return np.flip(m, (first, second))
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


def _roll_back(y_bar, a, shift, axis=None):
    """Roll by as much the other way."""
    back = np.negative(np.asarray(shift, np.intp))  # −1 would wrap in uint8
    if axis is not None:
        return np.roll(y_bar, back, from_the_end(axis, np.ndim(a)))
    batch = batch_of(y_bar, np.ndim(a))
    flat = np.reshape(y_bar, (*batch, math.prod(shape_of(a))))
    return np.reshape(np.roll(flat, np.sum(back), -1), batch + shape_of(a))


linear(np.roll, _roll_back, takes="a / shift axis", batched=True)


def _mask_back(func):
    """`np.tril` and `np.triu` keep a part of the last two axes; a vector is copied to rows."""

    def back(y_bar, m, k=0):
        ndim = max(np.ndim(m), 2)
        return unbroadcast(func(y_bar, k), shape_of(m), np.ndim(y_bar) - ndim)

    return back


linear(np.tril, _mask_back(np.tril), takes="m / k", batched=True)
linear(np.triu, _mask_back(np.triu), takes="m / k", batched=True)
