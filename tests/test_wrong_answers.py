"""Wrong answers as learners give them, chapter by chapter: each is told what it probably is.

The answers are typed, not made by the slips themselves: this is what people write.
"""

from __future__ import annotations

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.slips import SLIPS
from exercise_cases_arrays import moved_engine


def sigma(z):
    return 1 / (1 + np.exp(-z))


def slope(w, b, x, y):
    """∂L/∂z of the logistic neuron."""
    y_hat = sigma(w * x + b)
    return (y_hat - y) * y_hat * (1 - y_hat)


def z_slope(w, b, x, y):
    """∂L/∂z of the neuron with several weights."""
    return slope(1.0, b, w @ x, y)


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
    ("ch1-repair", lambda y_hat, y, x: (y - y_hat) * (1 - y_hat) * x, "unchanged"),
    ("ch1-repair", lambda y_hat, y, w: (y_hat - y) * y_hat * (1 - y_hat) * w, "other-edge"),
    ("ch1-tanh", lambda w, b, x, y: (np.tanh(w * x + b) - y) * sigma(w * x + b) * (1 - sigma(w * x + b)) * x, "other-slope"),
    ("ch1-tanh", lambda w, b, x, y: slope(w, b, x, y) * x, "unchanged"),
    ("ch1-tanh", lambda w, b, x, y: [(np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b) ** 2) * x], "number-of-axes"),
    ("ch1-three", lambda w, b, x, y: slope(w, b, x, y) * x, "sum-left-out"),
    ("ch1-three", lambda w, b, x, y: z_slope(w, b, x, y) * w, "other-edge"),
    ("ch1-three", lambda w, b, x, y: z_slope(w, b, x, y) * x / len(x), "mean-of-paths"),
    ("ch1-step", lambda w, b, x, y, eta: (w + eta * slope(w, b, x, y) * x, b + eta * slope(w, b, x, y)), "uphill"),
    ("ch1-step", lambda w, b, x, y, eta: (slope(w, b, x, y) * x, slope(w, b, x, y)), "no-step"),
    ("ch1-step", lambda w, b, x, y, eta: (w - eta * slope(w, b, x, y) * x, b), "not-stepped"),
    ("ch1-step", lambda w, b, x, y, eta: (w - eta * slope(w, b, x, y) * x, b - eta * slope(w, b, x, y) * x), "other-edge"),
    ("ch1-saturation", -12.0, "right-already"),
    ("ch1-saturation", -1.0, "still-steep"),
    ("ch1-saturation", -1.5, "still-steep"),
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
    ("ch3-pullback", [[11, 4 + 3 * C3]], "number-of-axes"),
    ("ch3-pullback", (np.array([11, 4 + 3 * C3]),), "number-of-axes"),
    ("ch3-pullback", [[-11, -4 - 3 * C3]], "wrong-sign"),
    ("ch3-pullback", [[3, 8, 0], [2, 2, 3 * C3]], "sum-left-out"),
    ("ch3-layout", "a", "missing-transpose"),
    ("ch3-repair", lambda J, y_bar: J @ y_bar, "missing-transpose"),
    ("ch3-repair", lambda J, y_bar: y_bar.T @ J, "transposed"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A, x.T @ (S + S.T), J_y @ J_z), "wrong-order"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A.T, (S + S.T) @ x, J_y @ J_z), "denominator-layout"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A, (S + S.T) @ x, J_z @ J_y), "denominator-layout"),
    ("ch3-translate", lambda A, S, x, J_y, J_z: (A, ((S + S.T) @ x).ravel(), J_z @ J_y), "number-of-axes"),
    ("ch3-without", lambda x, y_bar: [x[0] * y_bar[0] + x[1] * y_bar[1], x[0] * y_bar[1] + np.exp(x[1]) * y_bar[2]], "missing-factor"),
    ("ch3-without", lambda x, y_bar: [2 * x[0] * y_bar[0] + x[1] * y_bar[1], x[0] * y_bar[1] + y_bar[2]], "missing-factor"),
    ("ch3-without", lambda x, y_bar: [2 * x[0] * y_bar[0] + x[1] * y_bar[1], x[0] * y_bar[1] + np.exp(x[1])], "cotangent-ignored"),
    ("ch3-without", lambda x, y_bar: [x[1] * y_bar[1], np.exp(x[1]) * y_bar[2]], "overwritten-path"),
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
    ("ch5-unbroadcast", lambda s, X, b, Y_bar: (np.sum(Y_bar * s, axis=1, keepdims=True), Y_bar.sum(axis=0)), "other-edge"),
    ("ch5-unbroadcast", lambda s, X, b, Y_bar: (np.sum(Y_bar * X, axis=1, keepdims=True), (s * Y_bar).sum(axis=0)), "other-edge"),
    ("ch5-adjoints", lambda x, *bars: (*moved_engine(x, *bars)[:4], bars[4].reshape(x.shape)), "refilled"),
    ("ch5-adjoints", lambda x, *bars: (*moved_engine(x, *bars)[:4], bars[4].reshape(x.shape).T), "refilled"),
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
        ("puzzle-sort", np.argsort, "J has shape (1,) in your answer; shape (1, 1) is asked for."),
        ("ch1-b", (0, 0), "None of the named slips explains it."),
        ("ch1-b", np.array([[0.09, 0.04]]), "this is one array of shape (1, 2)."),
        ("ch1-b", [0.09], "∂L/∂b, ∂L/∂x; there is 1."),
        ("ch3-orders", (280_001, 6_030_050), "(J₃J₂)J₁ is close: count it to the last digit."),
        ("ch5-weights", [[4, 18, 11], [-3, 32, 19]], "5 of 6 entries are right: look at the others."),
        ("ch5-unbroadcast", lambda s, X, b, Y_bar: np.sum(Y_bar * X, axis=1, keepdims=True), "2 values are asked for, s_bar, b_bar; this is one array of shape (1, 1)."),
        ("ch1-repair", lambda y_hat, y, x: (y_hat - y) * x, "y = 3; so y_hat = 0.880797"),
    ],
)  # fmt: skip
def test_what_no_slip_explains_gets_a_word_that_helps(id, answer, said):
    verdict = bl.exercises.check(id, answer)
    assert verdict.state == "not this" and said in " ".join(repr(verdict).split()), verdict


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("puzzle-sort", np.argsort),  # indices for a Jacobian
        ("puzzle-reverse", lambda x, y_bar: y_bar[:-1]),
        ("puzzle-convolution", lambda x, w, y_bar: np.convolve(y_bar, w[::-1], "same")),
        ("puzzle-gather", lambda x, i, y_bar: np.bincount(i, y_bar)),
        ("ch3-pullback", [11.0]),
    ],
)
def test_a_shape_that_is_no_sum_is_not_called_one(id, answer):
    """An axis or an entry is missing, and nothing was summed."""
    verdict = bl.exercises.check(id, answer)
    assert (verdict.state, verdict.slip) == ("not this", "")
    assert "is asked for." in " ".join(repr(verdict).split())


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("ch5-weights", np.arange(6.0).reshape(3, 2)),
        ("ch5-weights", (X @ Y_BAR).T),
        ("ch3-repair", lambda J, y: y.T @ J.T),
    ],
)
def test_only_the_right_numbers_are_called_a_transposed_answer(id, answer):
    assert bl.exercises.check(id, answer).slip == ""
    assert bl.exercises.check("ch5-weights", (X.T @ Y_BAR).T).slip == "transposed"


def test_one_entry_that_agrees_with_a_slip_by_chance_does_not_name_it():
    """7 is the sum of a column of J, and a slip that ignores ȳ would change the other entry, too."""
    assert bl.exercises.check("ch3-pullback", [7, 4 + 3 * C3]).slip == ""
    assert bl.exercises.check("ch3-pullback", [7, 3 + C3]).slip == "cotangent-ignored"


def unpacked(w, b, x, y):
    w1, w2, w3 = w
    x1, x2, x3 = x
    z_bar = slope(1.0, b, w1 * x1 + w2 * x2 + w3 * x3, y)
    return [z_bar * x1, z_bar * x2, z_bar * x3]


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("ch1-three", unpacked, "w"),
        ("ch1-three", lambda w, b, x, y: [z_slope(w, b, x, y) * x[k] for k in range(3)], "w"),
        ("puzzle-mean", lambda x, y_bar: np.full(3, y_bar / 3), "x"),
    ],
)
def test_what_is_right_for_three_entries_alone_is_told_so(id, answer, name):
    verdict = bl.exercises.check(id, answer)
    said = f"Your function is right where {name} has shape (3,), and there alone"
    assert said in " ".join(repr(verdict).split()) and verdict.slip == ""


def test_arguments_in_another_order_are_called_by_their_names():
    def answer(x, w, b, y):
        return (np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b) ** 2) * x

    assert bl.exercises.check("ch1-tanh", answer)


def test_a_table_of_truth_values_is_one_of_0_and_1():
    assert bl.exercises.check("puzzle-sort", lambda x: np.sort(x)[:, None] == x)
    assert not bl.exercises.check("puzzle-sort", lambda x: x[:, None] == np.sort(x))
    assert not bl.exercises.check("puzzle-identity", lambda x: x[:, None] == x)  # a tie shows it
