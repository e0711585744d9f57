"""What a reader tries on the first visit: standard layers, right and wrong lines, odd arguments."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.equality import vanishes
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.explorers.panels import BESIDE, shortened
from backprop_lab.explorers.ranges import divisors
from backprop_lab.fingerprints import Fingerprints
from backprop_lab.index_equality import same
from backprop_lab.names import tex_name
from backprop_lab.printing import tex_of
from backprop_lab.saying import say_name
from backprop_lab.size_two import at_size_two
from backprop_lab.symbolic_table import exact

XN = {"X": ("N", "p")}
i, j, k, n = sp.symbols("i j k n", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)


# --- logistic regression: right lines that need more than a normal form ---------------------------


def logistic(X, w, b, y):
    z = let("z", X @ w + b)
    q = let("q", bl.sigmoid(z))
    return let("L", -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))


LOGISTIC = {"X": ("N", "p"), "w": ("p",), "b": (), "y": ("N",)}


@pytest.mark.parametrize(
    ("wrt", "line"),
    [
        ("q", lambda q, y, X: (q - y) / (q * (1 - q)) / X.shape[0]),
        ("z", lambda q, q_bar: q_bar * q * (1 - q)),
        ("z", lambda q, y, z: (q - y) / z.shape[0]),
        ("w", lambda X, q, y: X.T @ (q - y) / X.shape[0]),
        ("b", lambda q, y: np.mean(q - y)),
    ],
)
def test_the_lines_of_logistic_regression_are_proved(wrt, line):
    assert bl.derive(logistic, wrt=wrt, shapes=LOGISTIC).then(line).proved


def test_a_wrong_line_of_logistic_regression_is_refused():
    with pytest.raises(ProofError, match="is not equal to"):
        bl.derive(logistic, wrt="z", shapes=LOGISTIC).then(lambda q, q_bar: q_bar * q * (1 + q))


def test_sums_that_run_alike_are_compared_term_by_term():
    y = 1 / (1 + sp.exp(-x[i]))
    total = lambda body: sp.Sum(body, (i, 1, n))  # noqa: E731
    assert same(total(y * (1 - y)), total(y.diff(x[i])))
    assert not same(total(y * (1 - y)), total(y**2))
    look = Fingerprints({})
    assert not look.alike(total(x[i]), total(x[i] ** 2))
    assert look.alike(total(x[i] + 1), total(x[i]) + n)


def test_cases_are_decided_one_by_one():
    v = sp.Symbol("v", real=True)
    assert vanishes(sp.sign(v) - sp.Heaviside(v) + sp.Heaviside(-v))
    assert not vanishes(sp.sign(v) - sp.Heaviside(v))
    d = bl.derive(lambda X: let("Y", np.abs(X)), wrt="X", shapes=XN)
    assert "**2" not in d.then(lambda X, Y_bar: np.sign(X) * Y_bar).lines[-1].text


def attention(X, W_q, W_k, W_v):
    Q, K, V = let("Q", X @ W_q), let("K", X @ W_k), let("V", X @ W_v)
    A = let("A", bl.softmax(Q @ K.T / W_q.shape[1] ** 0.5, axis=1))
    return let("Y", A @ V)


def test_a_forgotten_path_of_attention_is_named_in_seconds():
    shapes = {"X": ("n", "e"), "W_q": ("e", "d"), "W_k": ("e", "d"), "W_v": ("e", "v")}
    d = bl.derive(attention, wrt="X", shapes=shapes)
    start = time.perf_counter()
    with pytest.raises(ProofError, match="a forgotten path"):
        d.then(lambda W_q, W_k, Q_bar, K_bar: Q_bar @ W_q.T + K_bar @ W_k.T)
    assert time.perf_counter() - start < 40  # it took minutes


def test_nested_sums_are_written_out_at_size_two():
    inner = sp.Sum(x[j] * x[i], (j, 1, n))
    written = at_size_two(sp.Sum(inner**2, (i, 1, n)), {n}, {})
    one, two = sp.symbols("x_1 x_2", real=True)
    assert sp.expand(written - (one**2 + two**2) * (one + two) ** 2) == 0


# --- joining, cutting, diagonals ------------------------------------------------------------------


def joined(X, Y):
    return let("Z", np.concatenate([X, Y], axis=1))


FIXED, NAMED = {"X": ("N", 2), "Y": ("N", 3)}, {"X": ("N", "p"), "Y": ("N", "q")}
JOINS = [  # function, shapes, wrt, line
    (joined, FIXED, "X", lambda Z_bar: Z_bar[:, :2]),
    (joined, FIXED, "Y", lambda Z_bar: Z_bar[:, 2:]),
    (joined, NAMED, "X", lambda Z_bar, X: Z_bar[:, : X.shape[1]]),
    (joined, NAMED, "Y", lambda Z_bar, X: Z_bar[:, X.shape[1] :]),
    (
        lambda h, x, W: let("z", np.concatenate([h, x]) @ W),
        {"h": (2,), "x": (3,), "W": (5, "m")},
        "h",
        lambda W, z_bar: W[:2] @ z_bar,
    ),
    (
        lambda h, x, W: let("z", np.concatenate([h, x]) @ W),
        {"h": (2,), "x": (3,), "W": (5, "m")},
        "W",
        lambda h, x, z_bar: np.outer(np.concatenate([h, x]), z_bar),
    ),
    (
        lambda X: let("Z", np.hstack([X, np.tanh(X)])),
        XN,
        "X",
        lambda X, Z_bar: Z_bar[:, : X.shape[1]] + Z_bar[:, X.shape[1] :] * (1 - np.tanh(X) ** 2),
    ),
    (lambda x, y: let("Z", np.stack([x, y])), {"x": ("n",), "y": ("n",)}, "y", lambda Z_bar: Z_bar[1]),
    (lambda x, y: let("Z", np.vstack([x, y])), {"x": ("n",), "y": ("n",)}, "x", lambda Z_bar: Z_bar[0]),
    (lambda x: let("Y", np.diag(x)), {"x": ("n",)}, "x", lambda Y_bar: np.diag(Y_bar)),
    (
        lambda U, s, V: let("Y", U @ np.diag(s) @ V.T),
        {"U": ("n", "r"), "s": ("r",), "V": ("m", "r")},
        "s",
        lambda U, V, Y_bar: np.diag(U.T @ Y_bar @ V),
    ),
    (
        lambda X, W: let("Y", np.einsum("...i,ij->...j", X, W)),
        {"X": ("B", "N", "p"), "W": ("p", "m")},
        "W",
        lambda X, Y_bar: np.einsum("bni,bnj->ij", X, Y_bar),
    ),
    (
        lambda X, W: let("Y", np.einsum("...ij,...jk", X, W)),
        {"X": ("B", "N", "p"), "W": ("p", "m")},
        "X",
        lambda W, Y_bar: Y_bar @ W.T,
    ),
    (lambda X: let("L", np.linalg.norm(X)), XN, "X", lambda X, L: X / L),
    (lambda X: let("Y", np.clip(X, -1, 1)), XN, "X", lambda X, Y_bar: Y_bar * (X > -1) * (X < 1)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "shapes", "wrt", "line"), JOINS)
def test_joins_and_diagonals_are_proved_for_all_sizes_and_agree_with_the_engine(
    f, shapes, wrt, line
):
    proof = bl.derive(f, wrt=wrt, shapes=shapes).then(line)
    assert proof.proved
    size = {"N": 2, "p": 3, "q": 4, "n": 3, "m": 4, "r": 2, "B": 2}
    rng = np.random.default_rng(5)
    values = {
        a: rng.standard_normal([size.get(s, s) for s in shape]) for a, shape in shapes.items()
    }
    y, pullback = bl.vjp(f, *values.values())
    bar = rng.standard_normal(np.shape(y)) if np.ndim(y) else 1.0
    ours = dict(zip(values, pullback(bar), strict=True))[wrt]
    out = proof.output.name
    known = values | {out: y, f"{out}_bar": bar}
    names = line.__code__.co_varnames[: line.__code__.co_argcount]
    np.testing.assert_allclose(line(*(known[v] for v in names)), ours, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "shapes", "wrt"),
    [(joined, FIXED, "Y"), (lambda X: let("Z", X[:, 1:]), {"X": ("N", 3)}, "X")],
)
def test_inner_products_follow_a_cut_or_joined_axis(f, shapes, wrt):
    assert bl.adjoint(f, wrt, shapes=shapes).proved


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda X: np.max(X), "np.max has no index form for all sizes. Derive at a fixed size: shapes={'X': (2, 3)}."),
        (lambda X: np.concatenate([X, X.T]), "the other sizes of (N, p), (p, N) are not the same."),
        (lambda X: np.stack([X, X.T]), "np.stack: the shapes (N, p), (p, N) are not the same."),
        (lambda X: np.diag(X, k=1), "np.diag has an index form for a vector or a matrix, with k=0."),
        (lambda X: np.linalg.norm(X, 1), "sum of squares; got ord=1"),
        (lambda X: X / len(X), "len() of an array of any size is no number. Write x.shape[0]."),
    ],
)  # fmt: skip
def test_what_has_no_index_form_says_what_to_do(f, message):
    with pytest.raises(TraceError) as caught:
        bl.derive(f, wrt="X", shapes=XN)
    assert message in str(caught.value) and ".." not in str(caught.value)


# --- odd arguments --------------------------------------------------------------------------------


def square(t):
    return let("f", t**2)


D = bl.derive


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: D(3, "x"), "a function is needed, such as lambda w, x: w * x; got 3."),
        (lambda: D(lambda *xs: xs[0], "xs"), "takes *xs; every argument needs a name"),
        (lambda: D(lambda x, *, k: x * k, "x"), "takes k by keyword alone"),
        (lambda: D(square, "t", shapes=[3]), "derive: shapes is [3]"),
        (lambda: D(square, "t", shapes={"t": (0,)}), "t has a size of 0; a size is 1 or more."),
        (lambda: D(lambda t: let("y", 1 / (t - t)), "t"), "y is not defined anywhere"),
        (lambda: D(square, "t").at(), "needs a number for each of t; got none."),
        (lambda: D(square, "t").at(t="a"), "at(…): t is 'a'; a number is needed"),
        (lambda: D(square, "t").at(t=float("inf")), "a value or a slope is infinite."),
        (lambda: D(square, "t").then("2*t"), "line 2 is '2*t'; a line is a function"),
        (lambda: D(square, "t").then(lambda t: None), "line 2 gives a NoneType"),
        (lambda: D(square, "t").then(lambda t: 1 / 0), "line 2 cannot be run: ZeroDivisionError"),
        (lambda: D(square, "t").then(lambda t: t.foo), "line 2 cannot be run: AttributeError"),
        (lambda: D(square, "t", shapes={"t": ("n",)}, given="t"), "given is 't', no function."),
        (lambda: bl.definitions(lambda t: t**2), "names nothing. Give a value a name with let"),
        (lambda: bl.unknown("a b"), "unknown needs a name that is a Python identifier; got 'a b'."),
        (lambda: bl.verify(3, 1.0), "a function is needed"),
    ],
)  # fmt: skip
def test_odd_arguments_are_told_what_is_wrong(ask, message):
    with pytest.raises((TraceError, ProofError)) as caught:
        ask()
    assert message in str(caught.value)


def test_verify_leaves_sympy_out_where_it_would_take_minutes():
    receipt = bl.verify(lambda x: np.sum(x**2), np.ones((20, 20)))
    assert receipt.ok and any("too large" in text for text in receipt.not_checked)


# --- how it is set --------------------------------------------------------------------------------


def test_constants_of_the_function_are_printed_as_they_are_known():
    assert exact(2 * np.pi) == 2 * sp.pi and exact(np.sqrt(2 / np.pi)) == sp.sqrt(2 / sp.pi)
    assert exact(0.044715) == sp.Rational("0.044715") and exact(1 / 3) != sp.Rational(1, 4)
    d = bl.derive(lambda A, t: let("y", A * np.sin(2 * np.pi * t)), wrt="t")
    assert d.lines[-1].tex == r"\local{2 \pi A \cos(2 \pi t)}"


def test_gelu_is_derived_in_a_second_or_so():
    start = time.perf_counter()
    gelu = lambda x: let("y", x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2)  # noqa: E731
    assert bl.derive(gelu, wrt="x").proved
    assert time.perf_counter() - start < 20  # it never ended


def test_roots_and_deltas_and_conditions_are_set_without_clutter():
    root = sp.sqrt(sp.Sum(x[i], (i, 1, n)))
    assert r"\left(\sqrt" not in tex_of(x[j] / (root * sp.sqrt(sp.Sum(x[i] ** 2, (i, 1, n)))))
    assert tex_of(sp.KroneckerDelta(i, j + 2)) == r"\delta_{i,j + 2}"
    a, b = sp.symbols("a b", real=True)
    assert tex_of(sp.Heaviside(a - b)) == r"\left[a > b\right]"
    assert tex_of(sp.Heaviside(1 - a * b)) == r"\left[a b < 1\right]"
    assert tex_of(sp.Heaviside(a + b)) == r"\left[a + b > 0\right]"


def test_greek_letters_and_accents_may_be_typed():
    assert tex_name("θ") == r"\theta" and tex_name("ŷ") == r"\hat{y}" and tex_name("Δ") == r"\Delta"


# --- explore --------------------------------------------------------------------------------------


def test_an_argument_may_be_called_f_and_a_held_exponent_is_no_obstacle():
    assert "f" in repr(bl.explore(lambda f: let("y", f**2), f=(-2, 2, 1)))
    bl.explore(lambda x, k: let("y", x**k), x=(-2, 2), k=2)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: bl.explore(lambda x: 1 / (x - 0.3), x=(-2, 2)), "between x = 0.25 and x = 0.375"),
        (lambda: bl.explore(lambda x: np.tan(x), x=(0, 3)), "is not defined at some point"),
        (lambda: bl.explore(lambda x: (x, x), x=(0, 1)), "returned a tuple, not a number"),
        (lambda: bl.explore(lambda x, k=2: x**k, x=(0, 1), k=(1, 2)), "k has a default value"),
        (lambda: bl.explore(3, x=(0, 1)), "a function is needed"),
        (
            lambda: bl.explore(
                lambda a, b, c, d, e: let("L", a * b * c * d * e),
                **dict.fromkeys("abcde", (1, 2)),
            ),
            "5 values stand side by side in the graph",
        ),
    ],
)
def test_explore_says_why_it_cannot_draw(ask, message):
    with pytest.raises(TraceError) as caught:
        ask()
    assert message in str(caught.value)


def test_a_guarded_divisor_is_no_pole():
    bl.explore(lambda x: let("y", np.where(x > 0.3, 1 / (x + 5), 0 * x)), x=(-2, 2))
    assert list(divisors(["?", ["<", "x", 0.0], ["/", 1.0, "x"], 0.0])) == []


def test_a_function_that_is_0_on_the_whole_range_has_an_axis():
    values = bl.explore(lambda a, b: let("L", a * b), a=(-2, 2), b=0.0).values()
    assert (values["bottom"], values["top"]) == (0, 1)


def test_long_names_stay_within_their_boxes():
    assert say_name("weight_of_a_layer") == "weight_of_a_layer" and say_name("z_2_1") == "z_2,1"
    assert shortened("regularisation", 7) == "*regula…*" and shortened("w", 7) == "*w*"
    page = bl.explore(
        lambda learning_rate, w: let("total_loss", learning_rate * w), learning_rate=(0, 1), w=2.0
    ).html()
    assert ">learni…</tspan>" in page


def test_four_boxes_stand_side_by_side_without_touching():
    page = bl.explore(
        lambda a, b, c, d: let("L", a * b * c * d), **dict.fromkeys("abcd", (1, 2))
    ).scenes[0]
    boxes = [e.fixed for e in page.elements if e.tag == "rect"]
    row = sorted((b["x"], b["x"] + b["width"]) for b in boxes if b["y"] == boxes[0]["y"])
    assert len(row) == BESIDE
    assert all(right <= left for (_, right), (left, _) in pairwise(row))
    assert row[0][0] >= 0 and row[-1][1] <= page.width


def test_saving_into_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        bl.explore(lambda x: x**2, x=(0, 1)).save(tmp_path / "none" / "x.html")
