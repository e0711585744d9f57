"""Recompute instead of keep: a function whose intermediate values no tape holds."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from backprop_lab.boundary import function_name, zeros_like
from backprop_lab.bundles import in_parts, is_float, newest_trace, record
from backprop_lab.errors import TraceError
from backprop_lab.runs import Push, Run
from backprop_lab.traced import Traced, primal
from backprop_lab.trees import flatten


def checkpoint(f: Callable) -> Callable:
    """Make `f` forget its intermediate values: the way back runs it once more instead.

    A tape then keeps the arguments and results of `f` alone, so a chain of n checkpointed steps
    needs the memory of one step and n results, for the time of one more forward run. Arguments,
    by position or keyword, and results may be trees, and complex on the way.

    Raises `TraceError` where `f` gives another result when it is run again (it draws random
    numbers, or reads a buffer that was overwritten), and where it uses a traced value from the code
    around it: such a value must be among its arguments.

    >>> from backprop_lab import grad
    >>> step = checkpoint(lambda x: np.sin(np.exp(x)))
    >>> grad(lambda x: step(step(x)))(0.0) == grad(lambda x: np.sin(np.exp(np.sin(np.exp(x)))))(0.0)
    True

    Source: Griewank and Walther, *Evaluating Derivatives* (2008), chapter 12.
    """

    @functools.wraps(f)
    def checkpointed(*args, **kwargs):
        leaves, structure = flatten((args, kwargs))
        traced = [i for i, x in enumerate(leaves) if isinstance(x, Traced)]
        followed, joined = in_parts([leaves[i] for i in traced])
        # A tape that kept its own values would be a circle, which only the collector could free.
        constants = [None if isinstance(x, Traced) else x for x in leaves]
        results = []  # of the last run: the structure, and how its complex leaves are put together

        def of_followed(*values):
            filled = list(constants)
            for i, value in zip(traced, joined(values), strict=True):
                filled[i] = value
            args, kwargs = structure.rebuild(filled)
            made, whole = flatten(f(*args, **kwargs))
            parts, together = in_parts(made)
            results[:] = whole, together
            return parts

        of_followed.__name__ = function_name(f)
        parts = _recomputed(of_followed, followed)
        whole, together = results
        return whole.rebuild(together(parts))

    return checkpointed


def _recomputed(f, values):
    """Run `f` on a list of values, of which the newest trace keeps only `f`'s own result."""
    trace = newest_trace(values)
    if trace is None or getattr(trace, "short", True) is False:
        return f(*values)  # or under a tape that wants to see every operation, of `f` too

    def reverse(values):
        result = _recomputed(f, values)
        before = flatten(result)[0]

        def pull(bars, batch):
            run = Run(f, values, range(len(values)), {}, "checkpoint")
            _refuse_other_results(f, before, run.values)
            return _pull(run, bars, batch)

        return result, pull, ()

    def forward(values, dots):
        n, structures = len(values), []

        def push(*both):
            pushed = Push(f, both[:n], list, both[n:], {})
            structures.append(pushed.structure)
            return pushed.values, pushed.tangents

        push.__name__ = function_name(f)
        leaves, tangents = _recomputed(push, [*values, *dots])
        pairs = zip(leaves, tangents, strict=True)
        return structures[-1].rebuild(leaves), [dot for y, dot in pairs if is_float(y)]

    return record(f, values, reverse, forward, batched=True)


def _refuse_other_results(f, before, now):
    """Raise where a second run gave other values, beyond what rounding explains."""
    if len(before) != len(now) or not all(map(_as_good_as_equal, before, now)):
        raise TraceError(
            f"checkpoint: {function_name(f)} gave another result when it was run again on the way "
            "back. It may draw random numbers, or read an array that has been written to since. "
            "Pass it what it needs as arguments, and leave these as they are."
        )


def _as_good_as_equal(a, b):
    a, b = np.asarray(primal(a)), np.asarray(primal(b))
    if np.array_equal(a, b):
        return True
    if a.shape != b.shape or a.dtype.kind != "f":
        return False
    digits = np.sqrt(np.finfo(a.dtype).eps)
    scale = np.max(np.abs(a), initial=0.0, where=np.isfinite(a))
    return np.allclose(a, b, rtol=0.0, atol=digits * scale, equal_nan=True)


def _pull(run, bars, batch):
    """Pull back through `run`, which may have results that are no floats, and so no cotangent."""
    given = iter(bars)
    bars = [next(given) if is_float(y) else zeros_like(y, batch) for y in run.values]
    if not batch or run.all_batched():
        return run.pull(bars, batch)
    rows = [run.pull([bar[i] for bar in bars]) for i in range(batch[0])]
    return [np.stack(parts) for parts in zip(*rows, strict=True)]
