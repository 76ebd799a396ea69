"""Contact surfaces on a mesh with straight edges: quadratic, linear, or rounded between the corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.facet_partner import neighbours_across
from fem_lumbar.mechanics.space import TRI_EDGES, QuadraticSpace

_MOST_NODES = 13
"""Nodes that can move a rounded triangle: its own six, its apex, opposite corner and apex of three neighbours."""


@dataclass(frozen=True)
class ContactSurface:
    """Quadratic triangles whose nodes follow those of the mesh.

    Attributes
    ----------
    triangles : (k, 3)
        Corners, normals outward.
    nodes : (k, m)
        Nodes of the mesh that move each triangle; the first ``own`` are its own.
    lift : (k, 6, m)
        Positions of the six nodes of each triangle as sums over nodes of the mesh. Rows sum to one, so that the surface
        follows every rigid motion and its forces transfer to the mesh with the same resultant.
    own : int
        6, or 3 where mid-edge nodes follow the corners.
    """

    triangles: np.ndarray
    nodes: np.ndarray
    lift: np.ndarray
    own: int = 6

    def places(self, positions: np.ndarray) -> np.ndarray:
        """Nodes (k, 6, 3) of the triangles for positions (n, 3) of the nodes of the mesh, mm."""
        return np.einsum("kam,kmi->kai", self.lift, positions[self.nodes])


def straight(space: QuadraticSpace, triangles: np.ndarray) -> ContactSurface:
    """Contact surface of triangles (k, 3) with their straight-sided quadratic nodes."""
    nodes = space.triangle_nodes(triangles)
    return ContactSurface(triangles, nodes, np.tile(np.eye(6), (len(nodes), 1, 1)))


def linear(triangles: np.ndarray) -> ContactSurface:
    """Contact surface of triangles (k, 3) of linear bone, moved by the corners only."""
    lift = np.zeros((6, 3))
    lift[np.arange(3), np.arange(3)] = 1.0
    for middle, ends in enumerate(TRI_EDGES, start=3):
        lift[middle, list(ends)] = 0.5
    return ContactSurface(triangles, triangles, np.tile(lift, (len(triangles), 1, 1)), own=3)


def rounded(space: QuadraticSpace, triangles: np.ndarray, face: np.ndarray) -> ContactSurface:
    """Contact surface of triangles (k, 3), curved to follow the smooth face formed by triangles (m, 3).

    The face is the quadratic height function over the mean plane of its corners that fits them best. Mid-edge nodes are
    raised from the straight edge to the face. They keep their mean position relative to the tetrahedra below the two
    adjacent triangles as these deform, so that the triangles stay connected along the edge.
    """
    four = np.column_stack([face, _apexes(space, face)])
    shares = _raised(space.nodes[four], _bending(space.nodes[np.unique(face)]))
    across = neighbours_across(face)
    edge_of = {(t, int(other)): edge for t, others in enumerate(across) for edge, other in enumerate(others)}
    chosen = _rows(face, triangles)
    nodes = np.tile(space.triangle_nodes(triangles)[:, :1], (1, _MOST_NODES))
    nodes[:, :6] = space.triangle_nodes(triangles)
    lift = np.zeros((len(triangles), 6, _MOST_NODES))
    lift[:, np.arange(6), np.arange(6)] = 1.0
    for row, own in enumerate(chosen):
        column = {int(node): place for place, node in enumerate(nodes[row, :3])}
        for edge, other in enumerate(across[own]):
            below = [(own, edge)] if other < 0 else [(own, edge), (other, edge_of[other, own])]
            for t, its_edge in below:
                for node, share in zip(four[t], shares[t, its_edge] / len(below)):
                    place = column.setdefault(int(node), len(column) + 3)  # 3 to 5 are the mid-edge nodes
                    nodes[row, place] = node
                    lift[row, 3 + edge, place] += share
    return ContactSurface(triangles, nodes, lift)


def _raised(corners: np.ndarray, bending: np.ndarray) -> np.ndarray:
    """Rise (k, 3, 4) of each mid-edge node over its chord, as coefficients of the corners and apex (k, 4, 3).

    The coefficients of each node sum to zero.
    """
    legs = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    shares = np.empty((len(corners), len(TRI_EDGES), 4))
    for edge, (a, b) in enumerate(TRI_EDGES):
        along = corners[:, b] - corners[:, a]
        rise = -np.einsum("ijl,kj,kl->ki", bending, along, along) / 8.0
        shares[:, edge, 1:] = np.linalg.solve(legs, rise[:, :, None])[:, :, 0]
        shares[:, edge, 0] = -shares[:, edge, 1:].sum(axis=1)
    return shares


def _rows(triangles: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Indices (k,) of triangles (k, 3) among all (m, 3)."""
    place = {tuple(corners): row for row, corners in enumerate(triangles.tolist())}
    return np.array([place[tuple(corners)] for corners in some.tolist()], dtype=int)


def _apexes(space: QuadraticSpace, triangles: np.ndarray) -> np.ndarray:
    """Fourth corner (k,) of a tetrahedron on each triangle (k, 3)."""
    cells = space.cell_nodes[:, :4]
    near = cells[np.isin(cells, triangles).sum(axis=1) >= 3]
    faces = near[:, [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]].reshape(-1, 3)  # each across from its apex
    key, wanted = (
        np.sort(corners, axis=1) @ [space.n_corners**2, space.n_corners, 1] for corners in (faces, triangles)
    )
    order = np.argsort(key, kind="stable")
    found = np.searchsorted(key[order], wanted, side="right") - 1
    return near.ravel()[order[found]]


def _bending(points: np.ndarray) -> np.ndarray:
    """Second derivatives (3, 3, 3), 1/mm, of the quadratic function over the mean plane fitted to points (n, 3)."""
    offset = points - points.mean(axis=0)
    first, second, normal = np.linalg.svd(offset, full_matrices=False)[2]
    u, v, height = offset @ first, offset @ second, offset @ normal
    terms = np.column_stack([np.ones(len(u)), u, v, 0.5 * u * u, u * v, 0.5 * v * v])
    uu, uv, vv = np.linalg.lstsq(terms, height, rcond=None)[0][3:]
    in_plane = uu * np.outer(first, first) + vv * np.outer(second, second)
    in_plane += uv * (np.outer(first, second) + np.outer(second, first))
    return normal[:, None, None] * in_plane
