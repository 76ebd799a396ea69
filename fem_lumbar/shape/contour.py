"""Triangulation of the surface of a shape."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.shape.vertebra import BoneShape
from fem_lumbar.surfaces.surface import Surface

_REACH = np.array([[-82.0, -60.0, -45.0], [28.0, 0.0, 40.0]])
"""Corners of a box around the right half of any bone in the frame of its shape, mm."""
_COARSER = 4
"""Ratio of the spacing of a coarse grid, which locates the surface, to that of the contoured grid."""


def bone_contour(shape: BoneShape, spacing: float) -> Surface:
    """Triangles of the surface of a bone in the frame of its shape, normals outward.

    Parameters
    ----------
    shape : BoneShape
    spacing : float
        Spacing of the grid, mm.
    """
    counts = _COARSER * np.ceil((_REACH[1] - _REACH[0]) / (_COARSER * spacing)).astype(int)
    axes = [high - spacing * np.arange(count + 1)[::-1] for high, count in zip(_REACH[1], counts)]
    coarse = pv.RectilinearGrid(*(axis[::_COARSER] for axis in axes))
    coarse["bone"] = shape(np.asarray(coarse.points)).bone.value
    grid = pv.RectilinearGrid(*axes)
    points = np.asarray(grid.points)
    value = np.asarray(pv.PolyData(points).sample(coarse)["bone"])
    near = np.abs(value) < 2.0 * _COARSER * spacing
    value[near] = shape(points[near]).bone.value
    grid["bone"] = value
    half = grid.contour([0.0], scalars="bone").triangulate()
    right, triangles = np.asarray(half.points, dtype=float), np.asarray(half.regular_faces)
    both = pv.PolyData.from_regular_faces(
        np.vstack([right, mirrored(right)]), np.vstack([triangles, triangles[:, ::-1] + len(right)])
    ).clean()
    found = Surface(np.asarray(both.points, dtype=float), np.asarray(both.regular_faces, dtype=np.int64))
    return found if found.volume > 0.0 else Surface(found.points, found.triangles[:, ::-1])
