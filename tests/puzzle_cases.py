"""Right answers to the twenty puzzles: one by hand in another algebra, the others made from it.

Each puzzle gets, beside the hand-written lambda, the same as nested lists and in float32, central
differences of the line in plain NumPy, and the engine's forward mode, column by column.
"""

from __future__ import annotations

import numpy as np

import backprop_lab as bl
from backprop_lab.exercises.puzzles import PUZZLES


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


HAND = {
    "identity": lambda x: np.diag(x**0),
    "square": lambda x: 2 * x * np.eye(len(x)),
    "reverse": lambda x, y_bar: np.flip(y_bar),
    "shift": lambda x, y_bar: np.append(y_bar[1:], y_bar[0]),
    "transpose": lambda X, Y_bar: np.einsum("ij->ji", Y_bar),
    "sum": lambda x, y_bar: np.full(x.shape, y_bar),
    "mean": lambda x, y_bar: np.repeat(y_bar / len(x), len(x)),
    "broadcast": lambda X, b, Y_bar: np.ones(len(X)) @ Y_bar,
    "centre": lambda x, y_bar: (np.eye(x.size) - 1 / x.size) @ y_bar,
    "cumsum": lambda x, y_bar: np.tri(x.size).T @ y_bar,
    "dot": lambda x, y_bar: (x + x) * y_bar,
    "matvec": lambda A, x, y_bar: y_bar @ A,
    "outer": lambda u, v, Y_bar: (Y_bar * v).sum(axis=1),
    "matmul": lambda A, B, Y_bar: (B @ Y_bar.T).T,
    "convolution": lambda x, w, y_bar: np.correlate(y_bar, w, "full"),
    "gather": lambda x, i, y_bar: y_bar @ np.eye(x.size)[i],
    "sort": lambda x: (np.sort(x)[:, None] == x).astype(float),
    "pooling": lambda x, y_bar: (
        (x.reshape(-1, 2) == x.reshape(-1, 2).max(axis=1, keepdims=True)) * y_bar[:, None]
    ).ravel(),
    "norm": lambda x, y_bar: x * y_bar * (x @ x) ** -0.5,
    "softmax": lambda x: softmax(x)[:, None] * (np.eye(x.size) - softmax(x)),
}


def weighed(columns, puzzle, given):
    """Make of the columns of J what the puzzle asks for: J itself, or ȳ times each column."""
    if puzzle.asks == "J":
        return np.stack(columns, axis=-1)
    _, x = puzzle.line.alone(*given[: len(puzzle.line.names)])
    return np.reshape([np.sum(given[-1] * column) for column in columns], x.shape)


def directions(puzzle, given):
    """Give the line as a function of its variable, the variable, and the unit arrays of its shape."""
    f, x = puzzle.line.alone(*given[: len(puzzle.line.names)])
    return f, x, np.eye(x.size).reshape(-1, *x.shape)


def by_differences(puzzle, h=1e-6):
    def answer(*given):
        f, x, units = directions(puzzle, given)
        return weighed([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in units], puzzle, given)

    return answer


def by_forward_mode(puzzle):
    def answer(*given):
        f, x, units = directions(puzzle, given)
        return weighed([bl.jvp(f, (x,), (e,))[1] for e in units], puzzle, given)

    return answer


def then(function, last):
    return lambda *given: last(np.asarray(function(*given)))


def right_answers(puzzle):
    hand = HAND[puzzle.exercise.id.removeprefix("puzzle-")]
    as_list, as_float32 = then(hand, np.ndarray.tolist), then(hand, np.float32)
    return [hand, as_list, as_float32, by_differences(puzzle), by_forward_mode(puzzle)]


RIGHT = {puzzle.exercise.id: right_answers(puzzle) for puzzle in PUZZLES}
