"""Factors that stand under sums: indices of their own, [i ≤ j], and what a delta picks."""

from __future__ import annotations

import sympy as sp


def fresh(name: str = "k") -> sp.Dummy:
    """Make an index that is met nowhere else."""
    return sp.Dummy(name, integer=True, positive=True)


def age(index) -> tuple:
    """Sort indices by name, those of one name by when they were made: the same in every run."""
    return str(index), getattr(index, "dummy_index", 0)


class AtMost(sp.Function):
    """[i ≤ j] for two indices: 1 or 0. What is added on both sides is taken off.

    >>> i, j, n = sp.symbols("i j n", integer=True, positive=True)
    >>> AtMost(2, 3), AtMost(n + 1 - i, n + 1 - j), AtMost(i, j) ** 2
    (1, AtMost(j, i), AtMost(i, j))
    """

    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, i, j):
        """Decide it for numbers; write i ≤ j without minus signs."""
        gap = sp.expand(j - i)
        if gap.is_nonnegative or gap.is_negative:
            return sp.Integer(bool(gap.is_nonnegative))
        plus = [t for t in sp.Add.make_args(gap) if not t.could_extract_minus_sign()]
        low, high = sp.Add(*plus) - gap, sp.Add(*plus)
        return None if (low, high) == (i, j) else cls(low, high)

    def _eval_power(self, exponent):
        return self if exponent.is_positive else None


class At(sp.Function):
    """Index of an entry that was cut or moved from an axis of a size: `At(i + 1, 3)`.

    It marks an index that does not run through the whole axis, so that a delta is not taken to
    pick a term which is not there.
    """

    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, index, size):
        """Give the number, once there is one."""
        return index if index.is_Integer else None


def factors_of(product) -> list:
    """List the factors of a product; exp(a + b) counts as exp(a) and exp(b).

    >>> x, y = sp.symbols("x y")
    >>> factors_of(x * sp.exp(x + y))
    [x, exp(x), exp(y)]
    """
    out = []
    for factor in sp.Mul.make_args(product):
        parts = sp.Add.make_args(factor.args[0]) if isinstance(factor, sp.exp) else ()
        out += [sp.exp(part) for part in sorted(parts, key=sp.default_sort_key)] or [factor]
    return out


def deltas(product) -> list:
    """List the deltas that are factors of a product; one inside a function or power is none."""
    factors = sp.Mul.make_args(product)
    found = (f for f in factors if isinstance(f, sp.KroneckerDelta))
    return sorted(found, key=lambda f: (str(f), sorted(map(age, f.free_symbols))))


def picking(bounds, product):
    """Find a delta with a bound index: (delta, that index, what it picks, the condition if any)."""
    for delta in deltas(product):
        for bound, other in (delta.args[:2], delta.args[1::-1]):
            if bound in bounds and bounds.get(other, bounds[bound]) == bounds[bound]:
                if other.is_Symbol or (not other.has(bound) and _within(other, bounds[bound])):
                    return delta, bound, other, 1
            for i in sorted(bound.free_symbols & bounds.keys(), key=age):
                if bound == bounds[i] + 1 - i and other.is_Symbol:  # an axis turned round
                    return delta, i, bounds[i] + 1 - other, 1
                there = other.args[0] if isinstance(other, At) else other
                fixed = there.is_Symbol or isinstance(other, At)
                if isinstance(bound, At) and fixed and not there.free_symbols & bounds.keys():
                    start = bound.args[0] - i
                    whole = start.is_integer and not start.free_symbols & bounds.keys()
                    if whole and start + bounds[i] != 0:  # an axis cut, or joined
                        last = start + bounds[i]
                        below = 1 if last == bound.args[1] else AtMost(there, last)
                        return delta, i, there - start, AtMost(start + 1, there) * below
    return None


def _within(index, size) -> bool:
    """Whether an index that is a formula is known to be one of 1, …, size: n + 1 − i is."""
    turned = size + 1 - index
    if isinstance(index, At):
        return index.args[1] == size
    known = index == 1 or (index.is_Integer and size.is_Integer and 1 <= index <= size)
    return turned.is_Symbol or known


def spelled_out(bounds, product):
    """Find a bound index of a fixed size that a delta holds in a formula, such as δ(2i − 1, a).

    No one rule picks the term of such a sum: it is written out, term by term. An index with a
    factor goes first; what is left may then be one that a rule picks.
    """
    for delta in deltas(product):
        for argument in delta.args[:2]:
            fixed = [i for i in argument.free_symbols & bounds.keys() if bounds[i].is_Integer]
            inner = argument.args[0] if isinstance(argument, At) else argument
            if fixed:
                return min(fixed, key=lambda i, e=inner: (e.coeff(i) == 1, age(i)))
    return None


def turned(bounds, product):
    """Let a sum run forward: Σᵢ f(n + 1 − i) is Σᵢ f(i)."""
    for i, n in bounds.items():
        places = [k for e in product.atoms(sp.Indexed) for k in e.indices if k.has(i)]
        if places and all(k == n + 1 - i for k in places):
            product = product.subs(i, n + 1 - i)
    return product
