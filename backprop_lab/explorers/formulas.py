"""Formulas as data: what Python and the browser both evaluate, without `eval` in either.

A formula is a nested list, `["*", "x", ["exp", "z"]]`: a number, a name, or an operation with its
operands. `Term` writes one in plain arithmetic, `symbols.from_sympy` turns SymPy's into one, and
`compiled` evaluates it in NumPy; `explorer.js` evaluates the same lists. Where a number does not
exist, both give infinity or NaN, as IEEE 754 says, and the figure writes "not defined".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from backprop_lab.errors import TraceError

Tree = float | str | list
NEAR = 0.001  # how much nearer the second look to both sides is

OPERATIONS: dict[str, Callable] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: np.divide(a, b),
    "^": lambda a, b: np.float64(a) ** b,
    "neg": lambda a: -a,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "logaddexp": np.logaddexp,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "abs": np.abs,
    "sign": np.sign,
    "min": np.minimum,
    "max": np.maximum,
    "floor": np.floor,
    "<": lambda a, b: np.where(a < b, 1.0, 0.0),
    "<=": lambda a, b: np.where(a <= b, 1.0, 0.0),
    "==": lambda a, b: np.where(a == b, 1.0, 0.0),
    "?": lambda c, a, b: np.where(c != 0, a, b),
    "pick": lambda i, *options: options[int(i)],
    "nice": lambda a: _nice(float(a)),
}


def _nice(a: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten, for the end of an axis."""
    if not np.isfinite(a) or a <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(a))
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0, 20.0) if a <= k * power * (1 + 1e-9))


class Term:
    """A formula in the making: arithmetic on it writes the list.

    >>> x = Term("x")
    >>> (40 + 10 * x).tree
    ['+', 40.0, ['*', 10.0, 'x']]
    """

    __slots__ = ("tree",)

    def __init__(self, tree):
        self.tree = tree.tree if isinstance(tree, Term) else tree
        if isinstance(self.tree, (int, float, np.floating, np.integer)):
            self.tree = float(self.tree)

    def __add__(self, other):
        return term("+", self, other)

    def __radd__(self, other):
        return term("+", other, self)

    def __sub__(self, other):
        return term("-", self, other)

    def __rsub__(self, other):
        return term("-", other, self)

    def __mul__(self, other):
        return term("*", self, other)

    def __rmul__(self, other):
        return term("*", other, self)

    def __truediv__(self, other):
        return term("/", self, other)

    def __rtruediv__(self, other):
        return term("/", other, self)

    def __pow__(self, other):
        return term("^", self, other)

    def __rpow__(self, other):
        return term("^", other, self)

    def __neg__(self):
        return term("neg", self)

    def __abs__(self):
        return term("abs", self)

    def __lt__(self, other):
        return term("<", self, other)

    def __le__(self, other):
        return term("<=", self, other)

    def __gt__(self, other):
        return term("<", other, self)

    def __ge__(self, other):
        return term("<=", other, self)

    def is_(self, other) -> Term:
        """Give 1 where both are equal, 0 elsewhere."""
        return term("==", self, other)

    def then(self, yes, no) -> Term:
        """Give `yes` where this is not 0, and `no` where it is."""
        return term("?", self, yes, no)

    def pick(self, *options) -> Term:
        """Give the option whose number this is, from 0."""
        return term("pick", self, *options)

    def __repr__(self):
        return f"Term({self.tree})"


def term(operation: str, *operands) -> Term:
    """Apply an operation to formulas, names or numbers."""
    if operation not in OPERATIONS:
        raise TraceError(f"explore: no operation {operation!r}; there are {', '.join(OPERATIONS)}.")
    return Term([operation, *(Term(x).tree for x in operands)])


def clip(x, low, high) -> Term:
    """Keep a formula between two others."""
    return term("min", term("max", x, low), high)


def extreme(take: str, of, by: str, low: float, high: float, count: int = 49) -> Term:
    """Give the "min" or "max" of a formula while the control `by` goes through its range."""
    return Term(["sweep", take, by, float(low), float(high), count, Term(of).tree])


def around(take: str, of, by: str, reach: float) -> Term:
    """Look at a formula on both sides of where the control `by` stands.

    "left" and "right" are its values very near; "jump" is right − left where that does not shrink
    with the distance, and 0 where the formula is continuous.
    """
    return Term(["around", take, by, float(reach), Term(of).tree])


def is_sweep(tree: Tree) -> bool:
    """Whether a formula looks at other places than the state: it runs those before it there."""
    return isinstance(tree, list) and tree[0] in ("sweep", "around")


def names_in(tree: Tree) -> set[str]:
    """List the names that a formula uses."""
    if isinstance(tree, str):
        return {tree}
    if is_sweep(tree):
        return {tree[2]} | names_in(tree[-1])
    return set().union(*map(names_in, tree[1:])) if isinstance(tree, list) else set()


def compiled(tree: Tree) -> Callable[[Mapping], np.float64]:
    """Turn a formula into a function of named values (numbers, or arrays of them)."""
    if isinstance(tree, str):
        return lambda values: values[tree]
    if not isinstance(tree, list):
        number = np.float64(tree)
        return lambda values: number
    operation, operands = OPERATIONS[tree[0]], [compiled(x) for x in tree[1:]]
    return lambda values: operation(*(x(values) for x in operands))


def evaluate(formulas: Mapping[str, Tree], values: Mapping) -> dict:
    """Evaluate named formulas in their order; later ones may use earlier ones.

    >>> evaluate({"z": ["*", "w", "x"], "L": ["^", "z", 2.0]}, {"w": 3.0, "x": 2.0})["L"]
    np.float64(36.0)
    """
    known = {name: np.float64(v) if np.ndim(v) == 0 else v for name, v in values.items()}
    with np.errstate(all="ignore"):
        for name, tree in formulas.items():
            if is_sweep(tree):
                known[name] = (_swept if tree[0] == "sweep" else _seen)(tree, formulas, known)
            else:
                known[name] = compiled(tree)(known)
    return known


def along(formulas: Mapping[str, Tree], values: Mapping, by: str, at) -> dict:
    """Evaluate the formulas at many values of one control; extremes stay what they are."""
    moving = {n: t for n, t in formulas.items() if n in values and not is_sweep(t)}
    still = {n: v for n, v in values.items() if n not in moving}
    return evaluate(moving, still | {by: np.asarray(at)})


def _swept(tree, formulas, known):
    _, take, by, low, high, count, of = tree
    at = np.linspace(low, high, int(count))
    found = np.broadcast_to(compiled(of)(along(formulas, known, by, at)), at.shape)
    found = found[np.isfinite(found)]
    return getattr(np, take)(found) if found.size else np.float64(np.nan)


def _seen(tree, formulas, known):
    _, take, by, reach, of = tree
    at = known[by] + reach * np.array([-1.0, -NEAR, NEAR, 1.0])
    found = compiled(of)(along(formulas, known, by, at))
    far_left, left, right, far_right = np.broadcast_to(found, at.shape)
    if take != "jump":
        return left if take == "left" else right
    stays = abs(right - left) > 0.5 * abs(far_right - far_left)
    return right - left if stays else np.float64(0.0)
