r"""Sums over indices with Kronecker deltas, brought to a normal form.

SymPy differentiates the general entry of an array, which leaves deltas under sums; `collapse`
replaces Σᵢ δᵢₐ f(i) by f(a), the one rule that is needed. Indices run from 1 to the size of their
axis, and every sum gets an index of its own: a bound index met again as a free one would be
silently wrong.
"""

from __future__ import annotations

import itertools

import sympy as sp

from backprop_lab.equality import PROVED, equal


def fresh(name: str = "k") -> sp.Dummy:
    """Make an index that is met nowhere else."""
    return sp.Dummy(name, integer=True, positive=True)


def _terms(expr) -> list[tuple[dict, sp.Expr]]:
    """Write an expression as a sum of terms (bound indices with their sizes, product)."""
    if expr.is_Add:
        return [t for arg in expr.args for t in _terms(arg)]
    if isinstance(expr, sp.Sum):
        bounds, renamed = {}, {}
        for index, _, size in expr.limits:
            renamed[index] = fresh() if size != 1 else sp.Integer(1)
            if size != 1:
                bounds[renamed[index]] = size
        inner = _terms(expr.function.xreplace(renamed))
        return [({**bounds, **b}, product) for b, product in inner]
    if expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp <= 3 and expr.base.has(sp.Sum):
        return _cross([_terms(expr.base) for _ in range(int(expr.exp))])
    if expr.is_Mul:
        return _cross([_terms(arg) for arg in expr.args])
    apart = cases_apart(expr)
    return [({}, expr)] if apart == expr else _terms(apart)


def cases_apart(expr):
    """Write cases as a sum of products with [condition], 1 or 0: deltas come out as factors.

    [g > 0] is SymPy's Heaviside; what it is at g = 0, a kink, plays no part in a derivative.

    >>> x, y = sp.symbols("x y", real=True)
    >>> cases_apart(sp.Piecewise((x * y, x > 0), (0, True)))
    x*y*Heaviside(x)
    """
    if not isinstance(expr, sp.Piecewise) or [e for e, _ in expr.args] == [1, 0]:
        whole = isinstance(expr, sp.Piecewise)
        return _holds(expr.args[0].cond, expr) if whole else expr
    total, before = [], sp.true
    for value, condition in expr.args:
        now = sp.And(before, condition)
        total.append(value * _holds(now, sp.Piecewise((1, now), (0, True))))
        before = sp.And(before, sp.Not(condition))
    return sp.Add(*total)


def _holds(condition, otherwise):
    """Give [condition] as a product of Heavisides, or `otherwise` where it is something else."""
    parts = sp.And.make_args(condition)
    if all(isinstance(c, (sp.Gt, sp.Ge, sp.Lt, sp.Le)) for c in parts):
        return sp.Mul(*(sp.Heaviside(c.gts - c.lts) for c in parts))
    return otherwise


def _cross(factors):
    out = []
    for choice in itertools.product(*factors):
        bounds: dict = {}
        for b, _ in choice:
            bounds |= b
        out.append((bounds, sp.Mul(*(product for _, product in choice))))
    return out


def _contract(bounds: dict, product) -> tuple[dict, sp.Expr]:
    """Let each delta with a bound index pick its term: Σᵢ δᵢₐ f(i) = f(a)."""
    while (found := _picking(bounds, product)) is not None:
        delta, bound, other = found
        product = (product / delta).xreplace({bound: other})
        bounds = {i: n for i, n in bounds.items() if i != bound}
    for index in [i for i in bounds if i not in product.free_symbols]:
        product *= bounds.pop(index)
    settled = False
    while not settled:  # δᵢⱼ f(i) and δᵢⱼ f(j) are the same: write f(i)
        settled = True
        for delta in _deltas(product):
            first, second = sorted(delta.args[:2], key=str)
            merged = delta * (product / delta).xreplace({second: first})
            if merged != product:
                product, settled = merged, False
                break
    return bounds, product


def _deltas(product) -> list:
    """List the deltas that are factors of a product; one inside a function or power is none."""
    factors = sp.Mul.make_args(product)
    return sorted((f for f in factors if isinstance(f, sp.KroneckerDelta)), key=str)


def _picking(bounds, product):
    """Find a delta with a bound index: (delta, that index, what it picks)."""
    for delta in _deltas(product):
        for bound, other in (delta.args[:2], delta.args[1::-1]):
            if bound in bounds and bounds.get(other, bounds[bound]) == bounds[bound]:
                return delta, bound, other
    return None


def _canonical_factor(product, depth):
    """Put sums inside functions and powers, such as the denominator of softmax, in normal form."""
    if not product.has(sp.Sum) or isinstance(product, sp.Indexed) or not product.args:
        return product
    if product.is_Mul or product.is_Pow or not isinstance(product, (sp.Add, sp.Sum)):
        return product.func(*(_canonical_factor(a, depth) for a in product.args))
    return collapse(product, depth + 1)


def collapse(expr, depth: int = 0):
    """Bring an expression with sums and deltas to its normal form; equal ones become the same.

    >>> i, j, n = sp.symbols("i j n", integer=True, positive=True)
    >>> x = sp.IndexedBase("x")
    >>> collapse(sp.Sum(sp.KroneckerDelta(i, j) * x[i], (i, 1, n)))
    x[j]
    """
    total = []
    for bounds, product in _terms(sp.expand_mul(expr, deep=False)):
        bounds, product = _contract(dict(bounds), product)
        product = _canonical_factor(product, depth)
        total.append(_named(bounds, product, depth))
    return sp.Add(*total)


def _named(bounds, product, depth):
    """Give the bound indices fixed names, so that the order they came in does not matter."""
    if not bounds:
        return product
    names = [sp.Symbol(f"k{depth}_{n}", integer=True, positive=True) for n in range(len(bounds))]
    best = None
    for order in itertools.permutations(bounds):
        renamed = product.xreplace(dict(zip(order, names, strict=True)))
        key = (sp.sstr(renamed), [str(bounds[i]) for i in order])
        if best is None or key < best[0]:
            best = key, renamed, [(n, 1, bounds[i]) for n, i in zip(names, order, strict=True)]
    _, renamed, limits = best
    constant, dependent = renamed.as_independent(*names, as_Add=False)
    return constant * sp.Sum(dependent, *limits)


def same(a, b) -> bool:
    """Are two formulas in indices equal, at every size?

    They are where their normal forms agree, or where SymPy proves them equal with a letter in
    place of every entry, sum and delta: an identity in free letters holds whatever they stand for.

    >>> i = sp.Symbol("i", integer=True, positive=True)
    >>> x = sp.IndexedBase("x", real=True)[i]
    >>> y = 1 / (1 + sp.exp(-x))
    >>> same(y * (1 - y), y.diff(x)), same(y, y**2)
    (True, False)
    """
    a, b = collapse(a), collapse(b)
    if sp.expand_mul(a - b) == 0 or collapse(a - b) == 0 or collapse(sp.expand(a - b)) == 0:
        return True
    parts = sorted((a - b).atoms(sp.Sum, sp.Indexed, sp.KroneckerDelta), key=str)
    letters = {part: sp.Dummy(f"v{k}", real=True) for k, part in enumerate(parts)}
    return equal(a.xreplace(letters), b.xreplace(letters)) == PROVED


def readable(expr, prefer=()):
    """Rename bound indices to k, l, r, … for print, each used once; take numbers out of sums.

    `prefer` lists (letter, size) pairs: a sum over that size goes on under the letter it had.
    """
    taken = {str(x) for x in expr.free_symbols}
    pool = (s for s in (*"klrsquvt", *(f"k{n}" for n in range(1, 99))) if s not in taken)
    sums = sorted(expr.atoms(sp.Sum), key=lambda s: (sp.count_ops(s), sp.sstr(s)))
    bound = [i for s in reversed(sums) for i, *_ in s.limits]
    bound = [i for i in dict.fromkeys(bound) if isinstance(i, sp.Dummy) or "_" in i.name]
    sizes, new = {i: n for s in sums for i, _, n in s.limits}, {}
    for letter, size in prefer:
        index = next((i for i in bound if sizes[i] == size and i not in new), None)
        if index is not None and letter not in expr.free_symbols:
            new[index] = letter
    for index in bound:
        new.setdefault(index, sp.Symbol(next(pool), integer=True, positive=True))
    return expr.xreplace(new).replace(sp.Sum, _number_first)


def _number_first(function, *limits):
    number, rest = function.as_coeff_Mul(rational=True)
    return number * sp.Sum(rest, *limits)
