"""Frictionless penalty contact of the outline of the nerve with rigid walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.nerve.plane import Assembled, PlaneNerve
from fem_lumbar.nerve.walls import Walls

_TOUCHING = 0.05
"""Fraction of the largest contact pressure above which a point is in contact: the penalty has a smoothed onset."""


@dataclass(frozen=True)
class ContactState:
    """Integration points in contact.

    Attributes
    ----------
    points : ndarray (n, 2)
        Current positions, mm.
    pressure : ndarray (n,)
        Contact pressure on the deformed outline, MPa.
    length : ndarray (n,)
        Length of the deformed outline that belongs to each point, mm.
    normals : ndarray (n, 2)
        Unit normals into the opening: the direction of the force on the nerve.
    overlap : float
        Largest penetration, mm.
    """

    points: np.ndarray
    pressure: np.ndarray
    length: np.ndarray
    normals: np.ndarray
    overlap: float

    @property
    def force(self) -> np.ndarray:
        """Force (2,) of the walls on the nerve, N per mm of its length."""
        return (self.pressure * self.length) @ self.normals


class WallContact:
    """Penalty contact, integrated over the undeformed outline.

    Parameters
    ----------
    nerve : PlaneNerve
    penalty : ContactPenalty
    """

    def __init__(self, nerve: PlaneNerve, penalty: ContactPenalty) -> None:
        self.nerve, self.penalty = nerve, penalty
        nodes = nerve.edge_nodes
        self._dofs = np.stack([2 * nodes, 2 * nodes + 1]).transpose(1, 0, 2).reshape(-1, nodes.shape[1])

    def assemble(self, x: np.ndarray, walls: Walls) -> Assembled:
        """Energy, forces and stiffness at unknowns (dofs,) for given walls."""
        nerve = self.nerve
        distance, gradient, hessian = self._gap(x, walls)
        energy, pressure, stiffness = self.penalty.response(-distance)
        weights, shapes = nerve.edge_weights, nerve.edge_shapes
        on_nodes = -np.einsum("aeq,eqi,eq->aie", shapes, gradient, pressure * weights).reshape(len(self._dofs), -1)
        forces = np.bincount(self._dofs.ravel(), on_nodes.ravel(), minlength=nerve.unknowns)
        moduli = np.einsum("eq,eqi,eqk->eqik", stiffness * weights, gradient, gradient)
        moduli -= (pressure * weights)[..., None, None] * hessian
        values = np.einsum("aeq,eqik,ceq->aicke", shapes, moduli, shapes, optimize=True)
        values = values.reshape(len(self._dofs), len(self._dofs), -1)
        rows = np.broadcast_to(self._dofs[:, None], values.shape).ravel()
        columns = np.broadcast_to(self._dofs[None], values.shape).ravel()
        return Assembled(float(np.sum(energy * weights)), forces, rows, columns, values.ravel())

    def state(self, x: np.ndarray, walls: Walls) -> ContactState:
        """Points in contact at unknowns (dofs,), with their contact pressure."""
        distance, gradient, _ = self._gap(x, walls)
        _, pressure, _ = self.penalty.response(-distance)
        stretch = self.nerve.edge_stretch(x)
        touching = pressure > _TOUCHING * pressure.max()
        return ContactState(
            self._points(x)[touching],
            (pressure / stretch)[touching],
            (self.nerve.edge_weights * stretch)[touching],
            gradient[touching],
            float(max(0.0, -distance.min())),
        )

    def _points(self, x: np.ndarray) -> np.ndarray:
        return np.einsum("aei,aeq->eqi", self.nerve.positions(x)[self.nerve.edge_nodes], self.nerve.edge_shapes)

    def _gap(self, x: np.ndarray, walls: Walls) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        points = self._points(x)
        shape = points.shape[:2]
        distance, gradient, hessian = walls.gap(points.reshape(-1, 2))
        return distance.reshape(shape), gradient.reshape(*shape, 2), hessian.reshape(*shape, 2, 2)
