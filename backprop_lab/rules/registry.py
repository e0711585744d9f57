"""The registry: from a NumPy function to what it does to a tangent and to a cotangent.

A rule knows how to run its function in two ways.

* `reverse(operands, params, which)` gives the value and, for each operand in `which`, a pullback
  that turns the cotangent of the output into the cotangent of that operand.
* `forward(operands, params, dots)` gives the value and the tangent of the output; `dots[i]` is
  the tangent of operand `i`, or None where it has none.

There are three kinds, one for each chapter that teaches it: `elementwise` (the diagonal of the
Jacobian is the whole rule), `linear` (the adjoint map is the whole rule), and `rule` (value,
pushforward and pullback written out). From the first two both directions follow. A function that
is short in others needs no rule of its own: `composite` says how it is spelled. The decorators are
in `diagonals` and `kinds`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backprop_lab.errors import name_of

RULES: dict[Callable, Rule] = {}
CONSTANT: set[Callable] = set()  # functions with a derivative that is zero wherever it exists
SHAPE_ONLY: set[Callable] = set()  # those of them that look at no value, so nothing depends on one


class Link:
    """What an edge of the tape points to: `pull(y_bar, kept)` takes a cotangent along the edge.

    `kept` is what the edge keeps of the operation; `rule` is the rule that it followed. `sure` says
    that shape and dtype of the cotangent are right by construction, so that the walk back need not
    look, and `fresh` that it is an array of its own, into which others may be added.
    """

    __slots__ = ("fresh", "pull", "rule", "sure")

    def __init__(self, rule: Rule, pull: Callable, sure: bool = False, fresh: bool = False):
        self.rule = rule
        self.pull = pull
        self.sure = sure
        self.fresh = fresh


def _call_kept(y_bar, pullback):
    """Pull back by a closure, which is then all that the edge keeps."""
    return pullback(y_bar)


@dataclass(slots=True, eq=False, match_args=False)
class Rule:
    """How one function is differentiated, and what may be assumed of it.

    `analytic`: complex step is valid. `batched`: a batch of cotangents, numbered by extra axes in
    front, may be pulled back at once. `kink`: where the derivative jumps and the convention there,
    in words; `at_kink(*operands, **params)` says whether one is hit.
    """

    func: Callable
    kind: str
    bind: Callable
    reverse: Callable
    forward: Callable
    analytic: bool
    batched: bool
    kink: str
    at_kink: Callable | None
    spelling: Callable | None = None  # of a composite, which has neither `reverse` nor `forward`
    casts: bool = False  # its cotangent may be of another dtype, as that of `np.astype`
    outputs: int = 0  # how many arrays it gives, as a tuple; 0 means one array, and no tuple
    call: Callable | None = None  # of an elementwise or linear rule: the value,
    diagonals: tuple = ()  # and for each operand what is kept and how to pull back
    adjoints: tuple = ()  # of a linear rule, one for each operand
    quick: Callable | None = None  # the short way of `quick.py`
    link: Link | None = None

    def __post_init__(self):
        """Give the rule the link whose edges keep a closure."""
        self.link = Link(self, _call_kept)

    on_complex: str | Callable = ""  # the policy of `complexes`; by default as `analytic` says

    @property
    def name(self) -> str:
        """The name as a reader would type it."""
        return name_of(self.func)


def constant(*funcs, shape_only=False):
    """Register functions that are constants to a derivative: comparisons, `sign`, `argmax`."""
    CONSTANT.update(funcs)
    if shape_only:
        SHAPE_ONLY.update(funcs)
