"""Write into the README what is measured elsewhere: the counts of proofs, the table of speed.

    python tools/readme.py            write both
    python tools/readme.py --check    say whether they are up to date, and change nothing

The proofs are counted when the book is built (`book/_ext/lab_book/counts.py`); the landing page
quotes the same. The table is that of `make bench`, which the book shows as well.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKS = {
    name: re.compile(rf"(<!-- {name}: tools/readme.py -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    for name in ("counts", "speed")
}


def sentence(total: dict[str, int]) -> str:
    """Say the counts in words."""
    return (
        f"The book prints **{total['equations']:,} proofs**, {total['lines']:,} lines in all: "
        f"{total['all-sizes']:,} for all sizes,\n{total['all-values']:,} for all values, "
        f"{total['fixed-size']:,} at a fixed size, {total['points']:,} checked at points. "
        f"{total['receipts']:,} receipts compare them with\nnumbers. Each count is taken when the "
        "book is built.\n"
    )


def table(results: str) -> str:
    """Give the table of `benchmarks/results.md`, folded, under the sentence that sums it up."""
    lines = results.splitlines()
    (score,) = (line for line in lines if line.startswith("Of "))
    rows = "\n".join(line for line in lines if line.startswith("|"))
    summary = "<summary>Every row, with its goal</summary>"
    return f"{score}\n\n<details>{summary}\n\n{rows}\n\n</details>\n"


def updated(readme: str, texts: dict[str, str]) -> str:
    """Give the README with each text between its marks."""
    for name, text in texts.items():
        if not MARKS[name].search(readme):
            raise SystemExit(f"README.md has no place for the {name}: {MARKS[name].pattern}")
        readme = MARKS[name].sub(lambda found, text=text: found[1] + text + found[2], readme)
    return readme


def measured(root: Path) -> dict[str, str]:
    """Give both texts, from the built site and from the stored table."""
    counted = root / "_build/html/proofs.json"
    if not counted.exists():
        raise SystemExit("there is no built site; run `make book` first")
    total = json.loads(counted.read_text(encoding="utf-8"))["total"]
    results = (root / "benchmarks/results.md").read_text(encoding="utf-8")
    return {"counts": sentence(total), "speed": table(results)}


def main(arguments: list[str]) -> int:
    """Write or check; give the exit code."""
    readme = ROOT / "README.md"
    before = readme.read_text(encoding="utf-8")
    after = updated(before, measured(ROOT))
    if before == after:
        return 0
    if "--check" in arguments:
        print("README.md: counts or speed are stale; run `.venv/bin/python tools/readme.py`")
        return 1
    readme.write_text(after, encoding="utf-8")
    print("README.md: counts and speed are written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
