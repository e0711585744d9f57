"""Graphs of named quantities: values on the way forward, cotangents on the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from backprop_lab.draw.figure import Figure, book_style
from backprop_lab.draw.paper import WIDTH
from backprop_lab.draw.sketch import Sketch
from backprop_lab.draw.writing import Writing
from backprop_lab.errors import TraceError
from backprop_lab.graph import NamedGraph, named_graph
from backprop_lab.naming import let

MOST_NODES, MOST_PATHS = 24, 12


@book_style()
def graph(
    f: Callable,
    *primals,
    title: str | None = None,
    paths: str | Sequence[str] | None = None,
    cotangents: str = "auto",
    shapes: bool = False,
    **static,
) -> Figure:
    """Draw the named quantities of one run of a scalar function.

    Each box holds a quantity's value (blue) and its cotangent (orange); each edge its local
    derivative (green). Solid arrows carry values forward, dashed ones cotangents back. Quantities
    are what `let` names, and the arguments; for an array the shape stands in place of the number.

    With `paths`, the name of a quantity or several, the paths from the first one to the output
    are drawn thick, and under the graph each path of each of them is written as a product, with
    the sum. `cotangents` is how a cotangent is written: "partial" as ∂L/∂w, "bar" as w̄; "auto"
    takes the bar where ∂L/∂w could be taken for the slope of a single edge, or is too wide. With
    `shapes` every box holds shapes in place of numbers.

    Raises `TraceError` where the output is no scalar, a name is unknown, or there is too much to
    draw.

    >>> import backprop_lab as bl
    >>> fig = graph(lambda w, x: bl.let("L", bl.let("z", w * x) ** 2), 2.0, 3.0)
    >>> print(fig.alt)
    Graph, from top to bottom: w, x; z; L.
    w = 2, ∂L/∂w = 36. x = 3, ∂L/∂x = 24. z = 6, ∂L/∂z = 12. L = 36, ∂L/∂L = 1.
    Local derivatives: ∂z/∂w = 3, ∂z/∂x = 2, dL/dz = 12.
    """
    run = _run(f, primals, static)
    if len(run.nodes) > MOST_NODES:
        raise TraceError(
            f"draw.graph: {len(run.nodes)} named quantities are too many to read; at most "
            f"{MOST_NODES}. Name fewer with let."
        )
    sources = [paths] if isinstance(paths, str) else list(paths or ())
    for name in sources:
        _check_source(run, name)
    if cotangents not in ("auto", "partial", "bar"):
        raise TraceError(
            f"draw.graph: cotangents is 'auto', 'partial' or 'bar'; got {cotangents!r}."
        )
    bars = _is_ambiguous(run) if cotangents == "auto" else cotangents == "bar"
    sketch = Sketch(run, sources, Writing(run, bars, shapes))
    if cotangents == "auto" and sketch.width > WIDTH:
        sketch = Sketch(run, sources, Writing(run, True, shapes))
    return Figure(sketch.draw(title), title or "Graph of named quantities", sketch.alt())


def _run(f: Callable, primals: tuple, static: dict) -> NamedGraph:
    try:
        return named_graph(f, *primals, **static)
    except TraceError as error:
        if "scalar output" not in str(error):
            raise
        raise TraceError(
            f"draw.graph: {error} Draw one entry of the output, or a loss made from it."
        ) from None


def _check_source(run: NamedGraph, name: str) -> None:
    names = [node.name for node in run.nodes]
    if name not in names[:-1]:
        raise TraceError(
            f"draw.graph: paths={name!r} is no quantity that the output depends on; there are "
            f"{', '.join(names[:-1])}."
        )
    found = run.paths(name)
    if len(found) > MOST_PATHS:
        raise TraceError(
            f"draw.graph: {len(found)} paths lead from {name} to {names[-1]}; at most "
            f"{MOST_PATHS} can be written out. Leave paths away, or start further on."
        )
    slopes = {(e.tail, e.head): e.slope for e in run.edges}
    for path in found:
        for pair in pairwise(path):
            if slopes[pair] is None:
                raise TraceError(
                    f"draw.graph: the edge {pair[0]} → {pair[1]} has no single slope, since one of "
                    "them is an array. Paths are written out between numbers only."
                )


def _is_ambiguous(run: NamedGraph) -> bool:
    output = run.nodes[-1].name
    direct = {e.tail for e in run.edges if e.head == output}
    return any(len(run.paths(name)) > 1 for name in direct)


def two_paths(f: Callable | None = None, t: float = 1.0, title: str | None = None) -> Figure:
    """Draw a function of one number in which it takes part twice, with the product of each path.

    Without `f` it is chapter 2's f = x²y, x = t², y = 3t.

    >>> two_paths().alt.splitlines()[-1]
    'Sum over the paths from t: 12 + 3 = 15.'
    """

    def example(t):
        x = let("x", t**2)
        y = let("y", 3 * t)
        return let("f", x**2 * y)

    f = example if f is None else f
    source = named_graph(f, t).nodes[0].name
    return graph(f, t, paths=source, cotangents="bar", title=title)


def network_shapes(
    N: int = 64,
    p: int = 784,
    h: int = 32,
    m: int = 10,
    title: str | None = None,
) -> Figure:
    """Draw the shapes in a network of two layers: each cotangent has the shape of its variable.

    X (N×p) → Z = X W₁ + b₁ (N×h) → H = tanh(Z) → Y = H W₂ + b₂ (N×m) → L, with targets T.

    >>> "W₁: 784×32, cotangent 784×32" in network_shapes().alt
    True
    """

    def loss(X, W1, b1, W2, b2, T):
        Z = let("Z", X @ W1 + b1)
        H = let("H", np.tanh(Z))
        Y = let("Y", H @ W2 + b2)
        return let("L", np.mean((Y - T) ** 2) / 2)

    shapes = ((N, p), (p, h), (h,), (h, m), (m,), (N, m))
    ones = (np.ones(shape) for shape in shapes)
    return graph(loss, *ones, cotangents="bar", shapes=True, title=title)
