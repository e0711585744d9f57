"""Differences, slopes, areas, interpolation, convolution, grids, polynomials."""

from __future__ import annotations

import numpy as np

from rule_cases import case

for shape, params in [((4,), {}), ((4,), {"n": 2}), ((3,), {"n": 0}), ((3,), {"n": 4}), ((1,), {}),
                      ((2, 3), {}), ((3, 4), {"axis": 0}), ((3, 4), {"n": 2, "axis": -2}), ((0, 3), {}),
                      ((3, 4), {"prepend": 0.5}), ((3, 4), {"append": 1.5, "axis": 0}),
                      ((3,), {"prepend": [1.0, 2.0], "append": 0.0, "n": 2}),
                      ((2, 3), {"append": np.ones((2, 1)), "n": 2})]:  # fmt: skip
    case(np.diff, shape, **params)
case(np.diff, (3,), (), (2,), call=lambda a, b, c: np.diff(a, prepend=b, append=c))
case(np.diff, (), call=lambda b: np.diff([1.0, 3.0], prepend=b))
for shape, params in [((4,), {}), ((2, 3), {}), ((1,), {}), ((), {}), ((3,), {"to_end": 1.5}),
                      ((3,), {"to_begin": [1.0, 2.0], "to_end": [[3.0]]})]:  # fmt: skip
    case(np.ediff1d, shape, **params)
case(np.ediff1d, (3,), (2,), (), call=lambda a, b, c: np.ediff1d(a, to_end=b, to_begin=c),
     plain=lambda a, b, c: np.concatenate([np.ravel(c), a[1:] - a[:-1], b]))  # fmt: skip

for shape, params in [((4,), {}), ((2, 3), {}), ((3, 4), {"axis": 0}), ((4,), {"dx": 0.3}), ((1,), {}),
                      ((3,), {"x": [0.0, 0.5, 2.0]}), ((3, 4), {"x": np.array([0.0, 0.5, 2.0]), "axis": 0}),
                      ((2, 3), {"x": np.array([[0.0, 0.5, 2.0], [1.0, 3.0, 4.0]])}),
                      ((2, 3, 2), {"x": [0.0, 1.0, 3.0], "axis": 1}), ((0, 3), {})]:  # fmt: skip
    case(np.trapezoid, shape, **params)
case(np.trapezoid, (4,), (4,))
case(np.trapezoid, (2, 3), (2, 3))
case(np.trapezoid, (3, 2), (3,), axis=0)
case(np.trapezoid, (3,), (), call=lambda y, dx: np.trapezoid(y, dx=dx))
case(np.trapezoid, (3,), call=lambda x: np.trapezoid([1.0, 2.0, 4.0], x))


def together(*spacing, **params):
    return lambda f: np.stack(np.gradient(f, *spacing, **params))


for edge_order in (1, 2):
    for shape, params in [((4,), {}), ((3,), {}), ((3, 4), {"axis": 0}), ((3, 4), {"axis": -1}),
                          ((3, 4), {"axis": (1,)})]:  # fmt: skip
        case(np.gradient, shape, edge_order=edge_order, **params)
    for spacing in [
        (),
        (0.3,),
        (0.3, 2.0),
        (0.5, [0.0, 1.0, 3.0, 3.5]),
        ([0, 1, 2], [0.0, 1.0, 3.0, 3.5]),
    ]:
        case(np.gradient, (3, 4), call=together(*spacing, edge_order=edge_order))
    case(np.gradient, (3, 4), call=together(0.3, axis=(1, 0), edge_order=edge_order))
    case(
        np.gradient,
        (4,),
        call=lambda f, e=edge_order: np.gradient(f, [0.0, 1.0, 3.0, 3.5], edge_order=e),
    )
    for spacing in ((), np.array([0.0, 1.0, 1.75, 3.5])):  # NumPy's own writes into an array like f
        case(np.gradient, (4,), spacing, low=0.5,
             call=lambda f, h, e=edge_order: np.gradient(f, h, edge_order=e),
             plain=lambda f, h, e=edge_order: np.gradient(f * (1 + 0j), h, edge_order=e))  # fmt: skip
case(np.gradient, (2,))


def polygon(x, xp, fp, left=None, right=None):
    """The same polygon with the interval found from real parts, so that complex step is valid."""
    at, knots = np.real(x), np.real(xp)
    k = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, np.shape(knots)[0] - 2)
    t = (x - xp[k]) / (xp[k + 1] - xp[k])
    inside = (1 - t) * fp[k] + t * fp[k + 1]
    inside = np.where(at > knots[-1], fp[-1] if right is None else right, inside)
    return np.where(at < knots[0], fp[0] if left is None else left, inside)


KNOTS = np.array([-1.5, -0.25, 0.5, 1.75])
HEIGHTS = np.array([0.5, -1.0, 2.0, 0.25])
AT = np.array([[-1.75, -0.75, 0.0], [1.5, 0.25, 2.5]])
for x in (AT, AT[0], AT[1], np.array(0.25), 0.25, np.zeros((0, 2))):
    case(np.interp, x, KNOTS, HEIGHTS, plain=polygon)
case(np.interp, AT, KNOTS, HEIGHTS, plain=polygon, left=-1.0, right=4.0)
case(
    np.interp,
    AT,
    call=lambda x: np.interp(x, KNOTS, list(HEIGHTS)),
    plain=lambda x: polygon(x, KNOTS, HEIGHTS),
)
case(
    np.interp,
    HEIGHTS,
    call=lambda fp: np.interp(AT, KNOTS, fp),
    plain=lambda fp: polygon(AT, KNOTS, fp),
)
case(np.interp, (1,), call=lambda fp: np.interp(AT, [0.5], fp))


def around(x, xp, fp):
    """Period 4, by hand: the knots of three periods, for `x` within the middle one."""
    return polygon(x, np.concatenate([xp - 4, xp, xp + 4]), np.concatenate([fp, fp, fp]))


case(np.interp, np.array([-1.75, 0.0, 1.875]), KNOTS, HEIGHTS, period=4,
     plain=lambda x, xp, fp, period: around(x, xp, fp))  # fmt: skip

for pair in [
    ((4,), (3,)),
    ((3,), (4,)),
    ((3,), (3,)),
    ((5,), (2,)),
    ((2,), (5,)),
    ((1,), (3,)),
    ((3,), ()),
    (0.75, (3,)),
]:
    for mode in ("full", "same", "valid"):
        case(np.convolve, *pair, mode=mode)
        if () not in pair and 0.75 not in pair:
            case(np.correlate, *pair, mode=mode, plain=lambda a, v, mode: correlated(a, v, mode))
case(np.convolve, (4,), (3,))
case(np.correlate, (4,), (3,), plain=lambda a, v: correlated(a, v, "valid"))
case(np.convolve, (4,), call=lambda a: np.convolve(a, [1.0, 0.5]))


def correlated(a, v, mode):
    """As `np.correlate`, which takes the conjugate of `v`: undone here."""
    if len(v) <= len(a):
        return np.convolve(a, np.flip(v), mode)
    return np.flip(np.convolve(v, np.flip(a), mode))


ENDS = [((), ()), (0.75, 1.5), ((3,), ()), ((2, 1), (3,)), ((2,), (2,)), (0.75, (2,))]
for ends in ENDS:
    for params in ({"num": 4}, {"num": 3, "endpoint": False}, {"num": 1}):
        case(np.linspace, *ends, **params)
    case(np.linspace, *ends, num=4, axis=-1)
    case(np.logspace, *ends, num=4)
    case(np.logspace, *ends, num=3, endpoint=False, base=2.0, axis=-1)
    case(np.geomspace, *ends, num=4, low=0.5, plain=lambda a, b, num: geometric(a, b, num))
case(np.linspace, (3,), call=lambda a: np.linspace(a, 2.0))
case(np.linspace, (3,), (), num=0)
case(np.logspace, (), (), (), call=lambda a, b, base: np.logspace(a, b, 3, base=base), low=0.5)
case(np.geomspace, (2,), (2,), num=3, endpoint=False, axis=1, low=0.5,
     plain=lambda a, b, **_: np.stack([a ** (1 - t) * b**t for t in (0.0, 1 / 3, 2 / 3)], axis=1))  # fmt: skip


def geometric(a, b, num):
    """The same points by powers of both ends: NumPy turns complex ends about the origin."""
    return np.stack([a ** (1 - t) * b**t for t in np.linspace(0.0, 1.0, num)])


for pair in [((3,), ()), ((3,), (2,)), ((1,), (2, 2)), ((4,), 0.75)]:
    case(np.polyval, *pair)
case(np.polyval, (2,), call=lambda x: np.polyval([1.0, -2.0, 0.5], x))
for params in ({}, {"N": 2}, {"N": 5}, {"N": 1}, {"increasing": True}, {"N": 0}):
    case(np.vander, (3,), **params)
