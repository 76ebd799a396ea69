"""Scenarios on the smooth template: its own defaults, their source, and measures that do not act yet are refused."""

from pathlib import Path

import pytest

from fem_lumbar.anatomy.parameters import SMOOTH_SOURCE, smooth_measures
from fem_lumbar.scenario.citations import citations
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


def scenario(*assignments):
    return load_scenario(BASELINE, sets=["anatomy.source=smooth", *assignments])


def test_defaults_are_the_measures_of_the_template():
    anatomy = scenario().anatomy
    for level, measures in smooth_measures()["levels"].items():
        assert anatomy.levels[level].body_height_anterior_mm == measures["body_height_anterior_mm"]
    for joint, measures in smooth_measures()["joints"].items():
        assert anatomy.joints[joint].facet_angle_deg == measures["facet_angle_deg"]
    assert anatomy.is_symmetric


def test_they_are_cited_as_measured_on_it():
    told = {entry["source"]: entry["values"] for entry in citations(scenario())}
    assert "anatomy.levels.L4.body_height_anterior_mm" in told[SMOOTH_SOURCE]
    assert "anatomy.levels.L4.pedicle_width_mm" not in told[SMOOTH_SOURCE]


@pytest.mark.parametrize(
    "assignment",
    [
        "anatomy.joints.L3-L4.disc_height_anterior_mm=12",
        "anatomy.joints.L4-L5.facet_angle_deg=50",
        "anatomy.mal.L5.groove_depth_mm=2.5",
    ],
)
def test_measures_of_discs_facets_and_arches_act(assignment):
    assert scenario(assignment).anatomy.source == "smooth"


@pytest.mark.parametrize(
    "assignment",
    [
        "anatomy.levels.L4.pedicle_width_mm=9",
        "anatomy.joints.L3-L4.lateral_wedge_deg=3",
        "anatomy.joints.L3-L4.facet_inferior_ratio=0.9",
        "anatomy.mal.L5.spur_mm=1",
        "anatomy.free_facets.L3_superior.angle_deg=40",
        "anatomy.left.joints.L4-L5.facet_angle_deg=55",
        "anatomy.size_percentile=84",
    ],
)
def test_measures_without_effect_are_refused(assignment):
    with pytest.raises(ScenarioError, match="smooth template"):
        scenario(assignment)
