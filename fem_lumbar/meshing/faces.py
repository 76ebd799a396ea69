"""Projection of nodes onto the faces of an anatomy: endplates, articular faces and the bone under cartilage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import bent_height, endplate_frame, facet_frames
from fem_lumbar.anatomy.spine import JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.mesh import SegmentMesh

_NEAR_MM = 1e-3
"""Step of the central difference for the slope of a face."""


@dataclass(frozen=True)
class Face:
    """Nodes (k,) on a plane through ``centre`` (3,) mm with unit ``normal`` (3,), or on a cylindrical surface.

    ``bend`` maps positions (n,) mm from the centre along the unit vector ``across`` (3,) to heights (n,) mm of the
    surface over the plane. ``rest`` (k,) mm is the height of each node over the surface: endplates are concave.
    """

    nodes: np.ndarray
    centre: np.ndarray
    normal: np.ndarray
    across: np.ndarray | None = None
    bend: Callable[[np.ndarray], np.ndarray] | None = None
    rest: np.ndarray | None = None

    def height(self, points: np.ndarray) -> np.ndarray:
        """Heights (n,) of points (n, 3) over the surface, mm."""
        arms = points - self.centre
        bent = 0.0 if self.bend is None else self.bend(arms @ self.across)
        return arms @ self.normal - bent


def on_their_faces(points: np.ndarray, faces: Iterable[Face]) -> tuple[np.ndarray, np.ndarray]:
    """Node positions (n, 3), mm, with nodes of faces moved onto them along the normals, and a mask (n,) of these."""
    points, placed = points.copy(), np.zeros(len(points), dtype=bool)
    for face in faces:
        off = face.height(points[face.nodes]) - (0.0 if face.rest is None else face.rest)
        points[face.nodes] -= off[:, None] * face.normal
        placed[face.nodes] = True
    return points, placed


def face_normals(points: np.ndarray, faces: Iterable[Face]) -> np.ndarray:
    """Unit normals (n, 3) of the faces at their nodes, 0 at all others."""
    found = np.zeros_like(points)
    for face in faces:
        if face.bend is not None and face.across is not None:
            along = (points[face.nodes] - face.centre) @ face.across
            slope = (face.bend(along + _NEAR_MM) - face.bend(along - _NEAR_MM)) / (2.0 * _NEAR_MM)
            found[face.nodes] = face.normal - np.outer(slope, face.across)
        else:
            found[face.nodes] = face.normal
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def as_high_as_before(points: np.ndarray, before: Iterable[Face], after: Iterable[Face]) -> Iterator[Face]:
    """The new faces, with ``rest`` set to the heights of points (n, 3), mm, over the old faces."""
    for old, new in zip(before, after, strict=True):
        yield replace(new, rest=old.height(points[old.nodes]))


def anatomical_faces(mesh: SegmentMesh, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]) -> Iterator[Face]:
    """The faces of an anatomy: endplates, and the articular and bony faces of the facets.

    Parameters
    ----------
    mesh : SegmentMesh
        Defines the nodes of each face.
    sides : dict of Anatomy
        Anatomies of the ``right`` and the ``left`` side, see :meth:`Anatomy.on`.
    frames : dict of (4, 4)
        Body frames of the levels in the global frame.
    """
    for level in LEVELS:
        for face in ("superior", "inferior"):
            plane = frames[level] @ endplate_frame(sides["right"].levels[level], face)
            yield Face(np.unique(mesh.surfaces[f"{level}.endplate.{face}"]), plane[:3, 3], plane[:3, 2])
    for side, anatomy in sides.items():
        there = mirrored if side == "left" else np.asarray
        facets = facet_frames(anatomy)
        for joint in JOINTS:
            facet = facets[joint]
            yield from facet_faces(mesh, anatomy, joint, side, *map(there, (facet.centre, facet.normal, facet.across)))


def facet_faces(
    mesh: SegmentMesh,
    anatomy: Anatomy,
    joint: str,
    side: str,
    centre: np.ndarray,
    normal: np.ndarray,
    across: np.ndarray,
) -> Iterator[Face]:
    """The four faces of a facet joint, around the mid-surface of its gap; ``normal`` points to the upper vertebra."""
    measures = anatomy.joints[joint]
    height = partial(bent_height, curvature=measures.facet_curvature_per_mm, width=measures.facet_width_mm)
    upper, lower = joint_levels(joint)
    distances = (0.5 * measures.facet_gap_mm, bony_facet(anatomy, joint)[0])
    for level, process, sign in ((upper, "inferior", 1.0), (lower, "superior", -1.0)):
        for nodes, distance in zip(facet_nodes(mesh, level, process, side), distances):
            yield Face(nodes, centre, normal, across, partial(height, distance=sign * distance))


def bony_facet(anatomy: Anatomy, name: str) -> tuple[float, float, float]:
    """Distance of the bone from the mid-surface of the gap, width and height of a facet (mm)."""
    measures = anatomy.joints[name if name in JOINTS else JOINTS[0]]
    offset = 0.5 * measures.facet_gap_mm + measures.facet_cartilage_thickness_mm
    return offset, measures.facet_width_mm, measures.facet_height_mm


def facet_nodes(mesh: SegmentMesh, level: str, process: str, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (k,) of an articular face, and those (l,) of the bone under its cartilage."""
    articular = np.unique(mesh.surfaces[f"{level}.facet.{process}.{side}"])
    cartilage = mesh.cells[mesh.region_cells(f"{level}.facet_cartilage.{process}.{side}")]
    return articular, np.intersect1d(cartilage, mesh.cells[mesh.region_cells(f"{level}.posterior")])
