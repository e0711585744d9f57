"""What each NumPy function does to a tangent and to a cotangent, in the book's order.

To add a rule for a function of your own, use the decorators that this package uses itself:
`elementwise`, `linear` and `rule`.
"""

# The modules first: they register the rules. One of them shares its name with a decorator, which
# the name below then takes back.
from backprop_lab.rules.activations import (
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
)
from backprop_lab.rules.calculus import gradient  # noqa: F401
from backprop_lab.rules.convolution import correlate  # noqa: F401
from backprop_lab.rules.copies import tile  # noqa: F401
from backprop_lab.rules.decompositions import svd  # noqa: F401
from backprop_lab.rules.einsum import einsum_back  # noqa: F401
from backprop_lab.rules.fft import hfft  # noqa: F401
from backprop_lab.rules.grids import geomspace  # noqa: F401
from backprop_lab.rules.indexing import getitem, scatter_add
from backprop_lab.rules.joining import block  # noqa: F401
from backprop_lab.rules.linalg_products import multi_dot  # noqa: F401
from backprop_lab.rules.norms import norm  # noqa: F401
from backprop_lab.rules.order import sort  # noqa: F401  (the import registers max, min, sort)
from backprop_lab.rules.products import kron  # noqa: F401
from backprop_lab.rules.reductions import prod  # noqa: F401
from backprop_lab.rules.statistics import average  # noqa: F401
from backprop_lab.rules.ufunc_methods import as_function
from backprop_lab.rules.waves import spherical_bessel  # noqa: F401

# isort: split
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.calls import primitive
from backprop_lab.rules.complexes import (
    complex_forward,
    complex_reverse,
    in_convention,
    is_complex,
    refuse_complex,
)
from backprop_lab.rules.diagonals import elementwise
from backprop_lab.rules.kinds import composite, linear, rule
from backprop_lab.rules.registry import CONSTANT, RULES, SHAPE_ONLY, Link, Rule, constant

__all__ = [
    "CONSTANT",
    "RULES",
    "SHAPE_ONLY",
    "Link",
    "Rule",
    "as_function",
    "complex_forward",
    "complex_reverse",
    "composite",
    "constant",
    "elementwise",
    "getitem",
    "in_convention",
    "is_complex",
    "linear",
    "log_softmax",
    "logsumexp",
    "primitive",
    "refuse_complex",
    "relu",
    "rule",
    "scatter_add",
    "shape_of",
    "sigmoid",
    "softmax",
    "softplus",
    "unbroadcast",
]
