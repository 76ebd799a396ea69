"""Flat faces put back exactly on their planes: endplates, articular faces and the bone under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, facet_frames
from fem_lumbar.conventions import JOINTS, LEVELS, joint_levels, mirrored
from fem_lumbar.meshing.geometry import bony_facet
from fem_lumbar.meshing.mesh import SegmentMesh

Plane = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Nodes (k,) of a flat face, a point (3,) of its plane, mm, and its unit normal (3,)."""


def on_their_planes(points: np.ndarray, planes: Iterable[Plane]) -> tuple[np.ndarray, np.ndarray]:
    """Node positions (n, 3) with the nodes of flat faces moved along the normals onto their planes, and which (n,)."""
    points, flat = points.copy(), np.zeros(len(points), dtype=bool)
    for nodes, centre, normal in planes:
        points[nodes] -= ((points[nodes] - centre) @ normal)[:, None] * normal
        flat[nodes] = True
    return points, flat


def anatomical_planes(mesh: SegmentMesh, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]) -> Iterator[Plane]:
    """The flat faces of an anatomy: endplates, and the articular and bony faces of the facets.

    Parameters
    ----------
    mesh : SegmentMesh
        Says which nodes lie on which face.
    sides : dict of Anatomy
        What ``right`` and ``left`` are like, see :meth:`Anatomy.on`.
    frames : dict of (4, 4)
        Body frames of the levels in the global frame.
    """
    for level in LEVELS:
        for face in ("superior", "inferior"):
            plane = frames[level] @ endplate_frame(sides["right"].levels[level], face)
            yield np.unique(mesh.surfaces[f"{level}.endplate.{face}"]), plane[:3, 3], plane[:3, 2]
    for side, anatomy in sides.items():
        there = mirrored if side == "left" else np.asarray
        facets = facet_frames(anatomy)
        for joint in JOINTS:
            facet = facets[joint]
            yield from facet_planes(mesh, anatomy, joint, side, there(facet.centre), there(facet.normal))


def facet_planes(
    mesh: SegmentMesh, anatomy: Anatomy, joint: str, side: str, centre: np.ndarray, normal: np.ndarray
) -> Iterator[Plane]:
    """The four faces of a facet joint about the middle of its gap, ``normal`` towards the upper vertebra."""
    upper, lower = joint_levels(joint)
    half_gap, bone = 0.5 * anatomy.joints[joint].facet_gap_mm, bony_facet(anatomy, joint)[0]
    for level, process, sign in ((upper, "inferior", 1.0), (lower, "superior", -1.0)):
        for nodes, distance in zip(facet_nodes(mesh, level, process, side), (half_gap, bone)):
            yield nodes, centre + sign * distance * normal, normal


def facet_nodes(mesh: SegmentMesh, level: str, process: str, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of an articular face, and of the bone under its cartilage."""
    articular = np.unique(mesh.surfaces[f"{level}.facet.{process}.{side}"])
    cartilage = mesh.cells[mesh.region_cells(f"{level}.facet_cartilage.{process}.{side}")]
    return articular, np.intersect1d(cartilage, mesh.cells[mesh.region_cells(f"{level}.posterior")])
