"""A proof as a list of lines that all equal one derivative, and how it looks.

The truth of a derivation is SymPy's derivative of the function with all definitions put in. A line
is compared with that, not with the line before, so mistakes cannot travel. The kinds of truth are
in `scalars`, `vectors` and `indexed`; this module holds what they share.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from backprop_lab.equality import CHECKED, PROVED, has_cases
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.indexed import shape_text
from backprop_lab.printing import text_of, with_roles
from backprop_lab.seals import sealed
from backprop_lab.slips import slip_of_shape
from backprop_lab.slopes import factored, tidy
from backprop_lab.spelling import Spelled
from backprop_lab.tex import normalise


@dataclass(frozen=True)
class Line:
    """One line: what stands right of the equals sign, why, and how it is known.

    `left` is (TeX, text) of a left-hand side of its own, where the line changes from entries to
    whole arrays; None where the line goes on with the one before. `because_html` is the reason as
    a page shows it, where that has an equation in it.
    """

    tex: str
    text: str
    because: str
    status: str
    value: object = None
    left: tuple[str, str] | None = None
    because_html: str = ""


class Derivation:
    """Lines that all equal the same derivative. Shows as TeX in a page, as text in a terminal."""

    size = "at this size"  # what "proved" speaks of

    def __init__(self, f: Callable, wrt: str, left_tex: str, left_text: str, lines: list[Line]):
        self.f, self.wrt = f, wrt
        self.left_tex, self.left_text = left_tex, left_text
        self.lines = lines

    # --- the author's own lines ---------------------------------------------------------------
    def then(self, expr, because: str = "") -> Derivation:
        """Add a line of the author's, if SymPy finds it equal to the truth.

        `expr` is a function written in plain NumPy whose arguments name quantities of the
        derivation (inputs, `let` names, and cotangents such as `y_bar`), or a SymPy expression.
        The new derivation is returned; this one stays as it was.

        Raises `ProofError` for a line that is not equal: it names the line, both sides, the
        simplest point found where they differ, and the known slip that explains it, if one does.
        """
        value = self._read(expr)
        status = self._prove(value, expr, because)
        line = Line(self._spell(expr, value), self._text(value), because, status, value)
        return self._with([*self.lines, line])

    def brief(self) -> Derivation:
        """Keep the first line and the last: each equals the truth by itself, and needs no other.

        A last line that repeats the first is left out.

        >>> from backprop_lab import derive, let
        >>> derive(lambda w, x: let("L", let("z", w * x) ** 2), wrt="w").brief()
        ∂L/∂w = dL/dz · ∂z/∂w    [chain rule, one path]
              = 2*x*z    [collected]
                proved for all values
        """
        first, last = self.lines[0], self.lines[-1]
        same = last.left is None and with_roles(first.tex, "none") == last.tex
        return self._with([first] if last is first or same else [first, last])

    def _with(self, lines):
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__, lines=lines)
        return new

    def _arguments(self, expr: Callable, known: Mapping) -> list:
        names = list(inspect.signature(expr).parameters)
        missing = [n for n in names if n not in known]
        if missing:
            raise ProofError(
                f"The line names {missing[0]!r}, which this derivation does not have. It has "
                f"{', '.join(known)}."
            )
        return [known[n] for n in names]

    def _spell(self, expr, value) -> str:
        """Spell the author's code as TeX; fall back on SymPy's form of it."""
        if callable(expr) and not isinstance(expr, sp.Basic):
            try:
                spelled = expr(*self._arguments(expr, self._spellings()))
                if isinstance(spelled, Spelled):
                    return spelled.tex
            except (TraceError, TypeError, AttributeError, IndexError):
                pass
        return self._tex(value)

    # --- how it looks -----------------------------------------------------------------------------
    @property
    def proved(self) -> bool:
        """Whether every line is proved (and none only checked at points)."""
        return all(line.status in (PROVED,) for line in self.lines)

    @property
    def status(self) -> str:
        """How the lines are known, in words: the weakest of them."""
        if not self.proved:
            return CHECKED
        return f"{PROVED} {self.size}"

    def status_html(self) -> str:
        """How the lines are known, as a page shows it."""
        return html.escape(self.status)

    def lefts(self) -> list[tuple[str, str] | None]:
        """(TeX, text) of each line's left-hand side; None where it goes on from the line before."""
        return [(self.left_tex, self.left_text), *(line.left for line in self.lines[1:])]

    def tex(self) -> str:
        """TeX of the whole chain of equations, on one line, without colour."""
        parts = []
        for left, line in zip(self.lefts(), self.lines, strict=True):
            if left and parts:
                parts.append(r",\quad ")
            parts.append(f"{left[0] if left else ''} = {line.tex}")
        return with_roles(" ".join(parts), "none")

    def _repr_latex_(self) -> str:
        rows = [
            f"{left[0] if left else ''} &= {line.tex}"
            for left, line in zip(self.lefts(), self.lines, strict=True)
        ]
        body = r" \\[4pt] ".join(rows)
        return with_roles(rf"$$ \begin{{aligned}} {body} \end{{aligned}} $$", "colour")

    def _repr_html_(self) -> str:
        return proof_html(self)

    def __repr__(self) -> str:
        rows = []
        for left, line in zip(self.lefts(), self.lines, strict=True):
            text = left[1] if left else ""
            reason = f"    [{line.because}]" if line.because else ""
            rows.append(f"{text:>{len(self.left_text)}} = {line.text}{reason}")
        return "\n".join([*rows, f"{' ' * len(self.left_text)}   {self.status}"])


def not_equal(number: int, left: str, because: str, counterexample) -> str:
    """First line of a refusal: what is wrong, or only not known to be right."""
    said = "is not equal to" if counterexample else "cannot be shown to be equal to"
    return f"line {number} {said} {left}" + (f" (because: {because})" if because else "")


def wrong_shape(number: int, shape: tuple, d: Derivation) -> str:
    """Refuse a line whose shape is not that of the variable; name the slip that the shape shows."""
    wanted = getattr(d, "shape", None) or d.truth.shape
    first = (
        f"line {number} has shape {shape_text(shape)}; {d.wrt}_bar has the shape of {d.wrt}, "
        f"{shape_text(wanted)}."
    )
    return "\n".join([first, *looks_like(slip_of_shape(shape, wanted))])


def looks_like(slip) -> list[str]:
    """Name the slip that explains a wrong line; nothing where none is known."""
    return [row("looks like", f"{slip.title}. {slip.explanation}")] if slip else []


WIDTH, _LABEL = 80, 18
_LONG = 4 * (WIDTH - _LABEL)  # characters of a difference that still helps
_HELD = re.compile(r"\[[^][]*\]|\(\w+, 1, \w+\)|\([\d, ]+\)|\w+ = \S+")  # no line ends within


def row(label: str, text: str, most: int | None = None) -> str:
    """Write a row of a refusal: a label, and a text in lines of 80 characters, cut after `most`.

    >>> row("the truth is", "x*y")
    '  the truth is    x*y'
    """
    held = _HELD.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    lines = textwrap.wrap(held, WIDTH - _LABEL, break_long_words=False, break_on_hyphens=False)
    if most and len(lines) > most:
        lines = [*lines[:most], f"… ({len(lines) - most} more lines)"]
    text = f"\n{'':{_LABEL}}".join(lines).replace("\N{NO-BREAK SPACE}", " ")
    return f"  {label:14}  {text}"


_ALIKE = (
    "both print alike, and differ at ties: there a condition is 1 or 0, as NumPy has it, and the "
    "slope of a maximum is shared, 1/2."
)


def sides(line, truth, at, slip=None, gap=None) -> list[str]:
    """Write a refusal below its first line: both sides, the difference, a point, and the slip.

    `at` is a counterexample: (point, value of the line, value of the truth), or for an index form
    (entry, counterexample with every size 2). `slip` is the mistake that explains the line. Both
    may be None. `gap` is the difference, where it is not to be taken here. A difference that is
    longer than both sides together, or than four lines, helps nobody, and is left out.
    """
    gap = shortest(line - truth) if gap is None else shortest(gap)
    texts = [text_of(line), text_of(truth), text_of(gap)]
    rows = [row("the line says", texts[0], 5), row("the truth is", texts[1], 5)]
    both = len(f"{texts[0]} - {texts[1]}")
    if at and (texts[0] == texts[1] or texts[2] == "0"):
        rows.append(row("the matter", _ALIKE))
    elif len(texts[2]) <= min(max(WIDTH, both), _LONG):
        rows.append(row("the difference", texts[2], 5))
    if at:
        rows.append(row("they differ at", place(at)))
    return [*rows, *looks_like(slip)]


_TOO_LONG = 40  # operations: nobody reads it at a glance in any form, and factoring takes seconds


def shortest(expr):
    """Write an expression in the shortest of a few forms: a difference is to be read at a glance.

    >>> x, y = sp.symbols("x y")
    >>> shortest(x * y - x * y * (1 - y))
    x*y**2
    """
    forms = [expr]
    if sp.count_ops(expr) < _TOO_LONG:
        product = factored(expr)
        forms += [sp.expand(expr), product, tidy(product)]
    return min(forms, key=lambda e: (sp.count_ops(e), len(str(e)), sp.default_sort_key(e)))


def place(at) -> str:
    """Write a counterexample: the point, and both values there, the line's first."""
    lead = ""
    if len(at) == 2:
        entry, at = at
        lead = f"entry ({', '.join(map(str, entry))}), " if entry else ""
        lead += "" if any(s.is_integer for s in at[0]) else "every size 2: "
    point, a, b = at
    where = ", ".join(f"{s} = {v}" for s, v in point.items()) or "every point"
    return f"{lead}{where}, where the line gives {a}, not {b}"


def inline_html(tex: str) -> str:
    """Set a formula in the words of a page."""
    return f'<span class="math">\\({html.escape(tex, quote=False)}\\)</span>'


def equation_html(tex: str, why: str = "", lead: str = "", why_html: str = "") -> str:
    """One line of a proof: the equation, and its reason beside it (or below, on a phone)."""
    tex = html.escape(with_roles(f"{lead} {tex}".strip(), "class"), quote=False)
    why = why_html or html.escape(why, quote=False)
    reason = f'<div class="bl-why">{why}</div>' if why else ""
    return f'<div class="bl-line"><div class="bl-eq">\\(\\displaystyle {tex}\\)</div>{reason}</div>'


def proof_html(d: Derivation, label: str | None = None, receipt: str = "") -> str:
    """HTML of a derivation: lines with reasons, and the mark that opens how it is known."""
    rows, current = [], ""
    for left, line in zip(d.lefts(), d.lines, strict=True):
        current = left[0] if left else current
        lead = current if left else rf"\hphantom{{{with_roles(current, 'none')}}}"
        rows.append(equation_html(f"= {line.tex}", line.because, lead, line.because_html))
    attributes = f' id="{label}" data-equation="{label}"' if label else ""
    rough = any(map(has_cases, np.ravel(np.array(d.truth, dtype=object))))
    kinks = " At a kink there is no derivative: nothing is said of it." if rough else ""
    mark = "✓" if d.proved else "≈"
    known = "".join(f"<li>line {i}: {line.status}</li>" for i, line in enumerate(d.lines, 1))
    return sealed(
        f'<div class="bl-proof"{attributes} data-tex="{html.escape(normal_chain(d))}" '
        f'data-status="{"proved" if d.proved else "checked"}">'
        f'<div class="math bl-lines">{"".join(rows)}</div>'
        f'<details class="bl-receipt"><summary>{mark} {d.status_html()}</summary>'
        f"<p>{d.how()}{kinks}</p><ul>{known}</ul>{receipt}</details></div>"
    )


def normal_chain(d: Derivation) -> str:
    """TeX that the proof stands for, in the normal form that typed equations are compared in."""
    return normalise(d.tex())
