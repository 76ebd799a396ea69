"""A nearly incompressible solid: quadratic displacement and linear, continuous pressure (P2/P1)."""

from __future__ import annotations

from copy import copy

import numpy as np

from fem_lumbar.materials.law import Law
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.kernels import Destination, component_order, deformation_gradient, dense, kernels_for
from fem_lumbar.mechanics.solid import cell_average, push_forward, right_cauchy_green
from fem_lumbar.mechanics.space import QuadraticSpace


class MixedSolid:
    """Energy W(C) + p (J - 1 - s) - p^2 / (2 K) per reference volume, stationary in u and p.

    Perturbed Lagrangian of Sussman & Bathe 1987 (Comput Struct 26:357-409) on the inf-sup stable Taylor-Hood pair.
    The pressure unknown p is the mean stress of the volumetric part, positive in tension, MPa. W may have a volumetric
    part of its own: it constrains the volume pointwise, whereas p constrains it on average, and K is then the remaining
    bulk modulus. Tissue that takes up water would swell freely by the volume strain s; constrained, it has a resting
    pressure.

    Parameters
    ----------
    name : str
        Name of the item.
    space : QuadraticSpace
        Displacement space.
    cells : (n_e,)
        Cells of the tissue.
    law : Law
        Law of the isochoric part and of any pointwise volumetric part, one parameter row per cell.
    bulk_modulus : float
        K of the volumetric part carried by p, MPa.
    first_pressure_dof : int
        Number of the first pressure unknown in the state vector.
    swelling : (n_e,) or float
        Volume strain s at which p vanishes.
    """

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        cells: np.ndarray,
        law: Law,
        bulk_modulus: float,
        first_pressure_dof: int,
        swelling: np.ndarray | float = 0.0,
    ) -> None:
        self.name = name
        self.law = law
        self.bulk_modulus = float(bulk_modulus)
        self.swelling = np.broadcast_to(np.asarray(swelling, dtype=float), len(cells))
        self.nodes = space.cell_nodes[cells]
        self._cells = cells
        shapes, _, _ = space.linear(cells, order=2)
        self.pressure_shapes = np.ascontiguousarray(shapes)
        self.rest_in(space, np.zeros(0))
        self.pressure_nodes, local = np.unique(self.nodes[:, :4], return_inverse=True)
        self.pressure_dofs = first_pressure_dof + np.arange(len(self.pressure_nodes))
        self.dofs = np.column_stack([node_dofs(self.nodes), self.pressure_dofs[local.reshape(-1, 4)]])
        self.ties: Ties = []
        self.packing = component_order(10, 4)
        self._kernels = kernels_for(10, self.weights.shape[1], 4)

    def part(self, rows: np.ndarray) -> MixedSolid:
        """The same solid restricted to cells (m,), on the same unknowns."""
        other = copy(self)
        other.law, other.nodes, other.dofs = self.law.of_cells(rows), self.nodes[rows], self.dofs[rows]
        other.gradients, other.weights, other.swelling = self.gradients[rows], self.weights[rows], self.swelling[rows]
        other._cells, other._swollen_mm3 = self._cells[rows], self._swollen_mm3[rows]
        return other

    def rest_in(self, space: QuadraticSpace, displacement: np.ndarray) -> None:
        """Set the stress-free shape.

        Parameters
        ----------
        space : QuadraticSpace
            Space of the same cells in the stress-free shape.
        displacement : (3 n_nodes,)
            From the stress-free shape to the mesh, mm; empty where they coincide.
        """
        _, self.gradients, self.weights = space.quadratic(self._cells, order=2)
        self._resting = displacement
        self._swollen_mm3 = self.swelling[:, None] * (self.weights @ self.pressure_shapes)  # by pressure unknown

    def from_rest(self, x: np.ndarray) -> np.ndarray:
        """A state (n,) with its displacements counted from the stress-free shape."""
        if not len(self._resting):
            return x
        x = x.copy()
        x[: len(self._resting)] += self._resting
        return x

    def deformation(self, x: np.ndarray) -> np.ndarray:
        """Deformation gradient (n_e, n_q, 3, 3) from the stress-free shape."""
        return deformation_gradient(self.gradients, self.from_rest(x)[self.dofs[:, :30]].reshape(-1, 10, 3))

    def volume_ratio(self, x: np.ndarray) -> np.ndarray:
        """Volume (n_e, n_q) relative to that in the given anatomy."""
        return np.linalg.det(self.deformation(x)) / np.linalg.det(self.deformation(np.zeros_like(x)))

    def pressure(self, x: np.ndarray) -> np.ndarray:
        """Pressure unknown (n_e, n_q) at the quadrature points, MPa, positive in tension."""
        return x[self.dofs[:, 30:]] @ self.pressure_shapes.T

    def _arguments(self, x: np.ndarray) -> tuple:
        law, shapes, bulk = self.law, self.pressure_shapes, self.bulk_modulus
        return self.from_rest(x), self.dofs, self.gradients, self.weights, law.number, law.parameters, shapes, bulk

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Energy (N·mm) and residual (n_e, 34): nodal forces in N, then volume residuals in mm3."""
        energy, rows = self._kernels.forces(*self._arguments(x))
        rows[:, 30:] -= self._swollen_mm3
        return float(energy.sum() - np.sum(self._swollen_mm3 * x[self.dofs[:, 30:]])), rows

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (n_e, 34, 34)."""
        return dense(self._kernels, self._arguments(x), self.packing)

    def add_tangent(self, x: np.ndarray, load_factor: float, destination: Destination) -> None:
        """Add the derivative of the residual to a global matrix."""
        self._kernels.add_tangent(*self._arguments(x), *destination)

    def cauchy_stress(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Volume-averaged Cauchy stress (n_e, 3, 3) MPa and deformation gradient (n_e, 3, 3) of each cell."""
        f = self.deformation(x)
        _, stress, _ = self.law.response(right_cauchy_green(f))
        pressure = self.pressure(x)[..., None, None] * np.eye(3)
        return cell_average(push_forward(f, stress) + pressure, self.weights), cell_average(f, self.weights)
