"""Write the table of everything that is differentiable, from the registry: Markdown and JSON.

    python tools/function_table.py

`book/functions.md` is a page of the book, `book/assets/functions.json` the same as data. A test
fails when either is not what this writes.
"""

from __future__ import annotations

import ast
import collections
import json
import re
import sys
from inspect import signature
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import backprop_lab as bl  # noqa: E402
import scribe  # noqa: E402
from backprop_lab.errors import TraceError, name_of  # noqa: E402
from backprop_lab.hints import INSTEAD  # noqa: E402
from backprop_lab.rules import CONSTANT, RULES  # noqa: E402
from backprop_lab.rules.complexes import policy_of  # noqa: E402
from backprop_lab.symbolic_table import symbolic_primal  # noqa: E402
from peer.comparing import supports  # noqa: E402
from rule_cases import all_cases, family_title  # noqa: E402

BAR = "\\|"  # a bar within a cell of a table
PAGE, DATA = ROOT / "book" / "functions.md", ROOT / "book" / "assets" / "functions.json"
OPERATORS = {
    "operator.add": ("np.add", "a + b"), "operator.sub": ("np.subtract", "a - b"),
    "operator.mul": ("np.multiply", "a * b"), "operator.truediv": ("np.divide", "a / b"),
    "operator.pow": ("np.power", "a ** b"), "operator.matmul": ("np.matmul", "a @ b"),
    "operator.mod": ("np.remainder", "a % b"), "operator.neg": ("np.negative", "-x"),
    "operator.pos": ("np.positive", "+x"), "operator.abs": ("np.absolute", "abs(x)"),
    "operator.floordiv": ("np.floor_divide", "a // b"), "bl.getitem": ("bl.getitem", "x[index]"),
}  # fmt: skip
CONSTRUCTION = {  # no traced argument is asked, so no rule can be found; and what to write instead
    "np.array([x, y])": "np.stack([x, y])",
    "np.array([[x[0], y[0]], [x[1], y[1]]])": "np.stack([x, y], axis=1)",
    "np.full(n, x)": "x * np.ones(n)",
    "np.r_[x, y]": "np.concatenate([x, y])",
    "np.c_[x, y]": "np.column_stack([x, y])",
    "np.fromiter(x, float)": "x",
    "np.vectorize(f)(x)": "np.stack([f(z) for z in x])",
    "x[0] = 1.0": "np.where(mask, 1.0, x)",
    "x += y": "x + y",
    "float(x[0])": "x[0]",
    "math.exp(x[0])": "np.exp(x[0])",
}


def takes(rule) -> str:
    """What traced calls take, as the rule's own refusal of an argument says it."""
    try:
        rule.bind((), {"no such argument": 1})
    except TraceError as error:
        found = re.search(r"traced calls take \((.*)\)\.$", str(error))
        if found:
            return found[1]
    if isinstance(rule.func, np.ufunc):
        return "x" if rule.func.nin == 1 else "a, b"
    return ", ".join(str(p).partition("=")[0] for p in signature(rule.func).parameters.values())


def proofs(key, cases) -> list[str]:
    """What the tests compare the rule with, on its cases."""
    truth = "complex step" if RULES[key].analytic else "exact differences"
    if any(c.plain for c in cases):
        truth = "complex step of a plain spelling"
    read = ["SymPy"] if symbolic_primal(key) is not None else []
    return [truth, *read, *(["autograd"] if any(map(supports, cases)) else [])]


def is_public(rule) -> bool:
    """Whether users can call the function: NumPy's own, and what this package exports."""
    name = rule.name.removeprefix("bl.")
    return name == rule.name or name in bl.__all__ or name in bl.rules.__all__


def rows() -> list[dict]:
    """One row a function, in the order of the families of cases; operators join their function."""
    cases = collections.defaultdict(list)
    for case in all_cases():
        cases[case.key].append(case)
    order = list(dict.fromkeys(family_title(c) for key in RULES for c in cases[key][:1]))
    table, spelled = [], collections.defaultdict(list)
    for key, rule in RULES.items():
        function, text = OPERATORS.get(rule.name, (rule.name, None))
        if text:
            spelled[function].append(text)
        if function == rule.name and is_public(rule):
            mine = cases[key]
            if not mine:
                raise LookupError(f"{rule.name} has a rule and no case: add to tests/rule_cases")
            table.append(
                {
                    "function": scribe.spelled(key),
                    "operators": spelled[function],
                    "family": family_title(mine[0]),
                    "kind": rule.kind,
                    "takes": takes(rule),
                    "analytic": rule.analytic,
                    "batched": rule.batched,
                    "complex": policy_of(rule),
                    "kink": rule.kink,
                    "proved_by": proofs(key, mine),
                    "cases": len(mine),
                }
            )
    return sorted(table, key=lambda row: order.index(row["family"]))


def refused() -> dict[str, str]:
    """Functions that are refused by name, and what to write instead."""
    known = {rule.name for rule in RULES.values()}
    named = {name_of(func): text for func, text in INSTEAD.items()}
    return {name: named[name] for name in sorted(named) if name not in known}


def data() -> dict:
    """The whole table."""
    constants = sorted({OPERATORS.get(name_of(f), (name_of(f),))[0] for f in CONSTANT})
    return {
        "functions": rows(),
        "constants": [name for name in constants if name.startswith("np.")],
        "refused": refused(),
        "construction": CONSTRUCTION,
    }


INTRODUCTION = """\
% Written by tools/function_table.py: `make tables` writes it again.

# Every function that can be differentiated

These are {count} functions, tried on {cases} cases. The same as data, with more of each:
{{download}}`functions.json <assets/functions.json>`.

A function that is not here is refused by name, with what to write instead where there is
something. It never gives a wrong gradient.

- **Kind** is how its rule is written. *Elementwise*: the diagonal of the Jacobian is the whole rule
  ([chapter 4](04-elementwise.ipynb)). *Linear*: the adjoint map is the whole rule
  ([chapter 5](05-vector-jacobian-products.ipynb)). *General*: value, pushforward and pullback are
  written out. *Composite*: spelled in other functions of this table.
- **Complex**: what happens to a complex operand, on the way from real primals to a real output.
  *Yes*: the map is holomorphic, and f′ is the rule. *Own*: it is not, and the rule says what comes
  back. *Refused*: with a message.
- **At a kink** is the convention where there is no derivative. Each is pinned by a test.
- **Compared with** is what the tests compare a rule with, in both modes and two orders, and on how
  many cases. *Step*, the complex step, and *differences*, which are exact, run plain NumPy; a
  *respelled* function is written out first in operations that take complex numbers. *SymPy*:
  `bl.derive` and `bl.verify` can read the function. *autograd*: HIPS autograd has it, and agrees.

A function's name leads to its [rule card](rule-cards.md): the map and its cotangent, the rule's own
code, and whether that code is *proved*, for all sizes or at a shape, or compared in numbers. The
card names the arguments that a traced call takes; others (`out=`, `where=`, …) are refused. It also
says whether *rows of cotangents at once* can be pulled back, so that `bl.jacobian` needs one walk;
a composite can as far as the functions that spell it can. NumPy's other names for a function, such
as `np.abs` and `np.concat`, work like the name here.
"""
SHORT = {
    "complex step": "step",
    "complex step of a plain spelling": "step, respelled",
    "exact differences": "differences",
}
COMPLEX = {"analytic": "yes", "own": "own", "refused": "refused"}


def markdown(table) -> str:
    """The page."""
    by_family = collections.defaultdict(list)
    for row in table["functions"]:
        by_family[row["family"]].append(row)
    cases = sum(row["cases"] for row in table["functions"])
    parts = [INTRODUCTION.format(count=len(table["functions"]), cases=cases)]
    for family, members in by_family.items():
        head = ["Function", "Kind", "Complex", "At a kink", "Compared with"]
        parts.append(f"## {family.rstrip('.')}\n\n" + _table(head, map(_cells, members)))
    constants = ", ".join(f"`{name}`" for name in table["constants"])
    parts.append(
        "## Constants to a derivative\n\nThe derivative of these is zero wherever it exists. They "
        f"may be called on traced values, and give plain ones: {constants}.\n"
    )
    instead = [[f"`{f}`", _code_or_words(text)] for f, text in table["refused"].items()]
    parts.append(
        "## Refused, and what to write instead\n\n" + _table(["Function", "Write"], instead)
    )
    built = [[f"`{f}`", f"`{text}`"] for f, text in table["construction"].items()]
    parts.append(
        "## Construction\n\nNumPy calls these without asking a traced value, so no rule can be "
        "found for them. They are refused too.\n\n" + _table(["Instead of", "Write"], built)
    )
    return "\n".join(parts)


def _cells(row):
    name = row["function"]
    names = " ".join([f"[`{name}`](#{anchor(name)})", *(f"`{o}`" for o in row["operators"])])
    proved = ", ".join(SHORT.get(truth, truth) for truth in row["proved_by"])
    return [names, row["kind"], COMPLEX[row["complex"]], row["kink"], f"{proved}; {row['cases']}"]


def anchor(function: str) -> str:
    """Name the place of a function's card: `np-linalg-inv`.

    >>> anchor("np.linalg.inv"), anchor("bl.log_softmax")
    ('np-linalg-inv', 'bl-log-softmax')
    """
    return re.sub(r"[^a-z0-9]+", "-", function.lower())


def _code_or_words(text):
    """An expression is shown as code; a sentence stays one."""
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return text
    return f"`{text}`"


def _table(head, body):
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(c.replace('|', BAR) for c in row)} |\n" for row in lines)


def texts() -> dict[Path, str]:
    """What each file is to hold."""
    table = data()
    return {PAGE: markdown(table), DATA: json.dumps(table, indent=1, ensure_ascii=False) + "\n"}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
