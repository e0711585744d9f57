"""Cases of reductions, differences and convolutions for `test_symbolic`: name, function, shapes."""

from __future__ import annotations

import numpy as np

A, V, K = (2, 3), (3,), (2,)
PLACES = [0.0, 0.5, 2.0]

CASES = {
    "amax amin": (lambda a: np.amax(a, axis=0) - np.amin(a), A),
    "prod": (lambda a: np.prod(a, axis=1) * np.prod(a), A),
    "prod keepdims": (lambda a: np.prod(a, axis=0, keepdims=True) * a, A),
    "cumprod": (lambda a: np.cumprod(a, axis=1) + np.sum(np.cumprod(a)), A),
    "average": (lambda a: np.average(a, axis=0) * a, A),
    "average by weights": (lambda a, w: np.average(a, axis=1, weights=w * w), A, V),
    "average by as many weights": (lambda a, w: np.average(a, weights=1 + w * w), V, V),
    "var": (lambda a: np.var(a, axis=1, keepdims=True) * a, A),
    "var ddof": (lambda a: np.var(a, ddof=1), A),
    "std": (lambda a: np.std(a, axis=1) * np.std(a, ddof=1), A),
    "ptp": (lambda a: np.ptp(a, axis=0) * np.ptp(a), A),
    "diff": (lambda a: np.diff(a, axis=0) * np.diff(a, 2) ** 2, A),
    "diff with ends": (lambda v: np.diff(v, prepend=0.5, append=[1.0]) ** 2, V),
    "ediff1d": (lambda a: np.ediff1d(a, to_begin=0.5, to_end=[1.0, 2.0]) ** 2, A),
    "trapezoid": (lambda a: np.trapezoid(a * a, axis=0) * np.trapezoid(a, dx=0.5, axis=0), A),
    "trapezoid at places": (lambda y, x: np.trapezoid(y, x) * np.trapezoid(x, PLACES), V, V),
    "gradient": (lambda a: np.gradient(a, 0.5, PLACES)[1] * np.gradient(a, axis=0) ** 2, A),
    "gradient to second order": (lambda v: np.gradient(v, 0.25, edge_order=2) ** 2, V),
    "linspace": (lambda v: np.linspace(v, 2.0, 3, axis=-1) ** 2, V),
    "linspace without the end": (lambda k: np.linspace(k[0], k[1], 3, endpoint=False) ** 2, K),
    "logspace": (lambda v: np.logspace(v, 0.5, 3, base=2.0), V),
    "geomspace": (lambda v: np.geomspace(1 + v * v, 3.0, 4) ** 2, V),
    "polyval": (lambda p, x: np.polyval(p, x), V, K),
    "vander": (lambda v: np.vander(v, 4) * np.vander(v, 4, increasing=True), V),
    "convolve": (lambda v, k: np.convolve(v, k) * np.convolve(k, v), V, K),
    "convolve same": (lambda v, k: np.convolve(v, k, "same") ** 2, V, K),
    "correlate": (lambda v, k: np.correlate(v, k) ** 2, V, K),
    "correlate full": (lambda v, k: np.correlate(v, k, mode="full") ** 2, V, K),
}
