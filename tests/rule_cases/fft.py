"""Fourier transforms, and the parts of complex numbers.

The operand of a transform of complex numbers is z = (½ + 2i) x, with real x; the result is compared
in its real and imaginary parts. The truth adds up cosines and sines.
"""

from __future__ import annotations

import functools

import numpy as np

from rule_cases import case

FACTOR = 0.5 + 2j


def parts(func, factor=None):
    """Real and imaginary part of `func` of x, or of x times a complex factor."""

    def of_real(x, **params):
        z = func(x if factor is None else x * factor, **params)
        return np.stack([np.real(z), np.imag(z)])

    return of_real


def fitted(x, n):
    """The last axis cut to n entries, or continued with zeros."""
    shape = np.shape(x)
    zeros = np.zeros((*shape[:-1], max(n - shape[-1], 0)))
    return np.concatenate([x[..., :n], zeros], axis=-1)


def dft(z, n=None, axis=-1, norm=None, sign=-1):
    """Σⱼ zⱼ exp(±2πi jk/n) of a pair z = (real part, imaginary part), by cosines and sines."""
    a, b = (np.moveaxis(part, axis, -1) for part in z)
    n = np.shape(a)[-1] if n is None else n
    a, b = fitted(a, n), fitted(b, n)
    angle = 2 * np.pi * np.mod(np.outer(np.arange(n), np.arange(n)), n) / n
    c, s = (np.where(np.abs(p) < 1e-9, 0, p) for p in (np.cos(angle), sign * np.sin(angle)))
    divided = {"ortho": np.sqrt(n), "forward": n if sign < 0 else 1}
    by = divided.get(norm, 1 if sign < 0 else n)
    pair = (a @ c - b @ s) / by, (a @ s + b @ c) / by
    return tuple(np.moveaxis(part, -1, axis) for part in pair)


def half(z, axis):
    """The frequencies from 0 to n/2."""
    return tuple(
        np.moveaxis(np.moveaxis(p, axis, -1)[..., : np.shape(p)[axis] // 2 + 1], -1, axis)
        for p in z
    )


def mirrored(z, n, axis):
    """The n frequencies of a real signal from those of 0 to n/2; Im is dropped where it has none."""
    a, b = (fitted(np.moveaxis(p, axis, -1), n // 2 + 1) for p in z)
    keep = np.ones(n // 2 + 1)
    keep[[0, *([n // 2] if n % 2 == 0 else [])]] = 0
    b = b * keep
    back = [k for k in range(n // 2, 0, -1) if 2 * k != n]
    full = np.concatenate([a, a[..., back]], -1), np.concatenate([b, -b[..., back]], -1)
    return tuple(np.moveaxis(p, -1, axis) for p in full)


def of_real(x):
    return x, 0 * x


def of_complex(x):
    return FACTOR.real * x, FACTOR.imag * x


def plain_fft(x, n=None, axis=-1, norm=None, sign=-1, start=of_complex):
    return np.stack(dft(start(x), n, axis, norm, sign))


def plain_rfft(x, n=None, axis=-1, norm=None):
    return np.stack(half(dft(of_real(x), n, axis, norm), axis))


def plain_irfft(x, n=None, axis=-1, norm=None, conjugate=1):
    a, b = of_complex(x)
    n = 2 * (np.shape(x)[axis] - 1) if n is None else n
    sign, z = (1, (a, b)) if conjugate == 1 else (-1, (a, -b))
    return dft(mirrored(z, n, axis), None, axis, norm, sign)[0]


SHAPES = [((5,), {}), ((4,), {}), ((1,), {}), ((2, 3), {"axis": 0}), ((2, 4), {"axis": -1, "n": 3}),
          ((2, 3), {"n": 6, "axis": 1}), ((3, 2, 2), {"axis": -3, "n": 4}), ((4,), {"norm": "ortho"}),
          ((5,), {"norm": "forward"}), ((3,), {"norm": "backward", "n": 5})]  # fmt: skip
for shape, params in SHAPES:
    for func, sign in [(np.fft.fft, -1), (np.fft.ifft, 1)]:
        plain = functools.partial(plain_fft, sign=sign)
        case(func, shape, call=parts(func, FACTOR), plain=plain, **params)
    case(np.fft.rfft, shape, call=parts(np.fft.rfft), plain=plain_rfft, **params)
case(np.fft.fft, (4,), call=parts(np.fft.fft), plain=functools.partial(plain_fft, start=of_real))
for shape, params in [((3,), {}), ((4,), {"n": 7}), ((4,), {"n": 4}), ((2, 3), {"axis": 0}), ((1,), {"n": 1}),
                      ((3, 2), {"axis": -2, "n": 8}), ((4,), {"norm": "ortho"}), ((2,), {"n": 3}),
                      ((4,), {"norm": "forward", "n": 5})]:  # fmt: skip
    case(
        np.fft.irfft,
        shape,
        call=lambda x, **p: np.fft.irfft(x * FACTOR, **p),
        plain=plain_irfft,
        **params,
    )

OTHER = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def plain_hfft(x, n=None, axis=-1, norm=None):
    a, b = of_complex(x)
    n = 2 * (np.shape(x)[axis] - 1) if n is None else n
    return dft(mirrored((a, b), n, axis), None, axis, norm)[0]


def plain_ihfft(x, n=None, axis=-1, norm=None):
    return np.stack(half(dft(of_real(x), n, axis, norm, 1), axis))


for norm in OTHER:
    for shape, n in [((4,), None), ((3,), 5)]:
        params = {"norm": norm, "n": n}
        case(
            np.fft.hfft,
            shape,
            call=lambda x, **p: np.fft.hfft(x * FACTOR, **p),
            plain=plain_hfft,
            **params,
        )
        case(np.fft.ihfft, shape, call=parts(np.fft.ihfft), plain=plain_ihfft, **params)


# --- several axes ----------------------------------------------------------------------------------


def over(axes, s, shape):
    axes = range(-len(shape), 0) if axes is None else axes
    return list(zip(axes, [None] * len(axes) if s is None else s, strict=True))


def plain_fftn(x, s=None, axes=None, norm=None, sign=-1):
    z = of_complex(x)
    for axis, n in over(axes, s, np.shape(x)):
        z = dft(z, n, axis, norm, sign)
    return np.stack(z)


def plain_rfftn(x, s=None, axes=None, norm=None):
    *rest, (last, n) = over(axes, s, np.shape(x))
    z = half(dft(of_real(x), n, last, norm), last)
    for axis, m in rest:
        z = dft(z, m, axis, norm)
    return np.stack(z)


def plain_irfftn(x, s=None, axes=None, norm=None):
    z = of_complex(x)
    *rest, (last, n) = over(axes, s, np.shape(x))
    for axis, m in rest:
        z = dft(z, m, axis, norm, 1)
    n = 2 * (np.shape(z[0])[last] - 1) if n is None else n
    return dft(mirrored(z, n, last), None, last, norm, 1)[0]


SEVERAL = [((2, 3), {}), ((2, 3, 4), {"axes": (0, 2)}), ((3, 4), {"norm": "ortho"}),
           ((3, 2), {"s": (2, 4), "axes": (1, 0)}), ((2, 3), {"axes": (0, 0, 1), "norm": "forward"})]  # fmt: skip
for shape, params in SEVERAL:
    two = {"axes": (-2, -1)} | params
    for func, sign, full in [(np.fft.fftn, -1, params), (np.fft.ifftn, 1, params),
                             (np.fft.fft2, -1, two), (np.fft.ifft2, 1, two)]:  # fmt: skip
        plain = functools.partial(plain_fftn, sign=sign)
        case(func, shape, call=parts(func, FACTOR), plain=plain, **full)
    for func, full in [(np.fft.rfftn, params), (np.fft.rfft2, two)]:
        case(func, shape, call=parts(func), plain=plain_rfftn, **full)
    if params.get("axes") == (0, 0, 1):
        continue
    for func, full in [(np.fft.irfftn, params), (np.fft.irfft2, two)]:
        call = functools.partial(lambda func, x, **p: func(x * FACTOR, **p), func)
        case(func, shape, call=call, plain=plain_irfftn, **full)
for func in (np.fft.fftshift, np.fft.ifftshift):
    for shape, params in [((4,), {}), ((5,), {}), ((2, 3), {}), ((3, 5), {"axes": 0}), ((3, 2, 4), {"axes": (0, -1)}),
                          ((3, 0), {}), ((1, 3), {"axes": (1,)})]:  # fmt: skip
        case(func, shape, **params)

# --- parts of complex numbers ------------------------------------------------------------------------
a, b = FACTOR.real, FACTOR.imag


def argument(a, b):
    """Angle of a + ib by half angles."""
    return 2 * np.arctan(b / (np.sqrt(a * a + b * b) + a))


for shape in [(), (3,), (2, 3), (0,)]:
    case(np.real, shape, plain=lambda x: x * 1)
    case(np.imag, shape, plain=lambda x: x * 0)
    case(np.conjugate, shape, plain=lambda x: x * 1)
    case(np.angle, shape, low=0.5, plain=lambda x: x * 0)
    case(np.real, shape, call=lambda x: np.real(x * FACTOR), plain=lambda x: a * x)
    case(np.imag, shape, call=lambda x: np.imag(x * FACTOR), plain=lambda x: b * x)
    case(
        np.conjugate,
        shape,
        call=parts(np.conj, FACTOR),
        plain=lambda x: np.stack([a * x, -b * x]),
    )
    case(
        np.angle,
        shape,
        call=lambda x: np.angle(x * FACTOR + 1),
        plain=lambda x: argument(a * x + 1, b * x),
    )
case(
    np.angle,
    (3,),
    call=lambda x: np.angle(x * FACTOR + 1, deg=True),
    plain=lambda x: 180 / np.pi * argument(a * x + 1, b * x),
)
