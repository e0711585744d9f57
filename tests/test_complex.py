"""Complex numbers between real primals and a real output: the convention, and who speaks it."""

from __future__ import annotations

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.errors import TraceError, name_of
from backprop_lab.rules import RULES, complex_forward, complex_reverse
from backprop_lab.rules.complexes import policy_of
from hand_rules import register, thrice
from rule_cases import all_cases

POLICIES = {"analytic", "own", "refused"}
X = np.array([0.5, -1.2, 2.0])
V = np.array([1.0, -0.5, 0.25])


def close(got, want, tolerance=1e-12):
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * np.max(np.abs(want)))


# --- every rule has a policy ----------------------------------------------------------------------


def test_every_rule_has_a_policy():
    assert {policy_of(rule) for rule in RULES.values()} == POLICIES
    for rule in RULES.values():
        assert policy_of(rule) == "analytic" or not rule.analytic or rule.on_complex


ROUND = np.exp(2j * np.pi * np.arange(24) / 24)
RADIUS = 0.02


def around(f, operands, i, j):
    """Values of `f` on a circle about entry `j` of operand `i`."""
    for step in RADIUS * ROUND:
        z = np.array(operands[i])
        z.ravel()[j] += step
        yield f(*operands[:i], z[()], *operands[i + 1 :])


def cauchy(f, operands):
    """∂f/∂(each operand) of a holomorphic function, by Cauchy's integral formula on a small circle.

    The integral of f(z) exp(+iθ) over the circle is 0 for a holomorphic function: this is checked
    too, so that no rule is called analytic that is not.
    """
    y, blocks = np.asarray(f(*operands)), []
    for i, z in enumerate(operands):
        block = np.zeros((*y.shape, np.size(z)), complex)
        for j in range(np.size(z)):
            values = np.stack(list(around(f, operands, i, j)), axis=-1)
            block[..., j] = np.mean(values * np.conj(ROUND), axis=-1) / RADIUS
            wrong = np.mean(values * ROUND, axis=-1)
            assert np.all(np.abs(wrong) <= 1e-9 * np.max(np.abs(values), initial=1)), (
                "no rule of this"
            )
        blocks.append(block.reshape(y.shape + np.shape(z)))
    return y, blocks


def holomorphic_cases():
    """Up to three small cases of every rule that claims to be holomorphic."""
    found: dict = {}
    for case in all_cases():
        rule = RULES[case.key]
        size = sum(int(np.prod(np.shape(x))) for x in case.draw())
        if policy_of(rule) == "analytic" and rule.analytic and not case.plain and 0 < size <= 12:
            found.setdefault(case.key, []).append(case)
    return [(key, cases[:3]) for key, cases in found.items()]


@pytest.mark.parametrize(
    ("key", "cases"), holomorphic_cases(), ids=[name_of(key) for key, _ in holomorphic_cases()]
)
def test_holomorphic_rules_against_cauchys_integral(key, cases):
    """L = Re Σ conj(w) f(a + ib): ∂L/∂a = Re(conj(w) f′) and ∂L/∂b = −Im(conj(w) f′)."""
    for case in cases:
        rng = np.random.default_rng(11)
        real = [np.asarray(x, float) for x in case.draw()]
        imaginary = [0.1 * rng.uniform(0.5, 1, np.shape(x)) for x in real]
        operands = [(a + 1j * b)[()] for a, b in zip(real, imaginary, strict=True)]
        try:
            y, blocks = cauchy(case.call, operands)
        except TypeError:
            pytest.skip("NumPy has no such function of complex numbers")
        w = rng.standard_normal(y.shape) + 1j * rng.standard_normal(y.shape)

        def loss(*xs, call=case.call, w=w):
            n = len(xs) // 2
            z = [a + 1j * b for a, b in zip(xs[:n], xs[n:], strict=True)]
            return np.sum(np.real(np.conj(w) * call(*z)))

        point = [x[()] for x in (*real, *imaginary)]
        got = bl.grad(loss, argnums=tuple(range(len(point))))(*point)
        products = [np.tensordot(np.conj(w), block, y.ndim) for block in blocks]
        for bar, want in zip(
            got, [*map(np.real, products), *(-np.imag(p) for p in products)], strict=True
        ):
            # Cauchy's sum itself is off by a rounding error of f over the radius
            own = 1e-4 * np.sum(np.abs(w * y))
            scale = np.max(np.abs(products[0]), initial=own)
            np.testing.assert_allclose(bar, want, rtol=1e-9, atol=1e-9 * scale)
        dots = [rng.standard_normal(np.shape(x))[()] for x in point]
        tangent = bl.jvp(loss, tuple(point), tuple(dots))[1]
        total = [np.sum(g * d) for g, d in zip(got, dots, strict=True)]
        assert abs(tangent - sum(total)) <= 1e-11 * (np.sum(np.abs(total)) + 1e-300)


# --- the convention -----------------------------------------------------------------------------------


def test_the_cotangent_of_a_complex_value_is_the_gradient_in_its_parts():
    """z̄ = ∂L/∂a + i ∂L/∂b, so a holomorphic pullback multiplies by conj(f′)."""
    z, y_bar = np.array([1 + 2j, -0.5j]), np.array([0.3 - 1j, 2.0 + 1j])
    _, (pull,) = complex_reverse(RULES[np.exp], [z], {}, [0])
    close(pull(y_bar), np.conj(np.exp(z)) * y_bar)
    _, (pull,) = complex_reverse(RULES[np.multiply], [X, 2 - 1j], {}, [0])
    assert pull(np.array([1.0, 1j, 1 + 1j])).tolist() == [2.0, -1.0, 1.0]  # Re(conj(c) ȳ)
    assert complex_reverse(RULES[np.real], [z], {}, [0])[1][0](np.ones(2)).tolist() == [1, 1]
    assert complex_reverse(RULES[np.imag], [z], {}, [0])[1][0](np.ones(2)).tolist() == [1j, 1j]
    _, (pull,) = complex_reverse(RULES[np.abs], [np.array([3 + 4j])], {}, [0])
    close(pull(np.ones(1)), np.array([0.6 + 0.8j]))
    assert complex_forward(RULES[np.abs], [np.array([3 + 4j])], {}, [np.array([5j])])[1] == 4.0


def test_autograd_keeps_the_conjugate_of_our_cotangent():
    """The same function of a complex number: their gradient is ∂L/∂a − i ∂L/∂b."""
    z = np.array([1 + 2j])
    theirs = autograd.grad(lambda z: anp.sum(anp.abs(anp.exp(z)) ** 2))(z)
    y, (pull,) = complex_reverse(RULES[np.exp], [z], {}, [0])
    ours = pull(2 * y)  # the cotangent of |y|² is 2y
    close(ours, np.conj(theirs))


PAIRS = {  # with complex numbers, and spelled by real ones
    "abs": (lambda a, b: np.abs(a + 1j * b), lambda a, b: np.sqrt(a * a + b * b)),
    "abs()": (lambda a, b: abs(a + 1j * b) ** 3, lambda a, b: (a * a + b * b) ** 1.5),
    "real": (lambda a, b: np.real((a + 1j * b) ** 3), lambda a, b: a**3 - 3 * a * b * b),
    ".imag": (lambda a, b: ((a + 1j * b) ** 3).imag, lambda a, b: 3 * a * a * b - b**3),
    "conj": (
        lambda a, b: ((a + 1j * b) * (a + 1j * b).conj()).real ** 2,
        lambda a, b: (a * a + b * b) ** 2,
    ),
    "angle": (lambda a, b: np.angle(a + 1j * b), lambda a, b: np.arctan2(b, a)),
    "angle in degrees": (
        lambda a, b: np.angle((a + 1j * b) ** 2, deg=True),
        lambda a, b: np.arctan2(2 * a * b, a * a - b * b) * (180 / float(np.pi)),
    ),
    "division": (lambda a, b: np.real(1 / (a + 1j * b)), lambda a, b: a / (a * a + b * b)),
    "exp and log": (
        lambda a, b: np.real(np.log(a + 1j * b)) + np.imag(np.exp(a * 1j * b + b)),
        lambda a, b: np.log(a * a + b * b) / 2 + np.exp(b) * np.sin(a * b),
    ),
    "matmul": (
        lambda a, b: np.real((a + 1j * b) @ (np.conj(a + 1j * b) * (1 - 1j))),
        lambda a, b: a @ a + b @ b,
    ),
    "where": (
        lambda a, b: np.imag(np.where(a > 0, a + 1j * b, a * b + 1j * b * b)),
        lambda a, b: np.where(a > 0, b, b * b),
    ),
    "indices": (
        lambda a, b: np.abs(np.stack([a + 1j * b, 2 * b + 0j])[:, [0, 2, 0]]),
        lambda a, b: np.stack([np.sqrt(a * a + b * b), np.sqrt(4 * b * b)])[:, [0, 2, 0]],
    ),
    "one value used in three ways": (
        lambda a, b: (lambda z: np.abs(z) + z.real * z.imag + np.real(z * z))(a + 1j * b),
        lambda a, b: np.sqrt(a * a + b * b) + a * b + a * a - b * b,
    ),
}
A, B = np.array([0.7, -1.3, 2.1]), np.array([1.1, 0.4, -0.6])


@pytest.mark.parametrize("name", PAIRS)
def test_functions_of_complex_numbers_are_functions_of_their_parts(name):
    """Value, gradients, tangents and all second derivatives, against the real spelling."""
    f, plain = PAIRS[name]
    close(f(A, B), plain(A, B))
    for argnum in (0, 1):
        got, want = (bl.jacobian(g, argnum)(A, B) for g in (f, plain))
        close(got, want)
        close(bl.jvp(f, (A, B), (V, X))[1], bl.jvp(plain, (A, B), (V, X))[1])
        for other in (0, 1):
            second = [bl.jacobian(bl.jacobian(g, argnum), other)(A, B) for g in (f, plain)]
            close(*second)
    along = [bl.jvp(bl.jacobian(g, 0), (A, B), (V, X))[1] for g in (f, plain)]
    close(*along)


def test_python_numbers_may_be_complex():
    assert bl.grad(lambda x: abs(x * (3 + 4j)))(2.0) == 5.0
    assert bl.grad(lambda x: ((1j * x) ** 2).real)(3.0) == -6.0
    assert bl.grad(lambda x: (2j - x).real)(3.0) == -1.0


def test_single_precision_stays_single():
    x = X.astype(np.float32)
    value, pullback = bl.vjp(lambda x: np.abs(np.exp(1j * x) + np.complex64(2)), x)
    assert value.dtype == pullback(np.ones(3, np.float32))[0].dtype == np.float32
    assert bl.jvp(lambda x: np.angle(x + 1j * x * x), (x,), (x,))[1].dtype == np.float32


def test_gradients_are_zero_where_the_modulus_is():
    assert bl.grad(lambda x: np.abs(x * 1j))(0.0) == 0.0
    assert bl.grad(lambda x: np.angle(x * 1j))(0.0) == 0.0
    assert bl.jvp(lambda x: np.abs(x * (1 + 1j)), (0.0,), (1.0,))[1] == 0.0


def test_parts_of_real_numbers_are_themselves_or_nothing():
    for f, want in [(np.real, V), (np.conj, V), (np.imag, 0 * V), (np.angle, 0 * V)]:
        (bar,) = bl.vjp(f, X)[1](V)
        assert bar.tolist() == want.tolist() and bar.dtype == float
        assert bl.jvp(f, (X,), (V,))[1].tolist() == want.tolist()


def test_against_autograd_on_the_power_spectrum_of_a_filtered_signal():
    def loss(np_):
        def f(x):
            spectrum = np_.fft.fft(x * x) * np_.exp(1j * np_.arange(5.0))
            return np_.sum(np_.abs(spectrum) ** 3) + np_.sum(np_.real(np_.fft.ifft(spectrum)) ** 2)

        return f

    x = np.random.default_rng(2).standard_normal(5)
    close(bl.grad(loss(np))(x), autograd.grad(loss(anp))(x))


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: np.sum(np.maximum(x * 1j, 0)), "np.maximum of complex numbers (operand 0, of shape (3,))"),
        (lambda x: np.max(np.abs(np.sort(x * 1j))), "np.sort of complex numbers"),
        (lambda x: np.var(x + 1j), "np.var of complex numbers"),
        (lambda x: np.real(np.sign(x * 1j)), "np.sign of complex numbers is z/|z|"),
        (lambda x: np.exp(1j * x), "returned complex numbers"),
        (lambda x: np.fft.fft(x), "returned complex numbers"),
    ],
)  # fmt: skip
def test_what_is_not_known_of_complex_numbers_is_refused_by_name(f, message):
    for run in (lambda: bl.vjp(f, X), lambda: bl.jvp(f, (X,), (V,))):
        with pytest.raises(TraceError) as refused:
            run()
        assert message in str(refused.value)
    assert "np.abs(z)" in str(refused.value) or "A complex constant" in str(refused.value)


def test_the_same_functions_of_the_real_part_are_not_refused():
    close(bl.grad(lambda x: np.sum(np.maximum(np.real(x * (1 + 1j)), 0)))(X), [1.0, 0.0, 1.0])


def test_complex_primals_are_refused():
    for transform in (
        bl.grad(np.abs),
        lambda z: bl.vjp(np.abs, z),
        lambda z: bl.jvp(np.abs, (z,), (z,)),
    ):
        with pytest.raises(TraceError, match="has dtype complex128; float32 or float64 is needed"):
            transform(np.array([1j]))


def test_the_way_through_complex_numbers_nests():
    """Third derivatives, in every order of the two modes, of Re exp((1 + 2i) x)."""
    c = 1 + 2j

    def f(x):
        return np.real(np.exp(c * x))

    want = (c**3 * np.exp(c * 0.3)).real
    modes = {"reverse": bl.grad, "forward": lambda g: lambda x: bl.jvp(g, (x,), (1.0,))[1]}
    for order in itertools.product(modes, repeat=3):
        g = f
        for mode in order:
            g = modes[mode](g)
        assert abs(g(0.3) - want) <= 1e-13 * abs(want), order


# --- rules of the user's own -------------------------------------------------------------------------


def test_a_real_operand_takes_the_real_part_and_without_complex_numbers_the_rule_is_named(
    monkeypatch,
):
    register(monkeypatch, lambda y_bar: (3 + 1j) * y_bar)
    assert bl.grad(lambda x: np.sum(thrice(np.abs(x + 0j))))(X).tolist() == [3.0, -3.0, 3.0]
    with pytest.raises(TraceError, match="thrice returned a cotangent of dtype complex128 for"):
        bl.grad(lambda x: np.sum(thrice(x)))(X)
