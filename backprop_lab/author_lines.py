"""An author's own line is run on symbols; what goes wrong in it is said with its number."""

from __future__ import annotations

from collections.abc import Callable

from backprop_lab.errors import ProofError, TraceError


def run_line(number: int, expr: Callable, arguments: list):
    """Run the line `number` of a derivation, and give what it returns.

    >>> run_line(4, lambda x: 1 / 0, [3])
    Traceback (most recent call last):
    ...
    backprop_lab.errors.ProofError: line 4 cannot be run: ZeroDivisionError: division by zero
    """
    try:
        value = expr(*arguments)
    except (TraceError, ValueError, IndexError) as error:
        raise ProofError(f"line {number} cannot be right: {error}") from error
    except (TypeError, AttributeError, ArithmeticError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ProofError(f"line {number} cannot be run: {what}") from error
    if value is None or isinstance(value, str):
        raise ProofError(
            f"line {number} gives a {type(value).__name__}; a number or an array is needed."
        )
    return value
