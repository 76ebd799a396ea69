"""A deformable solid in displacement form: quadratic or linear tetrahedra with any hyperelastic law."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.law import Law
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.kernels import Destination, component_order, deformation_gradient, dense, kernels_for
from fem_lumbar.mechanics.space import TET_EDGES, QuadraticSpace


class Solid:
    """Cells of one tissue, total Lagrangian.

    Parameters
    ----------
    name : str
        Name of the item.
    nodes : (n_e, k)
        Node numbers of the cells, k = 10 (quadratic) or 4 (linear).
    gradients : (n_e, n_q, k, 3)
        Reference gradients of the shape functions, 1/mm.
    weights : (n_e, n_q)
        Quadrature weights times reference volume, mm3.
    law : Law
        Constitutive law with one parameter row per cell.
    ties : list
        Mid-edge nodes that follow their edge ends (see :mod:`fem_lumbar.mechanics.item`).
    """

    def __init__(
        self,
        name: str,
        nodes: np.ndarray,
        gradients: np.ndarray,
        weights: np.ndarray,
        law: Law,
        ties: Ties | None = None,
    ) -> None:
        self.name = name
        self.nodes = nodes
        self.gradients = gradients
        self.weights = weights
        self.law = law
        self.dofs = node_dofs(nodes)
        self.ties = ties or []
        self.packing = component_order(nodes.shape[1], 0)
        self._kernels = kernels_for(nodes.shape[1], weights.shape[1], 0)
        self._tied_gradients = tied_gradients(gradients, self.ties)
        self._no_pressure = np.empty((weights.shape[1], 0))

    @classmethod
    def quadratic(
        cls, name: str, space: QuadraticSpace, cells: np.ndarray, law: Law, tied: np.ndarray | None = None
    ) -> Solid:
        """Quadratic cells; ``tied`` (n_nodes,) bool marks mid-edge nodes that follow their edge ends."""
        nodes = space.cell_nodes[cells]
        _, gradients, weights = space.quadratic(cells, order=2)
        return cls(name, nodes, gradients, weights, law, [] if tied is None else edge_ties(nodes, tied, TET_EDGES))

    @classmethod
    def linear(cls, name: str, space: QuadraticSpace, cells: np.ndarray, law: Law) -> Solid:
        """Linear cells on the corner nodes."""
        _, gradients, weights = space.linear(cells, order=1)
        return cls(name, space.cell_nodes[cells][:, :4], gradients, weights, law)

    def part(self, rows: np.ndarray) -> Solid:
        """The same solid restricted to cells (m,)."""
        law = self.law.of_cells(rows)
        return Solid(self.name, self.nodes[rows], self.gradients[rows], self.weights[rows], law)

    def deformation(self, x: np.ndarray) -> np.ndarray:
        """Deformation gradient (n_e, n_q, 3, 3)."""
        return deformation_gradient(self.gradients, x[self.dofs].reshape(*self.nodes.shape, 3))

    def volume_ratio(self, x: np.ndarray) -> np.ndarray:
        """Volume over reference volume, J (n_e, n_q)."""
        return np.linalg.det(self.deformation(x))

    def _arguments(self, x: np.ndarray, gradients: np.ndarray) -> tuple:
        law = self.law
        return x, self.dofs, gradients, self.weights, law.number, law.parameters, self._no_pressure, 1.0

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and nodal forces (n_e, 3 k) in N."""
        energy, rows = self._kernels.forces(*self._arguments(x, self.gradients))
        return float(energy.sum()), rows

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent stiffness (n_e, 3 k, 3 k), N/mm."""
        return dense(self._kernels, self._arguments(x, self.gradients), self.packing)

    def add_tangent(self, x: np.ndarray, load_factor: float, destination: Destination) -> None:
        """Add the tangent, ties applied, to a global matrix."""
        self._kernels.add_tangent(*self._arguments(x, self._tied_gradients), *destination)

    def cauchy_stress(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Volume-averaged Cauchy stress (n_e, 3, 3) MPa and deformation gradient (n_e, 3, 3) of each cell."""
        f = self.deformation(x)
        _, stress, _ = self.law.response(right_cauchy_green(f))
        return cell_average(push_forward(f, stress), self.weights), cell_average(f, self.weights)


def right_cauchy_green(f: np.ndarray) -> np.ndarray:
    """C = F^T F at every point (..., 3, 3)."""
    return np.einsum("...ki,...kj->...ij", f, f)


def push_forward(f: np.ndarray, stress: np.ndarray) -> np.ndarray:
    """Cauchy stress (..., 3, 3) of second Piola-Kirchhoff stresses (..., 6), both MPa."""
    s11, s22, s33, s12, s23, s13 = np.moveaxis(stress, -1, 0)
    tensor = np.stack([s11, s12, s13, s12, s22, s23, s13, s23, s33], axis=-1).reshape(*stress.shape[:-1], 3, 3)
    return np.einsum("...ij,...jk,...lk->...il", f, tensor, f) / np.linalg.det(f)[..., None, None]


def cell_average(field: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average over the quadrature points of each cell of a field (n_e, n_q, ...)."""
    return np.einsum("eq...,eq->e...", field, weights / weights.sum(axis=1, keepdims=True))


def edge_ties(nodes: np.ndarray, tied: np.ndarray, edges: tuple[tuple[int, int], ...]) -> Ties:
    """Ties of the mid-edge nodes marked in ``tied`` (n_nodes,) for cells (n_e, corners + edges)."""
    n_corners = nodes.shape[1] - len(edges)
    ties = []
    for k, (a, b) in enumerate(edges):
        rows = np.flatnonzero(tied[nodes[:, n_corners + k]])
        if len(rows):
            ties.append((rows, n_corners + k, a, b))
    return ties


def tied_gradients(gradients: np.ndarray, ties: Ties) -> np.ndarray:
    """Gradients (n_e, n_q, k, ...) of the shape functions that remain when mid-edge nodes follow their edge ends."""
    if not ties:
        return gradients
    out = gradients.copy()
    for rows, middle, a, b in ties:
        out[rows, :, a] += 0.5 * gradients[rows, :, middle]
        out[rows, :, b] += 0.5 * gradients[rows, :, middle]
        out[rows, :, middle] = 0.0
    return out
