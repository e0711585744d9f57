"""Decompositions: equal eigenvalues, gauges, triangles, named tuples, peers."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError
from rule_cases.plain_linalg import close, slope, weighted

RNG = np.random.default_rng(5)
A, B = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 4, 4))
TALL, WIDE = RNG.standard_normal((5, 3)), RNG.standard_normal((2, 3, 5))
U = RNG.standard_normal((3, 3))


# --- several outputs -----------------------------------------------------------------------------------


def test_results_are_numpys_own_named_tuples():
    seen = {}

    def f(a):
        seen["eigh"], seen["svd"] = np.linalg.eigh(a), np.linalg.svd(a)
        seen["slogdet"], seen["qr"] = np.linalg.slogdet(a), np.linalg.qr(a)
        seen["eig"] = np.linalg.eig(a)
        return seen["eigh"].eigenvalues[0] + seen["svd"].S[1] + seen["qr"].R[0, 0]

    for run in (lambda: bl.vjp(f, A), lambda: bl.jvp(f, (A,), (U,))):
        run()
        for name, got in seen.items():
            assert type(got) is type(getattr(np.linalg, name)(A))


def test_a_loss_of_one_output_and_of_all():
    def f(a):
        w, v = np.linalg.eigh(a)
        return w[1] + np.sum(v[:, 0] ** 3) + np.sum(w**2)

    got = bl.grad(f)(A)
    parts = (
        bl.grad(lambda a: np.linalg.eigh(a)[0][1])(A)
        + bl.grad(lambda a: np.sum(np.linalg.eigh(a)[1][:, 0] ** 3))(A)
        + bl.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2))(A)
    )
    close(got, parts)
    rows = bl.jacobian(lambda a: np.linalg.svd(a, full_matrices=False)[2])(TALL)
    assert rows.shape == (3, 3, 5, 3)


# --- Hermitian matrices: which triangle, which gauge ------------------------------------------------------


def spd(a):
    return a @ a.T + np.eye(len(a))


def test_gradients_stand_in_the_triangle_that_numpy_reads():
    s = spd(A)
    for f, upper in [
        (np.linalg.cholesky, False), (lambda a: np.linalg.cholesky(a, upper=True), True),
        (np.linalg.eigvalsh, False), (lambda a: np.linalg.eigvalsh(a, "U"), True),
        (lambda a: np.linalg.eigh(a)[1], False), (lambda a: np.linalg.eigh(a, UPLO="U")[1], True),
    ]:  # fmt: skip
        got = bl.grad(lambda a, f=f: weighted(f(a)))(s)
        unread = np.tril(got, -1) if upper else np.triu(got, 1)
        assert not np.any(unread) and np.any(got)
        assert np.array_equal(f(s), f(s + np.tril(U, -1) if upper else s + np.triu(U, 1)))


def test_cholesky_and_the_peer_that_spreads_the_gradient_over_both_triangles():
    theirs = autograd.grad(lambda a: anp.sum(anp.linalg.cholesky(a) ** 3))(spd(A))
    ours = bl.grad(lambda a: np.sum(np.linalg.cholesky(a) ** 3))(spd(A))
    close(ours, np.tril(2 * theirs) - np.diag(np.diag(theirs)))
    through = [
        bl.grad(lambda x: np.sum(np.linalg.cholesky(x @ x.T + np.eye(3)) ** 3))(A),
        autograd.grad(lambda x: anp.sum(anp.linalg.cholesky(x @ x.T + anp.eye(3)) ** 3))(A),
    ]
    close(*through)


def test_eigh_agrees_with_the_peer():
    def loss(np_, a):
        w, v = np_.linalg.eigh(a)
        return np_.sum(w**3) + np_.sum(v[:, 0] ** 3) + np_.sum(w * v[1] ** 2)

    close(bl.grad(lambda a: loss(np, a))(spd(A)), autograd.grad(lambda a: loss(anp, a))(spd(A)))


def test_equal_eigenvalues_share_equally():
    """A sum over all of them is exact; one of k takes 1/k of the projector, in any basis."""
    q = np.linalg.qr(A)[0]
    s = q * [2.0, 2.0, 5.0] @ q.T
    lower = np.tril(np.full((3, 3), 2.0)) - np.eye(3)
    close(bl.grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 3))(s), 3 * (s @ s) * lower)
    projector = np.eye(3) - np.outer(q[:, 2], q[:, 2])
    for values in (np.linalg.eigvalsh, lambda a: np.linalg.eigh(a)[0]):
        got = [bl.grad(lambda a, i=i, values=values: values(a)[i])(s) for i in range(3)]
        close(got[0], projector / 2 * lower)
        close(got[1], projector / 2 * lower)
        close(got[2], np.outer(q[:, 2], q[:, 2]) * lower)
    assert bl.jvp(np.linalg.eigvalsh, (np.eye(2),), (np.diag([1.0, 3.0]),))[1].tolist() == [2, 2]
    close(bl.grad(lambda a: np.max(np.linalg.svdvals(a)))(np.eye(3)), np.eye(3) / 3)


def test_vectors_of_equal_eigenvalues_are_refused():
    """Not a wrong number and not NaN: exp(A) by eigenvectors at A = I has another gradient."""

    def exponential(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * np.exp(w)) @ v.T * U)

    message = "np.linalg.eigh: two of the values are equal to rounding, and the result depends on"
    with pytest.raises(TraceError, match=message):
        bl.grad(exponential)(np.eye(3))
    with pytest.raises(TraceError, match="eigvalsh, svdvals, inv, solve, det, norm"):
        bl.jvp(lambda a: np.linalg.eigh(a)[1], (np.eye(3),), (U,))
    with pytest.raises(TraceError, match=message):  # its pullback depends on them
        bl.grad(lambda a: np.sum(bl.grad(lambda b: np.sum(np.linalg.eigvalsh(b) ** 3))(a) * U))(
            np.eye(3)
        )
    with pytest.raises(TraceError, match=r"np.linalg.svd: two of the values are equal"):
        bl.grad(lambda a: np.sum(np.linalg.svd(a)[0] @ np.linalg.svd(a)[2] * U))(np.eye(3))
    with pytest.raises(TraceError, match=r"np.linalg.eig: two of the values are equal"):
        bl.grad(lambda a: np.sum(np.linalg.eig(a)[1] * U))(np.eye(3))


def test_the_vector_of_a_single_eigenvalue_is_not_refused():
    q = np.linalg.qr(A)[0]
    s = q * [2.0, 2.0, 5.0] @ q.T

    def top(a):
        v = np.linalg.eigh((a + a.T) / 2)[1][:, 2]
        return np.sum(np.outer(v, v) * U)

    got = bl.grad(top)(s)
    v = np.random.default_rng(0).standard_normal((3, 3))
    assert abs(np.sum(got * v) - slope(top, s, v)) <= 1e-8 * np.sum(np.abs(got * v))


def test_the_peer_divides_by_the_gap_of_equal_eigenvalues():
    """autograd at A = I: NaN, or a number of the size of 1 over a rounding error."""

    def projector(np_, a):
        v = np_.linalg.eigh(a)[1][:, :1]
        return np_.sum((v @ v.T) * U)

    with np.errstate(all="ignore"):
        theirs = autograd.grad(lambda a: projector(anp, a))(np.eye(3))
    assert not np.all(np.abs(theirs) < 1e6)
    with pytest.raises(TraceError):
        bl.grad(lambda a: projector(np, a))(np.eye(3))


# --- general matrices: the phase of eigenvectors ---------------------------------------------------------


def test_eigenvectors_are_numpys_own_phase_included():
    """Components of V itself, no gauge-invariant mixture: NumPy's V is differentiated as it stands."""
    a = np.array([[0.5, -2.0, 0.3], [1.5, 0.25, -0.7], [0.2, 0.6, -1.0]])
    w, v = np.linalg.eig(a)
    assert w.dtype == complex and np.any(w.imag)
    direction = np.random.default_rng(1).standard_normal(a.shape)
    for part in (np.real, np.imag):

        def f(x, part=part):
            return part(np.linalg.eig(x)[1])

        want = slope(f, a, direction)
        close(bl.jvp(f, (a,), (direction,))[1], want, 1e-9)
        rows = bl.jacobian(f)(a)
        close(np.tensordot(rows, direction, 2), want, 1e-9)
    assert np.all(np.isclose(np.linalg.norm(v, axis=0), 1))


def test_eigenvalues_agree_with_the_peer_and_with_the_trace():
    a = A + 0.0

    def loss(np_, x):
        w = np_.linalg.eig(x)[0]
        return np_.real(np_.sum(w**3)) + np_.sum(np_.abs(w))

    close(bl.grad(lambda x: loss(np, x))(a), autograd.grad(lambda x: loss(anp, x))(a), 1e-11)
    close(bl.grad(lambda x: np.real(np.sum(np.linalg.eigvals(x) ** 3)))(a), 3 * (a @ a).T, 1e-11)


def test_eigvals_and_eig_give_the_same_derivatives_in_their_own_orders():
    for seed in range(20):
        a = np.random.default_rng(seed).standard_normal((5, 5))
        one = bl.jacobian(lambda x: np.abs(np.linalg.eigvals(x) - (0.3 + 0.2j)))(a)
        two = bl.jacobian(lambda x: np.abs(np.linalg.eig(x)[0] - (0.3 + 0.2j)))(a)
        order = np.argmin(np.abs(np.linalg.eigvals(a)[:, None] - np.linalg.eig(a)[0]), axis=1)
        close(one, two[order], 1e-9)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0)])
def test_a_matrix_without_entries_has_eigenvalues_without_entries(shape):
    f = lambda a: np.sum(np.abs(np.linalg.eigvals(a)))  # noqa: E731
    assert bl.grad(f)(np.zeros(shape)).shape == shape
    assert bl.jvp(f, (np.zeros(shape),), (np.zeros(shape),)) == (0.0, 0.0)


SECOND = {
    "eigvalsh": lambda a: np.sum(np.linalg.eigvalsh(a) ** 2),
    "svdvals": lambda a: np.sum(np.linalg.svdvals(a) ** 2),
    "nuc": lambda a: np.linalg.norm(a, "nuc"),
}


@pytest.mark.parametrize("name", SECOND)
def test_a_second_derivative_at_equal_values_is_refused_as_one(name):
    assert np.isfinite(bl.grad(SECOND[name])(np.eye(2))).all()
    with pytest.raises(TraceError, match=r"(?s)it is a second derivative: .* none at a tie"):
        bl.hessian(SECOND[name])(np.eye(2))


# --- singular values -------------------------------------------------------------------------------------


def test_svd_agrees_with_the_peer():
    def loss(np_, x):
        u, s, vh = np_.linalg.svd(x, full_matrices=False)
        return np_.sum(u[:, 0] ** 3) + np_.sum(s**3) + np_.sum(vh[1] ** 3)

    for x in (A, TALL, TALL.T):
        close(bl.grad(lambda a: loss(np, a))(x), autograd.grad(lambda a: loss(anp, a))(x))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda a: np.linalg.svd(a)[0], "np.linalg.svd of a 5×3 matrix, with full_matrices=True"),
        (lambda a: np.linalg.svd(a, hermitian=True)[0], "Use np.linalg.svd(a, full_matrices=False)"),
        (lambda a: np.linalg.qr(a, mode="complete")[0], "np.linalg.qr with mode='complete' cannot be traced"),
        (lambda a: np.linalg.qr(a, "raw")[0], "Use mode='reduced' or mode='r'"),
        (lambda a: np.linalg.pinv(a, hermitian=True), "np.linalg.pinv with hermitian=True"),
        (lambda a: np.linalg.lstsq(a, a[:, 0])[0], "Write np.linalg.pinv(a) @ b"),
        (lambda a: np.linalg.qr(a * 1j)[0], "np.linalg.qr of complex numbers"),
    ],
)  # fmt: skip
def test_what_has_no_derivative_is_refused_by_name(f, message):
    with pytest.raises(TraceError) as refused:
        bl.vjp(f, TALL)
    assert message in str(refused.value)


def test_pinv_of_a_matrix_without_full_rank_keeps_its_rank():
    """(u vᵀ)⁺ = v uᵀ/(|u|²|v|²), for every u and v."""
    u, v = np.array([1.0, -2.0, 0.5]), np.array([0.75, 1.5])

    def by_rule(u, v):
        return np.linalg.pinv(np.outer(u, v))

    def by_hand(u, v):
        return np.outer(v, u) / (np.sum(u * u) * np.sum(v * v))

    close(by_rule(u, v), by_hand(u, v))
    for argnum in (0, 1):
        close(bl.jacobian(by_rule, argnum)(u, v), bl.jacobian(by_hand, argnum)(u, v))
    close(bl.jvp(by_rule, (u, v), (u + 1, v - 1))[1], bl.jvp(by_hand, (u, v), (u + 1, v - 1))[1])


def test_the_zeroth_power_is_constant():
    assert not np.any(bl.jacobian(lambda a: np.linalg.matrix_power(a, 0))(A))
    assert np.array_equal(bl.vjp(lambda a: np.linalg.matrix_power(a, 0), A)[0], np.eye(3))


def test_the_rank_is_constant():
    assert bl.grad(lambda a: np.linalg.matrix_rank(a) * a[0, 0])(A)[0, 0] == 3.0
