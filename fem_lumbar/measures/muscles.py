"""Muscles in a state: the force of each fascicle, and the moments about the discs."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.part_name import named
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.measures.entries import RotationVector
from fem_lumbar.measures.kinematics import body_nodes, current_places, displacement, level_rotations
from fem_lumbar.measures.load_path import applied_wrenches, by_component_Nm
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.rotation import skew
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment


def muscle_summary(loads: Loads, x: np.ndarray, load_factor: float) -> dict[str, dict[str, dict[str, float | None]]]:
    """Activation and tension of each fascicle in a state x (n_dofs,) at a load factor, by name and side."""
    return loads.of(MuscleLoad).by_fascicle(x, load_factor)


def posture(segment: Segment, x: np.ndarray) -> np.ndarray:
    """Rigid motion of the vertebrae in a state x (n_dofs,), as displacements (n_dofs,) that are zero elsewhere.

    Isometric force refers to a muscle with fixed ends. The length at which an activation is set is therefore measured
    between attachments that move rigidly with their vertebrae, and deflection of bone and MAL shortens the muscle.
    """
    rigid, rotations = np.zeros(segment.n_dofs), level_rotations(segment, x)
    for level in segment.levels:
        body = body_nodes(segment, level)
        centre = segment.mesh.points[body].mean(axis=0)
        shift = displacement(body, x).mean(axis=0)
        nodes = np.unique(segment.space.cell_nodes[segment.mesh.region_cells(*named(segment.mesh.region_names, level))])
        places = segment.space.nodes[nodes]
        if level == segment.levels[0]:  # with what is above it
            nodes = np.concatenate([nodes, segment.fixture.nodes])
            places = np.vstack([places, segment.fixture.places])
        arms = places - centre
        rigid[node_dofs(nodes[:, None])] = arms @ rotations[level].T - arms + shift
    return rigid


def joint_moments_Nm(
    segment: Segment, loads: Loads, x: np.ndarray, load_factor: float
) -> dict[str, dict[str, RotationVector]]:
    """Moments on everything above a joint about the centre of its disc, by joint, cause and component, N·m.

    ``passive`` is the moment of disc, ligaments and facets that balances the others.
    """
    found = {}
    for joint in segment.joints:
        causes = {"moment": Wrench()} | applied_wrenches(segment, loads, x, load_factor, joint)
        moments = {cause: one.moment for cause, one in causes.items()}
        moments["passive"] = -sum(moments.values(), np.zeros(3))
        found[joint] = {cause: by_component_Nm(moment) for cause, moment in moments.items()}
    return found


def unit_moments(segment: Segment, x: np.ndarray) -> np.ndarray:
    """Forces (3 joints, n_dofs) of unit moments at each joint, N per N·mm: on the upper body, back on the lower one.

    They are distributed over the nodes of the bodies as the gradient of the relative rotation, so that their work is
    that of the moment on this rotation. By reciprocity, the response to them gives the rotation under any forces.
    """
    spread = {level: _rotation_gradient(segment, x, level) for level in segment.levels}
    rows = []
    for joint in segment.joints:
        upper, lower = joint_levels(joint)
        rows.append(spread[upper] - spread[lower])
    return np.vstack(rows)


def _rotation_gradient(segment: Segment, x: np.ndarray, level: str) -> np.ndarray:
    """Derivative (3, n_dofs) of the rotation of a body (rad) by displacements of its nodes, about its present place."""
    nodes = body_nodes(segment, level)
    place = current_places(segment, nodes, x)
    arms = place - place.mean(axis=0)
    inertia = np.sum(arms**2) * np.eye(3) - arms.T @ arms
    gradient = np.zeros((3, segment.n_dofs))
    turning = np.linalg.solve(inertia, np.hstack([skew(arm) for arm in arms]))
    gradient[:, node_dofs(nodes[:, None]).ravel()] = turning
    return gradient
