"""The methods that arrays have, for traced values: as NumPy's functions, or refused with a word."""

from __future__ import annotations

import numpy as np

from backprop_lab.errors import TraceError
from backprop_lab.traced import Traced


def _method(func):
    def method(self, *args, **kwargs):
        return func(self, *args, **kwargs)

    method.__name__ = func.__name__
    method.__doc__ = f"As `np.{func.__name__}`."
    return method


for _func in (
    *(np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.cumsum, np.cumprod, np.clip),
    *(np.squeeze, np.swapaxes, np.dot, np.take, np.repeat, np.diagonal, np.trace, np.astype),
    *(np.argmax, np.argmin, np.argsort, np.argpartition, np.searchsorted, np.nonzero),
    *(np.any, np.all, np.round),
):
    setattr(Traced, _func.__name__, _method(_func))


def _refuse_method(name, instead):
    def method(self, *args, **kwargs):
        raise TraceError(
            f"x.{name}() of a traced value (shape {self.shape}) would lose its trace, or change it "
            f"in place. {instead}"
        )

    method.__name__ = name
    method.__doc__ = "Refused: it would lose the trace."
    return method


for _name, _instead in {
    "item": "Use x itself: a traced number needs no .item().",
    "tolist": "Use x itself; `for row in x` walks over its rows.",
    "sort": "Use y = np.sort(x).",
    "partition": "Use y = np.partition(x, kth).",
    "fill": "Use y = v * np.ones(x.shape).",
    "put": "Use y = np.where(mask, v, x).",
    "resize": "Use y = np.resize(x, shape).",
    "__reduce_ex__": "Pickle what the transform returns, outside of it.",
}.items():
    setattr(Traced, _name, _refuse_method(_name, _instead))
