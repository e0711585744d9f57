"""Wrong sums of paths: what each slip makes of a scalar chain rule.

Every function takes the paths, each a list of local derivatives, and yields wrong answers.
"""

from __future__ import annotations

from math import prod

import sympy as sp


def total(paths):
    """Add the paths, each the product of its local derivatives: the right answer."""
    return sp.Add(*(sp.Mul(*path) for path in paths))


def missing_factor(paths):
    """Leave out a whole local derivative, or a factor of one."""
    parts = [
        [part for factor in path for part in sp.Mul.make_args(sp.factor_terms(factor))]
        for path in paths
    ]
    for whole in (paths, parts):
        for i, path in enumerate(whole):
            for j, factor in enumerate(path):
                if factor not in (1, -1):
                    shorter = [*path[:j], *path[j + 1 :]]
                    yield total([*whole[:i], shorter, *whole[i + 1 :]])
        for factor in _shared(whole):
            yield total([_without(path, factor) for path in whole])


def _shared(paths):
    """List the factors that stand in every path, where there are several."""
    if len(paths) < 2:
        return []
    first, *rest = paths
    return [f for f in first if f not in (1, -1) and all(f in path for path in rest)]


def _without(path, factor):
    """Leave out one factor of a path."""
    place = path.index(factor)
    return [*path[:place], *path[place + 1 :]]


def forgotten_path(paths):
    """Leave out one path."""
    if len(paths) > 1:
        for i in range(len(paths)):
            yield total([*paths[:i], *paths[i + 1 :]])


def overwritten(paths):
    """Keep one path of three or more."""
    if len(paths) > 2:
        for path in paths:
            yield total([path])


def partial_for_total(paths):
    """Keep the direct dependence alone."""
    direct = [path for path in paths if len(path) == 1]
    if direct and len(direct) < len(paths):
        yield total(direct)


def wrong_sign(paths):
    """Turn the sign of the whole, or of one path."""
    yield -total(paths)
    if len(paths) > 1:
        for i, path in enumerate(paths):
            yield total([*paths[:i], [-1, *path], *paths[i + 1 :]])


def mean_of_paths(paths):
    """Average the paths."""
    if len(paths) > 1:
        yield total(paths) / len(paths)


def product_of_paths(paths):
    """Multiply the paths."""
    if len(paths) > 1:
        yield prod((sp.Mul(*path) for path in paths), start=sp.Integer(1))


def factor_of_two(paths):
    """Twice the sum, or half of it."""
    yield 2 * total(paths)
    yield total(paths) / 2
