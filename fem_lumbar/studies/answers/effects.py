"""Effects of a factor on an output in the unit of the output: over its range, and along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.surrogate import Surrogate

_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Swing:
    """What an output does when one factor goes from its low to its high end and the others do what they do.

    Attributes
    ----------
    low, high : float
        Change against the mean of the output (one at a time: against the base) at both ends, unit of the output.
    largest : float
        Largest difference along the factor, which need not be at its ends; unit of the output.
    interval : (float, float) or None
        95 % interval of `largest` by bootstrap; None for a difference of two runs.
    """

    low: float
    high: float
    largest: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Curve:
    """Mean of an output along one factor, the others averaged out.

    Attributes
    ----------
    coordinate : (m,) float
        Coordinates of the factor.
    mean, low, high : (m,) float
        Mean and its 95 % interval by bootstrap, unit of the output.
    """

    coordinate: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve(surrogate: Surrogate, points: Points, factor: int) -> Curve:
    """Main effect of a factor: terms of the surrogate in this factor alone."""
    at = points.kinds(factor)
    matrix = _alone(surrogate, factor, at)
    resampled = surrogate.resampled @ matrix.T
    low, high = np.percentile(resampled, _INTERVAL, axis=0)
    return Curve(at, matrix @ surrogate.coefficients, low, high)


def swing(surrogate: Surrogate, points: Points, factor: int) -> Swing:
    """Effect of a factor over its range by the surrogate."""
    at = points.kinds(factor)
    matrix = _alone(surrogate, factor, at)
    change = matrix[:, 1:] @ surrogate.coefficients[1:]
    resampled = np.ptp(surrogate.resampled[:, 1:] @ matrix[:, 1:].T, axis=1)
    low, high = np.percentile(resampled, _INTERVAL)
    return Swing(float(change[0]), float(change[-1]), float(np.ptp(change)), (float(low), float(high)))


def direct_swings(points: Points, rows: np.ndarray, data: np.ndarray) -> dict[int, Swing]:
    """Effects from runs that differ from the base, the first point of the design, in one factor only, by factor.

    Parameters
    ----------
    points : Points
    rows : (n,) int
        Places of the points that are done.
    data : (n,) float
        The output there.
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
    """Terms (m, k + 1) in one factor alone, the constant first, at coordinates (m,) of that factor; others are zero."""
    power = surrogate.powers[:, factor]
    alone = (power > 0) & (surrogate.powers.sum(axis=1) == power)
    matrix = np.zeros((len(at), len(power) + 1))
    matrix[:, 0] = 1.0
    matrix[:, 1:][:, alone] = surrogate.polynomials[factor].at(at)[:, power[alone]]
    return matrix
