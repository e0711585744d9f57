"""Norms at their kinks, and where they agree with the peer."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.rules import RULES
from rule_cases.plain_linalg import close

RNG = np.random.default_rng(5)
A, B = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 4, 4))
TALL, WIDE = RNG.standard_normal((5, 3)), RNG.standard_normal((2, 3, 5))
U = RNG.standard_normal((3, 3))


# --- norms at their kinks --------------------------------------------------------------------------------

ORDERS = [None, 2, 1, 3, 1.5, 0.5, -1, -2, np.inf, -np.inf, 0]


@pytest.mark.parametrize("order", ORDERS)
def test_the_norm_of_zero_has_gradient_zero(order):
    """A subgradient where there is one, and never NaN; both modes, and both orders."""
    zero = np.zeros(3)

    def norm(x):
        return np.linalg.norm(x, order)

    with np.errstate(divide="ignore"):  # NumPy's own, of negative powers
        assert bl.grad(norm)(zero).tolist() == [0, 0, 0]
        assert bl.jvp(norm, (zero,), (np.ones(3),))[1] == 0.0
        assert not np.any(bl.jacobian(bl.grad(norm))(zero))


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_the_norm_of_a_zero_matrix_has_a_subgradient(order):
    got = bl.grad(lambda a: np.linalg.norm(a, order))(np.zeros((2, 3)))
    assert np.all(np.isfinite(got))
    if order not in (2, -2):
        assert not np.any(got)


@pytest.mark.parametrize("order", [0.5, 1.5, 3, -1])
def test_an_entry_of_zero_has_gradient_zero(order):
    x = np.array([0.0, 2.0, -1.0])
    with np.errstate(divide="ignore"):
        got = bl.grad(lambda x: np.linalg.norm(x, order))(x)
    assert got[0] == 0.0 and np.all(np.isfinite(got))


def test_the_peer_gives_nan_at_zero():
    with np.errstate(all="ignore"):
        assert np.all(np.isnan(autograd.grad(anp.linalg.norm)(np.zeros(3))))


def test_extremes_share_equally():
    x = np.array([3.0, -3.0, 1.0])
    assert bl.grad(lambda x: np.linalg.norm(x, np.inf))(x).tolist() == [0.5, -0.5, 0]
    assert bl.grad(lambda x: np.linalg.norm(x, -np.inf))(np.array([2.0, 2.0])).tolist() == [
        0.5,
        0.5,
    ]
    a = np.array([[1.0, -2.0], [3.0, 2.0]])
    assert bl.grad(lambda a: np.linalg.norm(a, 1))(a).tolist() == [[0.5, -0.5], [0.5, 0.5]]
    assert bl.grad(lambda x: np.linalg.norm(x, 1))(np.array([0.0, -2.0])).tolist() == [0, -1]


def test_spectral_norms_share_and_leave_zero_singular_values():
    q = np.linalg.qr(A)[0]
    close(bl.grad(lambda a: np.linalg.norm(a, 2))(q), q / 3)
    close(bl.grad(lambda a: np.linalg.norm(a, -2))(q), q / 3)
    close(bl.grad(lambda a: np.linalg.norm(a, "nuc"))(q), q)
    u, v = np.array([0.6, 0.8, 0.0]), np.array([0.0, 1.0])
    close(bl.grad(lambda a: np.linalg.norm(a, "nuc"))(3 * np.outer(u, v)), np.outer(u, v))


@pytest.mark.parametrize(
    ("x", "params", "hit"),
    [
        (np.zeros(2), {}, True), (np.ones(2), {}, False),
        (np.array([0.0, 1.0]), {"ord": 1}, True), (np.array([2.0, 1.0]), {"ord": 1}, False),
        (np.array([2.0, -2.0]), {"ord": np.inf}, True), (np.array([2.0, 1.0]), {"ord": np.inf}, False),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), {"ord": 1}, True),
        (np.array([[1.0, 2.0], [2.0, 3.0]]), {"ord": 1}, False),
        (np.eye(2), {"ord": 2}, True), (np.diag([1.0, 2.0]), {"ord": 2}, False),
        (np.diag([1.0, 0.0]), {"ord": "nuc"}, True), (np.eye(2), {"ord": "nuc"}, False),
        (np.diag([1.0, 0.0]), {"ord": -2}, True), (np.diag([1.0, 0.0]), {"ord": 2}, False),
    ],
)  # fmt: skip
def test_norm_knows_whether_it_is_at_its_kink(x, params, hit):
    assert bool(RULES[np.linalg.norm].at_kink(x, **params)) is hit


@pytest.mark.parametrize(
    "key", [np.linalg.eigh, np.linalg.eigvalsh, np.linalg.eig, np.linalg.eigvals, np.linalg.svdvals]
)
def test_decompositions_know_whether_values_are_equal(key):
    assert RULES[key].at_kink(np.eye(3)) and not RULES[key].at_kink(np.diag([1.0, 2.0, 3.0]))
    assert RULES[key].kink


def test_norms_agree_with_the_peer():
    for order in (None, 2, 3, 1.5):
        for axis in (0, 1):
            ours = bl.grad(lambda a, o=order, i=axis: np.sum(np.linalg.norm(a, o, i) ** 2))(A)
            theirs = autograd.grad(
                lambda a, o=order, i=axis: anp.sum(anp.linalg.norm(a, o, i) ** 2)
            )(A)
            close(ours, theirs)
    for order in ("fro", "nuc"):
        for axis in ((0, 1), (2, 0)):
            x = WIDE
            ours = bl.grad(lambda a, o=order, i=axis: np.sum(np.linalg.norm(a, o, i) ** 2))(x)
            theirs = autograd.grad(
                lambda a, o=order, i=axis: anp.sum(anp.linalg.norm(a, o, i) ** 2)
            )(x)
            close(ours, theirs)
