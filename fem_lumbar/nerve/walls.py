"""Rigid, frictionless walls: signed distance with gradient and Hessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.interpolate import RectBivariateSpline
from scipy.ndimage import gaussian_filter

from fem_lumbar.nerve.outline import distances

_MARGIN_MM = 1.0
_OUTERMOST = 3
"""Number of grid lines at the rim in which no distances are evaluated."""


class Walls(Protocol):
    """Contact surfaces for the nerve."""

    def gap(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signed distance (k,) of points (k, 2) from the walls, mm, negative behind them, its gradient and Hessian."""
        ...


class SectionWalls:
    """Walls along a closed outline, with rounded edges.

    The distance is sampled on a grid, smoothed with a Gaussian and interpolated by cubic splines, so that it has two
    continuous derivatives. Flat walls are not changed by the smoothing.

    Parameters
    ----------
    outline : ndarray (n, 2)
        Counter-clockwise, mm.
    rounding, grid : float
        Standard deviation of the Gaussian, and grid spacing, mm.
    """

    def __init__(self, outline: np.ndarray, rounding: float, grid: float) -> None:
        low, high = outline.min(axis=0) - _MARGIN_MM, outline.max(axis=0) + _MARGIN_MM
        axes = [start + grid * np.arange(int(np.ceil((end - start) / grid)) + 1) for start, end in zip(low, high)]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        kept = distances(points, np.ascontiguousarray(outline)).reshape(len(axes[0]), len(axes[1]))
        self._spline = RectBivariateSpline(*axes, gaussian_filter(kept, rounding / grid, mode="nearest"))
        self._low = np.array([axis[_OUTERMOST] for axis in axes])
        self._high = np.array([axis[-1 - _OUTERMOST] for axis in axes])

    def gap(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signed distance (k,), gradient (k, 2) and Hessian (k, 2, 2) at points (k, 2)."""
        x, y = np.clip(points, self._low, self._high).T

        def of(dx: int, dy: int) -> np.ndarray:
            return self._spline.ev(x, y, dx=dx, dy=dy)

        gradient = np.stack([of(1, 0), of(0, 1)], axis=-1)
        mixed = of(1, 1)
        hessian = np.stack([np.stack([of(2, 0), mixed], axis=-1), np.stack([mixed, of(0, 2)], axis=-1)], axis=-2)
        return of(0, 0), gradient, hessian


@dataclass(frozen=True)
class Moved:
    """Walls moved along their normals into the opening, by ``inwards`` (mm; negative: apart)."""

    walls: Walls
    inwards: float

    def gap(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See :class:`Walls`."""
        distance, gradient, hessian = self.walls.gap(points)
        return distance - self.inwards, gradient, hessian
