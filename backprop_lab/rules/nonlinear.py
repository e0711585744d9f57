"""Maps that are neither elementwise nor linear: value, pushforward and pullback written out."""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.linear import copy_back
from backprop_lab.rules.registry import rule


def _shares(a, y, axis, keepdims):
    """How much of the extreme each entry holds: 1 for the only one, 1/k for each of k equals."""
    best = copy_back(y, a, axis, keepdims)
    ties = np.equal(a, best)
    return (ties / np.sum(ties, axis=axis, keepdims=True)).astype(y.dtype)


def _has_ties(a, axis=None, keepdims=False, func=np.max):
    best = func(a, axis=axis, keepdims=True)
    return np.sum(a == best, axis=axis) > 1


def _extreme(func):
    @rule(
        func,
        takes="a / axis out keepdims",
        kink="k equal entries share 1/k each",
        at_kink=lambda a, **params: _has_ties(a, func=func, **params),
    )
    def extreme(a, axis=None, keepdims=False):
        y = func(a, axis=axis, keepdims=keepdims)
        share = _shares(a, y, axis, keepdims)

        def pushforward(a_dot):
            return np.sum(a_dot * share, axis=axis, keepdims=keepdims)

        def pullback(y_bar):
            return copy_back(y_bar, a, axis, keepdims) * share

        return y, pushforward, pullback


_extreme(np.max)
_extreme(np.min)


@rule(
    np.sort,
    takes="a / axis",
    kink="equal entries keep their order",
    at_kink=lambda a, axis=-1: np.any(np.diff(np.sort(a, axis=axis), axis=axis) == 0),
)
def sort(a, axis=-1):
    """Sort is a permutation wherever entries differ: its Jacobian is that permutation matrix."""
    order = np.argsort(a, axis=axis, kind="stable")
    back = np.argsort(order, axis=axis)

    def pushforward(a_dot):
        return np.take_along_axis(a_dot, order, axis)

    def pullback(y_bar):
        return np.reshape(np.take_along_axis(y_bar, back, axis), shape_of(a))

    return np.take_along_axis(a, order, axis), pushforward, pullback
