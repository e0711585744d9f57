"""Grids between two ends, and polynomials on points."""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.calculus import as_array
from backprop_lab.rules.kinds import composite, linear, rule
from backprop_lab.rules.reductions import dtype_of

# --- polynomials ----------------------------------------------------------------------------------


@composite(np.polyval, takes="p x")
def polyval(p, x):
    """Horner's rule: the highest power's coefficient comes first."""
    x = as_array(x)
    y = np.zeros_like(x)
    for coefficient in as_array(p):
        y = y * x + coefficient
    return y


@composite(np.vander, takes="x / N increasing")
def vander(x, N=None, increasing=False):
    """One column a power of `x`, the highest first unless `increasing`."""
    x = as_array(x)
    x = np.astype(x, np.promote_types(dtype_of(x), int))  # float32 gives float64, as in NumPy
    n = shape_of(x)[0]
    N = n if N is None else N
    one = np.ones((n, 1), dtype_of(x))[:, :N]
    copies = np.broadcast_to(np.expand_dims(x, 1), (n, max(N - 1, 0)))
    powers = np.concatenate([one, np.cumprod(copies, axis=1)], axis=1)
    return powers if increasing else powers[:, ::-1]


# --- grids between two traced ends ------------------------------------------------------------


def _places(num, endpoint, axis, ndim, dtype):
    """Give t from 0 to 1 along `axis` of a grid with `ndim` axes, and that axis from the end."""
    axis = axis % ndim - ndim
    t = np.linspace(0.0, 1.0, num, endpoint).astype(dtype)
    return t.reshape((-1,) + (1,) * (-axis - 1)), axis


def _to_end(y_bar, end, start, stop, axis):
    """Add the cotangent of a grid up to that of one of its ends."""
    ndim = 1 + max(np.ndim(start), np.ndim(stop))
    return unbroadcast(np.sum(y_bar, axis=axis), shape_of(end), np.ndim(y_bar) - ndim)


def _linspace_adjoint(to_stop):
    def adjoint(y_bar, start, stop, num=50, endpoint=True, retstep=False, axis=0):
        ndim = 1 + max(np.ndim(start), np.ndim(stop))
        t, along = _places(num, endpoint, axis, ndim, dtype_of(y_bar))
        share = t if to_stop else 1 - t
        return _to_end(y_bar * share, stop if to_stop else start, start, stop, along)

    return adjoint


def _linspace(start, stop, num=50, endpoint=True, retstep=False, axis=0):
    if retstep:
        raise TraceError(
            "np.linspace: the argument retstep=True cannot be traced. Leave it out; the step is "
            "(stop - start) / (num - 1)."
        )
    return np.linspace(start, stop, num, endpoint, axis=axis)


linear(
    np.linspace,
    _linspace_adjoint(False),
    _linspace_adjoint(True),
    takes="start stop / num endpoint retstep dtype axis",
    value=_linspace,
    batched=True,
)


@composite(np.logspace, takes="start stop / num endpoint base dtype axis")
def logspace(start, stop, num=50, endpoint=True, base=10.0, axis=0):
    """The powers of `base` whose exponents lie evenly; `base` may be traced as well."""
    if np.ndim(base):
        raise TraceError(
            f"{name_of(np.logspace)} with a base of shape {shape_of(base)} cannot be traced. Write "
            "base ** np.linspace(start, stop, num)."
        )
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


@rule(
    np.geomspace,
    takes="start stop / num endpoint dtype axis",
    analytic=True,
    batched=True,
)
def geomspace(start, stop, num=50, endpoint=True, axis=0):
    """From y = start¹⁻ᵗ stopᵗ: ∂y/∂start = (1 − t)·y/start and ∂y/∂stop = t·y/stop."""
    y = np.geomspace(start, stop, num, endpoint, axis=axis)
    t, along = _places(num, endpoint, axis, np.ndim(y), dtype_of(y))

    def lifted(end):
        return np.expand_dims(end, along) if np.ndim(end) >= -along else end

    def slope(end, share):
        return y * share / lifted(end)

    def pull(end, share):
        return lambda y_bar: _to_end(y_bar * slope(end, share), end, start, stop, along)

    def push(end, share):
        return lambda dot: slope(end, share) * lifted(dot)

    ends = ((start, 1 - t), (stop, t))
    return y, tuple([push(*e) for e in ends]), tuple([pull(*e) for e in ends])
