"""Determinants of singular matrices: gradients that peers do not have, in all orders."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from rule_cases.plain_linalg import close

RNG = np.random.default_rng(5)
A, B = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 4, 4))
TALL, WIDE = RNG.standard_normal((5, 3)), RNG.standard_normal((2, 3, 5))
U = RNG.standard_normal((3, 3))


# --- determinants of singular matrices -----------------------------------------------------------------


def exact_cofactors(a):
    exact = sp.Matrix(a.shape[0], a.shape[1], [sp.Rational(float(x)) for x in a.ravel()])
    return np.array(exact.cofactor_matrix().tolist(), float)


def of_rank(n, rank, seed=0):
    """A matrix of small whole numbers with that rank."""
    rng = np.random.default_rng(seed)
    return (rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n))).astype(float)


SINGULAR = {
    "rank 1 of 2": np.array([[1.0, 2.0], [2.0, 4.0]]),
    "rank 2 of 3": np.arange(9.0).reshape(3, 3),
    "rank 3 of 4": of_rank(4, 3),
    "rank 4 of 5": of_rank(5, 4),
    "rank 2 of 4": of_rank(4, 2),
    "rank 1 of 3": of_rank(3, 1),
    "zero": np.zeros((3, 3)),
    "zero of one row": np.zeros((1, 1)),
    "a column of zeros": np.array([[1.0, 0, 2], [3, 0, 4], [5, 0, 7]]),
    "nearly singular": np.arange(9.0).reshape(3, 3) + np.diag([0, 0, 2.0**-40]),
    "badly scaled": np.diag([1e-9, 1.0, 1e9]) + 1e-3,
}


@pytest.mark.parametrize("name", SINGULAR)
def test_the_determinant_of_a_singular_matrix_has_its_gradient(name):
    a = SINGULAR[name]
    want = exact_cofactors(a)
    got = bl.grad(np.linalg.det)(a)
    scale = np.max(np.abs(want)) + 1e-3 * np.linalg.norm(a, 2) ** (len(a) - 1)
    assert np.max(np.abs(got - want)) <= 1e-12 * scale
    v = np.random.default_rng(1).standard_normal(a.shape)
    tangent = bl.jvp(np.linalg.det, (a,), (v,))[1]
    assert abs(tangent - np.sum(want * v)) <= 1e-12 * scale * np.sum(np.abs(v))


@pytest.mark.parametrize(
    "name", ["rank 1 of 2", "rank 2 of 3", "rank 3 of 4", "rank 2 of 4", "zero"]
)
def test_and_all_of_its_higher_derivatives(name):
    """Hessian by SymPy, third derivative along a direction: det(a + t v) is a polynomial."""
    a = SINGULAR[name]
    n = len(a)
    symbols = sp.Matrix(n, n, sp.symbols(f"a:{n * n}"))
    there = dict(zip(symbols, [sp.Rational(float(x)) for x in a.ravel()], strict=True))
    hessian = sp.hessian(symbols.det(method="berkowitz"), list(symbols)).subs(there)
    want = np.array(hessian.tolist(), float).reshape(2 * a.shape)
    scale = max(np.max(np.abs(want)), 1.0)
    for mode in (bl.jacobian(bl.grad(np.linalg.det)), bl.hessian(np.linalg.det)):
        assert np.max(np.abs(mode(a) - want)) <= 1e-12 * scale
    v = np.arange(1.0, n * n + 1).reshape(n, n) ** 0.5

    def along(t):
        return np.linalg.det(a + t * v)

    t = sp.Symbol("t")
    rational = sp.Matrix(n, n, [sp.Rational(float(x)) for x in a.ravel()])
    moved = rational + t * sp.Matrix(n, n, [sp.Rational(float(x)) for x in v.ravel()])
    third = float(moved.det(method="berkowitz").diff(t, 3).subs(t, 0))
    got = bl.grad(bl.grad(bl.grad(along)))(0.0)
    assert abs(got - third) <= 1e-10 * max(abs(third), 1.0)


def test_a_stack_of_singular_and_regular_matrices():
    stack = np.stack([np.arange(9.0).reshape(3, 3), np.eye(3), np.zeros((3, 3)), of_rank(3, 1)])
    got = bl.grad(lambda a: np.sum(np.linalg.det(a)))(stack)
    for row, a in zip(got, stack, strict=True):
        np.testing.assert_allclose(row, exact_cofactors(a), rtol=0, atol=1e-12)


def test_a_large_singular_matrix_costs_no_minors():
    q = np.linalg.qr(np.random.default_rng(0).standard_normal((60, 60)))[0]
    s = np.linspace(0.5, 1.5, 60)
    s[-1] = 0
    got = bl.grad(np.linalg.det)(q * s @ q.T)
    want = np.prod(s[:-1]) * np.outer(q[:, -1], q[:, -1])
    close(got, want, 1e-11)


def test_peers_have_no_gradient_there():
    with pytest.raises(np.linalg.LinAlgError):
        autograd.grad(anp.linalg.det)(SINGULAR["rank 1 of 2"])


def test_the_logarithm_of_a_singular_determinant_is_refused():
    assert np.linalg.slogdet(SINGULAR["rank 1 of 2"])[1] == -np.inf
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        bl.grad(lambda a: np.linalg.slogdet(a)[1])(SINGULAR["rank 1 of 2"])
