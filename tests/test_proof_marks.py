"""The mark at an equation: it opens the receipt by mouse and by keys, and says how it is known."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import backprop_lab as bl
import readme
from backprop_lab.proofs import Line

pytestmark = [pytest.mark.browser, pytest.mark.book]

ROOT = Path(__file__).resolve().parent.parent
READY = "() => !window.MathJax?.startup || MathJax.startup.promise.then(() => true)"
PAGE = "book/05-vector-jacobian-products.html"


def neuron(w, x):
    return bl.let("L", bl.let("z", np.tanh(w * x)) ** 2)


@pytest.fixture(scope="module")
def three_marks(site, tmp_path_factory):
    """The page of a chapter with three proofs in it: for all values, for all sizes, at points."""
    numbers = bl.derive(neuron, wrt="w")
    sizes = bl.derive(lambda X, W: bl.let("Y", X @ W), "X", {"X": ("N", "p"), "W": ("p", "m")})
    points = Line("a", "a", "", "checked at 20 points", numbers.lines[0].value)
    checked = numbers._with([*numbers.lines, points])
    labelled = [
        bl.receipt(f"eq-mark-{name}", d)._repr_html_() for name, d in (("v", numbers), ("s", sizes))
    ]
    text = (site / PAGE).read_text()
    head, _, rest = text.partition("<article")
    tag, _, rest = rest.partition(">")
    _, _, foot = rest.partition("</article>")
    body = "".join(f"<section>{proof}</section>" for proof in [*labelled, checked._repr_html_()])
    base = f'<head><base href="{(site / "book").as_uri()}/">'  # beside the site, not in it
    head = re.sub("<head[^>]*>", base, head, count=1)
    page = tmp_path_factory.mktemp("marks") / "marks.html"
    page.write_text(f"{head}<article{tag}><h1>Marks</h1>{body}</article>{foot}")
    return page


@pytest.fixture(params=[("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def shown(browser, three_marks, request):
    theme, width = request.param
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, color_scheme=theme, is_mobile=width < 500)
    page = context.new_page()
    page.goto(three_marks.as_uri())
    page.evaluate(READY)
    yield page
    context.close()


MARKS = ".bl-proof details.bl-receipt > summary"


def test_the_mark_says_in_words_and_by_a_sign_how_the_equation_is_known(shown):
    said = [s.strip() for s in shown.locator(MARKS).all_inner_texts()]
    assert [re.sub(r"\s*[▸▾]$", "", s) for s in said] == [
        "✓ proved for all values",
        "✓ proved for all sizes",
        "≈ checked at 20 points",
    ]
    lines = shown.locator(".bl-proof").evaluate_all(
        "es => es.map(e => getComputedStyle(e).borderLeftStyle)"
    )
    assert lines == ["solid", "solid", "double"], "not by colour alone"


def test_the_mark_is_discreet_and_large_enough_for_a_finger(shown):
    for box in shown.locator(MARKS).evaluate_all(
        "es => es.map(e => ({h: e.getBoundingClientRect().height,"
        " w: e.getBoundingClientRect().width, size: parseFloat(getComputedStyle(e).fontSize)}))"
    ):
        assert box["h"] >= 24 and box["w"] >= 24  # WCAG 2.2, target size
        assert box["size"] < 16


def test_keys_open_and_close_the_receipt(shown):
    first = shown.locator(MARKS).first
    for _ in range(200):
        shown.keyboard.press("Tab")
        if first.evaluate("e => e === document.activeElement"):
            break
    else:
        pytest.fail("Tab never reaches the mark")
    assert first.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", "focus is seen"
    receipt = shown.locator(".bl-proof").first.locator(".bl-receipt-table")
    assert not receipt.is_visible()
    shown.keyboard.press("Enter")
    assert receipt.is_visible() and "every reading agrees" in receipt.inner_text()
    shown.keyboard.press("Space")
    assert not receipt.is_visible()


def test_a_link_to_an_equation_leads_to_it(shown):
    shown.evaluate("location.hash = 'eq-mark-s'")
    assert shown.locator("#eq-mark-s").evaluate("e => e.matches(':target')")
    top = shown.locator("#eq-mark-s").bounding_box()["y"]
    assert -5 <= top <= 800


def test_open_receipts_fit_the_page(shown):
    shown.locator(MARKS).evaluate_all("es => es.forEach(e => e.click())")
    wide = shown.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 1


def test_print_shows_every_receipt_and_no_arrow(browser, three_marks):
    page = browser.new_page()
    page.goto(three_marks.as_uri())
    page.evaluate(READY)
    page.emulate_media(media="print")
    receipts = page.locator(".bl-proof .bl-receipt-table")
    assert receipts.count() == 2
    heights = receipts.evaluate_all("es => es.map(e => e.getBoundingClientRect().height)")
    assert min(heights) > 20, "a closed receipt is printed open"
    arrows = page.locator(MARKS).evaluate_all(
        "es => es.map(e => getComputedStyle(e, '::after').content)"
    )
    assert set(arrows) <= {'""', "none", "normal"}
    page.close()


# --- the counts --------------------------------------------------------------------------------------


def test_the_landing_page_quotes_the_counts_of_this_build(site):
    total = json.loads((site / "proofs.json").read_text())["total"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", (site / "book/index.html").read_text()))
    said = re.search(
        r"Counted when these pages were built: (\d+) proofs, with (\d+) lines in all\. (\d+) hold for all "
        r"sizes, (\d+) for all values, (\d+) at a fixed size, and (\d+) were checked at points\. "
        r"(\d+) receipts",
        text,
    )
    assert said, "the landing page gives no counts"
    names = ("equations", "lines", "all-sizes", "all-values", "fixed-size", "points", "receipts")
    assert [int(n) for n in said.groups()] == [total[name] for name in names]


def test_the_counts_are_those_of_the_pages_themselves(site):
    """Counted a second time, from the HTML that readers get."""
    total = json.loads((site / "proofs.json").read_text())["total"]
    marks, receipts, lines, status = [], 0, 0, []
    for page in (site / "book").glob("**/*.html"):
        text = page.read_text()
        marks += re.findall(r"<summary>[✓≈] ([^<]*)</summary>", text)
        receipts += len(re.findall(r'class="bl-receipt-table"', text))
        lines += len(re.findall(r'class="bl-line"', text))
        status += re.findall(r'class="bl-proof[^"]*"[^>]* data-status="(proved|checked)"', text)
        examples = re.findall(r'class="bl-proof bl-example"[^>]* data-status="proved"', text)
        del status[len(status) - len(examples) :]
    assert receipts == total["receipts"] and lines == total["lines"]
    assert len(status) == total["equations"] - total["bound"]
    for words, name in (("for all values", "all-values"), ("checked at", "points")):
        assert sum(words in mark for mark in marks) == total[name]
    assert sum("for all sizes" in mark for mark in marks) <= total["all-sizes"]
    ways = ("all-sizes", "all-values", "fixed-size", "points")
    assert sum(total[way] for way in ways) == len(status) > 100


def test_the_readme_has_the_counts_of_this_build_and_the_speed_that_is_stored(site):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.updated(text, readme.measured(ROOT)) == text, "run `make tables`"


def test_a_stale_readme_is_seen():
    total = dict.fromkeys(
        ("equations", "lines", "all-sizes", "all-values", "fixed-size", "points", "receipts"), 7
    )
    results = (
        "Times are …\n\n| row | ours |\n|---|---|\n| one | 1.2 |\n\nOf 3 goals 2 are reached.\n"
    )
    texts = {"counts": readme.sentence(total), "speed": readme.table(results)}
    stale = "".join(
        f"a\n<!-- {name}: tools/readme.py -->\nold\n<!-- end of {name} -->\nb\n" for name in texts
    )
    fresh = readme.updated(stale, texts)
    assert (
        "**7 proofs**, 7 lines in all" in fresh and "old" not in fresh and fresh.endswith("\nb\n")
    )
    assert "| one | 1.2 |\n\n</details>" in fresh and "Of 3 goals 2 are reached.\n\n<" in fresh
    assert readme.updated(fresh, texts) == fresh
    other = readme.sentence(total | {"receipts": 8})
    assert readme.updated(fresh, texts | {"counts": other}) != fresh
    with pytest.raises(SystemExit, match="no place for the counts"):
        readme.updated("nothing here", texts)
