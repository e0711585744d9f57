"""The table as text and as Markdown, and its files, which a failed run leaves as they were."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from benchmarks.explicit import COLUMN as EXPLICIT

OURS = "Backprop Lab"
COLUMNS = [OURS, "autograd", "MyGrad", "PyTorch", "JAX jit", "JAX eager"]
COMMAND = "make bench"


def number(x: float) -> str:
    """Three digits or so, without more decimals than were measured.

    >>> [number(x) for x in (0.0123, 0.5, 1.234, 23.45, 812.6)]
    ['0.012', '0.50', '1.23', '23.4', '813']
    """
    if abs(x) < 0.095:
        return f"{x:.2g}"
    return f"{x:.2f}" if abs(x) < 10 else f"{x:.1f}" if abs(x) < 100 else f"{x:.0f}"


def cell(found: dict | str | None, spread: bool) -> str:
    """Median, and quartiles where they are wanted and there is more than one sample."""
    if found is None or isinstance(found, str):
        return found or "–"
    text = number(found["median"])
    if spread and found["rounds"] > 1:
        text += f" ({number(found['low'])}–{number(found['high'])})"
    return text


def verdict(row: dict, found: dict | str | None) -> str:
    """Whether Backprop Lab reached the goal of a row."""
    if row["goal"] is None:
        return ""
    if not isinstance(found, dict):
        return "not measured"
    if found["median"] > row["goal"]:
        return "not reached"
    stretch = row["stretch"]
    return "✓ stretch" if stretch is not None and found["median"] <= stretch else "✓"


def bound(value: float | None) -> str:
    """A goal, as it stands in the table."""
    return "" if value is None else f"≤\N{NO-BREAK SPACE}{value:g}"


def line(row: dict, column: str, found: dict | str) -> str:
    """One measurement, for the terminal."""
    goal = bound(row["goal"]) if column == OURS else ""
    reached = verdict(row, found) if column == OURS else ""
    title = row["title"] + ("" if row["unit"] == "×" else f" [{row['unit']}]")
    return f"{column:<13} {title:<52} {cell(found, True):>22}  {goal:<7} {reached}".rstrip()


def score(results: dict) -> str:
    """Say how many goals are reached."""
    found = [verdict(row, row["cells"].get(OURS)) for row in results["rows"]]
    return f"Of {sum(map(bool, found))} goals {sum('✓' in word for word in found)} are reached."


def markdown(results: dict) -> str:
    """The table for the book and the README, with what is needed to read it."""
    measured = [c for c in COLUMNS if any(c in row["cells"] for row in results["rows"])]
    head = ["gradient of"]
    for column in measured:
        head += [column, "reached"] if column == OURS else [column]
    head += ["goal", "stretch"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in results["rows"]:
        if EXPLICIT in row["cells"]:
            continue
        unit = "" if row["unit"] == "×" else f" ({row['unit']})"
        against = "" if row["against"] in ("by hand", "nothing") else f", over {row['against']}"
        entries = [row["title"] + against + unit]
        for column in measured:
            found = row["cells"].get(column)
            entries.append(cell(found, column == OURS))
            if column == OURS:
                entries.append(verdict(row, found))
        entries += [bound(row["goal"]), bound(row["stretch"])]
        lines.append("| " + " | ".join(entries) + " |")
    return "\n".join(
        [*introduction(results), "", *lines, "", score(results), "", *why_vjps(results)]
    )


def why_vjps(results: dict) -> list[str]:
    """What an explicit Jacobian costs, in one sentence below the table."""
    found = [row for row in results["rows"] if EXPLICIT in row["cells"]]
    times = [f"{number(row['cells'][EXPLICIT]['median'])} ({row['title']})" for row in found]
    text = "Time to build the explicit Jacobian of a linear layer and multiply by it, over its VJP:"
    return [f"{text} {', '.join(times)}.", ""] if found else []


def introduction(results: dict) -> list[str]:
    """What the numbers are, in sentences above the table."""
    m = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    quick = "This was a quick run at small sizes: it says only that the benchmark works. "
    return [
        (quick if results["quick"] else "")
        + "Times are ratios to the same gradient written out by hand in NumPy, or to what the "
        "row names: medians of paired ratios, measured in alternation (quartiles in brackets; "
        "those of the peers are in `results.json`). "
        f"1 is the speed of code by hand, and less is better. `{COMMAND}` measures them again.",
        "",
        f"{m['cpu']}, {m['cores']} cores of which one is used, {m['system']}; {m['python']}, "
        f"NumPy {m['numpy']}, {m['blas']}, one thread; {versions}. glibc is told to keep freed "
        "memory unless the row says otherwise; the garbage collector is on, as it is for users.",
    ]


def write(results: dict, folder: Path) -> list[Path]:
    """Write `results.json` and `results.md`, each whole or not at all."""
    texts = {
        "results.json": json.dumps(results, indent=1, ensure_ascii=False) + "\n",
        "results.md": markdown(results),
    }
    drafts = {}
    try:
        for name, text in texts.items():
            with tempfile.NamedTemporaryFile(
                "w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8"
            ) as draft:
                drafts[name] = draft.name
                draft.write(text)
            os.chmod(draft.name, 0o644)  # a temporary file is its owner's alone
        for name, draft in drafts.items():  # both are complete before either is replaced
            os.replace(draft, folder / name)
    finally:
        for draft in drafts.values():
            Path(draft).unlink(missing_ok=True)
    return [folder / name for name in texts]
