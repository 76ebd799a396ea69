"""Cross-section of the nerve: plane strain, quadratic displacements and linear continuous pressure (Taylor-Hood)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skfem import Basis, BoundaryFacetBasis, ElementTriP1, ElementTriP2, MeshTri, MeshTri2

from fem_lumbar.nerve.ogden import Ogden

_ORDER = 4
"""Degree of the quadrature of cells."""
_PARTS = 12
"""Number of equal parts of an outline edge, each with one midpoint: contact may end inside an edge."""
_FLATNESS = 0.8
"""Height of the triangles between two rings over their mean edge length."""


def disc(radius: float, edges: int = 96) -> MeshTri2:
    """Mesh of a round cross-section about the origin, with curved edges on its outline, mm.

    The number of edges per ring halves towards the centre, so that cells are finest at the outline. ``edges`` is the
    number on the outline, 6 times a power of 2. The mesh is mirror-symmetric.
    """
    counts = [edges]
    while counts[-1] > 6:
        counts.append(counts[-1] // 2)
    size, rings = 1.0, []
    for k, count in enumerate(counts):
        if k:
            size *= (1.0 - _FLATNESS * np.pi / counts[k - 1]) / (1.0 + _FLATNESS * np.pi / count)
        angle = 2.0 * np.pi * np.arange(count) / count
        rings.append(size * np.stack([np.cos(angle), np.sin(angle)]))
    starts = np.cumsum([0, *counts])
    triangles = []
    for k in range(len(counts) - 1):
        inner = np.arange(counts[k + 1])
        following = (inner + 1) % counts[k + 1]
        even, odd, last = starts[k] + 2 * inner, starts[k] + 2 * inner + 1, starts[k] + 2 * following
        here, there = starts[k + 1] + inner, starts[k + 1] + following
        triangles += [np.stack([even, odd, here]), np.stack([odd, there, here]), np.stack([odd, last, there])]
    core = starts[-2] + np.arange(6)
    triangles.append(np.stack([core, starts[-2] + (np.arange(6) + 1) % 6, np.full(6, starts[-1])]))
    flat = MeshTri(np.concatenate([*rings, np.zeros((2, 1))], axis=1), np.concatenate(triangles, axis=1))
    curved = MeshTri2.from_mesh(flat)
    points = curved.doflocs.copy()
    for start, end in flat.facets[:, flat.boundary_facets()].T:
        middle = 0.5 * (flat.p[:, start] + flat.p[:, end])
        at = np.argmin(np.sum((points - middle[:, None]) ** 2, axis=0))
        points[:, at] = middle / np.linalg.norm(middle)
    return MeshTri2(radius * points, curved.t)


@dataclass(frozen=True)
class Assembled:
    """Energy (N), forces (dofs,) and stiffness in triplet form (rows, columns, values)."""

    energy: float
    forces: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray


class PlaneNerve:
    """Internal forces of a nearly incompressible nerve, per mm of its length.

    The unknowns are nodal displacements (2 per node, x before y), followed by pressures at the corners, MPa, positive
    in compression. The pair is inf-sup stable: no locking and no pressure oscillations at a large bulk modulus.

    Parameters
    ----------
    mesh : MeshTri2
        Reference configuration, mm.
    law : Ogden
    bulk_modulus : float
        MPa.
    """

    def __init__(self, mesh: MeshTri2, law: Ogden, bulk_modulus: float) -> None:
        self.mesh, self.law, self.bulk_modulus = mesh, law, bulk_modulus
        cells = Basis(mesh, ElementTriP2(), intorder=_ORDER)
        corners = cells.with_element(ElementTriP1())
        middles = ((np.arange(_PARTS) + 0.5) / _PARTS)[None]
        edges = BoundaryFacetBasis(mesh, ElementTriP2(), quadrature=(middles, np.full(_PARTS, 1.0 / _PARTS)))
        self.count = cells.N
        self.nodes = cells.doflocs.T.copy()
        self._weights = cells.dx
        self._gradients = np.stack([np.broadcast_to(item[0].grad, (2, *cells.dx.shape)) for item in cells.basis])
        self._pressures = np.stack([np.broadcast_to(np.asarray(item[0]), cells.dx.shape) for item in corners.basis])
        self._shapes = np.stack([np.broadcast_to(np.asarray(item[0]), cells.dx.shape) for item in cells.basis])
        self._nodes = cells.element_dofs
        size = len(self._gradients)
        wide = np.zeros((*cells.dx.shape, 4, 2 * size))
        for i in range(2):
            wide[..., 2 * i : 2 * i + 2, i::2] = self._gradients.transpose(2, 3, 1, 0)
        self._wide = wide
        self._compliance = -np.einsum("aeq,ceq,eq->eac", self._pressures, self._pressures, cells.dx / bulk_modulus)
        self._corners = corners.element_dofs + 2 * self.count
        self.unknowns = 2 * self.count + corners.N
        self.edge_nodes = edges.element_dofs
        self.edge_weights = edges.dx
        self.edge_shapes = np.stack([np.broadcast_to(np.asarray(item[0]), edges.dx.shape) for item in edges.basis])
        self.edge_normals = edges.normals
        self._edge_gradients = np.stack([np.broadcast_to(item[0].grad, (2, *edges.dx.shape)) for item in edges.basis])
        displacement = np.stack([2 * self._nodes, 2 * self._nodes + 1])
        self._dofs = np.concatenate([displacement.transpose(1, 0, 2).reshape(-1, self._nodes.shape[1]), self._corners])

    @property
    def area(self) -> float:
        """Area of the undeformed cross-section, mm2."""
        return float(self._weights.sum())

    def assemble(self, x: np.ndarray) -> Assembled:
        """Energy, forces and stiffness at unknowns (dofs,); the energy is infinite if a cell is inverted.

        The energy is W(F) - p (J - 1) - p^2 / 2K; the solution is a saddle point of it.
        """
        f, jacobian = self._deformation(x)
        if jacobian.min() <= 0.0:
            return Assembled(np.inf, np.full(self.unknowns, np.inf), *(np.empty(0),) * 3)
        pressure = self._pressure(x)
        energy, s, tangent = self.law.response(np.swapaxes(f, -1, -2) @ f)
        weights = self._weights
        cofactor = _cofactor(f)
        first = f @ s - pressure[..., None, None] * cofactor
        moduli = self._moduli(f, s, tangent) - pressure[..., None, None] * _COFACTOR_SLOPE
        # Displacements (cell, 2 a + i) against components (i, B) of the gradient at all points of the cell.
        wide = self._wide
        cells, points, parts, size = wide.shape
        flat = wide.reshape(cells, points * parts, size)
        weighted = (weights[..., None, None] * (moduli @ wide)).reshape(flat.shape)
        sides = len(self._dofs)
        stiffness = np.zeros((cells, sides, sides))
        stiffness[:, :size, :size] = np.swapaxes(flat, 1, 2) @ weighted
        open_up = (weights[..., None, None] * (cofactor.reshape(cells, points, 1, 4) @ wide))[:, :, 0]
        up = -np.swapaxes(open_up, 1, 2) @ self._pressures.transpose(1, 2, 0)
        stiffness[:, :size, size:] = up
        stiffness[:, size:, :size] = np.swapaxes(up, 1, 2)
        stiffness[:, size:, size:] = self._compliance
        stiffness = stiffness.transpose(1, 2, 0)
        pull = (weights[..., None] * first.reshape(cells, points, 4)).reshape(cells, 1, -1)
        on_nodes = (pull @ flat)[:, 0].T
        volume = -(jacobian - 1.0) - pressure / self.bulk_modulus
        on_corners = np.einsum("aeq,eq->ae", self._pressures, volume * weights)
        forces = np.bincount(
            self._dofs.ravel(), np.concatenate([on_nodes, on_corners]).ravel(), minlength=self.unknowns
        )
        total = np.sum(weights * (energy - pressure * (jacobian - 1.0) - 0.5 * pressure**2 / self.bulk_modulus))
        rows = np.broadcast_to(self._dofs[:, None], stiffness.shape)
        columns = np.broadcast_to(self._dofs[None], stiffness.shape)
        return Assembled(float(total), forces, rows.ravel(), columns.ravel(), stiffness.ravel())

    def inertia(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Integral of products of the shape functions, mm2, as triplets over the displacements."""
        mass = np.einsum("aeq,ceq,eq->ace", self._shapes, self._shapes, self._weights)
        rows = np.broadcast_to(self._nodes[:, None], mass.shape).ravel()
        columns = np.broadcast_to(self._nodes[None], mass.shape).ravel()
        return (
            np.concatenate([2 * rows, 2 * rows + 1]),
            np.concatenate([2 * columns, 2 * columns + 1]),
            np.tile(mass.ravel(), 2),
        )

    def pressures(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hydrostatic pressures (n,) in the deformed section, MPa, + compression, and the area of each point, mm2."""
        _, jacobian = self._deformation(x)
        return self._pressure(x).ravel(), (jacobian * self._weights).ravel()

    def mean_stress(self, x: np.ndarray) -> np.ndarray:
        """Integral (2, 2) of the Cauchy stress over the deformed section, N."""
        f, _ = self._deformation(x)
        _, s, _ = self.law.response(np.einsum("...ki,...kj->...ij", f, f))
        kirchhoff = np.einsum("...ik,...kl,...jl->...ij", f, s, f)
        kirchhoff -= (self._pressure(x) * np.linalg.det(f))[..., None, None] * np.eye(2)
        return np.einsum("eqij,eq->ij", kirchhoff, self._weights)

    def positions(self, x: np.ndarray) -> np.ndarray:
        """Current positions (n, 2) of the nodes, mm."""
        return self.nodes + x[: 2 * self.count].reshape(-1, 2)

    def edge_stretch(self, x: np.ndarray) -> np.ndarray:
        """Deformed over undeformed length of the outline (edges, points)."""
        u = x[: 2 * self.count].reshape(-1, 2)
        gradient = np.einsum("aei,ajeq->ijeq", u[self.edge_nodes], self._edge_gradients)
        tangent = np.stack([-self.edge_normals[1], self.edge_normals[0]])
        moved = tangent + np.einsum("ijeq,jeq->ieq", gradient, tangent)
        return np.linalg.norm(moved, axis=0)

    def _deformation(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u = x[: 2 * self.count].reshape(-1, 2)
        f = np.eye(2) + np.einsum("aei,ajeq->eqij", u[self._nodes], self._gradients)
        return f, f[..., 0, 0] * f[..., 1, 1] - f[..., 0, 1] * f[..., 1, 0]

    @staticmethod
    def _moduli(f: np.ndarray, s: np.ndarray, tangent: np.ndarray) -> np.ndarray:
        """d(FS)/dF (..., 4, 4) over the components of F in the order 00, 01, 10, 11."""
        strain = np.zeros((*f.shape[:-2], 4, 4))  # F^T dF
        geometric = np.zeros_like(strain)
        for i in range(2):
            for column in range(2):
                strain[..., 2 * np.arange(2) + column, 2 * i + column] = f[..., i, :]
            geometric[..., 2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = s
        return 2.0 * np.swapaxes(strain, -1, -2) @ tangent.reshape(*f.shape[:-2], 4, 4) @ strain + geometric

    def _pressure(self, x: np.ndarray) -> np.ndarray:
        return np.einsum("ae,aeq->eq", x[self._corners], self._pressures)


def _cofactor(f: np.ndarray) -> np.ndarray:
    """dJ/dF of tensors (..., 2, 2)."""
    return np.stack(
        [np.stack([f[..., 1, 1], -f[..., 1, 0]], axis=-1), np.stack([-f[..., 0, 1], f[..., 0, 0]], axis=-1)], axis=-2
    )


def _cofactor_slope() -> np.ndarray:
    """d2J/dF2 (4, 4), a constant in the plane."""
    slope = np.zeros((2, 2, 2, 2))
    slope[0, 0, 1, 1] = slope[1, 1, 0, 0] = 1.0
    slope[0, 1, 1, 0] = slope[1, 0, 0, 1] = -1.0
    return slope.reshape(4, 4)


_COFACTOR_SLOPE = _cofactor_slope()
