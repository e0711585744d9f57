"""The layout dictionary: ten sources, five results in each, and the way from one to another.

`arrangements` moves numbers, `words` moves formulas, `questions` finds a layout. `lines` proves the
five results in a layout and `tables` prints them: these two load SymPy, when they are first used.
"""

from __future__ import annotations

import importlib

from backprop_lab.layouts.arrangements import (
    OURS,
    SOURCES,
    Layout,
    Source,
    arrange,
    convert,
    restore,
    shape_in,
)
from backprop_lab.layouts.questions import Verdict, layout_of, which_layout
from backprop_lab.layouts.words import translate

_PROVED = {"in_layout": "lines", "card": "tables", "forms": "tables", "overview": "tables"}

__all__ = [
    "OURS",
    "SOURCES",
    "Layout",
    "Source",
    "Verdict",
    "arrange",
    "card",
    "convert",
    "forms",
    "in_layout",
    "layout_of",
    "overview",
    "restore",
    "shape_in",
    "translate",
    "which_layout",
]


def __getattr__(name):
    if name in _PROVED:
        return getattr(importlib.import_module(f"backprop_lab.layouts.{_PROVED[name]}"), name)
    raise AttributeError(f"backprop_lab.layouts has no {name!r}. It has {', '.join(__all__)}.")
