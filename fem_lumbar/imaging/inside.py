"""Points of a grid inside a closed surface, by winding number."""

from __future__ import annotations

import numba
import numpy as np

_ASIDE = np.array([3.1e-7, 7.7e-7])
"""Shift of the columns of points, in spacings, so that none runs exactly through a corner at a round coordinate."""


def inside(corners: np.ndarray, origin: np.ndarray, spacing: float, count: int) -> np.ndarray:
    """Mask (n, n, n) of the points of a cubic grid that are inside a surface.

    Where parts of the surface intersect, everything enclosed by any of them is inside.

    Parameters
    ----------
    corners : (k, 3, 3)
        Triangles of closed surfaces in the axes of the grid, normals outwards, mm.
    origin : (3,)
        First point, mm.
    spacing : float
        mm.
    count : int
        Number n of points along each axis.
    """
    local = (corners - origin) / spacing
    local[..., :2] -= _ASIDE
    low, high = local.min(axis=1), local.max(axis=1)
    over_grid = (high[:, :2] >= 0.0).all(axis=1) & (low[:, :2] <= count - 1).all(axis=1) & (low[:, 2] <= count - 1)
    return _turns(np.ascontiguousarray(local[over_grid]), count) > 0


@numba.njit(cache=True)
def _turns(corners: np.ndarray, count: int) -> np.ndarray:  # pragma: no cover - compiled
    """Winding number of each point, (n, n, n): along each column every triangle adds or subtracts one."""
    found = np.zeros((count, count, count), dtype=np.int8)
    for k in range(len(corners)):
        a, b, c = corners[k, 0], corners[k, 1], corners[k, 2]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0.0:
            continue
        first = max(0, int(np.ceil(min(a[0], b[0], c[0]))))
        last = min(count - 1, int(np.floor(max(a[0], b[0], c[0]))))
        for x in range(first, last + 1):
            start = max(0, int(np.ceil(min(a[1], b[1], c[1]))))
            end = min(count - 1, int(np.floor(max(a[1], b[1], c[1]))))
            for y in range(start, end + 1):
                by_a = _cross(b, c, x, y) / area
                by_b = _cross(c, a, x, y) / area
                by_c = _cross(a, b, x, y) / area
                if by_a > 0.0 and by_b > 0.0 and by_c > 0.0:
                    height = by_a * a[2] + by_b * b[2] + by_c * c[2]
                    z = max(0, int(np.ceil(height)))
                    if z < count:  # a column enters at a downward normal and leaves at an upward one
                        found[x, y, z] += 1 if area < 0.0 else -1
    for x in range(count):
        for y in range(count):
            for z in range(1, count):
                found[x, y, z] += found[x, y, z - 1]
    return found


@numba.njit(cache=True)
def _cross(start: np.ndarray, end: np.ndarray, x: float, y: float) -> float:  # pragma: no cover - compiled
    """Twice the signed area of an edge with a point; exactly the negative for the reversed edge."""
    if start[0] > end[0] or (start[0] == end[0] and start[1] > end[1]):
        return -((start[0] - end[0]) * (y - end[1]) - (start[1] - end[1]) * (x - end[0]))
    return (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
