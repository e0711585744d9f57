"""Three readings of one function compared: the value and every gradient, and what was compared.

`verify` compares a function's value in plain NumPy, on the tape and in SymPy, then every gradient
with SymPy's derivative of the primal, at the given point and at seeded generic points. Errors are
measured against the sum of |path products| and what rounding on the way can move, and are stated
as a bound. A receipt never claims a check that was not made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_lab import symbolic
from backprop_lab.checks import (
    SymPyTruth,
    WatchedTape,
    central_differences,
    complex_step,
    generic_points,
    path_scale,
    rounding_scale,
    watched_run,
    within,
)
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.graph import argument_names
from backprop_lab.jacobians import jacobian
from backprop_lab.names import tex_name
from backprop_lab.printing import tex_of
from backprop_lab.receipts import DOT_PRODUCT, Check, Receipt, Row, short
from backprop_lab.rules import shape_of
from backprop_lab.scalars import derive_scalar
from backprop_lab.sides import agree_with_sides
from backprop_lab.tape import Var
from backprop_lab.traced import primal
from backprop_lab.transforms import as_primal, jvp, vjp

BOUND = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-4}
DIFFERENCES_BOUND = 1e-7  # Richardson-extrapolated central differences carry about eight digits
LARGEST = 4096  # entries of a Jacobian that a receipt writes out


def verify(f: Callable, *primals, strict: bool = True, points: int = 3, seed: int = 0) -> Receipt:
    """Compare the three readings of `f`, and give the receipt.

    The value in plain NumPy, on the tape and in SymPy; then the derivative by every positional
    argument, the tape's against SymPy's, at the given point and at `points` generic ones drawn
    from `seed`. Where every rule is analytic, complex step is asked as well; where SymPy cannot
    read the function, complex step or extrapolated differences take its place, and the receipt
    says so. A transform within, as of `verify(grad(f), x)`, takes real numbers alone: then it is
    the differences. Bind static keywords with `functools.partial`. Use small shapes: every
    Jacobian is written out.

    Raises `ProofError` with the receipt's text when a check fails (unless `strict=False`), and
    `TraceError` for a function that cannot be traced.

    >>> verify(lambda w, x: np.exp(w * x), 0.5, 2.0).ok
    True
    """
    primals = [as_primal(x, i, "verify") for i, x in enumerate(primals)]
    names = argument_names(f, len(primals))
    vjp(f, *primals)  # refuses what cannot be traced, before anything is asked of it
    value = f(*primals)
    if isinstance(value, (tuple, list, dict)):
        raise TraceError(
            f"verify needs one number or array; {_name(f)} returned a {type(value).__name__}. "
            "Verify its parts one by one."
        )
    value = np.asarray(value)
    if not np.all(np.isfinite(value)):
        raise ProofError(f"verify: the value at the given point is {short(value)}, not finite.")
    size = value.size * sum(int(np.prod(shape_of(x))) for x in primals)
    if size > LARGEST:
        raise ProofError(
            f"verify writes every Jacobian out; here that is {size} entries, more than {LARGEST}. "
            "Use smaller shapes: the rules do not depend on the size."
        )
    bound = max(_bound(x) for x in primals)
    rng = np.random.default_rng(seed)
    everywhere = [primals, *generic_points(f, primals, points, rng)]
    receipt = Receipt(f"{_name(f)} at {_point_text(names, primals)}", bound=bound)
    truth, reason = _try_sympy(f, names, primals)
    good: dict = {"sympy": [], "complex": [], "differences": [], "sides": [], "no complex step": []}
    seen = [_at_point(f, point, truth, bound, rng, good) for point in everywhere]
    kinks, rough = seen[0].tape.kinks, set().union(*(p.tape.rough for p in seen))
    _fill_rows(receipt, f, names, primals, value, seen[0], truth)
    _fill_checks(receipt, good, bound)
    receipt.checks.append(_dot_product(f, primals, rng, bound))
    if reason:
        receipt.not_checked.append(f"SymPy's derivative ({reason})")
    for name, convention in sorted(kinks.items()):
        receipt.not_checked.append(
            f"SymPy at the given point: {name} sits at its kink there, where the convention is "
            f"“{convention}”"
        )
    if not good["complex"]:
        why = f"{', '.join(sorted(rough))}: not analytic" if rough else "float32"
        receipt.not_checked.append(f"complex step ({next(iter(good['no complex step']), why)})")
    if strict and not receipt.ok:
        hint = "" if all(good["complex"]) else _not_analytic(seen[0].tape.claimed)
        raise ProofError(f"verify: the readings do not agree.{hint}\n{receipt!r}")
    return receipt


def _bound(x) -> float:
    """Bound on errors for a primal of this precision."""
    dtype = getattr(x, "dtype", np.dtype(float))
    if dtype not in BOUND:
        raise ProofError(f"verify: a primal has dtype {dtype}; float64 or float32 is needed.")
    return BOUND[dtype]


@dataclass(frozen=True)
class _Point:
    """What was found at one point: tape, its value, Jacobians, SymPy's numbers, scales of errors.

    `exact` and `scales` hold the value first, then the Jacobian by each primal.
    """

    tape: WatchedTape
    value: np.ndarray
    ours: list[np.ndarray]
    exact: list[np.ndarray] | None
    scales: list[np.ndarray]


def _at_point(f, point, truth, bound, rng, good) -> _Point:
    """Compute the tape's Jacobians at a point, and compare them with every source that can tell."""
    tape, y = watched_run(f, point)
    value = np.ravel(np.asarray(primal(y), float))
    ours = jacobian(f, tuple(range(len(point))))(*point)
    ours = [np.reshape(J, (value.size, -1)) for J in ours]
    scales = rounding_scale(f, point, rng)
    scales[0] = scales[0] + np.abs(value)
    paths = path_scale(tape, y.index) if isinstance(y, Var) and y.tracer is tape else []
    for i, total in enumerate(paths[: len(point)]):
        if total is not None:
            scales[i + 1] = scales[i + 1] + total
    exact = truth.at(point) if truth is not None else None

    def agrees(others, limit):
        return all(map(within, ours, others, scales[1:], [limit] * len(ours)))

    if tape.kinks:
        good["sides"].append(agree_with_sides(f, point, ours, scales[1:]))
        return _Point(tape, value, ours, exact, scales)
    if exact is not None:
        plain_value = np.ravel(np.asarray(f(*point), float))
        same_value = within(value, exact[0], scales[0], bound)
        same_value = same_value and within(plain_value, exact[0], scales[0], bound)
        good["sympy"].append(same_value and agrees(exact[1:], bound))
    steps = _complex_step(f, point, tape, good) if not tape.rough and bound <= 1e-12 else None
    if steps is not None:
        good["complex"].append(agrees(steps, bound))
    elif exact is None:
        good["differences"].append(agrees(central_differences(f, point), DIFFERENCES_BOUND))
    return _Point(tape, value, ours, exact, scales)


def _complex_step(f, point, tape, good):
    """Jacobians by complex step; None, with the reason in `good`, where `f` refuses it."""
    try:
        return complex_step(f, point)
    except Exception as error:  # whatever a function does that is asked for complex numbers
        if tape.claimed and not isinstance(error, TraceError):
            what = f"{type(error).__name__}: {error}"
            raise ProofError(
                f"verify: complex step ended in {what}.{_not_analytic(tape.claimed)}"
            ) from error
        good["no complex step"].append(f"refused: {str(error).split('. ')[0].rstrip('.')}")
        return None


def _not_analytic(claimed) -> str:
    """Say which rules may be the reason why complex step is wrong; '' where there are none."""
    if not claimed:
        return ""
    return (
        f" Complex step is valid for analytic functions alone, and {', '.join(sorted(claimed))} is "
        "registered as one. If it is none, say analytic=False where its rule is registered."
    )


def _try_sympy(f, names, primals):
    try:
        return SymPyTruth(f, names, primals), ""
    except (TraceError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        return None, str(error).split(". ")[0].rstrip(".")


def _fill_checks(receipt, good, bound):
    for key, name, limit, detects in (
        ("sympy", "SymPy's derivative of the primal", bound,
         "sees a value or a derivative that is wrong at one of them, generic points included"),
        ("complex", "complex step", bound, "sees the same of derivatives, without SymPy"),
        ("differences", "extrapolated central differences", DIFFERENCES_BOUND,
         "sees wrong derivatives down to its looser bound"),
        ("sides", "one-sided slopes at the kink", 0.0,
         "sees a derivative outside the slopes on the two sides"),
    ):  # fmt: skip
        if good[key]:
            receipt.checks.append(Check(name, all(good[key]), len(good[key]), limit, detects))


def _fill_rows(receipt, f, names, primals, value, given: _Point, truth):
    """Write the table: the value, then the derivative by each argument, at the given point."""
    bound, exact = receipt.bound, given.exact
    ok = within(given.value, np.ravel(value), given.scales[0], bound)
    ok = ok and (exact is None or within(given.value, exact[0], given.scales[0], bound))
    out_tex, out = _output_name(truth)
    told = None if exact is None else _known(exact[0], given.scales[0], value.shape)
    on_tape = _reliable(given.value, given.scales[0], value.shape)
    in_numpy = _reliable(np.ravel(value), given.scales[0], value.shape)
    plainly = rf"\text{{NumPy: {short(in_numpy)}}}" if value.size <= 3 else ""
    receipt.rows.append(Row(out_tex, out, plainly, told, on_tape, ok))
    for i, name in enumerate(names):
        shape = value.shape + shape_of(primals[i])
        known = None if exact is None or given.tape.kinks else exact[i + 1]
        scale = given.scales[i + 1]
        alone = len(names) == 1 and shape == ()  # f depends on this number and on nothing else
        d_tex, d = ("d", "d") if alone else (r"\partial ", "∂")
        formula = _formula(f, name, truth) if shape == () and known is not None else ""
        receipt.rows.append(
            Row(
                rf"{d_tex}{out_tex}/{d_tex}{tex_name(name)}",
                f"{d}{out}/{d}{name}",
                formula if shape == () else _shape_tex(shape),
                None if known is None else _known(known, scale, shape),
                _reliable(given.ours[i], scale, shape),
                None if known is None else within(given.ours[i], known, scale, bound),
            )
        )


def _reliable(x, scale, shape):
    """Keep the digits that rounding leaves, at most six: the others differ between machines.

    What is not finite stays, and so does all of a number whose scale is not.
    """

    def kept(v, size):
        if not np.isfinite(v) or not np.isfinite(size):
            return float(v)
        digits = np.log10(abs(v) / size) + 15 if v and size else 6
        return float(f"{v:.{min(int(digits), 6) - 1}e}") if digits >= 1 else 0.0

    flat = [kept(v, s) for v, s in zip(np.ravel(x), np.ravel(scale), strict=True)]
    return np.reshape(flat, shape)


def _known(x, scale, shape):
    """SymPy's numbers; 0 where a zero was computed as the difference of equal numbers."""
    return np.reshape(np.where(np.abs(x) <= 1e-50 * np.asarray(scale), 0.0, x), shape)


def _shape_tex(shape):
    return r"\text{shape } " + f"({', '.join(map(str, shape))}{'{,}' if len(shape) == 1 else ''})"


def _output_name(truth) -> tuple[str, str]:
    """Name the output in TeX and in text: as its `let` does, or f."""
    for q in truth.reading.quantities.values() if truth is not None else ():
        if q.definition is not None and np.array_equal(q.symbols, truth.reading.output):
            return q.tex, q.name
    return "f", "f"


def _formula(f, name, truth):
    """TeX of the derivative by a number, in the named values where it has any."""
    shapes = {n: () for n, q in truth.reading.quantities.items() if q.definition is None}
    try:
        derivation = derive_scalar(f, name, symbolic.read(f, shapes))
    except (TraceError, ProofError):
        return ""
    named = [line for line in derivation.lines if line.because != "definitions put in"]
    line = named[-1] if named else derivation.lines[-1]
    return tex_of(line.value, derivation.reading.tex | derivation.reading.unknowns)


def _dot_product(f, primals, rng, bound):
    """⟨ȳ, J ẋ⟩ = ⟨Jᵀȳ, ẋ⟩: the two modes are each other's transposes."""
    dots = [rng.standard_normal(shape_of(x)) for x in primals]
    dots = [d if d.shape else float(d) for d in dots]
    y, y_dot = jvp(f, tuple(primals), tuple(dots))
    _, pullback = vjp(f, *primals)
    y_bar = rng.standard_normal(shape_of(y))
    bars = pullback(y_bar)
    left = float(np.sum(y_bar * y_dot))
    terms = [np.sum(np.asarray(b) * d) for b, d in zip(bars, dots, strict=True)]
    scale = sum(float(np.sum(np.abs(np.asarray(b) * d))) for b, d in zip(bars, dots, strict=True))
    scale += float(np.sum(np.abs(y_bar * y_dot)))
    right = float(np.sum(terms))
    ok = left == right or abs(left - right) <= 1e2 * bound * scale  # ∞ = ∞ where a slope is
    return Check(
        DOT_PRODUCT, ok, 1, 1e2 * bound,
        "sees a pullback that is not the transpose of its pushforward; blind to an f′ that is "
        "wrong in both",
    )  # fmt: skip


def _name(f):
    name = getattr(f, "__name__", None) or getattr(getattr(f, "func", None), "__name__", "f")
    return "the function" if name == "<lambda>" else name


def _point_text(names, primals):
    return ", ".join(
        f"{n} = {short(x)}" if np.size(x) <= 6 else f"{n} of shape {shape_of(x)}"
        for n, x in zip(names, primals, strict=True)
    )
