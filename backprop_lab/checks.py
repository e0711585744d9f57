"""Derivatives from independent sources, and the scale on which an error is small."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import sympy as sp

from backprop_lab import symbolic
from backprop_lab.entries import entries
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.rules import shape_of
from backprop_lab.tape import Tape, backward
from backprop_lab.traced import Traced, primal

# --- the tape, watched ----------------------------------------------------------------------------


class WatchedTape(Tape):
    """A tape that also notes which rules sit at a kink, and which are not analytic.

    `claimed` names the rules of the user's own that are registered as analytic.
    """

    short = False

    def __init__(self):
        super().__init__()
        self.kinks: dict[str, str] = {}
        self.rough: set[str] = set()
        self.claimed: set[str] = set()

    def record(self, rule, operands, params):
        """Record, and look at where the operands are."""
        values = [primal(x) for x in operands]
        if rule.at_kink is not None and np.any(rule.at_kink(*values, **params)):
            self.kinks[rule.name] = rule.kink
        if not rule.analytic:
            self.rough.add(rule.name)
        elif "." not in rule.name:  # np.…, operator.… and bl.… have rules of this package
            self.claimed.add(rule.name)
        return super().record(rule, operands, params)


def watched_run(f, primals):
    """Run `f` on a watched tape: (tape, output)."""
    tape = WatchedTape()
    y = f(*[tape.watch(x) for x in primals])
    tape.rough |= tape.notes
    return tape, y


class NoisyTape(Tape):
    """A tape on which each value is off by a small random part of itself, as by rounding."""

    short = False

    def __init__(self, rng, size: float):
        super().__init__()
        self.rng, self.size = rng, size

    def append(self, y, link=None, parents=(), kept=(), shape=None):
        """Append, with noise on the value of what an operation made."""
        if link is not None and isinstance(y, (float, np.ndarray, np.generic, Traced)):
            noise = 1 + self.size * self.rng.standard_normal(shape_of(y))
            noise = np.asarray(noise).astype(np.asarray(primal(y)).dtype)
            y = y * noise[()]
        return super().append(y, link, parents, kept, shape)


def rounding_scale(f: Callable, primals: Sequence, rng, draws: int = 3) -> list[np.ndarray]:
    """How far rounding may move the value and each Jacobian, for rounding errors of size 1.

    Found by running `f` on noisy tapes: [value, Jacobian by each primal], each of shape
    (outputs, …). Where nearly equal values are subtracted, as ŷ − y in saturation, this tells how
    many digits can be right at all. Source: Vignes, *Math. Comput. Simul.* 35 (1993).
    """
    exact_dtype = all(getattr(x, "dtype", np.dtype(float)) == np.float64 for x in primals)
    size = 1e-8 if exact_dtype else 1e-3
    clean = _value_and_rows(Tape(), f, primals)
    moved = [_value_and_rows(NoisyTape(rng, size), f, primals) for _ in range(draws)]
    return [np.max([np.abs(m[k] - x) for m in moved], axis=0) / size for k, x in enumerate(clean)]


def _value_and_rows(tape: Tape, f, primals) -> list[np.ndarray]:
    """Run `f` on a tape: [value, Jacobian by each primal], flattened to (outputs, …)."""
    y = f(*[tape.watch(x) for x in primals])
    value = np.ravel(np.asarray(primal(y), float))
    rows = [np.zeros((value.size, int(np.prod(shape_of(x))))) for x in primals]
    if getattr(y, "tracer", None) is tape:
        for i, unit in enumerate(np.eye(value.size)):
            unit = unit.reshape(shape_of(y)) if shape_of(y) else float(unit[0])
            bars = backward(tape, y.index, unit)
            for n, row in enumerate(rows):
                row[i] = 0.0 if n >= len(bars) or bars[n] is None else np.ravel(bars[n])
    return [value, *rows]


def path_scale(tape: Tape, index: int) -> list[np.ndarray]:
    """Σ over paths |product of local derivatives|, from each primal to each output entry.

    The same walk as `backward`, with the absolute value of every local Jacobian written out. This
    is the scale on which a rounding error is small. Shapes: (outputs, inputs), both flattened.
    """
    every = entries(tape)[: index + 1]
    totals: list = [None] * (index + 1)
    totals[index] = np.eye(_size(every[index]))
    for i in range(index, -1, -1):
        entry, total = every[i], totals[i]
        if total is None or entry.rule is None:
            continue
        units = np.reshape(np.eye(_size(entry)), (_size(entry), *entry.shape))
        pulled = [list(_to_arrays(every, i, u if entry.shape else float(u))) for u in units]
        for edge in zip(*pulled, strict=True):  # the cotangents of one edge, for every unit
            parent = edge[0][0]
            local = np.reshape([np.ravel(x_bar) for _, x_bar in edge], (len(edge), -1))
            reached = total @ np.abs(local)
            totals[parent] = reached if totals[parent] is None else totals[parent] + reached
    return totals


def _size(entry) -> int:
    return int(np.prod(entry.shape))


def _to_arrays(every, i, y_bar):
    """Pull back along every edge of entry `i`, through entries that stand for several arrays."""
    for parent, pullback in zip(every[i].parents, every[i].pullbacks, strict=True):
        x_bar = pullback(y_bar)
        if isinstance(x_bar, (np.ndarray, np.generic, float)):
            yield parent, x_bar
        else:
            yield from _to_arrays(every, parent, x_bar)


# --- independent derivatives ----------------------------------------------------------------------


def complex_step(f: Callable, primals: Sequence, h: float = 1e-100) -> list[np.ndarray]:
    """Jacobians by Im f(x + ih)/h: no subtraction, so no digits are lost. For analytic code only.

    Source: Squire and Trapp, *SIAM Review* 40 (1998).

    >>> complex_step(lambda x: np.exp(x), [0.0])[0].tolist()
    [[1.0]]
    """
    return by_entries(primals, lambda moved, _: np.imag(f(*moved)) / h, lambda x: 1j * h)


def by_entries(primals, slope, step) -> list[np.ndarray]:
    """Build Jacobians column by column: one entry x moved by `step(x)`, `slope(moved, step(x))`."""
    out = []
    for n, x in enumerate(primals):
        columns = []
        for j, entry in enumerate(np.ravel(x)):
            unit = np.zeros(np.size(x))
            unit[j] = 1.0
            unit = unit.reshape(shape_of(x))
            moved = list(primals)
            moved[n] = x + step(entry) * (unit if shape_of(x) else float(unit))
            columns.append(np.ravel(slope(moved, step(entry))))
        out.append(np.stack(columns, axis=1))
    return out


def central_differences(f: Callable, primals: Sequence, h: float = 1e-2) -> list[np.ndarray]:
    """Jacobians by central differences, extrapolated three times (Richardson): about 9 digits.

    A step is `h` times the size of the entry that moves, or `h` where that is 0.

    >>> bool(abs(central_differences(lambda x: np.exp(x), [0.0])[0][0, 0] - 1) < 1e-9)
    True
    """

    def at(h):
        def quotient(moved, step):
            return np.asarray(f(*moved), float) / (2 * step)

        sides = [
            by_entries(primals, quotient, lambda x, sign=sign: sign * h * (float(abs(x)) or 1.0))
            for sign in (1, -1)
        ]
        return [a + b for a, b in zip(*sides, strict=True)]

    table = [at(h / 2**k) for k in range(4)]
    for order in (4, 16, 64):
        table = [
            [(order * b - a) / (order - 1) for a, b in zip(coarse, fine, strict=True)]
            for coarse, fine in itertools.pairwise(table)
        ]
    return table[0]


LARGEST_FORMULA = 20_000  # operations that SymPy is asked to differentiate, at most
LARGEST_WORK = 300_000  # the same, times the numbers that it is differentiated by


def written_out(reading) -> int:
    """Count the operations of the output with every definition put in, shared parts each time."""
    counts: dict = {}
    for symbol, definition in reading.definitions.items():
        counts[symbol] = _operations(definition, counts)
    return sum(_operations(e, counts) for e in reading.output.flat)


def _operations(expr, counts: dict) -> int:
    stack = [expr]
    while stack:
        e = stack[-1]
        rest = [a for a in e.args if a not in counts]
        stack += rest
        if not rest:
            counts.setdefault(stack.pop(), 1 + sum(counts[a] for a in e.args))
    return counts[expr]


class SymPyTruth:
    """SymPy's value and Jacobians of a function, ready to be computed to 30 digits at any point."""

    def __init__(self, f, names, primals):
        self.reading = symbolic.read(
            f, {n: shape_of(x) for n, x in zip(names, primals, strict=True)}
        )
        self.symbols = [s for n in names for s in self.reading.quantities[n].symbols.flat]
        operations = written_out(self.reading)
        if operations > LARGEST_FORMULA or operations * len(self.symbols) > LARGEST_WORK:
            raise TraceError("the formula with every definition put in is too large to write out.")
        value = [self.reading.expanded(e) for e in self.reading.output.flat]
        self.jacobians = [symbolic.jacobian(self.reading, n) for n in names]
        self.exprs = value + [e for J in self.jacobians for e in J.flat]
        self.shape = self.reading.output.shape

    def at(self, primals) -> list[np.ndarray]:
        """[value, Jacobian by each primal], each flattened to (outputs, …)."""
        point = [sp.Rational(float(v)) for x in primals for v in np.ravel(x)]
        subs = dict(zip(self.symbols, point, strict=True))
        numbers = np.array([self._number(e, subs) for e in self.exprs])
        m = int(np.prod(self.shape))
        out, start = [numbers[:m]], m
        for x in primals:
            n = m * int(np.prod(shape_of(x)))
            out.append(numbers[start : start + n].reshape(m, -1))
            start += n
        return out

    @staticmethod
    def _number(expr, subs):
        number = expr.xreplace(subs).evalf(30, maxn=1000)  # 1 − tanh²(800) cancels 690 digits
        return float(number) if number.is_number and number.is_real else np.nan


def generic_points(f, primals, count, rng):
    """Draw points near the given one: each entry keeps its sign and changes its size."""
    points = []
    for _ in range(50 * count):
        point = []
        for x in primals:
            x = np.asarray(x)
            noise = rng.standard_normal(x.shape)
            moved = np.where(x == 0, noise, x * np.exp(0.5 * noise)).astype(x.dtype)
            single = x.dtype == np.float32
            point.append(moved if x.shape else moved[()] if single else float(moved))
        if len(points) == count:
            return points
        with np.errstate(all="ignore"):
            value = np.asarray(f(*point))
        if value.dtype.kind != "c" and np.all(np.isfinite(value)):
            points.append(point)
    if len(points) == count:
        return points
    raise ProofError(
        f"verify: of {50 * count} points drawn near the given one only {len(points)} gave a finite "
        "value. Give a point inside the domain of the function."
    )


def within(ours, truth, scale, bound):
    """Whether errors are at most `bound` times a scale, and all numbers are finite."""
    ours, limit = np.asarray(ours), bound * np.asarray(scale)
    finite = np.all(np.isfinite(ours)) and np.all(np.isfinite(limit))
    return bool(finite and np.all(np.abs(ours - truth) <= limit))
