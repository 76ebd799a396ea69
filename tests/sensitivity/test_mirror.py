"""Derivatives of a load case from its mirror image are those that are found without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.mirror import mirrored_cases
from fem_lumbar.sensitivity.parameters import parameters
from fem_lumbar.sensitivity.study import sensitivities
from fem_lumbar.simulation.simulation import Simulation

FILE = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
LEFT, RIGHT = "lateral_bending_left", "lateral_bending_right"
WEDGE = "anatomy.joints.L4-L5.lateral_wedge_deg"
KEYS = ["materials.annulus.c10_MPa", WEDGE, f"load_cases.{LEFT}.moment_Nm", f"load_cases.{RIGHT}.moment_Nm"]
ROTATION = "rotation_deg.L4-L5.lateral_bending"


def of(cases: list[str], keys: list[str]):
    scenario = load_scenario(FILE, ["mesh.density=test"], cases)
    return sensitivities(scenario, scenario_mesh(scenario, str), keys)


def test_image_is_what_is_found_without_it():
    """Also for measures that change sides: a wedge to the left opposes what a wedge to the right helps."""
    both, alone = of([LEFT, RIGHT], KEYS), of([RIGHT], [key for key in KEYS if LEFT not in key])
    for key in (KEYS[0], WEDGE, KEYS[3]):
        image, found = both.of(RIGHT, key), alone.of(RIGHT, key)
        largest = max(abs(value) for name, value in found.items() if name.startswith("rotation_deg"))
        assert image[ROTATION] == pytest.approx(found[ROTATION], rel=1e-4, abs=1e-6 * largest), key
    assert abs(both.of(RIGHT, WEDGE)[ROTATION]) > 0.0
    assert not any(both.of(RIGHT, f"load_cases.{LEFT}.moment_Nm").values())  # another case does nothing in this one


def test_a_load_of_a_third_case_does_nothing():
    cases, keys = [LEFT, RIGHT, "flexion"], ["load_cases.flexion.moment_Nm", "materials.annulus.c10_MPa"]
    found = of(cases, keys)
    assert not any(found.of(RIGHT, keys[0]).values())
    assert any(found.of(RIGHT, keys[1]).values())


def test_an_anatomy_with_a_side_has_no_images():
    scenario = load_scenario(FILE, ["mesh.density=test", f"{WEDGE}=3"], [LEFT, RIGHT])
    mesh = scenario_mesh(scenario, str)
    segment = Simulation(scenario, mesh).segment
    assert mirrored_cases(scenario, segment, parameters(scenario, KEYS[:1])) == {}
