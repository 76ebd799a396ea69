"""Structured tetrahedral meshes by extrusion, and the boundary of a mesh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from skfem import MeshTri

from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.mechanics.space import QuadraticSpace

Mapping = Callable[[np.ndarray], np.ndarray]


def rectangle(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) and triangles (k, 3) of a grid with the given lines."""
    mesh = MeshTri.init_tensor(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return mesh.p.T.copy(), mesh.t.T.copy()


def triangle(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (m, 2) and n² triangles (k, 3) of the triangle (0, 0), (1, 0), (0, 1)."""
    number = {key: k for k, key in enumerate((i, j) for i in range(n + 1) for j in range(n + 1 - i))}
    triangles = []
    for i, j in number:
        if i + j < n:
            triangles.append((number[i, j], number[i + 1, j], number[i, j + 1]))
        if i + j < n - 1:
            triangles.append((number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]))
    return np.array(list(number), dtype=float) / n, np.array(triangles)


def disc(radii: np.ndarray, sectors: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) and triangles (k, 3) of a disc of rings: ring k has k points in each of six sixty-degree sectors.

    Parameters
    ----------
    radii : (m,)
        Radius of each ring, growing.
    sectors : int
        Six for the whole disc.
    """
    points, rings = [np.zeros((1, 2))], [np.array([0])]
    for k, radius in enumerate(radii, start=1):
        angles = np.arange(sectors * k) * 2 * np.pi / (sectors * k)
        first = rings[-1][-1] + 1
        rings.append(first + np.arange(sectors * k))
        points.append(radius * np.column_stack([np.cos(angles), np.sin(angles)]))
    triangles = []
    for k in range(1, len(rings)):
        inner, outer = rings[k - 1], rings[k]
        for sector in range(sectors):
            for j in range(k):
                a = outer[sector * k + j]
                b = outer[(sector * k + j + 1) % len(outer)]
                c = inner[(sector * (k - 1) + j) % len(inner)]
                triangles.append((a, b, c))
                if j < k - 1:
                    triangles.append((c, b, inner[(sector * (k - 1) + j + 1) % len(inner)]))
    return np.vstack(points), np.array(triangles)


def quarter_disc(radii: np.ndarray, growing: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) and triangles (k, 3) of a quarter of a disc in the first quadrant.

    Parameters
    ----------
    radii : (m,)
        Radius of each ring.
    growing : int
        Ring k has 2 k cells around the quarter up to this ring; those further out have as many as this one.
    """
    points, rings = [np.zeros((1, 2))], [np.array([0])]
    for k, radius in enumerate(radii, start=1):
        angles = np.linspace(0.0, np.pi / 2, 2 * min(k, growing) + 1)
        rings.append(rings[-1][-1] + 1 + np.arange(len(angles)))
        ray = np.column_stack([np.cos(angles), np.sin(angles)])
        points.append(radius * np.where(np.abs(ray) < 1e-12, 0.0, ray))
    triangles = []
    for k in range(1, len(rings)):
        inner, outer = rings[k - 1], rings[k]
        if len(inner) == len(outer):
            triangles += [(outer[j], outer[j + 1], inner[j]) for j in range(len(inner) - 1)]
            triangles += [(inner[j], outer[j + 1], inner[j + 1]) for j in range(len(inner) - 1)]
            continue
        for half in range(2):
            a, c = outer[half * k :], inner[half * (k - 1) :]
            triangles += [(a[j], a[j + 1], c[j]) for j in range(k)]
            triangles += [(c[j], a[j + 1], c[j + 1]) for j in range(k - 1)]
    return np.vstack(points), np.array(triangles)


def extruded(plane: tuple[np.ndarray, np.ndarray], levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3) and tetrahedra (m, 4) of plane triangles drawn through levels of the third coordinate.

    Every prism is cut in three along diagonals that run from the lower to the higher point number, so that
    neighbours agree: upwards in even layers and downwards in odd ones, so that an even number of equal layers is
    symmetric top to bottom.
    """
    points, triangles = plane
    n = len(points)
    a, b, c = np.sort(triangles, axis=1).T
    cells = []
    for layer in range(len(levels) - 1):
        near, far = (layer, layer + 1) if layer % 2 == 0 else (layer + 1, layer)
        p, q = near * n, far * n
        cells.append(np.column_stack([a + p, b + p, c + p, c + q]))
        cells.append(np.column_stack([a + p, b + p, b + q, c + q]))
        cells.append(np.column_stack([a + p, a + q, b + q, c + q]))
    nodes = np.column_stack([np.tile(points, (len(levels), 1)), np.repeat(np.asarray(levels, dtype=float), n)])
    return nodes, np.vstack(cells)


def block(x: np.ndarray, y: np.ndarray, z: np.ndarray, mapping: Mapping | None = None) -> QuadraticSpace:
    """Quadratic space of a box of grid lines, its corners moved by a mapping of points (n, 3)."""
    points, cells = extruded(rectangle(x, y), z)
    return QuadraticSpace(points if mapping is None else mapping(points), cells)


def graded(length: float, first: float, count: int) -> np.ndarray:
    """Grid lines (count + 1,) from 0 to a length whose spacing grows geometrically from a first spacing."""
    low, high = 1.0 + 1e-9, 10.0
    for _ in range(200):  # bisection for the ratio at which the spacings add up
        ratio = 0.5 * (low + high)
        low, high = (ratio, high) if first * (ratio**count - 1) / (ratio - 1) < length else (low, ratio)
    lines = np.concatenate([[0.0], np.cumsum(first * ratio ** np.arange(count))])
    return lines * length / lines[-1]


def boundary(space: QuadraticSpace, where: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Boundary triangles (k, 3), normals outward, of which all corners satisfy a condition on points (n, 3)."""
    facets = space.mesh.boundary_facets()
    triangles = space.mesh.facets.T[facets]
    chosen = where(space.nodes[triangles.ravel()]).reshape(-1, 3).all(axis=1)
    triangles, cells = triangles[chosen].copy(), space.mesh.f2t[0][facets][chosen]
    corners = space.nodes[triangles]
    normal = area_vectors(corners)
    inside = space.nodes[space.cell_nodes[cells, :4]].mean(axis=1)
    inward = np.sum(normal * (inside - corners[:, 0]), axis=1) > 0
    triangles[inward] = triangles[inward][:, [0, 2, 1]]
    return triangles
