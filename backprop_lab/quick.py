"""The short way: operators and elementwise functions of one tape, recorded without a detour.

`Tape.record` serves every rule. An operation on a small array costs less than the questions that
it asks, so the commonest case has a way of its own: an elementwise function of one or two operands
that are floats or real arrays, on one tape. It makes the same entries and the same edges, three
times faster. What is not that case takes the long way, which is the one to read; a test compares
the two for every elementwise rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from numpy import dtype, ndarray

from backprop_lab.rules import RULES, Link, Rule
from backprop_lab.tape import Var
from backprop_lab.traced import Traced, apply

_PLAIN = frozenset({ndarray, float, int})
_FLOAT64 = dtype(float)


def unary(rule: Rule) -> Callable:
    """Build the short way of an elementwise function of one operand."""
    func, call, own = rule.func, rule.call, rule.reverse
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


def binary(rule: Rule, long: Callable) -> Callable:
    """Build the short way of an elementwise function of two operands; `long` is the other way."""
    call, own = rule.call, rule.reverse
    left, right = rule.diagonals
    links = Link(rule, left.pull), Link(rule, right.pull)
    undoing = Link(rule, left.undo), Link(rule, right.undo)
    keep_left, keep_right = left.keep, right.keep
    link_left, link_right = links

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
        if type(x) not in _PLAIN or type(z) not in _PLAIN or rule.reverse is not own:
            return long(a, b)
        y = call(x, z)
        if type(y) is ndarray:
            if y.dtype is not _FLOAT64 and y.dtype.kind != "f":
                return long(a, b)  # complex, or an array of objects
            shape = y.shape
        elif type(y) is float:
            shape = ()
        else:
            return long(a, b)
        shapes = tape.shapes
        child = len(shapes)
        if i is None:
            if type(x) is ndarray and id(x) not in tape.held:
                tape.hold(x)
        elif shapes[i] == shape:
            tape.edges.extend((child, i, link_left, keep_left((x, z, y))))
        else:
            kept = keep_left((x, z, y)), shapes[i], len(shape)
            tape.edges.extend((child, i, undoing[0], kept))
        if j is None:
            if type(z) is ndarray and id(z) not in tape.held:
                tape.hold(z)
        elif shapes[j] == shape:
            tape.edges.extend((child, j, link_right, keep_right((x, z, y))))
        else:
            kept = keep_right((x, z, y)), shapes[j], len(shape)
            tape.edges.extend((child, j, undoing[1], kept))
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


def install() -> None:
    """Give the short way to every elementwise rule, and to the operators of `Var`."""
    for rule in RULES.values():
        if len(rule.diagonals) == 1:
            rule.quick = unary(rule)
        elif len(rule.diagonals) == 2:
            rule.quick = binary(rule, _as_ufunc(rule.func))
    Var.__array_ufunc__ = _array_ufunc
    for name in ("add", "sub", "mul", "truediv", "pow"):
        rule = RULES[getattr(operator, name)]
        forth, back = f"__{name}__", f"__r{name}__"
        quick = binary(rule, getattr(Traced, forth))
        setattr(Var, forth, quick if name != "pow" else _without_modulus(quick))
        swapped = binary(rule, _swapped(getattr(Traced, back)))
        setattr(Var, back, lambda self, other, quick=swapped: quick(other, self))
    for name in ("neg", "pos", "abs"):
        setattr(Var, f"__{name}__", RULES[getattr(operator, name)].quick)


def _without_modulus(power):
    def method(self, other, modulus=None):
        return power(self, other) if modulus is None else NotImplemented

    return method


def _swapped(method):
    return lambda other, self: method(self, other)


install()
