"""Moves, joins and products on arrays of SymPy expressions: a part of `symbolic_table`.

NumPy moves, multiplies and adds objects as it does numbers, so most of its functions are their own
symbolic reading. What is said here is which of their arguments have to become expressions first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

OF_ONE_ARRAY = [  # the rest of their arguments are numbers of axes and places
    *(np.rollaxis, np.roll, np.rot90, np.flipud, np.fliplr, np.matrix_transpose, np.tril, np.triu),
    *(np.tile, np.repeat, np.resize, np.diagonal, np.trace, np.diag, np.diagflat, np.copy),
    *(np.take, np.take_along_axis, np.compress, np.extract, np.delete, np.pad),
    *(np.split, np.array_split, np.vsplit, np.hsplit, np.dsplit),
    *(np.linalg.matrix_transpose, np.linalg.diagonal, np.linalg.trace),
    *((np.unstack,) if hasattr(np, "unstack") else ()),
]
OF_ALL = [  # every positional argument is an array
    *(np.inner, np.vdot, np.kron, np.vecdot, np.atleast_1d, np.atleast_2d, np.atleast_3d),
    *(np.broadcast_arrays, np.meshgrid, np.linalg.matmul, np.linalg.vecdot),
    *((np.matvec, np.vecmat) if hasattr(np, "matvec") else ()),
]
OF_A_LIST = [np.hstack, np.vstack, np.dstack, np.column_stack, np.linalg.multi_dot]


def moves(numbers_of: Callable) -> dict[Callable, Callable]:
    """Give the readings, with `numbers_of` to turn an array of numbers into one of expressions."""

    def of_all(func):
        return lambda *arrays, **params: func(*map(numbers_of, arrays), **params)

    def of_a_list(func):
        return lambda arrays: func([numbers_of(x) for x in arrays])

    def of_two(func):
        return lambda a, b, *args, **params: func(numbers_of(a), numbers_of(b), *args, **params)

    def outer(x1, x2):
        return np.multiply.outer(numbers_of(x1), numbers_of(x2))

    def append(arr, values, axis=None):
        return np.append(numbers_of(arr), numbers_of(values), axis)

    def insert(arr, obj, values, axis=None):
        return np.insert(numbers_of(arr), obj, numbers_of(values), axis)

    def block(arrays):
        return np.block(nested(arrays))

    def nested(arrays):
        return [nested(x) for x in arrays] if isinstance(arrays, list) else numbers_of(arrays)

    def choose(a, choices, mode="raise"):
        return np.choose(a, [numbers_of(x) for x in choices], mode=mode)

    def full_like(a, fill_value, shape=None):
        return np.broadcast_to(numbers_of(fill_value), np.shape(a) if shape is None else shape)

    def astype(x, dtype, copy=True):
        return x  # an expression has all digits

    own = (append, insert, block, choose, full_like, astype)
    return {
        **{func: func for func in OF_ONE_ARRAY},
        **{func: of_all(func) for func in OF_ALL},
        **{func: of_a_list(func) for func in OF_A_LIST},
        **{func: of_two(func) for func in (np.cross, np.linalg.cross, np.linalg.tensordot)},
        **{getattr(np, func.__name__): func for func in own},
        np.linalg.outer: outer,
    }
