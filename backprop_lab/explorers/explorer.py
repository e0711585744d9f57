"""A figure that is alive in three places: the plain page, Jupyter with a kernel, and print.

An `Explorer` holds controls, formulas, drawings and a sentence that says what they show. As HTML
it is a complete picture with its formulas beside it, which `explorer.js` brings to life. In Jupyter
the same controls are ipywidgets, and `measure`, the engine, gives the numbers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.explorers.controls import Button, Choice, Control, Hidden, Slider, Switch
from backprop_lab.explorers.formulas import Tree, compiled, evaluate, names_in
from backprop_lab.explorers.scene import Scene, data_of, spoken

SCRIPT = Path(__file__).with_name("explorer.js")
SHEET = Path(__file__).with_name("explorer.css")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>:root{{color-scheme:light dark}}body{{max-width:46rem;margin:1rem auto;padding:0 1rem}}
{sheet}</style></head>
<body><main><h1>{title}</h1>{body}</main><script>{script}</script></body></html>
"""


class Explorer:
    """Controls, formulas and drawings that change together.

    Args:
        name: identifier, unique on its page; ids are made from it.
        title: what the figure is, in a few words, read out by a screen reader.
        controls: what the reader moves, in the order of the page.
        formulas: name → formula in the state and in the formulas before it.
        scenes: the drawings.
        says: a sentence, with numbers in it, about what is seen.
        task: what the reader may try, as HTML-free text.
        measure: state → {name: value} by the engine, for some or all of the formulas.
    """

    def __init__(
        self,
        name: str,
        title: str,
        controls: Sequence[Control],
        formulas: Mapping[str, Tree],
        scenes: Sequence[Scene],
        says,
        task: str = "",
        measure: Callable[[Mapping], Mapping] | None = None,
    ):
        self.name, self.title, self.task, self.says = name, title, task, says
        self.controls = list(controls)
        self.formulas = {k: getattr(v, "tree", v) for k, v in formulas.items()}
        self.scenes, self._measure = list(scenes), measure
        self.start = {c.name: float(c.start) for c in controls if not isinstance(c, Button)}
        self._check_names()

    def _check_names(self):
        known = set(self.start)
        for name, tree in self.formulas.items():
            unknown = names_in(tree) - known
            if unknown:
                raise TraceError(
                    f"explore: the formula of {name} uses {sorted(unknown)[0]!r}, which is "
                    "neither a control nor a formula before it."
                )
            known.add(name)

    # --- numbers --------------------------------------------------------------------------------
    def values(self, **state) -> dict:
        """Give every number at a state by the formulas, as the browser computes them."""
        unknown = set(state) - set(self.start)
        if unknown:
            raise TraceError(
                f"explore: {self.name} has no control {sorted(unknown)[0]!r}; it has "
                f"{', '.join(self.start)}."
            )
        return evaluate(self.formulas, self.start | state)

    def measured(self, **state) -> dict:
        """Give the numbers that the engine gives at a state: the same names, another source."""
        if self._measure is None:
            return {}
        with np.errstate(all="ignore"):
            return dict(self._measure(self.start | state))

    def sentence(self, **state) -> str:
        """Say in words what is seen at a state."""
        return spoken(self.says, self.values(**state)).replace("*", "")

    # --- the page --------------------------------------------------------------------------------
    def svg(self, k: int = 0, values: Mapping | None = None) -> str:
        """Draw one of the scenes."""
        values = self.values() if values is None else values
        return self.scenes[k].svg(self.formulas, values, self.scenes[k].title)

    def data(self) -> dict:
        """What the script needs: the state, the formulas and what is tied to them."""
        buttons = [c.data() for c in self.controls if isinstance(c, Button)]
        return {
            "start": self.start,
            "formulas": list(self.formulas.items()),
            "scenes": [scene.tied() for scene in self.scenes],
            "says": data_of(self.says),
            "buttons": buttons,
        }

    def panels(self, values: Mapping | None = None, fallback: bool = True) -> str:
        """Give the drawings as HTML; for readers whose Jupyter strips SVG, as images too."""
        out = []
        for k, scene in enumerate(self.scenes):
            svg = self.svg(k, values)
            image = base64.b64encode(svg.encode()).decode()
            hidden = svg.replace("<style>", "<style>.bl-fallback{display:none}", 1)
            alt = escape(scene.title)
            out.append(
                f'<div class="bl-panel">{hidden}'
                + f'<img class="bl-fallback" alt="{alt}" src="data:image/svg+xml;base64,{image}">'
                * fallback
                + "</div>"
            )
        return f'<div class="bl-panels" data-count="{len(self.scenes)}">{"".join(out)}</div>'

    def html(self) -> str:
        """Give the whole explorer as HTML; `explorer.js` in the page brings it to life."""
        uid, title = f"explore-{self.name}", escape(self.title)
        payload = json.dumps(_short(self.data()), separators=(",", ":"), ensure_ascii=False)
        payload = payload.replace("</", "<\\/")
        task = f'<p class="bl-task">{escape(self.task)}</p>' if self.task else ""
        return (
            f'<div class="bl-explorer" id="{uid}" role="group" aria-label="{title}">{task}'
            f'<div class="bl-controls" hidden>{self._controls_html(uid)}</div>{self.panels()}'
            f'<p class="bl-says">{escape(self.sentence())}</p>'
            '<p class="bl-live" aria-live="polite"></p>'
            f'<script type="application/json">{payload}</script></div>'
        )

    def _controls_html(self, uid: str) -> str:
        groups = (Slider, (Choice, Switch), Button)
        rows = []
        for kind in groups:
            shown = [c.html(uid) for c in self.controls if isinstance(c, kind)]
            if shown:
                rows.append(f'<div class="bl-row">{"".join(shown)}</div>')
        return "".join(rows)

    def page(self) -> str:
        """Give a whole HTML page that needs nothing else: for a file of the reader's own."""
        sheet, script = (path.read_text(encoding="utf-8") for path in (SHEET, SCRIPT))
        return _PAGE.format(title=escape(self.title), sheet=sheet, body=self.html(), script=script)

    def save(self, path: str | Path) -> Path:
        """Write the explorer to an HTML file that works by itself, offline."""
        path = Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"save: there is no folder {path.parent}; make it first.")
        part = path.with_name(path.name + ".part")
        part.write_text(self.page(), encoding="utf-8")
        return part.replace(path)

    # --- Jupyter -------------------------------------------------------------------------------
    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return f"{self.title}: {self.sentence()}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"text/plain": repr(self), "text/html": self.html()}
        try:
            from backprop_lab.explorers.widgets import view
        except ModuleNotFoundError:  # no ipywidgets: the picture stands still, and says all
            return bundle
        return view(self) | bundle


def _short(x):
    """Write whole numbers without a point: the page gets lighter."""
    if isinstance(x, float):
        return int(x) if x.is_integer() and abs(x) < 1e15 else x
    if isinstance(x, Mapping):
        return {k: _short(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [_short(v) for v in x]
    return x


def button_sets(explorer: Explorer, button: Button, state: Mapping) -> dict:
    """Give the state after a press of a button."""
    if not button.sets:
        return dict(explorer.start)
    values = explorer.values(**state)
    with np.errstate(all="ignore"):
        new = {k: float(compiled(_tree(v))(values)) for k, v in button.sets.items()}
    limits = {c.name: (c.low, c.high) for c in explorer.controls if isinstance(c, Slider)}
    kept = {
        k: float(np.clip(v, *limits.get(k, (-np.inf, np.inf))))
        for k, v in new.items()
        if np.isfinite(v)
    }
    return dict(state) | kept


def _tree(v):
    return float(v) if isinstance(v, (int, float)) else getattr(v, "tree", v)


__all__ = ["Button", "Choice", "Explorer", "Hidden", "Slider", "Switch"]
