"""What to write instead of a NumPy function that has no rule, because others say it shortly."""

from __future__ import annotations

import numpy as np

_INSIDE = "-np.diff(bl.sigmoid((x[:, None] - edges) / width), axis=1)"
_COUNTS = f"a smooth count, np.sum({_INSIDE}, axis=0): a count is a step, whose slope is 0"

INSTEAD = {  # functions without a rule that are short in those that have one
    np._core.umath.clip: "np.clip(x, low, high), since a plain x.clip does not know traced bounds",
    np.frexp: "x / 2.0**k with a fixed whole number k",
    np.i0: "a rule for it with its derivative, the function I1, which NumPy lacks",
    np.ldexp: "x * 2.0**k",
    np.piecewise: "np.where(condition, a, b), or np.select([c1, c2], [a, b]) for more pieces",
    np.apply_along_axis: "np.stack([f(row) for row in x])",
    np.copyto: "a new value, np.where(mask, x, y), since nothing traced is written in place",
    np.fill_diagonal: "a new value, np.where(np.eye(n) == 1, v, x)",
    np.place: "a new value, np.where(mask, v, x)",
    np.put: "a new value, np.where(mask, v, x), with a mask of those places",
    np.put_along_axis: "a new value, np.where(mask, v, x), with a mask of those places",
    np.putmask: "a new value, np.where(mask, v, x)",
    np.linalg.lstsq: "np.linalg.pinv(a) @ b",
    np.cov: "z = x - np.mean(x, axis=1, keepdims=True), then z @ z.T / (x.shape[1] - 1)",
    np.corrcoef: "z = (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True), "
    "then z @ z.T / x.shape[1]",
    np.histogram: _COUNTS,
    np.histogram2d: f"inside_x.T @ inside_y, where inside_x is {_INSIDE}, and inside_y alike",
    np.bincount: _COUNTS,
    np.unique: "np.sort(x), or x[places] with places chosen from plain values",
    np.polyfit: "np.linalg.pinv(np.vander(x, degree + 1)) @ y",
    np.polymul: "np.convolve(p, q)",
    np.polyder: "p[:-1] * np.arange(len(p) - 1, 0, -1)",
    np.roots: "np.linalg.eigvals(C) of the polynomial's companion matrix C",
    np.poly: "np.prod(x - roots), the polynomial's value at x",
    np.nanmedian: "np.median(x[~np.isnan(x)])",
    np.nanpercentile: "np.percentile(x[~np.isnan(x)], q)",
    np.nanquantile: "np.quantile(x[~np.isnan(x)], q)",
    np.apply_over_axes: "np.sum(x, axis=(0, 1), keepdims=True), as most reductions take such axes",
    np.lib.stride_tricks.sliding_window_view: "x[places] with places = "
    "np.arange(len(x) - width + 1)[:, None] + np.arange(width)",
    np.trim_zeros: "x[first:last] with whole numbers found from plain values",
    np.ix_: "x[np.ix_(rows, columns)] with plain rows and columns",
}
for _new, _old in {"cumulative_sum": "np.cumsum(x)", "cumulative_prod": "np.cumprod(x)"}.items():
    if hasattr(np, _new):  # since NumPy 2.1
        INSTEAD[getattr(np, _new)] = _old
