"""Timing in alternation: short slices of every contender, in rotated order, in one run.

Machines are noisy, so nothing is compared across runs. In each round every contender gets one
slice of some milliseconds; the round gives one ratio of each to the first (by hand); the medians
of these paired ratios and their quartiles are the result.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable


def slice_of(run: Callable, repeats: int) -> float:
    """Seconds a call, over one slice."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def paired_ratios(contenders: dict[str, Callable], rounds: int, seconds: float) -> dict[str, list]:
    """Ratio of each contender to the first, one a round."""
    names = list(contenders)
    repeats = {}
    for name, run in contenders.items():  # also warms caches and allocator up
        run()
        repeats[name] = max(1, round(seconds / slice_of(run, 1)))
    ratios: dict[str, list] = {name: [] for name in names}
    for i in range(rounds):
        gc.collect()
        order = names[i % len(names) :] + names[: i % len(names)]
        took = {name: slice_of(contenders[name], repeats[name]) for name in order}
        for name in names:
            ratios[name].append(took[name] / took[names[0]])
    return ratios


def median_and_quartiles(values: list) -> tuple[float, float, float]:
    low, _, high = statistics.quantiles(values, n=4)
    return statistics.median(values), low, high
