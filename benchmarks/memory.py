"""What is measured of memory, as tracemalloc sees it: Python's objects and NumPy's arrays.

PyTorch and JAX allocate elsewhere, where it cannot see; they have no figure here.
"""

from __future__ import annotations

import gc
import tracemalloc

from benchmarks.libraries import Library
from benchmarks.measure import Pace
from benchmarks.ratios import runner, traced
from benchmarks.workloads import Workload

UNSEEN = {"torch", "jax"}


def _seen(workload, libraries):
    """Each library's column, and why it has no figure here (or an empty text)."""
    for library in libraries:
        unseen = library.module in UNSEEN or library.column in workload.without
        yield library, "–" if unseen else ""


def traced_memory(run) -> tuple[int, int, int]:
    """Bytes at the peak of `run()`, while its result is held, and after."""
    gc.collect()
    tracemalloc.start()
    try:
        result = run()
        held, peak = tracemalloc.get_traced_memory()
        del result
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return peak, held, after


def bytes_an_operation(workload: Workload, libraries: list[Library], pace: Pace) -> dict:
    """What a tape holds for each operation between the forward and the backward pass."""
    found = {}
    for library, why in _seen(workload, libraries):
        if why or library.keep is None:
            found[library.column] = "–"
            continue
        f = traced(workload, library)
        library.keep(f, workload.arguments)  # fills the caches that stay
        _, held, _ = traced_memory(lambda f=f, keep=library.keep: keep(f, workload.arguments))
        found[library.column] = [held / workload.operations]
    return found


def peak_to_hand(workload: Workload, libraries: list[Library], pace: Pace) -> dict:
    """Most memory that the gradient needs at once, over what the code by hand needs."""
    found = {}
    peak_by_hand = traced_memory(lambda: workload.by_hand(*workload.arguments))[0]
    for library, why in _seen(workload, libraries):
        run = why or runner(workload, library)
        found[library.column] = [traced_memory(run)[0] / peak_by_hand] if callable(run) else run
    return found


def left_over(workload: Workload, libraries: list[Library], pace: Pace) -> dict:
    """What is left after a deep gradient was taken and dropped, over what it needed at its peak."""
    found = {}
    for library, why in _seen(workload, libraries):
        run = why or runner(workload, library)  # runs it once: deep enough to break recursion
        found[library.column] = run
        if callable(run):
            peak, _, after = traced_memory(run)
            found[library.column] = [max(after, 0) / peak]
    return found
