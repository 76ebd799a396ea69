"""Rules of groups, declared outliers, and what was not answered."""

from __future__ import annotations

import pytest

from fem_lumbar.validation.reading import ProtocolRuns
from fem_lumbar.validation.targets import Group, shipped_targets
from fem_lumbar.validation.verdicts import Finding, GroupVerdict, Validation, judge

INTACT = shipped_targets().groups["intact_rotation"]
"""Seven of eight in band, all within 40 %."""


def verdict(deviations, outliers=(), group=INTACT):
    """The group with deviations from the published values in %, None where there is no answer."""
    findings = [
        Finding(
            target,
            None if percent is None else target.value * (1 + percent / 100),
            outlier="known" if place in outliers else None,
        )
        for place, (target, percent) in enumerate(zip(group.targets, deviations, strict=True))
    ]
    return GroupVerdict("g", group, tuple(findings))


@pytest.mark.parametrize(
    ("deviations", "outliers", "passed"),
    [
        ([0] * 8, (), True),
        ([-39] + [24] * 7, (), True),
        ([-41] + [0] * 7, (), False),
        ([-30, 30] + [0] * 6, (), False),
        ([-30, 30] + [0] * 6, (0, 1), True),
        ([-80] + [0] * 7, (0,), True),
        ([-80, 30] + [0] * 6, (0,), False),  # the declared miss uses up the one that is allowed
        ([0] * 7 + [None], (), False),
    ],
)
def test_seven_of_eight(deviations, outliers, passed):
    assert verdict(deviations, outliers).passed is passed


def test_the_reason_names_the_targets():
    told = verdict([-50, 30] + [0] * 6).failures
    assert told == [
        "out of band: YAM_L3L4_FLEX, YAM_L3L4_EXT (allowed: 1)",
        "off by more than 40 %: YAM_L3L4_FLEX",
    ]


def test_without_a_rule_all_must_be_in_band():
    group = Group.model_validate(INTACT.model_dump() | {"rule": None})
    assert verdict([0] * 8, group=group).passed
    assert verdict([26] + [0] * 7, group=group).failures == ["out of band: YAM_L3L4_FLEX"]


def test_targets_that_are_only_shown_never_fail():
    group = shipped_targets().groups["voluntary_motion"]
    assert verdict([-90] * len(group.targets), group=group).passed


def test_what_is_only_shown_must_still_be_answered():
    group = shipped_targets().groups["voluntary_motion"]
    found = verdict([None] + [0] * (len(group.targets) - 1), group=group)
    assert found.passed
    assert not Validation(shipped_targets(), (found,), ProtocolRuns({})).complete


def test_a_band_end_within_the_mesh_error_is_borderline():
    target = INTACT.targets[0]
    low, _ = target.interval
    assert Finding(target, low + 0.1, 0.2).borderline
    assert not Finding(target, low + 0.3, 0.2).borderline
    assert not Finding(target, low + 0.1, None).borderline


def test_a_run_that_is_missing_fails_the_set():
    found = judge(shipped_targets().only(["standing"]), ProtocolRuns({}, {"intact_posture": "no convergence"}))
    assert not found.passed
    assert {finding.status for finding in found.findings} == {"not answered"}
    assert found.findings[0].missing == "intact_posture: no convergence"
