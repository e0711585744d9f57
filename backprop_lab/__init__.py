"""Backprop Lab: one function in plain NumPy, read as a number, a gradient and a derivation.

>>> import numpy as np
>>> import backprop_lab as bl
>>> def neuron(w, b, x, y):
...     z = bl.let("z", w * x + b)
...     y_hat = bl.let("y_hat", 1 / (1 + np.exp(-z)))
...     return bl.let("L", (y - y_hat) ** 2 / 2)
>>> neuron(0.5, -1.0, 2.0, 1.0)
np.float64(0.125)
>>> bl.grad(neuron, argnums=(0, 1))(0.5, -1.0, 2.0, 1.0)
(-0.25, -0.125)

The engine needs NumPy alone. `derive`, `verify`, `receipt` and `draw` load SymPy or Matplotlib when
they are first used.
"""

from __future__ import annotations

import importlib

from backprop_lab import methods as _methods  # noqa: F401  (gives traced values their methods)
from backprop_lab import quick as _quick  # noqa: F401  (and operators their short way)
from backprop_lab import trees
from backprop_lab.checkpoints import checkpoint
from backprop_lab.cost import cost
from backprop_lab.custom import custom_vjp, stop_gradient
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.jacobians import hessian, hvp, jacobian
from backprop_lab.naming import let
from backprop_lab.rules import (
    RULES,
    composite,
    elementwise,
    linear,
    log_softmax,
    logsumexp,
    primitive,
    relu,
    rule,
    sigmoid,
    softmax,
    softplus,
)
from backprop_lab.transforms import grad, jvp, value_and_grad, vjp

__version__ = "0.1.0"

_LAZY = {  # public name → the module that holds it, loaded when the name is first used
    "card": "cards",
    "derive": "derivation",
    "adjoint": "inner_products",
    "definitions": "derivation",
    "unknown": "symbolic_unknown",
    "explore": "explorers",
    "verify": "verification",
    "receipt": "binding",
    "named_graph": "graph",
    "which_layout": "layouts",
}
_ROOMS = ("checks", "draw", "exercises", "explorers", "museum", "layouts", "slips", "symbolic")

__all__ = [
    "RULES",
    "ProofError",
    "TraceError",
    "adjoint",
    "card",
    "checkpoint",
    "composite",
    "cost",
    "custom_vjp",
    "definitions",
    "derive",
    "draw",
    "elementwise",
    "exercises",
    "explore",
    "explorers",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "layouts",
    "let",
    "linear",
    "log_softmax",
    "logsumexp",
    "named_graph",
    "primitive",
    "receipt",
    "relu",
    "rule",
    "sigmoid",
    "softmax",
    "softplus",
    "stop_gradient",
    "trees",
    "unknown",
    "value_and_grad",
    "verify",
    "vjp",
    "which_layout",
]


def _room(module, name):
    """Load a module when one of its names is first used."""
    try:
        return importlib.import_module(f"backprop_lab.{module}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in ("sympy", "matplotlib"):
            raise
        raise ModuleNotFoundError(
            f"backprop_lab.{name} needs {missing}, which is not installed: the engine works "
            f'without it. Install it with pip install {missing}, or all with ".[book]".',
            name=missing,
        ) from error


def __getattr__(name):
    if name in _LAZY:
        return getattr(_room(_LAZY[name], name), name)
    if name in _ROOMS:
        return _room(name, name)
    raise AttributeError(f"backprop_lab has no {name!r}. Public names: {', '.join(__all__)}.")


def __dir__():
    return sorted({*globals(), *__all__})
