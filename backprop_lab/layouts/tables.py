"""The dictionary as a page shows it: every equation is taken from its proof."""

from __future__ import annotations

import html
import textwrap

from backprop_lab.layouts.arrangements import SOURCES, Source
from backprop_lab.layouts.lines import FIVE, RESULTS, five, tex_in
from backprop_lab.printing import with_roles
from backprop_lab.proofs import equation_html
from backprop_lab.seals import sealed
from backprop_lab.tex import normalise

_HOW = (
    "Each line is carried by code from one line in our layout, and proved again where it stands: "
    "its general entry has the same normal form as SymPy's derivative, rearranged, with the sizes "
    "left as letters. It is also computed at two sets of sizes against the tape."
)
_WHY = "max-width: min(19rem, calc(100vw - 6rem))"  # many names, and a phone
_COUNTS = {4: "four", 5: "five"}
_VEC = " vec stacks the columns of a matrix; what stands inside it is proved, in the shape of W."


class Equations:
    """Some proved equations with a remark each, under one mark."""

    def __init__(self, rows: list[tuple[str, str]], head: str = "", text: str = ""):
        self.rows, self.head, self.text = rows, head, text  # rows: TeX and remark

    def _repr_html_(self) -> str:
        lines = "".join(equation_html(tex, why) for tex, why in self.rows)
        lines = lines.replace('class="bl-why"', f'class="bl-why" style="{_WHY}"')
        lines = f'<div class="math bl-lines">{lines}</div>'
        plain = ", ".join(with_roles(tex, "none") for tex, _ in self.rows)
        how = _HOW + (_VEC if "vec" in plain else "")
        tex = html.escape(normalise(plain))
        head, inside, mark = "", "", "proved for all sizes"
        if self.head:  # the equations of a card are folded
            head = f"<p><strong>{html.escape(self.head)}</strong>{self.text}</p>"
            lines, inside, mark = "", lines, f"its {_COUNTS[len(self.rows)]} results, {mark}"
        return sealed(
            f'<div class="bl-proof" data-status="proved" data-tex="{tex}">{head}{lines}'
            f'<details class="bl-receipt"><summary>✓ {mark}</summary>'
            f"{inside}<p>{how}</p></details></div>"
        )

    def _repr_latex_(self) -> str:
        body = r" \\ ".join(rf"{tex} && \text{{{why}}}" for tex, why in self.rows)
        return with_roles(rf"$$ \begin{{aligned}} {body} \end{{aligned}} $$", "colour")

    def __repr__(self) -> str:
        head = [self.head] if self.head else []
        rows = [f"{with_roles(tex, 'none')}    [{why}]" for tex, why in self.rows]
        return "\n".join([*head, *rows, "proved for all sizes"])


def forms(name: str) -> Equations:
    r"""Print one of the five results in every form that the ten sources give it, and who does.

    >>> for tex, sources in forms("linear form").rows:
    ...     print(tex, "|", sources[:18])
    \frac{\partial L}{\partial x} = a^{\top} | Magnus & Neudecker
    \frac{\partial L}{\partial x} = a | Aggarwal; Dive int
    """
    if name not in FIVE:
        raise ValueError(f"forms: the five results are {', '.join(FIVE)}; got {name!r}.")
    users: dict[tuple[str, str], list[str]] = {}
    for source in SOURCES.values():
        key = five(source.layout).get(name)
        if key is not None:
            users.setdefault((key, tex_in(key, source.layout)), []).append(source.name)
    order = sorted(users, key=lambda form: list(RESULTS).index(form[0]))
    lead = {key: f"{RESULTS[key].text}: " if name == "layer" else "" for key, _ in order}
    return Equations([(tex, lead[key] + "; ".join(users[key, tex])) for key, tex in order])


def card(key: str) -> Equations:
    r"""Print the five results in the layout of one source, and where it says so.

    >>> card("boyd").rows[1]
    ('\\frac{\\partial y}{\\partial x} = A', 'a linear map, y = Ax')
    """
    source = source_of(key)
    rows = []
    for result in five(source.layout).values():
        what = RESULTS[result]
        rows.append((tex_in(result, source.layout), f"{what.title}, {what.text}"))
    where = f": {html.escape(source.where)}."
    return Equations(rows, source.name, where)


def source_of(key: str) -> Source:
    """Look a source up by its short name."""
    if key not in SOURCES:
        raise ValueError(f"card: no source {key!r}; there are {', '.join(SOURCES)}.")
    return SOURCES[key]


class Overview:
    """The ten sources in a table: how each writes a gradient, a Jacobian and ∂L/∂W."""

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Family, source, and the three answers."""
        order = ("numerator", "denominator", "mixed")
        sources = sorted(SOURCES.values(), key=lambda s: order.index(s.layout.name))
        return [(s.layout.name, s.name, *_answers(s)) for s in sources]

    def _repr_html_(self) -> str:
        body, family = "", None
        for name, *cells in self.rows():
            if name != family:
                body += f'<tr><th scope="rowgroup" colspan="4"><em>{name}</em></th></tr>'
                family = name
            first, *rest = cells
            first = html.escape(first)
            body += f'<tr><th scope="row" style="white-space:normal;{_CLOSE}">{first}</th>'
            body += "".join(map(_cell, rest)) + "</tr>"
        cells = ("source", *_HEAD)
        head = "".join(f'<th scope="col" style="{_CLOSE}">{cell}</th>' for cell in cells)
        return (
            '<div class="bl-receipt-table" tabindex="0" role="region" aria-label="Ten sources">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f'<p style="white-space:normal">{_NOTE}</p></div>'
        )

    def __repr__(self) -> str:
        rows = [("layout", "source", *_HEAD), *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([*lines, *textwrap.wrap(_NOTE, 79)])


_CLOSE = "padding-right:0.45rem"  # four columns fit a phone
_HEAD = ("∂L/∂x", "∂y/∂x", "∂L/∂W")
_MATRIX = {"shape": "like W", "transposed": "like Wᵀ", "vec": "(vec W)ᵀ", None: "–"}
_NOTE = (
    "? not checked in the source itself: from memory or from somebody else’s notes; a ? alone: not "
    "read. – the source does not say."
)


def _answers(source: Source) -> tuple[str, str, str]:
    """How a source writes the three derivatives; with a question mark what we could not check."""
    layout = source.layout
    jacobian = "m × n" if layout.jacobian == "numerator" else "n × m"
    gradient = "row" if layout.gradient == "row" else "like x"
    told = {"gradient": gradient, "jacobian": jacobian, "matrix": _MATRIX[layout.matrix]}
    marked = {field: "?" if told[field] == "–" else f"{told[field]} ?" for field in source.unsure}
    return tuple((told | marked).values())


def _cell(answer: str) -> str:
    """A cell of the table; an answer that we could not check leans and has a dotted line."""
    doubt = ";white-space:normal;font-style:italic;text-decoration:underline dotted"
    text = html.escape(answer).replace(" ", "&nbsp;").replace("&nbsp;?", " ?")  # breaks there alone
    return f'<td style="{_CLOSE}{doubt if "?" in answer else ""}">{text}</td>'


def overview() -> Overview:
    """Show the ten sources side by side: three answers make a layout.

    >>> overview().rows()[0]
    ('numerator', 'Magnus & Neudecker', 'row', 'm × n', '(vec W)ᵀ ?')
    """
    return Overview()
