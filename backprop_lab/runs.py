"""One run of a function of trees: in reverse on a tape, or forward with tangents."""

from __future__ import annotations

import numpy as np

from backprop_lab.boundary import (
    as_outputs,
    as_primals,
    check_output,
    fresh,
    own,
    plain,
    without_data,
    zeros_like,
)
from backprop_lab.bundles import JOIN
from backprop_lab.errors import TraceError
from backprop_lab.forward import Dual, Forward
from backprop_lab.guard import lock, unlock
from backprop_lab.nans import finite, has_nan, origin_forward, origin_on_tape, warn_of_nan
from backprop_lab.several import Several
from backprop_lab.tape import Tape, Var, backward
from backprop_lab.traced import Traced
from backprop_lab.trees import LEAF, tree_map


class Run:
    """A function that has run once on a tape of its own, and the way back through it.

    `primals` are the leaves of the arguments at `numbers`, in order, and `structures` the trees
    that they came in; `values` and `structure` are the same of the result. The trace is over when
    the run is: a traced value that was kept from it is refused.
    """

    def __init__(self, f, args, numbers, static, transform, copy=False, has_aux=False):
        self.tape = tape = Tape()
        self.again = lambda: Run(f, given, numbers, static, transform, copy, has_aux)
        self.transform = transform
        self.finite = None  # not asked yet
        self.primals, self.structures, given, args = [], [], args, list(args)
        for i in numbers:
            x = args[i]
            if type(x) is np.ndarray and x.dtype.kind == "f" and not copy:  # the quick way
                self.primals.append(x)
                self.structures.append(LEAF)
                args[i] = tape.watch(x)
                continue
            leaves, structure = as_primals(x, i, transform, copy)
            self.primals += leaves
            self.structures.append(structure)
            args[i] = structure.rebuild([tape.watch(x) for x in leaves])
        try:
            result = _run_locked(tape, f, args, static, self.primals)
            if has_aux:
                result, aux = _split(result, transform)
                self.aux = tree_map(lambda x: _free(plain(_lowered(x, tape))), aux)
            self.joined = self.kinds = None
            if type(result) is Var and result.tracer is tape:  # one result: the quick way
                self.structure, self.values, self.indices = LEAF, [result.value], [result.index]
            else:
                self._take(f, result)
        finally:
            close(tape)

    def _take(self, f, result):
        """Take a result of several leaves apart, and join those that depend on a primal."""
        tape = self.tape
        outputs, self.structure = as_outputs(f, result)
        self.values = values_of(f, outputs, self.structure, tape)
        mine = [y if isinstance(y, Var) and y.tracer is tape else None for y in outputs]
        self.indices = [None if y is None else y.index for y in mine]
        reached = tuple([y for y in mine if y is not None])
        if len(outputs) > 1 and reached:
            joined = tape.record(JOIN, reached, {})
            self.joined, self.kinds = joined.index, (joined.value.shapes, joined.value.dtypes)

    def pull(self, bars, batch=(), spend=False) -> list:
        """Pull the cotangents of all values back to one for each primal; `spend` does it once."""
        if self.joined is None:
            index = self.indices[0] if self.indices else None
            return self.walk(index, bars[0] if bars else None, batch, bars, spend)
        reached = [b for b, index in zip(bars, self.indices, strict=True) if index is not None]
        return self.walk(self.joined, Several(reached, *self.kinds), batch, bars, spend)

    def walk(self, index, seed, batch=(), given=(), spend=False) -> list:
        """Walk back from entry `index`, or from nowhere, and give each cotangent for keeps."""
        arrived = [None] * len(self.primals)
        if index is not None:
            arrived = backward(self.tape, index, seed, batch=batch, spend=spend)
        out = []
        for x, bar in zip(self.primals, arrived, strict=False):  # the first entries of the tape
            # Nothing arrived: no output depends on this primal.
            out.append(fresh(zeros_like(x, batch) if bar is None else bar, x))
        if any(map(has_nan, out)):
            self.warn_of_nan(out, given, spend, index, seed, batch)
        return own(out, given)

    def warn_of_nan(self, bars, given, spent, *walk) -> None:
        """Warn of a NaN among `bars` that comes neither from the values nor from the seeds.

        To find who made it, the way is walked again: of a spent tape, after another run.
        """
        values_are = finite(self.values) if self.finite is None else self.finite
        if values_are and finite(given):
            what = "gradient" if self.transform in ("grad", "vjp") else "derivative"
            tape = (lambda: self.again().tape) if spent else lambda: self.tape
            warn_of_nan(bars, what, origin_on_tape(tape, *walk))

    def batched(self, index) -> bool:
        """Whether every rule on the way to entry `index` takes a batch of cotangents at once."""
        return index is None or self.tape.batched(index)

    def all_batched(self) -> bool:
        """Whether a batch of cotangents of all values may be pulled back at once."""
        return all(self.batched(index) for index in self.indices)

    def forget_data(self) -> None:
        """Keep of primals and values the shapes and dtypes alone; what the tape needs it has."""
        self.finite = finite(self.values)
        self.again = None
        self.primals = [without_data(x) for x in self.primals]
        self.values = [without_data(y) for y in self.values]

    def in_trees(self, leaves) -> list:
        """Sort one item for each primal into the trees of the arguments."""
        if all([structure is LEAF for structure in self.structures]):
            return leaves
        leaves = iter(leaves)
        return [structure.fill(leaves) for structure in self.structures]


class Push:
    """A function that has run once in forward mode: `values`, their `tangents`, their structure.

    `dots[i]` is the tangent of leaf `i` of the arguments, or None where it does not move.
    """

    def __init__(self, f, leaves, rebuild, dots, static):
        trace = Forward()

        def run(trace):
            duals = [
                x if dot is None else Dual(x, dot, trace)
                for x, dot in zip(leaves, dots, strict=True)
            ]
            return f(*rebuild(duals), **static)

        try:
            outputs, self.structure = as_outputs(f, run(trace))
            self.values = values_of(f, outputs, self.structure, trace)
        except ValueError as error:
            if isinstance(error.__cause__, TraceError):
                raise error.__cause__ from error  # NumPy says "with a sequence", as in `Guard`
            raise
        finally:
            close(trace)
        tangents = [
            fresh(y.tangent, value)
            if isinstance(y, Dual) and y.tracer is trace
            else plain(zeros_like(value))
            for y, value in zip(outputs, self.values, strict=True)
        ]
        self.tangents = own(tangents, dots)
        if any(map(has_nan, tangents)):
            given = [dot for dot in dots if dot is not None]
            if finite(self.values) and finite(given):
                warn_of_nan(tangents, "derivative", origin_forward(run))


def _run_locked(tape, f, args, static, primals):
    """Run `f` with its primals read-only, because the walk back reads them."""
    held: dict = {}
    for x in primals:
        if type(x) is np.ndarray:
            lock(x, held)
    try:
        return tape.run(f, args, static)
    except ValueError as error:
        if held and "read-only" in str(error):
            error.add_note(
                "The arrays that a function is differentiated in are read-only while it runs, "
                "because the walk back reads them. Make a new array instead."
            )
        raise
    finally:
        unlock(list(held.values()))


def _split(result, transform):
    """Take the pair (value, auxiliary data) apart."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TraceError(
            f"{transform} with has_aux=True needs a function that returns a pair, (value, "
            f"auxiliary data); this one returned a {type(result).__name__}."
        )
    return result


def _lowered(x, trace):
    """Take a value out of `trace`; a value that an older trace follows stays as it is."""
    if isinstance(x, Traced):
        if x.tracer is trace:
            return x.value
        if is_closed(x.tracer):
            refuse_leak()
    return x


def _free(x):
    """Copy an array that shows the memory of one which was locked, and so may not be written to."""
    return x.copy() if type(x) is np.ndarray and not x.flags.writeable else x


def values_of(f, outputs, structure, trace) -> list:
    """Values of the leaves of a result one level down, each checked."""
    values = [_lowered(y, trace) for y in outputs]
    for i, y in enumerate(values):
        if not (type(y) is float or (type(y) is np.ndarray and y.dtype.kind == "f")):
            check_output(f, y, structure.paths()[i])
    return values


class _Closed(list):
    """The edges of a tape whose run is over: a further one is refused."""

    def __iadd__(self, edge):
        refuse_leak()


def close(trace) -> None:
    """End a trace: whoever still holds one of its values, and computes with it, is told."""
    if isinstance(trace, Tape):
        trace.edges = _Closed(trace.edges)  # both ways of recording come by here
    else:
        trace.record = refuse_leak


def is_closed(trace) -> bool:
    """Whether the run that `trace` followed is over."""
    return isinstance(trace.edges, _Closed) if isinstance(trace, Tape) else "record" in vars(trace)


def refuse_leak(*operation):
    """Say that a traced value outlived its run."""
    raise TraceError(
        "A traced value is used after the run that traced it is over: it was kept in a list, an "
        "attribute or a closure, and no derivative belongs to it any more. Let the function "
        "return what is needed outside, with value_and_grad(f, has_aux=True)."
    )
