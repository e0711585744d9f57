"""Where HIPS autograd 1.9 and this package part, and why. Each must still be there: a test looks.

Kinds: `lacks` (the peer raises), `lacks second` (in second order only), `wrong` and `wrong second`
(it gives other numbers, without a word; differences of the plain function agree with ours, and a
test takes them). An entry speaks of functions, and of what the peer says when it raises, or of how
the call is written where it does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """How the peer parts from us on some functions: `says` is searched in its error or the call."""

    functions: tuple[str, ...]
    kind: str
    says: str
    why: str

    def speaks_of(self, name, kind, text):
        """Whether a difference of this kind, on a function of this name, is meant."""
        return name in self.functions and kind == self.kind and bool(re.search(self.says, text))


def _lacks(functions, says, why):
    return Difference(tuple(functions.split()), "lacks", says, why)


def _wrong(functions, says, why):
    return Difference(tuple(functions.split()), "wrong", says, why)


KNOWN = [
    # --- functions without a rule --------------------------------------------------------------
    _lacks(
        """np.positive np.cbrt np.copysign np.float_power np.fmod np.divmod np.modf np.heaviside
        np.unwrap np.cumprod np.ptp np.nansum np.nanmean np.nanprod np.nancumsum np.nancumprod
        np.nanmax np.nanmin np.nanvar np.nanstd np.average np.median np.quantile np.percentile
        np.flip np.copy np.resize np.insert np.delete np.unstack np.matrix_transpose np.meshgrid
        np.broadcast_arrays np.take np.take_along_axis np.compress np.extract np.diagflat
        np.ediff1d np.trapezoid np.interp np.convolve np.correlate np.logspace np.geomspace
        np.polyval np.vander np.vdot np.vecdot np.matvec np.vecmat np.fft.hfft np.fft.ihfft
        np.linalg.cond np.linalg.cross np.linalg.diagonal np.linalg.eigvals np.linalg.eigvalsh
        np.linalg.matmul np.linalg.matrix_norm np.linalg.matrix_power np.linalg.matrix_transpose
        np.linalg.outer np.linalg.svdvals np.linalg.tensordot np.linalg.tensorinv
        np.linalg.tensorsolve np.linalg.trace np.linalg.vecdot np.linalg.vector_norm""",
        r"VJP of \w+ wrt argnums \(.*\) not defined", "it has no rule",
    ),
    _lacks("operator.pos", "bad operand type for unary", "its boxes have no unary plus"),
    _lacks("np.divmod", r"unsupported operand type\(s\) for divmod", "its boxes have no divmod"),
    _lacks(
        "np.choose np.block", "VJP of", "it has no rule: the traced array is seen, a list is not",
    ),
    _wrong(
        "np.choose np.block np.dstack np.linalg.multi_dot", "",
        "a list of traced arrays is not seen: the gradient is 0",
    ),
    _lacks(
        "np.linalg.multi_dot", "1-dimensional array given", "a list of traced arrays is not seen",
    ),
    _lacks(
        "np.atleast_1d np.atleast_2d np.atleast_3d", "VJP of", "it takes one array at a time",
    ),
    _lacks("np.gradient", "VJP of", "it does not differentiate in the spacing"),
    _lacks("np.full_like", "extra leading dims", "it does not undo every broadcast"),
    _wrong("np.full_like", "", "it takes the value for a constant, or the array for an operand"),
    # --- arguments that a rule does not take ----------------------------------------------------
    _lacks(
        """np.angle np.clip np.diff np.linalg.pinv np.linspace np.nan_to_num np.rot90 np.sort
        np.trace""",
        "unexpected keyword argument", "its rule does not take the keyword",
    ),
    _wrong(
        "np.sum np.mean np.prod np.max np.min np.var np.std", "where=",
        "where= (and initial=) is passed on to NumPy and forgotten in the rule",
    ),
    _wrong("np.prod", "", "NaN where an entry is 0: it divides the product by each entry"),
    _wrong("np.var np.std", "correction=", "correction= is forgotten in the rule"),
    _wrong("np.diff", "prepend=a", "a traced prepend= is taken for a constant"),
    _lacks("np.linspace", "missing 1 required positional argument", "num= must be given"),
    _lacks("np.pad", "Only constant mode|missing 1 required|not enough", "constant mode only"),
    _lacks("np.diagonal", "make_diagonal only supports", "the last two axes only, no offset"),
    _lacks("np.gradient", "only optional argument", "no edge_order=, no spacing"),
    _lacks("np.linalg.svd", "full_matrices=True", "full_matrices=False only"),
    _lacks("np.linalg.svd", "no attribute 'Vh'", "the result has no names"),
    _lacks("np.linalg.cholesky", "upper=True", "no upper="),
    _lacks("np.linalg.norm", "not implemented for ord=", "few orders"),
    _lacks("np.roll", "bad operand type for unary", "one axis at a time"),
    _lacks("np.rollaxis", "not implemented for", "no axes counted from the end"),
    _lacks("np.concatenate", "not NoneType", "it needs the number of the axis"),
    _lacks("np.sort np.partition", "multi-dimensional arrays", "one axis only"),
    _lacks("np.einsum", "multiple times", "no letter may come twice in one operand"),
    _lacks(
        "np.einsum", "sublistout|never appeared|more dimensions than subscripts",
        "lists of axis numbers need the output's, without an ellipsis",
    ),
    _lacks(
        "np.fft.rfft np.fft.rfft2 np.fft.rfftn np.fft.irfft", "odd lengthed last axes|repeated axes",
        "no real transforms of odd length, none of an axis twice",
    ),
    _wrong("np.fft.rfft", "n=3", "odd lengths are refused by the length of the operand, not by n="),
    _lacks("np.fft.irfft2 np.fft.irfftn", "ufunc", "autograd takes s=None for a shape"),
    _lacks("np.repeat", "interpreted as an integer", "one number of repeats, and an axis"),
    # --- shapes -----------------------------------------------------------------------------------
    _lacks(
        "np.where np.cross np.linspace np.outer np.linalg.solve np.diag np.sort np.tril np.triu",
        "broadcast|mismatch in its core dimension|not aligned",
        "broadcasting, or a change of the number of axes, is not undone",
    ),
    _lacks("np.clip", "KeyError: 1", "no rule in the bounds"),
    _lacks("np.cross", "zero dimension|incompatible|deprecated", "no vectors of two components"),
    _lacks("np.broadcast_to", "AssertionError|broadcast", "no axis may be added, or made empty"),
    _lacks("np.outer np.cumsum np.sort", "'float' object has no", "it takes no Python number"),
    _lacks("np.tile", "equal division|modulo by zero", "it cuts along the wrong axis"),
    _wrong("np.tile", r"reps=2\), a \(2,", "it cuts along the wrong axis"),
    _wrong("np.repeat", "axis=-1", "it takes axis -1 for a new one"),
    _wrong("np.diag", r"k=0\), a \(1, 3\)", "a gradient of shape (1, 1) for a row"),
    _wrong("np.kron", r"b \(1, 3, 2\)", "it takes all factors for matrices"),
    _lacks("np.diff", "broadcast", "n= beyond the length"),
    _lacks("np.gradient", "out of bounds", "no axis of length 2"),
    _lacks("np.split np.array_split", "broadcast", "sections must be in order"),
    _lacks("np.hsplit", "axis 1 is out of bounds", "no arrays of one axis"),
    _lacks("np.ediff1d", "must be compatible", "it has no rule: NumPy sees its boxes"),
    _lacks("np.linalg.norm", "broadcast", "keepdims= with an axis is not undone"),
    _wrong("np.linalg.norm", r"ord=float\('inf'\)", "it differentiates |x|^inf as a power"),
    # --- permutations ----------------------------------------------------------------------------
    _lacks("np.transpose", "broadcast", "axes from the end are inverted as if they were not"),
    _wrong("np.transpose", r"axes=.*-1", "axes from the end are inverted as if they were not"),
    # --- second order ------------------------------------------------------------------------------
    Difference(
        ("np.einsum",), "lacks second", "cannot reshape", "broadcasting in its own adjoint",
    ),
    # --- other conventions -----------------------------------------------------------------------
    _wrong(
        "np.linalg.cholesky", "",
        "it gives half to each triangle, as if a symmetric matrix moved; NumPy reads one triangle",
    ),
]  # fmt: skip
