"""The same explorer in Jupyter: ipywidgets for the controls, and every number from the engine."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import ipywidgets as widgets

from backprop_lab.explorers.controls import Button, Choice, Slider, Switch, plain
from backprop_lab.explorers.explorer import SHEET, Explorer, button_sets
from backprop_lab.explorers.formulas import compiled, evaluate, is_sweep
from backprop_lab.explorers.scene import spoken


def view(explorer: Explorer) -> dict:
    """Give the widget view for a live kernel, as part of a MIME bundle."""
    return dict(live(explorer)._repr_mimebundle_() or {})


def live_values(explorer: Explorer, state: Mapping) -> dict:
    """Give every number at a state: by the engine where it has one, by the formulas elsewhere."""
    values = explorer.values(**state)
    engine = explorer.measured(**state)
    rest = {k: t for k, t in explorer.formulas.items() if k not in engine and not is_sweep(t)}
    return evaluate(rest, values | engine)


class Live:
    """Holds the state of one displayed explorer, and keeps controls and picture in step with it."""

    def __init__(self, explorer: Explorer):
        self.explorer, self.state, self._quiet = explorer, dict(explorer.start), False
        self.picture = widgets.HTML()
        self.inputs: dict[str, widgets.Widget] = {}
        self.buttons: list[tuple[Button, widgets.Button]] = []
        rows: dict[type, list] = {Slider: [], Choice: [], Switch: [], Button: []}
        for control in explorer.controls:
            if type(control) in rows:
                rows[type(control)].append(self._widget(control))
        boxes = [widgets.Box(row, layout=_WRAP) for row in rows.values() if row]
        sheet = f"<style>{SHEET.read_text(encoding='utf-8')}</style>"
        task = f'<p class="bl-task">{escape(explorer.task)}</p>' if explorer.task else ""
        head = widgets.HTML(f'{sheet}<div class="bl-explorer">{task}</div>')
        self.widget = widgets.VBox([head, *boxes, self.picture])
        self.draw()

    def _widget(self, control):
        if isinstance(control, Slider):
            slider = widgets.FloatSlider(
                value=control.start,
                min=control.low,
                max=control.high,
                step=control.step,
                description=plain(control.label),
                readout=not control.log,
            )
            return self._wire(control.name, slider, float)
        if isinstance(control, Choice):
            options = [(plain(text), k) for k, text in enumerate(control.options)]
            box = widgets.ToggleButtons(
                options=options, value=int(control.start), description=plain(control.label)
            )
            return self._wire(control.name, box, int)
        if isinstance(control, Switch):
            box = widgets.Checkbox(
                value=bool(control.start), description=plain(control.label), indent=False
            )
            return self._wire(control.name, box, bool)
        button = widgets.Button(description=plain(control.label), layout={"width": "auto"})
        button.on_click(lambda _: self.set(button_sets(self.explorer, control, self.state)))
        self.buttons.append((control, button))
        return button

    def _wire(self, name, widget, kind):
        widget._bl_kind = kind
        self.inputs[name] = widget
        widget.observe(lambda change: self._moved(name, change["new"]), "value")
        return widget

    def _moved(self, name, value):
        if not self._quiet:
            self.state[name] = round(float(value), 10)  # a slider adds up its steps
            self.draw()

    def set(self, state: Mapping) -> None:
        """Go to a state: controls and picture follow."""
        self.state |= state
        self._quiet = True
        for name, widget in self.inputs.items():
            widget.value = widget._bl_kind(self.state[name])
        self._quiet = False
        self.draw()

    def draw(self) -> None:
        """Run the engine at the state, and draw what it gives."""
        values = live_values(self.explorer, self.state)
        says = escape(spoken(self.explorer.says, values).replace("*", ""))
        for control, button in self.buttons:
            if control.enabled is not None:
                button.disabled = not compiled(control.enabled.tree)(values)
        self.picture.value = (
            f'<div class="bl-explorer">{self.explorer.panels(values, fallback=False)}'
            f'<p class="bl-says" aria-live="polite">{says}</p></div>'
        )


_WRAP = {"display": "flex", "flex_flow": "row wrap"}


def live(explorer: Explorer) -> widgets.Widget:
    """Make the widget of an explorer."""
    return Live(explorer).widget
