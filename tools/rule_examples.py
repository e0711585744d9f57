"""Calls for the rule cards, where the cases of the tests are too large or wrap the function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import backprop_lab as bl
from backprop_lab.rule_letters import ComplexShape


@dataclass(frozen=True)
class Example:
    """A call of a function, and the shapes of its operands."""

    call: Callable
    operands: tuple


def _of(call, *operands, **params):
    if params:
        return Example(lambda *arrays: call(*arrays, **params), operands)
    return Example(call, operands)


def Z(*shape):
    """Give the shape of an operand z = a + ib."""
    return ComplexShape(shape)


# Instead of the cases of the tests.
EXAMPLES: dict[Callable, list[Example]] = {
    np.matmul: [_of(np.matmul, *s) for s in [((2, 2), (2, 2)), ((2, 3), (3,)), ((3,), (3,))]],
    np.dot: [_of(np.dot, *s) for s in [((2,), (2,)), ((2, 2), (2,)), ((2, 2), (2, 2))]],
    np.einsum: [
        _of(lambda a, b: np.einsum("ij,j->i", a, b), (2, 2), (2,)),
        _of(lambda a, b: np.einsum("ij,jk->ik", a, b), (2, 2), (2, 2)),
        _of(lambda a: np.einsum("ii->", a), (2, 2)),
    ],
    np.tensordot: [
        _of(np.tensordot, (2, 2), (2,), axes=1),
        _of(np.tensordot, (2, 2), (2, 2), axes=2),
        _of(np.tensordot, (2, 2), (2, 2), axes=([0], [0])),
    ],
    np.tril: [_of(np.tril, (2, 2)), _of(np.tril, (2, 3), k=1)],
    np.triu: [_of(np.triu, (2, 2)), _of(np.triu, (2, 3), k=1)],
    np.rot90: [_of(np.rot90, (2, 2), k=1), _of(np.rot90, (2, 3), k=3)],
    np.swapaxes: [_of(lambda a: np.swapaxes(a, 0, 1), (2, 3))],
    np.moveaxis: [_of(lambda a: np.moveaxis(a, 0, 1), (2, 3))],
    np.remainder: [_of(np.remainder, (1,), (1,))],
    np.fmod: [_of(np.fmod, (1,), (1,))],
    np.std: [_of(np.std, (2,))],
    np.nanstd: [_of(np.nanstd, (2,))],
    np.geomspace: [_of(lambda a, b: np.geomspace(a, b, 3), (), ())],
    np.broadcast_to: [
        _of(lambda a: np.broadcast_to(a, (2, 2)), (2,)),
        _of(lambda a: np.broadcast_to(a, (2, 3)), (2, 1)),
    ],
    **{f: [_of(f, (2,), (2,)), _of(f, (2,), (3,))] for f in (np.outer, np.linalg.outer)},
    np.kron: [_of(np.kron, (2,), (2,)), _of(np.kron, (2,), (3,)), _of(np.kron, (2, 3), ())],
    np.convolve: [
        _of(np.convolve, (3,), (2,)),
        _of(np.convolve, (4,), (2,), mode="valid"),
        _of(np.convolve, (4,), (3,), mode="same"),
    ],
    np.correlate: [
        _of(np.correlate, (3,), (2,)),
        _of(np.correlate, (4,), (2,), mode="full"),
        _of(np.correlate, (4,), (3,), mode="same"),
    ],
    **{f: [_of(f, (2,)), _of(f, (2, 2), axis=1)] for f in (bl.softmax, bl.log_softmax)},
    np.linalg.inv: [_of(np.linalg.inv, (2, 2)), _of(np.linalg.inv, (1, 1))],
    np.linalg.solve: [_of(np.linalg.solve, (2, 2), (2,)), _of(np.linalg.solve, (1, 1), (1, 2))],
    np.linalg.det: [_of(np.linalg.det, (2, 2)), _of(np.linalg.det, (1, 1))],
    np.linalg.matrix_power: [_of(lambda a: np.linalg.matrix_power(a, 2), (2, 2))],
    np.linalg.tensorinv: [_of(np.linalg.tensorinv, (1, 2, 2))],
    np.linalg.norm: [_of(np.linalg.norm, (2,)), _of(np.linalg.norm, (3,))],
    **{
        f: [_of(f, (3,)), _of(f, (2,)), _of(f, (2, 1), axis=0)]
        for f in (np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin, np.ptp)
    },
    # The largest that fits is shown: at two entries no i appears, and the matrix is symmetric.
    **{f: [_of(f, (4,)), _of(f, (3,)), _of(f, Z(4))] for f in (np.fft.fft, np.fft.ifft)},
    np.fft.rfft: [_of(np.fft.rfft, (4,)), _of(np.fft.rfft, (3,)), _of(np.fft.rfft, (2,))],
    np.fft.irfft: [_of(np.fft.irfft, (4,)), _of(np.fft.irfft, Z(3)), _of(np.fft.irfft, Z(2))],
    np.fft.hfft: [_of(np.fft.hfft, (3,)), _of(np.fft.hfft, Z(3)), _of(np.fft.hfft, Z(2))],
    np.fft.ihfft: [_of(np.fft.ihfft, (n,)) for n in (4, 3, 2)],
    **{f: [_of(f, (2, 2)), _of(f, Z(2, 2))] for f in (np.fft.fftn, np.fft.fft2)},
    **{f: [_of(f, (2, 2)), _of(f, Z(2, 2))] for f in (np.fft.ifftn, np.fft.ifft2)},
    **{f: [_of(f, (2, 2))] for f in (np.fft.rfftn, np.fft.rfft2)},
    **{f: [_of(f, (2, 2)), _of(f, Z(2, 2))] for f in (np.fft.irfftn, np.fft.irfft2)},
    **{f: [_of(f, (3,)), _of(f, Z())] for f in (np.real, np.imag, np.conjugate)},
    np.angle: [_of(np.angle, (3,)), _of(np.angle, Z())],
    np.absolute: [_of(np.absolute, ()), _of(np.absolute, Z())],
}
# Functions that are compared in numbers, though they can be read on symbols: with the reason.
IN_NUMBERS: dict[Callable, str] = {
    np.sinc: "SymPy does not bring the two forms of its slope together in reasonable time",
    np.linalg.pinv: "SymPy does not bring the two forms together in reasonable time",
    np.linalg.cholesky: "the rule keeps the cotangent of a symmetric matrix symmetric, where "
    "SymPy's reading knows the lower triangle alone",
    np.linalg.tensorsolve: "its smallest case is too large to be written in letters",
    np.full_like: "the filled array is built by NumPy before a letter could be seen",
}


def _rows(shape):
    return {"X": shape}


MATRICES = {"X": ("N", "p"), "W": ("p", "m")}
# Statements in index form, for all sizes: function, shapes, and for each operand the adjoint.
ALL_SIZES: dict[Callable, list[tuple]] = {
    np.matmul: [
        (
            lambda X, W: bl.let("Y", X @ W),
            MATRICES,
            {"X": lambda W, Y_bar: Y_bar @ W.T, "W": lambda X, Y_bar: X.T @ Y_bar},
        )
    ],
    np.dot: [
        (
            lambda X, w: bl.let("y", np.dot(X, w)),
            {"X": ("N", "p"), "w": ("p",)},
            {"X": lambda w, y_bar: np.outer(y_bar, w), "w": lambda X, y_bar: X.T @ y_bar},
        )
    ],
    np.outer: [
        (
            lambda a, b: bl.let("Y", np.outer(a, b)),
            {"a": ("n",), "b": ("m",)},
            {"a": lambda b, Y_bar: Y_bar @ b, "b": lambda a, Y_bar: Y_bar.T @ a},
        )
    ],
    np.transpose: [
        (
            lambda X: bl.let("Y", np.transpose(X)),
            _rows(("N", "p")),
            {"X": lambda Y_bar: Y_bar.T},
        )
    ],
    np.swapaxes: [
        (lambda X: bl.let("Y", np.swapaxes(X, 0, 1)), _rows(("N", "p")), {"X": None}),
    ],
    np.sum: [(lambda X: bl.let("y", np.sum(X, axis=0)), _rows(("N", "p")), {"X": None})],
    np.mean: [(lambda X: bl.let("y", np.mean(X, axis=0)), _rows(("N", "p")), {"X": None})],
    np.add: [
        (
            lambda X, b: bl.let("Y", X + b),
            {"X": ("N", "p"), "b": ("p",)},
            {"X": lambda Y_bar: Y_bar, "b": lambda Y_bar: Y_bar.sum(axis=0)},
        )
    ],
    np.multiply: [
        (
            lambda X, b: bl.let("Y", X * b),
            {"X": ("N", "p"), "b": ("p",)},
            {"X": lambda b, Y_bar: Y_bar * b, "b": lambda X, Y_bar: (X * Y_bar).sum(axis=0)},
        )
    ],
}


def _solve(A, b):
    bl.let("B", np.linalg.inv(A))  # so that the adjoints can be written with it
    return bl.let("x", np.linalg.solve(A, b))


# Statements in whole arrays at one size: function, shapes, the map, and adjoints by operand.
AT_A_SIZE: dict[Callable, list[tuple]] = {
    np.linalg.inv: [
        (
            lambda A: bl.let("Y", np.linalg.inv(A)),
            {"A": (2, 2)},
            "Y = A^{-1}",
            {"A": lambda Y, Y_bar: -(Y.T @ Y_bar @ Y.T)},
        )
    ],
    np.linalg.solve: [
        (
            _solve,
            {"A": (2, 2), "b": (2,)},
            r"x = B\, b \quad \text{with } B = A^{-1}",
            {
                "b": lambda B, x_bar: B.T @ x_bar,
                "A": lambda B, x, x_bar: -np.outer(B.T @ x_bar, x),
            },
        )
    ],
}
