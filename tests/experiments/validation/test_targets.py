"""The shipped targets are consistent, and wrong ones are refused."""

from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from fem_lumbar.experiments.validation.measures import LargestBulge, Measure
from fem_lumbar.experiments.validation.protocols import protocol_names, protocol_scenario
from fem_lumbar.experiments.validation.targets import Group, Target, TargetSet, read_targets, shipped_targets
from fem_lumbar.foundation.errors import InputError

MEASURE = {"kind": "pressure", "protocol": "intact_posture", "case": "standing", "joint": "L4-L5"}
TARGET = {
    "id": "A", "quantity": "pressure", "level": "L4-L5", "condition": "standing", "unit": "MPa", "source": "s",
    "confidence": "read in data file", "value": 2.0, "band": {"how": "default_25_percent"}, "measure": MEASURE,
}  # fmt: skip


def cases_of(measure) -> list[tuple[str, str]]:
    """Every protocol and load case that a measure reads."""
    if isinstance(measure, LargestBulge):
        return [(protocol, case) for protocol, cases in measure.cases.items() for case in cases]
    cases = getattr(measure, "cases", None) or [measure.case]
    return [(protocol, case) for protocol in measure.protocols for case in cases]


def test_every_measure_reads_a_load_case_that_its_protocol_has():
    known = {name: protocol_scenario(name, density="test") for name in protocol_names()}
    for target in shipped_targets().all():
        for protocol, case in cases_of(target.measure):
            assert case in known[protocol].load_cases, (target.id, protocol, case)
        assert target.level == target.measure.joint, target.id


def test_every_protocol_is_asked_for_and_bears_its_name():
    assert sorted(shipped_targets().protocols) == protocol_names()
    assert all(protocol_scenario(name).name == name for name in protocol_names())


def test_protocols_start_from_the_shipped_segment_without_warnings():
    for name in protocol_names():
        scenario = protocol_scenario(name)
        assert scenario.mesh.density == "standard"
        assert not scenario.warnings or name == "intact_combined", (name, scenario.warnings)


def test_the_declared_set_is_whole():
    scored = {target.id for target in shipped_targets().all() if target.scored}
    assert sum(name.startswith("HEU_DISC") for name in scored) == 10
    assert sum(name.startswith("YAM") for name in scored) == 14
    assert {"BEC_KAX", "DER_IDP_300", "DER_IDP_500", "DER_IDP_1000", "REU_BULGE_MAX", "POSTERIOR_SHARE_AR"} <= scored
    assert {"JAU_FJF_EXT@L4L5", "JAU_FJF_AR_CONTRA@L4L5", "YK_SHARE_NORM", "ADH_SHARE_FLEX"} <= scored
    assert "STANDING_PRESSURE" in scored


def test_low_confidence_is_never_scored():
    for target in shipped_targets().all():
        assert not (target.scored and target.confidence in ("recalled, low", "recalled, medium")), target.id


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [
        ({"how": "default_25_percent"}, 1.5, 2.5),
        ({"how": "declared", "within_percent": 50}, 1.0, 3.0),
        ({"how": "declared", "low": 5}, 5.0, math.inf),
        ({"how": "published_range", "high": 2.7}, -math.inf, 2.7),
    ],
)
def test_bands(band, low, high):
    assert Target.model_validate(TARGET | {"band": band}).interval == (low, high)


def test_no_scored_rotation_is_known_better_than_laboratories_agree():
    # Wheeler 2011: 1.5° flexion-extension, 1.3° bending, 1.1° rotation between laboratories, both directions together
    assert shipped("YAM_L4L5_AR").half_width == 0.55  # 25 % of 2.2° as well
    assert shipped("HEU_DISC_AR_2p5").half_width == 0.55  # 20 % would be 0.54°
    assert shipped("HEU_DISC_FE_2p5").half_width == 1.5  # 12 % would be 1.41°
    assert shipped("YAM_L3L4_FLEX").half_width == 0.25 * 7.5
    assert shipped("PEA_L4L5_EXT").half_width == 0.5  # in vivo, shown only


def test_a_published_band_is_that_of_the_source():
    target = Target.model_validate(TARGET | {"low": 1.0, "high": 4.0, "band": {"how": "published_sd"}})
    assert target.interval == (1.0, 4.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"confidence": "recalled, low"}, "give shown_only"),
        ({"confidence": "recalled, high"}, "give shown_only"),
        ({"value": None}, "needs a value"),
        ({"band": {"how": "published_sd"}}, "no band"),
        ({"measure": MEASURE | {"kind": "presure"}}, "presure"),
        ({"measure": MEASURE | {"side": "left"}}, "side"),
    ],
)
def test_wrong_targets_are_refused(change, told):
    with pytest.raises(ValidationError, match=told):
        Target.model_validate(TARGET | change)


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(ValidationError, match="'rotation', 'neutral_zone_surrogate'"):
        TypeAdapter(Measure).validate_python(MEASURE | {"kind": "hysteresis"})


def test_a_rule_is_about_all_scored_targets():
    with pytest.raises(ValidationError, match="about 8 targets, 1 are scored"):
        Group.model_validate({"title": "t", "rule": {"need": 7, "of": 8}, "targets": [TARGET]})


def test_a_rule_in_percent_needs_values():
    rule = {"need": 1, "of": 1, "all_within_percent": 40}
    Group.model_validate({"title": "t", "rule": rule, "targets": [TARGET]})
    bare = {key: value for key, value in TARGET.items() if key != "value"} | {"band": {"how": "declared", "high": 9.0}}
    with pytest.raises(ValidationError, match="none is given for A"):
        Group.model_validate({"title": "t", "rule": rule, "targets": [bare]})


def one_group(**changes):
    group = {"title": "t", "targets": [TARGET]}
    data = {"schema_version": 1, "bands": {}, "sources": {"s": "Source"}, "groups": {"g": group}, "not_answered": []}
    return data | {"laboratory_spread": {"source": "s", "both_directions_deg": {}}} | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sources": {}}, "source 's' is not in sources"),
        ({"laboratory_spread": {"source": "t", "both_directions_deg": {}}}, "source 't' is not in sources"),
        ({"declared_outliers": {"B": {"why": "why", "low": 1.0}}}, "declared outlier is not a scored target: B"),
        ({"declared_outliers": {"A": {"why": "why"}}}, "needs low or high"),
        ({"declared_outliers": {"A": "why"}}, "DeclaredOutlier"),
        ({"declared_outliers": {"A": {"why": "why", "low": 1.6}}}, "A: declared down to 1.6, which is not beyond the"),
        ({"declared_outliers": {"A": {"why": "why", "high": 2.5}}}, "A: declared up to 2.5, which is not beyond the"),
        ({"groups": {name: {"title": "t", "targets": [TARGET]} for name in "gh"}}, "id given twice: A"),
    ],
)
def test_names_fit_together(changes, told):
    with pytest.raises(ValidationError, match=told):
        TargetSet.model_validate(one_group(**changes))


def shipped(name: str) -> Target:
    """A target of the package."""
    return next(target for target in shipped_targets().all() if target.id == name)


@pytest.mark.parametrize("load_N", [300, 500, 1000])
def test_pressures_made_with_a_recalled_factor_say_so(load_N):
    target = shipped(f"DER_IDP_{load_N}")
    assert (target.scored, target.confidence, target.band.how) == (True, "recalled, high", "declared")
    assert "recalled" in target.band.why and "chosen here" in target.band.why
    low, high = 1.3 * load_N / 1800, 1.6 * load_N / 1500
    assert target.interval == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))


def test_only_what_was_read_has_a_published_band():
    for target in shipped_targets().all():
        assert not (target.confidence.startswith("recalled") and target.band.how.startswith("published")), target.id


@pytest.mark.parametrize("direction", ["FLEX", "EXT", "LB", "AR"])
def test_facet_forces_measured_with_a_follower_load_say_so(direction):
    condition = shipped(f"NIO_FJF_{direction}").condition
    assert "600 N follower load (Niosi)" in condition and "peak" in condition and "no preload" in condition


def test_the_stiffness_of_a_motion_segment_is_taken_with_its_bodies():
    target = shipped("BER_KAX")
    assert target.measure.of == "disc_and_bodies"
    assert "whole motion segment" in target.quantity


def test_what_posterior_structures_take_away_is_told_apart_from_longitudinal_ligaments():
    scored, beside = shipped("POSTERIOR_SHARE_AR"), shipped("POSTERIOR_SHARE_AR@posterior")
    assert scored.scored and not beside.scored
    assert "disc-only" in scored.quantity and "ALL and PLL gone too" in scored.quantity
    kept = [protocol_scenario(target.measure.without).structures.ligaments for target in (scored, beside)]
    assert kept == [(), ("ALL", "PLL")]


def test_a_wrong_file_is_told_by_name(tmp_path):
    (tmp_path / "t.yaml").write_text("schema_version: 1\n", encoding="utf-8")
    (tmp_path / "o.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.yaml:\n    bands: Field required"):
        read_targets(tmp_path / "t.yaml", tmp_path / "o.yaml")


def test_only_some_groups():
    chosen = shipped_targets().only(["standing"])
    assert list(chosen.groups) == ["standing"]
    assert chosen.protocols == ("intact_posture",)
    with pytest.raises(InputError, match="no group 'standin'; did you mean standing"):
        shipped_targets().only(["standin"])
