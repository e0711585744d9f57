"""What a receipt is, and how it looks: a table of readings, and the checks that were made."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import numpy as np

from backprop_lab.traced import primal

DOT_PRODUCT = "dot-product test"


@dataclass(frozen=True)
class Check:
    """One comparison: what was asked, at how many points, with which bound, and what it can see."""

    name: str
    ok: bool
    points: int
    bound: float
    detects: str


@dataclass(frozen=True)
class Row:
    """One line of a receipt's table; `sympy` and `ok` are None where nothing was compared."""

    label_tex: str
    label: str
    formula_tex: str
    sympy: object
    ours: object
    ok: bool | None


@dataclass
class Receipt:
    """What `verify` found: `ok` where at least one independent check passed and none failed."""

    title: str
    rows: list[Row] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    bound: float = 1e-12

    @property
    def ok(self) -> bool:
        """Whether the function has earned its ✓: the dot-product test alone earns none."""
        independent = [c for c in self.checks if c.name != DOT_PRODUCT]
        right = all(c.ok for c in self.checks) and all(r.ok is not False for r in self.rows)
        return bool(independent) and right

    def __repr__(self):
        table = [] if not self.rows else [("", "SymPy", "tape", f"error ≤ {self.bound:.0e}")]
        table += [
            (r.label, "–" if r.sympy is None else short(r.sympy), short(r.ours), _mark(r.ok))
            for r in self.rows
        ]
        widths = [max((len(row[i]) for row in table), default=0) for i in range(4)]
        lines = [f"Receipt: {self.title}"]
        lines += [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        lines += [f"{_check_mark(c)} {_sentence(c)}" for c in self.checks]
        lines += [f"not checked: {text}" for text in self.not_checked]
        return "\n".join(lines)

    def _repr_html_(self):
        rows = "".join(
            f"<tr><th scope='row'>\\({html.escape(r.label_tex, quote=False)}\\)</th>"
            f"<td>{_inline(r.formula_tex)}</td>"
            f"<td>{'–' if r.sympy is None else _rows(r.sympy)}</td><td>{_rows(r.ours)}</td>"
            f"<td>{_mark(r.ok)}</td></tr>"
            for r in self.rows
        )
        items = "".join(
            f"<li>{_check_mark(c)} {html.escape(_sentence(c))}</li>" for c in self.checks
        )
        items += "".join(f"<li>not checked: {html.escape(t)}</li>" for t in self.not_checked)
        table = (
            '<div class="bl-scroll" tabindex="0" role="group" aria-label="Receipt">'
            '<table class="math"><thead><tr><th scope="col">quantity</th>'
            '<th scope="col">formula</th><th scope="col">SymPy</th><th scope="col">tape</th>'
            f'<th scope="col">error ≤ {_power(self.bound)}</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
        agrees = "what could be compared agrees" if self.not_checked else "every reading agrees"
        verdict = agrees if self.ok else "the readings do not agree"
        return (
            f'<div class="bl-receipt-table"><p class="bl-receipt-title">{_mark(self.ok)} Receipt: '
            f"{html.escape(self.title)}: {verdict}</p>"
            f"{table if self.rows else ''}<ul>{items}</ul></div>"
        )

    def _repr_latex_(self):
        rows = r" \\ ".join(
            f"{r.label_tex} & {'-' if r.sympy is None else tex_of_number(r.sympy)} & "
            f"{tex_of_number(r.ours)} & {chr(92)}text{{{_LATEX_MARKS[r.ok]}}}"
            for r in self.rows
        )
        head = r" & \text{SymPy} & \text{tape} & \\ \hline "
        return rf"$$ \begin{{array}}{{l|rrl}} {head}{rows} \end{{array}} $$"


_LATEX_MARKS = {True: "ok", False: "FAILS", None: "-"}


def _mark(ok):
    return "–" if ok is None else "✓" if ok else "✗"


def _check_mark(check):
    """A dot for a dot-product test that passed: it earns no ✓."""
    return "·" if check.ok and check.name == DOT_PRODUCT else _mark(check.ok)


def _power(bound):
    mantissa, exponent = f"{bound:.0e}".split("e")
    digits = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{digits}" if mantissa == "1" else f"{mantissa}·10{digits}"


def _sentence(c: Check):
    points = f"{c.points} point{'s' if c.points != 1 else ''}"
    bound = f", error ≤ {_power(c.bound)}" if c.bound else ""
    return f"{c.name} at {points}{bound}: {c.detects}."


def _inline(tex):
    return f"\\({html.escape(tex, quote=False)}\\)" if tex else ""


def _rows(x):
    """`short`, with each row of a matrix on a line of its own, as a page shows it."""
    return short(x).replace("], [", "],<br>[")


def short(x, digits: int = 6) -> str:
    """Write a number with six significant digits, an array with four, the same on every machine.

    >>> short(0.1 + 0.2), short(np.array([1.0, -0.0])), short(np.zeros((9, 9)))
    ('0.3', '[1, 0]', '81 entries')
    """
    x = np.asarray(primal(x), dtype=float)
    if x.shape == ():
        return f"{float(x) + 0.0:.{digits}g}"
    if x.size > 9:
        return f"{x.size} entries"
    return "[" + ", ".join(short(v, 4 if x.size > 3 else digits) for v in x) + "]"


def tex_of_number(x) -> str:
    """TeX of a number or array for the LaTeX form of a receipt."""
    return rf"\text{{{short(x)}}}"
