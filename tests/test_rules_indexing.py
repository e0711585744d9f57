"""Picking and scattering: any index, any batch, both ways of adding, what is refused."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError
from backprop_lab.rules import CONSTANT, RULES, getitem, scatter_add
from backprop_lab.rules import indexing as module

# --- random indices against numbers that say where they came from --------------------------------------


def random_part(rng, n):
    """One part of an index into an axis of length n, and whether it is an array."""
    kind = rng.integers(7)
    if kind == 0:
        return int(rng.integers(-n, n))
    if kind == 1:
        return np.int64(rng.integers(-n, n))
    if kind in (2, 3):
        cut = [None if rng.integers(2) else int(rng.integers(-n, n + 1)) for _ in range(2)]
        return slice(*cut, int(rng.choice([-2, -1, 1, 2])))
    if kind == 4:
        return [int(i) for i in rng.integers(-n, n, 2)]
    if kind == 5:
        return rng.integers(-n, n, (2, 1))
    return slice(None)


def random_index(rng, shape):
    parts = [random_part(rng, n) for n in shape[: int(rng.integers(1, len(shape) + 1))]]
    if rng.integers(3) == 0:
        parts.insert(int(rng.integers(len(parts) + 1)), None)
    if len(parts) < len(shape) and rng.integers(2):
        parts.append(...)
    return parts[0] if len(parts) == 1 and rng.integers(2) else tuple(parts)


def added_one_by_one(values, index, shape):
    """Scatter by a loop over single entries."""
    out, places = np.zeros(shape), np.arange(np.prod(shape)).reshape(shape)[index]
    for place, value in zip(np.ravel(places), np.ravel(values), strict=True):
        out.ravel()[place] += value
    return out


@pytest.mark.parametrize("few", [0, 10**9], ids=["counted out", "NumPy's own"])
@pytest.mark.parametrize("seed", range(60))
def test_any_index_goes_back_to_its_places(seed, few, monkeypatch):
    """With the ways of adding forced apart: each must give what a loop gives."""
    monkeypatch.setattr(module, "_FEW", few)
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(1, 4))))
    index, x = random_index(rng, shape), rng.normal(size=shape)
    value, pullback = bl.vjp(lambda a: a[index], x)
    np.testing.assert_array_equal(value, x[index])
    y_bar = rng.normal(size=np.shape(value))
    want = added_one_by_one(y_bar, index, shape)
    np.testing.assert_allclose(pullback(y_bar)[0], want, rtol=1e-13, atol=1e-14)
    if np.size(value) and np.size(value) <= 24:
        rows = bl.jacobian(lambda a: a[index])(x).reshape(np.size(value), *shape)
        for row, unit in zip(rows, np.eye(np.size(value)), strict=True):
            np.testing.assert_array_equal(row, added_one_by_one(unit, index, shape))
    bars = rng.normal(size=(3, 2, *np.shape(value)))
    both = scatter_add(bars, index, shape, batch=2)
    for i, j in np.ndindex(3, 2):
        want = added_one_by_one(bars[i, j], index, shape)
        np.testing.assert_allclose(both[i, j], want, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_a_scatter_keeps_its_dtype_and_adds_what_meets(dtype):
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 50, 300), rng.integers(0, 7, 300)
    for index, picked in [
        (rows, (300, 7)),
        ((rows, columns), (300,)),
        ((slice(None), columns), (50, 300)),
    ]:
        values = rng.normal(size=picked).astype(dtype)
        want = np.zeros((50, 7), dtype)
        np.add.at(want, index, values)
        got = scatter_add(values, index, (50, 7))
        assert got.dtype == dtype
        np.testing.assert_allclose(
            got, want, rtol=2e-5 if dtype is np.float32 else 1e-12, atol=1e-5
        )


def test_the_rows_of_a_table_get_the_sum_of_their_cotangents():
    """The gradient of an embedding: many words, some of them twice."""
    rng = np.random.default_rng(1)
    words, table = rng.integers(0, 40, 500), rng.normal(size=(40, 8))
    got = bl.grad(lambda E: np.sum(E[words] ** 2))(table)
    counts = np.bincount(words, minlength=40)[:, None]
    np.testing.assert_allclose(got, 2 * counts * table, rtol=1e-13)
    want = autograd.grad(lambda E: anp.sum(E[words] ** 2))(table)
    np.testing.assert_allclose(got, want, rtol=1e-13)


def test_second_derivatives_go_through_an_index_twice():
    x, index = np.array([1.0, 2.0, 3.0]), [0, 0, 2]
    H = bl.jacobian(bl.grad(lambda a: np.sum(a[index] ** 3)))(x)
    np.testing.assert_array_equal(H, np.diag([12.0, 0.0, 18.0]))


# --- masks and places are constants ----------------------------------------------------------------------

X = np.array([[1.0, -2.0, 3.0], [0.0, 5.0, -6.0]])


def test_a_comparison_picks_as_a_mask():
    assert bl.grad(lambda x: np.sum(x[x > 0] ** 2))(X).tolist() == [[2, 0, 6], [0, 10, 0]]
    assert bl.grad(lambda x: np.sum(np.extract(x > 2, x)))(X).tolist() == [[0, 0, 1], [0, 1, 0]]
    assert (
        bl.grad(lambda x: np.sum(np.compress(x[0] > 0, x, axis=1)))(X).tolist() == [[1, 0, 1]] * 2
    )


@pytest.mark.parametrize("func", [np.nonzero, np.argwhere, np.flatnonzero])
def test_places_of_a_traced_value_are_plain_numbers(func):
    assert func in CONSTANT
    found = []
    bl.vjp(lambda x: (found.append(func(x)), np.sum(x))[1], X)
    np.testing.assert_array_equal(found[0], func(X))


def test_a_traced_condition_is_a_constant():
    assert bl.grad(lambda x: np.sum(np.extract(x, np.ones((2, 3)) * x)))(X).tolist() == [
        [1, 1, 1],
        [0, 1, 1],
    ]


REFUSED = {
    "a traced index": (lambda x: x[x[0, 0]], "A traced value (shape ()) stands where a whole number belongs"),
    "a traced index of take": (lambda x: np.take(x, x[0]), "A traced value (shape (3,)) stands where a whole number"),
    "a traced choice": (lambda x: np.choose(x, [x, x]), "A traced value (shape (2, 3)) stands where a whole number"),
    "a traced index along an axis": (lambda x: np.take_along_axis(x, x, 0), "the argument indices is a traced value"),
    "out of take": (lambda x: np.take(x, 0, out=np.zeros(())), "np.take: the argument out=array(0.) cannot be traced"),
    "out of trace": (lambda x: np.trace(x, out=np.zeros(())), "np.trace: the argument out=array(0.) cannot"),
    "put": (lambda x: np.put(x, 0, 1.0), "np.put has no rule, so it cannot be traced. Write a new value, np.where(mask, v, x)"),
    "putmask": (lambda x: np.putmask(x, X > 0, 1.0), "np.putmask has no rule"),
    "place": (lambda x: np.place(x, X > 0, [1.0]), "np.place has no rule"),
    "fill_diagonal": (lambda x: np.fill_diagonal(x, 0), "Write a new value, np.where(np.eye(n) == 1, v, x)."),
    "put_along_axis": (lambda x: np.put_along_axis(x, np.array([[0]]), 1.0, 0), "np.put_along_axis has no rule"),
    "copyto": (lambda x: np.copyto(np.zeros((2, 3)), x), "np.copyto has no rule"),
    "x.put": (lambda x: x.put(0, 1.0), "x.put() of a traced value (shape (2, 3)) would lose its trace"),
    "x.resize": (lambda x: x.resize((3, 2)), "Use y = np.resize(x, shape)."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_refused_by_name(name):
    f, message = REFUSED[name]
    with pytest.raises(TraceError) as caught:
        bl.vjp(f, X)
    assert message in str(caught.value)


def test_picking_is_batched_so_that_its_jacobian_is_one_pull_back():
    assert RULES[getitem].batched and RULES[scatter_add].batched


# --- choose, diagonals --------------------------------------------------------------------------------


def test_numbers_among_choices_take_the_dtype_of_the_arrays():
    single = X[0].astype(np.float32)
    y, pullback = bl.vjp(lambda a, b: np.choose([0, 1, 0], [a, b]), single, 0.75)
    assert y.dtype == np.float32 and y.tolist() == [1, 0.75, 3]
    assert pullback(np.ones(3, np.float32))[0].dtype == np.float32
    assert bl.grad(lambda x: np.choose(1, [x, x * x]))(3.0) == 6.0


def test_a_choice_beyond_the_last_is_numpys_error():
    with pytest.raises(ValueError, match="invalid entry in choice array"):
        bl.vjp(lambda x: np.choose([0, 3], [x, x]), np.ones(2))


def test_a_diagonal_is_picked_and_put_back():
    A = np.arange(12.0).reshape(3, 4)
    for k in range(-3, 4):
        value, pullback = bl.vjp(lambda a, k=k: np.diagonal(a, k), A)
        y_bar = np.arange(1.0, value.size + 1)
        want = np.zeros((3, 4))
        for i, bar in enumerate(y_bar):
            want[i - min(k, 0), i + max(k, 0)] = bar
        np.testing.assert_array_equal(pullback(y_bar)[0], want)
        assert bl.vjp(lambda a, k=k: np.trace(a, k), A)[0] == np.trace(A, k)
    long = np.random.default_rng(0).normal(size=(500, 500))  # added in NumPy's own order
    assert bl.vjp(np.trace, long)[0] == np.trace(long)
