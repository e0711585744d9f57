"""The twenty Jacobian puzzles, in rising order.

>>> [len(group) for group in GROUPS.values()]
[5, 5, 5, 5]
"""

from __future__ import annotations

from backprop_lab.exercises.one_line import Puzzle
from backprop_lab.exercises.puzzle_products import DEPEND, MULTIPLY
from backprop_lab.exercises.puzzle_sums import ADD, STAY_OR_MOVE

GROUPS: dict[str, tuple[Puzzle, ...]] = {
    "Entries that stay, or move": STAY_OR_MOVE,
    "Entries that are added": ADD,
    "Products": MULTIPLY,
    "Slopes that depend on where you stand": DEPEND,
}
PUZZLES: tuple[Puzzle, ...] = tuple(p for group in GROUPS.values() for p in group)
EXERCISES = tuple(p.exercise for p in PUZZLES)
