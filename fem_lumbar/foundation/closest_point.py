"""Closest points on a triangulated surface."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}


@numba.njit(parallel=True, **_OPTIONS)
def nearest_on_surface(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest triangle (n,) to each point (n, 3) of a surface (m, 3, 3), and the closest point (n, 3) on it.

    Every triangle is looked at: first its bounding sphere, then, where that is near enough, the triangle itself. Of
    triangles equally near within round-off the one with the nearest centroid counts, so that runs repeat.
    """
    n_points, n_triangles = len(points), len(triangles)
    centroids, radii = np.empty((3, n_triangles)), np.empty(n_triangles)
    for t in range(n_triangles):
        for i in range(3):
            centroids[i, t] = (triangles[t, 0, i] + triangles[t, 1, i] + triangles[t, 2, i]) / 3.0
        square = 0.0
        for corner in range(3):
            away = 0.0
            for i in range(3):
                away += (triangles[t, corner, i] - centroids[i, t]) ** 2
            square = max(square, away)
        radii[t] = np.sqrt(square)
    partner, feet = np.zeros(n_points, dtype=np.int64), np.empty((n_points, 3))
    n_blocks = (n_points + 15) // 16
    for block in numba.prange(n_blocks):
        to_centroid, distance = np.empty(n_triangles), np.empty(n_triangles)
        foot = np.empty(3)
        for n in range(16 * block, min(16 * block + 16, n_points)):
            point = points[n]
            for t in range(n_triangles):
                dx, dy, dz = point[0] - centroids[0, t], point[1] - centroids[1, t], point[2] - centroids[2, t]
                to_centroid[t] = np.sqrt(dx * dx + dy * dy + dz * dz)
            nearest = _closest(point, triangles[to_centroid.argmin()], foot)
            for t in range(n_triangles):
                distance[t] = np.inf
                if to_centroid[t] - radii[t] <= nearest:
                    distance[t] = _closest(point, triangles[t], foot)
                    nearest = min(nearest, distance[t])
            nearest = nearest * (1.0 + 1e-9) + 1e-12
            best = -1
            for t in range(n_triangles):
                if distance[t] <= nearest and (best < 0 or to_centroid[t] < to_centroid[best]):
                    best = t
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
