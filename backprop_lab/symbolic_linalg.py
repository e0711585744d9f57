"""Matrices and Fourier transforms of SymPy expressions: a part of the table of `symbolic_table`.

What needs the roots of polynomials, as eigenvalues do, has no closed form in general (none above
degree 4); the reason is listed. A pseudoinverse is read as one of full rank.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.lib.array_utils import normalize_axis_index

_ROOTS = "it needs the roots of polynomials, which have no closed form in general"
UNSOLVED: dict[Callable, str] = {
    **dict.fromkeys((np.linalg.eigh, np.linalg.eigvalsh, np.linalg.eig, np.linalg.eigvals), _ROOTS),
    **dict.fromkeys((np.linalg.svd, np.linalg.svdvals), _ROOTS),
    np.linalg.cond: "it needs singular values; multiply Frobenius norms of A and of its inverse",
    np.linalg.qr: "it gives two arrays, and the signs in them are a choice of NumPy's",
    np.linalg.slogdet: "it gives two arrays; write np.log(np.abs(np.linalg.det(a)))",
}
OWN_UNSOLVED: dict[str, str] = {"thin_svd": _ROOTS, "thin_qr": UNSOLVED[np.linalg.qr]}


def _stacked(func):
    """Run a function of one SymPy matrix on each matrix of a stack."""

    def on_stack(a, *args):
        first = a.shape[:-2]
        rows = [np.array(func(sp.Matrix(a[i]), *args), object) for i in np.ndindex(*first)]
        return np.reshape(np.stack(rows), (*first, *np.shape(rows[0])))

    return on_stack


_inv = _stacked(lambda m: (m.adjugate() / m.det(method="berkowitz")).applyfunc(sp.cancel))
_det = _stacked(lambda m: m.det(method="berkowitz"))


def _cholesky(a, upper=False):
    """Row by row; NumPy reads one triangle, and so does this."""
    if upper:
        return np.swapaxes(_cholesky(np.swapaxes(a, -1, -2)), -1, -2)
    n = a.shape[-1]
    lower = np.full(a.shape, sp.Integer(0), object)
    for i in range(n):
        for j in range(i + 1):
            known = np.sum(lower[..., i, :j] * lower[..., j, :j], axis=-1)
            rest = np.asarray(a[..., i, j] - known)
            root = np.frompyfunc(sp.sqrt, 1, 1)(rest) if i == j else rest / lower[..., j, j]
            lower[..., i, j] = root
    return lower


def _pinv(a):
    at = np.swapaxes(a, -1, -2)
    return _inv(at @ a) @ at if a.shape[-2] >= a.shape[-1] else at @ _inv(a @ at)


def _solve(a, b):
    return _inv(a) @ b


def _tensorinv(a, ind=2):
    size = int(np.prod(a.shape[ind:]))
    return np.reshape(_inv(np.reshape(a, (size, size))), a.shape[ind:] + a.shape[:ind])


def _tensorsolve(a, b, axes=None):
    if axes is not None:
        a = np.moveaxis(a, axes, range(-len(axes), 0))
    shape = a.shape[b.ndim :]
    size = int(np.prod(shape))
    return np.reshape(_inv(np.reshape(a, (size, size))) @ np.ravel(b), shape)


def linear_algebra(numbers_of: Callable, reduce: Callable) -> dict[Callable, Callable]:
    """Give the readings, with what makes expressions of an array and what reduces its axes."""

    def read(func, operands=1):
        def reading(*args, **params):
            return func(*map(numbers_of, args[:operands]), *args[operands:], **params)

        return reading

    def norm(x, ord=None, axis=None, keepdims=False):
        x = numbers_of(x)
        sizes = np.frompyfunc(sp.Abs, 1, 1)(x)
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
        if ord in (None, "fro") or (ord == 2 and len(axes) == 1):
            y = np.frompyfunc(sp.sqrt, 1, 1)(reduce(sp.Add)(sizes * sizes, axis, keepdims))
        elif len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
            summed, kept = axes if abs(ord) == 1 else axes[::-1]
            sums = reduce(sp.Add)(sizes, summed, True)
            y = reduce(sp.Max if ord > 0 else sp.Min)(sums, (summed, kept), keepdims)
        elif len(axes) == 2:
            raise TypeError(f"the matrix norm of order {ord!r} needs singular values")
        elif abs(ord) == np.inf:
            y = reduce(sp.Max if ord > 0 else sp.Min)(sizes, axis, keepdims)
        elif ord == 0:
            y = reduce(sp.Add)(np.frompyfunc(lambda e: int(e != 0), 1, 1)(x), axis, keepdims)
        else:
            p = sp.nsimplify(ord)
            y = reduce(sp.Add)(sizes**p, axis, keepdims) ** (1 / p)
        return y

    def vector_norm(x, axis=None, keepdims=False, ord=2):
        x = numbers_of(x)
        axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis).tolist())
        if len(axes) == 1 or ord == 2:
            return norm(x, ord if len(axes) == 1 else None, axes, keepdims)
        flat = np.moveaxis(x, axes, range(len(axes)))
        y = norm(np.reshape(flat, (-1, *flat.shape[len(axes) :])), ord, 0)
        return np.expand_dims(y, axes) if keepdims else y

    return {
        np.linalg.inv: read(_inv),
        np.linalg.det: read(_det),
        np.linalg.solve: read(_solve, 2),
        np.linalg.pinv: read(_pinv),
        np.linalg.cholesky: read(_cholesky),
        np.linalg.matrix_power: read(_stacked(lambda m, n: m**n)),
        np.linalg.tensorinv: read(_tensorinv),
        np.linalg.tensorsolve: read(_tensorsolve, 2),
        np.linalg.norm: norm,
        np.linalg.vector_norm: vector_norm,
        np.linalg.matrix_norm: lambda x, keepdims=False, ord="fro": norm(
            x, ord, (-2, -1), keepdims
        ),
    }


# --- Fourier transforms ---------------------------------------------------------------------------


def _roots(n, sign):
    """Matrix of exp(±2πi jk/n), as cosines and sines of fractions of π."""
    turn = [2 * sp.pi * sp.Rational(k, n) for k in range(n)]
    root = np.array([sp.cos(t) + sign * sp.I * sp.sin(t) for t in turn], object)
    return root[np.mod(np.outer(np.arange(n), np.arange(n)), n)]


def _last(func):
    """Let a function of the last axis act on any axis, cut or continued with zeros to n entries."""

    def along(a, n=None, axis=-1, norm=None):
        axis = normalize_axis_index(axis, a.ndim)
        return np.moveaxis(func(np.moveaxis(a, axis, -1), n, norm), -1, axis)

    return along


def _fitted(a, n):
    zeros = np.full((*a.shape[:-1], max(n - a.shape[-1], 0)), sp.Integer(0), object)
    return np.concatenate([a[..., :n], zeros], axis=-1)


def _scale(n, norm, inverse):
    if norm == "ortho":
        return 1 / sp.sqrt(n)
    return sp.Rational(1, n) if inverse == (norm != "forward") else sp.Integer(1)


def _dft(sign):
    def transform(a, n=None, norm=None):
        n = a.shape[-1] if n is None else n
        return _fitted(a, n) @ _roots(n, sign) * _scale(n, norm, sign > 0)

    return _last(transform)


_fft, _ifft = _dft(-1), _dft(1)


def _rfft(a, n=None, axis=-1, norm=None):
    full = _fft(a, n, axis, norm)
    return np.take(full, range(full.shape[axis] // 2 + 1), axis)


@_last
def _irfft(z, n=None, norm=None):
    n = 2 * (z.shape[-1] - 1) if n is None else n
    half = _fitted(z, n // 2 + 1)
    twice = np.array([1 if 2 * k in (0, n) else 2 for k in range(n // 2 + 1)], object)
    terms = (half * twice) @ _roots(n, 1)[: n // 2 + 1]
    return np.frompyfunc(sp.re, 1, 1)(terms) * _scale(n, norm, True)


_OTHER = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _hfft(a, n=None, axis=-1, norm=None):
    return _irfft(np.frompyfunc(sp.conjugate, 1, 1)(a), n, axis, _OTHER[norm])


def _ihfft(a, n=None, axis=-1, norm=None):
    return np.frompyfunc(sp.conjugate, 1, 1)(_rfft(a, n, axis, _OTHER[norm]))


def _several(others, last, real_first=False, default=None):
    """Transforms along several axes: `last` along the last of them, `others` along the rest."""

    def transform(a, s=None, axes=default, norm=None):
        axes = list(range(-a.ndim, 0) if axes is None else axes)
        sizes = [None] * len(axes) if s is None else list(s)
        steps = [(others, *step) for step in zip(sizes[:-1], axes[:-1], strict=True)]
        final = (last, sizes[-1], axes[-1])
        for func, n, axis in [final, *steps] if real_first else [*steps, final]:
            a = func(a, n, axis, norm)
        return a

    return transform


def fourier(numbers_of: Callable) -> dict[Callable, Callable]:
    """Give the readings, with what makes expressions of an array."""
    two = {"default": (-2, -1)}
    transforms = {
        np.fft.fft: _fft,
        np.fft.ifft: _ifft,
        np.fft.rfft: _rfft,
        np.fft.irfft: _irfft,
        np.fft.hfft: _hfft,
        np.fft.ihfft: _ihfft,
        np.fft.fftn: _several(_fft, _fft),
        np.fft.ifftn: _several(_ifft, _ifft),
        np.fft.fft2: _several(_fft, _fft, **two),
        np.fft.ifft2: _several(_ifft, _ifft, **two),
        np.fft.rfftn: _several(_fft, _rfft, real_first=True),
        np.fft.rfft2: _several(_fft, _rfft, real_first=True, **two),
        np.fft.irfftn: _several(_ifft, _irfft),
        np.fft.irfft2: _several(_ifft, _irfft, **two),
        np.fft.fftshift: np.fft.fftshift,
        np.fft.ifftshift: np.fft.ifftshift,
    }
    return {
        func: lambda a, *args, reading=reading, **params: reading(numbers_of(a), *args, **params)
        for func, reading in transforms.items()
    } | {
        np.real: lambda val: np.frompyfunc(sp.re, 1, 1)(numbers_of(val)),
        np.imag: lambda val: np.frompyfunc(sp.im, 1, 1)(numbers_of(val)),
        np.angle: lambda z, deg=False: (
            np.frompyfunc(sp.arg, 1, 1)(numbers_of(z)) * (180 / sp.pi if deg else 1)
        ),
    }
