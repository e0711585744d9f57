"""Every index form, at two sizes, against SymPy's explicit Jacobian and against the engine."""

from __future__ import annotations

import numpy as np
import pytest
from index_cases import FORMS
from test_all_sizes import compare, instances

import backprop_lab as bl
from backprop_lab.checks import SymPyTruth


def named(shapes):
    return {n: s for n, s in shapes.items() if s}


@pytest.mark.parametrize("name", FORMS)
def test_every_line_is_engine_and_explicit_jacobian_at_two_sizes(name):
    f, shapes = FORMS[name]
    derived = [bl.derive(f, wrt=wrt, shapes=named(shapes)) for wrt in shapes]
    assert {d.status for d in derived} == {"proved for all sizes"}
    for sizes, point, rng in instances(shapes):
        value, pullback = bl.vjp(f, *point.values())
        y_bar = rng.standard_normal(np.shape(value)) if np.shape(value) else 1.0
        bars = pullback(y_bar)
        jacobians = SymPyTruth(f, list(point), list(point.values())).at(list(point.values()))[1:]
        for d, bar, jacobian in zip(derived, bars, jacobians, strict=True):
            shape = np.shape(point[d.wrt])
            explicit = np.reshape(np.ravel(y_bar) @ jacobian, shape)
            np.testing.assert_allclose(bar, explicit, rtol=1e-10, atol=1e-12)
            known = {**point, f"{d.output.name}_bar": y_bar}
            lines = d.lines
            if d.consumers != [d.output]:  # through a value in between: its cotangent put in
                continue
            compare(d, d.wrt, shape, known, sizes, np.asarray(explicit), lines)
