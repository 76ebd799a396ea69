"""Targets of a calibration that are published ones of the validation data."""

from __future__ import annotations

import pytest

from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.experiments.calibration.tissue_rows import tissue_answer, tissue_slopes
from fem_lumbar.experiments.validation.targets import shipped_targets
from fem_lumbar.scenario.loader import with_values
from fem_lumbar.scenario.problems import ScenarioError
from tests.experiments.calibration.synthetic_engine import CALIBRATION, write_files

PUBLISHED = {target.id: target for target in shipped_targets().all()}
TYPED = "case: compression, quantity: idp_MPa.L4-L5, target: 0.75, tolerance: 0.1"


def loaded(tmp_path, entry):
    """The last target of a calibration, in its place this one."""
    assert TYPED in CALIBRATION
    return load_calibration(write_files(tmp_path, CALIBRATION.replace(TYPED, entry))).targets[-1]


@pytest.mark.parametrize(("name", "sign"), [("HEU_DISC_FLEX_7p5", 1.0), ("HEU_DISC_EXT_7p5", -1.0)])
def test_value_band_source_case_and_quantity_are_those_published(tmp_path, name, sign):
    found, published = loaded(tmp_path, f"published: {name}"), PUBLISHED[name]
    assert (found.case, found.quantity) == (published.measure.cases[0], "rotation_deg.L4-L5.flexion")
    assert found.target == sign * published.value
    assert found.tolerance == pytest.approx(0.2 * published.value)
    assert found.source == shipped_targets().sources["heuer_2007"]


def test_what_is_given_beside_the_name_holds(tmp_path):
    given = "published: DER_IDP_500, case: compression, at_follower_N: 500, tolerance: 0.07, source: ours, weight: 2"
    found = loaded(tmp_path, given)
    assert (found.case, found.load, found.at) == ("compression", "follower_N", 500)
    assert (found.target, found.tolerance, found.weight, found.source) == (0.45, 0.07, 2, "ours")


def test_without_a_value_the_middle_of_the_band_is_the_target(tmp_path):
    found = loaded(tmp_path, "published: STANDING_PRESSURE, case: compression")
    assert (found.target, found.tolerance) == (0.515, 0.085)


def test_one_side_of_a_published_mean_of_both(tmp_path):
    given = "published: JAU_FJF_EXT@L4L5, case: extension, quantity: facet_force_N.L4-L5.right"
    found = loaded(tmp_path, given)
    assert (found.quantity, found.target, found.tolerance) == ("facet_force_N.L4-L5.right", 51.5, 39.0)


def test_a_tissue_sample_is_answered_at_a_material_point_with_its_derivative(tmp_path):
    """The radial modulus at zero strain of an incompressible neo-Hookean ground is 6 c10; fibres add 0.3 %."""
    calibration = load_calibration(write_files(tmp_path, CALIBRATION.replace(f"protocol: whole, {TYPED}", RADIAL)))
    target, scenario = calibration.targets[-1], calibration.scenarios["whole"]
    assert (target.target, target.tolerance) == pytest.approx((0.33, 0.14))
    values = {"materials.annulus.c10_MPa": 0.1, "materials.annulus.bulk_modulus_MPa": 1000.0}
    assert tissue_answer(target, with_values(scenario, values).materials) == pytest.approx(0.6, rel=5e-3)
    assert tissue_slopes([target], scenario, values)[0] == pytest.approx([6.0, 0.0], abs=0.01)


RADIAL = "tissue: FUJ_RADIAL"

WRONG = {
    "unknown tissue sample": ("tissue: FUJ_RADIALE", "no tissue sample", "did you mean FUJ_RADIAL"),
    "tissue sample with a case": (
        "tissue: FUJ_RADIAL, case: compression",
        "the tissue sample FUJ_RADIAL gives",
        "allowed",
    ),
    "unknown": ("published: HEU_DISC_FLEX_7p4", "no published target", "did you mean HEU_DISC_FLEX_7p5"),
    "two values": ("published: HEU_DISC_FLEX_7p5, target: 10", "targets[2].target: given here and by HEU", "not both"),
    "several numbers": ("published: BEC_KAX, case: compression", "made of several numbers", "allowed: the quantity"),
    "other unit": ("published: DER_IDP_500, quantity: rotation_deg.L4-L5.flexion", "not in MPa", "idp_MPa.L4-L5"),
    "open band": ("published: POSTERIOR_SHARE_AR", "has no value", "allowed: a target with a value"),
    "value without a band": (
        "published: REU_BULGE_MAX, case: compression, quantity: disc_bulge_mm.L4-L5.posterior",
        "targets[2].tolerance: required",
        "calibration",
    ),
    "case of another protocol": (
        "published: DER_IDP_500",
        "no load case 'compression_500N'",
        "did you mean compression",
    ),
    "no text": ("published: 3", "targets[2].published: got the number 3", "valid string"),
}


@pytest.mark.parametrize(("entry", "message", "more"), WRONG.values(), ids=WRONG.keys())
def test_message(tmp_path, entry, message, more):
    with pytest.raises(ScenarioError) as caught:
        loaded(tmp_path, entry)
    assert message in str(caught.value) and more in str(caught.value)
