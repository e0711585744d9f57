"""Workloads on vectors: small operations, long elementwise programs, fan-out, depth."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import TOO_DEEP_FOR_JAX, Workload, generator


def small_operations(count):
    """`count` mixed operations on 3-vectors: what recording one operation costs."""
    x, k = generator(4).uniform(0.5, 1.0, (2, 3))

    def loss(library, k):
        xp = library.xp

        def f(x):
            y = x
            for _ in range(count // 4):
                y = xp.sin(y * k + x) - 0.5
            return xp.sum(y)

        return f

    def by_hand(x):
        y, inner = x, []
        for _ in range(count // 4):
            u = y * k + x
            inner.append(u)
            y = np.sin(u) - 0.5
        np.sum(y)
        y_bar, x_bar = np.ones(3), np.zeros(3)
        for u in reversed(inner):
            u_bar = y_bar * np.cos(u)
            x_bar = x_bar + u_bar
            y_bar = u_bar * k
        return (x_bar + y_bar,)

    return Workload(loss, (x,), by_hand, constants=(k,))


def _ten_cheap_steps(x):
    """Ten operations that cost one pass over memory each: what is needed again, and the result."""
    a = x * x
    b = a + x
    c = b * 0.5
    d = c - a
    e = d * b + 1.0
    g = e / b
    return b, d, g, g * x - c


def cheap(size):
    """Ten operations that cost one pass over memory each."""
    x = generator(5).uniform(0.5, 1.5, size)

    def loss(library):
        return lambda x: library.xp.sum(_ten_cheap_steps(x)[-1])

    def by_hand(x):
        b, d, g, h = _ten_cheap_steps(x)
        np.sum(h)
        e_bar = x / b
        d_bar = e_bar * b
        b_bar = e_bar * d - e_bar * g + 0.5 * (d_bar - 1.0)
        a_bar = b_bar - d_bar
        return (g + b_bar + 2.0 * a_bar * x,)

    return Workload(loss, (x,), by_hand)


def transcendental(size):
    """Ten operations, six of which take tens of cycles an element."""
    x = generator(6).uniform(0.5, 1.5, size)

    def loss(library):
        xp = library.xp

        def f(x):
            a = xp.exp(-x)
            b = xp.sin(x) * a
            c = xp.tanh(b)
            d = xp.log(c + x)
            return xp.sum(xp.sqrt(xp.cos(d) + 2.0))

        return f

    def by_hand(x):
        a = np.exp(-x)
        s = np.sin(x)
        b = s * a
        c = np.tanh(b)
        e = c + x
        d = np.log(e)
        y = np.sqrt(np.cos(d) + 2.0)
        np.sum(y)
        e_bar = -0.5 / y * np.sin(d) / e
        b_bar = e_bar * (1 - c * c)
        return (e_bar + b_bar * a * np.cos(x) - b_bar * b,)

    return Workload(loss, (x,), by_hand)


def fan_out(uses, size):
    """One value used many times: its cotangents meet, and are added."""
    rng = generator(7)
    x, factors = rng.normal(size=size), rng.normal(size=uses).tolist()

    def loss(library):
        xp = library.xp

        def f(x):
            u = xp.tanh(x)
            y = u
            for k in factors:
                y = y + k * u
            return xp.sum(y)

        return f

    def by_hand(x):
        u = np.tanh(x)
        y = u
        for k in factors:
            y = y + k * u
        np.sum(y)
        y_bar = np.ones_like(y)
        u_bar = np.zeros_like(u)
        for k in reversed(factors):
            u_bar += k * y_bar
        u_bar += y_bar
        return (u_bar * (1 - u * u),)

    # XLA fuses the thousand sums into one kernel, and compiling that takes over 20 GB.
    return Workload(loss, (x,), by_hand, without=("JAX jit",))


def chain(depth):
    """A chain of `depth` operations on a 3-vector, whose values stay of order one."""
    x, k = generator(8).uniform(0.5, 1.5, (2, 3))
    k = 1 + (k - 1) / depth

    def loss(library, k):
        def f(x):
            y = x
            for _ in range(depth // 2):
                y = 2.0 - y * k
            return library.xp.sum(y)

        return f

    def by_hand(x):
        y = x
        for _ in range(depth // 2):
            y = 2.0 - y * k
        np.sum(y)
        y_bar = np.ones(3)
        for _ in range(depth // 2):
            y_bar = -y_bar * k
        return (y_bar,)

    return Workload(loss, (x,), by_hand, constants=(k,), operations=depth, without=TOO_DEEP_FOR_JAX)


def wide_chain(depth, size):
    """A chain of `depth` sines and products on a long vector, which must all be kept."""
    x = generator(9).uniform(0.5, 1.5, size)

    def loss(library):
        xp = library.xp

        def f(x):
            y = x
            for _ in range(depth // 2):
                y = xp.sin(y) * 1.1
            return xp.sum(y)

        return f

    def by_hand(x):
        y, kept = x, []
        for _ in range(depth // 2):
            kept.append(y)
            y = np.sin(y) * 1.1
        np.sum(y)
        y_bar = np.ones_like(x)
        while kept:
            y_bar = y_bar * 1.1 * np.cos(kept.pop())
        return (y_bar,)

    return Workload(loss, (x,), by_hand, operations=depth)
