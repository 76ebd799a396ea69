"""Derivatives of a load case from its mirror image are those that are found without it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.mirror import mirrored_cases, mirrored_derivatives
from fem_lumbar.sensitivity.parameters import Parameter, parameters
from fem_lumbar.sensitivity.study import sensitivities
from fem_lumbar.sensitivity.table import CaseDerivatives
from fem_lumbar.simulation.simulation import Simulation

FILE = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
BASELINE = FILE.with_name("baseline.yaml")
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


SYMMETRIC = SimpleNamespace(mesh=SimpleNamespace(is_symmetric=True))
"""As much of a segment as decides."""


def images(first: float, second: float) -> dict[str, str]:
    """Images of two cases of bending under the weight of a body that stands so far to the left, mm."""
    body = {"weight_N": 100, "lever_arm_mm": 10, "height_mm": 100}
    placed = {LEFT: body | {"lateral_offset_mm": first}, RIGHT: body | {"lateral_offset_mm": second}}
    sets = [f"load_cases.{case}.upper_body.{key}={value}" for case, one in placed.items() for key, value in one.items()]
    scenario = load_scenario(BASELINE, sets, [LEFT, RIGHT])
    return mirrored_cases(scenario, SYMMETRIC, parameters(scenario, KEYS[:1]))


def test_cases_are_images_by_what_they_apply():
    """Of the case that comes first, whichever side that is; a weight on one side in both is no image."""
    scenario = load_scenario(BASELINE, [], [LEFT, RIGHT])
    assert mirrored_cases(scenario, SYMMETRIC, parameters(scenario, KEYS[:1])) == {RIGHT: LEFT}
    other = scenario.model_copy(update={"load_cases": dict(reversed(scenario.load_cases.items()))})
    assert mirrored_cases(other, SYMMETRIC, parameters(scenario, KEYS[:1])) == {LEFT: RIGHT}
    assert images(50.0, -50.0) == {RIGHT: LEFT}
    assert images(50.0, 50.0) == {}


def test_what_counts_to_the_left_changes_sign():
    keys = [f"load_cases.{case}.upper_body.lateral_offset_mm" for case in (LEFT, RIGHT)]
    slopes = np.array([[2.0], [0.0]])
    of_left = CaseDerivatives([("idp_MPa", "L4-L5")], np.ones(1), slopes, 0.1 * slopes)
    image = mirrored_derivatives(of_left, [Parameter(key, 50.0) for key in keys])
    assert image.derivatives.tolist() == [[0.0], [-2.0]]


def test_an_anatomy_with_a_side_has_no_images():
    scenario = load_scenario(FILE, ["mesh.density=test", f"{WEDGE}=3"], [LEFT, RIGHT])
    mesh = scenario_mesh(scenario, str)
    segment = Simulation(scenario, mesh).segment
    assert mirrored_cases(scenario, segment, parameters(scenario, KEYS[:1])) == {}
