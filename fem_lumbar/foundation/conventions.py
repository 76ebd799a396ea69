"""Axes, signs and units: the one place where they are fixed (x anterior, y left, z cranial).

Internal units are mm, N, MPa, hence N·mm for moments. The origin is the centre of the lowermost endplate.
Right-hand rule: flexion is +y rotation, right lateral bending +x, left axial rotation +z.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

ANTERIOR, LEFT, CRANIAL = np.eye(3)

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
BonePlace = Literal["left", "right", "spinous"]
BONE_PLACES: tuple[BonePlace, ...] = (*SIDES, "spinous")
"""Where posterior bones of neighbours meet: beside the facet joints, and the spinous processes."""
LIGAMENTS = ("ALL", "PLL", "LF", "ITL", "CL", "ISL", "SSL")
ILIOLUMBAR = "IL"
"""The ligament from the lowermost lumbar vertebra to the ilium, in segments that go on to the sacrum."""
ALL_LIGAMENTS = (*LIGAMENTS, ILIOLUMBAR)
PAIRED_LIGAMENTS = ("LF", "ITL", "CL", ILIOLUMBAR)
MalState = Literal["absent", "fibrous", "type_I", "type_II", "type_III"]
MAL_STATES: tuple[MalState, ...] = ("absent", "fibrous", "type_I", "type_II", "type_III")

MOMENT_AXIS = {
    "flexion": (0.0, 1.0, 0.0),
    "extension": (0.0, -1.0, 0.0),
    "lateral_bending_right": (1.0, 0.0, 0.0),
    "lateral_bending_left": (-1.0, 0.0, 0.0),
    "axial_rotation_left": (0.0, 0.0, 1.0),
    "axial_rotation_right": (0.0, 0.0, -1.0),
}
"""Unit axis of the applied pure moment for each case that goes by name."""

ROTATION_COMPONENTS = {"lateral_bending": 0, "flexion": 1, "axial_rotation": 2}
"""Component of the rotation vector reported under each name (+ right bending, + flexion, + left rotation)."""

SIDE_SIGN = {"left": 1.0, "right": -1.0}
"""Sign of y on each side."""

NMM_PER_NM = 1000.0


def mirrored(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) reflected in the mid-sagittal plane y = 0."""
    return vectors * np.array([1.0, -1.0, 1.0])
