"""Outer surfaces of a tetrahedral mesh with fields averaged at the nodes within each tissue.

Faces of quadratic cells are drawn as four flat triangles on their six nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.mechanics.space import TET_EDGES

FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
"""Corners of the four faces of a positively oriented tetrahedron, normals outward."""

_MIDDLE = {frozenset(edge): 4 + k for k, edge in enumerate(TET_EDGES)}
_PARTS = np.array(
    [
        [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
        for a, b, c in FACES.tolist()
        for ab, bc, ca in [[_MIDDLE[frozenset(edge)] for edge in ((a, b), (b, c), (c, a))]]
    ]
)
"""Nodes (4, 4, 3) of the four flat parts of each face of a quadratic tetrahedron."""


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
        cells : (m, 4) or (m, 10) int
            Nodes of positively oriented tetrahedra, corners first.
        region : (m,) int
            Region tag of each.
        keep : (m,) bool, optional
            Tetrahedra to show; the surface is that of these only.
        """
        if keep is not None:
            cells, region = cells[keep], region[keep]
        size = int(cells.max(initial=0)) + 1
        faces = _face_keys(cells[:, FACES].reshape(-1, 3), size)
        _, first, count = np.unique(faces, return_index=True, return_counts=True)
        cell, face = np.divmod(first[count == 1], 4)
        parts = FACES[:, None] if cells.shape[1] == 4 else _PARTS
        drawn = cells[cell[:, None, None], parts[face]]
        tags = np.broadcast_to(region[cell][:, None, None], drawn.shape)
        key, triangles = np.unique(tags.ravel() * size + drawn.ravel(), return_inverse=True)
        return cls(key % size, triangles.reshape(-1, 3), key // size)

    def values(self, cells: np.ndarray, region: np.ndarray, cell_values: np.ndarray) -> np.ndarray:
        """Values (p,) at the surface points: cell values (m,) averaged over the adjacent cells of the same region."""
        return self.averages(cells, region) @ np.asarray(cell_values, dtype=float)

    def averages(self, cells: np.ndarray, region: np.ndarray) -> csr_array:
        """Matrix (p, m) of these averages, the same for all values on cells (m, 4) or (m, 10) with region tags (m,)."""
        size = int(cells.max(initial=0)) + 1
        wanted = self.region * size + self.nodes
        node_key = (region[:, None] * size + cells).ravel()
        position = np.searchsorted(wanted, node_key).clip(max=len(wanted) - 1)
        hit = wanted[position] == node_key
        cell = np.repeat(np.arange(len(cells)), cells.shape[1])
        share = 1.0 / np.maximum(np.bincount(position[hit], minlength=len(wanted)), 1)
        entries = share[position[hit]], (position[hit], cell[hit])
        return csr_array(entries, shape=(len(wanted), len(cells)))


@dataclass(frozen=True)
class Faces:
    """Boundary faces of regions, once for each region that ends there.

    Attributes
    ----------
    parts : (f, 4, 3) or (f, 1, 3) int
        Nodes of the flat triangles of each face, with outward normals.
    region : (f,) int
        Region bounded by the face.
    neighbour : (f,) int
        Region on its other side; -1 outside.
    """

    parts: np.ndarray
    region: np.ndarray
    neighbour: np.ndarray

    @classmethod
    def of(cls, cells: np.ndarray, region: np.ndarray) -> Faces:
        """Faces of positively oriented tetrahedra (m, 4) or (m, 10), corners first, with region tags (m,)."""
        keys = _face_keys(cells[:, FACES].reshape(-1, 3), int(cells.max(initial=0)) + 1)
        order = np.argsort(keys, kind="stable")
        twice = np.flatnonzero(keys[order[:-1]] == keys[order[1:]])
        one, two = order[twice], order[twice + 1]
        tags = np.repeat(region, len(FACES))
        behind = np.full(len(keys), -1)
        behind[one], behind[two] = tags[two], tags[one]
        found = np.flatnonzero(behind != tags)
        cell, face = np.divmod(found, len(FACES))
        parts = FACES[:, None] if cells.shape[1] == 4 else _PARTS
        return cls(cells[cell[:, None, None], parts[face]], tags[found], behind[found])

    def where(self, keep: np.ndarray) -> Faces:
        """The faces of a mask, (f,) bool."""
        return Faces(self.parts[keep], self.region[keep], self.neighbour[keep])


def flat_parts(triangles: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Flat triangles (4 k, 3) of faces with given corners (k, 3); the faces themselves for linear cells (m, 4)."""
    if cells.shape[1] == 4:
        return triangles
    near = cells[np.isin(cells[:, :4], triangles).sum(axis=1) >= 3]
    faces = near[:, FACES].reshape(-1, 3)
    drawn = near[:, _PARTS].reshape(len(faces), 4, 3)
    size = int(cells.max()) + 1
    key, wanted = (_face_keys(corners, size) for corners in (faces, triangles))
    order = np.argsort(key)
    found = order[np.searchsorted(key, wanted, sorter=order)]
    return drawn[found].reshape(-1, 3)


def _face_keys(corners: np.ndarray, size: int) -> np.ndarray:
    """Integer keys (k,) of faces with corners (k, 3) below ``size``, in any order; they sort like the corners."""
    low, middle, high = np.sort(corners.astype(np.int64), axis=1).T
    return (low * size + middle) * size + high
