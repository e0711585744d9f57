"""Run the chapters again and store their outputs, the same bytes for the same results.

    python tools/notebooks.py [--no-run] [--measure] [NOTEBOOK ...]

Without names it takes every notebook in `book/`. A notebook is replaced as a whole, after all its
cells have run; when a cell fails, the cell is named and the file stays as it was. `--no-run`
brings the form in order and leaves the outputs alone. Cells tagged `nbval-ignore-output` measure
time: what they measured is kept while their source is the same, unless `--measure` is given.

What depends on the machine or the moment is not stored: times, widget views (their ids change at
every run), the patch version of Python, the frames of an expected error. Expected errors stand in
cells tagged `raises-exception`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
EXPECTED = "raises-exception"
MEASURED = "nbval-ignore-output"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_METADATA = ("tags", "mystnb", "measured")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}


class NotebookError(Exception):
    """A notebook could not be run; the message names the notebook and the cell."""


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def run(notebook: nbformat.NotebookNode, path: Path, timeout: int = 600) -> None:
    """Run all cells in a fresh kernel, in the notebook's folder."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    current = [0]
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: current.__setitem__(0, cell_index),
    )
    try:
        # The kernel's own log (not the cells' stderr) says nothing about the chapter.
        client.execute(stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise NotebookError(
            describe(path, notebook, current[0], f"{error.ename}: {error.evalue}")
        ) from error
    except CellTimeoutError as error:
        raise NotebookError(
            describe(path, notebook, current[0], f"ran longer than {timeout} s")
        ) from error
    except DeadKernelError as error:
        raise NotebookError(describe(path, notebook, current[0], "the kernel died")) from error
    for index, cell in enumerate(notebook.cells):
        if EXPECTED in cell.metadata.get("tags", []) and not has_error(cell):
            raise NotebookError(
                describe(path, notebook, index, f"is tagged {EXPECTED} and raised nothing")
            )


def has_error(cell: nbformat.NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def describe(path: Path, notebook: nbformat.NotebookNode, index: int, what: str) -> str:
    """Name a cell as its author would look for it: notebook, number, first line."""
    first = next(iter(notebook.cells[index].source.strip().splitlines()), "")
    return f"{path.name}, cell {index} ({first!r}): {what}"


def normalise(notebook: nbformat.NotebookNode) -> str:
    """Give the text of a notebook in the one form in which it is stored."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    ids: set[str] = set()
    count = 0
    for cell in notebook.cells:
        cell.id = stable_id(cell, ids)
        ids.add(cell.id)
        cell.metadata = nbformat.from_dict(
            {k: cell.metadata[k] for k in CELL_METADATA if cell.metadata.get(k)}
        )
        cell.source = cell.source.rstrip()
        if not cell.get("attachments"):
            cell.pop("attachments", None)
        if cell.cell_type == "code":
            count += bool(cell.source)
            ran = cell.execution_count is not None and cell.source
            cell.execution_count = count if ran else None
            cell.outputs = [tidy(output, cell.execution_count) for output in merged(cell.outputs)]
            cell.outputs = [output for output in cell.outputs if output is not None]
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def stable_id(cell: nbformat.NotebookNode, taken: set[str]) -> str:
    """Keep a cell's id; where it is missing or used twice, make one from the source."""
    identifier = cell.get("id", "")
    number = 0
    while not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identifier) or identifier in taken:
        digest = hashlib.sha256(f"{cell.cell_type}\0{cell.source}\0{number}".encode())
        identifier, number = digest.hexdigest()[:8], number + 1
    return identifier


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join the pieces in which a stream arrived: where it was cut is chance."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        ):
            last.text += output.text
        else:
            joined.append(output)
    return joined


def tidy(output: nbformat.NotebookNode, count: int | None) -> nbformat.NotebookNode | None:
    """Drop from one output what changes from run to run; None when nothing is left."""
    if output.output_type == "error":
        # nbval compares the name and the message, not the frames, which hold this machine's paths.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        output.metadata.pop(WIDGET_VIEW, None)
        if not output.data:
            return None
    if output.output_type == "execute_result":
        output.execution_count = count
    return output


def write(path: Path, text: str) -> bool:
    """Replace a file at one stroke; give whether it changed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def keep_measurements(stored: nbformat.NotebookNode, notebook: nbformat.NotebookNode) -> None:
    """Put the stored outputs back in cells that measure time, where the source is the same.

    Such cells are tagged `nbval-ignore-output`. Two runs never measure the same, and a diff is to
    show what changed in the book.
    """
    known = {cell.metadata.get("measured"): cell.get("outputs") for cell in stored.cells}
    for cell in notebook.cells:
        if MEASURED in cell.metadata.get("tags", []):
            cell.outputs = known.get(digest_of(cell), cell.outputs)


def mark_measurements(notebook: nbformat.NotebookNode) -> None:
    """Note in each cell that measures time which source its outputs belong to."""
    for cell in notebook.cells:
        cell.metadata.pop("measured", None)
        if MEASURED in cell.metadata.get("tags", []):
            cell.metadata["measured"] = digest_of(cell)


def digest_of(cell: nbformat.NotebookNode) -> str:
    """Give a short digest of a cell's source."""
    return hashlib.sha256(cell.source.rstrip().encode()).hexdigest()[:12]


def renew(path: Path, execute: bool = True, measure: bool = False) -> bool:
    """Run (or not), normalise and store one notebook; give whether the file changed."""
    notebook = read(path)
    if execute:
        run(notebook, path.resolve())
        if not measure:
            keep_measurements(read(path), notebook)
        mark_measurements(notebook)
    return write(path, normalise(notebook))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook in book/")
    parser.add_argument("--no-run", action="store_true", help="normalise without running")
    parser.add_argument("--measure", action="store_true", help="take new measurements of time")
    options = parser.parse_args(arguments)
    failures = []
    paths = options.notebooks or sorted(BOOK.glob("*.ipynb"))
    for path in paths:
        try:
            changed = renew(path, execute=not options.no_run, measure=options.measure)
            print(f"{path.name}: {'stored' if changed else 'unchanged'}", flush=True)
        except (NotebookError, OSError, nbformat.ValidationError, ValueError) as error:
            failures.append(str(error))
            print(f"{error}\n{path.name}: left as it was", file=sys.stderr, flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
