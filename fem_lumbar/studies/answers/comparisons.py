"""Association of findings with mechanical outcomes in a cohort, and the power of a clinical study to detect it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.problems import unknown_name
from fem_lumbar.studies.answers.asks import Comparison, Outcome
from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.failures import done_rows
from fem_lumbar.studies.answers.resolution import OutputErrors, Resolution
from fem_lumbar.studies.answers.surrogate import Surrogate
from fem_lumbar.studies.answers.two_groups import (
    LEVEL,
    Estimate,
    Share,
    area_under_curve,
    odds_ratio,
    overlap,
    persons_by_area,
    persons_by_shares,
)
from fem_lumbar.studies.rules import holds
from fem_lumbar.studies.words import reads_as_number

if TYPE_CHECKING:
    import pandas

_DRAWS = 200
_FEWEST = 3
"""Smallest number of persons in a group."""
_NOBODY = Share(0, 0)


@dataclass(frozen=True)
class GroupAnswer:
    """Association of one finding with one outcome.

    Attributes
    ----------
    comparison : Comparison
    outcome : Outcome
    with_it, without : int
        Persons with and without the finding with a completed run.
    difference : float
        Difference of the medians, in the unit of the output.
    resolution : Resolution
        Whether that difference exceeds the errors of the output.
    area : Estimate or None
        Area under the ROC curve; None if a group has fewer than three persons.
    assumed : (float, float) or None
        95 % range of the area for other values of the assumed factors, the same in all persons; None without such
        factors, or without an accurate surrogate of the output.
    p : float
        p value of the Mann-Whitney test, with Holm correction for the number of comparisons.
    overlap : float
        Overlap of the two distributions, see :func:`~fem_lumbar.studies.answers.two_groups.overlap`.
    odds : Estimate or None
        Odds ratio; None if the outcome has no limit.
    outcome_with, outcome_without : Share
        Frequency of the outcome with and without the finding.
    finding_with, finding_without : Share
        Frequency of the finding with and without the outcome.
    persons : (float, float, float)
        Sample size to detect the area: best estimate, smallest, largest (infinite: not detectable).
    persons_outcome : float
        Sample size to detect the difference in the frequency of the outcome.
    """

    comparison: Comparison
    outcome: Outcome
    with_it: int
    without: int
    difference: float = float("nan")
    resolution: Resolution = Resolution.NOT_RESOLVED
    area: Estimate | None = None
    assumed: tuple[float, float] | None = None
    p: float = 1.0
    overlap: float = float("nan")
    odds: Estimate | None = None
    outcome_with: Share = _NOBODY
    outcome_without: Share = _NOBODY
    finding_with: Share = _NOBODY
    finding_without: Share = _NOBODY
    persons: tuple[float, float, float] = (np.inf, np.inf, np.inf)
    persons_outcome: float = np.inf

    @property
    def visible(self) -> bool:
        """Whether the groups differ by more than chance, numerical errors and the effect of assumptions."""
        if self.area is None or self.resolution is Resolution.NOT_RESOLVED or self.p >= LEVEL:
            return False
        low, high = self.whole_interval
        return not low <= 0.5 <= high

    @property
    def whole_interval(self) -> tuple[float, float]:
        """Interval of the area including the range over assumed factors; (0, 1) without an area."""
        if self.area is None:
            return 0.0, 1.0
        low, high = self.area.low, self.area.high
        if self.assumed is None:
            return low, high
        down = np.hypot(self.area.value - low, max(self.area.value - self.assumed[0], 0.0))
        up = np.hypot(high - self.area.value, max(self.assumed[1] - self.area.value, 0.0))
        return max(self.area.value - float(down), 0.0), min(self.area.value + float(up), 1.0)


def compare_groups(
    comparison: Comparison,
    outcome: Outcome,
    points: Points,
    frame: pandas.DataFrame,
    errors: OutputErrors,
    surrogate: Surrogate | None,
) -> GroupAnswer:
    """Compare persons with and without a finding in one outcome.

    Raises
    ------
    InputError
        When the study lacks a factor or load case.
    """
    _check(comparison, outcome, points, frame)
    if outcome.output not in frame.columns:  # no point has this output
        return GroupAnswer(comparison, outcome, 0, 0)
    rows, in_frame = done_rows(points, frame, outcome.case, outcome.output)
    data = frame[outcome.output].to_numpy(dtype=float)[in_frame]
    persons = _persons(points, frame.iloc[in_frame])
    finding = np.array([any(holds(rule, person) for rule in comparison.finding) for person in persons], dtype=bool)
    size = np.abs(data) if outcome.absolute else data
    with_it, without = size[finding], size[~finding]
    if min(len(with_it), len(without)) < _FEWEST:
        return GroupAnswer(comparison, outcome, len(with_it), len(without))
    area = area_under_curve(with_it, without)
    difference = float(np.median(with_it) - np.median(without))
    spread = float(abs(np.mean(with_it) - np.mean(without)))
    answer = GroupAnswer(
        comparison,
        outcome,
        len(with_it),
        len(without),
        difference=difference,
        resolution=errors.judge(max(abs(difference), spread)),
        area=area,
        p=float(stats.mannwhitneyu(with_it, without).pvalue),
        overlap=overlap(with_it, without),
        assumed=_over_assumed(comparison, outcome, points, rows, data, finding, surrogate),
    )
    return _with_persons(_with_outcome(answer, size, finding), float(finding.mean()))


def corrected(answers: list[GroupAnswer]) -> list[GroupAnswer]:
    """The same with Holm correction of the p values for their number (Holm 1979)."""
    order = sorted(range(len(answers)), key=lambda i: answers[i].p)
    result, largest = list(answers), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(answers) - rank) * answers[i].p))
        result[i] = replace(answers[i], p=largest)
    return result


def _persons(points: Points, rows: pandas.DataFrame) -> list[dict[str, Any]]:
    """Values of the factors in rows of the table; numbers stored as text, beside words, are converted back."""
    columns = {}
    for factor in points.factors:
        given = rows[factor.name].tolist()
        number = {one: float(one) for one in set(given) if reads_as_number(one)} if factor.words is not None else {}
        columns[factor.name] = [number.get(one, one) for one in given]
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def _check(comparison: Comparison, outcome: Outcome, points: Points, frame: pandas.DataFrame) -> None:
    names = [factor.name for factor in points.factors]
    for name in (*(key for rule in comparison.finding for key in rule), *comparison.assumed):
        if name not in names:
            raise InputError(f"comparison '{comparison.title}': factor {unknown_name(name, names)}")
    cases = sorted(set(frame["load_case"]))
    if outcome.case not in cases:
        raise InputError(f"comparison '{comparison.title}': load case {unknown_name(outcome.case, cases)}")


def _with_outcome(answer: GroupAnswer, size: np.ndarray, finding: np.ndarray) -> GroupAnswer:
    """Add odds ratio and frequencies, if the outcome has a limit."""
    has = answer.outcome.has(size)
    if has is None:
        return answer
    first = Share(int(np.sum(has & finding)), int(np.sum(finding)))
    second = Share(int(np.sum(has & ~finding)), int(np.sum(~finding)))
    return replace(
        answer,
        odds=odds_ratio(first, second),
        outcome_with=first,
        outcome_without=second,
        finding_with=Share(first.count, int(np.sum(has))),
        finding_without=Share(first.of - first.count, int(np.sum(~has))),
        persons_outcome=persons_by_shares(first.value, second.value, float(finding.mean())),
    )


def _with_persons(answer: GroupAnswer, share: float) -> GroupAnswer:
    """Add sample sizes, over the intervals of the area and of the prevalence of the finding."""
    assert answer.area is not None
    low, high = answer.whole_interval
    shares = answer.comparison.prevalence or (share, share)
    most = np.inf if low <= 0.5 <= high else max(persons_by_area(end, part) for end in (low, high) for part in shares)
    fewest = min(persons_by_area(end, part) for end in (low, high) for part in shares)
    return replace(answer, persons=(persons_by_area(answer.area.value, share), fewest, most))


def _over_assumed(
    comparison: Comparison,
    outcome: Outcome,
    points: Points,
    rows: np.ndarray,
    data: np.ndarray,
    finding: np.ndarray,
    surrogate: Surrogate | None,
) -> tuple[float, float] | None:
    """95 % range of the areas with the assumed factors at one value in all persons, sampled from those of the study.

    The surrogate shifts every person to that value; the residual of the person is kept.
    """
    if not comparison.assumed or surrogate is None or not surrogate.resolved:
        return None
    columns = [points.index(name) for name in comparison.assumed]
    x = points.x[rows]
    unexplained = data - surrogate(x)
    drawn = np.random.default_rng(0).integers(len(x), size=_DRAWS)
    areas = []
    for one in drawn:
        moved = x.copy()
        moved[:, columns] = x[one, columns]
        value = surrogate(moved) + unexplained
        size = np.abs(value) if outcome.absolute else value
        areas.append(area_under_curve(size[finding], size[~finding]).value)
    low, high = np.percentile(areas, (2.5, 97.5))
    return float(low), float(high)
