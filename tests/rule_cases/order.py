"""Sorting."""

from __future__ import annotations

import numpy as np

from rule_cases import case

for shape, params in [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((3, 3), {"axis": -1}),
                      ((2, 3), {"axis": None}), ((2, 3, 2), {"axis": 1}), ((0,), {})]:  # fmt: skip
    case(np.sort, shape, **params)
