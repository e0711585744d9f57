"""The counts of `cost` are those of arrays that were really built."""

from __future__ import annotations

import numpy as np
import pytest

import backprop_lab as bl

SIZES = [(2, 3, 4), (1, 1, 1), (5, 2, 3), (1, 4, 2), (3, 1, 2), (2, 5, 1)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("N, p, m", SIZES)
def test_counts_equal_those_of_the_arrays(N, p, m, dtype):
    rng = np.random.default_rng(0)
    X, W = (rng.uniform(0.5, 2, shape).astype(dtype) for shape in [(N, p), (p, m)])
    counted = bl.cost(N, p, m, dtype)
    jacobian = bl.jacobian(lambda X: X @ W)(X)
    assert jacobian.shape == (N, m, N, p) and jacobian.dtype == dtype
    assert counted.jacobian_entries == jacobian.size
    assert counted.jacobian_bytes == jacobian.nbytes
    assert counted.jacobian_nonzero == np.count_nonzero(jacobian)
    assert counted.jacobian_zeros == pytest.approx(np.mean(jacobian == 0), rel=1e-15)

    X_bar, W_bar = bl.vjp(lambda X, W: X @ W, X, W)[1](np.ones((N, m), dtype))
    assert (counted.vjp_entries, counted.vjp_bytes) == (X_bar.size, X_bar.nbytes)
    assert (counted.weights_entries, counted.weights_bytes) == (W_bar.size, W_bar.nbytes)


@pytest.mark.parametrize("N, p, m", SIZES)
def test_flops_equal_those_of_the_loops(N, p, m):
    """A multiplication and an addition for each innermost step of the sums, written as loops."""
    steps = {"jacobian": 0, "vjp": 0, "weights": 0}
    for _n in range(N):
        for _i in range(p):  # X̄[n,i] = Σ_{n',j} Ȳ[n',j] J[n',j,n,i] with the whole Jacobian
            steps["jacobian"] += N * m
            steps["vjp"] += m  # X̄[n,i] = Σ_j Ȳ[n,j] W[i,j]
    for _i in range(p):
        for _j in range(m):
            steps["weights"] += N  # W̄[i,j] = Σ_n X[n,i] Ȳ[n,j]
    counted = bl.cost(N, p, m)
    assert counted.jacobian_flops == 2 * steps["jacobian"]
    assert counted.vjp_flops == 2 * steps["vjp"]
    assert counted.weights_flops == 2 * steps["weights"]


def test_the_numbers_of_chapter_five():
    counted = bl.cost(64, 784, 256)
    assert counted.jacobian_entries == 822_083_584
    assert counted.jacobian_bytes == 6.125 * 2**30
    assert counted.jacobian_zeros == 1 - 1 / 64
    assert (counted.vjp_bytes, counted.weights_bytes) == (401_408, 1_605_632)


def test_counts_do_not_overflow():
    assert bl.cost(np.int64(10**6), 10**6, 10**6).jacobian_entries == 10**24


@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", True, None])
def test_a_size_that_is_no_count_is_refused(bad):
    with pytest.raises(bl.TraceError, match=r"cost: p must be a whole number of at least 1; got"):
        bl.cost(2, bad, 3)
