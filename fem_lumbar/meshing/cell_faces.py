"""Faces of tetrahedra, with the regions on both sides, and connected components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_OUTWARD_FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
"""Corners of the faces of a positively oriented tetrahedron, normals outward."""
FREE = -1
"""Value of ``neighbour`` for a free face."""


@dataclass(frozen=True)
class Faces:
    """The faces of each cell: ``nodes`` (4 m, 3), ``owner`` and ``neighbour`` region (4 m,).

    A face between two cells is listed for both. Normals point out of the owner; free faces have neighbour ``FREE``.
    """

    nodes: np.ndarray
    owner: np.ndarray
    neighbour: np.ndarray


def all_faces(cells: np.ndarray, region: np.ndarray) -> Faces:
    """Faces of tetrahedra (m, 4) in regions (m,), with the regions on both sides."""
    nodes = cells[:, _OUTWARD_FACES].reshape(-1, 3)
    owner = np.repeat(region, 4)
    order = np.lexsort(np.sort(nodes, axis=1).T)
    ordered = np.sort(nodes, axis=1)[order]
    same = np.flatnonzero(np.all(ordered[1:] == ordered[:-1], axis=1))
    neighbour = np.full(len(nodes), FREE)
    neighbour[order[same]] = owner[order[same + 1]]
    neighbour[order[same + 1]] = owner[order[same]]
    return Faces(nodes, owner, neighbour)


def free_faces(cells: np.ndarray) -> np.ndarray:
    """Faces (k, 3) that belong to only one of the tetrahedra (m, 4), normals outward."""
    faces = all_faces(cells, np.zeros(len(cells), dtype=int))
    return faces.nodes[faces.neighbour == FREE]


def pieces(parts: np.ndarray) -> np.ndarray:
    """Connected component (k,) of each of k cells or faces; two are connected when they share a part.

    Parameters
    ----------
    parts : (k, p, c) of int
        Nodes of the p parts of each: its corners (c = 1), edges (2) or faces (3).
    """
    count = len(parts)
    _, link = np.unique(np.sort(parts.reshape(-1, parts.shape[2]), axis=1), axis=0, return_inverse=True)
    ends = np.repeat(np.arange(count), parts.shape[1]), count + link.ravel()
    size = count + int(link.max(initial=-1)) + 1
    _, piece = connected_components(coo_array((np.ones(len(ends[0])), ends), (size, size)), directed=False)
    return np.unique(piece[:count], return_inverse=True)[1]
