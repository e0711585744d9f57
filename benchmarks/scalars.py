"""Workloads on plain numbers, scalar by scalar, against micrograd instead of code by hand."""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks.workloads import TOO_DEEP_FOR_JAX, Workload, generator


def micrograd_gradient(f):
    """The gradient of `f` as a user of micrograd takes it, from fresh values."""
    from micrograd.engine import Value  # some 100 lines of Python: loads nothing else

    def gradient(*arguments):
        values = [Value(x) for x in arguments]
        f(*values).backward()
        return tuple(v.grad for v in values)

    return gradient


class Micrograd:
    """What a loss takes from a library, in micrograd."""

    @staticmethod
    def relu(v):
        return v.relu()


def against_micrograd(loss, arguments):
    """A workload whose yardstick is micrograd's gradient of the same function."""
    return Workload(
        loss,
        arguments,
        micrograd_gradient(loss(Micrograd)),
        without=TOO_DEEP_FOR_JAX,
        against="micrograd",
    )


def readme_expression():
    """The expression of micrograd's README (Karpathy, MIT licence), and its two numbers."""

    def loss(library):
        relu = library.relu

        def f(a, b):
            c = a + b
            d = a * b + b**3
            c = c + (c + 1)
            c = c + (1 + c + (-a))
            d = d + (d * 2 + relu(b + a))
            d = d + (3 * d + relu(b - a))
            e = c - d
            f = e**2
            g = f / 2.0
            return g + 10.0 / f

        return f

    return loss, (-4.0, 2.0)


def scalar_mlp(points, width):
    """Micrograd's demo: 2-width-width-1, relu, hinge loss with decay, neuron by neuron."""
    rng = generator(10)
    inputs = rng.normal(size=(points, 2))
    targets = np.where(np.hypot(*inputs.T) < 1.0, 1.0, -1.0).tolist()
    inputs = inputs.tolist()
    sizes = (2, width, width, 1)
    count = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(sizes))
    weights = tuple(rng.uniform(-1.0, 1.0, count).tolist())

    def loss(library):
        relu = library.relu

        def neuron(weights, x):
            return sum((next(weights) * xi for xi in x), next(weights))

        def f(*weights):
            losses = []
            for x, target in zip(inputs, targets, strict=True):
                w = iter(weights)
                for n_out in sizes[1:-1]:
                    x = [relu(neuron(w, x)) for _ in range(n_out)]
                losses.append(relu(1 - target * neuron(w, x)))
            return sum(losses) * (1.0 / points) + 1e-4 * sum(p * p for p in weights)

        return f

    return loss, weights
