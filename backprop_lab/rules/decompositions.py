"""Matrices as products: Cholesky, QR and singular values. Stacks (…, m, n) everywhere."""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.complexes import is_complex, speaks_complex
from backprop_lab.rules.eigen import (
    at_equal,
    diagonal,
    equal_pairs,
    from_triangle,
    inverse_gaps,
    real_dtype,
    refuse_mixing,
    scaled,
    shared,
    to_triangle,
)
from backprop_lab.rules.kinds import composite, rule
from backprop_lab.rules.linalg import hermitian

# --- Cholesky -------------------------------------------------------------------------------------


def _lower_half(m):
    """Φ: the lower triangle with half of the diagonal, so that Φ(S) + Φ(S)ᴴ = S for Hermitian S."""
    n, dtype = shape_of(m)[-1], real_dtype(m)
    return m * (np.tri(n, dtype=dtype) - np.eye(n, dtype=dtype) / 2)


@rule(np.linalg.cholesky, takes="a / upper", batched=True)
def cholesky(a, upper=False):
    """A = L Lᴴ: L̇ = L Φ(L⁻¹ Ȧ L⁻ᴴ), so Ā = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹, brought into the triangle that is read.

    NumPy reads one triangle of A alone, so the cotangent stands in that triangle. Source: Murray,
    *Differentiation of the Cholesky decomposition* (2016), arXiv:1602.07527.
    """
    y = np.linalg.cholesky(a, upper=upper)

    def turned(m):
        return hermitian(m) if upper else m

    def pushforward(a_dot):
        lower = turned(y)
        inverse = np.linalg.inv(lower)
        inner = inverse @ from_triangle(a_dot, upper) @ hermitian(inverse)
        return turned(lower @ _lower_half(inner))

    def pullback(y_bar):
        lower = turned(y)
        inverse = np.linalg.inv(lower)
        s_bar = hermitian(inverse) @ _lower_half(hermitian(lower) @ turned(y_bar)) @ inverse
        return to_triangle(s_bar, upper)

    return y, pushforward, pullback


# --- QR -------------------------------------------------------------------------------------------


@primitive
def thin_qr(a):
    """Reduced QR decomposition, as `np.linalg.qr(a)`."""
    return np.linalg.qr(a)


@rule(thin_qr, batched=True, outputs=2)
def _thin_qr(a):
    """A = Q R: with M = Qᵀ Ȧ R⁻¹, Q̇ = Ȧ R⁻¹ − Q(M − Ω) and Ṙ = (M − Ω) R.

    Ω is skew, and equal to M below the diagonal. A wide matrix is A = [A₁ A₂] = Q [R₁ Qᵀ A₂] with a
    square A₁. Source: Walter and Lehmann, arXiv:1001.1654; Roberts and Roberts, arXiv:2009.10071.
    """
    y = thin_qr(a)
    q, r = y
    k = shape_of(r)[-2]
    below = np.tri(k, k=-1, dtype=a.dtype)
    wide = shape_of(a)[-1] > k

    def transposed(m):
        return np.swapaxes(m, -1, -2)

    def pushforward(a_dot):
        r1, first = r[..., :k], a_dot[..., :k]
        c = transposed(np.linalg.solve(transposed(r1), transposed(first)))
        m = transposed(q) @ c
        triangular = m - (m * below - transposed(m * below))
        q_dot, r_dot = c - q @ triangular, triangular @ r1
        if wide:
            rest = transposed(q_dot) @ a[..., k:] + transposed(q) @ a_dot[..., k:]
            r_dot = np.concatenate([r_dot, rest], axis=-1)
        return q_dot, r_dot

    def pullback(bars):
        q_bar, r_bar = bars
        r1, first = r[..., :k], r_bar[..., :k]
        if wide:
            q_bar = q_bar + a[..., k:] @ transposed(r_bar[..., k:])
        m = r1 @ transposed(first) - transposed(q_bar) @ q
        m = m * (below + np.eye(k, dtype=a.dtype)) + transposed(m * below)
        a_bar = transposed(np.linalg.solve(r1, transposed(q_bar + q @ m)))
        if wide:
            a_bar = np.concatenate([a_bar, q @ r_bar[..., k:]], axis=-1)
        return a_bar

    return y, pushforward, pullback


@composite(np.linalg.qr, takes="a / mode", analytic=False)
def qr(a, mode="reduced"):
    """Reduced decomposition, or R alone; a complete Q has columns that nothing determines."""
    rows, columns = shape_of(a)[-2:]
    if mode == "r":
        return thin_qr(a)[1]
    if mode == "reduced" or (mode == "complete" and rows <= columns):
        return thin_qr(a)
    raise TraceError(
        f"np.linalg.qr with mode={mode!r} cannot be traced, for a matrix of {rows} rows and "
        f"{columns} columns. Use mode='reduced' or mode='r'."
    )


# --- singular values ------------------------------------------------------------------------------


@primitive
def thin_svd(a):
    """Singular value decomposition without the null spaces."""
    return np.linalg.svd(a, full_matrices=False)


def _has_equal(a):
    return at_equal(np.linalg.svdvals(a))


@rule(
    thin_svd,
    batched=True,
    outputs=3,
    kink="equal singular values share equally; a loss that depends on their vectors is refused",
    at_kink=_has_equal,
)
def _thin_svd(a):
    """A = U S Vᴴ: with P = Uᴴ Ȧ V, ṡᵢ = Re Pᵢᵢ; the vectors turn by Fᵢⱼ = 1/(sⱼ² − sᵢ²).

        U̇ = U(F∘(P S + S Pᴴ)) + (I − U Uᴴ) Ȧ V S⁻¹,
        V̇ = V(F∘(S P + Pᴴ S)) + (I − V Vᴴ) Ȧᴴ U S⁻¹.

    Of complex vectors the phase is free: Im Pᵢᵢ is given to U. Source: Townsend, *Differentiating
    the singular value decomposition* (2016); Wan and Zhang, arXiv:1909.02659.
    """
    y = thin_svd(a)
    u, s, vh = y
    v, uh = hermitian(vh), hermitian(u)
    (rows, columns), k = shape_of(a)[-2:], shape_of(s)[-1]

    def beyond(x, xh, m, n):
        """(I − X Xᴴ) M S⁻¹, nothing where X is a whole basis."""
        return 0 * m if n == k else scaled(m - x @ (xh @ m), 1 / s)

    def phase(p):
        """The phase that a diagonal asks of U; nothing for real vectors."""
        return scaled(np.eye(k, dtype=u.dtype), 1j * np.imag(diagonal(p)) / s)

    def pushforward(a_dot):
        p, equal = uh @ a_dot @ v, equal_pairs(s)
        refuse_mixing(p, equal, "np.linalg.svd")
        f, ph = inverse_gaps(s * s, equal), hermitian(p)
        of_u = f * (scaled(p, s) + hermitian(scaled(p, s)))
        of_v = f * (hermitian(scaled(ph, s)) + scaled(ph, s))
        if is_complex(p):
            of_u = of_u + phase(p)
        u_dot = u @ of_u + beyond(u, uh, a_dot @ v, rows)
        v_dot = v @ of_v + beyond(v, vh, hermitian(a_dot) @ u, columns)
        return u_dot, shared(_real_diagonal(p), equal), hermitian(v_dot)

    def pullback(bars):
        u_bar, s_bar, vh_bar = bars
        v_bar, equal = hermitian(vh_bar), equal_pairs(s)
        ku, kv, f = uh @ u_bar, vh @ v_bar, inverse_gaps(s * s, equal)
        refuse_mixing(ku, equal, "np.linalg.svd")
        refuse_mixing(kv, equal, "np.linalg.svd")
        g, h = f * ku, f * kv
        p_bar = scaled(g + hermitian(g), s) + hermitian(scaled(h + hermitian(h), s))
        p_bar = p_bar + scaled(np.eye(k, dtype=s.dtype), shared(s_bar, equal))
        if is_complex(ku):
            p_bar = p_bar + phase(ku)
        a_bar = u @ p_bar @ vh
        if rows > k:
            a_bar = a_bar + beyond(u, uh, u_bar, rows) @ vh
        if columns > k:
            a_bar = a_bar + u @ hermitian(beyond(v, vh, v_bar, columns))
        return a_bar

    return y, pushforward, pullback


def _real_diagonal(p):
    return np.real(diagonal(p)) if is_complex(p) else diagonal(p)


@rule(
    np.linalg.svdvals,
    takes="x",
    batched=True,
    kink="equal singular values share equally",
    at_kink=_has_equal,
)
def svdvals(x):
    """ṡᵢ = Re(uᵢᴴ Ẋ vᵢ). The vectors are computed when they are needed."""
    s = np.linalg.svdvals(x)

    def pushforward(x_dot):
        u, _, vh = thin_svd(x)
        return shared(_real_diagonal(hermitian(u) @ x_dot @ hermitian(vh)), equal_pairs(s))

    def pullback(s_bar):
        u, _, vh = thin_svd(x)
        return scaled(u, shared(s_bar, equal_pairs(s))) @ vh

    return s, pushforward, pullback


@composite(np.linalg.svd, takes="a / full_matrices compute_uv hermitian", analytic=False)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """Singular values, alone or with the vectors that belong to them."""
    rows, columns = shape_of(a)[-2:]
    if hermitian or (compute_uv and full_matrices and rows != columns):
        raise TraceError(
            f"np.linalg.svd of a {rows}×{columns} matrix, with full_matrices={full_matrices} and "
            f"hermitian={hermitian}, cannot be traced: nothing determines the vectors of a null "
            "space. Use np.linalg.svd(a, full_matrices=False)."
        )
    return thin_svd(a) if compute_uv else np.linalg.svdvals(a)


speaks_complex(np.linalg.cholesky, thin_svd, np.linalg.svdvals, np.linalg.svd)
