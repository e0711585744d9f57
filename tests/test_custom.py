"""stop_gradient and custom_vjp: derivatives stopped, or given by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import backprop_lab as bl
from every_transform import MODES, TWO, close_to, derivatives

X, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, -3.0])


# --- stop_gradient -------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [2.0, 3, X, "text", None, {"w": [X, 1.0]}, (), np.float32(2)])
def test_stopping_leaves_plain_values_as_they_are(x):
    assert bl.stop_gradient(x) is x


@pytest.mark.parametrize("mode", MODES)
def test_nothing_goes_through_a_stop(mode):
    d = MODES[mode]
    assert d(lambda x: x * bl.stop_gradient(x), 3.0) == 3.0
    assert d(lambda x: bl.stop_gradient(x * x), 3.0) == 0.0
    assert d(lambda x: np.sum(bl.stop_gradient({"a": [x, 2.0]})["a"][0] * x), 3.0) == 3.0
    assert bl.jacobian(lambda x: bl.stop_gradient(x) * x)(X).tolist() == np.diag(X).tolist()


@pytest.mark.parametrize("outer, inner", TWO)
def test_a_stop_holds_at_every_level(outer, inner):
    d, e = MODES[outer], MODES[inner]
    assert d(lambda x: e(lambda y: bl.stop_gradient(x * y) * y * x, 5.0), 3.0) == 15.0
    assert d(lambda x: e(lambda y: bl.stop_gradient(y) * y**2, x), 3.0) == 2 * 3.0
    assert d(lambda x: bl.stop_gradient(e(lambda y: x * y, 5.0)), 3.0) == 0.0


def test_a_stop_takes_note_that_the_derivative_is_not_that_of_the_value():
    notes = []

    def f(x):
        y = bl.stop_gradient(x) * x
        notes.append(set(x.tracer.notes))
        return y

    bl.grad(f)(2.0)
    assert notes == [{"bl.stop_gradient"}]


def test_the_straight_through_trick():
    """Rounded forward, the identity backward."""

    def rounded(x):
        return x + bl.stop_gradient(np.round(x) - x)

    value, bars = bl.value_and_grad(lambda x: np.sum(rounded(x) * V))(X)
    assert value == np.sum(np.round(X) * V) and bars.tolist() == V.tolist()


# --- custom_vjp ------------------------------------------------------------------------------------------


@bl.custom_vjp
def log1pexp(x):
    """log(1 + eˣ), whose own pullback overflows."""
    return np.log(1 + np.exp(x))


def log1pexp_fwd(x):
    return np.log(1 + np.exp(x)), x


def log1pexp_bwd(x, y_bar):
    return (y_bar * (1 - 1 / (1 + np.exp(x))),)


log1pexp.defvjp(log1pexp_fwd, log1pexp_bwd)


@bl.custom_vjp
def weighted(p, x, n, how, *, power):
    return {"y": (p["w"] * x + p["b"]) ** power, "n": n, "s": np.sum(x)}


def weighted_fwd(p, x, n, how, *, power):
    return {"y": (p["w"] * x + p["b"]) ** power, "n": n, "s": np.sum(x)}, (p, x, power)


def weighted_bwd(kept, bars):
    p, x, power = kept
    z_bar = bars["y"] * power * (p["w"] * x + p["b"]) ** (power - 1)
    return {"w": np.sum(z_bar * x), "b": np.sum(z_bar)}, z_bar * p["w"] + bars["s"], None, None


weighted.defvjp(weighted_fwd, weighted_bwd)


@pytest.mark.parametrize("x", [0.7, X, X.astype(np.float32)])
def test_a_pullback_by_hand_agrees_with_the_derived_one_in_every_transform(x):
    want, got = derivatives(log1pexp.f, x), derivatives(log1pexp, x)
    for a, b in zip(want, got, strict=True):
        assert np.shape(a) == np.shape(b) and type(a) is type(b)
        assert getattr(a, "dtype", float) == getattr(b, "dtype", float)
        assert np.allclose(b, a, rtol=1e-13 if np.asarray(a).dtype == float else 1e-5, atol=0)


@pytest.mark.parametrize("outer, inner", TWO)
def test_a_pullback_by_hand_under_two_transforms(outer, inner):
    d, e = MODES[outer], MODES[inner]
    cube = bl.custom_vjp(lambda x: x**3)
    cube.defvjp(lambda x: (x**3, x), lambda x, y_bar: (3 * x**2 * y_bar,))
    assert d(lambda x: e(cube, x), 2.0) == 12.0
    assert d(lambda x: e(lambda y: cube(x * y), 3.0), 2.0) == 9 * 2.0**2 * 9.0
    assert d(lambda x: x * e(lambda y: x * cube(y), 2.0), 5.0) == 2 * 5.0 * 12.0


def test_it_is_the_hand_written_pullback_that_runs():
    reversal = bl.custom_vjp(lambda x: x)
    reversal.defvjp(lambda x: (x, None), lambda _, y_bar: (-0.5 * y_bar,))
    for mode in MODES.values():
        assert mode(lambda x: reversal(x) * 4.0, 1.0) == -2.0
    assert bl.grad(lambda x: reversal(x) * x)(3.0) == 3.0 - 1.5


def test_trees_keywords_and_constants():
    p = {"w": 2.0, "b": np.array([1.0, 0.5, 0.0])}

    def loss(f, p, x):
        out = f(p, x, 3, "how", power=2)
        assert out["n"] == 3
        return np.sum(out["y"] * V) + out["s"]

    weighted_right = bl.custom_vjp(weighted.f)
    weighted_right.defvjp(
        weighted_fwd,
        lambda kept, bars: (
            lambda b: ({"w": b[0]["w"], "b": bars["y"] * 2 * (kept[0]["w"] * kept[1] + kept[0]["b"])}, *b[1:])
        )(weighted_bwd(kept, bars)),
    )  # fmt: skip
    got = bl.grad(lambda p, x: loss(weighted_right, p, x), argnums=(0, 1))(p, X)
    want = bl.grad(lambda p, x: loss(weighted.f, p, x), argnums=(0, 1))(p, X)
    assert close_to(got[0]["w"], want[0]["w"]) and close_to(got[0]["b"], want[0]["b"])
    assert close_to(got[1], want[1])
    dots = ({"w": 1.0, "b": V}, X)
    one, other = (
        bl.jvp(lambda p, x, f=f: loss(f, p, x), (p, X), dots)[1]
        for f in (weighted_right, weighted.f)
    )
    assert close_to(one, other)
    only_x = bl.grad(lambda x: loss(weighted_right, p, x))(X)  # p is not followed
    assert close_to(only_x, want[1])


def test_of_a_tree_of_which_a_part_is_followed_only_that_part_counts():
    line = bl.custom_vjp(lambda p, x: p["w"] * x + p["b"])
    line.defvjp(
        lambda p, x: (p["w"] * x + p["b"], x),
        lambda x, y_bar: ({"w": y_bar * x, "b": "not asked for"}, None),
    )
    assert bl.grad(lambda w: line({"w": w, "b": 1.0}, 5.0))(2.0) == 5.0
    nothing = bl.custom_vjp(lambda p: p["w"] + p["b"])
    nothing.defvjp(lambda p: (p["w"] + p["b"], None), lambda _, y_bar: ({"w": None, "b": y_bar},))
    assert bl.grad(nothing)({"w": 1.0, "b": 2.0}) == {"w": 0.0, "b": 1.0}


def test_the_short_way_gives_value_and_pullback():
    clipped = bl.custom_vjp(lambda x: x)
    clipped.defvjp(lambda x: (x, lambda y_bar: (np.minimum(y_bar, 1.0),)))
    assert bl.grad(lambda x: np.sum(clipped(x) * np.array([0.5, 2.0, 9.0])))(X).tolist() == [
        0.5,
        1,
        1,
    ]
    with pytest.raises(
        bl.TraceError, match="its bwd is not linear in the cotangent, so there is no"
    ):
        bl.jvp(clipped, (X,), (V,))


def test_without_a_trace_the_function_itself_runs():
    assert log1pexp(0.0) == math.log(2) and log1pexp.__name__ == "log1pexp"
    assert log1pexp.__doc__.startswith("log(1 + eˣ)")
    assert bl.custom_vjp(np.exp)(0.0) == 1.0


def test_what_a_pullback_by_hand_hands_out_may_be_written_to():
    kept = np.array([1.0, 2.0, 3.0])
    f = bl.custom_vjp(lambda x: np.sum(x * kept))
    f.defvjp(lambda x: (np.sum(x * kept), None), lambda _, y_bar: (kept,))
    _, pullback = bl.vjp(f, X)
    pullback(1.0)[0][:] = 9.0
    assert pullback(1.0)[0].tolist() == [1.0, 2.0, 3.0]


def test_the_dtype_of_a_cotangent_by_hand_is_that_of_its_variable():
    f = bl.custom_vjp(lambda x: np.sum(x))
    f.defvjp(lambda x: (np.sum(x), x.shape), lambda shape, y_bar: (np.ones(shape) * float(1),))
    seen = []
    g = bl.custom_vjp(lambda x: x)
    g.defvjp(lambda x: (x, None), lambda _, y_bar: (seen.append(y_bar.dtype) or y_bar,))
    assert bl.grad(lambda x: f(g(x)))(np.ones(2, np.float32)).dtype == np.float32
    assert seen == [np.float32]


def test_an_array_that_a_pullback_by_hand_keeps_is_read_only_meanwhile():
    """As every array that the tape keeps: a buffer that is filled again would give 2 and 2."""
    buffer = np.zeros(3)

    def fwd(x):
        buffer[:] = buffer + 1.0
        return np.sum(x * buffer), buffer

    f = bl.custom_vjp(lambda x: np.sum(x))
    f.defvjp(fwd, lambda kept, y_bar: (y_bar * kept,))
    with pytest.raises(bl.TraceError, match="writes into an array that it has used already"):
        bl.grad(lambda x: f(x) + f(x))(X)
    assert buffer.flags.writeable


def test_verify_sees_a_wrong_pullback_by_hand_and_looks_into_a_checkpoint():
    assert bl.verify(lambda x: np.sum(log1pexp(x) * x), X).ok
    receipt = bl.verify(lambda x, w: np.sum(bl.checkpoint(np.multiply)(x, np.tanh(w))), X, V)
    assert receipt.ok and any("complex step" in check.name for check in receipt.checks)
    wrong = bl.custom_vjp(log1pexp.f)
    wrong.defvjp(log1pexp_fwd, lambda x, y_bar: (y_bar / (1 + np.exp(x)),))
    with pytest.raises(bl.ProofError, match="the readings do not agree"):
        bl.verify(lambda x: np.sum(wrong(x) * x), X)
    with pytest.raises(bl.ProofError, match="the readings do not agree"):
        bl.verify(lambda x: np.sum(bl.stop_gradient(x) * x), X)


def by_hand(fwd=None, bwd=None):
    f = bl.custom_vjp(lambda x, y: x * y)
    f.f.__name__ = "product"
    if fwd or bwd:
        f.defvjp(fwd or (lambda x, y: (x * y, (x, y))), bwd)
    return bl.grad(lambda p: np.sum(f(p["x"], p["y"])))({"x": np.ones(2), "y": np.ones(2)})


WRONG = {
    "no pullback": (
        lambda: by_hand(),
        "product is a custom_vjp function without a pullback. Give it one: product.defvjp(fwd, bwd).",
    ),
    "no pair": (
        lambda: by_hand(lambda x, y: x * y),
        "product: fwd must return a pair, the value and what the pullback needs; it returned a ndarray.",
    ),
    "no tuple": (
        lambda: by_hand(bwd=lambda kept, y_bar: y_bar),
        "product: bwd must return a tuple of cotangents, one for each of the 2 positional arguments; "
        "it returned a ndarray. None stands for zero.",
    ),
    "another count": (
        lambda: by_hand(bwd=lambda kept, y_bar: (y_bar,)),
        "one for each of the 2 positional arguments; it returned a tuple of 1.",
    ),
    "another shape": (
        lambda: by_hand(bwd=lambda kept, y_bar: (y_bar, y_bar[:1])),
        "product: bwd's cotangent of argument 1 has shape (1,); argument 1 has shape (2,). A "
        "cotangent has the shape of its variable.",
    ),
    "another structure": (
        lambda: bl.grad(lambda x: wrong_structure([x, x]))(1.0),
        "bwd's cotangent of argument 0 has the parts 0; argument 0 has the parts 0, 1.",
    ),
    "another shape in a tree": (
        lambda: bl.grad(lambda x: wrong_shape({"w": [x]}))(1.0),
        "bwd's cotangent of argument 0['w'][0] has shape (2,); argument 0['w'][0] has shape ().",
    ),
    "complex numbers": (
        lambda: by_hand(bwd=lambda kept, y_bar: (y_bar * 1j, None)),
        "of dtype complex128; real numbers are needed, in the shape (2,) of argument 0.",
    ),
    "text": (lambda: by_hand(bwd=lambda kept, y_bar: ("1", None)), "of dtype <U1; real numbers"),
    "a traced keyword": (
        lambda: bl.grad(lambda x: weighted({"w": 1.0, "b": 1.0}, 1.0, 1, "", power=x)["y"])(2.0),
        "weighted: a keyword argument is a traced value; keyword arguments of a custom_vjp function "
        "are static. Pass it by position.",
    ),
    "a value from around it": (
        lambda: bl.grad(around)(2.0), "f uses a traced value that is not among its arguments"
    ),
    "a kept value from around it": (
        lambda: bl.grad(kept_around)(2.0), "f uses a traced value that is not among its arguments"
    ),
}  # fmt: skip

wrong_structure = bl.custom_vjp(lambda p: p[0])
wrong_structure.defvjp(lambda p: (p[0], None), lambda _, y_bar: ([y_bar],))
wrong_shape = bl.custom_vjp(lambda p: p["w"][0])
wrong_shape.defvjp(lambda p: (p["w"][0], None), lambda _, y_bar: ({"w": [np.ones(2)]},))


def around(x):
    f = bl.custom_vjp(lambda y: y)
    f.defvjp(lambda y: (y * x, None), lambda _, y_bar: (y_bar,))
    return f(x)


def kept_around(x):
    f = bl.custom_vjp(lambda y: y)
    f.defvjp(lambda y: (y * 2.0, [x]), lambda kept, y_bar: (y_bar * kept[0],))
    return f(x)


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_a_pullback_by_hand_is_named(what):
    call, message = WRONG[what]
    with pytest.raises(bl.TraceError) as caught:
        call()
    assert message in str(caught.value), str(caught.value)


# --- complex values, on the way between real ones ------------------------------------------------------


@bl.custom_vjp
def squared_size(z, x):
    return {"size": np.real(np.conj(z) * z) * x, "turned": 1j * z}


def squared_size_bwd(kept, bars):
    """∂L/∂a + i ∂L/∂b of z = a + ib: 2z x ȳ, and conj(i) of the cotangent of iz."""
    z, x = kept
    return 2 * z * x * bars["size"] - 1j * bars["turned"], np.real(np.conj(z) * z) * bars["size"]


squared_size.defvjp(lambda z, x: (squared_size.f(z, x), (z, x)), squared_size_bwd)


def through(f):
    def total(x):
        out = f(np.fft.fft(x) * (1 + 2j), x)
        return out["size"] * np.imag(np.fft.ifft(out["turned"] * out["turned"]))

    return total


@pytest.mark.parametrize("x", [X, X.astype(np.float32)])
def test_complex_values_cross_a_pullback_by_hand(x):
    for a, b in zip(
        derivatives(through(squared_size.f), x), derivatives(through(squared_size), x), strict=True
    ):
        assert np.shape(a) == np.shape(b) and a.dtype == b.dtype == x.dtype
        digits = 1e-12 if x.dtype == float else 1e-4
        np.testing.assert_allclose(b, a, rtol=0, atol=digits * np.max(np.abs(a)))


def complex_by_hand(bwd):
    f = bl.custom_vjp(lambda z, c: np.real(z * c))
    f.defvjp(lambda z, c: (np.real(z * c), (z, c)), bwd)
    return bl.grad(lambda x: np.sum(f(x * (1 + 1j), 2.0 - 1j)))


def test_zero_and_real_cotangents_of_a_complex_value():
    assert complex_by_hand(lambda kept, y_bar: (None, None))(X).tolist() == [0.0, 0.0, 0.0]
    assert complex_by_hand(lambda kept, y_bar: (5.0 * y_bar, None))(X).tolist() == [5.0, 5.0, 5.0]
    right = complex_by_hand(lambda kept, y_bar: (np.conj(kept[1]) * y_bar, None))
    assert right(X).tolist() == [3.0, 3.0, 3.0]  # (1 + i)(2 − i) = 3 + i


@pytest.mark.parametrize(
    "bar, message",
    [
        (
            np.ones(2) * 1j,
            "f: bwd's cotangent of argument 0 has shape (2,); argument 0 has shape (3,).",
        ),
        (
            "one",
            "f: bwd's cotangent of argument 0 is array('one', dtype='<U3'), of dtype <U3; real",
        ),
    ],
)
def test_a_wrong_cotangent_of_a_complex_value_is_named(bar, message):
    with pytest.raises(bl.TraceError) as caught:
        complex_by_hand(lambda kept, y_bar: (bar, None))(X)
    assert message in str(caught.value)


def test_a_traced_complex_cotangent_of_a_real_value_is_refused():
    f = bl.custom_vjp(np.sin)
    f.defvjp(lambda x: (np.sin(x), x), lambda x, y_bar: (np.exp(1j * x) * y_bar,))
    with pytest.raises(bl.TraceError) as caught:
        bl.grad(bl.grad(f))(1.0)
    assert str(caught.value).endswith(
        "sin: bwd's cotangent of argument 0 is complex; real numbers are needed, in the shape () of "
        "argument 0. Return np.real(…) of it."
    )
