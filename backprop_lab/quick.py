"""The short way: the commonest operations of one tape, recorded without a detour.

`Tape.record` serves every rule. An operation on a small array costs less than the questions that
it asks, so the commonest cases have ways of their own: elementwise functions of one or two
operands, products of two matrices, and functions of one array, such as sums, where every operand
is a float or a real array. They make the same entries and edges, three times faster. What is not
such a case takes the long way, which is the one to read; a test compares the two for every rule
that has both.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from numpy import float32, float64, ndarray

from backprop_lab.guard import CHANGEABLE, snapshot
from backprop_lab.rules import (
    RULES,
    Link,
    Rule,
    getitem,
    log_softmax,
    logsumexp,
    softmax,
)
from backprop_lab.rules.diagonals import nothing
from backprop_lab.rules.kinds import Shaped
from backprop_lab.rules.products import matrix_left, matrix_right, outer_left, vector_right
from backprop_lab.rules.reductions import plain_mean, plain_sum
from backprop_lab.tape import Var
from backprop_lab.traced import Traced, apply

_NUMBERS = frozenset({float, float64, float32})  # the real numbers that NumPy gives
# Plain functions to call for those that ask every operand first whether it is traced.
_PLAIN_CALLS = {
    np.sum: plain_sum,
    np.mean: plain_mean,
    np.swapaxes: lambda a, axis1, axis2: a.swapaxes(axis1, axis2),
    getitem: getitem.__wrapped__,
}
_new = object.__new__  # a `Var` made by it takes half the time of a call of the class


def _link(rule: Rule, diagonal) -> Link:
    """The link of an operand of the value's own shape: a product place by place with a slope."""
    return Link(rule, diagonal.pull, sure=True, fresh=diagonal.keep is not nothing)


def unary(rule: Rule) -> Callable:
    """Build the short way of an elementwise function of one operand."""
    call = getattr(rule.call, "__wrapped__", rule.call)  # the value is plain: nothing to dispatch
    func, own = rule.func, rule.reverse
    keep = rule.diagonals[0].keep
    link = _link(rule, rule.diagonals[0])

    def quick(x):
        if type(x) is not Var or rule.reverse is not own:
            return apply(func, (x,), {})
        value, tape, i = x.value, x.tracer, x.index
        y = call(value)
        shapes, edges = tape.shapes, tape.edges
        child = len(shapes)
        edges += (child, i, link, keep((value, y)))
        shapes.append(shapes[i])  # the value has the shape of the operand
        var = _new(Var)
        var.value, var.tracer, var.index = y, tape, child
        return var

    return quick


def binary(rule: Rule, long: Callable) -> Callable:
    """Build the short way of a function of two operands; `long` is the other way."""
    call, own = rule.call, rule.reverse
    left, right = rule.diagonals
    keep_left = None if left.keep is nothing else left.keep  # a call less where nothing is kept
    keep_right = None if right.keep is nothing else right.keep
    link_left, link_right = _link(rule, left), _link(rule, right)
    undo_left, undo_right = Link(rule, left.undo), Link(rule, right.undo)

    def quick(a, b):
        if type(a) is Var:
            tape, x, i = a.tracer, a.value, a.index
            if type(b) is Var and b.tracer is tape:
                z, j = b.value, b.index
            elif type(b) is float or b is tape.seen or tape.takes(b):
                z, j = b, None
            else:
                return long(a, b)
        elif type(b) is Var and (type(a) is float or a is b.tracer.seen or b.tracer.takes(a)):
            tape, x, i, z, j = b.tracer, a, None, b.value, b.index
        else:
            return long(a, b)
        y = call(x, z)
        if type(y) is complex or rule.reverse is not own:  # a power of two Python numbers
            return long(a, b)
        shape = y.shape if type(y) is ndarray else ()
        shapes, edges = tape.shapes, tape.edges
        child = len(shapes)
        if i is not None:
            if shapes[i] == shape:
                shape = shapes[i]  # one tuple for all
                edges += (child, i, link_left, keep_left and keep_left((x, z, y)))
            else:
                kept = keep_left and keep_left((x, z, y)), shapes[i], len(shape)
                edges += (child, i, undo_left, kept)
        if j is not None:
            if shapes[j] == shape:
                shape = shapes[j]
                edges += (child, j, link_right, keep_right and keep_right((x, z, y)))
            else:
                kept = keep_right and keep_right((x, z, y)), shapes[j], len(shape)
                edges += (child, j, undo_right, kept)
        shapes.append(shape)
        var = _new(Var)
        var.value, var.tracer, var.index = y, tape, child
        return var

    return quick


def product(rule: Rule, long: Callable) -> Callable:
    """Build the short way of a matrix times a matrix, equal stacks of both, or a vector."""
    call, own = rule.call, rule.reverse
    matrices = [Link(rule, pull, True, True) for pull in (matrix_left, matrix_right)]
    vectors = [Link(rule, pull, True, True) for pull in (outer_left, vector_right)]

    def quick(a, b):
        tape = a.tracer if type(a) is Var else b.tracer if type(b) is Var else None
        if tape is None or rule.reverse is not own:
            return long(a, b)
        x, i = _taken(tape, a)
        z, j = _taken(tape, b)
        if x is None or z is None:
            return long(a, b)
        if x.ndim == z.ndim > 1 and x.shape[:-2] == z.shape[:-2]:
            left, right = matrices
        elif x.ndim == 2 and z.ndim == 1:
            left, right = vectors
        else:
            return long(a, b)
        y = call(x, z)
        child = len(tape.shapes)
        if i is not None:
            tape.edges += (child, i, left, z)
        if j is not None:
            tape.edges += (child, j, right, x)
        tape.shapes.append(y.shape)
        return Var(y, tape, child)

    return quick


def _taken(tape, x):
    """The array of an operand of a product, and its entry if it has one; None for what is else."""
    if type(x) is Var and x.tracer is tape:
        return (x.value, x.index) if type(x.value) is ndarray else (None, None)
    constant = type(x) is ndarray and (x is tape.seen or tape.takes(x))
    return (x if constant else None), None


def of_one(rule: Rule) -> Callable:
    """Build the short way of a function of one array that takes static parameters."""
    func, bind, own, linear = rule.func, rule.bind, rule.reverse, rule.kind == "linear"
    call, link = _PLAIN_CALLS.get(func, rule.call), rule.link
    if linear:
        adjoint = rule.adjoints[0]
        link = Link(rule, lambda y_bar, kept: adjoint(y_bar, kept[0], **kept[1]))

    def quick(*args, **kwargs):
        operands, params = bind(args, kwargs)
        x = operands[0]
        if type(x) is not Var or type(x.value) is not ndarray or rule.reverse is not own:
            return apply(func, args, kwargs)
        value, tape, changeable = x.value, x.tracer, False
        for given in params.values():
            if isinstance(given, Traced):
                return apply(func, args, kwargs)
            changeable = changeable or type(given) in CHANGEABLE
        if changeable:
            params = snapshot(params, tape.hold)
        if linear:
            y, kept = call(value, **params), (Shaped(value), params)
        else:
            y, (kept,) = own((value,), params, (0,))
        if type(y) not in _NUMBERS and (type(y) is not ndarray or y.dtype.kind != "f"):
            return apply(func, args, kwargs)
        child = len(tape.shapes)
        tape.edges += (child, x.index, link, kept)
        tape.shapes.append(y.shape)
        return Var(y, tape, child)

    return quick


def _as_ufunc(ufunc):
    """The long way of a ufunc of two operands."""

    def long(a, b):
        traced = a if isinstance(a, Traced) else b
        return Traced.__array_ufunc__(traced, ufunc, "__call__", a, b)

    return long


def _array_ufunc(self, ufunc, method, x, *more, **kwargs):
    rule = RULES.get(ufunc)
    if rule is None or rule.quick is None or kwargs or method != "__call__":
        return Traced.__array_ufunc__(self, ufunc, method, x, *more, **kwargs)
    return rule.quick(x, *more) if more else rule.quick(x)


def _array_function(self, func, types, args, kwargs):
    rule = RULES.get(func)
    if rule is None or rule.quick is None or (rule.diagonals and (kwargs or len(args) != 1)):
        return apply(func, args, kwargs)
    return rule.quick(*args, **kwargs)


def install() -> None:
    """Give the short way to the rules that have one, and to the operators of `Var`."""
    for rule in RULES.values():
        if len(rule.diagonals) == 1:
            rule.quick = unary(rule)
        elif len(rule.diagonals) == 2:
            rule.quick = binary(rule, _as_ufunc(rule.func))
        elif len(rule.adjoints) == 1:
            rule.quick = of_one(rule)
    for func in (np.max, np.amax, np.min, np.amin, softmax, log_softmax, logsumexp):
        RULES[func].quick = of_one(RULES[func])
    RULES[np.matmul].quick = product(RULES[np.matmul], _as_ufunc(np.matmul))
    Var.__array_ufunc__ = _array_ufunc
    Var.__array_function__ = _array_function
    Var.__getitem__ = _getitem
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
        rule = RULES[getattr(operator, name)]
        build = product if name == "matmul" else binary
        forth, back = f"__{name}__", f"__r{name}__"
        quick = build(rule, getattr(Traced, forth))
        setattr(Var, forth, quick if name != "pow" else _without_modulus(quick))
        swapped = build(rule, _swapped(getattr(Traced, back)))
        setattr(Var, back, lambda self, other, quick=swapped: quick(other, self))
    for name in ("neg", "pos", "abs"):
        setattr(Var, f"__{name}__", RULES[getattr(operator, name)].quick)


def _getitem(self, index):
    if type(index) not in (int, slice):
        return Traced.__getitem__(self, index)
    return RULES[getitem].quick(self, index)


def _without_modulus(power):
    def method(self, other, modulus=None):
        return power(self, other) if modulus is None else NotImplemented

    return method


def _swapped(method):
    return lambda other, self: method(self, other)


install()
