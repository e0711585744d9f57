"""Undoing a broadcast is its adjoint, over drawn shapes and in exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import backprop_lab as bl
from backprop_lab.rules import shape_of, unbroadcast

exact = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def small_and_full(draw):
    """A shape, and a shape that it broadcasts to; axes of length 0 and 1 in every position."""
    full = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    kept = full[draw(st.integers(0, len(full))) :]
    small = tuple(1 if draw(st.booleans()) else n for n in kept)
    return small, full


def whole(shape):
    """Whole numbers: sums and products of them carry no rounding error."""
    return hnp.arrays(float, shape, elements=st.integers(-9, 9).map(float))


@exact
@given(st.data(), small_and_full())
def test_unbroadcast_is_the_adjoint_of_broadcast_to(data, shapes):
    small, full = shapes
    x, y_bar = data.draw(whole(small)), data.draw(whole(full))
    x_bar = unbroadcast(y_bar, small)
    assert x_bar.shape == small
    assert np.sum(y_bar * np.broadcast_to(x, full)) == np.sum(x_bar * x)


@exact
@given(st.data(), small_and_full(), st.integers(0, 4))
def test_unbroadcast_of_a_batch_is_that_of_each_row(data, shapes, size):
    small, full = shapes
    y_bars = data.draw(whole((size, *full)))
    got = unbroadcast(y_bars, small, batch=1)
    assert got.shape == (size, *small)
    for one, y_bar in zip(got, y_bars, strict=True):
        np.testing.assert_array_equal(one, unbroadcast(y_bar, small))


@exact
@given(
    st.data(), hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_dims=3, max_side=3)
)
def test_a_product_of_any_two_shapes_is_pulled_back_to_them(data, shapes):
    a, b = (data.draw(whole(shape)) for shape in shapes.input_shapes)
    y_bar = data.draw(whole(shapes.result_shape))
    a_bar, b_bar = bl.vjp(lambda a, b: a * b, a, b)[1](y_bar)
    assert (np.shape(a_bar), np.shape(b_bar)) == tuple(shapes.input_shapes)
    # y is linear in a: ⟨ȳ, y⟩ = ⟨ā, a⟩ exactly, and as well for b.
    assert np.sum(y_bar * (a * b)) == np.sum(a_bar * a) == np.sum(b_bar * b)


def test_nothing_is_copied_where_shapes_agree():
    y_bar = np.ones((2, 3))
    assert unbroadcast(y_bar, (2, 3)) is y_bar


@pytest.mark.parametrize(
    "x", [2.0, 2, np.float32(2), np.ones((2, 3)), [[1.0], [2.0]], np.array(1.0)]
)
def test_shape_of_anything(x):
    assert shape_of(x) == np.shape(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(30, 40), (2, 3, 400), (2, 2000)])
def test_rows_of_larger_arrays_are_added_up_as_numpy_adds_them(shape, dtype):
    rows = np.random.default_rng(0).normal(size=shape).astype(dtype)
    for y_bar in (rows, np.asfortranarray(rows), rows[..., ::-1]):
        got = unbroadcast(y_bar, (*shape[:-1], 1))
        want = np.sum(y_bar.astype(np.longdouble), axis=-1, keepdims=True)
        assert got.dtype == dtype and got.shape == want.shape
        bound = 20 * np.finfo(dtype).eps * np.sum(np.abs(y_bar), axis=-1, keepdims=True)
        assert (np.abs(got - want) <= bound).all()
    rows.flat[0], rows.flat[-1] = np.inf, np.nan
    found = unbroadcast(rows, (*shape[:-1], 1)).ravel()
    assert found[0] == np.inf and np.isnan(found[-1]) and np.isfinite(found[1:-1]).all()
