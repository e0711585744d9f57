"""Complex numbers on the way from real primals to a real output: the convention, stated once.

Primals are real, and so is the output. In between complex numbers may arise: from `np.fft`, from
`np.linalg.eig`, from a complex constant. The cotangent of a complex value z = a + ib is

    z̄ = ∂L/∂a + i ∂L/∂b,

so that a small change ż changes the loss by Re(conj(z̄) ż), and −z̄ points downhill. Other libraries
(JAX, HIPS autograd) keep its conjugate; gradients of real primals are the same. Three policies
follow, and every rule has one, in `Rule.on_complex`:

* analytic: for a holomorphic map y = f(x), ẏ = f′(x) ẋ gives x̄ = conj(f′(x)) ȳ. The pullback is
  the rule's own, which multiplies by f′, between two conjugations. This is the policy of every
  rule that is flagged `analytic`, and nothing needs to be written for it.
* own: the rule speaks this convention by itself, since its map is not holomorphic: `real`, `imag`,
  `conj`, `abs`, `angle`, norms, decompositions.
* refused: all others, by name.

A real operand takes the real part of what comes back to it. Source: the inner product
Re(conj(z̄) ż) makes a complex number two real ones; Wirtinger's derivative is ∂L/∂z = conj(z̄)/2.
"""

from __future__ import annotations

import operator

import numpy as np

import backprop_lab.rules.kinks  # noqa: F401  (registers np.absolute, which gets a body here)
from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of
from backprop_lab.rules.kinds import linear, rule
from backprop_lab.rules.registry import RULES, Rule


def is_complex(x) -> bool:
    """Whether `x`, an array, a number, a traced value or a tuple of these, is complex.

    >>> is_complex(1j), is_complex(np.ones(2)), is_complex((1.0, np.complex64(2)))
    (True, False, True)
    """
    if isinstance(x, tuple):
        return any(is_complex(part) for part in x)
    return type(x) is complex or getattr(getattr(x, "dtype", None), "kind", "f") == "c"


def policy_of(rule: Rule) -> str:
    """What `rule` does with complex numbers: 'analytic', 'own' or 'refused'.

    >>> [policy_of(RULES[f]) for f in (np.exp, np.real, np.absolute, np.maximum)]
    ['analytic', 'own', 'own', 'refused']
    """
    if callable(rule.on_complex):
        return "own"
    return rule.on_complex or ("analytic" if rule.analytic else "refused")


def refuse_complex(rule: Rule, operands) -> None:
    """Raise where an operand is complex and the policy of `rule` is to refuse that."""
    for i, x in enumerate(operands):
        if policy_of(rule) == "refused" and is_complex(x):
            raise TraceError(
                f"{rule.name} of complex numbers (operand {i}, of shape {shape_of(x)}) has no "
                "derivative here. Take np.real(z), np.imag(z) or np.abs(z) first."
            )


def complex_reverse(rule: Rule, operands, params, which):
    """Do as `rule.reverse` does, where an operand or the value may be complex."""
    refuse_complex(rule, operands)
    if callable(rule.on_complex) and is_complex(tuple(operands)):
        y, _, pullback = rule.on_complex(*operands, **params)
        return y, (pullback,)
    y, pullbacks = rule.reverse(operands, params, which)
    if is_complex(y) or is_complex(tuple(operands)):
        return y, in_convention(rule, operands, which, pullbacks)
    return y, tuple([_in_convention(pull, False, False) for pull in pullbacks])


def in_convention(rule: Rule, operands, which, pullbacks):
    """Let pullbacks that `rule.reverse` has given speak the convention."""
    refuse_complex(rule, operands)
    analytic = policy_of(rule) == "analytic"
    return tuple(
        [
            _in_convention(pull, analytic, is_complex(operands[i]))
            for i, pull in zip(which, pullbacks, strict=True)
        ]
    )


def _in_convention(pull, analytic, keep):
    """Conjugate before and after an analytic rule; give a real operand the real part."""

    def pullback(y_bar):
        x_bar = np.conj(pull(_conjugated(y_bar))) if analytic else pull(y_bar)
        if keep:  # complex always, so that cotangents which meet can be added in place
            return x_bar if is_complex(x_bar) else x_bar + 0j
        return np.real(x_bar) if is_complex(x_bar) else x_bar

    return pullback


def _conjugated(y_bar):
    return tuple(map(np.conj, y_bar)) if isinstance(y_bar, tuple) else np.conj(y_bar)


def complex_forward(rule: Rule, operands, params, dots):
    """Do as `rule.forward` does, where an operand or the value may be complex.

    A tangent is of the kind of its value, and no rule of a holomorphic map needs to know more.
    """
    refuse_complex(rule, operands)
    if callable(rule.on_complex) and is_complex(tuple(operands)):
        y, pushforward, _ = rule.on_complex(*operands, **params)
        return y, pushforward(dots[0])
    return rule.forward(operands, params, dots)


def speaks_complex(*funcs, policy="own") -> None:
    """Say that the rules of `funcs` follow the convention by themselves (or what else they do)."""
    for func in funcs:
        RULES[func].on_complex = policy


def for_complex(func):
    """Register what replaces the rule of `func`, of one operand, where that is complex.

    The body is that of a `rule`: `f(z, **params) → (y, pushforward, pullback)`.
    """

    def register(body):
        RULES[func].on_complex = body
        return body

    return register


# --- parts ----------------------------------------------------------------------------------------


def _imag_adjoint(y_bar, val):
    """z̄ = i ȳ: the loss depends on b alone. A real number has no such part, and gets zero."""
    return 1j * y_bar if is_complex(val) else 0.0 * y_bar


linear(np.conjugate, lambda y_bar, x: np.conj(y_bar), takes="x", batched=True, analytic=False)
linear(np.real, lambda y_bar, val: y_bar, takes="val", batched=True, analytic=False)
linear(np.imag, _imag_adjoint, takes="val", batched=True, analytic=False)
speaks_complex(np.conjugate, np.real, np.imag)


# --- polar form -----------------------------------------------------------------------------------


def _along(direction):
    """Pushforward and pullback of a real function of z whose gradient is `direction`."""
    return lambda z_dot: np.real(np.conj(direction) * z_dot), lambda y_bar: y_bar * direction


def _absolute(z):
    """d|z| = Re(conj(z) ż)/|z|: the gradient is z/|z|, and 0 at z = 0, as for real numbers."""
    y = np.abs(z)
    return y, *_along(z / np.where(np.equal(y, 0), 1, y))


for absolute in (np.absolute, operator.abs):
    for_complex(absolute)(_absolute)


@rule(np.angle, takes="z / deg", batched=True, kink="0 at z = 0, and no jump of π is seen")
def angle(z, deg=False):
    """Argument of z = r exp(iθ): θ̇ = Im(conj(z) ż)/|z|², so the gradient is iz/|z|²."""
    y = np.angle(z, deg)
    if not is_complex(z):  # 0 or π, and constant
        return y, *_along(0.0 * z)
    r = np.abs(z)
    r = np.where(np.equal(r, 0), 1, r)
    unit = 180 / float(np.pi) if deg else 1.0
    return y, *_along(unit * 1j * (z / r) / r)


speaks_complex(np.angle)
