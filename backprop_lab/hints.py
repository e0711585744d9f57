"""What to write instead of a NumPy function that has no rule, because others say it shortly."""

from __future__ import annotations

import numpy as np

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
}
