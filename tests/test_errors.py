"""Every refusal says what, where, what was got, and what to do; never a wrong number."""

from __future__ import annotations

import math
import operator
import re

import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import name_of, near_names
from backprop_lab.rules import RULES, getitem, scatter_add

X = np.array([1.0, 2.0])


def traced(body, x=X):
    """Run `body` on a traced array."""
    return bl.vjp(body, x)


# --- what goes into a transform ---------------------------------------------------------------------

IN = {
    "non-scalar": (
        lambda: bl.grad(np.exp)(X),
        "grad needs a scalar output; exp returned shape (2,). Use vjp(exp, x) and choose the "
        "cotangent yourself.",
    ),
    "non-scalar lambda": (
        lambda: bl.grad(lambda x: x)(X),
        "grad needs a scalar output; f returned shape (2,). Use vjp(f, x) and choose the cotangent "
        "yourself.",
    ),
    "shape (1,) is no scalar": (lambda: bl.grad(lambda x: x[:1])(X), "returned shape (1,)"),
    "integers": (
        lambda: bl.grad(np.sum)(np.array([1, 2])),
        "grad: argument 0 is an array of int64, of shape (2,). A derivative in integers means "
        "nothing: pass x.astype(float), or a static value by keyword.",
    ),
    "integers of NumPy": (lambda: bl.grad(np.sum)(np.int32(1)), "is an array of int32, of shape ()"),
    "booleans": (lambda: bl.vjp(np.sum, X > 0), "vjp: argument 0 is an array of bool"),
    "a list, which is a tree of numbers": (
        lambda: bl.grad(np.sum)([1.0, 2.0]),
        "Build arrays with np.stack([x, y])",
    ),
    "a set": (lambda: bl.vjp(np.sum, {1.0}), "vjp: argument 0 is a set, {1.0};"),
    "a string": (
        lambda: bl.jacobian(lambda a, s: a, argnums=1)(1.0, "tanh"),
        "jacobian: argument 1 is a str, 'tanh'; a float or an array of floats is needed. Pass it "
        "as a keyword argument: keyword arguments are static.",
    ),
    "None": (lambda: bl.grad(lambda x: x)(None), "argument 0 is a NoneType, None;"),
    "a bool": (lambda: bl.grad(lambda x: x)(True), "argument 0 is a bool, True;"),
    "a string in a tree": (
        lambda: bl.grad(lambda p: p["w"])({"w": 1.0, "layers": [{"name": "tanh"}]}),
        "grad: argument 0['layers'][0]['name'] is a str, 'tanh'; a float or an array of floats is "
        "needed. Take it out of the tree and pass it as a keyword argument: keyword arguments are "
        'static. A field of a dataclass may say so itself: field(metadata={"static": True}).',
    ),
    "complex": (
        lambda: bl.grad(lambda x: x)(1j),
        "grad: argument 0 has dtype complex128; float32 or float64 is needed.",
    ),
    "objects": (lambda: bl.vjp(np.sum, np.array([1.0, None])), "argument 0 has dtype object;"),
    "argnums": (
        lambda: bl.grad(lambda a, b: a, argnums=2)(1.0, 2.0),
        "grad: argnums=2 asks for argument 2; the call has 2 positional arguments. (Keyword "
        "arguments are static.)",
    ),
    "argnums from the end": (
        lambda: bl.jacobian(lambda a, b: a, argnums=(0, -3))(1.0, 2.0),
        "jacobian: argnums=(0, -3) asks for argument -3",
    ),
    "argnums without arguments": (lambda: bl.grad(lambda: 1.0)(), "the call has 0 positional"),
    "argnums twice": (
        lambda: bl.grad(lambda a, b: a, argnums=(0, -2))(1.0, 2.0),
        "grad: argnums=(0, -2) names an argument twice. Name each one once.",
    ),
    "argnums that are no numbers": (
        lambda: bl.grad(lambda a: a, argnums="a")(1.0),
        "grad: argnums='a' must be a whole number or a tuple of them, the places of positional",
    ),
    "argnums that are no whole numbers": (lambda: bl.grad(lambda a: a, 0.5)(1.0), "argnums=0.5 must"),
    "jvp without tuples": (
        lambda: bl.jvp(np.exp, X, X),
        "jvp takes a tuple of primals and a tuple of tangents: jvp(f, (x,), (v,)).",
    ),
    "jvp of different counts": (
        lambda: bl.jvp(np.multiply, (1.0, 2.0), (1.0,)),
        "jvp got 2 primals and 1 tangents. Give every primal a tangent of its shape, zeros where",
    ),
    "jvp of different shapes": (
        lambda: bl.jvp(np.exp, (X,), (1.0,)),
        "jvp: the tangent of argument 0 has shape (); its primal has shape (2,). A tangent has the "
        "shape of its variable.",
    ),
    "a tangent of truth values": (
        lambda: bl.jvp(np.exp, (X,), (X > 1,)),
        "jvp: tangent 0 is array([False,  True]), of dtype bool; real numbers are needed, in the shape "
        "(2,) of argument 0.",
    ),
    "a ragged tangent": (
        lambda: bl.jvp(np.exp, (X,), ([1.0, [2.0]],)),
        "jvp: tangent 0 is [1.0, [2.0]], with rows of two lengths; real numbers are needed, in the",
    ),
    "a masked tangent": (
        lambda: bl.jvp(np.exp, (X,), (np.ma.masked_array(X, [True, False]),)),
        "jvp: tangent 0 is a MaskedArray; a plain array is needed.",
    ),
}  # fmt: skip

# --- what comes out of the function, and goes into a pullback -------------------------------------------

OUT = {
    "a tuple of a scalar function": (
        lambda: bl.grad(lambda x: (x, x))(1.0),
        "grad needs a scalar output; f returned a tuple of 2 values. Use vjp(f, x) and choose the "
        "cotangents yourself; for a scalar and other data beside it, use value_and_grad(f, "
        "has_aux=True).",
    ),
    "a list": (lambda: bl.grad(lambda x: [x])(1.0), "f returned a list of 1 value."),
    "a string in a dict": (
        lambda: bl.jvp(lambda x: {"y": x, "how": "fast"}, (1.0,), (1.0,)),
        "f returned a str at ['how']; numbers and arrays are needed. Leave it out; grad and "
        "value_and_grad hand it on with has_aux=True.",
    ),
    "nothing": (
        lambda: bl.grad(lambda x: None)(1.0),
        "f returned a NoneType; numbers and arrays are needed. Is a `return` missing?",
    ),
    "complex numbers": (
        lambda: bl.vjp(lambda x: x * np.array([1j, 1]), X),
        "f returned complex numbers; derivatives here are of real functions. A complex constant, "
        "or a fractional power of a negative number, brings them in.",
    ),
    "complex numbers forward": (
        lambda: bl.jvp(lambda x: x * np.complex64(1j), (X,), (X,)),
        "f returned complex numbers",
    ),
    "a root of a negative number": (lambda: bl.grad(lambda x: x**0.5)(-2.0), "complex numbers"),
    "complex numbers on the way": (
        lambda: bl.grad(lambda x: np.sum(np.maximum(x * np.array([1j, 1]), 0)))(X),
        "np.maximum of complex numbers (operand 0, of shape (2,)) has no derivative here. Take "
        "np.real(z), np.imag(z) or np.abs(z) first.",
    ),
    "an array of objects": (
        lambda: traced(lambda x: filled(np.zeros(2, object), x)),
        "f returned an array of objects, in which no gradient can be followed. Join traced values "
        "with np.stack([x, y]).",
    ),
    "a cotangent of another shape": (
        lambda: bl.vjp(np.exp, X)[1](np.ones(3)),
        "The cotangent has shape (3,); the value has shape (2,). A cotangent has the shape of its "
        "variable.",
    ),
    "a number for a cotangent": (lambda: bl.vjp(np.exp, X)[1](1.0), "The cotangent has shape ();"),
    "a complex cotangent": (
        lambda: bl.vjp(np.exp, X)[1](X * 1j),
        "of dtype complex128; real numbers are needed, in the shape (2,) of the value.",
    ),
    "text for a cotangent": (lambda: bl.vjp(np.exp, 1.0)[1]("1"), "The cotangent is '1', of dtype <U1"),
    "truth values for a cotangent": (
        lambda: bl.vjp(np.exp, X)[1](X > 1),
        "The cotangent is array([False,  True]), of dtype bool; real numbers are needed, in the shape",
    ),
    "a ragged cotangent": (lambda: bl.vjp(np.exp, X)[1]([1.0, [2.0]]), "The cotangent is [1.0, [2.0]], with"),
    "no cotangent": (lambda: bl.vjp(np.exp, 1.0)[1](None), "The cotangent is None, of dtype object"),
}  # fmt: skip


def filled(array, x):
    array[0] = x[0]
    return array


# --- what happens to a traced value -----------------------------------------------------------------------


def added_in_place(a, x):
    a += x
    return a


def multiplied_in_place(x):
    x *= 2.0
    return x


def written(x):
    x[0] = 3.0
    return x


NUMBER = (
    "of a traced value (shape ()) would lose its trace, and with it the gradient. Leave the {} out, "
    "and use NumPy's function instead of the math module's: np.exp, not math.exp."
)
ARRAY = (
    "would lose its trace, and with it the gradient. Build arrays with np.stack([x, y]) or "
    "np.concatenate, and fill with x * np.ones(n). (np.array, np.asarray, np.full, np.r_, np.c_ and "
    "lists of lists cannot be traced; a traced value is an array already.)"
)
WHOLE = "A traced value (shape ()) stands where a whole number belongs: an index, a shape, an axis"
INSIDE = {
    "writing": (written, "`x[0] = …` writes into a traced array of shape (2,) in place; a traced value "
                "is never changed. Build the result with np.where, np.stack or np.concatenate."),
    "in place": (multiplied_in_place, "`x *= y` writes into the array x, here of shape (2,), in place; a "
                 "traced value is never changed. Write `x = x * y`."),
    "array += traced": (lambda x: added_in_place(np.zeros(2), x), "np.add was asked to write a traced value "
                        "into an existing array, with out= or by `array += traced`. Make a new value: "
                        "`c = a + b`."),
    "out=": (lambda x: np.multiply(x, x, out=np.zeros(2)), "np.multiply was asked to write"),
    "out= of a function": (lambda x: np.sum(x, out=np.zeros(())), "np.sum: the argument out=array(0.) "
                           "cannot be traced. Leave it out; traced calls take (a, axis, dtype, keepdims, where)."),
    "np.array": (lambda x: np.array([x[0], x[1]]), "np.array(…) of a traced value (shape ()) " + ARRAY),
    "np.asarray": (lambda x: np.asarray(x), "np.array(…) of a traced value (shape (2,)) " + ARRAY),
    "np.full": (lambda x: np.full(3, x[0]), ARRAY),
    "np.r_": (lambda x: np.r_[x, 1.0], ARRAY),
    "nested stack": (lambda x: np.stack([[x[0], x[1]], [x[1], x[0]]]), ARRAY),
    "np.sum of a list": (lambda x: np.sum([x[0], x[1]]), ARRAY),
    "an array of objects": (lambda x: np.array([x, x], dtype=object), ARRAY),
    "a list times": (lambda x: x * [x[0], 1.0], ARRAY),
    "np.vectorize": (lambda x: np.vectorize(math.sin)(x), ARRAY),
    "np.float64": (lambda x: np.float64(x[0]), ARRAY),
    "random": (lambda x: np.random.default_rng(0).normal(x), ARRAY),
    "float": (lambda x: float(x[0]), "float() " + NUMBER.format("float()")),
    "int": (lambda x: int(x[0]), "int() " + NUMBER.format("int()")),
    "complex": (lambda x: complex(x[0]), "complex() " + NUMBER.format("complex()")),
    "math.exp": (lambda x: math.exp(x[0]), "float() " + NUMBER.format("float()")),
    "an index": (lambda x: [1.0, 2.0][x[0]], WHOLE),
    "an index of an array": (lambda x: x[x[0]], WHOLE),
    "an index in a tuple": (lambda x: np.stack([x, x])[0, x[0]], WHOLE),
    "range": (lambda x: range(x[0]), WHOLE),
    "a shape": (lambda x: np.broadcast_to(x, (x[0], 2)), WHOLE),
    "item": (lambda x: x[0].item(), "x.item() of a traced value (shape ()) would lose its trace, or change "
             "it in place. Use x itself: a traced number needs no .item()."),
    "tolist": (lambda x: x.tolist(), "Use x itself; `for row in x` walks over its rows."),
    "sort": (lambda x: x.sort(), "Use y = np.sort(x)."),
    "fill": (lambda x: x.fill(1.0), "Use y = v * np.ones(x.shape)."),
    "astype": (lambda x: x.astype(int), "np.astype: a traced value (shape (2,)) cannot be cast to int64, in which no "
               "derivative can be followed. Cast between float32 and float64 only."),
    "put": (lambda x: x.put([0], 1.0), "Use y = np.where(mask, v, x)."),
    "np.put": (lambda x: np.put(x, [0], 1.0), "np.put has no rule, so it cannot be traced. Write a new value, "
               "np.where(mask, v, x), with a mask of those places."),
    "np.place": (lambda x: np.place(x, X > 1, [0.0]), "Write a new value, np.where(mask, v, x)."),
    "np.putmask": (lambda x: np.putmask(np.zeros(2), X > 1, x), "Write a new value, np.where(mask, v, x)."),
    "np.fill_diagonal": (lambda x: np.fill_diagonal(np.diag(x), 0.0), "Write a new value, np.where(np.eye(n) == 1, v, x)."),
    "np.put_along_axis": (lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0), "with a mask of those places."),
    "np.apply_along_axis": (lambda x: np.apply_along_axis(np.sum, 0, x), "Write np.stack([f(row) for row in x])."),
    "where the rules are": (lambda x: np.busday_count(x, x), "np.busday_count has no rule, so it cannot be traced. The "
                            "rules are listed in backprop_lab.RULES; add one with @backprop_lab.rule(...)."),
    "near names": (lambda x: np.setdiff1d(x, x), "np.setdiff1d has no rule, so it cannot be traced. Near names: "
                   "np.ediff1d. The rules"),
    "what to write instead": (lambda x: np.linalg.lstsq(x, x), "np.linalg.lstsq has no rule, so it cannot be traced. "
                              "Write np.linalg.pinv(a) @ b."),
    "instead of piecewise": (
        lambda x: np.piecewise(x, [x > 0], [1.0, 2.0]),
        "Write np.where(condition, a, b), or np.select([c1, c2], [a, b]) for more pieces.",
    ),
    "copyto": (lambda x: np.copyto(np.zeros(2), x), "Write a new value, np.where(mask, x, y)"),
    "an unknown ufunc": (lambda x: np.nextafter(x, 2.0), "np.nextafter has no rule"),
    "reduce": (lambda x: np.subtract.reduce(x), "np.subtract.reduce cannot be traced. Write it with np.sum, np.cumsum"),
    "accumulate": (lambda x: np.maximum.accumulate(x), "np.maximum.accumulate cannot be traced."),
    "reduceat": (lambda x: np.add.reduceat(x, [0]), "np.add.reduceat cannot be traced."),
    "out= of a reduction": (lambda x: np.add.reduce(x, out=np.zeros(())), "np.sum: the argument out="),
    "at": (lambda x: np.add.at(np.zeros(2), [0, 1], x), "np.add.at cannot be traced."),
    "where= of a ufunc": (lambda x: np.exp(x, where=X > 1), "np.exp: the argument where= cannot be traced. Leave "
                          "it out; to act on a part only, use np.where(mask, f(x), x)."),
    "dtype= of a ufunc": (lambda x: np.exp(x, dtype=np.float32), "np.exp: the argument dtype= cannot be traced."),
    "casting= of a ufunc": (lambda x: np.add(x, x, casting="no"), "np.add: the argument casting= cannot"),
    "initial= of a sum, traced": (lambda x: np.sum(x, initial=x[0]), "np.sum: the argument initial="),
    "initial= of a sum": (lambda x: np.sum(x, initial=1.0), "np.sum: the argument initial=1.0 cannot be traced."),
    "initial= of max, traced": (lambda x: np.max(x, initial=x[0]), "np.max: the argument initial is a traced value of shape ()"),
    "dtype= of a sum": (lambda x: np.sum(x, dtype=int), "np.sum: the argument dtype=<class 'int'> cannot be traced: a "
                        "derivative needs floats. Give a dtype of floats, or leave it out."),
    "dtype= of a mean": (lambda x: x.mean(dtype=complex), "np.mean: the argument dtype=<class 'complex'> cannot be traced"),
    "mean= of a variance": (lambda x: x.var(mean=1.0), "np.var: the argument mean=1.0 cannot be traced."),
    "dtype= of cumsum": (lambda x: np.cumsum(x, dtype="i8"), "np.cumsum: the argument dtype='i8' cannot be traced"),
    "order= of reshape": (lambda x: np.reshape(x, 2, order="A"), "np.reshape: order='A' reads the entries as they lie in "
                         "memory, so the result would not depend on their values alone. Use order='C' or order='F'."),
    "order= of ravel": (lambda x: x.ravel("K"), "np.ravel: order='K' reads the entries as they lie"),
    "method= of quantile": (lambda x: np.quantile(x, 0.5, method="lower"), "np.quantile: method='lower' cannot be traced; only "
                           "method='linear' without weights has a rule. For an entry as it stands, write np.sort(x)[k]."),
    "weights= of percentile": (lambda x: np.percentile(x, 50, weights=X), "np.percentile: weights= cannot be traced"),
    "a traced quantile": (lambda x: np.quantile(X, x[0]), "np.quantile: the argument q is a traced value of shape ()"),
    "dtype= of concatenate": (lambda x: np.concatenate([x, x], dtype=np.float32), "np.concatenate: the argument dtype="),
    "casting= of stack": (lambda x: np.stack([x, x], casting="no"), "np.stack: the argument casting='no' cannot"),
    "subok= of broadcast_to": (lambda x: np.broadcast_to(x, (3, 2), subok=True), "np.broadcast_to: the argument subok=True"),
    "dtype= of einsum": (lambda x: np.einsum("i->", x, dtype=np.float32), "np.einsum: the argument dtype="),
    "order= of einsum": (lambda x: np.einsum("i->", x, order="F"), "np.einsum: the argument order='F' cannot be traced. "
                         "Leave it out; traced calls take (subscripts, *operands, optimize)."),
    "where with one argument": (lambda x: np.where(x), "np.where, traced, takes (condition, x, y); got 1 positional "
                                "arguments, and no x."),
    "an axis": (lambda x: np.sum(np.ones((2, 2)), axis=x[0]), WHOLE),
    "a traced parameter": (lambda x: np.sum(x, axis=x[0]), "np.sum: the argument axis is a traced value of shape (); it must "
                           "be fixed, since nothing is differentiated in it."),
    "a traced index of take": (lambda x: np.take_along_axis(x, x, 0), "np.take_along_axis: the argument indices is a traced "
                               "value of shape (2,); it must be fixed"),
    "len of a number": (lambda x: len(x[0]), "len() of a traced number; it has shape () and no axis."),
    "iterating over a number": (lambda x: list(x[0]), "len() of a traced number"),
}  # fmt: skip


@pytest.mark.parametrize(
    "what",
    [pytest.param(c, id=k) for k, c in {**IN, **{f"out: {k}": c for k, c in OUT.items()}}.items()],
)
def test_a_transform_refuses(what):
    run, message = what
    with pytest.raises(bl.TraceError, match=re.escape(message)):
        run()


@pytest.mark.parametrize("what", [pytest.param(c, id=k) for k, c in INSIDE.items()])
def test_inside_a_traced_function_is_refused(what):
    body, message = what
    with pytest.raises(TypeError, match=re.escape(message)) as caught:
        traced(body)
    assert isinstance(caught.value, bl.TraceError) or message.startswith("len()")
    with pytest.raises(TypeError, match=re.escape(message)):
        bl.jvp(body, (X,), (X,))


def test_writing_a_traced_value_into_an_array_says_what_to_write():
    """NumPy raises first, for want of a number: it is the cause, and the message is ours."""
    with pytest.raises(
        bl.TraceError, match=r"To fill an array, use np.stack\(\[x, y\]\)."
    ) as caught:
        traced(lambda x: filled(np.zeros(2), x))
    assert "setting an array element with a sequence" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "name, hint", [("kron", " Use np.kron(x), if it has a rule."), ("byteswap", "")]
)
def test_an_unknown_attribute_is_an_attribute_error(name, hint):
    with pytest.raises(AttributeError) as caught:
        traced(lambda x: getattr(x, name))
    assert str(caught.value) == f"A traced value has no attribute or method {name!r}.{hint}"
    assert not hasattr(traced(lambda x: x)[1], name)


@pytest.mark.parametrize("other", ["text", None, {1: 2}])
@pytest.mark.parametrize("op", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_an_operand_that_is_no_number_is_a_type_error(op, other):
    with pytest.raises(TypeError, match=r"unsupported operand|traced value|multiply sequence"):
        traced(lambda x: op(x, other))


def test_an_ambiguous_truth_value_is_numpys_error():
    with pytest.raises(ValueError, match="truth value of an array"):
        traced(lambda x: x if x > 0 else -x)


def test_functions_of_this_package_take_only_what_they_name():
    with pytest.raises(bl.TraceError, match=r"bl.relu, traced, takes \(x\); got 2 positional"):
        traced(lambda x: bl.relu(x, 1))
    with pytest.raises(bl.TraceError, match=r"bl.scatter_add: the argument mode='add' cannot"):
        traced(lambda x: scatter_add(x, [0, 1], shape=(3,), mode="add"))
    assert traced(lambda x: getitem(x, 0))[0] == 1.0


@pytest.mark.parametrize(
    "func, name",
    [
        (np.exp, "np.exp"), (np.sum, "np.sum"), (np.linalg.norm, "np.linalg.norm"),
        (np.fft.fft, "np.fft.fft"), (operator.add, "operator.add"), (bl.relu, "bl.relu"),
        (math.exp, "exp"), (np.matmul, "np.matmul"), (np.where, "np.where"), (np.dot, "np.dot"),
    ],
)  # fmt: skip
def test_functions_are_named_as_a_reader_types_them(func, name):
    assert name_of(func) == name


def test_near_names_are_at_most_three_and_none_where_nothing_is_near():
    assert near_names(np.busday_count, RULES) == ""
    assert near_names(np.put_along_axis, RULES).startswith(" Near names: np.take_along_axis")
    assert near_names(np.sinc, RULES).count(",") <= 2


def test_near_names_do_not_count_what_stands_before_the_dot():
    """np.cov is not near np.cos: two letters of three, and `np.` in both says nothing."""
    assert (
        near_names(np.cov, RULES) == near_names(np.save, RULES) == near_names(np.roots, RULES) == ""
    )
    assert near_names(np.nanmedian, RULES) == " Near names: np.nanmean, np.nanmin, np.median."
    assert (
        near_names(np.fft.fftfreq, [np.fft.rfftfreq, np.linalg.norm])
        == " Near names: np.fft.rfftfreq."
    )


A = np.array([[1.0, 3.0, 2.0, 0.5], [2.0, -1.0, 0.0, 1.0]])
HINTS = {  # a function without a rule, what its message says to write, and that on the same numbers
    np.cov: (A, "z = x - np.mean(x, axis=1, keepdims=True), then z @ z.T / (x.shape[1] - 1)"),
    np.corrcoef: (A, "z = (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True), then z @ z.T / x.shape[1]"),
    np.nanmedian: (np.array([3.0, np.nan, 1.0]), "np.median(x[~np.isnan(x)])"),
    np.polyder: (A[0], "p[:-1] * np.arange(len(p) - 1, 0, -1)"),
    np.lib.stride_tricks.sliding_window_view: (A[0], "x[places] with places = np.arange(len(x) - width + 1)[:, None] + np.arange(width)"),
}  # fmt: skip
ARGUMENTS = {np.lib.stride_tricks.sliding_window_view: (2,)}


@pytest.mark.parametrize("func", HINTS, ids=name_of)
def test_what_to_write_instead_gives_the_same_numbers_and_is_traced(func):
    x, hint = HINTS[func]
    args = ARGUMENTS.get(func, ())
    with pytest.raises(bl.TraceError, match=re.escape(f"{name_of(func)} has no rule")) as caught:
        bl.vjp(lambda x: func(x, *args), x)
    assert f"Write {hint}. The rules are listed" in str(caught.value)
    body, _, where = hint.partition(" with ")
    lines = [*([where] if where else []), *body.split(", then ")]

    def written(x):
        names = {"np": np, "x": x, "p": x, "width": 2}
        for line in lines[:-1]:
            exec(line, names)
        return eval(lines[-1], names)

    value, pullback = bl.vjp(written, x)
    np.testing.assert_allclose(value, func(x, *args), rtol=1e-14)
    assert pullback(np.ones_like(value))[0].shape == x.shape


def test_more_of_what_to_write_instead():
    t, y, p, q = np.arange(5.0), np.array([1.0, 0.0, 2.0, 5.0, 3.0]), A[0], A[1]
    np.testing.assert_allclose(np.linalg.pinv(np.vander(t, 3)) @ y, np.polyfit(t, y, 2), atol=1e-12)
    np.testing.assert_allclose(np.convolve(p, q), np.polymul(p, q), rtol=1e-14)
    for call, hint in (
        (lambda x: np.polyfit(t, x, 2), "Write np.linalg.pinv(np.vander(x, degree + 1)) @ y."),
        (lambda x: np.polymul(x, p), "Write np.convolve(p, q)."),
        (
            lambda x: np.histogram(x),
            "Write a smooth count, np.sum(-np.diff(bl.sigmoid((x[:, None] - edges) / width)",
        ),
        (lambda x: np.unique(x), "Write np.sort(x), or x[places] with places chosen from plain"),
    ):
        with pytest.raises(bl.TraceError, match=re.escape(hint)):
            bl.vjp(call, y)


def test_the_smooth_counts_come_close_to_the_counts():
    """What the messages say to write instead of histogram, bincount and histogram2d."""
    x, u = np.array([0.4, 1.2, 1.7, 2.5]), np.array([0.3, 0.6, 1.4, 1.6])
    edges, width = np.array([0.0, 1.0, 2.0, 3.0]), 1e-3
    inside_x, inside_y = (
        -np.diff(bl.sigmoid((v[:, None] - edges) / width), axis=1) for v in (x, u)
    )
    assert np.allclose(np.sum(inside_x, axis=0), np.histogram(x, edges)[0])
    assert np.allclose(inside_x.T @ inside_y, np.histogram2d(x, u, [edges, edges])[0])


def test_a_trace_error_is_a_type_error_and_a_failed_proof_an_assertion():
    assert issubclass(bl.TraceError, TypeError) and issubclass(bl.ProofError, AssertionError)
