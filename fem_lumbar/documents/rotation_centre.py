"""Centre of rotation of each joint under a load, from the stored displacement of the two vertebral bodies."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.runs.run import Fields, Run

LEAST_TURN_DEG = 0.5
"""Rotation below which the centre is not told: its error grows as the rotation shrinks."""


def rotation_centre(run: Run, fields: Fields, joint: str, plane: str) -> np.ndarray | None:
    """Point (3,), mm, in the unloaded posture, about which the upper body turns against the lower one in a plane.

    The finite centre of rotation from the unloaded to the loaded posture (Panjabi 1979, J Biomech 12:911-920): both
    bodies are fitted by rigid motions, and the motion of the upper in the frame of the lower is projected on the plane.

    Parameters
    ----------
    run : Run
    fields : Fields
        Of a load case.
    joint : str
    plane : str
        Component of rotation: ``flexion``, ``lateral_bending`` or ``axial_rotation``.

    Returns
    -------
    centre : (3,) float or None
        Along the axis of rotation it lies in the middle of the disc; None below half a degree of rotation.
    """
    upper, lower = joint_levels(joint)
    (turn_up, shift_up), (turn_low, shift_low) = (_rigid_motion(run, fields, body) for body in (upper, lower))
    turn, shift = turn_low.T @ turn_up, turn_low.T @ (shift_up - shift_low)
    axis = ROTATION_COMPONENTS[plane]
    across = [i for i in range(3) if i != axis]
    flat = turn[np.ix_(across, across)]
    angle = np.arctan2(flat[1, 0] - flat[0, 1], flat[0, 0] + flat[1, 1])
    if abs(np.degrees(angle)) < LEAST_TURN_DEG:
        return None
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = disc_middle(run, fields, joint)
    moved = (turn @ middle + shift)[across]  # the disc's middle stays in the plane that is looked at
    centre = middle.copy()
    centre[across] = np.linalg.solve(np.eye(2) - turned, moved - turned @ middle[across])
    return centre


def disc_middle(run: Run, fields: Fields, joint: str) -> np.ndarray:
    """Mean of the nodes (3,) of the annulus before loading, mm."""
    return fields.reference[_nodes(run, fields, f"{joint}.annulus")].mean(axis=0)


def _rigid_motion(run: Run, fields: Fields, body: str) -> tuple[np.ndarray, np.ndarray]:
    """Rotation (3, 3) and shift (3,), mm, that carry the cancellous bone of a body to where it is under load."""
    nodes = _nodes(run, fields, f"{body}.cancellous")
    before, after = fields.reference[nodes], fields.points[nodes]
    turn = Rotation.align_vectors(after - after.mean(axis=0), before - before.mean(axis=0))[0].as_matrix()
    return turn, after.mean(axis=0) - turn @ before.mean(axis=0)


def _nodes(run: Run, fields: Fields, region: str) -> np.ndarray:
    """Corner nodes of a region."""
    tag = next(int(tag) for tag, name in run.legend["regions"].items() if name == region)
    return np.unique(fields.cells[fields.cell_data["region"].astype(int) == tag])
