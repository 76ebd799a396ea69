"""Measures of the anatomy taken from a mesh, compared with the prescribed ones: bodies and discs.

Everything is measured on nodes and surfaces, each side separately; only the body frames are those given with the mesh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

import numpy as np

from fem_lumbar.anatomy.endplates import endplate_size
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import lordosis_deg, mean_endplate_size, transformed
from fem_lumbar.anatomy.spine import JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import ANTERIOR, CRANIAL, LEFT, SIDE_SIGN
from fem_lumbar.foundation.triangles import (
    area_moments,
    crossings,
    edge_counts,
    section,
)
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh

LENGTH_TOLERANCE_MM = 0.5
ANGLE_TOLERANCE_DEG = 1.0
FACES = ("superior", "inferior")


Point: TypeAlias = Sequence[float] | np.ndarray
"""Coordinates (3,), mm."""


@dataclass(frozen=True)
class Measure:
    """One measure of a mesh and its target value.

    Attributes
    ----------
    place : str
        Level or joint.
    side : str
        ``left``, ``right``, or empty where there is only one.
    quantity, unit : str
    wanted, measured : float or tuple of float
        Target and measured value, a number or a point; NaN where nothing could be measured.
    tolerance : float
        Largest accepted difference, in the same unit.
    """

    place: str
    side: str
    quantity: str
    unit: str
    wanted: float | tuple[float, ...]
    measured: float | tuple[float, ...]
    tolerance: float

    @property
    def difference(self) -> float:
        """Measured minus wanted; the distance for points."""
        if isinstance(self.wanted, tuple) or isinstance(self.measured, tuple):
            return float(np.linalg.norm(np.subtract(self.measured, self.wanted)))
        return self.measured - self.wanted

    @property
    def met(self) -> bool:
        """Whether the difference is within the tolerance."""
        return isfinite(self.difference) and abs(self.difference) <= self.tolerance


def length(
    place: str, quantity: str, wanted: float, measured: float, side: str = "", tolerance: float | None = None
) -> Measure:
    """A length in mm as :class:`Measure`."""
    tolerance = LENGTH_TOLERANCE_MM if tolerance is None else tolerance
    return Measure(place, side, quantity, "mm", float(wanted), float(measured), tolerance)


def angle(
    place: str, quantity: str, wanted: float, measured: float, side: str = "", tolerance: float | None = None
) -> Measure:
    """An angle in degrees as :class:`Measure`."""
    tolerance = ANGLE_TOLERANCE_DEG if tolerance is None else tolerance
    return Measure(place, side, quantity, "°", float(wanted), float(measured), tolerance)


def point(place: str, quantity: str, wanted: Point, measured: Point, side: str, tolerance: float) -> Measure:
    """A point in a body frame, mm, as :class:`Measure`."""
    return Measure(place, side, quantity, "mm", tuple(map(float, wanted)), tuple(map(float, measured)), tolerance)


def in_body_frame(mesh: SegmentMesh, level: str, points: np.ndarray) -> np.ndarray:
    """Points (..., 3) of the global frame in the body frame of a level, mm."""
    frame = mesh.frames[level]
    return (points - frame[:3, 3]) @ frame[:3, :3]


def surface_corners(mesh: SegmentMesh, level: str, name: str) -> np.ndarray:
    """Corners (k, 3, 3) of the triangles of a named surface in the body frame of a level, mm."""
    return in_body_frame(mesh, level, mesh.points[mesh.surfaces[name]])


def region_corners(mesh: SegmentMesh, level: str, *regions: str) -> np.ndarray:
    """Corners (k, 3, 3) of the outer faces of the named regions together, in the body frame of a level, mm."""
    return in_body_frame(mesh, level, mesh.points[free_faces(mesh.cells[mesh.region_cells(*regions)])])


def on_side(point_of_side: Point, side: str) -> np.ndarray:
    """A point (3,) given as x, lateral distance, z, placed on a side."""
    return np.array([point_of_side[0], SIDE_SIGN[side] * point_of_side[1], point_of_side[2]])


@dataclass(frozen=True)
class Endplate:
    """An endplate of the mesh, in the body frame of its vertebra.

    Attributes
    ----------
    anterior, posterior : ndarray (3,)
        Intersections of its rim with the mid-sagittal plane, mm.
    width : float
        Largest lateral extent, mm.
    normal, lateral : ndarray (3,)
        Unit normal, cranial, of the plane along the line through both corners that fits the rim best, as the endplate
        itself may be concave and the rim uneven; longest axis of its area, to the left.
    """

    anterior: np.ndarray
    posterior: np.ndarray
    width: float
    normal: np.ndarray
    lateral: np.ndarray

    @classmethod
    def of(cls, mesh: SegmentMesh, level: str, face: str) -> Endplate:
        """The ``superior`` or ``inferior`` endplate of a level."""
        triangles = mesh.surfaces[f"{level}.endplate.{face}"]
        corners = in_body_frame(mesh, level, mesh.points[triangles])
        edges, count = edge_counts(triangles)
        rim = in_body_frame(mesh, level, mesh.points[edges[count == 1]])
        middle = crossings(rim, np.zeros(3), LEFT)
        anterior, posterior = middle[middle[:, 0].argmax()], middle[middle[:, 0].argmin()]
        normal = _rim_normal(rim, anterior - posterior)
        across = np.cross(normal, ANTERIOR)
        longest = np.linalg.eigh(area_moments(corners)[1])[1][:, 2]
        return cls(
            anterior,
            posterior,
            float(np.ptp(rim @ across / np.linalg.norm(across))),
            normal,
            longest * np.sign(longest @ LEFT),
        )


def _rim_normal(rim: np.ndarray, chord: np.ndarray) -> np.ndarray:
    """Unit normal (3,), cranial, of the plane along a chord (3,) that fits the segments (k, 2, 3) of a rim best."""
    middle, weight = rim.mean(axis=1), np.linalg.norm(rim[:, 1] - rim[:, 0], axis=1)
    arms = middle - weight @ middle / weight.sum()
    normal = np.linalg.eigh(arms.T @ (weight[:, None] * arms))[1][:, 0]
    normal -= (normal @ chord) / (chord @ chord) * chord
    normal /= np.linalg.norm(normal)
    return normal * np.sign(normal @ CRANIAL)


def body_measures(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Endplates, heights and waist of the vertebral bodies."""
    found = []
    for level in LEVELS:
        wanted = anatomy.levels[level]
        endplates = {face: Endplate.of(mesh, level, face) for face in FACES}
        for face, endplate in endplates.items():
            depth, width, _ = endplate_size(wanted, face)
            sagittal = float(np.linalg.norm(endplate.anterior - endplate.posterior))
            found.append(length(level, f"{face} endplate depth, mid-sagittal", depth, sagittal))
            found.append(length(level, f"{face} endplate width, largest", width, endplate.width))
        for end in ("anterior", "posterior"):
            top, bottom = (getattr(endplates[face], end) for face in FACES)
            height = (top - bottom) @ CRANIAL
            found.append(length(level, f"body height, {end}", getattr(wanted, f"body_height_{end}_mm"), height))
        found += _waist(mesh, anatomy, level)
    return found


def _waist(mesh: SegmentMesh, anatomy: Anatomy, level: str) -> list[Measure]:
    """Width at x = 0, in front of the pedicles, and mid-sagittal depth of the body at mid-height."""
    wanted = anatomy.levels[level]
    depth, width = mean_endplate_size(wanted)
    outline = section(region_corners(mesh, level, f"{level}.cancellous"), np.zeros(3), CRANIAL)
    sagittal, frontal = (crossings(outline, np.zeros(3), axis) for axis in (LEFT, ANTERIOR))
    return [
        length(level, "waist width", wanted.waist_width_ratio * width, np.ptp(frontal[:, 1])),
        length(level, "waist depth, mid-sagittal", wanted.waist_depth_ratio * depth, np.ptp(sagittal[:, 0])),
    ]


def disc_measures(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Heights and wedges of the discs, and positions of the upper bodies relative to the lower ones."""
    found = []
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        wanted = anatomy.joints[joint]
        bottom, top = Endplate.of(mesh, upper, "inferior"), Endplate.of(mesh, lower, "superior")
        to_lower = mesh.frames[lower][:3, :3].T @ mesh.frames[upper][:3, :3]
        rim = {
            end: in_body_frame(mesh, lower, transformed(mesh.frames[upper], getattr(bottom, end)))
            for end in ("anterior", "posterior")
        }
        for end, corner in rim.items():
            height = float(np.linalg.norm(corner - getattr(top, end)))
            found.append(length(joint, f"disc height, {end}", getattr(wanted, f"disc_height_{end}_mm"), height))
        depths = sum(endplate_size(anatomy.levels[level], face)[0] for level, face in zip((lower, upper), FACES))
        wedge = wanted.disc_height_anterior_mm - wanted.disc_height_posterior_mm
        middle = _mid_plane(to_lower @ bottom.normal, top.normal)
        above, below = middle @ to_lower @ bottom.normal, middle @ top.normal
        turned = _to_the_left(middle @ to_lower @ bottom.lateral) - _to_the_left(middle @ top.lateral)
        leaning = _back(to_lower @ _axis(mesh, upper)) - _back(_axis(mesh, lower))
        between = middle @ (0.5 * (rim["anterior"] + rim["posterior"] - top.anterior - top.posterior))
        found += [
            angle(
                joint, "disc wedge, sagittal", 2.0 * np.degrees(np.arcsin(wedge / depths)), _back(above) - _back(below)
            ),
            angle(joint, "disc wedge, lateral", wanted.lateral_wedge_deg, _to_the_right(above) - _to_the_right(below)),
            angle(joint, "lordosis", lordosis_deg(anatomy)[joint], leaning),
            angle(joint, "axial rotation", wanted.axial_rotation_deg, turned),
            length(joint, "anterior shift", wanted.disc_shift_mm, between[0]),
            length(joint, "lateral shift, + left", wanted.lateral_shift_mm, between[1]),
        ]
    return found


def _mid_plane(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Rows (3, 3): anterior, left and cranial axis of the plane midway between two with given normals (3,)."""
    cranial = (upper + lower) / np.linalg.norm(upper + lower)
    anterior = np.cross(LEFT, cranial)
    anterior /= np.linalg.norm(anterior)
    return np.array([anterior, np.cross(cranial, anterior), cranial])


def _axis(mesh: SegmentMesh, level: str) -> np.ndarray:
    """Sum (3,) of the unit normals of both endplates of a body, in its frame."""
    return sum((Endplate.of(mesh, level, face).normal for face in FACES), np.zeros(3))


def _back(axis: np.ndarray) -> float:
    """Angle by which a cranial axis (3,) leans backwards, degrees."""
    return float(np.degrees(np.arctan2(-axis[0], axis[2])))


def _to_the_right(axis: np.ndarray) -> float:
    """Angle by which a cranial axis (3,) leans to the right, degrees."""
    return float(np.degrees(np.arctan2(-axis[1], axis[2])))


def _to_the_left(lateral: np.ndarray) -> float:
    """Angle by which an axis (3,) to the left is turned backwards, an axial rotation to the left, degrees."""
    return float(np.degrees(np.arctan2(-lateral[0], lateral[1])))
