"""Eigenvalues and eigenvectors, of Hermitian and of general matrices.

Eigenvalues that are equal, to rounding, have no derivatives of their own: they share their
cotangents equally, which is exact for every loss that treats them alike (a sum, a determinant).
Their eigenvectors are any basis of a space, and nothing can be said about a loss that depends on
them: it is refused. Everywhere else an eigenvector is determined up to its sign, or for complex
ones its phase, and a loss should not depend on that. Source: Giles (2008), section 3.1.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.complexes import is_complex, speaks_complex
from backprop_lab.rules.kinds import rule
from backprop_lab.rules.linalg import hermitian

EQUAL = "equal eigenvalues share equally; a loss that depends on their eigenvectors is refused"


# --- equal values ---------------------------------------------------------------------------------


def real_dtype(x):
    """Dtype of the real part of `x`."""
    return np.finfo(x.dtype).dtype


def equal_pairs(w):
    """Which pairs of eigenvalues or singular values are equal to rounding; each equals itself."""
    slack = 16 * shape_of(w)[-1] * float(np.finfo(w.dtype).eps)
    size = np.max(np.abs(w), axis=-1, initial=0)
    return np.less_equal(np.abs(_gaps(w)), slack * np.expand_dims(size, (-1, -2)))


def _gaps(w):
    """Matrix of wⱼ − wᵢ."""
    return np.expand_dims(w, -2) - np.expand_dims(w, -1)


def at_equal(w):
    """Whether two of the values are equal."""
    return np.sum(equal_pairs(w)) > np.size(w)


def shared(w_bar, equal):
    """Give equal values the mean of their tangents or cotangents."""
    dtype = real_dtype(w_bar)
    weights = (equal / np.sum(equal, axis=-1, keepdims=True)).astype(dtype)
    return (weights @ np.expand_dims(w_bar, -1))[..., 0]


def inverse_gaps(w, equal):
    """Matrix of 1/(wⱼ − wᵢ), and 0 for equal values."""
    return np.where(equal, 0, 1 / np.where(equal, 1, _gaps(w)))


def refuse_mixing(m, equal, name):
    """Raise where `m` rotates the vectors of equal values into each other."""
    mixing = np.abs(m) * (equal & ~np.eye(shape_of(m)[-1], dtype=bool))
    if np.any(np.greater(mixing, 1e-10 * np.max(np.abs(m), initial=0))):
        raise TraceError(
            f"{name}: two of the values are equal to rounding, and the result depends on "
            "their vectors, which any rotation may replace: there is no derivative. Write a loss "
            "of the vectors without them (eigvalsh, svdvals, inv, solve, det, norm). Of eigvalsh, "
            "svdvals and norms made of them it is a second derivative: in general there is none "
            "at a tie, and none is given. Move the matrix off the tie."
        )


def diagonal(m):
    """Diagonals of a stack of matrices."""
    return np.einsum("...ii->...i", m)


def scaled(v, w):
    """V diag(w)."""
    return v * np.expand_dims(w, -2)


# --- Hermitian matrices, of which NumPy reads one triangle ----------------------------------------


def _strict(m, upper):
    """1 within the triangle that is read, off the diagonal."""
    lower = np.tri(shape_of(m)[-1], k=-1, dtype=real_dtype(m))
    return lower.T if upper else lower


def from_triangle(a, upper=False):
    """Complete a Hermitian matrix from the triangle that NumPy reads."""
    side = a * _strict(a, upper)
    middle = np.real(a) if is_complex(a) else a
    return side + hermitian(side) + middle * np.eye(shape_of(a)[-1], dtype=real_dtype(a))


def to_triangle(s_bar, upper=False):
    """Adjoint of `from_triangle`: what is read twice gets both cotangents, what is not gets 0."""
    half = np.eye(shape_of(s_bar)[-1], dtype=real_dtype(s_bar)) / 2
    return (s_bar + hermitian(s_bar)) * (_strict(s_bar, upper) + half)


def _real_diagonal(m):
    return np.real(diagonal(m)) if is_complex(m) else diagonal(m)


@rule(
    np.linalg.eigh,
    takes="a / UPLO",
    batched=True,
    outputs=2,
    kink=EQUAL,
    at_kink=lambda a, UPLO="L": at_equal(np.linalg.eigvalsh(a, UPLO)),
)
def eigh(a, UPLO="L"):
    """A = V Λ Vᴴ: with M = Vᴴ Ȧ V, λ̇ᵢ = Mᵢᵢ and V̇ = V(F∘M), Fᵢⱼ = 1/(λⱼ − λᵢ).

    So Ā = V(diag λ̄ + F∘(Vᴴ V̄)) Vᴴ, brought into the triangle that NumPy reads.
    """
    y = np.linalg.eigh(a, UPLO)
    (w, v), upper = y, UPLO.upper() == "U"

    def pushforward(a_dot):
        m, equal = hermitian(v) @ from_triangle(a_dot, upper) @ v, equal_pairs(w)
        refuse_mixing(m, equal, "np.linalg.eigh")
        return shared(_real_diagonal(m), equal), v @ (inverse_gaps(w, equal) * m)

    def pullback(bars):
        w_bar, v_bar = bars
        k, equal = hermitian(v) @ v_bar, equal_pairs(w)
        refuse_mixing(k, equal, "np.linalg.eigh")
        turned = v @ (inverse_gaps(w, equal) * k)
        return to_triangle((scaled(v, shared(w_bar, equal)) + turned) @ hermitian(v), upper)

    return y, pushforward, pullback


@rule(
    np.linalg.eigvalsh,
    takes="a / UPLO",
    batched=True,
    kink="equal eigenvalues share equally",
    at_kink=lambda a, UPLO="L": at_equal(np.linalg.eigvalsh(a, UPLO)),
)
def eigvalsh(a, UPLO="L"):
    """λ̇ᵢ = vᵢᴴ Ȧ vᵢ. The eigenvectors are computed when they are needed."""
    w, upper = np.linalg.eigvalsh(a, UPLO), UPLO.upper() == "U"

    def pushforward(a_dot):
        v = np.linalg.eigh(a, UPLO)[1]
        m = hermitian(v) @ from_triangle(a_dot, upper) @ v
        return shared(_real_diagonal(m), equal_pairs(w))

    def pullback(w_bar):
        v = np.linalg.eigh(a, UPLO)[1]
        return to_triangle(scaled(v, shared(w_bar, equal_pairs(w))) @ hermitian(v), upper)

    return w, pushforward, pullback


# --- general matrices: complex eigenvalues of real ones come in pairs -----------------------------


def _real_place(v):
    """1 at the component of each eigenvector that LAPACK makes real: its largest, else 0."""
    n = shape_of(v)[-2]
    largest = np.argmax(np.where(np.equal(np.imag(v), 0), np.abs(v), -1.0), axis=-2)
    return np.equal(np.arange(n)[:, None], np.expand_dims(largest, -2)).astype(real_dtype(v))


@rule(
    np.linalg.eig,
    batched=True,
    outputs=2,
    kink=EQUAL,
    at_kink=lambda a: at_equal(np.linalg.eigvals(a)),
)
def eig(a):
    """A V = V Λ: with P = V⁻¹ Ȧ V, λ̇ᵢ = Pᵢᵢ and V̇ = V(F∘P + diag c), Fᵢⱼ = 1/(λⱼ − λᵢ).

    The cᵢ keep |vᵢ| = 1 and, where the eigenvectors are complex, the largest component real: the
    convention of LAPACK, so that V̇ is the derivative of NumPy's own V. Source: Boeddeker, Hanebrink
    and others, arXiv:1701.00392, equation 4.77, with the phase added.
    """
    y = np.linalg.eig(a)
    w, v = y

    def pushforward(a_dot):
        p, equal = np.linalg.solve(v, a_dot @ v), equal_pairs(w)
        refuse_mixing(p, equal, "np.linalg.eig")
        d = v @ (inverse_gaps(w, equal) * p)
        c = -np.real(np.sum(np.conj(v) * d, axis=-2))
        if is_complex(v):
            place = _real_place(v)
            c = c - 1j * np.imag(np.sum(place * d, axis=-2)) / np.real(np.sum(place * v, axis=-2))
        return shared(diagonal(p), equal), d + scaled(v, c)

    def pullback(bars):
        w_bar, v_bar = bars
        c_bar, equal = np.sum(np.conj(v) * v_bar, axis=-2), equal_pairs(w)
        d_bar = v_bar - scaled(v, np.real(c_bar))
        if is_complex(v):
            place = _real_place(v)
            turn = 1j * np.imag(c_bar) / np.real(np.sum(place * v, axis=-2))
            d_bar = d_bar - scaled(place, turn)
        vh = hermitian(v)
        p_bar = vh @ d_bar
        refuse_mixing(p_bar, equal, "np.linalg.eig")
        p_bar = np.conj(inverse_gaps(w, equal)) * p_bar
        p_bar = p_bar + scaled(np.eye(shape_of(v)[-1], dtype=v.dtype), shared(w_bar, equal))
        return np.linalg.solve(vh, p_bar @ vh)

    return y, pushforward, pullback


@rule(
    np.linalg.eigvals,
    batched=True,
    kink="equal eigenvalues share equally",
    at_kink=lambda a: at_equal(np.linalg.eigvals(a)),
)
def eigvals(a):
    """λ̇ᵢ = (V⁻¹ Ȧ V)ᵢᵢ, for the eigenvalues in the order in which NumPy gives them here."""
    w = np.linalg.eigvals(a)

    def vectors():
        """Eigenvectors in the order of `w`, which need not be that of `eig`."""
        others, v = np.linalg.eig(a)
        far = np.abs(np.expand_dims(w, -1) - np.expand_dims(others, -2))
        order = np.argmin(far, axis=-1) if np.size(w) else np.zeros(shape_of(w), int)
        return v, np.equal(np.expand_dims(order, -1), np.arange(shape_of(w)[-1]))

    def pushforward(a_dot):
        v, places = vectors()
        own = diagonal(np.linalg.solve(v, a_dot @ v))
        own = (places.astype(v.dtype) @ np.expand_dims(own, -1))[..., 0]
        return shared(own, equal_pairs(w))

    def pullback(w_bar):
        v, places = vectors()
        w_bar = np.expand_dims(shared(w_bar, equal_pairs(w)), -2) @ places.astype(v.dtype)
        vh = hermitian(v)
        return np.linalg.solve(vh, np.swapaxes(w_bar, -1, -2) * vh)

    return w, pushforward, pullback


speaks_complex(np.linalg.eigh, np.linalg.eigvalsh, np.linalg.eig, np.linalg.eigvals)
