"""Odd arguments are told what is wrong with them, and what takes minutes is left out."""

from __future__ import annotations

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import let
from backprop_lab.errors import ProofError, TraceError


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
