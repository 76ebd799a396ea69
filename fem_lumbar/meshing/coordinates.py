"""Local coordinates of cells: position along each ligament arch, position and axes in each annulus."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.endplates import endplate_size, kidney_outline
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, level_frames, transformed
from fem_lumbar.anatomy.spine import ARCH_LEVELS, JOINTS, joint_levels
from fem_lumbar.meshing.geometry_body import nucleus_rim
from fem_lumbar.meshing.geometry_mal import arch_frame
from fem_lumbar.meshing.mirror import WholeMesh, reflect_scalars, reflect_vectors

_RIM_POINTS = 720


def cell_coordinates(mesh: WholeMesh, surfaces: dict[str, np.ndarray], anatomy: Anatomy) -> dict[str, np.ndarray]:
    """Cell data of :class:`~fem_lumbar.meshing.mesh.SegmentMesh`, rounded to single precision.

    Parameters
    ----------
    mesh : WholeMesh
    surfaces : dict
        From :func:`fem_lumbar.meshing.tagging.named_surfaces`.
    anatomy : Anatomy
    """
    right = mesh.right_cells
    centres = mesh.points[mesh.cells[:right]].mean(axis=1)
    names = np.array(mesh.region_names)[mesh.region[:right]]
    data = {
        "mal_s": np.full(right, np.nan),
        "annulus_radial": np.full(right, np.nan),
        "annulus_azimuth_deg": np.full(right, np.nan),
        "annulus_tangent": np.full((right, 3), np.nan),
        "annulus_axial": np.full((right, 3), np.nan),
    }
    frames = level_frames(anatomy)
    for level in ARCH_LEVELS:
        own = names == f"{level}.mal.right"
        arch = arch_frame(anatomy.levels[level], frames[level])
        feet = [
            ((mesh.points[surfaces[f"{level}.mal.right.{end}"]].mean(axis=(0, 1))) - arch.start) @ arch.along
            for end in ("mammillary_end", "accessory_end")
        ]
        along = (centres[own] - arch.start) @ arch.along
        data["mal_s"][own] = np.clip((along - feet[0]) / (feet[1] - feet[0]), 0.0, 1.0)
    for joint in JOINTS:
        own = names == f"{joint}.annulus"
        for key, found in _annulus_coordinates(centres[own], anatomy, joint, frames).items():
            data[key][own] = found
    whole = {key: reflect_scalars(found) for key, found in data.items() if found.ndim == 1}
    whole["annulus_azimuth_deg"][right:] *= -1.0
    whole["annulus_tangent"] = reflect_vectors(data["annulus_tangent"])
    whole["annulus_tangent"][right:] *= -1.0
    whole["annulus_axial"] = reflect_vectors(data["annulus_axial"])
    return {key: found.astype(np.float32).astype(float) for key, found in whole.items()}


def _annulus_coordinates(
    centres: np.ndarray, anatomy: Anatomy, joint: str, frames: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Coordinates of cell centres (k, 3) of one annulus; the tangent points towards growing azimuth (left)."""
    upper, lower = joint_levels(joint)
    planes = {
        "lower": frames[lower] @ endplate_frame(anatomy.levels[lower], "superior"),
        "upper": frames[upper] @ endplate_frame(anatomy.levels[upper], "inferior"),
    }
    heights = {key: (centres - plane[:3, 3]) @ plane[:3, 2] for key, plane in planes.items()}
    fraction = heights["lower"] / (heights["lower"] - heights["upper"])
    axial = (1.0 - fraction)[:, None] * planes["lower"][:3, 2] + fraction[:, None] * planes["upper"][:3, 2]
    axial /= np.linalg.norm(axial, axis=1, keepdims=True)

    middle = _middle_frame(planes)
    flat = transformed(np.linalg.inv(middle), centres)
    outer = 0.5 * (
        kidney_outline(_RIM_POINTS, *endplate_size(anatomy.levels[lower], "superior"))
        + kidney_outline(_RIM_POINTS, *endplate_size(anatomy.levels[upper], "inferior"))
    )
    outer += anatomy.joints[joint].disc_bulge_mm * 0.67 * outer / np.linalg.norm(outer, axis=1, keepdims=True)
    inner = nucleus_rim(anatomy.joints[joint], np.column_stack([outer, np.zeros(len(outer))]))[:, :2]
    to_inner, inner_index = cKDTree(inner).query(flat[:, :2])
    to_outer, outer_index = cKDTree(outer).query(flat[:, :2])
    inside = np.linalg.norm(flat[:, :2] - inner.mean(axis=0), axis=1) < np.linalg.norm(
        inner[inner_index] - inner.mean(axis=0), axis=1
    )
    to_inner[inside] = 0.0
    radial = to_inner / (to_inner + to_outer)
    tangent = (1.0 - radial)[:, None] * _tangents(inner)[inner_index] + radial[:, None] * _tangents(outer)[outer_index]
    tangent = np.column_stack([tangent, np.zeros(len(tangent))]) @ middle[:3, :3].T
    tangent -= np.sum(tangent * axial, axis=1, keepdims=True) * axial
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return {
        "annulus_radial": radial,
        "annulus_azimuth_deg": np.degrees(np.arctan2(flat[:, 1], flat[:, 0])),
        "annulus_tangent": tangent,
        "annulus_axial": axial,
    }


def _middle_frame(planes: dict[str, np.ndarray]) -> np.ndarray:
    """Frame half-way between two endplate frames, (4, 4)."""
    middle = np.eye(4)
    axis = planes["lower"][:3, 2] + planes["upper"][:3, 2]
    middle[:3, 2] = axis / np.linalg.norm(axis)
    middle[:3, 1] = [0.0, 1.0, 0.0]
    middle[:3, 0] = np.cross(middle[:3, 1], middle[:3, 2])
    middle[:3, 3] = 0.5 * (planes["lower"][:3, 3] + planes["upper"][:3, 3])
    return middle


def _tangents(outline: np.ndarray) -> np.ndarray:
    difference = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    return difference / np.linalg.norm(difference, axis=1, keepdims=True)
