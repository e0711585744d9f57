"""The mistakes that people make, by name: one list for proofs, chapters and exercises.

A slip turns the right answer's ingredients into a wrong answer. When an author's or a learner's
line is wrong, and one of these explains it, the message says which. The words are in `slip_words`,
and in `slip_words_exercises` those of slips that only an exercise can meet; how wrong answers are
made is in `slip_paths` (scalars), `slip_jacobians` (a fixed size), `slip_entries` (all sizes) and
`slip_shapes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backprop_lab.slip import Slip
from backprop_lab.slip_words import IN_PROOFS
from backprop_lab.slip_words_exercises import IN_EXERCISES

__all__ = ["SLIPS", "Slip", "slip_of", "slip_of_shape"]

SLIPS: dict[str, Slip] = {slip.name: slip for slip in (*IN_PROOFS, *IN_EXERCISES)}


def slip_of(kind: str, ingredients: tuple, is_it: Callable[[object], bool]) -> Slip | None:
    """Find the slip one of whose wrong answers is the line; None where none is.

    `kind` is "on_paths", "on_jacobian" or "on_entries"; `ingredients` is what such a function
    takes; `is_it(wrong)` says whether a wrong answer is the line.
    """
    for slip in SLIPS.values():
        make = getattr(slip, kind)
        if make and any(is_it(wrong) for wrong in make(*ingredients)):
            return slip
    return None


def slip_of_shape(got: Sequence, wanted: Sequence) -> Slip | None:
    """Find the slip that a wrong shape gives away. Sizes are numbers or letters.

    >>> slip_of_shape((4, 3), (3, 4)).name, slip_of_shape(("N", "m"), ("m",)).name
    ('transposed', 'broadcast')
    >>> slip_of_shape((5,), (3, 4)) is None
    True
    """
    got, wanted = (tuple(map(str, shape)) for shape in (got, wanted))
    return next((s for s in SLIPS.values() if s.by_shape and s.by_shape(got, wanted)), None)
