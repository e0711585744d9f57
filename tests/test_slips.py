"""The one list of mistakes: each is what it says, each has its case, and a message names it."""

from __future__ import annotations

import functools
from collections import Counter

import numpy as np
import pytest

import backprop_lab as bl
import slip_matrix
from backprop_lab.errors import ProofError
from backprop_lab.slips import SLIPS, slip_of_shape


def logistic(z):
    return 1 / (1 + np.exp(-z))


def neuron(w, b, x, y, activation=logistic):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", activation(z))
    return bl.let("L", (y - y_hat) ** 2 / 2)


def with_t(t):
    return bl.let("f", bl.let("x", t**2) * bl.let("y", 3 * t) + t)


def three_paths(x1, x2):
    y1, y2, y3 = bl.let("y1", x1 * x2), bl.let("y2", x1 + x2**2), bl.let("y3", np.sin(x1))
    return bl.let("L", y1 * y2 + y3**2)


def layer(X, W):
    return bl.let("Y", X @ W)


def centred(X, m):
    return bl.let("Y", X - m)


IN_PROOFS = {name: slip for name, slip in SLIPS.items() if slip.in_proofs}
SQUARE = {"X": ("n", "n"), "W": ("n", "n")}
# Forms that the chapters have not, besides the smallest one of each kind.
DERIVATIONS = {
    "logistic": (neuron, "w", None),
    "y enters with a minus": (neuron, "y", None),
    "tanh": (functools.partial(neuron, activation=np.tanh), "w", None),
    "relu": (functools.partial(neuron, activation=bl.relu), "w", None),
    "unknown": (functools.partial(neuron, activation=bl.unknown("sigma")), "w", None),
    "partial and total": (with_t, "t", None),
    "three paths": (three_paths, "x1", None),
    "rotation": (lambda x: np.stack([x[1] * x[0], x[2] ** 2, x[0] - x[1]]), "x", {"x": (3,)}),
    "cumsum": (lambda x: np.cumsum(x), "x", {"x": (3,)}),
    "layer of 2 × 2": (layer, "X", {"X": (2, 2), "W": (2, 2)}),
    "layer": (layer, "X", SQUARE),
    "gram": (lambda X: bl.let("Y", X.T @ X), "X", {"X": ("n", "n")}),
    "broadcast": (centred, "m", {"X": ("n", "n"), "m": ("n",)}),
    "row means": (lambda X: bl.let("y", np.mean(X, axis=1)), "X", {"X": ("n", "n")}),
    "entry by entry": (lambda Z: bl.let("H", np.tanh(Z)), "Z", {"Z": ("n", "n")}),
    "chain": (lambda A, B, x: bl.let("z", A @ bl.let("y", B @ x)), "x",
              {"A": ("n", "n"), "B": ("n", "n"), "x": ("n",)}),
}  # fmt: skip
SAME = {
    ("cumsum", "missing-factor"): "same: every slope is 0 or 1",
    ("entry by entry", "diagonal-only"): "same: J is diagonal",
    ("entry by entry", "wrong-index"): "same: J is diagonal",
    ("entry by entry", "missing-transpose"): "same: J is symmetric",
}


@functools.cache
def derivation(name):
    f, wrt, shapes = DERIVATIONS[name]
    return bl.derive(f, wrt=wrt, shapes=shapes)


@functools.cache
def outcomes(name):
    return {n: slip_matrix.outcome(slip, derivation(name)) for n, slip in IN_PROOFS.items()}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_every_slip_is_refused_and_named(name):
    found = outcomes(name)
    assert found["wrong-sign"] == "named"
    for slip, cell in found.items():
        assert cell in ("named", "-", SAME.get((name, slip))) or cell.startswith("as "), slip


@pytest.mark.parametrize("slip", IN_PROOFS)
def test_every_slip_is_the_explanation_somewhere(slip):
    assert "named" in [outcomes(name)[slip] for name in DERIVATIONS]


def test_no_slip_stands_in_the_list_in_two_wordings():
    titles, said = [s.title for s in SLIPS.values()], [s.explanation for s in SLIPS.values()]
    sentences = [part.rstrip(".") for text in said for part in text.split(". ")]
    for texts in (titles, sentences):
        assert [n for n, count in Counter(texts).items() if count > 1] == []
    assert all(key == s.name and s.explanation.endswith(".") for key, s in SLIPS.items())
    assert len({name for name, s in SLIPS.items() if s.in_proofs}) == 20


def test_the_list_knows_the_slips_of_the_plan():
    """Each is named by a refusal or by an exercise: `WRONG_ANSWERS` has one of each."""
    plan = {
        "transposed", "missing-factor", "forgotten-path", "partial-for-total", "wrong-sign",
        "wrong-axis", "missing-transpose", "silent-stretch", "wrong-order", "diagonal-only",
    }  # fmt: skip
    assert plan <= set(SLIPS)


@pytest.mark.parametrize(
    ("got", "wanted", "name"),
    [
        (("p", "N"), ("N", "p"), "transposed"),
        (("N", "m"), ("m",), "broadcast"),
        ((5, 3, 4), (3, 4), "broadcast"),
        (("N",), ("m",), "wrong-axis"),
        ((3, 1), (3, 4), "wrong-axis"),
        ((3,), (3, 4), "wrong-axis"),
    ],
)
def test_a_shape_alone_gives_a_slip_away(got, wanted, name):
    assert slip_of_shape(got, wanted).name == name


@pytest.mark.parametrize(("got", "wanted"), [((5, 6), (3, 4)), ((3, 4), (3, 4)), ((), ())])
def test_a_shape_that_says_nothing_gives_none(got, wanted):
    assert slip_of_shape(got, wanted) is None


def test_a_wrong_line_that_is_no_known_slip_is_refused_without_one():
    with pytest.raises(ProofError) as caught:
        bl.derive(neuron, wrt="w").then(lambda w, x: w**3 * x)
    assert "looks like" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (lambda W, Y_bar: -(Y_bar @ W.T), "a wrong sign"),
        (lambda X, W: np.ones_like(X) @ W.T, "a cotangent taken for ones"),
        (lambda W, Y_bar: Y_bar @ W, "a missing transpose"),
        (lambda W, Y_bar: Y_bar.T @ W.T, "a transpose too many"),
        (lambda W, Y_bar: (Y_bar @ W.T).T, "the right answer, transposed"),
        (lambda W, Y_bar: W.T @ Y_bar, "a chain in the wrong order"),
    ],
)
def test_an_authors_matrix_line_is_refused_with_an_entry_at_size_two(line, title):
    with pytest.raises(ProofError) as caught:
        derivation("layer").then(line)
    message = str(caught.value)
    assert "line 4 is not equal to X_bar[a, b]\n  the line says   " in message
    assert "  they differ at  entry (1, " in message and "every size 2: " in message
    assert f"  looks like      {title}. " in message


NET = {"X": ("N", "p"), "W1": ("p", "h"), "W2": ("h", "m"), "T": ("N", "m")}


def network(X, W1, W2, T):
    Z = bl.let("Z", X @ W1)
    H = bl.let("H", np.tanh(Z))
    Y = bl.let("Y", H @ W2)
    S = bl.let("S", np.exp(Y) / np.sum(np.exp(Y), axis=1, keepdims=True))
    return bl.let("L", -np.sum(T * np.log(S)) / T.shape[0])


def one_each(T):
    return np.sum(T, axis=1) == 1


@functools.cache
def of_network(wrt, given=None):
    return bl.derive(network, wrt, NET, given=given or ())


NET_LINES = {  # the variable, what is assumed, a wrong line, the slip, what the message holds
    "no σ′": ("Z", None, lambda H_bar: H_bar, "missing-factor", "H[a, b]**2*H_bar[a, b]"),
    "half of tanh′": ("Z", None, lambda H, H_bar: H_bar * (1 - H), None, "(H[a, b] - 1)*H[a, b]*H_bar[a, b]"),
    "softmax as a diagonal": ("Y", None, lambda S, S_bar: S * (1 - S) * S_bar, "diagonal-only", "S[a, b]*S_bar[a, b]"),
    "softmax without its sum": ("Y", None, lambda S, S_bar: S * S_bar, "forgotten-path", "S[a, b]*Sum(S[a, k]*S_bar[a, k], (k, 1, m))"),
    "the mean forgotten": ("Y", one_each, lambda S, T: S - T, "wrong-size", "S[a, b]/N - T[a, b]/N"),
    "the mean forgotten, one step on": ("W2", one_each, lambda H, S, T: H.T @ (S - T), "wrong-size", "/N"),
    "the sign, two steps on": ("H", None, lambda Y_bar, W2: -Y_bar @ W2.T, "wrong-sign", "Sum(W2[b, k]*Y_bar[a, k], (k, 1, m))"),
    "no sense at all": ("W1", None, lambda X, H, S, T, W2: X.T @ (((S - T) @ W2.T) * (1 - H**2)), None, "the truth is"),
}  # fmt: skip


@pytest.mark.parametrize("name", NET_LINES)
def test_a_wrong_line_of_a_network_is_refused_so_that_it_can_be_read(name):
    """At most a few lines of 100 characters, in the names that the author gave."""
    wrt, given, line, slip, held = NET_LINES[name]
    with pytest.raises(ProofError) as caught:
        of_network(wrt, given).then(line)
    message = str(caught.value)
    assert slip_matrix.named(message) is (SLIPS[slip] if slip else None)
    assert max(map(len, message.splitlines())) <= 100 and len(message.splitlines()) <= 18
    assert held in message and "they differ at" in message
    assert name == "no sense at all" or "the difference" in message
    assert "tanh(" not in message and "exp(" not in message  # H and S stand there by their names


def test_an_authors_sum_over_the_wrong_axis_is_named():
    with pytest.raises(ProofError, match=r"looks like      a sum over the wrong axis\."):
        derivation("broadcast").then(lambda Y_bar: -np.sum(Y_bar, axis=1))
    with pytest.raises(ProofError, match=r"looks like      broadcasting that was not undone\."):
        derivation("broadcast").then(lambda Y_bar: -Y_bar)
