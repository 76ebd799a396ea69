"""Bones that run into one another."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.conventions import JOINTS, joint_levels
from fem_lumbar.meshing.mesh import SegmentMesh

_FACES, _WITHIN_MM, _DEPTH_MM = 8, 4.0, 0.05


def clash(mesh: SegmentMesh, points: np.ndarray) -> str | None:
    """Where the posterior elements of two vertebrae overlap, in words; None where they do not.

    A node of the upper vertebra is inside the lower one when it lies behind all of the nearest faces.

    Parameters
    ----------
    mesh : SegmentMesh
    points : (n, 3)
        Node positions, mm.
    """
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        corners = points[mesh.surfaces[f"{lower}.posterior"]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        centres = corners.mean(axis=1)
        nodes = np.unique(mesh.surfaces[f"{upper}.posterior"])
        distance, nearest = cKDTree(centres).query(points[nodes], k=_FACES)
        height = np.einsum("nfi,nfi->nf", points[nodes][:, None] - centres[nearest], normals[nearest]).max(axis=1)
        inside = (height < -_DEPTH_MM) & (distance[:, 0] < _WITHIN_MM)
        if inside.any():
            x, y, z = points[nodes[inside]].mean(axis=0)
            side = "right" if y < 0 else "left"
            return (
                f"the posterior elements of {upper} and {lower} run into one another on the {side} by "
                f"{-height[inside].min():.1f} mm near x {x:.0f}, y {y:.0f}, z {z:.0f} mm"
            )
    return None
