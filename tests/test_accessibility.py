"""axe-core on every page of the built book, in both themes: no violation of its rules."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.book]

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("book/**/*.html"))
READY = "() => !window.MathJax?.startup || MathJax.startup.promise.then(() => true)"
# A header cell that holds an equation alone is no empty one, as axe thinks: MathJax puts MathML into
# it for screen readers, which axe does not count as text.
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.id, v.help,
  v.nodes.filter(n => v.id !== 'empty-table-header' || !document.querySelector(n.target.join(' ')).querySelector('mjx-assistive-mml math'))
   .slice(0, 3).map(n => n.html.slice(0, 160))]).filter(v => v[2].length))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the package that carries it."""
    import axe_playwright_python

    return next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text()


def violations(browser, axe, address, theme):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(READY)
    page.evaluate(axe)
    found = page.evaluate(RUN)
    context.close()
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser, axe, site, name, theme):
    assert violations(browser, axe, (site / name).as_uri(), theme) == []


def test_axe_would_find_something(browser, axe, tmp_path):
    """The test above can fail: a page with an image without words and pale text."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!doctype html><html lang=en><title>t</title><main><h1>t</h1><img src='data:,'>"
        "<p style='color:#bbb;background:#fff'>pale</p></main>"
    )
    assert {v[0] for v in violations(browser, axe, path.as_uri(), "light")} == {
        "image-alt",
        "color-contrast",
    }
