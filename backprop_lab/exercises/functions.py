"""Answers that are functions: called at drawn points and shapes, the smallest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from backprop_lab.exercises import running
from backprop_lab.exercises.explaining import explain, seen_in
from backprop_lab.exercises.kinds import (
    not_finite,
    read_parts,
    running_fault,
    shape_said,
    wrong_type,
)
from backprop_lab.exercises.parts import Part
from backprop_lab.exercises.pictures import Grid, drawable
from backprop_lab.exercises.reading import WrongType, article
from backprop_lab.exercises.verdicts import (
    CORRECT,
    NOT_THIS,
    NOT_YET,
    Finding,
    labelled,
    shape_text,
    shown,
    side_by_side,
)
from backprop_lab.slips import SLIPS


@dataclass(frozen=True)
class Trial:
    """One call: the inputs, what is asked for there, and the values or what was wrong instead."""

    inputs: tuple
    parts: Sequence[Part]
    values: list[np.ndarray] | None = None
    fault: Finding | None = None
    changed: str = ""
    late: bool = False

    @property
    def wrong(self) -> list[tuple[np.ndarray, Part]]:
        """The values that are not the truth, each with its part."""
        pairs = zip(self.values or (), self.parts, strict=False)
        return [(v, p) for v, p in pairs if not p.matches(v)]

    @property
    def failed(self) -> bool:
        """Whether there is no right answer to this call."""
        return self.fault is not None or bool(self.wrong)


@dataclass(frozen=True)
class Function:
    """A function of `parameters`, such as "w, b, x, y".

    `draws(rng)` gives inputs; `parts(*inputs)` what is asked for there, with the slips' wrong
    answers. The same inputs are drawn at every check, and tried from the smallest on.
    """

    parameters: str
    parts: Callable[..., Sequence[Part]]
    draws: Callable[[np.random.Generator], Iterable[tuple]]

    always: ClassVar = ("written-into",)  # slips that any function may make

    @property
    def stub(self) -> str:
        """What stands in the notebook before it is answered."""
        return f"def answer({self.parameters}):\n    ..."

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""
        return self.parameters.split(", ")

    def trials(self) -> list[tuple]:
        """Give all inputs, those with the fewest numbers first."""
        drawn = self.draws(np.random.default_rng(7))
        return sorted(drawn, key=lambda inputs: sum(np.size(x) for x in inputs))

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Call the function at every draw; show the smallest input on which it fails."""
        if running.unanswered(answer):
            return Finding(NOT_YET)
        form = f"answer({self.parameters})"
        if not callable(answer):
            return wrong_type(f"A function {form} is asked for; this is {article(answer)}.")
        if not running.takes(answer, len(self.names)):
            return wrong_type(f"The function is called as {form}; yours takes other arguments.")
        answer = running.in_order(answer, self.names)
        tried, watch = [], running.Stopwatch()
        for inputs in self.trials():
            tried.append(self._try(answer, inputs, watch))
            if tried[-1].late:  # the time is used up: the smaller inputs have had their turn
                break
        failed = [t for t in tried if t.failed]
        if failed:
            finding = self._finding(failed, first)
            alone = "" if finding.slip else self._right_at_one_shape(tried)
            return replace(finding, said=(alone, *finding.said)) if alone else finding
        return next((self._written_into(t) for t in tried if t.changed), Finding(CORRECT))

    def _written_into(self, trial) -> Finding:
        said = (f"Your function writes into {trial.changed}.",)
        return Finding(NOT_THIS, said, SLIPS["written-into"], tuple(self._called(trial.inputs)))

    def _try(self, answer, inputs, watch) -> Trial:
        parts = self.parts(*inputs)
        out = running.call(answer, inputs, watch)
        fault = running_fault(out)
        if fault is not None:
            return Trial(inputs, parts, fault=fault, late=out.late)
        if out.value is None:
            said = "Your function gives None: is a return missing?"
            return Trial(inputs, parts, fault=wrong_type(said))
        try:
            values = read_parts(out.value, parts)
        except WrongType as error:
            return Trial(inputs, parts, fault=wrong_type(f"What your function gives: {error}"))
        changed = " and ".join(self.names[k] for k in out.changed)
        return Trial(inputs, parts, values, changed=changed)

    def _finding(self, failed, first) -> Finding:
        smallest = failed[0]
        called = self._called(smallest.inputs)
        # Where it raises at some shapes and gives wrong numbers at others, the numbers tell why.
        repeated = len(failed) > 2
        seen = [pair for t in failed for pair in seen_in(t.values or (), t.parts, repeated)]
        slip, note = explain(seen, first)
        if smallest.fault is not None:
            f = smallest.fault
            said = (*filter(None, [note]), *f.said)
            return Finding(NOT_THIS, said, f.slip or slip, (*called, *f.rows))
        value, part = smallest.wrong[0]
        rows, said, grids = list(called), list(filter(None, [note])), ()
        if smallest.changed:
            said.append(
                f"It also writes into {smallest.changed}."
                if slip
                else f"Your function writes into {smallest.changed}: whatever it reads there "
                "afterwards is changed."
            )
        label = f"{part.name}, " if len(smallest.parts) > 1 else ""
        if value.shape != np.shape(part.truth):
            said.append(shape_said(value, part))
            for who, v in (("yours", value), ("the truth", np.asarray(part.truth))):
                rows.append(labelled(label + who, v))
        else:
            if not_finite(value):
                said.append(f"{part.name} holds NaN or an infinity.")
            rows += [(label + who, text) for who, text in side_by_side(value, part.truth)]
            grids = _pictures(value, part.truth)
        return Finding(NOT_THIS, tuple(said), slip, tuple(rows), grids)

    def _right_at_one_shape(self, tried) -> str:
        """Say that a function is right at one shape alone, and fails at smaller and larger ones."""
        wrong = [t for t in tried if t.failed]
        for k, name in enumerate(self.names):
            right = {np.shape(t.inputs[k]) for t in tried if not t.failed}
            others = [np.shape(t.inputs[k]) for t in wrong]
            sizes = [int(np.prod(shape)) for shape in others]
            if len(right) == 1 and not right & set(others):
                (shape,) = right
                if min(sizes) < np.prod(shape) < max(sizes):
                    where = f"where {name} has {shape_text(shape)}"
                    return f"Your function is right {where}, and there alone: try another count."
        return ""

    def _called(self, inputs) -> list[tuple[str, str]]:
        if all(np.ndim(x) == 0 for x in inputs):
            pairs = zip(self.names, inputs, strict=True)
            text = ", ".join(f"{name}={shown(x)}" for name, x in pairs)
            return [("called as", f"answer({text})")]
        return [labelled(name, x) for name, x in zip(self.names, inputs, strict=True)]


def _pictures(value, truth) -> tuple[Grid, ...]:
    if not drawable(value) or not_finite(value):
        return ()
    return (Grid("yours", value), Grid("the truth", truth), Grid("yours − truth", value - truth))
