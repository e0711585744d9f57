"""The museum of errata: wrong lines from well-known places, refused, and the lines that hold.

The rooms are lists in the modules of this package; the page of the museum and its tests read them
from here, so that neither can show what the other has not tried.
"""

from __future__ import annotations

from dataclasses import replace

from backprop_lab.museum.alarms import ALARMS as _ALARMS
from backprop_lab.museum.exhibit import Alarm, AtPoint, Exhibit, Source
from backprop_lab.museum.factors import FACTORS, SLOPES
from backprop_lab.museum.paths import ORDER, PATHS
from backprop_lab.museum.points import POINTS
from backprop_lab.museum.products import SOFTMAX, TRANSPOSES
from backprop_lab.museum.trials import seen_by

ROOMS: dict[str, list[Exhibit]] = {
    "A transpose, or the other factor": TRANSPOSES,
    "A slope left behind": SLOPES,
    "A factor or a term too few, or too many": FACTORS,
    "Paths": PATHS,
    "Softmax is no diagonal": SOFTMAX,
    "Too early": ORDER,
    "Zeros, kinks and branches": POINTS,
}
EXHIBITS: dict[str, Exhibit] = {
    e.name: replace(e, room=room) for room, exhibits in ROOMS.items() for e in exhibits
}
ALARMS: dict[str, Alarm] = {e.name: e for e in _ALARMS}

__all__ = [
    "ALARMS",
    "EXHIBITS",
    "ROOMS",
    "Alarm",
    "AtPoint",
    "Exhibit",
    "Source",
    "alarm_table",
    "index_table",
    "label",
    "seen_by",
    "table_of_checks",
    "table_of_hides",
]


def index_table() -> str:
    """Write the index of the page: each exhibit, its slip and where it was seen, in Markdown."""
    rows = ["| | exhibit | slip | seen at |", "|--:|---|---|---|"]
    for number, e in enumerate(EXHIBITS.values(), 1):
        rows.append(
            f"| {number} | [{e.title}](#museum-{e.name}) | {e.slip} | {e.sources[0].text} |"
        )
    return "\n".join(rows)


def alarm_table() -> str:
    """Write the index of what was reported and is right, in Markdown."""
    rows = ["| reported | suspicion | seen at |", "|---|---|---|"]
    for e in ALARMS.values():
        rows.append(f"| [{e.title}](#museum-{e.name}) | {e.slip} | {e.sources[0].text} |")
    return "\n".join(rows)


def table_of_checks() -> str:
    """Write which checks see which exhibits, in Markdown: each tried, alike ones in one row."""
    alike: dict[tuple[bool, ...], list[int]] = {}
    for number, e in enumerate(EXHIBITS.values(), 1):
        alike.setdefault(tuple(seen_by(e).values()), []).append(number)
    rows = ["| exhibits | shapes | differences | dot product | proof |", "|---|:-:|:-:|:-:|:-:|"]
    for seen, numbers in alike.items():
        marks = " | ".join("✓" if yes else "–" for yes in seen)
        rows.append(f"| {_ranges(numbers)} | {marks} |")
    return "\n".join(rows)


def table_of_hides() -> str:
    """Write where each written line passes, in Markdown."""
    rows = ["| | exhibit | it passes where |", "|--:|---|---|"]
    for number, e in enumerate(EXHIBITS.values(), 1):
        rows.append(f"| {number} | {e.title} | {e.hides} |")
    return "\n".join(rows)


def _ranges(numbers: list[int]) -> str:
    """Write numbers with runs shortened: 1, 3-5 (with a dash between the ends of a run)."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def label(exhibit: Exhibit) -> str:
    """Write the label below an exhibit: its sources as links, and their state.

    >>> label(EXHIBITS["in-place"])[:46]
    '**Seen at** [LibRapid, `Dual::operator*=`](htt'
    """
    links = [f"[{s.text}]({s.url}) ({s.state})" for s in exhibit.sources]
    return f"**Seen at** {'; '.join(links)}."
