"""The mamillo-accessory ligament as a curved strap between two processes, their knobs, and the groove under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.measures import LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.shape.details import details
from fem_lumbar.shape.jet import Jet, coordinate, norm, root, smooth_max, smooth_min, superellipse
from fem_lumbar.shape.placed import PlacedBone

_OUTWARD = np.array([-0.75, -0.65, 0.0])
"""Direction out of the groove, across the nerve, on the right side in the body frame: posterolateral."""
_STRAP_EXPONENT = 4.0
"""Exponent of the superelliptic cross-section of the strap: flat with rounded edges."""


@dataclass(frozen=True)
class Arch:
    """Chord of a ligament in the global frame, right side.

    Attributes
    ----------
    start, end : ndarray (3,)
        Mammillary and accessory foot on the bone, mm.
    along, outward, across : ndarray (3,)
        Unit vectors: along the chord, away from the bone, and along the width of the strap. Outward bisects the
        direction out of the groove and the bone normal at the feet, so that the strap lies flat on both processes.
    measures : LigamentArch
    """

    start: np.ndarray
    end: np.ndarray
    along: np.ndarray
    outward: np.ndarray
    across: np.ndarray
    measures: LigamentArch

    @property
    def length(self) -> float:
        """Length of the chord, mm."""
        return float(np.linalg.norm(self.end - self.start))

    @property
    def centre(self) -> np.ndarray:
        """Middle of the chord, (3,) mm."""
        return 0.5 * (self.start + self.end)

    def progress(self, points: np.ndarray) -> Jet:
        """0 at the mammillary foot to 1 at the accessory foot, at points (n, 3)."""
        return coordinate(points, self.along, self.start) / self.length

    def strap(self, points: np.ndarray) -> Jet:
        """Signed distance from the ligament at points (n, 3), mm, to first order; its ends are embedded in the bone.

        Its centreline is a parabola: at mid-span its underside is ``rise_mm`` over the chord, at the feet its outer
        side is under the top of the knobs.
        """
        half_thickness, half_width = 0.5 * self.measures.thickness_mm, 0.5 * self.measures.width_mm
        at_feet = details()["arch"]["height_at_feet_mm"]
        bow = self.measures.rise_mm + half_thickness - at_feet
        sunk = 1.0 + 2.5 * details()["arch"]["end_fraction"]
        along = (2.0 * self.progress(points) - 1.0).clipped(-sunk, sunk)
        middle = (1.0 - along * along) * bow + at_feet
        slope = along * (4.0 * bow / self.length)
        over = (coordinate(points, self.outward, self.start) - middle) / root(slope * slope + 1.0)
        section = superellipse(
            _STRAP_EXPONENT, coordinate(points, self.across, self.start) / half_width, over / half_thickness
        )
        return (section - 1.0) * half_thickness

    def beyond_ends(self, points: np.ndarray) -> Jet:
        """Signed distance beyond the embedded ends, mm, to first order."""
        progress = self.progress(points) - 0.5
        return (norm(progress) - 0.5 - details()["arch"]["end_fraction"]) * self.length

    def knobs(self, points: np.ndarray) -> tuple[Jet, Jet]:
        """Signed distances from the knobs under both feet, mm, to first order: ellipsoids wider than the strap."""
        knobs = details()["knobs"]
        first, second = (
            self._knob(points, foot - knobs["depth_mm"] * self.outward, knobs[f"{name}_radius_mm"])
            for foot, name in ((self.start, "mammillary"), (self.end, "accessory"))
        )
        return first, second

    def _knob(self, points: np.ndarray, centre: np.ndarray, radius: float) -> Jet:
        half_width = 0.5 * self.measures.width_mm + details()["knobs"]["beyond_strap_mm"]
        along, over = (coordinate(points, axis, centre) / radius for axis in (self.along, self.outward))
        across = coordinate(points, self.across, centre) / half_width
        return (norm(along, over, across) - 1.0) * radius

    def groove(self, points: np.ndarray) -> Jet:
        """Signed distance from the groove, the ellipsoid under the chord removed from the bone, mm, to first order."""
        radius, depth = self.measures.groove_radius_mm, self.measures.groove_depth_mm
        along = (self.progress(points) - 0.5) * (self.length / radius)
        over = coordinate(points, self.outward, self.start) / depth
        across = coordinate(points, self.across, self.start) / details()["groove"]["width_mm"]
        return (norm(along, over, across) - 1.0) * radius


def placed_arch(bone: PlacedBone, vertebra: VertebraMeasures, measures: LigamentArch) -> Arch:
    """The arch from the lower pole of the mammillary process to the tip of the accessory process, feet on the bone.

    Raises AnatomyError when no bone is near a foot.
    """
    start, end = (
        foot_on_bone(bone, transformed(bone.frame, on_right(point)))
        for point in (vertebra.mammillary_lower_pole_mm, vertebra.accessory_tip_mm)
    )
    along = _unit(end - start)
    groove = bone.frame[:3, :3] @ _OUTWARD
    feet = sum(_unit(slope) for slope in bone(np.array([start, end])).bone.gradient)
    outward = _unit(_unit(groove - (groove @ along) * along) + _unit(feet - (feet @ along) * along))
    return Arch(start, end, along, outward, np.cross(along, outward), measures)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def foot_on_bone(bone: PlacedBone, point: np.ndarray) -> np.ndarray:
    """A point moved along the gradient onto the surface of a bone, (3,) mm.

    Raises
    ------
    AnatomyError
        When this does not converge.
    """
    for _ in range(30):
        function = bone(point[None]).bone
        if abs(function.value[0]) < 1e-9:
            return point
        slope = function.gradient[0]
        point = point - function.value[0] * slope / (slope @ slope)
    raise AnatomyError(f"no bone near {np.round(point, 1).tolist()} mm to put a foot of the ligament on")


def blended_bone(bone: Jet, arch: Arch, points: np.ndarray, union: float, cut: float) -> Jet:
    """Bone with the knobs of an arch added and its groove removed, blended over lengths ``union`` and ``cut``, mm."""
    for ball in arch.knobs(points):
        bone = smooth_min(bone, ball, union)
    return smooth_max(bone, -arch.groove(points), cut)
