"""Probabilities estimated from placements, and paired differences between two states, with confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Chance:
    """A probability, or a difference of two, with its 95 % confidence interval.

    The interval assumes independent placements. They are stratified (Latin hypercube), so that it is conservative. It
    covers the sampling error only, not the uncertainty of assumptions.
    """

    value: float
    low: float
    high: float


def probability(happened: np.ndarray) -> Chance:
    """Fraction of placements (n,) of bool in which an event occurred, with the Wilson interval."""
    low, high = _wilson(int(happened.sum()), len(happened), CONFIDENCE)
    return Chance(float(happened.mean()), low, high)


def paired_difference(one: np.ndarray, other: np.ndarray) -> Chance:
    """Probability of ``other`` minus that of ``one``, (n,) of bool each, for the same placements.

    Only discordant placements count. The Wilson intervals of gains and losses each get half of the error probability
    (Bonferroni), so that the interval is not too narrow, and has a width even without discordant placements.
    """
    count, half = len(one), 0.5 * (1.0 + CONFIDENCE)
    gained, lost = int((other & ~one).sum()), int((one & ~other).sum())
    gain, loss = _wilson(gained, count, half), _wilson(lost, count, half)
    return Chance((gained - lost) / count, gain[0] - loss[1], gain[1] - loss[0])


def _wilson(happened: int, count: int, confidence: float) -> tuple[float, float]:
    interval = binomtest(happened, count).proportion_ci(confidence_level=confidence, method="wilson")
    return float(interval.low), float(interval.high)
