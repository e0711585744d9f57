"""A primitive whose pullback a test writes by hand, registered for that test alone."""

from __future__ import annotations

import backprop_lab as bl
from backprop_lab.rules import RULES


@bl.primitive
def thrice(x):
    return 3 * x


def register(monkeypatch, pullback):
    """Give `thrice` a rule with this pullback; `monkeypatch` takes it out again after the test."""
    monkeypatch.setitem(RULES, thrice, None)
    bl.rule(thrice, takes="x")(lambda x: (3 * x, lambda x_dot: 3 * x_dot, pullback))
