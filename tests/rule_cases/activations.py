"""Activations of networks on each component by itself, and softmax along axes."""

from __future__ import annotations

import numpy as np

import backprop_lab as bl
from rule_cases import case

SHAPES = [0.75, (), (3,), (2, 3), (3, 3), (1,), (2, 1, 3), (0, 3)]
for key in (bl.sigmoid, bl.softplus):
    for shape in SHAPES:
        case(key, shape)
    case(key, (4,), low=-30, high=30)
    case(key, np.array([-800.0, -40.0, 40.0, 0.0]))
case(np.tanh, np.array([-0.5, 0.25, 0.125, 6.0]))  # one of four in saturation
case(np.tanh, np.array([[-0.5, 9.0], [-7.0, 5.125]]))  # most of them are
case(bl.sigmoid, np.array([[-0.5, 9.0], [-7.0, 0.125], [1.0, 2.0]]))

for shape in SHAPES:
    case(bl.logsumexp, shape)
    case(bl.logsumexp, shape, keepdims=True)
for key in (bl.logsumexp, bl.softmax, bl.log_softmax):
    for axis in (0, -1, -2, 1, (0, 1), (-1, 0), (1,), None):
        case(key, (2, 3), axis=axis)
        case(key, (2, 3, 2), axis=axis)
    case(key, (3, 0), axis=0)
    case(key, (3, 1), axis=1)
    case(key, (1, 3), axis=-1)
    case(key, np.array([[1e4, 1e4 - 0.5, -1e4], [-1e4, -1e4 - 0.25, -1e4 - 1]]), axis=-1)
    case(key, np.array([0.5, -np.inf, 1.0]))
for axis in (0, -1, (0, 2), None):
    case(bl.logsumexp, (2, 3, 2), axis=axis, keepdims=True)
for key in (bl.softmax, bl.log_softmax):
    for shape in SHAPES:
        if shape not in (0.75, ()):
            case(key, shape)
