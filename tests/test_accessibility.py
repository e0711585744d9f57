"""Every page at a desk, in both themes: whole without a network, and axe-core finds no violation."""

from __future__ import annotations

from pathlib import Path

import pytest

from visits import PAGES, THEME, Visit, problems

pytestmark = [pytest.mark.browser, pytest.mark.book]

# A header cell that holds an equation alone is no empty one, as axe thinks: MathJax puts MathML into
# it for screen readers, which axe does not count as text.
RUN = """only => axe.run(document, {resultTypes: ['violations'], preload: false, ...only}).then(r => r.violations.map(v => [v.id, v.help,
  v.nodes.filter(n => v.id !== 'empty-table-header' || !document.querySelector(n.target.join(' ')).querySelector('mjx-assistive-mml math'))
   .slice(0, 3).map(n => n.html.slice(0, 160))]).filter(v => v[2].length))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the package that carries it."""
    import axe_playwright_python

    return next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text()


# Colours move to those of the theme for a moment after a page is shown.
SETTLED = """() => document.fonts.ready.then(() => Promise.allSettled(document.getAnimations()
  .filter(a => a.effect.getComputedTiming().endTime < Infinity).map(a => a.finished))).then(() => true)"""
# The themes differ in colours alone: all other rules see the same page twice.
ONLY = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}


def violations(page, axe, theme):
    page.evaluate(SETTLED)
    page.evaluate(axe)
    return page.evaluate(RUN, ONLY[theme])


@pytest.fixture(
    scope="module",
    params=[(name, theme) for name in PAGES for theme in ("light", "dark")],
    ids="-".join,
)
def opened(request, browser, site):
    """Each page in each theme, opened once for the two tests."""
    name, theme = request.param
    with Visit(browser, (site / name).as_uri(), theme) as visit:
        yield visit, theme


def test_page_is_whole_without_a_network(opened):
    visit, theme = opened
    assert visit.page.evaluate(THEME) == theme
    assert problems(visit) == {}


def test_axe_finds_nothing(opened, axe):
    visit, theme = opened
    assert violations(visit.page, axe, theme) == []


@pytest.mark.parametrize(
    ("theme", "found"), [("light", {"image-alt", "color-contrast"}), ("dark", {"color-contrast"})]
)
def test_axe_would_find_something(browser, axe, tmp_path, theme, found):
    """The test above can fail: a page with an image without words and pale text."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!doctype html><html lang=en><title>t</title><main><h1>t</h1><img src='data:,'>"
        "<p style='color:#bbb;background:#fff'>pale</p></main>"
    )
    with Visit(browser, path.as_uri(), theme) as visit:
        assert {v[0] for v in violations(visit.page, axe, theme)} == found
