"""Contact surfaces on a mesh with straight edges: as the mesh has them, or rounded between its corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.space import TRI_EDGES, QuadraticSpace


@dataclass(frozen=True)
class ContactSurface:
    """Quadratic triangles whose nodes follow those of the mesh.

    Attributes
    ----------
    triangles : (k, 3)
        Corners, normals outward.
    nodes : (k, m)
        Nodes of the mesh that move each triangle; the first six are its own.
    lift : (k, 6, m)
        Place of the six nodes of each triangle as a sum over those of the mesh. Rows add up to one, so that the
        surface goes along with every rigid motion and forces on it balance as forces on the mesh.
    """

    triangles: np.ndarray
    nodes: np.ndarray
    lift: np.ndarray

    def places(self, positions: np.ndarray) -> np.ndarray:
        """Nodes (k, 6, 3) of the triangles for positions (n, 3) of the nodes of the mesh, mm."""
        return np.einsum("kam,kmi->kai", self.lift, positions[self.nodes])


def straight(space: QuadraticSpace, triangles: np.ndarray) -> ContactSurface:
    """Triangles (k, 3) as the mesh has them."""
    nodes = space.triangle_nodes(triangles)
    return ContactSurface(triangles, nodes, np.tile(np.eye(6), (len(nodes), 1, 1)))


def rounded(space: QuadraticSpace, triangles: np.ndarray, face: np.ndarray) -> ContactSurface:
    """Triangles (k, 3) of one smooth face with triangles (m, 3), bent so that the face has no edges.

    The face is the quadratic function that fits its corners best, over their mean plane. Mid-edge nodes are raised by
    what a straight edge cuts it short, and keep that place in the tetrahedron below while it deforms.
    """
    nodes = space.triangle_nodes(triangles)
    apex = _apexes(space, triangles)
    bending = _bending(space.nodes[np.unique(face)])
    corners = space.nodes[triangles]
    edges = np.stack([space.nodes[apex] - corners[:, 0], *(corners[:, b] - corners[:, 0] for b in (1, 2))], axis=2)
    lift = np.zeros((len(triangles), 6, 7))
    lift[:, np.arange(6), np.arange(6)] = 1.0
    for middle, (a, b) in enumerate(TRI_EDGES, start=3):
        along = corners[:, b] - corners[:, a]
        raised = -np.einsum("ijl,kj,kl->ki", bending, along, along) / 8.0
        share = np.linalg.solve(edges, raised[:, :, None])[:, :, 0]
        lift[:, middle, 6], lift[:, middle, 1], lift[:, middle, 2] = share.T
        lift[:, middle, 0] = -share.sum(axis=1)
    return ContactSurface(triangles, np.column_stack([nodes, apex]), lift)


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
    """Second derivatives (3, 3, 3), 1/mm, of the quadratic face that fits points (n, 3) best, over their mean plane."""
    offset = points - points.mean(axis=0)
    first, second, normal = np.linalg.svd(offset, full_matrices=False)[2]
    u, v, height = offset @ first, offset @ second, offset @ normal
    terms = np.column_stack([np.ones(len(u)), u, v, 0.5 * u * u, u * v, 0.5 * v * v])
    uu, uv, vv = np.linalg.lstsq(terms, height, rcond=None)[0][3:]
    in_plane = uu * np.outer(first, first) + vv * np.outer(second, second)
    in_plane += uv * (np.outer(first, second) + np.outer(second, first))
    return normal[:, None, None] * in_plane
