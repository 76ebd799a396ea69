"""Work of the loads along a path of equilibria."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.mechanics.load import Load
from fem_lumbar.solver.solution import Solution

_PLACES = 0.5 + np.array([-1.0, 0.0, 1.0]) * np.sqrt(0.15)  # Gauss: exact for the product of a cubic and a slope
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18


def work_between(items: Sequence[Load], start: float, first: Solution, end: float, last: Solution) -> float:
    """Work (N·mm) that loads do between two neighbouring equilibria.

    It is the integral of h dD, where h is the intensity of a load and D the work of the full load. Both are known with
    their slopes at the ends and interpolated by cubic Hermite polynomials.

    Parameters
    ----------
    items : sequence of Load
        The loads.
    start, end : float
        Load factors of the two.
    first, last : Solution
        The equilibria with their rates.
    """
    width, work = end - start, 0.0
    for item in items:
        intensity = item.intensity(first.x, start), item.intensity(last.x, end)
        changing = (width * item.intensity_rate(first.rate), width * item.intensity_rate(last.rate))
        advance = item.advance(first.x, last.x)
        slopes = (width * _slope(item, first), width * _slope(item, last))
        work += float(_WEIGHTS @ (_value(*intensity, *changing) * _derivative(advance, *slopes)))
    return work


def _slope(item: Load, solution: Solution) -> float:
    """Work of the full load per load factor, N·mm."""
    return float(np.sum(item.pattern(solution.x) * solution.rate[item.dofs]))


def _value(first: float, last: float, first_slope: float, last_slope: float) -> np.ndarray:
    """Hermite cubic at the places, with slopes per width."""
    s = _PLACES
    return (
        first * (1 + 2 * s) * (1 - s) ** 2
        + last * s**2 * (3 - 2 * s)
        + first_slope * s * (1 - s) ** 2
        + last_slope * s**2 * (s - 1)
    )


def _derivative(rise: float, first_slope: float, last_slope: float) -> np.ndarray:
    """Slope at the places of the Hermite cubic that rises by so much."""
    s = _PLACES
    return rise * 6 * s * (1 - s) + first_slope * (1 - 4 * s + 3 * s**2) + last_slope * (3 * s**2 - 2 * s)
