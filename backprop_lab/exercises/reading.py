"""Read what a learner gave as numbers: floats, lists, arrays, fractions, SymPy numbers."""

from __future__ import annotations

import numbers
from decimal import Decimal

import numpy as np
import sympy as sp


class WrongType(Exception):
    """An answer of another type than was asked for; the message says what to give."""


def article(value) -> str:
    """Name a type for a sentence.

    >>> article("x"), article([1]), article(None)
    ('a text', 'a list', 'None')
    """
    words = {str: "a text", bool: "a truth value", dict: "a dict", set: "a set", list: "a list"}
    words |= {tuple: "a tuple", np.ndarray: "an array", complex: "a complex number"}
    words |= {float: "a number", int: "a whole number"}
    if value is None:
        return "None"
    if type(value) in words:
        return words[type(value)]
    if callable(value) and not isinstance(value, sp.Basic):
        return "a function"
    return f"a value of type {type(value).__name__}"


def as_array(value, ndim: int) -> np.ndarray:
    """Give numbers as an array of floats; raise `WrongType` for what are none.

    A column or a row of SymPy is taken for a vector where `ndim` is 1: SymPy has no vectors. An
    array of truth values is a table of 0 and 1.
    """
    if isinstance(value, sp.MatrixBase):
        value = np.array(value.tolist(), dtype=object)
        if ndim == 1 and 1 in value.shape:
            value = value.ravel()
    if isinstance(value, str) or (callable(value) and not isinstance(value, sp.Basic)):
        raise WrongType(f"A number or an array is asked for; this is {article(value)}.")
    try:
        array = np.asarray(value)
    except Exception as error:  # rows of different lengths; an object that refuses
        raise WrongType(
            "The rows of this answer do not make an array: compare their lengths."
        ) from error
    if array.dtype == bool and array.ndim == 0:
        raise WrongType("Numbers are asked for; this is a truth value.")
    if array.dtype.kind == "c":
        raise WrongType("Real numbers are asked for; these are complex.")
    if array.dtype.kind not in "biuf":
        array = _from_objects(array, value)
    return array.astype(float)


def _from_objects(array, value) -> np.ndarray:
    out = np.empty(array.shape, dtype=float)
    for place, entry in np.ndenumerate(array):
        if isinstance(entry, sp.Expr):
            entry = _from_sympy(entry)
        if isinstance(entry, bool) or not isinstance(entry, (numbers.Real, Decimal)):
            what = value if array.ndim == 0 else entry
            raise WrongType(f"Numbers are asked for; this holds {article(what)}.")
        try:
            out[place] = float(entry)
        except OverflowError:
            out[place] = np.inf
    return out


def _from_sympy(entry) -> float:
    if entry.free_symbols:
        names = ", ".join(sorted(map(str, entry.free_symbols)))
        raise WrongType(f"A number is asked for; put numbers in for {names}.")
    value = sp.N(entry)
    if not value.is_real:
        raise WrongType("A real number is asked for.")
    return float(value)
