"""Closed outlines in the plane: signed distance and largest inscribed circle."""

from __future__ import annotations

import numba
import numpy as np

_COARSE = 24
"""Cells along the shorter side of the initial grid in the search for the largest circle."""


@numba.njit(cache=True)
def distances(points: np.ndarray, outline: np.ndarray) -> np.ndarray:  # pragma: no cover - compiled
    """Distance (k,) of points (k, 2) from a closed counter-clockwise outline (n, 2), positive inside, mm.

    A point is inside if the winding number is positive: loops that a self-crossing outline runs through clockwise
    are outside.
    """
    found = np.empty(len(points))
    count = len(outline)
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        nearest = np.inf
        turns = 0
        for i in range(count):
            ax, ay = outline[i, 0], outline[i, 1]
            bx, by = outline[(i + 1) % count, 0], outline[(i + 1) % count, 1]
            ux, uy = bx - ax, by - ay
            length = ux * ux + uy * uy
            share = 0.0
            if length > 0.0:
                share = min(1.0, max(0.0, ((x - ax) * ux + (y - ay) * uy) / length))
            dx, dy = x - ax - share * ux, y - ay - share * uy
            nearest = min(nearest, dx * dx + dy * dy)
            left = ux * (y - ay) - (x - ax) * uy
            if ay <= y:
                if by > y and left > 0.0:
                    turns += 1
            elif by <= y and left < 0.0:
                turns -= 1
        found[k] = np.sqrt(nearest) if turns > 0 else -np.sqrt(nearest)
    return found


def largest_circle(outline: np.ndarray, precision: float = 1e-5) -> tuple[np.ndarray, float]:
    """Centre (2,) and radius, mm, of the largest circle inside a closed counter-clockwise outline (n, 2).

    Branch and bound: squares that cannot contain a better centre are dropped, the others quartered, until no better
    circle is missed by more than ``precision`` (mm). The radius is negative when there is no interior.
    """
    low, high = outline.min(axis=0), outline.max(axis=0)
    half = 0.5 * (high - low).min() / _COARSE
    counts = np.maximum(1, np.ceil((high - low) / (2.0 * half))).astype(int)
    grid = np.meshgrid(*(start + half * (2 * np.arange(n) + 1) for start, n in zip(low, counts)), indexing="ij")
    centres = np.stack(grid, axis=-1).reshape(-1, 2)
    best, radius = centres[0], -np.inf
    while len(centres):
        depth = distances(centres, outline)
        top = int(np.argmax(depth))
        if depth[top] > radius:
            best, radius = centres[top], float(depth[top])
        centres = centres[depth + np.sqrt(2.0) * half > radius + precision]
        half *= 0.5
        corners = half * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
        centres = (centres[:, None] + corners).reshape(-1, 2)
    return best, radius
