"""Chapter 4: maps that act on each component by itself. f′ is the whole rule.

Each line reads: function, then ∂y/∂(operand) for each operand, as a function of what it needs: the
operands (`x`, or `a` and `b`) and the value `y`, which is reused where the formula has it. Where
a slope is infinite it is ∞ here too, and NumPy warns of the division by zero: `sqrt`, `cbrt`, `log`
and `x**p` with 0 < p < 1 at 0, `arcsin`, `arccos` and `arccosh` at the ends of their intervals. The
slope of √(x²) at x = 0 is ∞ · 0, which is NaN, and no rule of one operation can know better: write
`np.abs(x)`, `np.hypot(a, b)` or `np.linalg.norm(x)`, which do.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.diagonals import diagonal, elementwise


def plain(x):
    """Strip every trace from `x`: the number or array underneath, which no derivative sees."""
    while type(x) is not float and hasattr(x, "value"):
        x = x.value
    return x


def _one(y):
    """1 in the dtype of the value: a float32 constant takes no digits from a float64 gradient."""
    return 1.0 if type(y) is float else y.dtype.type(1)


def _inverse(z):
    """1/z; ±∞ at a Python float 0, with NumPy's warning, where Python would raise."""
    return 1 / z if type(z) is not float or z != 0 else float(np.divide(1.0, z))


def _per(y_bar, b):
    """Divide by `b`: one array is made, where a product with 1/b makes two."""
    if type(b) is float and b == 0:
        b = np.float64(b)  # gives ±∞, with NumPy's warning, where Python would raise
    return y_bar / b


def _sum_per(y_bar, kept):
    """Cotangent of a divisor that was stretched: added up first, and then divided."""
    (b, y), shape, ndim = kept
    if type(y_bar) is np.ndarray is type(y) and shape == (*y.shape[:-1], 1):
        if y_bar.shape == y.shape and y_bar.dtype.kind == "f":  # complex numbers are conjugated
            return np.vecdot(y_bar, y)[..., None] / -b  # a third of the time, for a softmax
    return -unbroadcast(y_bar * y, shape, len(shape_of(y_bar)) - ndim) / b


_numerator = diagonal(operator.itemgetter(1), _per)
_denominator = diagonal(
    operator.itemgetter(1, 2), lambda y_bar, kept: y_bar * (-kept[1] / kept[0]), undo=_sum_per
)

# --- arithmetic -------------------------------------------------------------------------------
elementwise((np.add, operator.add), 1, 1)
elementwise((np.subtract, operator.sub), 1, -1)
elementwise((np.negative, operator.neg), -1)
elementwise((np.positive, operator.pos), 1)
elementwise((np.multiply, operator.mul), lambda b: b, lambda a: a)
elementwise((np.divide, operator.truediv), _numerator, _denominator)
elementwise(np.square, lambda x: 2 * x)
elementwise(np.reciprocal, lambda y: -y * y)
elementwise(np.sqrt, lambda y: 0.5 / y, kink="+∞ at x = 0", at_kink=lambda x: x == 0)
elementwise(
    np.cbrt,
    lambda y: 1 / (3 * y * y),
    analytic=False,
    kink="+∞ at x = 0",
    at_kink=lambda x: x == 0,
)


def _power_base(a, b):
    """b·a^(b−1), and 0 where b = 0, whatever a is, if b is fixed; else where a = b = 0."""
    if type(b) in (int, float):  # a fixed exponent, as in x**2, cannot be differentiated in
        if type(a) is float and a == 0 and b < 1:  # where Python raises, NumPy gives ∞ and warns
            return float(b * np.power(a, b - 1)) if b != 0 else 0.0
        return b * a ** (b - 1) if b != 0 else 0.0
    if isinstance(b, (np.ndarray, np.generic)):
        if b.dtype.kind in "iub":  # b − 1 would wrap: 0 − 1 is 255 in uint8
            b = b.astype(np.result_type(getattr(a, "dtype", 1.0), b))
        return b * np.power(a, np.where(b == 0, 0, b - 1))  # 0·a⁰, since 0·a⁻¹ is NaN near a = 0
    return b * np.power(a, np.where((a == 0) & (b == 0), 1, b - 1))


def _power_exponent(a, y):
    """y·log a, and 0 where a = 0 (the limit for b > 0); NaN where a < 0, as log a is."""
    if type(a) in (int, float):  # a Python number, so that float32 stays float32
        return y * float(np.log(a or 1))
    return y * np.log(_one(y) * np.where(a == 0, 1, a))


for power in (np.power, operator.pow, np.float_power):
    elementwise(
        power,
        _power_base,
        _power_exponent,
        kink="at base 0: in the base ±∞ for p < 1, but 0 for p = 0; in the exponent 0, its limit "
        "for p > 0. A negative base has real powers at whole p only: in the exponent NaN",
        at_kink=lambda a, p: (a == 0) & (p > 0) & (p < 1),
    )

# --- exponentials and logarithms --------------------------------------------------------------
elementwise(np.exp, lambda y: y)
elementwise(np.exp2, lambda y: y * float(np.log(2)))
elementwise(np.expm1, lambda x: np.exp(x))
elementwise(np.log, lambda x: _inverse(x))
elementwise(np.log2, lambda x: _inverse(x * float(np.log(2))))
elementwise(np.log10, lambda x: _inverse(x * float(np.log(10))))
elementwise(np.log1p, lambda x: _inverse(1 + x))

# --- circular and hyperbolic ------------------------------------------------------------------
elementwise(np.sin, lambda x: np.cos(x))
elementwise(np.cos, lambda x: -np.sin(x))
elementwise(np.tan, lambda y: 1 + y * y)
elementwise(np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arccos, lambda x: -1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arctan, lambda x: 1 / (1 + x * x))
elementwise(np.sinh, lambda x: np.cosh(x))
elementwise(np.cosh, lambda x: np.sinh(x))


def _length(a, b):
    """√(a² + b²), where the square of a real number may not overflow."""
    is_complex = np.dtype(getattr(a, "dtype", type(a))).kind == "c"
    return np.sqrt(a * a + b * b) if is_complex else np.hypot(a, b)


elementwise(np.arcsinh, lambda x: 1 / _length(x, 1))
elementwise(np.arccosh, lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)))  # x² may overflow
elementwise(np.arctanh, lambda x: _inverse((1 - x) * (1 + x)))


# --- saturation -------------------------------------------------------------------------------
# tanh′ = 1 − y² loses every digit once y rounds to 1. Up to |y| = 0.99 it loses two of sixteen and
# is 4 to 6 times as fast as a formula in x, which takes another exponential.
_FAR = 0.99
_SMALL = 400  # entries


def _decay(x):
    """exp(−|x|), which never overflows, for formulas that hold for ±x alike.

    For a traced x, |x| is written with `where`: its derivative is then ±1 at 0 too, and the higher
    derivatives of the formula are right there.
    """
    if type(x) is float or (type(x) is np.ndarray and x.dtype.kind == "f"):
        return np.exp(-abs(x))
    return np.exp(-np.where(x > 0, x, -x))


def logistic_slope(x):
    """σ′(x) = σ(x) σ(−x) as t/(1+t)² with t = exp(−|x|): all digits right, and no overflow."""
    t = _decay(x)
    u = 1 + t
    return t / (u * u)


def _tanh_slope(x):
    """tanh′(x) = 1/cosh²x as (2t/(1+t²))² with t = exp(−|x|), likewise."""
    t = _decay(x)
    sech = (t + t) / (1 + t * t)
    return sech * sech


def in_saturation(from_y, from_x):
    """Make the slope of a function that levels off: `from_y(y)`, but `from_x(x)` where |y| > 0.99.

    One array is kept: `y`, which whatever follows keeps too. Where entries are far out, their few
    slopes are kept beside it, or `x` in its place where most are. Of a small array all slopes are
    found from `x`, and kept: that takes less time than to look for those that are far out.
    """

    def keep(values):
        x, y = values
        if type(y) is np.ndarray and y.size <= _SMALL and y.dtype.kind == "f":
            return None, None, from_x(x)
        bare = plain(y)
        if type(bare) is not np.ndarray:
            return (None, x, None) if abs(bare) > _FAR else (y, None, None)
        far = (np.abs(bare) > _FAR).ravel().nonzero()[0]
        if not far.size:
            return y, None, None
        if bare is not y or 2 * far.size > bare.size:
            return None, x, None
        return y, far, from_x(x.take(far))

    def pull(y_bar, kept):
        y, far, rest = kept
        if y is None:
            return y_bar * (rest if far is None else from_x(far))
        slopes = from_y(y)
        if far is not None:
            slopes.put(far, rest)
        return times(y_bar, slopes)

    return diagonal(keep, pull)


def times(y_bar, slopes):
    """Multiply by an array that nobody else has: in its place, where the product fits there.

    It saves a temporary, whose fresh memory takes longer than the product in a large array.
    """
    if type(slopes) is np.ndarray and type(y_bar) is np.ndarray:
        if slopes.shape == y_bar.shape and slopes.dtype == y_bar.dtype:
            return np.multiply(y_bar, slopes, out=slopes)
    return y_bar * slopes


def _one_minus_square(y):
    """1 − y², in one array."""
    if type(y) is not np.ndarray:
        return 1 - y * y
    slopes = y * y
    return np.subtract(1, slopes, out=slopes)


elementwise(np.tanh, in_saturation(_one_minus_square, _tanh_slope))

# --- angles and lengths -------------------------------------------------------------------------
_DEGREE = float(np.pi) / 180
for to_radians in (np.deg2rad, np.radians):
    elementwise(to_radians, _DEGREE, analytic=False)
for to_degrees in (np.rad2deg, np.degrees):
    elementwise(to_degrees, 1 / _DEGREE, analytic=False)


def _cosine(a, y):
    """a/y, and 0 where the length y is 0."""
    zero = np.equal(plain(y), 0)
    if not np.any(zero):
        return a / y
    return np.where(zero, 0.0, a) / np.where(zero, 1.0, y)


elementwise(
    np.hypot,
    lambda a, y: _cosine(a, y),
    lambda b, y: _cosine(b, y),
    analytic=False,
    kink="0 at a = b = 0, as |x| has at 0",
    at_kink=lambda a, b: (a == 0) & (b == 0),
)


def _turned(a, b):
    """a/(a² + b²), where a square may neither overflow nor vanish."""
    r = np.hypot(a, b)
    return a / r / r


elementwise(
    np.arctan2,
    lambda a, b: _turned(b, a),
    lambda a, b: -_turned(a, b),
    analytic=False,
    kink="NaN at a = b = 0, where the angle turns infinitely fast; the jump by 2π is not seen",
    at_kink=lambda a, b: (a == 0) & (b <= 0),
)
