"""Formulas in indices are compared term by term, case by case, and written out at size two."""

from __future__ import annotations

import time

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.equality import vanishes
from backprop_lab.errors import ProofError
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_equality import same
from backprop_lab.size_two import at_size_two, differing_entry

i, j, k, n = sp.symbols("i j k n", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)


def test_sums_that_run_alike_are_compared_term_by_term():
    y = 1 / (1 + sp.exp(-x[i]))
    total = lambda body: sp.Sum(body, (i, 1, n))  # noqa: E731
    assert same(total(y * (1 - y)), total(y.diff(x[i])))
    assert not same(total(y * (1 - y)), total(y**2))
    look = Fingerprints({})
    assert not look.alike(total(x[i]), total(x[i] ** 2))
    assert look.alike(total(x[i] + 1), total(x[i]) + n)


def test_cases_are_decided_one_by_one():
    v = sp.Symbol("v", real=True)
    assert vanishes(sp.sign(v) - sp.Heaviside(v) + sp.Heaviside(-v))
    assert not vanishes(sp.sign(v) - sp.Heaviside(v))
    d = bl.derive(lambda X: let("Y", np.abs(X)), wrt="X", shapes={"X": ("N", "p")})
    assert "**2" not in d.then(lambda X, Y_bar: np.sign(X) * Y_bar).lines[-1].text


def test_nested_sums_are_written_out_at_size_two():
    inner = sp.Sum(x[j] * x[i], (j, 1, n))
    written = at_size_two(sp.Sum(inner**2, (i, 1, n)), {n}, {})
    one, two = sp.symbols("x_1 x_2", real=True)
    assert sp.expand(written - (one**2 + two**2) * (one + two) ** 2) == 0


def refusal(d, line) -> str:
    """Say what is said of a wrong line, and that it took seconds."""
    start = time.process_time()
    with pytest.raises(ProofError) as caught:
        d.then(line)
    assert time.process_time() - start < 15
    return str(caught.value)


def test_a_wrong_size_is_found_where_no_two_sizes_agree():
    """Every size 2, the two are equal."""
    shapes = {"X": ("N", "p"), "w": ("p",), "y": ("N",)}
    d = bl.derive(lambda X, w, y: let("L", np.mean((X @ w - y) ** 2)), "w", shapes)
    said = refusal(d, lambda X, w, y: 2 * X.T @ (X @ w - y) / X.shape[1])
    assert "they differ at  entry (1), N = 3, p = 2, X_11 = 1" in said
    assert "looks like      a wrong size." in said
    assert "every size 2" in refusal(d, lambda X, w, y: 3 * X.T @ (X @ w - y) / X.shape[0])


def test_a_wrong_size_under_the_root_of_attention_is_found_in_seconds():
    shapes = {"Q": ("n", "d"), "K": ("m", "d")}
    d = bl.derive(
        lambda Q, K: let("S", bl.softmax(Q @ K.T / K.shape[1] ** 0.5, axis=1)), "K", shapes
    )
    inner = lambda S, S_bar: S * (S_bar - np.sum(S * S_bar, axis=1, keepdims=True))  # noqa: E731
    assert d.then(lambda Q, K, S, S_bar: inner(S, S_bar).T @ Q / np.sqrt(K.shape[1])).proved
    said = refusal(d, lambda Q, K, S, S_bar: inner(S, S_bar).T @ Q / K.shape[0] ** 0.5)
    assert "d = 3, m = 2, n = 2" in said and "looks like      a wrong size." in said


def test_a_line_that_is_wrong_in_the_last_columns_alone_is_refused_in_seconds():
    s = bl.sigmoid

    def cell(Z, c):
        cn = let("cn", s(Z[:, 2:4]) * c + s(Z[:, :2]) * np.tanh(Z[:, 6:]))
        return let("h", s(Z[:, 4:6]) * np.tanh(cn))

    def line(power):
        return lambda Z, c, cn, h_bar, cn_bar: np.concatenate(
            [
                cn_bar * np.tanh(Z[:, 6:]) * s(Z[:, :2]) * (1 - s(Z[:, :2])),
                cn_bar * c * s(Z[:, 2:4]) * (1 - s(Z[:, 2:4])),
                h_bar * np.tanh(cn) * s(Z[:, 4:6]) * (1 - s(Z[:, 4:6])),
                cn_bar * s(Z[:, :2]) * (1 - np.tanh(Z[:, 6:]) ** power),
            ],
            axis=1,
        )

    d = bl.derive(cell, "Z", {"Z": ("N", 8), "c": ("N", 2)})
    assert d.then(line(2)).proved
    assert "they differ at  entry (1, 7)" in refusal(d, line(1))


def test_a_difference_on_one_side_alone_is_found():
    """No quick look at positive numbers sees it."""
    place, found = differing_entry(sp.Abs(x[i]), x[i], (i,), (n,))
    assert place == (1,) and found[1] != found[2]
    assert differing_entry(x[i], x[i], (i,), (n,)) is None
    factor = n - 1  # 1 where n is 2
    place, (point, *_) = differing_entry(factor * x[i], x[i], (i,), (n,))
    assert point[n] == 3


def test_what_is_far_away_cancels():
    d = bl.derive(lambda X: let("Y", np.var(X, axis=0)), "X", {"X": ("N", "p")})
    far = lambda X: (X + 1e12) - np.mean(X + 1e12, axis=0)  # noqa: E731
    assert d.then(lambda X, Y_bar: 2 * Y_bar * far(X) / X.shape[0]).proved


JOINED = {
    "square": (lambda x, y: np.concatenate([x, y]) ** 2, lambda y: 2 * y),
    "tanh": (lambda x, y: np.tanh(np.concatenate([x, y])), lambda y: 1 - np.tanh(y) ** 2),
    "exp": (lambda x, y: np.exp(np.concatenate([x, y, x])), np.exp),
}


@pytest.mark.parametrize("name", JOINED)
def test_a_map_of_joined_arrays_goes_back_to_each_piece(name):
    f, slope = JOINED[name]
    shapes = {"x": ("n",), "y": ("m",)}
    d = bl.derive(lambda x, y: let("z", f(x, y)), "y", shapes)
    here = lambda x, y, z_bar: z_bar[x.shape[0] : x.shape[0] + y.shape[0]]  # noqa: E731
    assert d.then(lambda x, y, z_bar: slope(y) * here(x, y, z_bar)).proved
    refusal(d, lambda x, y, z_bar: slope(y) * z_bar[: y.shape[0]])
    if name != "exp":
        d = bl.derive(lambda x, y: let("z", f(x, y)), "x", shapes)
        assert d.then(lambda x, z_bar: slope(x) * z_bar[: x.shape[0]]).proved


def test_the_columns_that_a_layer_joins_get_their_slopes():
    shapes = {"x": ("N", "d"), "h": ("N", "m")}
    f = lambda x, h: let("Z", np.tanh(np.concatenate([x, h], axis=1)))  # noqa: E731
    line = lambda x, h, Z_bar: (1 - np.tanh(h) ** 2) * Z_bar[:, x.shape[1] :]  # noqa: E731
    assert bl.derive(f, "h", shapes).then(line).proved


def test_a_sum_from_the_end_is_the_whole_without_the_running_one():
    d = bl.derive(lambda x: let("y", np.cumsum(x)), "x", {"x": ("n",)})
    assert d.then(lambda y_bar: np.sum(y_bar) - np.cumsum(y_bar) + y_bar).proved
    refusal(d, lambda y_bar: np.sum(y_bar) - np.cumsum(y_bar))
    refusal(d, lambda y_bar: np.sum(y_bar) - np.cumsum(y_bar) + 2 * y_bar)
