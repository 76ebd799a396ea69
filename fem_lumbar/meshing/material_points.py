"""Points of a mesh that go with its nodes: each is a mean of corners, so that its place after any motion is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.triangles import closest


@dataclass(frozen=True)
class MaterialPoint:
    """A mean of corners (k, 3), mm, with weights (k,) whose sum is 1."""

    corners: np.ndarray
    weights: np.ndarray

    @classmethod
    def alone(cls, point: np.ndarray) -> MaterialPoint:
        """A point (3,) that is on no face."""
        return cls(point[None], np.ones(1))

    @classmethod
    def on_face(cls, point: np.ndarray, triangles: np.ndarray) -> MaterialPoint:
        """The point of triangles (k, 3, 3) nearest to a point (3,), as part of its triangle."""
        feet, which = closest(point[None], triangles)
        corners = triangles[which[0]]
        shares = np.linalg.lstsq(np.vstack([corners.T, np.ones(3)]), np.append(feet[0], 1.0), rcond=None)[0]
        return cls(corners, shares / shares.sum())


class MaterialPoints:
    """Several of them: ``corners`` (k, 3), and where they are once their corners have moved."""

    def __init__(self, points: Sequence[MaterialPoint]) -> None:
        self.corners = np.vstack([point.corners for point in points])
        self._weights = np.concatenate([point.weights for point in points])
        self._first = np.cumsum([0, *(len(point.weights) for point in points[:-1])])

    def after(self, moved: np.ndarray) -> np.ndarray:
        """Places (n, 3) for corners at ``moved`` (k, 3)."""
        return np.add.reduceat(self._weights[:, None] * moved, self._first)
