"""Every known slip, put into every derivation of chapters 1 to 5, is refused and named.

`tools/slip_matrix.py` collects the derivations from the chapters themselves and fills the matrix;
`pytest -s` prints it.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import backprop_lab as bl
import slip_matrix
from backprop_lab.all_sizes import IndexedDerivation
from backprop_lab.inner_products import InnerProducts
from backprop_lab.scalars import ScalarDerivation
from backprop_lab.slips import SLIPS
from backprop_lab.vectors import VectorDerivation

FAULTS = ("ACCEPTED", "UNNAMED", "MISNAMED", "UNEXPLAINED")


@pytest.fixture(scope="module")
def rows():
    rows = slip_matrix.matrix()
    print("\n" + slip_matrix.table(rows))
    return rows


def cells(rows):
    return [(row, name, row.cells[name]) for row in rows for name in slip_matrix.COLUMNS]


def test_every_slip_in_every_derivation_is_refused_and_named(rows):
    wrong = [(r.chapter, r.title, name, cell) for r, name, cell in cells(rows) if cell in FAULTS]
    assert wrong == []


def test_the_matrix_is_not_empty(rows):
    """A chapter whose cells no longer run, or a slip that no longer applies, is seen here."""
    by_chapter = Counter(row.chapter for row in rows)
    least = {"1": 5, "2": 10, "3": 6, "4": 8, "5": 12}
    assert {n for n, count in least.items() if by_chapter[n] >= count} == set(least), by_chapter
    kinds = Counter(type(row.derivation) for row in rows)
    kinds_least = {ScalarDerivation: 15, VectorDerivation: 5, IndexedDerivation: 15}
    assert all(kinds[kind] >= count for kind, count in kinds_least.items()), kinds
    assert kinds[InnerProducts] >= 5
    named = Counter(cell.partition(" ")[0] for _, _, cell in cells(rows))
    assert named["named"] >= 300, named


# No chapter derives by itself a map that acts on a matrix entry by entry; `test_slips` does.
ELSEWHERE = {"lost-entrywise"}


@pytest.mark.parametrize("name", [n for n in slip_matrix.COLUMNS if n not in ELSEWHERE])
def test_every_slip_is_named_somewhere_under_its_own_name(rows, name):
    assert any(row.cells[name] == "named" for row in rows), name


def test_every_derivation_meets_several_slips(rows):
    for row in rows:
        met = [name for name in slip_matrix.COLUMNS if row.cells[name].startswith(("named", "as "))]
        assert len(met) >= 2, (row.title, met)
        assert "wrong-sign" in met, row.title


def test_a_slip_that_is_none_comes_with_its_reason(rows):
    same = [cell for _, _, cell in cells(rows) if cell.startswith("same")]
    assert same and all(cell.startswith("same: ") for cell in same)


def test_a_chapter_derives_each_in_less_than_a_second(rows):
    slow = {row.title: round(row.seconds, 2) for row in rows if row.seconds > 1}
    assert slow == {}


def test_the_table_shows_every_row_and_every_slip(rows):
    shown = slip_matrix.table(rows)
    assert all(row.title in shown for row in rows)
    assert all(f"  {name}" in shown for name in slip_matrix.COLUMNS)
    assert "✗" not in shown


# --- the matrix itself can fail ----------------------------------------------------------------------


def product(w, x):
    return bl.let("L", bl.let("z", w * x) ** 2)


def test_a_wrong_line_that_is_accepted_is_a_fault(monkeypatch):
    d = bl.derive(product, wrt="w")
    monkeypatch.setattr(type(d), "then", lambda self, line, because="": self)
    assert slip_matrix.outcome(SLIPS["wrong-sign"], d) == "ACCEPTED"


def test_a_wrong_line_that_is_not_named_is_a_fault(monkeypatch):
    monkeypatch.setattr("backprop_lab.scalars.slip_of", lambda *_: None)
    d = bl.derive(product, wrt="w")
    assert slip_matrix.outcome(SLIPS["wrong-sign"], d) == "UNNAMED"


def test_a_wrong_line_under_a_wrong_name_is_a_fault(monkeypatch):
    monkeypatch.setattr("backprop_lab.scalars.slip_of", lambda *_: SLIPS["forgotten-path"])
    d = bl.derive(product, wrt="w")
    assert slip_matrix.outcome(SLIPS["wrong-sign"], d) == "MISNAMED"


def test_a_cell_that_fails_ends_the_collection(tmp_path):
    """A chapter whose cell raises without being meant to is not passed over in silence."""
    import nbformat

    cell = nbformat.v4.new_code_cell("raise RuntimeError('broken')")
    path = tmp_path / "01-broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(RuntimeError, match="broken"):
        slip_matrix.derivations(path)


def test_numpy_lines_meet_the_same_names():
    """What the slips make of formulas is what people write in NumPy."""
    square = {"X": ("n", "n"), "W": ("n", "n")}
    d = bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="X", shapes=square)
    written = {
        "missing-transpose": lambda W, Y_bar: Y_bar @ W,
        "wrong-order": lambda W, Y_bar: W.T @ Y_bar,
        "extra-transpose": lambda W, Y_bar: Y_bar.T @ W.T,
        "transposed": lambda W, Y_bar: W @ Y_bar.T,
        "wrong-sign": lambda W, Y_bar: -Y_bar @ W.T,
        "cotangent-ignored": lambda X, W: np.ones_like(X) @ W.T,
    }
    for name, line in written.items():
        with pytest.raises(bl.ProofError) as caught:
            d.then(line)
        assert slip_matrix.named(str(caught.value)) is SLIPS[name], (name, str(caught.value))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (lambda Y_bar: Y_bar, "broadcast"),
        (lambda Y_bar: Y_bar.sum(axis=1), "wrong-axis"),
        (lambda Y_bar: Y_bar.mean(axis=0), "mean-of-paths"),
    ],
)
def test_a_bias_meets_the_slips_of_broadcasting(line, name):
    shapes = {"X": ("N", "p"), "W": ("p", "m"), "b": ("m",)}
    d = bl.derive(lambda X, W, b: bl.let("Y", X @ W + b), wrt="b", shapes=shapes)
    with pytest.raises(bl.ProofError) as caught:
        d.then(line)
    assert slip_matrix.named(str(caught.value)) is SLIPS[name], str(caught.value)


def test_a_result_of_the_transposed_shape_is_named():
    shapes = {"X": ("N", "p"), "W": ("p", "m")}
    d = bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="W", shapes=shapes)
    with pytest.raises(bl.ProofError, match=r"shape \(m, p\)(.|\n)*the right answer, transposed"):
        d.then(lambda X, Y_bar: Y_bar.T @ X)


def test_every_derivation_that_a_chapter_spells_is_in_the_matrix(rows):
    import re

    import nbformat

    for path in slip_matrix.CHAPTERS:
        cells = (c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
        spelled = sum(len(re.findall(r"\bbl\.(?:derive|adjoint)\(", c.source)) for c in cells)
        chapter = path.stem.partition("-")[0].lstrip("0")
        assert sum(row.calls for row in rows if row.chapter == chapter) >= spelled > 0, path.name
