"""Chapter 3: products. Each is linear in each operand; its adjoints are products too."""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.kinds import composite, linear
from backprop_lab.rules.shapes import from_the_end

# --- X W ----------------------------------------------------------------------------------------


def _batch_axes(y_bar, a, b):
    """How many axes `y_bar` has in front of those of the product `a @ b`."""
    left, right = np.ndim(a), np.ndim(b)
    return np.ndim(y_bar) - (max(left, right, 2) - (left == 1) - (right == 1))


def matrix_left(y_bar, b):
    """X̄ = Ȳ Wᵀ, of matrices and of equal stacks of them: no broadcasting is to be undone."""
    return y_bar @ b.mT


def matrix_right(y_bar, a):
    """W̄ = Xᵀ Ȳ, likewise."""
    return a.mT @ y_bar


def outer_left(y_bar, b):
    """Ā = ȳ xᵀ of a matrix and a vector."""
    return y_bar[..., None] * b


def vector_right(y_bar, a):
    """x̄ = Aᵀ ȳ of a matrix and a vector; a batch of cotangents has them in its rows."""
    return y_bar @ a


def _is_matrix_product(y_bar, a, b):
    """Whether `y_bar` comes from a matrix times a matrix, or from stacks of them, equally many.

    Then no broadcasting is to be undone. It takes a tenth of the time of the general case, which
    three layers of a small network ask for five times.
    """
    ndim = getattr(a, "ndim", 0)  # a list has none, and takes the general way
    if not 1 < ndim == getattr(b, "ndim", 0) == y_bar.ndim:
        return False
    return ndim == 2 or a.shape[:-2] == b.shape[:-2]


def _matmul_left(y_bar, a, b):
    """X̄ = Ȳ Wᵀ."""
    if _is_matrix_product(y_bar, a, b):
        return matrix_left(y_bar, b)
    if np.ndim(b) == 1:
        full = np.expand_dims(y_bar, -1) * b
    elif np.ndim(a) == 1 and np.ndim(b) == 2:  # a batch of cotangents goes back in one product
        full = np.matmul(y_bar, np.swapaxes(b, -1, -2))
    elif np.ndim(a) == 1:
        full = np.matmul(b, np.expand_dims(y_bar, -1))[..., 0]
    else:
        full = np.matmul(y_bar, np.swapaxes(b, -1, -2))
    return unbroadcast(full, shape_of(a), _batch_axes(y_bar, a, b))


def _matmul_right(y_bar, a, b):
    """W̄ = Xᵀ Ȳ."""
    if _is_matrix_product(y_bar, a, b):
        return matrix_right(y_bar, a)
    if np.ndim(b) == 1 and np.ndim(a) == 1:
        full = np.expand_dims(y_bar, -1) * a
    elif np.ndim(a) == 1:
        full = np.expand_dims(a, -1) * np.expand_dims(y_bar, -2)
    elif np.ndim(b) == 1 and np.ndim(a) == 2:
        full = np.matmul(y_bar, a)
    elif np.ndim(b) == 1:
        full = np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(y_bar, -1))[..., 0]
    else:
        full = np.matmul(np.swapaxes(a, -1, -2), y_bar)
    return unbroadcast(full, shape_of(b), _batch_axes(y_bar, a, b))


for matmul in (np.matmul, operator.matmul):
    linear(matmul, _matmul_left, _matmul_right, takes="a b", each=True, batched=True)


# --- contractions of any axes -------------------------------------------------------------------


def _contraction(a, b, axes):
    """Which axes `np.tensordot(a, b, axes)` contracts, and which it keeps, as lists."""
    if np.ndim(axes) == 0:
        left, right = list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    else:
        left, right = ([x] if np.ndim(x) == 0 else list(x) for x in axes)
    left, right = [int(i) % np.ndim(a) for i in left], [int(i) % np.ndim(b) for i in right]
    keep_left = [i for i in range(np.ndim(a)) if i not in left]
    return left, right, keep_left, [i for i in range(np.ndim(b)) if i not in right]


def _in_order(found, order, batch):
    """Put axes, of which `order` says whose they are, into the order of their operand's."""
    return np.transpose(found, (*range(batch), *(int(i) + batch for i in np.argsort(order))))


def _tensordot_left(y_bar, a, b, axes=2):
    left, right, keep_left, keep_right = _contraction(a, b, axes)
    batch = np.ndim(y_bar) - len(keep_left) - len(keep_right)
    found = np.tensordot(y_bar, b, (list(range(-len(keep_right), 0)), keep_right))
    return _in_order(found, keep_left + [left[i] for i in np.argsort(right)], batch)


def _tensordot_right(y_bar, a, b, axes=2):
    left, right, keep_left, keep_right = _contraction(a, b, axes)
    batch, kept = np.ndim(y_bar) - len(keep_left) - len(keep_right), len(keep_left)
    found = np.tensordot(a, y_bar, (keep_left, list(range(batch, batch + kept))))
    if batch:  # it stands between the two kinds of axes
        found = np.moveaxis(found, range(len(left), len(left) + batch), range(batch))
    return _in_order(found, [right[i] for i in np.argsort(left)] + keep_right, batch)


linear(np.tensordot, _tensordot_left, _tensordot_right, takes="a b / axes", each=True, batched=True)


def _contracting(func, axes, takes):
    """Register a product that contracts the axes that `axes(a, b)` names, or scales by a number."""

    def left(y_bar, a, b):
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            return _scaled(y_bar, a, b)
        if np.ndim(a) == 2 >= np.ndim(b) and func is np.dot:
            return _matmul_left(y_bar, a, b)
        return _tensordot_left(y_bar, a, b, axes(a, b))

    def right(y_bar, a, b):
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            return _scaled(y_bar, b, a)
        if np.ndim(a) == 2 >= np.ndim(b) and func is np.dot:
            return _matmul_right(y_bar, a, b)
        return _tensordot_right(y_bar, a, b, axes(a, b))

    linear(func, left, right, takes=takes, each=True, batched=True)


def _scaled(y_bar, a, other):
    """Cotangent of `a` where one of the operands is a number."""
    batch = np.ndim(y_bar) - np.ndim(a) - np.ndim(other)
    return unbroadcast(y_bar * other, shape_of(a), batch)


def _dot_axes(a, b):
    """`np.dot` contracts the last axis of `a` with the last but one of `b` (or its only one)."""
    return ([np.ndim(a) - 1], [max(np.ndim(b) - 2, 0)])


_contracting(np.dot, _dot_axes, takes="a b / out")
_contracting(np.inner, lambda a, b: ([-1], [-1]), takes="a b")


@composite(np.vdot, takes="a b", analytic=False)  # it conjugates complex numbers
def vdot(a, b):
    """Σ aᵢbᵢ of all entries in order."""
    return np.dot(np.ravel(a), np.ravel(b))


def _outer_left(y_bar, a, b):
    return np.reshape(np.matmul(y_bar, np.ravel(b)), shape_of(y_bar)[:-2] + shape_of(a))


def _outer_right(y_bar, a, b):
    return np.reshape(np.matmul(np.ravel(a), y_bar), shape_of(y_bar)[:-2] + shape_of(b))


linear(np.outer, _outer_left, _outer_right, takes="a b / out", each=True, batched=True)


@composite(np.kron, takes="a b")
def kron(a, b):
    """Every entry of `a` times all of `b`: `b`'s axes stand inside `a`'s."""
    ndim = max(np.ndim(a), np.ndim(b))
    outer = (1,) * (ndim - np.ndim(a)) + shape_of(a)
    inner = (1,) * (ndim - np.ndim(b)) + shape_of(b)
    apart = np.reshape(a, [n for size in outer for n in (size, 1)])
    blocks = apart * np.reshape(b, [n for size in inner for n in (1, size)])
    return np.reshape(blocks, [n * m for n, m in zip(outer, inner, strict=True)])


def _cross_back(y_bar, a, b, axisa, axisb, axisc):
    """⟨ȳ, a × b⟩ = ⟨b × ȳ, a⟩, with every vector on the last axis."""
    axisa, b = from_the_end(axisa, np.ndim(a)), np.moveaxis(b, axisb, -1)
    entries, ndim = shape_of(a)[axisa], max(np.ndim(a), np.ndim(b))
    if entries == shape_of(b)[-1] == 2:  # in the plane, a × b is a number: the third entry
        ndim -= 1
        bar = np.stack([np.zeros_like(y_bar), np.zeros_like(y_bar), y_bar], -1)
    else:
        bar = np.moveaxis(y_bar, from_the_end(axisc, ndim), -1)
    if shape_of(b)[-1] == 2:
        b = np.concatenate([b, np.zeros_like(b[..., :1])], -1)
    full = np.cross(b, bar)[..., :entries]
    rest = [n for i, n in enumerate(shape_of(a), -np.ndim(a)) if i != axisa]
    return np.moveaxis(unbroadcast(full, (*rest, entries), np.ndim(y_bar) - ndim), -1, axisa)


def _cross_left(y_bar, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """⟨ȳ, a × b⟩ = ⟨b × ȳ, a⟩."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    return _cross_back(y_bar, a, b, axisa, axisb, axisc)


def _cross_right(y_bar, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """⟨ȳ, a × b⟩ = −⟨ȳ, b × a⟩."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    return -_cross_back(y_bar, b, a, axisb, axisa, axisc)


linear(
    np.cross,
    _cross_left,
    _cross_right,
    takes="a b / axisa axisb axisc axis",
    each=True,
    batched=True,
)


# --- vectors and matrices in the last axes of larger arrays -------------------------------------


@composite(np.vecdot, takes="x1 x2 / axis", analytic=False)  # it conjugates complex numbers
def vecdot(x1, x2, axis=-1):
    """Σ aᵢbᵢ along one axis, the others stretched to each other."""
    x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.matmul(np.expand_dims(x1, -2), np.expand_dims(x2, -1))[..., 0, 0]


if hasattr(np, "matvec"):

    @composite(np.matvec, takes="x1 x2")
    def matvec(x1, x2):
        """Matrix times vector, each in the last axes of its operand."""
        return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]

    @composite(np.vecmat, takes="x1 x2", analytic=False)  # it conjugates complex numbers
    def vecmat(x1, x2):
        """Vector times matrix, each in the last axes of its operand."""
        return np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]
