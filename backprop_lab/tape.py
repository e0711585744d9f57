"""The tape: record on the way forward, add on the way back. The heart of the engine.

A tape is a list of edges. An operation adds one edge for each of its operands: from the entry that
it makes back to the entry that it used, with what is needed to carry a cotangent along. Entries
are numbered as they are made, so every edge leads to a smaller number, and the order of the list is
the order of computation. Going back is one walk from the end of the list to its start. Nothing is
sorted, nothing recurses, and a program of 100,000 operations is a list.

Cotangents live in the walk, never on the values. Two walks over one tape give the same answer.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.guard import Guard, check_dtype
from backprop_lab.rules import RULES, Rule, complex_reverse, in_convention, is_complex, shape_of
from backprop_lab.several import several_outputs
from backprop_lab.traced import Traced, new_level


class Var(Traced):
    """A value on a tape: `value` one level down, and the number of the entry that made it."""

    __slots__ = ("index",)

    def __init__(self, value, tape, index):
        self.value = value
        self.tracer = tape
        self.index = index

    def __let__(self, name, latex):
        """Take a name. A value that has one already, or is a primal, is copied to a new entry."""
        tape = self.tracer
        if self.index in tape.names or self.index in tape.primals:
            self = tape.record(RULES[operator.pos], (self,), {})
        tape.name(self, name, latex)
        return self


class LongVar(Var):
    """A `Var` that does not take the short way of `quick.py`.

    Its value is complex, or its tape wants to see every operation.
    """

    __slots__ = ()


class Tape:
    """The list of edges of one run of a function.

    `edges` is flat, four items an edge: the number of the entry that was made, the number of the
    operand's entry, the `Link` that says how to go back, and what that needs. Flat, because the
    garbage collector visits every tuple again and again: of 100,000 of them, it would double the
    time. `shapes` holds the shape of every entry.

    `names` maps the number of an entry to the name and LaTeX that `let` gave its value, and
    `named_values` to the value itself. `notes` holds what the run did that no rule records, such
    as a comparison.
    """

    short = True  # whether operations may take the short way

    def __init__(self):
        self.level = new_level()
        self.edges: list = []
        self.shapes: list[tuple[int, ...]] = []
        self.primals: set[int] = set()
        self.names: dict[int, tuple[str, str | None]] = {}
        self.named_values: dict = {}
        self.notes: set[str] = set()
        self.complex = False  # whether a complex value has arisen
        self.guard = Guard()
        self.hold, self.held = self.guard.hold, self.guard.held

    def run(self, f, args, static):
        """Run `f`. Plain arrays that the tape keeps are read-only meanwhile."""
        with self.guard:
            return f(*args, **static)

    def watch(self, value) -> Var:
        """Put a primal on the tape."""
        self.primals.add(len(self.shapes))
        return self.append(value)

    def append(self, y, link=None, parents=(), kept=(), shape=None) -> Var:
        """Append the entry of the value `y`, and an edge from it to each of its parents."""
        child = len(self.shapes)
        for parent, needed in zip(parents, kept, strict=True):
            self.edges.extend((child, parent, link, needed))
        self.shapes.append(shape_of(y) if shape is None else shape)
        short = self.short and not (self.complex and is_complex(y))
        return (Var if short else LongVar)(y, self, child)

    def record(self, rule: Rule, operands: tuple, params: dict):
        """Run a rule one level down and append what is needed to come back.

        A pullback is formed only for operands that this tape follows; all others are constants.
        """
        values, which, parents = list(operands), [], []
        for i, x in enumerate(operands):
            if isinstance(x, Var) and x.tracer is self:
                values[i] = x.value
                which.append(i)
                parents.append(x.index)
            elif isinstance(x, np.ndarray):
                self.hold(x)
        y, pullbacks = (
            complex_reverse(rule, values, params, which)
            if self.complex
            else rule.reverse(values, params, which)
        )
        if not self.complex and is_complex(y):  # the first: from here on every rule is asked
            self.complex = True
            pullbacks = in_convention(rule, values, which, pullbacks)
        if rule.outputs:
            return several_outputs(self, y, rule, parents, pullbacks)
        return self.append(y, rule.link, parents, pullbacks)

    def name(self, var: Var, name: str, latex: str | None) -> None:
        """Label an entry; a name given twice in one run becomes `name_2`."""
        taken = {n for n, _ in self.names.values()}
        unique, k = name, 2
        while unique in taken:
            unique, k = f"{name}_{k}", k + 1
        self.names[var.index] = (unique, latex)
        self.named_values[var.index] = var.value

    def batched(self, index: int) -> bool:
        """Whether every rule on the way to entry `index` takes a batch of cotangents at once."""
        return all(link.rule.batched for _, link, _, child in self.walk() if child <= index)

    def walk(self):
        """Go through the edges from the last to the first: `(kept, link, parent, child)`."""
        items = reversed(self.edges)
        return zip(items, items, items, items, strict=True)


def backward(tape: Tape, index: int, y_bar, stop=frozenset(), batch: tuple[int, ...] = ()) -> list:
    """Carry the cotangent `y_bar` of entry `index` back to every entry before it.

    The answer is a list of cotangents, one an entry; None stands where nothing arrived, which
    means zero. Only cotangents still needed are kept: those of primals and of entries in `stop`,
    where the walk ends. `batch` is the shape of extra leading axes of `y_bar`, if it has any.
    """
    bars: list = [None] * (index + 1)
    bars[index] = y_bar
    shapes = [batch + s for s in tape.shapes[: index + 1]] if batch else tape.shapes
    sums: set[int] = set()  # entries whose cotangent is a sum made here: it may be added into
    here = None
    for kept, link, parent, child in tape.walk():
        if child != here:  # the first edge of another entry: all of its cotangent has arrived
            here, y_bar = child, None
            if child <= index and (child not in stop or child == index):
                y_bar, bars[child] = bars[child], None
                dtype = getattr(y_bar, "dtype", None)
        if y_bar is None:
            continue
        x_bar = link.pull(y_bar, kept)
        if type(x_bar) is np.ndarray:  # asked first, and without a call: small arrays are many
            shape, got = x_bar.shape, x_bar.dtype
        else:
            shape, got = shape_of(x_bar), getattr(x_bar, "dtype", None)
        if got is not dtype:
            check_dtype(link.rule, x_bar, dtype)
        if shape != shapes[parent]:
            raise TraceError(
                f"The pullback of {link.rule.name} returned a cotangent of shape {shape} for an "
                f"operand of shape {shapes[parent]}. A cotangent has the shape of its variable: "
                "mend that rule."
            )
        # Cotangents that meet are added: the sum over paths.
        so_far = bars[parent]
        if so_far is None:
            bars[parent] = x_bar
        elif parent in sums and type(so_far) is np.ndarray is type(x_bar):
            so_far += x_bar
        else:
            bars[parent] = so_far + x_bar
            sums.add(parent)
    return bars


def ones_like_output(y):
    """Seed of a scalar's own cotangent, ∂L/∂L = 1, in the dtype of the value."""
    return 1.0 if type(y) is float else np.ones((), getattr(y, "dtype", float))[()]
