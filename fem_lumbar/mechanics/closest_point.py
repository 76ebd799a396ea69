"""Closest points on triangles, batched."""

from __future__ import annotations

import numpy as np


def closest_on_triangles(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Closest point (n, 3) of each triangle (n, 3, 3) to each point (n, 3)."""
    a, b, c = np.moveaxis(triangles, -2, 0)
    inside, projected = _plane_projection(points, a, b, c)
    best = projected
    best_distance = np.where(inside, np.sum((points - projected) ** 2, axis=-1), np.inf)
    for start, end in ((a, b), (b, c), (c, a)):
        edge = end - start
        t = np.clip(np.sum((points - start) * edge, axis=-1) / np.sum(edge * edge, axis=-1), 0, 1)
        on_edge = start + t[..., None] * edge
        distance = np.sum((points - on_edge) ** 2, axis=-1)
        closer = distance < best_distance
        best = np.where(closer[..., None], on_edge, best)
        best_distance = np.minimum(best_distance, distance)
    return best


def _plane_projection(points, a, b, c):
    e1, e2, r = b - a, c - a, points - a
    g11, g12, g22 = np.sum(e1 * e1, -1), np.sum(e1 * e2, -1), np.sum(e2 * e2, -1)
    r1, r2 = np.sum(r * e1, -1), np.sum(r * e2, -1)
    det = g11 * g22 - g12 * g12
    s, t = (g22 * r1 - g12 * r2) / det, (g11 * r2 - g12 * r1) / det
    inside = (s >= 0) & (t >= 0) & (s + t <= 1)
    return inside, a + s[..., None] * e1 + t[..., None] * e2
