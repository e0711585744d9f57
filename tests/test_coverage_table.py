"""The table of functions is what the registry gives, and nothing of the peer's is missing in it."""

from __future__ import annotations

import json
import math
import re
import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.core import primitive_vjps

import backprop_lab as bl
import function_table
from backprop_lab.rules import CONSTANT, RULES

TABLE = function_table.data()
ROWS = {row["function"]: row for row in TABLE["functions"]}


@pytest.mark.parametrize("path, text", function_table.texts().items(), ids=["page", "data"])
def test_the_table_is_current(path, text):
    again = "run python tools/function_table.py"
    assert path.exists() and path.read_text(encoding="utf-8") == text, again


def test_every_function_of_the_registry_has_a_row():
    hidden = {rule.name for rule in RULES.values() if not function_table.is_public(rule)}
    joined = set(function_table.OPERATORS)
    shown = {row.replace("bl.rules.", "bl.") for row in ROWS}
    assert {rule.name for rule in RULES.values()} - hidden - joined <= shown
    assert not {name for name in hidden if name.startswith("np.")}
    operators = [text for row in TABLE["functions"] for text in row["operators"]]
    assert len(operators) == sum(RULES[key].name in joined for key in RULES)


def test_every_row_has_cases_and_an_independent_truth():
    assert all(row["cases"] >= 2 for row in ROWS.values()), [
        name for name, row in ROWS.items() if row["cases"] < 2
    ]
    first = {row["proved_by"][0] for row in ROWS.values()}
    assert first <= {"complex step", "complex step of a plain spelling", "exact differences"}
    assert all(row["takes"] and row["family"] and row["kind"] for row in ROWS.values())


@pytest.mark.parametrize(
    "name, want",
    [
        ("np.exp", {"kind": "elementwise", "takes": "x", "analytic": True, "complex": "analytic"}),
        ("np.multiply", {"operators": ["a * b"], "takes": "a, b", "batched": True}),
        ("np.transpose", {"kind": "linear", "takes": "a, axes"}),
        ("np.maximum", {"analytic": False, "kink": RULES[np.maximum].kink}),
        ("np.vstack", {"kind": "composite"}),
    ],
)
def test_a_row_says_what_the_rule_says(name, want):
    assert {key: ROWS[name][key] for key in want} == want
    assert "autograd" in ROWS["np.exp"]["proved_by"] and "SymPy" in ROWS["np.exp"]["proved_by"]


def test_the_page_holds_every_row_and_its_bars_do_not_end_cells():
    page = function_table.markdown(TABLE)
    cells = re.findall(r"^\| \[?`([^`]+)`", page, flags=re.M)
    assert set(ROWS) <= set(cells)
    heads = {line.count("|") - line.count(r"\|") for line in page.splitlines() if line[:1] == "|"}
    assert heads == {3, 6}
    assert json.loads(json.dumps(TABLE)) == TABLE


# --- the peer's functions ---------------------------------------------------------------------------------

MISSING = {  # functions that autograd differentiates and this package does not
    "np.array": "construction: NumPy asks no traced value. Write np.stack.",
    "np.full": "construction, as np.array. Write x * np.ones(n).",
    "np.row_stack": "NumPy has given the name up. Write np.vstack.",
}


def functions_of_the_peer():
    """What autograd has a vjp for, or spells in functions that have: names and NumPy's functions."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that NumPy is about to drop
        for prefix, theirs, ours in [
            ("np.", anp, np),
            ("np.linalg.", anp.linalg, np.linalg),
            ("np.fft.", anp.fft, np.fft),
        ]:
            for name in dir(theirs):
                f = getattr(theirs, name)
                spelled = (getattr(f, "__module__", None) or "").startswith("autograd")
                differentiated = callable(f) and not isinstance(f, type) and f in primitive_vjps
                if differentiated or (spelled and not hasattr(f, "fun") and callable(f)):
                    found[prefix + name] = getattr(ours, name, None)
    return {name: f for name, f in found.items() if callable(f) and not isinstance(f, type)}


def test_nothing_of_the_peers_numpy_is_missing_but_construction():
    theirs = functions_of_the_peer()
    assert len(theirs) > 150, "the peer was not read"
    assert {name for name, f in theirs.items() if f not in RULES and f not in CONSTANT} == set(
        MISSING
    )


# --- what is refused, and what is to be written instead -----------------------------------------------------


@pytest.mark.parametrize("refused, instead", function_table.CONSTRUCTION.items())
def test_construction_is_refused_and_what_to_write_instead_works(refused, instead):
    names = {"np": np, "math": math, "n": 2, "f": np.sin, "mask": np.array([True, False])}

    def run(code):
        def body(x, y):
            here = {**names, "x": x, "y": y}
            exec(f"out = {code}" if not re.search(r"[^=]= ", code) else code, here)
            return here.get("out", x)

        return body

    x, y = np.array([0.5, 1.5]), np.array([2.0, 3.0])
    with pytest.raises((bl.TraceError, ValueError)) as caught:
        bl.vjp(run(refused), x, y)
    assert isinstance(caught.value, bl.TraceError) or isinstance(
        caught.value.__cause__, bl.TraceError
    )
    value, pullback = bl.vjp(run(instead), x, y)
    assert np.any(pullback(np.ones(np.shape(value)))[0])


def test_what_is_refused_has_no_rule_and_what_has_a_rule_is_not_refused():
    assert TABLE["refused"] and not set(TABLE["refused"]) & set(ROWS)
    assert not set(TABLE["constants"]) & set(ROWS)
