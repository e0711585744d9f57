"""What the reader moves: sliders, choices, switches, buttons; each holds a number of the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from backprop_lab.errors import TraceError
from backprop_lab.explorers.formulas import Term
from backprop_lab.explorers.numbers import written
from backprop_lab.explorers.scene import italics


def plain(label: str) -> str:
    """Give a label without the asterisks that mark italics."""
    return label.replace("*", "")


def html_label(label: str) -> str:
    """Give a label as HTML."""
    return (
        italics(escape(label)).replace("tspan class", "span class").replace("</tspan>", "</span>")
    )


@dataclass(frozen=True)
class Slider:
    """A number between `low` and `high`. With `log` the slider moves its logarithm to base 10."""

    name: str
    label: str
    low: float
    high: float
    start: float
    step: float = 0.01
    log: bool = False
    digits: int = 4

    def __post_init__(self):
        if not self.low < self.high:
            raise TraceError(
                f"explore: the range of {self.name} is {(self.low, self.high)}; the first number "
                "must be the smaller one."
            )
        if not self.low <= self.start <= self.high:
            raise TraceError(
                f"explore: {self.name} starts at {self.start}, outside its range "
                f"{(self.low, self.high)}."
            )

    def html(self, uid: str) -> str:
        """Native range input with its label and its number."""
        here, shown, said = f"{uid}-{self.name}", self.shown(self.start), escape(plain(self.label))
        log = " data-log" if self.log else ""
        return (
            f'<div class="bl-slider"><label for="{here}">{html_label(self.label)}</label>'
            f'<input type="range" id="{here}" name="{self.name}" min="{self.low:g}" '
            f'max="{self.high:g}" step="{self.step:g}" value="{self.start:g}" '
            f'aria-valuetext="{said} = {shown}" data-say="{said}" data-digits="{self.digits}"{log} '
            f'autocomplete="off"><output for="{here}">{shown}</output></div>'
        )

    def shown(self, value: float) -> str:
        """Write the slider's number."""
        return written(round(10**value) if self.log else value, self.digits)


@dataclass(frozen=True)
class Choice:
    """One of several options; the state holds the option's place, from 0."""

    name: str
    label: str
    options: Sequence[str]
    start: int = 0

    def html(self, uid: str) -> str:
        """Radio buttons in a frame."""
        radios = "".join(
            f'<label><input type="radio" name="{uid}-{self.name}" data-name="{self.name}" '
            f'value="{k}"{" checked" * (k == self.start)} autocomplete="off">'
            f"<span>{html_label(text)}</span></label>"
            for k, text in enumerate(self.options)
        )
        legend = f"<legend>{html_label(self.label)}</legend>"
        return f'<fieldset class="bl-choice">{legend}{radios}</fieldset>'


@dataclass(frozen=True)
class Switch:
    """On (1) or off (0)."""

    name: str
    label: str
    start: int = 1

    def html(self, uid: str) -> str:
        """Check box with its label."""
        return (
            f'<label class="bl-switch"><input type="checkbox" name="{self.name}"'
            f'{" checked" * bool(self.start)} autocomplete="off">'
            f"<span>{html_label(self.label)}</span></label>"
        )


@dataclass(frozen=True)
class Button:
    """Sets parts of the state to formulas of the state before. `slow` lets it glide there."""

    label: str
    sets: Mapping[str, object] = field(default_factory=dict)
    slow: bool = False
    enabled: Term | None = None

    def html(self, uid: str) -> str:
        """Push button."""
        return f'<button type="button">{html_label(self.label)}</button>'

    def data(self) -> dict:
        """As the browser gets it: without formulas it puts everything back to the start."""
        out: dict = {"set": {k: Term(v).tree for k, v in self.sets.items()}, "slow": self.slow}
        return out | ({"on": self.enabled.tree} if self.enabled is not None else {})


@dataclass(frozen=True)
class Hidden:
    """A number of the state that only buttons and parts of the picture change."""

    name: str
    start: float = 0.0


Control = Slider | Choice | Switch | Button | Hidden
