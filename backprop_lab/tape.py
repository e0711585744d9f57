"""The tape: record on the way forward, add on the way back. The heart of the engine.

A tape is a list. Every operation on a traced value appends one entry, so the order of the list is
the order of computation: an entry's parents always stand before it. Going back is one walk from
the end of the list to its start. Nothing is sorted, nothing recurses, and a program of 100,000
operations is a list of 100,000 entries.

Cotangents live in the walk, never on the values. Two walks over one tape give the same answer.
"""

from __future__ import annotations

import operator

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules import RULES, Rule, shape_of
from backprop_lab.traced import Traced, new_level


class Entry:
    """One operation: which rule ran, on which earlier entries, and how to go back to each."""

    __slots__ = ("parents", "pullbacks", "rule", "shape")

    def __init__(self, rule, parents, pullbacks, shape):
        self.rule = rule  # None for a primal, which no operation made
        self.parents = parents
        self.pullbacks = pullbacks
        self.shape = shape


class Var(Traced):
    """A value on a tape: `value` one level down, and the number of the entry that made it."""

    __slots__ = ("index",)

    def __init__(self, value, tape, index):
        self.value = value
        self.trace = tape
        self.index = index

    def __let__(self, name, latex):
        """Take a name. A value that has one already, or is a primal, is copied to a new entry."""
        tape = self.trace
        if self.index in tape.names or tape.entries[self.index].rule is None:
            self = tape.record(RULES[operator.pos], (self,), {})
        tape.name(self, name, latex)
        return self


class Tape:
    """The list of operations of one run of a function.

    `names` maps the number of an entry to the name and LaTeX that `let` gave its value, and
    `named_values` to the value itself. `notes` holds what the run did that no rule records, such
    as a comparison.
    """

    def __init__(self):
        self.level = new_level()
        self.entries: list[Entry] = []
        self.names: dict[int, tuple[str, str | None]] = {}
        self.named_values: dict = {}
        self.notes: set[str] = set()
        self.held: list[np.ndarray] | None = None

    def run(self, f, args, static):
        """Run `f`. Plain arrays that it meets are read-only meanwhile, because the tape keeps them.

        A function that overwrites such an array, as with a buffer used in a loop, would change
        what the walk back reads: it is refused, and every array is left as it was found.
        """
        self.held = []
        try:
            return f(*args, **static)
        except ValueError as error:
            if not (self.held and "read-only" in str(error)):
                raise
            shapes = ", ".join(sorted({str(x.shape) for x in self.held}))
            raise TraceError(
                "The function writes into an array that it has used already in a traced operation "
                f"(one of shape {shapes}); the walk back would read the new content. Make a new "
                "array instead."
            ) from error
        finally:
            for array in sorted(self.held, key=lambda a: a.base is not None):
                array.flags.writeable = True  # owners first: a view may not be freer than its owner
            self.held = None

    def watch(self, value) -> Var:
        """Put a primal on the tape."""
        self.entries.append(Entry(None, (), (), shape_of(value)))
        return Var(value, self, len(self.entries) - 1)

    def record(self, rule: Rule, operands: tuple, params: dict) -> Var:
        """Run a rule one level down and append what is needed to come back.

        A pullback is formed only for operands that this tape follows; all others are constants.
        """
        values, which, parents = list(operands), [], []
        for i, x in enumerate(operands):
            if isinstance(x, Var) and x.trace is self:
                values[i] = x.value
                which.append(i)
                parents.append(x.index)
            elif self.held is not None and isinstance(x, np.ndarray) and x.flags.writeable:
                x.flags.writeable = False
                self.held.append(x)
        y, pullbacks = rule.reverse(values, params, which)
        self.entries.append(Entry(rule, tuple(parents), tuple(pullbacks), shape_of(y)))
        return Var(y, self, len(self.entries) - 1)

    def name(self, var: Var, name: str, latex: str | None) -> None:
        """Label an entry; a name given twice in one run becomes `name_2`."""
        taken = {n for n, _ in self.names.values()}
        unique, k = name, 2
        while unique in taken:
            unique, k = f"{name}_{k}", k + 1
        self.names[var.index] = (unique, latex)
        self.named_values[var.index] = var.value


def backward(tape: Tape, index: int, y_bar, stop=frozenset(), batch: tuple[int, ...] = ()) -> list:
    """Carry the cotangent `y_bar` of entry `index` back to every entry before it.

    The answer is a list of cotangents, one an entry; None stands where nothing arrived, which
    means zero. Only cotangents still needed are kept: those of primals and of entries in `stop`,
    where the walk ends. `batch` is the shape of extra leading axes of `y_bar`, if it has any.
    """
    bars: list = [None] * (index + 1)
    bars[index] = y_bar
    for i in range(index, -1, -1):
        y_bar, entry = bars[i], tape.entries[i]
        if y_bar is None or entry.rule is None or (i in stop and i != index):
            continue
        bars[i] = None
        for parent, pullback in zip(entry.parents, entry.pullbacks, strict=True):
            x_bar = pullback(y_bar)
            if shape_of(x_bar) != batch + tape.entries[parent].shape:
                raise TraceError(
                    f"The pullback of {entry.rule.name} returned a cotangent of shape "
                    f"{shape_of(x_bar)} for an operand of shape {tape.entries[parent].shape}. "
                    "A cotangent has the shape of its variable: mend that rule."
                )
            # Cotangents that meet are added: the sum over paths, in one line.
            bars[parent] = x_bar if bars[parent] is None else bars[parent] + x_bar
    return bars


def ones_like_output(y):
    """Seed of a scalar's own cotangent, ∂L/∂L = 1, in the dtype of the value."""
    return 1.0 if type(y) is float else np.ones((), getattr(y, "dtype", float))[()]
