"""Puzzles about one line of NumPy: its pullback or its Jacobian, with the picture of J.

The line is text. It is shown in the question, and executed to get the truth: the engine's Jacobian
of it, and the engine's pullback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from backprop_lab.exercises.exercise import Exercise
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.parts import Made, Part, also, pulled_back
from backprop_lab.exercises.pictures import Grid, drawable
from backprop_lab.exercises.verdicts import CORRECT, Finding, shown
from backprop_lab.jacobians import jacobian
from backprop_lab.slips import SLIPS
from backprop_lab.transforms import vjp

NUMBERS = np.array([-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0])


@dataclass(frozen=True)
class Line:
    """A function of one line: the text, its parameters, and the one it is differentiated by.

    >>> Line("np.roll(x, 1)", "x").jacobian(np.array([1.0, 2.0, 3.0]))
    array([[0., 0., 1.],
           [1., 0., 0.],
           [0., 1., 0.]])
    """

    text: str
    parameters: str
    wrt: str = ""
    run: Callable = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        made = eval(f"lambda {self.parameters}: {self.text}", {"np": np})
        object.__setattr__(self, "run", made)
        object.__setattr__(self, "wrt", self.wrt or self.names[0])

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""
        return self.parameters.split(", ")

    def alone(self, *inputs) -> tuple[Callable, np.ndarray]:
        """Give the line as a function of the one variable, and the value of that variable."""
        place = self.names.index(self.wrt)
        return lambda v: self.run(*inputs[:place], v, *inputs[place + 1 :]), inputs[place]

    def jacobian(self, *inputs) -> np.ndarray:
        """Give J, of the shape `shape(y) + shape(x)`, by the engine."""
        return np.asarray(jacobian(self.alone(*inputs)[0])(self.alone(*inputs)[1]))

    def table(self, *inputs) -> np.ndarray:
        """Give J with one row for each output and one column for each input."""
        _, x = self.alone(*inputs)
        return self.jacobian(*inputs).reshape(-1, np.size(x))


@dataclass(frozen=True)
class OneLine(Function):
    """An answer that is a lambda; its verdict shows the table of slopes of the line."""

    line: Line

    @property
    def stub(self) -> str:
        """What stands in the notebook before it is answered."""
        return f"answer = lambda {self.parameters}: ..."

    def judge(self, answer, first: Sequence[str] = ()) -> Finding:
        """Call the lambda at every draw; show J with a right answer as with a wrong one."""
        finding = super().judge(answer, first)
        if finding.state != CORRECT:
            return finding
        return replace(finding, grids=(self.picture(),))

    def picture(self, inputs: tuple | None = None) -> Grid:
        """Draw J at some inputs of the line; without any, at the largest that a page has room for.

        A single number is no picture: then the largest are taken, too.
        """
        if inputs is None or not drawable(self.line.table(*inputs)):
            count = len(self.line.names)
            drawn = [t[:count] for t in self.trials()]
            inputs = next(t for t in reversed(drawn) if drawable(self.line.table(*t)))
        table = self.line.table(*inputs)
        title = f"J, {table.shape[0]} × {table.shape[1]}"
        if len(inputs) == 1 and np.ndim(inputs[0]) == 1:
            title += f", at {self.line.wrt} = {shown(inputs[0])}"
        return Grid(title, table)

    def _finding(self, failed, first) -> Finding:
        finding = super()._finding(failed, first)
        picture = self.picture(failed[0].inputs[: len(self.line.names)])
        asked = any(np.array_equal(g.values, picture.values) for g in finding.grids)
        return finding if asked else replace(finding, grids=(*finding.grids, picture))


Shapes = Sequence[tuple[tuple[int, ...], ...]]


def arrays(shapes: Shapes) -> Callable[[np.random.Generator], Iterator[tuple]]:
    """Draw arrays of distinct short numbers, none of them 0: one tuple for each row of `shapes`."""

    def draws(rng):
        for row in shapes:
            yield tuple(distinct(rng, shape) for shape in row)

    return draws


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw an array whose entries differ from each other, so that no order is a tie."""
    return rng.permutation(NUMBERS)[: int(np.prod(shape))].reshape(shape)


def vectors(*sizes: int) -> Callable[[np.random.Generator], Iterator[tuple]]:
    """Draw one vector of each size."""
    return arrays([((n,),) for n in sizes])


def with_a_tie(draws: Callable) -> Callable[[np.random.Generator], Iterator[tuple]]:
    """Draw a vector with a 0 and with equal entries, too, where the line has a slope there."""

    def more(rng):
        yield from draws(rng)
        one, other = distinct(rng, (2,))
        yield (np.array([one, 0.0, other, one]),)

    return more


def pullback_of(line: Line, draws: Callable, slips: Callable, bar: str) -> OneLine:
    """Ask for x̄, given the inputs of the line and ȳ, which is named `bar`.

    `slips(*inputs, y_bar)` gives the wrong answers of the puzzle's own.
    """

    def parts(*given):
        *inputs, y_bar = given
        f, x = line.alone(*inputs)
        part = pulled_back(f"{line.wrt}_bar", f, x, np.asarray(y_bar))
        part = replace(part, axes=max(map(np.ndim, given)))
        return (also(part, *_as_made(slips(*given)), *_by_others(line, inputs, y_bar)),)

    def drawn(rng):
        for inputs in draws(rng):
            y_bar = distinct(rng, np.shape(line.run(*inputs)))
            yield *inputs, y_bar if y_bar.ndim else float(y_bar)

    return OneLine(f"{line.parameters}, {bar}", parts, drawn, line)


def jacobian_of(line: Line, draws: Callable, slips: Callable) -> OneLine:
    """Ask for J itself, where x and y are vectors."""

    def parts(*inputs):
        J = line.jacobian(*inputs)
        made = lambda: [*_as_made(slips(*inputs)), *_made_of_table(J)]  # noqa: E731
        return (Part("J", J, made, is_bar=False),)

    return OneLine(line.parameters, parts, draws, line)


def _by_others(line, inputs, y_bar) -> Iterator[Made]:
    """Give the cotangents of the other variables of a line."""
    for name, value in zip(line.names, inputs, strict=True):
        if name != line.wrt and np.asarray(value).dtype.kind == "f":
            f, x = replace(line, wrt=name).alone(*inputs)
            yield SLIPS["other-variable"], np.asarray(vjp(f, x)[1](np.asarray(y_bar))[0])


def _as_made(pairs) -> list[Made]:
    return [(SLIPS[name], np.asarray(value, dtype=float)) for name, value in pairs]


def _made_of_table(J):
    yield SLIPS["wrong-sign"], -J
    if not np.array_equal(J, J.T):
        yield SLIPS["transposed"], J.T
    diagonal = np.diag(J)
    if np.any(J - np.diag(diagonal)):
        yield SLIPS["diagonal-only"], np.diag(diagonal)
    elif len(J) > 1:
        spread = np.broadcast_to(diagonal, J.shape)
        yield from ((SLIPS["full-for-diagonal"], full) for full in (spread, spread.T))
    if np.any((J != 0) & (J != 1)):
        yield SLIPS["missing-factor"], (J != 0).astype(float)


# --- a puzzle -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Puzzle:
    """A puzzle: the exercise, the line it is about, and the code of a cell that proves it."""

    exercise: Exercise
    proof: str

    @property
    def line(self) -> Line:
        """The line that it is about."""
        return self.exercise.answer.line

    @property
    def asks(self) -> str:
        """What is asked for: "J", or the cotangent's name."""
        same = self.exercise.answer.parameters == self.line.parameters
        return "J" if same else f"{self.line.wrt}_bar"


def puzzle(
    name: str,
    line: Line,
    *,
    of: str,
    title: str,
    draws: Callable,
    answer: str,
    proof: str,
    slips: tuple[str, ...],
    hints: tuple[str, ...],
    level: int,
    remark: str,
    bar: str = "",
    made: Callable = lambda *given: (),
) -> Puzzle:
    """Make a puzzle; with a `bar`, the name of ȳ, it asks for the pullback, without for J.

    `answer` is the right side of the lambda that solves it; `of` says what the inputs are.
    """
    judged = pullback_of(line, draws, made, bar) if bar else jacobian_of(line, draws, made)
    y = "Y" if bar.startswith("Y") else "y"
    if bar:
        asked = f"Write its pullback: $\\bar {line.wrt}$, from `{judged.parameters}`."
    else:
        asked = "Write its Jacobian: the table $J$ with $J_{ij} = \\partial y_i/\\partial x_j$."
    exercise = Exercise(
        id=f"puzzle-{name}",
        title=title,
        question=f"`{y} = {line.text}`, for {of}. {asked}",
        answer=judged,
        slips=slips,
        hints=hints,
        solution=f"import numpy as np\n\nanswer = lambda {judged.parameters}: {answer}\n",
        difficulty=level,
        minutes=1 + level,
        remark=remark,
    )
    return Puzzle(exercise, proof)


def derived(line: Line, shapes: str, then: str, y: str = "y") -> str:
    """Write the cell that proves a line: SymPy's derivative, and the answer beside it."""
    return (
        f'bl.derive(lambda {line.parameters}: bl.let("{y}", {line.text}),\n'
        f'          wrt="{line.wrt}", shapes={{{shapes}}},\n'
        f").then(lambda {then})"
    )


def derived_from_a_number(line: Line, shapes: str, then: str) -> str:
    """Write the cell that proves a line whose y is one number, for any ȳ: L = cy comes after it."""
    return (
        f'bl.derive(lambda {line.parameters}, c: bl.let("L", c * bl.let("y", {line.text})),\n'
        f'          wrt="{line.wrt}", shapes={{{shapes}, "c": ()}},\n'
        f").then(lambda {then})"
    )
