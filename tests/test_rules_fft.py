"""Fourier transforms beyond the cases: known gradients, lengths, peers, batches, refusals."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError

RNG = np.random.default_rng(4)
X = RNG.standard_normal(6)
ODD = RNG.standard_normal(7)
PLANE = RNG.standard_normal((4, 6))


def close(got, want, tolerance=1e-12):
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * np.max(np.abs(want)))


def power(func, np_=np):
    """Σ |transform of x|²."""
    return lambda x: np_.sum(np_.abs(func(x)) ** 2)


# --- gradients that are known ---------------------------------------------------------------------


@pytest.mark.parametrize("x", [X, ODD, PLANE], ids=["even", "odd", "plane"])
def test_parseval(x):
    """Σ|F x|² = n Σ x², so the gradient is 2n x and the Hessian 2n I; with "ortho" without n."""
    n = x.size
    close(bl.grad(power(np.fft.fftn))(x), 2 * n * x)
    close(bl.grad(power(lambda a: np.fft.fftn(a, norm="ortho")))(x), 2 * x)
    close(bl.grad(power(lambda a: np.fft.ifftn(a)))(x), 2 * x / n)
    hessian = bl.jacobian(bl.grad(power(np.fft.fftn)))(x)
    close(np.reshape(hessian, (n, n)), 2 * n * np.eye(n))


@pytest.mark.parametrize("x", [X, ODD], ids=["even", "odd"])
def test_a_transform_and_its_inverse_are_the_identity(x):
    n = len(x)
    for there_and_back in (
        lambda a: np.real(np.fft.ifft(np.fft.fft(a))),
        lambda a: np.fft.irfft(np.fft.rfft(a), n),
        lambda a: np.fft.irfftn(np.fft.rfftn(a), (n,), axes=(0,)),
        lambda a: np.fft.hfft(np.fft.ihfft(a), n),
        lambda a: np.fft.ifftshift(np.fft.fftshift(a)),
    ):
        close(bl.jacobian(there_and_back)(x), np.eye(n))


def test_convolution_by_the_transform():
    """The theorem of convolution: derivatives of the fast way and of the plain one."""

    def fast(x, k):
        n = len(x) + len(k) - 1
        return np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(k, n), n)

    def plain(x, k):
        rows = [np.concatenate([np.zeros(i), x, np.zeros(len(k) - 1 - i)]) for i in range(len(k))]
        return k @ np.stack(rows)

    k = RNG.standard_normal(3)
    for argnum in (0, 1):
        close(bl.jacobian(fast, argnum)(X, k), bl.jacobian(plain, argnum)(X, k))
    close(bl.jvp(fast, (X, k), (X + 1, k - 1))[1], bl.jvp(plain, (X, k), (X + 1, k - 1))[1])


def test_the_phase_of_a_frequency_turns_with_a_shift():
    """∂ angle(F x)ₖ along the derivative of the shifted signal is −k·2π/n, for a smooth signal."""
    t = 2 * np.pi * np.arange(8) / 8

    def phase(shift):
        return np.angle(np.fft.fft(np.cos(t - shift) + 0.5 * np.cos(2 * (t - shift))))[1:3]

    close(bl.jvp(phase, (0.3,), (1.0,))[1], [-1.0, -2.0])


def direct_irfft(z):
    """`np.fft.irfft` of a real spectrum as the sum that it is: cosines alone, the inner ones twice."""
    n = 2 * (len(z) - 1)
    weights = np.where(np.isin(np.arange(len(z)), [0, len(z) - 1]), 1, 2) / n
    return np.cos(2 * np.pi * np.outer(np.arange(n), np.arange(len(z))) / n) @ (weights * z)


def test_the_inverse_transform_of_a_real_spectrum_gives_it_a_real_cotangent():
    """|F x|² is real: the autocorrelation of x is its inverse transform."""
    x, w = np.array([0.3, 1.2, 2.1, 0.7]), np.arange(4.0)
    autocorrelation = bl.grad(lambda x: np.sum(np.fft.irfft(np.abs(np.fft.rfft(x)) ** 2) * w))
    close(autocorrelation(x), [16.0, 12.4, 8.8, 14.4])
    for mode in (None, "reverse", "forward"):
        close(bl.jacobian(np.fft.irfft, mode=mode)(x), bl.jacobian(direct_irfft)(x))
    close(bl.grad(lambda x: np.sum(np.fft.irfft(x) ** 2))(x), [0.1, 0.8, 1.4, 7 / 30])
    assert bl.verify(lambda x: np.fft.irfft(x) ** 2, x).ok


@pytest.mark.parametrize(
    "of_spectrum", [lambda z: np.log(np.abs(z)), np.real, lambda z: np.abs(z) ** 2, np.angle]
)
def test_what_is_real_between_two_transforms_has_two_orders(of_spectrum):
    x, w = RNG.uniform(0.3, 2, 6), RNG.standard_normal(6)
    for back in (np.fft.irfft, lambda z: np.fft.hfft(z, 6)):
        f = lambda x, back=back: np.sum(back(of_spectrum(np.fft.rfft(x))) ** 2 * w)  # noqa: E731
        want = bl.jacobian(f, mode="forward")(x)
        close(bl.grad(f)(x), want)
        close(bl.hessian(f)(x), bl.hessian(f, mode="forward")(x))
        steps = 1e-5 * np.eye(6)
        close(want, [(f(x + h) - f(x - h)) / 2e-5 for h in steps], 1e-7)


# --- the peer: where it has a gradient, and where it has none -------------------------------------------


@pytest.mark.parametrize(
    "name", ["fft", "ifft", "rfft", "fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn"]
)
def test_agrees_with_the_peer(name):
    def loss(np_):
        def f(x):
            z = getattr(np_.fft, name)(x * x)
            return np_.sum(np_.abs(z) ** 3) + np_.sum(np_.real(z) * np_.imag(z))

        return f

    close(bl.grad(loss(np))(PLANE), autograd.grad(loss(anp))(PLANE))


def test_odd_lengths_which_the_peer_refuses():
    with pytest.raises(NotImplementedError):
        autograd.grad(power(anp.fft.rfft, anp))(ODD)
    close(bl.grad(power(np.fft.rfft))(ODD), 7 * ODD + np.sum(ODD))


def test_an_axis_may_be_transformed_twice():
    close(bl.grad(power(lambda a: np.fft.fftn(a, axes=(0, 0))))(ODD), 2 * 49 * ODD)


def test_the_peer_ignores_the_factor_of_norm_forward_in_rfft():
    """With norm="forward" its gradient of `rfft` is off by the length squared."""
    f = {np_: power(lambda a, np_=np_: np_.fft.rfft(a, norm="forward"), np_) for np_ in (np, anp)}
    want = bl.grad(power(np.fft.rfft))(X) / 36
    close(bl.grad(f[np])(X), want)
    theirs = autograd.grad(f[anp])(X)
    assert np.max(np.abs(theirs - want)) > 0.1 * np.max(np.abs(want))


# --- lengths, batches, types ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 12])
@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
def test_cut_and_continued_transforms_are_adjoint_to_theirs(n, norm):
    """⟨ȳ, F ẋ⟩ = ⟨Fᵀ ȳ, ẋ⟩ for every length, and F ẋ is the transform of ẋ itself."""

    def parts(func):
        return lambda x: np.stack([np.real(func(x)), np.imag(func(x))])

    z = 1.5 - 0.5j
    for f in (
        parts(lambda x: np.fft.fft(x * z, n, norm=norm)),
        parts(lambda x: np.fft.ifft(x * z, n, norm=norm)),
        parts(lambda x: np.fft.rfft(x, n, norm=norm)),
        parts(lambda x: np.fft.ihfft(x, n, norm=norm)),
        lambda x: np.fft.irfft(x * z, n, norm=norm),
        lambda x: np.fft.hfft(x * z, n, norm=norm),
    ):
        y, pullback = bl.vjp(f, X)
        y_bar, x_dot = RNG.standard_normal(y.shape), RNG.standard_normal(6)
        tangent = bl.jvp(f, (X,), (x_dot,))[1]
        close(tangent, f(x_dot))
        assert abs(np.sum(y_bar * tangent) - np.sum(pullback(y_bar)[0] * x_dot)) <= 1e-12 * np.sum(
            np.abs(y_bar * tangent)
        )


def test_a_jacobian_takes_all_rows_at_once():
    calls = []

    def f(x):
        calls.append(x)
        return np.abs(np.fft.rfft(x, axis=0)) + np.real(np.fft.fft(x, 3, axis=0))[:1]

    rows = bl.jacobian(f)(PLANE)
    assert len(calls) == 1 and rows.shape == (3, 6, 4, 6)
    v = RNG.standard_normal(PLANE.shape)
    close(np.tensordot(rows, v, 2), bl.jvp(f, (PLANE,), (v,))[1])


def test_single_precision_stays_single():
    x = PLANE.astype(np.float32)
    for f in (
        power(np.fft.fft2),
        power(np.fft.rfft),
        lambda a: np.sum(np.fft.irfft2(a + 1j * a) ** 2),
    ):
        value, pullback = bl.vjp(f, x)
        assert value.dtype == np.float32 and pullback(np.float32(1))[0].dtype == np.float32
        assert bl.jvp(f, (x,), (x,))[1].dtype == np.float32


def test_frequencies_are_plain_numbers():
    def slope(x):
        return np.real(np.fft.ifft(2j * np.pi * np.fft.fftfreq(len(x)) * np.fft.fft(x)))

    t = 2 * np.pi * np.arange(8) / 8
    close(slope(np.sin(t)), np.cos(t) * 2 * np.pi / 8)
    close(bl.jvp(slope, (X,), (X,))[1], slope(X))


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: np.fft.fft(x), TraceError, "returned complex numbers"),
        (lambda x: np.abs(np.fft.fft(x, out=np.zeros(6, complex))), TraceError, "np.fft.fft: the argument out="),
        (lambda x: np.abs(np.fft.rfft(x * 1j)), TypeError, "rfft"),
        (lambda x: np.fft.irfft(x, norm="wrong"), ValueError, "Invalid norm value"),
    ],
)  # fmt: skip
def test_what_is_refused(f, error, message):
    with pytest.raises(error) as refused:
        bl.vjp(f, X)
    assert message in str(refused.value)
