"""Programs over the whole registry: steps that call cases of rules on values made before.

A step takes a case of `rule_cases` and feeds each of its operands with a value of the pool (the
primals, and the values of earlier steps, any of them any number of times) or with a constant. A
value is brought to the operand's shape, and then into its domain by a tanh. So every function of
the registry, in every spelling of its parameters that a case has, meets every other.
"""

from __future__ import annotations

import functools
import operator
import zlib
from dataclasses import dataclass

import numpy as np

from backprop_lab.rules import RULES
from rule_cases import Case, all_cases
from scribe import Script, rendered

CONSTANT = -1  # in place of the number of a value: an operand that is not traced


@dataclass(frozen=True)
class Step:
    """A call of a case; `sources` names the value of the pool that goes into each operand."""

    case: Case
    sources: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class Program:
    """Shapes of the primals, and the steps. The value is a weighted sum of what all steps give."""

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]

    def primals(self, dtype=np.float64):
        """A point of order one, of the program's own."""
        rng = np.random.default_rng([len(self.steps), zlib.crc32(str(self.shapes).encode())])
        return tuple(rng.uniform(-1.5, 1.5, shape).astype(dtype) for shape in self.shapes)

    def run(
        self,
        *xs,
        xp=np,
        call=lambda case: case.call,
        dtype=np.float64,
        met=None,
        bumps=None,
        watch=lambda x: x,
    ):
        """The value at `xs`, under NumPy or another NumPy `xp`, in floats of `dtype`.

        `call` gives the function of a case. The operands of all steps are listed in `met`. `bumps`,
        zeros that are added to them, are there to be differentiated in; `watch` is called on each.
        """
        values, met = list(xs), [] if met is None else met
        for step in self.steps:
            operands = [watch(x) for x in step_operands(step, values, xp, dtype)]
            if bumps:
                operands = [x + bumps[k] for k, x in enumerate(operands, len(met))]
            met += operands
            values.append(call(step.case)(*operands))
        terms = [xp.sum(weights(i, shape(y), dtype) * y) for i, y in enumerate(values[len(xs) :])]
        return functools.reduce(operator.add, terms)

    def code(self):
        """The program as NumPy code that runs by itself."""
        script, names = Script(), [f"x{i}" for i in range(len(self.shapes))]
        xs = self.primals()
        y = self.run(*[script.value(n, x) for n, x in zip(names, xs, strict=True)])
        start = [f"{n} = {rendered(x)}" for n, x in zip(names, xs, strict=True)]
        imports = ["import numpy as np", "import backprop_lab as bl", "from numpy import inf, nan"]
        return "\n".join(["", *imports, *start, *script.lines, f"print({y.name})", ""])


def shape(x):
    """The shape of an array, a number or a value under any trace."""
    return getattr(x, "shape", ())


@functools.lru_cache(maxsize=4096)
def weights(i, shape, dtype):
    """Weights of order one, no two alike."""
    rng = np.random.default_rng([i, *shape])
    return (rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)).astype(dtype)


@functools.lru_cache(maxsize=65536)
def home(case, seed, dtype):
    """The operands that the case draws for itself: points inside its domain."""
    if np.iscomplexobj(case.call(*case.draw(seed))):
        seed = 0  # as the eigenvalues of some matrices; those of the case's own are real
    return tuple(x if isinstance(x, float) else np.asarray(x, dtype) for x in case.draw(seed))


def step_operands(step, values, xp, dtype):
    """What goes into the case: values of the pool, in the shapes and the domain of its operands."""
    there = home(step.case, step.seed, dtype)
    return [
        point if source == CONSTANT else adapted(step.case, k, values[source], point, xp, dtype)
        for k, (source, point) in enumerate(zip(step.sources, there, strict=True))
    ]


def adapted(case, k, x, point, xp, dtype):
    """Bring `x` to the shape of operand `k`, and near a point where the function is defined."""
    x = fitted(x, shape(point), xp, dtype)
    if isinstance(point, float):
        x = xp.sum(x)
    kind, free = RULES[case.key].kind, isinstance(case.operands[k], tuple)
    if kind == "linear" and len(case.operands) == 1 and free:
        return x  # defined everywhere, and nothing grows fast
    if kind == "elementwise" and free:
        return (case.low + case.high) / 2 + 0.45 * (case.high - case.low) * xp.tanh(x)
    return point + 0.05 * (case.high - case.low) * xp.tanh(x)


def fitted(x, wanted, xp, dtype):
    """Reshape, broadcast or repeat the entries of `x` until it has the shape that is wanted."""
    have, size = shape(x), int(np.prod(wanted))
    count = int(np.prod(have))
    if have == wanted:
        return x
    if count == size:
        return xp.reshape(x, wanted)
    if not count or not size or count == 1:
        return xp.sum(x) + np.zeros(wanted, dtype)
    return xp.reshape(xp.reshape(x, (count,))[np.arange(size) % count], wanted)


def is_finite(case):
    """Whether a case has a value to differentiate: some look at what becomes of an infinity."""
    return bool(np.all(np.isfinite(case.call(*case.draw()))))


# Functions that no program can contain, and why.
UNDRAWABLE: dict[str, str] = {}
CASES_OF: dict = {}
for _case in all_cases():
    if RULES[_case.key].name not in UNDRAWABLE and is_finite(_case):
        CASES_OF.setdefault(_case.key, []).append(_case)
KEYS = list(CASES_OF)
