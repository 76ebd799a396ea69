"""Items whose answer fits on the back of an envelope."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.mechanics.item import node_dofs, total
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.membrane import Membrane
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
