"""Rooms of the museum: paths forgotten, overwritten or walked twice, and values used too late."""

from __future__ import annotations

import numpy as np

from backprop_lab.museum.exhibit import Exhibit, Source
from backprop_lab.naming import let


def _root_and_cosine(c):
    return let("f", let("d", np.sqrt(c)) + let("e", np.cos(c)))


def _used_twice(x):
    u = let("u", np.exp(x))
    return let("y", u + x)


def _diamond(a):
    b = let("b", 4 * a)
    return let("e", let("c", b + 3) + let("d", 5 * b))


def _logit_gradient(p, z):
    e = np.exp(z)
    return let("g", e / np.sum(e) - p)


PATHS = [
    Exhibit(
        name="wrong-edge",
        title="The slope of the other road",
        slip="a factor from another path",
        hides="two slopes happen to be equal",
        sources=(
            Source(
                "*Mathematics for Machine Learning*, an early draft, equation 5.142",
                "https://github.com/mml-book/mml-book.github.io/issues/37",
                "closed, marked as in progress; not said whether it is mended",
            ),
        ),
        f=_root_and_cosine,
        wrt="c",
        written=lambda d: 1 / (2 * d) + 1 / (2 * d),
        mended=lambda c, d: 1 / (2 * d) - np.sin(c),
    ),
    Exhibit(
        name="assignment",
        title="One character: = for +=",
        slip="overwriting instead of adding",
        hides="x is used once",
        sources=(
            Source(
                "*Neural Networks: Zero to Hero*, lecture on micrograd, `exp`",
                "https://github.com/karpathy/nn-zero-to-hero/issues/52",
                "mended by the author in the notebook, with a note",
            ),
        ),
        f=_used_twice,
        wrt="x",
        written=lambda u: u,
        mended=lambda u: u + 1,
    ),
    Exhibit(
        name="diamond",
        title="A cotangent sent on too soon",
        slip="a path walked twice",
        hides="no value is used twice",
        sources=(
            Source(
                "*Deep Learning from Scratch*, class `NumberWithGrad`",
                "https://github.com/SethHWeidman/DLFS_code/pull/13",
                "a repair is proposed",
            ),
            Source(
                "micrograd, its first version",
                "https://github.com/karpathy/micrograd/issues/2",
                "closed; later versions sort the graph first",
            ),
        ),
        f=_diamond,
        wrt="a",
        written=lambda: 4 * 1 + 4 * (1 + 5),
        mended=lambda: 4 * (1 + 5),
    ),
    Exhibit(
        name="labels",
        title="A gradient that does not know its labels",
        slip="a forgotten path",
        hides="labels are data",
        sources=(
            Source(
                "TensorFlow, `softmax_cross_entropy_with_logits_v2`, second order",
                "https://github.com/tensorflow/tensorflow/issues/26495",
                "closed for want of an answer; not said whether it is mended",
            ),
        ),
        f=_logit_gradient,
        wrt="p",
        shapes={"p": ("n",), "z": ("n",)},
        written=lambda g_bar: 0 * g_bar,
        mended=lambda g_bar: -g_bar,
    ),
]


def _product(t):
    a, b = let("a", 3 * t), let("b", t**2)
    return let("y", a * b)


ORDER = [
    Exhibit(
        name="in-place",
        title="A product that has forgotten its factor",
        slip="a value overwritten before it was used",
        hides="the other factor is 1, here t = 1",
        hidden={"t": 1},
        sources=(
            Source(
                "LibRapid, `Dual::operator*=`",
                "https://github.com/LibRapid/librapid/issues/273",
                "open; a repair is in the copy of the reporter",
            ),
        ),
        f=_product,
        wrt="t",
        written=lambda t, b, y: 3 * b + y * (2 * t),
        mended=lambda t, a, b: 3 * b + a * (2 * t),
    ),
    Exhibit(
        name="worked-example",
        title="The most-copied worked example",
        slip="weights updated before they were used",
        hides="the step is small",
        sources=(
            Source(
                "*A Step by Step Backpropagation Example*, the error after one round",
                "https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/",
                "the script beside it has the right order",
            ),
            Source(
                "*Data Science from Scratch*, `backpropagate`",
                "https://github.com/joelgrus/data-science-from-scratch/issues/31",
                "open, unanswered",
            ),
            Source(
                "Toy-Neural-Network-JS",
                "https://github.com/CodingTrain/Toy-Neural-Network-JS/issues/72",
                "open; a repair, #73, was not taken over",
            ),
        ),
        f=lambda h, V: let("q", V @ h),
        wrt="h",
        shapes={"h": ("p",), "V": ("m", "p")},
        written=lambda V, h, q_bar: (V - np.outer(q_bar, h) / 2).T @ q_bar,
        mended=lambda V, q_bar: V.T @ q_bar,
    ),
]
