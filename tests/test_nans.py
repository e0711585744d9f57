"""A NaN in a gradient of a finite value is said aloud, with the safe pattern."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import backprop_lab as bl

X = np.array([4.0, 0.0])


def trap(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def safe(x):
    return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))


def test_the_branch_that_was_not_taken_is_named_with_the_safe_pattern():
    with np.errstate(all="ignore"):
        for get in (lambda f: bl.grad(f)(X), lambda f: bl.vjp(f, X)[1](1.0)[0]):
            with pytest.warns(
                RuntimeWarning, match=r"gradient is NaN at index \(1,\).*safe = np.where"
            ) as seen:
                g = get(trap)
            assert g[0] == 0.25 and np.isnan(g[1])
            assert seen[0].filename == __file__
        with pytest.warns(RuntimeWarning, match="its gradient is NaN: on the way back 0 met ∞"):
            bl.grad(lambda x: np.sqrt(x * x))(0.0)


def test_the_safe_pattern_is_right_and_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bl.grad(safe)(X).tolist() == [0.25, 0.0]
        assert bl.grad(lambda x: np.hypot(x, 0.0))(0.0) == 0.0


def test_a_nan_that_was_there_before_is_no_news():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(bl.grad(np.log)(np.nan))
        assert np.isnan(bl.vjp(np.sqrt, -1.0)[1](1.0)[0])
        assert np.isnan(bl.vjp(np.exp, np.ones(2))[1](np.array([np.nan, 1.0]))[0][0])
