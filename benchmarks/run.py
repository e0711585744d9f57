"""The run of the table: a process for each library, and what they found, put together."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import machine
from benchmarks.libraries import LIBRARIES, MICROGRAD, installed, version
from benchmarks.rows import Row, rows

ROOT = Path(__file__).resolve().parent.parent
THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# glibc gives large temporaries back to the system at every call, and page faults are then what is
# measured: the same code reads 0.98 or 1.22 depending on what ran before.
ALLOCATOR = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 33),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 33),
    "MALLOC_TOP_PAD_": str(1 << 26),
}


def environment(allocator: str) -> dict[str, str]:
    """What stands before a worker begins: one BLAS thread, and the allocator's settings."""
    plain = {k: v for k, v in os.environ.items() if k not in ALLOCATOR}
    return plain | THREADS | (ALLOCATOR if allocator == "kept" else {})


def measure(name: str, numbers: list[int], quick: bool, allocator: str):
    """Start one worker, and yield (row number, cells) as they come."""
    command = [sys.executable, "-m", "benchmarks.worker", name, "quick" if quick else "full"]
    command.append(",".join(map(str, numbers)))
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(allocator), stdout=subprocess.PIPE, text=True
    ) as worker:
        for line in worker.stdout:
            found = json.loads(line)
            yield found["row"], found["cells"]
    if worker.returncode:
        raise RuntimeError(f"The process of {name} ended with code {worker.returncode}.")


def chosen(quick: bool, groups: list[str] | None) -> dict[int, Row]:
    """The rows of the groups asked for, by number, without those whose yardstick is missing."""
    table = {i: row for i, row in enumerate(rows(quick)) if groups is None or row.group in groups}
    return {i: row for i, row in table.items() if not row.needs or installed(row.needs)}


def run(quick: bool, groups: list[str] | None, libraries: list[str], tell: Callable) -> dict:
    """Measure, telling each row as it comes, and give the results as they are stored.

    Raises `RuntimeError` when Backprop Lab itself fails; a peer that fails is named and left out.
    """
    table = chosen(quick, groups)
    cells: dict[int, dict] = {i: {} for i in table}
    for name in libraries:
        for allocator in ("kept", "default"):
            numbers = [i for i, row in table.items() if row.allocator == allocator]
            try:
                for i, found in measure(name, numbers, quick, allocator) if numbers else ():
                    cells[i] |= found
                    tell(table[i], found)
            except RuntimeError as error:
                if name == "backprop_lab":
                    raise
                print(f"{error} What it has not measured is left out.", file=sys.stderr)
    return {
        "date": datetime.date.today().isoformat(),
        "quick": quick,
        "machine": machine.facts(),
        "versions": {name: version(LIBRARIES[name][1]) for name in libraries}
        | ({"micrograd": version(MICROGRAD[0])} if installed(MICROGRAD[1]) else {}),
        "settings": THREADS | ALLOCATOR | {"cores": 1, "garbage collector": "on, as for users"},
        "rows": [as_stored(row, cells[i]) for i, row in table.items()],
    }


def as_stored(row: Row, cells: dict) -> dict:
    """One line of the table, as JSON keeps it."""
    kept = ("group", "title", "goal", "stretch", "unit", "against", "allocator")
    return {name: getattr(row, name) for name in kept} | {"cells": cells}
