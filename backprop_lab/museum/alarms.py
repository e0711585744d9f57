"""Last room of the museum: lines that were reported, and that are right."""

from __future__ import annotations

import numpy as np

from backprop_lab.museum.exhibit import Alarm, Source
from backprop_lab.naming import let


def _cross_entropy(z, y):
    a = let("a", 1 / (1 + np.exp(-z)))
    return let("C", -(y * np.log(a) + (1 - y) * np.log(1 - a)))


def _spread(x):
    mu = let("mu", np.mean(x))
    return let("S", np.sum((x - mu) ** 2))


def _kernel(theta, r):
    ell = let("ell", np.exp(theta), latex=r"\ell")
    return let("k", np.exp(-((r / ell) ** 2) / 2))


ALARMS = [
    Alarm(
        name="no-sigma-prime",
        title="A σ′ that is rightly missing",
        slip="a missing σ′?",
        sources=(
            Source(
                "*Neural Networks and Deep Learning*, `network2.py`",
                "https://github.com/mnielsen/neural-networks-and-deep-learning/issues/45",
                "closed without an answer",
            ),
            Source(
                "a repair proposed",
                "https://github.com/mnielsen/neural-networks-and-deep-learning/pull/77",
                "closed, not taken over: the line stands",
            ),
        ),
        f=_cross_entropy,
        wrt="z",
        written=lambda a, y: (a - y) * (a * (1 - a)),
        mended=lambda a, y: a - y,
    ),
    Alarm(
        name="path-of-the-mean",
        title="A path that carries nothing",
        slip="a forgotten path?",
        sources=(
            Source(
                "Darknet, batch normalisation, `mean_delta_cpu`",
                "https://github.com/pjreddie/darknet/pull/29",
                "closed, with the reason: the line stands",
            ),
            Source(
                "TensorFlow, the same question",
                "https://github.com/tensorflow/tensorflow/pull/24508",
                "closed, not taken over: the line stands",
            ),
        ),
        f=_spread,
        wrt="x",
        shapes={"x": ("m",)},
        written=lambda x, mu: 2 * (x - mu) - 2 * np.mean(x - mu),
        mended=lambda x, mu: 2 * (x - mu),
        same=True,
    ),
    Alarm(
        name="log-scale",
        title="The right derivative, by another variable",
        slip="a lost factor?",
        sources=(
            Source(
                "scikit-learn, gradient of the RBF kernel",
                "https://github.com/scikit-learn/scikit-learn/issues/11113",
                "closed; the repair, #11116, was not taken over",
            ),
            Source(
                "its documentation",
                "https://github.com/scikit-learn/scikit-learn/issues/8393",
                "mended in #18115",
            ),
        ),
        f=_kernel,
        wrt="theta",
        written=lambda k, r, ell: k * r**2 / ell**3,
        mended=lambda k, r, ell: k * r**2 / ell**2,
    ),
    Alarm(
        name="row",
        title="A row, or a column",
        slip="a missing transpose?",
        sources=(
            Source(
                "*Mathematics for Machine Learning*, equations 5.104 and 5.105",
                "https://github.com/mml-book/mml-book.github.io/issues/465",
                "closed, with the reason: the lines stand",
            ),
        ),
        f=lambda x, a: let("s", x @ a),
        wrt="x",
        shapes={"x": ("n",), "a": ("n",)},
        written=lambda a: a,
        mended=lambda a: a.T,
        same=True,
    ),
]
