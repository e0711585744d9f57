"""Workloads of machine learning: a multilayer perceptron, a linear layer, attention."""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks.workloads import Workload, generator


def mlp(batch, dtype="float64", sizes=(784, 256, 128, 10), fused=False):
    """Tanh layers, softmax and cross-entropy: the gradient in the six parameters.

    `fused` takes the library's own `logsumexp`, where it has one, in place of its steps.
    """
    rng = generator(0)
    X = rng.normal(size=(batch, sizes[0])).astype(dtype)
    T = np.eye(sizes[-1], dtype=dtype)[rng.integers(0, sizes[-1], batch)]
    params = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        W = rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in)
        params += [W.astype(dtype), np.zeros(fan_out, dtype)]

    def loss(library, X, T):
        xp = library.xp

        def f(W1, b1, W2, b2, W3, b3):
            h1 = xp.tanh(X @ W1 + b1)
            h2 = xp.tanh(h1 @ W2 + b2)
            z = h2 @ W3 + b3
            if fused and library.logsumexp:
                log_sum = library.logsumexp(z, 1)
            else:
                z = z - xp.max(z, axis=1, keepdims=True)
                log_sum = xp.log(xp.sum(xp.exp(z), axis=1))
            return xp.mean(log_sum - xp.sum(z * T, axis=1))

        return f

    def by_hand(W1, b1, W2, b2, W3, b3):
        h1 = np.tanh(X @ W1 + b1)
        h2 = np.tanh(h1 @ W2 + b2)
        z = h2 @ W3 + b3
        z = z - np.max(z, axis=1, keepdims=True)
        e = np.exp(z)
        total = np.sum(e, axis=1)
        np.mean(np.log(total) - np.sum(z * T, axis=1))
        # The largest logit cancels out of the gradient: a person sees that, a tape does not.
        z_bar = (e / total[:, None] - T) / batch
        a2_bar = (z_bar @ W3.T) * (1 - h2 * h2)
        a1_bar = (a2_bar @ W2.T) * (1 - h1 * h1)
        return (
            X.T @ a1_bar, np.sum(a1_bar, axis=0), h1.T @ a2_bar, np.sum(a2_bar, axis=0),
            h2.T @ z_bar, np.sum(z_bar, axis=0),
        )  # fmt: skip

    return Workload(loss, tuple(params), by_hand, constants=(X, T))


def linear_layer(n, p, m, dtype="float64"):
    """⟨C, XW⟩: both VJPs of one linear layer."""
    rng = generator(1)
    X, W, C = (rng.normal(size=s).astype(dtype) for s in [(n, p), (p, m), (n, m)])

    def loss(library, C):
        return lambda X, W: library.xp.sum(C * (X @ W))

    def by_hand(X, W):
        np.sum(C * (X @ W))
        return C @ W.T, X.T @ C

    return Workload(loss, (X, W), by_hand, constants=(C,))


def attention(T, d, heads, dtype="float64", fused=False):
    """Self-attention of T positions: the gradient in the input and the four weights.

    `fused` takes the library's own `softmax`, where it has one, in place of its steps.
    """
    rng = generator(2)
    X, C = rng.normal(size=(2, T, d)).astype(dtype)
    weights = (rng.normal(size=(4, d, d)) / np.sqrt(d)).astype(dtype)
    scale = (d // heads) ** -0.5

    def loss(library, C):
        xp = library.xp

        def split(A):  # T×d → heads × T × d/heads
            return xp.swapaxes(xp.reshape(A, (T, heads, d // heads)), 0, 1)

        def f(X, Wq, Wk, Wv, Wo):
            Q, K, V = split(X @ Wq), split(X @ Wk), split(X @ Wv)
            S = (Q @ xp.swapaxes(K, 1, 2)) * scale
            if fused and library.softmax:
                P = library.softmax(S, 2)
            else:
                E = xp.exp(S - xp.max(S, axis=2, keepdims=True))
                P = E / xp.sum(E, axis=2, keepdims=True)
            joined = xp.reshape(xp.swapaxes(P @ V, 0, 1), (T, d))
            return xp.sum(C * (joined @ Wo))

        return f

    def split(A):
        return A.reshape(T, heads, d // heads).swapaxes(0, 1)

    def join(A):
        return A.swapaxes(0, 1).reshape(T, d)

    def by_hand(X, Wq, Wk, Wv, Wo):
        Q, K, V = split(X @ Wq), split(X @ Wk), split(X @ Wv)
        S = (Q @ K.swapaxes(1, 2)) * scale
        E = np.exp(S - np.max(S, axis=2, keepdims=True))
        P = E / np.sum(E, axis=2, keepdims=True)
        joined = join(P @ V)
        np.sum(C * (joined @ Wo))
        H_bar = split(C @ Wo.T)
        P_bar = H_bar @ V.swapaxes(1, 2)
        S_bar = P * (P_bar - np.sum(P_bar * P, axis=2, keepdims=True)) * scale
        Q_bar, K_bar = join(S_bar @ K), join(S_bar.swapaxes(1, 2) @ Q)
        V_bar = join(P.swapaxes(1, 2) @ H_bar)
        X_bar = Q_bar @ Wq.T + K_bar @ Wk.T + V_bar @ Wv.T
        return X_bar, X.T @ Q_bar, X.T @ K_bar, X.T @ V_bar, joined.T @ C

    return Workload(loss, (X, *weights), by_hand, constants=(C,))


def two_layers(n, transform):
    """Two tanh layers, n → n: the Jacobian, against pulling the identity back at once by hand."""
    rng = generator(3)
    x = rng.normal(size=n)
    W1, W2 = rng.normal(size=(2, n, n)) / np.sqrt(n)

    def loss(library, W1, W2):
        return lambda x: library.xp.tanh(W2 @ library.xp.tanh(W1 @ x))

    def by_hand(x):
        h = np.tanh(W1 @ x)
        y = np.tanh(W2 @ h)
        Y_bar = np.eye(n)
        H_bar = (Y_bar * (1 - y * y)) @ W2
        return ((H_bar * (1 - h * h)) @ W1,)

    return Workload(loss, (x,), by_hand, constants=(W1, W2), transform=transform)
