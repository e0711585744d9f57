"""Functions known by name alone: what is derived with one holds for every such function."""

from __future__ import annotations

import functools

import numpy as np
import sympy as sp

from backprop_lab.errors import TraceError
from backprop_lab.names import tex_name
from backprop_lab.symbolic_table import as_entries, entries_of


@functools.cache
def abstract(name: str, orders: tuple[int, ...] = ()):
    """Make a SymPy function without a formula whose derivatives are functions of that kind too.

    `orders` lists the arguments it was differentiated in: () is σ itself, (1,) is σ′.
    """

    def fdiff(self, argindex=1):
        return abstract(name, tuple(sorted((*orders, argindex))))(*self.args)

    label = name + "".join(f"_d{i}" for i in orders)
    return type(
        label, (sp.Function,), {"fdiff": fdiff, "is_real": True, "unknown": name, "orders": orders}
    )


class Unknown:
    """A differentiable function of which nothing else is known, for statements about any σ."""

    def __init__(self, name: str, latex: str | None = None):
        if not isinstance(name, str) or not name.isidentifier():
            raise TraceError(
                f"unknown needs a name that is a Python identifier; got {name!r}. Write "
                "unknown('sigma')."
            )
        self.name, self.tex = name, latex or tex_name(name)

    def __repr__(self):
        return f"unknown({self.name!r})"

    def __call__(self, *args):
        """Apply it, entry by entry."""
        return self._apply((), args)

    def prime(self, arg):
        """Return its derivative σ′ at `arg`; for functions of one argument."""
        return self._apply((1,), (arg,))

    def _apply(self, orders, args):
        for x in args:
            spelled = getattr(x, "apply_unknown", None)
            if spelled is not None:
                return spelled(self, orders, args)
        raise TraceError(
            f"{self.name} is an unknown function: it has no numbers. Use it in derive, and a "
            "real function such as np.tanh in grad and verify."
        )


def unknown(name: str, latex: str | None = None) -> Unknown:
    """Make a function of which only a name is known: `derive` then holds for every such function.

    >>> from backprop_lab import derive, let
    >>> sigma = unknown("sigma")
    >>> derive(lambda z: let("y", sigma(z) ** 2), wrt="z").lines[-1].text
    "2*sigma(z)*sigma'(z)"
    """
    return Unknown(name, latex)


def applied_to_entries(unknown: Unknown, orders: tuple, args) -> np.ndarray:
    """Apply an unknown function, or its derivative, to arrays of expressions."""
    function = np.frompyfunc(abstract(unknown.name, orders), len(args), 1)
    return as_entries(function(*map(entries_of, args)))
