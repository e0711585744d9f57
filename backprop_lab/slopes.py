"""Local derivatives as a reader expects them: in the named values, with signs in their places."""

from __future__ import annotations

import sympy as sp

_LARGEST_ROOT = 1000


def has_large_roots(expr) -> bool:
    """Whether an exponent such as 0.66666667 makes polynomials of a monstrous degree."""
    return any(p.exp.is_Rational and p.exp.q > _LARGEST_ROOT for p in expr.atoms(sp.Pow))


def factored(expr):
    """Factor an expression, where that comes to an end.

    >>> x = sp.Symbol("x")
    >>> factored(x**2 - x), factored(x + x ** sp.Rational("0.66666667"))
    (x*(x - 1), x**(66666667/100000000) + x)
    """
    return expr if has_large_roots(expr) else sp.factor(expr)


def in_named_values(symbol, definition, derivative):
    """Write a local derivative with the value itself where that is shorter: σ′ as ŷ(1 − ŷ).

    The definition y = g(T), T a transcendental part such as exp(−z), is solved for T and put in.
    Where y has cases it is left as it is: y alone does not tell in which case T is to be sought.
    A form with functions that y and its slope do not have, such as an inverse, is no shorter, and
    may be undefined where the slope is not.
    """
    best = factored(derivative) if derivative.is_rational_function() else derivative
    candidates = [best]
    kernels = [
        k
        for k in definition.atoms(sp.exp, sp.tanh, sp.sqrt(symbol).func)
        if isinstance(k, (sp.exp, sp.tanh)) or (k.is_Pow and not k.exp.is_Integer)
        if k.free_symbols and not definition.has(sp.Piecewise) and not has_large_roots(definition)
    ]
    for kernel in kernels:
        T = sp.Dummy("T")
        try:
            solved = sp.solve(sp.Eq(symbol, definition.subs(kernel, T)), T)
        except NotImplementedError:
            continue
        if len(solved) == 1:
            rewritten = sp.simplify(derivative.subs(kernel, solved[0]))
            back = rewritten.subs(symbol, definition)
            known = {f.func for f in (definition + derivative).atoms(sp.Function)}
            at_home = {f.func for f in rewritten.atoms(sp.Function)} <= known
            same = at_home and sp.simplify(back - derivative) == 0
            if same and _same_poles(rewritten, derivative, definition, symbol):
                candidates += [factored(rewritten), sp.expand(rewritten)]

    def cost(e):  # without the transcendental part first, then short
        return any(e.has(k) for k in kernels), _length(e), sp.default_sort_key(e)

    return min(candidates, key=cost)


def _same_poles(rewritten, derivative, definition, symbol) -> bool:
    """Whether a rewritten slope is defined wherever the slope is: not f/w for ∂(w x)/∂w = x."""
    below = sp.fraction(sp.together(rewritten))[1].subs(symbol, definition)
    ratio = sp.simplify(below / sp.fraction(sp.together(derivative))[1])
    return not below.free_symbols or not ratio.free_symbols


def _length(expr):
    """How long an expression is to read: its operations, signs not counted."""
    return sp.count_ops(tidy(expr)) - expr.could_extract_minus_sign()


def tidy(expr):
    """Move signs in a product to where a reader expects them: (1 − ŷ)(ŷ − y), not (ŷ − 1)(y − ŷ).

    >>> a, b = sp.symbols("a b")
    >>> tidy(-a * (a - 1))
    a*(1 - a)
    """
    if not expr.is_Mul:
        return expr
    sign, factors = 1, []
    for factor in expr.args:
        if factor.is_Number and factor < 0:
            sign, factor = -sign, -factor
        elif factor.is_Add and factor.as_coeff_Add()[0] < 0 and (-factor).as_coeff_Add()[0] > 0:
            sign, factor = -sign, -factor
        factors.append(factor)
    if sign < 0:
        for i, factor in enumerate(factors):
            if factor.is_Add and factor.as_coeff_Add()[0] == 0:
                factors[i], sign = -factor, 1
                break
    return sp.Mul(sign, *factors)
