"""Hard use: memory of every kind, shapes at the edge, what changes after the trace, wrong rules."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.checks import watched_run
from backprop_lab.errors import name_of
from backprop_lab.rules import RULES
from hand_rules import register, thrice
from rule_cases import all_cases

RNG = np.random.default_rng(0)


def loss(x, w):
    """A bit of everything, for an x of shape (3, 4) and a w of shape (4, 2)."""
    h = np.tanh(x @ w + np.sum(x, axis=1, keepdims=True))
    return np.sum(h * h[::-1]) + np.max(x[:, 1:3]) + np.sum(np.sort(w, axis=0)[0] * w[1])


X, W = RNG.uniform(-1, 1, (3, 4)), RNG.uniform(-1, 1, (4, 2))
WANT = bl.grad(loss, argnums=(0, 1))(X, W)


# --- memory of every kind -----------------------------------------------------------------------------


def negative_strides(x, folder):
    return x[::-1, ::-1].copy()[::-1, ::-1]


def columns_first(x, folder):
    return np.asfortranarray(x)


def gaps(x, folder):
    wide = np.zeros((2 * x.shape[0], 3 * x.shape[1]))
    wide[::2, ::3] = x
    return wide[::2, ::3]


def read_only(x, folder):
    x = x.copy()
    x.flags.writeable = False
    return x


def memory_mapped(x, folder):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


def memory_mapped_for_writing(x, folder):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r+")


def other_byte_order(x, folder):
    return x.astype(x.dtype.newbyteorder())


def unaligned(x, folder):
    raw = np.zeros(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    raw[...] = x
    return raw


MEMORY = [
    negative_strides, columns_first, gaps, read_only, memory_mapped, memory_mapped_for_writing,
    other_byte_order, unaligned,
]  # fmt: skip


@pytest.mark.parametrize("place", ["primal", "constant", "cotangent"])
@pytest.mark.parametrize("kind", MEMORY, ids=lambda f: f.__name__)
def test_memory_of_any_kind_is_as_good_as_any(kind, place, tmp_path):
    x, before = kind(X, tmp_path), X.copy()
    writeable = x.flags.writeable
    if place == "primal":
        got = bl.grad(loss, argnums=(0, 1))(x, W)
    elif place == "constant":
        got = WANT[0], bl.grad(lambda w: loss(x, w))(W)
    else:
        got = bl.vjp(lambda z: z, X)[1](x)[0], WANT[1]
        np.testing.assert_array_equal(got[0], X)
        got = WANT[0], got[1]
    np.testing.assert_allclose(got[0], WANT[0], rtol=1e-14, atol=0)
    np.testing.assert_allclose(got[1], WANT[1], rtol=1e-14, atol=0)
    assert all(type(g) is np.ndarray and g.flags.writeable for g in got)
    assert got[0].dtype == (x.dtype if place == "primal" else float) and got[1].dtype == float
    np.testing.assert_array_equal(x, before)
    assert x.flags.writeable is writeable


def test_a_view_of_a_primal_and_its_owner_are_primals_of_their_own():
    owner = np.arange(6.0).reshape(2, 3)
    first, second = bl.grad(lambda a, b: np.sum(a[0] * b * b), argnums=(0, 1))(owner, owner[1])
    assert first.tolist() == [[9.0, 16.0, 25.0], [0.0, 0.0, 0.0]]
    assert second.tolist() == [0.0, 8.0, 20.0]


# --- shapes at the edge -------------------------------------------------------------------------------

TWO_OPERANDS = [
    key for key, rule in RULES.items() if rule.kind == "elementwise" and len(rule.diagonals) == 2
]
FULL = (2, 3, 2)
# Every way to have length 1, or no axis, where the other operand has more.
NARROW = [
    shape[drop:]
    for shape in itertools.product(*[(1, n) for n in FULL])
    for drop in range(4)
    if all(n == 1 for n in shape[:drop])
]


@pytest.mark.parametrize("key", TWO_OPERANDS, ids=name_of)
def test_broadcasting_against_length_one_in_every_position(key):
    """The gradient of a broadcast operand is the full one, summed over what was repeated."""
    y_bar = RNG.uniform(0.5, 1, FULL)
    for shape, swap in itertools.product(NARROW, [False, True]):
        a, b = RNG.uniform(0.5, 1, shape), RNG.uniform(1.25, 1.75, FULL)
        full = np.broadcast_to(a, FULL).copy()
        operands, wide = ((b, a), (b, full)) if swap else ((a, b), (full, b))
        got, want = bl.vjp(key, *operands)[1](y_bar), bl.vjp(key, *wide)[1](y_bar)
        lead = len(FULL) - len(shape)
        ones = tuple(i for i, n in enumerate(FULL) if i < lead or shape[i - lead] != n)
        summed = want[swap].sum(axis=ones, keepdims=True).reshape(shape)
        np.testing.assert_allclose(got[swap], summed, rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(got[1 - swap], want[1 - swap])
        dots = tuple(np.ones(np.shape(x)) for x in operands)
        tangent = bl.jvp(key, wide, tuple(np.ones(FULL) for _ in wide))[1]
        np.testing.assert_allclose(bl.jvp(key, operands, dots)[1], tangent, rtol=1e-14, atol=0)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 0, 3)])
def test_empty_arrays_have_empty_gradients(shape):
    x = np.zeros(shape)
    value, gradient = bl.value_and_grad(lambda x: np.sum(np.exp(x) * x) + 1.0)(x)
    assert value == 1.0 and gradient.shape == shape and gradient.dtype == float
    assert bl.jacobian(lambda x: np.tanh(x) * 2)(x).shape == shape + shape
    assert bl.jvp(np.sin, (x,), (x,))[1].shape == shape
    with pytest.raises(ValueError, match="zero-size array"):
        bl.grad(lambda x: np.max(x))(x)


def test_numbers_arrays_without_axes_and_numpys_numbers_are_one():
    def f(x):
        return np.exp(x) * x + x**2

    want = bl.grad(f)(0.5)
    for x in (0.5, np.float64(0.5), np.array(0.5)):
        got = bl.grad(f)(x)
        assert got == want and type(got) is float
    single = bl.grad(f)(np.float32(0.5))
    assert single.dtype == np.float32 and abs(single - want) < 1e-6
    assert bl.vjp(f, np.array(0.5))[1](np.array(2.0))[0] == 2 * want


def test_an_input_that_is_not_used_and_an_array_given_twice():
    got = bl.grad(lambda a, b, c: np.sum(a * c), argnums=(0, 1, 2))(X, W, X)
    np.testing.assert_array_equal(got[0], X)
    np.testing.assert_array_equal(got[1], np.zeros((4, 2)))
    np.testing.assert_array_equal(got[2], X)
    assert not np.shares_memory(got[0], X) and not np.shares_memory(got[0], got[2])


# --- the world goes on after the trace -------------------------------------------------------------------


@pytest.mark.parametrize("f", [lambda x: x * x, np.sin, lambda x: x[1:] @ x[:-1], np.cumprod])
def test_a_primal_changed_after_the_trace_changes_nothing(f):
    x = np.array([0.5, 1.5, -1.0])
    value, pullback = bl.vjp(f, x)
    y_bar = np.ones(np.shape(value))
    want = pullback(y_bar)[0].copy()
    x[:] = 100.0
    np.testing.assert_array_equal(pullback(y_bar)[0], want)


def test_gradient_descent_in_place():
    """`x -= step` on plain arrays between gradients, as every training loop has it."""
    x, best = np.array([3.0, -2.0]), np.array([1.0, 2.0])
    for _ in range(200):
        x -= 0.1 * bl.grad(lambda x: np.sum((x - best) ** 2))(x)
    np.testing.assert_allclose(x, best, rtol=1e-12)


def test_counting_down_in_place_within_a_function():
    def f(x):
        total = 10.0
        for k in range(3):
            total -= k * x * x
            total *= 2.0
        return total

    assert bl.grad(f)(3.0) == -2 * 3.0 * (2 * 2 + 1 * 4)
    with pytest.raises(bl.TraceError, match=r"`x -= y` writes into the array x"):
        bl.grad(lambda x: np.sum(operator.isub(x, 1.0)))(np.ones(2))


# --- wrong rules are named ---------------------------------------------------------------------------------


def test_a_pullback_of_the_wrong_shape_is_named(monkeypatch):
    register(monkeypatch, lambda y_bar: 3 * np.sum(y_bar))
    with pytest.raises(bl.TraceError, match=r"(?s)thrice returned a cotangent of shape \(\) for"):
        bl.grad(lambda x: np.sum(thrice(x)))(np.ones(3))


def test_a_pullback_of_the_wrong_dtype_is_named(monkeypatch):
    register(monkeypatch, lambda y_bar: y_bar * np.full(3, 3.0))
    assert bl.grad(lambda x: np.sum(thrice(x)))(np.ones(3)).tolist() == [3.0, 3.0, 3.0]
    with pytest.raises(bl.TraceError, match=r"thrice returned a cotangent of .*float64"):
        bl.grad(lambda x: np.sum(thrice(x)))(np.ones(3, np.float32))


# --- kinks are looked for without a mishap ------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", [key for key, rule in RULES.items() if rule.at_kink is not None], ids=name_of
)
def test_whether_a_rule_is_at_its_kink_can_be_asked_in_every_spelling(key):
    """`verify` asks for every operation, with its operands and parameters as they were given."""
    for case in all_cases():
        if case.key is key:
            tape, y = watched_run(case.call, case.draw())
            assert isinstance(y, tuple) or np.shape(y) == np.shape(case.call(*case.draw()))
            assert set(tape.kinks) <= {rule.name for rule in RULES.values()}


def test_a_traced_value_written_into_a_plain_array_is_refused_with_what_to_write():
    def f(x):
        y = np.zeros(2)
        y[0] = x[0]
        return np.sum(y)

    for transform in (bl.grad, bl.jacobian, bl.hessian):
        with pytest.raises(bl.TraceError, match=r"To fill an array, use np\.stack"):
            transform(f)(np.ones(2))


def test_our_functions_are_traced_when_called_by_keyword():
    assert bl.grad(lambda z: bl.relu(x=z))(0.0) == 0.0
    assert bl.grad(lambda z: bl.sigmoid(x=z))(0.0) == 0.25


@pytest.mark.parametrize(
    "func, at",
    [(np.log, 0.0), (np.log2, 0.0), (np.log10, 0.0), (np.log1p, -1.0), (np.arctanh, 1.0)],
)
def test_a_slope_that_is_infinite_is_so_for_python_floats_too(func, at):
    with np.errstate(all="ignore"):
        assert bl.grad(func)(at) == bl.grad(func)(np.array(at)) == np.inf


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "to_text", [str, repr, "{}".format, "{:.3f}".format, "{!r}".format, lambda x: f"{x}"]
)
def test_a_number_read_back_from_the_text_of_a_traced_value_is_refused(to_text):
    texts = []

    def f(x):
        texts.append(to_text(x))
        return x * float(texts[0])

    with pytest.raises(ValueError, match=r"could not convert string to float: 'Var\(2.0"):
        bl.grad(f)(2.0)
    texts.clear()
    with pytest.raises(ValueError, match=r"could not convert string to float: 'Dual\(2.0"):
        bl.jvp(f, (2.0,), (1.0,))
