"""Names and numbers as they are set in a figure (TeX) and as they are said (plain text)."""

from __future__ import annotations

import numpy as np
from matplotlib.mathtext import MathTextParser

from backprop_lab import names
from backprop_lab.saying import say_name as say_name

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_parser = MathTextParser("path")


def tex_name(name: str, latex: str | None = None) -> str:
    r"""Give a name's TeX: the author's where Matplotlib can set it, or made from the name.

    >>> tex_name("y_hat"), tex_name("y_hat", r"\hat y"), tex_name("x1")
    ('\\hat{y}', '\\hat y', 'x_{1}')
    """
    return latex if latex is not None and settable(latex) else names.tex_name(name)


def settable(tex: str) -> bool:
    """Say whether Matplotlib's mathtext can set `tex`."""
    try:
        _parser.parse(f"${tex}$")
    except ValueError:
        return False
    return True


def bar_tex(name: str, latex: str | None = None) -> str:
    r"""Give the TeX of the cotangent of a name: its bar stands over the base, not over the index.

    >>> bar_tex("x1"), bar_tex("y_hat")
    ('\\bar{x}_{1}', '\\bar{\\hat{y}}')
    """
    tex = tex_name(name, latex)
    base, _, index = tex.partition("_")
    accent = r"\overline" if base.startswith(r"\mathrm") else r"\bar"
    barred = f"{accent}{{{base}}}" + (f"_{index}" if index else "")
    return barred if settable(barred) else f"\\overline{{{tex}}}"


def rounded(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` significant digits, in ASCII.

    >>> rounded(-1 / 16), rounded(2 / 3), rounded(12.0), rounded(-0.0), rounded(1e-7)
    ('-0.0625', '0.6667', '12', '0', '1e-07')
    """
    value = float(value)
    if not np.isfinite(value):
        return str(value)
    magnitude = abs(value)
    if 10**digits <= magnitude < 1e6 and value == round(value):
        return f"{value:.0f}"
    return f"{value + 0.0:.{digits}g}" if magnitude else "0"


def tex_number(value: float, digits: int = 4) -> str:
    r"""Write a number in TeX.

    >>> tex_number(-1 / 16), tex_number(1e-7)
    ('-0.0625', '1\\cdot 10^{-7}')
    """
    text = rounded(value, digits)
    if not np.isfinite(float(value)):
        return {"inf": r"\infty", "-inf": r"-\infty"}.get(text, r"\mathrm{NaN}")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}\\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def say_number(value: float, digits: int = 4) -> str:
    """Write a number as plain text, with a true minus sign.

    >>> say_number(-1 / 16), say_number(1e-7)
    ('−0.0625', '1·10⁻⁷')
    """
    mantissa, _, exponent = rounded(value, digits).partition("e")
    power = f"·10{str(int(exponent)).translate(_SUPERSCRIPTS)}" if exponent else ""
    return mantissa.replace("-", "−") + power


def relation(*values: float, digits: int = 4) -> str:
    """Give '=' where the written digits are the numbers, and '≈' where one of them is rounded.

    >>> relation(0.125), relation(1 / 3), relation(0.125, 1 / 3)
    ('=', '≈', '≈')
    """
    exact = [
        not np.isfinite(value) or abs(float(rounded(value, digits)) - value) <= 1e-12 * abs(value)
        for value in map(float, values)
    ]
    return "=" if all(exact) else "≈"


def tex_relation(*values: float, digits: int = 4) -> str:
    r"""Give TeX's '=' where all `values` are written exactly, and '\approx' otherwise."""
    return "=" if relation(*values, digits=digits) == "=" else r"\approx"


def product(factors: list[float], value: float, tex: bool = False) -> str:
    """Write a product and its value; a single factor stands alone.

    >>> product([6.0, -2.0], -12.0), product([3.0], 3.0)
    ('6 · (−2) = −12', '3')
    """
    number = tex_number if tex else say_number
    first, *rest = map(number, factors)
    left = (r" \cdot " if tex else " · ").join([first, *map(factor, rest)])
    sign = (tex_relation if tex else relation)(*factors, value)
    return f"{left} {sign} {number(value)}" if rest else left


def total(terms: list[float], value: float, tex: bool = False) -> str:
    """Write a sum and its value: negative terms in brackets, except in front.

    >>> total([-1.0, 2.0, -3.0], -2.0)
    '−1 + 2 + (−3) = −2'
    """
    number = tex_number if tex else say_number
    first, *rest = map(number, terms)
    sign = (tex_relation if tex else relation)(*terms, value)
    left = " + ".join([first, *map(factor, rest)])
    return f"{left} {sign} {number(value)}" if rest else left


def say_shape(shape: tuple[int, ...]) -> str:
    """Write a shape: (64, 10) as 64×10, (3,) as 3, () as 'a number'."""
    return "×".join(map(str, shape)) if shape else "a number"


def tex_shape(shape: tuple[int, ...]) -> str:
    r"""Write a shape in TeX.

    >>> tex_shape((64, 10)), tex_shape(())
    ('64\\times 10', '\\mathrm{number}')
    """
    return r"\times ".join(map(str, shape)) if shape else r"\mathrm{number}"


def factor(text: str) -> str:
    """Put a negative number in brackets, for a product.

    >>> factor("-3"), factor("3")
    ('(-3)', '3')
    """
    return f"({text})" if text[:1] in ("-", "−") else text
