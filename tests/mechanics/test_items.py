"""Items in rigid motion and in balance; derivatives and objectivity are in the verification suite."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.mechanics.item import Contact, Item, total
from fem_lumbar.mechanics.rotation import rotation_matrix

LOAD = 0.7


def assembled(item: Item, x: np.ndarray) -> np.ndarray:
    return total(item.dofs, item.forces(x, LOAD)[1], len(x))


def in_state(item: Item | Contact, x: np.ndarray) -> Item:
    return item.pair(x) if isinstance(item, Contact) else item


@pytest.mark.parametrize("name", ["bone", "linear bone", "cartilage", "mixed", "fibres", "cortex", "potting"])
def test_rigid_motion_gives_no_force(cubes, name):
    item = cubes.items[name]
    n = cubes.space.n_nodes
    theta = np.array([0.2, 1.1, -0.7])
    spin, shift = rotation_matrix(theta), np.array([5.0, 1.0, -2.0])
    x = np.zeros(cubes.n_dofs)
    x[: 3 * n] = (cubes.space.nodes @ spin.T + shift - cubes.space.nodes).ravel()
    reference = np.array([0.3, 0.4, 1.0])
    x[-6:-3] = spin @ reference + shift - reference
    x[-3:] = theta
    stiffness = np.abs(item.tangent(x, 0.0)).max()
    forces, at_rest = assembled(item, x), assembled(item, np.zeros(cubes.n_dofs))
    assert np.abs(forces[: 3 * n]).max() <= 1e-11 * stiffness
    # What is left at rest is the volume by which a tissue would swell, in the rows of its pressures.
    assert np.abs(forces - at_rest).max() <= 1e-11 * stiffness
    assert name == "mixed" or np.abs(at_rest).max() <= 1e-11 * stiffness


@pytest.mark.parametrize("name", ["ligament", "contact"])
def test_internal_forces_balance(cubes, deformed, name):
    """Forces between two bodies sum to zero in force and in moment."""
    item = in_state(cubes.items[name], deformed)
    n = cubes.space.n_nodes
    forces = assembled(item, deformed)[: 3 * n].reshape(-1, 3)
    place = cubes.space.nodes + deformed[: 3 * n].reshape(-1, 3)
    size = np.abs(forces).sum()
    assert size > 0
    assert np.abs(forces.sum(axis=0)).max() <= 1e-12 * size
    assert np.abs(np.cross(place, forces).sum(axis=0)).max() <= 1e-12 * size
