"""jacobian, hessian, hvp: shapes, modes, trees of blocks, and what chooses the mode."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.boundary import as_primals
from backprop_lab.rules import RULES

MODES = [None, "reverse", "forward"]


@pytest.mark.parametrize(
    "f, x_shape, y_shape",
    [
        (lambda x: x**2, (3,), (3,)), (lambda x: x @ np.ones((3, 4)), (2, 3), (2, 4)),
        (lambda x: np.sum(x, axis=0), (2, 3), (3,)), (lambda x: np.sum(x), (2, 3), ()),
        (lambda x: x * np.arange(3.0), (), (3,)), (lambda x: np.arange(3.0), (2,), (3,)),
        (lambda x: x[:0], (3,), (0,)), (lambda x: np.sum(x[:, :0], 1), (2, 3), (2,)),
        (lambda x: np.sum(x[:0] * 2, 1), (2, 3), (0,)), (lambda x: x, (2, 1), (2, 1)),
        (lambda x: np.exp(x), (), ()), (lambda x: 2.0, (2,), ()),
        (lambda x: np.max(x, axis=1, keepdims=True), (2, 3), (2, 1)),
    ],
)  # fmt: skip
def test_the_jacobian_has_shape_output_plus_input(f, x_shape, y_shape):
    x = np.random.default_rng(0).uniform(0.5, 2, x_shape)
    got = {mode: bl.jacobian(f, mode=mode)(x) for mode in MODES}
    assert {np.shape(J) for J in got.values()} == {y_shape + x_shape}
    columns = [bl.jvp(f, (x,), (unit.reshape(x_shape),))[1] for unit in np.eye(np.size(x))]
    want = np.reshape(np.stack(columns, axis=-1), y_shape + x_shape)
    for J in got.values():
        assert np.all(np.abs(J - want) <= 1e-15 * np.abs(want))
        if y_shape + x_shape == ():
            assert type(J) is float
        else:
            J += 1.0  # an array of its own


def test_the_jacobian_of_several_arguments():
    A, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    J_A, J_x = bl.jacobian(operator.matmul, argnums=(0, 1))(A, x)
    np.testing.assert_array_equal(J_x, A)
    np.testing.assert_array_equal(J_A, np.einsum("ij,k->ijk", np.eye(2), x))


def test_rows_at_once_equal_row_by_row():
    """A chain of batched rules, and the same with one rule among them that is not."""
    rng = np.random.default_rng(0)
    W, x = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, 3)
    at_once = bl.jacobian(lambda x: np.tanh(W @ x))(x)
    by_rows = bl.jacobian(lambda x: np.tanh(W @ np.reshape(x, 3)))(x)
    want = (1 - np.tanh(W @ x) ** 2)[:, None] * W
    for got in (at_once, by_rows):
        assert np.all(np.abs(got - want) <= 1e-14 * np.abs(want))


@pytest.mark.parametrize("mode", ["sideways", "fwd", 0, ""])
def test_an_unknown_mode_is_refused(mode):
    with pytest.raises(bl.TraceError, match=r"is unknown. Give 'reverse' \(by rows\) or 'forward'"):
        bl.jacobian(np.exp, mode=mode)


def runs_of(f):
    """`f`, and a list that grows by one each time that it runs."""
    runs = []

    def counted(*args):
        runs.append(1)
        return f(*args)

    return counted, runs


@pytest.mark.parametrize(
    "f, n, count",
    [
        (lambda x: np.sum(x), 3, 1), (lambda x: x * 2, 3, 1),  # by rows, at once
        (lambda x: x[:, None] * np.ones(50), 4, 1),  # more rows than columns, but all at once
        (lambda x: x[:, None] * np.ones(2000), 4, 5),  # far more: by columns, after a look
    ],
)  # fmt: skip
def test_the_shapes_choose_the_mode(f, n, count):
    counted, runs = runs_of(f)
    x = np.arange(1.0, n + 1)
    got = bl.jacobian(counted)(x)
    assert len(runs) == count
    np.testing.assert_array_equal(got, bl.jacobian(f, mode="forward")(x))
    counted, runs = runs_of(f)
    bl.jacobian(counted, mode="forward")(x)
    assert len(runs) == n


def test_where_a_rule_on_the_way_takes_no_batch_fewer_columns_than_rows_go_forward(monkeypatch):
    monkeypatch.setattr(RULES[np.tanh], "batched", False)
    W = np.random.default_rng(0).uniform(-1, 1, (5, 3))
    for shape, count in (((5, 3), 4), ((3, 5), 1)):
        counted, runs = runs_of(lambda x, shape=shape: np.tanh(W.reshape(shape) @ x))
        got = bl.jacobian(counted)(np.ones(shape[1]))
        want = bl.jacobian(counted, mode="reverse")(np.ones(shape[1]))
        assert len(runs) == count + 1
        assert np.all(np.abs(got - want) <= 1e-14)


def test_a_function_without_inputs_or_outputs():
    for mode in MODES:
        J = bl.jacobian(lambda x: np.ones((4, 5)) * np.sum(x), mode=mode)
        assert J(np.ones((0, 3))).shape == (4, 5, 0, 3)
        assert bl.jacobian(lambda p: np.ones(2), mode=mode)([]) == []
        assert bl.jacobian(lambda x: [], mode=mode)(1.0) == []


# --- trees of blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_blocks_of_trees_in_and_out(mode):
    """A block for each pair of leaves: the tree of the result, in each place that of the input."""
    W, b = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0])

    def f(p, x):
        y = p["W"] @ x + p["b"]
        return {"y": y, "sums": [np.sum(y), 3.0]}

    x = np.array([1.0, 2.0, 3.0])
    got = bl.jacobian(f, argnums=(0, 1), mode=mode)({"W": W, "b": b}, x)
    in_p, in_x = got["y"]
    np.testing.assert_array_equal(in_p["W"], np.einsum("ij,k->ijk", np.eye(2), x))
    np.testing.assert_array_equal(in_p["b"], np.eye(2))
    np.testing.assert_array_equal(in_x, W)
    in_p, in_x = got["sums"][0]
    assert in_p["W"].tolist() == [[1.0, 2.0, 3.0]] * 2 and in_p["b"].tolist() == [1.0, 1.0]
    assert in_x.tolist() == W.sum(0).tolist()
    in_p, in_x = got["sums"][1]
    assert in_p["W"].shape == (2, 3) and not np.any(in_p["W"]) and not np.any(in_x)


def test_argnums_as_a_tuple_of_one():
    assert bl.jacobian(lambda a, b: a * b, argnums=(1,))(2.0, 3.0) == (2.0,)
    assert bl.hessian(lambda a, b: a * b**2, argnums=(1,))(2.0, 3.0) == ((4.0,),)


# --- the Hessian ---------------------------------------------------------------------------------------


def rosenbrock(x):
    return np.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2)


@pytest.mark.parametrize("mode", MODES)
def test_the_hessian_of_rosenbrock(mode):
    x = np.array([-1.2, 1.0])
    want = np.array([[1200 * 1.44 - 400 + 2, 480.0], [480.0, 200.0]])
    assert np.all(np.abs(bl.hessian(rosenbrock, mode=mode)(x) - want) <= 1e-14 * 3000)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,)])
def test_the_hessian_has_the_shape_of_the_input_twice(mode, shape):
    x = np.random.default_rng(0).uniform(0.5, 2, shape)
    got = bl.hessian(lambda x: np.sum(x**3), mode=mode)(x)
    assert np.shape(got) == shape + shape
    want = np.reshape(np.diag(6 * np.ravel(x)), shape + shape)
    assert np.all(np.abs(got - want) <= 1e-14 * np.abs(want))


@pytest.mark.parametrize("mode", MODES)
def test_the_hessian_of_a_tree_and_of_several_arguments(mode):
    p = {"w": np.array([1.0, 2.0]), "b": 3.0}
    H = bl.hessian(lambda p: np.sum(p["w"] ** 2) * p["b"], mode=mode)(p)
    assert H["w"]["w"].tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert H["w"]["b"].tolist() == H["b"]["w"].tolist() == [2.0, 4.0]
    assert H["b"]["b"] == 0.0 and type(H["b"]["b"]) is float
    H = bl.hessian(lambda a, b: a**2 * b**3, argnums=(0, 1), mode=mode)(2.0, 3.0)
    assert H == ((54.0, 108.0), (108.0, 72.0))


def test_second_derivatives_of_float32_are_float32():
    x = np.ones(3, np.float32)
    for mode in MODES:
        assert bl.hessian(lambda x: np.sum(np.tanh(x)), mode=mode)(x).dtype == np.float32
    assert bl.hvp(lambda x: np.sum(np.tanh(x)), x, np.ones(3)).dtype == np.float32


def test_hessian_and_hvp_name_themselves_in_errors():
    with pytest.raises(bl.TraceError, match=r"^hessian needs a scalar output; exp returned shape"):
        bl.hessian(np.exp)(np.ones(2))
    with pytest.raises(bl.TraceError, match=r"^hvp needs a scalar output; exp returned shape"):
        bl.hvp(np.exp, np.ones(2), np.ones(2))
    with pytest.raises(bl.TraceError, match=r"^hvp: the tangent of argument 0 has shape \(3,\)"):
        bl.hvp(np.sum, np.ones(2), np.ones(3))
    with pytest.raises(bl.TraceError, match=r"^hvp: argument 0 is an array of int64"):
        bl.hvp(np.sum, np.ones(2, int), np.ones(2))


def test_hvp_is_the_hessian_times_a_vector():
    rng = np.random.default_rng(0)
    x, v = rng.uniform(-1, 1, 4), rng.uniform(-1, 1, 4)
    H = bl.hessian(rosenbrock)(x)
    scale = np.abs(H) @ np.abs(v)
    assert np.all(np.abs(bl.hvp(rosenbrock, x, v) - H @ v) <= 1e-14 * scale)
    assert bl.hvp(lambda x: x**3, 2.0, 5.0) == 60.0
    assert bl.hvp(lambda x, power: x**power, 2.0, 5.0, power=3) == 60.0


def test_hvp_runs_the_function_once():
    counted, runs = runs_of(rosenbrock)
    bl.hvp(counted, np.ones(50), np.ones(50))
    assert len(runs) == 1


def test_hvp_of_trees():
    p = {"w": np.array([1.0, 2.0]), "b": 3.0}
    got = bl.hvp(lambda p: np.sum(p["w"] ** 2) * p["b"], p, {"b": 1.0, "w": np.array([1.0, 0.0])})
    assert list(got) == ["w", "b"] and got["w"].tolist() == [8.0, 4.0] and got["b"] == 2.0


def test_first_and_second_derivatives_agree_with_a_peer():
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")
    rng = np.random.default_rng(3)
    W, U, x, v = (rng.uniform(-1, 1, s) for s in [(5, 4), (3, 5), 4, 4])

    def network(lib):
        return lambda x: lib.tanh(U @ lib.exp(lib.sin(W @ x)))

    def loss(lib):
        return lambda x: lib.sum(network(lib)(x) ** 2 * x[:3])

    peer = autograd.jacobian(network(anp))(x)
    for mode in MODES:
        got = bl.jacobian(network(np), mode=mode)(x)
        assert np.max(np.abs(got - peer)) <= 1e-13 * np.max(np.abs(peer))
    peer = autograd.hessian(loss(anp))(x)
    for mode in MODES:
        got = bl.hessian(loss(np), mode=mode)(x)
        assert np.max(np.abs(got - peer)) <= 1e-13 * np.max(np.abs(peer))
    got = bl.hvp(loss(np), x, v)
    assert np.max(np.abs(got - peer @ v)) <= 1e-13 * np.max(np.abs(peer))


def test_an_argument_is_taken_apart_once_with_its_place():
    leaves, structure = as_primals({"w": [1, np.float32(2)]}, 3, "grad")
    assert leaves == [1.0, 2.0] and type(leaves[0]) is float and type(leaves[1]) is np.float32
    assert structure.paths() == ["['w'][0]", "['w'][1]"]


@pytest.mark.parametrize(
    "f, own, other",
    [
        (lambda x: np.astype(x, np.float32) * 2, np.float64, np.float32),
        (lambda x: np.astype(x, np.float64) * 2, np.float32, np.float64),
        (lambda x: np.astype(x, np.float64)[:0], np.float32, np.float64),
    ],
)
def test_a_block_has_the_dtype_of_its_argument_in_both_modes(f, own, other):
    x = np.array([1.0, 2.0], own)
    assert f(x).dtype == other
    for mode in MODES:
        assert bl.jacobian(f, mode=mode)(x).dtype == own
        assert bl.hessian(lambda x: np.sum(f(x) ** 2), mode=mode)(x).dtype == own
    assert bl.jacobian(lambda x: x[:0])(np.zeros(0, own)).dtype == own
