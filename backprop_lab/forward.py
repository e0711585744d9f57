"""Forward mode: every value carries its tangent along. No tape is kept."""

from __future__ import annotations

import functools

from backprop_lab.rules import Rule, complex_forward, is_complex, refuse_complex
from backprop_lab.several import rebuilt
from backprop_lab.traced import Traced, new_level


class Dual(Traced):
    """A value with its tangent ẋ, the derivative along one direction of the primals."""

    __slots__ = ("tangent",)

    def __init__(self, value, tangent, trace):
        self.value = value
        self.tangent = tangent
        self.tracer = trace


class Forward:
    """One run of a function in forward mode."""

    def __init__(self):
        self.level = new_level()
        self.notes: set[str] = set()
        self.complex = False  # whether a complex value has arisen

    def record(self, rule: Rule, operands: tuple, params: dict) -> Dual:
        """Run a rule on the values, and its pushforward on the tangents."""
        mine = [isinstance(x, Dual) and x.tracer is self for x in operands]
        values = tuple(x.value if m else x for x, m in zip(operands, mine, strict=True))
        dots = [x.tangent if m else None for x, m in zip(operands, mine, strict=True)]
        forward = functools.partial(complex_forward, rule) if self.complex else rule.forward
        y, y_dot = forward(values, params, dots)
        if not self.complex and is_complex(y):  # the first: from here on every rule is asked
            self.complex = True
            refuse_complex(rule, values)
        if rule.outputs:
            return rebuilt(y, [Dual(a, b, self) for a, b in zip(y, y_dot, strict=True)])
        return Dual(y, y_dot, self)
