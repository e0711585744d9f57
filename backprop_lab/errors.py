"""What goes wrong, said the same way everywhere: what, where, what was got, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class TraceError(TypeError):
    """A NumPy program that cannot be traced, with what to write instead."""


class ProofError(AssertionError):
    """A line or a result that is not equal to what SymPy derives."""


def name_of(func: Callable) -> str:
    """Give a function the name that a reader would type: `np.linalg.norm`, not `norm`.

    >>> import numpy as np
    >>> name_of(np.exp), name_of(np.linalg.norm)
    ('np.exp', 'np.linalg.norm')
    """
    module = getattr(func, "__module__", None) or ("numpy" if hasattr(func, "nin") else "")
    name = getattr(func, "__name__", repr(func))
    if module.startswith("numpy"):
        inner = "linalg." if "linalg" in module else "fft." if "fft" in module else ""
        return f"np.{inner}{name}"
    if module in ("_operator", "operator"):
        return f"operator.{name}"
    return f"bl.{name}" if module.startswith("backprop_lab") else name


def near_names(func: Callable, known: Iterable[Callable]) -> str:
    """List up to three known functions with a name like `func`'s; '' where there is none."""
    import difflib  # here: it takes a millisecond, which only an error need pay

    names = {name_of(k) for k in known if not name_of(k).startswith("operator.")}
    bare = {name.rpartition(".")[2]: name for name in sorted(names)}  # np. would be three letters
    close = difflib.get_close_matches(name_of(func).rpartition(".")[2], bare, n=3, cutoff=0.7)
    return f" Near names: {', '.join(bare[name] for name in close)}." if close else ""
