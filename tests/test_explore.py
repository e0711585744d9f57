"""`bl.explore` for any function: what it refuses, names, axes, boxes, files."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.errors import TraceError
from backprop_lab.explorers.panels import BESIDE, shortened
from backprop_lab.explorers.ranges import divisors
from backprop_lab.saying import say_name


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
