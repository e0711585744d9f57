"""The lines of source that register a rule: what a card shows as its code."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator

from backprop_lab.rules.registry import RULES

_LONGEST = 24  # lines of a helper that is shown with the registration


def source_of(func: Callable) -> str:
    """Give the statement that registers the rule of `func`, and the short functions it names.

    >>> import numpy as np
    >>> source_of(np.exp)
    'elementwise(np.exp, lambda y: y)'
    """
    found = _found(tuple(RULES)).get(func)
    if found is None:  # registered at a prompt or in a notebook
        rule = RULES[func]
        return textwrap.dedent(inspect.getsource(rule.spelling or rule.reverse)).strip()
    module, node = found
    text = _text(module, node)
    helpers = [h for h in _helpers(module, node) if len(h.splitlines()) <= _LONGEST]
    return "\n\n".join([*helpers, text])


@functools.lru_cache(maxsize=1)
def _found(keys) -> dict:
    """For each function the module and the statement that registers its rule."""
    modules = {
        name: module
        for name, module in sorted(sys.modules.items())
        if name.startswith("backprop_lab.rules.") and module is not None
    }
    found: dict = {}
    for module in modules.values():
        for node in ast.parse(_lines(module)).body:
            for func in _registered(module, node):
                found.setdefault(func, (module, node))
    return found


def _lines(module) -> str:
    return inspect.getsource(module)


def _text(module, node) -> str:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    lines = _lines(module).splitlines()[first - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def _registered(module, node) -> Iterator[Callable]:
    """Functions of the registry that a statement registers: what it calls a decorator with."""
    if isinstance(node, ast.FunctionDef):
        calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
        values = [arg for call in calls for arg in call.args[:1]]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        values = node.value.args[:1]
    elif isinstance(node, ast.For):
        values = [] if _says_more(node) else [node.iter]
    elif isinstance(node, ast.If):
        for inner in node.body:
            yield from _registered(module, inner)
        return
    else:
        return
    if isinstance(node, ast.Expr) and _called(node.value) in _NO_RULES:
        return
    for value in values:
        try:
            given = eval(compile(ast.Expression(value), "<rules>", "eval"), vars(module))
        except Exception:  # a name that only the loop knows: this is no registration
            continue
        yield from _functions_in(given)


_NO_RULES = ("constant", "speaks_complex", "for_complex")  # these say more of a rule that is there


def _says_more(node) -> bool:
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    return not any(_called(c) for c in calls) or any(_called(c) in _NO_RULES for c in calls)


def _called(call) -> str:
    return getattr(call.func, "id", "")


def _functions_in(x) -> Iterator[Callable]:
    if isinstance(x, (tuple, list, dict)):
        for part in x:
            yield from _functions_in(part)
    elif callable(x) and not isinstance(x, type) and x in RULES:
        yield x


def _helpers(module, node) -> list[str]:
    """Sources of the private functions of the module that a registration names as its code."""
    if isinstance(node, ast.FunctionDef):
        return []
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    defined = [d for d in ast.parse(_lines(module)).body if isinstance(d, ast.FunctionDef)]
    return [_text(module, d) for d in defined if d.name in names and d.name.startswith("_")]
