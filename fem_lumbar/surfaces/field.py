"""Smooth displacement fields: an affine part and multiquadrics around centres, fitted to scattered displacements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist


@dataclass(frozen=True)
class SmoothField:
    """Displacement of every point of space, infinitely differentiable.

    Attributes
    ----------
    centres : ndarray (c, 3)
        mm.
    softness : float
        Shape parameter of the multiquadrics √(r² + softness²), mm.
    weights : ndarray (c, 3)
        Sum and first moments zero, so that far from the centres the field is affine.
    affine : ndarray (4, 3)
        Displacement at the origin (mm) and its slopes.
    """

    centres: np.ndarray
    softness: float
    weights: np.ndarray
    affine: np.ndarray

    def displacement(self, points: np.ndarray) -> np.ndarray:
        """Displacement (n, 3) of points (n, 3), mm."""
        return _bumps(points, self.centres, self.softness) @ self.weights + _linear(points) @ self.affine

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """Deformation gradient (n, 3, 3) at points (n, 3): new directions are ``gradient @ direction``."""
        slopes = 1.0 / _bumps(points, self.centres, self.softness)
        # d bump / d point = (point - centre) / bump, summed without a (n, c, 3) array
        first = np.einsum("nc,ci->ni", slopes, self.weights)[:, :, None] * points[:, None, :]
        second = np.einsum("nc,ci,cj->nij", slopes, self.weights, self.centres, optimize=True)
        return np.eye(3) + self.affine[1:].T + first - second


class FieldFit:
    """Repeated fits of fields to target displacements at fixed points.

    Parameters
    ----------
    points : ndarray (n, 3)
        Points with target displacements, mm.
    centres : ndarray (c, 3)
        mm; more than four, not in one plane.
    """

    def __init__(self, points: np.ndarray, centres: np.ndarray) -> None:
        self.centres = centres
        apart = cdist(centres, centres)
        np.fill_diagonal(apart, np.inf)
        self.softness = float(np.median(apart.min(axis=1)))
        # Weights without sum and first moments: then minus the bumps are positive definite, and a smooth field costs
        # little whatever its affine part.
        self._free = np.linalg.qr(_linear(centres), mode="complete")[0][:, 4:]
        self._cost = -self._free.T @ _bumps(centres, centres, self.softness) @ self._free
        self._basis = np.hstack([_bumps(points, centres, self.softness) @ self._free, _linear(points)])

    def fit(self, goals: np.ndarray, importance: np.ndarray, smoothing: float) -> SmoothField:
        """Penalised least-squares fit of a field to target displacements.

        Parameters
        ----------
        goals : ndarray (n, 3)
            Target displacements, mm.
        importance : ndarray (n,)
            Weights of the squared deviations; only their ratios matter.
        smoothing : float
            Weight of the bending penalty, mm; the larger, the smoother.
        """
        root = np.sqrt(importance / importance.sum())[:, None]
        weighted = root * self._basis
        matrix = weighted.T @ weighted
        size = len(self._cost)
        matrix[:size, :size] += smoothing * self._cost
        matrix[np.diag_indices_from(matrix)] *= 1.0 + 1e-10
        found = cho_solve(cho_factor(matrix), weighted.T @ (root * goals))
        return SmoothField(self.centres, self.softness, self._free @ found[:size], found[size:])


def spread_out(points: np.ndarray, count: int) -> np.ndarray:
    """Indices of at most ``count`` of the points (n, 3) by farthest-point sampling."""
    chosen = np.zeros(min(count, len(points)), dtype=int)
    chosen[0] = np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1))
    distance = np.full(len(points), np.inf)
    for place in range(1, len(chosen)):
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[place - 1]], axis=1))
        chosen[place] = np.argmax(distance)
    return chosen


def _bumps(points: np.ndarray, centres: np.ndarray, softness: float) -> np.ndarray:
    return np.sqrt(cdist(points, centres, "sqeuclidean") + softness**2)


def _linear(points: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(points), 1)), points])
