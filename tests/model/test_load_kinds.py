"""The resultant that a load reports does the work of its items in any rigid motion, whole and above a joint."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import JOINTS, joint_levels
from fem_lumbar.mechanics.item import node_dofs, total
from fem_lumbar.mechanics.rotation import left_jacobian
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from tests.model.conftest import scenario

LOAD = 0.7
CENTRE = np.array([3.0, -2.0, 41.0])
CASES = {
    "flexion": "{moment_Nm: 7.5, follower_N: 400, upper_body: {}, muscle_activation: 0.1}",
    "extension": "{rotation_deg: 3, axial_displacement_mm: 0.5, follower_N: 200}",
    "lifting": "{upper_body: {height_mm: 190, lateral_offset_mm: -7, inclination_deg: 40, "
    "carried: {mass_kg: 10, lever_arm_mm: 300, height_mm: -200, lateral_offset_mm: 50}}, abdominal_pressure_kPa: 5}",
    "bent": "{moment_vector_Nm: [1, 2, -3], muscle_activation: 0.5}",
}
KINDS = {
    "flexion": {"moment", "follower", "upper_body", "muscles"},
    "extension": {"moment", "endplate", "follower"},
    "lifting": {"upper_body", "abdominal_pressure"},
    "bent": {"moment", "muscles"},
}


@pytest.fixture(scope="module")
def built(runs) -> tuple[Segment, dict[str, Loads]]:
    wanted = scenario("baseline.yaml", *(f"load_cases.{name}={case}" for name, case in CASES.items()))
    segment = build_segment(wanted, kept_mesh(wanted, runs.mesh()))
    return segment, {name: build_loads(wanted, segment, name) for name in CASES}


@pytest.fixture(scope="module")
def x(built) -> np.ndarray:
    """Any state: displaced nodes, a turned reference point, and sizes of what prescribed motions take."""
    segment, _ = built
    x = 0.1 * np.random.default_rng(0).standard_normal(segment.n_dofs)
    x[segment.fixture.reference_dof + np.arange(6)] = [0.4, -0.3, 0.8, 0.1, -0.2, 0.3]
    x[segment.fixture.multiplier_dof + np.arange(2)] = [150.0, 4000.0]
    return x


def rigid_motions(segment: Segment, x: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Changes (6, n_dofs) of a state as nodes and the reference point shift along and turn about fixed axes."""
    place = segment.node_places[nodes] + x[node_dofs(nodes[:, None])]
    first = segment.fixture.reference_dof
    point, turn = segment.fixture.reference_point + x[first : first + 3], left_jacobian(x[first + 3 : first + 6])
    motions = np.zeros((6, segment.n_dofs))
    for axis, unit in enumerate(np.eye(3)):
        motions[axis, node_dofs(nodes[:, None])] = unit
        motions[axis, first : first + 3] = unit
        motions[3 + axis, node_dofs(nodes[:, None])] = np.cross(unit, place - CENTRE)
        motions[3 + axis, first : first + 3] = np.cross(unit, point - CENTRE)
        motions[3 + axis, first + 3 : first + 6] = np.linalg.solve(turn, unit)
    return motions


def nodes_above(segment: Segment, joint: str) -> np.ndarray:
    """Nodes of all bone and MAL above a joint, and points of the fixture on it."""
    levels = segment.levels[: segment.levels.index(joint_levels(joint)[0]) + 1]
    regions = [name for name in segment.mesh.region_names if name.split(".")[0] in levels]
    nodes = np.unique(segment.space.cell_nodes[segment.mesh.region_cells(*regions)])
    return np.concatenate([nodes, segment.fixture.nodes])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("joint", [None, *JOINTS])
def test_resultant_does_the_work_of_the_items(built, x, case, joint):
    segment, loads = built[0], built[1][case]
    assert {one.cause for one in loads.acting} == KINDS[case]
    whole = np.concatenate([np.arange(segment.space.n_nodes), segment.fixture.nodes])
    nodes = whole if joint is None else nodes_above(segment, joint)
    motions = rigid_motions(segment, x, nodes)
    for one in loads.acting:
        forces = sum(-total(item.dofs, item.forces(x, LOAD)[1], segment.n_dofs) for item in one.items)
        wrench = one.wrench(x, LOAD, CENTRE, joint)
        scale = max(np.abs(forces).max(), 1.0)
        assert np.allclose(motions[:3] @ forces, wrench.force, atol=1e-9 * scale), one.cause
        assert np.allclose(motions[3:] @ forces, wrench.moment, atol=1e-7 * scale), one.cause


def test_histories_of_stages(built, x):
    """Held loads keep their full size while the others come on; a load that does not act reports nothing."""
    loads = built[1]["extension"]
    first = loads.held()
    assert {one.cause for one in first.acting} == {"follower"}
    assert first.applied(x, 1.0) | {"muscle_activation": None} == {
        "moment_Nm": [0.0, 0.0, 0.0],
        "rotation_deg": 0.0,
        "axial_displacement_mm": 0.0,
        "axial_force_N": 0.0,
        "follower_N": 200.0,
        "muscle_activation": None,
        "muscle_force_N": 0.0,
    }
    assert loads.applied(x, 0.5)["rotation_deg"] == pytest.approx(1.5)
    assert loads.applied(x, 0.5)["axial_force_N"] == pytest.approx(150.0)
    back = loads.reversed()
    assert (back.applied(x, 0.0)["follower_N"], back.applied(x, 1.0)["follower_N"]) == (200.0, 0.0)
