"""Numbers in code, read as they were written.

The float 0.1 in a function is 1/10, the shortest decimal that names it; 1/3 is the quotient that
was rounded to it.
"""

from __future__ import annotations

import numbers
from fractions import Fraction

import numpy as np
import sympy as sp


def exact(x) -> sp.Expr:
    """Read a number as it is written: 0.1 is 1/10, 2 / 3 is 2/3, and 2 * np.pi is 2π.

    >>> exact(0.1), exact(2 / 3), exact(float("inf")), exact(2 * np.pi), exact(np.sqrt(2 * np.pi))
    (1/10, 2/3, oo, 2*pi, sqrt(2)*sqrt(pi))
    """
    if hasattr(x, "entries"):
        return x.entries[()]
    if isinstance(x, sp.Basic):
        return x
    if isinstance(x, (bool, np.bool_)):
        return sp.true if x else sp.false
    if isinstance(x, (int, np.integer)):
        return sp.Integer(int(x))
    if isinstance(x, numbers.Rational):
        return sp.Rational(x.numerator, x.denominator)
    if isinstance(x, (complex, np.complexfloating)):
        return exact(x.real) + sp.I * exact(x.imag)
    x = float(x)
    if not np.isfinite(x):
        return sp.nan if np.isnan(x) else sp.oo * int(np.sign(x))
    return _constant(x) or sp.Rational(repr(x))


_MOST = 10_000  # the largest denominator that a rounded quotient is taken to have
_BASES = tuple((base, float(base)) for base in (sp.pi, sp.E, 1 / sp.pi, sp.log(2)))


def _constant(x: float):
    """Recognise 1/3, √2, 2π, √(2π) and the like, to the last digit; None for a decimal."""
    digits = repr(abs(x)).partition("e")[0].replace(".", "").lstrip("0")
    if len(digits) < 15:
        return None  # a decimal that somebody wrote
    ratio = Fraction(x).limit_denominator(_MOST)
    if ratio and float(ratio) == x and ratio.denominator**2 * np.spacing(abs(x)) < 1e-6:
        return sp.Rational(ratio.numerator, ratio.denominator)
    for base, value in _BASES:
        ratio = Fraction(x / value).limit_denominator(24)
        if _small(ratio) and abs(float(ratio) * value - x) <= np.spacing(abs(x)):
            return sp.Rational(ratio.numerator, ratio.denominator) * base
    for base, value in ((sp.Integer(1), 1.0), (sp.pi, np.pi), (1 / sp.pi, 1 / np.pi)):
        ratio = Fraction(x * x / value).limit_denominator(24)
        if _small(ratio) and abs(np.sqrt(float(ratio) * value) - abs(x)) <= np.spacing(abs(x)):
            root = sp.sqrt(sp.Rational(ratio.numerator, ratio.denominator) * base)
            return root if not root.is_Rational else None
    return None


def _small(ratio) -> bool:
    return 0 < abs(ratio.numerator) < _MOST
