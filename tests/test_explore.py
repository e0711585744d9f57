"""`bl.explore` for any function: what it refuses, names, axes, boxes, files."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.errors import TraceError
from backprop_lab.explorers import general
from backprop_lab.explorers.panels import BESIDE, shortened
from backprop_lab.explorers.poles import divisors
from backprop_lab.saying import say_name


def test_an_argument_may_be_called_f_and_a_held_exponent_is_no_obstacle():
    assert "f" in repr(bl.explore(lambda f: let("y", f**2), f=(-2, 2, 1)))
    bl.explore(lambda x, k: let("y", x**k), x=(-2, 2), k=2)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: bl.explore(lambda x: 1 / (x - 0.3), x=(-2, 2)),
            "at about x = 0.3 the value of out is not defined. Choose a range of x",
        ),
        (lambda: bl.explore(lambda x: np.tan(x), x=(0, 3)), "at about x = 1.571 the value of out"),
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


@pytest.mark.parametrize(
    ("f", "ranges", "point"),
    [
        (lambda x: 1 / np.abs(x - 0.3), {"x": (-2, 2)}, "about x = 0.3 the value of out"),
        (lambda x: 1 / let("y", np.abs(x - 0.3)), {"x": (-2, 2)}, "about x = 0.3 the value of out"),
        (lambda x: 1 / (x**2 - 0.6 * x + 0.09), {"x": (-2, 2)}, "about x = 0.3 the value"),
        (lambda x: 1 / (1 - np.cos(x)), {"x": (0.1, 7)}, "about x = 6.283 the value"),
        (lambda x: np.log(np.abs(x - 0.3)), {"x": (-2, 2)}, "about x = 0.3 the value"),
        (lambda x, a: 1 / (x - a), {"x": (0, 1, 0.2), "a": (0.5, 2, 1.5)}, "x = 0.5, a = 0.5 the"),
        (
            lambda x, a: 1 / (x - a),
            {"x": (0, 1.03, 0.2), "a": (0.51, 2, 1.5)},
            "about x = 0.51, a = 0.51 the value of out is not defined. Choose ranges of x and a",
        ),
        (lambda x, a: np.log(x - a), {"x": (0.5, 3), "a": (-1, 1)}, "x = 0.5, a = 0.5161 the"),
        (
            lambda t, c, k: np.exp(-c * t) * np.cos(np.sqrt(k - c**2) * t),
            {"t": (0, 10), "c": (0, 1.2), "k": (1, 4)},
            "c = 1.029, k = 1 the value of out is not defined. Choose ranges of c and k",
        ),
        (
            lambda a, b: np.hypot(a, b),
            {"a": (-2, 2), "b": (-2, 2)},
            "the engine gives 0 for ∂out/∂b, but the formula of the page no number",
        ),
    ],
)
def test_a_point_at_which_nothing_is_defined_is_named(f, ranges, point):
    with pytest.raises(TraceError) as caught:
        bl.explore(f, **ranges)
    assert point in str(caught.value)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1 / np.sqrt(x**2 + 1e-8), (-1, 2.1)),
        (lambda x: x / (np.abs(x) + 1e-12), (-1, 2.1)),
        (lambda x: 1 / (np.mod(x, 1.0) - 1.1), (-2, 2.2)),
        (lambda x: 1 / (1 + np.exp(x)), (-40, 40)),
    ],
)
def test_what_comes_near_0_and_what_jumps_over_it_is_no_pole(f, x):
    bl.explore(f, x=x)


@pytest.mark.parametrize(
    ("f", "ranges"),
    [
        (lambda x: bl.softplus(x), {"x": (-30, 30, 1.0)}),
        (lambda x: np.logaddexp(0, x), {"x": (-40, 40)}),
        (lambda x: np.log1p(np.exp(x)), {"x": (-40, 40)}),
        (lambda x: np.log(1 + np.exp(x)), {"x": (-40, 40)}),
        (lambda x: bl.softplus(x), {"x": (-1000, 1000)}),
        (
            lambda w, b, x: let("L", bl.softplus(w * x + b)),
            {"w": (-10, 10), "b": (-5, 5), "x": 4.0},
        ),
        (lambda x: np.expm1(x) / x, {"x": (1e-9, 1)}),
        (lambda x: np.log1p(x) / x, {"x": (1e-9, 1)}),
    ],
)
def test_a_formula_keeps_its_digits_where_the_plain_one_cancels(f, ranges):
    explorer = bl.explore(f, **ranges)
    low = {n: r[0] for n, r in ranges.items() if np.ndim(r)}
    values, engine = explorer.values(**low), explorer.measured(**low)
    for name, truth in engine.items():
        if name not in ("∂L/∂x", "x"):  # held
            assert values[name] == pytest.approx(truth, rel=1e-6), name


def test_a_real_disagreement_names_the_place_and_both_numbers(monkeypatch):
    wrong = {"out": 4.0, "∂out/∂x": 3.0, "∂out/∂out": 1.0}
    monkeypatch.setattr(general, "measured", lambda f, names: lambda state: wrong)
    with pytest.raises(TraceError) as caught:
        bl.explore(lambda x: x**2, x=(-2, 2, 1))
    said = str(caught.value)
    assert "at x = -2 the engine gives 3 for ∂out/∂x, and SymPy's formula -4. Run bl.verify" in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("f", "x", "said"),
    [
        (lambda x: np.abs(x), (-2, 2), "a kink: the slope is −1 to the left and 1 to the right"),
        (lambda x: bl.relu(3 * x), (-2, 2), "0 to the left and 3 to the right, and at the kink"),
        (lambda x: bl.relu(3 * x), (-2, 2), "there is none. By convention ∂out/∂x = 0."),
        (lambda x: np.clip(x, -1, 1), (-2, 2, 1), "1 to the left and 0 to the right"),
        (lambda x: np.clip(x, -1, 1), (-2, 2, 1), "By convention ∂out/∂x = 0.5."),
        (lambda x: np.clip(x, -1, 1), (-2, 2, 1.5), "To first order, moving x changes nothing"),
        (lambda x: x**2, (-2, 2), "To first order, moving x changes nothing: ∂out/∂x = 0."),
        (lambda x: bl.softplus(1000 * x), (-2, 2), "A larger x raises it, at the rate"),
        (lambda x: np.mod(x, 1.0), (-2, 2), "Here it jumps from 1 to 0 as x grows: there is no"),
        (lambda x: np.where(x > 0.3, x + 1, x), (-2, 2, 0.3), "it jumps from 0.3 to 1.3 as x"),
        (lambda x: np.where(x > 0.3, x + 1, x), (-2, 2, 0.31), "A larger x raises it"),
    ],
)
def test_a_kink_and_a_jump_have_no_slope_and_say_so(f, x, said):
    assert said in bl.explore(f, x=x).sentence()


def test_what_the_check_did_not_find_is_said_to_be_undefined():
    explorer = bl.explore(lambda x, a: let("y", np.sqrt(x - a)), x=(1, 2), a=(-1, 0))
    said = explorer.sentence(x=0.5, a=0.75)
    assert said == "y = not defined. There is no slope either. Move a slider to where it is."
    assert "There is no slope here: ∂y/∂x is not defined" in explorer.sentence(x=0.5, a=0.5)


def test_the_curve_is_broken_at_a_pole_and_at_a_jump():
    """Moved by hand onto what the check refuses: one path, with a gap, and none elsewhere."""
    explorer = bl.explore(lambda x, a: 1 / (x - a), x=(0, 1, 0.2), a=(1.1, 2))

    def curve(explorer, **state):
        svg = explorer.svg(1, explorer.values(**state))
        return re.search(r'<path class="line primal thick" d="([^"]+)"', svg)[1]

    assert curve(explorer).count("M") == 1 and curve(explorer, a=0.503).count("M") == 2
    even = bl.explore(lambda x, a: 1 / np.abs(x - a), x=(0, 1, 0.2), a=(1.1, 2))
    assert curve(even).count("M") == 1 and curve(even, a=0.503).count("M") == 2
    assert curve(bl.explore(lambda x: np.where(x > 0.3, x + 1, x), x=(-2, 2))).count("M") == 2
    for smooth in (
        lambda x: np.tanh(200 * x),
        lambda x: np.abs(x) ** 1.1,
        lambda x: np.sin(40 * x),
    ):
        assert curve(bl.explore(smooth, x=(-2, 2))).count("M") == 1


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
