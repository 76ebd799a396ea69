"""Morphing of a disc, which follows its two vertebrae."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fem_lumbar.anatomy.endplates import endplate_size, kidney_radius
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, level_frames
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.meshing.mesh import SegmentMesh


def moved_disc(
    mesh: SegmentMesh,
    points: np.ndarray,
    source: Anatomy,
    target: Anatomy,
    joint: str,
    warps: Mapping[str, Callable[[np.ndarray], np.ndarray]],
) -> np.ndarray:
    """Node positions (n, 3), mm, with the interior nodes of a disc moved.

    A node moves by the mean of the motions of the vertebrae above and below, weighted by its relative height, and
    outwards by the change in bulge of the annulus. Nodes on the endplates move with their vertebra.

    Parameters
    ----------
    mesh : SegmentMesh
        Mesh of the source.
    points : (n, 3)
        Positions after the motion of the vertebrae, mm.
    source, target : Anatomy
        Anatomy of the mesh (symmetric), and the target.
    joint : str
    warps : mapping
        Level to the map of points (k, 3), mm, of its vertebra.
    """
    upper, lower = joint_levels(joint)
    faces = {"lower": mesh.surfaces[f"{lower}.endplate.superior"], "upper": mesh.surfaces[f"{upper}.endplate.inferior"]}
    own = np.unique(mesh.cells[mesh.region_cells(f"{joint}.annulus", f"{joint}.nucleus")])
    inside = np.setdiff1d(own, np.concatenate([faces["lower"].ravel(), faces["upper"].ravel()]))
    frames = level_frames(source)
    planes = {
        "lower": frames[lower] @ endplate_frame(source.levels[lower], "superior"),
        "upper": frames[upper] @ endplate_frame(source.levels[upper], "inferior"),
    }
    here = mesh.points[inside]
    height = {key: np.abs((here - plane[:3, 3]) @ plane[:3, 2]) for key, plane in planes.items()}
    fraction = (height["lower"] / (height["lower"] + height["upper"]))[:, None]
    moved = (1.0 - fraction) * warps[lower](here) + fraction * warps[upper](here)
    change = target.joints[joint].disc_bulge_mm - source.joints[joint].disc_bulge_mm
    if change:
        centre = np.average([points[face].mean(axis=(0, 1)) for face in faces.values()], axis=0)
        moved = moved + 4.0 * change * fraction * (1.0 - fraction) * _outward(
            source, lower, here, planes, moved - centre
        )
    points = points.copy()
    points[inside] = moved
    return points


def _outward(
    source: Anatomy, lower: str, here: np.ndarray, planes: dict[str, np.ndarray], arm: np.ndarray
) -> np.ndarray:
    """Vectors (k, 3) away from the centre of the disc; their length is the squared relative radius, 1 at the rim."""
    plane = planes["lower"]
    local = (here - plane[:3, 3]) @ plane[:3, :3]
    rim = kidney_radius(np.arctan2(local[:, 1], local[:, 0]), *endplate_size(source.levels[lower], "superior"))
    radius = np.linalg.norm(local[:, :2], axis=1) / rim
    flat = arm - (arm @ plane[:3, 2])[:, None] * plane[:3, 2]
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9) * radius[:, None] ** 2
