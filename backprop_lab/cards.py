r"""Cards: what one rule does to a tangent and to a cotangent, proved from its own code.

A card is written by a proof: SymPy differentiates the function, the registered code runs on
letters, and where the two differ no card is made.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable

import numpy as np
import sympy as sp

from backprop_lab.equality import PROVED, equal
from backprop_lab.errors import ProofError, TraceError, name_of, near_names
from backprop_lab.printing import factor_tex, role, tex_of, text_of, with_roles
from backprop_lab.proofs import equation_html
from backprop_lab.rule_letters import is_complex, name_in, tex_names, whole
from backprop_lab.rule_proofs import Instance, prove
from backprop_lab.rule_sources import source_of
from backprop_lab.rule_symbols import Decided, entries
from backprop_lab.rules.registry import RULES, Rule
from backprop_lab.seals import sealed
from backprop_lab.symbolic_elementwise import Whole
from backprop_lab.tex import normalise

_LONGEST = 380  # characters of TeX in an equation that a card still shows


def card(func: Callable, *shapes: tuple[int, ...], **params) -> Card:
    """Make the card of the rule of `func`: the map, its tangent, its cotangent, its code.

    `shapes` are those of the operands, and `params` the other arguments of the call; a function
    that acts on each component by itself needs neither. The rule's own code is proved equal to
    SymPy's derivative, for all values of the entries.

    Raises `TraceError` for a function without a rule or without a symbolic reading, `ProofError`
    for a rule that is wrong.

    >>> card(np.exp)
    np.exp  (elementwise)
      y = exp(x)
      y_dot = exp(x) x_dot
      x_bar = exp(x) y_bar = y y_bar
      proved wherever it has a derivative
      elementwise(np.exp, lambda y: y)
    >>> print(str(card(np.flip, (2,))).splitlines()[3])
      m_bar = [y_bar_2, y_bar_1]
    """
    rule = RULES.get(func)
    if rule is None:
        raise TraceError(f"card: {name_of(func)} has no rule.{near_names(func, RULES)}")
    if not shapes and rule.kind == "elementwise":
        shapes = ((),) * max(getattr(func, "nin", 1), len(rule.diagonals) or 1)
    if not shapes:
        raise TraceError(
            f"card: {rule.name} acts on whole arrays. Give the shapes of its operands, small ones: "
            "bl.card(np.matmul, (2, 3), (3, 2))."
        )
    names = operand_names(func, len(shapes))
    return Card(rule, prove(rule, lambda *arrays: func(*arrays, **params), shapes, names))


def operand_names(func: Callable, count: int) -> list[str]:
    """Name the operands as the function's own signature does, where its names are letters.

    >>> operand_names(np.exp, 1), operand_names(np.matmul, 2), operand_names(np.linalg.inv, 1)
    (['x'], ['a', 'b'], ['a'])
    """
    if isinstance(func, np.ufunc):
        return ["x"] if count == 1 else list("abcdefgh"[:count])
    try:
        names = list(inspect.signature(func).parameters)[:count]
    except ValueError:
        names = []
    letters = len(names) == count and all(len(n) == 1 and n.isalpha() and n != "y" for n in names)
    return names if letters else list("abcdefgh"[:count])


class Card:
    """What was proved of one rule: shows as HTML in a page, as text in a terminal."""

    def __init__(self, rule: Rule, instance: Instance):
        self.rule, self.instance = rule, instance
        self.names = [name_in(x) for x in instance.letters.values()]
        arrays = [*instance.letters.values(), *instance.values]
        self.complex = any(map(is_complex, instance.letters.values()))
        numbers = all(x.shape == () for x in arrays) and not self.complex
        self.scalar = len(instance.values) == 1 and numbers

    @property
    def code(self) -> str:
        """The statement that registers the rule."""
        return source_of(self.rule.func)

    @property
    def status(self) -> str:
        """How the rule is known, in words."""
        return f"{self.instance.status} {self.instance.where}"

    @property
    def call(self) -> str:
        """The call that the card shows, as code."""
        given = [_written(x) for x in self.instance.args]
        given += [f"{k}={_written(x)}" for k, x in self.instance.kwargs.items()]
        return f"{self.rule.name}({', '.join(given)})"

    def slopes(self) -> list[sp.Expr]:
        """Give ∂y/∂operand of a rule on numbers, each as short as SymPy's own forms allow."""
        (bar,) = self.instance.bars
        return [
            _short(sp.expand(x_bar[()]).coeff(bar[()]) if bar[()].is_Symbol else x_bar[()])
            for x_bar in self.instance.adjoints.values()
        ]

    def in_value(self) -> list[sp.Expr | None]:
        """Give the slopes as the code has them, where it reuses the value y; None elsewhere.

        Raises `ProofError` where such a slope is not SymPy's.
        """
        out, y = [], sp.Symbol("y", real=True)
        operands = [Decided(x) for x in self.instance.letters.values()]
        for diagonal, truth in zip(self.rule.diagonals, self.slopes(), strict=False):
            try:
                kept = diagonal.keep((*operands, Decided(np.array(y, object))))
                slope = entries(diagonal.pull(Decided(np.array(sp.Integer(1), object)), kept))[()]
            except (TraceError, AttributeError, TypeError):
                slope = None  # it asks about numbers: both branches were proved by the walk
            if slope is None or not slope.has(y) or slope.has(sp.Piecewise):
                out.append(None)
                continue
            if equal(slope.subs(y, self.instance.values[0][()]), truth) != PROVED:
                raise ProofError(f"{self.rule.name}: {slope} is not the slope {truth}")
            out.append(slope)
        return out

    def lines(self) -> list[tuple[str, str, str]]:
        """Give the card's equations: (TeX, text, what it is)."""
        return self._of_numbers() if self.scalar else self._of_arrays()

    def _of_numbers(self):
        value = _short(self.instance.values[0][()])
        rows = [(f"y = {tex_of(value)}", f"y = {text_of(value)}", "the map, entry by entry")]
        slopes = self.slopes()
        reused = self.in_value() + [None] * len(slopes)
        tangents = [
            _times(s, rf"\dot{{{n}}}", f"{n}_dot") for s, n in zip(slopes, self.names, strict=True)
        ]
        shown = [t for t in tangents if t[0] != "0"] or tangents[:1]
        rows.append(
            (
                rf"\dot{{y}} = {_joined([t for t, _ in shown])}",
                f"y_dot = {_joined([t for _, t in shown])}",
                "tangent",
            )
        )
        for slope, again, name in zip(slopes, reused, self.names, strict=False):
            tex, text = _times(slope, role("cotangent", r"\bar{y}"), "y_bar")
            if again is not None and again != slope:
                more = _times(again, role("cotangent", r"\bar{y}"), "y_bar")
                tex, text = f"{tex} = {more[0]}", f"{text} = {more[1]}"
            left = role("cotangent", rf"\bar{{{name}}}")
            rows.append((f"{left} = {tex}", f"{name}_bar = {text}", "cotangent"))
        return rows

    def _of_arrays(self):
        rows = []
        for k, part in enumerate(self.instance.values):
            n = f"_{k + 1}" if len(self.instance.values) > 1 else ""
            rows.append((f"y{n}", f"y{n}", part, "" if k else self._call_and_operand()))
            rows.append((rf"\dot{{y}}{n}", f"y_dot{n}", self.instance.tangents[k], "tangent"))
        for name, x_bar in zip(self.names, self.instance.adjoints.values(), strict=True):
            left = role("cotangent", rf"\bar{{{name}}}")
            rows.append((left, f"{name}_bar", x_bar, "cotangent"))
        shown = [(left, text, _each(x, self.complex), why) for left, text, x, why in rows]
        names = tex_names(s for _, _, x, _ in shown for e in x.flat for s in e.free_symbols)
        return [
            (f"{left} = {tex_of(x, names)}", f"{text} = {text_of(x)}", why)
            for left, text, x, why in shown
        ]

    def _call_and_operand(self):
        return f"{self.call}, z = a + ib" if self.complex else self.call

    @property
    def presentable(self) -> bool:
        """Whether every equation is small enough for a page."""
        arrays = [*self.instance.letters.values(), *self.instance.values]
        flat = all(x.ndim <= 2 and x.size for x in arrays)
        lengths = [len(tex.replace(r"\operatorname", "")) for tex, _, _ in self.lines()]
        return flat and max(lengths) <= _LONGEST

    def equations_html(self) -> str:
        """HTML of the equations, with the mark that opens how they are known."""
        lines = self.lines()
        rows = "".join(equation_html(tex, why) for tex, _, why in lines)
        chain = normalise(with_roles(r",\quad ".join(tex for tex, _, _ in lines), "none"))
        proved = "proved" if self.instance.status == PROVED else "checked"
        return sealed(
            f'<div class="bl-proof" data-tex="{html.escape(chain)}" data-status="{proved}">'
            f'<div class="math bl-lines">{rows}</div></div>'
        )

    def _repr_html_(self):
        how = (
            "SymPy differentiates the function; the rule's own code, run on letters, gives the "
            "same, forward and back."
        )
        return (
            f"{self.equations_html()}<p>✓ {html.escape(self.status)}. {how}</p>"
            f"<pre>{html.escape(self.code)}</pre>"
        )

    def __repr__(self):
        rows = [text for _, text, _ in self.lines()] + [self.status, *self.code.splitlines()]
        return "\n".join([f"{self.rule.name}  ({self.rule.kind})", *(f"  {row}" for row in rows)])


def _written(x) -> str:
    """Write an argument of a call; an operand is its name."""
    if isinstance(x, Decided):
        return name_in(x.entries)
    if isinstance(x, np.ndarray):
        return str(x.tolist())
    if type(x) in (list, tuple):
        inner = ", ".join(map(_written, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' * (len(x) == 1)})"
    if x is ...:
        return "..."
    return name_of(x) if callable(x) else repr(x.item() if isinstance(x, np.generic) else x)


def _short(expr):
    """Write the floor as itself, and a sum as a product where that is shorter."""
    expr = expr.replace(Whole, sp.floor)
    if expr.has(sp.Piecewise):
        return expr
    return min(expr, sp.factor(expr), sp.powsimp(expr), key=sp.count_ops)


def _each(array, of_complex=False):
    """Write each entry the short way; complex letters as one where that is all there is."""
    short = np.frompyfunc(lambda e: _short(whole(e)) if of_complex else _short(e), 1, 1)
    return np.array(short(array), object)


def _times(slope, tex, text):
    """Write slope times a tangent or cotangent: nothing for 1, a sign for −1."""
    if slope in (0, 1, -1):
        return {0: ("0", "0"), 1: (tex, text), -1: (f"-{tex}", f"-{text}")}[int(slope)]
    sign = "-" if slope.could_extract_minus_sign() and not slope.is_Add else ""
    slope = -slope if sign else slope
    words = f"({text_of(slope)})" if slope.is_Add else text_of(slope)
    return rf"{sign}{role('local', factor_tex(slope))}\, {tex}", f"{sign}{words} {text}"


def _joined(terms):
    out = terms[0]
    for term in terms[1:]:
        out += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return out
