"""Chapter 4, where f′ jumps: maps that are straight lines in pieces, and constants.

The slope of a piece is a constant, so it is found once, on the way forward, from the plain values;
mostly it is a mask of one byte an entry. A piece that was not taken gets the cotangent 0, whatever
the cotangent is: a select, not a product, since ∞ · 0 is not a number. So √max(x, 0) has the
derivative 0 at x = −1, although the cotangent that comes from the root is ∞ there.

What `np.where` cannot heal is a branch whose own slope is ∞ or NaN where it was not taken: its
cotangent is 0 there, as it should be, and the branch then makes 0 · ∞ = NaN of it. NumPy warns
("invalid value encountered in multiply"). Choose the argument first, then apply the function:

    safe = np.where(x > 0, x, 1.0)
    y = np.where(x > 0, np.sqrt(safe), 0.0)      # not np.where(x > 0, np.sqrt(x), 0.0)
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.diagonals import diagonal, elementwise
from backprop_lab.rules.elementwise import plain
from backprop_lab.rules.kinds import composite
from backprop_lab.rules.registry import RULES, constant

LARGE = 10_000  # entries; from here on a product with a mask is 2 to 5 times as fast as `where`


def select(taken, y_bar):
    """Give the cotangent where `taken` is not 0, times it, and exactly 0 elsewhere."""
    if type(taken) is float:
        if taken != 0:
            return y_bar * taken
        return 0.0 if type(y_bar) is float else np.zeros_like(y_bar)[()]
    if type(y_bar) is np.ndarray and y_bar.size > LARGE and y_bar.dtype.kind == "f":
        if -np.inf < y_bar.min() and y_bar.max() < np.inf:
            return y_bar * taken
    if shape_of(y_bar) == shape_of(taken) == ():
        return y_bar * taken if taken != 0 else np.zeros_like(y_bar)[()]
    if taken.dtype == bool:
        return np.where(taken, y_bar, 0.0)
    return np.where(taken != 0, y_bar, 0.0) * taken


def pieces(slope):
    """Make a diagonal that is constant in pieces, from a function of the plain operands.

    It is found on the way forward, and is a mask or numbers.
    """

    def keep(values):
        *operands, y = values
        found = slope(*map(plain, operands))
        if type(y) is float or type(found) is bool:
            return float(found)
        return found if found.dtype == bool else found.astype(getattr(y, "dtype", float))

    return diagonal(keep, lambda y_bar, taken: select(taken, y_bar))


def piecewise(func, *slopes, **options):
    """Register a function that acts on each component by itself and is straight in pieces.

    `slopes[i](*operands)` is ∂y/∂operand i, of plain values; or it is 1, or None for an operand
    that is never differentiated.
    """
    diagonals = [pieces(slope) if callable(slope) else slope for slope in slopes]
    elementwise(func, *diagonals, analytic=False, **options)


# --- size and sign ------------------------------------------------------------------------------
for absolute in ((np.absolute, operator.abs), np.fabs):
    elementwise(
        absolute,
        lambda x: np.sign(x),
        analytic=False,
        kink="0 at x = 0",
        at_kink=lambda x: x == 0,
    )
piecewise(
    np.copysign,
    lambda a, b: np.sign(a) * np.where(np.signbit(b), -1.0, 1.0),
    None,
    kink="0 at a = 0; a constant in b, whose sign alone counts",
    at_kink=lambda a, b: (a == 0) | (b == 0),
)

# --- the larger, the smaller, the one between -----------------------------------------------------


def _share(beats, nan_wins):
    """1 where the first operand wins, 0 where it loses, ½ at a tie: in bytes while no two tie.

    NaN wins against numbers in `maximum`, which hands it on, and loses in `fmax`, which does not.
    """

    def share(a, b):
        wins, loses = beats(a, b), beats(b, a)
        if (wins | loses).all():
            return wins
        a_only, b_only = np.isnan(a) & ~np.isnan(b), np.isnan(b) & ~np.isnan(a)
        if not nan_wins:
            a_only, b_only = b_only, a_only
        wins, loses = wins | a_only, loses | b_only
        return wins + 0.5 * ~(wins | loses)

    return share


for extreme, share in (
    (np.maximum, _share(np.greater, nan_wins=True)),
    (np.minimum, _share(np.less, nan_wins=True)),
    (np.fmax, _share(np.greater, nan_wins=False)),
    (np.fmin, _share(np.less, nan_wins=False)),
):
    piecewise(
        extreme,
        share,
        lambda a, b, share=share: share(b, a),
        kink="½ to each at a tie; all to the operand that is returned where one is NaN",
        at_kink=lambda a, b: a == b,
    )


def _given(*bounds):
    """Take the bound that was given: `a_max` and `max` are two names of it."""
    return next((bound for bound in bounds if bound is not None), None)


def _at_bound(a, a_min=None, a_max=None, min=None, max=None):
    bounds = [b for b in (_given(a_min, min), _given(a_max, max)) if b is not None]
    return np.any([np.any(a == bound) for bound in bounds])


@composite(
    np.clip,
    takes="a / a_min a_max out min max dtype",
    analytic=False,
    kink="½ to the value and ½ to the bound where they are equal, as max and min have it",
    at_kink=_at_bound,
)
def clip(a, a_min=None, a_max=None, min=None, max=None):
    """Spell it as NumPy's manual does; either bound may be missing, and either may be traced."""
    if (a_min is not None and min is not None) or (a_max is not None and max is not None):
        raise TraceError(
            "np.clip got one bound under two names. Write np.clip(x, low, high) or "
            "np.clip(x, min=low, max=high)."
        )
    low, high = _given(a_min, min), _given(a_max, max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


# --- choosing -------------------------------------------------------------------------------------
piecewise(
    np.where,
    None,
    lambda condition, x, y: np.not_equal(condition, 0),  # any number but 0 counts as true
    lambda condition, x, y: np.equal(condition, 0),
    takes="condition x y",
    kink="the branch that was taken; the other gets exactly 0",
)
RULES[np.where].on_complex = "own"  # a choice is real: it is the same for complex numbers


@composite(np.select, takes="condlist choicelist / default", analytic=False)
def choose(condlist, choicelist, default=0):
    """Take for each entry the first choice whose condition holds: `where` in `where`."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise TraceError(
            f"np.select got {len(condlist)} conditions and {len(choicelist)} choices; each choice "
            "needs its condition, and one at least is needed."
        )
    y = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = np.where(condition, choice, y)
    return y


@composite(
    np.heaviside,
    takes="a b",
    analytic=False,
    kink="a constant on both sides of the step; at the step, its height is the second operand",
    at_kink=lambda a, b: a == 0,
)
def heaviside(a, b):
    """Take the height `b` at a = 0, and a step of constants elsewhere."""
    return np.where(np.equal(a, 0), b, np.heaviside(plain(a), plain(b)))


def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if not copy:
        raise TraceError(
            f"np.nan_to_num(…, copy=False) writes into the array x, of shape {shape_of(x)}, in "
            "place; a traced value is never changed. Leave copy= out."
        )
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


piecewise(
    np.nan_to_num,
    lambda x: np.isfinite(x),
    takes="x / copy nan posinf neginf",
    value=_nan_to_num,
    kink="0 where an entry was replaced",
)

# --- remainders: a − k b with a whole number k ---------------------------------------------------
_JUMP = {
    "kink": "at a jump, where a is a multiple of b, the slope −k with the k of the value given",
    "at_kink": lambda a, b: np.remainder(a, b) == 0,
}
for remainder in (np.remainder, operator.mod):
    piecewise(remainder, 1, lambda a, b: -np.floor_divide(a, b), **_JUMP)
piecewise(np.fmod, 1, lambda a, b: -np.rint((a - np.fmod(a, b)) / b), **_JUMP)


@composite(np.divmod, takes="a b", analytic=False, **_JUMP)
def divmod_(a, b):
    """Give the quotient, a constant, and the remainder."""
    return np.floor_divide(a, b), np.remainder(a, b)


@composite(np.modf, takes="a", analytic=False, kink="1 at whole numbers too")
def modf(a):
    """Give the fraction and the whole part, a constant."""
    return np.copysign(a - np.trunc(a), plain(a)), np.trunc(a)


piecewise(np.unwrap, 1, takes="p / discont axis period", kink="1, across every jump taken out")

# --- real numbers seen as complex ones -----------------------------------------------------------


@composite(np.real_if_close, takes="a / tol", analytic=False)
def real_if_close(a, tol=100):
    """Give real numbers as they are."""
    return a


# --- constants to a derivative ------------------------------------------------------------------
constant(np.sign, np.floor, np.ceil, np.round, np.around, np.rint, np.trunc, np.fix, np.spacing)
constant(np.floor_divide, operator.floordiv, np.signbit, np.digitize, np.searchsorted)
constant(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal)
constant(np.isnan, np.isfinite, np.isinf, np.isposinf, np.isneginf, np.isreal, np.iscomplex)
constant(np.logical_not, np.logical_and, np.logical_or, np.logical_xor, np.any, np.all)
constant(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.isin, np.count_nonzero)
constant(np.argmax, np.argmin, np.argsort, np.argpartition, np.argwhere, np.nonzero)
constant(np.flatnonzero)
constant(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, shape_only=True)
constant(np.iscomplexobj, np.isrealobj, np.result_type, shape_only=True)
