"""Posterior bones of neighbours that meet beside the facet joints, at test density."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.spine import JOINTS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.bone_contact import RESECTED_MM, facing_bone
from fem_lumbar.model.facetectomy import facet_cut
from fem_lumbar.simulation.simulation import Simulation
from tests.model.conftest import scenario


def overlap_mm(mesh, displacement, joint) -> float:
    """Depth of the deepest node of the upper bone in the lower one, by the distance of another library."""
    upper, lower = joint_levels(joint)
    points = mesh.points + displacement[: len(mesh.points)]

    def bone(level):
        cells = mesh.cells[
            np.concatenate([mesh.region_cells(f"{level}.{part}") for part in ("posterior", "cancellous")])
        ]
        grid = pv.UnstructuredGrid({pv.CellType.TETRA: cells}, points)
        return grid.extract_surface(algorithm="dataset_surface")

    distance = bone(upper).compute_implicit_distance(bone(lower))["implicit_distance"]
    return float(-distance.min())


@pytest.mark.parametrize("joint", JOINTS)
def test_it_is_found_on_both_sides_alike_and_faces_the_neighbour(runs, joint):
    mesh = runs.mesh()
    found = facing_bone(mesh, joint, {})
    assert set(found) == {"left", "right", "spinous"}
    for place, image in (("left", "right"), ("spinous", "spinous")):
        for one, other in zip(found[place], found[image]):
            assert len(one) == len(other) > 10
            tree = cKDTree(mirrored(mesh.points[other].mean(axis=1)))
            assert tree.query(mesh.points[one].mean(axis=1))[0].max() < 1e-9


@pytest.mark.parametrize(("degrees", "told"), [(52.2, []), (60, ["L4-L5 left"])])
def test_a_facet_so_coronal_that_bone_beside_it_meets_first_is_warned_of(degrees, told):
    """With 60° in place of 42° bone took 20 of 22 N in standing, and nothing said so; with 52° it meets none."""
    turned = scenario(
        "baseline.yaml", "segment.bodies=[L4, L5]", f"anatomy.left.joints.L4-L5.facet_angle_deg={degrees}"
    )
    warnings = Simulation(turned, scenario_mesh(turned)).warnings
    assert [one.split(":")[0] for one in warnings if "bone beside the facet joint" in one] == told


def test_bone_beside_a_removed_facet_meets_nothing(runs):
    mesh = runs.mesh()
    without = runs.simulation("baseline.yaml", "structures.facetectomy.L4-L5.left=1.0").scenario
    whole = facing_bone(mesh, "L4-L5", {})
    resected = facing_bone(mesh, "L4-L5", {"left": facet_cut(without, mesh, "L4-L5", "left")})
    left = resected["left"][0] if "left" in resected else np.empty((0, 3), dtype=int)
    assert len(left) < 0.5 * len(whole["left"][0])
    np.testing.assert_array_equal(resected["right"][0], whole["right"][0])
    gone = mesh.points[mesh.surfaces["L4.facet.inferior.left"]].mean(axis=1)
    distance, _ = cKDTree(gone).query(mesh.points[left].mean(axis=1))
    assert (distance > RESECTED_MM).all()


def test_bones_do_not_run_into_one_another_in_extension(runs):
    one_joint = "segment.bodies=[L4, L5]"
    simulation = runs.simulation("baseline.yaml", one_joint)
    result = runs.case("extension", "baseline.yaml", one_joint)
    without = runs.case("extension", "baseline.yaml", one_joint, "structures.bone_contact=false")
    for joint in simulation.scenario.segment.joints:
        assert overlap_mm(simulation.mesh, without.fields.point_data["displacement"], joint) > 1.0
        assert overlap_mm(simulation.mesh, result.fields.point_data["displacement"], joint) < 0.5
        assert "bone_contact" not in without.summary["load_path"][joint]["carried"]
        through, stopped = (one.summary["rotation_deg"][joint]["flexion"] for one in (without, result))
        assert through < 1.1 * stopped < 0.0
        contact = result.summary["bone_contact"][joint]
        assert contact["left"]["force_N"] == pytest.approx(contact["right"]["force_N"], rel=1e-6)
        carried = result.summary["load_path"][joint]["carried"]
        assert sum(carried[f"bone_contact_{place}"]["moment_Nm"]["flexion"] for place in contact) < -1.0
        assert all(result.summary["checks"][f"bone_penetration.{joint}.{place}"]["passed"] for place in contact)
