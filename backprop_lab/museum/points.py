"""Room of the museum: formulas that hold almost everywhere, at the point where they do not."""

from __future__ import annotations

import numpy as np

from backprop_lab.museum.exhibit import AtPoint, Source
from backprop_lab.naming import let


def _guarded(q):
    ok = q > 0.25
    return let("y", np.where(ok, np.sqrt(np.where(ok, q, 1)), 1))


POINTS = [
    AtPoint(
        name="product",
        title="A product divided by its factor",
        slip="0/0",
        hides="no entry is 0",
        sources=(
            Source(
                "Apache MXNet, `prod`",
                "https://github.com/apache/mxnet/issues/17864",
                "moved to #18078, which is open",
            ),
            Source(
                "PyTorch, `prod`",
                "https://github.com/pytorch/pytorch/issues/773",
                "closed; right at zeros in a later thread, #194699",
            ),
        ),
        f=lambda x: let("P", np.prod(x)),
        wrt="x",
        shapes={"x": (2,)},
        at=(4, 0),
        written=lambda x: np.prod(x) / x,
        mended=lambda x: x[::-1],
    ),
    AtPoint(
        name="running-product",
        title="The same, in a running product",
        slip="0/0",
        hides="no entry is 0",
        sources=(
            Source(
                "Theano, `cumprod`",
                "https://github.com/Theano/Theano/issues/5197",
                "open; a maintainer agrees",
            ),
            Source(
                "TensorFlow, `cumprod`",
                "https://github.com/tensorflow/tensorflow/issues/3862",
                "mended in #120282",
            ),
        ),
        f=lambda x: let("L", np.sum(np.cumprod(x) ** 2)),
        wrt="x",
        shapes={"x": (2,)},
        at=(1, 0),
        written=lambda x: np.cumsum((2 * np.cumprod(x) ** 2)[::-1])[::-1] / x,
        mended=lambda x: np.stack([2 * x[0] + 2 * x[0] * x[1] ** 2, 2 * x[0] ** 2 * x[1]]),
    ),
    AtPoint(
        name="norm",
        title="The norm of nothing",
        slip="0/0 at a kink",
        hides="x is not 0",
        sources=(
            Source(
                "PyTorch, `norm`",
                "https://github.com/pytorch/pytorch/issues/2421",
                "mended in #2775 by a convention",
            ),
            Source(
                "PyTorch, `std` of equal values",
                "https://github.com/pytorch/pytorch/issues/4320",
                "mended in #45468",
            ),
        ),
        f=lambda x: let("r", np.linalg.norm(x)),
        wrt="x",
        shapes={"x": (2,)},
        at=(0, 0),
        convex=True,
        written=lambda x: x / np.linalg.norm(x),
        mended=lambda x, r: x / r,
    ),
    AtPoint(
        name="branch",
        title="The branch not taken",
        slip="0 times infinity",
        hides="the other branch has a finite slope",
        sources=(
            Source(
                "JAX, `where`",
                "https://github.com/jax-ml/jax/issues/347",
                "closed; the documentation names the case and the way out",
            ),
            Source(
                "TensorFlow, `where`",
                "https://github.com/tensorflow/tensorflow/issues/38349",
                "closed; reported again in 2026, #118674",
            ),
        ),
        f=lambda q: let("y", np.where(q > 0.25, np.sqrt(q), 1)),
        wrt="q",
        shapes={"q": (2,)},
        at=(4, 0),
        safe=_guarded,
        written=lambda q: (q > 0.25) * (1 / (2 * np.sqrt(q))),
        mended=lambda q, y, y_bar: np.where(q > 0.25, y_bar / (2 * y), 0),
    ),
    AtPoint(
        name="tie",
        title="Two winners, two whole prizes",
        slip="a slope that is none",
        hides="one entry is the largest",
        sources=(
            Source(
                "Theano, `max`",
                "https://github.com/Theano/Theano/issues/4568",
                "open; not said whether it is mended",
            ),
            Source(
                "TensorFlow, the conventions compared",
                "https://github.com/tensorflow/tensorflow/issues/51681",
                "closed; equal shares, documented in #109337",
            ),
        ),
        f=lambda x: let("y", np.max(x)),
        wrt="x",
        shapes={"x": (2,)},
        at=(1, 1),
        convex=True,
        written=lambda x: np.where(x == np.max(x), 1, 0),
        mended=lambda x, y: np.where(x == y, 1, 0) / np.sum(np.where(x == y, 1, 0)),
    ),
]
