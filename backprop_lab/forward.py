"""Forward mode: every value carries its tangent along. No tape is kept."""

from __future__ import annotations

from backprop_lab.rules import Rule
from backprop_lab.traced import Traced, new_level


class Dual(Traced):
    """A value with its tangent ẋ, the derivative along one direction of the primals."""

    __slots__ = ("tangent",)

    def __init__(self, value, tangent, trace):
        self.value = value
        self.tangent = tangent
        self.trace = trace


class Forward:
    """One run of a function in forward mode."""

    def __init__(self):
        self.level = new_level()
        self.notes: set[str] = set()

    def record(self, rule: Rule, operands: tuple, params: dict) -> Dual:
        """Run a rule on the values, and its pushforward on the tangents."""
        mine = [isinstance(x, Dual) and x.trace is self for x in operands]
        values = tuple(x.value if m else x for x, m in zip(operands, mine, strict=True))
        dots = [x.tangent if m else None for x, m in zip(operands, mine, strict=True)]
        y, y_dot = rule.forward(values, params, dots)
        return Dual(y, y_dot, self)
