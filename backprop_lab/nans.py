"""A gradient that is NaN where the value is finite: said aloud, with what to write instead."""

from __future__ import annotations

import warnings

import numpy as np

from backprop_lab.traced import primal


def has_nan(x) -> bool:
    """Whether a float or an array of floats has a NaN; a traced value is not looked at.

    One pass without a temporary: Σx² is NaN only where an entry is.

    >>> has_nan(1.0), has_nan(np.array([np.inf, 1.0])), has_nan(np.array([np.nan, 1.0]))
    (False, False, True)
    """
    if type(x) is np.ndarray:
        total = np.vdot(x, x)
        return bool(total != total)
    return isinstance(x, float) and x != x


def finite(values) -> bool:
    """Whether every entry of every value is a finite number."""
    return all(bool(np.all(np.isfinite(np.asarray(primal(x))))) for x in values)


def warn_of_nan(bars) -> None:
    """Warn that a cotangent of a primal is NaN."""
    found = next(x for x in bars if has_nan(x))
    where = (
        f" at index {tuple(map(int, np.argwhere(np.isnan(found))[0]))}" if np.ndim(found) else ""
    )
    warnings.warn(
        f"The value is finite, but its gradient is NaN{where}: on the way back 0 met ∞, as it does "
        "behind a branch of np.where that was not taken, or at a root of 0. Choose the argument "
        "before the function: safe = np.where(x > 0, x, 1.0), then np.where(x > 0, np.sqrt(safe), "
        "0.0). For √(x²) write np.abs, np.hypot or np.linalg.norm.",
        RuntimeWarning,
        stacklevel=7,
    )
