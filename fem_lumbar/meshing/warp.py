"""A smooth deformation of space that takes one vertebra into another."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RBFInterpolator

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import level_frames, transformed
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.control_points import control_points

_SOFTNESS_MM = 30.0
"""How readily control points that need not be met exactly give way. Tips of processes are met within 0.2 mm with it,
the mammillary process, which shares its bone with a facet, within 2 mm; with 8 mm twice as many meshes had bad cells.
"""
_ON_MIDLINE_MM = 1e-6


class VertebraWarp:
    """Takes points of a vertebra of a symmetric anatomy to where another anatomy has them.

    The control points of both sides are interpolated by the biharmonic spline of their displacements in the body
    frames, so that the place of the vertebra in the spine plays no part.

    Parameters
    ----------
    template : Anatomy
        Symmetric.
    right, left : Anatomy
        What the right and the left side shall be like; midline measures are the same.
    frame : (4, 4)
        Body frame of the new vertebra in the global frame.
    level : str
    """

    def __init__(self, template: Anatomy, right: Anatomy, left: Anatomy, frame: np.ndarray, level: str) -> None:
        self._from = np.linalg.inv(level_frames(template)[level])
        self._to = frame
        before = control_points(template, level)
        start = transformed(self._from, before.points)
        sides = [
            transformed(np.linalg.inv(level_frames(side)[level]), control_points(side, level).points)
            for side in (right, left)
        ]
        own = start[:, 1] <= _ON_MIDLINE_MM
        beside = start[:, 1] < -_ON_MIDLINE_MM
        middle = own & ~beside
        sides[0][middle, 1] = sides[1][middle, 1] = 0.0
        shift = np.vstack([sides[0][own] - start[own], mirrored(sides[1] - start)[beside]])
        shift[np.flatnonzero(middle[own])] = 0.5 * (sides[0] + sides[1] - 2.0 * start)[middle]
        self._shift = None
        if np.abs(shift).max() > _ON_MIDLINE_MM:
            exact = np.concatenate([before.exact[own], before.exact[beside]])
            self._shift = RBFInterpolator(
                np.vstack([start[own], mirrored(start[beside])]),
                shift,
                kernel="linear",
                smoothing=np.where(exact, 0.0, _SOFTNESS_MM),
            )

    @property
    def deforms(self) -> bool:
        """Whether the vertebra does more than go with its frame."""
        return self._shift is not None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 3) go, both in the global frame, mm."""
        local = transformed(self._from, points)
        return transformed(self._to, local if self._shift is None else local + self._shift(local))
