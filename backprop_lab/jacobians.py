"""Whole matrices of derivatives: the Jacobian, the Hessian, and the Hessian times a vector.

A block has the shape `shape(output) + shape(input)`. Where arguments or results are trees there is
a block for each pair of leaves: the tree of the result, and in each of its places the tree of the
argument. A block has the dtype of its argument, as a gradient has, in both modes.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from backprop_lab.boundary import as_primals, dtype_of, fresh, places, plain
from backprop_lab.errors import TraceError
from backprop_lab.rules import shape_of
from backprop_lab.runs import Push, Run
from backprop_lab.transforms import gradient_of, push_tangents

# A column is a run of the function in forward mode: at small sizes some 50 µs, whatever is in it.
# A walk that carries all rows at once takes that long for so many numbers of its widest cotangent.
NUMBERS_A_COLUMN = 10_000


def jacobian(f: Callable, argnums: int | Sequence[int] = 0, mode: str | None = None) -> Callable:
    """Make the function that gives the whole Jacobian, of shape `shape(output) + shape(input)`.

    `mode="reverse"` pulls the unit cotangents back, row by row; where every rule on the way allows
    it (its `batched` flag), all rows go back at once. `mode="forward"` pushes the unit tangents,
    column by column. Left out, the shapes choose: forward where there are fewer inputs than
    outputs, and far fewer where all rows can go at once. `f` may run more than once.

    Arguments and result may be trees: the answer is a tree of blocks.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0, 3.0]))
    array([[2., 0., 0.],
           [0., 4., 0.],
           [0., 0., 6.]])
    >>> jacobian(lambda p: p["w"] * p["x"])({"w": 2.0, "x": np.array([3.0, 4.0])})
    {'w': array([3., 4.]), 'x': array([[2., 0.],
           [0., 2.]])}

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapters 3 and 7.
    """
    return jacobian_of(f, argnums, mode, "jacobian")


def jacobian_of(f, argnums, mode, transform) -> Callable:
    """Build `jacobian` in the name of the transform that asks, which errors are to say."""
    if mode not in (None, "reverse", "forward"):
        raise TraceError(
            f"{transform}: mode={mode!r} is unknown. Give 'reverse' (by rows) or 'forward' (by "
            "columns), or leave it out and let the shapes choose."
        )

    @functools.wraps(f)
    def full_jacobian(*args, **static):
        numbers = places(argnums, args, transform)
        run = None if mode == "forward" else Run(f, args, numbers, static, transform)
        if run is None or (mode is None and _columns_are_cheaper(run)):
            blocks, structures, structure = _columns(f, args, numbers, static, transform)
        else:
            blocks, structures, structure = _rows(run), run.structures, run.structure
        single = isinstance(argnums, (int, np.integer))
        out = []
        for row in blocks:
            leaves = iter(row)
            trees = [s.fill(leaves) for s in structures]
            out.append(trees[0] if single else tuple(trees))
        return structure.rebuild(out)

    return full_jacobian


def _size(x):
    return math.prod(shape_of(x))


def _columns_are_cheaper(run):
    rows = sum(_size(y) for y in run.values)
    columns = sum(_size(x) for x in run.primals)
    if not 0 < columns < rows:
        return False
    return columns * NUMBERS_A_COLUMN < rows * rows or not run.all_batched()


def _rows(run):
    """For each value of the result, its block for each primal: unit cotangents pulled back."""
    blocks = []
    for y, index in zip(run.values, run.indices, strict=True):
        shape, size = shape_of(y), _size(y)
        units = np.eye(size, dtype=dtype_of(y)).reshape(size, *shape)
        index = index if size else None  # a Jacobian without rows needs no walk
        if run.batched(index):
            rows = run.walk(index, units, batch=(size,))
        else:
            pulled = [run.walk(index, unit[()]) for unit in units]
            rows = [np.stack(bars) for bars in zip(*pulled, strict=True)]
        blocks.append([_block(r, y, x) for r, x in zip(rows, run.primals, strict=True)])
    return blocks


def _columns(f, args, numbers, static, transform):
    """Unit tangents pushed forward, one run a column; and the trees of argument and result."""
    taken = [as_primals(args[i], i, transform) for i in numbers]
    leaves = [x for mine, _ in taken for x in mine]
    structures = [structure for _, structure in taken]

    def rebuild(leaves):
        leaves, filled = iter(leaves), list(args)
        for i, structure in zip(numbers, structures, strict=True):
            filled[i] = structure.fill(leaves)
        return filled

    def push(dots):
        return Push(f, leaves, rebuild, dots, static)

    pushed = [[push(dots) for dots in _unit_tangents(leaves, k)] for k in range(len(leaves))]
    some = next(itertools.chain(*pushed), None) or push([None] * len(leaves))
    blocks = []
    for i, y in enumerate(some.values):
        blocks.append([])
        for x, pushes in zip(leaves, pushed, strict=True):
            columns = [p.tangents[i] for p in pushes]
            entries = np.stack(columns, -1) if columns else np.zeros((*shape_of(y), 0))
            blocks[i].append(_block(fresh(entries, x), y, x))
    return blocks, structures, some.structure


def _unit_tangents(leaves, k):
    """Tangents in which one entry of leaf `k` moves at unit speed and all else stands still."""
    x = leaves[k]
    for unit in np.reshape(np.eye(_size(x), dtype=dtype_of(x)), (_size(x), *shape_of(x))):
        yield [unit[()] if i == k else None for i in range(len(leaves))]


def _block(entries, y, x):
    shape = shape_of(y) + shape_of(x)
    return plain(entries if shape_of(entries) == shape else np.reshape(entries, shape))


def hessian(f: Callable, argnums: int | Sequence[int] = 0, mode: str | None = None) -> Callable:
    """Make the function that gives all second derivatives, of shape `shape(x) + shape(x)`.

    It is the Jacobian of the gradient, with the `mode` of `jacobian`: `"forward"` is forward over
    reverse, by columns; by default all rows go back at once where the rules allow it. For trees,
    and for several arguments, there is a block for each pair of leaves: `H["w"]["b"]` is
    ∂²f/∂w∂b.

    Raises `TraceError` where `f` returns no scalar, and as `jacobian` does.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    both = gradient_of(f, argnums, False, "hessian")

    @functools.wraps(f)
    def gradient(*args, **static):
        return both(*args, **static)[1]

    return jacobian_of(gradient, argnums, mode, "hessian")


def hvp(f: Callable, x, v, **static):
    """Give the Hessian of a scalar function at `x` times `v`, without the Hessian.

    Forward over reverse: the gradient is run forward with the tangent `v`, which costs a few
    gradients and no more memory than one. `v` has the shape of `x`, or its structure where `x` is
    a tree; so has the answer.

    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 4.])

    Source: Pearlmutter, "Fast exact multiplication by the Hessian" (1994).
    """
    both = gradient_of(f, 0, False, "hvp")

    def gradient(x):
        return both(x, **static)[1]

    return push_tangents(gradient, (x,), (v,), {}, "hvp")[1]
