"""Probabilities counted on placements, and differences between two states of the same placements, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Chance:
    """A probability, or a difference of two, with its 95 % interval.

    The interval is that of independent placements. They are spread evenly, so that it is wider than needed. It holds
    the scatter of counting alone, none of what was assumed.
    """

    value: float
    low: float
    high: float


def probability(happened: np.ndarray) -> Chance:
    """Share of placements (n,) of bool in which something happened, with Wilson's interval."""
    low, high = _wilson(int(happened.sum()), len(happened), CONFIDENCE)
    return Chance(float(happened.mean()), low, high)


def paired_difference(one: np.ndarray, other: np.ndarray) -> Chance:
    """Probability of ``other`` minus that of ``one``, (n,) of bool each, for the same placements.

    Only placements in which the two differ count. Each of both ways to differ gets Wilson's interval for half of the
    error, so that the interval of their difference is not too narrow, nor of no width where none of them differs.
    """
    count, half = len(one), 0.5 * (1.0 + CONFIDENCE)
    gained, lost = int((other & ~one).sum()), int((one & ~other).sum())
    gain, loss = _wilson(gained, count, half), _wilson(lost, count, half)
    return Chance((gained - lost) / count, gain[0] - loss[1], gain[1] - loss[0])


def _wilson(happened: int, count: int, confidence: float) -> tuple[float, float]:
    interval = binomtest(happened, count).proportion_ci(confidence_level=confidence, method="wilson")
    return float(interval.low), float(interval.high)
