"""Closest points on a triangulated surface."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}


def nearest_on_surface(points: np.ndarray, triangles: np.ndarray, together: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Nearest triangle (n,) to each point (n, 3) of a surface (m, 3, 3), and the closest point (n, 3) on it.

    Every triangle is tested: first its bounding sphere, then, where that is near enough, the triangle itself. Of
    triangles at equal distance within round-off the one with the nearest centroid counts, so that runs are
    reproducible.

    Parameters
    ----------
    points : (n, 3)
    triangles : (m, 3, 3)
    together : int
        Number of consecutive triangles that lie together, as parts of one facet do, and share a bounding sphere. It
        saves time and does not affect the result. It must divide the number of triangles.
    """
    return _nearest(points, triangles, together)


@numba.njit(parallel=True, **_OPTIONS)
def _nearest(points: np.ndarray, triangles: np.ndarray, together: int) -> tuple[np.ndarray, np.ndarray]:
    n_points, n_triangles = len(points), len(triangles)
    n_groups = n_triangles // together
    centroids, middles, radii = np.empty((3, n_triangles)), np.empty((3, n_groups)), np.empty(n_groups)
    for group in range(n_groups):
        first = group * together
        for i in range(3):
            middles[i, group] = 0.0
            for t in range(first, first + together):
                centroids[i, t] = (triangles[t, 0, i] + triangles[t, 1, i] + triangles[t, 2, i]) / 3.0
                middles[i, group] += centroids[i, t] / together
        square = 0.0
        for t in range(first, first + together):
            for corner in range(3):
                away = 0.0
                for i in range(3):
                    away += (triangles[t, corner, i] - middles[i, group]) ** 2
                square = max(square, away)
        radii[group] = np.sqrt(square)
    partner, feet = np.zeros(n_points, dtype=np.int64), np.empty((n_points, 3))
    n_blocks = (n_points + 15) // 16
    for block in numba.prange(n_blocks):
        to_middle, foot = np.empty(n_groups), np.empty(3)
        near, distance = np.empty(n_triangles, dtype=np.int64), np.empty(n_triangles)
        for n in range(16 * block, min(16 * block + 16, n_points)):
            point = points[n]
            for group in range(n_groups):
                dx, dy, dz = point[0] - middles[0, group], point[1] - middles[1, group], point[2] - middles[2, group]
                to_middle[group] = np.sqrt(dx * dx + dy * dy + dz * dz)
            nearest, count = np.inf, 0
            first = to_middle.argmin() * together
            for t in range(first, first + together):
                nearest = min(nearest, _closest(point, triangles[t], foot))
            for group in range(n_groups):
                if to_middle[group] - radii[group] <= nearest:
                    for t in range(group * together, (group + 1) * together):
                        near[count], distance[count] = t, _closest(point, triangles[t], foot)
                        nearest = min(nearest, distance[count])
                        count += 1
            nearest = nearest * (1.0 + 1e-9) + 1e-12
            best, least = -1, np.inf
            for k in range(count):
                if distance[k] <= nearest:
                    square = 0.0
                    for i in range(3):
                        square += (point[i] - centroids[i, near[k]]) ** 2
                    if square < least:
                        best, least = near[k], square
            partner[n] = max(best, 0)
            _closest(point, triangles[partner[n]], feet[n])
    return partner, feet


@numba.njit(**_OPTIONS)
def _closest(point: np.ndarray, triangle: np.ndarray, foot: np.ndarray) -> float:
    """Set ``foot`` to the closest point of one triangle (3, 3); returns its distance."""
    a = triangle[0]
    g11 = g12 = g22 = r1 = r2 = 0.0
    for i in range(3):
        e1, e2, r = triangle[1, i] - a[i], triangle[2, i] - a[i], point[i] - a[i]
        g11 += e1 * e1
        g12 += e1 * e2
        g22 += e2 * e2
        r1 += r * e1
        r2 += r * e2
    area = g11 * g22 - g12 * g12
    s, t = (g22 * r1 - g12 * r2) / area, (g11 * r2 - g12 * r1) / area
    best = np.inf
    if s >= 0.0 and t >= 0.0 and s + t <= 1.0:
        best = 0.0
        for i in range(3):
            foot[i] = a[i] + s * (triangle[1, i] - a[i]) + t * (triangle[2, i] - a[i])
            best += (point[i] - foot[i]) ** 2
    for edge in range(3):
        start, end = triangle[edge], triangle[(edge + 1) % 3]
        along = length = 0.0
        for i in range(3):
            along += (point[i] - start[i]) * (end[i] - start[i])
            length += (end[i] - start[i]) ** 2
        u = min(max(along / length, 0.0), 1.0)
        square = 0.0
        for i in range(3):
            square += (point[i] - start[i] - u * (end[i] - start[i])) ** 2
        if square < best:
            best = square
            for i in range(3):
                foot[i] = start[i] + u * (end[i] - start[i])
    return np.sqrt(best)
