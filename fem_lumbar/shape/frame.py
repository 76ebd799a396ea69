"""The body frame of a bone and the measures of its body, both from the rims of its endplates.

The origin of the body frame is the mean of the mid-sagittal body corners; its x axis lies along the sum of the two
mid-sagittal chords, so that the endplates tilt by opposite amounts. The sacrum has the frame of its one endplate.
"""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.placement import sagittal_transform
from fem_lumbar.anatomy.spine import FACES
from fem_lumbar.shape.vertebra import BoneShape

_RIM_POINTS = 361
_STEPS, _LONGEST_STEP_MM = 40, 2.0
"""Steps of Newton's method along a ray from the middle of a body, and the longest one."""


def body_frame(shape: BoneShape) -> np.ndarray:
    """Body frame in the frame of the shape, (4, 4)."""
    corners = shape.corners
    chords = sum(corners[f"{face}_anterior"] - corners[f"{face}_posterior"] for face in shape.faces)
    pitch = -np.arctan2(chords[2], chords[0])
    return sagittal_transform(float(pitch), np.mean(list(corners.values()), axis=0))


def in_body_frame(shape: BoneShape, points: np.ndarray) -> np.ndarray:
    """Points (n, 3) given in the frame of the shape, transformed to the body frame, mm."""
    frame = body_frame(shape)
    return (points - frame[:3, 3]) @ frame[:3, :3]


def waist_size(shape: BoneShape) -> tuple[float, float]:
    """Mid-sagittal depth of the body, and its width at x = 0, where pedicles begin; both at mid-height, mm."""
    frame = body_frame(shape)
    reach = []
    for direction in ([1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]):
        arm = frame[:3, :3] @ np.array(direction)
        distance = 20.0
        for _ in range(_STEPS):
            surface = shape(frame[None, :3, 3] + distance * arm).bone
            step = surface.value[0] / (surface.gradient[0] @ arm)
            distance -= float(np.clip(step, -_LONGEST_STEP_MM, _LONGEST_STEP_MM))
        reach.append(distance)
    return reach[0] + reach[1], 2.0 * reach[2]


def endplate_size(shape: BoneShape, face: str) -> tuple[float, float]:
    """Mid-sagittal depth and largest width of an endplate, mm."""
    chord = shape.corners[f"{face}_anterior"] - shape.corners[f"{face}_posterior"]
    rim = shape.rim(face, np.linspace(0.0, np.pi, _RIM_POINTS))
    return float(np.linalg.norm(chord)), 2.0 * float(rim[:, 1].max())


def body_measures(shape: BoneShape) -> dict[str, float]:
    """Heights, depths and widths of a body, mm, by the names of
    :class:`~fem_lumbar.anatomy.measures.VertebraMeasures`."""
    corners = {name: in_body_frame(shape, corner[None])[0] for name, corner in shape.corners.items()}
    found = {
        f"body_height_{side}_mm": corners[f"superior_{side}"][2] - corners[f"inferior_{side}"][2]
        for side in ("anterior", "posterior")
    }
    for face in FACES:
        found[f"{face}_endplate_depth_mm"], found[f"{face}_endplate_width_mm"] = endplate_size(shape, face)
    centre = 0.5 * (corners["superior_anterior"] + corners["superior_posterior"])
    found["superior_endplate_offset_mm"] = centre[0]
    return {name: float(value) for name, value in found.items()}
