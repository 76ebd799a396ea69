"""Placement of the vertebrae and facet joints in the global frame.

The frame of one body is parallel to the global axes, as it is about horizontal in standing; the others follow
from the wedge of the bodies and of the discs. The origin is the centre of the lowermost endplate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.endplates import endplate_size, kidney_outline
from fem_lumbar.anatomy.measures import DiscAndFacetMeasures
from fem_lumbar.anatomy.parameters import Anatomy, VertebraMeasures
from fem_lumbar.anatomy.spine import FREE_FACETS, HORIZONTAL, JOINTS, LEVELS, joint_levels

_RIM_POINTS = 360


def sagittal_transform(pitch: float, origin: np.ndarray) -> np.ndarray:
    """Rotation by ``pitch`` (rad, right-handed about +y: anterior end down) followed by a shift, as (4, 4)."""
    cosine, sine = np.cos(pitch), np.sin(pitch)
    frame = np.eye(4)
    frame[:3, :3] = [[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]]
    frame[:3, 3] = origin
    return frame


def endplate_frame(vertebra: VertebraMeasures, face: str) -> np.ndarray:
    """Frame of an endplate in the body frame, (4, 4): origin at its centre, x anterior along it, z cranial."""
    sign = 1.0 if face == "superior" else -1.0
    depth, _, _ = endplate_size(vertebra, face)
    anterior, posterior = vertebra.body_height_anterior_mm, vertebra.body_height_posterior_mm
    rise = 0.5 * sign * (anterior - posterior)
    pitch = -np.arcsin(rise / depth)
    centre = np.array([sign * vertebra.superior_endplate_offset_mm, 0.0, 0.25 * sign * (anterior + posterior)])
    return sagittal_transform(pitch, centre)


def mean_endplate_size(vertebra: VertebraMeasures) -> tuple[float, float]:
    """Mid-sagittal depth, and width at x = 0, of the outline midway between the two endplates of a body, mm."""
    rims = []
    for face in ("superior", "inferior"):
        outline = kidney_outline(_RIM_POINTS, *endplate_size(vertebra, face))
        rims.append(transformed(endplate_frame(vertebra, face), np.column_stack([outline, np.zeros(_RIM_POINTS)])))
    middle = 0.5 * (rims[0] + rims[1])
    left = middle[: _RIM_POINTS // 2]
    width = 2.0 * np.interp(0.0, -left[:, 0], left[:, 1])
    return float(middle[0, 0] - middle[_RIM_POINTS // 2, 0]), float(width)


def body_corners(vertebra: VertebraMeasures) -> dict[str, np.ndarray]:
    """Mid-sagittal corners of the body in its frame (mm): ``superior_anterior``, ``superior_posterior``, ..."""
    corners = {}
    for face in ("superior", "inferior"):
        frame = endplate_frame(vertebra, face)
        depth, _, _ = endplate_size(vertebra, face)
        corners[f"{face}_anterior"] = frame[:3, 3] + 0.5 * depth * frame[:3, 0]
        corners[f"{face}_posterior"] = frame[:3, 3] - 0.5 * depth * frame[:3, 0]
    return corners


def level_frames(anatomy: Anatomy) -> dict[str, np.ndarray]:
    """Body frame of each vertebra in the global frame: level to (4, 4)."""
    frames = {HORIZONTAL: np.eye(4)}
    for joint in reversed(JOINTS[: LEVELS.index(HORIZONTAL)]):
        upper, lower = joint_levels(joint)
        frames[upper] = frames[lower] @ _upper_in_lower(anatomy, joint)
    for joint in JOINTS[LEVELS.index(HORIZONTAL) :]:
        upper, lower = joint_levels(joint)
        frames[lower] = frames[upper] @ np.linalg.inv(_upper_in_lower(anatomy, joint))
    lowest = LEVELS[-1]
    origin = (frames[lowest] @ endplate_frame(anatomy.levels[lowest], "inferior"))[:3, 3]
    for frame in frames.values():
        frame[:3, 3] -= origin
    return {level: frames[level] for level in LEVELS}


def lordosis_deg(anatomy: Anatomy) -> dict[str, float]:
    """Angle between the body frames of each joint (deg), positive in lordosis."""
    return lordosis_of(level_frames(anatomy))


def lordosis_of(frames: dict[str, np.ndarray]) -> dict[str, float]:
    """Angle between neighbouring body frames (4, 4), deg, positive in lordosis."""
    angles = {}
    for joint in JOINTS:
        upper, lower = (frames[level][:3, :3] for level in joint_levels(joint))
        rotation = lower.T @ upper
        angles[joint] = float(np.degrees(np.arctan2(-rotation[0, 2], rotation[0, 0])))
    return angles


def _upper_in_lower(anatomy: Anatomy, joint: str) -> np.ndarray:
    """Body frame of the upper vertebra in that of the lower one, (4, 4)."""
    upper, lower = (anatomy.levels[level] for level in joint_levels(joint))
    depths = endplate_size(lower, "superior")[0], endplate_size(upper, "inferior")[0]
    top, bottom = endplate_frame(lower, "superior"), endplate_frame(upper, "inferior")
    return upper_in_lower(anatomy.joints[joint], top, bottom, depths)


def upper_in_lower(
    measures: DiscAndFacetMeasures, top: np.ndarray, bottom: np.ndarray, depths: tuple[float, float]
) -> np.ndarray:
    """Body frame of the upper body of a joint in that of the lower one, (4, 4), from the disc heights at the rims.

    Parameters
    ----------
    measures : DiscAndFacetMeasures
        Measures of the disc.
    top, bottom : (4, 4)
        Frame of the endplate of the lower body in its frame, and of the upper body in its frame.
    depths : (float, float)
        Depths of the two endplates, the lower one first, mm.
    """
    mean_height = 0.5 * (measures.disc_height_anterior_mm + measures.disc_height_posterior_mm)
    wedge = measures.disc_height_anterior_mm - measures.disc_height_posterior_mm
    half_wedge = np.arcsin(wedge / sum(depths))
    towards_mid_plane = sagittal_transform(-half_wedge, np.zeros(3)) @ _turn(0.5 * measures.lateral_wedge_deg, axis=0)
    disc = _turn(measures.axial_rotation_deg, axis=2)
    disc[:3, 3] = [measures.disc_shift_mm, measures.lateral_shift_mm, mean_height]
    return top @ towards_mid_plane @ disc @ towards_mid_plane @ np.linalg.inv(bottom)


def _turn(angle_deg: float, axis: int) -> np.ndarray:
    """Rotation about a coordinate axis, right-handed, as (4, 4)."""
    frame = np.eye(4)
    frame[:3, :3] = Rotation.from_rotvec(angle_deg * np.eye(3)[axis], degrees=True).as_matrix()
    return frame


def bent_height(across: np.ndarray, distance: float, curvature: float, width: float) -> np.ndarray:
    """Height (n,) of a curved articular face over the mean plane of its joint, mm.

    With positive curvature the edges are higher than the middle: the superior articular process is concave.

    Parameters
    ----------
    across : (n,)
        Position from the middle of the face to its edges, mm.
    distance : float
        Distance of the face from the mid-surface of the gap along its normal, mm, so that the gap is uniform.
    curvature : float
        Curvature of the mid-surface of the gap, a parabola, 1/mm.
    width : float
        Width of the face, mm: averaged over an ellipse of that width, the parabola has height 0.
    """
    return 0.5 * curvature * (across**2 - width**2 / 16.0) + distance * np.sqrt(1.0 + (curvature * across) ** 2)


@dataclass(frozen=True)
class FacetFrame:
    """Mean plane of an articular face on the right side.

    Attributes
    ----------
    centre : ndarray (3,)
        Centre of the joint gap, mm.
    normal : ndarray (3,)
        Unit vector from the superior process of the lower vertebra to the inferior process of the upper one.
    up, across : ndarray (3,)
        Unit vectors in the face: cranial, and towards the posterolateral edge.
    """

    centre: np.ndarray
    normal: np.ndarray
    up: np.ndarray
    across: np.ndarray

    def moved(self, frame: np.ndarray) -> FacetFrame:
        """The same face after the rigid transform ``frame`` (4, 4)."""
        rotation = frame[:3, :3]
        return FacetFrame(
            rotation @ self.centre + frame[:3, 3], rotation @ self.normal, rotation @ self.up, rotation @ self.across
        )


def facet_frame(centre_mm: tuple[float, float, float], angle_deg: float, inclination_deg: float) -> FacetFrame:
    """Right-side face from its centre (x, lateral, z; mm), angle from the sagittal plane and inclination (deg)."""
    angle, inclination = np.radians(angle_deg), np.radians(inclination_deg)
    horizontal = np.array([-np.sin(angle), np.cos(angle), 0.0])
    normal = np.cos(inclination) * horizontal + np.sin(inclination) * np.array([0.0, 0.0, 1.0])
    across = np.array([-np.cos(angle), -np.sin(angle), 0.0])
    return FacetFrame(on_right(centre_mm), normal, np.cross(normal, across), across)


def facet_frames(anatomy: Anatomy) -> dict[str, FacetFrame]:
    """Right-side faces in the global frame by joint, and those of the free processes by name."""
    frames = level_frames(anatomy)
    found = {}
    for joint in JOINTS:
        measures = anatomy.joints[joint]
        local = facet_frame(measures.facet_centre_mm, measures.facet_angle_deg, measures.facet_inclination_deg)
        found[joint] = local.moved(frames[joint_levels(joint)[1]])
    for name, (level, _) in FREE_FACETS.items():
        free = anatomy.free_facets[name]
        found[name] = facet_frame(free.centre_mm, free.angle_deg, free.inclination_deg).moved(frames[level])
    return found


def on_right(point: tuple[float, float, float]) -> np.ndarray:
    """A point given as x, lateral distance, z, placed on the right side (y = −lateral)."""
    return np.array([point[0], -point[1], point[2]])


def transformed(frame: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Points (..., 3) moved by the rigid transform ``frame`` (4, 4)."""
    return point @ frame[:3, :3].T + frame[:3, 3]
