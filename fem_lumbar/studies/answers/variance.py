"""Variance-based sensitivity indices of a surrogate, with bootstrap intervals.

With independent factors they are Sobol' indices (Sudret 2008, Reliab Eng Syst Saf 93:964-979): the fraction of the
variance due to a factor alone (first order), and due to all terms that contain it (total). With dependent factors the
contribution of a term is its covariance with the output (Li et al. 2010, J Phys Chem A 114:6022-6032; Caniou & Sudret
2012): the contributions still add up to 1, but may be negative, and include what a factor shares with correlated ones;
`own` does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.surrogate import Surrogate

_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Indices:
    """Sensitivity indices of one output.

    Attributes
    ----------
    first, total, own : (d,) float
        First-order index; total index; first-order index without the part shared with correlated factors (equal to
        `first` for independent factors).
    first_interval, total_interval : (d, 2) float
        95 % intervals by bootstrap.
    pairs : tuple of (int, int, float)
        Interactions of two factors, the largest first.
    variance : float
        Variance of the surrogate, unit of the output squared.
    """

    first: np.ndarray
    total: np.ndarray
    own: np.ndarray
    first_interval: np.ndarray
    total_interval: np.ndarray
    pairs: tuple[tuple[int, int, float], ...]
    variance: float


def indices(surrogate: Surrogate, points: Points) -> Indices:
    """Sensitivity indices of a surrogate over the points of its study."""
    has = surrogate.powers > 0
    alone = has & (has.sum(axis=1) == 1)[:, None]
    together = _covariance(surrogate, points)
    parts, variance = _parts(surrogate.coefficients[None, 1:], together)
    resampled, _ = _parts(surrogate.resampled[:, 1:], together)
    return Indices(
        first=parts[0] @ alone,
        total=parts[0] @ has,
        own=_own(surrogate.coefficients[1:], together, alone, variance[0]),
        first_interval=np.percentile(resampled @ alone, _INTERVAL, axis=0).T,
        total_interval=np.percentile(resampled @ has, _INTERVAL, axis=0).T,
        pairs=_pairs(parts[0], has),
        variance=float(variance[0]),
    )


def _covariance(surrogate: Surrogate, points: Points) -> np.ndarray:
    """Covariance (k, k) of the terms; the identity for independent factors."""
    count = len(surrogate.powers)
    if not points.dependent or count == 0:
        return np.eye(count)
    return np.cov(surrogate.matrix(points.x)[:, 1:], rowvar=False, bias=True).reshape(count, count)


def _parts(coefficients: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fractions (b, k) of the variance by term, and the variances (b,), for coefficients (b, k)."""
    absolute = coefficients * (coefficients @ covariance)
    variance = absolute.sum(axis=1)
    return absolute / np.where(variance > 0.0, variance, 1.0)[:, None], variance


def _own(coefficients: np.ndarray, covariance: np.ndarray, alone: np.ndarray, variance: float) -> np.ndarray:
    masked = coefficients[:, None] * alone
    return np.einsum("ji,jk,ki->i", masked, covariance, masked) / (variance if variance > 0.0 else 1.0)


def _pairs(parts: np.ndarray, has: np.ndarray) -> tuple[tuple[int, int, float], ...]:
    """Fractions of the variance due to terms in exactly two factors."""
    found: dict[tuple[int, int], float] = {}
    for part, row in zip(parts, has):
        if row.sum() == 2:
            i, j = (int(one) for one in np.flatnonzero(row))
            found[i, j] = found.get((i, j), 0.0) + float(part)
    return tuple((i, j, part) for (i, j), part in sorted(found.items(), key=lambda one: -abs(one[1])))
