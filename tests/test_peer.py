"""Every case of every rule under HIPS autograd too: first and second order, each operand.

Where the two differ, `peer.differences` says why, and the difference must still be there.
"""

from __future__ import annotations

import numpy as np
import pytest

import backprop_lab as bl
import peer
from backprop_lab import checks
from backprop_lab.errors import name_of
from peer.comparing import first_scale, in_both_orders, our_vjp, second, second_scale, seeds
from peer.differences import KNOWN
from rule_cases import all_cases

CASES = [c for c in all_cases() if peer.has_peer(c)]
IDS = [f"{i}-{c}" for i, c in enumerate(CASES)]


def known_difference(case):
    """The entry of the list that speaks of how the peer differs on this case, or None."""
    kind, found = in_both_orders(case)
    text = f"{type(found).__name__}: {found}" if kind.startswith("lacks") else peer.label(case)
    name = name_of(case.key)
    return next((d for d in KNOWN if d.speaks_of(name, kind, text)), None)


@pytest.mark.parametrize("i", range(len(CASES)), ids=IDS)
def test_the_peer_agrees_or_the_difference_is_known(i):
    kind, found = in_both_orders(CASES[i])
    assert kind == "agrees" or known_difference(CASES[i]), (
        f"{peer.label(CASES[i])}: a difference that peer/differences.py does not list. {kind}: {found!r}"
    )


@pytest.mark.parametrize("known", KNOWN, ids=lambda d: f"{d.kind}: {d.why}")
def test_every_known_difference_is_still_there(known):
    met = {name_of(case.key) for case in CASES if known_difference(case) is known}
    assert met == set(known.functions)


WRONG = [d for d in KNOWN if d.kind.startswith("wrong")]


@pytest.mark.parametrize("known", WRONG, ids=lambda d: f"{d.kind}: {d.why}")
def test_where_the_peer_is_wrong_differences_of_the_plain_function_agree_with_us(known):
    """Every case of it: whichever is wrong and not known fails the first test above."""
    cases = [c for c in CASES if known_difference(c) is known]
    assert cases
    for case in cases:
        check_by_differences(case)


def check_by_differences(case):
    """Evidence that shares nothing with either library; for a second order, of our first one."""
    operands, y_bar, x_bars = seeds(case)
    kind, theirs = in_both_orders(case)
    if kind == "wrong":
        ours, scale = bl.vjp(case.call, *operands)[1](y_bar), first_scale(case, operands, y_bar)

        def scalar(*xs):
            return np.sum(case.call(*xs) * y_bar)
    else:
        ours = second(our_vjp, case.call, operands, y_bar, x_bars)
        scale = second_scale(case, operands, y_bar, x_bars)

        def scalar(*xs):
            bars = bl.vjp(case.call, *xs)[1](y_bar)
            return sum(np.sum(bar * x_bar) for bar, x_bar in zip(bars, x_bars, strict=True))

    truth = checks.central_differences(scalar, operands, h=1e-3)
    truth = [np.reshape(J, np.shape(x)) for J, x in zip(truth, operands, strict=True)]
    largest = max(np.max(s, initial=0.0) for s in scale)
    assert farthest(ours, truth) <= 1e-7 * largest, peer.label(case)
    assert not farthest(theirs, truth) <= 1e-5 * largest, peer.label(case)


def farthest(bars, truth):
    """The largest error of all cotangents; infinite where a shape is wrong."""
    if any(np.shape(a) != np.shape(b) for a, b in zip(bars, truth, strict=True)):
        return np.inf
    return max(np.max(np.abs(a - b), initial=0.0) for a, b in zip(bars, truth, strict=True))
