"""Functions that act on each component by itself."""

from __future__ import annotations

import operator

import numpy as np

import backprop_lab as bl
from backprop_lab.rules.waves import spherical_bessel
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

# --- more functions: each with the interval it is tried on and an analytic spelling ----------------
MORE_UNARY = {
    np.cbrt: (0.5, 2, lambda x: x ** (1 / 3)),
    np.fabs: (-2, 2, None),
    np.sinc: (-2, 2, None),
    np.deg2rad: (-2, 2, lambda x: x * (np.pi / 180)),
    np.radians: (-2, 2, lambda x: x * (np.pi / 180)),
    np.rad2deg: (-2, 2, lambda x: x * (180 / np.pi)),
    np.degrees: (-2, 2, lambda x: x * (180 / np.pi)),
    np.nan_to_num: (-2, 2, None),
    np.real_if_close: (-2, 2, None),
}
for key, (low, high, plain) in MORE_UNARY.items():
    for operand in ONE_OPERAND:
        case(key, operand, low=low, high=high, plain=plain)
case(np.cbrt, (3,), low=-2, high=-0.5, plain=lambda x: -((-x) ** (1 / 3)))
case(np.sinc, (5,), low=-9, high=9)
case(np.nan_to_num, (3,), nan=1.0, posinf=2.0, neginf=-2.0)
for n in range(5):
    for operand in [0.75, (), (2, 3), (0, 3)]:
        case(spherical_bessel, operand, n=n)
    case(spherical_bessel, (4,), n=n, low=n + 2.5, high=n + 9)

MORE_BINARY = {
    np.fmax: None,
    np.fmin: None,
    np.copysign: None,
    np.float_power: None,
    np.hypot: lambda a, b: np.sqrt(a * a + b * b),
    np.arctan2: lambda a, b: np.arctan(a / b),
    np.logaddexp: lambda a, b: np.log(np.exp(a) + np.exp(b)),
    np.logaddexp2: lambda a, b: np.log2(2**a + 2**b),
}
for key, plain in MORE_BINARY.items():
    for pair in PAIRS:
        case(key, *pair, low=0.5, high=2.5, plain=plain)
OFF = 2.0**-9  # so that no a is a multiple of b, which all are multiples of 1/256
for key in (np.remainder, operator.mod, np.fmod):
    for pair in PAIRS:
        case(key, *pair, call=lambda a, b, key=key: key(a + OFF, b), low=0.5, high=2.5)
SIGNS = np.array([1.5, -0.75, -2.0])
for key in (np.copysign, np.remainder, operator.mod, np.fmod):
    case(key, (3,), SIGNS, call=lambda a, b, key=key: key(a + OFF, b))
    case(key, SIGNS, (3,), call=lambda a, b, key=key: key(a + OFF, b), low=0.5)
for key in (np.hypot, np.fmax, np.fmin):
    case(key, (3,), SIGNS, plain=MORE_BINARY[key])
case(np.divmod, (3,), (2, 3), call=lambda a, b: np.divmod(a, b)[1], low=0.5)
case(np.divmod, 0.75, 1.5, call=lambda a, b: divmod(a, b)[1])
case(np.divmod, 2.75, 1.5, call=lambda a, b: np.divmod(a, b)[0] + a + b)
case(np.modf, (2, 3), call=lambda a: np.modf(a)[0])
case(np.modf, -1.25, call=lambda a: np.modf(a)[0] + np.modf(a)[1])
STEPS = np.array([-1.0, 0.0, 2.0, 0.0])
case(np.heaviside, (4,), call=lambda b: np.heaviside(STEPS, b))
case(np.heaviside, (3,), call=lambda b: np.heaviside(STEPS[:, None], b))
case(np.heaviside, 0.75, call=lambda b: np.heaviside(0.0, b))
case(np.heaviside, (4,), (4,), call=lambda a, b: a + np.heaviside(STEPS, b))
for operand in [(3,), (2, 5), (0,), (1,)]:
    case(np.unwrap, operand, low=-3, high=3)
WRAPPED = np.array([0.0, 5.0, 15.0, -3.0, 34.0, 40.0]) / 16
case(np.unwrap, WRAPPED, period=0.5)
case(np.unwrap, np.reshape(WRAPPED, (3, 2)), axis=0, discont=1.0, period=0.5)

# --- between bounds, and choices ------------------------------------------------------------------
for operand in ONE_OPERAND:
    case(np.clip, operand, a_min=OFF - 1, a_max=1 + OFF)
case(np.clip, (5,), call=lambda a: np.clip(a, 0.1, 1))
case(np.clip, (5,), call=lambda a: np.clip(a, None, 1.0))
case(np.clip, (5,), call=lambda a: np.clip(a, 0.1, None))
case(np.clip, (5,), min=0.1)
case(np.clip, (5,), max=0.1)
case(np.clip, (5,), min=-0.5, max=0.5)
case(np.clip, (2, 3), (3,), (2, 1))
case(np.clip, (5,), call=lambda a: a.clip(0.1, 3.0))
case(np.clip, (5,), call=lambda a: a.clip(max=0.1))
case(np.clip, np.linspace(-1.9, 1.9, 7), 0.75, call=lambda a, b: np.clip(a, -b, b))
FIRST, SECOND = np.array([True, False, False, True]), np.array([True, True, False, False])
case(np.select, (4,), (4,), call=lambda a, b: np.select([FIRST, SECOND], [a, b]))
case(np.select, (4,), (), call=lambda a, b: np.select([FIRST, SECOND], [a, b], STEPS))
case(np.select, (3, 4), call=lambda a: np.select([a > 1, a > 0], [3 * a, -a], default=2.0))
