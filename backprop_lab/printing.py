r"""How expressions look: SymPy's printers with the book's names and order.

The three roles are written as macros of our own, `\primal{…}`, `\cotangent{…}`, `\local{…}`, and
become CSS classes in a page, colours in LaTeX, nothing in plain text. TeX that can be compared
holds none of them.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter

from backprop_lab.conditions import STEPS, Apart, AtLeast, Tied
from backprop_lab.index_factors import At, AtMost
from backprop_lab.names import subscripted, tex_name

ROLES = {"primal": "#0B61A4", "cotangent": "#B04A00", "local": "#1B7340"}


def role(kind: str, tex: str) -> str:
    r"""Mark TeX as `primal`, `cotangent` or `local`.

    >>> role("cotangent", r"\bar{y}")
    '\\cotangent{\\bar{y}}'
    """
    return f"\\{kind}{{{tex}}}"


def with_roles(tex: str, how: str) -> str:
    r"""Write the role macros out: `how` is "class" (page), "colour" (LaTeX) or "none".

    >>> with_roles(r"\cotangent{\bar{y}}", "class")
    '\\class{bl-cotangent}{\\bar{y}}'
    """
    for kind, colour in ROLES.items():
        while (start := tex.find(f"\\{kind}{{")) >= 0:
            opened = start + len(kind) + 1
            closed = _closing(tex, opened)
            inner = tex[opened + 1 : closed]
            wrapped = {
                "class": f"\\class{{bl-{kind}}}{{{inner}}}",
                "colour": f"\\textcolor{{{colour}}}{{{inner}}}",
                "none": inner,
            }[how]
            tex = tex[:start] + wrapped + tex[closed + 1 :]
    return tex


def _closing(tex: str, opened: int) -> int:
    """Find the brace that closes the one at `opened`."""
    depth = 0
    for i in range(opened, len(tex)):
        if tex[i] in "{}" and tex[i - 1] != "\\":
            depth += 1 if tex[i] == "{" else -1
            if depth == 0:
                return i
    raise ValueError(f"a brace is not closed in {tex}")


def applied(function: str, *args: str) -> str:
    r"""Write a function of its arguments, the parentheses close to its name.

    >>> applied(r"\cos", "x"), applied(r"\cos", r"\frac{x}{2}")
    ('\\cos(x)', '\\cos\\!\\left(\\frac{x}{2}\\right)')
    """
    inside = ", ".join(args)
    tall = any(c in inside for c in (r"\frac", r"\sum", r"\left", r"\begin", "^"))
    return rf"{function}\!\left({inside}\right)" if tall else f"{function}({inside})"


def _positive_first(terms):
    """Put positive terms first: ŷ − y, not −y + ŷ."""
    return sorted(terms, key=lambda t: t.could_extract_minus_sign())


def _condition(expr):
    """Give the condition c of an expression that is 1 where c holds and 0 elsewhere, or None."""
    if isinstance(expr, AtMost):
        return sp.Le(*expr.args, evaluate=False)
    if isinstance(expr, (sp.Heaviside, *STEPS)):
        return _comparison(expr.args[0], *_COMPARED.get(expr.func, (sp.Gt, sp.Lt)))
    if isinstance(expr, sp.Piecewise) and len(expr.args) == 2:
        (one, condition), (zero, rest) = expr.args
        return condition if one == 1 and zero == 0 and rest == sp.true else None
    return None


_COMPARED = {AtLeast: (sp.Ge, sp.Le), Tied: (sp.Eq, sp.Eq), Apart: (sp.Ne, sp.Ne)}


def _comparison(asked, greater, less):
    """Write g > 0, or g ≥ 0, without minus signs: x > y, x < 1; a sum that has none stays whole."""
    minus = [t for t in sp.Add.make_args(asked) if t.could_extract_minus_sign()]
    number = asked.as_coeff_Add()[0]
    if not minus and number > 0 and asked.is_Add:
        minus = [number]  # x + 1 > 0 is x > -1
    left, right = asked - sp.Add(*minus), -sp.Add(*minus)
    if left.is_number and not right.is_number:
        return less(right, left, evaluate=False)
    return greater(left, right, evaluate=False)


def _by_name(unknown):
    """Say whether ∂g/∂x names a partial derivative of an unknown g(x, …) without doubt."""
    args = unknown.args
    return len(unknown.func.orders) == 1 and all(a.is_Symbol for a in args) and len(set(args)) > 1


_TEX_NAMES = {"log": r"\ln"} | {
    f: rf"\{f}" for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")
} | {f"a{f}": rf"\arc{f}" for f in ("sin", "cos", "tan")}  # fmt: skip


class _Printer(LatexPrinter):
    def __init__(self, names=None):
        super().__init__()
        self._names = names or {}

    def _print_Symbol(self, expr, style="plain"):
        return self._names.get(expr) or tex_name(expr.name)

    def _print_Add(self, expr, order=None):
        first, *rest = _positive_first(self._as_ordered_terms(expr, order=order))
        tex = self._print(first)
        for term in rest:
            minus = term.could_extract_minus_sign()
            shown = -term if minus else term
            part = self._print(shown)
            if shown.is_Add or (isinstance(shown, sp.Piecewise) and _condition(shown) is None):
                part = rf"\left({part}\right)"
            tex += f" {'-' if minus else '+'} {part}"
        return tex

    def _print_Mul(self, expr):
        """Print factors with indices in the order of a matrix product: Ȳₐₖ W_bk, X_ka Ȳ_kb."""
        if not (isinstance(expr, sp.Mul) and expr.has(sp.Indexed)):
            return super()._print_Mul(expr)
        if expr.could_extract_minus_sign():
            return f"- {self._bracketed(-expr, (-expr).is_Add)}"
        above, below = sp.fraction(expr, exact=True)
        if below != 1:
            return rf"\frac{{{self._print(above)}}}{{{self._print(below)}}}"
        factors = sorted(sp.Mul.make_args(expr), key=_place)
        pieces = [
            self._bracketed(f, self._needs_mul_brackets(f, n == 0, n == len(factors) - 1))
            for n, f in enumerate(factors)
        ]
        return " ".join(pieces)

    def _bracketed(self, expr, brackets):
        return rf"\left({self._print(expr)}\right)" if brackets else self._print(expr)

    def _needs_mul_brackets(self, expr, first=False, last=False):
        closed = expr.is_Pow or isinstance(expr, sp.Function)  # a sum inside ends where it ends
        needed = super()._needs_mul_brackets(expr, first, last or closed)
        return needed and _condition(expr) is None

    def _print_Function(self, expr, exp=None):
        r"""σ(z) and σ′(z) for unknown functions; \cos(x) and the like without braces."""
        args = list(map(self._print, expr.args))
        name = getattr(expr.func, "unknown", None)
        if name is None:
            known = expr.func.__name__
            tex = _TEX_NAMES.get(known, rf"\operatorname{{{known}}}")
            return applied(f"{tex}^{{{exp}}}" if exp else tex, *args)
        tex, orders = self._names.get(name) or tex_name(name), expr.func.orders
        if _by_name(expr):
            tex = rf"\frac{{\partial {tex}}}{{\partial {args[orders[0] - 1]}}}"
            return rf"\left({tex}\right)^{{{exp}}}" if exp else tex
        if len(args) == 1:
            tex += "'" * len(orders)
        elif orders:
            tex = rf"\partial_{{{','.join(map(str, orders))}}} {tex}"
        tex = applied(tex, *args)
        return f"{tex}^{{{exp}}}" if exp else tex

    _print_log = _print_Function

    def _print_Max(self, expr, exp=None):
        tex = applied(
            rf"\{expr.func.__name__.lower()}",
            *map(self._print, sorted(expr.args, key=sp.default_sort_key)),
        )
        return f"{tex}^{{{exp}}}" if exp else tex

    _print_Min = _print_Max

    def _print_Abs(self, expr, exp=None):
        tex = rf"\left|{self._print(expr.args[0])}\right|"
        return f"{tex}^{{{exp}}}" if exp else tex

    def _print_Heaviside(self, expr, exp=None):
        tex = rf"\left[{self._print(_condition(expr))}\right]"
        return f"{tex}^{{{exp}}}" if exp else tex

    _print_AtMost = _print_Above = _print_AtLeast = _print_Heaviside
    _print_Tied = _print_Apart = _print_Heaviside

    def _print_At(self, expr, exp=None):
        return self._print(expr.args[0])

    def _print_Piecewise(self, expr, exp=None):
        """Print [z > 0] where the cases are 1 and 0, as relu′ has them."""
        if _condition(expr) is not None:
            return self._print_Heaviside(expr, exp)
        tex = super()._print_Piecewise(expr)
        return rf"\left({tex}\right)^{{{exp}}}" if exp else tex

    def _print_Indexed(self, expr):
        base = self._names.get(expr.base.label) or tex_name(str(expr.base.label))
        plain = [i.args[0] if isinstance(i, At) else i for i in expr.indices]
        between = "," if any(len(str(i)) > 1 for i in plain) else ""
        return subscripted(base, between.join(map(self._print, plain)))

    def _print_KroneckerDelta(self, expr, exp=None):
        indices = [self._print(i) for i in expr.args[:2]]
        between = "," if any(" " in i for i in indices) else ""
        tex = rf"\delta_{{{between.join(indices)}}}"
        return f"{tex}^{{{exp}}}" if exp else tex

    def _print_Sum(self, expr):
        tex = "".join(
            rf"\sum_{{{self._print(i)}={self._print(a)}}}^{{{self._print(b)}}} "
            for i, a, b in expr.limits
        )
        return tex + self._bracketed(expr.function, expr.function.is_Add)


def _place(factor):
    """Say where a factor with indices stands: cotangents and entries, functions, deltas, sums."""
    letters = tuple(map(str, getattr(factor, "indices", ())))
    kinds = (sp.Number, sp.Symbol, sp.Indexed)
    rank = next((k for k, kind in enumerate(kinds) if isinstance(factor, kind)), len(kinds))
    rank += factor.has(sp.KroneckerDelta) + 2 * factor.has(sp.Sum) if rank == len(kinds) else 0
    return rank, letters, not str(factor).partition("[")[0].endswith("_bar"), str(factor)


class _TextPrinter(StrPrinter):
    def _print_Add(self, expr, order=None):
        text = ""
        for term in _positive_first(self._as_ordered_terms(expr, order=order)):
            part = self._print(term)
            sign = "-" if part.startswith("-") and not term.is_Add else "+"
            part = part[1:] if sign == "-" else part
            part = f"({part})" if precedence(term) < PRECEDENCE["Add"] else part
            text += f" {sign} {part}" if text else f"-{part}" if sign == "-" else part
        return text

    def _print_Function(self, expr):
        name = getattr(expr.func, "unknown", None)
        if name is None:
            return super()._print_Function(expr)
        orders = expr.func.orders
        if _by_name(expr):
            return f"∂{name}/∂{self._print(expr.args[orders[0] - 1])}"
        name = name + "'" * len(orders) if len(expr.args) == 1 else expr.func.__name__
        return f"{name}({self.stringify(expr.args, ', ')})"

    def _print_Relational(self, expr):
        sign = {sp.Eq: "=", sp.Ne: "!="}.get(expr.func)
        return super()._print_Relational(expr) if sign is None else self._sides(expr, sign)

    def _sides(self, expr, sign):
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Heaviside(self, expr):
        return f"[{self._print(_condition(expr))}]"

    _print_AtMost = _print_Above = _print_AtLeast = _print_Heaviside
    _print_Tied = _print_Apart = _print_Heaviside

    def _print_At(self, expr):
        return self._print(expr.args[0])

    def _print_Piecewise(self, expr):
        if _condition(expr) is not None:
            return self._print_Heaviside(expr)
        return super()._print_Function(expr)


def tex_of(expr, names=None) -> str:
    """Print a SymPy expression, a matrix of them, or a number, with the book's names."""
    if isinstance(expr, np.ndarray):
        if expr.ndim == 0:
            return tex_of(expr[()], names)
        rows = expr.reshape(-1, 1) if expr.ndim == 1 else expr
        body = r" \\ ".join(" & ".join(tex_of(e, names) for e in row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
    return _Printer(names).doprint(sp.sympify(expr))


def text_of(expr) -> str:
    """Plain text of an expression or an array of them; σ′ as `sigma'`."""
    if isinstance(expr, np.ndarray):
        inner = ", ".join(map(text_of, expr)) if expr.ndim else text_of(expr[()])
        return f"[{inner}]" if expr.ndim else inner
    return _TextPrinter().doprint(sp.sympify(expr))


def factor_tex(expr, names=None) -> str:
    """Print an expression as a factor of a product: in parentheses where it is a sum or signed."""
    tex = tex_of(expr, names)
    cases = isinstance(expr, sp.Piecewise) and _condition(expr) is None
    bare = expr.is_Add or expr.could_extract_minus_sign() or cases
    return rf"\left({tex}\right)" if bare else tex


def product_tex(factors, names=None) -> str:
    """Print a path's product with dots: the cotangent that arrives, then local derivatives."""
    if len(factors) == 1:
        return role("local", tex_of(factors[0], names))
    kinds = ["cotangent"] + ["local"] * (len(factors) - 1)
    pieces = [role(k, factor_tex(f, names)) for k, f in zip(kinds, factors, strict=True)]
    return r" \cdot ".join(pieces)
