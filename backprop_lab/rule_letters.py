"""Letters for the operands and cotangents of a rule: real ones, and pairs for complex numbers.

A complex operand is z = a + ib with real letters a and b. A cotangent of a complex value is
Re ȳ + i Im ȳ, again two real letters, so that SymPy differentiates in real letters alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import sympy as sp

from backprop_lab.names import tex_name

_PART = re.compile(r"(\w+)\.(real|imag)")


class ComplexShape(tuple):
    """The shape of an operand z = a + ib of complex numbers.

    >>> letters_of("z", ComplexShape((1,))).tolist()
    [a_1 + I*b_1]
    """


def letters(name: str, shape: tuple[int, ...], **assumptions) -> np.ndarray:
    """Make an array of symbols `name_11`, `name_12`, …; real unless told otherwise.

    >>> letters("x", (2,)).tolist()
    [x_1, x_2]
    """
    out = np.empty(shape, object)
    assumptions = {"real": True} | assumptions
    for index in np.ndindex(*shape):
        label = "".join(str(i + 1) for i in index)
        out[index] = sp.Symbol(f"{name}_{label}" if label else name, **assumptions)
    return out


def letters_of(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Make the letters of an operand: its own, or a + ib where it is complex."""
    if isinstance(shape, ComplexShape):
        return _complex(letters("a", shape), letters("b", shape))
    return letters(name, shape)


def _complex(real, imaginary):
    return np.asarray(real + sp.I * imaginary, object)


def is_complex(entries: np.ndarray) -> bool:
    """Whether an entry has an imaginary part."""
    return any(e.has(sp.I) and not e.is_extended_real for e in entries.flat)


def name_in(entries: np.ndarray) -> str:
    """Give the name that the letters of an operand share; a complex operand is z."""
    return "z" if is_complex(entries) else str(entries.flat[0]).partition("_")[0]


def parts(entry) -> list[tuple[sp.Symbol, sp.Expr]]:
    """Give the real letters of an entry, each with the unit that it is a multiple of: 1 or i.

    >>> parts(letters_of("z", ComplexShape(()))[()])
    [(a, 1), (b, I)]
    """
    if entry.is_Symbol:
        return [(entry, sp.Integer(1))]
    return [(x, entry.coeff(x)) for x in sorted(entry.free_symbols, key=str)]


def part_arrays(entries: np.ndarray) -> list[np.ndarray]:
    """Give the arrays of real letters that an operand is made of."""
    count = 2 if is_complex(entries) else 1
    pick = [np.frompyfunc(lambda e, k=k: parts(e)[k][0], 1, 1) for k in range(count)]
    return [np.array(func(entries), object) for func in pick]


def tangent_of(entries: np.ndarray) -> np.ndarray:
    """Make the letters of a tangent: ẋ, or ȧ + iḃ."""
    dots = [letters(f"{name_in(part)}_dot", part.shape) for part in part_arrays(entries)]
    return _complex(*dots) if len(dots) > 1 else dots[0]


def cotangent_of(values: np.ndarray, output: int | None = None) -> np.ndarray:
    """Make the letters of the cotangent of a value; of several values the number comes first.

    >>> cotangent_of(np.array([sp.Symbol("x")], object), 2).tolist()
    [y_bar_2_1]
    >>> cotangent_of(np.array([sp.I], object)).tolist()
    [I*y_bar_1.imag + y_bar_1.real]
    """
    bar = letters("y_bar" if output is None else f"y_bar_{output}", values.shape)
    if not is_complex(values):
        return bar
    return _complex(_part(bar, "real"), _part(bar, "imag"))


def _part(bar, kind):
    func = np.frompyfunc(lambda s: sp.Symbol(f"{s}.{kind}", real=True), 1, 1)
    return np.array(func(bar), object)


# --- how they are shown ---------------------------------------------------------------------------


def tex_names(symbols: Iterable[sp.Symbol]) -> dict[sp.Symbol, str]:
    r"""Give the TeX of the parts of cotangents among symbols.

    >>> tex_names([sp.Symbol("y_bar_2.real")])
    {y_bar_2.real: '\\operatorname{Re} \\bar{y}_{2}'}
    """
    found = {s: _PART.fullmatch(s.name) for s in symbols}
    return {
        s: rf"\operatorname{{{m[2][:2].capitalize()}}} {tex_name(m[1])}"
        for s, m in found.items()
        if m
    }


def whole(expr):
    """Write z for a + ib, ż for ȧ + iḃ and ȳ for its two parts, where nothing else is left of them.

    >>> a, b = sp.symbols("a_1 b_1", real=True)
    >>> whole(2 * a + 2 * sp.I * b), whole(a - sp.I * b)
    (2*z_1, a_1 - I*b_1)
    """
    expr = sp.expand(expr)
    for real in sorted(expr.free_symbols, key=str):
        imaginary, name = _partner(real.name)
        imaginary = sp.Symbol(imaginary, real=True) if imaginary else None
        if imaginary is not None and expr.has(imaginary):
            put = sp.expand(expr.xreplace({real: sp.Symbol(name) - sp.I * imaginary}))
            expr = expr if put.has(imaginary) else put
    return expr


def _partner(name):
    """Name the imaginary part that belongs to a real one, and the number that both make."""
    if name.endswith(".real"):
        return f"{name[:-5]}.imag", name[:-5]
    if name.partition("_")[0] == "a":
        return f"b{name[1:]}", f"z{name[1:]}"
    return "", ""
