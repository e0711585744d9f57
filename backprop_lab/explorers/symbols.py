"""SymPy's expressions as formulas for the page."""

from __future__ import annotations

from collections.abc import Mapping

from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Tree

_FUNCTIONS = {
    n: n for n in "exp log sin cos tan asin acos atan sinh cosh tanh sign floor".split()
} | {"Abs": "abs", "Whole": "floor"}
_TAKEN = "abs arccos arcsin arctan cos cosh exp expm1 log log1p logaddexp maximum minimum mod sin"
_TAKEN = [*_TAKEN.split(), *"sinh sqrt tan tanh where".split()]


def from_sympy(expr, names: Mapping | None = None) -> Tree:
    """Turn a SymPy expression into a formula; `names` gives symbols other names.

    eᵘ − 1, log(1 + v) and log(eᵃ + eᵇ) get the functions that lose no digits where u and v are
    small, and that overflow nowhere.

    >>> import sympy as sp
    >>> from_sympy(sp.exp(sp.Symbol("z")) / 2)
    ['*', 0.5, ['exp', 'z']]
    """
    import sympy as sp

    def convert(e):
        if e.is_Symbol:
            return (names or {}).get(e, str(e))
        if e.is_number and not e.has(sp.Function):
            return float(e)
        if e.is_Add:
            return _chained("+", _terms(e, convert))
        if e.is_Mul:
            return _product(e, convert)
        if e.is_Pow:
            return _power(e, convert)
        if isinstance(e, (sp.Max, sp.Min)):
            operation = "max" if isinstance(e, sp.Max) else "min"
            return _chained(operation, map(convert, sorted(e.args, key=sp.default_sort_key)))
        if isinstance(e, sp.Heaviside):
            g = convert(e.args[0])
            return ["?", ["<", 0.0, g], 1.0, ["?", ["<", g, 0.0], 0.0, 0.5]]
        if isinstance(e, sp.Piecewise):
            return _cases(e.args, convert)
        if isinstance(e, sp.log):
            return _logarithm(e.args[0], convert)
        if type(e).__name__ in _FUNCTIONS:
            return [_FUNCTIONS[type(e).__name__], convert(e.args[0])]
        return _condition(e, convert)

    return convert(sp.sympify(expr))


def _chained(operation, parts):
    first, *rest = parts
    for part in rest:
        negative = operation == "+" and isinstance(part, list) and part[0] == "neg"
        first = ["-", first, part[1]] if negative else [operation, first, part]
    return first


def _terms(e, convert):
    """Convert the terms of a sum, c·eᵘ − c among them as one."""
    import sympy as sp

    terms, constant = e.as_ordered_terms(), e.as_coeff_Add()[0]
    for k, part in enumerate(terms):
        c, power = part.as_coeff_Mul()
        if constant and c == -constant and isinstance(power, sp.exp):
            tree = ["expm1", convert(power.args[0])]
            one = {1: tree, -1: ["neg", tree]}.get(c) or ["*", float(c), tree]
            rest = [t for j, t in enumerate(terms) if j != k and t != constant]
            return [one, *map(convert, rest)]
    return list(map(convert, terms))


def _logarithm(inner, convert):
    """Convert log(…): a sum of positive multiples of powers of e, 1 + v, or anything."""
    import sympy as sp

    if not inner.is_Add:
        return ["log", convert(inner)]
    parts = [t.as_coeff_Mul() for t in inner.as_ordered_terms()]
    if all(c.is_positive and (p == 1 or isinstance(p, sp.exp)) for c, p in parts):
        exponents = [sp.log(c) + (p.args[0] if p != 1 else 0) for c, p in parts]
        return _chained("logaddexp", map(convert, exponents))
    constant, rest = inner.as_coeff_Add()
    return ["log1p", convert(rest)] if constant == 1 else ["log", convert(inner)]


def _product(e, convert):
    numerator, denominator = [], []
    for factor in e.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        under = exponent.is_number and exponent.is_negative and not base.is_number
        (denominator if under else numerator).append(1 / factor if under else factor)
    sign = bool(numerator) and numerator[0] == -1
    numerator = numerator[1:] if sign else numerator
    top = _chained("*", map(convert, numerator)) if numerator else 1.0
    top = ["/", top, _chained("*", map(convert, denominator))] if denominator else top
    return ["neg", top] if sign else top


def _power(e, convert):
    import sympy as sp

    base, exponent = e.args
    if base == sp.E:
        return ["exp", convert(exponent)]
    if exponent == -1:
        return ["/", 1.0, convert(base)]
    return ["^", convert(base), convert(exponent)]


def _cases(cases, convert):
    import sympy as sp

    (value, condition), *rest = cases
    if condition is sp.true:
        return convert(value)
    otherwise = _cases(rest, convert) if rest else float("nan")
    return ["?", _condition(condition, convert), convert(value), otherwise]


def _condition(e, convert):
    import sympy as sp

    if isinstance(e, (sp.Gt, sp.Lt)):
        return ["<", convert(e.lts), convert(e.gts)]
    if isinstance(e, (sp.Ge, sp.Le)):
        return ["<=", convert(e.lts), convert(e.gts)]
    if isinstance(e, sp.Eq):
        return ["==", convert(e.lhs), convert(e.rhs)]
    if isinstance(e, sp.Ne):
        return ["?", ["==", convert(e.lhs), convert(e.rhs)], 0.0, 1.0]
    if isinstance(e, sp.And):
        return _chained("*", (_condition(c, convert) for c in sorted(e.args, key=str)))
    if isinstance(e, sp.Or):
        return _chained("max", (_condition(c, convert) for c in sorted(e.args, key=str)))
    raise TraceError(
        f"explore: {type(e).__name__} has no formula for the page. It takes arithmetic, powers, "
        f"bl.sigmoid, bl.softplus, bl.relu, and of NumPy {', '.join(_TAKEN)}."
    )
