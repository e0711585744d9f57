"""One process: one library, hand-written NumPy beside it, and some rows of the table.

python -m benchmarks.worker LIBRARY FULL-OR-QUICK ROW[,ROW…]    prints one JSON object a row

Started by `benchmarks.run`, which sets the environment that must stand before a process begins.
"""

from __future__ import annotations

import json
import os
import sys


def main(name: str, size: str, numbers: str) -> None:
    if hasattr(os, "sched_setaffinity"):  # one core, for those too that start threads of their own
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    from benchmarks.libraries import LIBRARIES
    from benchmarks.measure import FULL, QUICK, summary
    from benchmarks.rows import rows

    libraries = LIBRARIES[name][0]()
    table, pace = rows(size == "quick"), QUICK if size == "quick" else FULL
    for number in map(int, numbers.split(",")):
        row = table[number]
        found = row.measure(row.make(), libraries, pace)
        cells = {c: x if isinstance(x, str) else summary(x) for c, x in found.items()}
        print(json.dumps({"row": number, "cells": cells}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
