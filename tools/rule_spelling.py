"""Words of the formulas on the cards: each is computed by NumPy, and spelled as TeX.

A formula is one piece of code. On numbers and on letters it computes; on `Spelled` it says itself.
An index i, or i and j, stands for every entry; sums run over j.
"""

from __future__ import annotations

import functools
import re

import numpy as np

from backprop_lab.spelling import Spelled

_ATOM, _POWER, _PRODUCT = 4, 3, 2


def says(tex: str, ndim: int = 0, level: int = _ATOM):
    """Let a function of arrays spell itself: `tex` holds #1, #2, … for its arguments."""

    def decorate(compute):
        @functools.wraps(compute)
        def word(*args):
            if not any(isinstance(x, Spelled) for x in args):
                return compute(*args)
            texts = [x.tex if isinstance(x, Spelled) else str(x) for x in args]
            spelled = re.sub(r"#(\d)", lambda m: texts[int(m[1]) - 1], tex)
            return Spelled(spelled, ndim, level)

        return word

    return decorate


# --- matrices -------------------------------------------------------------------------------------


@says(r"\operatorname{diag}(#1)", 2, _PRODUCT)
def diag(v):
    """Diagonal matrix of a vector."""
    return np.diag(v)


@says("#1^{-1}", 2, _POWER)
def inverse(a):
    """Inverse of a matrix."""
    return np.linalg.inv(a)


@says(r"#1^{-\top}", 2, _POWER)
def inverse_transposed(a):
    """Transpose of the inverse."""
    return np.linalg.inv(a).T


@says("I", 2)
def identity(a):
    """Identity matrix with as many rows as `a`."""
    return np.eye(np.shape(a)[0])


@says(r"\frac{1}{#1_{j} - #1_{i}}", 2)
def inverse_gaps(w):
    """Matrix of 1/(wⱼ − wᵢ), 0 on the diagonal."""
    gaps = w[None, :] - w[:, None] + np.eye(len(w))
    return 1 / gaps - np.eye(len(w))


@says(r"\frac{1}{#1_{j}^{2} - #1_{i}^{2}}", 2)
def inverse_gaps_of_squares(s):
    """Matrix of 1/(sⱼ² − sᵢ²), 0 on the diagonal."""
    return inverse_gaps(s * s)


@says(r"\sum_{i} #1_{ij} #2_{ij}", 1)
def columns_times(a, b):
    """Inner products of the columns of two matrices."""
    return np.sum(a * b, axis=0)


@says(r"\left(#1\right)", 2)
def grouped(a):
    """Give `a` itself, in parentheses."""
    return a


@says(r"\left[i > j\right] + \frac{1}{2} \left[i = j\right]", 2)
def lower_half(a):
    """1 below the diagonal, ½ on it."""
    return np.tri(len(a)) - np.eye(len(a)) / 2


@says(r"\left[#1_{i} = #2_{j}\right]", 2)
def matches(y, a):
    """Matrix of which entry of `a` stands where in `y`."""
    return (y[:, None] == a[None, :]) * 1.0


@says(r"\begin{bmatrix} #1 & #2 \\ #3 & #4 \end{bmatrix}", 2)
def blocks(a, b, c, d):
    """Matrix of four blocks."""
    return np.concatenate([np.concatenate([a, b], 1), np.concatenate([c, d], 1)])


@says(r"\left[\,#1 \;\; #2\,\right]", 3)
def layers(a, b):
    """Two arrays side by side along a third axis."""
    parts = [x if np.ndim(x) == 3 else x[:, :, None] for x in (a, b)]
    return np.concatenate(parts, 2)


# --- entries --------------------------------------------------------------------------------------


def total(x):
    """Sum over all entries."""
    if isinstance(x, Spelled):
        return Spelled(rf"\sum_{{j}} {x._within(_PRODUCT)}".replace("_{i}", "_{j}"), 0, _PRODUCT)
    return np.sum(x)


def all_entries(x):
    """Sum over all entries of a matrix."""
    if isinstance(x, Spelled):
        inner = x._within(_PRODUCT).replace("_{ij}", "_{kl}")
        return Spelled(rf"\sum_{{k,l}} {inner}", 0, _PRODUCT)
    return np.sum(x)


@says("#1_{#2}")
def entry(x, k):
    """Entry k of a vector, counted from 0."""
    return x[int(k)]


@says("#1_{1}")
def first(x):
    """First entry."""
    return x[0]


@says("#1_{n}")
def last(x):
    """Last entry."""
    return x[-1]


@says("e_{#1}", 1)
def unit(k, like):
    """Unit vector number k, counted from 0, as long as `like`."""
    return np.eye(len(like))[int(k)]


@says("e_{1}", 1)
def first_unit(like):
    """Give the unit vector of the first place."""
    return np.eye(len(like))[0]


@says("e_{n}", 1)
def last_unit(like):
    """Give the unit vector of the last place."""
    return np.eye(len(like))[-1]


@says(r"\left[#1 = #2\right]")
def equals(a, b):
    """1 where both are equal, 0 elsewhere."""
    return (a == b) * 1.0


@says(r"\left[#1_{i} = #2\right]")
def is_entry(a, x):
    """1 for the entries of `a` that equal `x`, 0 for the others."""
    return (a == x) * 1.0


@says(r"\left\lfloor #1 \right\rfloor")
def floor(x):
    """Largest whole number that is not above."""
    return np.floor(x)


@says(r"\operatorname{trunc}(#1)")
def trunc(x):
    """Whole part."""
    return np.trunc(x)


@says(r"\operatorname{round}\left(#1\right)", 0, _POWER)
def nearest(x):
    """Nearest whole number."""
    return np.rint(x)


@says(r"\operatorname{sort}(#1)", 1)
def in_order(x):
    """Entries in order."""
    return np.sort(x)


@says(r"\max \{\, k : #2_{k} \le #1 \,\}")
def interval(x, p):
    """Give the number of the last knot at or below x, from 0."""
    return np.searchsorted(p, x, side="right") - 1


@says("#1_{1i1}")
def middle(y):
    """Entries of an array that is thick in its middle axis alone."""
    return y[0, :, 0]
