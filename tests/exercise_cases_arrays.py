"""The cases of chapters 4 and 5, whose answers are arrays: see `exercise_cases`."""

from __future__ import annotations

import numpy as np
import sympy as sp

import backprop_lab as bl


# --- chapter 4 ------------------------------------------------------------------------------------
def mean_engine(y_bar):
    def f(x):
        return np.cumsum(x) / np.arange(1, len(y_bar) + 1)

    return bl.vjp(f, 0 * y_bar)[1](y_bar)[0]


def mean_matrix(y_bar):
    n = len(y_bar)
    return np.float32(np.tril(1 / np.arange(1, n + 1)[:, None] * np.ones(n)).T @ y_bar)


def mean_loop(y_bar):
    total, out = 0.0, []
    for i in range(len(y_bar), 0, -1):
        total += y_bar[i - 1] / i
        out.append(total)
    return out[::-1]


def softmax_by_matrices(S, S_bar):
    return [(np.diag(s) - np.outer(s, s)) @ g for s, g in zip(S, S_bar, strict=True)]


def softmax_engine(S, S_bar):
    X = np.log(S) + 1.0
    return bl.vjp(lambda X: np.exp(X) / np.sum(np.exp(X), axis=1)[:, None], X)[1](S_bar)[0]


def softmax_einsum(S, S_bar):
    return (S * S_bar - np.einsum("ij,ik,ik->ij", S, S, S_bar)).astype(np.float32)


def gate_engine(u, v, y_bar):
    return bl.vjp(lambda u, v: u * bl.sigmoid(v), u, v)[1](y_bar)


def gate_exp(u, v, y_bar):
    e = np.exp(v)
    return [(y_bar * e / (1 + e)).tolist(), y_bar * u * e / (1 + e) ** 2]


def gate_tanh(u, v, y_bar):
    t = np.tanh(v / 2)
    return y_bar * (1 + t) / 2, np.float32(y_bar * u * (1 - t**2) / 4)


# --- chapter 5 ------------------------------------------------------------------------------------
X5, Y5_BAR = np.array([[1, 2], [3, 5]]), np.array([[1, 6, 2], [-1, 4, 3]])


def scaled_engine(s, X, b, Y_bar):
    return bl.vjp(lambda s, b: s * X + b, s, b)[1](Y_bar)


def scaled_einsum(s, X, b, Y_bar):
    return [np.einsum("ij,ij->i", X, Y_bar)[:, None], np.einsum("ij->j", Y_bar).tolist()]


def scaled_rows(s, X, b, Y_bar):
    by_row = [[np.dot(x, y)] for x, y in zip(X, Y_bar, strict=True)]
    return np.float32(by_row), np.ones(len(X)) @ Y_bar


def moved_engine(x, *cotangents):
    moves = (
        lambda x: np.roll(x, 1, axis=0),
        lambda x: x[:, 0],
        lambda x: np.concatenate([x, x]),
        lambda x: np.mean(x, axis=1),
        lambda x: np.reshape(np.transpose(x), -1),
    )
    return [bl.vjp(f, x)[1](g)[0] for f, g in zip(moves, cotangents, strict=True)]


def moved_by_index(x, rolled, column, twice, mean, read):
    n, m = x.shape
    first = np.eye(m)[0]
    return (
        rolled[(np.arange(n) + 1) % n].tolist(),
        np.outer(column, first),
        twice.reshape(2, n, m).sum(0),
        np.outer(mean, np.full(m, 1 / m)),
        read.reshape(x.shape, order="F"),
    )


def moved_by_loops(x, rolled, column, twice, mean, read):
    bars = [np.zeros(x.shape, np.float32) for _ in range(5)]
    n, m = x.shape
    for i in range(n):
        bars[1][i, 0] = column[i]
        for j in range(m):
            bars[0][i, j] = rolled[(i + 1) % n, j]
            bars[2][i, j] = twice[i, j] + twice[n + i, j]
            bars[3][i, j] = mean[i] / m
            bars[4][i, j] = read[j * n + i]
    return tuple(bars)


def turned_engine(X, W, Y_bar):
    return bl.vjp(lambda X, W: X @ W.T, X, W)[1](Y_bar)


def turned_einsum(X, W, Y_bar):
    return [np.einsum("ij,jk->ik", Y_bar, W).tolist(), np.einsum("ij,ik->jk", Y_bar, X)]


def turned_other_algebra(X, W, Y_bar):
    return (W.T @ Y_bar.T).T, (X.T @ Y_bar).T.astype(np.float32)


RIGHT = {
    "ch4-kink": [
        ([0, 0, -5, 0], [0, 7, -5, -4]),
        np.float32([[0, 0, -5, 0], [0, 7, -5, -4]]),
        [sp.Matrix([0, 0, -5, 0]), sp.Matrix([0, 7, -5, -4])],
    ],
    "ch4-column": [
        lambda x, y_bar: y_bar[:, 0] * np.exp(x),
        lambda x, y_bar: np.diag(y_bar * np.exp(x)).tolist(),
        lambda x, y_bar: np.float32((y_bar.T * np.exp(x))[0]),
    ],
    "ch4-running": [mean_engine, mean_matrix, mean_loop],
    "ch4-softmax": [softmax_by_matrices, softmax_engine, softmax_einsum],
    "ch4-gate": [gate_engine, gate_exp, gate_tanh],
    "ch5-weights": [
        (X5.T @ Y5_BAR).tolist(),
        np.float32(np.einsum("ij,ik->jk", X5, Y5_BAR)),
        sp.Matrix(X5).T * sp.Matrix(Y5_BAR),
        (Y5_BAR.T @ X5).T,
    ],
    "ch5-unbroadcast": [scaled_engine, scaled_einsum, scaled_rows],
    "ch5-adjoints": [moved_engine, moved_by_index, moved_by_loops],
    "ch5-square": [turned_engine, turned_einsum, turned_other_algebra],
    "ch5-test": ["d", "D", " (d)."],
}  # fmt: skip

WRONG = {
    ("ch4-gate", "swapped-answers"): lambda u, v, y_bar: gate_engine(u, v, y_bar)[::-1],
    ("puzzle-cumsum", "left-reversed"): lambda x, y_bar: np.cumsum(y_bar[::-1]),
    ("ch5-square", "other-layout"): lambda X, W, Y_bar: (Y_bar @ W.T, X.T @ Y_bar),
    ("ch5-weights", "transposed"): Y5_BAR.T @ X5,
    ("ch5-unbroadcast", "broadcast"): lambda s, X, b, Y_bar: (Y_bar * X, Y_bar),
    ("ch5-test", "symmetric-test"): "a",
}
