"""Outer surfaces of a tetrahedral mesh with fields averaged at the nodes within each tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
"""Corners of the four faces of a positively oriented tetrahedron, normals outward."""


@dataclass(frozen=True)
class Surface:
    """Triangles of a free surface; nodes are shared within a region but not across regions.

    Attributes
    ----------
    nodes : (p,) int
        Node of the mesh at each surface point.
    triangles : (k, 3) int
        Surface points of each triangle, normals outward.
    region : (p,) int
        Region tag of each surface point.
    """

    nodes: np.ndarray
    triangles: np.ndarray
    region: np.ndarray

    @classmethod
    def of(cls, cells: np.ndarray, region: np.ndarray, keep: np.ndarray | None = None) -> Surface:
        """Free surface of tetrahedra.

        Parameters
        ----------
        cells : (m, 4) int
            Positively oriented tetrahedra.
        region : (m,) int
            Region tag of each.
        keep : (m,) bool, optional
            Tetrahedra that are shown; the surface is that of these alone.
        """
        if keep is not None:
            cells, region = cells[keep], region[keep]
        faces = cells[:, FACES].reshape(-1, 3)
        _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
        free = first[count == 1]
        corner_region = np.repeat(region[free // 4], 3)
        size = int(cells.max(initial=0)) + 1
        key, triangles = np.unique(corner_region * size + faces[free].ravel(), return_inverse=True)
        return cls(key % size, triangles.reshape(-1, 3), key // size)

    def values(self, cells: np.ndarray, region: np.ndarray, cell_values: np.ndarray) -> np.ndarray:
        """Cell values (m,) averaged over the cells of the same region around each surface point → (p,)."""
        size = int(cells.max(initial=0)) + 1
        wanted = self.region * size + self.nodes
        corner_key = (region[:, None] * size + cells).ravel()
        position = np.searchsorted(wanted, corner_key).clip(max=len(wanted) - 1)
        hit = wanted[position] == corner_key
        per_corner = np.repeat(np.asarray(cell_values, dtype=float), 4)
        total = np.bincount(position[hit], per_corner[hit], len(wanted))
        return total / np.maximum(np.bincount(position[hit], minlength=len(wanted)), 1)
