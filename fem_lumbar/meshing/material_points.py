"""Material points of a mesh: weighted means of corners, which follow any motion of the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.triangles import closest


@dataclass(frozen=True)
class MaterialPoint:
    """A weighted mean of corners (k, 3), mm, with weights (k,) of sum 1."""

    corners: np.ndarray
    weights: np.ndarray

    @classmethod
    def alone(cls, point: np.ndarray) -> MaterialPoint:
        """A point (3,), mm, on no face: its own only corner."""
        return cls(point[None], np.ones(1))

    @classmethod
    def on_face(cls, point: np.ndarray, triangles: np.ndarray) -> MaterialPoint:
        """The closest point of triangles (k, 3, 3) to a point (3,), mm, by its barycentric coordinates."""
        feet, which = closest(point[None], triangles)
        corners = triangles[which[0]]
        shares = np.linalg.lstsq(np.vstack([corners.T, np.ones(3)]), np.append(feet[0], 1.0), rcond=None)[0]
        return cls(corners, shares / shares.sum())


class MaterialPoints:
    """Several material points; ``corners`` (k, 3), mm, are those of all of them."""

    def __init__(self, points: Sequence[MaterialPoint]) -> None:
        self.corners = np.vstack([point.corners for point in points])
        self._weights = np.concatenate([point.weights for point in points])
        self._first = np.cumsum([0, *(len(point.weights) for point in points[:-1])])

    def after(self, moved: np.ndarray) -> np.ndarray:
        """Positions (n, 3) of the points for corners at ``moved`` (k, 3), mm."""
        return np.add.reduceat(self._weights[:, None] * moved, self._first)
