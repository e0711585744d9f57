"""Random programs over the whole registry: more than 2,000, the same ones in every run.

Each is checked in value (plain NumPy's), by a truth from the plain program alone (complex step
where its functions are analytic, else differences), by the dot product of the two modes, by the
peer, in second order, and in float32. A failure prints the program as code that runs by itself.
"""

from __future__ import annotations

import collections
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import backprop_lab as bl
from backprop_lab.errors import name_of
from backprop_lab.rules import RULES
from random_programs import KEYS, UNDRAWABLE
from random_programs.checks import (
    Measured,
    check_all,
    dot_product,
    float32_stays,
    same_as_peer,
    truth,
)
from random_programs.strategy import programs

PROGRAMS = 2000  # at least, over all keys together
EACH = 9  # programs that contain a given key


def drawn(key, check, count=EACH, shrink=True):
    """Run `check` on `count` programs with `key`, the same ones each time; count what it says."""
    said = collections.Counter()

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(zlib.crc32(name_of(key).encode()))
    @given(programs(key))
    def run(program):
        try:
            said.update(check(program))
        except Exception as error:
            error.add_note(program.code())
            raise
        said["programs"] += 1

    run()
    return said


@pytest.mark.parametrize("key", KEYS, ids=name_of)
def test_programs_with(key):
    said = drawn(key, check_all)
    assert said["programs"] >= EACH
    assert said["complex step"] + said["differences"] >= 0.8 * EACH, "too few have a truth"


def test_more_than_2000_programs_are_drawn_and_every_function_is_in_nine_at_least():
    """What the tests above run: `EACH` programs that contain a key, for each key."""
    assert EACH * len(KEYS) >= PROGRAMS


def test_the_grammar_knows_every_function():
    assert {RULES[key].name for key in set(RULES) - set(KEYS)} == set(UNDRAWABLE)
    assert all(len(reason) > 10 for reason in UNDRAWABLE.values())


# --- tests of the tests ---------------------------------------------------------------------------------

SLIGHTLY = 1 + 1e-6  # wrong by this factor, in both modes alike


def wrong_sine():
    bl.elementwise(np.sin, lambda x: SLIGHTLY * np.cos(x))


def wrong_product():
    bl.elementwise(np.multiply, lambda b: b, lambda a: SLIGHTLY * a)


def wrong_cumsum():
    @bl.rule(np.cumsum, takes="a / axis")
    def cumsum(a, axis=None):
        def pushforward(a_dot):
            return SLIGHTLY * np.cumsum(a_dot, axis=axis)

        def pullback(y_bar):
            along = 0 if axis is None else axis
            back = np.flip(np.cumsum(np.flip(y_bar, along), along), along)
            return SLIGHTLY * np.reshape(back, np.shape(a))

        return np.cumsum(a, axis=axis), pushforward, pullback


@pytest.mark.parametrize(
    "key, register", [(np.sin, wrong_sine), (np.multiply, wrong_product), (np.cumsum, wrong_cumsum)]
)
def test_a_wrong_derivative_that_both_modes_share_is_caught_by_the_truth(
    key, register, monkeypatch
):
    """The dot product cannot see it: both modes come from one f′. The truth and the peer do."""
    monkeypatch.setitem(RULES, key, RULES[key])  # to be put back
    register()
    drawn(key, lambda program: [dot_product(program, Measured(program))])
    for check in (truth, same_as_peer):
        with pytest.raises(AssertionError):
            drawn(key, lambda p, check=check: [check(p, Measured(p))], count=60, shrink=False)


def test_a_pullback_that_is_not_the_adjoint_is_caught_by_the_dot_product(monkeypatch):
    monkeypatch.setitem(RULES, np.cumsum, RULES[np.cumsum])

    @bl.rule(np.cumsum, takes="a / axis")
    def cumsum(a, axis=None):
        def back(y_bar):
            return np.reshape(np.cumsum(y_bar, axis=axis), np.shape(a))  # not run from the end

        return np.cumsum(a, axis=axis), lambda a_dot: np.cumsum(a_dot, axis=axis), back

    with pytest.raises(AssertionError):
        drawn(np.cumsum, lambda p: [dot_product(p, Measured(p))], shrink=False)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # NumPy's, of vectors of two components
@pytest.mark.parametrize("key", KEYS[::7], ids=name_of)
def test_a_program_is_printed_as_code_that_gives_its_value(key):
    def check(program):
        assert program.code().startswith("\nimport numpy as np\n")
        there = {}
        exec(program.code().replace("print(", "value = ("), there)
        np.testing.assert_array_equal(there["value"], program.run(*program.primals()))
        return ["printed"]

    assert drawn(key, check, count=10)["printed"] >= 10


def test_a_float64_on_the_way_back_is_caught(monkeypatch):
    """Though the cotangent of a float32 primal is handed out as a float32."""
    monkeypatch.setitem(RULES, np.sin, RULES[np.sin])
    bl.elementwise(np.sin, lambda x: np.cos(x) * np.float64(1))
    with pytest.raises((AssertionError, bl.TraceError), match="float64"):
        drawn(np.sin, lambda p: [float32_stays(p, None)], shrink=False)


def test_a_failure_prints_the_program():
    def fails(program):
        raise AssertionError("no")

    with pytest.raises(AssertionError) as caught:
        drawn(np.sum, fails)
    assert "np.sum(" in "".join(caught.value.__notes__)


def test_the_programs_are_the_same_ones_in_every_run():
    first, again = [], []
    drawn(np.exp, lambda program: first.append(program) or [])
    drawn(np.exp, lambda program: again.append(program) or [])
    assert [p.code() for p in first] == [p.code() for p in again]
    assert len({p.code() for p in first}) > 0.9 * len(first)
