"""What NumPy lacks and networks need: stable at any size of the input, each with a rule of its own.

Numbers, lists and arrays of any float type go in; the result has the type that NumPy's own
functions would give. −∞ is an ordinary input, as a mask of attention has it.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.diagonals import elementwise
from backprop_lab.rules.elementwise import in_saturation, logistic_slope, plain
from backprop_lab.rules.kinds import rule
from backprop_lab.rules.kinks import piecewise


def _floats(x):
    """An array of floats (or of complex numbers, for a complex step) from any numbers."""
    x = np.asarray(x)
    return x if x.dtype.kind in "fc" else x.astype(float)


def _split(x):
    """max(x, 0) and |x|, by the real part where x is complex: the formulas hold for both alike."""
    if x.dtype.kind == "c":
        up = x.real > 0
        return np.where(up, x, 0), np.where(up, x, -x)
    return np.maximum(x, 0), np.abs(x)


# --- on each component by itself -----------------------------------------------------------------


@primitive
def relu(x):
    """Rectifier max(x, 0), with derivative 0 at the kink x = 0 as deep-learning libraries have it.

    `x` has any shape; the result has the same. `np.maximum(x, 0)` differs in one point: there the
    tie is shared and the derivative is ½.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    if type(x) is float:  # the quick way for scalar code; NaN stays NaN
        return 0.0 if x <= 0 else x
    return np.maximum(x, 0)


piecewise(
    relu,
    lambda x: x > 0,
    takes="x",
    kink="0 at x = 0",
    at_kink=lambda x: x == 0,
)


@primitive
def sigmoid(x):
    """Logistic function σ(x) = 1/(1 + e⁻ˣ), for any shape of `x`, without overflow.

    σ′ = σ(1 − σ) keeps its digits in saturation: where σ is close to 1 it is found from `x`.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    x = _floats(x)
    if x.dtype.kind == "c":
        t = np.exp(-_split(x)[1])
        return (np.where(x.real > 0, 1, t) / (1 + t))[()]
    with np.errstate(over="ignore"):  # e⁻ˣ = ∞ gives 0, which is right to 1e-308
        return 1 / (1 + np.exp(-x))


elementwise(sigmoid, in_saturation(lambda y: y * (1 - y), logistic_slope), takes="x")


@primitive
def softplus(x):
    """log(1 + eˣ), a smooth `relu`, for any shape of `x`, without overflow. Its slope is `sigmoid`.

    >>> softplus(np.array([-1e4, 0.0, 1e4]))
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+04])
    """
    positive, size = _split(_floats(x))
    return positive + np.log1p(np.exp(-size))


elementwise(softplus, lambda x: sigmoid(x), takes="x")


def _gap(a, b):
    """Subtract: a − b, but ∞ − ∞ is 0, a tie; and −∞ − (−∞) is −∞: neither has a share."""
    first, second = plain(a), plain(b)
    same = np.isinf(first) & np.equal(first, second)
    if not np.any(same):
        return a - b
    gap = np.where(same, 0.0, a) - np.where(same, 0.0, b)
    return np.where(same & np.less(first, 0), -np.inf, gap)


_LN2 = float(np.log(2))
_INFINITE = "½ to each where both are ∞; 0 to each where both are −∞"
elementwise(
    np.logaddexp,
    lambda a, b: sigmoid(_gap(a, b)),
    lambda a, b: sigmoid(_gap(b, a)),
    analytic=False,
    kink=_INFINITE,
)
elementwise(
    np.logaddexp2,
    lambda a, b: sigmoid(_LN2 * _gap(a, b)),
    lambda a, b: sigmoid(_LN2 * _gap(b, a)),
    analytic=False,
    kink=_INFINITE,
)

# --- along axes ---------------------------------------------------------------------------------


def _from_end(axis, x):
    """Count axes from the end, where a batch of cotangents does not move them; None means all."""
    ndim = len(shape_of(x))
    if axis is None or not ndim:  # a number may be summed over axis 0
        return tuple(range(-ndim, 0))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple([i - ndim if i >= 0 else i for i in axes])


def _sum(x, axes):
    return np.sum(x, axis=axes, keepdims=True)


def _top(x, axis):
    """Largest entry along `axis`; −∞ where there is none."""
    return np.max(x, axis=axis, keepdims=True, initial=-np.inf)


@primitive
def logsumexp(x, axis=None, keepdims=False):
    """Logarithm of Σ exp(x) along `axis` (an axis, a tuple, or all), without overflow.

    The gradient is `softmax(x)`. Entries of −∞ count nothing; of −∞ alone, or of nothing, the value
    is −∞ and the gradient 0. Where entries are ∞ the value is ∞, and they share the gradient.

    >>> logsumexp([1000.0, 1000.0, -np.inf])
    np.float64(1000.6931471805599)
    """
    x = _floats(x)
    top = _top(x, axis)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore", over="ignore"):  # log 0 = −∞ and e^∞ = ∞ are meant
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis)[()]


def _shares(x, y):
    """exp(x − y): how much of y comes from each x. `y` has the reduced axes, of length 1."""
    value = plain(y)
    if np.all(np.isfinite(value)):
        return np.exp(x - y)
    infinite = np.isinf(value)
    shares = np.exp(np.where(infinite, -np.inf, x) - np.where(infinite, 0.0, y))
    ties = np.isposinf(value) & np.isposinf(plain(x))
    axes = tuple([i for i, n in enumerate(shape_of(y)) if n == 1])
    equal = ties / np.maximum(_sum(ties, axes), 1)
    return shares + equal.astype(value.dtype)


@rule(
    logsumexp,
    takes="x / axis keepdims",
    analytic=True,
    batched=True,
    kink="equal shares to entries of ∞; 0 where all are −∞",
)
def _logsumexp(x, axis=None, keepdims=False):
    """∂y/∂x = exp(x − y), which is the softmax."""
    axes = _from_end(axis, x)
    y = logsumexp(x, axis=axis, keepdims=True)

    def reduced(z):
        return z if keepdims else np.squeeze(z, axes) if axes else z[()]

    def pushforward(x_dot):
        return np.sum(_shares(x, y) * x_dot, axis=axes, keepdims=keepdims)

    def pullback(y_bar):
        return (y_bar if keepdims else np.expand_dims(y_bar, axes)) * _shares(x, y)

    return reduced(y), pushforward, pullback


@primitive
def softmax(x, axis=-1):
    """exp(x)/Σ exp(x) along `axis` (an axis, a tuple, or None for all), without overflow.

    The last axis is the default, as in deep-learning libraries. Entries of −∞ get 0; a row of −∞
    alone, or one with ∞ in it, has no softmax: it is NaN, and NumPy warns.

    >>> softmax([1e4, 1e4, -np.inf])
    array([0.5, 0.5, 0. ])
    """
    x = _floats(x)
    s = np.exp(x - _top(x, axis))
    return s / np.sum(s, axis=axis, keepdims=True)


@rule(softmax, takes="x / axis", analytic=True, batched=True)
def _softmax(x, axis=-1):
    """J = diag(s) − s sᵀ is its own transpose: x̄ = s ⊙ (ȳ − Σ s ȳ)."""
    axes, s = _from_end(axis, x), softmax(x, axis=axis)

    def apply(z):
        return s * (z - _sum(s * z, axes))

    return s, apply, apply


@primitive
def log_softmax(x, axis=-1):
    """Logarithm of `softmax`, x − logsumexp(x), along `axis` (an axis, a tuple, or None for all).

    The last axis is the default, as in deep-learning libraries.

    >>> log_softmax([0.0, -1e4])
    array([     0., -10000.])
    """
    x = _floats(x)
    z = x - _top(x, axis)
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))


@rule(log_softmax, takes="x / axis", analytic=True, batched=True)
def _log_softmax(x, axis=-1):
    """J = I − 1 sᵀ with s = exp(y): x̄ = ȳ − s Σ ȳ."""
    axes, y = _from_end(axis, x), log_softmax(x, axis=axis)

    def pushforward(x_dot):
        return x_dot - _sum(np.exp(y) * x_dot, axes)

    def pullback(y_bar):
        return y_bar - np.exp(y) * _sum(y_bar, axes)

    return y, pushforward, pullback
