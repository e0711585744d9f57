"""Functions of arrays with an index form for all sizes, for the tests of their derivations."""

from __future__ import annotations

import numpy as np

import backprop_lab as bl

X, XY = {"X": ("N", "p")}, {"X": ("N", "p"), "Y": ("N", "p")}
BATCH = {"A": ("b", "n", "p"), "B": ("b", "p", "m")}


def rows(X):
    return np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True)


SOFTMAX = {  # name: function, shapes
    "softmax of a vector": (lambda x: bl.let("s", bl.softmax(x)), {"x": ("n",)}),
    "softmax over rows": (lambda X: bl.let("S", bl.softmax(X, axis=1)), X),
    "softmax over columns": (lambda X: bl.let("S", bl.softmax(X, axis=0)), X),
    "softmax of the whole": (lambda X: bl.let("S", bl.softmax(X, axis=None)), X),
    "softmax by hand": (lambda X: bl.let("S", rows(X)), X),
    "softmax, three axes": (lambda X: bl.let("S", bl.softmax(X)), {"X": ("B", "N", "p")}),
    "log-softmax of a vector": (lambda x: bl.let("y", bl.log_softmax(x)), {"x": ("n",)}),
    "log-softmax over rows": (lambda X: bl.let("Y", bl.log_softmax(X, axis=1)), X),
    "log of a softmax": (lambda X: bl.let("Y", np.log(bl.softmax(X, axis=1))), X),
    "log-sum-exp": (lambda x: bl.let("L", bl.logsumexp(x)), {"x": ("n",)}),
    "log-sum-exp of rows": (lambda X: bl.let("v", bl.logsumexp(X, axis=1)), X),
    "log-sum-exp, kept": (lambda X: bl.let("Y", X - bl.logsumexp(X, axis=1, keepdims=True)), X),
    "cross-entropy": (
        lambda X, Y: bl.let("L", -np.sum(Y * bl.log_softmax(X, axis=1)) / X.shape[0]), XY
    ),
    "cross-entropy by hand": (lambda X, Y: bl.let("L", -np.sum(Y * np.log(rows(X))) / X.shape[0]), XY),
    "cross-entropy of a row": (lambda x, y: bl.let("L", -(y @ bl.log_softmax(x))), {"x": ("n",), "y": ("n",)}),
    "mean over rows": (lambda X, Y: bl.let("L", -np.mean(np.sum(Y * bl.log_softmax(X), axis=1))), XY),
    "sigmoid": (lambda X: bl.let("Y", bl.sigmoid(X)), X),
    "softplus": (lambda X: bl.let("Y", bl.softplus(X)), X),
}  # fmt: skip

SUMS = {
    "einsum ij,jk": (lambda X, W: bl.let("Y", np.einsum("ij,jk->ik", X, W)), {"X": ("N", "p"), "W": ("p", "m")}),
    "einsum implicit": (lambda X, W: bl.let("Y", np.einsum("ij,jk", X, W)), {"X": ("N", "p"), "W": ("p", "m")}),
    "einsum implicit order": (lambda X: bl.let("Y", np.einsum("ba", X)), X),
    "einsum transpose": (lambda X: bl.let("Y", np.einsum("ij->ji", X)), X),
    "einsum all": (lambda X: bl.let("L", np.einsum("ij->", X**2)), X),
    "einsum columns": (lambda X: bl.let("v", np.einsum("ij->j", X)), X),
    "einsum trace": (lambda X: bl.let("L", np.einsum("ii", X)), {"X": ("n", "n")}),
    "einsum diagonal": (lambda X: bl.let("v", np.einsum("ii->i", X)), {"X": ("n", "n")}),
    "einsum trace of a product": (lambda X, Y: bl.let("L", np.einsum("ij,ji", X, Y)), {"X": ("N", "p"), "Y": ("p", "N")}),
    "einsum outer": (lambda x, y: bl.let("Y", np.einsum("i,j->ij", x, y)), {"x": ("n",), "y": ("m",)}),
    "einsum entrywise": (lambda X, Y: bl.let("Z", np.einsum("ij,ij->ij", X, Y)), XY),
    "einsum batch": (lambda A, B: bl.let("Y", np.einsum("bij,bjk->bik", A, B)), BATCH),
    "einsum quadratic form": (lambda x, A, y: bl.let("L", np.einsum("i,ij,j", x, A, y)), {"x": ("n",), "A": ("n", "m"), "y": ("m",)}),
    "einsum three": (lambda X, W, v: bl.let("Y", np.einsum("ij,jk,k->i", X, W, v)), {"X": ("N", "p"), "W": ("p", "m"), "v": ("m",)}),
    "einsum four": (
        lambda A, B, C, D: bl.let("Y", np.einsum("ij,jk,kl,l->i", A, B, C, D)),
        {"A": ("N", "p"), "B": ("p", "m"), "C": ("m", "h"), "D": ("h",)},
    ),
    "einsum of itself": (lambda X: bl.let("Y", np.einsum("ij,kj,kl->il", X, X, X)), X),
    "einsum size 1": (lambda X, Y: bl.let("Z", np.einsum("ij,ij->ij", X, Y)), {"X": ("N", 1), "Y": ("N", "p")}),
    "dot of vectors": (lambda x, y: bl.let("L", np.dot(x, y)), {"x": ("n",), "y": ("n",)}),
    "dot of matrices": (lambda X, W: bl.let("Y", np.dot(X, W)), {"X": ("N", "p"), "W": ("p", "m")}),
    "dot with a number": (lambda X: bl.let("Y", np.dot(3.0, X)), X),
    "dot of three axes": (lambda A, W: bl.let("Y", np.dot(A, W)), {"A": ("b", "n", "p"), "W": ("p", "m")}),
    "tensordot 1": (lambda A, W: bl.let("Y", np.tensordot(A, W, 1)), {"A": ("b", "n", "p"), "W": ("p", "m")}),
    "tensordot 2": (lambda A, W: bl.let("Y", np.tensordot(A, W, axes=2)), {"A": ("b", "n", "p"), "W": ("n", "p")}),
    "tensordot 0": (lambda x, y: bl.let("Y", np.tensordot(x, y, 0)), {"x": ("n",), "y": ("m",)}),
    "tensordot axes": (lambda A, W: bl.let("Y", np.tensordot(A, W, ((0, 2), (1, 0)))), {"A": ("p", "n", "m"), "W": ("m", "p")}),
    "inner": (lambda X, W: bl.let("Y", np.inner(X, W)), {"X": ("N", "p"), "W": ("m", "p")}),
    "vdot": (lambda X, Y: bl.let("L", np.vdot(X, Y)), XY),
    "vecdot": (lambda X, Y: bl.let("v", np.vecdot(X, Y)), XY),
    "outer": (lambda x, y: bl.let("Y", np.outer(x, y)), {"x": ("n",), "y": ("m",)}),
    "trace": (lambda X: bl.let("L", np.trace(X @ X)), {"X": ("n", "n")}),
    "trace of a product": (lambda X, Y: bl.let("L", np.trace(X.T @ Y)), XY),
    "diagonal": (lambda X: bl.let("v", np.diagonal(X) ** 2), {"X": ("n", "n")}),
    "batched matmul": (lambda A, B: bl.let("Y", A @ B), BATCH),
    "batch times matrix": (lambda A, W: bl.let("Y", A @ W), {"A": ("b", "n", "p"), "W": ("p", "m")}),
    "matrix times batch": (lambda W, B: bl.let("Y", W @ B), {"W": ("n", "p"), "B": ("b", "p", "m")}),
    "batch times vector": (lambda A, v: bl.let("Y", A @ v), {"A": ("b", "n", "p"), "v": ("p",)}),
    "batch of one": (lambda A, B: bl.let("Y", A @ B), {"A": (1, "n", "p"), "B": ("b", "p", "m")}),
    "two batches": (lambda A, B: bl.let("Y", A @ B), {"A": ("c", 1, "n", "p"), "B": ("b", "p", "m")}),
    "attention": (
        lambda Q, K, V: bl.let("Y", bl.let("S", bl.softmax(Q @ K.T / K.shape[1] ** 0.5, axis=1)) @ V),
        {"Q": ("n", "d"), "K": ("m", "d"), "V": ("m", "v")},
    ),
    "sum over two of three": (lambda A: bl.let("v", np.sum(A, axis=(0, 2))), {"A": ("b", "n", "p")}),
    "sum kept": (lambda A: bl.let("Y", A * np.sum(A, axis=(0, 2), keepdims=True)), {"A": ("b", "n", "p")}),
    "sum from the end": (lambda A: bl.let("Y", A.sum(-2)), {"A": ("b", "n", "p")}),
    "mean over two": (lambda A: bl.let("v", np.mean(A**2, axis=(1, 2))), {"A": ("b", "n", "p")}),
    "variance": (lambda X: bl.let("v", np.var(X, axis=0)), X),
    "standard deviation": (lambda X: bl.let("v", np.std(X, axis=0)), X),
    "normalised": (
        lambda X: bl.let("Y", (X - X.mean(0)) / np.sqrt(np.var(X, axis=0) + 1e-5)), X
    ),
    "running sum": (lambda x: bl.let("y", np.cumsum(x)), {"x": ("n",)}),
    "running sum down": (lambda X: bl.let("Y", np.cumsum(X**2, axis=0)), X),
    "running sum of a running sum": (lambda x: bl.let("y", np.cumsum(np.cumsum(x))), {"x": ("n",)}),
}  # fmt: skip

MOVES = {
    "a new axis": (lambda x, y: bl.let("Y", x[:, None] * y[None, :]), {"x": ("n",), "y": ("m",)}),
    "distances": (
        lambda X, Y: bl.let("D", np.sum((X[:, None, :] - Y[None]) ** 2, axis=-1)),
        {"X": ("N", "d"), "Y": ("M", "d")},
    ),
    "a dot of dots": (lambda A: bl.let("Y", A[..., None] * A[..., None, :]), {"A": ("n", "p")}),
    "expand_dims": (lambda x: bl.let("Y", np.expand_dims(x, (0, 2)) ** 2), {"x": ("n",)}),
    "squeeze": (lambda X, y: bl.let("Y", np.squeeze(X, 1) * y), {"X": ("N", 1, "p"), "y": ("p",)}),
    "squeeze all": (lambda X: bl.let("Y", np.squeeze(X) ** 2), {"X": (1, "N", 1)}),
    "broadcast_to": (lambda b, X: bl.let("Y", np.broadcast_to(b, X.shape) * X), {"b": ("p",), "X": ("N", "p")}),
    "broadcast in the middle": (lambda A, b: bl.let("Y", A * b), {"A": ("B", "n", "p"), "b": ("B", 1, "p")}),
    "broadcast both ways": (lambda u, v: bl.let("Y", u + v * u), {"u": ("n", 1), "v": ("m",)}),
    "broadcast three": (lambda A, B, c: bl.let("Y", A * B + c), {"A": ("n", 1, "p"), "B": ("m", 1), "c": ("p",)}),
    "moveaxis": (lambda A: bl.let("Y", np.moveaxis(A, 0, -1) ** 2), {"A": ("b", "n", "p")}),
    "moveaxis two": (lambda A: bl.let("Y", np.moveaxis(A, (0, 1), (2, 0)) ** 2), {"A": ("b", "n", "p")}),
    "swapaxes": (lambda A: bl.let("Y", A.swapaxes(1, 2) ** 2), {"A": ("b", "n", "p")}),
    "transpose axes": (lambda A: bl.let("Y", A.transpose(1, 2, 0) ** 2), {"A": ("b", "n", "p")}),
    "turned round": (lambda x: bl.let("y", x[::-1] * np.flip(x)), {"x": ("n",)}),
    "palindrome": (lambda X: bl.let("Y", X * X[:, ::-1]), X),
    "reverse running sum": (lambda x: bl.let("y", np.cumsum(x[::-1])[::-1]), {"x": ("n",)}),
}  # fmt: skip

FIXED = {  # the sizes that change are numbers
    "ravel": (lambda X, v: bl.let("y", np.ravel(X) * v), {"X": (2, 3), "v": ("m", 6)}),
    "reshape splits": (lambda X: bl.let("Y", X.reshape(X.shape[0], 2, 3) ** 2), {"X": ("N", 6)}),
    "reshape merges": (lambda X: bl.let("Y", np.reshape(X, (-1, 6)) ** 2), {"X": ("N", 2, 3)}),
    "reshape regroups": (lambda X: bl.let("Y", np.reshape(X, (X.shape[0], 3, 2)) ** 2), {"X": ("N", 2, 3)}),
    "a column": (lambda X: bl.let("y", X[:, 0] * X[:, -1]), {"X": ("N", 3)}),
    "a slice": (lambda X: bl.let("Y", X[:, 1:] - X[:, :-1]), {"X": ("N", 3)}),
    "every second": (lambda X: bl.let("Y", X[:, ::2] ** 2), {"X": ("N", 4)}),
    "gates": (lambda Z: bl.let("Y", bl.sigmoid(Z[:, :2]) * np.tanh(Z[:, 2:])), {"Z": ("N", 4)}),
    "the last step": (lambda H, W: bl.let("Y", H[:, -1] @ W), {"H": ("N", 2, "p"), "W": ("p", "m")}),
}  # fmt: skip

NAMES = {  # sizes and arrays that bear the letters of indices
    "arrays named i, j, k": (lambda i, j, k: bl.let("l", i @ j @ k), {"i": ("n", "m"), "j": ("m", "p"), "k": ("p",)}),
    "sizes named i, j, k": (lambda X, W: bl.let("Y", X @ W), {"X": ("i", "j"), "W": ("j", "k")}),
    "sizes named a, b": (lambda X, W: bl.let("Y", np.exp(X @ W)), {"X": ("a", "b"), "W": ("b", "c")}),
    "numbers named i, k, j": (lambda X, i, k, j: bl.let("Y", i * X + k * np.sum(j * X)), {"X": ("N", "p"), "i": (), "k": (), "j": ()}),
    "the same array three times": (lambda X: bl.let("Y", X @ X.T @ X), X),
    "the same array in every place": (lambda X: bl.let("Y", X @ X @ X), {"X": ("n", "n")}),
    "sums in sums": (
        lambda X: bl.let("L", np.sum(np.sum(X * np.sum(X, axis=0), axis=1) * np.sum(X, axis=1)) ** 2), X
    ),
    "softmax of its own sum": (lambda X: bl.let("S", bl.softmax(X * np.sum(X), axis=1)), X),
    "softmax of a softmax": (lambda x: bl.let("s", bl.softmax(bl.softmax(x))), {"x": ("n",)}),
    "named k0_0": (lambda k0_0, k1_0: bl.let("Y", np.exp(k0_0 @ k1_0)), {"k0_0": ("N", "p"), "k1_0": ("p", "m")}),
}  # fmt: skip


def activated(activation, loss):
    """Give a network of two layers whose every step has a name."""

    def network(X, W1, b1, W2, b2, Y):
        A = bl.let("A", X @ W1 + b1)
        H = bl.let("H", activation(A))
        Z = bl.let("Z", H @ W2 + b2)
        return bl.let("L", loss(Z, Y))

    return network


def cross_entropy(Z, Y):
    return -np.sum(Y * bl.log_softmax(Z, axis=1)) / Z.shape[0]


def squared(Z, Y):
    return np.sum((Z - Y) ** 2) / (2 * Z.shape[0])


LAYERS = {
    "X": ("N", "p"), "W1": ("p", "h"), "b1": ("h",), "W2": ("h", "m"), "b2": ("m",), "Y": ("N", "m"),
}  # fmt: skip
ACTIVATIONS = {"tanh": np.tanh, "sigmoid": bl.sigmoid, "relu": bl.relu}
LOSSES = {"cross-entropy": cross_entropy, "squared": squared}
NETWORKS = {
    f"{activation}, {loss}": activated(ACTIVATIONS[activation], LOSSES[loss])
    for activation in ACTIVATIONS
    for loss in LOSSES
}
FORMS = SOFTMAX | SUMS | MOVES | FIXED | NAMES


def order(x):
    """Number the entries of a vector: 1, 2, 3, …"""
    return np.cumsum(np.ones_like(x))


CONDITIONS = {  # of a square X and a vector t of the same size
    "relu by where": lambda X, t: np.where(X > 0, X, 0.0),
    "relu by where, at least": lambda X, t: np.where(X >= 0, X, 0.0),
    "relu by maximum": lambda X, t: np.maximum(X, 0),
    "relu, squared": lambda X, t: np.maximum(X, 0) ** 2,
    "own relu": lambda X, t: bl.relu(X - 1),
    "leaky": lambda X, t: np.where(X <= 0, X / 10, X),
    "elu": lambda X, t: np.where(X > 0, X, np.exp(X) - 1),
    "huber": lambda X, t: np.where(np.abs(X) <= 1, X**2 / 2, np.abs(X) - 0.5),
    "clip": lambda X, t: np.clip(X, -1, 2),
    "clip, squared": lambda X, t: (X - np.clip(X, -1, 1)) ** 2,
    "smaller of two": lambda X, t: np.minimum(X, t),
    "larger of two": lambda X, t: np.maximum(X, t) * X,
    "absolute": lambda X, t: np.abs(X) * X,
    "sign": lambda X, t: np.sign(X) * X**2,
    "at least its absolute": lambda X, t: np.where(X >= np.abs(X), X**2, X**3),
    "above its absolute": lambda X, t: np.where(X > np.abs(X), X**2, X**3),
    "equal to its absolute": lambda X, t: np.where(X == np.abs(X), 3 * X, X**3),
    "not its absolute": lambda X, t: np.where(X != np.abs(X), 3 * X**2, X**3),
    "at least its relu": lambda X, t: np.where(X >= np.maximum(X, 0), X**2, X**3),
    "at least its transpose": lambda X, t: np.where(X >= X.T, X**2, 0.0),
    "above its transpose": lambda X, t: np.where(X > X.T, X**2, 0.0),
    "at most its transpose": lambda X, t: np.where(X <= X.T, X**2, X),
    "below its transpose": lambda X, t: np.where(X < X.T, X**2, X),
    "equal to its transpose": lambda X, t: np.where(X == X.T, X**2, 0.0),
    "not its transpose": lambda X, t: np.where(X != X.T, X**2, 0.0),
    "larger of both": lambda X, t: np.maximum(X, X.T),
    "smaller of both": lambda X, t: np.minimum(X, X.T) * X,
    "how far from its transpose": lambda X, t: np.abs(X - X.T) + X,
    "mask of times": lambda X, t: np.where(t[:, None] >= t, X**2, 0.0),
    "strict mask of times": lambda X, t: (t[:, None] > t) * X**2,
    "mask of places": lambda X, t: (order(t)[:, None] >= order(t)) * X**2,
    "two conditions": lambda X, t: np.where((X > 0) & (X <= X.T), X**2, X),
    "one of two": lambda X, t: np.where((X < 0) | (X >= X.T), X**2, X),
    "neither": lambda X, t: np.where(~((X < 0) | (X > X.T)), X**2, X),
    "above the mean": lambda X, t: np.where(X >= np.mean(X), X**2, X**3),
    "masked sum": lambda X, t: np.sum(np.where(X >= X.T, X, 0.0) @ X, axis=1),
}
