"""How Hypothesis draws a program."""

from __future__ import annotations

from hypothesis import strategies as st

from random_programs import CASES_OF, CONSTANT, KEYS, Program, Step

SHAPES = [(), (1,), (3,), (2, 3), (3, 1), (2, 2)]
MOST_STEPS = 5


@st.composite
def programs(draw, key):
    """A program in which one step, at least, calls a case of `key`."""
    shapes = tuple(draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3)))
    count = draw(st.integers(1, MOST_STEPS))
    place, steps = draw(st.integers(0, count - 1)), []
    for i in range(count):
        case = draw(st.sampled_from(CASES_OF[key if i == place else draw(st.sampled_from(KEYS))]))
        values = len(shapes) + i
        pick = st.integers(CONSTANT, values - 1)
        sources = [draw(pick) for _ in case.operands]
        if all(source == CONSTANT for source in sources):
            sources[0] = values - 1  # something is traced in every step
        steps.append(Step(case, tuple(sources), draw(st.integers(0, 9))))
    return Program(shapes, tuple(steps))
