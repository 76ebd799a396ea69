"""Coupling of a surface to a reference point through a stiff elastic bed (the potting of a test specimen)."""

from __future__ import annotations

import numpy as np

from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.load import Ramped
from fem_lumbar.mechanics.rotation import (
    left_jacobian,
    left_jacobian_derivative,
    rotation_derivatives,
    rotation_matrix,
    rotation_vector,
)


class ReferencePointCoupling:
    """Energy 1/2 sum k_i |x_i - (c + R(theta) d_i)|^2 between surface nodes and a rigid fixture.

    Parameters
    ----------
    name : str
        Name of the item.
    nodes : (n,)
        Surface nodes.
    positions : (n, 3)
        Their reference positions, mm.
    stiffness : (n,)
        Bed stiffness of each node, N/mm.
    centre : (3,)
        Reference point, mm.
    first_dof : int
        First of the six unknowns of the reference point: translation (mm) and rotation vector (rad).
    """

    def __init__(
        self,
        name: str,
        nodes: np.ndarray,
        positions: np.ndarray,
        stiffness: np.ndarray,
        centre: np.ndarray,
        first_dof: int,
    ) -> None:
        self.name = name
        self.stiffness = stiffness
        self.arms = positions - centre
        self.reference_dofs = first_dof + np.arange(6)
        self.dofs = np.hstack([node_dofs(nodes[:, None]), np.tile(self.reference_dofs, (len(nodes), 1))])
        self.ties: Ties = []

    def _gap(self, x: np.ndarray) -> np.ndarray:
        rotated = self.arms @ rotation_matrix(x[self.reference_dofs[3:]]).T
        return x[self.dofs[:, :3]] + self.arms - x[self.reference_dofs[:3]] - rotated

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and residual (n, 9): force on node, force and moment on the reference point."""
        pull = self.stiffness[:, None] * self._gap(x)
        first, _ = rotation_derivatives(x[self.reference_dofs[3:]])
        moment = -np.einsum("ni,jik,nk->nj", pull, first, self.arms)
        energy = 0.5 * np.sum(pull**2 / self.stiffness[:, None])
        return float(energy), np.hstack([pull, -pull, moment])

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (n, 9, 9)."""
        pull = self.stiffness[:, None] * self._gap(x)
        first, second = rotation_derivatives(x[self.reference_dofs[3:]])
        rate = np.zeros((len(pull), 3, 9))  # derivative of the gap
        rate[:, :, :3] = np.eye(3)
        rate[:, :, 3:6] = -np.eye(3)
        rate[:, :, 6:] = -np.einsum("jik,nk->nij", first, self.arms)
        out = np.einsum("n,nia,nib->nab", self.stiffness, rate, rate)
        out[:, 6:, 6:] -= np.einsum("ni,jkim,nm->njk", pull, second, self.arms)
        return out


class PureMoment(Ramped):
    """A moment about axes fixed in space, applied to a reference point.

    Its power is M · omega with the spatial spin omega = T(theta) dtheta/dt. It is not conservative in general and has
    no energy; :mod:`fem_lumbar.measures.path_work` integrates its work along the load path.

    Parameters
    ----------
    name : str
        Name of the item.
    moment : (3,)
        Moment at full load, N·mm.
    first_dof : int
        First of the six unknowns of the reference point.
    """

    def __init__(self, name: str, moment: np.ndarray, first_dof: int) -> None:
        self.name = name
        self.moment = np.asarray(moment, dtype=float)
        self.dofs = (first_dof + 3 + np.arange(3))[None]
        self.ties: Ties = []

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Generalised forces (1, 3) of the full moment on the rotation vector, N·mm."""
        return (left_jacobian(x[self.dofs[0]]).T @ self.moment)[None]

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Zero energy and the residual (1, 3) on the rotation vector, N·mm."""
        return 0.0, -self.history(load_factor) * self.pattern(x)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (1, 3, 3), not symmetric."""
        derivative = left_jacobian_derivative(x[self.dofs[0]])
        return -self.history(load_factor) * np.einsum("kij,i->jk", derivative, self.moment)[None]

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Work (N·mm) of the full moment between two states, along the shortest rotation."""
        first, last = (rotation_matrix(x[self.dofs[0]]) for x in (before, after))
        return float(self.moment @ rotation_vector(last @ first.T))
