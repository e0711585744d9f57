"""Wrong answers as learners give them, chapter by chapter: each is told what it probably is.

The answers are typed, not made by the slips themselves: this is what people write.
"""

from __future__ import annotations

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.slips import SLIPS


def sigma(z):
    return 1 / (1 + np.exp(-z))


def slope(w, b, x, y):
    """∂L/∂z of the logistic neuron."""
    y_hat = sigma(w * x + b)
    return (y_hat - y) * y_hat * (1 - y_hat)


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x))


def first_of(n):
    return np.eye(n)[0]


def later_overwrites(x, i, y_bar):
    x_bar = np.zeros_like(x)
    x_bar[i] += y_bar
    return x_bar


Y_HAT, C3 = sigma(2.0), np.cos(3)
X, Y_BAR = np.array([[1.0, 2], [3, 5]]), np.array([[1.0, 6, 2], [-1, 4, 3]])

ANSWERS = [  # the exercise, what somebody answers, the slip that is named
    ("ch1-b", (Y_HAT, Y_HAT / 2), "missing-factor"),
    ("ch1-b", (Y_HAT**2 * (1 - Y_HAT), Y_HAT**2 * (1 - Y_HAT) * 2), "other-edge"),
    ("ch1-b", (Y_HAT**2 * (1 - Y_HAT) / 2, Y_HAT**2 * (1 - Y_HAT)), "swapped-answers"),
    ("ch1-repair", lambda y_hat, y, x: (y - y_hat) * y_hat * (1 - y_hat) * x, "wrong-sign"),
    ("ch1-repair", lambda y_hat, y, x: 2 * (y_hat - y) * y_hat * (1 - y_hat) * x, "factor-of-two"),
    ("ch1-repair", lambda y_hat, y, x: (y_hat - y) * x, "missing-factor"),
    ("ch1-tanh", lambda w, b, x, y: (np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b)) * x, "other-slope"),
    ("ch1-tanh", lambda w, b, x, y: (np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b) ** 2) * w, "other-edge"),
    ("ch1-three", lambda w, b, x, y: slope(w, b, x, y) * x, "sum-left-out"),
    ("ch1-step", lambda w, b, x, y, eta: (w + eta * slope(w, b, x, y) * x, b + eta * slope(w, b, x, y)), "wrong-sign"),
    ("ch1-step", lambda w, b, x, y, eta: (slope(w, b, x, y) * x, slope(w, b, x, y)), "no-step"),
    ("ch1-saturation", -12.0, "right-already"),
    ("ch2-twice", (13, 13), "forgotten-path"),
    ("ch2-twice", (13, 12.75), "mean-of-paths"),
    ("ch2-direct", (25, 25), "total-for-partial"),
    ("ch2-direct", (1, 1), "partial-for-total"),
    ("ch2-direct", (25, 1), "swapped-answers"),
    ("ch2-count", (12, 42), "summed-layers"),
    ("ch2-shared", lambda w, x, t: (w * np.tanh(w * x) - t) * np.tanh(w * x), "forgotten-path"),
    ("ch2-shared", lambda w, x, t: (w * np.tanh(w * x) - t) * (np.tanh(w * x) + w * x), "missing-factor"),
    ("ch2-shared", lambda w, x, t: np.tanh(w * x) + w * (1 - np.tanh(w * x) ** 2) * x, "missing-factor"),
    ("ch2-repair", lambda a, b: (a * b + (a + (a * b) ** 2) * b, (a + (a * b) ** 2) * a), "forgotten-path"),
    ("ch3-pullback", [7, 3 + C3], "cotangent-ignored"),
    ("ch3-pullback", [[11], [4 + 3 * C3]], "number-of-axes"),
    ("ch3-pullback", [[3, 8, 0], [2, 2, 3 * C3]], "sum-left-out"),
    ("ch3-layout", "a", "missing-transpose"),
    ("ch3-repair", lambda J, y_bar: J @ y_bar, "missing-transpose"),
    ("ch3-repair", lambda J, y_bar: y_bar.T @ J, "transposed"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A, x.T @ (S + S.T), J_y @ J_z), "wrong-order"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A.T, (S + S.T) @ x, J_y @ J_z), "transposed"),
    ("ch3-without", lambda x, y_bar: np.stack([2 * x[0] * y_bar[0], np.exp(x[1]) * y_bar[2]]), "forgotten-path"),
    ("ch3-orders", (40_000, 6_000_000), "one-product"),
    ("ch4-kink", ([0, 14, 0, 0], [0, 14, 0, 0]), "forward-again"),
    ("ch4-kink", ([3, 14, -5, -8], [3, 14, -5, -8]), "not-moved"),
    ("ch4-column", lambda x, y_bar: y_bar * np.exp(x), "silent-stretch"),
    ("ch4-running", lambda y_bar: np.cumsum(y_bar / np.arange(1, y_bar.size + 1)), "missing-transpose"),
    ("ch4-softmax", lambda S, S_bar: S * (1 - S) * S_bar, "diagonal-only"),
    ("ch4-softmax", lambda S, S_bar: S * (S_bar - (S * S_bar).sum(axis=0)), "wrong-axis"),
    ("ch4-softmax", lambda S, S_bar: S * (S_bar - (S * S_bar).sum(axis=1)), "silent-stretch"),
    ("ch4-softmax", lambda S, S_bar: S - S_bar, "other-loss"),
    ("ch4-gate", lambda u, v, y_bar: (y_bar * u * sigma(v) * (1 - sigma(v)), y_bar * sigma(v)), "swapped-answers"),
    ("ch5-weights", X @ Y_BAR, "missing-transpose"),
    ("ch5-weights", X.T @ Y_BAR / 2, "mean-of-paths"),
    ("ch5-unbroadcast", lambda s, X, b, Y_bar: (Y_bar * X, Y_bar), "broadcast"),
    ("ch5-unbroadcast", lambda s, X, b, Y_bar: (np.sum(Y_bar * X, axis=1, keepdims=True), Y_bar.mean(axis=0)), "mean-of-paths"),
    ("ch5-unbroadcast", lambda s, X, b, Y_bar: (np.sum(Y_bar * X, axis=0, keepdims=True), Y_bar.sum(axis=1)), "wrong-axis"),
    ("ch5-square", lambda X, W, Y_bar: (Y_bar @ W.T, X.T @ Y_bar), "other-layout"),
    ("ch5-test", "b", "symmetric-test"),
    ("puzzle-identity", lambda x: np.ones((x.size, x.size)), "full-for-diagonal"),
    ("puzzle-square", lambda x: 2 * np.eye(x.size), "missing-factor"),
    ("puzzle-reverse", lambda x, y_bar: x[::-1], "value-for-cotangent"),
    ("puzzle-shift", lambda x, y_bar: np.roll(y_bar, 1), "missing-transpose"),
    ("puzzle-transpose", lambda X, Y_bar: Y_bar, "transposed"),
    ("puzzle-sum", lambda x, y_bar: y_bar * x.size, "not-spread"),
    ("puzzle-broadcast", lambda X, b, Y_bar: Y_bar.sum(axis=0, keepdims=True), "number-of-axes"),
    ("puzzle-centre", lambda x, y_bar: y_bar - x.mean(), "value-for-cotangent"),
    ("puzzle-cumsum", lambda x, y_bar: np.cumsum(y_bar[::-1]), "left-reversed"),
    ("puzzle-cumsum", lambda x, y_bar: np.diff(y_bar, prepend=0), "inverse"),
    ("puzzle-matvec", lambda A, x, y_bar: np.outer(y_bar, x), "other-variable"),
    ("puzzle-outer", lambda u, v, Y_bar: u @ Y_bar, "other-variable"),
    ("puzzle-matmul", lambda A, B, Y_bar: B.T @ Y_bar, "wrong-order"),
    ("puzzle-gather", later_overwrites, "overwritten-path"),
    ("puzzle-pooling", lambda x, y_bar: np.repeat(y_bar, 2), "not-used"),
    ("puzzle-norm", lambda x, y_bar: 2 * y_bar * x / np.linalg.norm(x), "factor-of-two"),
    ("puzzle-softmax", lambda x: np.diag(softmax(x)), "constant-denominator"),
    ("puzzle-softmax", lambda x: np.diag(softmax(x) * (1 - softmax(x))), "diagonal-only"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "answer", "slip"), ANSWERS, ids=lambda v: v if type(v) is str else ""
)
def test_a_learner_is_told_which_slip_it_is(id, answer, slip):
    verdict = bl.exercises.check(id, answer)
    assert (verdict.state, verdict.slip) == ("not this", slip), verdict
    assert SLIPS[slip].explanation in " ".join(repr(verdict).split())


def test_every_slip_of_the_plan_is_among_them():
    plan = {
        "transposed", "missing-factor", "forgotten-path", "partial-for-total", "wrong-sign",
        "wrong-axis", "missing-transpose", "silent-stretch", "wrong-order", "diagonal-only",
    }  # fmt: skip
    assert plan <= {slip for *_, slip in ANSWERS}


@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("ch1-b", (0.09, 0.05), "∂L/∂b is close: was it rounded?"),
        ("ch5-weights", [[-2, 18, 11], [-3, 32, 18]], "5 of 6 entries are right: look at the others."),
        ("ch3-translate", lambda A, S, x, J_y, J_z: (A.T, (S + S.T) @ x, J_y @ J_z), "That explains ∂(Ax)/∂x and ∂(xᵀSx)/∂x. Then look at ∂z/∂x."),
        ("puzzle-sort", np.argsort, "J is shape (1,) in your answer; shape (1, 1) is asked for."),
        ("ch1-b", (0, 0), "None of the named slips explains it."),
    ],
)  # fmt: skip
def test_what_no_slip_explains_gets_a_word_that_helps(id, answer, said):
    verdict = bl.exercises.check(id, answer)
    assert verdict.state == "not this" and said in " ".join(repr(verdict).split()), verdict


def test_a_shape_that_is_no_sum_is_not_called_one():
    """Indices given for a Jacobian have one axis too few, and nothing was summed."""
    assert bl.exercises.check("puzzle-sort", np.argsort).slip == ""
