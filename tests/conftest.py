"""What several test files share: the built site, one browser. Tools are imported from `tools/`."""

from __future__ import annotations

from pathlib import Path

import pytest

import chromium

ROOT = Path(__file__).resolve().parent.parent


# Tests that a tracer slows down twofold, or that measure; others run the same lines of the package.
NOT_TRACED = {"test_benchmarks", "test_hardening_runs", "test_peer", "test_random_programs"}
NOT_TRACED |= {"test_book_binding", "test_book_pages", "test_tools_build", "test_tools_notebooks"}


def pytest_collection_modifyitems(items):
    """Leave some files out of the coverage: `no_cover` is pytest-cov's own marker."""
    for item in items:
        if item.path.stem in NOT_TRACED:
            item.add_marker(pytest.mark.no_cover)


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
