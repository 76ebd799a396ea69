"""The mamillo-accessory ligament as a bent strap between two processes, their knobs, and the groove under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.measures import LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.shape.details import details
from fem_lumbar.shape.jet import Jet, coordinate, norm, root, smooth_max, smooth_min, superellipse
from fem_lumbar.shape.placed import PlacedBone, knob

_OUTWARD = np.array([-0.75, -0.65, 0.0])
"""Roughly away from the bone at the groove, right side, in the body frame: posterolateral."""
_STRAP_EXPONENT = 4.0
"""Of the superelliptic section of the strap: flat with rounded edges."""


@dataclass(frozen=True)
class Arch:
    """Chord of a ligament in the global frame, right side.

    Attributes
    ----------
    start, end : ndarray (3,)
        Mammillary and accessory foot on the bone, mm.
    along, outward, across : ndarray (3,)
        Unit vectors: along the chord, away from the bone, and along the width of the strap.
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
        """Distance outside the ligament, mm, to first order; its ends are to be buried in the bone."""
        rise = self.measures.rise_mm
        sunk = 2.5 * details()["arch"]["end_fraction"]
        along = (2.0 * self.progress(points) - 1.0).clipped(-1.0 - sunk, 1.0 + sunk)
        square = along * along
        middle = rise * (1.0 - square * square) + details()["arch"]["middle_rise_mm"]
        slope = along * square * (8.0 * rise / self.length)
        over = (coordinate(points, self.outward, self.start) - middle) / root(slope * slope + 1.0)
        half_thickness, half_width = 0.5 * self.measures.thickness_mm, 0.5 * self.measures.width_mm
        section = superellipse(
            _STRAP_EXPONENT, coordinate(points, self.across, self.start) / half_width, over / half_thickness
        )
        return (section - 1.0) * half_thickness

    def beyond_ends(self, points: np.ndarray) -> Jet:
        """Distance beyond the buried ends, mm, to first order."""
        progress = self.progress(points) - 0.5
        return (norm(progress) - 0.5 - details()["arch"]["end_fraction"]) * self.length

    def knobs(self, points: np.ndarray) -> tuple[Jet, Jet]:
        """The knobs under both feet."""
        knobs = details()["knobs"]
        depth = knobs["depth_mm"] * self.outward
        radii = knobs["mammillary_radius_mm"], knobs["accessory_radius_mm"]
        first, second = (knob(points, foot - depth, radius) for foot, radius in zip((self.start, self.end), radii))
        return first, second

    def groove(self, points: np.ndarray) -> Jet:
        """Distance outside the scoop under the chord that is taken from the bone, mm, to first order."""
        radius, depth = self.measures.groove_radius_mm, self.measures.groove_depth_mm
        along = (self.progress(points) - 0.5) * (self.length / radius)
        over = coordinate(points, self.outward, self.start + 0.2 * self.outward) / depth
        across = coordinate(points, self.across, self.start) / details()["groove"]["width_mm"]
        return (norm(along, over, across) - 1.0) * radius


def placed_arch(bone: PlacedBone, vertebra: VertebraMeasures, measures: LigamentArch) -> Arch:
    """The arch from the lower pole of the mammillary process to the tip of the accessory process, put on the bone."""
    start, end = (
        foot_on_bone(bone, transformed(bone.frame, on_right(point)))
        for point in (vertebra.mammillary_lower_pole_mm, vertebra.accessory_tip_mm)
    )
    along = (end - start) / np.linalg.norm(end - start)
    outward = bone.frame[:3, :3] @ _OUTWARD
    outward -= (outward @ along) * along
    outward /= np.linalg.norm(outward)
    return Arch(start, end, along, outward, np.cross(along, outward), measures)


def foot_on_bone(bone: PlacedBone, point: np.ndarray) -> np.ndarray:
    """A point moved along the gradient onto the surface of a bone, (3,) mm."""
    for _ in range(30):
        function = bone(point[None]).bone
        if abs(function.value[0]) < 1e-9:
            return point
        slope = function.gradient[0]
        point = point - function.value[0] * slope / (slope @ slope)
    raise AnatomyError(f"no bone near {np.round(point, 1).tolist()} mm to put a foot of the ligament on")


def blended_bone(bone: Jet, arch: Arch, points: np.ndarray, union: float, cut: float) -> Jet:
    """Bone with the knobs of an arch added and its groove taken away."""
    for ball in arch.knobs(points):
        bone = smooth_min(bone, ball, union)
    return smooth_max(bone, -arch.groove(points), cut)
