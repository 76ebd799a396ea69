"""Items whose answer fits on the back of an envelope."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.mechanics.item import node_dofs, total
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.mechanics.strands import LigamentStrands


def test_contact_force_is_penalty_times_overlap_volume(cubes):
    """Two parallel faces overlapping by 0.02 mm: force = penalty x overlap x shared area."""
    contact = cubes.items["contact"]
    state = contact.state(np.zeros(cubes.n_dofs))
    assert state.penetration == pytest.approx(0.02, rel=1e-12)
    pressure = 500.0 * (0.02 + 0.02**2 / 0.05)
    assert state.peak_pressure == pytest.approx(pressure, rel=1e-12)
    assert state.force[:2] == pytest.approx([0, 0], abs=1e-12)
    # Points over the rim fade out within 0.05 mm, so the force is a little more than that of the shared area.
    assert 0.93 * 0.96 * pressure < state.force[2] <= pressure


def test_strand_force(cubes):
    """A strand of 2 mm2 stretched by 10 % with 5 MPa, transition at 50 %: 1 N less the rounded onset."""
    ends = [WeightedPoint(np.array([node]), np.ones(1), cubes.space.nodes[node]) for node in (0, 1)]
    strand = LigamentStrands(
        "strand", ends[:1], ends[1:], np.array([2.0]), np.array([0.0]), BilinearLigament([5.0], [50.0], [0.5])
    )
    x = np.zeros(cubes.n_dofs)
    x[node_dofs(np.array([1]))] = 0.1 * (cubes.space.nodes[1] - cubes.space.nodes[0])
    assert strand.tension(x) == pytest.approx([1.0], rel=1e-12)
    x *= -1
    assert strand.tension(x) == pytest.approx([0.0], abs=1e-15)


def test_ligament_law_slopes():
    law = BilinearLigament([5.0], [20.0], [0.1])
    assert law.response(np.array([0.05]))[2] == pytest.approx([5.0])
    assert law.response(np.array([0.2]))[2] == pytest.approx([20.0])
    assert law.response(np.array([0.2]))[1] == pytest.approx([5 * 0.1 + 20 * 0.1])


def test_membrane_under_uniform_stretch(cubes):
    """Biaxial Green-Lagrange strain e: energy = E / (1 - nu) e^2 times volume."""
    membrane = Membrane("skin", cubes.space, cubes.lower_face, 1000.0, 0.25, 0.3)
    stretch = 1.01
    x = np.zeros(cubes.n_dofs)
    x[: 3 * cubes.space.n_nodes] = ((stretch - 1) * cubes.space.nodes).ravel()
    strain = 0.5 * (stretch**2 - 1)
    assert membrane.forces(x, 0.0)[0] == pytest.approx(1000.0 / 0.75 * strain**2 * 0.3, rel=1e-9)


def test_a_swollen_block_is_at_rest_in_its_swollen_volume_and_under_pressure_where_it_is_held(cubes):
    """Swelling by 6 %, K = 50 MPa: free it grows by 1.06^(1/3) without stress, held it presses with 3 MPa."""
    space, cells = cubes.space, np.arange(len(cubes.space.cell_nodes))
    law, first = MooneyRivlin(0.1, 0.03, 0.0, len(cells)), 3 * space.n_nodes
    block = MixedSolid("block", space, cells, law, 50.0, first, 0.06)
    free, held = np.zeros(cubes.n_dofs), np.zeros(cubes.n_dofs)
    free[:first] = ((1.06 ** (1 / 3) - 1.0) * space.nodes).ravel()
    energy, rows = block.forces(free, 0.0)
    assert abs(energy) < 1e-14 and np.abs(rows).max() < 1e-12
    held[block.pressure_dofs] = -50.0 * 0.06
    energy, rows = block.forces(held, 0.0)
    assert energy == pytest.approx(0.5 * 50.0 * 0.06**2 * block.weights.sum())
    forces = total(block.dofs, rows, cubes.n_dofs)
    assert np.abs(forces[block.pressure_dofs]).max() < 1e-14
    bottom = 3 * np.unique(space.triangle_nodes(cubes.upper_face)) + 2  # the lower face of the upper block
    assert forces[bottom].sum() == pytest.approx(3.0)  # upwards: what must hold a lower face of 1 mm2
    assert block.volume_ratio(free) == pytest.approx(1.06)


def test_a_shape_without_stress_counts_as_the_mesh_of_the_item_would(cubes):
    space, swollen = cubes.space, cubes.items["swollen"]
    x = 0.01 * np.random.default_rng(5).standard_normal(cubes.n_dofs)
    offset = 0.03 * np.random.default_rng(6).standard_normal((space.n_corners, 3))
    rest = space.moved(space.nodes[: space.n_corners] - offset)
    displacement = np.vstack([offset, offset[space.edges].mean(axis=1)]).ravel()
    cells = np.arange(len(space.cell_nodes))
    there = MixedSolid("there", rest, cells, swollen.law, 10.0, swollen.pressure_dofs[0], swollen.swelling)
    here = MixedSolid("here", space, cells, swollen.law, 10.0, swollen.pressure_dofs[0], swollen.swelling)
    here.rest_in(rest, displacement)
    moved = x.copy()
    moved[: len(displacement)] += displacement
    for ours, theirs in zip(here.forces(x, 0.0), there.forces(moved, 0.0), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-14)
    np.testing.assert_allclose(here.cauchy_stress(x)[0], there.cauchy_stress(moved)[0], rtol=0.0, atol=1e-14)


def test_affine_weights_follow_rigid_motion():
    rng = np.random.default_rng(2)
    nodes, target = rng.standard_normal((12, 3)), np.array([4.0, -3.0, 9.0])
    weights = affine_weights(nodes, target)
    spin, shift = rotation_matrix(np.array([0.7, 0.1, -0.4])), np.array([1.0, 2.0, 3.0])
    assert weights @ (nodes @ spin.T + shift) == pytest.approx(spin @ target + shift, abs=1e-10)


def test_pure_moment_balances_the_potting(cubes):
    """At the reference point the potting's moment about the point equals the spatial moment it resists."""
    potting = cubes.items["potting"]
    theta = np.array([0.3, -0.2, 0.4])
    x = np.zeros(cubes.n_dofs)
    x[-3:] = theta
    forces = total(potting.dofs, potting.forces(x, 0.0)[1], cubes.n_dofs)
    nodes = np.unique(cubes.space.triangle_nodes(cubes.upper_face))
    arms = potting.arms @ rotation_matrix(theta).T
    spatial = -np.cross(arms, forces[node_dofs(nodes[:, None])]).sum(axis=0)
    from fem_lumbar.mechanics.rotation import left_jacobian

    assert forces[-3:] == pytest.approx(left_jacobian(theta).T @ spatial, rel=1e-10)
