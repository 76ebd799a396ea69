"""Targets of needles on a medial branch, and the directions of approach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.measures.tunnel import tunnel_of
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.needle.parameters import needle_values
from fem_lumbar.nerve.course import Course

APPROACHES: dict[str, tuple[str, ...]] = {
    "middle_half": ("middle_half",),
    "posterior_half": ("posterior_half",),
    "aligned": ("aligned",),
    "perpendicular": ("perpendicular",),
    "notch": ("notch",),
    "two_landmark": ("posterior_half", "notch"),
}
"""Aims of each approach, one per needle."""
AIMS = tuple(dict.fromkeys(name for names in APPROACHES.values() for name in names))
"""All aims; the index of an aim is its random stream, so that its draws do not depend on the other aims."""
DESCRIPTION = {
    "middle_half": "along the nerve, middle two quarters of the neck of the superior articular process (Lau 2004)",
    "posterior_half": "along the nerve, posterior half of the neck (Tran 2023)",
    "aligned": "along the nerve as it runs in this anatomy, middle two quarters of the neck",
    "perpendicular": "square to the nerve, between straight from behind and square to the bone, middle of the neck",
    "notch": "square to the nerve, straight from behind, at the notch between mammillary and accessory process",
    "two_landmark": "two lesions: posterior half of the neck, and notch (Tran 2024)",
}
BACKWARDS = np.array([-1.0, 0.0, 0.0])
_MOST_DEG, _LEAST_CAUDAL_DEG = 85.0, 5.0
"""Limits of published angles: beyond them they define no useful direction."""
_MIDDLE, _TIP = 0.5, 0.0
_HALF = (0.25, 0.75)
"""Fractions of the neck that bound its middle two quarters."""
_ANGLES = ("lateral", "caudal")


@dataclass(frozen=True)
class Aim:
    """A target on a nerve and the distribution of needle directions, in the frame of the course.

    Attributes
    ----------
    target : ndarray (3,)
        Point on the centre line of the nerve, mm.
    nerve, outward, aside : ndarray (3,)
        Unit vectors: along the nerve at the target, away from the bone, and perpendicular to both.
    in_tunnel : bool
        Whether the target is under the ligament.
    held_at : float
        Point of the active tip that is placed at the target: 0 its end, 0.5 its middle.
    back : ndarray (3,) or None
        Mean direction of the needle from the tip backwards; None if published angles are used.
    scatter_deg : float
        Standard deviation of the two angles about ``back``; 0 with published angles.
    lateral_deg, caudal_deg : ndarray (2, 2)
        Published angles of a needle along the nerve: lowest and highest mean of the levels, and their standard
        deviations. Lateral: from the parasagittal plane, in the posterior view; caudal: from the superior endplate,
        in the lateral view. Zeros if ``back`` is given.
    """

    target: np.ndarray
    nerve: np.ndarray
    outward: np.ndarray
    aside: np.ndarray
    in_tunnel: bool
    held_at: float
    back: np.ndarray | None
    scatter_deg: float
    lateral_deg: np.ndarray
    caudal_deg: np.ndarray

    def directions(self, scatter: np.ndarray, means: np.ndarray) -> np.ndarray:
        """Unit vectors (n, 3) from the tip backwards.

        Parameters
        ----------
        scatter : ndarray (n, 2)
            Standard normal samples of the two angles.
        means : ndarray (n, 2)
            Interpolation weights (0 to 1) between the lowest and the highest published mean; unused with ``back``.
        """
        if self.back is not None:
            tilt = np.tan(np.radians(np.clip(self.scatter_deg * scatter, -_MOST_DEG, _MOST_DEG)))
            first = _unit(np.cross(self.back, self.aside))
            return _units(self.back + tilt[:, :1] * first + tilt[:, 1:] * np.cross(self.back, first))
        lateral, caudal = (
            np.interp(means[:, k], [0.0, 1.0], given[0]) + np.interp(means[:, k], [0.0, 1.0], given[1]) * scatter[:, k]
            for k, given in enumerate((self.lateral_deg, self.caudal_deg))
        )
        lateral = np.radians(np.clip(lateral, -_MOST_DEG, _MOST_DEG))
        caudal = np.radians(np.clip(caudal, _LEAST_CAUDAL_DEG, _MOST_DEG))
        return _units(np.column_stack([-1.0 / np.tan(caudal), np.tan(lateral), -np.ones(len(lateral))]))


def aim_at(mesh: SegmentMesh, course: Course, name: str) -> Aim:
    """The aim ``name`` of the data file on a course of a mesh."""
    known = needle_values()["aims"][name]
    in_tunnel = "tunnel_ratio" in known
    if in_tunnel:
        ends = course.arc_mm[[course.entrance, course.exit]]
        station = int(np.argmin(np.abs(course.arc_mm - ends[0] - known["tunnel_ratio"] * (ends[1] - ends[0]))))
    else:
        station = course.on_neck(known["neck_ratio"])
    target, nerve = course.points[station], course.tangents[station]
    if in_tunnel:
        _, axes = tunnel_of(mesh, course.level, course.side).frame(mesh.points)
        away = axes[2] @ course.frame.axes
    else:
        away = course.bone.above(target[None])[1][0]
    outward = _unit(away - (away @ nerve) * nerve)
    published = "lateral_deg" in known
    angles = [np.array([known[f"{a}_deg"], known[f"{a}_sd_deg"]]) if published else np.zeros((2, 2)) for a in _ANGLES]
    if published:
        back, held_at, scatter = None, _MIDDLE, 0.0
    elif "along_sd_deg" in known:
        chord = course.points[course.on_neck(_HALF[1])] - course.points[course.on_neck(_HALF[0])]
        back, held_at, scatter = _unit(chord), _MIDDLE, known["along_sd_deg"]
    else:
        square = _unit(BACKWARDS - (BACKWARDS @ nerve) * nerve)
        back, held_at, scatter = square if in_tunnel else _unit(square + outward), _TIP, known["square_sd_deg"]
    aside = np.cross(outward, nerve)
    return Aim(target, nerve, outward, aside, in_tunnel, held_at, back, scatter, angles[0], angles[1])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
