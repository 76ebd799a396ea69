"""Targets that the shipped set was fitted to are marked, and counted apart from those that test it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.experiments.calibration.problem import TISSUES
from fem_lumbar.experiments.calibration.problem import Target as Fitted
from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.experiments.tissues.targets import tissue_targets
from fem_lumbar.experiments.validation.page import validation_page
from fem_lumbar.experiments.validation.reading import ProtocolRuns
from fem_lumbar.experiments.validation.targets import Target, shipped_targets
from fem_lumbar.experiments.validation.text import cells, fitted_line, group_note, validation_data, validation_document
from fem_lumbar.experiments.validation.text import validation_title as title
from fem_lumbar.experiments.validation.verdicts import Finding, GroupVerdict, Validation
from tests.report_page.reading import check

CALIBRATIONS = Path(__file__).parents[3] / "scenarios" / "calibration"
KINDS = {
    "rotation_deg": "rotation",
    "facet_force_N": "facet_force",
    "idp_MPa": "pressure",
    "disc_shortening_mm": "axial_stiffness",
}
SUMS = {"HEU_DISC_FE_2p5", "HEU_DISC_FE_7p5"}
"""They follow from two rotations each."""


BY_HAND = {"YAM_L3L4_AR", "YAM_L4L5_AR"}
"""The facet gap was chosen by them."""


def calibrated() -> list[Fitted]:
    """What the calibration of the shipped set fits."""
    return load_calibration(CALIBRATIONS / "disc.yaml").targets


def is_about(target: Target, row: Fitted) -> bool:
    """Whether a target is the number that a calibration fits."""
    quantity, joint, *_ = row.quantity.split(".")
    if (target.measure.kind, target.level) != (KINDS[quantity], joint):
        return False
    cases = getattr(target.measure, "cases", None) or (target.measure.case,)
    if quantity in ("rotation_deg", "facet_force_N") and cases != (row.case,):
        return False
    fitted = (row.at - row.since) / row.target if quantity == "disc_shortening_mm" else abs(row.target)
    return fitted == pytest.approx(target.centre, rel=3e-3)


def test_what_the_calibrations_fit_is_marked_and_nothing_else():
    scored = [target for target in shipped_targets().all() if target.scored]
    samples = {row.case for row in calibrated() if row.protocol == TISSUES}
    assert samples == {row.id for row in tissue_targets().tests if row.used_for_calibration}
    rows = [row for row in calibrated() if row.protocol != TISSUES]
    fitted = {target.id for row in rows for target in scored if is_about(target, row)}
    assert len(fitted) == len(rows)
    assert {target.id for target in scored if target.used_for_calibration} == fitted | SUMS | BY_HAND


def judged() -> Validation:
    """Isolated disc and standing: every published number met, one declared bulge far off, standing not answered."""
    targets = shipped_targets().only(["disc_compression", "standing"])
    outliers, groups = targets.declared_outliers, []

    def finding(target):
        far = target.id == "REU_BULGE_MAX"
        return Finding(target, 9.9 if far else target.value, outlier=outliers.get(target.id))

    for name, group in targets.groups.items():
        findings = tuple(finding(target) for target in group.targets)
        groups.append(GroupVerdict(name, group, findings))
    return Validation(targets, tuple(groups), ProtocolRuns({}))


def test_counts_tell_the_two_apart():
    found = judged()
    told = "3 of the scored were used to fit the shipped set (†): 3 in, 0 out; 4 were not: 2 in, 1 out, 1 not answered"
    assert fitted_line(found) == told
    assert told in title(found)
    page = validation_page(found, "")
    check(page)
    assert told in page
    counts = validation_data(found)["counts"]
    assert counts["used_for_calibration"] == {"scored": 3, "in": 3, "out": 0, "not_answered": 0}
    assert counts["not_used_for_calibration"] == {"scored": 4, "in": 2, "out": 1, "not_answered": 1}
    assert (counts["scored"], counts["in"], counts["out"], counts["not_answered"]) == (7, 5, 1, 1)


def test_marked_in_the_table_with_a_note():
    compression, _ = judged().groups
    ids = [cells(finding)[0] for finding in compression.findings]
    assert "BEC_KAX †" in ids and "DER_IDP_500 †" in ids and "DER_IDP_300" in ids
    assert "† used to fit the shipped set" in group_note(compression)
    unmarked = GroupVerdict("g", compression.group, compression.findings[-1:])
    assert "†" not in group_note(unmarked)


def test_the_report_says_what_reproduction_is_worth():
    document = validation_document(judged())
    assert "shows reproduction, not prediction" in document[-1].text
    outliers = next(part.text for part in document if part.title == "Declared outliers")
    assert "(declared up to 3.1 mm) — 9.9 mm is beyond that: an undeclared miss" in outliers


def test_json_marks_targets_and_gives_limits():
    data = validation_data(judged())
    targets = {one["id"]: one for one in data["groups"]["disc_compression"]["targets"]}
    assert targets["BEC_KAX"]["used_for_calibration"] and not targets["DER_IDP_300"]["used_for_calibration"]
    assert targets["REU_BULGE_MAX"]["declared_outlier"]["high"] == 3.1
    assert targets["REU_BULGE_MAX"]["beyond_declared"]
    assert data["declared_outliers"]["REU_BULGE_MAX"]["high"] == 3.1
