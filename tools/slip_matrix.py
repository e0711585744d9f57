"""Put every known slip into every derivation of the chapters, and print who was caught.

    python tools/slip_matrix.py [book/05-vector-jacobian-products.ipynb …]

The derivations are collected by running the chapters' cells with a recorder around `bl.derive` and
`bl.adjoint`, so a new one is in the matrix as soon as it is in a chapter. A derivation for all
sizes with several letters appears twice: as it is, and with one letter n for every size, where no
shape can hide or reveal a slip. Each wrong line is made by the slip's own transformation; `then`
must refuse it, and name the slip, or another that makes the very same wrong line.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from unittest import mock

import nbformat
import numpy as np
import sympy as sp
from sympy.core.cache import clear_cache

import backprop_lab as bl
from backprop_lab.all_sizes import IndexedDerivation
from backprop_lab.equality import equal
from backprop_lab.fingerprints import fingerprints_of
from backprop_lab.index_equality import same
from backprop_lab.indexed import IndexedArray
from backprop_lab.inner_products import InnerProducts
from backprop_lab.scalars import ScalarDerivation
from backprop_lab.slips import SLIPS, Slip, slip_of_shape
from backprop_lab.vectors import VectorDerivation
from backprop_lab.whole import Whole
from backprop_lab.wrong_entries import step_in

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("0[1-5]-*.ipynb"))
# What takes time and derives nothing: figures, receipts, measurements.
SKIPPED = {"nbval-ignore-output"}
# The slips that a derivation can meet; those that an exercise alone can make are left out.
COLUMNS = {name: slip for name, slip in SLIPS.items() if slip.in_proofs}


@dataclass
class Row:
    """One derivation, how often the chapter made it, and what became of each slip in it."""

    chapter: str
    title: str
    derivation: object
    seconds: float  # of the processor, to derive it
    calls: int = 0
    cells: dict[str, str] = field(default_factory=dict)


def _timed(make, f, wrt, shapes, options) -> tuple:
    """Derive, and give the time on the processor: the least of three, where one is long.

    Other work on the machine, and modules that are loaded late, make a first one longer.
    """
    times = []
    while not times or (min(times) > 0.5 and len(times) < 3):
        clear_cache()
        start = process_time()
        d = make(f, wrt, shapes, **options)
        times.append(process_time() - start)
    return d, min(times)


def derivations(notebook: Path) -> list[Row]:
    """Run a chapter's cells; give each derivation that they made, once."""
    found: dict[tuple, Row] = {}
    chapter = notebook.stem.partition("-")[0].lstrip("0")

    def recording(make):
        def recorded(f, wrt, shapes=None, **options):
            d, seconds = _timed(make, f, wrt, shapes, options)
            for title, one, sizes in [("", d, shapes), *_with_one_letter(make, d, shapes)]:
                left = f"⟨·,·⟩ for {wrt}_bar" if isinstance(one, InnerProducts) else one.left_text
                row = Row(chapter, f"{left} of {_name(f)}{title}", one, seconds)
                found.setdefault((repr(one), str(sizes)), row).calls += not title
            return d

        return recorded

    space: dict = {}
    with (
        mock.patch.object(bl, "derive", recording(bl.derive)),
        mock.patch.object(bl, "adjoint", recording(bl.adjoint)),
        mock.patch.object(bl, "receipt", lambda label, claim, **_: claim),
        mock.patch.object(bl, "verify", mock.MagicMock()),
        mock.patch.object(bl, "draw", mock.MagicMock()),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for cell in nbformat.read(notebook, as_version=4).cells:
            tags = set(cell.metadata.get("tags", []))
            if cell.cell_type == "code" and not tags & SKIPPED:
                wanted = Exception if "raises-exception" in tags else ()
                with contextlib.suppress(wanted):
                    exec(compile(cell.source, notebook.name, "exec"), space)
    return list(found.values())


def _name(f) -> str:
    return getattr(f, "func", f).__name__.replace("<lambda>", "a map")


def _with_one_letter(derive, d, shapes) -> Iterator:
    """Derive again with the letter n for every size, where there are several letters."""
    letters = {n for shape in (shapes or {}).values() for n in shape if isinstance(n, str)}
    if len(letters) > 1:
        square = {
            name: tuple("n" if isinstance(n, str) else n for n in shape)
            for name, shape in shapes.items()
        }
        yield ", sizes n", derive(d.f, d.wrt, square), square


def ingredients(d) -> tuple[str, tuple]:
    """Say what a slip makes its wrong answers of: the kind of transformation, and its arguments."""
    if isinstance(d, ScalarDerivation):
        return "on_paths", (d.factors,)
    if isinstance(d, IndexedDerivation):
        return "on_entries", (step_in(d),)
    return "on_jacobian", (d.jacobian, d.y_bar)


def wrong_lines(slip: Slip, d) -> list:
    """Give what a slip makes of a derivation."""
    kind, arguments = ingredients(d)
    make = getattr(slip, kind)
    return list(make(*arguments)) if make else []


def wrong_shapes(slip: Slip, d) -> list[tuple]:
    """Give shapes that tell of a slip: transposed, an axis too many, an axis too few."""
    shape = () if isinstance(d, ScalarDerivation) else getattr(d, "shape", None) or d.truth.shape
    shorter = [shape[:i] + shape[i + 1 :] for i in range(len(shape))]
    return [
        s for s in (shape[::-1], (5, *shape), *shorter) if shape and slip_of_shape(s, shape) is slip
    ]


def of_shape(d, shape):
    """Give a line of zeros of a shape."""
    if isinstance(d, IndexedDerivation):
        zero = lambda *_: sp.Integer(0)  # noqa: E731
        return _giving(d, IndexedArray(map(sp.sympify, shape), zero, d.reading))
    return np.zeros(shape)


def alike(d, one, other) -> bool:
    """Say whether two lines are equal."""
    look, put_in = fingerprints_of(d.reading), d.reading.expanded
    if isinstance(d, IndexedDerivation):
        return look.alike(one, other, d.indices) and same(put_in(one), put_in(other))
    pairs = list(zip(np.ravel(one), np.ravel(other), strict=True))
    return all(look.alike(a, b) for a, b in pairs) and all(
        equal(put_in(a), put_in(b)) for a, b in pairs
    )


def as_line(d, wrong):
    """Give a wrong answer the form in which `then` takes a line."""
    if isinstance(d, IndexedDerivation):
        at = dict.fromkeys(d.indices)
        entry = lambda *i: wrong.xreplace(dict(zip(at, i, strict=False)))  # noqa: E731
        return _giving(d, IndexedArray(d.shape, entry, d.reading))
    return wrong


def _giving(d, array):
    """Give a function without arguments that returns an array, as a line is one."""
    return lambda: Whole(array, None, d.trees) if isinstance(d, InnerProducts) else array


def refusal(d, line) -> str:
    """Add a wrong line; give the message that refuses it, or nothing where it was accepted."""
    try:
        d.then(line)
    except bl.ProofError as error:
        return str(error)
    return ""


def named(message: str) -> Slip | None:
    """Read from a message which slip it names."""
    said = " ".join(message.split())  # as one line: long rows are wrapped
    return next(
        (s for s in SLIPS.values() if f"looks like {s.title}. {s.explanation}" in said), None
    )


def outcome(slip: Slip, d) -> str:
    """Put a slip into a derivation; say in a word what became of it.

    "named": every wrong line was refused, and the slip named at least once; "as …": another slip
    makes the same wrong line, and was named; "same: …": the slip gives the right answer here, and
    why; "-": it does not apply. "ACCEPTED", "UNNAMED", "MISNAMED" and "UNEXPLAINED" are faults.
    """
    lines = wrong_lines(slip, d)
    wrong = [line for line in _first_and_last(lines) if not alike(d, line, d.truth)]
    misshapen = wrong_shapes(slip, d)
    if not wrong and not misshapen:
        return harmless(slip, d) if lines else "-"
    found = []
    for line in wrong:
        message = refusal(d, as_line(d, line))
        found.append(named(message))
        if not message:
            return "ACCEPTED"
        if found[-1] is None or "they differ at" not in message:
            return "UNNAMED"
        if found[-1] is not slip and not made_by(found[-1], d, line):
            return "MISNAMED"
    for shape in misshapen:
        message = refusal(d, of_shape(d, shape))
        if named(message) is not slip:
            return "MISNAMED" if message else "ACCEPTED"
        found.append(slip)
    return "named" if slip in found else f"as {found[0].name}"


HARMLESS = {  # a slip that is none: why, and what the Jacobian then is
    "missing-transpose": ("J is symmetric", lambda J: _zero(J - J.T)),
    "diagonal-only": ("J is diagonal", lambda J: _zero(J - np.diag(np.diagonal(J)))),
    "wrong-index": ("J is diagonal", lambda J: _zero(J - np.diag(np.diagonal(J)))),
    "missing-factor": ("every slope is 0 or 1", lambda J: _zero(J * (J - 1))),
}


def harmless(slip: Slip, d) -> str:
    """Say why a slip gives the right answer, as the Jacobian shows at a size of two or as given."""
    why, holds = HARMLESS.get(slip.name, ("", None))
    small = d if isinstance(d, VectorDerivation) else d.at_two and d.at_two()
    if holds is None or small is None:
        return "UNEXPLAINED"
    J = small.jacobian.reshape(small.y_bar.size, -1)
    return f"same: {why}" if holds(J) else "UNEXPLAINED"


def _zero(entries) -> bool:
    return all(equal(e, 0) for e in entries.flat)


def _first_and_last(lines: list) -> list:
    """Take two wrong lines of a kind: each costs a search through all slips."""
    return lines if len(lines) < 3 else [lines[0], lines[-1]]


def made_by(slip: Slip, d, line) -> bool:
    """Say whether a slip makes this wrong line too."""
    return any(alike(d, made, line) for made in wrong_lines(slip, d))


def matrix(notebooks=CHAPTERS) -> list[Row]:
    """Fill the whole matrix."""
    rows = [row for notebook in notebooks for row in derivations(notebook)]
    for row in rows:
        row.cells = {name: outcome(slip, row.derivation) for name, slip in COLUMNS.items()}
    return rows


MARKS = {"named": "✓", "-": "·"}


def table(rows: list[Row]) -> str:
    """Write the matrix: a row for each derivation, a numbered column for each slip."""
    columns = {name: str(i) for i, name in enumerate(COLUMNS, 1)}
    width = max(len(row.title) for row in rows)
    lines = [f"ch  {'derivative':{width}} " + "".join(f"{n:>4}" for n in columns.values())]
    for row in rows:
        marks = (_mark(row.cells[name], columns) for name in columns)
        lines.append(f"{row.chapter:2}  {row.title:{width}} " + "".join(f"{m:>4}" for m in marks))
    cells = [cell for row in rows for cell in row.cells.values()]
    count = Counter(cell.partition(":")[0].partition(" ")[0] for cell in cells)
    reasons = sorted(
        {f"  =  {name}: {c[6:]}" for r in rows for name, c in r.cells.items() if c[:4] == "same"}
    )
    legend = [f"{n:>4}  {name}" for name, n in columns.items()]
    meaning = (
        "  ✓  refused and named    a number: refused under the name of that slip, which makes the "
        "same line\n  =  no mistake here: the slip gives the right answer    ·  does not apply"
    )
    counts = ", ".join(f"{n} {word}" for word, n in sorted(count.items()))
    return "\n".join(
        [*lines, "", *legend, "", meaning, *reasons, "", f"{len(rows)} derivations: {counts}"]
    )


def _mark(cell, columns):
    mark = "=" if cell.startswith("same") else MARKS.get(cell)
    return mark or columns.get(cell.removeprefix("as "), "✗")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", type=Path, default=CHAPTERS)
    rows = matrix(parser.parse_args(arguments).notebooks)
    print(table(rows))
    return int(any(cell.isupper() for row in rows for cell in row.cells.values()))


if __name__ == "__main__":
    sys.exit(main())
