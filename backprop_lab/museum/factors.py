"""Rooms of the museum: a slope left behind, and a factor or a term too few or too many."""

from __future__ import annotations

import numpy as np

from backprop_lab.museum.exhibit import Exhibit, Source
from backprop_lab.naming import let
from backprop_lab.symbolic_unknown import unknown

sigma = unknown("sigma")


def _logistic(z):
    return 1 / (1 + np.exp(-z))


def _second_neuron(z1, w2, t):
    h = let("h", _logistic(z1))
    o = let("o", _logistic(let("z2", w2 * h)))
    return let("L", (t - o) ** 2 / 2)


def _logistic_of_line(t):
    x = let("x", 3 * t)
    return let("y", _logistic(x))


def _squared_det(A):
    z = let("z", np.linalg.det(A))
    return let("L", z**2)


def adjugate_T(A):
    """Transpose of the adjugate of a 2 by 2 matrix: the cofactors."""
    return np.stack([np.stack([A[1, 1], -A[1, 0]]), np.stack([-A[0, 1], A[0, 0]])])


SLOPES = [
    Exhibit(
        name="hidden-error",
        title="An error without its slope",
        slip="a missing σ′",
        hides="the output neuron is linear, or signs alone are compared",
        sources=(
            Source(
                "*Make Your Own Neural Network*, p. 82, and its notebook `part2_neural_network`",
                "https://github.com/makeyourownneuralnetwork/makeyourownneuralnetwork/issues/88",
                "open, unanswered",
            ),
            Source(
                "*Principles of training multi-layer neural network using backpropagation*",
                "https://github.com/ujjwalkarn/Machine-Learning-Tutorials/pull/16",
                "another derivation was listed beside it; not said whether the page is mended",
            ),
        ),
        f=_second_neuron,
        wrt="z1",
        written=lambda w2, t, o, h: -(w2 * (t - o)) * (h * (1 - h)),
        mended=lambda w2, t, o, h: -(w2 * (t - o) * (o * (1 - o))) * (h * (1 - h)),
    ),
    Exhibit(
        name="reverse-layer",
        title="The output's cotangent for the layer's",
        slip="a missing σ′",
        hides="every layer is linear",
        sources=(
            Source(
                "*Parallel Computing and Scientific Machine Learning*, lecture 10, equation 47",
                "https://github.com/SciML/SciMLBook/issues/164",
                "closed, marked as a bug; not said whether it is mended",
            ),
        ),
        f=lambda v, W: let("y", sigma(W @ v)),
        wrt="v",
        shapes={"v": ("p",), "W": ("m", "p")},
        written=lambda W, y_bar: W.T @ y_bar,
        mended=lambda W, v, y_bar: W.T @ (y_bar * sigma.prime(W @ v)),
    ),
    Exhibit(
        name="tanh-slope",
        title="A slope that wanted the value",
        slip="a slope at the wrong place",
        hides="x = 0",
        hidden={"x": 0},
        sources=(
            Source(
                "Apache Horn, class `Tanh`",
                "https://github.com/apache/incubator-retired-horn/pull/4",
                "mended in review",
            ),
        ),
        f=lambda x: let("y", np.tanh(x)),
        wrt="x",
        written=lambda x: 1 - x**2,
        mended=lambda y: 1 - y**2,
        both_modes=True,
    ),
    Exhibit(
        name="lost-tangent",
        title="A tangent that stops at the sigmoid",
        slip="a tangent not passed on",
        hides="σ is tested alone, with tangent 1",
        sources=(
            Source(
                "DiffSharp, forward mode of sigmoid and ReLU",
                "https://github.com/DiffSharp/DiffSharp/issues/16",
                "mended in 0.7.7",
            ),
        ),
        f=_logistic_of_line,
        wrt="t",
        written=lambda y: y * (1 - y),
        mended=lambda y: y * (1 - y) * 3,
    ),
    Exhibit(
        name="lost-cotangent",
        title="A determinant with cotangent 1",
        slip="a cotangent taken for 1",
        hides="the cotangent is 1, here det A = ½",
        hidden={"A": [[1, 0], [0, 0.5]]},
        sources=(
            Source(
                "Tangent, the adjoint of `numpy.linalg.det` in `tangent/grads.py`",
                "https://github.com/google/tangent/pull/36",
                "noticed in the review of the next rule; the file has the factor now",
            ),
        ),
        f=_squared_det,
        wrt="A",
        shapes={"A": (2, 2)},
        written=lambda A: adjugate_T(A),
        mended=lambda A, z: 2 * z * adjugate_T(A),
    ),
]


def _quadratic(x, S, b):
    Q = let("Q", (S + S.T) / 2)  # symmetric, whatever S is
    return let("f", x @ (Q @ x) - b @ x)


def rms(x, epsilon):
    """Root of the mean square of a vector, with ε under the root."""
    return np.sqrt(np.mean(x**2) + epsilon)


def _rms_norm(x, w, epsilon):
    return let("y", w * x / rms(x, epsilon))


def _mish(x):
    u = let("u", 1 + np.exp(x))
    return let("y", x * (u**2 - 1) / (u**2 + 1))


def _quotient(x):
    u = let("u", 1 + x * x)
    return let("y", x / u)


FACTORS = [
    Exhibit(
        name="quadratic",
        title="A quadratic form without its 2",
        slip="a lost factor",
        hides="x = 0",
        hidden={"x": [0, 0]},
        sources=(
            Source(
                "*Mathematics for Machine Learning*, draft of November 2018, equation 7.8",
                "https://github.com/mml-book/mml-book.github.io/issues/226",
                "mended in the next revision",
            ),
        ),
        f=_quadratic,
        wrt="x",
        shapes={"x": ("n",), "S": ("n", "n"), "b": ("n",)},
        written=lambda x, Q, b: Q @ x - b,
        mended=lambda x, Q, b: 2 * (Q @ x) - b,
    ),
    Exhibit(
        name="scale",
        title="A scale multiplied in too late",
        slip="a lost factor",
        hides="γ = 1, its first value",
        hidden={"gamma": 1},
        sources=(
            Source(
                "Knet.jl, `batchnorm4_back` on the CPU",
                "https://github.com/denizyuret/Knet.jl/issues/288",
                "mended in #289",
            ),
        ),
        f=lambda x_hat, gamma, beta: let("y", gamma * x_hat + beta),
        wrt="x_hat",
        shapes={"x_hat": ("m",)},
        written=lambda y_bar: y_bar,
        mended=lambda gamma, y_bar: gamma * y_bar,
    ),
    Exhibit(
        name="rms-norm",
        title="A weight that is there twice",
        slip="a factor too many",
        hides="all weights are 1, their first value",
        hidden={"w": [1, 1]},
        sources=(
            Source(
                "Megatron-LM, `BatchInvariantRMSNormFn`",
                "https://github.com/NVIDIA/Megatron-LM/pull/6859",
                "open; a repair is proposed",
            ),
        ),
        f=_rms_norm,
        wrt="x",
        shapes={"x": ("D",), "w": ("D",)},
        written=lambda x, w, epsilon, y_bar: (
            w * y_bar / rms(x, epsilon) - w * x * np.mean(w * x * y_bar) / rms(x, epsilon) ** 3
        ),
        mended=lambda x, w, epsilon, y_bar: (
            w * y_bar / rms(x, epsilon) - x * np.mean(w * x * y_bar) / rms(x, epsilon) ** 3
        ),
    ),
    Exhibit(
        name="mish",
        title="A sum of five terms with four",
        slip="a lost term",
        hides="x is far below 0",
        hidden={"x": -30},
        sources=(
            Source(
                "thinc, `backprop_mish` in NumPy",
                "https://github.com/explosion/thinc/pull/578",
                "mended there",
            ),
        ),
        f=_mish,
        wrt="x",
        written=lambda x, u: (
            (u - 1) * (4 * (x + 1) + 4 * (u - 1) ** 2 + (u - 1) * (4 * x + 6)) / (u**2 + 1) ** 2
        ),
        mended=lambda x, u: (
            (u - 1)
            * (4 * (x + 1) + 4 * (u - 1) ** 2 + (u - 1) ** 3 + (u - 1) * (4 * x + 6))
            / (u**2 + 1) ** 2
        ),
        both_modes=True,
    ),
    Exhibit(
        name="dual-division",
        title="Dual numbers divided without a division",
        slip="a lost factor",
        hides="the denominator is 1, here x = 0",
        hidden={"x": 0},
        sources=(
            Source(
                "diff-zoo, division of dual numbers",
                "https://github.com/MikeInnes/diff-zoo/issues/15",
                "mended in `src/forward.jl`",
            ),
            Source(
                "JuliaTutorials, the same in a lecture",
                "https://github.com/JuliaAcademy/JuliaTutorials/pull/31",
                "mended there",
            ),
        ),
        f=_quotient,
        wrt="x",
        written=lambda x, u: u * 1 - x * (2 * x),
        mended=lambda x, u: (u * 1 - x * (2 * x)) / u**2,
    ),
]
