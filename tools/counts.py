"""Write into the README how many equations the book prints, and how they are known.

    python tools/counts.py            write the lines from the built site's proofs.json
    python tools/counts.py --check    say whether they are up to date, and change nothing

The numbers are counted when the book is built (`book/_ext/lab_book/counts.py`); the landing page
quotes the same.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKS = re.compile(r"(<!-- counts: tools/counts.py -->\n).*?(<!-- end of counts -->)", re.DOTALL)


def sentence(total: dict[str, int]) -> str:
    """Say the counts in words."""
    return (
        f"The book prints **{total['equations']:,} proofs** of {total['lines']:,} lines: "
        f"{total['all-sizes']:,} for all sizes,\n{total['all-values']:,} for all values, "
        f"{total['fixed-size']:,} at a fixed size, {total['points']:,} checked at points. "
        f"{total['receipts']:,} receipts compare them with\nnumbers. Each count is taken when the "
        "book is built.\n"
    )


def updated(readme: str, total: dict[str, int]) -> str:
    """Give the README with the counts in their place."""
    if not MARKS.search(readme):
        raise SystemExit("README.md has no place for the counts: " + MARKS.pattern)
    return MARKS.sub(lambda found: found[1] + sentence(total) + found[2], readme)


def main(arguments: list[str]) -> int:
    """Write or check; give the exit code."""
    counted, readme = ROOT / "_build/html/proofs.json", ROOT / "README.md"
    if not counted.exists():
        raise SystemExit("there is no built site; run `make book` first")
    before = readme.read_text()
    after = updated(before, json.loads(counted.read_text())["total"])
    if before == after:
        return 0
    if "--check" in arguments:
        print("README.md: the counts are stale; run `.venv/bin/python tools/counts.py`")
        return 1
    readme.write_text(after)
    print("README.md: the counts are written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
