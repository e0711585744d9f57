"""Parameters in nested dicts, lists, tuples, named tuples and dataclasses: trees of arrays.

A tree is a container of trees; everything that is not one of these containers is a leaf, and None
is a tree without leaves. A gradient has the tree of its variable: the same containers, the same
keys in the same order, with a cotangent where the variable has an array.

A dataclass is built again by calling it, so its `__post_init__` runs as for any other. A field
that is no parameter (a name, a count, a function) says so with `field(metadata={"static": True})`,
as in JAX, and keeps its value. What `__post_init__` derives (`field(init=False)`) is no leaf
either: it is derived again. So a number or an array that was put there later is refused.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.traced import primal


class Structure:
    """The containers of a tree without its leaves: what is needed to build it again."""

    __slots__ = ("keys", "make", "parts", "step")

    def __init__(self, keys: tuple, parts: tuple, make: Callable | None, step: Callable):
        self.keys = keys
        self.parts = parts  # the structures below, one a key
        self.make = make  # from the parts, built again, to the container; None for a leaf
        self.step = step  # from a key to the way a program writes it: ['w'], [0], .w

    def rebuild(self, leaves: Iterable):
        """Put `leaves`, one for each leaf and in their order, into these containers.

        >>> flatten({"w": 1.0, "b": [2.0, 3.0]})[1].rebuild("xyz")
        {'w': 'x', 'b': ['y', 'z']}
        """
        return self.fill(iter(leaves))

    def fill(self, leaves: Iterator):
        """Take from `leaves` as many as there are places, and leave the rest."""
        if self.make is None:
            return next(leaves)
        return self.make([part.fill(leaves) for part in self.parts])

    def paths(self) -> list[str]:
        """Say where each leaf stands, as a program would write it.

        >>> flatten({"layers": [(1.0, 2.0)], "scale": 3.0})[1].paths()
        ["['layers'][0][0]", "['layers'][0][1]", "['scale']"]
        """
        if self.make is None:
            return [""]
        steps = [(self.step(key), part) for key, part in zip(self.keys, self.parts, strict=True)]
        return [step + path for step, part in steps for path in part.paths()]

    def leaves_of(self, other, what: str, variable: str) -> list:
        """Take `other`, a tree of this structure, apart: one item for each leaf.

        Dicts agree when their keys do, in any order. Raises `TraceError` naming the first place
        where `other` has other parts; `what` and `variable` say whose trees these are.

        >>> flatten({"w": 1.0, "b": 2.0})[1].leaves_of({"b": 3.0, "w": 4.0}, "it", "the tree")
        [4.0, 3.0]
        """
        found: list = []
        self._take(other, "", found, what, variable)
        return found

    def _take(self, other, path, found, what, variable):
        if self.make is None:
            found.append(other)
            return
        parts = _parts(other)
        keys = None if parts is None else parts[0]
        if keys is None or len(keys) != len(self.keys) or set(keys) != set(self.keys):
            got = f"is a {type(other).__name__}" if keys is None else f"has {_list(keys)}"
            raise TraceError(
                f"{what}{path} {got}; {variable}{path} has {_list(self.keys)}. It must have the "
                "same structure, part by part."
            )
        by_key = dict(zip(keys, parts[1], strict=True))
        for key, part in zip(self.keys, self.parts, strict=True):
            part._take(by_key[key], path + self.step(key), found, what, variable)


def _list(keys):
    return f"the parts {', '.join(map(repr, keys))}" if keys else "no parts"


def _index(key):
    return f"[{key!r}]"


def _attribute(key):
    return f".{key}"


LEAF = Structure((), (), None, _index)
_QUICK = (float, np.ndarray, int)  # types that are leaves, asked first


def _parts(tree) -> tuple | None:
    """Keys, children, maker and way of writing a key; None for a leaf."""
    kind = type(tree)
    if kind in _QUICK:
        return None
    if tree is None:
        return (), (), lambda parts: None, _index
    if isinstance(tree, dict):
        return tuple(tree), tuple(tree.values()), _dict_maker(tree), _index
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return tree._fields, tuple(tree), kind._make, _attribute
    if isinstance(tree, (list, tuple)):
        return tuple(range(len(tree))), tuple(tree), kind, _index
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return _dataclass_parts(tree)
    return None


def _dict_maker(tree):
    keys = tuple(tree)
    if type(tree) is dict:
        return lambda parts: dict(zip(keys, parts, strict=True))
    empty = copy.copy(tree)  # an OrderedDict or a defaultdict stays one, with its factory
    empty.clear()

    def make(parts):
        new = copy.copy(empty)
        for key, part in zip(keys, parts, strict=True):
            new[key] = part
        return new

    return make


def _dataclass_parts(tree):
    kind = type(tree)
    fields = dataclasses.fields(tree)
    still = [f for f in fields if f.metadata.get("static") and hasattr(tree, f.name)]
    static = {f.name: getattr(tree, f.name) for f in still if f.init}
    later = {f.name: getattr(tree, f.name) for f in still if not f.init}
    names = tuple(f.name for f in fields if f.init and f.name not in static)
    parts = tuple(getattr(tree, name) for name in names)

    def make(parts):
        try:
            new = kind(**static, **dict(zip(names, parts, strict=True)))
        except Exception as error:
            error.add_note(
                f"Raised while a {kind.__name__} was built again, around traced values or around "
                "gradients, by calling it with its fields."
            )
            raise
        for name, value in later.items():
            object.__setattr__(new, name, value)  # a frozen dataclass refuses the usual way
        return new

    derived = [f.name for f in fields if not f.init and f.name not in later]
    if derived:
        _refuse_set_later(tree, make(parts), derived)
    return names, parts, make, _attribute


def _refuse_set_later(tree, again, derived):
    """Raise where a derived field has another number than the dataclass built `again` has."""
    for name in derived:
        mine, theirs = (flatten(getattr(x, name, None))[0] for x in (tree, again))
        if len(mine) != len(theirs) or not all(map(_same_numbers, mine, theirs)):
            raise TraceError(
                f"{type(tree).__name__}.{name} is not what a new {type(tree).__name__} with the "
                "same fields has there: it, or a field that it is derived from, was set later, or "
                "it is drawn at random. A transform builds dataclasses again and would lose it. "
                f"Give {name} init=True to differentiate in it, or metadata="
                '{"static": True} to keep it as it is.'
            )


def _same_numbers(a, b):
    """Whether two leaves are equal, as far as they are numbers or arrays of them."""
    a, b = primal(a), primal(b)
    numbers = [isinstance(x, (int, float, complex, np.ndarray, np.generic)) for x in (a, b)]
    if not all(numbers):
        return not any(numbers)
    a, b = np.asarray(a), np.asarray(b)
    return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc" and b.dtype.kind in "fc")


def flatten(tree) -> tuple[list, Structure]:
    """Take a tree apart into the list of its leaves and its structure.

    >>> leaves, structure = flatten({"w": 1.0, "b": (2.0, None)})
    >>> leaves, structure.rebuild([10.0, 20.0])
    ([1.0, 2.0], {'w': 10.0, 'b': (20.0, None)})
    """
    leaves: list = []
    return leaves, _collect(tree, leaves)


def _collect(tree, leaves):
    parts = _parts(tree)
    if parts is None:
        leaves.append(tree)
        return LEAF
    keys, children, make, step = parts
    return Structure(keys, tuple([_collect(child, leaves) for child in children]), make, step)


def tree_map(f: Callable, tree, *rest) -> Any:
    """Apply `f` to each leaf, and to the leaves that stand in its place in the trees of `rest`.

    Raises `TraceError` where a tree of `rest` has another structure.

    >>> params, grads = {"w": 1.0, "b": [2.0]}, {"w": 10.0, "b": [20.0]}
    >>> tree_map(lambda p, g: p - 0.1 * g, params, grads)
    {'w': 0.0, 'b': [0.0]}
    """
    leaves, structure = flatten(tree)
    others = [
        structure.leaves_of(other, f"tree_map: tree {i}", "the first tree")
        for i, other in enumerate(rest, start=2)
    ]
    return structure.rebuild([f(*items) for items in zip(leaves, *others, strict=True)])


def ravel(tree) -> tuple:
    """Lay all leaves end to end in one vector, and give the function that undoes it.

    Both ways may be traced. Of plain arrays the undone leaves have the dtype of the leaves that
    they came from. For code that wants one vector, such as an optimiser of SciPy's.

    >>> vector, unravel = ravel({"w": np.array([[1.0, 2.0]]), "b": 3.0})
    >>> vector
    array([1., 2., 3.])
    >>> unravel(10 * vector)
    {'w': array([[10., 20.]]), 'b': np.float64(30.0)}
    """
    leaves, structure = flatten(tree)
    shapes = [np.shape(x) for x in leaves]
    dtypes = [getattr(x, "dtype", np.dtype(float)) for x in leaves]
    ends = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes]).tolist()
    vector = np.concatenate([np.ravel(x) for x in leaves]) if leaves else np.zeros(0)

    def unravel(vector):
        if np.shape(vector) != (ends[-1],):
            raise TraceError(
                f"unravel takes a vector of shape ({ends[-1]},), as ravel gave; this one has shape "
                f"{np.shape(vector)}."
            )
        parts = []
        for i, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True)):
            part = np.reshape(vector[ends[i] : ends[i + 1]], shape)
            plain = isinstance(part, np.ndarray)
            parts.append(np.array(part, dtype)[()] if plain else part)
        return structure.rebuild(parts)

    return vector, unravel
