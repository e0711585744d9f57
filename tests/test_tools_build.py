"""`make book`: a second build is a cached one, and a failed one leaves the last good site in place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import build_book

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def book(tmp_path):
    """A book of one page, with the real configuration and extension."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text("# A page\n\nGood.\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/page\n")
    for part in ("_ext", "assets"):
        shutil.copytree(ROOT / "book" / part, tmp_path / "book" / part)
    shutil.copy(ROOT / "book/references.bib", tmp_path / "book")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "backprop_lab", tmp_path / "backprop_lab")
    return tmp_path


def test_failed_build_keeps_the_last_good_site_and_fails_again(book, capsys):
    page, site = book / "book/page.md", book / "_build/html/book/page.html"
    assert build_book.build(book) == 0
    assert "Good." in site.read_text()

    page.write_text("# A page\n\nBad: [nowhere](#nowhere).\n")
    assert build_book.build(book) == 1
    assert "Good." in site.read_text()
    said = capsys.readouterr().out
    assert "nowhere" in said and "The last good site is still there." in said
    # Sphinx alone would not repeat the warning of a page that it has read.
    assert build_book.build(book) == 1

    page.write_text("# A page\n\nBetter.\n")
    assert build_book.build(book) == 0
    assert "Better." in site.read_text()


def test_what_sphinx_does_not_watch_is_watched(book):
    before = build_book.fingerprint(book)
    (book / "book/page.md").write_text("# A page\n\nSphinx watches this one.\n")
    assert build_book.fingerprint(book) == before
    (book / "book/_ext/lab_book/pages.py").write_text("# changed\n")
    assert build_book.fingerprint(book) != before
