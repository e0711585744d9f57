"""A derivation of numbers at a point: the same lines in exact fractions, for the hand."""

from __future__ import annotations

import sympy as sp

from backprop_lab.printing import role, tex_of, with_roles
from backprop_lab.proofs import equation_html
from backprop_lab.seals import sealed


class Example:
    """A scalar derivation in exact numbers: the named values, and the factors of each path.

    `kink` names the point where it is a kink: what stands there as a slope is a convention.
    """

    def __init__(self, derivation, named, factors, kink=""):
        self.derivation, self.named, self.factors, self.kink = derivation, named, factors, kink
        self.value = sp.simplify(sp.Add(*(sp.Mul(*path) for path in factors)))

    @property
    def _note(self) -> str:
        if not self.kink:
            return ""
        return f"{self.kink} is a kink: there is no slope, and {self.value} is the convention's."

    def _products(self, write):
        return [[write(f) for f in path] for path in self.factors]

    def _tex_lines(self, how):
        names = self.derivation.reading.tex
        values = r",\quad ".join(
            f"{names[s]} = {role('primal', tex_of(v, names))}" for s, v in self.named
        )
        products = " + ".join(
            r" \cdot ".join(
                role(
                    "cotangent" if k == 0 and len(path) > 1 else "local",
                    rf"\left({tex_of(f, names)}\right)"
                    if len(path) > 1 or f < 0
                    else tex_of(f, names),
                )
                for k, f in enumerate(path)
            )
            for path in self.factors
        )
        parts = [self.derivation.left_tex, *([products] if products else [])]
        sums = [sp.Mul(*path) for path in self.factors]
        if len(sums) > 1:
            terms = tex_of(sums[0]) + "".join(
                f" {'-' if s < 0 else '+'} {tex_of(abs(s))}" for s in sums[1:]
            )
            parts.append(terms)
        parts.append(role("cotangent", tex_of(self.value, names)))
        if parts[-1] == role("cotangent", products):
            parts.pop(1)
        return [with_roles(values, how), with_roles(" = ".join(parts), how)]

    def _repr_latex_(self):
        note = [rf"\text{{{self._note}}}"] if self.kink else []
        rows = r" \\ ".join([*self._tex_lines("colour"), *note])
        return rf"$$ \begin{{gathered}} {rows} \end{{gathered}} $$"

    def _repr_html_(self):
        *rows, last = [t for t in self._tex_lines("class") if t]
        rows = "".join(map(equation_html, rows)) + equation_html(last, self._note)
        return sealed(
            '<div class="bl-proof bl-example" data-status="proved"><div class="math bl-lines">'
            f"{rows}</div></div>"
        )

    def __repr__(self):
        named = ", ".join(f"{s} = {v}" for s, v in self.named)
        products = " + ".join("".join(f"({f})" for f in path) for path in self.factors)
        parts = [self.derivation.left_text, *([products] if products else []), str(self.value)]
        rows = [named, " = ".join(parts), *([self._note] if self.kink else [])]
        return "\n".join(rows)
