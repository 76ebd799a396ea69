"""The fixture on the uppermost endplate: weights and muscles from above meet on it, not inside the vertebra."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.mechanics.item import node_dofs, total
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.load_kinds.upper_body import UpperBodyLoad
from fem_lumbar.model.loads import build_loads
from fem_lumbar.model.mirror import state_mirror
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.events import silent
from tests.model.conftest import scenario

_FROM_ABOVE = "longissimus_thoracis.lateral"
_FORCE_N = 60.0
_HELD = (
    "segment.bodies=[L4, L5]",
    "muscles.groups=[erector_spinae_thoracis]",
    f"muscles.fascicles.{_FROM_ABOVE}.left.force_N={_FORCE_N}",
    f"muscles.fascicles.{_FROM_ABOVE}.right.force_N={_FORCE_N}",
    "load_cases.held={upper_body: {weight_N: 100, lever_arm_mm: 80}, muscle_activation: 0}",
)


@pytest.fixture(scope="module")
def segment(runs) -> Segment:
    wanted = scenario("baseline.yaml")
    return build_segment(wanted, kept_mesh(wanted, runs.mesh()))


def test_its_points_do_not_share_unknowns_with_anything_else(segment):
    fixture = segment.fixture
    others = [item.dofs.ravel() for item in segment.items if item.name != "fixture_points"]
    assert not np.isin(node_dofs(fixture.nodes), np.concatenate(others)).any()
    assert fixture.multiplier_dof + 2 <= node_dofs(fixture.nodes).min() and segment.n_dofs == fixture.n_dofs


def test_it_stores_no_energy_when_it_turns_with_the_endplate(segment):
    """Objectivity: shift and turn of all of it by 40 degrees."""
    fixture, turn = segment.fixture, np.radians([10.0, -40.0, 15.0])
    shift, spin = np.array([3.0, -2.0, 5.0]), rotation_matrix(turn)
    x = np.zeros(segment.n_dofs)
    x[fixture.reference_dof + np.arange(6)] = np.concatenate([shift, turn])
    held = np.flatnonzero(np.isfinite(segment.node_places[:, 0]))
    arms = segment.node_places[held] - fixture.reference_point
    x[node_dofs(held[:, None])] = arms @ (spin - np.eye(3)).T + shift
    for item in fixture.items:
        energy, forces = item.forces(x, 1.0)
        assert energy == pytest.approx(0.0, abs=1e-9) and np.abs(forces).max() < 1e-5
    muscles = build_loads(scenario("baseline.yaml", *_HELD[1:]), segment, "held").of(MuscleLoad).items[0]
    before, after = (muscles.upper_ends(state) for state in (np.zeros(segment.n_dofs), x))
    assert after == pytest.approx((before - fixture.reference_point) @ spin.T + fixture.reference_point + shift)


def test_muscles_from_above_pull_on_no_node_of_the_vertebra(segment):
    loads = build_loads(scenario("baseline.yaml", *_HELD[1:]), segment, "held")
    (muscles,) = loads.of(MuscleLoad).items
    assert np.isin(muscles.nodes, segment.fixture.nodes).all()


def test_the_uppermost_vertebra_carries_what_is_left_of_weight_and_muscles(runs):
    """By hand: 100 N at 80 mm are 8 N·m; the muscles take part of it, and the endplate gets the rest at once."""
    wanted = scenario("baseline.yaml", *_HELD)
    simulation = Simulation(wanted, runs.mesh())
    segment, loads = simulation.segment, build_loads(wanted, simulation.segment, "held")
    newton = simulation.newton(loads)
    x = newton.solve(simulation.unloaded(newton, "held", silent).x, 1.0).x
    place = segment.fixture.reference_point + x[segment.fixture.reference_dof + np.arange(3)]
    weight = loads.of(UpperBodyLoad).wrench(x, 1.0, place)
    muscles = loads.of(MuscleLoad).wrench(x, 1.0, place)
    potting = next(item for item in segment.others if item.name == "potting")
    on_bone = total(potting.dofs, potting.forces(x, 1.0)[1], segment.n_dofs)
    nodes = potting.dofs[:, 0] // 3
    forces = -on_bone[node_dofs(nodes[:, None])]
    arms = segment.space.nodes[nodes] + x[node_dofs(nodes[:, None])] - place
    assert forces.sum(axis=0) == pytest.approx(weight.force + muscles.force, abs=1e-2)
    assert np.cross(arms, forces).sum(axis=0) == pytest.approx(weight.moment + muscles.moment, abs=1.0)
    assert muscles.moment[1] < -0.5 * weight.moment[1] < 0.0  # they do hold much of it


def test_mirror_image_of_a_state_swaps_the_points_beside_the_midline(segment):
    mirror, fixture = state_mirror(segment), segment.fixture
    x = np.random.default_rng(3).standard_normal(segment.n_dofs)
    assert mirror.image(mirror.image(x)) == pytest.approx(x)
    left, right, *_ = node_dofs(fixture.nodes[:, None])
    assert mirror.image(x)[left] == pytest.approx(x[right] * [1.0, -1.0, 1.0])
