"""A figure as the page wants it: an SVG that follows the theme, a PNG behind it, and words."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from backprop_lab.errors import TraceError

STYLE = Path(__file__).parent.parent / "book.mplstyle"

# Figures are drawn in the light theme's colours; in the SVG each becomes a CSS variable that has
# a second value in the dark. Every colour that carries text has a contrast of at least 4.5 on its
# page, white or #121212; `tests/test_draw.py` measures it.
INK, FAINT = "#1f2328", "#5f6770"
PRIMAL, COTANGENT, LOCAL, NEGATIVE = "#0b5cad", "#b34a00", "#16753a", "#8a3fa0"
DARK = {
    INK: "#e4e7eb",
    FAINT: "#a3abb5",
    PRIMAL: "#6cb4ff",
    COTANGENT: "#ffa24d",
    LOCAL: "#5fd08a",
    NEGATIVE: "#d79be8",
}
VARIABLES = {
    FAINT: "--bl-faint",
    PRIMAL: "--bl-primal",
    COTANGENT: "--bl-cotangent",
    LOCAL: "--bl-local",
    NEGATIVE: "--bl-negative",
}


@contextmanager
def book_style() -> Iterator[None]:
    """Draw with the book's style alone: the reader's own matplotlibrc has no say."""
    with matplotlib.style.context(STYLE, after_reset=True):
        yield


class Figure:
    """A finished figure: `svg` and `png()`, and in words `alt`.

    Jupyter shows the SVG; where it is refused (an untrusted notebook), the PNG on white; in a
    terminal, the words. `labels` lists every text that stands in the drawing, as Matplotlib was
    given it. The SVG is the same byte for byte at each run.

    >>> import backprop_lab as bl
    >>> fig = bl.draw.two_paths()
    >>> fig.svg.startswith("<svg"), "12 + 3 = 15" in fig.alt
    (True, True)
    """

    def __init__(self, canvas: Canvas, title: str, alt: str):
        self.title, self.alt = title, alt
        self._canvas = canvas
        self.labels = tuple(t.get_text() for t in canvas.findobj(_is_text) if t.get_text())
        self.svg = themed(_print_svg(canvas), title, alt)

    def __repr__(self) -> str:
        return f"<Figure: {self.title}>"

    @functools.cache  # noqa: B019  (a figure is small, and lives as long as its page)
    def png(self, dpi: int = 144) -> bytes:
        """Give the figure as a PNG on white, in the light theme's colours."""
        file = io.BytesIO()
        with book_style():
            FigureCanvasAgg(self._canvas).print_figure(
                file, format="png", dpi=dpi, facecolor="white", metadata={"Software": None}
            )
        return file.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the figure to `path`; its ending says how: `.svg` or `.png`.

        Raises `TraceError` for any other ending.
        """
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg, encoding="utf-8", newline="\n")
        elif path.suffix == ".png":
            path.write_bytes(self.png())
        else:
            raise TraceError(
                f"Figure.save writes .svg or .png; got {path.name!r}. End the name in .svg or .png."
            )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "image/svg+xml": self.svg,
            "image/png": base64.b64encode(self.png()).decode("ascii"),
            "text/plain": self.alt,
        }


def _is_text(artist) -> bool:
    return hasattr(artist, "get_text") and artist.get_visible()


def _print_svg(canvas: Canvas) -> str:
    file = io.StringIO()
    with book_style():
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        FigureCanvasSVG(canvas).print_figure(file, format="svg", metadata=nothing)
    return file.getvalue()


def themed(svg: str, title: str, alt: str) -> str:
    """Turn Matplotlib's SVG into one that follows the theme and says what it shows.

    Comments, metadata and counters go, since they change with Matplotlib's version; coordinates
    keep two decimals, so that the last bits of a processor's arithmetic cannot show.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", body)
    body = re.sub(r'(?<= d=")[^"]*', lambda m: _round(m[0]), body)
    body = re.sub(r"(?<=translate\()[^)]*", lambda m: _round(m[0]), body)
    mark = "bl" + hashlib.sha256(alt.encode()).hexdigest()[:6]
    for k, name in enumerate(dict.fromkeys(re.findall(r'id="([mp][0-9a-f]{10})"', body))):
        body = body.replace(name, f"{mark}-{k}")
    for colour, variable in VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    body = body.replace(INK, "currentColor")
    head = re.match(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>', body)
    width, height = (round(float(size), 2) for size in head.groups())
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'class="bl-figure" role="img" aria-labelledby="{mark}-title {mark}-desc" '
        f'viewBox="0 0 {width:g} {height:g}" '
        f'width="{width * 4 / 3:g}" height="{height * 4 / 3:g}">\n'
        f'<title id="{mark}-title">{escape(title)}</title>\n'
        f'<desc id="{mark}-desc">{escape(alt)}</desc>\n'
        f"<style>{_sheet()}</style>\n"
    )
    lines = (opening + body[head.end() :]).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


def _round(numbers: str) -> str:
    def short(match: re.Match) -> str:
        text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text

    return re.sub(r"-?\d+\.\d+", short, numbers)


def _sheet() -> str:
    light = {name: colour for colour, name in VARIABLES.items()}
    dark = {name: DARK[colour] for colour, name in VARIABLES.items()}

    def rule(ink: str, values: dict[str, str]) -> str:
        return f".bl-figure{{color:{ink};{';'.join(f'{k}:{v}' for k, v in values.items())}}}"

    return (
        ".bl-figure{max-width:100%;height:auto}"
        ".bl-figure *{stroke-linejoin:round;stroke-linecap:butt}"
        f"{rule(INK, light)}"
        f"@media screen and (prefers-color-scheme:dark){{{rule(DARK[INK], dark)}}}"
    )
