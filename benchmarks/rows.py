"""The table: what is measured, at which sizes, and which number is the goal.

Goals are ratios to code by hand. `goal` is what a release must reach, `stretch` what it tries for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks import explicit, imports, memory, networks, ratios, scalars, vectors


@dataclass(frozen=True)
class Row:
    """One line of the table. `make` builds its workload, in the process that measures it."""

    group: str  # what --only takes
    title: str
    make: Callable
    goal: float | None = None  # None: for comparison only
    stretch: float | None = None
    measure: Callable = ratios.to_hand
    unit: str = "×"
    against: str = "by hand"
    allocator: str = "kept"  # or "default": glibc gives memory back at every call
    needs: str = ""  # a module without which the row is left out


PEERS = ("autograd", "MyGrad", "PyTorch", "JAX jit", "JAX eager")
GROUPS = {
    "mlp": "784-256-128-10 tanh network with cross-entropy",
    "linear": "both VJPs of a linear layer",
    "attention": "self-attention",
    "small": "operations on 3-vectors",
    "elementwise": "ten operations on long vectors",
    "fanout": "one value used many times",
    "jacobian": "a whole Jacobian",
    "scalar": "scalar by scalar, against micrograd",
    "chain": "a deep chain: time, and bytes an operation",
    "forward": "gradient over forward pass",
    "float32": "float32 over float64",
    "memory": "peak memory, and what is left",
    "import": "import time",
    "explicit": "the explicit Jacobian that a VJP avoids",
}


def rows(quick: bool) -> list[Row]:
    """The whole table; with `quick`, small sizes that say only whether it runs."""
    table = [*network_rows(quick), *vector_rows(quick), *other_rows(quick)]
    # Goals are for the sizes of the whole table: at small ones overhead is all there is.
    return [replace(row, goal=None, stretch=None) for row in table] if quick else table


def network_rows(quick: bool) -> list[Row]:
    """Networks, in float64 and float32."""
    table = []
    goals = {
        (32, "float64"): (1.15, 1.10), (32, "float32"): (1.20, 1.10),
        (256, "float64"): (1.05, 1.00), (256, "float32"): (1.05, 1.00),
        (2048, "float64"): (1.05, 0.95), (2048, "float32"): (1.05, 0.95),
    }  # fmt: skip
    sizes, shrink = ((20, 16, 12, 10), 16) if quick else ((784, 256, 128, 10), 1)

    def mlp(batch, dtype, fused=False):
        return lambda: networks.mlp(batch // shrink, dtype, sizes, fused)

    for (batch, dtype), (goal, stretch) in goals.items():
        title = f"MLP, batch {batch // shrink}, {dtype}"
        table.append(Row("mlp", title, mlp(batch, dtype), goal, stretch))
        if batch < 2048:  # in the largest, the softmax is no part of the time
            table.append(
                Row("mlp", f"{title}, own logsumexp", mlp(batch, dtype, True), goal, stretch)
            )
    title = f"MLP, batch {256 // shrink}, float64, default allocator"
    table.append(Row("mlp", title, mlp(256, "float64"), 1.10, allocator="default"))

    n, p, m = (16, 32, 24) if quick else (512, 1024, 1024)
    T, d = (16, 8) if quick else (128, 64)
    for dtype in ("float64", "float32"):
        title = f"linear layer {n}×{p}×{m}, both VJPs, {dtype}"
        make = lambda dtype=dtype: networks.linear_layer(n, p, m, dtype)  # noqa: E731
        table.append(Row("linear", title, make, 1.03, 1.00))
    for fused, how in ((False, ""), (True, ", own softmax")):
        for dtype in ("float64", "float32"):
            title = f"attention T={T}, d={d}, 4 heads, {dtype}{how}"
            make = lambda *given: lambda: networks.attention(T, d, 4, *given)  # noqa: E731
            table.append(Row("attention", title, make(dtype, fused), 1.25, 1.12))
    return table


def vector_rows(quick: bool) -> list[Row]:
    """Long vectors, small vectors, depth, scalars."""
    count, uses, medium, depth = (
        (100, 50, 1000, 2000) if quick else (1000, 1000, 100_000, 100_000)
    )  # fmt: skip
    large = 10_000 if quick else 10_000_000
    points, width = (10, 4) if quick else (100, 16)
    n = 10 if quick else 100
    table = [Row("small", f"{count:,} operations on 3-vectors",
                 lambda: vectors.small_operations(count), 2.3, 1.5)]  # fmt: skip
    for size, goals in ((medium, [(1.6, 1.3), (1.2, 1.0)]), (large, [(1.9, 1.5), (1.3, 1.0)])):
        for make, name, (goal, stretch) in zip(
            (vectors.cheap, vectors.transcendental), ("cheap", "transcendental"), goals, strict=True
        ):
            title = f"10 {name} operations on {size:,}"
            build = lambda make=make, size=size: make(size)  # noqa: E731
            table.append(Row("elementwise", title, build, goal, stretch))
    return [
        *table,
        Row("fanout", f"one value of {medium:,} used {uses:,} times",
            lambda: vectors.fan_out(uses, medium), 1.6, 1.45),
        Row("jacobian", f"Jacobian {n} → {n}, all rows at once",
            lambda: networks.two_layers(n, "jacobian"), 1.2, 1.05),
        Row("jacobian", f"Jacobian {n} → {n}, row by row",
            lambda: networks.two_layers(n, "rows")),
        Row("scalar", "scalars: the expression in micrograd's README",
            lambda: scalars.against_micrograd(*scalars.readme_expression()), 0.7, 0.4,
            against="micrograd", needs="micrograd"),
        Row("scalar", f"scalars: 2×{width} network on {points} points",
            lambda: scalars.against_micrograd(*scalars.scalar_mlp(points, width)), 0.2, 0.05,
            against="micrograd", needs="micrograd"),
        Row("chain", f"chain of {depth:,} operations", lambda: vectors.chain(depth), 3.5, 1.6),
        Row("chain", f"chain of {depth:,}: bytes an operation", lambda: vectors.chain(depth),
            450, 200, memory.bytes_an_operation, "B", against="nothing"),
    ]  # fmt: skip


def other_rows(quick: bool) -> list[Row]:
    """What is compared with something else than time by hand."""
    sizes = (20, 16, 12, 10) if quick else (784, 256, 128, 10)
    batch = 16 if quick else 256
    long, large, deep = (1000, 10_000, 5000) if quick else (100_000, 10_000_000, 1_000_000)
    table = []
    for dtype in ("float64", "float32"):
        make = lambda dtype=dtype: networks.mlp(batch, dtype, sizes)  # noqa: E731
        title = f"gradient over forward: MLP, batch {batch}, {dtype}"
        table.append(
            Row("forward", title, make, 2.8, None, ratios.to_forward, against="its own forward")
        )
    return [
        *table,
        Row("forward", f"gradient over forward: 1,000 operations on {long:,}",
            lambda: vectors.wide_chain(1000, long), 2.8, None, ratios.to_forward,
            against="its own forward"),
        Row("float32", f"float32 over float64: MLP, batch {batch}",
            lambda: {dtype: networks.mlp(batch, dtype, sizes) for dtype in ("float64", "float32")},
            0.55, None, ratios.to_float64, against="its own float64"),
        Row("memory", f"peak memory: 10 operations on {large:,}",
            lambda: vectors.wide_chain(10, large), 1.0, None, memory.peak_to_hand),
        Row("memory", f"{deep:,} operations: memory left when all is freed",
            lambda: replace(vectors.chain(deep), without=PEERS), 0.01, None, memory.left_over,
            against="its own peak"),
        *(Row("explicit", f"Y = XW, n = {n}", lambda n=n: explicit.matrices(n),
              measure=explicit.jacobian_to_vjp, against="its VJP")
          for n in ((4, 8) if quick else (16, 32, 64))),
        Row("import", "import, beyond that of NumPy", lambda: None, 15, None,
            imports.added_milliseconds, "ms", against="nothing"),
    ]  # fmt: skip
