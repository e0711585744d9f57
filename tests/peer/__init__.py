"""HIPS autograd as a peer: the same calls of NumPy's functions, made under its tape instead of ours.

A case of `rule_cases` holds a call. `peer_of` builds the same call with `np` replaced by
`autograd.numpy`, wherever the call, or a function of the tests that it calls, names it.
"""

from __future__ import annotations

import functools
import types
import warnings

import autograd
import autograd.numpy as anp
import numpy as np

from backprop_lab.errors import name_of
from scribe import code_of


class NoPeerError(LookupError):
    """The function is this package's own: the peer has none of its name."""


def _cholesky(a, upper=False):
    if upper:
        raise NotImplementedError("cholesky with upper=True")
    return anp.linalg.cholesky(a)


SIGN_AND_LOGDET = type(np.linalg.slogdet(np.eye(1)))  # a named tuple of NumPy's

# Functions whose rule the peer has, under another spelling of arguments or results than NumPy's.
SPELLED = {
    np.broadcast_to: lambda array, shape: anp.broadcast_to(array, shape),
    np.linalg.cholesky: _cholesky,
    np.linalg.slogdet: lambda a: SIGN_AND_LOGDET(*anp.linalg.slogdet(a)),
    np.split: lambda ary, indices_or_sections, axis=0: anp.split(ary, indices_or_sections, axis),
    np.array_split: lambda ary, indices_or_sections, axis=0: anp.array_split(
        ary, indices_or_sections, axis
    ),
    np.vsplit: lambda ary, indices_or_sections: anp.vsplit(ary, indices_or_sections),
    np.hsplit: lambda ary, indices_or_sections: anp.hsplit(ary, indices_or_sections),
    np.dsplit: lambda ary, indices_or_sections: anp.dsplit(ary, indices_or_sections),
}


def peer_of(func, seen=None):
    """The same function, with autograd's NumPy in place of NumPy. Raises `NoPeerError`."""
    seen = {} if seen is None else seen  # functions built already: one may name itself
    if isinstance(func, functools.partial):
        return functools.partial(peer_of(func.func, seen), *func.args, **func.keywords)
    if (getattr(func, "__module__", None) or "").startswith("backprop_lab"):
        raise NoPeerError(name_of(func))
    if name_of(func).startswith("np."):
        return SPELLED.get(func) or _of_numpy(func)
    if isinstance(func, types.FunctionType):
        return seen[func] if func in seen else _rebuilt(func, seen)
    return func  # an operator, which autograd's boxes overload as ours do


def _of_numpy(func):
    """Look a NumPy function up by its name: `np.linalg.norm` in `autograd.numpy.linalg`."""
    return functools.reduce(getattr, name_of(func).split(".")[1:], anp)


class _Namespace:
    """Autograd's `numpy`, `numpy.linalg` or `numpy.fft`, with what is spelled otherwise there."""

    def __init__(self, plain, theirs):
        self.plain, self.theirs = plain, theirs

    def __getattr__(self, name):
        plain = getattr(self.plain, name)
        if plain in (np.linalg, np.fft):
            return _Namespace(plain, getattr(self.theirs, name))
        known = callable(plain) and not isinstance(plain, type) and plain in SPELLED
        return SPELLED[plain] if known else getattr(self.theirs, name)


NUMPY = _Namespace(np, anp)


def _rebuilt(func, seen):
    """Build a function of the tests again, with what it names and encloses swapped."""
    world = dict(func.__globals__)
    cells = tuple(types.CellType() for _ in func.__closure__ or ())
    seen[func] = there = types.FunctionType(func.__code__, world, func.__name__, None, cells)
    for cell, old in zip(cells, func.__closure__ or (), strict=True):
        cell.cell_contents = _swapped(old.cell_contents, seen)
    for name in _names(func.__code__) & set(world):
        world[name] = _swapped(world[name], seen)
    there.__defaults__ = func.__defaults__ and tuple(_swapped(x, seen) for x in func.__defaults__)
    there.__kwdefaults__ = func.__kwdefaults__
    return there


def _names(code):
    """Every global name that a code object uses, with those of the functions inside it."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _swapped(value, seen):
    if value is np:
        return NUMPY
    if isinstance(value, types.ModuleType) and value.__name__.startswith("backprop_lab"):
        raise NoPeerError(value.__name__)
    return peer_of(value, seen) if callable(value) and not isinstance(value, type) else value


def vjp(f, operands):
    """Value and pullback of `f` under autograd: a tuple of cotangents, one an operand."""
    with warnings.catch_warnings():  # a derivative that is zero everywhere is no mistake
        warnings.filterwarnings("ignore", "Output seems independent of input")
        pullback, y = autograd.make_vjp(lambda xs: f(*xs))(tuple(operands))
    return y, pullback


@functools.cache
def call_of(case):
    """The call of a case, made of the peer's functions. Raises `NoPeerError`."""
    return peer_of(case.call)


@functools.cache
def has_peer(case):
    """Whether the peer has the functions of a case: `relu` and its like are this package's own."""
    try:
        return bool(call_of(case))
    except NoPeerError:
        return False


@functools.cache
def label(case):
    """The call of a case as code, with the shapes: `np.transpose(a, axes=(1, 0)), a (2, 3)`."""
    operands, names = case.draw(), "abcdefghij"
    lines, y = code_of(case.call, names[: len(operands)], operands)
    calls = "; ".join(line.partition(" = ")[2] for line in lines) or y
    shapes = ["float" if isinstance(x, float) else str(np.shape(x)) for x in operands]
    return f"{calls}, {', '.join(f'{n} {s}' for n, s in zip(names, shapes, strict=False))}"
