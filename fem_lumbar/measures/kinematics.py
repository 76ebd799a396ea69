"""Motion of the vertebrae: rigid-body rotation of each body and relative rotation at each joint."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.spine import endplates, joint_levels, joint_name
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.rotation import best_fit_rotation, rotation_vector
from fem_lumbar.model.segment import Segment


def body_nodes(segment: Segment, level: str) -> np.ndarray:
    """Corner nodes of the endplates of a body."""
    return np.unique(np.vstack([segment.mesh.surfaces[plate] for plate in endplates(level)]))


def displacement(nodes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Displacements (n, 3) of nodes (n,), mm."""
    return x[node_dofs(nodes[:, None])]


def current_places(segment: Segment, nodes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Places (n, 3) of nodes (n,) of the quadratic mesh in a state x (n_dofs,), mm."""
    return segment.space.nodes[nodes] + displacement(nodes, x)


def level_rotations(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """Rotation matrix (3, 3) of each vertebral body from the reference configuration."""
    rotations = {}
    for level in segment.levels:
        nodes = body_nodes(segment, level)
        reference = segment.mesh.points[nodes]
        rotations[level] = best_fit_rotation(reference, reference + displacement(nodes, x))
    return rotations


def joint_rotations_deg(
    segment: Segment, x: np.ndarray, neutral: dict[str, np.ndarray] | None = None
) -> dict[str, dict[str, float]]:
    """Rotation of the upper relative to the lower vertebra, by joint and component, deg.

    Components of the rotation vector on the global axes: + flexion, + right lateral bending, + left axial rotation.

    Parameters
    ----------
    segment : Segment
        Model.
    x : (n_dofs,)
        State.
    neutral : dict, optional
        Rotations of the levels in the neutral (settled, unloaded) state, from which rotation is counted.
    """
    rotations = level_rotations(segment, x)
    if neutral is not None:
        rotations = {level: r @ neutral[level].T for level, r in rotations.items()}
    pairs = {joint: joint_levels(joint) for joint in segment.joints}
    if len(segment.levels) > 2:
        pairs[joint_name(segment.levels[0], segment.levels[-1])] = (segment.levels[0], segment.levels[-1])
    out = {}
    for name, (upper, lower) in pairs.items():
        vector = np.degrees(rotation_vector(rotations[upper] @ rotations[lower].T))
        out[name] = {component: float(vector[axis]) for component, axis in ROTATION_COMPONENTS.items()}
    return out


def disc_axis(segment: Segment, joint: str, rotations: dict[str, np.ndarray]) -> np.ndarray:
    """Cranial unit axis (3,) of a disc: mean of the two adjacent endplate normals in the given rotation."""
    upper, lower = joint_levels(joint)
    axis = np.zeros(3)
    for level, face, sign in ((upper, "inferior", -1.0), (lower, "superior", 1.0)):
        corners = segment.mesh.points[segment.mesh.surfaces[f"{level}.endplate.{face}"]]
        normal = area_vectors(corners).sum(axis=0)
        axis += sign * rotations[level] @ normal / np.linalg.norm(normal)
    return axis / np.linalg.norm(axis)


def disc_centre(segment: Segment, x: np.ndarray, joint: str) -> np.ndarray:
    """Mean (3,) of the nodes of the two endplates of a disc in a state x (n_dofs,), mm."""
    upper, lower = joint_levels(joint)
    faces = (segment.mesh.surfaces[f"{upper}.endplate.inferior"], segment.mesh.surfaces[f"{lower}.endplate.superior"])
    return np.mean([current_places(segment, np.unique(face), x).mean(axis=0) for face in faces], axis=0)
