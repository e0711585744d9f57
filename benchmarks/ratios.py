"""What is measured of time: a function of one workload and the libraries of one process.

Each gives samples by column; a column that cannot run gives a text that says why.
"""

from __future__ import annotations

import numpy as np

from benchmarks.libraries import Library
from benchmarks.measure import Pace, disagreement, paired_ratios
from benchmarks.workloads import Workload

BASE = "the yardstick"


def traced(workload: Workload, library: Library):
    """The workload's function, as `library` is to differentiate it."""
    return workload.loss(library, *[library.constant(c) for c in workload.constants])


def runner(workload: Workload, library: Library):
    """What the library runs for this workload, once it has been found to be right; or a text."""
    prepare = getattr(library, workload.transform)
    if prepare is None or library.column in workload.without:
        return "–"
    try:
        run = prepare(traced(workload, library), workload.arguments)
        wrong = disagreement(tuple(map(np.asarray, run())), workload.by_hand(*workload.arguments))
    except Exception as error:  # a peer may fail in any way; its column then says so
        if library.module == "backprop_lab":
            raise
        return type(error).__name__
    if wrong and library.module == "backprop_lab":
        raise ValueError(f"the gradient is not that by hand: {wrong}")
    return wrong or run


def to_hand(workload: Workload, libraries: list[Library], pace: Pace) -> dict:
    """Time of each library's gradient over that of the gradient by hand."""
    found = {library.column: runner(workload, library) for library in libraries}
    runs = {column: run for column, run in found.items() if callable(run)}
    base = {BASE: lambda: workload.by_hand(*workload.arguments)}
    return found | (paired_ratios(base | runs, pace) if runs else {})


def to_forward(workload: Workload, libraries: list[Library], pace: Pace) -> dict:
    """Time of a library's gradient over that of its function alone, without a tape."""
    found = {}
    for library in libraries:
        run = runner(workload, library)
        found[library.column] = run
        if callable(run) and not library.column.startswith("JAX"):
            f = traced(workload, library)
            arguments = [library.constant(x) for x in workload.arguments]

            def forward(f=f, arguments=arguments, untraced=library.untraced):
                with untraced():
                    f(*arguments)

            found |= paired_ratios({BASE: forward, library.column: run}, pace)
        elif callable(run):
            found[library.column] = "–"  # its forward pass would have to be compiled as well
    return found


def to_float64(workloads: dict, libraries: list[Library], pace: Pace) -> dict:
    """Time of a library's float32 gradient over that of its own in float64."""
    found = {}
    for library in libraries:
        runs = {dtype: runner(workload, library) for dtype, workload in workloads.items()}
        texts = [run for run in runs.values() if not callable(run)]
        if texts:
            found[library.column] = texts[0]
        else:
            ordered = {BASE: runs["float64"], library.column: runs["float32"]}
            found |= paired_ratios(ordered, pace)
    return found
