"""The tape: record on the way forward, add on the way back. The heart of the engine.

A tape is a list of edges. An operation adds one edge for each of its operands: from the entry that
it makes back to the entry that it used, with what is needed to carry a cotangent along. Entries
are numbered as they are made, so every edge leads to a smaller number, and the order of the list is
the order of computation. Going back is one walk from the end of the list to its start. Nothing is
sorted, nothing recurses, and a program of 100,000 operations is a list.

Cotangents live in the walk, never on the values. Two walks over one tape give the same answer.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np

from backprop_lab.guard import Guard, check_cotangent, snapshot
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
        if self.index in tape.names or self.index < tape.primals:
            self = tape.record(RULES[operator.pos], (self,), {})
        tape.name(self, name, latex)
        return self


class LongVar(Var):
    """A `Var` that does not take the short way of `quick.py`.

    Its value is no plain real number or array of them, being complex or traced itself, or its tape
    wants to see every operation. So the short way need not ask what the value of a `Var` is.
    """

    __slots__ = ()


_REAL = frozenset({float, np.float64, np.float32})  # the numbers that the short way takes


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
        self.primals = 0  # how many of the first entries are primals
        self.names: dict[int, tuple[str, str | None]] = {}
        self.named_values: dict = {}
        self.notes: set[str] = set()
        self.complex = False  # whether a complex value has arisen
        self.guard = Guard()
        self.hold = self.guard.hold
        self.seen = None  # the last constant array that the short way has met

    def run(self, f, args, static):
        """Run `f`. Plain arrays that the tape keeps are read-only meanwhile."""
        with self.guard:
            return f(*args, **static)

    def watch(self, value) -> Var:
        """Put a primal on the tape, before any operation."""
        self.primals += 1
        return self.append(value)

    def append(self, y, link=None, parents=(), kept=(), shape=None) -> Var:
        """Append the entry of the value `y`, and an edge from it to each of its parents."""
        child = len(self.shapes)
        for parent, needed in zip(parents, kept, strict=True):
            self.edges += (child, parent, link, needed)
        if type(y) is np.ndarray:
            plain = y.dtype.kind == "f"
            self.shapes.append(y.shape)
        else:
            plain = type(y) in _REAL
            self.shapes.append(shape_of(y) if shape is None else shape)
        return (Var if plain and self.short else LongVar)(y, self, child)

    def takes(self, x) -> bool:
        """Whether the short way takes `x` as a constant; an array is held, and asked for once."""
        if type(x) is not np.ndarray or x.dtype.kind not in "fiub":
            return type(x) in _REAL or type(x) is int
        self.hold(x)
        self.seen = x
        return True

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
        given = values, params and snapshot(params, self.hold), which
        y, pullbacks = complex_reverse(rule, *given) if self.complex else rule.reverse(*given)
        if not self.complex and is_complex(y):  # the first: from here on every rule is asked
            self.complex = True
            pullbacks = in_convention(rule, values, which, pullbacks)
        if rule.outputs:
            return several_outputs(self, y, rule, parents, pullbacks)
        return self.append(y, rule.link, parents, pullbacks)

    def name(self, var: Var, name: str, latex: str | None) -> None:
        """Label an entry; a name given twice in one run becomes `name_2`."""
        taken, unique, k = {n for n, _ in self.names.values()}, name, 2
        while unique in taken:
            unique, k = f"{name}_{k}", k + 1
        self.names[var.index] = (unique, latex)
        self.named_values[var.index] = var.value

    def batched(self, index: int) -> bool:
        """Whether every rule on the way to entry `index` takes a batch of cotangents at once."""
        return all(link.rule.batched for _, link, _, child in self.walk() if child <= index)

    def walk(self, spend: bool = False):
        """Go through the edges from the last: `(kept, link, parent, child)`; free them if spent."""
        edges = self.edges
        items = map(list.pop, itertools.repeat(edges, len(edges))) if spend else reversed(edges)
        return zip(items, items, items, items, strict=True)


def backward(tape: Tape, index: int, y_bar, stop=frozenset(), batch=(), spend=False) -> list:
    """Carry the cotangent `y_bar` of entry `index` back to every entry before it.

    The answer is a list of cotangents, one an entry; None stands where nothing arrived, which
    means zero. Only those still needed are kept: of primals, and of entries in `stop`, where the
    walk ends. `batch` is the shape of extra leading axes of `y_bar`, if it has any. A walk that is
    the only one may `spend` the tape: what each edge kept is freed on the way.
    """
    bars: list = [None] * len(tape.shapes)
    bars[index] = y_bar
    shapes = [batch + s for s in tape.shapes] if batch else tape.shapes
    mine: set[int] = set()  # entries whose cotangent is an array made here: it may be added into
    stop = set(stop) - {index}
    here = None
    for kept, link, parent, child in tape.walk(spend):
        if child != here:  # the first edge of another entry: all of its cotangent has arrived
            here, y_bar = child, None
            if child not in stop:
                y_bar, bars[child] = bars[child], None
        if y_bar is None:
            continue
        x_bar = link.pull(y_bar, kept)
        if not link.sure:
            check_cotangent(link.rule, x_bar, y_bar, shapes[parent], tape.complex)
        # Cotangents that meet are added: the sum over paths.
        so_far = bars[parent]
        if so_far is None:
            bars[parent] = x_bar
            if link.fresh:
                mine.add(parent)
        elif parent in mine and type(so_far) is np.ndarray is type(x_bar):
            so_far += x_bar
        else:
            bars[parent] = so_far + x_bar
            mine.add(parent)
    return bars


def ones_like_output(y):
    """Seed of a scalar's own cotangent, ∂L/∂L = 1, in the dtype of the value."""
    return 1.0 if type(y) is float else np.ones((), getattr(y, "dtype", float))[()]
