"""Comparison of targets with the runs: inside or outside the band, by group, and the overall verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from fem_lumbar.experiments.validation.measures import measured
from fem_lumbar.experiments.validation.reading import NotAnswered, ProtocolRuns
from fem_lumbar.experiments.validation.targets import DeclaredOutlier, Group, Target, TargetSet


@dataclass(frozen=True)
class Finding:
    """Result of the model for one target.

    Attributes
    ----------
    target : Target
        The published number.
    value : float or None
        Value of this model, in the unit of the target; None if not answered.
    error : float or None
        Its discretisation error, in the same unit; None if unknown.
    missing : str or None
        Reason why it is not answered; None if it is.
    outlier : DeclaredOutlier or None
        Declaration that the target is missed, if any.
    """

    target: Target
    value: float | None
    error: float | None = None
    missing: str | None = None
    outlier: DeclaredOutlier | None = None

    @property
    def inside(self) -> bool | None:
        """Whether the value is in the band; None without a value."""
        if self.value is None:
            return None
        low, high = self.target.interval
        return low <= self.value <= high

    @property
    def declared(self) -> bool:
        """Whether it is outside the band, but no further than declared."""
        if self.value is None or self.outlier is None:
            return False
        return self.inside is False and self.outlier.covers(self.value, self.target)

    @property
    def beyond_declared(self) -> bool:
        """Whether it is a declared outlier, but outside the band in another way or further than declared."""
        return self.inside is False and self.outlier is not None and not self.declared

    @property
    def status(self) -> str:
        """``in``, ``out`` or ``not answered``."""
        return {None: "not answered", True: "in", False: "out"}[self.inside]

    @property
    def deviation_percent(self) -> float | None:
        """Deviation from the published value in % of it; None without a published value, or if it is zero."""
        if self.value is None or not self.target.value:
            return None
        return 100.0 * (self.value / self.target.value - 1.0)

    def is_within(self, percent: float) -> bool:
        """Whether it deviates from the published value by no more than a percentage."""
        off = self.deviation_percent
        return off is not None and abs(off) <= percent

    @property
    def borderline(self) -> bool:
        """Whether an end of the band is within the discretisation error of the value."""
        if self.value is None or self.error is None:
            return False
        return any(abs(self.value - end) <= self.error for end in self.target.interval)


@dataclass(frozen=True)
class GroupVerdict:
    """A group with its findings."""

    name: str
    group: Group
    findings: tuple[Finding, ...]

    @cached_property
    def scored(self) -> tuple[Finding, ...]:
        """Findings on scored targets."""
        return tuple(finding for finding in self.findings if finding.target.scored)

    @property
    def unanswered(self) -> tuple[Finding, ...]:
        """Targets, scored or only shown, without a result."""
        return tuple(finding for finding in self.findings if finding.inside is None)

    @property
    def passed(self) -> bool:
        """Whether every scored target is answered and the rule of the group holds, except for declared outliers."""
        return not any(finding.target.scored for finding in self.unanswered) and not self.failures

    @cached_property
    def failures(self) -> list[str]:
        """Reasons why the rule of the group does not hold, as text.

        Misses within the declared limits are no failures, but count towards the number of misses that a rule allows,
        and a rule in % applies to them too.
        """
        missed = [finding for finding in self.scored if finding.inside is False]
        undeclared = [finding for finding in missed if not finding.declared]
        rule = self.group.rule
        allowed = 0 if rule is None else max(0, rule.of - rule.need - (len(missed) - len(undeclared)))
        told = []
        if len(undeclared) > allowed:
            names = ", ".join(finding.target.id for finding in undeclared)
            told.append(f"out of band: {names}" + (f" (allowed: {allowed})" if rule else ""))
            told += [
                f"{one.target.id}: {one.value:.3g} {one.target.unit}, declared only {one.outlier.reach}"
                for one in undeclared
                if one.beyond_declared and one.outlier is not None
            ]
        if rule is not None and rule.all_within_percent is not None:
            far = [one for one in missed if not one.is_within(rule.all_within_percent)]
            if far:
                names = ", ".join(one.target.id for one in far)
                told.append(f"off by more than {rule.all_within_percent:g} %: {names}")
        return told


@dataclass(frozen=True)
class Validation:
    """Verdict on the selected groups.

    ``asked`` are the options by which the verdict differs from that on all groups with the shipped values.
    """

    targets: TargetSet
    groups: tuple[GroupVerdict, ...]
    runs: ProtocolRuns
    asked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the declared set passes."""
        return all(group.passed for group in self.groups)

    @property
    def complete(self) -> bool:
        """Whether every target has a result, including those that are only shown."""
        return not any(group.unanswered for group in self.groups)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings."""
        return tuple(finding for group in self.groups for finding in group.findings)

    @property
    def scored(self) -> tuple[Finding, ...]:
        """Findings on scored targets."""
        return tuple(finding for finding in self.findings if finding.target.scored)


def judge(targets: TargetSet, runs: ProtocolRuns, asked: Sequence[str] = ()) -> Validation:
    """Evaluate every target against its band (``asked``: see `Validation`)."""
    groups = tuple(
        GroupVerdict(name, group, tuple(_find(target, targets, runs) for target in group.targets))
        for name, group in targets.groups.items()
    )
    return Validation(targets, groups, runs, tuple(asked))


def _find(target: Target, targets: TargetSet, runs: ProtocolRuns) -> Finding:
    outlier = targets.declared_outliers.get(target.id)
    try:
        value, error = measured(target.measure, runs)
    except NotAnswered as reason:
        return Finding(target, None, missing=str(reason), outlier=outlier)
    return Finding(target, value, error, outlier=outlier)
