"""The formulas of the cards: of rules that letters cannot show, or show at too great a length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import backprop_lab as bl
from rule_formula_matrices import DECOMPOSITIONS, normal
from rule_formulas import Formula, Row
from rule_spelling import (
    blocks,
    entry,
    equals,
    floor,
    in_order,
    interval,
    is_entry,
    layers,
    matches,
    middle,
    nearest,
    total,
    trunc,
    unit,
)


def _between_knots(rng):
    return rng.uniform(0, 3), np.array([0.0, 1.0, 1.5, 3.0]), rng.standard_normal(4)


# --- statistics, norms, softmax: what the entries written out would hide --------------------------

MEAN = Row("mu", lambda x, n: total(x) / n)


def _variance(func):
    return Formula(
        lambda x: func(x),
        "x",
        "y",
        (
            MEAN,
            Row("y", lambda x, mu, n: total((x - mu) ** 2) / n),
            Row("x_bar", lambda x, mu, n, y_bar: 2 * (x - mu) / n * y_bar),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    )


def _deviation(func):
    return Formula(
        lambda x: func(x),
        "x",
        "σ",
        (
            MEAN,
            Row("σ", lambda x, mu, n: np.sqrt(total((x - mu) ** 2) / n)),
            Row("x_bar", lambda x, mu, n, σ, σ_bar: (x - mu) / (n * σ) * σ_bar),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    )


def _norm(func):
    return Formula(
        lambda x: func(x),
        "x",
        "y",
        (
            Row("y", lambda x: np.sqrt(total(x**2))),
            Row("x_bar", lambda x, y, y_bar: x / y * y_bar),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    )


ENTRIES_HIDDEN: dict[Callable, Formula] = {
    **{func: _variance(func) for func in (np.var, np.nanvar)},
    **{func: _deviation(func) for func in (np.std, np.nanstd)},
    **{func: _norm(func) for func in (np.linalg.norm, np.linalg.vector_norm)},
    bl.softmax: Formula(
        lambda x: bl.softmax(x),
        "x",
        "y",
        (
            Row("y", lambda x: np.exp(x) / total(np.exp(x))),
            Row("x_bar", lambda y, y_bar: y * (y_bar - total(y * y_bar))),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    ),
    bl.log_softmax: Formula(
        lambda x: bl.log_softmax(x),
        "x",
        "y",
        (
            Row("y", lambda x: x - np.log(total(np.exp(x)))),
            Row("x_bar", lambda y, y_bar: y_bar - np.exp(y) * total(y_bar)),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    ),
    bl.logsumexp: Formula(
        lambda x: bl.logsumexp(x),
        "x",
        "y",
        (
            Row("y", lambda x: np.log(total(np.exp(x)))),
            Row("x_bar", lambda x, y, y_bar: np.exp(x - y) * y_bar),
        ),
        shapes=(((2,),), ((3,),)),
        by_entry=True,
    ),
}

# --- order, interpolation, numbers ----------------------------------------------------------------


def _permutation(func):
    return Formula(
        lambda a: func(a),
        "a",
        "y",
        (
            Row("P", lambda y, a: matches(y, a), "a permutation, where entries differ", "P_{ij}"),
            Row("y", lambda P, a: P @ a),
            Row("a_bar", lambda P, y_bar: P.T @ y_bar),
        ),
        normal((5,)),
    )


def _quantile(call, share, what):
    return Formula(
        call,
        "a",
        "y",
        (
            Row("s", lambda a: in_order(a), "numbered from 0"),
            Row("k", lambda n, q: floor((n - 1) * q), what),
            Row("t", lambda n, q, k: (n - 1) * q - k),
            Row("y", lambda s, k, t: (1 - t) * entry(s, k) + t * entry(s, k + 1)),
            Row(
                "w",
                lambda a, s, k, t: (
                    (1 - t) * is_entry(a, entry(s, k)) + t * is_entry(a, entry(s, k + 1))
                ),
                "where entries differ",
                "w_{i}",
            ),
            Row("a_bar", lambda w, y_bar: y_bar * w),
        ),
        normal((4,)),
        given=lambda a: {"q": share},
    )


MASKS = {"M": np.array([1.0, 0.0, 0.0, 1.0]), "N": np.array([1.0, 1.0, 0.0, 0.0])}
CHOICE = np.array([0, 1, 1, 0])

OTHERS: dict[Callable, Formula] = {
    np.sort: _permutation(np.sort),
    np.partition: _permutation(lambda a: np.partition(a, 2)),
    np.median: _quantile(lambda a: np.median(a), 0.5, "q = ½"),
    np.quantile: _quantile(lambda a: np.quantile(a, 0.3), 0.3, "np.quantile(a, q)"),
    np.percentile: _quantile(lambda a: np.percentile(a, 30), 0.3, "np.percentile(a, 100 q)"),
    np.interp: Formula(
        lambda x, p, f: np.interp(x, p, f),
        "x p f",
        "y",
        (
            Row("k", lambda x, p: interval(x, p), "np.interp(x, p, f), knots from 0"),
            Row(
                "t",
                lambda x, p, k: (x - entry(p, k)) / (entry(p, k + 1) - entry(p, k)),
                "x within the knots, and on none",
            ),
            Row(
                "m",
                lambda p, f, k: (entry(f, k + 1) - entry(f, k)) / (entry(p, k + 1) - entry(p, k)),
            ),
            Row("y", lambda f, k, m, x, p: entry(f, k) + m * (x - entry(p, k))),
            Row("x_bar", lambda m, y_bar: m * y_bar),
            Row(
                "f_bar",
                lambda y_bar, t, k, f: y_bar * ((1 - t) * unit(k, f) + t * unit(k + 1, f)),
            ),
            Row("p_bar", lambda m, f_bar: -(m * f_bar)),
        ),
        _between_knots,
    ),
    np.sinc: Formula(
        lambda x: np.sinc(x),
        "x",
        "y",
        (
            Row("y", lambda x, pi: np.sin(pi * x) / (pi * x)),
            Row("x_bar", lambda x, y, y_bar, pi: (np.cos(pi * x) - y) / x * y_bar),
        ),
        lambda rng: (rng.uniform(0.1, 2),),
    ),
    np.divmod: Formula(
        lambda a, b: np.divmod(a, b),
        "a b",
        "q r",
        (
            Row("q", lambda a, b: floor(a / b)),
            Row("r", lambda a, b, q: a - q * b),
            Row("a_bar", lambda r_bar: r_bar),
            Row("b_bar", lambda q, r_bar: -(q * r_bar)),
        ),
        lambda rng: (rng.uniform(2, 9), rng.uniform(1, 2)),
    ),
    np.modf: Formula(
        lambda a: np.modf(a),
        "a",
        "y w",
        (
            Row("w", lambda a: trunc(a)),
            Row("y", lambda a, w: a - w),
            Row("a_bar", lambda y_bar: y_bar),
        ),
        lambda rng: (rng.uniform(-9, 9),),
    ),
    np.unwrap: Formula(
        lambda p: np.unwrap(p),
        "p",
        "y",
        (
            Row("k", lambda p, y, pi: nearest((y - p) / (2 * pi))),
            Row("y", lambda p, k, pi: p + 2 * pi * k),
            Row("p_bar", lambda y_bar: y_bar),
        ),
        lambda rng: (rng.uniform(-9, 9, 5),),
        by_entry=True,
    ),
    np.full_like: Formula(
        lambda c: np.full_like(np.broadcast_to(c, (3,)), c),
        "c",
        "y",
        (
            Row("y", lambda c: c),
            Row("c_bar", lambda y_bar: total(y_bar)),
        ),
        lambda rng: (rng.uniform(1, 2),),
        by_entry=True,
    ),
    np.select: Formula(
        lambda u, v: np.select([MASKS["M"] > 0, MASKS["N"] > 0], [u, v]),
        "u v",
        "y",
        (
            Row("y", lambda M, N, u, v: M * u + (1 - M) * N * v, "M, N: 1 where a condition holds"),
            Row("u_bar", lambda M, y_bar: M * y_bar),
            Row("v_bar", lambda M, N, y_bar: (1 - M) * N * y_bar),
        ),
        normal((4,), (4,)),
        given=lambda u, v: MASKS,
        by_entry=True,
    ),
    np.choose: Formula(
        lambda u, v: np.choose(CHOICE, [u, v]),
        "u v",
        "y",
        (
            Row("y", lambda a, u, v: equals(a, 0) * u + equals(a, 1) * v, "np.choose(a, [u, v])"),
            Row("u_bar", lambda a, y_bar: equals(a, 0) * y_bar),
            Row("v_bar", lambda a, y_bar: equals(a, 1) * y_bar),
        ),
        normal((4,), (4,)),
        given=lambda u, v: {"a": CHOICE},
        by_entry=True,
    ),
    np.block: Formula(
        lambda A, B, C, D: np.block([[A, B], [C, D]]),
        "A B C D",
        "Y",
        (
            Row("Y", lambda A, B, C, D: blocks(A, B, C, D)),
            Row("Y_bar", lambda A_bar, B_bar, C_bar, D_bar: blocks(A_bar, B_bar, C_bar, D_bar)),
        ),
        normal((2, 2), (2, 3), (1, 2), (1, 3)),
    ),
    np.dstack: Formula(
        lambda A, B: np.dstack([A, B]),
        "A B",
        "Y",
        (
            Row("Y", lambda A, B: layers(A, B), "one behind the other, along the third axis"),
            Row("Y_bar", lambda A_bar, B_bar: layers(A_bar, B_bar)),
        ),
        normal((2, 3), (2, 3)),
    ),
    np.dsplit: Formula(
        lambda A: tuple(np.dsplit(A, 2)),
        "A",
        "Y Z",
        (
            Row("A", lambda Y, Z: layers(Y, Z), "one behind the other, along the third axis"),
            Row("A_bar", lambda Y_bar, Z_bar: layers(Y_bar, Z_bar)),
        ),
        normal((2, 3, 4)),
    ),
    np.atleast_3d: Formula(
        lambda x: np.atleast_3d(x),
        "x",
        "Y",
        (
            Row("x", lambda Y: middle(Y), left="x_{i}"),
            Row("x_bar", lambda Y_bar: middle(Y_bar), left=r"\bar{x}_{i}"),
        ),
        normal((4,)),
    ),
}

FORMULAS: dict[Callable, Formula] = DECOMPOSITIONS | ENTRIES_HIDDEN | OTHERS
