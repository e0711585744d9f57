"""Matrices of complex numbers between real ones, and two-by-two matrices by hand."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from rule_cases.plain_linalg import close, slope, weighted

RNG = np.random.default_rng(5)
A, B = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 4, 4))
TALL, WIDE = RNG.standard_normal((5, 3)), RNG.standard_normal((2, 3, 5))
U = RNG.standard_normal((3, 3))


# --- complex matrices, between real ones: central differences with Richardson's extrapolation ----------


def made_complex(a):
    return a + 1j * (np.sin(2 * a) + np.cos(a * a))


def hermitian(a):
    z = made_complex(a)
    return z @ np.conj(np.swapaxes(z, -1, -2)) + np.eye(a.shape[-1])


def leading_part(a):
    """What the phases of the singular vectors do not change."""
    u, s, vh = np.linalg.svd(made_complex(a), full_matrices=False)
    return (u[..., :, :2] * s[..., None, :2]) @ vh[..., :2, :], s


OF_COMPLEX = {
    "inv": (lambda a: np.linalg.inv(made_complex(a)), (A, B)),
    "solve": (lambda a: np.linalg.solve(made_complex(a), a[..., :2] ** 2), (A, B)),
    "solve for complex": (lambda a: np.linalg.solve(a, made_complex(a)[..., :1]), (A, B)),
    "det": (lambda a: np.linalg.det(made_complex(a)), (A, B)),
    "slogdet": (lambda a: np.linalg.slogdet(made_complex(a)), (A, B)),
    "pinv": (lambda a: np.linalg.pinv(made_complex(a)), (A, TALL, WIDE)),
    "matrix_power": (lambda a: np.linalg.matrix_power(made_complex(a), -2), (A, B)),
    "cond": (lambda a: np.linalg.cond(made_complex(a)), (A, B)),
    "cholesky": (lambda a: np.linalg.cholesky(hermitian(a)), (A, B)),
    "cholesky upper": (lambda a: np.linalg.cholesky(hermitian(a), upper=True), (A, B)),
    "cholesky of one triangle": (lambda a: np.linalg.cholesky(made_complex(a) + 9 * np.eye(3)), (A,)),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(made_complex(a), "U"), (A, B)),
    "eigh": (lambda a: np.abs(np.linalg.eigh(made_complex(a)).eigenvectors) ** 2, (A, B)),
    "eig": (lambda a: np.linalg.eig(made_complex(a)), (A, B)),
    "eig of real": (lambda a: np.linalg.eig(a), (A, B)),
    "eigvals": (lambda a: np.linalg.eigvals(made_complex(a)), (A, B)),
    "svd": (leading_part, (A, TALL, TALL.T, WIDE)),
    "svdvals": (lambda a: np.linalg.svdvals(made_complex(a)), (A, TALL, WIDE)),
    **{
        f"norm of order {p}": (lambda a, p=p: np.linalg.norm(made_complex(a), p, -1), (A, TALL, WIDE))
        for p in (None, 1, 2, 3, 0.5, -1, np.inf, -np.inf)
    },
    **{
        f"matrix norm of order {p}": (
            lambda a, p=p: np.linalg.norm(made_complex(a), p, (0, 1), keepdims=True),
            (A, TALL, WIDE),
        )
        for p in ("fro", "nuc", 1, 2, -2, -1, np.inf, -np.inf)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", OF_COMPLEX)
def test_complex_matrices_in_both_modes_and_orders(name):
    f, points = OF_COMPLEX[name]

    def loss(a):
        return weighted(f(a))

    for i, x in enumerate(points):
        rng = np.random.default_rng(i)
        v, u = rng.standard_normal((2, *x.shape))
        want, got = slope(loss, x, v), np.sum(bl.grad(loss)(x) * v)
        scale = np.sum(np.abs(bl.grad(loss)(x) * v))
        assert abs(got - want) <= 1e-7 * scale
        assert abs(bl.jvp(loss, (x,), (v,))[1] - got) <= 1e-11 * scale

        def along(a, u=u):
            return np.sum(bl.grad(loss)(a) * u)

        second = bl.grad(along)(x) * v
        scale = np.sum(np.abs(second))
        assert abs(np.sum(second) - slope(along, x, v)) <= 1e-6 * scale
        assert abs(bl.jvp(along, (x,), (v,))[1] - np.sum(second)) <= 1e-10 * scale


# --- SymPy, two by two --------------------------------------------------------------------------------


def test_two_by_two_by_hand():
    """Formulas that are known: SymPy derives them, three times."""
    a, b, c, d = symbols = sp.symbols("a b c d", real=True)
    m = sp.Matrix([[a, b], [c, d]])
    low = sp.Matrix([[a, c], [c, d]])  # what NumPy reads
    half, root = (a + d) / 2, sp.sqrt(((a - d) / 2) ** 2 + c**2)
    formulas = {
        np.linalg.det: [m.det()],
        np.linalg.inv: list(m.inv()),
        (lambda x: np.linalg.slogdet(x)[1]): [sp.log(m.det())],
        np.linalg.cholesky: [sp.sqrt(a), 0, c / sp.sqrt(a), sp.sqrt(d - c**2 / a)],
        np.linalg.eigvalsh: [half - root, half + root],
        np.linalg.svdvals: [
            sp.sqrt(
                (sum(x**2 for x in m) + s * sp.sqrt(sum(x**2 for x in m) ** 2 - 4 * m.det() ** 2))
                / 2
            )
            for s in (1, -1)
        ],
        (lambda x: np.linalg.norm(x, "nuc")): [sp.sqrt(sum(x**2 for x in m) + 2 * m.det())],
    }
    assert low.det() == a * d - c**2
    point = {a: 3, b: sp.Rational(1, 2), c: 1, d: 2}
    x = np.array([float(point[s]) for s in symbols]).reshape(2, 2)
    for f, entries in formulas.items():
        value = np.array([float(sp.sympify(e).subs(point)) for e in entries])
        close(np.ravel(f(x)), value)
        first = np.array([[float(sp.diff(e, s).subs(point)) for s in symbols] for e in entries])
        close(np.reshape(bl.jacobian(f)(x), first.shape), first)
        second = [
            [[float(sp.diff(e, s, t).subs(point)) for t in symbols] for s in symbols]
            for e in entries
        ]
        close(np.reshape(bl.jacobian(bl.jacobian(f))(x), (-1, 4, 4)), np.array(second))
