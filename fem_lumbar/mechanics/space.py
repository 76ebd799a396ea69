"""Quadratic displacement space of a straight-sided tetrahedral mesh, from scikit-fem."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import numpy as np
from skfem import Basis, ElementTetP1, ElementTetP2, ElementTriP2, MeshTet, MeshTri

TET_EDGES = ((0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3))
"""Local ends of the mid-edge nodes 4..9 of a tetrahedron, in scikit-fem's order."""

TRI_EDGES = ((0, 1), (1, 2), (0, 2))
"""Local ends of the mid-edge nodes 3..5 of a triangle, in scikit-fem's order."""


class QuadraticSpace:
    """Nodes of the quadratic space: corners keep their numbers, and mid-edge nodes are numbered after them.

    Parameters
    ----------
    points : (n, 3)
        Corner nodes, mm.
    cells : (m, 4)
        Tetrahedra.
    """

    def __init__(self, points: np.ndarray, cells: np.ndarray) -> None:
        self.mesh = MeshTet(np.ascontiguousarray(points.T), np.ascontiguousarray(cells.T))
        basis = Basis(self.mesh, ElementTetP2(), intorder=1)
        self.nodes = basis.doflocs.T.copy()
        self.cell_nodes = basis.element_dofs.T.copy()
        self.n_corners = len(points)
        self.edges = self.mesh.edges.T
        self._edge_keys = self._key(self.edges)
        self._edge_order = np.argsort(self._edge_keys)
        self._tabulated: dict[tuple[str, int, bytes], tuple[np.ndarray, ...]] = {}
        self._unmoved: QuadraticSpace | None = None

    def moved(self, points: np.ndarray) -> QuadraticSpace:
        """The space of the same cells with its corners at other points (n, 3), mm."""
        other = copy(self)
        other.nodes = np.vstack([points, points[self.edges].mean(axis=1)])
        other._tabulated = {}
        other._unmoved = self
        return other

    @property
    def n_nodes(self) -> int:
        """Number of quadratic nodes."""
        return len(self.nodes)

    def _key(self, ends: np.ndarray) -> np.ndarray:
        ends = np.sort(np.asarray(ends, dtype=np.int64), axis=-1)
        return ends[..., 0] * len(self.mesh.p.T) + ends[..., 1]

    def mid_nodes(self, ends: np.ndarray) -> np.ndarray:
        """Mid-edge node of each pair of corners (..., 2)."""
        keys = self._key(ends)
        found = self._edge_order[np.searchsorted(self._edge_keys, keys, sorter=self._edge_order)]
        if not np.array_equal(self._edge_keys[found], keys):
            raise ValueError("not an edge of the mesh")
        return self.n_corners + found

    def triangle_nodes(self, triangles: np.ndarray) -> np.ndarray:
        """Six nodes (k, 6) of boundary or interface triangles given by corners (k, 3)."""
        mids = [self.mid_nodes(triangles[:, list(edge)]) for edge in TRI_EDGES]
        return np.column_stack([triangles, *mids])

    def quadratic(self, cells: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shape-function values (n_q, 10), gradients (n_e, n_q, 10, 3) and weights (n_e, n_q) of quadratic cells."""
        return self._once(
            "quadratic", order, cells, lambda: Basis(self.mesh, ElementTetP2(), elements=cells, intorder=order)
        )

    def linear(self, cells: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shape-function values (n_q, 4), gradients (n_e, n_q, 4, 3) and weights (n_e, n_q) of linear cells."""
        return self._once(
            "linear", order, cells, lambda: Basis(self.mesh, ElementTetP1(), elements=cells, intorder=order)
        )

    def _once(
        self, kind: str, order: int, cells: np.ndarray, basis: Callable[[], Basis]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tabulated shape functions of cells, cached."""
        key = kind, order, np.asarray(cells).tobytes()
        if key not in self._tabulated:
            before = self._unmoved
            self._tabulated[key] = (
                _tabulate(basis())
                if before is None
                else self._carried(before, cells, before._once(kind, order, cells, basis))
            )
        values, gradients, weights = self._tabulated[key]
        return values, gradients, weights

    def _carried(
        self, before: QuadraticSpace, cells: np.ndarray, tabulated: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tabulated shape functions mapped to the moved cells: the deformation of straight-sided cells is affine."""
        corners = self.cell_nodes[cells, :4]
        edges, edges_before = (nodes[corners[:, 1:]] - nodes[corners[:, :1]] for nodes in (self.nodes, before.nodes))
        inverse = np.linalg.solve(edges, edges_before)  # rows are edges: the transpose of the inverse deformation
        values, gradients, weights = tabulated
        n, points, nodes, _ = gradients.shape
        carried = gradients.reshape(n, -1, 3) @ np.swapaxes(inverse, 1, 2)
        return values, carried.reshape(n, points, nodes, 3), weights / np.linalg.det(inverse)[:, None]

    def triangles(self, triangles: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Quadratic triangles in their own planes.

        Returns
        -------
        values : (n_q, 6)
            Shape functions at the quadrature points.
        gradients : (k, n_q, 6, 2)
            In-plane gradients, 1/mm.
        weights : (k, n_q)
            Quadrature weights times area, mm2.
        frames : (k, 3, 2)
            Two orthonormal in-plane vectors of each triangle, as columns.
        """
        corners = self.nodes[triangles]
        first = corners[:, 1] - corners[:, 0]
        second = corners[:, 2] - corners[:, 0]
        t1 = first / np.linalg.norm(first, axis=1, keepdims=True)
        t2 = second - np.sum(second * t1, axis=1, keepdims=True) * t1
        t2 /= np.linalg.norm(t2, axis=1, keepdims=True)
        frames = np.stack([t1, t2], axis=2)
        # Unconnected flat copies, so that scikit-fem tabulates each triangle in its own plane.
        flat = np.einsum("kai,kij->kaj", corners - corners[:, :1], frames)
        mesh = MeshTri(flat.reshape(-1, 2).T.copy(), np.arange(3 * len(triangles)).reshape(-1, 3).T.copy())
        values, gradients, weights = _tabulate(Basis(mesh, ElementTriP2(), intorder=order))
        return values, gradients, weights, frames


def _tabulate(basis: Basis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    fields = [shape[0] for shape in basis.basis]
    gradients = np.stack([np.moveaxis(field.grad, 0, -1) for field in fields], axis=2)
    values = np.stack([np.broadcast_to(np.asarray(field), basis.dx.shape)[0] for field in fields], axis=1)
    return values, np.ascontiguousarray(gradients), np.ascontiguousarray(basis.dx)
