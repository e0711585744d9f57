"""Build the site: warnings are errors, and a failed build leaves the last good site where it was.

The build happens beside the site, in `_build/next`, and takes the site's place when it is whole.
Sphinx keeps its cache there, so a second build reads the changed pages alone. The cache is thrown
away after a failure, since Sphinx would not repeat the warnings of pages that it has read, and
whenever something changed that Sphinx does not watch.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"  # it has no `python -m`
UNWATCHED = [
    "_config.yml",
    "_toc.yml",
    "requirements*.lock",
    "book/_ext/**/*.py",
    "book/assets/*",
    "book/*.bib",
    "backprop_lab/seals.py",
    "backprop_lab/tex.py",
]


def fingerprint(root: Path) -> str:
    """Digest the files on which every page depends."""
    digest = hashlib.sha256(sys.version.encode())
    for pattern in UNWATCHED:
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build(root: Path = ROOT) -> int:
    """Build the book of `root` into `_build/html`; give the exit code."""
    out, work = root / "_build", root / "_build" / "next"
    seal = work / "complete"  # holds the fingerprint of a build that ended well
    if not seal.exists() or seal.read_text() != fingerprint(root):
        shutil.rmtree(work, ignore_errors=True)
    seal.unlink(missing_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-c",
        JUPYTER_BOOK,
        "build",
        str(root),
        "--path-output",
        str(work),
        "-W",
        "--keep-going",
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        ),
    }
    start = time.monotonic()
    log = work / "build.log"
    with log.open("w") as stream:
        done = subprocess.run(
            command, cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT, check=False
        )
    html = work / "_build" / "html"
    if done.returncode or not (html / "index.html").exists():
        sys.stdout.write(re.sub(r"\x1b\[[0-9;]*m", "", log.read_text()))
        shutil.rmtree(work, ignore_errors=True)
        kept = " The last good site is still there." if (out / "html").exists() else ""
        print(f"\nThe book was not built: each WARNING or ERROR above is a reason.{kept}")
        return 1
    seal.write_text(fingerprint(root))
    swap(html, out / "html")
    print(f"Built in {time.monotonic() - start:.1f} s, without a warning.")
    return 0


def swap(new: Path, site: Path) -> None:
    """Put a copy of `new` in the place of `site`, by renaming: nobody meets half a site."""
    fresh, old = site.with_name("html.fresh"), site.with_name("html.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(new, fresh)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    code = build()
    if not code:
        print(f"Open {(BUILD / 'html' / 'index.html').as_uri()}")
    sys.exit(code)
