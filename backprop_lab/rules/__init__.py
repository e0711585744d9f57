"""What each NumPy function does to a tangent and to a cotangent, in the book's order.

To add a rule for a function of your own, use the decorators that this package uses itself:
`elementwise`, `linear` and `rule`.
"""

# The modules first: they register the rules. Two of them share their name with a decorator, which
# the names below then take back.
from backprop_lab.rules.elementwise import relu
from backprop_lab.rules.linear import getitem, scatter_add
from backprop_lab.rules.nonlinear import sort  # noqa: F401  (the import registers max, min, sort)

# isort: split
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.registry import (
    CONSTANT,
    RULES,
    SHAPE_ONLY,
    Rule,
    composite,
    constant,
    elementwise,
    linear,
    primitive,
    rule,
)

__all__ = [
    "CONSTANT",
    "RULES",
    "SHAPE_ONLY",
    "Rule",
    "composite",
    "constant",
    "elementwise",
    "getitem",
    "linear",
    "primitive",
    "relu",
    "rule",
    "scatter_add",
    "shape_of",
    "unbroadcast",
]
