"""Overlapping posterior elements: pushed apart if small displacements are enough, refused otherwise."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.spine import JOINTS, joint_levels
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.mesh import SegmentMesh

LARGEST_EASE_MM = 1.0
"""Largest displacement of a node that is pushed: the uncertainty of the position of a process."""
_FACES, _WITHIN_MM = 8, 4.0
_CLEARANCE_MM = 0.1
_SPREAD_MM = 2.5
_ROUNDS = 8


def parted(
    mesh: SegmentMesh, points: np.ndarray, nodes_of: dict[str, np.ndarray], fixed: np.ndarray
) -> tuple[np.ndarray, float]:
    """Node positions (n, 3), mm, with upper vertebrae pushed out of lower ones, and the largest displacement, mm.

    Parameters
    ----------
    mesh : SegmentMesh
    points : (n, 3)
        mm.
    nodes_of : dict of (k,) int
        Nodes of each vertebra.
    fixed : (n,) bool
        Nodes that must stay.

    Raises
    ------
    AnatomyError
        When a larger displacement would be needed; the message says where.
    """
    points = points.copy()
    start = points.copy()
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        own = nodes_of[upper][~fixed[nodes_of[upper]]]
        for _ in range(_ROUNDS):
            inside, push = _overlap(mesh, points, upper, lower)
            if not len(inside):
                break
            away = np.linalg.norm(points[own][:, None] - points[inside], axis=2)
            share = np.exp(-((away / _SPREAD_MM) ** 2))
            points[own] += share @ push / np.maximum(share.sum(axis=1), 1.0)[:, None]
            if np.linalg.norm(points[own] - start[own], axis=1).max() > LARGEST_EASE_MM:
                break
    refuse_overlap(mesh, points)
    return points, float(np.linalg.norm(points - start, axis=1).max())


def refuse_overlap(mesh: SegmentMesh, points: np.ndarray) -> None:
    """Check that no vertebrae overlap with nodes at points (n, 3), mm.

    Raises
    ------
    AnatomyError
        When two overlap; the message says where.
    """
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        inside, _ = _overlap(mesh, points, upper, lower)
        if len(inside):
            x, y, z = points[inside].mean(axis=0)
            raise AnatomyError(
                f"the posterior elements of {upper} and {lower} overlap on the "
                f"{'right' if y < 0 else 'left'} near x {x:.0f}, y {y:.0f}, z {z:.0f} mm, by more than can be "
                f"removed by moving nodes {LARGEST_EASE_MM:g} mm"
            )


def _overlap(mesh: SegmentMesh, points: np.ndarray, upper: str, lower: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (k,) of the upper vertebra inside the lower one, and displacements (k, 3) that move them out, mm.

    A node is inside when it lies behind all of its nearest faces. It moves along the normal of the least deep one.
    """
    corners = points[mesh.surfaces[f"{lower}.posterior"]]
    normals = unit_normals(corners)
    centres = corners.mean(axis=1)
    nodes = np.unique(mesh.surfaces[f"{upper}.posterior"])
    distance, nearest = cKDTree(centres).query(points[nodes], k=_FACES)
    heights = np.einsum("nfi,nfi->nf", points[nodes][:, None] - centres[nearest], normals[nearest])
    face = heights.argmax(axis=1)
    height = heights[np.arange(len(nodes)), face]
    inside = (height < 0.0) & (distance[:, 0] < _WITHIN_MM)
    way = (_CLEARANCE_MM - height)[:, None] * normals[nearest[np.arange(len(nodes)), face]]
    return nodes[inside], way[inside]
