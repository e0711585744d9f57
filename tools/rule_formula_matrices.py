"""The formulas of the cards: decompositions, inverses, determinants and norms of matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rule_formulas import Formula, Row
from rule_spelling import (
    all_entries,
    columns_times,
    diag,
    first,
    first_unit,
    grouped,
    identity,
    inverse,
    inverse_gaps,
    inverse_gaps_of_squares,
    inverse_transposed,
    last,
    last_unit,
    lower_half,
)

# --- points ---------------------------------------------------------------------------------------


def normal(*shapes):
    """Draw operands of these shapes."""
    return lambda rng: tuple(rng.standard_normal(shape) for shape in shapes)


def _symmetric(rng):
    a = rng.standard_normal((3, 3))
    return (a + a.T,)


def _positive(rng):
    a = rng.standard_normal((3, 3))
    return (a @ a.T + np.eye(3),)


def _with_real_eigenvalues(rng):
    v = rng.standard_normal((3, 3)) + 3 * np.eye(3)
    return (v @ np.diag([1.0, 2.5, -2.0]) @ np.linalg.inv(v),)


# --- matrices -------------------------------------------------------------------------------------

TRIANGLE = Row("T", lambda A: lower_half(A), left="T_{ij}")
IN_TRIANGLE = Row("A_bar", lambda S_bar, T: (S_bar + S_bar.T) * T)
GAPS = "where i ≠ j; 0 on the diagonal"


def _svd(full):
    return {"U": full[0], "s": full[1], "V": full[2].T}


def _of_svd(a):
    return _svd(np.linalg.svd(a, full_matrices=False))


DECOMPOSITIONS: dict[Callable, Formula] = {
    np.linalg.eigh: Formula(
        lambda A: np.linalg.eigh(A),
        "A",
        "λ V",
        (
            Row("A", lambda λ, V: V @ diag(λ) @ V.T),
            Row("F", lambda λ: inverse_gaps(λ), GAPS, "F_{ij}"),
            TRIANGLE,
            Row(
                "S_bar",
                lambda λ_bar, F, V, V_bar: V @ (diag(λ_bar) + F * grouped(V.T @ V_bar)) @ V.T,
            ),
            IN_TRIANGLE,
        ),
        _symmetric,
    ),
    np.linalg.eigvalsh: Formula(
        lambda A: np.linalg.eigvalsh(A),
        "A",
        "λ",
        (
            Row("A", lambda λ, V: V @ diag(λ) @ V.T),
            TRIANGLE,
            Row("S_bar", lambda λ_bar, V: V @ diag(λ_bar) @ V.T),
            IN_TRIANGLE,
        ),
        _symmetric,
        given=lambda A: {"V": np.linalg.eigh(A)[1]},
    ),
    np.linalg.eig: Formula(
        lambda A: np.linalg.eig(A),
        "A",
        "λ V",
        (
            Row("A", lambda λ, V: V @ diag(λ) @ inverse(V), "with real eigenvalues"),
            Row("F", lambda λ: inverse_gaps(λ), GAPS, "F_{ij}"),
            Row(
                "c",
                lambda V, V_bar: columns_times(V, V_bar),
                "each column of V has length 1",
                "c_{j}",
            ),
            Row("W", lambda V, V_bar, c: V_bar - V @ diag(c)),
            Row("P_bar", lambda λ_bar, F, V, W: diag(λ_bar) + F * grouped(V.T @ W)),
            Row("A_bar", lambda V, P_bar: inverse_transposed(V) @ P_bar @ V.T),
        ),
        _with_real_eigenvalues,
    ),
    np.linalg.eigvals: Formula(
        lambda A: np.linalg.eigvals(A),
        "A",
        "λ",
        (
            Row("A", lambda λ, V: V @ diag(λ) @ inverse(V), "with real eigenvalues"),
            Row("A_bar", lambda V, λ_bar: inverse_transposed(V) @ diag(λ_bar) @ V.T),
        ),
        _with_real_eigenvalues,
        given=lambda A: {"V": np.linalg.eig(A)[1]},
    ),
    np.linalg.cholesky: Formula(
        lambda A: np.linalg.cholesky(A),
        "A",
        "L",
        (
            Row("A", lambda L: L @ L.T, "L is lower triangular"),
            TRIANGLE,
            Row(
                "S_bar",
                lambda L, L_bar, T: inverse_transposed(L) @ (grouped(L.T @ L_bar) * T) @ inverse(L),
            ),
            IN_TRIANGLE,
        ),
        _positive,
    ),
    np.linalg.qr: Formula(
        lambda A: np.linalg.qr(A),
        "A",
        "Q R",
        (
            Row("A", lambda Q, R: Q @ R, "R is upper triangular, and A not wider than high"),
            Row("T", lambda R: lower_half(R), left="T_{ij}"),
            Row("M", lambda Q, R, Q_bar, R_bar: R @ R_bar.T - Q_bar.T @ Q),
            Row(
                "A_bar",
                lambda Q, Q_bar, M, T, R: (Q_bar + Q @ (M * T + (M * T).T)) @ inverse_transposed(R),
            ),
        ),
        normal((4, 3)),
    ),
    np.linalg.svd: Formula(
        lambda A: np.linalg.svd(A, full_matrices=False),
        "A",
        "U s V",
        (
            Row("A", lambda U, s, V: U @ diag(s) @ V.T, "NumPy gives the transpose of V"),
            Row("F", lambda s: inverse_gaps_of_squares(s), GAPS, "F_{ij}"),
            Row("G", lambda F, U, U_bar: F * grouped(U.T @ U_bar)),
            Row("H", lambda F, V, V_bar: F * grouped(V.T @ V_bar)),
            Row(
                "P_bar",
                lambda G, H, s, s_bar: diag(s_bar) + (G + G.T) @ diag(s) + diag(s) @ (H + H.T),
            ),
            Row("B", lambda U, U_bar, s: (U_bar - U @ (U.T @ U_bar)) @ inverse(diag(s))),
            Row("C", lambda V, V_bar, s: (V_bar - V @ (V.T @ V_bar)) @ inverse(diag(s))),
            Row("A_bar", lambda U, P_bar, V, B, C: U @ P_bar @ V.T + B @ V.T + U @ C.T),
        ),
        normal((4, 3)),
        seen=lambda y: tuple(_svd(y).values()),
    ),
    np.linalg.svdvals: Formula(
        lambda A: np.linalg.svdvals(A),
        "A",
        "s",
        (
            Row("A", lambda U, s, V: U @ diag(s) @ V.T),
            Row("A_bar", lambda U, s_bar, V: U @ diag(s_bar) @ V.T),
        ),
        normal((4, 3)),
        given=_of_svd,
    ),
    np.linalg.cond: Formula(
        lambda A: np.linalg.cond(A),
        "A",
        "κ",
        (
            Row("A", lambda U, s, V: U @ diag(s) @ V.T),
            Row("κ", lambda s: first(s) / last(s)),
            Row(
                "s_bar",
                lambda κ, κ_bar, s: κ_bar / last(s) * (first_unit(s) - κ * last_unit(s)),
            ),
            Row("A_bar", lambda U, s_bar, V: U @ diag(s_bar) @ V.T),
        ),
        normal((3, 3)),
        given=_of_svd,
    ),
    np.linalg.pinv: Formula(
        lambda A: np.linalg.pinv(A),
        "A",
        "P",
        (
            Row("A", lambda A, P: A @ P @ A, "P is the pseudoinverse of A"),
            Row("M", lambda A, P, P_bar: (identity(A) - A @ P) @ P_bar.T @ (P @ P.T)),
            Row("N", lambda A, P, P_bar: (P.T @ P) @ P_bar.T @ (identity(P) - P @ A)),
            Row("A_bar", lambda M, N, P, P_bar: M + N - P.T @ P_bar @ P.T),
        ),
        normal((4, 3)),
    ),
    np.linalg.slogdet: Formula(
        lambda A: np.linalg.slogdet(A),
        "A",
        "s d",
        (
            Row("D", lambda s, d: s * np.exp(d), "a sign s, and d = ln |det A|", r"\det A"),
            Row("A_bar", lambda A, d_bar: d_bar * inverse_transposed(A)),
        ),
        normal((3, 3)),
        given=lambda A: {"D": np.linalg.det(A)},
    ),
    np.linalg.det: Formula(
        np.linalg.det,
        "A",
        "y",
        (Row("A_bar", lambda A, y, y_bar: y_bar * y * inverse_transposed(A)),),
        shapes=(((2, 2),),),
    ),
    np.linalg.tensorsolve: Formula(
        lambda A, b: np.ravel(
            np.linalg.tensorsolve(np.reshape(A, (2, 2, 2, 2)), np.reshape(b, (2, 2)))
        ),
        "A b",
        "x",
        (
            Row("b", lambda A, x: A @ x, "all arrays written as a matrix and vectors"),
            Row("b_bar", lambda A, x_bar: inverse_transposed(A) @ x_bar),
            Row("A_bar", lambda b_bar, x: -np.outer(b_bar, x)),
        ),
        normal((4, 4), (4,)),
    ),
    np.linalg.tensorinv: Formula(
        lambda A: np.reshape(np.linalg.tensorinv(np.reshape(A, (2, 2, 2, 2))), (4, 4)),
        "A",
        "Y",
        (
            Row("Y", lambda A: inverse(A), "both written as matrices"),
            Row("A_bar", lambda Y, Y_bar: -(Y.T @ Y_bar @ Y.T)),
        ),
        normal((4, 4)),
    ),
    np.linalg.matrix_power: Formula(
        lambda A: np.linalg.matrix_power(A, 3),
        "A",
        "Y",
        (
            Row("Y", lambda A: A @ A @ A),
            Row(
                "A_bar",
                lambda A, Y_bar: Y_bar @ A.T @ A.T + A.T @ Y_bar @ A.T + A.T @ A.T @ Y_bar,
            ),
        ),
        shapes=(((2, 2),),),
    ),
    np.linalg.matrix_norm: Formula(
        lambda A: np.linalg.matrix_norm(A),
        "A",
        "y",
        (
            Row("y", lambda A: np.sqrt(all_entries(A**2))),
            Row("A_bar", lambda A, y, y_bar: A / y * y_bar),
        ),
        shapes=(((2, 2),), ((2, 3),)),
        by_entry=True,
    ),
}
