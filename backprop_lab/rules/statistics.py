"""Variance, standard deviation, weighted means, and the reductions that pass over NaN.

Entries that a mask leaves out, or that are NaN where NaN is passed over, have a gradient of exactly
zero.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import composite, rule
from backprop_lab.rules.reductions import (
    by_mask,
    count_of,
    dtype_of,
    in_dtype,
    restored,
)

# --- variance and standard deviation ----------------------------------------------------------


def _centred(a, axis, where):
    """Entries less their mean (0 where the mask leaves them out), and how many entries it has."""
    if where is True:
        return a - np.mean(a, axis=axis, keepdims=True), max(count_of(shape_of(a), axis), 1)
    a = np.where(where, a, 0.0)  # what is left out may be NaN
    counts = np.sum(np.broadcast_to(where, shape_of(a)), axis=axis, keepdims=True)
    counts = np.maximum(counts, 1).astype(dtype_of(a))
    return np.where(where, a - np.sum(a, axis=axis, keepdims=True) / counts, 0.0), counts


def _over(counts, ddof):
    """1/(n − ddof), and NaN where no degree of freedom is left, as NumPy's value is there."""
    free = np.where(counts > ddof, counts - ddof, np.nan)
    return 1 / (float(free) if free.ndim == 0 else free.astype(dtype_of(counts)))


def _spread(func, scale_of, kink="", skips_nan=False):
    """Register a variance or a standard deviation: ∂y/∂xᵢ = (xᵢ − μ)·scale, one scale a group."""

    def mask_of(a, where):
        return np.logical_and(where, np.logical_not(np.isnan(a))) if skips_nan else where

    def at_kink(a, axis=None, where=True, **_):
        return _is_flat(a, axis, mask_of(a, where))

    @rule(
        func,
        takes="a / axis +dtype out ddof keepdims +where correction",
        kink=kink,
        at_kink=at_kink if kink else None,
        batched=True,
    )
    def spread(a, axis=None, dtype=None, ddof=0, keepdims=False, where=True, **correction):
        y = func(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=where, **correction)
        shape, mask = shape_of(a), mask_of(a, where)

        def parts():
            """The centred entries, and the scale with axes of length 1 where they are reduced."""
            b = in_dtype(a, dtype)
            centred, counts = _centred(b, axis, mask)
            free = _over(counts, correction.get("correction", ddof))
            return centred, free * scale_of(b, restored(y, shape, axis, keepdims), axis, mask)

        def pushforward(a_dot):
            centred, scale = parts()
            y_dot = np.sum(a_dot * centred, axis=axis, dtype=dtype, keepdims=True) * scale
            return np.reshape(y_dot, shape_of(y))

        def pullback(y_bar):
            centred, scale = parts()
            return in_dtype(centred * (restored(y_bar, shape, axis, keepdims) * scale), dtype_of(a))

        return y, pushforward, pullback


def _is_flat(a, axis, where):
    """Whether all entries are equal, found by comparing them, along `axis` and keeping it.

    A deviation of 0 is no sign of it: the mean of three times 0.1 is not 0.1, and the deviation,
    of 1e-17, is noise, which would be divided by itself.
    """
    low = high = a
    if where is not True:
        low, high = np.where(where, a, np.inf), np.where(where, a, -np.inf)
    low, high = np.min(low, axis=axis, keepdims=True), np.max(high, axis=axis, keepdims=True)
    return np.greater_equal(low, high)


def _variance_scale(a, y, axis, where):
    """∂/∂xᵢ Σ(xⱼ − μ)²/(n − ddof) = 2(xᵢ − μ)/(n − ddof): the mean's own part adds up to zero."""
    return 2.0


def _deviation_scale(a, y, axis, where):
    """(xᵢ − μ)/((n − ddof)·σ), and 0 where all entries are equal: the tip of a cone."""
    if 0 in shape_of(a):
        return 0.0
    flat = np.logical_or(_is_flat(a, axis, where), np.equal(y, 0))  # squares may underflow
    return np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, y))


_FLAT = "0 where all entries are equal"
_spread(np.var, _variance_scale)
_spread(np.std, _deviation_scale, kink=_FLAT)
_spread(np.nanvar, _variance_scale, skips_nan=True)
_spread(np.nanstd, _deviation_scale, kink=_FLAT, skips_nan=True)


# --- means with weights -----------------------------------------------------------------------


@composite(np.average, takes="a / axis weights returned keepdims")
def average(a, axis=None, weights=None, returned=False, keepdims=False):
    """Σ wᵢ xᵢ / Σ wᵢ, in which the weights may be traced as well."""
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        total = y.dtype.type(count_of(shape_of(a), axis))
    else:
        weights = _along(weights, a, axis)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        if np.any(np.equal(total, 0)):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        y = np.sum(np.multiply(a, weights), axis=axis, keepdims=keepdims) / total
    return (y, np.broadcast_to(total, shape_of(y))) if returned else y


def _along(weights, a, axis):
    """Give weights of the reduced axes alone the other axes too, as axes of length 1."""
    weights = np.asarray(weights) if isinstance(weights, (list, tuple)) else weights
    shape = shape_of(a)
    if shape_of(weights) == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = [int(i) % len(shape) for i in (axis if isinstance(axis, tuple) else (axis,))]
    if shape_of(weights) != tuple(shape[i] for i in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along given axis.")
    weights = np.transpose(weights, np.argsort(axes))
    return np.reshape(weights, [n if i in axes else 1 for i, n in enumerate(shape)])


# --- NaN passed over --------------------------------------------------------------------------


@rule(
    np.nansum,
    takes="a / axis +dtype out keepdims",
    kink="NaN counts as 0, and its gradient is 0",
    batched=True,
)
def nansum(a, axis=None, dtype=None, keepdims=False):
    """Each number has the weight 1, each NaN the weight 0."""
    y = np.nansum(a, axis=axis, dtype=dtype, keepdims=keepdims)
    return by_mask(y, a, np.logical_not(np.isnan(a)), 1, axis, keepdims, dtype)


@rule(
    np.nanmean,
    takes="a / axis +dtype out keepdims",
    kink="NaN is passed over, and its gradient is 0",
    batched=True,
)
def nanmean(a, axis=None, dtype=None, keepdims=False):
    """Each of the k numbers has the weight 1/k."""
    y = np.nanmean(a, axis=axis, dtype=dtype, keepdims=keepdims)
    there = np.logical_not(np.isnan(a))
    counts = np.maximum(np.count_nonzero(there, axis=axis, keepdims=True), 1)
    return by_mask(y, a, there, counts, axis, keepdims, dtype)


_PASSED = {"analytic": False, "kink": "NaN counts as the neutral number, and its gradient is 0"}


def _neutral(a, number):
    return np.where(np.isnan(a), number, a)


@composite(np.nanprod, takes="a / axis +dtype out keepdims", **_PASSED)
def nanprod(a, axis=None, dtype=None, keepdims=False):
    """The product with NaN as 1."""
    return np.prod(_neutral(a, 1.0), axis=axis, dtype=dtype, keepdims=keepdims)


@composite(np.nancumsum, takes="a / axis +dtype out", **_PASSED)
def nancumsum(a, axis=None, dtype=None):
    """The running sum with NaN as 0."""
    return np.cumsum(_neutral(a, 0.0), axis=axis, dtype=dtype)


@composite(np.nancumprod, takes="a / axis +dtype out", **_PASSED)
def nancumprod(a, axis=None, dtype=None):
    """The running product with NaN as 1."""
    return np.cumprod(_neutral(a, 1.0), axis=axis, dtype=dtype)
