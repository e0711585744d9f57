"""What is checked of a program: each check raises, or says in a word what it did."""

from __future__ import annotations

import contextlib

import autograd.numpy as anp
import numpy as np

import backprop_lab as bl
import peer
from backprop_lab.rules import RULES
from peer.comparing import supports
from random_programs import weights

TOLERANCE = 1e-11  # of Σ|paths|, for what is right up to rounding
STEP = 1e-30  # of a complex step


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
