"""The short way: the commonest operations of one tape, recorded without a detour.

`Tape.record` serves every rule. An operation on a small array costs less than the questions that
it asks, so the commonest cases have ways of their own: elementwise functions of one or two
operands, products of two matrices, and linear maps of one array, such as sums, where every operand
is a float or a real array. They make the same entries and edges, three times faster. What is not
such a case takes the long way, which is the one to read; a test compares the two for every rule
that has both.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from numpy import dtype, float32, float64, ndarray

from backprop_lab.rules import RULES, Link, Rule, getitem
from backprop_lab.rules.diagonals import Diagonal, nothing
from backprop_lab.rules.kinds import Shaped
from backprop_lab.tape import Var
from backprop_lab.traced import Traced, apply

_NUMBERS = frozenset({float, float64, float32})  # the real numbers that NumPy gives
_PLAIN = frozenset({ndarray, int, *_NUMBERS})
_FLOAT64 = dtype(float)


def unary(rule: Rule) -> Callable:
    """Build the short way of an elementwise function of one operand."""
    call = getattr(rule.call, "__wrapped__", rule.call)  # the value is plain: nothing to dispatch
    func, own = rule.func, rule.reverse
    keep, link = rule.diagonals[0].keep, Link(rule, rule.diagonals[0].pull)

    def quick(x):
        if type(x) is not Var or type(x.value) not in _PLAIN or rule.reverse is not own:
            return apply(func, (x,), {})
        value, tape = x.value, x.tracer
        y = call(value)
        shapes = tape.shapes
        child = len(shapes)
        tape.edges.extend((child, x.index, link, keep((value, y))))
        shapes.append(shapes[x.index])  # the value has the shape of the operand
        return Var(y, tape, child)

    return quick


def binary(rule: Rule, long: Callable, diagonals=None) -> Callable:
    """Build the short way of a function of two operands; `long` is the other way."""
    call, own = rule.call, rule.reverse
    left, right = diagonals or rule.diagonals
    keep_left = None if left.keep is nothing else left.keep  # a call less where nothing is kept
    keep_right = None if right.keep is nothing else right.keep
    link_left, link_right = Link(rule, left.pull), Link(rule, right.pull)
    undo_left, undo_right = Link(rule, left.undo), Link(rule, right.undo)

    def quick(a, b):
        if type(a) is Var:
            tape, x, i = a.tracer, a.value, a.index
            if type(b) is not Var:
                z, j = b, None
            elif b.tracer is tape:
                z, j = b.value, b.index
            else:
                return long(a, b)
        elif type(b) is Var:
            tape, x, i, z, j = b.tracer, a, None, b.value, b.index
        else:
            return long(a, b)
        if type(x) is not ndarray and type(x) not in _PLAIN:
            return long(a, b)
        if (type(z) is not ndarray and type(z) not in _PLAIN) or rule.reverse is not own:
            return long(a, b)
        y = call(x, z)
        if type(y) is ndarray:
            if y.dtype is not _FLOAT64 and y.dtype.kind != "f":
                return long(a, b)  # complex, or an array of objects
            shape = y.shape
        elif type(y) in _NUMBERS:
            shape = ()
        else:
            return long(a, b)
        shapes, values = tape.shapes, (x, z, y)
        child = len(shapes)
        if i is None:
            if type(x) is ndarray and id(x) not in tape.held:
                tape.hold(x)
        elif shapes[i] == shape:
            shape = shapes[i]  # one tuple for all
            tape.edges.extend((child, i, link_left, keep_left and keep_left(values)))
        else:
            kept = keep_left and keep_left(values), shapes[i], len(shape)
            tape.edges.extend((child, i, undo_left, kept))
        if j is None:
            if type(z) is ndarray and id(z) not in tape.held:
                tape.hold(z)
        elif shapes[j] == shape:
            tape.edges.extend((child, j, link_right, keep_right and keep_right(values)))
        else:
            kept = keep_right and keep_right(values), shapes[j], len(shape)
            tape.edges.extend((child, j, undo_right, kept))
        shapes.append(shape)
        return Var(y, tape, child)

    return quick


def _product(rule: Rule, long: Callable) -> Callable:
    """Build the short way of a product, which is linear in each of its two operands."""

    def ways(adjoint, keep):
        def pull(y_bar, kept):
            return adjoint(y_bar, *kept)

        def undo(y_bar, kept):
            return adjoint(y_bar, *kept[0])

        return Diagonal(keep, pull, undo, never=False)

    left, right = rule.adjoints
    return binary(
        rule,
        long,
        (
            ways(left, lambda values: (Shaped(values[0]), values[1])),
            ways(right, lambda values: (values[0], Shaped(values[1]))),
        ),
    )


def linear(rule: Rule) -> Callable:
    """Build the short way of a linear map of one array."""
    func, bind, call, own, adjoint = (
        rule.func, rule.bind, rule.call, rule.reverse, rule.adjoints[0],
    )  # fmt: skip
    call = getattr(call, "__wrapped__", call) if func is getitem else call

    def pull(y_bar, kept):
        return adjoint(y_bar, kept[0], **kept[1])

    link = Link(rule, pull)

    def quick(*args, **kwargs):
        operands, params = bind(args, kwargs)
        x = operands[0]
        if type(x) is not Var or type(x.value) is not ndarray or rule.reverse is not own:
            return apply(func, args, kwargs)
        for given in params.values():
            if isinstance(given, Traced):
                return apply(func, args, kwargs)
        value, tape = x.value, x.tracer
        y = call(value, **params)
        if type(y) is ndarray and y.dtype.kind == "f":
            shape = y.shape
        elif type(y) in _NUMBERS:
            shape = ()
        else:
            return apply(func, args, kwargs)
        shapes = tape.shapes
        child = len(shapes)
        tape.edges.extend((child, x.index, link, (Shaped(value), params)))
        shapes.append(shape)
        return Var(y, tape, child)

    return quick


def _as_ufunc(ufunc):
    """The long way of a ufunc of two operands."""

    def long(a, b):
        traced = a if isinstance(a, Traced) else b
        return Traced.__array_ufunc__(traced, ufunc, "__call__", a, b)

    return long


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    rule = RULES.get(ufunc)
    if rule is None or rule.quick is None or kwargs or method != "__call__":
        return Traced.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)
    return rule.quick(*inputs)


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
            rule.quick = linear(rule)
    RULES[np.matmul].quick = _product(RULES[np.matmul], _as_ufunc(np.matmul))
    Var.__array_ufunc__ = _array_ufunc
    Var.__array_function__ = _array_function
    Var.__getitem__ = _getitem
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
        rule = RULES[getattr(operator, name)]
        build = _product if name == "matmul" else binary
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
