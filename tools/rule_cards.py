"""Write the rule cards of the book: one card a function, proved from the rule's own code.

    python tools/rule_cards.py

`book/rule-cards.md` is the index, `book/rule-cards-*.md` the cards, one page a family. A rule that
is not what SymPy derives gets no card: generation fails. A test fails when a page is not current.
"""

from __future__ import annotations

import collections
import functools
import html
import sys
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

import function_table  # noqa: E402
from backprop_lab.rule_letters import is_complex  # noqa: E402
from backprop_lab.rule_sources import source_of  # noqa: E402
from function_table import anchor  # noqa: E402
from rule_cases import all_cases  # noqa: E402
from rule_evidence import Known, known  # noqa: E402
from rule_examples import AT_A_SIZE  # noqa: E402
from rule_formula_table import ENTRIES_HIDDEN, FORMULAS  # noqa: E402
from rule_formulas import formula_html  # noqa: E402
from rule_statements import for_all_sizes  # noqa: E402

BOOK = ROOT / "book"
INDEX = BOOK / "rule-cards.md"
_FOLDED = 9  # lines of code from which on they are folded
FLAGS = {"analytic": "complex operands: yes", "own": "complex operands: by a convention of its own"}


# --- one card, as text ---------------------------------------------------------------------------


def card_text(found: Known) -> str:
    """Markdown of one card."""
    row, rule = found.row, found.rule
    shown = shown_of(found.cards)
    title = row["function"].replace("_", r"\_")  # as text: code would not fit a phone
    parts = [f"({anchor(row['function'])})=\n## {title}\n", _flags(row)]
    if row["operators"]:
        parts.append("Also written " + ", ".join(f"`{x}`" for x in row["operators"]) + ".\n")
    parts += map(_raw, for_all_sizes(rule.func))
    if rule.func in FORMULAS:
        parts.append(_raw(formula_html(rule.func, FORMULAS[rule.func], _call(rule))))
    if rule.func not in AT_A_SIZE and rule.func not in ENTRIES_HIDDEN:
        parts += [_raw(one.equations_html()) for one in shown]
    if row["kink"]:
        parts.append(f"**At a kink:** {row['kink']}.\n")
    parts.append(_proof_text(found, shown))
    parts.append(_code(source_of(rule.func)))
    return "\n".join(parts)


def shown_of(cards) -> list:
    """Choose the cards to show: that of real operands, and that of a complex one.

    Where a function of complex numbers gives real ones, its card of a real operand says nothing.
    """
    of_complex = telling([c for c in cards if c.complex])
    of_real = telling([c for c in cards if not c.complex])
    if of_complex and of_real and of_real.rule.kind != "elementwise":
        of_real = of_real if any(map(is_complex, of_real.instance.values)) else None
    return [c for c in (of_real, of_complex) if c]


def telling(cards):
    """Choose a card that fits a page, if it can with more than a single entry.

    At a single entry a sum, a product and a copy all read y = a.
    """
    lettered = sorted((c for c in cards if c.instance.letters), key=_single)
    return next((c for c in lettered if c.presentable), None)


def _single(card) -> bool:
    operands = card.instance.letters.values()
    return card.rule.kind != "elementwise" and all(x.size == 1 for x in operands)


def _flags(row) -> str:
    flags = [
        f"*{row['kind']}*",
        f"takes `{row['takes']}`",
        "rows of cotangents at once" if row["batched"] else "one cotangent at a time",
        FLAGS.get(row["complex"], "complex operands: refused"),
    ]
    return " · ".join(flags) + "\n"


def _raw(text) -> str:
    return f"```{{raw}} html\n{text}\n```\n"


def _call(rule) -> str:
    """Write the call that a formula is of."""
    return f"{rule.name}({', '.join(FORMULAS[rule.func].operands.split())})"


def _shapes(card) -> str:
    texts = [str(x.shape).replace(" ", "") for x in card.instance.letters.values()]
    return ("complex " if card.complex else "") + " with ".join(texts)


def _proof_text(found, shown) -> str:
    tests = (
        f"The tests compare it with {_listed(found.row['proved_by'])}, {_cases_text(found.row)}."
    )
    if not found.cards:
        why = found.reason.rstrip(".")
        return (
            f"≈ *Compared in numbers*: the code below with central differences at "
            f"{_count(found.compared, 'call')}, the equations above with the code. It is not "
            f"proved on letters: {html.escape(why)}. {tests}\n"
        )
    sign = "✓ *Proved*" if found.kind != "points" else "✓ *Checked at 20 points*"
    sizes = "The statement above is proved for all sizes. " if found.kind == "sizes" else ""
    where = list(dict.fromkeys(c.instance.where for c in found.cards))
    shapes = list(dict.fromkeys(s for s in map(_shapes, found.cards) if s))
    if found.rule.kind == "composite":
        what = "the spelling below equals the function"
    else:
        what = "the code below, run on letters, is SymPy's derivative, forward and back"
    at = ""
    if found.rule.kind != "elementwise" and shapes:
        at = f", at the {_plural(len(shapes), 'shape')} {_listed(shapes)}"
    note = ""
    if not shown and found.rule.func not in FORMULAS:
        note = "Written out it would fill the page. "
    if found.rule.func in FORMULAS:
        note = _formula_text(FORMULAS[found.rule.func])
    return f"{sign} {' and '.join(where)}{at}: {what}. {sizes}{note}{tests}\n"


def _formula_text(formula) -> str:
    if formula.letters:
        return "The equations above are proved equal to it. "
    return "The equations above are ≈ *compared in numbers* with the code. "


def _listed(words) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _cases_text(row) -> str:
    return f"on {_count(row['cases'], 'case')}"


def _count(n, word) -> str:
    return f"{n} {_plural(n, word)}"


def _plural(n, word) -> str:
    return word if n == 1 else f"{word}s"


def _code(text) -> str:
    fence = f"```python\n{text}\n```\n"
    if len(text.splitlines()) <= _FOLDED:
        return fence
    return f"````{{dropdown}} Code, {len(text.splitlines())} lines\n{fence}````\n"


# --- pages ---------------------------------------------------------------------------------------

MADE = "% Written by tools/rule_cards.py: `make tables` writes it again.\n\n"
INTRODUCTION = """\
# Rule cards

Every rule has a card: the map, what it does to a cotangent, its convention at a kink, how it is
known, and its own code. Most cards are proofs, and show the tangent too: the code of the rule runs
on letters in place of numbers, and the result is compared with SymPy's derivative of the function.
SymPy knows none of our rules. Where the two differ, the card is not written.

Some code asks about numbers and cannot run on letters: that of eigenvalues, of sorting. Its card
gives the formula of the cotangent, marked ≈ *compared in numbers*, and says why there is no proof.
The formula is computed in plain NumPy and must give what the code gives. Nothing is claimed for
all values.

Here $y$ is the value, $\\dot x$ a tangent, $\\bar x$ a cotangent, as on the
[notation page](00-notation.ipynb). Of several values the first index is the number of the value:
$\\bar y_{2,1}$ belongs to the first entry of $y_2$. A complex operand is $z = a + ib$, and its
cotangent $\\bar z = \\partial L/\\partial a + i\\, \\partial L/\\partial b$ for the loss $L$. For a
function that acts on each component by itself, a card shows one entry; where operands were
stretched by broadcasting, the cotangent is summed over the copies
([chapter 5](05-vector-jacobian-products.ipynb)). For a function on arrays it shows one small shape,
written out, or the rule in the quantities that it is made of. What is proved "for all sizes" stands
before that, in index form. A kink itself has no derivative, so nothing is proved there: the card
states the convention. The words under a card's title, such as *linear* and *composite*, are
explained above the [table of functions](functions.md).

In a notebook, `bl.card(np.exp)` and `bl.card(np.cumsum, (3,))` show a card that is a proof.

"""
KINDS = {
    "sizes": "proved for every size in index form, and its code on letters",
    "entries": "proved entry by entry, from its code",
    "shapes": "proved from its code at the shapes named",
    "spelling": "composite: its spelling proved equal to the function at the shapes named",
    "points": "checked on letters at 20 points",
    "numbers": "≈ compared in numbers, with the reason on the card",
}


TITLES = {  # by the module of cases
    "elementwise": "elementwise",
    "kinks": "elementwise, with kinks",
    "activations": "activations",
    "products": "products",
    "sums": "sums and extremes",
    "statistics": "statistics",
    "shapes": "shapes",
    "indexing": "indexing",
    "order": "order",
    "linalg": "linear algebra",
    "fft": "Fourier transforms",
    "calculus": "differences and grids",
}


KINKED = "Functions that act on each component by itself, with a convention"


def families() -> dict[str, list[dict]]:
    """Rows of the table of functions, by page: a family each, the largest on two pages."""
    out = collections.defaultdict(list)
    for row in function_table.rows():
        family = row["family"].rstrip(".")
        kinked = row["kink"] and family == KINKED.partition(",")[0]
        out[KINKED if kinked else family].append(row)
    return out


def module_of(family: str) -> str:
    """Name the page of a family: the module of its cases, `products`."""
    if family == KINKED:
        return "kinks"
    for case in all_cases():
        if function_table.family_title(case).rstrip(".") == family:
            return case.family.rpartition(".")[2]
    raise LookupError(family)


def page_path(family: str) -> Path:
    """Give the page of a family."""
    return BOOK / f"rule-cards-{module_of(family)}.md"


@functools.cache
def known_of(family: str) -> tuple[Known, ...]:
    """Prove all rules of a family."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return tuple(map(known, families()[family]))


def page(family: str) -> str:
    """Markdown of the page of one family."""
    head = f"{MADE}# Rule cards: {TITLES[module_of(family)]}\n\n{family}. "
    links = " · ".join(f"[`{r['function']}`](#{anchor(r['function'])})" for r in families()[family])
    text = head + "All cards are listed on the [first page](rule-cards.md).\n\n" + links + "\n\n"
    return text + "\n".join(map(card_text, known_of(family)))


def index(found: dict[str, tuple[Known, ...]]) -> str:
    """Markdown of the index."""
    counts = collections.Counter(k.kind for members in found.values() for k in members)
    total = sum(counts.values())
    lines = [f"| {KINDS[kind]} | {counts[kind]} |" for kind in KINDS if counts[kind]]
    table = ["| How a rule is known | cards |", "| --- | ---: |", *lines, f"| all | {total} |"]
    parts = [MADE + INTRODUCTION + "\n".join(table) + "\n"]
    for family, members in found.items():
        links = " · ".join(
            f"[`{k.row['function']}`](#{anchor(k.row['function'])})" for k in members
        )
        parts.append(f"## [{family}]({page_path(family).name})\n\n{links}\n")
    return "\n".join(parts)


def texts() -> dict[Path, str]:
    """What each file is to hold; a wrong rule raises before there is anything to write."""
    found = {family: known_of(family) for family in families()}
    pages = {page_path(family): page(family) for family in found}
    return pages | {INDEX: index(found)}


def main() -> None:
    """Write every page; print the counts and what was compared in numbers alone."""
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
    everything = [k for family in families() for k in known_of(family)]
    for kind, text in KINDS.items():
        members = [k for k in everything if k.kind == kind]
        print(f"{len(members):4d}  {text}")
        for k in members if kind in ("numbers", "points") else ():
            print(f"      {k.row['function']}: {k.reason}")


if __name__ == "__main__":
    main()
