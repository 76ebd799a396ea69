"""Centre of rotation of each joint under a load, from the stored displacement of the two vertebral bodies."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.runs.fields import levels_of
from fem_lumbar.runs.run import FIELDS, Fields, Run
from fem_lumbar.runs.vtu import read_surface

LEAST_TURN_DEG = 0.5
"""Rotation below which no centre is given: its error grows as the rotation decreases."""
_FEWEST_NODES = 4
_SAME_PLACE_MM = 1e-6


def rotation_centre(run: Run, case: str, fields: Fields, joint: str, plane: str) -> np.ndarray | None:
    """Centre of rotation (3,), mm, of the upper relative to the lower body in a plane, in the undeformed anatomy.

    The finite centre of rotation from the unloaded to the loaded posture (Panjabi 1979, J Biomech 12:911-920): both
    bodies are fitted by rigid motions, and the motion of the upper in the frame of the lower is projected on the plane.
    The unloaded posture is the equilibrium from which rotations count. It is not the anatomy given, which taut
    ligaments turn.

    Parameters
    ----------
    run : Run
    case : str
    fields : Fields
        Fields of the load case.
    joint : str
    plane : str
        Component of rotation: ``flexion``, ``lateral_bending`` or ``axial_rotation``.

    Returns
    -------
    centre : (3,) float or None
        Along the axis of rotation it is at the centre of the disc. None below half a degree of rotation, and if the
        run has no stored unloaded equilibrium.
    """
    upper, lower = joint_levels(joint)
    unloaded = _unloaded(run, case, fields)
    kept = {body: _known_nodes(_nodes(run, fields, f"{body}.cancellous"), unloaded) for body in (upper, lower)}
    if any(len(nodes) < _FEWEST_NODES for nodes in kept.values()):
        return None

    def against_lower(posture: np.ndarray) -> np.ndarray:
        up, low = (_rigid_motion(fields.reference[kept[body]], posture[kept[body]]) for body in (upper, lower))
        return np.linalg.solve(low, up)

    motion = against_lower(fields.points) @ np.linalg.inv(against_lower(unloaded))
    turn, shift = motion[:3, :3], motion[:3, 3]
    axis = ROTATION_COMPONENTS[plane]
    across = [i for i in range(3) if i != axis]
    flat = turn[np.ix_(across, across)]
    angle = np.arctan2(flat[1, 0] - flat[0, 1], flat[0, 0] + flat[1, 1])
    if abs(np.degrees(angle)) < LEAST_TURN_DEG:
        return None
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = disc_middle(run, fields, joint)
    moved = (turn @ middle + shift)[across]  # the centre of the disc is kept in the projection plane
    centre = middle.copy()
    centre[across] = np.linalg.solve(np.eye(2) - turned, moved - turned @ middle[across])
    return centre


def disc_middle(run: Run, fields: Fields, joint: str) -> np.ndarray:
    """Mean (3,) of the undeformed nodes of the annulus, mm."""
    return fields.reference[_nodes(run, fields, f"{joint}.annulus")].mean(axis=0)


def _unloaded(run: Run, case: str, fields: Fields) -> np.ndarray:
    """Positions (n, 3) of the nodes in the unloaded equilibrium, mm; NaN if not stored.

    Only the outer surface is stored at each load level, the unloaded one first.
    """
    positions = np.full_like(fields.reference, np.nan)
    for _, path in levels_of(run.folder / FIELDS, case)[:1]:
        points, _, data = read_surface(path)
        away, node = cKDTree(fields.reference).query(points - data["displacement"])
        same = away < _SAME_PLACE_MM
        positions[node[same]] = points[same]
    return positions


def _known_nodes(nodes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Those of the given nodes (k,) whose positions (n, 3) are stored."""
    return nodes[np.isfinite(positions[nodes]).all(axis=1)]


def _rigid_motion(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Matrix (4, 4) of the rigid motion that best fits points (k, 3), mm, to their new positions (k, 3)."""
    turn = Rotation.align_vectors(after - after.mean(axis=0), before - before.mean(axis=0))[0].as_matrix()
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = turn, after.mean(axis=0) - turn @ before.mean(axis=0)
    return motion


def _nodes(run: Run, fields: Fields, region: str) -> np.ndarray:
    """Corner nodes of a region."""
    tag = next(int(tag) for tag, name in run.legend["regions"].items() if name == region)
    return np.unique(fields.cells[fields.cell_data["region"].astype(int) == tag])
