"""Discrete Fourier transforms: linear maps, whose adjoints are transforms again.

`fft` and `ifft` are holomorphic: their matrices are symmetric, so the adjoint is the map itself
(see `complexes`). `rfft` and `irfft` see one half of a spectrum whose other half mirrors it, so
inner frequencies count twice. Transforms over several axes are one after the other, as in NumPy.
A transform of a given length n cuts its operand, or continues it with zeros; the adjoint does the
reverse. Source: Van Loan, *Computational Frameworks for the Fast Fourier Transform* (1992).
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.complexes import is_complex, speaks_complex
from backprop_lab.rules.kinds import composite, linear

OTHER = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _from_end(axis, a):
    """Count an axis from the end, so that batch axes in front change nothing."""
    return axis if axis < 0 else axis - np.ndim(a)


def _fitted(x, length, axis):
    """Cut the axis to `length`, or continue it with zeros; `axis` counts from the end."""
    shape = shape_of(x)
    missing = length - shape[axis]
    if missing <= 0:
        return x if missing == 0 else x[(..., slice(length), *(slice(None),) * (-1 - axis))]
    zeros = np.zeros((*shape[:axis], missing, *shape[len(shape) + axis + 1 :]), x.dtype)
    return np.concatenate([x, zeros], axis=axis)


def _inner_frequencies(n, axis, dtype, factor):
    """`factor` at frequencies that stand for themselves and their mirror image, 1 at the others."""
    k = np.arange(n // 2 + 1)
    weight = np.where((k == 0) | (2 * k == n), 1, factor).astype(np.finfo(dtype).dtype)
    return np.reshape(weight, (-1, *(1,) * (-1 - axis)))


# --- one axis -------------------------------------------------------------------------------------


def _symmetric(func):
    """The adjoint of `fft` and `ifft`: the same transform, then the operand's own length."""

    def adjoint(y_bar, a, n=None, axis=-1, norm=None):
        axis = _from_end(axis, a)
        return _fitted(func(y_bar, None, axis, norm), shape_of(a)[axis], axis)

    linear(func, adjoint, takes="a / n axis norm out", batched=True)


_symmetric(np.fft.fft)
_symmetric(np.fft.ifft)


def _rfft_adjoint(y_bar, a, n=None, axis=-1, norm=None):
    """x̄ⱼ = Re Σₖ ȳₖ exp(2πi jk/n), a sum over half of the frequencies that `irfft` adds up."""
    axis = _from_end(axis, a)
    n = shape_of(a)[axis] if n is None else n
    y_bar = y_bar * _inner_frequencies(n, axis, y_bar.dtype, 0.5)
    return _fitted(np.fft.irfft(y_bar, n, axis, OTHER[norm]), shape_of(a)[axis], axis)


def _irfft_adjoint(y_bar, a, n=None, axis=-1, norm=None):
    """z̄ₖ = Σⱼ ȳⱼ exp(−2πi jk/n), twice where the mirror image was added too."""
    axis = _from_end(axis, a)
    n = shape_of(y_bar)[axis]
    z_bar = np.fft.rfft(y_bar, None, axis, OTHER[norm])
    z_bar = _fitted(z_bar * _inner_frequencies(n, axis, y_bar.dtype, 2), shape_of(a)[axis], axis)
    return z_bar if is_complex(a) else np.real(z_bar)  # a spectrum may be real: |F x|², log|F x|


for _func, _adjoint in ((np.fft.rfft, _rfft_adjoint), (np.fft.irfft, _irfft_adjoint)):
    linear(_func, _adjoint, takes="a / n axis norm out", batched=True, analytic=False)
speaks_complex(np.fft.rfft, np.fft.irfft)


@composite(np.fft.hfft, takes="a / n axis norm out", analytic=False)
def hfft(a, n=None, axis=-1, norm=None):
    """Real spectrum of a signal that is Hermitian in time."""
    n = (shape_of(a)[axis] - 1) * 2 if n is None else n
    return np.fft.irfft(np.conj(a), n, axis, OTHER[norm])


@composite(np.fft.ihfft, takes="a / n axis norm out", analytic=False)
def ihfft(a, n=None, axis=-1, norm=None):
    """Inverse of `hfft`."""
    return np.conj(np.fft.rfft(a, n, axis, OTHER[norm]))


# --- several axes, one after the other ------------------------------------------------------------


def _lengths(a, s, axes):
    """Axes, and for each of them the length of its transform, or None for that of `a`."""
    if axes is None:
        axes = range(-np.ndim(a), 0) if s is None else range(-len(s), 0)
    lengths = [None] * len(axes) if s is None else [None if n == -1 else n for n in s]
    return list(zip(axes, lengths, strict=True))


def _over_axes(func, one, default=None):
    def transform(a, s=None, axes=default, norm=None):
        for axis, n in reversed(_lengths(a, s, axes)):
            a = one(a, n, axis, norm)
        return a

    composite(func, takes="a / s axes norm out")(transform)


def _real_over_axes(func, default=None):
    def transform(a, s=None, axes=default, norm=None):
        *rest, (last, n) = _lengths(a, s, axes)
        a = np.fft.rfft(a, n, last, norm)
        for axis, m in reversed(rest):
            a = np.fft.fft(a, m, axis, norm)
        return a

    composite(func, takes="a / s axes norm out", analytic=False)(transform)


def _to_real_over_axes(func, default=None):
    def transform(a, s=None, axes=default, norm=None):
        *rest, (last, n) = _lengths(a, s, axes)
        for axis, m in rest:
            a = np.fft.ifft(a, m, axis, norm)
        return np.fft.irfft(a, n, last, norm)

    composite(func, takes="a / s axes norm out", analytic=False)(transform)
    speaks_complex(func)


LAST_TWO = (-2, -1)
_over_axes(np.fft.fftn, np.fft.fft)
_over_axes(np.fft.ifftn, np.fft.ifft)
_over_axes(np.fft.fft2, np.fft.fft, LAST_TWO)
_over_axes(np.fft.ifft2, np.fft.ifft, LAST_TWO)
_real_over_axes(np.fft.rfftn)
_real_over_axes(np.fft.rfft2, LAST_TWO)
_to_real_over_axes(np.fft.irfftn)
_to_real_over_axes(np.fft.irfft2, LAST_TWO)
speaks_complex(np.fft.hfft)


# --- order of frequencies -------------------------------------------------------------------------


def _all_axes(x, axes):
    axes = range(np.ndim(x)) if axes is None else [axes] if np.ndim(axes) == 0 else axes
    return tuple([_from_end(i, x) for i in axes])


linear(
    np.fft.fftshift,
    lambda y_bar, x, axes=None: np.fft.ifftshift(y_bar, _all_axes(x, axes)),
    takes="x / axes",
    batched=True,
)
linear(
    np.fft.ifftshift,
    lambda y_bar, x, axes=None: np.fft.fftshift(y_bar, _all_axes(x, axes)),
    takes="x / axes",
    batched=True,
)
