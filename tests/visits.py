"""A built page opened in Chromium, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("book/**/*.html"))
THEME = "() => document.documentElement.dataset.theme"
READY = "() => !window.MathJax?.startup || MathJax.startup.promise.then(() => true)"
# The elements that reach beyond the right edge, except those inside a box that scrolls by itself.
WIDE = """() => {
  const limit = document.documentElement.clientWidth + 1;
  if (document.documentElement.scrollWidth <= limit) return [];
  const scrolls = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
  const wide = [...document.querySelectorAll('body *')].filter(e =>
    e.getBoundingClientRect().right > limit && !scrolls(e)).map(e => e.outerHTML.slice(0, 120));
  return wide.length ? wide : ['the page itself is ' + document.documentElement.scrollWidth + ' px wide'];
}"""
EQUATIONS = """() => {
  const sources = [...document.querySelectorAll('.math')].filter(e => !e.parentElement.closest('.math'));
  return {
    unrendered: sources.filter(e => !e.querySelector('mjx-container svg')).map(e => e.textContent.slice(0, 80)),
    errors: [...document.querySelectorAll('mjx-merror, [data-mml-node="merror"], [data-mjx-error]')]
      .map(e => e.getAttribute('data-mjx-error') || e.textContent),
  };
}"""
UNNAMED = """() => [...document.querySelectorAll('main img, main svg')].filter(e => {
  if (e.closest('mjx-container, button') || e.closest('[aria-hidden="true"]') || e.parentElement.closest('svg')) return false;
  return !(e.getAttribute('alt') || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'));
}).map(e => e.outerHTML.slice(0, 120))"""


class Visit:
    """One page opened from the disk, with all that it asked for and complained of."""

    def __init__(self, browser, address: str, theme: str = "light", width: int = 1280) -> None:
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, is_mobile=width < 500
        )
        self.context.route(re.compile(r"^(?!file:|data:|blob:)"), self.refuse)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("requestfailed", lambda r: self.errors.append(f"failed: {r.url}"))
        self.page.goto(address)
        if not address.endswith("/html/index.html"):  # it leads on to another page
            self.page.evaluate(READY)

    def refuse(self, route) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_) -> None:
        self.context.close()


def problems(visit: Visit) -> dict[str, list[str]]:
    """Give what is wrong with a page; nothing when it is right."""
    equations = visit.page.evaluate(EQUATIONS)
    found = {
        "outside requests": visit.outside,
        "console errors": visit.errors,
        "unrendered equations": equations["unrendered"],
        "errors in equations": equations["errors"],
        "wider than the page": visit.page.evaluate(WIDE),
        "pictures without text": visit.page.evaluate(UNNAMED),
    }
    return {name: list(entries) for name, entries in found.items() if entries}
