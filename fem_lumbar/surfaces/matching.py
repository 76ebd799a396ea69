"""Correspondence between two surfaces: closest points with similar normals, searched in both directions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from fem_lumbar.surfaces.surface import Samples, Surface

_NORMAL_MM = 8.0  # distance that weighs as much as normals at right angles
_SAME_WAY = 0.3  # least cosine between the normals of a pair
_OUTLIER = 4.0  # distances beyond this many times the mean lose influence
_LEAST_SCALE_MM = 2.0


class Matcher:
    """Target points on one surface for the samples of a moving template.

    Parameters
    ----------
    target : Surface
    count : int
        Number of samples on the target.
    """

    def __init__(self, target: Surface, count: int) -> None:
        samples = target.samples(count)
        self._points, self._normals = target.at(samples), target.triangle_normals[samples.triangle]
        self._tree = KDTree(_features(self._points, self._normals))
        self._patch = np.sqrt(target.area / count)

    def goals(self, template: Surface, samples: Samples) -> tuple[np.ndarray, np.ndarray]:
        """Target points of the samples of the template.

        Returns
        -------
        goals : ndarray (k, 3)
            Points on or near the target, mm.
        importance : ndarray (k,)
            Zero for samples that nothing on the target faces.
        """
        points, normals = template.at(samples), template.triangle_normals[samples.triangle]
        feature = _features(points, normals)
        there = self._tree.query(feature)[1]
        goal_forth = self._beside(points, there)
        weight_forth = _influence(goal_forth - points, normals, self._normals[there])
        back = KDTree(feature).query(self._tree.data)[1]
        weight_back = _influence(self._points - points[back], normals[back], self._normals)
        # Both directions have the same weight; a sample with several target points goes to their mean.
        weight_back *= weight_forth.sum() / max(weight_back.sum(), 1e-12)
        importance = weight_forth + np.bincount(back, weight_back, len(points))
        total = weight_forth[:, None] * goal_forth
        np.add.at(total, back, weight_back[:, None] * self._points)
        return total / np.maximum(importance, 1e-12)[:, None], importance

    def faces(self, points: np.ndarray, normals: np.ndarray, within: float) -> np.ndarray:
        """Mask (k,) of points (k, 3) within a distance (mm) of which the target has bone that faces the same way."""
        there = self._tree.query(_features(points, normals))[1]
        near = np.linalg.norm(self._beside(points, there) - points, axis=1) <= within
        return near & (np.sum(normals * self._normals[there], axis=1) > _SAME_WAY)

    def _beside(self, points: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Projections (k, 3) of points onto the tangent planes of target samples, limited to the extent of a sample."""
        away = points - self._points[there]
        along = away - np.sum(away * self._normals[there], axis=1)[:, None] * self._normals[there]
        length = np.linalg.norm(along, axis=1)[:, None]
        return self._points[there] + along * np.minimum(1.0, self._patch / np.maximum(length, 1e-12))


def _features(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.hstack([points, _NORMAL_MM / np.sqrt(2.0) * normals])


def _influence(away: np.ndarray, normals: np.ndarray, other: np.ndarray) -> np.ndarray:
    distance = np.linalg.norm(away, axis=1)
    scale = max(_OUTLIER * float(distance.mean()), _LEAST_SCALE_MM)
    same_way = np.sum(normals * other, axis=1) > _SAME_WAY
    return same_way / (1.0 + (distance / scale) ** 2) ** 2
