"""Which inputs make runs fail: values of each factor at points that failed against those that are done."""

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
    """One factor at failed points and at those that are done.

    Attributes
    ----------
    factor : int
        Its place.
    failed, done : str
        Median value (numbers) or most frequent value (words) of both.
    p : float
        Probability of a difference at least as large if failures had nothing to do with the factor, corrected for the
        number of factors (Holm 1979).
    """

    factor: int
    failed: str
    done: str
    p: float

    @property
    def matters(self) -> bool:
        """Whether the factor goes with failures."""
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
        Reasons and how often each is given, the most frequent first.
    factors : tuple of FactorOfFailure
        All factors, those first that go with failures most; empty without failures or with nothing but failures.
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
    """The failed points of a study and what goes with them."""
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
    """Places (n,) of the points with a value of an output in a load case, and their places (n,) in the frame."""
    there = (frame["load_case"] == case) & (frame["status"] == DONE) & np.isfinite(frame[output].astype(float))
    in_frame = np.flatnonzero(there.to_numpy())
    return np.searchsorted(points.number, frame["point"].to_numpy()[in_frame]), in_frame


def _p_value(points: Points, factor: int, failed: np.ndarray) -> float:
    """Mann-Whitney test for numbers, Fisher's exact or a permutation chi-squared test for words."""
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
    """Chi-squared test by exchanging which points failed, as expected counts are small."""
    expected = table.sum(axis=1) * failed.mean()
    observed = np.sum((table[:, 0] - expected) ** 2 / expected)
    random = np.random.default_rng(0)
    larger = 0
    for _ in range(times):
        counts = np.bincount(place[random.permutation(len(place))[: failed.sum()]], minlength=len(table))
        larger += np.sum((counts - expected) ** 2 / expected) >= observed * (1.0 - 1e-12)
    return (1.0 + larger) / (1.0 + times)


def _holm(p: list[float]) -> list[float]:
    """p values corrected for their number, in the order given."""
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
