"""A simulated scan of bone on a fine grid, with voxels of a given size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, uniform_filter

from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid

_WIDTHS_PER_SD = float(np.sqrt(8.0 * np.log(2.0)))
"""Full width at half maximum over the standard deviation of a Gaussian."""
PIXEL_MM = 0.1
HALF_ALONG_MM, INWARDS_MM, OUTWARDS_MM = 9.0, 7.0, 6.0
"""Field of view of a reformatted section: along the chord in each direction, towards the bone and away from it."""


@dataclass(frozen=True)
class Scan:
    """Fraction of bone in voxels of ``voxel_mm``; the first one is centred on ``origin`` (3,), mm."""

    values: np.ndarray
    origin: np.ndarray
    voxel_mm: float

    def section(self, grid: BoneGrid, offset_mm: float) -> np.ndarray:
        """Mask (r, c) of bone in a reformatted section: rows outwards, columns along the chord.

        The section is interpolated linearly between voxels, as on a console; bone is where the fraction exceeds 0.5.

        Parameters
        ----------
        grid : BoneGrid
            Defines the frame of the tunnel.
        offset_mm : float
            Position of the section along the nerve, from the middle.
        """
        along = np.arange(-HALF_ALONG_MM, HALF_ALONG_MM + PIXEL_MM / 2, PIXEL_MM)
        out = np.arange(-INWARDS_MM, OUTWARDS_MM + PIXEL_MM / 2, PIXEL_MM)
        places = (
            grid.middle
            + along[None, :, None] * grid.axes[0]
            + offset_mm * grid.axes[1]
            + out[:, None, None] * grid.axes[2]
        )
        index = ((places - self.origin) / self.voxel_mm).transpose(2, 0, 1)
        return map_coordinates(self.values, index, order=1, mode="nearest") > 0.5


class Scanner:
    """Scans of one bone with voxels of one size, in any position.

    Parameters
    ----------
    grid : BoneGrid
    bone : (n, n, n) bool
        Bone on the grid.
    voxel_mm : float
        A multiple of the spacing of the grid.
    blur_mm : float
        Full width at half maximum of the point spread, besides the averaging over a voxel.
    """

    def __init__(self, grid: BoneGrid, bone: np.ndarray, voxel_mm: float, blur_mm: float) -> None:
        self._step = round(voxel_mm / SPACING_MM)
        values = bone.astype(np.float32)
        if blur_mm > 0.0:
            values = gaussian_filter(values, blur_mm / _WIDTHS_PER_SD / SPACING_MM, truncate=3.0)
        self._values = uniform_filter(values, self._step)
        half = 0.5 * SPACING_MM * (1 - self._step % 2)  # a window of even width is centred half a point before
        self._origin = grid.origin - half

    def scan(self, placement: np.ndarray) -> Scan:
        """The scan whose voxels are shifted by fractions (3,) of a voxel, 0 to 1, rounded down to the grid."""
        step = self._step
        first = np.floor(placement * step).astype(int)
        sampled = self._values[first[0] :: step, first[1] :: step, first[2] :: step]
        return Scan(sampled, self._origin + SPACING_MM * first, step * SPACING_MM)
