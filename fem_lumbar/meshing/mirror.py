"""Reflection of the right half in y = 0 to the whole segment, exactly symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.foundation.errors import AnatomyError

COORDINATE_STEP_MM = 2.0**-12
"""Coordinates are rounded to this step, so that single precision holds them without loss."""
_ON_PLANE_MM = 1e-6


@dataclass(frozen=True)
class HalfMesh:
    """Right half of the segment: ``points`` (n, 3) mm, ``cells`` (m, 4), ``region`` (m,) into ``region_names``."""

    points: np.ndarray
    cells: np.ndarray
    region: np.ndarray
    region_names: tuple[str, ...]


@dataclass(frozen=True)
class WholeMesh:
    """Both halves of the segment.

    Attributes
    ----------
    points, cells, region, region_names
        As in :class:`~fem_lumbar.meshing.mesh.SegmentMesh`; the right half comes first.
    mirror : ndarray (n,) of int
        Node permutation of the reflection.
    right_cells : int
        Number of cells of the right half; cell ``right_cells + k`` is the reflection of cell ``k``.
    """

    points: np.ndarray
    cells: np.ndarray
    region: np.ndarray
    region_names: tuple[PartName, ...]
    mirror: np.ndarray
    right_cells: int


def reflect(half: HalfMesh) -> WholeMesh:
    """Add the left half, merging the nodes on the mid-sagittal plane.

    Raises
    ------
    AnatomyError
        When a node of the right half has y >= 0 and is not on the mid-sagittal plane.
    """
    points = np.round(half.points / COORDINATE_STEP_MM) * COORDINATE_STEP_MM
    on_plane = np.abs(half.points[:, 1]) < _ON_PLANE_MM
    points[on_plane, 1] = 0.0
    if np.any(points[~on_plane, 1] >= 0):
        raise AnatomyError("the right half reaches over the mid-sagittal plane")
    count = len(points)
    image = np.arange(count)
    image[~on_plane] = count + np.arange((~on_plane).sum())
    mirror = np.concatenate([image, np.flatnonzero(~on_plane)])
    left_cells = image[half.cells][:, [0, 2, 1, 3]]
    names = list(map(PartName, half.region_names))
    left_region = half.region.copy()
    for index, name in enumerate(list(names)):
        if name.side:
            names.append(name.mirrored)
            left_region[half.region == index] = len(names) - 1
    return WholeMesh(
        points=np.vstack([points, mirrored(points[~on_plane])]),
        cells=np.vstack([half.cells, left_cells]),
        region=np.concatenate([half.region, left_region]),
        region_names=tuple(names),
        mirror=mirror,
        right_cells=len(half.cells),
    )


def reflect_scalars(right: np.ndarray) -> np.ndarray:
    """Cell values of the right half (k,) extended to both halves (2 k,)."""
    return np.concatenate([right, right])


def reflect_vectors(right: np.ndarray) -> np.ndarray:
    """Cell vectors of the right half (k, 3) extended to both halves (2 k, 3)."""
    return np.vstack([right, mirrored(right)])
