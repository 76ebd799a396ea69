"""Elementary effects of a Morris design: screening for factors without effect, and for interactions.

Morris 1991 (Technometrics 33:161-174); µ* is the mean of their absolute values (Campolongo et al. 2007, Environ Model
Softw 22:1509-1518). Trajectories with failed points contribute the effects between completed ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.design import MORRIS_LEVELS

_RESAMPLED = 500
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Elementary:
    """Elementary effects of one factor.

    Attributes
    ----------
    count : int
        Number of them.
    mu_star, mu, sigma : float
        Mean of the absolute values, mean, standard deviation, as change of the output over the full range of levels of
        the factor.
    interval : (float, float)
        95 % interval of µ* by bootstrap.
    """

    count: int
    mu_star: float
    mu: float
    sigma: float
    interval: tuple[float, float]


def elementary_effects(
    points: Points, rows: np.ndarray, data: np.ndarray, levels: int = MORRIS_LEVELS
) -> dict[int, Elementary]:
    """Elementary effects by factor.

    Parameters
    ----------
    points : Points
        Points of a Morris design: blocks of d + 1 points for d factors, each block a trajectory.
    rows : (n,) int
        Indices of the completed points.
    data : (n,) float
        The output at these points.
    levels : int
        Number of levels of the design.
    """
    factors = len(points.factors)
    place = np.column_stack([_places(points.x[:, i]) for i in range(factors)])
    delta = levels / (2.0 * (levels - 1.0))
    steps = np.array([np.nan if one.listed else delta for one in points.factors])
    known = dict(zip(rows.tolist(), data.tolist()))
    block = points.number // (factors + 1)
    found: dict[int, list[float]] = {i: [] for i in range(factors)}
    for one in np.unique(block):
        _trajectory(np.flatnonzero(block == one), points.number, place, steps, known, found)
    return {i: _summary(np.array(effects)) for i, effects in found.items() if len(effects) >= 2}


def _trajectory(
    rows: np.ndarray,
    number: np.ndarray,
    place: np.ndarray,
    steps: np.ndarray,
    known: dict[int, float],
    found: dict[int, list[float]],
) -> None:
    """Add the effects of one trajectory to ``found``.

    All steps of a factor have one length in the levels of the design (``steps``, as a fraction of the full range). For
    a list of values (NaN), the length is the distance of their positions in the list: for two values always the full
    range, whatever their levels.
    """
    for before, after in zip(rows[:-1].tolist(), rows[1:].tolist()):
        step = place[after] - place[before]
        moved = np.flatnonzero(step)
        if number[after] == number[before] + 1 and len(moved) == 1 and before in known and after in known:
            factor = int(moved[0])
            way = step[factor] if np.isnan(steps[factor]) else np.copysign(steps[factor], step[factor])
            found[factor].append((known[after] - known[before]) / float(way))
    whole = len(rows) == place.shape[1] + 1 and all(row in known for row in rows.tolist())
    if whole:  # several levels of the design may have the same value: such a step has no effect
        for i in np.flatnonzero(np.ptp(place[rows], axis=0) == 0.0):
            found[int(i)].append(0.0)


def _places(values: np.ndarray) -> np.ndarray:
    """Positions (n,) of values among all values of a factor, from 0 for the lowest to 1 for the highest."""
    kinds, place = np.unique(values, return_inverse=True)
    return place / max(len(kinds) - 1, 1)


def _summary(effects: np.ndarray) -> Elementary:
    drawn = np.random.default_rng(0).integers(len(effects), size=(_RESAMPLED, len(effects)))
    low, high = np.percentile(np.abs(effects)[drawn].mean(axis=1), _INTERVAL)
    return Elementary(
        count=len(effects),
        mu_star=float(np.mean(np.abs(effects))),
        mu=float(np.mean(effects)),
        sigma=float(np.std(effects, ddof=1)),
        interval=(float(low), float(high)),
    )
