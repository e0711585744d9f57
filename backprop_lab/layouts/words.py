"""Formulas as trees, so that code can carry them from one layout into another."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backprop_lab.layouts.arrangements import OURS, Layout

KINDS = ("gradient", "jacobian", "matrix")


@dataclass(frozen=True)
class Word:
    """A formula in names, `@`, `+`, `-`, numbers times it, and `.T`, which goes down to the names.

    >>> A, x = Word("name", ("A",)), Word("name", ("x",))
    >>> ((A + A.T) @ x).T
    x.T @ (A.T + A)
    """

    op: str
    parts: tuple

    @property
    def T(self) -> Word:
        """Transposed: products turn round, sums keep their order."""
        match self.op:
            case "name":
                return Word("T", (self,))
            case "T":
                return self.parts[0]
            case "@":
                return Word("@", (self.parts[1].T, self.parts[0].T))
            case "*":
                return Word("*", (self.parts[0], self.parts[1].T))
        return Word(self.op, tuple(part.T for part in self.parts))

    def __matmul__(self, other):
        return Word("@", (self, other))

    def __add__(self, other):
        return Word("+", (self, other))

    def __sub__(self, other):
        return Word("-", (self, other))

    def __rmul__(self, number):
        return Word("*", (number, self))

    __mul__ = __rmul__
    __array_ufunc__ = None  # an array of numbers is no name: NumPy then refuses

    def __neg__(self):
        return -1 * self

    def run(self, values: Mapping):
        """Compute the formula on whatever has `@`, `+`, `-`, `*` and `.T`."""
        if self.op == "name":
            return values[self.parts[0]]
        parts = [p.run(values) if isinstance(p, Word) else p for p in self.parts]
        if self.op == "T":
            return parts[0].T
        return _OPERATIONS[self.op](*parts)

    def __repr__(self):
        parts = [f"({p})" if getattr(p, "op", "") in ("+", "-") else str(p) for p in self.parts]
        return f"{parts[0]}.T" if self.op == "T" else f" {self.op} ".join(parts)


_OPERATIONS = {"@": operator.matmul, "+": operator.add, "-": operator.sub, "*": operator.mul}


def line_of(names, word: Word) -> Callable:
    """Make a function of the tree, with the arguments' names that a derivation asks for."""

    def line(*values):
        return word.run(dict(zip(names, values, strict=True)))

    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    line.__signature__ = inspect.Signature([inspect.Parameter(n, positional) for n in names])
    line.__doc__ = repr(word)
    return line


def translate(
    line: Callable, result: str, source: Layout, target: Layout = OURS, **roles: str
) -> Callable:
    """Carry a formula from one layout into another; the answer can be given to `then` and called.

    `line` is the formula in plain NumPy, columns with two axes. `result` says what it computes:
    "gradient" (a number by a vector), "jacobian" (a vector by a vector) or "matrix" (a number by a
    matrix). `roles` says the same of its arguments that are derivatives; the others stay. The
    translated formula is the docstring of what is returned.

    >>> from backprop_lab.layouts import SOURCES
    >>> minka = SOURCES["minka"].layout
    >>> ours = translate(lambda x, g: x @ g, "matrix", minka, g="gradient")
    >>> ours.__doc__
    'g @ x.T'

    Raises `ValueError` for a kind that is none, for a role without an argument, and where one of
    the layouts has no matrix for the derivative.
    """
    names = list(inspect.signature(line).parameters)
    strangers = [n for n in roles if n not in names]
    if strangers:
        raise ValueError(f"translate: the formula has no {strangers[0]!r}; it has {names}.")
    words = {n: Word("name", (n,)) for n in names}
    for n, kind in roles.items():
        words[n] = words[n].T if differs(kind, source, target) else words[n]
    try:
        word = line(*words.values())
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{_ALLOWED}: {error}.") from error
    if not isinstance(word, Word):
        raise ValueError(f"{_ALLOWED}; it gave a {type(word).__name__}.")
    return line_of(names, word.T if differs(result, source, target) else word)


_ALLOWED = "translate: the formula may hold names, @, +, -, numbers times a matrix, and .T alone"


def differs(kind, source, target) -> bool:
    """Whether two layouts have each other's transpose for a kind of derivative."""
    if kind not in KINDS:
        raise ValueError(f"translate: a kind of derivative is one of {KINDS}; got {kind!r}.")
    mine, other = getattr(source, kind), getattr(target, kind)
    if kind == "matrix" and not {mine, other} <= {"shape", "transposed"}:
        raise ValueError(
            "translate: one of the layouts has no matrix for a number by a matrix (it stacks the "
            "columns, or says nothing). Carry the numbers with `convert`."
        )
    return mine != other
