"""Surfaces on which the posterior bones of two neighbouring vertebrae can touch beside their facet joints.

In extension the spinous processes approach each other and the tips of inferior articular processes impinge on the
laminae below; both limit the motion (Yang & King 1984, Spine 9:557-565; Adams 1988, Spine 13:1019-1026).
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import BONE_PLACES, SIDE_SIGN, SIDES, BonePlace, Side
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.model.facetectomy import FacetCut

REACH_MM, TARGET_REACH_MM = 8.0, 12.0
"""Distance in the unloaded segment up to which bones may meet: spinous processes approach by some 6 mm in 8° of
extension. The surface that is met reaches farther, as the other one slides over it."""
FACING = 0.5
"""Cosine between a normal and the way across, from which two triangles face one another."""
SPINOUS_HALF_WIDTH_MM = 6.0
"""Bone this near to the mid-sagittal plane of its vertebra belongs to the spinous process."""
RESECTED_MM = 6.0
"""Bone this near to the part of a facet that has been removed meets nothing: the process is gone with it."""


def facing_bone(
    mesh: SegmentMesh, joint: str, cuts: dict[Side, FacetCut]
) -> dict[BonePlace, tuple[np.ndarray, np.ndarray]]:
    """By place, triangles (k, 3) of the upper posterior bone that can meet the lower one, and those (m, 3) they meet.

    Places are ``left``, ``right`` and ``spinous``, told apart on the upper bone; one where nothing faces is left out.

    Parameters
    ----------
    mesh : SegmentMesh
    joint : str
    cuts : dict
        By side, what has been removed of the facet joint.
    """
    upper, lower = joint_levels(joint)
    names = (f"{upper}.posterior", f"{lower}.posterior")
    if any(name not in mesh.surfaces for name in names):
        return {}
    above, below = (mesh.surfaces[name] for name in names)
    for side, cut in cuts.items():
        faces = (f"{upper}.facet.inferior.{side}", f"{lower}.facet.superior.{side}")
        gone = mesh.points[np.vstack([mesh.surfaces[name] for name in faces])].mean(axis=1)
        above, below = (_beyond(mesh, triangles, gone[cut.takes(gone)]) for triangles in (above, below))
    above, below = above[_faces(mesh, above, below, REACH_MM)], below[_faces(mesh, below, above, TARGET_REACH_MM)]
    lateral = _lateral(mesh, upper, mesh.points[above].mean(axis=1))
    spinous = np.abs(lateral) < SPINOUS_HALF_WIDTH_MM
    found: dict[BonePlace, tuple[np.ndarray, np.ndarray]] = {}
    for place in BONE_PLACES:
        chosen = spinous if place == "spinous" else ~spinous & (lateral * SIDE_SIGN[place] > 0.0)
        if chosen.any():
            found[place] = above[chosen], below
    return found


def _lateral(mesh: SegmentMesh, level: str, points: np.ndarray) -> np.ndarray:
    """Distance (n,) of points (n, 3) from the mid-sagittal plane of a vertebra, between its inferior facets; + left."""
    left, right = (
        mesh.points[np.unique(mesh.surfaces[f"{level}.facet.inferior.{side}"])].mean(axis=0) for side in SIDES
    )
    across = (left - right) / np.linalg.norm(left - right)
    return (points - 0.5 * (left + right)) @ across


def _beyond(mesh: SegmentMesh, triangles: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Triangles (k, 3) that are not next to points (n, 3), mm, of a removed facet."""
    if not len(gone) or not len(triangles):
        return triangles
    distance, _ = cKDTree(gone).query(mesh.points[triangles].mean(axis=1))
    return triangles[distance > RESECTED_MM]


def _faces(mesh: SegmentMesh, triangles: np.ndarray, others: np.ndarray, reach: float) -> np.ndarray:
    """Whether triangles (k, 3) face any of the others (m, 3) within a distance, mm."""
    found = np.zeros(len(triangles), dtype=bool)
    if not len(triangles) or not len(others):
        return found
    places, normals = mesh.points[triangles].mean(axis=1), unit_normals(mesh.points[triangles])
    other_places, other_normals = mesh.points[others].mean(axis=1), unit_normals(mesh.points[others])
    near = cKDTree(places).sparse_distance_matrix(cKDTree(other_places), reach, output_type="coo_matrix")
    across = other_places[near.col] - places[near.row]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    out = np.einsum("ni,ni->n", across, normals[near.row]) > FACING
    back = np.einsum("ni,ni->n", across, other_normals[near.col]) < -FACING
    found[near.row[out & back]] = True
    return found
