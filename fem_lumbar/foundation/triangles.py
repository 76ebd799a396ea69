"""Measuring on triangulated surfaces: areas, best-fit planes, plane sections, rays, closest points."""

from __future__ import annotations

import numpy as np

_ON_EDGE = 1e-9
_FACING_COSINE = 0.7
"""A point faces a surface when its way to the closest point is nearer to the normal than this."""


def edge_counts(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (e, 2), lower node first, of triangles (k, 3), and how many triangles share each (e,)."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    return np.unique(edges, axis=0, return_counts=True)


def area_vectors(corners: np.ndarray) -> np.ndarray:
    """Normals (..., 3) of triangles (..., 3, 3), as long as their areas (mm²)."""
    first, second, third = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    return 0.5 * np.cross(second - first, third - first)


def unit_normals(corners: np.ndarray) -> np.ndarray:
    """Unit normals (k, 3) of triangles (k, 3, 3) that have an area."""
    normals = area_vectors(corners)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def areas(corners: np.ndarray) -> np.ndarray:
    """Areas (k,) of triangles (k, 3, 3), mm²."""
    return np.linalg.norm(area_vectors(corners), axis=1)


def area_mean(corners: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean (d,) over triangles (k, 3, 3), by area, of ``values`` (k, 3, d) that are given at their corners."""
    weight = areas(corners)
    return weight @ values.mean(axis=1) / weight.sum()


def area_moments(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centroid (3,), mm, of the area of triangles (k, 3, 3), and second moments (3, 3) about it, mm⁴."""
    weight, middle = areas(corners), corners.mean(axis=1)
    centre = weight @ middle / weight.sum()
    at_corners, at_middle = corners - centre, middle - centre
    moments = np.einsum("k,kci,kcj->ij", weight, at_corners, at_corners)
    moments += 9.0 * np.einsum("k,ki,kj->ij", weight, at_middle, at_middle)
    return centre, moments / 12.0


def best_fit_plane(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centroid (3,) of triangles (k, 3, 3) and the unit normal (3,) of their plane, on the side they face."""
    centre, moments = area_moments(corners)
    normal = np.linalg.eigh(moments)[1][:, 0]
    return centre, normal * np.sign(normal @ area_vectors(corners).sum(axis=0))


def crossings(segments: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Points (p, 3) where segments (s, 2, 3) cross the plane through ``origin`` (3,) with ``normal`` (3,)."""
    height = (segments - origin) @ normal
    across = (height[:, 0] >= 0.0) != (height[:, 1] >= 0.0)
    height, segments = height[across], segments[across]
    share = height[:, 0] / (height[:, 0] - height[:, 1])
    return segments[:, 0] + share[:, None] * (segments[:, 1] - segments[:, 0])


def section(corners: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Segments (s, 2, 3) in which triangles (k, 3, 3) meet the plane through ``origin`` (3,) with ``normal`` (3,)."""
    above = (corners - origin) @ normal >= 0.0
    cut = corners[above.any(axis=1) & ~above.all(axis=1)]
    above = (cut - origin) @ normal >= 0.0
    lone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), above.argmin(axis=1))
    each = np.arange(len(cut))
    ends = [
        crossings(np.stack([cut[each, lone], cut[each, (lone + step) % 3]], axis=1), origin, normal) for step in (1, 2)
    ]
    return np.stack(ends, axis=1)


def ray_hits(corners: np.ndarray, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Distances (h,), growing, at which a ray from ``origin`` (3,) along ``direction`` (3,) meets triangles (k, 3, 3).

    A hit on an edge counts for each triangle at that edge.
    """
    direction = direction / np.linalg.norm(direction)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(direction, second)
    determinant = np.einsum("ki,ki->k", first, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = origin - corners[:, 0]
        u = np.einsum("ki,ki->k", offset, across) / determinant
        around = np.cross(offset, first)
        v = around @ direction / determinant
        distance = np.einsum("ki,ki->k", second, around) / determinant
        inside = (u >= -_ON_EDGE) & (v >= -_ON_EDGE) & (u + v <= 1.0 + _ON_EDGE) & (distance > 0.0)
    return np.sort(distance[inside & np.isfinite(distance)])


def closest(points: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Closest point (n, 3) of triangles (k, 3, 3) to each of ``points`` (n, 3), and the triangle it lies on (n,)."""
    from fem_lumbar.foundation.closest_point import nearest_on_surface

    partner, feet = nearest_on_surface(np.ascontiguousarray(points, float), np.ascontiguousarray(corners, float))
    return feet, partner


def nearest_normals(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Unit normals (n, 3) of those of the triangles (k, 3, 3) that ``points`` (n, 3) are nearest to."""
    return unit_normals(corners)[closest(points, corners)[1]]


def facing_distances(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Distances (n,) of ``points`` (n, 3) from triangles (k, 3, 3) along their normals, negative behind them, mm.

    NaN for points that lie beyond the rim of the surface rather than in front of it or behind it.
    """
    feet, partner = closest(points, corners)
    away, normal = points - feet, area_vectors(corners)[partner]
    along = np.einsum("ni,ni->n", away, normal) / np.linalg.norm(normal, axis=1)
    beyond = np.abs(along) < _FACING_COSINE * np.linalg.norm(away, axis=1)
    return np.where(beyond, np.nan, along)


def samples(corners: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points spread over triangles (k, 3, 3), not further apart than ``spacing`` (mm).

    Returns
    -------
    points : ndarray (s, 3)
        mm.
    weights : ndarray (s,)
        Area of each, mm².
    normals : ndarray (s, 3)
        Unit normals.
    """
    edges = corners - np.roll(corners, 1, axis=1)
    parts = np.maximum(1, np.ceil(np.linalg.norm(edges, axis=2).max(axis=1) / spacing)).astype(int)
    area, normal = areas(corners), area_vectors(corners)
    found = []
    for count in np.unique(parts):
        own = parts == count
        shares = _middles(count)
        points = np.einsum("sc,kci->ksi", shares, corners[own]).reshape(-1, 3)
        unit = normal[own] / np.maximum(area[own], 1e-300)[:, None]
        found.append((points, np.repeat(area[own] / len(shares), len(shares)), np.repeat(unit, len(shares), axis=0)))
    points, weights, normals = (np.concatenate(item) for item in zip(*found))
    return points, weights, normals


def _middles(count: int) -> np.ndarray:
    """Barycentric middles (count², 3) of the equal parts of a triangle whose edges are cut into ``count``."""
    i, j = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    upright, inverted = i + j < count, i + j < count - 1
    first = np.concatenate([i[upright] + 1 / 3, i[inverted] + 2 / 3]) / count
    second = np.concatenate([j[upright] + 1 / 3, j[inverted] + 2 / 3]) / count
    return np.column_stack([first, second, 1.0 - first - second])
