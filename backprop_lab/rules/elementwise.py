"""Chapter 4: maps that act on each component by itself. f′ is the whole rule.

Each line reads: function, then ∂y/∂(operand) for each operand, as a function of what it needs: the
operands (`x`, or `a` and `b`) and the value `y`, which is reused where the formula has it. At a
kink the convention is said here.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.rules.registry import constant, elementwise, primitive


def _one(y):
    """1 in the dtype of the value: a float32 constant takes no digits from a float64 gradient."""
    return 1.0 if type(y) is float else y.dtype.type(1)


# --- arithmetic -------------------------------------------------------------------------------
elementwise((np.add, operator.add), 1, 1)
elementwise((np.subtract, operator.sub), 1, -1)
elementwise((np.negative, operator.neg), -1)
elementwise((np.positive, operator.pos), 1)
elementwise((np.multiply, operator.mul), lambda b: b, lambda a: a)
elementwise((np.divide, operator.truediv), lambda b, y: _one(y) / b, lambda b, y: -y / b)
elementwise(np.square, lambda x: 2 * x)
elementwise(np.reciprocal, lambda y: -y * y)
elementwise(np.sqrt, lambda y: 0.5 / y)


def _power_base(a, b):
    """b·a^(b−1), and 0 where a = b = 0."""
    if type(b) in (int, float):  # a fixed exponent, as in x**2, cannot be differentiated in
        return b * a ** (b - 1) if b != 0 else 0.0 * a
    return b * np.power(a, np.where((a == 0) & (b == 0), 1, b - 1))


def _power_exponent(a, y):
    """y·log a, and 0 where a = 0 (the limit for b > 0)."""
    if type(a) in (int, float):  # a Python number, so that float32 stays float32
        return y * float(np.log(a or 1))
    return y * np.log(_one(y) * np.where(a == 0, 1, a))


elementwise(
    (np.power, operator.pow),
    _power_base,
    _power_exponent,
    kink="at base 0 the derivative in the exponent is 0, its limit for p > 0",
)

# --- exponentials and logarithms --------------------------------------------------------------
elementwise(np.exp, lambda y: y)
elementwise(np.exp2, lambda y: y * float(np.log(2)))
elementwise(np.expm1, lambda x: np.exp(x))
elementwise(np.log, lambda x: 1 / x)
elementwise(np.log2, lambda x: 1 / (x * float(np.log(2))))
elementwise(np.log10, lambda x: 1 / (x * float(np.log(10))))
elementwise(np.log1p, lambda x: 1 / (1 + x))

# --- circular and hyperbolic ------------------------------------------------------------------
# tanh′ is written with cosh, not 1 − y²: the latter loses every digit once y rounds to 1.
elementwise(np.sin, lambda x: np.cos(x))
elementwise(np.cos, lambda x: -np.sin(x))
elementwise(np.tan, lambda y: 1 + y * y)
elementwise(np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arccos, lambda x: -1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arctan, lambda x: 1 / (1 + x * x))
elementwise(np.sinh, lambda x: np.cosh(x))
elementwise(np.cosh, lambda x: np.sinh(x))


def _sech_squared(x):
    """1/cosh²x as 4t/(1+t)² with t = exp(−2|x|): right to the last digits, and never overflows.

    The formula holds for ±x alike, so |x| is written with `where`: its derivative is then ±1 at 0
    too, and the higher derivatives of tanh are right there.
    """
    t = np.exp(-2 * (np.abs(x) if isinstance(x, (np.ndarray, float)) else np.where(x > 0, x, -x)))
    return 4 * t / ((1 + t) * (1 + t))


elementwise(np.tanh, _sech_squared)
elementwise(np.arcsinh, lambda x: 1 / np.sqrt(x * x + 1))
elementwise(np.arccosh, lambda x: 1 / np.sqrt((x - 1) * (x + 1)))
elementwise(np.arctanh, lambda x: 1 / ((1 - x) * (1 + x)))

# --- kinks: each convention is documented in `kink` and pinned by a test ------------------------
elementwise(
    (np.absolute, operator.abs),
    lambda x: np.sign(x),
    analytic=False,
    kink="0 at x = 0",
    at_kink=lambda x: x == 0,
)


def _winner(first, second, y):
    """1 where `first` wins, 0 where it loses, ½ at a tie, in the dtype of the value."""
    wins, ties = np.greater(first, second), np.equal(first, second)
    return (wins + 0.5 * ties).astype(y.dtype)


_TIE = {"analytic": False, "kink": "½ to each at a tie", "at_kink": lambda a, b: a == b}
elementwise(np.maximum, lambda a, b, y: _winner(a, b, y), lambda a, b, y: _winner(b, a, y), **_TIE)
elementwise(np.minimum, lambda a, b, y: _winner(b, a, y), lambda a, b, y: _winner(a, b, y), **_TIE)
elementwise(
    np.where,
    None,
    lambda condition: np.not_equal(condition, 0),  # any number but 0 counts as true
    lambda condition: np.equal(condition, 0),
    takes="condition x y",
    analytic=False,
    kink="the branch that was taken",
)


@primitive
def relu(x):
    """Rectifier max(x, 0), with derivative 0 at the kink x = 0 as deep-learning libraries have it.

    `x` has any shape; the result has the same. `np.maximum(x, 0)` differs in one point: there the
    tie is shared and the derivative is ½.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


elementwise(
    relu,
    lambda x: x > 0,
    takes="x",
    analytic=False,
    kink="0 at x = 0",
    at_kink=lambda x: x == 0,
)

# --- constants to a derivative ------------------------------------------------------------------
constant(np.sign, np.floor, np.ceil, np.round, np.rint, np.trunc, np.argmax, np.argmin)
constant(np.argsort, np.greater, np.greater_equal, np.less, np.less_equal, np.equal)
constant(np.not_equal, np.isnan, np.isfinite, np.isinf, np.logical_not, np.logical_and)
constant(np.logical_or, np.any, np.all, np.isclose, np.allclose, np.array_equal)
constant(np.count_nonzero, np.signbit)
constant(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, shape_only=True)
