"""Effects of a factor on an output in the unit of the output: over its range, and as a curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.surrogate import Surrogate

_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Swing:
    """Change of an output between the low and high end of one factor.

    Attributes
    ----------
    low, high : float
        Change from the mean of the output (one at a time: from the base) at both ends, in the unit of the output.
    largest : float
        Largest difference along the factor, not necessarily at its ends, in the same unit.
    interval : (float, float) or None
        95 % interval of `largest` by bootstrap; None for the difference of two runs.
    """

    low: float
    high: float
    largest: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Curve:
    """Main effect: mean of an output along one factor, averaged over the others.

    Attributes
    ----------
    coordinate : (m,) float
        Coordinates of the factor.
    mean, low, high : (m,) float
        Mean and its 95 % interval by bootstrap, in the unit of the output.
    """

    coordinate: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve(surrogate: Surrogate, points: Points, factor: int) -> Curve:
    """Main effect of a factor: terms of the surrogate in this factor only."""
    at = points.kinds(factor)
    matrix = _alone(surrogate, factor, at)
    resampled = surrogate.resampled @ matrix.T
    low, high = np.percentile(resampled, _INTERVAL, axis=0)
    return Curve(at, matrix @ surrogate.coefficients, low, high)


def swing(surrogate: Surrogate, points: Points, factor: int) -> Swing:
    """Effect of a factor over its range, from the surrogate."""
    at = points.kinds(factor)
    matrix = _alone(surrogate, factor, at)
    change = matrix[:, 1:] @ surrogate.coefficients[1:]
    resampled = np.ptp(surrogate.resampled[:, 1:] @ matrix[:, 1:].T, axis=1)
    low, high = np.percentile(resampled, _INTERVAL)
    return Swing(float(change[0]), float(change[-1]), float(np.ptp(change)), (float(low), float(high)))


def direct_swings(points: Points, rows: np.ndarray, data: np.ndarray) -> dict[int, Swing]:
    """Effects by factor, from runs that differ in one factor only from the base (the first point of the design).

    Parameters
    ----------
    points : Points
    rows : (n,) int
        Indices of the completed points.
    data : (n,) float
        The output at these points.
    """
    at_base = np.flatnonzero(points.number[rows] == 0)
    if not len(at_base):
        return {}
    base, middle = points.x[rows[at_base[0]]], float(data[at_base[0]])
    differs = points.x[rows] != base
    found = {}
    for i in range(points.x.shape[1]):
        alone = np.flatnonzero(differs[:, i] & (differs.sum(axis=1) == 1))
        if len(alone):
            at = np.append(points.x[rows][alone, i], base[i])
            change = np.append(data[alone] - middle, 0.0)
            low, high = change[np.argmin(at)], change[np.argmax(at)]
            found[i] = Swing(float(low), float(high), float(np.ptp(change)), None)
    return found


def _alone(surrogate: Surrogate, factor: int, at: np.ndarray) -> np.ndarray:
    """Terms (m, k + 1) in one factor only, the constant first, at coordinates (m,); other terms are zero."""
    power = surrogate.powers[:, factor]
    alone = (power > 0) & (surrogate.powers.sum(axis=1) == power)
    matrix = np.zeros((len(at), len(power) + 1))
    matrix[:, 0] = 1.0
    matrix[:, 1:][:, alone] = surrogate.polynomials[factor].at(at)[:, power[alone]]
    return matrix
