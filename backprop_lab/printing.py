r"""How expressions look: SymPy's printer with the book's names, and code spelled as TeX.

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

from backprop_lab.errors import TraceError, name_of
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


def _positive_first(terms):
    """Put positive terms first: ŷ − y, not −y + ŷ."""
    return sorted(terms, key=lambda t: t.could_extract_minus_sign())


def _condition(expr):
    """Give the condition c of an expression that is 1 where c holds and 0 elsewhere, or None."""
    if isinstance(expr, sp.Heaviside):
        asked = expr.args[0]
        return sp.Lt(-asked, 0) if asked.could_extract_minus_sign() else sp.Gt(asked, 0)
    if isinstance(expr, sp.Piecewise) and len(expr.args) == 2:
        (one, condition), (zero, rest) = expr.args
        return condition if one == 1 and zero == 0 and rest == sp.true else None
    return None


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
        return _condition(expr) is None and super()._needs_mul_brackets(expr, first, last)

    def _print_Function(self, expr, exp=None):
        r"""σ(z) and σ′(z) for unknown functions; \cos(x) and the like without braces."""
        args = list(map(self._print, expr.args))
        name = getattr(expr.func, "unknown", None)
        if name is None:
            known = expr.func.__name__
            tex = _TEX_NAMES.get(known, rf"\operatorname{{{known}}}")
            return f"{tex}{f'^{{{exp}}}' if exp else ''}\\left({', '.join(args)}\\right)"
        tex, orders = self._names.get(name) or tex_name(name), expr.func.orders
        if _by_name(expr):
            tex = rf"\frac{{\partial {tex}}}{{\partial {args[orders[0] - 1]}}}"
            return rf"\left({tex}\right)^{{{exp}}}" if exp else tex
        if len(args) == 1:
            tex += "'" * len(orders)
        elif orders:
            tex = rf"\partial_{{{','.join(map(str, orders))}}} {tex}"
        tex = rf"{tex}\left({', '.join(args)}\right)"
        return f"{tex}^{{{exp}}}" if exp else tex

    _print_log = _print_Function

    def _print_Abs(self, expr, exp=None):
        tex = rf"\left|{self._print(expr.args[0])}\right|"
        return f"{tex}^{{{exp}}}" if exp else tex

    def _print_Heaviside(self, expr, exp=None):
        tex = rf"\left[{self._print(_condition(expr))}\right]"
        return f"{tex}^{{{exp}}}" if exp else tex

    def _print_Piecewise(self, expr, exp=None):
        """Print [z > 0] where the cases are 1 and 0, as relu′ has them."""
        if _condition(expr) is not None:
            return self._print_Heaviside(expr, exp)
        tex = super()._print_Piecewise(expr)
        return rf"\left({tex}\right)^{{{exp}}}" if exp else tex

    def _print_Indexed(self, expr):
        base = self._names.get(expr.base.label) or tex_name(str(expr.base.label))
        between = "," if any(len(str(i)) > 1 for i in expr.indices) else ""
        return subscripted(base, between.join(self._print(i) for i in expr.indices))

    def _print_KroneckerDelta(self, expr, exp=None):
        tex = rf"\delta_{{{''.join(self._print(i) for i in expr.args[:2])}}}"
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

    def _print_Heaviside(self, expr):
        return f"[{self._print(_condition(expr))}]"

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


# --- code spelled as TeX -------------------------------------------------------------------------

_SUM, _ENTRYWISE, _PRODUCT, _POWER, _ATOM = range(5)  # how tightly a spelling holds together


class Spelled(np.lib.mixins.NDArrayOperatorsMixin):
    """Another reading of plain NumPy code: it spells itself as TeX, in the order it was written.

    A line that an author adds to a derivation is one piece of code: SymPy proves it, and this
    class prints it. So the printed line cannot differ from the proved one.
    """

    __array_priority__ = 1000.0

    def __init__(
        self, tex: str, ndim: int = 0, level: int = _ATOM, notes: list | None = None, count=None
    ):
        self.tex, self.ndim, self.level, self.count = tex, ndim, level, count
        self.notes = (
            [] if notes is None else notes
        )  # what `let` named on the way: (name, TeX, formula)

    def _make(self, tex, ndim, level):
        return Spelled(tex, ndim, level, self.notes)

    @property
    def size(self):
        """How many entries, as SymPy writes it (N·m), where that is known."""
        if self.count is None:
            raise TraceError("this size has no spelling.")
        return self.count

    @property
    def T(self):
        """Transposed; as in NumPy that does nothing to an array of one axis."""
        return self if self.ndim < 2 else self._transposed()

    def _transposed(self):
        return self._make(rf"{self._within(_ATOM)}^{{\top}}", self.ndim, _POWER)

    def _within(self, level: int) -> str:
        return self.tex if self.level >= level else rf"\left({self.tex}\right)"

    def sum(self, axis=None):
        """Spelled as a product with a vector of ones."""
        return np.sum(self, axis=axis)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            raise TraceError(f"{name_of(ufunc)} with {sorted(kwargs)} has no spelling.")
        args = [x if isinstance(x, Spelled) else _spell_number(x) for x in inputs]
        ndim = max(x.ndim for x in args)
        if ufunc in (np.add, np.subtract):
            sign = "+" if ufunc is np.add else "-"
            closed = sign == "-" or args[1].tex.startswith("-")
            right = args[1]._within(_ENTRYWISE if closed else _SUM)
            return self._make(f"{args[0].tex} {sign} {right}", ndim, _SUM)
        if ufunc in (np.multiply, np.matmul):
            both = ufunc is np.multiply and min(x.ndim for x in args) > 0
            level = _ENTRYWISE if both else _PRODUCT  # (A ⊙ B)C keeps its parentheses
            if ufunc is np.matmul:
                ndim = max(args[0].ndim + args[1].ndim - 2, 0)
                if args[0].ndim == 1 and args[1].ndim == 2:  # xW is a column here, Wᵀx
                    args = [args[1]._transposed(), args[0]]
                elif args[0].ndim == 1:
                    args[0] = args[0]._transposed()
            pieces = [x._within(level) for x in args]
            digits = pieces[1][:1].isdigit()
            dot = r" \odot " if both else r" \cdot " if digits else r"\, "
            spelled = dot.join(pieces)
            return self._make(spelled, ndim, level)
        if ufunc is np.divide and args[1].ndim:
            both = [x._within(_POWER) for x in args]
            return self._make(r" \oslash ".join(both), ndim, _ENTRYWISE)
        if ufunc is np.divide:
            return self._make(rf"\frac{{{args[0].tex}}}{{{args[1].tex}}}", ndim, _POWER)
        if ufunc in (np.power, np.square):
            entrywise = r"\odot " if args[0].ndim else ""  # A² would be the product AA
            exponent = "2" if ufunc is np.square else args[1].tex
            return self._make(f"{args[0]._within(_ATOM)}^{{{entrywise}{exponent}}}", ndim, _POWER)
        if ufunc is np.negative:
            return self._make(f"-{args[0]._within(_ENTRYWISE)}", ndim, _SUM)
        if ufunc in _SPELLED_RELATIONS:
            tex = f"{args[0]._within(_SUM)} {_SPELLED_RELATIONS[ufunc]} {args[1]._within(_SUM)}"
            return self._make(rf"\left[{tex}\right]", ndim, _ATOM)
        if ufunc is np.sqrt:
            return self._make(rf"\sqrt{{{args[0].tex}}}", ndim, _POWER)
        if ufunc is np.absolute:
            return self._make(rf"\left|{args[0].tex}\right|", ndim, _ATOM)
        if ufunc in _SPELLED_FUNCTIONS:
            tex = ", ".join(x.tex for x in args)
            return self._make(rf"{_SPELLED_FUNCTIONS[ufunc]}\left({tex}\right)", ndim, _POWER)
        raise TraceError(f"{name_of(ufunc)} has no spelling.")

    def __array_function__(self, func, types, args, kwargs):
        if func is np.transpose and len(args) == 1 and not kwargs:
            return args[0].T
        if func is np.sum:
            return self._spell_sum(*args[1:], **kwargs)
        if func is np.outer and all(getattr(x, "ndim", 0) == 1 for x in args):
            column, row = args[0]._within(_PRODUCT), args[1]._transposed().tex
            return self._make(rf"{column}\, {row}", 2, _PRODUCT)
        if func.__name__ == "relu" and func.__module__.startswith("backprop_lab"):
            return self._make(rf"\operatorname{{relu}}\left({self.tex}\right)", self.ndim, _POWER)
        raise TraceError(f"{name_of(func)} has no spelling.")

    def _spell_sum(self, axis=None, keepdims=False):
        if self.ndim == 2 and axis in (0, -2):
            tex = rf"\mathbf{{1}}^{{\top}} {self._within(_PRODUCT)}"
            return self._make(tex, 2 if keepdims else 1, _PRODUCT)
        if self.ndim == 2 and axis in (1, -1):
            return self._make(rf"{self._within(_PRODUCT)} \mathbf{{1}}", 1 + keepdims, _PRODUCT)
        if self.ndim == 1 and axis in (None, 0, -1):
            return self._make(rf"\mathbf{{1}}^{{\top}} {self._within(_PRODUCT)}", 0, _PRODUCT)
        raise TraceError("this np.sum has no spelling.")

    def __array__(self, dtype=None, copy=None):
        raise TraceError("np.array(…) has no spelling.")

    def apply_unknown(self, unknown, orders, args):
        """Spell an unknown function σ, or its derivative σ′, of this."""
        tex = f"{unknown.tex}{chr(39) * len(orders)}"
        return self._make(rf"{tex}\left({', '.join(x.tex for x in args)}\right)", self.ndim, _POWER)

    def __let__(self, name, latex):
        """Note the formula under its name, and go on with the name."""
        unique, k = name, 2
        while any(unique == n for n, _, _ in self.notes):
            unique, k = f"{name}_{k}", k + 1
        tex = tex_name(unique) if latex is None else latex
        tex = tex if latex is None or unique == name else subscripted(tex, str(k - 1))
        self.notes.append((unique, tex, self.tex))
        return self._make(tex, self.ndim, _ATOM)


_SPELLED_FUNCTIONS = {
    f: rf"\{f.__name__}" for f in (np.exp, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh)
} | {np.log: r"\ln", np.maximum: r"\max", np.minimum: r"\min"}
_SPELLED_RELATIONS = {
    np.greater: ">",
    np.greater_equal: r"\ge",
    np.less: "<",
    np.less_equal: r"\le",
}


def _spell_number(x) -> Spelled:
    if np.ndim(x):
        raise TraceError("an array of numbers has no spelling.")
    if isinstance(x, sp.Basic) and x.free_symbols:  # a size, such as N·m
        return Spelled(tex_of(x), 0, _ATOM if x.is_Atom else _PRODUCT if x.is_Mul else _SUM)
    value = (
        sp.Rational(repr(float(x))) if not isinstance(x, (int, np.integer)) else sp.Integer(int(x))
    )
    return Spelled(tex_of(value), 0, _SUM if value < 0 else _ATOM)
