"""What several test files share: the built site, one browser. Tools are imported from `tools/`."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import chromium

ROOT = Path(__file__).resolve().parent.parent


# Tests that a tracer slows down twofold, or that measure; others run the same lines of the package.
# In other files single tests are marked `no_cover`: those that run again what their neighbours ran.
NOT_TRACED = {"test_benchmarks", "test_hardening_runs", "test_peer", "test_random_programs"}
NOT_TRACED |= {"test_book_binding", "test_book_pages", "test_tools_build", "test_tools_notebooks"}
NOT_TRACED |= {"test_accessibility", "test_explorers_jupyter", "test_tampering"}

# The files that take longest, in this order: one that starts last would leave the other core idle.
FIRST = """test_rules test_random_programs test_accessibility test_index_forms test_book_pages
test_book_binding test_tampering test_slip_matrix test_exercises test_explorers_browser
test_hardening_runs test_tools_notebooks test_explorers_jupyter test_verify test_inner_products
test_binding_receipts test_equality test_draw test_museum test_explorers test_symbolic
test_all_sizes test_peer test_derivation test_rule_cards test_slips""".split()


def place(item) -> int:
    """When the file of a test starts."""
    return FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST)


def pytest_collection_modifyitems(items):
    """Start long files first; leave some out of the coverage (`no_cover` is pytest-cov's marker)."""
    items.sort(key=place)
    for item in items:
        if item.path.stem in NOT_TRACED:
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish():
    """Let the garbage collector pass over what the collection made: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def unhurried(monkeypatch):
    """An answer has a minute: three seconds may be short on a machine that does other things too."""
    from backprop_lab.exercises import limits

    monkeypatch.setattr(limits, "SECONDS", 60.0)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def site(root: Path) -> Path:
    """The built site; `make test` builds it before the tests."""
    site = root / "_build" / "html"
    if not (site / "index.html").exists():
        pytest.fail("there is no built site; run `make book` first")
    return site


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests: without one CI fails, elsewhere the tests are skipped."""
    found = chromium.find()
    if found is None:
        (pytest.fail if chromium.in_ci() else pytest.skip)(chromium.MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=chromium.flags())
        yield browser
        browser.close()
