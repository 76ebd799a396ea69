"""Volumes, shape measure, edges and shared faces of tetrahedra."""

from __future__ import annotations

import numpy as np

EDGES = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
_FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])


def signed_volumes(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Volumes (m,) of tetrahedra, mm³; negative for inverted ones."""
    a, b, c, d = (points[cells[:, i]] for i in range(4))
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6.0


def mean_ratio(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Mean-ratio shape measure (m,): 1 for a regular tetrahedron, 0 for a flat one, negative when inverted.

    Liu and Joe 1994, BIT 34:268-287: 12 (3 V)^(2/3) over the sum of the squared edge lengths.
    """
    volume = signed_volumes(points, cells)
    squares = sum(np.sum((points[cells[:, i]] - points[cells[:, j]]) ** 2, axis=1) for i, j in EDGES)
    return 12.0 * np.sign(volume) * (3.0 * np.abs(volume)) ** (2.0 / 3.0) / squares


def oriented(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The tetrahedra (m, 4) with inverted ones renumbered, so that all volumes are positive."""
    turned = signed_volumes(points, cells) < 0.0
    cells = cells.copy()
    cells[turned] = cells[turned][:, [0, 2, 1, 3]]
    return cells


def cell_edges(cells: np.ndarray) -> np.ndarray:
    """Unique edges (k, 2) of tetrahedra, lower node first."""
    return np.unique(np.sort(cells[:, EDGES].reshape(-1, 2), axis=1), axis=0)


def shared_faces(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces (k, 3) between two cells, and those cells (k,), (k,); the second is −1 for faces of one cell only."""
    nodes = cells[:, _FACES].reshape(-1, 3)
    ordered = np.sort(nodes, axis=1)
    order = np.lexsort(ordered.T[::-1])
    ordered = ordered[order]
    same = np.append(np.all(ordered[1:] == ordered[:-1], axis=1), False)
    second = np.append(False, same[:-1])
    owner = order // 4
    other = np.where(same, np.append(owner[1:], -1), -1)
    return nodes[order][~second], owner[~second], other[~second]
