"""The libraries: how each one takes the gradient of a function, as its own users write it.

Nothing is imported before it is asked for: each process measures one library, and hand-written
NumPy beside it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np


@dataclass(frozen=True)
class Library:
    """One column of the table.

    `gradient(f, arguments)` gives a function without arguments that returns a tuple of gradients;
    `jacobian` and `rows` likewise: all rows at once, and row by row. `keep(f, arguments)` returns
    what must live between forward and backward pass. None where the library has no such thing.
    """

    column: str
    module: str
    xp: object
    gradient: Callable
    relu: Callable | None = None
    softmax: Callable | None = None  # of an array and an axis, as all that is fused
    logsumexp: Callable | None = None
    jacobian: Callable | None = None
    rows: Callable | None = None
    keep: Callable | None = None
    constant: Callable = lambda x: x  # how an array that is not differentiated goes in
    untraced: Callable = contextlib.nullcontext  # within it, the function runs alone


def _unit_rows(pullback, y):
    """Pull the unit cotangents of the vector `y` back, one after the other."""
    return np.stack([pullback(unit) for unit in np.eye(len(y))])


def backprop_lab() -> list[Library]:
    import backprop_lab as bl

    def gradient(f, arguments):
        g = bl.grad(f, tuple(range(len(arguments))))
        return lambda: g(*arguments)

    def rows(f, arguments):
        def run():
            y, pullback = bl.vjp(f, *arguments)
            return (_unit_rows(lambda y_bar: pullback(y_bar)[0], y),)

        return run

    def jacobian(f, arguments):
        J = bl.jacobian(f)
        return lambda: (J(*arguments),)

    def keep(f, arguments):
        return bl.vjp(f, *arguments)

    return [
        Library(
            "Backprop Lab", "backprop_lab", np, gradient, bl.relu, bl.softmax, bl.logsumexp,
            jacobian, rows, keep,
        )
    ]  # fmt: skip


def autograd() -> list[Library]:
    import autograd
    import autograd.numpy as anp

    def gradient(f, arguments):
        g = autograd.grad(f, tuple(range(len(arguments))))
        return lambda: g(*arguments)

    def rows(f, arguments):
        J = autograd.jacobian(f)
        return lambda: (J(*arguments),)

    def keep(f, arguments):
        return autograd.make_vjp(f, argnum=tuple(range(len(arguments))))(*arguments)

    def relu(x):
        return anp.maximum(x, 0.0)

    return [Library("autograd", "autograd.numpy", anp, gradient, relu, rows=rows, keep=keep)]


def mygrad() -> list[Library]:
    import mygrad as mg

    def record(f, arguments):
        tensors = [mg.tensor(x, copy=False) for x in arguments]
        return tensors, f(*tensors)

    def gradient(f, arguments):
        def run():
            tensors, y = record(f, arguments)
            y.backward()
            return tuple(t.grad for t in tensors)

        return run

    def relu(x):
        return mg.maximum(x, 0.0)

    untraced = getattr(mg, "no_autodiff", contextlib.nullcontext())
    return [
        Library(
            "MyGrad", "mygrad", mg, gradient, relu, keep=record, untraced=lambda: untraced
        )
    ]  # fmt: skip


def jax() -> list[Library]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")

    def column(name, compiled):
        def prepared(transform, f, arguments):
            g = transform(f, argnums=tuple(range(len(arguments))))
            g = jax.jit(g) if compiled else g
            arrays = [jnp.asarray(x) for x in arguments]
            return lambda: jax.block_until_ready(g(*arrays))

        def gradient(f, arguments):
            # With the value, as all others: else the compiler drops what only the value needs.
            run = prepared(jax.value_and_grad, f, arguments)
            return lambda: run()[1]

        def jacobian(f, arguments):
            return prepared(jax.jacrev, f, arguments)

        return Library(
            name, "jax", jnp, gradient, jax.nn.relu, jax.nn.softmax, jax.nn.logsumexp, jacobian,
            constant=jnp.asarray,
        )  # fmt: skip

    return [column("JAX jit", True), column("JAX eager", False)]


def pytorch() -> list[Library]:
    import torch

    torch.set_num_threads(1)
    xp = SimpleNamespace(**{name: getattr(torch, name) for name in (
        "cos", "exp", "log", "mean", "reshape", "sin", "sqrt", "sum", "swapaxes", "tanh",
    )}, max=torch.amax)  # fmt: skip

    def tensor(x):
        return torch.as_tensor(x, dtype=torch.float64 if isinstance(x, float) else None)

    def gradient(f, arguments):
        leaves = [tensor(x).requires_grad_() for x in arguments]
        return lambda: torch.autograd.grad(f(*leaves), leaves)

    def jacobian(f, arguments):
        J = torch.func.jacrev(f)
        tensors = [tensor(x) for x in arguments]
        return lambda: (J(*tensors),)

    def rows(f, arguments):
        (x,) = (tensor(x) for x in arguments)
        return lambda: (torch.autograd.functional.jacobian(f, x),)

    return [
        Library(
            "PyTorch", "torch", xp, gradient, torch.relu, torch.softmax, torch.logsumexp, jacobian,
            rows, constant=tensor, untraced=torch.no_grad,
        )
    ]  # fmt: skip


# name on the command line → what loads it, its distribution, and the module that must be there
LIBRARIES = {
    "backprop_lab": (backprop_lab, "backprop-lab", "backprop_lab"),
    "autograd": (autograd, "autograd", "autograd"),
    "mygrad": (mygrad, "mygrad", "mygrad"),
    "pytorch": (pytorch, "torch", "torch"),
    "jax": (jax, "jax", "jax"),
}
MICROGRAD = ("micrograd", "micrograd")  # the yardstick of scalar code, in every library's process


def installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def version(distribution: str) -> str:
    """Version of an installed distribution; ours may be a source tree that was not installed."""
    if distribution == "backprop-lab":
        return importlib.import_module("backprop_lab").__version__
    return importlib.metadata.version(distribution)
