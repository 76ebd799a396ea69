"""A nearly incompressible solid: quadratic displacement and linear, continuous pressure (P2/P1)."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.law import VOIGT, Law
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.kernels import deformation_gradient, internal_force, strain_operators, tangent_stiffness
from fem_lumbar.mechanics.solid import cell_average, push_forward, right_cauchy_green
from fem_lumbar.mechanics.space import QuadraticSpace


class MixedSolid:
    """Energy W(C) + p (J - 1) - p^2 / (2 K) per reference volume, stationary in u and p.

    Perturbed Lagrangian of Sussman & Bathe 1987 (Comput Struct 26:357-409) on the inf-sup stable Taylor-Hood pair.
    The pressure unknown p is the mean stress of the volumetric part, positive in tension, MPa.

    Parameters
    ----------
    name : str
        Name of the item.
    space : QuadraticSpace
        Displacement space.
    cells : (n_e,)
        Cells of the tissue.
    law : Law
        Isochoric law, one parameter row per cell.
    bulk_modulus : float
        K, MPa.
    first_pressure_dof : int
        Number of the first pressure unknown in the state vector.
    """

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        cells: np.ndarray,
        law: Law,
        bulk_modulus: float,
        first_pressure_dof: int,
    ) -> None:
        self.name = name
        self.law = law
        self.bulk_modulus = bulk_modulus
        self.nodes = space.cell_nodes[cells]
        _, self.gradients, self.weights = space.quadratic(cells, order=2)
        self.pressure_shapes, _, _ = space.linear(cells, order=2)
        self.pressure_nodes, local = np.unique(self.nodes[:, :4], return_inverse=True)
        self.pressure_dofs = first_pressure_dof + np.arange(len(self.pressure_nodes))
        self.dofs = np.column_stack([node_dofs(self.nodes), self.pressure_dofs[local.reshape(-1, 4)]])
        self.ties: Ties = []

    def deformation(self, x: np.ndarray) -> np.ndarray:
        """Deformation gradient (n_e, n_q, 3, 3)."""
        return deformation_gradient(self.gradients, x[self.dofs[:, :30]].reshape(-1, 10, 3))

    def pressure(self, x: np.ndarray) -> np.ndarray:
        """Pressure unknown (n_e, n_q) at the quadrature points, MPa, positive in tension."""
        return x[self.dofs[:, 30:]] @ self.pressure_shapes.T

    def _state(self, x: np.ndarray):
        f = self.deformation(x)
        p = self.pressure(x)
        jacobian = np.linalg.det(f)
        c = right_cauchy_green(f)
        cinv = np.linalg.inv(c)
        energy, stress, tangent = self.law.response(c)
        volume_gradient = jacobian[..., None] * cinv[..., VOIGT[:, 0], VOIGT[:, 1]]  # dJ/dE in Voigt order
        return f, p, jacobian, cinv, energy, stress + p[..., None] * volume_gradient, tangent, volume_gradient

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Energy (N·mm) and residual (n_e, 34): nodal forces in N, then volume residuals in mm3."""
        f, p, jacobian, _, energy, stress, _, _ = self._state(x)
        stored = energy + p * (jacobian - 1) - p**2 / (2 * self.bulk_modulus)
        volume = np.einsum("eq,qa->ea", self.weights * (jacobian - 1 - p / self.bulk_modulus), self.pressure_shapes)
        return float(np.sum(stored * self.weights)), np.hstack(
            [internal_force(f, stress, self.gradients, self.weights), volume]
        )

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Derivative of the residual (n_e, 34, 34)."""
        f, p, jacobian, cinv, _, stress, tangent, volume_gradient = self._state(x)
        tangent = tangent + (p * jacobian)[..., None, None] * _volume_hessian(cinv)
        out = np.empty((len(f), 34, 34))
        out[:, :30, :30] = tangent_stiffness(f, stress, tangent, self.gradients, self.weights)
        strain = strain_operators(f, self.gradients)
        coupling = np.einsum("eq,eqc,eqci,qa->eia", self.weights, volume_gradient, strain, self.pressure_shapes)
        out[:, :30, 30:] = coupling
        out[:, 30:, :30] = np.swapaxes(coupling, 1, 2)
        mass = np.einsum("eq,qa,qb->eab", self.weights, self.pressure_shapes, self.pressure_shapes)
        out[:, 30:, 30:] = -mass / self.bulk_modulus
        return out

    def cauchy_stress(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Volume-averaged Cauchy stress (n_e, 3, 3) MPa and deformation gradient (n_e, 3, 3) of each cell."""
        f, _, _, _, _, stress, _, _ = self._state(x)
        return cell_average(push_forward(f, stress), self.weights), cell_average(f, self.weights)


def _volume_hessian(cinv: np.ndarray) -> np.ndarray:
    """(1/J) d2J/dE2 in Voigt order: C^-1 x C^-1 - 2 sym(C^-1 x C^-1)."""
    i, j = VOIGT.T
    normal = cinv[..., i, j]
    symmetric = (
        cinv[..., i[:, None], i[None]] * cinv[..., j[:, None], j[None]]
        + cinv[..., i[:, None], j[None]] * cinv[..., j[:, None], i[None]]
    )
    return normal[..., :, None] * normal[..., None, :] - symmetric
