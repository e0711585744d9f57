"""Trees: taken apart and built again as they were, in every transform, with the place in errors."""

from __future__ import annotations

import collections
import copy
import dataclasses
import typing

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.trees import LEAF, flatten, ravel, tree_map


class Layer(typing.NamedTuple):
    W: object
    b: object


class Loud(dict):
    """A dict of the user's own."""


class Stack(list):
    pass


@dataclasses.dataclass
class Net:
    layers: list
    scale: float
    name: str = dataclasses.field(default="net", metadata={"static": True})


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    w: object
    b: object = None


@dataclasses.dataclass
class Derived:
    a: object
    twice: object = dataclasses.field(init=False)

    def __post_init__(self):
        self.twice = 2 * self.a


def trees():
    default = collections.defaultdict(list, {"z": 1.0, "a": (2.0, 3.0)})
    ordered = collections.OrderedDict([("z", 1.0), ("a", [2.0])])
    return {
        "leaf": (1.0, [""]),
        "dict": ({"z": 1.0, "a": 2.0, 3: 4.0}, ["['z']", "['a']", "[3]"]),
        "list": ([1.0, [2.0]], ["[0]", "[1][0]"]),
        "tuple": ((1.0, (2.0,), ()), ["[0]", "[1][0]"]),
        "named tuple": (Layer(1.0, {"c": 2.0}), [".W", ".b['c']"]),
        "dataclass": (Net([Layer(1.0, 2.0)], 3.0), [".layers[0].W", ".layers[0].b", ".scale"]),
        "frozen": (Frozen(1.0), [".w"]),
        "defaultdict": (default, ["['z']", "['a'][0]", "['a'][1]"]),
        "OrderedDict": (ordered, ["['z']", "['a'][0]"]),
        "own dict": (Loud(w=1.0), ["['w']"]),
        "own list": (Stack([1.0]), ["[0]"]),
        "None": (None, []),
        "empty": ({"a": [], "b": {}, "c": None}, []),
    }


def same(a, b):
    """Equal, of the same types all the way down, with the same order of keys."""
    (x, s), (y, t) = flatten(a), flatten(b)
    types = [type(node) for node in walk(a)] == [type(node) for node in walk(b)]
    return x == y and s.paths() == t.paths() and types


def walk(tree):
    yield tree
    if isinstance(tree, dict):
        children = tree.values()
    elif isinstance(tree, (list, tuple)):
        children = tree
    elif dataclasses.is_dataclass(tree):
        children = [getattr(tree, f.name) for f in dataclasses.fields(tree)]
    else:
        children = ()
    for child in children:
        yield from walk(child)


@pytest.mark.parametrize("kind", trees())
def test_a_tree_is_built_again_as_it_was(kind):
    tree, paths = trees()[kind]
    leaves, structure = flatten(tree)
    again = structure.rebuild(leaves)
    assert structure.paths() == paths and len(leaves) == len(paths)
    assert same(tree, again) and (again is not tree or not leaves or structure is LEAF)
    assert same(tree_map(lambda x: x, tree), tree)
    if isinstance(tree, collections.defaultdict):
        assert again.default_factory is list and again["new"] == [] and "new" not in tree


@pytest.mark.parametrize("kind", trees())
def test_gradients_come_in_the_tree_of_their_variable(kind):
    tree, _ = trees()[kind]
    if tree is None:
        return  # at the top it is refused: see test_errors

    def f(p):
        return sum([(k + 1) * x**2 for k, x in enumerate(flatten(p)[0])], 0.0)

    want = tree_map(lambda x: x, tree)
    leaves, structure = flatten(tree)
    want = structure.rebuild([2.0 * (k + 1) * x for k, x in enumerate(leaves)])
    value, bars = bl.value_and_grad(f)(tree)
    assert value == f(tree) and same(bars, want)
    assert same(bl.vjp(f, tree)[1](1.0)[0], want)
    assert bl.jvp(f, (tree,), (tree,))[1] == 2 * value
    assert same(bl.hvp(f, tree, tree), want)  # the gradient is linear: H x is the gradient at x
    assert same(bl.jacobian(f)(tree), want) and same(bl.jacobian(f, mode="forward")(tree), want)


def test_an_array_that_stands_twice_has_two_gradients_of_its_own():
    w = np.ones(3)
    bars = bl.grad(lambda p: np.sum(p["a"] + 2 * p["b"]))({"a": w, "b": w})
    assert bars["a"].tolist() == [1.0] * 3 and bars["b"].tolist() == [2.0] * 3
    bars = bl.grad(lambda p: np.sum(p[0] + p[1]))([w, w])
    bars[0] += 1.0
    assert bars[1].tolist() == [1.0] * 3 and w.tolist() == [1.0] * 3


def test_an_unused_leaf_has_zeros_of_its_shape_and_dtype():
    params = {"w": np.ones(2), "unused": [np.ones((2, 3), np.float32), 4.0]}
    bars = bl.grad(lambda p: np.sum(p["w"]))(params)
    assert bars["unused"][0].tolist() == np.zeros((2, 3)).tolist()
    assert bars["unused"][0].dtype == np.float32 and bars["unused"][1] == 0.0
    assert type(bars["unused"][1]) is float


def test_leaves_are_what_arguments_are():
    """Python integers are taken as floats, float32 stays float32, scalars come out as floats."""
    tree = {"n": 2, "half": np.float32(3), "x": np.array(2.0), "v": np.ones(2, np.float32)}
    bars = bl.grad(lambda p: p["n"] ** 2 * p["half"] * p["x"] * np.sum(p["v"]))(tree)
    assert bars["n"] == 48.0 and type(bars["n"]) is float and type(bars["x"]) is float
    assert type(bars["half"]) is np.float32 and bars["v"].dtype == np.float32


def test_the_function_gets_a_tree_of_its_own():
    """It may take its tree apart; the caller's is left alone, and the gradient is whole."""
    params = {"w": 2.0, "b": 3.0}

    def f(p):
        w = p.pop("w")
        p["new"] = w
        return w * p["b"]

    assert bl.grad(f)(params) == {"w": 3.0, "b": 2.0} and params == {"w": 2.0, "b": 3.0}


def test_the_pullback_does_not_depend_on_what_becomes_of_the_trees():
    params = {"w": np.array([1.0, 2.0]), "b": [3.0]}
    value, pullback = bl.vjp(lambda p: {"y": p["w"] * p["b"][0], "b": p["b"]}, params)
    y_bar = {"y": np.ones(2), "b": [10.0]}
    before = copy.deepcopy(pullback(y_bar))
    params["w"][:] = 0.0
    params["more"] = params.pop("b")
    value["y"][:] = 7.0
    del value["b"]
    for _ in range(2):
        (got,) = pullback(y_bar)
        assert got["w"].tolist() == before[0]["w"].tolist() == [3.0, 3.0] and got["b"] == [13.0]
        got["w"][:] = 5.0


# --- dataclasses ------------------------------------------------------------------------------------


def test_a_static_field_stays_and_what_is_derived_follows():
    net = Net([1.0], 2.0, name="mine")
    bars = bl.grad(lambda net: net.layers[0] * net.scale * len(net.name))(net)
    assert bars == Net([8.0], 4.0, name="mine")
    bars = bl.grad(lambda d: d.a * d.twice)(Derived(3.0))  # 2a²
    assert (bars.a, bars.twice) == (12.0, 24.0)


@dataclasses.dataclass
class Positive:
    sigma: float

    def __post_init__(self):
        if self.sigma < 0:
            raise ValueError("sigma must be positive")


def test_a_dataclass_that_refuses_its_gradient_says_when():
    with pytest.raises(ValueError, match="must be positive") as caught:
        bl.grad(lambda p: -p.sigma)(Positive(1.0))
    assert "a Positive was built again, around traced values or around gradients" in str(
        caught.value.__notes__
    )


def test_a_class_of_dataclass_is_a_leaf_and_refused():
    with pytest.raises(bl.TraceError, match=r"argument 0\['net'\] is a type"):
        bl.grad(lambda p: 1.0)({"net": Net})


@dataclasses.dataclass
class SetLater:
    w: object
    c: object = dataclasses.field(init=False, default=0.0)


@dataclasses.dataclass(frozen=True)
class KeptLater:
    w: object
    c: object = dataclasses.field(init=False, default=0.0, metadata={"static": True})


def squared_times(m):
    return m.w**2 * m.c


@pytest.mark.parametrize("value", [5.0, np.ones(2), None, [0.0, 1.0]])
def test_a_field_that_was_set_later_is_refused_and_not_reset(value):
    m = SetLater(2.0)
    assert bl.value_and_grad(squared_times)(m) == (0.0, SetLater(0.0))
    m.c = value
    for run in (
        lambda: bl.grad(squared_times)(m),
        lambda: bl.jvp(squared_times, (m,), (SetLater(1.0),)),
        lambda: tree_map(lambda x: x, m),
    ):
        with pytest.raises(bl.TraceError, match=r"SetLater\.c is not what a new SetLater .* later"):
            run()


def test_a_field_that_is_derived_from_one_that_was_set_later_is_refused():
    m = Derived(np.ones(2))
    assert bl.grad(lambda m: np.sum(m.twice))(m).a.tolist() == [2.0, 2.0]
    m.a = np.zeros(2)
    with pytest.raises(bl.TraceError, match=r"Derived\.twice .* derived from"):
        bl.grad(lambda m: np.sum(m.twice))(m)


def test_a_static_field_without_a_place_in_the_call_keeps_its_value():
    m = KeptLater(2.0)
    object.__setattr__(m, "c", 5.0)
    value, gradient = bl.value_and_grad(squared_times)(m)
    assert (value, gradient.w, gradient.c) == (20.0, 20.0, 5.0)


def test_derived_fields_that_are_no_numbers_may_differ():
    @dataclasses.dataclass
    class Model:
        w: object
        f: object = dataclasses.field(init=False)
        unset: object = dataclasses.field(init=False, repr=False)

        def __post_init__(self):
            self.f = lambda x: self.w * x

    assert bl.grad(lambda m: m.f(3.0))(Model(2.0)).w == 3.0
    assert bl.grad(lambda w: bl.grad(lambda m: m.f(m.w**2))(Model(w)).w)(2.0) == 12.0


# --- trees as results -----------------------------------------------------------------------------------


def results(x):
    return {"twice": 2 * x, "parts": (np.sum(x), [x * x, 7.0]), "none": None}


def test_a_result_may_be_a_tree():
    x = np.array([1.0, 2.0])
    value, pullback = bl.vjp(results, x)
    assert value["twice"].tolist() == [2.0, 4.0] and value["parts"][0] == 3.0
    assert value["parts"][1][1] == 7.0 and value["none"] is None
    y_bar = {"parts": (10.0, [np.array([100.0, 0.0]), 5.0]), "none": None, "twice": np.ones(2)}
    assert pullback(y_bar)[0].tolist() == [2 + 10 + 200.0, 2 + 10.0]
    assert pullback(y_bar)[0].tolist() == [212.0, 12.0]
    value, dot = bl.jvp(results, (x,), (np.array([1.0, 0.0]),))
    assert dot["twice"].tolist() == [2.0, 0.0] and dot["parts"][1][0].tolist() == [2.0, 0.0]
    assert dot["parts"][0] == 1.0 and dot["parts"][1][1] == 0.0 and dot["none"] is None


@pytest.mark.parametrize(
    "f, y_bar, want",
    [
        (lambda x: (x, x), (np.ones(2), 2 * np.ones(2)), [3.0, 3.0]),
        (lambda x: (x, np.ones(3)), (np.ones(2), np.ones(3)), [1.0, 1.0]),
        (lambda x: [np.ones(3), 4.0], [np.ones(3), 1.0], [0.0, 0.0]),
        (lambda x: (x,), (np.ones(2),), [1.0, 1.0]),
        (lambda x: (), (), [0.0, 0.0]),
    ],
)
def test_results_that_repeat_or_do_not_depend(f, y_bar, want):
    _, pullback = bl.vjp(f, np.array([1.0, 2.0]))
    (got,) = pullback(y_bar)
    got += 1.0
    assert pullback(y_bar)[0].tolist() == want
    _, tangents = bl.jvp(f, (np.ones(2),), (np.ones(2),))
    assert [np.shape(d) for d in flatten(tangents)[0]] == [np.shape(b) for b in flatten(y_bar)[0]]


def test_tangents_of_a_repeated_result_are_arrays_of_their_own():
    v = np.ones(2)
    _, (first, second) = bl.jvp(lambda x: (x, x), (np.ones(2),), (v,))
    first += 1.0
    assert second.tolist() == [1.0, 1.0] and v.tolist() == [1.0, 1.0]


def test_auxiliary_data_leaves_the_trace():
    def loss(w, x):
        y = w * x
        return np.sum(y), {"y": y, "of": "text", "n": 3, "x": x, "deep": [(y[0],)], "none": None}

    (value, aux), bar = bl.value_and_grad(loss, has_aux=True)(2.0, np.array([1.0, 2.0]))
    assert (value, bar) == (6.0, 3.0)
    assert aux["y"].tolist() == [2.0, 4.0] and type(aux["y"]) is np.ndarray
    assert (aux["of"], aux["n"], aux["deep"], aux["none"]) == ("text", 3, [(2.0,)], None)
    bars, aux = bl.grad(loss, argnums=(0, 1), has_aux=True)(2.0, np.array([1.0, 2.0]))
    assert bars[0] == 3.0 and bars[1].tolist() == [2.0, 2.0] and aux["n"] == 3
    assert bl.grad(lambda w: bl.value_and_grad(loss, has_aux=True)(w, w[:2])[0][1]["y"][0])(
        np.array([2.0, 5.0])
    ).tolist() == [4.0, 0.0]  # auxiliary data of an inner run belong to the outer one


# --- errors -------------------------------------------------------------------------------------------------

P = {"layers": [Layer(np.ones(2), 1.0)], "scale": 2.0}
f = lambda p: np.sum(p["layers"][0].W) * p["scale"]  # noqa: E731
REFUSED = {
    "integers": (
        lambda: bl.grad(f)({"layers": [Layer(np.array([1, 2]), 1.0)], "scale": 2.0}),
        "grad: argument 0['layers'][0].W is an array of int64, of shape (2,).",
    ),
    "a bool": (lambda: bl.grad(f)({"train": True}), "grad: argument 0['train'] is a bool, True;"),
    "a function": (
        lambda: bl.vjp(f, {"f": np.tanh}), "vjp: argument 0['f'] is a ufunc, <ufunc 'tanh'>;"
    ),
    "in a dataclass": (
        lambda: bl.jacobian(f)([Frozen("name")]),
        "jacobian: argument 0[0].w is a str, 'name'; a float or an array of floats is needed. Take "
        "it out of the tree and pass it as a keyword argument",
    ),
    "a tangent of another structure": (
        lambda: bl.jvp(f, (P,), ({"layers": [Layer(np.ones(2), 1.0)]},)),
        "jvp: the tangent of argument 0 has the parts 'layers'; argument 0 has the "
        "parts 'layers', 'scale'. It must have the same structure, part by part.",
    ),
    "a tangent of another length": (
        lambda: bl.jvp(f, (P,), ({"layers": [], "scale": 1.0},)),
        "the tangent of argument 0['layers'] has no parts; argument 0['layers'] has "
        "the parts 0.",
    ),
    "a tangent that is no tree": (
        lambda: bl.hvp(f, P, np.ones(3)), "hvp: the tangent of argument 0 is a ndarray; argument 0 has the parts 'layers', 'scale'"
    ),
    "a tangent of another shape": (
        lambda: bl.hvp(f, P, {"layers": [Layer(np.ones(3), 1.0)], "scale": 1.0}),
        "hvp: the tangent of argument 0['layers'][0].W has shape (3,); its primal has shape (2,).",
    ),
    "a tangent of truth values": (
        lambda: bl.jvp(f, (P,), ({"layers": [Layer(np.ones(2, bool), 1.0)], "scale": 1.0},)),
        "jvp: tangent 0['layers'][0].W is array([ True,  True]), of dtype bool; real numbers are needed, "
        "in the shape (2,) of argument 0['layers'][0].W.",
    ),
    "a cotangent of another structure": (
        lambda: bl.vjp(results, np.ones(2))[1]({"twice": np.ones(2)}),
        "The cotangent has the parts 'twice'; the value has the parts 'twice', 'parts', 'none'.",
    ),
    "a cotangent for the whole": (
        lambda: bl.vjp(results, np.ones(2))[1](1.0), "The cotangent is a float; the value has the"
    ),
    "a cotangent of another shape": (
        lambda: bl.vjp(lambda x: {"y": [x]}, np.ones(2))[1]({"y": [1.0]}),
        "The cotangent['y'][0] has shape (); the value['y'][0] has shape (2,).",
    ),
    "a text among results": (
        lambda: bl.vjp(lambda x: [x, {"name": "x"}], 1.0),
        "f returned a str at [1]['name']; numbers and arrays are needed.",
    ),
    "complex numbers among results": (
        lambda: bl.vjp(lambda x: {"z": x * 1j}, np.ones(2)), "f returned complex numbers at ['z'];"
    ),
    "objects among results": (
        lambda: bl.vjp(lambda x: [np.array([None])], 1.0),
        "f returned an array of objects at [0], in which",
    ),
    "no auxiliary data": (
        lambda: bl.grad(lambda x: x, has_aux=True)(1.0),
        "grad with has_aux=True needs a function that returns a pair, (value, auxiliary data); "
        "this one returned a Var.",
    ),
    "a scalar and more": (lambda: bl.hessian(lambda x: (x, x))(1.0), "hessian needs a scalar output"),
    "tree_map": (
        lambda: tree_map(lambda a, b: a, {"w": [1.0]}, {"w": [1.0, 2.0]}),
        "tree_map: tree 2['w'] has the parts 0, 1; the first tree['w'] has the parts 0.",
    ),
    "unravel": (
        lambda: ravel({"w": np.ones(2)})[1](np.ones(3)),
        "unravel takes a vector of shape (2,), as ravel gave; this one has shape (3,).",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_the_place_in_the_tree_is_named(what):
    call, message = REFUSED[what]
    with pytest.raises(bl.TraceError) as caught:
        call()
    assert message in str(caught.value), str(caught.value)


# --- helpers ------------------------------------------------------------------------------------------------


def test_a_step_of_gradient_descent():
    params = {"w": np.array([1.0, 2.0]), "b": Layer(3.0, [4.0])}
    bars = bl.grad(lambda p: np.sum(p["w"] ** 2) + p["b"].W * p["b"].b[0])(params)
    new = tree_map(lambda p, g: p - 0.5 * g, params, bars)
    assert new["w"].tolist() == [0.0, 0.0] and new["b"] == Layer(1.0, [2.5])


def test_ravel_and_back():
    tree = {
        "w": np.arange(6.0).reshape(2, 3),
        "b": [np.float32(7), np.ones(2, np.float32)],
        "e": (),
    }
    vector, unravel = ravel(tree)
    assert vector.tolist() == [0, 1, 2, 3, 4, 5, 7, 1, 1]
    again = unravel(vector)
    assert again["w"].tolist() == tree["w"].tolist() and again["e"] == ()
    assert again["b"][0].dtype == again["b"][1].dtype == np.float32
    again["w"][:] = 0.0
    assert vector[1] == 1.0
    assert ravel([])[0].shape == (0,) and ravel(())[1](np.zeros(0)) == ()


def test_ravel_is_differentiated_both_ways():
    tree = {"w": np.arange(3.0), "b": 2.0}
    vector, unravel = ravel(tree)
    loss = lambda p: np.sum(p["w"] ** 2) * p["b"]  # noqa: E731
    flat = bl.grad(lambda v: loss(unravel(v)))(vector)
    assert flat.tolist() == ravel(bl.grad(loss)(tree))[0].tolist()
    bars = bl.grad(lambda p: np.sum(ravel(p)[0] ** 2))(tree)
    assert bars["w"].tolist() == [0.0, 2.0, 4.0] and bars["b"] == 4.0
