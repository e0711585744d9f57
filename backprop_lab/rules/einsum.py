"""Chapter 3: sums over letters. The adjoint of an einsum is one with the letters swapped."""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.rules.broadcasting import shape_of, unbroadcast
from backprop_lab.rules.kinds import linear

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _letters(subscripts, operands):
    """Spell out `subscripts`: letters of each operand and of the output, ellipsis replaced."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    free = [c for c in LETTERS if c not in subscripts]
    widths = [
        np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0
        for t, x in zip(terms, operands, strict=True)
    ]
    dots = "".join(free[: max(widths)])
    terms = [t.replace("...", dots[len(dots) - w :]) for t, w in zip(terms, widths, strict=True)]
    if not arrow:
        together = "".join(terms)
        output = dots + "".join(
            sorted(c for c in set(together) - set(dots) if together.count(c) == 1)
        )
    return terms, output.replace("...", dots), free[len(dots) :]


def einsum_back(i, y_bar, *operands, subscripts, optimize=False):
    """Swap the operand for the cotangent: `ij,jk->ik` becomes `ik,jk->ij` for the first.

    A letter that no other term has at full length was summed: its cotangent is copied, by a factor
    of ones. A letter that the operand has twice took a diagonal: an identity matrix puts its
    cotangent back there. A batch of cotangents gets letters of its own, in front.
    """
    terms, output, free = _letters(subscripts, operands)
    others = [(t, x) for j, (t, x) in enumerate(zip(terms, operands, strict=True)) if j != i]
    count = np.ndim(y_bar) - len(output)
    batch = "".join(free.pop() for _ in range(count))
    target, dtype, output = batch, getattr(y_bar, "dtype", float), batch + output
    sizes = dict(zip(output, shape_of(y_bar), strict=True))  # as the cotangent and the others have
    for term, x in others:
        for c, n in zip(term, shape_of(x), strict=True):
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    for c, n in zip(terms[i], shape_of(operands[i]), strict=True):
        if c in target:
            fresh = free.pop()
            others.append((c + fresh, np.eye(n, dtype=dtype)))
            target += fresh
        else:
            if sizes.get(c) != n:
                others.append((c, np.ones(n, dtype=dtype)))
            target += c
    spelled = ",".join([output, *(t for t, _ in others)]) + "->" + target
    # The path through the operands that a caller may have given is not one through the adjoint's.
    x_bar = np.einsum(spelled, y_bar, *(x for _, x in others), optimize=optimize is not False)
    return unbroadcast(x_bar, shape_of(operands[i]), count)


def _spelled(lists):
    """Write lists of axis numbers, `(a, [0, 1], b, [1, 2], [0, 2])`, as `'ab,bc->ac'`."""
    operands, numbers = list(lists[: len(lists) // 2 * 2 : 2]), list(lists[1::2])
    names = {n for axes in numbers for n in axes if n is not ...}
    letter = dict(zip(sorted(names), sorted(LETTERS), strict=False))  # NumPy's order

    def term(axes):
        return "".join("..." if n is ... else letter[n] for n in axes)

    text = ",".join(map(term, numbers))
    return (text + "->" + term(lists[-1]) if len(lists) % 2 else text), operands


def _bind(args, kwargs):
    optimize = kwargs.get("optimize", False)
    for key, value in kwargs.items():
        if key != "optimize" and value is not None:
            raise TraceError(
                f"np.einsum: the argument {key}={value!r:.60} cannot be traced. Leave it out; "
                "traced calls take (subscripts, *operands, optimize)."
            )
    if isinstance(args[0], str):
        subscripts, operands = args[0], args[1:]
    else:
        subscripts, operands = _spelled(args)
    params = {"subscripts": subscripts}
    return tuple(operands), params if optimize is False else {**params, "optimize": optimize}


linear(
    np.einsum,
    einsum_back,
    takes="*",
    value=lambda *operands, subscripts, optimize=False: np.einsum(
        subscripts, *operands, optimize=optimize
    ),
    each=True,
    batched=True,
    bind=_bind,
)
