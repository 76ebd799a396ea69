"""Statistics of two groups of persons: area under the ROC curve, odds ratio, overlap, and sample sizes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from scipy import stats

LEVEL, POWER = 0.05, 0.8
"""Two-sided significance level and power of the clinical study."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """A frequency: count and total."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The fraction; NaN for a total of zero."""
        return self.count / self.of if self.of else float("nan")


def area_under_curve(with_it: np.ndarray, without: np.ndarray) -> Estimate:
    """Probability that a person with the finding (n,) has a higher value than one without (m,), ties counted half.

    Interval by the variance of DeLong et al. 1988 (Biometrics 44:837-845) on the logit scale; for separated groups from
    zero misordered pairs of the smaller group (rule of three).
    """
    ranks = stats.rankdata(np.concatenate([with_it, without]))
    n, m = len(with_it), len(without)
    own = ranks[:n] - stats.rankdata(with_it)
    other = ranks[n:] - stats.rankdata(without)
    area = float(np.mean(own) / m)
    if not 0.0 < area < 1.0:
        open_end = min(3.0 / min(n, m), 1.0)
        return Estimate(area, *((0.0, open_end) if area == 0.0 else (1.0 - open_end, 1.0)))
    if n < 2 or m < 2:
        return Estimate(area, 0.0, 1.0)
    variance = np.var(own / m, ddof=1) / n + np.var(1.0 - other / n, ddof=1) / m
    logit, half = np.log(area / (1.0 - area)), 1.959964 * np.sqrt(variance) / (area * (1.0 - area))
    low, high = 1.0 / (1.0 + np.exp(-(logit + np.array([-half, half]))))
    return Estimate(area, float(low), float(high))


def odds_ratio(finding_outcome: Share, rest_outcome: Share) -> Estimate:
    """Odds of the outcome with the finding over those without: conditional estimate and exact interval."""
    table = [
        [finding_outcome.count, finding_outcome.of - finding_outcome.count],
        [rest_outcome.count, rest_outcome.of - rest_outcome.count],
    ]
    found = stats.contingency.odds_ratio(table)
    interval = found.confidence_interval(confidence_level=0.95)
    return Estimate(float(found.statistic), float(interval.low), float(interval.high))


def overlap(with_it: np.ndarray, without: np.ndarray) -> float:
    """Overlap of two distributions: 1 minus the largest difference of their distribution functions.

    1 for equal groups, 0 for separated ones; for normal groups of equal variance the common area of both densities.
    """
    return 1.0 - float(stats.ks_2samp(with_it, without).statistic)


def persons_by_area(area: float, share: float) -> float:
    """Sample size to detect an area under the curve by the Mann-Whitney test (Noether 1987, JASA 82:645-647).

    Parameters
    ----------
    area : float
        Area under the curve.
    share : float
        Fraction of the persons with the finding.

    Returns
    -------
    persons : float
        An integer value; infinite for an area of 0.5.
    """
    distance = abs(area - 0.5)
    if distance == 0.0 or not 0.0 < share < 1.0:
        return inf
    return float(ceil(_z_squared() / (12.0 * share * (1.0 - share) * distance**2)))


def persons_by_shares(first: float, second: float, share: float) -> float:
    """Sample size to detect a difference in the frequency of an outcome (normal approximation).

    Parameters
    ----------
    first, second : float
        Frequency of the outcome in each group.
    share : float
        Fraction of the persons in the first group.
    """
    if not 0.0 < share < 1.0 or not abs(first - second) > 0.0:
        return inf
    mean = share * first + (1.0 - share) * second
    alpha, beta = stats.norm.isf(LEVEL / 2.0), stats.norm.isf(1.0 - POWER)
    under_null = np.sqrt(mean * (1.0 - mean) / (share * (1.0 - share)))
    as_they_are = np.sqrt(first * (1.0 - first) / share + second * (1.0 - second) / (1.0 - share))
    return float(ceil(((alpha * under_null + beta * as_they_are) / (first - second)) ** 2))


def _z_squared() -> float:
    return float(stats.norm.isf(LEVEL / 2.0) + stats.norm.isf(1.0 - POWER)) ** 2
