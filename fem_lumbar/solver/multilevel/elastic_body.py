"""A stiff elastic body with attached soft tissue: its nodes, items and rigid motions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.rotation import left_jacobian


@dataclass(frozen=True)
class BodyGeometry:
    """Nodes and items of a body.

    Attributes
    ----------
    name : str
    items : list of Item
        Items that make up its stiffness (bone, shells, the bed that connects it to a fixture).
    dofs : (k, 3) int
        Displacements of its independent nodes, supported ones left out.
    positions : (k, 3)
        Their reference positions, mm.
    fixture : (6,) int or None
        Translation and rotation-vector unknowns of the fixture it is bedded on.
    fixture_position : (3,) or None
        Reference position of the fixture, mm.
    supported : bool
        Whether some of its nodes are fixed in space: then it has no rigid motion of its own.
    """

    name: str
    items: list[Item]
    dofs: np.ndarray
    positions: np.ndarray
    fixture: np.ndarray | None
    fixture_position: np.ndarray | None
    supported: bool

    @property
    def floats(self) -> bool:
        """Whether it is connected only to soft tissue."""
        return self.fixture is None and not self.supported

    @property
    def frame_size(self) -> int:
        """Number of rigid unknowns: translation and spin, or none."""
        return 0 if self.supported else 6


def rigid_motions(positions: np.ndarray, n_first: int) -> np.ndarray:
    """Basis (3 k, 6) of the linearised rigid motions of points (k, 3), orthonormal on the first ``n_first`` points."""
    arms = positions - positions[:n_first].mean(axis=0)
    motions = np.zeros((len(positions), 3, 6))
    motions[:, :, :3] = np.eye(3)
    for axis, unit in enumerate(np.eye(3)):
        motions[:, :, 3 + axis] = np.cross(unit, arms)
    flat = motions.reshape(-1, 6)
    _, triangle = np.linalg.qr(flat[: 3 * n_first])
    return solve_triangular(triangle, flat.T, trans="T").T


def resultant_only(geometry: BodyGeometry, forces: np.ndarray, x: np.ndarray) -> None:
    """Replace forces (n_dofs,) on a body and its fixture, in place, by a rigid distribution of their resultants.

    Only resultants act on a rigid body; on a supported one no force remains.
    """
    on_nodes = forces[geometry.dofs]
    if geometry.supported:
        forces[geometry.dofs] = 0.0
        return
    place = geometry.positions + x[geometry.dofs]
    arms = place - place.mean(axis=0)
    resultant, moment = on_nodes.sum(axis=0), np.cross(arms, on_nodes).sum(axis=0)
    if geometry.fixture is not None:
        centre, vector = geometry.fixture[:3], geometry.fixture[3:]
        at = geometry.fixture_position + x[centre] - place.mean(axis=0)
        resultant = resultant + forces[centre]
        moment = moment + np.linalg.solve(left_jacobian(x[vector]).T, forces[vector]) + np.cross(at, forces[centre])
        forces[geometry.fixture] = 0.0
    inertia = np.sum(arms**2) * np.eye(3) - arms.T @ arms
    forces[geometry.dofs] = resultant / len(arms) + np.cross(np.linalg.solve(inertia, moment), arms)
