"""Rules of groups, declared outliers, and what was not answered."""

from __future__ import annotations

import pytest

from fem_lumbar.experiments.validation.reading import ProtocolRuns
from fem_lumbar.experiments.validation.targets import DeclaredOutlier, Group, shipped_targets
from fem_lumbar.experiments.validation.verdicts import Finding, GroupVerdict, Validation, judge

INTACT = shipped_targets().groups["intact_rotation"]
"""Seven of eight in band, all within 40 %."""


KNOWN = DeclaredOutlier(why="known", low=0.0, high=100.0)


def verdict(deviations, outliers=(), group=INTACT):
    """The group with deviations from the published values in %, None where there is no answer."""
    findings = [
        Finding(
            target,
            None if percent is None else target.value * (1 + percent / 100),
            outlier=KNOWN if place in outliers else None,
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
        ([-39] + [0] * 7, (0,), True),
        ([-80] + [0] * 7, (0,), False),  # declared or not, all must be within 40 %
        ([-80, 30] + [0] * 6, (0,), False),  # the declared miss uses up the one that is allowed
        ([0] * 7 + [None], (), False),
    ],
)
def test_seven_of_eight(deviations, outliers, passed):
    assert verdict(deviations, outliers).passed is passed


def standing(value):
    """A group with a declared outlier: 0.41 MPa at least, where the band is 0.43 to 0.60 MPa."""
    group, declared = (
        shipped_targets().groups["standing"],
        {"STANDING_PRESSURE": DeclaredOutlier(why="known", low=0.41)},
    )
    return GroupVerdict("g", group, tuple(Finding(one, value, outlier=declared.get(one.id)) for one in group.targets))


@pytest.mark.parametrize("value", [0.409, 0.0, 0.61, 9.9])
def test_a_declared_outlier_further_off_than_declared_fails(value):
    found = standing(value)
    assert not found.passed
    assert found.failures == [
        "out of band: STANDING_PRESSURE",
        f"STANDING_PRESSURE: {value:.3g} MPa, declared only down to 0.41",
    ]


@pytest.mark.parametrize("value", [0.41, 0.428, 0.43, 0.6])
def test_a_declared_outlier_within_its_limits_passes(value):
    assert standing(value).passed
    assert standing(value).findings[0].declared is (value < 0.43)


def test_an_outlier_beyond_its_limits_uses_up_no_miss_twice():
    far = DeclaredOutlier(why="known", low=0.9 * INTACT.targets[0].interval[0])
    findings = [Finding(one, one.value) for one in INTACT.targets]
    findings[0] = Finding(INTACT.targets[0], 0.65 * INTACT.targets[0].value, outlier=far)
    found = GroupVerdict("g", INTACT, tuple(findings))
    assert found.findings[0].beyond_declared
    assert found.passed  # as the one miss that the rule allows to any


KNOWN_VALUES = {"REU_BULGE_MAX": 2.90, "YAM_L4L5_NZLB": 0.788, "YK_SHARE_NORM": 1.50, "YK_SHARE_NORM@L3L4": 2.00}
"""What the shipped set gives at coarse density, in the unit of the target."""


@pytest.mark.parametrize(("name", "outlier"), shipped_targets().declared_outliers.items())
def test_limits_are_near_what_is_known(name, outlier):
    target = next(target for target in shipped_targets().all() if target.id == name)
    value = KNOWN_VALUES[name]
    assert Finding(target, value, outlier=outlier).declared
    for far in (0.45 * value, 1.5 * target.interval[1]):
        assert Finding(target, far, outlier=outlier).inside or Finding(target, far, outlier=outlier).beyond_declared


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
