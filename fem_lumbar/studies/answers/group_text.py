"""Text on findings and outcomes in a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf, isnan

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.studies.answers.asks import Outcome
from fem_lumbar.studies.answers.comparisons import GroupAnswer
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.studies.answers.two_groups import LEVEL, POWER, Estimate, Share

VISIBLE, NOT_VISIBLE, TOO_FEW = "visible", "not visible", "too few persons"
_HOW = (
    "Area: the probability that a person with the finding has a higher value than one without (0.5: the finding says "
    "nothing), with its 95 % interval and, where a comparison names assumed factors, the spread of the area over their "
    "values. A finding is visible in an outcome when the interval of both leaves out 0.5, the Mann-Whitney test "
    f"corrected for the number of comparisons (Holm) is below {LEVEL:g}, and the groups differ by more than the errors "
    "of the output; otherwise it is not visible, and areas outside the interval are excluded. Overlap: the part of "
    "both groups that no value tells apart. Persons: what a clinical study with the level "
    f"{LEVEL:g} and the power {POWER:g} needs if it measures the outcome without error (Noether 1987); one that "
    "measures with error needs more. A mechanical outcome is not pain: nothing here says who hurts."
)
_AREAS = (
    "finding", "outcome", "with / without", "area", "assumed factors", "difference", "overlap", "persons needed",
    "answer",
)  # fmt: skip
_ODDS = (
    "finding", "outcome", "odds ratio", "outcome with / without finding", "finding with / without outcome",
    "persons needed",
)  # fmt: skip
_PARADOX = (
    "Intervals of odds ratios are exact. 'Finding without outcome' is how frequent the finding is in persons in whom "
    "the mechanics is not changed: the larger it is, the less an image tells."
)


def groups_document(groups: Sequence[GroupAnswer]) -> Document:
    """Areas, overlaps and sample sizes; odds ratios and frequencies for outcomes with a limit."""
    if not groups:
        return []
    rows = [_row(one) for one in groups]
    parts: Document = [Paragraph(_HOW, "Findings and outcomes"), Table("Areas", _AREAS, list(rows))]
    limited = [one for one in groups if one.odds is not None]
    if limited:
        parts.append(Table("Odds", _ODDS, [_odds_row(one) for one in limited], _PARADOX))
    return parts


def answer_word(one: GroupAnswer) -> str:
    """Visible, not visible, or too few persons; with a remark on unknown errors."""
    if one.area is None:
        return TOO_FEW
    if not one.visible:
        return NOT_VISIBLE
    open_points = [] if one.resolution is Resolution.RESOLVED else [one.resolution.value]
    if one.comparison.assumed and one.assumed is None:
        open_points.append("assumed factors not carried through")
    return f"{VISIBLE} ({', '.join(open_points)})" if open_points else VISIBLE


def outcome_label(outcome: Outcome) -> str:
    """Text for an outcome."""
    name = f"|{outcome.output}|" if outcome.absolute else outcome.output
    return f"{name}, {case_label(outcome.case)}"


def _row(one: GroupAnswer) -> list[str]:
    told = one.area is not None and one.resolution is not Resolution.NOT_RESOLVED
    return [
        one.comparison.title,
        outcome_label(one.outcome),
        f"{one.with_it} / {one.without}",
        "—" if one.area is None else _interval(one.area, 2),
        _assumed(one),
        number(one.difference) if told else Resolution.NOT_RESOLVED.value,
        "—" if one.area is None else f"{one.overlap:.2f}",
        _persons(one),
        answer_word(one),
    ]


def _assumed(one: GroupAnswer) -> str:
    if one.assumed is not None:
        return f"{one.assumed[0]:.2f} to {one.assumed[1]:.2f}"
    return "not resolved" if one.comparison.assumed and one.area is not None else "—"


def _persons(one: GroupAnswer) -> str:
    if one.area is None:
        return "—"
    best, fewest, most = one.persons
    if not one.visible:
        return f"more than {fewest:.0f}" if not isinf(fewest) else "no number suffices"
    return f"{best:.0f} ({fewest:.0f} to {'any' if isinf(most) else format(most, '.0f')})"


def _odds_row(one: GroupAnswer) -> list[str]:
    assert one.odds is not None
    needed = "no number suffices" if isinf(one.persons_outcome) else f"{one.persons_outcome:.0f}"
    return [
        one.comparison.title,
        f"{outcome_label(one.outcome)}: {one.outcome.limit}",
        _interval(one.odds, 3),
        f"{_share(one.outcome_with)} / {_share(one.outcome_without)}",
        f"{_share(one.finding_with)} / {_share(one.finding_without)}",
        needed if one.odds.low > 1.0 or one.odds.high < 1.0 else f"{NOT_VISIBLE} (at this ratio: {needed})",
    ]


def _interval(one: Estimate, digits: int) -> str:
    def shown(value: float) -> str:
        return "∞" if isinf(value) else number(value, digits)

    if isnan(one.value):  # everybody or nobody has the outcome
        return "—"
    return f"{shown(one.value)} ({shown(one.low)} to {shown(one.high)})"


def _share(one: Share) -> str:
    return "—" if not one.of else f"{100 * one.value:.0f} % ({one.count}/{one.of})"
