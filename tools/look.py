"""Take pictures of built pages, so that authors look at what readers see.

    python tools/look.py book/01-scalar-chain-rule [--out DIR] [--selector CSS] [--viewport-only]

PAGE is a page's name below `_build/html`, with or without `.html`. Each is photographed light and
dark, on a desktop (1280) and on a phone (360); the files are named PAGE-THEME-WIDTH.png and their
paths are printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from playwright.sync_api import sync_playwright

import chromium

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
WIDTHS = {"desktop": (1280, 900), "phone": (360, 740)}
READY = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"


def page_file(name: str, site: Path) -> Path:
    path = site / name.removesuffix(".html").removesuffix(".ipynb").removesuffix(".md")
    path = path.with_name(path.name + ".html")
    if not path.exists():
        raise SystemExit(f"{name}: no such page in the built site; run `make book`")
    return path


def photograph(
    pages: list[str], out: Path, selector: str | None, full: bool, site: Path = SITE
) -> list[Path]:
    """Write the pictures; give their paths."""
    found = chromium.find()
    if found is None:
        raise SystemExit(chromium.MISSING)
    out.mkdir(parents=True, exist_ok=True)
    pictures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=chromium.flags())
        for theme in ("light", "dark"):
            for kind, (width, height) in WIDTHS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    offline=True,
                    is_mobile=kind == "phone",
                )
                for name in pages:
                    page = context.new_page()
                    page.goto(page_file(name, site).as_uri())
                    page.evaluate(READY)
                    stem = out / f"{Path(name).stem}-{theme}-{kind}"
                    if selector:
                        for number, element in enumerate(page.locator(selector).all()):
                            pictures.append(stem.with_name(f"{stem.name}-{number}.png"))
                            element.screenshot(path=pictures[-1])
                    else:
                        pictures.append(stem.with_name(f"{stem.name}.png"))
                        page.screenshot(path=pictures[-1], full_page=full)
                    page.close()
                context.close()
        browser.close()
    return pictures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="+", metavar="PAGE")
    parser.add_argument("--out", type=Path, default=Path("_build/look"))
    parser.add_argument("--selector", help="photograph the elements of this CSS selector alone")
    parser.add_argument("--viewport-only", action="store_true", help="what is above the fold")
    options = parser.parse_args()
    for picture in photograph(
        options.pages, options.out, options.selector, not options.viewport_only
    ):
        print(picture)


if __name__ == "__main__":
    main()
