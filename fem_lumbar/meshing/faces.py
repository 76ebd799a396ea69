"""Flat faces put back exactly on their planes: endplates, articular faces and the bone under them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, facet_frames
from fem_lumbar.conventions import JOINTS, LEVELS, joint_levels, mirrored
from fem_lumbar.meshing.geometry import bony_facet
from fem_lumbar.meshing.mesh import SegmentMesh


def on_their_planes(
    mesh: SegmentMesh, points: np.ndarray, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Node positions (n, 3) with the nodes of flat faces moved along the normals onto their planes, and which (n,).

    Parameters
    ----------
    mesh : SegmentMesh
        Says which nodes lie on which face.
    points : (n, 3)
        Nearly right positions, mm.
    sides : dict of Anatomy
        What ``right`` and ``left`` are like, see :meth:`Anatomy.on`.
    frames : dict of (4, 4)
        Body frames of the levels in the global frame.
    """
    points, flat = points.copy(), np.zeros(len(points), dtype=bool)
    for nodes, centre, normal in _planes(mesh, sides, frames):
        points[nodes] -= ((points[nodes] - centre) @ normal)[:, None] * normal
        flat[nodes] = True
    return points, flat


def _planes(
    mesh: SegmentMesh, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Nodes (k,), point (3,) and unit normal (3,) of every flat face."""
    for level in LEVELS:
        for face in ("superior", "inferior"):
            plane = frames[level] @ endplate_frame(sides["right"].levels[level], face)
            yield np.unique(mesh.surfaces[f"{level}.endplate.{face}"]), plane[:3, 3], plane[:3, 2]
    for side, anatomy in sides.items():
        there = mirrored if side == "left" else np.asarray
        facets = facet_frames(anatomy)
        for joint in JOINTS:
            upper, lower = joint_levels(joint)
            facet = facets[joint]
            half_gap, bone = 0.5 * anatomy.joints[joint].facet_gap_mm, bony_facet(anatomy, joint)[0]
            for level, process, sign in ((upper, "inferior", 1.0), (lower, "superior", -1.0)):
                articular = np.unique(mesh.surfaces[f"{level}.facet.{process}.{side}"])
                cartilage = mesh.cells[mesh.region_cells(f"{level}.facet_cartilage.{process}.{side}")]
                under = np.intersect1d(cartilage, mesh.cells[mesh.region_cells(f"{level}.posterior")])
                for nodes, distance in ((articular, half_gap), (under, bone)):
                    yield nodes, there(facet.centre + sign * distance * facet.normal), there(facet.normal)
