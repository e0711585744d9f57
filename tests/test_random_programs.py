"""Random programs over the whole registry: more than 2,000, the same ones in every run.

Each is checked in value (plain NumPy's), by a truth from the plain program alone (complex step
where its functions are analytic, else differences), by the dot product of the two modes, by the
peer, in second order, and in float32. A failure prints the program as code that runs by itself.
"""

from __future__ import annotations

import collections
import contextlib
import math
import zlib

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import backprop_lab as bl
import peer
from backprop_lab.errors import name_of
from backprop_lab.rules import RULES
from peer.comparing import supports
from random_programs import KEYS, UNDRAWABLE, weights
from random_programs.strategy import programs

PROGRAMS = 2000  # at least, over all keys together
EACH = max(9, math.ceil(PROGRAMS / len(KEYS)))  # programs that contain a given key
TOLERANCE = 1e-11  # of Σ|paths|, for what is right up to rounding
STEP = 1e-30  # of a complex step


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


class Measured:
    """What both modes say of a program at its point.

    `scale` is Σ|x̄||ẋ| over the operands of all steps: where paths cancel, what the parts were.
    """

    def __init__(self, program):
        self.f, self.xs = program.run, program.primals()
        self.dots = [weights(k, x.shape, np.float64) for k, x in enumerate(self.xs, 100)]
        self.value, self.pullback = bl.vjp(self.f, *self.xs)
        self.bars = self.pullback(1.0)
        self.value_again, self.slope = bl.jvp(self.f, self.xs, self.dots)
        self.scale = dot(map(np.abs, self.bars), map(np.abs, self.dots))
        self.scale += np.sum(np.abs(operand_tangents(self) * operand_cotangents(self)))


def operand_tangents(m):
    """The tangent of each operand of each step, all entries in one axis."""

    def operands(*xs):
        met = []
        m.f(*xs, met=met)
        return np.concatenate([np.ravel(x) for x in met])

    return bl.jvp(operands, m.xs, m.dots)[1]


def operand_cotangents(m):
    """The cotangent of each operand of each step, all entries in one axis."""
    n, met = len(m.xs), []
    m.f(*m.xs, met=met)
    bumps = [np.zeros(np.shape(x)) for x in met]
    _, pullback = bl.vjp(lambda *all_: m.f(*all_[:n], bumps=all_[n:]), *m.xs, *bumps)
    return np.concatenate([np.ravel(x_bar) for x_bar in pullback(1.0)[n:]])


def dot(left, right):
    """⟨left, right⟩ over all primals."""
    return sum(np.sum(a * b) for a, b in zip(left, right, strict=True))


# --- the checks: each raises, or says what it did -----------------------------------------------------


def same_value(program, m):
    """The value is plain NumPy's, to the last bit."""
    plain = program.run(*m.xs)
    np.testing.assert_array_equal(m.value, plain)
    np.testing.assert_array_equal(m.value_again, plain)
    return "value"


def same_twice(program, m):
    """A second walk over the tape gives the same cotangents."""
    for first, again in zip(m.bars, m.pullback(1.0), strict=True):
        np.testing.assert_array_equal(first, again)
    return "twice"


def dot_product(program, m):
    """⟨x̄, ẋ⟩ = ẏ: reverse mode is forward mode transposed."""
    assert abs(dot(m.bars, m.dots) - m.slope) <= TOLERANCE * m.scale
    return "dot"


def truth(program, m):
    """The slope of the plain program: by a complex step, else by differences."""
    if all(is_analytic(step.case) for step in program.steps):
        there = [x + 1j * STEP * d for x, d in zip(m.xs, m.dots, strict=True)]
        slope = np.imag(program.run(*there, call=lambda case: case.plain or case.call)) / STEP
        assert abs(slope - m.slope) <= TOLERANCE * m.scale, f"{m.slope} is not {slope}"
        return "complex step"
    slope, error = richardson(lambda t: program.run(*moved(m, t)))
    if error > 1e-7 * (m.scale + abs(slope)):  # a kink lies within the step, or all digits cancel
        return "no truth"
    assert abs(slope - m.slope) <= 1e-8 * m.scale + 1e-11 * abs(m.value), (
        f"{m.slope} is not {slope}"
    )
    return "differences"


def is_analytic(case):
    return case.plain is not None or RULES[case.key].analytic


def moved(m, t):
    return [x + t * d for x, d in zip(m.xs, m.dots, strict=True)]


def richardson(f, h=1e-3):
    """Derivative at 0 by central differences at h, h/2, h/4, and how far the last two orders part."""
    table = [(f(h / 2**k) - f(-h / 2**k)) / (2 * h / 2**k) for k in range(3)]
    second = [(4 * table[k + 1] - table[k]) / 3 for k in range(2)]
    return (16 * second[1] - second[0]) / 15, abs(second[1] - second[0])


def same_as_peer(program, m):
    """HIPS autograd's cotangents, where it has every function of the program."""
    if not all(supports(step.case) for step in program.steps):
        return "no peer"

    def f(*xs):
        return program.run(*xs, xp=anp, call=peer.call_of)

    with np.errstate(all="ignore"):
        bars = peer.vjp(f, m.xs)[1](1.0)
    if not all(np.all(np.isfinite(x_bar)) for x_bar in bars):
        return "no peer"  # at an exact 0 its np.sinc, and its like, divide by 0
    for ours, theirs in zip(m.bars, bars, strict=True):
        assert np.shape(ours) == np.shape(theirs)
        assert np.all(np.abs(ours - theirs) <= 1e-10 * m.scale)
    return "peer"


def symmetric_hessian(program, m):
    """u·Hv = v·Hu, both by forward over reverse."""
    others = [weights(k, x.shape, np.float64) for k, x in enumerate(m.xs, 200)]

    def times(v):
        return bl.jvp(lambda *xs: bl.vjp(m.f, *xs)[1](1.0), m.xs, v)[1]

    Hu, Hv = times(m.dots), times(others)
    size = dot(map(np.abs, m.dots), map(np.abs, Hv)) + dot(map(np.abs, others), map(np.abs, Hu))
    assert abs(dot(m.dots, Hv) - dot(others, Hu)) <= 1e-9 * (size + m.scale)
    return "hessian"


@bl.primitive
def single(x):
    """Give x back; what comes along it, forward or backward, must be a float32 too."""
    return x


def _is_single(dot):
    assert type(dot) is float or dot.dtype == np.float32, f"{dot.dtype} on the way"
    return dot


@contextlib.contextmanager
def singles():
    """Register the rule of `single` for a while: the registry is to hold the package's own."""
    bl.rule(single, takes="x")(lambda x: (x, _is_single, _is_single))
    try:
        yield
    finally:
        del RULES[single]


def float32_stays(program, m):
    """In float32 the value has NumPy's dtype, and no float64 arises on either way."""
    xs = program.primals(np.float32)
    met: list = []
    y = program.run(*xs, dtype=np.float32, met=met)

    def f(*xs):
        return program.run(*xs, dtype=np.float32, watch=single)

    if any(getattr(x, "dtype", np.float32) != np.float32 for x in [y, *met]):
        value = bl.vjp(lambda *xs: program.run(*xs, dtype=np.float32), *xs)[0]
        assert np.asarray(value).dtype == y.dtype
        return "float64 inside"  # NumPy's own: a case has a float64 constant, or promotes
    with singles():
        value, pullback = bl.vjp(f, *xs)
        assert value.dtype == np.float32
        assert all(np.asarray(bar).dtype == np.float32 for bar in pullback(np.float32(1)))
        assert bl.jvp(f, xs, xs)[1].dtype == np.float32
    return "float32"


CHECKS = (
    same_value,
    same_twice,
    dot_product,
    truth,
    same_as_peer,
    symmetric_hessian,
    float32_stays,
)


def check_all(program):
    measured = Measured(program)
    return [check(program, measured) for check in CHECKS]


@pytest.mark.parametrize("key", KEYS, ids=name_of)
def test_programs_with(key):
    said = drawn(key, check_all)
    assert said["programs"] >= EACH
    assert said["complex step"] + said["differences"] >= 0.8 * EACH, "too few have a truth"


def test_more_than_2000_programs_are_drawn_and_every_function_is_in_nine_at_least():
    """What the tests above run: `EACH` programs that contain a key, for each key."""
    assert EACH * len(KEYS) >= PROGRAMS and EACH >= 9


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
