"""Outer surface of a bone in a side frame (the same for left and right), and points attached to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fem_lumbar.anatomy.part_name import named
from fem_lumbar.foundation.conventions import SIDE_SIGN
from fem_lumbar.foundation.triangles import closest, unit_normals
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh


@dataclass(frozen=True)
class SideFrame:
    """Coordinates of one side of a vertebra: x anterior, y outwards from the midline, z cranial, mm.

    Attributes
    ----------
    axes : ndarray (3, 3)
        Columns are the axes in the global frame; those of the right side are left-handed.
    origin : ndarray (3,)
        mm.
    """

    axes: np.ndarray
    origin: np.ndarray

    @classmethod
    def of(cls, mesh: SegmentMesh, level: str, side: str) -> SideFrame:
        """The frame of the vertebra ``level``; its second axis points outwards on ``side``."""
        frame = mesh.frames[level]
        return cls(frame[:3, :3] * np.array([1.0, SIDE_SIGN[side], 1.0]), frame[:3, 3])

    @property
    def flips(self) -> bool:
        """Whether the frame is left-handed (right side), so that orientations are mirrored."""
        return bool(np.linalg.det(self.axes) < 0.0)

    def local(self, points: np.ndarray) -> np.ndarray:
        """Coordinates in this frame of points (..., 3) of the global frame, mm."""
        return (points - self.origin) @ self.axes

    def everywhere(self, points: np.ndarray) -> np.ndarray:
        """Coordinates in the global frame of points (..., 3) of this frame, mm."""
        return points @ self.axes.T + self.origin


@dataclass(frozen=True)
class BoneSurface:
    """Outer surface of some regions in the frame of a side.

    Attributes
    ----------
    corners : ndarray (k, 3, 3)
        Triangles counter-clockwise from outside, mm.
    nodes : ndarray (k, 3) of int
        Their nodes of the mesh.
    """

    corners: np.ndarray
    nodes: np.ndarray

    @classmethod
    def of(cls, mesh: SegmentMesh, regions: list[str], frame: SideFrame) -> BoneSurface:
        """Outer surface of the union of the named regions of a mesh."""
        nodes = free_faces(mesh.cells[mesh.region_cells(*regions)])
        nodes = nodes[:, ::-1] if frame.flips else nodes
        return cls(np.ascontiguousarray(frame.local(mesh.points[nodes])), nodes)

    @cached_property
    def normals(self) -> np.ndarray:
        """Unit normals (k, 3)."""
        return unit_normals(self.corners)

    def near(self, point: np.ndarray, reach: float) -> BoneSurface:
        """The triangles whose centroid is within a distance (mm) of a point (3,)."""
        own = np.linalg.norm(self.corners.mean(axis=1) - point, axis=1) < reach
        return BoneSurface(self.corners[own], self.nodes[own])

    def above(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signed distance (n,) of points (n, 3), negative inside, mm; outward directions (n, 3); triangles (n,).

        The direction is the unit vector from the closest point of the surface to the point; reversed if that is inside.
        """
        feet, partner = closest(points, self.corners)
        away = points - feet
        distance = np.linalg.norm(away, axis=1)
        side = np.where(np.einsum("ni,ni->n", away, self.normals[partner]) < 0.0, -1.0, 1.0)
        on_it = distance < 1e-9
        outward = np.where(on_it[:, None], self.normals[partner], (side / np.maximum(distance, 1e-12))[:, None] * away)
        return side * distance, outward, partner

    def at_distance(self, points: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Points (n, 3) moved along the outward direction to signed distances (n,) from the surface, mm."""
        now, outward, _ = self.above(points)
        return points + (distance - now)[:, None] * outward


@dataclass(frozen=True)
class AttachedPoints:
    """Points rigidly attached to triangles of a mesh, which follow the rigid motion of the bone.

    Attributes
    ----------
    nodes : ndarray (n, 3) of int
        Nodes of the triangle of each point.
    local : ndarray (n, 3)
        Position in the frame of the triangle, mm.
    """

    nodes: np.ndarray
    local: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, mesh_points: np.ndarray, nodes: np.ndarray) -> AttachedPoints:
        """Points (n, 3) of the global frame, attached to triangles (n, 3) of mesh nodes (m, 3)."""
        middle, axes = _triangle_frames(mesh_points[nodes])
        return cls(nodes, np.einsum("nij,nj->ni", axes, points - middle))

    def at(self, mesh_points: np.ndarray) -> np.ndarray:
        """Positions (n, 3) for node positions (m, 3), mm."""
        middle, axes = _triangle_frames(mesh_points[self.nodes])
        return middle + np.einsum("nij,ni->nj", axes, self.local)


def _triangle_frames(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centroids (n, 3) and axes as rows (n, 3, 3) of triangles (n, 3, 3)."""
    first = corners[:, 1] - corners[:, 0]
    first = first / np.linalg.norm(first, axis=1, keepdims=True)
    normal = unit_normals(corners)
    return corners.mean(axis=1), np.stack([first, np.cross(normal, first), normal], axis=1)


def bone_regions(mesh: SegmentMesh, level: str) -> list[str]:
    """Names of the bony regions of a vertebra in a mesh."""
    return [str(name) for name in named(mesh.region_names, level) if name.is_bone]
