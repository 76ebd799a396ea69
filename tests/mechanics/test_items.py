"""Every item: tangent against finite differences, objectivity, and no force in rigid motion."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.mechanics.item import Item, total
from fem_lumbar.mechanics.rotation import rotation_matrix, rotation_vector

NAMES = (
    "bone",
    "linear bone",
    "cartilage",
    "mixed",
    "fibres",
    "cortex",
    "potting",
    "moment",
    "ligament",
    "pull",
    "contact",
)
LOAD = 0.7


def assembled(item: Item, x: np.ndarray) -> np.ndarray:
    return total(item.dofs, item.forces(x, LOAD)[1], len(x))


def start(item: Item, x: np.ndarray) -> None:
    if hasattr(item, "update"):
        item.update(x)


@pytest.mark.parametrize("name", NAMES)
def test_residual_and_tangent_are_derivatives(cubes, deformed, name):
    item = cubes.items[name]
    start(item, deformed)
    residual = assembled(item, deformed)
    tangent = np.zeros((cubes.n_dofs, cubes.n_dofs))
    for dofs, block in zip(item.dofs, item.tangent(deformed, LOAD), strict=True):
        np.add.at(tangent, (dofs[:, None], dofs[None]), block)
    h = 1e-6
    used = np.unique(item.dofs)
    for dof in np.random.default_rng(0).choice(used, min(15, len(used)), replace=False):
        step = np.zeros(cubes.n_dofs)
        step[dof] = h
        ahead, behind = item.forces(deformed + step, LOAD), item.forces(deformed - step, LOAD)
        if name != "moment":  # a spatial moment has no energy
            assert (ahead[0] - behind[0]) / (2 * h) == pytest.approx(residual[dof], abs=1e-8 * np.abs(residual).max())
        column = (total(item.dofs, ahead[1], len(step)) - total(item.dofs, behind[1], len(step))) / (2 * h)
        assert np.abs(column - tangent[:, dof]).max() <= 1e-8 * np.abs(tangent).max()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "moment"])
def test_objectivity(cubes, deformed, name):
    """A rigid motion on top of a state turns its forces and leaves its energy."""
    item = cubes.items[name]
    n = cubes.space.n_nodes
    spin = rotation_matrix(np.array([0.5, -0.9, 0.4]))
    shift = np.array([3.0, -2.0, 1.0])
    moved = deformed.copy()
    place = cubes.space.nodes + deformed[: 3 * n].reshape(-1, 3)
    moved[: 3 * n] = (place @ spin.T + shift - cubes.space.nodes).ravel()
    reference = np.array([0.3, 0.4, 1.0])
    moved[-6:-3] = spin @ (reference + deformed[-6:-3]) + shift - reference
    moved[-3:] = rotation_vector(spin @ rotation_matrix(deformed[-3:]))
    start(item, deformed)
    energy, forces = item.forces(deformed, LOAD)[0], assembled(item, deformed)[: 3 * n].reshape(-1, 3)
    start(item, moved)
    turned_energy, turned = item.forces(moved, LOAD)[0], assembled(item, moved)[: 3 * n].reshape(-1, 3)
    assert turned_energy == pytest.approx(energy, rel=1e-9, abs=1e-12)
    assert np.abs(turned - forces @ spin.T).max() <= 1e-9 * np.abs(forces).max()


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
    assert np.abs(assembled(item, x)).max() <= 1e-11 * stiffness


@pytest.mark.parametrize("name", ["ligament", "contact"])
def test_internal_forces_balance(cubes, deformed, name):
    """Forces between two bodies sum to zero in force and in moment."""
    item = cubes.items[name]
    start(item, deformed)
    n = cubes.space.n_nodes
    forces = assembled(item, deformed)[: 3 * n].reshape(-1, 3)
    place = cubes.space.nodes + deformed[: 3 * n].reshape(-1, 3)
    size = np.abs(forces).sum()
    assert size > 0
    assert np.abs(forces.sum(axis=0)).max() <= 1e-12 * size
    assert np.abs(np.cross(place, forces).sum(axis=0)).max() <= 1e-12 * size
