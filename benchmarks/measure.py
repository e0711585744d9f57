"""Timing in alternation: short slices of every contender, in rotated order, in one run.

Machines are noisy, so nothing is compared across runs. In each round every contender gets one
slice of some milliseconds; a round gives one ratio of each to the first; the medians of these
paired ratios and their quartiles are the result. The garbage collector runs before each round, and
stays on during the slices, because users have it on: a tape that makes it work pays for that here.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pace:
    """How long a measurement may take: rounds, and seconds a slice and in all."""

    rounds: int
    slice: float
    seconds: float


FULL = Pace(rounds=40, slice=0.05, seconds=12.0)
QUICK = Pace(rounds=3, slice=0.005, seconds=0.5)
FEWEST_ROUNDS = 7  # for quartiles that mean something


def slice_of(run: Callable, repeats: int, clock=time.perf_counter) -> float:
    """Seconds a call, over one slice."""
    start = clock()
    for _ in range(repeats):
        run()
    return (clock() - start) / repeats


def paired_ratios(contenders: dict[str, Callable], pace: Pace, clock=time.perf_counter) -> dict:
    """Ratios of each contender to the first, one a round."""
    names = list(contenders)
    repeats, took_in_all = {}, 0.0
    for name, run in contenders.items():
        run()  # warms caches and allocator up
        seconds = slice_of(run, 1, clock)
        repeats[name] = max(1, round(pace.slice / max(seconds, 1e-9)))
        took_in_all += seconds * repeats[name]
    fewest = min(pace.rounds, FEWEST_ROUNDS)
    rounds = min(pace.rounds, max(fewest, int(pace.seconds / max(took_in_all, 1e-9))))
    ratios: dict[str, list] = {name: [] for name in names[1:]}
    for i in range(rounds):
        gc.collect()
        order = names[i % len(names) :] + names[: i % len(names)]
        took = {name: slice_of(contenders[name], repeats[name], clock) for name in order}
        for name in names[1:]:
            ratios[name].append(took[name] / took[names[0]])
    return ratios


def summary(samples: list[float]) -> dict:
    """Median and quartiles of the samples; one sample stands for all three."""
    low, middle, high = (
        statistics.quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else samples * 3
    )
    return {"median": middle, "low": low, "high": high, "rounds": len(samples)}


def disagreement(got: tuple, want: tuple) -> str:
    """Say in what two gradients differ, or nothing: relative to each gradient's largest entry."""
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape:
            return f"gradient {i} has shape {a.shape}, not {b.shape}"
        if a.dtype != b.dtype:
            return f"gradient {i} is in {a.dtype}, not {b.dtype}"
        bound = 1e-4 if b.dtype == np.float32 else 1e-10
        error, scale = np.max(abs(a - b)), np.max(abs(b))
        if not error <= bound * scale:
            return f"gradient {i} is off by {error / scale if scale else error:.0e}"
    return ""
