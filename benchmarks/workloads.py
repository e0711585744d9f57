"""What is measured: each workload is one function and its gradient written out by hand.

A workload holds the loss as a user writes it for a library that traces, the arguments to
differentiate in, and `by_hand`, the same gradient in idiomatic NumPy. HIPS autograd has a NumPy of
its own, so a loss is written over `xp`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    name: str
    loss: Callable  # loss(xp) → the function of the arguments
    arguments: tuple
    by_hand: Callable  # the gradients in all arguments, as a tuple


def mlp(batch, seed=0):
    """784-256-128-10, tanh, softmax and cross-entropy: the gradient in the six parameters."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(batch, 784))
    T = np.eye(10)[rng.integers(0, 10, batch)]
    sizes = [(784, 256), (256, 128), (128, 10)]
    params = []
    for fan_in, fan_out in sizes:
        params += [rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in), np.zeros(fan_out)]

    def loss(xp):
        def f(W1, b1, W2, b2, W3, b3):
            h1 = xp.tanh(X @ W1 + b1)
            h2 = xp.tanh(h1 @ W2 + b2)
            z = h2 @ W3 + b3
            log_sum = xp.log(xp.sum(xp.exp(z), axis=1))
            return xp.mean(log_sum - xp.sum(z * T, axis=1))

        return f

    def by_hand(W1, b1, W2, b2, W3, b3):
        h1 = np.tanh(X @ W1 + b1)
        h2 = np.tanh(h1 @ W2 + b2)
        z = h2 @ W3 + b3
        e = np.exp(z)
        total = np.sum(e, axis=1)
        np.mean(np.log(total) - np.sum(z * T, axis=1))
        z_bar = (e / total[:, None] - T) / batch
        a2_bar = (z_bar @ W3.T) * (1 - h2 * h2)
        a1_bar = (a2_bar @ W2.T) * (1 - h1 * h1)
        return (
            X.T @ a1_bar, np.sum(a1_bar, axis=0), h1.T @ a2_bar, np.sum(a2_bar, axis=0),
            h2.T @ z_bar, np.sum(z_bar, axis=0),
        )  # fmt: skip

    return Workload(f"MLP 784-256-128-10 tanh, batch {batch}", loss, tuple(params), by_hand)


def linear_layer(n, p, m, seed=1):
    """⟨C, XW⟩: both VJPs of one linear layer."""
    rng = np.random.default_rng(seed)
    X, W, C = (rng.normal(size=shape) for shape in [(n, p), (p, m), (n, m)])

    def loss(xp):
        return lambda X, W: xp.sum(C * (X @ W))

    def by_hand(X, W):
        np.sum(C * (X @ W))
        return C @ W.T, X.T @ C

    return Workload(f"linear {n}×{p}×{m}, both VJPs", loss, (X, W), by_hand)


def elementwise(size, seed=2):
    """Ten elementwise operations, cheap and transcendental, on one vector."""
    x = np.random.default_rng(seed).uniform(0.5, 1.5, size)

    def loss(xp):
        def f(x):
            a = xp.exp(-x)
            b = a * x + 1.0
            c = xp.sqrt(b)
            d = xp.sin(c) / b
            return xp.sum(d * d - a)

        return f

    def by_hand(x):
        a = np.exp(-x)
        b = a * x + 1.0
        c = np.sqrt(b)
        s = np.sin(c)
        d = s / b
        np.sum(d * d - a)
        d_bar = 2 * d
        s_bar = d_bar / b
        b_bar = s_bar * np.cos(c) * (0.5 / c) - s_bar * d
        a_bar = b_bar * x - 1.0
        return (b_bar * a - a_bar * a,)

    return Workload(f"10 elementwise operations on {size:,}", loss, (x,), by_hand)


def small_operations(count, seed=3):
    """`count` mixed operations on 3-vectors: what one recorded operation costs."""
    rng = np.random.default_rng(seed)
    x, k = rng.uniform(0.5, 1.5, 3), rng.uniform(0.5, 1.0, 3)
    rounds = count // 4

    def loss(xp):
        def f(x):
            y = x
            for _ in range(rounds):
                y = xp.sin(y * k + x)
                y = y - 0.5
            return xp.sum(y)

        return f

    def by_hand(x):
        y, inner = x, []
        for _ in range(rounds):
            u = y * k + x
            inner.append(u)
            y = np.sin(u) - 0.5
        np.sum(y)
        y_bar, x_bar = np.ones(3), np.zeros(3)
        for u in reversed(inner):
            u_bar = y_bar * np.cos(u)
            x_bar = x_bar + u_bar
            y_bar = u_bar * k
        return (x_bar + y_bar,)

    return Workload(f"{4 * rounds:,} operations on 3-vectors", loss, (x,), by_hand)


def chain(depth, seed=4):
    """A chain of `depth` operations on a 3-vector, whose values stay of order one."""
    x, k = np.random.default_rng(seed).uniform(0.5, 1.5, (2, 3))
    k = 1 + (k - 1) / depth

    def loss(xp):
        def f(x):
            y = x
            for _ in range(depth // 2):
                y = y * k
                y = 2.0 - y
            return xp.sum(y)

        return f

    def by_hand(x):
        y = x
        for _ in range(depth // 2):
            y = y * k
            y = 2.0 - y
        np.sum(y)
        y_bar = np.ones(3)
        for _ in range(depth // 2):
            y_bar = -y_bar
            y_bar = y_bar * k
        return (y_bar,)

    return Workload(f"chain of {depth:,} operations", loss, (x,), by_hand)


def workloads(quick: bool) -> list[Workload]:
    if quick:
        return [
            mlp(32), linear_layer(64, 128, 128), elementwise(10_000), small_operations(1000),
            chain(2000),
        ]  # fmt: skip
    return [
        mlp(32), mlp(256), linear_layer(512, 1024, 1024), elementwise(100_000),
        small_operations(1000), chain(100_000),
    ]  # fmt: skip
