"""Cases of moves, joins and products for `test_symbolic`: a name, a function, shapes of operands."""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.shapes import cast

A, B, V = (2, 3), (3, 2), (3,)
W = np.array([0.5, -1.5, 2.0])  # makes a function of moved entries tell its places apart

CASES = {
    "rollaxis": (lambda a: np.rollaxis(a, 1) * W[:, None], A),
    "roll": (lambda a: np.roll(a, (1, 2), (0, 1)) * W, A),
    "roll flat": (lambda a: np.roll(a, 2) * W, A),
    "rot90": (lambda a: np.rot90(a, 3) @ W[:2], A),
    "flipud fliplr": (lambda a: np.flipud(a) * np.fliplr(a), A),
    "matrix_transpose": (lambda a: np.matrix_transpose(a) @ np.linalg.matrix_transpose(a.T), A),
    "tril triu": (lambda a: np.tril(a, -1) + 2 * np.triu(a), A),
    "tile": (lambda v: np.tile(v, (2, 2)) ** 2, V),
    "repeat": (lambda v: np.repeat(v, [1, 0, 2]) * np.repeat(v, 1), V),
    "resize": (lambda v: np.resize(v, (2, 2)) ** 2, V),
    "diagonal": (lambda a: np.diagonal(a, 1) ** 2 + np.linalg.diagonal(a)[:2], A),
    "trace": (lambda a: np.trace(a) * np.linalg.trace(a, offset=1), A),
    "diag": (lambda v: np.diag(v * v, 1) @ np.ones(4), V),
    "diag of a matrix": (lambda a: np.diag(a) ** 2, A),
    "diagflat": (lambda a: np.diagflat(a) @ np.arange(6.0), A),
    "copy": (lambda a: np.copy(a) * a, A),
    "take": (lambda a: np.take(a, [2, 0, 2], axis=1) * W, A),
    "take_along_axis": (lambda a: np.take_along_axis(a, np.array([[0, 1, 1]]), 0) * W, A),
    "compress extract": (lambda v: np.compress([1, 0, 1], v) * np.extract(W > 0, v), V),
    "delete": (lambda a: np.delete(a, 1, axis=1) ** 2, A),
    "pad": (lambda a: np.pad(a, 1) * np.pad(a, 1, mode="reflect"), A),
    "pad with a number": (lambda a: np.pad(a, ((0, 1), (1, 0)), constant_values=2.0) ** 2, A),
    "split array_split": (lambda v: np.split(v, [1])[0] * np.array_split(v, 2)[0], V),
    "vsplit hsplit": (lambda a: np.vsplit(a, 2)[1] @ np.hsplit(a.T, [1])[0], A),
    "dsplit": (lambda a: np.dsplit(a, 2)[1] ** 2, (2, 1, 2)),
    "unstack": (lambda a: np.multiply(*np.unstack(a)), A),
    "inner": (lambda a, v: np.inner(a, v) * W[:2], A, V),
    "vdot": (lambda a, b: np.vdot(a, b) * np.vdot(b, np.arange(6.0)), A, A),
    "kron": (lambda a, v: np.kron(a, v), A, (2,)),
    "cross": (lambda v, w: np.cross(v, w) * np.cross(W, v), V, V),
    "cross of linalg": (lambda a: np.linalg.cross(a, W, axis=-1) ** 2, A),
    "vecdot": (lambda a, v: np.vecdot(a, v) * np.linalg.vecdot(a, W), A, V),
    "matvec vecmat": (lambda a, v: np.matvec(a, v) * np.vecmat(v, a.T), A, V),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, a, W]), A, B),
    "products of linalg": (
        lambda a, b: np.linalg.matmul(a, b) + np.linalg.tensordot(a, b, axes=1) ** 2,
        *(A, B),
    ),
    "outer of linalg": (lambda v: np.linalg.outer(v, W) ** 2, V),
    "atleast_1d atleast_2d atleast_3d": (
        lambda v: np.atleast_1d(v) * np.atleast_2d(v) * np.atleast_3d(v),
        V,
    ),
    "broadcast_arrays": (lambda a, v: np.multiply(*np.broadcast_arrays(a, v)), A, V),
    "meshgrid": (lambda v, w: np.multiply(*np.meshgrid(v, w, indexing="ij")), V, (2,)),
    "hstack vstack": (lambda a, v: np.hstack([np.vstack([a, v]), np.eye(3)]), A, V),
    "dstack": (lambda a: np.dstack([a, a * a, np.ones((2, 3))]), A),
    "column_stack": (lambda v, w: np.column_stack([v * w, w, W]), V, V),
    "append": (lambda a, v: np.append(a, a**2, axis=0) * np.append(v, a)[:3], A, V),
    "insert": (lambda v, w: np.insert(v * v, [0, 2], w[:2]), V, V),
    "block": (lambda a, v: np.block([[a * a, np.ones((2, 1))], [v, 2.0]]), A, V),
    "choose": (lambda v, w: np.choose([1, 0, 1], [v * v, w]), V, V),
    "full_like": (lambda v: np.full_like(v, v[0] * v[1]) * v, V),
    "astype cast": (lambda v: np.astype(v, np.float64) * cast(v, to=np.float64), V),
    "einsum with lists": (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), A, B),
    "einsum optimized": (lambda a, b: np.einsum("ij,jk->ki", a, b, optimize=True), A, B),
    "reshape by columns": (lambda a: np.reshape(a, (3, 2), order="F") @ W[:2], A),
    "moves as methods": (
        lambda a: (
            a.take([0, 2], axis=1).flatten()[:2] * a.diagonal() * a.repeat(2)[:2].astype(float)
        ),
        A,
    ),
}
if not hasattr(np, "unstack"):
    del CASES["unstack"]
if not hasattr(np, "matvec"):
    del CASES["matvec vecmat"]
