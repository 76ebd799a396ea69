"""Grades of degeneration: shape and tissue by hand, what is refused, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.quantities import mirrored_data
from fem_lumbar.scenario.bounds import ASSUMED
from fem_lumbar.scenario.citations import citations
from fem_lumbar.scenario.degeneration import degeneration_quantities, numbers_in_effect
from fem_lumbar.scenario.loader import load_scenario, with_values
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.sensitivity.parameters import parameters

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
JOINT = "L4-L5"
SWELLING = "materials.nucleus.swelling_strain=0.08"


def degenerated(*sets: str) -> Scenario:
    return load_scenario(BASELINE, sets, density="test")


def test_grade_0_is_the_default_to_the_last_bit():
    healthy, grade_0 = degenerated(), degenerated(f"degeneration.{JOINT}={{disc: 0, facets: {{left: 0}}}}")
    assert grade_0.resolved() == healthy.resolved() and grade_0.sha256 == healthy.sha256
    assert grade_0.degenerated_anatomy is grade_0.anatomy
    assert grade_0.tissues_of(JOINT, "left") == healthy.materials.of_joint(JOINT)


@pytest.mark.parametrize("grade", [1, 2, 3])
def test_a_disc_is_multiplied_by_the_numbers_of_its_grade(grade):
    one, known = degenerated(f"degeneration.{JOINT}.disc={grade}", SWELLING), degeneration_quantities()["disc"]
    by = {name: grades[f"grade_{grade}"].value for name, grades in known.items()}
    before, after = one.anatomy.joints, one.degenerated_anatomy.joints
    for end in ("anterior", "posterior"):
        height, asked = (getattr(m[JOINT], f"disc_height_{end}_mm") for m in (after, before))
        assert height == pytest.approx((1 - by["height_loss"]) * asked, rel=1e-12)
    assert after[JOINT].disc_bulge_mm == pytest.approx(by["bulge_ratio"] * before[JOINT].disc_bulge_mm)
    assert after["L3-L4"] == before["L3-L4"]
    healthy, worn = one.materials.of_joint(JOINT), one.tissues_of(JOINT)
    assert worn.nucleus.c10_MPa == pytest.approx(by["nucleus_shear_ratio"] * healthy.nucleus.c10_MPa)
    assert worn.nucleus.bulk_modulus_MPa == pytest.approx(by["nucleus_bulk_ratio"] * healthy.nucleus.bulk_modulus_MPa)
    assert worn.nucleus.swelling_strain == pytest.approx(by["swelling_ratio"] * 0.08)
    assert worn.annulus.c10_MPa == pytest.approx(by["annulus_ground_ratio"] * healthy.annulus.c10_MPa)
    assert worn.annulus.bulk_modulus_MPa == healthy.annulus.bulk_modulus_MPa
    for place in ("outer_anterior", "inner_posterior"):
        own, before_it = (getattr(t.annulus, f"fibre_k1_{place}_MPa") for t in (worn, healthy))
        assert own == pytest.approx(by["annulus_fibre_ratio"] * before_it)
    assert worn.annulus.fibre_slack == by["fibre_slack"]
    assert worn.facet_cartilage == healthy.facet_cartilage and worn.ligaments == healthy.ligaments


def test_a_factor_on_swelling_that_is_given_is_told_where_nothing_swells():
    given = f"degeneration.{JOINT}.disc={{grade: 2, swelling_ratio: 0.5}}"
    (line,) = degenerated(given).warnings
    assert line.startswith(f"degeneration.{JOINT}.disc.swelling_ratio has no effect")
    assert degenerated(given, SWELLING).warnings == degenerated(f"degeneration.{JOINT}.disc=2").warnings == ()


def test_the_grade_acts_on_the_height_asked_for():
    one = degenerated(f"degeneration.{JOINT}.disc=3", f"anatomy.joints.{JOINT}.disc_height_anterior_mm=12.0")
    kept = 1 - degeneration_quantities()["disc"]["height_loss"]["grade_3"].value
    assert one.degenerated_anatomy.joints[JOINT].disc_height_anterior_mm == pytest.approx(12.0 * kept)


def test_a_facet_joint_is_degenerated_on_its_side_alone():
    own = "{grade: 3, gap_ratio: 0.5, capsule_ratio: 2}"
    one, known = degenerated(f"degeneration.{JOINT}.facets.left={own}"), degeneration_quantities()["facets"]
    by = {name: grades["grade_3"].value for name, grades in known.items()}
    healthy, anatomy = one.anatomy.joints[JOINT], one.degenerated_anatomy
    assert anatomy.on("right") == one.anatomy.on("right")
    left = anatomy.on("left").joints[JOINT]
    assert left.facet_gap_mm == pytest.approx(0.5 * healthy.facet_gap_mm)
    thickness = by["cartilage_thickness_ratio"] * healthy.facet_cartilage_thickness_mm
    assert left.facet_cartilage_thickness_mm == pytest.approx(thickness)
    tissues = {side: one.tissues_of(JOINT, side) for side in SIDES}
    assert tissues["right"] == one.materials.of_joint(JOINT)
    modulus = by["cartilage_modulus_ratio"] * tissues["right"].facet_cartilage.modulus_MPa
    assert tissues["left"].facet_cartilage.modulus_MPa == pytest.approx(modulus)
    for name in ("toe_modulus_MPa", "modulus_MPa"):
        capsule = {side: getattr(of_side.ligaments["CL"], name) for side, of_side in tissues.items()}
        assert capsule["left"] == pytest.approx(2 * capsule["right"])
    assert tissues["left"].ligaments["LF"] == tissues["right"].ligaments["LF"]


def test_left_and_right_are_mirror_images():
    left, right = (degenerated(f"degeneration.{JOINT}.facets.{side}=2") for side in ("left", "right"))
    assert mirrored_data(left.resolved()) == right.resolved()
    assert left.degenerated_anatomy.on("left") == right.degenerated_anatomy.on("right")


def test_a_bare_grade_is_a_map_with_that_grade_and_reads_back():
    bare, whole = degenerated(f"degeneration.{JOINT}.disc=2"), degenerated(f"degeneration.{JOINT}.disc={{grade: 2}}")
    assert bare.resolved() == whole.resolved() and bare.sha256 == whole.sha256
    assert Scenario.model_validate(bare.resolved() | {"structures": bare.structures}).resolved() == bare.resolved()
    lower = with_values(bare, {f"degeneration.{JOINT}.disc.height_loss": 0.5})
    assert lower.resolved()["degeneration"] == {JOINT: {"disc": {"grade": 2, "height_loss": 0.5}}}


REFUSED = {
    "no such grade": ((f"degeneration.{JOINT}.disc=5",), "allowed: 0, 1, 2, 3"),
    "map without grade": ((f"degeneration.{JOINT}.disc={{height_loss: 0.3}}",), "disc.grade: required"),
    "unknown number": ((f"degeneration.{JOINT}.disc={{grade: 1, height_los: 0.3}}",), "did you mean height_loss"),
    "no height left": ((f"degeneration.{JOINT}.disc={{grade: 3, height_loss: 0.9}}",), "allowed: 0 to 0.7"),
    "joint not there": (("degeneration.L3-L4.disc=1", "segment.bodies=[L4, L5]"), "L3-L4 is not in the model"),
    "disc without nucleus": (
        (f"degeneration.{JOINT}.disc=1", f"structures.removed_nuclei=[{JOINT}]"),
        "its nucleus has been removed",
    ),
    "no contact": ((f"degeneration.{JOINT}.facets.left=1", "structures.facet_contact=false"), "facet_contact: false"),
    "facet removed": (
        (f"degeneration.{JOINT}.facets.left=1", f"structures.facetectomy.{JOINT}.left=1"),
        "a facet joint that has been removed",
    ),
}


def test_shapes_stop_where_the_geometry_does_and_say_so():
    thin = f"anatomy.joints.{JOINT}.facet_cartilage_thickness_mm=0.4"
    one = degenerated(f"degeneration.{JOINT}.facets.left=3", thin)
    assert one.degenerated_anatomy.on("left").joints[JOINT].facet_cartilage_thickness_mm == 0.3
    (told,) = [line for line in one.warnings if "degeneration" in line]
    assert "facet_cartilage_thickness_mm of 0.2 is beyond what the geometry takes; 0.3 is used" in told
    assert not [line for line in degenerated(f"degeneration.{JOINT}.facets.left=3").warnings if "degeneration" in line]


@pytest.mark.parametrize(("sets", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_contradicts_is_refused(sets, told):
    with pytest.raises(ScenarioError) as refused:
        degenerated(*sets)
    assert told in str(refused.value)
    assert "degeneration" in str(refused.value)


def test_at_the_sacrum_grades_change_tissue_alone():
    sacral = BASELINE.with_name("lumbosacral_L3-S1.yaml")
    with pytest.raises(ScenarioError, match="would move the mesh"):
        load_scenario(sacral, ["degeneration.L5-S1.disc=2"])
    above = load_scenario(sacral, ["degeneration.L4-L5.disc=2"])
    assert above.degenerated_anatomy.joints["L4-L5"] != above.anatomy.joints["L4-L5"]
    one = load_scenario(sacral, ["degeneration.L5-S1.disc={grade: 2, height_loss: 0, bulge_ratio: 1}"])
    assert one.degenerated_anatomy is one.anatomy
    assert one.tissues_of("L5-S1").annulus != one.materials.of_joint("L5-S1").annulus


def test_every_number_is_told_as_an_assumption_or_with_its_source():
    one = degenerated(f"degeneration.{JOINT}={{disc: {{grade: 3, height_loss: 0.5}}, facets: {{right: 1}}}}")
    assumed = {entry["name"] for entry in one.assumed_values}
    cited = {key for entry in citations(one) for key in entry["values"]}
    for key, _, known in numbers_in_effect(one.degeneration):
        name = ".".join(key)
        assert name in (assumed if known is not None and known.confidence in ASSUMED else cited), name
    assert f"degeneration.{JOINT}.disc.nucleus_bulk_ratio" in assumed


def test_numbers_of_a_grade_have_derivatives_and_grades_none():
    one = degenerated(f"degeneration.{JOINT}.disc=3")
    found = {p.key: p for p in parameters(one) if p.section == "degeneration"}
    assert found.keys() == {f"degeneration.{JOINT}.disc.{name}" for name in degeneration_quantities()["disc"]}
    assert found[f"degeneration.{JOINT}.disc.height_loss"].moves_mesh
    assert not found[f"degeneration.{JOINT}.disc.annulus_ground_ratio"].moves_mesh


def test_numbers_are_within_their_ranges_and_grow_with_the_grade():
    for tree in degeneration_quantities().values():
        for name, grades in tree.items():
            values = [grades[f"grade_{grade}"] for grade in (1, 2, 3)]
            low, high = values[0].limits
            assert all(low <= one.range[0] <= one.value <= one.range[1] <= high for one in values), name
            away = [abs(one.value - (0.0 if name in ("height_loss", "fibre_slack") else 1.0)) for one in values]
            assert away == sorted(away), name
