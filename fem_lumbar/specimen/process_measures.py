"""Measures of the posterior elements taken from a mesh: processes, pedicles, lamina, mamillo-accessory ligaments."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.spine import ARCH_LEVELS, LEVELS
from fem_lumbar.foundation.conventions import ANTERIOR, CRANIAL, LEFT, SIDE_SIGN, SIDES
from fem_lumbar.foundation.triangles import area_vectors, best_fit_plane, closest, ray_hits, samples, section
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.specimen.anatomy_measures import (
    Measure,
    length,
    on_side,
    point,
    region_corners,
    surface_corners,
)

LANDMARK_TOLERANCE_MM = 3.0
_TIP_DEPTH_MM = 1.5
"""Length of the end of a process that counts as its tip."""
_SPACING_MM = 0.8
_ARTICULAR_LATERAL_MM = 8.0
"""Least distance of articular processes from the midline."""
ON_SURFACE = {
    "mammillary_tip": "mammillary process tip",
    "mammillary_lower_pole": "mammillary process lower pole",
    "accessory_tip": "accessory process tip",
    "transverse_tip": "transverse process tip",
}
"""Landmarks of each side that lie on the bone."""


class Processes:
    """Landmarks of the bone of one vertebra of a mesh, in its body frame, mm."""

    def __init__(self, mesh: SegmentMesh, level: str):
        self.corners = region_corners(mesh, level, f"{level}.cancellous", f"{level}.posterior")
        self.posterior = region_corners(mesh, level, f"{level}.posterior")
        self.spread, _, _ = samples(self.posterior, _SPACING_MM)

    def nearest(self, landmark: np.ndarray) -> np.ndarray:
        """Closest point (3,) of the bone surface to a landmark (3,)."""
        return closest(landmark[None], self.corners)[0][0]

    def spinous_tip(self) -> np.ndarray:
        """Tip (3,) of the spinous process: centre of the most posterior bone."""
        return _end(self.spread, -ANTERIOR)

    def transverse_tip(self, side: str) -> np.ndarray:
        """Tip (3,) of a transverse process: centre of the most lateral bone of the side."""
        return _end(self.spread, SIDE_SIGN[side] * LEFT)

    def superior_articular_tip(self, side: str) -> np.ndarray:
        """Tip (3,) of a superior articular process: centre of the highest bone of the side behind the body."""
        return _end(self._articular(side), CRANIAL)

    def inferior_articular_tip(self, side: str) -> np.ndarray:
        """Tip (3,) of an inferior articular process: centre of the lowest bone of the side behind the body."""
        return _end(self._articular(side), -CRANIAL)

    def lamina_anterior(self) -> np.ndarray:
        """Most anterior point (3,) of the lamina in the mid-sagittal plane; NaN if there is none."""
        midline = section(self.posterior, np.zeros(3), LEFT).reshape(-1, 3)
        return midline[midline[:, 0].argmax()] if len(midline) else np.full(3, np.nan)

    def nearest_in_midline(self, landmark: np.ndarray) -> np.ndarray:
        """Closest point (3,) of the mid-sagittal outline of the posterior elements to a landmark (3,); NaN if none."""
        ends = section(self.posterior, np.zeros(3), LEFT)
        if not len(ends):
            return np.full(3, np.nan)
        start, run = ends[:, 0], ends[:, 1] - ends[:, 0]
        share = np.einsum("ij,ij->i", landmark - start, run) / np.maximum(np.einsum("ij,ij->i", run, run), 1e-12)
        feet = start + np.clip(share, 0.0, 1.0)[:, None] * run
        return feet[np.linalg.norm(feet - landmark, axis=1).argmin()]

    def pedicle(self, centre: np.ndarray, angle_deg: float, side: str) -> tuple[np.ndarray, float, float]:
        """Centre (3,), width and height (mm) of the cross-section of a pedicle; NaN where there is none.

        Parameters
        ----------
        centre : ndarray (3,)
            A point inside the pedicle, mm.
        angle_deg : float
            Convergence of its axis.
        side : str
        """
        angle = np.radians(angle_deg)
        lateral = np.array([np.sin(angle), SIDE_SIGN[side] * np.cos(angle), 0.0])
        middle, size = centre.copy(), []
        for axis in (lateral, CRANIAL):
            reach = [ray_hits(self.corners, centre, sign * axis) for sign in (1.0, -1.0)]
            ahead, behind = (hits[0] if len(hits) else np.nan for hits in reach)
            middle = middle + 0.5 * (ahead - behind) * axis
            size.append(float(ahead + behind))
        return middle, size[0], size[1]

    def _articular(self, side: str) -> np.ndarray:
        return self.spread[SIDE_SIGN[side] * self.spread[:, 1] > _ARTICULAR_LATERAL_MM]


def _end(points: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Centre (3,) of the points (n, 3) at the far end along a unit direction, moved out to the end; NaN if none."""
    if not len(points):
        return np.full(3, np.nan)
    reach = points @ direction
    middle = points[reach > reach.max() - _TIP_DEPTH_MM].mean(axis=0)
    return middle + (reach.max() - middle @ direction) * direction


def process_measures(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Landmarks of the processes, and the pedicles.

    Landmarks that are extreme points of the bone are found as such; for the others the closest point of the surface is
    used.
    """
    found = []
    for level in LEVELS:
        bone = Processes(mesh, level)
        midline = anatomy.levels[level]
        spinous = np.array([midline.spinous_tip_mm[0], 0.0, midline.spinous_tip_mm[1]])
        lamina = np.array([midline.lamina_anterior_mm[0], 0.0, midline.lamina_anterior_mm[1]])
        found += [
            _landmark(level, "spinous process tip, nearest bone", spinous, bone.nearest(spinous)),
            _landmark(level, "spinous process tip, most posterior", spinous, bone.spinous_tip()),
            _landmark(level, "lamina, most anterior in the midline", lamina, bone.lamina_anterior()),
        ]
        for side in SIDES:
            wanted = anatomy.on(side).levels[level]
            for key, name in ON_SURFACE.items():
                tip = on_side(getattr(wanted, f"{key}_mm"), side)
                found.append(_landmark(level, f"{name}, nearest bone", tip, bone.nearest(tip), side))
            tip = on_side(wanted.transverse_tip_mm, side)
            found.append(_landmark(level, "transverse process tip, most lateral", tip, bone.transverse_tip(side), side))
            centre = on_side(wanted.pedicle_centre_mm, side)
            middle, width, height = bone.pedicle(centre, wanted.pedicle_angle_deg, side)
            found += [
                _landmark(level, "pedicle centre", centre, middle, side),
                length(level, "pedicle width", wanted.pedicle_width_mm, width, side, LANDMARK_TOLERANCE_MM),
                length(level, "pedicle height", wanted.pedicle_height_mm, height, side, LANDMARK_TOLERANCE_MM),
            ]
    return found


def ligament_measures(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Chord, cross-section and clearance of the mamillo-accessory ligaments."""
    found = []
    for level in ARCH_LEVELS:
        bone = region_corners(mesh, level, f"{level}.cancellous", f"{level}.posterior")
        for side in SIDES:
            own = anatomy.on(side)
            wanted = own.mal[level]
            free = wanted.groove_depth_mm + wanted.rise_mm - wanted.spur_mm
            chord, width, thickness, clearance = arch_sizes(mesh, level, side, bone)
            vertebra = own.levels[level]
            feet = vertebra.mammillary_lower_pole_mm, vertebra.accessory_tip_mm
            whole = float(np.linalg.norm(np.subtract(*feet)))
            found += [
                length(level, "MAL chord, foot to foot", whole, chord, side, LANDMARK_TOLERANCE_MM),
                length(level, "MAL width at mid-span", wanted.width_mm, width, side),
                length(level, "MAL thickness at mid-span", wanted.thickness_mm + wanted.spur_mm, thickness, side),
                length(level, "MAL, free depth under mid-span", free, clearance, side),
            ]
    return found


def arch_sizes(mesh: SegmentMesh, level: str, side: str, bone: np.ndarray) -> tuple[float, float, float, float]:
    """Chord between the centres of the feet; width, thickness and distance from the bone below at mid-span, mm.

    ``bone`` (k, 3, 3) are the corners of the surface of the vertebra in its body frame. NaN without a cross-section or
    bone below.
    """
    name = f"{level}.mal.{side}"
    feet = [best_fit_plane(surface_corners(mesh, level, f"{name}.{end}_end"))[0] for end in ("mammillary", "accessory")]
    chord = np.linalg.norm(feet[1] - feet[0])
    along = (feet[1] - feet[0]) / chord
    free = np.concatenate([surface_corners(mesh, level, f"{name}.{face}") for face in ("dorsal", "lateral")])
    outward = area_vectors(free).sum(axis=0)
    outward -= (outward @ along) * along
    outward /= np.linalg.norm(outward)
    across = np.cross(along, outward)
    cut = section(region_corners(mesh, level, name), 0.5 * (feet[0] + feet[1]), along)
    if not len(cut):
        return float(chord), *(3 * (float("nan"),))
    heights = cut @ outward
    underside = cut.reshape(-1, 3).mean(axis=0)
    underside = underside + (heights.min() - underside @ outward) * outward
    hits = ray_hits(bone, underside, -outward)
    return (
        float(chord),
        float(np.ptp(cut @ across)),
        float(np.ptp(heights)),
        float(hits[0]) if len(hits) else float("nan"),
    )


def _landmark(level: str, name: str, wanted: np.ndarray, measured: np.ndarray, side: str = "") -> Measure:
    return point(level, name, wanted, measured, side, LANDMARK_TOLERANCE_MM)
