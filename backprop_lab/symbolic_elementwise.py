"""More functions of single entries, on SymPy expressions: a part of `symbolic_table`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp


class Whole(sp.floor):
    """The floor, whose derivative is 0 wherever it exists; SymPy leaves that of `floor` open.

    >>> x = sp.Symbol("x", real=True)
    >>> (x - Whole(x)).diff(x)
    1
    """

    def fdiff(self, argindex=1):
        """Give 0."""
        return sp.Integer(0)


def _toward_zero(q):
    return sp.Piecewise((Whole(q), q > 0), (-Whole(-q), True))


def _cube_root(x):
    third = sp.Rational(1, 3)
    return sp.Piecewise((x**third, x > 0), (-((-x) ** third), True))


def _sigmoid(x):
    return 1 / (1 + sp.exp(-x))


def _spherical_bessel(z, n):
    return sp.expand_func(sp.jn(n, z))


UFUNCS: dict[Callable, Callable] = {
    np.fabs: sp.Abs,
    np.cbrt: _cube_root,
    np.float_power: lambda a, b: a**b,
    np.deg2rad: lambda x: x * sp.pi / 180,
    np.radians: lambda x: x * sp.pi / 180,
    np.rad2deg: lambda x: x * 180 / sp.pi,
    np.degrees: lambda x: x * 180 / sp.pi,
    np.hypot: lambda a, b: sp.sqrt(a**2 + b**2),
    np.arctan2: sp.atan2,
    np.logaddexp: lambda a, b: sp.log(sp.exp(a) + sp.exp(b)),
    np.logaddexp2: lambda a, b: sp.log(2**a + 2**b) / sp.log(2),
    np.fmax: sp.Max,
    np.fmin: sp.Min,
    np.copysign: lambda a, b: sp.Piecewise((sp.Abs(a), b >= 0), (-sp.Abs(a), True)),
    np.heaviside: lambda a, b: sp.Piecewise((0, a < 0), (1, a > 0), (b, True)),
    np.remainder: lambda a, b: a - b * Whole(a / b),
    np.fmod: lambda a, b: a - b * _toward_zero(a / b),
}
FUNCTIONS: dict[Callable, Callable] = {  # of one entry, but no ufuncs
    np.sinc: lambda x: sp.sinc(sp.pi * x),
    np.nan_to_num: lambda x, **_: x,  # a symbol is a finite number
    np.real_if_close: lambda x, tol=100: x,
}
OF_ENTRIES: dict[str, Callable] = {  # this package's own, by name
    "sigmoid": _sigmoid,
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "spherical_bessel": _spherical_bessel,
}
UNREAD: dict[Callable, str] = {
    np.divmod: "it gives two values; write x // y and x % y",
    np.modf: "it gives two values; write np.trunc(x) and x - np.trunc(x)",
    np.unwrap: "which jumps it takes out depends on the numbers",
}
