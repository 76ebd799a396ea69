"""Factors associated with failed runs: their values at failed and at completed points."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.table import DONE, FAILED

if TYPE_CHECKING:
    import pandas

SIGNIFICANT = 0.05
_REASONS, _REASON_LENGTH = 12, 300


@dataclass(frozen=True)
class FactorOfFailure:
    """One factor at failed and completed points.

    Attributes
    ----------
    factor : int
        Index of the factor.
    failed, done : str
        Median value (numbers) or most frequent value (words) at failed and at completed points.
    p : float
        p value of a difference between the two, with Holm correction for the number of factors (Holm 1979).
    """

    factor: int
    failed: str
    done: str
    p: float

    @property
    def matters(self) -> bool:
        """Whether the factor is significantly associated with failures."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Failures:
    """Failed points of a study.

    Attributes
    ----------
    points, failed : int
        Number of points, and of those with a failed load case.
    by_case : dict
        Number of failed points by load case.
    reasons : tuple of (str, int)
        Reasons with their counts, the most frequent first.
    factors : tuple of FactorOfFailure
        All factors, the most strongly associated first; empty without failures or without completed points.
    row_failed : (n,) bool
        Whether each point failed.
    """

    points: int
    failed: int
    by_case: dict[str, int]
    reasons: tuple[tuple[str, int], ...]
    factors: tuple[FactorOfFailure, ...]
    row_failed: np.ndarray


def failures(points: Points, frame: pandas.DataFrame) -> Failures:
    """Failed points of a study and the factors associated with them."""
    bad = frame[frame["status"] == FAILED]
    row_failed = np.isin(points.number, bad["point"].to_numpy())
    reasons = Counter(str(reason)[:_REASON_LENGTH] for reason in bad["reason"])
    compared: list[FactorOfFailure] = []
    if row_failed.any() and not row_failed.all():
        p = _holm([_p_value(points, i, row_failed) for i in range(len(points.factors))])
        compared = [
            FactorOfFailure(i, _typical(points, i, row_failed), _typical(points, i, ~row_failed), p[i])
            for i in range(len(points.factors))
        ]
    return Failures(
        points=len(points.number),
        failed=int(row_failed.sum()),
        by_case={str(case): int(count) for case, count in bad.groupby("load_case")["point"].nunique().items()},
        reasons=tuple(reasons.most_common(_REASONS)),
        factors=tuple(sorted(compared, key=lambda one: one.p)),
        row_failed=row_failed,
    )


def done_rows(points: Points, frame: pandas.DataFrame, case: str, output: str) -> tuple[np.ndarray, np.ndarray]:
    """Indices (n,) of the points with a value of an output in a load case, and their indices (n,) in the frame."""
    there = (frame["load_case"] == case) & (frame["status"] == DONE) & np.isfinite(frame[output].astype(float))
    in_frame = np.flatnonzero(there.to_numpy())
    return np.searchsorted(points.number, frame["point"].to_numpy()[in_frame]), in_frame


def _p_value(points: Points, factor: int, failed: np.ndarray) -> float:
    """p value of the Mann-Whitney test (numbers), or Fisher's exact or a permuted chi-squared test (words)."""
    from scipy import stats

    values = points.x[:, factor]
    if np.ptp(values) == 0.0:
        return 1.0
    if points.factors[factor].words is None:
        return float(stats.mannwhitneyu(values[failed], values[~failed]).pvalue)
    kinds, place = np.unique(values, return_inverse=True)
    table = np.array([[np.sum(failed & (place == k)), np.sum(~failed & (place == k))] for k in range(len(kinds))])
    if len(kinds) == 2:
        return float(stats.fisher_exact(table).pvalue)
    return _permuted(table, place, failed)


def _permuted(table: np.ndarray, place: np.ndarray, failed: np.ndarray, times: int = 2000) -> float:
    """p value of a chi-squared test by permutation of the failed points, for small expected counts."""
    expected = table.sum(axis=1) * failed.mean()
    observed = np.sum((table[:, 0] - expected) ** 2 / expected)
    random = np.random.default_rng(0)
    larger = 0
    for _ in range(times):
        counts = np.bincount(place[random.permutation(len(place))[: failed.sum()]], minlength=len(table))
        larger += np.sum((counts - expected) ** 2 / expected) >= observed * (1.0 - 1e-12)
    return (1.0 + larger) / (1.0 + times)


def _holm(p: list[float]) -> list[float]:
    """Holm-corrected p values, in the given order."""
    order, corrected, largest = np.argsort(p), [1.0] * len(p), 0.0
    for rank, i in enumerate(order.tolist()):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        corrected[i] = largest
    return corrected


def _typical(points: Points, factor: int, which: np.ndarray) -> str:
    values = points.x[which, factor]
    if points.factors[factor].words is None:
        return points.factors[factor].shown(float(np.median(values)))
    kinds, counts = np.unique(values, return_counts=True)
    return f"{points.factors[factor].shown(kinds[np.argmax(counts)])} ({np.max(counts) / len(values):.0%})"
