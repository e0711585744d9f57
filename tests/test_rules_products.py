"""Products: peers, the order of a chain, every spelling of einsum, operators, batches, refusals."""

from __future__ import annotations

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.rules import RULES

# --- einsum: random texts against the peer, and against their own spelling in lists --------------------


def random_einsum(rng):
    """A text, and shapes: letters that meet, are summed, are repeated, are stretched from 1."""
    letters = "abcd"
    sizes = dict(zip(letters, rng.integers(1, 4, 4), strict=True))
    terms = [
        "".join(rng.choice(list(letters), int(rng.integers(0, 4))))
        for _ in range(int(rng.integers(1, 4)))
    ]
    used = sorted(set("".join(terms)))
    rng.shuffle(used)
    output = "".join(used[: int(rng.integers(0, len(used) + 1))])
    shapes = [tuple(int(sizes[c]) for c in t) for t in terms]
    return ",".join(terms) + "->" + output, shapes


@pytest.mark.parametrize("seed", range(60))
def test_random_einsums_agree_with_the_peer_and_with_their_jacobians(seed):
    rng = np.random.default_rng(seed)
    text, shapes = random_einsum(rng)
    operands = [rng.normal(size=s) for s in shapes]
    y = np.einsum(text, *operands)
    weights = rng.normal(size=np.shape(y))
    argnums = tuple(range(len(operands)))
    got = bl.vjp(lambda *xs: np.einsum(text, *xs), *operands)[1](weights)
    units = [np.eye(x.size).reshape(x.size, *x.shape) for x in operands]
    for i, (x, bar) in enumerate(zip(operands, got, strict=True)):
        moved = [
            np.sum(weights * np.einsum(text, *operands[:i], u, *operands[i + 1 :]))
            for u in units[i]
        ]
        np.testing.assert_allclose(np.ravel(bar), moved, rtol=1e-12, atol=1e-12)
        assert np.shape(bar) == x.shape
    whole = bl.jacobian(lambda *xs: np.einsum(text, *xs), argnums)(*operands)
    for block, bar, x in zip(whole, got, operands, strict=True):
        back = np.tensordot(weights, block, np.ndim(y))
        np.testing.assert_allclose(back, np.reshape(bar, x.shape), rtol=1e-12, atol=1e-12)
    repeated = any(len(set(t)) < len(t) for t in text.partition("->")[0].split(","))
    if not repeated:  # the peer refuses a letter twice in one term
        f = lambda *xs: anp.sum(anp.einsum(text, *xs) * weights)  # noqa: E731
        for i, bar in enumerate(got):
            np.testing.assert_allclose(autograd.grad(f, i)(*operands), bar, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_lists_of_axis_numbers_mean_what_a_text_means(seed):
    rng = np.random.default_rng(seed)
    text, shapes = random_einsum(rng)
    terms, _, output = text.partition("->")
    number = dict(zip("abcd", rng.permutation(52)[:4].tolist(), strict=True))
    operands = [rng.normal(size=s) for s in shapes]

    def lists(xs, with_output=True):
        pairs = [
            part
            for x, t in zip(xs, terms.split(","), strict=True)
            for part in (x, [number[c] for c in t])
        ]
        return [*pairs, [number[c] for c in output]] if with_output else pairs

    for implicit in (False, True):
        value, pullback = bl.vjp(lambda *xs: np.einsum(*lists(xs, not implicit)), *operands)  # noqa: B023
        np.testing.assert_array_equal(value, np.einsum(*lists(operands, not implicit)))
        y_bar = rng.normal(size=np.shape(value))
        for i, bar in enumerate(pullback(y_bar)):
            unit = np.eye(operands[i].size).reshape(-1, *operands[i].shape)
            moved = [
                np.sum(
                    y_bar * np.einsum(*lists([*operands[:i], u, *operands[i + 1 :]], not implicit))
                )
                for u in unit
            ]
            np.testing.assert_allclose(np.ravel(bar), moved, rtol=1e-12, atol=1e-12)


def test_an_optimized_einsum_has_numpys_own_value_and_the_same_gradient():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(30, 20)), rng.normal(size=(20, 25)), rng.normal(size=(25, 10))
    for optimize in (True, "greedy", "optimal", ("greedy", 10**6), ["einsum_path", (1, 2), (0, 1)]):
        f = lambda *xs, o=optimize: np.einsum("ij,jk,kl->il", *xs, optimize=o)  # noqa: E731
        value, pullback = bl.vjp(f, a, b, c)
        np.testing.assert_array_equal(value, f(a, b, c))
        y_bar = rng.normal(size=(30, 10))
        want = (y_bar @ (b @ c).T, a.T @ y_bar @ c.T, (a @ b).T @ y_bar)
        for got, true in zip(pullback(y_bar), want, strict=True):
            np.testing.assert_allclose(got, true, rtol=1e-11)


# --- a chain of matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_a_chain_is_multiplied_in_numpys_own_order(seed):
    rng = np.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(1, 40, int(rng.integers(4, 8)))]
    matrices = [rng.normal(size=s) for s in itertools.pairwise(sizes)]
    if rng.integers(2):
        matrices[0] = matrices[0][0]
    if rng.integers(2):
        matrices[-1] = matrices[-1][:, 0].copy()  # BLAS adds strided numbers in another order
    value, pullback = bl.vjp(lambda *xs: np.linalg.multi_dot(xs), *matrices)
    np.testing.assert_array_equal(value, np.linalg.multi_dot(matrices))
    y_bar = rng.normal(size=np.shape(value))
    product = matrices[0]
    for x in matrices[1:]:
        product = product @ x
    middle = len(matrices) // 2
    left, right = matrices[0], matrices[-1]
    for x in matrices[1:middle]:
        left = left @ x
    for x in matrices[-2:middle:-1]:
        right = x @ right
    got = pullback(y_bar)[middle]
    bar = np.reshape(
        y_bar, (1 if matrices[0].ndim == 1 else -1, 1 if matrices[-1].ndim == 1 else sizes[-1])
    )
    if 0 < middle < len(matrices) - 1:
        want = np.atleast_2d(left).T @ bar @ (right[:, None] if right.ndim == 1 else right).T
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


# --- operators, dtypes, deprecations --------------------------------------------------------------------

A, B, V = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) + 1, np.array([1.0, -2.0, 3.0])
LEFT = {
    "an array @": (lambda x: A @ x, lambda x: np.matmul(A, x)),
    "a list @": (lambda x: A.tolist() @ x, lambda x: np.matmul(A, x)),
    "@ a list": (lambda x: x @ A.tolist(), lambda x: np.matmul(x, A)),
    "a list times": (lambda x: [1.0, 2.0] * x, lambda x: np.multiply([1.0, 2.0], x)),
    "a list minus": (
        lambda x: [[1.0], [2.0], [3.0]] - x,
        lambda x: np.subtract([[1.0], [2.0], [3.0]], x),
    ),
    "np.dot of a list": (lambda x: np.dot(A.tolist(), x), lambda x: np.matmul(A, x)),
    "x.dot": (lambda x: x.dot(A), lambda x: np.matmul(x, A)),
}


@pytest.mark.parametrize("name", LEFT)
def test_a_list_or_an_array_may_stand_on_either_side(name):
    spelled, plain = LEFT[name]
    y_bar = np.random.default_rng(0).normal(size=plain(B).shape)
    (got,), (want,) = (bl.vjp(f, B)[1](y_bar) for f in (spelled, plain))
    np.testing.assert_allclose(got, want, rtol=1e-15)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
def test_vectors_of_two_entries_cross_as_numpy_has_it():
    value, pullback = bl.vjp(np.cross, V[:2], V)
    np.testing.assert_array_equal(value, np.cross(V[:2], V))
    full = bl.vjp(np.cross, np.append(V[:2], 0.0), V)[1](np.array([1.0, 2.0, 3.0]))
    got = pullback(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(got[0], full[0][:2])
    np.testing.assert_array_equal(got[1], full[1])
    assert bl.grad(lambda a, b: np.cross(a, b), (0, 1))(V[:2], V[1:])[0].tolist() == [3.0, 2.0]


def test_the_cross_product_is_its_own_adjoint_turned_round():
    """⟨ȳ, a × b⟩ = ⟨b × ȳ, a⟩ = ⟨ȳ × a, b⟩."""
    a, b, y_bar = np.random.default_rng(0).normal(size=(3, 4, 3))
    got = bl.vjp(np.cross, a, b)[1](y_bar)
    np.testing.assert_allclose(
        got, [np.cross(b, y_bar), np.cross(y_bar, a)], rtol=1e-13, atol=1e-14
    )


PEERS = {
    "dot": (lambda xp, a, b: xp.dot(a, b), A, B),
    "dot of many axes": (
        lambda xp, a, b: xp.dot(a, b),
        np.arange(12.0).reshape(2, 2, 3),
        np.arange(12.0).reshape(2, 3, 2),
    ),
    "inner": (lambda xp, a, b: xp.inner(a, b), A, V),
    "outer": (lambda xp, a, b: xp.outer(a, b), V, A[0]),
    "tensordot": (lambda xp, a, b: xp.tensordot(a, b, axes=([1, 0], [0, 1])), A, B),
    "kron": (lambda xp, a, b: xp.kron(a, b), A, B),
    "matmul": (lambda xp, a, b: xp.matmul(a, b), np.arange(12.0).reshape(2, 2, 3), B),
    "einsum": (
        lambda xp, a, b: xp.einsum("...ij,jk->k...", a, b),
        np.arange(12.0).reshape(2, 2, 3),
        B,
    ),
}


@pytest.mark.parametrize("name", PEERS)
def test_the_peer_agrees(name):
    f, a, b = PEERS[name]
    for i in (0, 1):
        want = autograd.grad(lambda *xs: anp.sum(f(anp, *xs) ** 2), i)(a, b)
        got = bl.grad(lambda *xs: np.sum(f(np, *xs) ** 2), i)(a, b)
        np.testing.assert_allclose(got, want, rtol=1e-13)


def test_products_are_batched_so_that_a_jacobian_is_one_pull_back():
    for func in (np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.einsum):
        assert RULES[func].batched, func


# --- refusals ------------------------------------------------------------------------------------------

REFUSED = {
    "too few operands": (lambda x: np.einsum("ij,jk->ik", x), ValueError, r"operands provided to einstein sum function"),
    "out of dot": (lambda x: np.dot(x, B, out=np.zeros((2, 2))), TraceError, r"np.dot: the argument out="),
    "order of einsum": (lambda x: np.einsum("ij->ji", x, order="F"), TraceError, r"take \(subscripts, \*operands, optimize\)"),
    "axes of vecdot": (lambda x: np.vecdot(x, x, axes=[0, 0, ()]), TraceError, r"np.vecdot: the argument axes="),
    "complex vdot": (lambda x: np.vdot(x * 1j, A), TraceError, r"np.vdot of complex numbers"),
    "complex vecdot": (lambda x: np.vecdot(x * 1j, A), TraceError, r"np.vecdot of complex numbers"),
    "shapes of matmul": (lambda x: x @ x, ValueError, r"matmul"),
    "shapes of dot": (lambda x: np.dot(x, x), ValueError, r"not aligned"),
    "shapes of vdot": (lambda x: np.vdot(x, B[0]), ValueError, r"not aligned"),
    "shapes of vecdot": (lambda x: np.vecdot(x, B), ValueError, r"matmul|vecdot|broadcast"),
    "cross of four entries": (lambda x: np.cross(np.ones(4), x), ValueError, r"incompatible dimensions for cross product"),
    "cross of linalg": (lambda x: np.linalg.cross(x[:, :2], x), ValueError, r"3-dimensional vectors"),
    "outer of linalg": (lambda x: np.linalg.outer(x, V), ValueError, r"must be one-dimensional"),
    "a chain of one": (lambda x: np.linalg.multi_dot([x]), ValueError, r"at least two arrays"),
    "a chain with a vector inside": (lambda x: np.linalg.multi_dot([x, V, V]), np.linalg.LinAlgError, r"must be|dimensional"),
    "an axis of cross": (lambda x: np.cross(x, x, axis=3), np.exceptions.AxisError, r"out of bounds"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_refused(name):
    f, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message):
        bl.vjp(f, A)
