"""How the peer compares with this package on a case: in first and second order, each operand."""

from __future__ import annotations

import functools

import autograd.numpy as anp
import numpy as np

import backprop_lab as bl
import peer

TOLERANCE = 1e-10


def direction(rng, shape):
    """A generic direction: entries of size ½ to 2, of both signs."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


def seeds(case):
    """The operands of a case, a cotangent of its value, and one of each operand's cotangent."""
    rng, operands = np.random.default_rng(7), case.draw()
    y_bar = direction(rng, np.shape(case.call(*operands)))
    return operands, y_bar, [direction(rng, np.shape(x)) for x in operands]


def our_vjp(f, xs):
    """`bl.vjp` in the form of the peer's."""
    return bl.vjp(f, *xs)


def first(vjp, f, operands, y_bar):
    """The cotangents of all operands, by either library."""
    return vjp(f, operands)[1](y_bar)


def second(vjp, f, operands, y_bar, x_bars, xp=np):
    """The cotangents of ⟨cotangents of all operands, x_bars⟩, by either library."""

    def contracted(*xs):
        bars = first(vjp, f, xs, y_bar)
        return sum(xp.sum(bar * x_bar) for bar, x_bar in zip(bars, x_bars, strict=True))

    return vjp(contracted, operands)[1](1.0)


def first_scale(case, operands, y_bar):
    """Σ|ȳ||J| for each operand."""
    blocks = bl.jacobian(case.call, argnums=range(len(operands)))(*operands)
    return [np.tensordot(np.abs(y_bar), np.abs(J), np.ndim(y_bar)) for J in blocks]


def second_scale(case, operands, y_bar, x_bars):
    """Σ|x̄||H| for each operand, and what the first derivatives are.

    The peer may come to a second derivative as the difference of terms as large as the first.
    """
    scales = first_scale(case, operands, y_bar)
    largest = max((np.max(s, initial=0.0) for s in scales), default=0.0)
    out = [np.zeros(np.shape(x)) + largest for x in operands]
    for m, x_bar in enumerate(x_bars):
        rows = bl.jacobian(
            lambda *xs, m=m: bl.vjp(case.call, *xs)[1](y_bar)[m], argnums=range(len(operands))
        )(*operands)
        for n, H in enumerate(rows):
            out[n] = out[n] + np.tensordot(np.abs(x_bar), np.abs(H), np.ndim(x_bar))
    return out


def agree(ours, theirs, scale):
    """Whether all cotangents have one shape and are equal to 1e-10 of their scale."""
    return all(
        np.shape(a) == np.shape(b) and np.all(np.abs(a - b) <= TOLERANCE * s)
        for a, b, s in zip(ours, theirs, scale, strict=True)
    )


@functools.cache
def in_first_order(case):
    """`("agrees" or "wrong", their cotangents)`, or `("lacks", the error that they raise)`."""
    operands, y_bar, _ = seeds(case)
    ours = first(our_vjp, case.call, operands, y_bar)
    scale = first_scale(case, operands, y_bar)
    with np.errstate(all="ignore"):
        try:
            theirs = first(peer.vjp, peer.call_of(case), operands, y_bar)
        except Exception as error:
            return "lacks", error
    return "agrees" if agree(ours, theirs, scale) else "wrong", theirs


@functools.cache
def in_both_orders(case):
    """The same in the first order, and then `lacks second` or `wrong second` where they differ."""
    kind, found = in_first_order(case)
    if kind != "agrees":
        return kind, found
    operands, y_bar, x_bars = seeds(case)
    ours = second(our_vjp, case.call, operands, y_bar, x_bars)
    scale = second_scale(case, operands, y_bar, x_bars)
    with np.errstate(all="ignore"):
        try:
            theirs = second(peer.vjp, peer.call_of(case), operands, y_bar, x_bars, anp)
        except Exception as error:
            return "lacks second", error
    return "agrees" if agree(ours, theirs, scale) else "wrong second", theirs


def supports(case):
    """Whether the peer has the functions of a case, and gives the same first derivatives."""
    return peer.has_peer(case) and in_first_order(case)[0] == "agrees"
