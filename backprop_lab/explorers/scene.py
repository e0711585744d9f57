"""A drawing whose parts are tied to formulas: one code for the first picture and for every other.

A scene is a list of SVG elements. An attribute, a text or a visibility may be a formula; Python
evaluates it for the picture in the page, the browser evaluates the same formula when a slider
moves. Lengths are in the scene's own units, angles in degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from backprop_lab.explorers.formulas import Term, Tree, along, compiled
from backprop_lab.explorers.gaps import gaps
from backprop_lab.explorers.numbers import written

_SHEET = Path(__file__).with_name("scene.css").read_text(encoding="utf-8")
STYLE = "".join(_SHEET.split("*/", 1)[1].splitlines())  # it goes into every drawing: no line ends


@dataclass(frozen=True)
class Number:
    """A number in a text: a formula, and how many significant digits it shows."""

    value: Term
    digits: int = 4

    def data(self) -> dict:
        """As the browser gets it."""
        return {"n": self.value.tree, "d": self.digits}


@dataclass(frozen=True)
class Either:
    """A piece of text that depends on a condition: `yes` where `when` is not 0, else `no`."""

    when: Term
    yes: tuple = ()
    no: tuple = ()

    def data(self) -> dict:
        """As the browser gets it."""
        return {"if": self.when.tree, "y": data_of(self.yes), "z": data_of(self.no)}


Piece = str | Number | Either


def number(value, digits: int = 4) -> Number:
    """Show a formula as a number."""
    return Number(Term(value), digits)


def either(when: Term, yes, no="") -> Either:
    """Choose between two texts; each is a string, a number, or a list of such."""
    return Either(Term(when), _pieces(yes), _pieces(no))


def _pieces(text) -> tuple:
    if isinstance(text, (str, Number, Either)):
        return (text,) if text != "" else ()
    if isinstance(text, Term):
        return (number(text),)
    return tuple(piece for part in text for piece in _pieces(part))


def data_of(pieces) -> list:
    """Give a text as JSON."""
    return [p if isinstance(p, str) else p.data() for p in _pieces(pieces)]


def spoken(pieces, values: Mapping) -> str:
    """Write a text with the numbers put in."""
    out = []
    with np.errstate(all="ignore"):
        for piece in _pieces(pieces):
            if isinstance(piece, str):
                out.append(piece)
            elif isinstance(piece, Number):
                out.append(written(compiled(piece.value.tree)(values), piece.digits))
            else:
                holds = bool(compiled(piece.when.tree)(values))
                out.append(spoken(piece.yes if holds else piece.no, values))
    return "".join(out)


@dataclass(frozen=True)
class Curve:
    """The points (x, y) of a line while the variable `by` goes from `low` to `high`.

    It is broken where a point does not exist, and at a jump or a pole between two points.
    """

    by: str
    low: float
    high: float
    x: Term
    y: Term
    count: int = 97

    def data(self) -> list:
        """As the browser gets it."""
        return [self.by, self.low, self.high, self.count, self.x.tree, self.y.tree]

    def path(self, formulas: Mapping[str, Tree], values: Mapping) -> str:
        """Write the line as SVG."""
        at = self.low + (self.high - self.low) * np.arange(self.count) / (self.count - 1)
        formula_x, formula_y = compiled(self.x.tree), compiled(self.y.tree)

        def place(at):
            known = along(formulas, values, self.by, at)
            with np.errstate(all="ignore"):
                return np.stack(np.broadcast_arrays(formula_x(known), formula_y(known), at)[:2])

        points = place(at)
        return path_of(points, gaps(place, at, points))


def path_of(points, gaps: Mapping) -> str:
    """Write points as an SVG path; what is not finite interrupts it, and so does a gap."""
    out, pen = [], "M"
    for k, point in enumerate(points.T):
        if not np.isfinite(point).all():
            pen = "M"
            continue
        if k - 1 in gaps:
            before, after = gaps[k - 1]
            out.append(f"L{_pair(before)}M{_pair(after)}")
        out.append(f"{pen}{_pair(point)}")
        pen = "L"
    return "".join(out)


def _pair(point) -> str:
    return f"{rounded(point[0])},{rounded(float(np.clip(point[1], -1e4, 1e4)))}"


def rounded(value: float) -> str:
    """Write a length with two decimals at most."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass
class Element:
    """One SVG element with its fixed and its tied attributes."""

    tag: str
    fixed: dict
    tied: dict[str, Term] = field(default_factory=dict)
    classes: dict[str, Term] = field(default_factory=dict)
    text: tuple = ()
    curve: Curve | None = None
    children: list = field(default_factory=list)

    def is_tied(self) -> bool:
        """Whether anything in it moves."""
        moving = any(not isinstance(p, str) for p in self.text)
        return bool(self.tied or self.classes or self.curve or moving)

    def data(self) -> dict:
        """What the browser has to know of it."""
        out: dict = {}
        if self.tied:
            out["a"] = {k: v.tree for k, v in self.tied.items()}
        if self.classes:
            out["c"] = {k: v.tree for k, v in self.classes.items()}
        if self.curve:
            out["p"] = self.curve.data()
        if any(not isinstance(p, str) for p in self.text):
            out["t"] = data_of(self.text)
        return out


class Scene:
    """One drawing of an explorer, `width` × `height` units, with a title for who cannot see it."""

    def __init__(self, name: str, width: float, height: float, title: str):
        self.name, self.width, self.height, self.title = name, width, height, title
        self.elements: list[Element] = []
        self._into = [self.elements]
        self._clips = 0

    def add(self, tag: str, text=(), *, cls: str = "", show=None, when=None, curve=None, **attrs):
        """Add an element. Attributes may be formulas; `show` hides it where its formula is 0.

        `when` maps a class to the formula that switches it on. Underscores stand for hyphens.
        """
        attrs = {k.rstrip("_").replace("_", "-"): v for k, v in attrs.items()}
        fixed = {k: v for k, v in attrs.items() if not isinstance(v, Term)}
        tied = {k: v for k, v in attrs.items() if isinstance(v, Term)}
        classes = {k: Term(v) for k, v in (when or {}).items()}
        if show is not None:
            classes["gone"] = Term(show).is_(0)
        if cls:
            fixed["class"] = cls
        element = Element(tag, fixed, tied, classes, _pieces(text), curve)
        self._into[-1].append(element)
        return element

    @contextmanager
    def group(self, **options):
        """Put the elements that follow into a group."""
        element = self.add("g", **options)
        self._into.append(element.children)
        yield element
        self._into.pop()

    def text(self, x, y, text, cls: str = "", **options):
        """Write a text: pieces with numbers in them, `cls` says size, colour and alignment."""
        return self.add("text", text, x=x, y=y, cls=cls, **options)

    def line(self, x1, y1, x2, y2, cls: str = "", **options):
        """Draw a straight line."""
        return self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, cls=f"line {cls}".strip(), **options)

    def curve(self, curve: Curve, cls: str = "", **options):
        """Draw a curve."""
        return self.add("path", curve=curve, cls=f"line {cls}".strip(), **options)

    @contextmanager
    def window(self, x, y, width, height):
        """Show what follows through a window only."""
        self._clips += 1
        clip = f"{self.name}-clip-{self._clips}"
        with self.group() as g:
            g.tag, g.fixed = "clipPath", {"id": clip}
            self.add("rect", x=x, y=y, width=width, height=height)
        with self.group(clip_path=f"url(#{clip})") as g:
            yield g

    def tied(self) -> list[dict]:
        """List what the browser has to know of each element that moves, in their order."""
        return [e.data() for e in self._all(self.elements) if e.is_tied()]

    def _all(self, elements):
        for e in elements:
            yield e
            yield from self._all(e.children)

    def svg(self, formulas: Mapping[str, Tree], values: Mapping, alt: str = "") -> str:
        """Draw it with these values."""
        label = escape(alt or self.title, {'"': "&quot;"})
        with np.errstate(all="ignore"):
            body = "".join(_drawn(e, formulas, values) for e in self.elements)
        box = f"0 0 {rounded(self.width)} {rounded(self.height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="bl-scene" role="img" '
            f'aria-label="{label}" viewBox="{box}"><style>{STYLE}</style>{body}</svg>'
        )


def _drawn(e: Element, formulas, values) -> str:
    attributes, on = dict(e.fixed), [e.fixed.get("class", "")]
    for name, t in e.tied.items():
        value = float(compiled(t.tree)(values))
        if np.isfinite(value):
            attributes[name] = rounded(value)
        else:
            on.append("gone")
    on += [c for c, t in e.classes.items() if compiled(t.tree)(values)]
    if any(on):
        attributes["class"] = " ".join(filter(None, dict.fromkeys(on)))
    if e.curve:
        attributes["d"] = e.curve.path(formulas, values)
    if e.is_tied():
        attributes["data-b"] = ""
    drawn = "".join(f' {k}="{_attribute(v)}"' for k, v in attributes.items())
    inner = marked(e.text, values) + "".join(_drawn(c, formulas, values) for c in e.children)
    return f"<{e.tag}{drawn}>{inner}</{e.tag}>" if inner else f"<{e.tag}{drawn}/>"


def _attribute(value) -> str:
    text = rounded(value) if isinstance(value, (int, float)) else str(value)
    return escape(text, {'"': "&quot;"})


def marked(pieces, values) -> str:
    """Write a text as SVG: letters between asterisks are set in italics."""
    return italics(escape(spoken(pieces, values)))


def italics(text: str) -> str:
    """Set what stands between asterisks in italics.

    >>> italics("∂*L*/∂*w*")
    '∂<tspan class="it">L</tspan>/∂<tspan class="it">w</tspan>'
    """
    parts = text.split("*")
    return "".join(
        f'<tspan class="it">{part}</tspan>' if k % 2 else part for k, part in enumerate(parts)
    )
