"""Lines of the layers that everybody writes: logistic regression, attention, joins, GELU."""

from __future__ import annotations

import time

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.errors import ProofError, TraceError

XN = {"X": ("N", "p")}


# --- logistic regression: right lines that need more than a normal form ---------------------------


def logistic(X, w, b, y):
    z = let("z", X @ w + b)
    q = let("q", bl.sigmoid(z))
    return let("L", -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))


LOGISTIC = {"X": ("N", "p"), "w": ("p",), "b": (), "y": ("N",)}


@pytest.mark.parametrize(
    ("wrt", "line"),
    [
        ("q", lambda q, y, X: (q - y) / (q * (1 - q)) / X.shape[0]),
        ("z", lambda q, q_bar: q_bar * q * (1 - q)),
        ("z", lambda q, y, z: (q - y) / z.shape[0]),
        ("w", lambda X, q, y: X.T @ (q - y) / X.shape[0]),
        ("b", lambda q, y: np.mean(q - y)),
    ],
)
def test_the_lines_of_logistic_regression_are_proved(wrt, line):
    assert bl.derive(logistic, wrt=wrt, shapes=LOGISTIC).then(line).proved


def test_a_wrong_line_of_logistic_regression_is_refused():
    with pytest.raises(ProofError, match="is not equal to"):
        bl.derive(logistic, wrt="z", shapes=LOGISTIC).then(lambda q, q_bar: q_bar * q * (1 + q))


# --- attention and GELU: in seconds ---------------------------------------------------------------


def attention(X, W_q, W_k, W_v):
    Q, K, V = let("Q", X @ W_q), let("K", X @ W_k), let("V", X @ W_v)
    A = let("A", bl.softmax(Q @ K.T / W_q.shape[1] ** 0.5, axis=1))
    return let("Y", A @ V)


def test_a_forgotten_path_of_attention_is_named_in_seconds():
    shapes = {"X": ("n", "e"), "W_q": ("e", "d"), "W_k": ("e", "d"), "W_v": ("e", "v")}
    d = bl.derive(attention, wrt="X", shapes=shapes)
    start = time.perf_counter()
    with pytest.raises(ProofError, match="a forgotten path"):
        d.then(lambda W_q, W_k, Q_bar, K_bar: Q_bar @ W_q.T + K_bar @ W_k.T)
    assert time.perf_counter() - start < 40  # it took minutes


def test_gelu_is_derived_in_a_second_or_so():
    start = time.perf_counter()
    gelu = lambda x: let("y", x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2)  # noqa: E731
    assert bl.derive(gelu, wrt="x").proved
    assert time.perf_counter() - start < 20  # it never ended


# --- joining, cutting, diagonals ------------------------------------------------------------------


def joined(X, Y):
    return let("Z", np.concatenate([X, Y], axis=1))


FIXED, NAMED = {"X": ("N", 2), "Y": ("N", 3)}, {"X": ("N", "p"), "Y": ("N", "q")}
JOINS = [  # function, shapes, wrt, line
    (joined, FIXED, "X", lambda Z_bar: Z_bar[:, :2]),
    (joined, FIXED, "Y", lambda Z_bar: Z_bar[:, 2:]),
    (joined, NAMED, "X", lambda Z_bar, X: Z_bar[:, : X.shape[1]]),
    (joined, NAMED, "Y", lambda Z_bar, X: Z_bar[:, X.shape[1] :]),
    (
        lambda h, x, W: let("z", np.concatenate([h, x]) @ W),
        {"h": (2,), "x": (3,), "W": (5, "m")},
        "h",
        lambda W, z_bar: W[:2] @ z_bar,
    ),
    (
        lambda h, x, W: let("z", np.concatenate([h, x]) @ W),
        {"h": (2,), "x": (3,), "W": (5, "m")},
        "W",
        lambda h, x, z_bar: np.outer(np.concatenate([h, x]), z_bar),
    ),
    (
        lambda X: let("Z", np.hstack([X, np.tanh(X)])),
        XN,
        "X",
        lambda X, Z_bar: Z_bar[:, : X.shape[1]] + Z_bar[:, X.shape[1] :] * (1 - np.tanh(X) ** 2),
    ),
    (lambda x, y: let("Z", np.stack([x, y])), {"x": ("n",), "y": ("n",)}, "y", lambda Z_bar: Z_bar[1]),
    (lambda x, y: let("Z", np.vstack([x, y])), {"x": ("n",), "y": ("n",)}, "x", lambda Z_bar: Z_bar[0]),
    (lambda x: let("Y", np.diag(x)), {"x": ("n",)}, "x", lambda Y_bar: np.diag(Y_bar)),
    (
        lambda U, s, V: let("Y", U @ np.diag(s) @ V.T),
        {"U": ("n", "r"), "s": ("r",), "V": ("m", "r")},
        "s",
        lambda U, V, Y_bar: np.diag(U.T @ Y_bar @ V),
    ),
    (
        lambda X, W: let("Y", np.einsum("...i,ij->...j", X, W)),
        {"X": ("B", "N", "p"), "W": ("p", "m")},
        "W",
        lambda X, Y_bar: np.einsum("bni,bnj->ij", X, Y_bar),
    ),
    (
        lambda X, W: let("Y", np.einsum("...ij,...jk", X, W)),
        {"X": ("B", "N", "p"), "W": ("p", "m")},
        "X",
        lambda W, Y_bar: Y_bar @ W.T,
    ),
    (lambda X: let("L", np.linalg.norm(X)), XN, "X", lambda X, L: X / L),
    (lambda X: let("Y", np.clip(X, -1, 1)), XN, "X", lambda X, Y_bar: Y_bar * (X > -1) * (X < 1)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "shapes", "wrt", "line"), JOINS)
def test_joins_and_diagonals_are_proved_for_all_sizes_and_agree_with_the_engine(
    f, shapes, wrt, line
):
    proof = bl.derive(f, wrt=wrt, shapes=shapes).then(line)
    assert proof.proved
    size = {"N": 2, "p": 3, "q": 4, "n": 3, "m": 4, "r": 2, "B": 2}
    rng = np.random.default_rng(5)
    values = {
        a: rng.standard_normal([size.get(s, s) for s in shape]) for a, shape in shapes.items()
    }
    y, pullback = bl.vjp(f, *values.values())
    bar = rng.standard_normal(np.shape(y)) if np.ndim(y) else 1.0
    ours = dict(zip(values, pullback(bar), strict=True))[wrt]
    out = proof.output.name
    known = values | {out: y, f"{out}_bar": bar}
    names = line.__code__.co_varnames[: line.__code__.co_argcount]
    np.testing.assert_allclose(line(*(known[v] for v in names)), ours, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "shapes", "wrt"),
    [(joined, FIXED, "Y"), (lambda X: let("Z", X[:, 1:]), {"X": ("N", 3)}, "X")],
)
def test_inner_products_follow_a_cut_or_joined_axis(f, shapes, wrt):
    assert bl.adjoint(f, wrt, shapes=shapes).proved


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda X: np.max(X), "np.max has no index form for all sizes. Derive at a fixed size: shapes={'X': (2, 3)}."),
        (lambda X: np.concatenate([X, X.T]), "the other sizes of (N, p), (p, N) are not the same."),
        (lambda X: np.stack([X, X.T]), "np.stack: the shapes (N, p), (p, N) are not the same."),
        (lambda X: np.diag(X, k=1), "np.diag has an index form for a vector or a matrix, with k=0."),
        (lambda X: np.linalg.norm(X, 1), "sum of squares; got ord=1"),
        (lambda X: X / len(X), "len() of an array of any size is no number. Write x.shape[0]."),
    ],
)  # fmt: skip
def test_what_has_no_index_form_says_what_to_do(f, message):
    with pytest.raises(TraceError) as caught:
        bl.derive(f, wrt="X", shapes=XN)
    assert message in str(caught.value) and ".." not in str(caught.value)
