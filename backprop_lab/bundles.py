"""How a function of many arrays, with many results, is recorded by a trace as one operation.

An entry of a tape has one value and one cotangent. Where a call follows one array and gives one,
that is all. Where there are more, `JOIN` first makes one value of all that goes in, a `Several`;
its pullback hands out the parts of its cotangent. What comes out in parts is NumPy's own case.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backprop_lab.boundary import check_output, dtype_of, function_name, zeros_like
from backprop_lab.errors import TraceError
from backprop_lab.forward import Dual, Forward
from backprop_lab.rules import Rule, is_complex, shape_of
from backprop_lab.several import Several
from backprop_lab.traced import Traced
from backprop_lab.trees import flatten


def several(values) -> Several:
    """Put values, or their cotangents, into one."""
    shapes = tuple([shape_of(x) for x in values])
    return Several(list(values), shapes, tuple([dtype_of(x) for x in values]))


def _private_rule(func, reverse, batched, outputs=0, analytic=False):
    """Make a rule that stands in no table, because it is recorded by those who made it."""
    return Rule(
        func=func,
        kind="general",
        bind=None,
        reverse=reverse,
        forward=None,
        analytic=analytic,
        batched=batched,
        kink="",
        at_kink=None,
        outputs=outputs,
        on_complex="refused",
    )


def join(*values):
    """Give `JOIN` its name."""


def _join_reverse(operands, params, which):
    return several(operands), [lambda bar, i=i: bar.filled()[i] for i in which]


JOIN = _private_rule(join, _join_reverse, batched=True, analytic=True)


def newest_trace(values):
    """Find the trace of the highest level among `values`; None where none is traced."""
    traces = [x.tracer for x in values if isinstance(x, Traced)]
    return max(traces, key=lambda trace: trace.level, default=None)


def is_float(x) -> bool:
    """Whether a derivative in `x` means something."""
    return type(x) is float or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def in_parts(leaves) -> tuple[list, Callable]:
    """Take complex leaves apart into two real ones, and give the way back to the leaves.

    By the convention of `rules.complexes` a complex number is two real ones, so what crosses here
    in parts has the cotangents ∂L/∂a and ∂L/∂b of a + ib.

    >>> parts, joined = in_parts([1 + 2j, 3.0])
    >>> parts, joined(parts)
    ([1.0, 2.0, 3.0], [(1+2j), 3.0])
    """
    complexes = [is_complex(x) for x in leaves]
    parts = []
    for x, two in zip(leaves, complexes, strict=True):
        parts += [np.real(x), np.imag(x)] if two else [x]

    def joined(parts):
        parts = iter(parts)
        return [next(parts) + 1j * next(parts) if two else next(parts) for two in complexes]

    return parts, joined


def record(func: Callable, values: list, reverse: Callable, forward: Callable, batched: bool):
    """Let the newest trace among `values` record one call of `func`; give the tree of the result.

    `reverse(values)` gives, one level down, the result, `pull(bars, batch)` and the list of what
    that keeps; `forward(values, dots)` the result and its tangents. Bars and tangents are lists,
    one item for each float in the result, and cotangents one for each value. What is no float in
    the result is a constant.
    """
    trace = newest_trace(values)
    mine = [isinstance(x, Traced) and x.tracer is trace for x in values]
    below = [x.value if m else x for x, m in zip(values, mine, strict=True)]
    if isinstance(trace, Forward):
        pairs = zip(values, mine, strict=True)
        dots = [x.tangent if m else zeros_like(x) for x, m in pairs]
        tree, tangents = forward(below, dots)
        leaves, structure, floats = _checked(func, tree, trace.level)
        ys = [x for x, f in zip(leaves, floats, strict=True) if f]
        followed = [Dual(y, dot, trace) for y, dot in zip(ys, tangents, strict=True)]
    else:
        tree, pull, kept = reverse(below)
        leaves, structure, floats = _checked(func, tree, trace.level)
        for x in kept:
            if isinstance(x, np.ndarray):
                trace.hold(x)  # it is read again on the way back
        ys = [x for x, f in zip(leaves, floats, strict=True) if f]
        followed = _on_tape(func, trace, values, mine, ys, pull, batched)
    followed = iter(followed)
    return structure.rebuild(
        [next(followed) if f else x for x, f in zip(leaves, floats, strict=True)]
    )


def _checked(func, tree, level):
    """Take a result apart: leaves, structure, and which leaves are floats, to be followed."""
    leaves, structure = flatten(tree)
    refuse_outsiders(func, leaves, level)
    floats = [is_float(x) for x in leaves]
    for x, is_followed in zip(leaves, floats, strict=True):
        if not is_followed:
            check_output(func, x)
    return leaves, structure, floats


def _on_tape(func, tape, values, mine, ys, pull, batched):
    """Append the entries of a call that has been run already; give its traced results."""
    if not ys:
        return ()
    ndim = len(shape_of(ys[0]))

    def pull_all(bars):
        shape = shape_of(bars[0])
        return pull(list(bars), shape[: len(shape) - ndim])

    if sum(mine) == 1 and len(ys) == 1:
        place = mine.index(True)
        # Taken out as it is used: a tape whose rule kept its values would be a circle.
        answer = [(ys[0], [lambda bar: pull_all((bar,))[place]])]
        rule = _private_rule(func, lambda *call: answer.pop(), batched)
        return (tape.record(rule, tuple(values), {}),)
    answer = [(tuple(ys), [lambda bars: Several(pull_all(bars), shapes, dtypes)])]
    whole = tape.record(JOIN, tuple(values), {})
    shapes, dtypes = whole.value.shapes, whole.value.dtypes
    rule = _private_rule(func, lambda *call: answer.pop(), batched, outputs=len(ys))
    return tape.record(rule, (whole,), {})


def refuse_outsiders(func: Callable, values, level: int) -> None:
    """Refuse a result that depends on a traced value which was not among the arguments."""
    name = function_name(func)
    for x in values:
        if isinstance(x, Traced) and x.tracer.level >= level:
            raise TraceError(
                f"{name} uses a traced value that is not among its arguments, from the code around "
                f"it; the result here has shape {shape_of(x)}. A function under checkpoint or "
                f"custom_vjp would lose its derivative: pass that value to {name} as an argument."
            )
