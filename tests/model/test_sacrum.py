"""Segments that go on to the sacrum: what is there, what holds it, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import ALL_JOINTS as JOINTS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.meshing.cache import shipped_folder, shipped_name
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LAST_JOINT = ("segment.bodies=[L5, S1]", "solver.vertebrae=rigid", "materials.set=literature")


def scenario(*sets: str, cases: tuple[str, ...] = ()):
    return load_scenario(SCENARIOS / "lumbosacral_L3-S1.yaml", sets, list(cases) or None, "test")


@pytest.fixture(scope="module")
def mesh():
    return scenario_mesh(scenario())


@pytest.fixture(scope="module")
def joint(mesh):
    return Simulation(scenario(*LAST_JOINT, cases=("flexion",)), mesh)


def test_the_mesh_is_shipped_and_sound(mesh):
    assert (shipped_folder() / shipped_name("test", sacrum=True)).stat().st_size < 1e6
    assert mesh.meta["minimum_quality"] >= 0.15 and mesh.is_symmetric
    assert [check.name for check in validity_checks(mesh) if not check.passed] == []
    assert {"S1.cancellous", "S1.posterior", "L5-S1.nucleus", "L5.mal.left"} <= set(mesh.region_names)
    assert not any(name.startswith(("S1.endplate.inferior", "S1.mal")) for name in mesh.surfaces)


def test_the_disc_above_the_sacrum_is_as_high_at_its_sides_as_those_above(mesh):
    """A sacrum of one man under the vertebra of other people left it 3 mm there, which hardly lets it bend."""
    sides = {joint: side_height_mm(mesh, joint) for joint in JOINTS}
    assert sides[JOINTS[-1]] > 0.8 * min(sides[joint] for joint in JOINTS[:-1])


def side_height_mm(mesh, joint):
    """Height of a disc along its axis beside its middle, 20 to 25 mm from the midline."""
    upper, lower = joint.split("-")
    axis = mesh.cell_data["annulus_axial"][mesh.region_cells(f"{joint}.annulus")].mean(axis=0)
    axis /= np.linalg.norm(axis)
    faces = [f"{upper}.endplate.inferior", f"{lower}.endplate.superior"]
    rims = [mesh.points[np.unique(mesh.surfaces[name])] for name in faces]
    forward = np.cross([0.0, 1.0, 0.0], axis)
    middle = np.vstack(rims).mean(axis=0)
    heights = []
    for points in rims:
        beside = (np.abs((points - middle) @ forward) < 5.0) & (np.abs(np.abs(points[:, 1]) - 22.5) < 2.5)
        heights.append(float((points[beside] @ axis).mean()))
    return heights[0] - heights[1]


def test_what_holds_the_sacrum_and_what_crosses_its_joint(mesh):
    elastic = scenario("segment.bodies=[L5, S1]")
    full = build_segment(elastic, kept_mesh(elastic, mesh))
    surfaces, points = full.mesh.surfaces, full.space.nodes[full.fixed_nodes]
    held = np.vstack([surfaces[name] for name in ("S1.cut", "S1.auricular.left", "S1.auricular.right")])
    assert np.array_equal(full.fixed_nodes, np.unique(full.space.triangle_nodes(held)))
    assert np.ptp(points[:, 1]) > 90.0  # from one auricular face to the other
    names = set(full.strand_names["L5-S1"])
    paired = {f"{name}_{side}" for name in ("LF", "CL", "IL") for side in SIDES}
    assert names == {"ALL", "PLL", "ISL"} | paired  # no supraspinous, no intertransverse ligament


def test_iliolumbar_ligaments_end_in_space(joint):
    strands = joint.segment.ligaments["L5-S1"]
    own = [row for row, name in enumerate(joint.segment.strand_names["L5-S1"]) if name.startswith("IL")]
    x = np.zeros(joint.segment.n_dofs)
    x[2 : 3 * joint.segment.space.n_nodes : 3] = 1.0  # everything goes up
    rise = strands.vectors(x) - strands.vectors(0.0 * x)
    others = np.setdiff1d(np.arange(len(rise)), own)
    assert len(own) == 4 and np.allclose(rise[own], [0.0, 0.0, 1.0]) and np.allclose(rise[others], 0.0)


def test_the_joint_turns_and_is_in_equilibrium(joint):
    summary = joint.run_case("flexion").summary
    assert summary["status"] == "converged" and set(summary["mal"]) == {"L5"}
    assert 2.0 < summary["rotation_deg"]["L5-S1"]["flexion"] < 15.0
    assert min(summary["ligament_force_N"]["L5-S1"][f"IL_{side}"] for side in SIDES) > 1.0
    equilibrium = summary["equilibrium"]  # with what the ligaments pull at the ilium
    assert equilibrium["moment_residual_Nmm"] < 1.0 and equilibrium["force_residual_N"] < 0.01


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["anatomy.source=surfaces", "anatomy.surfaces={L3: a.stl, L4: b.stl, L5: c.stl}"],
         ["anatomy.source: surfaces", "S1: a person's files have no sacrum", "allowed: smooth"]),
        (["segment.bodies=[L4, S1]"], ["L4, S1 are not neighbours", "did you mean L4, L5, S1?"]),
        (["segment.bodies=[L4, L5]", "structures.ligaments=[IL]"], ["IL (iliolumbar ligament), but S1 is not in"]),
        (["ossification.L5-S1.SSL.fraction=1"], ["ossification.L5-S1.SSL: L5-S1 has no SSL"]),
    ],
)  # fmt: skip
def test_refusals(sets, words):
    with pytest.raises(ScenarioError) as caught:
        scenario(*sets)
    message = str(caught.value)
    assert "1 problem in" in message and all(word in message for word in words), message
