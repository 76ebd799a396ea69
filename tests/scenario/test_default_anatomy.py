"""Scenarios on the default template: its own defaults, their source, and measures that move it."""

from pathlib import Path

import pytest

from fem_lumbar.anatomy.parameters import MEASURED_SOURCE, template_measures
from fem_lumbar.meshing.cache import mesh_hash
from fem_lumbar.scenario.citations import SET_HERE, citations
from fem_lumbar.scenario.loader import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


def scenario(*assignments):
    return load_scenario(BASELINE, sets=assignments)


def test_defaults_are_the_measures_of_the_template():
    anatomy = scenario().anatomy
    for level, measures in template_measures()["levels"].items():
        assert anatomy.levels[level].body_height_anterior_mm == measures["body_height_anterior_mm"]
    for joint, measures in template_measures()["joints"].items():
        assert anatomy.joints[joint].facet_angle_deg == measures["facet_angle_deg"]
    assert anatomy.source == "smooth"
    assert anatomy.is_symmetric


def test_it_is_the_default_and_warns_of_nothing(tmp_path):
    silent = tmp_path / "silent.yaml"
    silent.write_text("schema_version: 1\nload_cases:\n  flexion: {moment_Nm: 5}\n", encoding="utf-8")
    assert load_scenario(silent).anatomy == scenario().anatomy
    assert scenario().warnings == ()


def test_what_is_not_measured_on_it_is_still_an_assumption():
    told = {one["name"]: one["confidence"] for one in scenario().assumed_values}
    assert told["anatomy.joints.L4-L5.disc_height_anterior_mm"] == "own-estimate"
    assert "anatomy.joints.L4-L5.facet_centre_mm" not in told
    assert not [name for name, confidence in told.items() if confidence == SET_HERE and name.startswith("anatomy")]


def test_they_are_cited_as_measured_on_it():
    told = {entry["source"]: entry["values"] for entry in citations(scenario())}
    assert "anatomy.levels.L4.body_height_anterior_mm" in told[MEASURED_SOURCE]
    assert "anatomy.levels.L4.pedicle_width_mm" not in told[MEASURED_SOURCE]


@pytest.mark.parametrize(
    "assignment",
    [
        "anatomy.levels.L4.pedicle_width_mm=9",
        "anatomy.joints.L3-L4.lateral_wedge_deg=3",
        "anatomy.joints.L3-L4.facet_inferior_ratio=0.9",
        "anatomy.mal.L5.groove_depth_mm=2.5",
        "anatomy.free_facets.L3_superior.angle_deg=40",
        "anatomy.left.joints.L4-L5.facet_angle_deg=55",
        "anatomy.size_percentile=84",
    ],
)
def test_measures_change_the_mesh(assignment):
    changed = scenario(assignment)
    assert changed.anatomy.source == "smooth"
    assert mesh_hash(changed.anatomy, changed.mesh) != mesh_hash(scenario().anatomy, changed.mesh)


def test_sizes_go_about_the_template():
    small, mean, large = (scenario(f"anatomy.size_percentile={p}").anatomy for p in (16, 50, 84))
    for level in template_measures()["levels"]:
        depths = [anatomy.levels[level].inferior_endplate_depth_mm for anatomy in (small, mean, large)]
        assert depths[0] < depths[1] < depths[2]
        assert depths[2] - depths[1] == pytest.approx(depths[1] - depths[0])


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
        ("facet_tropism_L4-L5_left", 10.0),
        ("mal/tropism_L4-L5_left_10deg", 10.0),
        ("mal/tropism_L4-L5_left_5deg", 5.0),
        ("mal/worst", 10.0),
        ("mal/worst_without_mal", 10.0),
    ],
)
def test_tropism_of_shipped_scenarios_is_what_they_say(name, degrees):
    """They give an angle, which has to go with that of the template."""
    anatomy = load_scenario(BASELINE.parent / f"{name}.yaml").anatomy
    left, right = (anatomy.on(side).joints["L4-L5"].facet_angle_deg for side in ("left", "right"))
    assert left - right == pytest.approx(degrees, abs=0.1)


def test_persons_are_not_warned_of_measures_that_follow_from_their_surfaces():
    smooth = scenario("anatomy.joints.L4-L5.facet_gap_mm=1.4", "anatomy.joints.L4-L5.disc_height_anterior_mm=17.5")
    person = smooth.model_copy(update={"anatomy": smooth.anatomy.model_copy(update={"source": "surfaces"})})
    assert any("disc_height_anterior_mm" in line for line in smooth.warnings)
    assert [line.split(" ")[0] for line in person.warnings if "outside" in line] == [
        "anatomy.joints.L4-L5.facet_gap_mm"
    ]


def test_persons_are_told_which_measures_have_no_effect():
    given = {
        "joints.L4-L5.disc_height_anterior_mm=12": "it follows from the surfaces",
        "levels.L4.pedicle_width_mm=9": "it follows from the surfaces",
        "free_facets.L3_superior.angle_deg=40": "it follows from the surfaces",
        "left.joints.L4-L5.facet_angle_deg=52": "it follows from the surfaces",
        "joints.L3-L4.nucleus_area_fraction=0.4": "the nucleus of a person is that of the template",
        "left.joints.L4-L5.facet_gap_mm=0.5": "",
        "mal.L5.thickness_mm=1.8": "",
        "right.mal.L4.width_mm=2.5": "",
    }
    smooth = scenario(*(f"anatomy.{key}" for key in given))
    person = smooth.model_copy(update={"anatomy": smooth.anatomy.model_copy(update={"source": "surfaces"})})
    told = [line for line in person.warnings if "no effect" in line]
    wanted = [(f"anatomy.{key.partition('=')[0]} has no effect", why) for key, why in given.items() if why]
    assert len(told) == len(wanted) and not any("no effect" in line for line in smooth.warnings)
    assert all(any(what in line and why in line for line in told) for what, why in wanted)
