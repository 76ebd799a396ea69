"""Voxelisation of the bone around one arch on a fine grid, for any ossified fraction."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.nerve.bone import bone_regions
from fem_lumbar.nerve.outline import largest_circle

SPACING_MM = 0.1
"""Spacing of the fine grid: a third of the smallest default voxel."""
_HALF_MM = 13.0
"""Half edge of the cube around the tunnel: bone farther away is ignored."""
_OUTSIDE = np.float32(np.nan)


@dataclass(frozen=True)
class BoneGrid:
    """Grid points of a cube around an arch, ``origin`` + ``SPACING_MM`` · index, in the axes of the model.

    Attributes
    ----------
    origin : (3,)
        First point, mm.
    is_bone : (n, n, n) bool
        Points in the vertebra without its ligament.
    span : (n, n, n) float32
        Position along the chord of points in the ligament, 0 at the mammillary and 1 at the accessory foot; else NaN.
    middle, axes : (3,), (3, 3)
        Frame of the tunnel: point midway between the feet, mm; rows are its axes along the chord, across it (the
        direction of the nerve) and outwards.
    planes : (k,)
        Coordinates along the second axis at which the opening is closed under a complete arch, mm.
    seeds : (k, 2)
        A point inside the opening of each plane, along the first and the third axis, mm.
    chord_mm : float
        Distance between the feet.
    """

    origin: np.ndarray
    is_bone: np.ndarray
    span: np.ndarray
    middle: np.ndarray
    axes: np.ndarray
    planes: np.ndarray
    seeds: np.ndarray
    chord_mm: float

    def bone(self, fraction: float, from_mammillary: bool = True) -> np.ndarray:
        """Mask (n, n, n) of bone when a fraction of the span is ossified."""
        along = self.span if from_mammillary else 1.0 - self.span
        with np.errstate(invalid="ignore"):
            return self.is_bone | ((along <= fraction) & (fraction > 0.0))


def bone_grid(mesh: SegmentMesh, level: str, side: str) -> BoneGrid:
    """The grid around an arch of an unloaded mesh.

    Raises
    ------
    PhysicsError
        When there is no closed tunnel under the arch.
    """
    tunnel = Tunnel(mesh, level, side)
    middle, axes = tunnel.frame(mesh.points)
    sections = tunnel.sections(mesh.points)
    seeds = np.array([_inside(section.outline) for section in sections])
    count = 2 * round(_HALF_MM / SPACING_MM) + 1
    origin = middle - _HALF_MM
    is_bone = np.zeros((count, count, count), dtype=bool)
    span = np.full(is_bone.shape, _OUTSIDE)
    ligament = f"{level}.mal.{side}"
    feet = [
        mesh.points[mesh.surfaces[f"{ligament}.{end}_end"]].mean(axis=(0, 1)) for end in ("mammillary", "accessory")
    ]
    chord = feet[1] - feet[0]
    _fill(
        _near(mesh, mesh.region_cells(*bone_regions(mesh, level)), middle), origin, feet[0], chord, is_bone, span, False
    )
    _fill(_near(mesh, mesh.region_cells(ligament), middle), origin, feet[0], chord, is_bone, span, True)
    np.clip(span, 0.0, 1.0, out=span)  # feet are oblique and extend beyond the ends of the chord
    span[is_bone] = _OUTSIDE
    offsets = np.array([section.offset for section in sections])
    return BoneGrid(origin, is_bone, span, middle, axes, offsets, seeds, float(np.linalg.norm(chord)))


def _near(mesh: SegmentMesh, cells: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Corners (k, 4, 3) of the cells that intersect the cube, mm."""
    corners = mesh.points[mesh.cells[cells]]
    away = np.maximum(corners.min(axis=1) - middle, middle - corners.max(axis=1)).max(axis=1)
    return np.ascontiguousarray(corners[away < _HALF_MM])


def _inside(outline: np.ndarray) -> np.ndarray:
    """Centre (2,) of the largest circle inside an outline (n, 2), mm."""
    return largest_circle(outline, 0.05)[0]


@numba.njit(cache=True)
def _fill(
    corners: np.ndarray,
    origin: np.ndarray,
    foot: np.ndarray,
    chord: np.ndarray,
    is_bone: np.ndarray,
    span: np.ndarray,
    of_ligament: bool,
) -> None:
    """Set, for the points inside tetrahedra (k, 4, 3), ``is_bone`` or, of the ligament, ``span`` along the chord."""
    size = is_bone.shape[0]
    length = chord[0] ** 2 + chord[1] ** 2 + chord[2] ** 2
    low, high = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    for cell in range(len(corners)):
        c = corners[cell]
        to_local = np.linalg.inv(
            np.array(
                [
                    [c[1, 0] - c[0, 0], c[2, 0] - c[0, 0], c[3, 0] - c[0, 0]],
                    [c[1, 1] - c[0, 1], c[2, 1] - c[0, 1], c[3, 1] - c[0, 1]],
                    [c[1, 2] - c[0, 2], c[2, 2] - c[0, 2], c[3, 2] - c[0, 2]],
                ]
            )
        )
        for i in range(3):
            least = min(min(c[0, i], c[1, i]), min(c[2, i], c[3, i]))
            most = max(max(c[0, i], c[1, i]), max(c[2, i], c[3, i]))
            low[i] = max(0, int(np.ceil((least - origin[i]) / SPACING_MM)))
            high[i] = min(size - 1, int(np.floor((most - origin[i]) / SPACING_MM)))
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    px = origin[0] + SPACING_MM * x - c[0, 0]
                    py = origin[1] + SPACING_MM * y - c[0, 1]
                    pz = origin[2] + SPACING_MM * z - c[0, 2]
                    rest = 1.0
                    inside = True
                    for i in range(3):
                        share = to_local[i, 0] * px + to_local[i, 1] * py + to_local[i, 2] * pz
                        inside &= share >= -1e-9
                        rest -= share
                    if inside and rest >= -1e-9:
                        if of_ligament:
                            dot = 0.0
                            for i in range(3):
                                place = (px, py, pz)[i] + c[0, i] - foot[i]
                                dot += place * chord[i]
                            span[x, y, z] = dot / length
                        else:
                            is_bone[x, y, z] = True
