"""sinc and what its derivatives are made of: spherical Bessel functions, which are smooth at 0.

sinc x = j₀(πx). Written with sin and cos, its derivatives are 0/0 at 0 and lose all digits near it.
In the functions jₙ there is nothing to divide by, in any order:

    j₀′ = −j₁   and   jₙ′ = (n jₙ₋₁ − (n+1) jₙ₊₁)/(2n+1).

Source: NIST Digital Library of Mathematical Functions, 10.51 and 10.53.
"""

from __future__ import annotations

import numpy as np

from backprop_lab.rules.calls import primitive
from backprop_lab.rules.diagonals import elementwise
from backprop_lab.rules.kinds import rule


def _series(n, z):
    """Σ (−z²/2)ᵏ / (k! (2n+2k+1)!!) · zⁿ: exact to the last digits where |z| ≤ n + 2."""
    term = z**n / np.prod(np.arange(1.0, 2 * n + 2, 2)).item()
    total = term
    for k in range(1, 16 + n):
        term = term * (-z * z / (2 * k * (2 * n + 2 * k + 1)))
        total = total + term
    return total


def _recurrence(n, z):
    """jₙ₊₁ = (2n+1)/z jₙ − jₙ₋₁, up from j₀ and j₁: stable where |z| > n."""
    before, j = np.cos(z) / z, np.sin(z) / z
    for k in range(n):
        before, j = j, (2 * k + 1) / z * j - before
    return j


@primitive
def spherical_bessel(z, n):
    """Spherical Bessel function jₙ of the first kind, of order `n` = 0, 1, 2, …, for any shape.

    >>> spherical_bessel(np.array([0.0, 1.0]), n=1)
    array([0.        , 0.30116868])
    """
    near = np.abs(z) <= n + 2
    inside = _series(n, np.where(near, z, 0))
    return np.where(near, inside, _recurrence(n, np.where(near, n + 3, z)))[()]


@rule(spherical_bessel, takes="z / n", analytic=True, batched=True)
def _spherical_bessel(z, n):
    def slope():
        if n == 0:
            return -spherical_bessel(z, n=1)
        lower, upper = spherical_bessel(z, n=n - 1), spherical_bessel(z, n=n + 1)
        return (n / (2 * n + 1)) * lower - ((n + 1) / (2 * n + 1)) * upper

    def scaled(bar):
        return bar * slope()

    return spherical_bessel(z, n=n), scaled, scaled


_PI = float(np.pi)
elementwise(np.sinc, lambda x: -_PI * spherical_bessel(_PI * x, n=1), takes="x")
