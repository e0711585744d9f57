"""Every named mistake, put into every derivation of chapters 1 to 5, is refused and named."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.equality import equal
from backprop_lab.errors import ProofError
from backprop_lab.slips import SLIPS


def logistic(z):
    return 1 / (1 + np.exp(-z))


def neuron(w, b, x, y, activation=logistic):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", activation(z))
    return bl.let("L", (y - y_hat) ** 2 / 2)


def two_paths(t):
    return bl.let("f", bl.let("x", t**2) ** 2 * bl.let("y", 3 * t))


def with_t(t):
    return bl.let("f", bl.let("x", t**2) * bl.let("y", 3 * t) + t)


def three_paths(x1, x2):
    y1, y2, y3 = bl.let("y1", x1 * x2), bl.let("y2", x1 + x2**2), bl.let("y3", np.sin(x1))
    return bl.let("L", y1 * y2 + y3**2)


SCALARS = {
    **{f"neuron {v}": (neuron, v) for v in ("w", "b", "x", "z", "y_hat", "y")},
    "tanh w": (functools.partial(neuron, activation=np.tanh), "w"),
    "relu w": (functools.partial(neuron, activation=bl.relu), "w"),
    "sigma w": (functools.partial(neuron, activation=bl.unknown("sigma")), "w"),
    "two paths": (two_paths, "t"),
    "partial and total": (with_t, "t"),
    "three paths x1": (three_paths, "x1"),
    "three paths x2": (three_paths, "x2"),
}
VECTORS = {
    "chapter 3": (lambda x: np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])]), 2),
    "exp": (lambda x: np.exp(x), 3),
    "cumsum": (lambda x: np.cumsum(x), 3),
    "softmax": (lambda x: np.exp(x) / np.sum(np.exp(x)), 3),
    "rotation": (lambda x: np.stack([x[1] * x[0], x[2] ** 2, x[0] - x[1]]), 3),
}


def candidates():
    for name, (f, wrt) in SCALARS.items():
        d = bl.derive(f, wrt=wrt)
        for slip in SLIPS.values():
            for n, wrong in enumerate(slip.on_paths(d.factors) if slip.on_paths else ()):
                yield pytest.param(d, slip, sp.sympify(wrong), id=f"{name}-{slip.name}-{n}")
    for name, (f, size) in VECTORS.items():
        d = bl.derive(f, wrt="x", shapes={"x": (size,)})
        for slip in SLIPS.values():
            made = slip.on_jacobian(d.jacobian, d.y_bar) if slip.on_jacobian else ()
            for n, wrong in enumerate(made):
                yield pytest.param(d, slip, np.asarray(wrong), id=f"{name}-{slip.name}-{n}")


CANDIDATES = list(candidates())
HARMLESS = {  # mistakes that are none: here the slip gives the right answer, which is a lesson too
    ("exp", "missing-transpose"),
    ("exp", "diagonal-only"),
    ("exp", "wrong-index"),
    ("softmax", "missing-transpose"),
}


def is_truth(d, wrong):
    mine, right = np.ravel(wrong), np.ravel(d.truth)
    return all(equal(d.reading.expanded(a), b) for a, b in zip(mine, right, strict=True))


def explains(slip, d, wrong):
    """Whether a slip gives this wrong answer too: several can look alike."""
    if isinstance(wrong, np.ndarray):
        made = slip.on_jacobian(d.jacobian, d.y_bar) if slip.on_jacobian else ()
    else:
        made = slip.on_paths(d.factors) if slip.on_paths else ()
    wrong = [d.reading.expanded(e) for e in np.ravel(wrong)]
    return any(
        all(equal(d.reading.expanded(a), b) for a, b in zip(np.ravel(m), wrong, strict=True))
        for m in made
    )


@pytest.mark.parametrize(("d", "slip", "wrong"), CANDIDATES)
def test_a_slip_is_refused_and_named(d, slip, wrong, request):
    case = tuple(request.node.callspec.id.split("-", 1))
    if is_truth(d, wrong):
        assert (case[0], slip.name) in HARMLESS
        d.then(wrong)
        return
    with pytest.raises(ProofError, match=r"line .* is not equal to") as caught:
        d.then(wrong)
    message = str(caught.value)
    assert "looks like      " in message
    named = [s for s in SLIPS.values() if f"looks like      {s.title}. {s.explanation}" in message]
    assert len(named) == 1
    assert named[0] is slip or explains(named[0], d, wrong)


def test_the_harmless_ones_are_all_met():
    met = {
        (p.id.split("-", 1)[0], p.values[1].name)
        for p in CANDIDATES
        if is_truth(p.values[0], p.values[2])
    }
    assert met == HARMLESS


@pytest.mark.parametrize("name", SLIPS)
def test_every_slip_applies_somewhere_and_is_named_there_itself(name):
    slip = SLIPS[name]
    for p in CANDIDATES:
        d, made_by, wrong = p.values
        if made_by is slip and not is_truth(d, wrong):
            with pytest.raises(ProofError) as caught:
                d.then(wrong)
            if f"looks like      {slip.title}." in str(caught.value):
                return
    pytest.fail(f"{name} is never the explanation")


def test_titles_and_names_are_unique_and_explanations_are_sentences():
    assert len({s.title for s in SLIPS.values()}) == len(SLIPS)
    assert all(key == s.name and s.explanation.endswith(".") for key, s in SLIPS.items())
    assert all(s.on_paths or s.on_jacobian for s in SLIPS.values())


def test_a_wrong_line_that_is_no_known_slip_is_refused_without_one():
    with pytest.raises(ProofError) as caught:
        bl.derive(neuron, wrt="w").then(lambda w, x: w**3 * x)
    assert "looks like" not in str(caught.value)


def test_a_matrix_slip_is_named_at_size_two():
    square = {"X": ("n", "n"), "W": ("n", "n")}
    d = bl.derive(lambda X, W: bl.let("Y", X @ W), wrt="X", shapes=square)
    with pytest.raises(
        ProofError, match=r"with every size set to 2:(.|\n)*looks like      a wrong sign"
    ):
        d.then(lambda W, Y_bar: -(Y_bar @ W.T))
    with pytest.raises(ProofError, match=r"looks like      a cotangent taken for ones"):
        d.then(lambda X, W: np.ones_like(X) @ W.T)
