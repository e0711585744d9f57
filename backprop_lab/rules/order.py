"""Extremes, sorting, medians and quantiles: which entry stands where decides, so kinks are ties.

Equal entries share: k of them that hold the extreme (or the median, or a quantile) get 1/k each.
Sorting alone tells equals apart, since it must put each somewhere: they keep their order.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.kinds import composite, rule
from backprop_lab.rules.reductions import (
    at_places,
    axes_of,
    by_mask,
    count_of,
    dtype_of,
    in_dtype,
    restored,
)
from backprop_lab.rules.registry import constant
from backprop_lab.rules.shapes import batch_of

constant(np.argpartition, np.searchsorted, np.digitize, np.nonzero, np.flatnonzero, np.argwhere)
constant(np.nanargmax, np.nanargmin, np.lexsort)

# --- extremes ---------------------------------------------------------------------------------


def _ties(a, best, skips_nan=False):
    """Which entries equal `best`. A NaN that decided the extreme is held by the entries NaN."""
    ties = np.equal(a, best)
    if not skips_nan and np.isnan(best).any():
        ties = np.logical_or(ties, np.logical_and(np.isnan(a), np.isnan(best)))
    return ties


def _holders(a, best, axis, initial=None, where=True, skips_nan=False):
    """Which entries hold the extreme, and how many do: `initial` is one more that may."""
    ties = _ties(a, best, skips_nan)
    if where is True and initial is None and not skips_nan:
        if np.count_nonzero(ties) == np.size(best):  # each has one, and that is all of them:
            return ties, 1  # a tenth of the time of counting along the axis
    if where is not True:
        ties = np.logical_and(ties, where)
    counts = np.count_nonzero(ties, axis=axis, keepdims=True)
    return ties, counts if initial is None else counts + np.equal(best, initial)


def _in_rows(a, axis):
    """Whether `a` is an array of floats whose last axis, `axis`, lies in memory row by row."""
    return (
        type(a) is np.ndarray
        and type(axis) is int
        and (axis == -1 or axis == a.ndim - 1)
        and a.size > 0 < a.ndim
        and a.dtype.kind == "f"
        and a.flags.c_contiguous
    )


def _one_in_each_row(a, place, keepdims):
    """The extreme of each row where one entry alone holds it, which `place` finds; else None.

    Softmax and attention ask for it. NumPy finds the place of an extreme in a third of the time of
    the extreme, and what is kept is one place a row.
    """
    shape = a.shape
    places = place(a, -1, keepdims=True)
    places += np.arange(0, a.size, shape[-1]).reshape(places.shape)
    best = a.reshape(-1)[places]
    if np.count_nonzero(a == best) != places.size:  # ties, or NaN
        return None
    return at_places(best if keepdims else best[..., 0][()], places.reshape(-1), shape)


def _extreme(func, place=None, skips_nan=False):
    @rule(
        func,
        takes="a / axis out keepdims +initial +where",
        kink="k equal entries share 1/k each; `initial` counts as one of them",
        at_kink=lambda a, **params: _shared(func, a, **params),
        batched=True,
    )
    def extreme(a, axis=None, keepdims=False, **others):
        if place is not None and not others and _in_rows(a, axis):
            found = _one_in_each_row(a, place, keepdims)
            if found is not None:
                return found
        y = func(a, axis=axis, keepdims=keepdims, **others)
        best = restored(y, shape_of(a), axis, keepdims)
        ties, counts = _holders(a, best, axis, skips_nan=skips_nan, **others)
        return by_mask(y, a, ties, np.maximum(counts, 1), axis, keepdims)


def _shared(func, a, axis=None, keepdims=False, **others):
    best = func(a, axis=axis, keepdims=True, **others)
    return _holders(a, best, axis, **others)[1] > 1


for _func, _place in (
    (np.max, np.ndarray.argmax),
    (np.amax, np.ndarray.argmax),
    (np.min, np.ndarray.argmin),
    (np.amin, np.ndarray.argmin),
):
    _extreme(_func, _place)
for _func in (np.nanmax, np.nanmin):
    _extreme(_func, skips_nan=True)


@composite(np.ptp, takes="a / axis out keepdims", analytic=False, kink="as max and min")
def ptp(a, axis=None, keepdims=False):
    """The largest entry less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- sorting: a permutation wherever entries differ -------------------------------------------


def _permuted(y, a, order, axis):
    """Give value, pushforward and pullback of moving the entries of `a` along `axis` by `order`."""
    shape = shape_of(a)
    along = -1 if axis is None else int(axis) % len(shape) - len(shape)

    def pushforward(a_dot):
        return np.take_along_axis(np.ravel(a_dot) if axis is None else a_dot, order, along)

    def pullback(y_bar):
        back = np.empty_like(order)
        places = np.arange(order.shape[along]).reshape((-1,) + (1,) * (-along - 1))
        np.put_along_axis(back, order, np.broadcast_to(places, order.shape), along)
        batch = batch_of(y_bar, order.ndim)
        back = back.reshape((1,) * len(batch) + order.shape)
        return np.reshape(np.take_along_axis(y_bar, back, along), batch + shape)

    return y, pushforward, pullback


def _has_equals(a, axis=-1, **_):
    return np.any(np.diff(np.sort(a, axis=axis), axis=-1 if axis is None else axis) == 0)


@rule(
    np.sort,
    takes="a / axis kind order stable",
    kink="equal entries keep their order",
    at_kink=_has_equals,
    batched=True,
)
def sort(a, axis=-1, **how):
    """The Jacobian is a permutation matrix."""
    return _permuted(np.sort(a, axis=axis, **how), a, np.argsort(a, axis=axis, kind="stable"), axis)


@rule(
    np.partition,
    takes="a / kth axis kind order",
    kink="equal entries keep their order",
    at_kink=lambda a, kth, **params: _has_equals(a, **params),
    batched=True,
)
def partition(a, kth, axis=-1, **how):
    """A permutation too. Which one is found by ranking both sides: equal ranks belong together."""
    y = np.partition(a, kth, axis=axis, **how)
    along = -1 if axis is None else axis
    here, there = (np.argsort(x, axis=i, kind="stable") for x, i in ((a, axis), (y, along)))
    order = np.empty_like(here)
    np.put_along_axis(order, there, here, along)
    return _permuted(y, a, order, axis)


# --- medians and quantiles --------------------------------------------------------------------


@primitive
def neighbours(a, q, axis=None):
    """Give the entries between which the quantiles `q` lie, of shape `(2, len(q), kept axes)`.

    >>> neighbours(np.array([30.0, 10.0, 20.0]), np.array([0.25]))
    array([[[10.]],
    <BLANKLINE>
           [[20.]]])
    """
    n = count_of(np.shape(a), axis)
    places = np.stack([np.floor((n - 1) * q), np.ceil((n - 1) * q)]) / max(n - 1, 1)
    entries = np.quantile(a, places.ravel(), axis=axis, keepdims=True, method="nearest")
    return entries.reshape(places.shape + entries.shape[1:])


constant(neighbours)


def _by_neighbours(y, a, q, axis, keepdims):
    """Each quantile is (1 − t)·lower + t·upper of two entries in order; equals share in both."""
    shape, own, dtype = shape_of(a), dtype_of(a), dtype_of(y)
    y_shape, reduced = shape_of(y), tuple([i - len(shape) for i in axes_of(axis, len(shape))])
    rest = y_shape[np.ndim(q) :]  # the shape of one quantile
    numbers = np.ravel(q)
    bounds = neighbours(a, numbers, axis)

    def weights():
        """One array of weights for each number in `q`, of the shape of `a`."""
        t = np.reshape((count_of(shape, axis) - 1) * numbers % 1, (-1,) + (1,) * len(shape))
        shares = _ties(a, bounds)
        shares = shares / np.maximum(np.sum(shares, axis=reduced, keepdims=True), 1)
        return ((1 - t) * shares[0] + t * shares[1]).astype(own)

    def pushforward(a_dot):
        y_dot = np.sum(a_dot * weights(), axis=reduced, keepdims=keepdims)
        return in_dtype(np.reshape(y_dot, y_shape), dtype)

    def pullback(y_bar):
        batch = batch_of(y_bar, len(y_shape))
        each = restored(np.reshape(y_bar, (*batch, numbers.size, *rest)), shape, axis, keepdims)
        return in_dtype(np.sum(each * weights(), axis=-len(shape) - 1), own)

    return y, pushforward, pullback


def _near_ties(a, q, axis=None, **_):
    """Whether an entry next to the quantile has an equal."""
    bounds = neighbours(a, np.ravel(q), axis)
    return np.any([np.sum(_ties(a, b), axis=axis) > 1 for pair in bounds for b in pair])


@rule(
    np.median,
    takes="a / axis out overwrite_input keepdims",
    kink="k equal entries in the middle share 1/k each",
    at_kink=lambda a, axis=None, **_: _near_ties(a, 0.5, axis),
    batched=True,
)
def median(a, axis=None, overwrite_input=False, keepdims=False):
    """The middle entry, or the mean of the two in the middle; `a` is never overwritten."""
    y = np.median(a, axis=axis, keepdims=keepdims)
    return _by_neighbours(y, a, 0.5, axis, keepdims)


def _quantile(func, whole):
    @rule(
        func,
        takes="a / q axis out overwrite_input method keepdims weights",
        kink="k equal entries share 1/k each",
        at_kink=lambda a, q, axis=None, **_: _near_ties(a, np.divide(q, whole), axis),
        batched=True,
    )
    def quantile(
        a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, weights=None
    ):
        if method != "linear" or weights is not None:
            got = f"method={method!r}" if method != "linear" else "weights="
            raise TraceError(
                f"{name_of(func)}: {got} cannot be traced; only method='linear' without weights "
                "has a rule. For an entry as it stands, write np.sort(x)[k]."
            )
        y = func(a, q, axis=axis, keepdims=keepdims)
        return _by_neighbours(y, a, np.divide(q, whole), axis, keepdims)


_quantile(np.quantile, 1)
_quantile(np.percentile, 100)
