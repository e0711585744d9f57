"""The built pages as readers see them: from a folder, with no network, in both themes, on a phone."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest

from visits import PAGES, ROOT, THEME, Visit, problems

pytestmark = [pytest.mark.browser, pytest.mark.book]

EXTRA = ["search.html", "genindex.html"]


def test_there_are_pages(site):
    toc = re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text())
    assert {f"{name}.html" for name in toc} <= set(PAGES)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_on_a_phone_without_a_network(browser, site, name, theme):
    """At a desk they are looked at in test_accessibility.py, which opens each there in any case."""
    with Visit(browser, (site / name).as_uri(), theme, width=360) as visit:
        assert visit.page.evaluate(THEME) == theme
        assert problems(visit) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", EXTRA)
def test_search_and_index_are_whole_without_a_network(browser, site, name, width, theme):
    with Visit(browser, (site / name).as_uri(), theme, width) as visit:
        assert problems(visit) == {}


def test_the_folder_opens_at_the_landing_page(browser, site):
    with Visit(browser, (site / "index.html").as_uri()) as visit:
        visit.page.wait_for_url("**/book/index.html")
        assert problems(visit) == {}


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        ("outside requests", '<img alt="x" src="http://127.0.0.1:9/x.png">'),
        ("console errors", "<script>undefined_name()</script>"),
        ("unrendered equations", r'<div class="math">\[x\]</div>'),
        ("errors in equations", '<mjx-merror data-mjx-error="bad">x</mjx-merror>'),
        ("wider than the page", '<div style="width:900px">x</div>'),
        ("pictures without text", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'),
    ],
)
def test_each_fault_is_seen(browser, tmp_path, fault, body):
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><meta name=viewport content='width=device-width'><main>{body}</main>"
    )
    with Visit(browser, page.as_uri(), width=360) as visit:
        assert fault in problems(visit)


def test_a_misspelt_macro_is_an_error(browser, site, tmp_path):
    """The site's own MathJax settings show errors as errors, not as red text."""
    source = next(
        (site / name for name in PAGES if "tex-svg-full" in (site / name).read_text()), None
    )
    assert source is not None, "no page loads MathJax"
    head = "".join(
        re.findall(r"<script[^>]*>\s*window\.MathJax.*?</script>", source.read_text(), re.DOTALL)
    )
    script = (site / "_static/mathjax/tex-svg-full.js").as_uri()
    page = tmp_path / "page.html"
    page.write_text(
        rf'<!doctype html>{head}<script defer src="{script}"></script><div class="math">\[\nosuchmacro x\]</div>'
    )
    with Visit(browser, page.as_uri()) as visit:
        assert "errors in equations" in problems(visit)


class Links(HTMLParser):
    """The links and the ids of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.append(found["id"])
        for key in ("href", "src"):
            if found.get(key):
                self.links.append(found[key])


def test_internal_links_resolve(site):
    pages = [path for path in site.glob("**/*.html") if "_static" not in path.parts]
    read = {path.resolve(): Links(path.read_text()) for path in pages}
    broken = []
    for path, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                broken.append(f"{path.name} → {link}")
            elif (
                parts.fragment
                and target in read
                and unquote(parts.fragment) not in read[target].ids
            ):
                broken.append(f"{path.name} → {link}")
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(site, name):
    ids = [
        i
        for i in Links((site / name).read_text()).ids
        if i.startswith(("eq-", "def-", "fig-", "equation-"))
    ]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("name", PAGES)
def test_headings_do_not_skip_a_level(site, name):
    article = (site / name).read_text().split("<article", 1)[1].split("</article>", 1)[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", article)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def luminance(colour: str) -> float:
    """Give the relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2)."""
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_formula_on_known_pairs():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("selector", "page"), [(":root", "#ffffff"), ('html[data-theme="dark"]', "#121212")]
)
@pytest.mark.parametrize("name", ["primal", "cotangent", "local", "soft"])
def test_colours_can_be_read(selector, page, name):
    css = (ROOT / "book/assets/book.css").read_text()
    block = css.split(f"\n{selector} {{", 1)[1].split("}", 1)[0]
    values = dict(re.findall(r"--bl-([a-z]+): (#[0-9a-f]{6})", block))
    assert contrast(values[name], page) >= 4.5
    assert contrast(values[name], values["panel"]) >= 4.5


def test_pages_and_figures_have_the_same_colours():
    figure = importlib.import_module("backprop_lab.draw.figure")
    css = (ROOT / "book/assets/book.css").read_text()
    light, dark = (
        css.split(f"\n{s} {{", 1)[1].split("}", 1)[0] for s in (":root", 'html[data-theme="dark"]')
    )
    for colour, variable in figure.VARIABLES.items():
        if variable != "--bl-faint":
            assert f"{variable}: {colour};" in light
            assert f"{variable}: {figure.DARK[colour]};" in dark


def test_equations_take_the_colours(browser, site):
    """`\\class{bl-primal}{w}` is drawn in the primal blue of the theme."""
    name = next(
        (n for n in PAGES if re.search(r"(?<!\\)\\class\{bl-primal", (site / n).read_text())), None
    )
    if name is None:
        pytest.fail("no page colours an equation")
    for theme, expected in (("light", "rgb(11, 92, 173)"), ("dark", "rgb(108, 180, 255)")):
        with Visit(browser, (site / name).as_uri(), theme) as visit:
            fill = visit.page.evaluate(
                "() => { const g = document.querySelector('mjx-container .bl-primal :is(path, use)');"
                " return g && getComputedStyle(g).fill; }"
            )
            assert fill == expected


def test_references_are_labelled_as_they_are_cited(site):
    """The text says "Squire and Trapp [1998]"; the list says it too, and numbers would not."""
    text = (site / "book/references.html").read_text()
    assert "Squire &amp; Trapp 1998" in text and "Rumelhart et al. 1986" in text
    labels = re.findall(r'fn-bracket">\[</span>([^<]*)<', text)
    assert len(labels) == len(set(labels)) > 10


def test_print_is_dark_on_white_in_either_theme(browser, site):
    """Code printed from the dark theme must not be light grey on white."""
    name = next(n for n in PAGES if "highlight" in (site / n).read_text())
    with Visit(browser, (site / name).as_uri(), "dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        inks = visit.page.evaluate(
            "() => [...document.querySelectorAll('.highlight pre, .highlight span')]"
            ".map(e => getComputedStyle(e).color)"
        )
        panels = visit.page.evaluate(
            "() => [...document.querySelectorAll('.cell, .cell :is(div, pre, details)')]"
            ".map(e => getComputedStyle(e).backgroundColor)"
        )
    assert inks and panels
    for panel in set(panels):
        *channels, opacity = map(float, re.findall(r"[\d.]+", panel + " 1")[:4])
        assert opacity == 0 or min(channels) > 200, panel
    for ink in set(inks):
        channels = [int(c) for c in re.findall(r"\d+", ink)[:3]]
        assert max(channels) < 120, ink
