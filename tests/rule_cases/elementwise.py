"""Functions that act on each component by itself."""

from __future__ import annotations

import operator

import numpy as np

import backprop_lab as bl
from rule_cases import case

ONE_OPERAND = [0.75, (), (3,), (2, 3), (3, 3), (1,), (2, 1, 3), (0, 3)]
UNARY = {  # function → the interval it is tried on
    np.negative: (-2, 2), operator.neg: (-2, 2), np.positive: (-2, 2), operator.pos: (-2, 2),
    np.square: (-2, 2), np.reciprocal: (0.5, 2), np.sqrt: (0.5, 2),
    np.exp: (-2, 2), np.exp2: (-2, 2), np.expm1: (-2, 2),
    np.log: (0.5, 0.95), np.log2: (0.5, 0.95), np.log10: (0.5, 0.95), np.log1p: (-0.5, 2),
    np.sin: (-2, 2), np.cos: (-2, 2), np.tan: (-1, 1),
    np.arcsin: (-0.9, 0.9), np.arccos: (-0.9, 0.9), np.arctan: (-2, 2),
    np.sinh: (-2, 2), np.cosh: (-2, 2), np.tanh: (-2, 2),
    np.arcsinh: (-2, 2), np.arccosh: (1.1, 3), np.arctanh: (-0.9, 0.9),
    np.absolute: (-2, 2), operator.abs: (-2, 2), bl.relu: (-2, 2),
}  # fmt: skip
for key, (low, high) in UNARY.items():
    for operand in ONE_OPERAND:
        if isinstance(operand, float):
            operand = 1.25 if key is np.arccosh else 0.75
        case(key, operand, low=low, high=high)

PAIRS = [
    (0.75, 1.5), ((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((3, 3), (3, 3)), (0.75, (3,)),
    ((3,), 1.5), ((), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((1, 3), (2, 1)),
    ((1,), (3,)), ((1, 1), (2, 3)), ((2, 3, 1), (3, 4)), ((1,), ()), ((2, 1, 3), (1, 4, 1)),
    ((0, 3), (3,)), ((1, 3), (0, 3)), ((1,), (1,)), ((3, 1), (1,)),
]  # fmt: skip
BINARY = [
    np.add, operator.add, np.subtract, operator.sub, np.multiply, operator.mul, np.divide,
    operator.truediv, np.power, operator.pow, np.maximum, np.minimum,
]  # fmt: skip
for key in BINARY:
    for pair in PAIRS:
        case(key, *pair, low=0.5, high=2.5)
case(np.maximum, (3,), np.array([0.0, -1.0, 1.0]))
case(np.power, (3,), call=lambda a: np.power(a, np.array([2, 3, -1])), low=0.5)
case(np.power, np.array([2.0, 3.0, 1.5]), (3,))

MASK = np.array([[True, False, True], [False, False, True]])
for shapes in [((2, 3), (2, 3)), ((3,), (2, 1)), ((), (3,)), ((1, 3), ()), ((4, 1, 1), (1, 3))]:
    case(np.where, *shapes, call=lambda a, b: np.where(MASK, a, b))
case(np.where, (3,), (3,), call=lambda a, b: np.where(np.array([0, 2, -1]), a, b))
case(np.where, 0.75, 1.5, call=lambda a, b: np.where(False, a, b))
case(np.where, (3,), (3,), (3,))
