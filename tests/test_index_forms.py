"""Every index form: at two sizes against SymPy's explicit Jacobian and the engine; lines; names."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.comparing import cotangents_in
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.explicit import form_at
from backprop_lab.index_equality import same
from backprop_lab.index_factors import At, AtMost
from backprop_lab.index_form import collapse
from backprop_lab.index_numbers import entries_of_arrays, number
from index_cases import CONDITIONS, FORMS, LAYERS, NETWORKS, order

ROWS = {"X": ("N", "p")}


def named(shapes):
    return {n: s for n, s in shapes.items() if s}


def numbers_for(d, seed=3):
    """Small sizes, no matrix of them square, and random inputs and cotangent of such sizes."""
    rng = np.random.default_rng(seed)
    letters = sorted({n for s in d.shapes.values() for n in s if isinstance(n, str)})
    sizes = {n: 2 + k % 2 for k, n in enumerate(letters)}
    shapes = [tuple(sizes.get(n, n) for n in shape) for shape in d.shapes.values()]
    inputs = [rng.standard_normal(shape) for shape in shapes]
    y_bar = rng.standard_normal(np.shape(d.f(*inputs)))
    return sizes, dict(zip(d.shapes, inputs, strict=True)) | {f"{d.output.name}_bar": y_bar}


def agrees(d):
    """Whether the form is what engine and explicit Jacobian give at two sizes: see `receipt`."""
    checks = bl.receipt("eq-form", d).numbers.checks
    return [c.points for c in checks if c.ok] == [2, 2]


@functools.cache
def derived(name, wrt):
    f, shapes = FORMS[name]
    return bl.derive(f, wrt=wrt, shapes=named(shapes))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_engine_and_explicit_jacobian_at_two_sizes(name):
    for wrt in FORMS[name][1]:
        d = derived(name, wrt)
        assert d.status == "proved for all sizes" and agrees(d)


@pytest.mark.parametrize("name", FORMS)
def test_every_line_of_a_form_is_the_same_number(name):
    for wrt in FORMS[name][1]:
        d = derived(name, wrt)
        sizes, arrays = numbers_for(d)
        truth = form_at(d, sizes, arrays)
        whole = {sp.Symbol(n, integer=True, positive=True): k for n, k in sizes.items()}
        for line in d.lines:
            expr = d.reading.expanded(cotangents_in(d, line.value))
            for index in (np.zeros(truth.ndim, int), np.array(truth.shape) - 1):  # first and last
                at = {i: int(k) + 1 for i, k in zip(d.indices, index, strict=True) if i.is_Symbol}
                found = number(expr, entries_of_arrays(arrays), whole | at)
                np.testing.assert_allclose(found, truth[tuple(index)], rtol=1e-9, atol=1e-11)


# --- a network of two layers --------------------------------------------------------------------------


@pytest.mark.no_cover  # it is timed
@pytest.mark.parametrize("name", NETWORKS)
def test_two_layers_by_every_parameter_and_every_value_between(name, capsys):
    times = {}
    for wrt in [*LAYERS, "A", "H", "Z"]:
        for _ in range(3):  # other programs only slow a run down: one of three in time will do
            start = time.process_time()
            d = bl.derive(NETWORKS[name], wrt=wrt, shapes=LAYERS)
            times[wrt] = time.process_time() - start
            if times[wrt] < 1.0:
                break
        assert d.status == "proved for all sizes" and agrees(d)
    with capsys.disabled():
        slowest = max(times, key=times.get)
        print(f"\n  slowest derivation of {name}: by {slowest}, {times[slowest]:.2f} s")
    assert times[slowest] < 1.0


def test_a_network_in_whole_arrays_layer_by_layer():
    f = NETWORKS["tanh, cross-entropy"]
    one = lambda Y: np.sum(Y, axis=1) == 1  # noqa: E731
    lines = {
        "Z": lambda Z, Y: (bl.softmax(Z, axis=1) - Y) / Z.shape[0],
        "W2": lambda H, Z_bar: H.T @ Z_bar,
        "b2": lambda Z_bar: np.sum(Z_bar, axis=0),
        "H": lambda Z_bar, W2: Z_bar @ W2.T,
        "A": lambda H, H_bar: H_bar * (1 - H**2),
        "W1": lambda X, A_bar: X.T @ A_bar,
        "b1": lambda A_bar: np.sum(A_bar, axis=0),
        "X": lambda A_bar, W1: A_bar @ W1.T,
    }
    for wrt, line in lines.items():
        assert bl.derive(f, wrt=wrt, shapes=LAYERS, given=one).then(line).proved
    with pytest.raises(ProofError, match="is not equal to Z_bar"):
        bl.derive(f, wrt="Z", shapes=LAYERS).then(lines["Z"])


def test_a_line_may_put_the_cotangents_of_later_values_in():
    f = NETWORKS["tanh, squared"]
    d = bl.derive(f, wrt="H", shapes=LAYERS)
    d = d.then(lambda Z, Y, W2: (Z - Y) @ W2.T / Z.shape[0])
    assert d.proved
    with pytest.raises(ProofError, match="H_bar"):
        d.then(lambda Z, Y, W2: (Y - Z) @ W2.T / Z.shape[0])


# --- the author's lines -------------------------------------------------------------------------------

RIGHT = [
    ("softmax over rows", "X", lambda S, S_bar: S * (S_bar - np.sum(S * S_bar, axis=1, keepdims=True))),
    ("softmax over columns", "X", lambda S, S_bar: S * (S_bar - np.einsum("ij,ij->j", S, S_bar))),
    ("softmax of the whole", "X", lambda S, S_bar: S * (S_bar - np.vdot(S, S_bar))),
    ("log-softmax over rows", "X",
     lambda X, Y_bar: Y_bar - bl.softmax(X, axis=1) * np.sum(Y_bar, axis=1, keepdims=True)),
    ("log-softmax over rows", "X",
     lambda Y, Y_bar: Y_bar - np.exp(Y) * Y_bar.sum(1, keepdims=True)),
    ("log-sum-exp", "x", lambda x: bl.softmax(x)),
    ("log-sum-exp of rows", "X", lambda X, v_bar: v_bar[:, None] * bl.softmax(X, axis=1)),
    ("cross-entropy", "X",
     lambda X, Y: (bl.softmax(X, axis=1) * np.sum(Y, axis=1, keepdims=True) - Y) / X.shape[0]),
    ("sigmoid", "X", lambda Y, Y_bar: Y * (1 - Y) * Y_bar),
    ("softplus", "X", lambda X, Y_bar: Y_bar * bl.sigmoid(X)),
    ("batched matmul", "A", lambda B, Y_bar: Y_bar @ np.swapaxes(B, -1, -2)),
    ("batched matmul", "B", lambda A, Y_bar: A.swapaxes(1, 2) @ Y_bar),
    ("batch times matrix", "W", lambda A, Y_bar: np.tensordot(A, Y_bar, ((0, 1), (0, 1)))),
    ("trace", "X", lambda X: 2 * X.T),
    ("variance", "X", lambda X, v_bar: 2 / X.shape[0] * (X - np.mean(X, axis=0)) * v_bar),
    ("distances", "X",
     lambda X, Y, D_bar: 2 * np.sum(D_bar[:, :, None] * (X[:, None] - Y), axis=1)),
    ("running sum", "x", lambda y_bar: np.cumsum(y_bar[::-1])[::-1]),
    ("reverse running sum", "x", lambda y_bar: np.cumsum(y_bar)),
    ("turned round", "x", lambda x, y_bar: 2 * x * y_bar[::-1]),
    ("reshape splits", "X", lambda X, Y_bar: 2 * X * np.reshape(Y_bar, (-1, 6))),
    ("reshape merges", "X", lambda X, Y_bar: 2 * X * Y_bar.reshape(X.shape)),
    ("reshape regroups", "X", lambda X, Y_bar: 2 * X * np.reshape(Y_bar, X.shape)),
    ("the same array three times", "X",
     lambda X, Y_bar: Y_bar @ X.T @ X + X @ Y_bar.T @ X + X @ X.T @ Y_bar),
    ("attention", "V", lambda S, Y_bar: S.T @ Y_bar),
    ("attention", "Q", lambda S, K, S_bar: (
        S * (S_bar - np.sum(S * S_bar, axis=1, keepdims=True))) @ K / K.shape[1] ** 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrt", "line"), RIGHT, ids=lambda v: str(v)[:24])
def test_a_right_line_in_whole_arrays_is_proved(name, wrt, line):
    d = derived(name, wrt).then(line)
    assert d.lines[-1].status == "proved"


WRONG = [
    ("softmax over rows", "X", lambda S, S_bar: S * (1 - S) * S_bar),
    ("softmax over rows", "X", lambda S, S_bar: S * (S_bar - np.sum(S * S_bar, axis=0))),
    ("softmax over rows", "X", lambda S, S_bar: S * (S_bar - np.sum(S_bar, axis=1, keepdims=True))),
    ("cross-entropy", "X", lambda X, Y: (bl.softmax(X, axis=1) - Y) / X.shape[0]),
    ("cross-entropy", "X", lambda X, Y: (bl.softmax(X, axis=0) * np.sum(Y, axis=1, keepdims=True) - Y) / X.shape[0]),
    ("log-sum-exp", "x", lambda x: np.exp(x)),
    ("trace", "X", lambda X: 2 * X),
    ("running sum", "x", lambda y_bar: np.cumsum(y_bar)),
    ("turned round", "x", lambda x, y_bar: 2 * x * y_bar),
    ("variance", "X", lambda X, v_bar: 2 / X.shape[0] * X * v_bar),
    ("the same array three times", "X",
     lambda X, Y_bar: Y_bar @ X.T @ X + X @ Y_bar.T @ X),
    ("a slice", "X", lambda X, Y_bar: X * 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrt", "line"), WRONG, ids=lambda v: str(v)[:24])
def test_a_wrong_line_is_refused_with_a_point(name, wrt, line):
    with pytest.raises(ProofError, match=rf"is not equal to {wrt}_bar") as caught:
        derived(name, wrt).then(line)
    assert "they differ at  entry (" in str(caught.value)


# --- names put back, and what is assumed --------------------------------------------------------------


def cross_entropy(Z, Y):
    bl.let("S", bl.softmax(Z, axis=1))
    return bl.let("L", -np.sum(Y * bl.log_softmax(Z, axis=1)) / Z.shape[0])


ZY = {"Z": ("N", "m"), "Y": ("N", "m")}


def test_the_cross_entropy_keeps_the_row_sums_of_the_targets():
    d = bl.derive(cross_entropy, wrt="Z", shapes=ZY).put_back("S")
    assert d.lines[-1].text == "S[a, b]*Sum(Y[a, l], (l, 1, m))/N - Y[a, b]/N"
    assert d.status == "proved for all sizes"


def test_targets_whose_rows_sum_to_one_leave_s_minus_y():
    d = bl.derive(cross_entropy, wrt="Z", shapes=ZY, given=lambda Y: np.sum(Y, axis=1) == 1)
    assert d.status == "proved for all sizes, given sum_l Y[a, l] = 1"
    assert [line.because for line in d.lines[-1:]] == ["given sum_l Y[a, l] = 1"]
    assert "Sum(Y[a, l], (l, 1, m))" in d.lines[-2].text  # the same letters as the line above
    shown = r'given <span class="math">\(\sum_{l=1}^{m} Y_{al} = 1\)</span>'
    assert f'<div class="bl-why">{shown}</div>' in d._repr_html_()
    assert f"<summary>✓ proved for all sizes, {shown}</summary>" in d._repr_html_()
    d = d.put_back("S")
    assert d.lines[-1].text == "S[a, b]/N - Y[a, b]/N"
    assert d.then(lambda S, Y: (S - Y) / S.shape[0]).proved
    assert r'assumed that <span class="math">\(\sum_{l=1}^{m} Y_{al} = 1\)' in d.how()
    with pytest.raises(ProofError, match="line 6 is not equal") as caught:
        d.then(lambda S, Y: (Y - S) / S.shape[0])
    said = str(caught.value)  # a point at which all is as assumed
    point = dict(
        p.strip().split(" = ") for p in said.split("size 2: ")[1].split(", where")[0].split(",")
    )
    assert sp.Rational(point["Y_11"]) + sp.Rational(point["Y_12"]) == 1


def test_without_the_assumption_s_minus_y_is_refused():
    with pytest.raises(ProofError, match="is not equal to Z_bar") as caught:
        bl.derive(cross_entropy, wrt="Z", shapes=ZY).then(lambda S, Y: (S - Y) / S.shape[0])
    assert "they differ at  entry (1, 1), every size 2: " in str(caught.value)


def test_an_assumption_that_does_not_help_proves_nothing():
    other = lambda Y: np.sum(Y, axis=0) == 1  # noqa: E731
    d = bl.derive(cross_entropy, wrt="Z", shapes=ZY, given=other)
    assert len(d.lines) == 3
    with pytest.raises(ProofError, match="line 4 is not equal to Z_bar"):
        d.then(lambda S, Y: (S - Y) / S.shape[0])


def test_an_assumption_on_a_mean_and_on_a_vector():
    f = lambda z, y: bl.let("L", -(y @ bl.log_softmax(z)))  # noqa: E731
    d = bl.derive(f, "z", {"z": ("n",), "y": ("n",)}, given=lambda y: np.sum(y) == 1)
    assert d.then(lambda z, y: bl.softmax(z) - y).proved
    d = bl.derive(f, "z", {"z": ("n",), "y": ("n",)}, given=lambda y: np.mean(y) == 1 / y.size)
    assert d.then(lambda z, y: bl.softmax(z) - y).proved


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda Q: np.sum(Q) == 1, "given names 'Q'; there are Z, Y"),
        (lambda Y: np.sum(Y, axis=1), "given is no equation"),
        (lambda Y: Y == 1, "is not one sum"),
        (lambda Y: np.sum(np.exp(Y)) == 1, "is not of entries"),
    ],
)
def test_what_is_no_assumption_is_refused(given, message):
    with pytest.raises(TraceError, match=message):
        bl.derive(cross_entropy, wrt="Z", shapes=ZY, given=given)
    with pytest.raises(TraceError, match="given is for index forms"):
        bl.derive(lambda x: x**2, wrt="x", given=given)


def test_a_name_is_put_back_as_often_as_it_stands_there():
    d = derived("softmax over rows", "X").put_back("S")
    assert d.lines[-1].text == "S[a, b]*S_bar[a, b] - S[a, b]*Sum(S[a, j]*S_bar[a, j], (j, 1, p))"
    with pytest.raises(ProofError, match="the formula of S is no factor of the last line"):
        d.put_back("S")
    with pytest.raises(ProofError, match="there is no 'Q'"):
        d.put_back("Q")


def test_put_back_never_proves_itself(monkeypatch):
    from backprop_lab import all_sizes

    d = derived("softmax over rows", "X")
    monkeypatch.setattr(all_sizes, "put_back", lambda e, q: e + q.entry(*d.indices))
    with pytest.raises(ProofError, match="cannot be shown to leave the line the same"):
        d.put_back("S")


# --- what has no index form ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "shapes", "message"),
    [
        (lambda X: np.einsum("ij,jk", X, X), ROWS, "the index j runs to p and to N"),
        (lambda X: np.einsum("i...->i", X), ROWS, "leaves out the axes of '...'"),
        (lambda X: np.einsum("ijk", X), ROWS, "does not fit the shapes"),
        (lambda X: np.einsum("ij->ik", X), ROWS, "is not made of its input"),
        (lambda X: np.trace(X), ROWS, "two axes of one size"),
        (lambda X: np.reshape(X, (-1, 2)), ROWS, "fixed numbers"),
        (lambda X: np.ravel(X), ROWS, "fixed numbers"),
        (lambda X: np.squeeze(X, 0), ROWS, "is not of size 1"),
        (lambda X: np.broadcast_to(X, (3, 4)), ROWS, "do not broadcast"),
        (lambda X: X[0], ROWS, "Indexing has no index form for all sizes"),
        (lambda X: X[:, 1:], ROWS, "Indexing has no index form for all sizes"),
        (lambda X: X[0, 0, 0], ROWS, "3 indices for an array of 2 axes"),
        (lambda X: X[:, 5], {"X": ("N", 3)}, "out of bounds"),
        (lambda X: X[:, 3:], {"X": ("N", 3)}, "is empty"),
        (lambda X: X[:, [0, 1]], {"X": ("N", 3)}, "no arrays"),
        (lambda X: sum(row for row in X), ROWS, "no last step"),
        (lambda X: np.cumsum(X), ROWS, "say which, axis"),
        (lambda X: np.vdot(X, X.T), ROWS, "not the same"),
        (lambda X: X @ 3.0, ROWS, "vectors, matrices and batches"),
        (lambda X: np.tensordot(X, X, 1), ROWS, "runs to p and to N"),
    ],
)
def test_what_has_no_index_form_says_so(f, shapes, message):
    with pytest.raises((TraceError, ValueError), match=message):
        bl.derive(f, wrt="X", shapes=shapes)


# --- indices of their own -----------------------------------------------------------------------------


@pytest.mark.parametrize("letters", ["ij", "ji", "kl", "ab", "ba", "ih", "rs"])
def test_sizes_may_bear_the_letters_of_indices(letters):
    shapes = {"X": tuple(letters), "W": (letters[1], "q")}
    d = bl.derive(lambda X, W: bl.let("Y", bl.softmax(X @ W, axis=1)), wrt="W", shapes=shapes)
    bound = {i for line in d.lines for s in line.value.atoms(sp.Sum) for i, *_ in s.limits}
    assert not {str(i) for i in bound | set(d.indices)} & {*letters, "q"}
    assert agrees(d)


def test_sizes_may_bear_every_letter_and_the_names_of_the_normal_form():
    for row, column in [("k0_0", "k1_0"), ("k0_1", "k0_0")]:
        f, shapes = FORMS["softmax over rows"][0], {"X": (row, column)}
        d = bl.derive(f, wrt="X", shapes=shapes)
        assert agrees(d)
    d = bl.derive(lambda A: A * 2, wrt="A", shapes={"A": tuple("ijhmnopqabcdefg")})
    assert not {str(i) for i in d.indices} & set("ijhmnopqabcdefg")


def test_no_bound_index_is_captured_by_a_sum_around_it():
    i, k, n = sp.symbols("i k n", integer=True, positive=True)
    x = sp.IndexedBase("x", real=True)
    inner = sp.Sum(x[k], (k, 1, n))
    nested = sp.Sum(x[k] * inner * sp.exp(inner) / (1 + inner), (k, 1, n))
    x_values = np.array([0.3, -1.2, 2.0])
    entry = entries_of_arrays({"x": x_values})
    values = [number(e, entry, {n: 3}) for e in (nested, collapse(nested))]
    total = x_values.sum()
    np.testing.assert_allclose(values, total**2 * np.exp(total) / (1 + total))
    assert not same(nested, inner * sp.exp(inner) / (1 + inner) * x[i])


def test_at_most_and_at_are_decided_by_numbers_alone():
    i, n = sp.symbols("i n", integer=True, positive=True)
    assert [AtMost(1, i), AtMost(i, i), AtMost(3, 2), AtMost(i, 3).subs(i, 4)] == [1, 1, 0, 0]
    assert AtMost(n + 1 - i, n) == 1 and AtMost(i, 2).func is AtMost
    assert At(sp.Integer(2), 3) == 2 and At(i + 1, 3).xreplace({i: sp.Integer(1)}) == 2


def test_a_delta_never_picks_an_entry_that_a_slice_left_out():
    d = bl.derive(lambda X: bl.let("Y", X[:, :2]), wrt="X", shapes={"X": ("N", 3)})
    assert d.lines[-1].text == "[b <= 2]*Y_bar[a, b]"
    with pytest.raises(ProofError):
        d.then(lambda X, Y_bar: X * 0 + Y_bar[:, :1])


# --- the same letters in every run --------------------------------------------------------------------

SCRIPT = "from test_index_forms import every_form; print(*every_form(), sep='\\n')"


def every_form():
    """What is printed of every form and of every network, by each input."""
    forms = [(name, wrt, derived(name, wrt)) for name in FORMS for wrt in FORMS[name][1]]
    for name, f in NETWORKS.items():
        forms += [(name, wrt, bl.derive(f, wrt=wrt, shapes=LAYERS)) for wrt in LAYERS]
    for name, wrt, d in forms:
        yield f"{name} {wrt} {d.tex()} {d!r}"


def test_the_tex_of_every_form_is_the_same_bytes_under_every_hash_seed():
    root = Path(__file__).resolve().parent.parent
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], cwd=root, stdout=subprocess.PIPE, encoding="utf-8",
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}{os.pathsep}{root}/tests",
                              "PYTHONIOENCODING": "utf-8"},
        )
        for seed in ("0", "4711")
    ]  # fmt: skip
    here = "\n".join([*every_form(), ""])  # under the seed of this process
    outputs = [run.communicate(timeout=3600)[0] for run in runs]
    assert all(run.returncode == 0 for run in runs)
    assert len(here.splitlines()) > 300
    assert {here, *outputs} == {here}


@pytest.mark.parametrize("name", ["moveaxis", "swapaxes", "transpose axes", "expand_dims"])
def test_a_move_back_has_no_sum(name):
    (wrt,) = FORMS[name][1]
    assert not derived(name, wrt).lines[-1].value.has(sp.Sum)


# --- conditions: a tie is a kink, or it always is one ---------------------------------------------

SQUARE = {"X": ("n", "n"), "t": ("n",)}
TIED = [  # whole numbers, so that most conditions are ties somewhere
    (np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([2.0, 2.0])),
    (np.array([[2.0, -3.0], [1.0, 0.0]]), np.array([1.0, -1.0])),
    (np.array([[-1.0, 0.0], [-2.0, 3.0]]), np.array([0.0, 3.0])),
    (np.array([[4.0]]), np.array([2.0])),
]


def slopes_where_there_are_any(loss, X, h=1e-6):
    """Slopes of a number by the entries of X; NaN where those on the two sides differ."""
    slopes = np.full(X.shape, np.nan)
    for index in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[index] = h
        right, left = (loss(X + step) - loss(X)) / h, (loss(X) - loss(X - step)) / h
        if abs(right - left) < 1e-3:
            slopes[index] = (right + left) / 2
    return slopes


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_form_with_conditions_is_right_at_every_tie_that_is_no_kink(name):
    f = CONDITIONS[name]
    d = bl.derive(lambda X, t: bl.let("Y", f(X, t)), wrt="X", shapes=SQUARE)
    compared = 0
    for X, t in TIED:
        y_bar = 1.0 + np.arange(np.size(f(X, t))).reshape(np.shape(f(X, t)))
        numerical = slopes_where_there_are_any(lambda X, t=t, y=y_bar: np.sum(y * f(X, t)), X)
        there = ~np.isnan(numerical)
        compared += there.sum()
        arrays = {"X": X, "t": t, "Y_bar": y_bar}
        found = form_at(d, {"n": len(t)}, arrays)
        np.testing.assert_allclose(found[there], numerical[there], atol=1e-4)
        fixed = bl.derive(d.f, wrt="X", shapes={"X": X.shape, "t": t.shape})
        numbers = {
            symbol: value
            for q in fixed.reading.quantities.values()
            if q.name in arrays
            for symbol, value in zip(q.symbols.flat, np.ravel(arrays[q.name]), strict=True)
        }
        again = [float(sp.sympify(e).subs(numbers)) for e in np.ravel(fixed.truth)]
        np.testing.assert_allclose(np.reshape(again, X.shape)[there], numerical[there], atol=1e-4)
    assert compared >= 6


FALSE_AT_TIES = [  # function, a false line, a right one
    (
        "at least its absolute",
        lambda X, Y_bar: Y_bar * np.where(X > 0, (2 * X + 3 * X**2) / 2, 3 * X**2),
        lambda X, Y_bar: Y_bar * np.where(X > 0, 2 * X, 3 * X**2),
    ),
    (
        "at least its relu",
        lambda X, Y_bar: Y_bar * np.where(X > 0, (2 * X + 3 * X**2) / 2, 3 * X**2),
        lambda X, Y_bar: Y_bar * np.where(X < 0, 3 * X**2, 2 * X),
    ),
    (
        "at least its transpose",
        lambda X, Y_bar: 2 * X * Y_bar * np.heaviside(X - X.T, 0.5),
        lambda X, Y_bar: 2 * X * Y_bar * (1 - 1 * (X < X.T)),
    ),
    (
        "mask of times",
        lambda X, t, Y_bar: 2 * X * Y_bar * (t[:, None] > t),
        lambda X, t, Y_bar: 2 * X * Y_bar * np.where(t[:, None] < t, 0, 1),
    ),
    (
        "mask of places",
        lambda X, t, Y_bar: 2 * X * Y_bar * (order(t)[:, None] > order(t)),
        lambda X, t, Y_bar: 2 * X * Y_bar * (order(t)[:, None] >= order(t)),
    ),
    (
        "larger of both",
        lambda X, Y_bar: (Y_bar + Y_bar.T) * (X >= X.T),
        lambda X, Y_bar: Y_bar * (X >= X.T) + Y_bar.T * (X > X.T),
    ),
    (
        "not its transpose",
        lambda X, Y_bar: 2 * X * Y_bar,
        lambda X, Y_bar: 2 * X * Y_bar * (1 - 1 * (X == X.T)),
    ),
    (
        "above the mean",
        lambda X, Y_bar: Y_bar * np.where(X > np.mean(X), 2 * X, 3 * X**2),
        lambda X, Y_bar: Y_bar * np.where(X < np.mean(X), 3 * X**2, 2 * X),
    ),
    (
        "relu by maximum",
        lambda X, Y_bar: Y_bar * (X != 0),
        lambda X, Y_bar: Y_bar * (X >= 0),
    ),
]


@pytest.mark.parametrize(
    ("name", "false", "right"), FALSE_AT_TIES, ids=[c[0] for c in FALSE_AT_TIES]
)
def test_a_line_that_is_false_where_a_tie_always_holds_is_refused(name, false, right):
    shapes = SQUARE if "t" in false.__code__.co_varnames else {"X": ("n", "n")}
    f = (lambda X, t: bl.let("Y", CONDITIONS[name](X, t))) if "t" in shapes else (
        lambda X: bl.let("Y", CONDITIONS[name](X, None))
    )  # fmt: skip
    d = bl.derive(f, wrt="X", shapes=shapes)
    assert d.then(right).proved and agrees(d)
    with pytest.raises(ProofError):
        d.then(false)


def test_a_mask_is_printed_as_it_was_written():
    def text(f):
        d = bl.derive(lambda X, t: bl.let("Y", f(X, t)), wrt="X", shapes=SQUARE)
        return d.lines[-1].text

    assert text(CONDITIONS["mask of times"]) == "2*[t[a] >= t[b]]*X[a, b]*Y_bar[a, b]"
    assert text(CONDITIONS["strict mask of times"]) == "2*[t[a] > t[b]]*X[a, b]*Y_bar[a, b]"
    assert "[X[a, b] = X[b, a]]" in text(CONDITIONS["equal to its transpose"])
    assert "[X[a, b] != X[b, a]]" in text(CONDITIONS["not its transpose"])
    assert "KroneckerDelta(a, b)*Y_bar[a, a]" in text(CONDITIONS["larger of both"])


def test_a_definition_holds_at_its_kinks():
    shown = bl.definitions(lambda x: bl.let("L", np.where(x > 0, x, 1.0)), {"x": ("n",)})
    assert "L[i] := [x[i] > 0]*x[i] + [x[i] <= 0]" in repr(shown)


def test_a_named_value_is_a_variable_of_its_own_with_kinks_of_its_own():
    def f(X, W, V):
        H = bl.let("H", np.maximum(bl.let("A", X @ W), 0))
        return bl.let("Y", np.maximum(bl.let("B", H @ V), 0))

    d = bl.derive(f, wrt="B", shapes={"X": ("N", "p"), "W": ("p", "h"), "V": ("h", "m")})
    assert d.then(lambda B, Y_bar: Y_bar * (B >= 0)).proved, "B is 0 wherever all of A is negative"


def test_a_named_value_that_is_always_a_tie_is_seen_through():
    def f(X):
        return bl.let("Y", np.where(X >= bl.let("A", np.abs(X)), X**2, X**3))

    d = bl.derive(f, wrt="X", shapes=ROWS)
    assert d.then(lambda X, Y_bar: Y_bar * np.where(X > 0, 2 * X, 3 * X**2)).proved
    with pytest.raises(ProofError):
        d.then(lambda X, A, Y_bar: Y_bar * np.where(X > A, 2 * X, 3 * X**2))


def test_the_largest_of_three_that_may_be_one_entry_is_refused():
    f = lambda t: np.sum(np.maximum(np.maximum(t[:, None, None], t[:, None]), t))  # noqa: E731
    with pytest.raises(TraceError, match="all three can be the same entry"):
        bl.derive(f, wrt="t", shapes={"t": ("n",)})


def test_a_mask_under_two_sums_keeps_its_indices():
    d = bl.derive(
        lambda X, W, V: bl.let("Y", ((X @ W) * (X @ W > 0)) @ V),
        wrt="X",
        shapes={"X": ("N", "p"), "W": ("p", "h"), "V": ("h", "m")},
    )
    line = lambda X, W, V, Y_bar: ((Y_bar @ V.T) * (X @ W > 0)) @ W.T  # noqa: E731
    assert d.then(line).proved and agrees(d)


def test_masks_are_joined_by_the_signs_of_numpy():
    d = bl.derive(lambda x: bl.let("y", np.clip(x, 0, 6)), wrt="x", shapes={"x": ("n",)})
    for line in (
        lambda x, y_bar: y_bar * ((x > 0) & (x < 6)),
        lambda x, y_bar: y_bar * ~((x <= 0) | (x > 6)),
        lambda x, y_bar: y_bar * ((x > 0) ^ (x > 6)),
        lambda x, y_bar: y_bar * np.logical_and(x >= 0, x <= 6),
    ):
        assert d.then(line).proved
    with pytest.raises(TraceError, match="work on conditions"):
        d.then(lambda x, y_bar: y_bar * ((x > 0) & x))
