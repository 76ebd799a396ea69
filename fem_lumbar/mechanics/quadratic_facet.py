"""Foot of a point on a curved quadratic triangle, and the geometry of the surface there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}

NODE_PLACES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]])
"""Local coordinates s, t of the six nodes, in the order of :meth:`QuadraticSpace.triangle_nodes`."""

_BENDING = np.array(
    [[4.0, 4.0, 0.0, -8.0, 0.0, 0.0], [4.0, 0.0, 0.0, -4.0, 4.0, -4.0], [4.0, 0.0, 4.0, 0.0, 0.0, -8.0]]
)
"""Second derivatives of the shape functions by ss, st and tt."""


class Foot(NamedTuple):
    """Feet of n points on their facets.

    ``gap`` (n,) mm along the outward ``normal`` (n, 3); shape functions ``values`` (n, 6) and their ``slopes``
    (n, 2, 6); ``tangents`` (n, 2, 3) mm and ``curvature`` (n, 2, 2) mm, the normal part of the second derivatives.
    """

    gap: np.ndarray
    normal: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    tangents: np.ndarray
    curvature: np.ndarray


def feet(points: np.ndarray, facets: np.ndarray, start: np.ndarray) -> Foot:
    """Feet of points (n, 3) on their quadratic facets (n, 6, 3), searched from local coordinates start (n, 2).

    Facets extend beyond their rim. Where the curvature makes the foot non-unique, the search descends in distance.
    """
    n = len(points)
    foot = Foot(
        np.empty(n), np.empty((n, 3)), np.empty((n, 6)), np.empty((n, 2, 6)), np.empty((n, 2, 3)), np.empty((n, 2, 2))
    )
    _find(points, facets, start.copy(), *foot)
    return foot


@numba.njit(**_OPTIONS)
def _shapes(s: float, t: float, values: np.ndarray, slopes: np.ndarray) -> None:
    r = 1.0 - s - t
    values[0], values[1], values[2] = r * (2 * r - 1), s * (2 * s - 1), t * (2 * t - 1)
    values[3], values[4], values[5] = 4 * r * s, 4 * s * t, 4 * r * t
    slopes[0, 0], slopes[0, 1], slopes[0, 2] = 1 - 4 * r, 4 * s - 1, 0.0
    slopes[0, 3], slopes[0, 4], slopes[0, 5] = 4 * (r - s), 4 * t, -4 * t
    slopes[1, 0], slopes[1, 1], slopes[1, 2] = 1 - 4 * r, 0.0, 4 * t - 1
    slopes[1, 3], slopes[1, 4], slopes[1, 5] = -4 * s, 4 * s, 4 * (r - t)


@numba.njit(parallel=True, **_OPTIONS)
def _find(
    points: np.ndarray,
    facets: np.ndarray,
    place: np.ndarray,
    gap: np.ndarray,
    normal: np.ndarray,
    values: np.ndarray,
    slopes: np.ndarray,
    tangents: np.ndarray,
    curvature: np.ndarray,
) -> None:
    for n in numba.prange(len(points)):
        away, bend = np.empty(3), np.empty((3, 3))
        for c in range(3):
            for i in range(3):
                bend[c, i] = 0.0
                for a in range(6):
                    bend[c, i] += _BENDING[c, a] * facets[n, a, i]
        y = tangents[n]
        for _ in range(20):
            _shapes(place[n, 0], place[n, 1], values[n], slopes[n])
            r1 = r2 = m11 = m12 = m22 = k11 = k12 = k22 = 0.0
            for i in range(3):
                away[i] = points[n, i]
                y[0, i] = y[1, i] = 0.0
                for a in range(6):
                    away[i] -= values[n, a] * facets[n, a, i]
                    y[0, i] += slopes[n, 0, a] * facets[n, a, i]
                    y[1, i] += slopes[n, 1, a] * facets[n, a, i]
                r1 += away[i] * y[0, i]
                r2 += away[i] * y[1, i]
                m11 += y[0, i] * y[0, i]
                m12 += y[0, i] * y[1, i]
                m22 += y[1, i] * y[1, i]
                k11 += away[i] * bend[0, i]
                k12 += away[i] * bend[1, i]
                k22 += away[i] * bend[2, i]
            a11, a12, a22 = m11 - k11, m12 - k12, m22 - k22
            area = a11 * a22 - a12 * a12
            if a11 <= 0.0 or area < 0.25 * (m11 * m22 - m12 * m12):
                a11, a12, a22 = m11, m12, m22
                area = a11 * a22 - a12 * a12
            ds, dt = (a22 * r1 - a12 * r2) / area, (a11 * r2 - a12 * r1) / area
            if abs(ds) + abs(dt) < 1e-13:
                break
            place[n, 0] += ds
            place[n, 1] += dt
        length = 0.0
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            normal[n, i] = y[0, j] * y[1, k] - y[0, k] * y[1, j]
            length += normal[n, i] ** 2
        length = np.sqrt(length)
        gap[n] = k11 = k12 = k22 = 0.0
        for i in range(3):
            normal[n, i] /= length
            gap[n] += normal[n, i] * away[i]
            k11 += normal[n, i] * bend[0, i]
            k12 += normal[n, i] * bend[1, i]
            k22 += normal[n, i] * bend[2, i]
        curvature[n, 0, 0], curvature[n, 1, 1] = k11, k22
        curvature[n, 0, 1] = curvature[n, 1, 0] = k12
