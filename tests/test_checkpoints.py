"""checkpoint: the same derivatives, from a second run, in less memory."""

from __future__ import annotations

import gc
import tracemalloc
import typing
import weakref

import numpy as np
import pytest

import backprop_lab as bl
from every_transform import MODES, TWO, close_to, derivatives

X, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, -3.0])


def layers(x):
    return np.sin(x) * np.exp(-x) + x**2


@pytest.mark.parametrize("x", [0.7, X, X.astype(np.float32), X.reshape(3, 1)])
def test_a_checkpoint_changes_no_derivative(x):
    again = bl.checkpoint(layers)
    plain, kept = derivatives(layers, x), derivatives(again, x)
    for a, b in zip(plain, kept, strict=True):
        assert np.shape(a) == np.shape(b) and type(a) is type(b)
        assert getattr(a, "dtype", float) == getattr(b, "dtype", float)
        assert close_to(b, a, 1e-14 if np.asarray(a).dtype == float else 2e-6)
    assert np.array_equal(again(x), layers(x)) and again.__name__ == "layers"


@pytest.mark.parametrize("outer, inner", TWO)
def test_a_checkpoint_under_two_transforms(outer, inner):
    d, e = MODES[outer], MODES[inner]
    cube = bl.checkpoint(lambda x: x**3)
    assert d(lambda x: e(cube, x), 2.0) == 12.0
    assert d(lambda x: x * e(lambda y: cube(x) * cube(y), x), 2.0) == 3 * 6 * 2.0**5
    assert d(bl.checkpoint(lambda x: e(bl.checkpoint(cube), x)), 2.0) == 12.0


class Pair(typing.NamedTuple):
    w: object
    b: object


def test_a_checkpoint_takes_and_gives_trees_keywords_and_constants():
    @bl.checkpoint
    def layer(params, x, *, scale=1.0, power, name=None):
        y = (params["layer"].w @ x + params["layer"].b) ** power * scale
        return {"y": y, "sum": [np.sum(y), None], "count": 3}

    def loss(p, x, scale):
        out = layer(p, x, scale=scale, power=2, name="first")
        assert out["count"] == 3 and out["sum"][1] is None
        return out["sum"][0] + np.sum(out["y"][0])

    W, b = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0])
    args = {"layer": Pair(W, b)}, X, 0.5
    got = bl.grad(loss, argnums=(0, 1, 2))(*args)
    y_bar = np.array([2.0, 1.0]) * 2 * (W @ X + b) * 0.5
    np.testing.assert_allclose(got[0]["layer"].w, np.outer(y_bar, X), rtol=1e-14)
    np.testing.assert_allclose(got[0]["layer"].b, y_bar, rtol=1e-14)
    np.testing.assert_allclose(got[1], W.T @ y_bar, rtol=1e-14)
    np.testing.assert_allclose(got[2], np.sum([2, 1] * (W @ X + b) ** 2), rtol=1e-14)
    dots = ({"layer": Pair(W, b)}, X, 2.0)
    want = sum(np.sum(a * b) for a, b in zip(
        [got[0]["layer"].w, got[0]["layer"].b, got[1], got[2]], [W, b, X, 2.0], strict=True
    ))  # fmt: skip
    assert close_to(bl.jvp(loss, args, dots)[1], want)


def test_a_checkpoint_of_a_function_without_a_float_in_its_result():
    count = bl.checkpoint(lambda x: {"n": np.shape(x)[0], "order": np.argsort(x), "none": None})

    def f(x):
        out = count(x)
        assert type(out["order"]) is np.ndarray and out["none"] is None
        return np.sum(x[out["order"][: out["n"] - 1]])

    for mode in ("reverse", "forward"):
        assert bl.jacobian(f, mode=mode)(X).tolist() == [1.0, 1.0, 0.0]


def test_a_checkpoint_runs_its_function_once_more_on_the_way_back():
    runs = []

    def counted(x, y):
        runs.append(type(x))
        return np.tanh(x * y), x

    value, pullback = bl.vjp(lambda x, y: bl.checkpoint(counted)(x, y)[0], X, V)
    assert len(runs) == 1 and runs[0] is np.ndarray  # nothing is traced on the way forward
    pullback(np.ones(3))
    assert len(runs) == 2
    pullback(np.ones(3))
    assert len(runs) == 3
    bl.checkpoint(counted)(X, V)
    assert len(runs) == 4 and value.shape == (3,)


def test_a_jacobian_through_a_checkpoint_goes_back_at_once(monkeypatch):
    runs = []

    def f(x):
        runs.append(1)
        return np.tanh(x) * x

    got = bl.jacobian(bl.checkpoint(f))(X)
    assert len(runs) == 2 and close_to(got, bl.jacobian(f)(X))
    monkeypatch.setattr(bl.RULES[np.tanh], "batched", False)  # then by rows, from one more run
    runs.clear()
    by_rows = bl.jacobian(bl.checkpoint(f))(X)
    assert len(runs) == 2 and close_to(by_rows, got)


def chain(step, n):
    def f(x):
        for _ in range(n):
            x = step(x)
        return np.sum(x)

    return f


def step(x):
    for _ in range(10):
        x = np.tanh(x * x)
    return x


def peak(f, x):
    gc.collect()
    tracemalloc.start()
    try:
        f(x)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_checkpoint_keeps_one_step_and_the_results_of_the_others():
    """10 steps of 20 operations on 1 MB: without it some 100 arrays are kept, with it some 20."""
    x = np.full(2**17, 0.5)
    all_kept = peak(bl.grad(chain(step, 10)), x)
    some_kept = peak(bl.grad(chain(bl.checkpoint(step), 10)), x)
    assert all_kept > 100 * x.nbytes and some_kept < 30 * x.nbytes
    forward = peak(lambda x: bl.jvp(chain(bl.checkpoint(step), 10), (x,), (x,)), x)
    assert forward < 20 * x.nbytes  # forward mode keeps nothing


def test_a_checkpoint_is_freed_without_the_collector():
    kept = []

    def f(x):
        kept.append(weakref.ref(x.tracer))
        return bl.checkpoint(layers)(x)

    gc.disable()
    try:
        _, pullback = bl.vjp(f, X)
        pullback(np.ones(3))
        del pullback
        assert kept[0]() is None
    finally:
        gc.enable()


def overwritten(x):
    buffer, y = np.zeros(3), 0.0
    for i in (1.0, 2.0):
        buffer[:] = i
        y = y + np.sum(bl.checkpoint(lambda x: x * buffer)(x))
    return y


def overwritten_argument(x):
    buffer, y = np.zeros(3), 0.0
    for i in (1.0, 2.0):
        buffer[:] = i
        y = y + np.sum(bl.checkpoint(np.multiply)(x, buffer))
    return y


def random_mask(x):
    rng = np.random.default_rng(0)
    return np.sum(bl.checkpoint(lambda x: x * (rng.uniform(size=3) > 0.5))(x))


def random_shape(x):
    rng = np.random.default_rng(0)
    return np.sum(bl.checkpoint(lambda x: x * np.ones((rng.integers(1, 10**6), 1)))(x[:1]))


@pytest.mark.parametrize("f", [overwritten, overwritten_argument, random_mask, random_shape])
def test_a_checkpoint_that_gives_another_result_the_second_time_is_refused(f):
    with pytest.raises(
        bl.TraceError,
        match=r"gave another result when it was run again on the way back. It may draw random numbers",
    ):
        bl.grad(f)(X)


def test_rounding_infinities_and_nan_are_no_other_result():
    """The traced run may sum in another order; what is not finite must be so twice."""
    runs = []

    def f(x):
        runs.append(1)
        return np.stack([x[0] * (1 + 1e-15 * len(runs)), x[1] * np.inf, x[2] * np.nan])

    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="its gradient is NaN"):
        assert bl.grad(lambda x: bl.checkpoint(f)(x)[0])(X)[0] > 0.9


@pytest.mark.parametrize("mode", MODES)
def test_a_traced_value_from_around_a_checkpoint_is_refused(mode):
    def f(x):
        return bl.checkpoint(lambda y: y * x)(x * 2.0)

    with pytest.raises(
        bl.TraceError,
        match=r"f uses a traced value that is not among its arguments, from the code around it; the "
        r"result here has shape \(\). A function under checkpoint or custom_vjp would lose its "
        r"derivative: pass that value to f as an argument.",
    ):
        MODES[mode](f, 3.0)


@pytest.mark.parametrize("outer, inner", TWO)
def test_an_outer_variable_around_a_checkpoint_is_a_constant_within(outer, inner):
    """The older trace is followed all the same: d/dx d/dy (x y²) = 2y."""
    d, e = MODES[outer], MODES[inner]
    assert d(lambda x: e(bl.checkpoint(lambda y: x * y * y), 5.0), 3.0) == 10.0


def test_a_newer_variable_around_a_checkpoint_is_refused():
    def f(x):
        return bl.grad(lambda y: bl.checkpoint(lambda z: z * y)(x))(2.0)

    with pytest.raises(bl.TraceError, match="uses a traced value that is not among its arguments"):
        bl.grad(f)(3.0)


# --- complex values, on the way between real ones ------------------------------------------------------


def filtered(wrap):
    """Complex in and real out, real in and complex out, complex in and out; trees and constants."""
    weigh = wrap(lambda z, x, c: {"z": z * x * c, "power": [np.abs(z), None]})
    turned = wrap(lambda x: x * np.exp(1j * x))
    back = wrap(lambda z: np.real(np.fft.ifft(np.conj(z) * z * z)))

    def f(x):
        out = weigh(np.fft.fft(x), x, 2.0 - 1j)
        return back(out["z"] + turned(x)) * out["power"][0]

    return f


@pytest.mark.parametrize("x", [X, X.astype(np.float32)])
def test_complex_values_cross_a_checkpoint(x):
    """Second derivatives too: what comes back is checked against the function without one."""
    plain, kept = derivatives(filtered(lambda f: f), x), derivatives(filtered(bl.checkpoint), x)
    for a, b in zip(plain, kept, strict=True):
        assert np.shape(a) == np.shape(b) and a.dtype == b.dtype == x.dtype
        digits = 1e-12 if x.dtype == float else 3e-4
        np.testing.assert_allclose(b, a, rtol=0, atol=digits * np.max(np.abs(a)))


def test_a_complex_number_crosses_a_checkpoint():
    """d|x² + 3ix| at 4, where 16 + 12i has the size 20: (16·8 + 12·3)/20."""
    f = bl.checkpoint(lambda z: z * z)

    def size(x):
        return np.abs(f(x**0.5 * (1 + 0j)) * x + 3j * x)

    for mode in MODES:
        assert close_to(MODES[mode](size, 4.0), 8.2)


def test_a_complex_result_at_the_end_of_a_checkpoint_is_refused():
    with pytest.raises(
        bl.TraceError, match="f returned complex numbers; derivatives here are of real"
    ):
        bl.vjp(bl.checkpoint(lambda x: x * 1j), X)
