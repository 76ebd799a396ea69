"""Solid bridges of ossified ligaments: what they add to a mesh, and what they pass from vertebra to vertebra."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy.population import random_anatomy
from fem_lumbar.comparison.mirror_check import mirror_difference
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import mean_ratio, signed_volumes
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"
DISC = ("materials.set=literature", "structures.ligaments=[ALL]", "solver.vertebrae=rigid")


def bridged(settings: str | None, *sets: str, file: str = "disc_only_L4-L5.yaml", ligament: str = "ALL"):
    ossified = () if settings is None else (f"ossification.L4-L5.{ligament}={settings}",)
    return load_scenario(SCENARIOS / file, (*sets, *ossified), density="test")


@cache
def mesh_of(settings: str, ligament: str = "ALL") -> SegmentMesh:
    return scenario_mesh(bridged(settings, file="baseline.yaml", ligament=ligament))


@cache
def solved(case: str, settings: str | None, *sets: str) -> dict:
    scenario = bridged(settings, *DISC, *sets)
    found = Simulation(scenario, scenario_mesh(scenario)).run_case(case).summary
    assert found["status"] == "converged"
    assert [name for name, one in found["checks"].items() if not one["passed"]] == []
    return found


def turned(summary: dict) -> float:
    return summary["rotation_deg"]["L4-L5"]["flexion"]


@pytest.mark.parametrize("ligament", ["ALL", "PLL"])
@pytest.mark.parametrize("thickness_mm", [2, 10])
def test_a_bridge_is_added_and_nothing_else_changes(ligament, thickness_mm):
    plain = mesh_of("{fraction: 1}", ligament)
    mesh = mesh_of(f"{{bridge: true, thickness_mm: {thickness_mm}}}", ligament)
    n, m = len(plain.points), len(plain.cells)
    assert np.array_equal(mesh.points[:n], plain.points) and np.array_equal(mesh.cells[:m], plain.cells)
    assert mesh.region_names == (*plain.region_names, f"L4-L5.bridge.{ligament}")
    assert mesh.is_symmetric
    own = mesh.cells[m:]
    assert signed_volumes(mesh.points, own).min() > 0.0
    assert mean_ratio(mesh.points, own).min() > 0.1
    for level in ("L4", "L5"):  # it is joined to both bodies
        assert len(np.intersect1d(own, mesh.surfaces[f"{level}.cortex"])) > 10


@pytest.mark.parametrize("seed", [3, 5])
def test_a_bridge_fits_people_with_long_faces_or_stray_ones(seed):
    """Of two random people one has a face under the bridge that touches the others in a point alone, the other one
    faces of the disc 8 mm long, on which the thin border of a bridge is flat."""
    usual = bridged("{bridge: true, thickness_mm: 4}", file="baseline.yaml", ligament="PLL")
    mesh = scenario_mesh(usual.model_copy(update={"anatomy": random_anatomy(seed)}))
    assert [check.name for check in validity_checks(mesh) if not check.passed] == []


def test_a_bridge_is_as_thick_as_it_is_said_over_the_middle_of_the_disc():
    mesh, plain = mesh_of("{bridge: true, thickness_mm: 8}"), mesh_of("{fraction: 1}")
    new = mesh.points[len(plain.points) :]
    wall = mesh.points[np.unique(mesh.surfaces["L4-L5.annulus.outer"])]
    middle = wall[(np.abs(wall[:, 1]) < 1e-9) & (wall[:, 0] > 0)]
    upright = np.ptp(middle[:, 2])
    outermost = [np.linalg.norm(new - point, axis=1) for point in middle]
    on_columns = [distance[np.abs(distance - 8.0) < 1e-6] for distance in outermost]
    assert upright > 5.0 and all(len(found) for found in on_columns)


def test_a_bridge_that_is_turned_to_one_side_mirrors_that_to_the_other():
    left, right = (mesh_of(f"{{bridge: true, azimuth_deg: {angle}}}") for angle in (30, -30))
    n = len(mesh_of("{fraction: 1}").points)
    assert not left.is_symmetric and left.points[n:, 1].mean() > 5.0
    images = right.points[n:] * [1, -1, 1]
    order = [np.lexsort(np.round(points, 6).T) for points in (left.points[n:], images)]
    assert left.points[n:][order[0]] == pytest.approx(images[order[1]], abs=1e-9)


def test_cells_that_would_be_flat_are_refused():
    with pytest.raises(AnatomyError, match=r"L4-L5.bridge.ALL: cells of the bridge would be flat"):
        mesh_of("{bridge: true, thickness_mm: 0.15}")


def test_a_bridge_that_gives_way_is_no_ligament():
    """As soft as it can be, it leaves the disc as it is without the ligament."""
    soft = solved("flexion", "{bridge: true, bridge_modulus_MPa: 0.1}")
    without = solved("flexion", None, "structures.ligaments=[]")
    assert turned(soft) == pytest.approx(turned(without), rel=2e-2)


def test_a_bridge_of_bone_holds_the_disc_and_carries_its_moment():
    healthy, bone = solved("flexion", "{fraction: 0}"), solved("flexion", "{bridge: true, thickness_mm: 6}")
    assert turned(bone) < 0.4 * turned(healthy)
    carried = bone["load_path"]["L4-L5"]["carried"]
    assert "ALL" not in carried and carried["bridge_ALL"]["axial_N"] > 50.0
    assert carried["bridge_ALL"]["moment_Nm"]["flexion"] > 0.4 * 7.5
    assert bone["bridge"]["L4-L5"]["ALL"]["compression_N"] == pytest.approx(carried["bridge_ALL"]["axial_N"], rel=1e-9)
    thicker = solved("flexion", "{bridge: true, thickness_mm: 10}")
    assert turned(thicker) < turned(bone)


def test_the_condensed_vertebrae_give_the_same_answer_as_the_full_matrix():
    one, other = (
        solved("extension", "{bridge: true, thickness_mm: 6}", f"solver.vertebrae={vertebrae}")
        for vertebrae in ("condensed", "full")
    )
    assert turned(one) == pytest.approx(turned(other), rel=1e-6)


def test_bridges_to_the_left_and_to_the_right_mirror_each_other():
    cases = {"axial_rotation_left": 40, "axial_rotation_right": -40}
    left, right = (
        {"load_cases": {case: solved(case, f"{{bridge: true, azimuth_deg: {angle}}}")}} for case, angle in cases.items()
    )
    assert abs(left["load_cases"]["axial_rotation_left"]["rotation_deg"]["L4-L5"]["lateral_bending"]) > 1e-3
    found = mirror_difference(left, right)
    assert found.relative < 1e-8, found
