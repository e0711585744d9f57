"""What an exhibit is: a map, a line that was written about it, the mended line, and the source.

A written line is never typed in TeX: it is a NumPy expression that a proof refuses, or a formula
that gives a wrong number at one point. So no page can show it as a result.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from backprop_lab.derivation import Definitions, definitions, derive
from backprop_lab.errors import ProofError
from backprop_lab.proofs import Derivation


@dataclass(frozen=True)
class Source:
    """Where a line was seen or reported, and what became of it as far as the source says."""

    text: str
    url: str
    state: str


@dataclass(frozen=True)
class Exhibit:
    """A written line that is not equal to the derivative, and the line that is.

    `written` and `mended` are functions in plain NumPy whose arguments name quantities of the
    derivation, as in `derive(…).then(…)`. `both_modes` says that the slip sits in one slope which
    forward and reverse mode share, so that a dot-product test cannot see it. `hides` says where
    the written line passes; `hidden` are values for which its numbers are right.
    """

    name: str
    title: str
    slip: str
    sources: tuple[Source, ...]
    f: Callable
    wrt: str
    written: Callable
    mended: Callable
    shapes: Mapping[str, tuple] | None = None
    both_modes: bool = False
    hides: str = ""
    hidden: Mapping[str, object] | None = None
    room: str = field(default="", compare=False)

    @property
    def code(self) -> str:
        """The written line as code, for the refusal to quote.

        >>> from backprop_lab import museum
        >>> museum.EXHIBITS["handout"].code
        'as written, Y_bar @ X.T'
        """
        return f"as written, {body_of(self.written)}"

    def definitions(self) -> Definitions:
        """Print the map, as definitions."""
        return definitions(self.f, self.shapes)

    def derive(self) -> Derivation:
        """Derive what the written line is about."""
        return derive(self.f, self.wrt, self.shapes)

    def refuse(self) -> Derivation:
        """Try to add the written line; raise `ProofError`, as the page does."""
        return self.derive().then(self.written, because=self.code)

    def mend(self) -> Derivation:
        """Prove the mended line."""
        return self.derive().then(self.mended)


@dataclass(frozen=True)
class AtPoint(Exhibit):
    """A written formula that is right at almost every point, and wrong at `at`.

    `written` is a function of the variable alone. With `convex`, there is no derivative at the
    point; then a slope g is asked for what any slope must do there: f(z) ≥ f(x) + g·(z − x).
    `safe` is the map as it is written when its gradient is to be computed, where that differs.
    """

    at: tuple = ()
    convex: bool = False
    safe: Callable | None = None

    def refuse(self) -> Derivation:
        """Raise `ProofError` with the numbers of the written line at the point."""
        self.check(self.written, self.code)
        return self.derive()

    def mend(self) -> Derivation:
        """Prove the mended line, away from any kink."""
        return derive(self.safe or self.f, self.wrt, self.shapes).then(self.mended)

    def check(self, line: Callable, because: str = "") -> None:
        """Raise `ProofError` if the formula is wrong at the point."""
        x = np.array(self.at, dtype=float)
        with np.errstate(all="ignore"):
            given = np.asarray(line(x), dtype=float)
        where = f"at {self.wrt} = {row(x)} the line gives {row(given)}"
        if because:
            where = f"{where} ({because})"
        if not self.convex:
            truth = self.truth()
            if not np.allclose(given, truth, rtol=1e-12, atol=0):
                raise ProofError(f"{where}\n  the gradient there is {row(truth)}")
            return
        if not np.all(np.isfinite(given)):
            raise ProofError(f"{where}\n  that is no slope: a number is needed for each direction")
        for step in (*np.eye(x.size), *-np.eye(x.size), np.ones(x.size), -np.ones(x.size)):
            rise, promised = float(np.sum(self.f(x + step) - self.f(x))), float(given @ step)
            if not rise >= promised - 1e-12:
                raise ProofError(
                    f"{where}\n  that is no slope: for a step by {row(step)} it promises a rise of "
                    f"at least {promised:g}, and the function rises by {rise:g}"
                )

    def truth(self) -> np.ndarray:
        """SymPy's gradient of the sum of the outputs, at the point, in exact numbers."""
        d = self.derive()
        entries = d.reading.quantities[self.wrt].symbols.ravel()
        known = dict(zip(entries, map(float, self.at), strict=True))
        known |= {s: 1 for s in np.ravel(d.y_bar) if s != 1}
        return np.array([float(e.subs(known)) for e in np.ravel(d.truth)])


@dataclass(frozen=True)
class Alarm(Exhibit):
    """A line that was reported and is right: `mended` is what stood, `written` what was proposed.

    `same` says that the proposal has the same numbers, so that both lines hold.
    """

    same: bool = False

    @property
    def code(self) -> str:
        """The proposed line as code."""
        return f"as proposed, {body_of(self.written)}"


def body_of(function: Callable) -> str:
    """Give the expression that a lambda returns, from its source.

    >>> from backprop_lab import museum
    >>> body_of(museum.EXHIBITS["handout"].mended)
    'Y_bar @ W.T'
    """
    code = function.__code__
    module = sys.modules.get(function.__module__)
    found = []
    if module is not None and getattr(module, "__file__", None) == code.co_filename:
        tree = ast.parse(inspect.getsource(module))
        names = [*inspect.signature(function).parameters]
        found = [
            node.body
            for node in ast.walk(tree)
            if isinstance(node, ast.Lambda)
            and node.lineno == code.co_firstlineno
            and [a.arg for a in node.args.args] == names
        ]
    if len(found) != 1:
        raise ValueError(
            f"one lambda is needed in that line of {code.co_filename}; there are {len(found)}. "
            "Write the lambda in a module, on a line of its own."
        )
    return ast.unparse(found[0]).replace(" ** ", "**")


def row(numbers: np.ndarray) -> str:
    """Write numbers as a row: (2, nan)."""
    return f"({', '.join(f'{v + 0:g}' for v in np.ravel(numbers))})"
