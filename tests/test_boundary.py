"""What goes into a transform and comes out: arrays of every make, refused ones, nothing shared."""

from __future__ import annotations

import gc
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import backprop_lab as bl


def mapped(x, path):
    x.tofile(path)
    return np.memmap(path, dtype=x.dtype, mode="r", shape=x.shape)


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


MAKES = {
    "Fortran order": lambda x, path: np.asfortranarray(x),
    "negative strides": lambda x, path: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
    "every second": lambda x, path: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "transposed": lambda x, path: np.ascontiguousarray(x.T).T,
    "read-only": lambda x, path: read_only(x),
    "memory-mapped": mapped,
    "of the other byte order": lambda x, path: x.astype(x.dtype.newbyteorder()),
}


def program(x, w):
    return np.sum(np.tanh(x @ w) * x[:, :2] + np.sum(x, axis=1, keepdims=True) ** 2)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("in_tree", [False, True])
def test_arrays_of_every_make_are_as_good(make, in_tree, tmp_path):
    rng = np.random.default_rng(0)
    x, w = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (3, 2))
    made = [MAKES[make](a, tmp_path / str(i)) for i, a in enumerate((x, w))]
    flags = [a.flags.writeable for a in made]
    if in_tree:
        f, args, plain = (lambda p: program(*p)), (tuple(made),), ((x, w),)
    else:
        f, args, plain = program, tuple(made), (x, w)
    numbers = tuple(range(len(args)))
    value, bars = bl.value_and_grad(f, argnums=numbers)(*args)
    want_value, want = bl.value_and_grad(f, argnums=numbers)(*plain)
    bars, want = (bars[0], want[0]) if in_tree else (bars, want)
    assert abs(value - want_value) <= 1e-14 * abs(want_value)
    for bar, expected in zip(bars, want, strict=True):
        assert np.all(np.abs(bar - expected) <= 1e-14 * np.max(np.abs(expected)))
        bar += 1.0
        assert type(bar) is np.ndarray
    value, dot = bl.jvp(f, args, args)
    assert abs(dot - bl.jvp(f, plain, plain)[1]) <= 1e-14 * abs(dot)
    assert np.shape(bl.vjp(f, *args)[0]) == ()
    assert [a.flags.writeable for a in made] == flags
    assert np.array_equal(made[0], x) and np.array_equal(made[1], w)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_every_float_keeps_its_dtype(dtype):
    x = np.array([0.5, -1.0, 2.0], dtype)
    f = lambda x: np.sum(np.exp(x) * x)  # noqa: E731
    want = np.exp(x) * (x + 1)
    for got in (bl.grad(f)(x), bl.grad(lambda p: f(p["x"]))({"x": x})["x"]):
        assert got.dtype == dtype and np.all(
            np.abs(got - want) <= 4 * np.finfo(dtype).eps * want.max()
        )
    assert bl.hvp(f, x, x).dtype == bl.jacobian(np.exp)(x).dtype == dtype
    assert bl.jvp(np.exp, (x,), (x,))[1].dtype == dtype


class Metres(np.ndarray):
    pass


@pytest.mark.parametrize(
    "x, name",
    [
        (np.ones((2, 2)).view(np.matrix), "matrix"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "MaskedArray"),
        (np.ones(2).view(Metres), "Metres"),
        (np.ones(2).view(np.recarray), "recarray"),
    ],
)  # fmt: skip
def test_an_array_with_an_arithmetic_of_its_own_is_refused(x, name):
    f = lambda x: np.sum(x * x)  # noqa: E731
    calls = {
        "vjp": lambda: bl.vjp(f, x), "grad": lambda: bl.grad(f)(x),
        "jvp": lambda: bl.jvp(f, (x,), (x,)), "jacobian": lambda: bl.jacobian(f)(x),
        "hessian": lambda: bl.hessian(f)(x), "hvp": lambda: bl.hvp(f, x, x),
    }  # fmt: skip
    for transform, call in calls.items():
        with pytest.raises(bl.TraceError) as caught:
            call()
        assert str(caught.value).startswith(
            f"{transform}: argument 0 is a {name}, of shape {x.shape}, whose own arithmetic a trace "
            "would lose. Pass a plain array: np.asarray(x), or x.filled(0.0) of a masked one."
        )
    with pytest.raises(bl.TraceError, match=rf"argument 0\['w'\] is a {name}"):
        bl.grad(lambda p: f(p["w"]))({"w": x})


def test_what_can_become_an_array_is_taken_as_one():
    class Table:
        def __array__(self, dtype=None, copy=None):
            return np.array([1.0, 2.0])

    assert bl.grad(lambda x: np.sum(x**2))(Table()).tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    "x, message",
    [
        (Fraction(1, 2), "argument 0 is a Fraction, Fraction(1, 2); a float or an array of floats"),
        (b"1", "argument 0 is a bytes"), (frozenset({1.0}), "argument 0 is a frozenset"),
        (np.exp, "argument 0 is a ufunc"), (iter([1.0]), "argument 0 is a list_iterator"),
        (np.array("text"), "argument 0 has dtype <U4; float32 or float64 is needed."),
        (np.datetime64("2026-01-01"), "argument 0 has dtype datetime64[D];"),
        (np.zeros(2, [("a", float)]), "argument 0 has dtype [('a', '<f8')];"),
        (np.True_, "argument 0 is an array of bool, of shape ()"),
        (np.uint8(3), "argument 0 is an array of uint8, of shape ()"),
    ],
)  # fmt: skip
def test_what_has_no_derivative_is_refused(x, message):
    with pytest.raises(bl.TraceError) as caught:
        bl.grad(lambda x: 1.0)(x)
    assert message in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    "f", [lambda x, c: x * c, lambda x, c: c - x, np.dot, lambda x, c: np.clip(x, c, 9)]
)
def test_a_constant_of_objects_is_named_as_such(f):
    c, x = np.array([1, 2.0], object), np.array([3.0, 4.0])
    for run in (
        lambda: bl.grad(lambda x: np.sum(f(x, c)))(x),
        lambda: bl.jvp(lambda x: np.sum(f(x, c)), (x,), (x,)),
    ):
        with pytest.raises(bl.TraceError, match=r"met an array of objects .* of shape \(2,\)"):
            run()


# --- what is shared, and what is written to -----------------------------------------------------------------


@pytest.mark.parametrize("transform", [bl.grad, bl.jacobian, bl.hessian])
def test_writing_to_the_primal_by_another_name_is_refused(transform):
    x = np.array([1.0, 2.0])

    def f(v):
        y = v * v
        x[:] = 9.0  # the walk back would read this
        return np.sum(y)

    with pytest.raises(ValueError, match="read-only") as caught:
        transform(f)(x)
    assert "are read-only while it runs, because the walk back reads them" in str(
        caught.value.__notes__
    )
    assert x.tolist() == [1.0, 2.0] and x.flags.writeable


def test_vjp_copies_so_that_the_primal_may_be_written_to():
    x = np.array([1.0, 2.0])

    def f(v):
        y = v * v
        x[:] = 9.0
        return np.sum(y)

    assert bl.vjp(f, x)[1](1.0)[0].tolist() == [2.0, 4.0] and x.tolist() == [9.0, 9.0]


def test_a_pullback_keeps_no_more_than_its_rules_need():
    """A sum of arrays keeps nothing; a product keeps the other factor."""
    x = np.ones(2**17)
    for f, arrays in ((lambda x: x + 1.0 + x, 1), (lambda x: x * 3.0, 1), (lambda x: x * x, 2)):
        gc.collect()
        tracemalloc.start()
        kept = bl.vjp(f, x)  # the value, at least, is here to stay
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert arrays * x.nbytes <= size < (arrays + 0.1) * x.nbytes
        assert kept[1](x)[0].shape == x.shape


def test_a_rule_that_makes_a_real_cotangent_complex_is_found_out(monkeypatch):
    right = bl.RULES[np.tanh].reverse

    def wrong(operands, params, which):
        y, pullbacks = right(operands, params, which)
        return y, [lambda y_bar, p=p: p(y_bar) * 1j for p in pullbacks]

    monkeypatch.setattr(bl.RULES[np.tanh], "reverse", wrong)
    with pytest.raises(bl.TraceError, match="complex"):
        bl.grad(lambda x: np.sum(np.tanh(x)))(np.ones(2))


def test_a_view_and_its_owner_as_primals_are_writeable_again():
    owner = np.arange(4.0)
    for args in ((owner[1:], owner), (owner, owner[1:]), (owner[1:][1:], owner[1:])):
        bl.grad(lambda a, b: np.sum(a) * np.sum(b), argnums=(0, 1))(*args)
        assert all(a.flags.writeable for a in args)


def test_a_value_that_is_the_primal_is_an_array_of_its_own():
    x, v = np.ones(2), np.ones(2)
    for value in (bl.jvp(lambda x: x, (x,), (v,))[0], bl.vjp(lambda x: x, x)[0]):
        value[:] = 5.0
        assert x.tolist() == [1.0, 1.0]


def test_one_pullback_for_many_cotangents():
    W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    _, pullback = bl.vjp(lambda x: W @ x, np.ones(2))
    rows = [pullback(y_bar)[0] for y_bar in np.eye(3)]
    np.testing.assert_array_equal(rows, W)
    assert pullback([1, 0, 0])[0].tolist() == [1.0, 2.0]  # a list of whole numbers is one too
    rows[0][:] = 7.0
    np.testing.assert_array_equal([pullback(y_bar)[0] for y_bar in np.eye(3)], W)


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda v: np.array(v, np.float32)])
@pytest.mark.parametrize("v", [[1.0, -2.0], [1, -2]])
@pytest.mark.parametrize("x", [np.array([3.0, 4.0]), np.array([3.0, 4.0], np.float32)])
def test_a_direction_is_an_array_or_a_list_of_real_numbers_in_either_mode(x, v, kind):
    """Its dtype becomes that of the variable."""
    tangent = bl.jvp(lambda x: x * x, (x,), (kind(v),))[1]
    (cotangent,) = bl.vjp(lambda x: x * x, x)[1](kind(v))
    product = bl.hvp(lambda x: np.sum(x**3), x, kind(v))
    for got, want in ((tangent, [6.0, -16.0]), (cotangent, [6.0, -16.0]), (product, [18.0, -48.0])):
        assert got.tolist() == want and got.dtype == x.dtype


def test_blocks_of_a_jacobian_are_arrays_of_their_own():
    a, b = bl.jacobian(lambda a, b: a + b, argnums=(0, 1))(np.ones(2), np.ones(2))
    a += 1.0
    np.testing.assert_array_equal(b, np.eye(2))


def test_numbers_at_places_are_counted_and_named():
    f = lambda a, b: a * b**2  # noqa: E731
    assert bl.grad(f, argnums=np.int64(1))(2.0, 3.0) == 12.0
    assert bl.grad(f, argnums=np.array([1, 0]))(2.0, 3.0) == (12.0, 9.0)
    assert bl.grad(f, argnums=())(2.0, 3.0) == ()
