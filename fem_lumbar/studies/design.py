"""Designs of experiments: the combinations of factor values of a study, generated one point at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.studies.correlation import correlated
from fem_lumbar.studies.factors import Factor, Values, values_at

SAMPLED = ("latin_hypercube", "sobol")
"""Space-filling designs."""
MORRIS_LEVELS = 4
SHORT_NAMES = {"lhs": "latin_hypercube", "oat": "one_at_a_time"}
"""Short names of designs on the command line."""


@dataclass(frozen=True)
class Design:
    """Specification of a design.

    Attributes
    ----------
    kind : str
        ``grid``, ``zip``, ``one_at_a_time``, ``latin_hypercube``, ``sobol``, ``morris`` or ``list``.
    points : int
        Number of points, before rules.
    seed : int
        Seed of the random numbers.
    trajectories, levels : int
        Numbers of trajectories and levels of a Morris design.
    correlation : (k, k) float or None
        Rank correlation matrix of all factors.
    rows : tuple of dict
        Points of a list.
    """

    kind: str
    points: int
    seed: int = 0
    trajectories: int = 0
    levels: int = MORRIS_LEVELS
    correlation: np.ndarray | None = None
    rows: tuple[Values, ...] = ()


def combinations(design: Design, factors: Sequence[Factor]) -> Iterator[Values]:
    """Values of the factors at each point of a design, in design order."""
    if design.kind == "grid":
        for values in itertools.product(*(factor.levels or () for factor in factors)):
            yield dict(zip([factor.name for factor in factors], values, strict=True))
    elif design.kind == "zip":
        for values in zip(*(factor.levels or () for factor in factors), strict=True):
            yield dict(zip([factor.name for factor in factors], values, strict=True))
    elif design.kind == "one_at_a_time":
        yield from _one_at_a_time(factors)
    elif design.kind == "list":
        yield from (dict(row) for row in design.rows)
    else:
        for row in unit_numbers(design, len(factors)):
            yield values_at(factors, row)


def unit_numbers(design: Design, factors: int) -> np.ndarray:
    """Samples between 0 and 1, (points, factors), of a space-filling design or of Morris trajectories."""
    from scipy.stats import qmc

    if design.kind == "morris":
        return _trajectories(design, factors)
    if design.kind == "sobol":
        # For a number that is not a power of two a longer sequence is generated, and its first points are used.
        sampler = qmc.Sobol(factors, scramble=True, rng=design.seed)
        numbers = sampler.random_base2(int(np.ceil(np.log2(max(design.points, 2)))))[: design.points]
    else:
        numbers = qmc.LatinHypercube(factors, rng=design.seed).random(design.points)
    if design.correlation is not None and len(numbers) > factors + 1:
        numbers = correlated(numbers, design.correlation)
    return numbers


def _trajectories(design: Design, factors: int) -> np.ndarray:
    """Trajectories of Morris (1991): from a random grid point, one factor is moved after the other.

    SALib uses levels from 0 to 1. They are shifted inwards by half a level, as a distribution may be unbounded.
    """
    from SALib.sample import morris

    problem = {"num_vars": factors, "names": [str(i) for i in range(factors)], "bounds": [[0.0, 1.0]] * factors}
    numbers = morris.sample(problem, design.trajectories, num_levels=design.levels, seed=design.seed)
    inset = 0.5 / design.levels
    return inset + (1.0 - 2.0 * inset) * numbers


def _one_at_a_time(factors: Sequence[Factor]) -> Iterator[Values]:
    """The base point, then points with each factor at its other values and all others at the base."""
    base = {factor.name: base_of(factor) for factor in factors}
    yield dict(base)
    for factor in factors:
        for value in factor.levels or ():
            if value != base[factor.name]:
                yield {**base, factor.name: value}


def base_of(factor: Factor) -> object:
    """Base value of a factor: the given one, otherwise its middle value."""
    levels = factor.levels or ()
    return levels[(len(levels) - 1) // 2] if factor.base is None else factor.base


def size(design: Design, factors: Sequence[Factor]) -> int:
    """Number of points of a design, before rules."""
    counts = [len(factor.levels or ()) for factor in factors]
    if design.kind == "grid":
        return int(np.prod(counts, dtype=object))
    if design.kind == "zip":
        return min(counts)
    if design.kind == "one_at_a_time":
        return 1 + sum(count - (base_of(factor) in (factor.levels or ())) for count, factor in zip(counts, factors))
    if design.kind == "morris":
        return design.trajectories * (len(factors) + 1)
    return len(design.rows) if design.kind == "list" else design.points
