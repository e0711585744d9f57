"""Textbook algorithms in analytic operations alone: what the decompositions are compared with.

Complex step is valid through them: no absolute value, no conjugate, no order of complex numbers.
Signs and orders, which are constants, are taken from NumPy's result for the real part.
"""

from __future__ import annotations

import itertools

import numpy as np

from backprop_lab.traced import primal


def real_of(x):
    """The plain real numbers under a trace or a complex step."""
    return np.real(primal(x))


def transposed(x):
    return np.swapaxes(x, -1, -2)


def scaled(v, w):
    return v * np.expand_dims(w, -2)


def signs_of(vectors, model):
    """±1 for each column: whether it points as the column of `model` does."""
    return np.sign(np.sum(real_of(vectors) * model, axis=-2))


# --- symmetric matrices --------------------------------------------------------------------------


def symmetric(a, upper=False):
    """The symmetric matrix that NumPy sees: one triangle of `a`, mirrored."""
    n = np.shape(a)[-1]
    strict = np.tri(n, k=-1).T if upper else np.tri(n, k=-1)
    return a * strict + transposed(a * strict) + a * np.eye(n)


def jacobi(a, model, sweeps=7):
    """Eigenvalues, ascending, and eigenvectors of a symmetric matrix, by Jacobi's rotations."""
    n = np.shape(a)[-1]
    unit = np.eye(n)
    v = unit + 0 * a
    for p, q in sweeps * list(itertools.combinations(range(n), 2)):
        off, gap = a[..., p, q], a[..., q, q] - a[..., p, p]
        root = np.sqrt(gap * gap + 4 * off * off) * np.where(real_of(gap) < 0, -1.0, 1.0)
        t = 2 * off / (gap + root)
        c = 1 / np.sqrt(1 + t * t)
        c, s = c[..., None, None], (t * c)[..., None, None]
        both, turn = np.outer(unit[p], unit[p]) + np.outer(unit[q], unit[q]), np.zeros((n, n))
        turn[p, q], turn[q, p] = 1, -1
        rotation = unit + (c - 1) * both + s * turn
        a, v = transposed(rotation) @ a @ rotation, v @ rotation
    w = np.einsum("...ii->...i", a)
    order = np.eye(n)[np.argsort(real_of(w), axis=-1)]
    w, v = (order @ w[..., None])[..., 0], v @ transposed(order)
    return w, scaled(v, signs_of(v, model))


def cholesky(a, upper=False):
    """Row by row, from the lower triangle (or the upper one, mirrored)."""
    if upper:
        return transposed(cholesky(transposed(a)))
    n, rows = np.shape(a)[-1], []
    for i in range(n):
        row = []
        for j in range(i + 1):
            rest = a[..., i, j] - sum(row[k] * (rows[j][k] if j < i else row[k]) for k in range(j))
            row.append(np.sqrt(rest) if i == j else rest / rows[j][j])
        rows.append(row)
    zero = 0 * a[..., 0, 0]
    full = [np.stack([*row, *[zero] * (n - len(row))], axis=-1) for row in rows]
    return np.stack(full, axis=-2)


# --- rectangular matrices ----------------------------------------------------------------------------


def svd(a):
    """Thin U, s, Vᵀ by way of the eigenvectors of AᵀA, or of AAᵀ for a wide matrix."""
    rows, columns = np.shape(a)[-2:]
    if rows < columns:
        u, s, vt = svd(transposed(a))
        turn = signs_of(transposed(vt), np.linalg.svd(real_of(a), full_matrices=False)[0])
        return scaled(transposed(vt), turn), s, transposed(scaled(u, turn))
    model = transposed(np.linalg.svd(real_of(a), full_matrices=False)[2])
    w, v = jacobi(transposed(a) @ a, model[..., ::-1])
    w, v = w[..., ::-1], v[..., ::-1]
    s = np.sqrt(w)
    return scaled(a @ v, 1 / s), s, transposed(v)


def qr(a):
    """Gram and Schmidt's columns, with NumPy's signs."""
    model = np.linalg.qr(real_of(a))[0]
    columns = []
    for j in range(min(np.shape(a)[-2:])):
        x = a[..., j]
        for _ in range(2):  # twice is enough
            for q in columns:
                x = x - q * np.sum(q * x, axis=-1, keepdims=True)
        columns.append(x / np.sqrt(np.sum(x * x, axis=-1, keepdims=True)))
    q = np.stack(columns, axis=-1)
    q = scaled(q, signs_of(q, model))
    return q, transposed(q) @ a * np.tri(*np.shape(a)[:-3:-1]).T[: np.shape(q)[-1]]


# --- general matrices --------------------------------------------------------------------------------


def eig(a, steps=3):
    """Eigenvalues and eigenvectors as real pairs, by Newton's method from NumPy's own, held fixed.

    The unknowns of each pair are Re λ, Im λ, Re v and Im v; |v| is 1, and Im v vanishes where v is
    largest. Every step makes one more derivative right.
    """
    n = np.shape(a)[-1]
    values, vectors = np.linalg.eig(real_of(a))
    found = []
    for value, vector in zip(values, vectors.T, strict=True):
        last = np.eye(n)[np.argmax(np.where(np.imag(vector) == 0, np.abs(vector), -1))]
        x = np.concatenate([np.real(vector), np.imag(vector), [np.real(value), np.imag(value)]])
        for _ in range(steps):
            u, v, p, q = x[:n], x[n : 2 * n], x[2 * n], x[2 * n + 1]
            au, av, unit = a @ u, a @ v, np.eye(n)
            residual = np.concatenate([
                au - p * u + q * v, av - p * v - q * u,
                np.stack([np.sum(u * u) + np.sum(v * v) - 1, np.sum(last * v)]),
            ])  # fmt: skip
            top = [a - p * unit, q * unit, -u[:, None], v[:, None]]
            middle = [-q * unit, a - p * unit, -v[:, None], -u[:, None]]
            length = np.concatenate([2 * u, 2 * v, np.zeros(2)])[None]
            phase = np.concatenate([np.zeros(n), last, np.zeros(2)])[None]
            rows = [np.concatenate(top, axis=1), np.concatenate(middle, axis=1), length, phase]
            x = x - np.linalg.solve(np.concatenate(rows, axis=0), residual)
        zero = np.concatenate([np.ones(n), np.imag(vector) != 0, [1, np.imag(value) != 0]])
        found.append(x * zero)
    parts = [
        np.stack([x[2 * n] for x in found]), np.stack([x[2 * n + 1] for x in found]),
        np.stack([x[:n] for x in found], -1), np.stack([x[n : 2 * n] for x in found], -1),
    ]  # fmt: skip
    return tuple(parts) if np.iscomplexobj(values) else (parts[0], parts[2])


def eigvals(a):
    """The eigenvalues alone, real parts and imaginary parts if there are any."""
    values = eig(a)[: len(eig(a)) // 2]
    return values if len(values) > 1 else values[0]


# --- comparison ------------------------------------------------------------------------------------


def close(got, want, tolerance=1e-12):
    """Equal to `tolerance` of the largest entry, as far as stable algorithms of matrices go."""
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * np.max(np.abs(want)))


def weighted(y, seed=1):
    """A generic real number of all entries of all outputs, real and imaginary."""
    if isinstance(y, tuple):
        return sum(weighted(part, seed + i) for i, part in enumerate(y))
    rng = np.random.default_rng(seed)
    c, d = rng.standard_normal((2, *np.shape(y)))
    if y.dtype.kind == "c":
        return np.sum(c * np.real(y)) + np.sum(d * np.imag(y))
    return np.sum(c * y)


def slope(f, x, v, h=3e-4):
    """Derivative of `f` at `x` along `v`: central differences, extrapolated twice (Richardson)."""

    def central(h):
        return (f(x + h * v) - f(x - h * v)) / (2 * h)

    return (64 * central(h / 4) - 20 * central(h / 2) + central(h)) / 45
