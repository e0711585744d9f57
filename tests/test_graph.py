"""The graph of the named quantities: values, cotangents, slopes and paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.graph import argument_names, named_graph


def neuron(w, b, x, y):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", 1 / (1 + np.exp(-z)), latex=r"\hat y")
    return bl.let("L", (y - y_hat) ** 2 / 2)


def edges(graph):
    return {(e.tail, e.head): e.slope for e in graph.edges}


def test_the_neuron_of_chapter_one():
    graph = named_graph(neuron, 0.5, -1.0, 2.0, 1.0)
    assert [n.name for n in graph.nodes] == ["w", "b", "x", "y", "z", "y_hat", "L"]
    assert [n.is_input for n in graph.nodes] == [True] * 4 + [False] * 3
    assert {n.name: (n.value, n.bar) for n in graph.nodes} == {
        "w": (0.5, -0.25), "b": (-1.0, -0.125), "x": (2.0, -0.0625), "y": (1.0, 0.5),
        "z": (0.0, -0.125), "y_hat": (0.5, -0.5), "L": (0.125, 1.0),
    }  # fmt: skip
    assert edges(graph) == {
        ("w", "z"): 2.0, ("x", "z"): 0.5, ("b", "z"): 1.0, ("z", "y_hat"): 0.25,
        ("y", "L"): 0.5, ("y_hat", "L"): -0.5,
    }  # fmt: skip
    assert graph["y_hat"].latex == r"\hat y" and graph["z"].latex is None


def two_layers(x1, x2):
    y1, y2, y3 = (bl.let(f"y{k}", k * x1 + x2 * x2 / k) for k in (1, 2, 3))
    return bl.let("L", y1 * y2 + y3)


def test_nine_edges_and_six_paths_of_chapter_two():
    graph = named_graph(two_layers, 1.0, 2.0)
    assert len(graph.edges) == 9
    assert len(graph.paths("x1")) + len(graph.paths("x2")) == 6
    assert graph.paths("x1") == [("x1", f"y{k}", "L") for k in (1, 2, 3)]


@pytest.mark.parametrize("name, argnum", [("x1", 0), ("x2", 1)])
def test_a_cotangent_is_the_sum_over_paths_of_products_of_slopes(name, argnum):
    graph = named_graph(two_layers, 1.0, 2.0)
    slopes = edges(graph)
    products = [
        np.prod([slopes[e] for e in itertools.pairwise(path)]) for path in graph.paths(name)
    ]
    assert abs(sum(products) - graph[name].bar) <= 1e-15 * sum(map(abs, products))
    gradient = bl.grad(two_layers, argnum)(1.0, 2.0)
    assert abs(graph[name].bar - gradient) <= 1e-15 * sum(map(abs, products))


def test_an_edge_past_a_named_value_is_not_folded_into_it():
    def f(t):
        x = bl.let("x", t * t)
        return bl.let("f", x * x + t)

    graph = named_graph(f, 3.0)
    assert edges(graph) == {("t", "x"): 6.0, ("x", "f"): 18.0, ("t", "f"): 1.0}
    assert graph["t"].bar == 6.0 * 18.0 + 1.0


def test_what_the_output_does_not_depend_on_is_left_out():
    def f(a, b):
        bl.let("unused", a * b)
        return bl.let("out_", 2 * a)

    assert [n.name for n in named_graph(f, 1.0, 2.0).nodes] == ["a", "out_"]


def test_arrays_have_values_and_cotangents_but_no_slope():
    graph = named_graph(lambda w: np.sum(bl.let("s", w * w)), np.array([1.0, 2.0]))
    assert graph["s"].value.tolist() == [1.0, 4.0] and graph["s"].bar.tolist() == [1.0, 1.0]
    assert graph["w"].bar.tolist() == [2.0, 4.0]
    assert edges(graph) == {("w", "s"): None, ("s", "out"): None}


def test_names_are_unique_also_against_the_arguments():
    def f(w):
        w = bl.let("w", 2 * w)
        return bl.let("L", bl.let("w", 3 * w))

    graph = named_graph(f, 1.0)
    assert [n.name for n in graph.nodes] == ["w", "w_2", "w_3", "L"]
    assert edges(graph) == {("w", "w_2"): 2.0, ("w_2", "w_3"): 3.0, ("w_3", "L"): 1.0}


def test_an_output_without_a_name_is_called_out():
    graph = named_graph(lambda x: x * x, 3.0)
    assert [(n.name, n.bar) for n in graph.nodes] == [("x", 6.0), ("out", 1.0)]
    assert [n.name for n in named_graph(lambda x: x, 3.0).nodes] == ["x", "out"]


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda x: 3.0, "named_graph: the output does not depend on any argument"),
        (lambda x: x * np.ones(2), r"named_graph needs a scalar output; .* shape \(2,\)"),
        (lambda *xs: xs[0], "takes 0 named positional arguments; 1 were given"),
    ],
)
def test_what_cannot_be_drawn_is_refused(f, match):
    with pytest.raises(bl.TraceError, match=match):
        named_graph(f, 2.0)


def test_an_unknown_node_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"no quantity 'q'; there are \['x', 'out'\]"):
        named_graph(lambda x: 2 * x, 1.0)["q"]


def test_argument_names_in_order():
    assert argument_names(neuron, 3) == ["w", "b", "x"]
