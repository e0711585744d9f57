"""For each exercise: right answers of other kinds, and wrong ones that no slip can make by itself.

`RIGHT` gives three equivalent answers or more: other algebra, another dtype, a list for an array,
SymPy for numbers. `WRONG` gives an answer for each listed slip that shows by its shape, or belongs
to a choice, a condition or a formula.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

import backprop_lab as bl
import exercise_cases_arrays
import puzzle_cases


def logistic(z):
    return 1 / (1 + np.exp(-z))


def loss(w, b, x, y, activation=logistic):
    return (y - activation(w @ x if np.ndim(w) else w * x + b)) ** 2 / 2


def weights_loss(w, b, x, y):
    return (y - logistic(w @ x + b)) ** 2 / 2


# --- chapter 1 ------------------------------------------------------------------------------------
Z_BAR = logistic(2.0) ** 2 * (1 - logistic(2.0))
EXACT = 1 / (1 + sp.exp(-2))
Y_HAT, Y, X = sp.symbols("y_hat y x")


def tanh_other_algebra(w, b, x, y):
    p = np.tanh(w * x + b)
    return x * (y - p) * (p - 1) * (p + 1)


def tanh_cosh(w, b, x, y):
    z = w * x + b
    return np.float32((np.tanh(z) - y) * x / np.cosh(z) ** 2)


def tanh_engine(w, b, x, y):
    return bl.grad(lambda w: (y - np.tanh(w * x + b)) ** 2 / 2)(w)


def tanh_sympy(w, b, x, y):
    v = sp.Symbol("v")
    return sp.diff((y - sp.tanh(v * x + b)) ** 2 / 2, v).subs(v, w)


def weights_loop(w, b, x, y):
    z = b
    for one, other in zip(w, x, strict=True):
        z += one * other
    p = logistic(z)
    return [(p - y) * p * (1 - p) * other for other in x]


def weights_engine(w, b, x, y):
    return bl.grad(weights_loss)(w, b, x, y)


def weights_float32(w, b, x, y):
    p = logistic(np.sum(w * x) + b)
    return ((p - y) * (p - p**2) * x).astype(np.float32)


def step_list(w, b, x, y, eta):
    p = logistic(w * x + b)
    z_bar = -(y - p) * p * (1 - p)
    return [w - eta * z_bar * x, b - eta * z_bar]


def step_array(w, b, x, y, eta):
    return np.array([w, b]) - eta * np.array(step_gradient(w, b, x, y))


def step_gradient(w, b, x, y):
    return bl.grad(lambda w, b: (y - logistic(w * x + b)) ** 2 / 2, argnums=(0, 1))(w, b)


def step_late_on_purpose(w, b, x, y, eta):
    w_bar, b_bar = step_gradient(w, b, x, y)
    w -= eta * w_bar
    b += -eta * b_bar
    return np.float32(w), np.float32(b)


# --- chapter 2 ------------------------------------------------------------------------------------
def shared_loss(w, x, t):
    return (w * np.tanh(w * x) - t) ** 2 / 2


def shared_engine(w, x, t):
    return bl.grad(shared_loss)(w, x, t)


def shared_sympy(w, x, t):
    v = sp.Symbol("v")
    return sp.diff((v * sp.tanh(v * x) - t) ** 2 / 2, v).subs(v, w)


def shared_other_algebra(w, x, t):
    h = np.tanh(w * x)
    return np.float32((w * h - t) * (h + w * x / np.cosh(w * x) ** 2))


def walked_engine(a, b):
    return bl.grad(lambda a, b: a * b * (a + (a * b) ** 2), argnums=(0, 1))(a, b)


def walked_multiplied_out(a, b):
    return [2 * a * b + 3 * a**2 * b**3, a**2 + 3 * a**3 * b**2]


def walked_by_paths(a, b):
    u = a * b
    through_u = a + u**2 + u * 2 * u
    return np.array([u + through_u * b, through_u * a], dtype=np.float32)


# --- chapter 3 ------------------------------------------------------------------------------------
J = np.array([[3, 2], [4, 1], [0, np.cos(3)]])


def translate_lists(A, S, x, J_y, J_z):
    return [A.tolist(), (S @ x + S.T @ x).T, np.einsum("ki,ij->kj", J_z, J_y)]


def translate_engine(A, S, x, J_y, J_z):
    point = x[:, 0]
    row = bl.grad(lambda v: v @ S @ v)(point)[None]
    return bl.jacobian(lambda v: A @ v)(point), row, bl.jacobian(lambda v: J_z @ (J_y @ v))(point)


def translate_other_algebra(A, S, x, J_y, J_z):
    return A.astype(np.float32), ((S + S.T) @ x).T, (J_y.T @ J_z.T).T


def pulled_by_vjp(x, y_bar):
    f = lambda x: np.stack([x[0] ** 2, x[0] * x[1], np.exp(x[1])])  # noqa: E731
    return bl.vjp(f, x)[1](y_bar)[0]


def pulled_as_list(x, y_bar):
    a, b = x
    p, q, r = y_bar
    return [a * (2 * p) + b * q, q * a + r * np.exp(b)]


def pulled_by_sympy(x, y_bar):
    a, b = sp.symbols("a b")
    table = sp.Matrix([a**2, a * b, sp.exp(b)]).jacobian([a, b])
    return table.subs({a: x[0], b: x[1]}).T * sp.Matrix(y_bar)


RIGHT = {
    "ch1-b": [
        [Z_BAR, Z_BAR / 2],
        np.array([Z_BAR, Z_BAR * 0.5], dtype=np.float32),
        (EXACT**2 * (1 - EXACT), EXACT**2 * (1 - EXACT) / 2),
    ],
    "ch1-repair": [
        (Y_HAT - Y) * Y_HAT * (1 - Y_HAT) * X,
        lambda y, x, y_hat: x * (y - y_hat) * (y_hat**2 - y_hat),
        lambda w, b, x, y: (logistic(w * x + b) - y) * np.exp(-w * x - b) * x
        / (1 + np.exp(-w * x - b)) ** 2,
        sp.expand((Y_HAT - Y) * Y_HAT * (1 - Y_HAT) * X),
    ],
    "ch1-tanh": [tanh_other_algebra, tanh_cosh, tanh_engine, tanh_sympy],
    "ch1-three": [weights_loop, weights_engine, weights_float32],
    "ch1-saturation": [8, 400.0, np.float32(12), sp.Integer(9), Fraction(21, 2), [[25]][0][0]],
    "ch1-step": [step_list, step_array, step_late_on_purpose],
    "ch2-twice": [[13, 25.5], np.float32([13, 25.5]), (sp.Integer(13), Fraction(51, 2))],
    "ch2-direct": [[1.0, 25], np.array([1, 25]), (sp.Integer(1), sp.Rational(50, 2))],
    "ch2-count": [[60, 42], np.array([60.0, 42.0]), (sp.Integer(60), Fraction(42))],
    "ch2-shared": [shared_engine, shared_sympy, shared_other_algebra],
    "ch2-repair": [walked_engine, walked_multiplied_out, walked_by_paths],
    "ch3-pullback": [
        [11, 4 + 3 * np.cos(3)],
        (J.T @ [1, 2, 3]).astype(np.float32),
        sp.Matrix([11, 4 + 3 * sp.cos(3)]),
        (11, 4 + 3 * sp.cos(3)),
    ],
    "ch3-layout": ["b", "B", " (b) "],
    "ch3-repair": [
        lambda J, y_bar: (y_bar.T @ J).T,
        lambda J, y_bar: np.einsum("ij,ik->jk", J, y_bar).tolist(),
        lambda J, y_bar: np.sum(J * y_bar, axis=0, keepdims=True).T.astype(np.float32),
    ],
    "ch3-translate": [translate_lists, translate_engine, translate_other_algebra],
    "ch3-without": [pulled_by_vjp, pulled_as_list, pulled_by_sympy],
    "ch3-orders": [[280000, 6030000], np.array([2.8e5, 6.03e6]), (sp.Integer(280000), 6030000)],
}  # fmt: skip
RIGHT |= exercise_cases_arrays.RIGHT | puzzle_cases.RIGHT

WRONG = {
    ("ch1-repair", "wrong-sign"): lambda y_hat, y, x: (y - y_hat) * y_hat * (1 - y_hat) * x,
    ("ch1-repair", "missing-factor"): (Y_HAT - Y) * X,
    ("ch1-repair", "unchanged"): (Y - Y_HAT) * (1 - Y_HAT) * X,
    ("ch1-repair", "other-edge"): lambda y_hat, y, w: (y_hat - y) * y_hat * (1 - y_hat) * w,
    ("ch1-saturation", "right-already"): -20,
    ("ch1-saturation", "still-steep"): 1.0,
    ("ch3-layout", "missing-transpose"): "a",
    ("ch3-translate", "wrong-order"): lambda A, S, x, J_y, J_z: (A, x.T @ (S + S.T), J_y @ J_z),
    ("ch3-repair", "transposed"): lambda J, y_bar: y_bar.T @ J,
    ("ch3-repair", "missing-transpose"): lambda J, y_bar: J @ y_bar,
}
WRONG |= {
    ("ch1-b", "swapped-answers"): (Z_BAR / 2, Z_BAR),
    ("ch1-repair", "factor-of-two"): lambda y_hat, y, x: 2 * (y_hat - y) * y_hat * (1 - y_hat) * x,
    ("ch1-three", "not-spread"): lambda w, b, x, y: np.sum(weights_engine(w, b, x, y)),
    ("ch2-count", "swapped-answers"): (42, 60),
    ("ch3-orders", "swapped-answers"): (6_030_000, 280_000),
    ("ch3-repair", "number-of-axes"): lambda J, y_bar: J.T @ y_bar[:, 0],
}
WRONG |= exercise_cases_arrays.WRONG
