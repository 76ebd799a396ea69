"""Distances between the bone of a mesh and the surfaces of real vertebrae after rigid alignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.triangles import closest, samples
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.surfaces import Surface
from fem_lumbar.surfaces.rigid import rigid_alignment

LARGEST_MEAN_MM = 1.8
LARGEST_95TH_PERCENTILE_MM = 5.0
_SPACING_MM = 2.0


@dataclass(frozen=True)
class Distances:
    """Distances from one surface to another, weighted by area, mm."""

    mean: float
    percentile_95: float
    maximum: float

    @classmethod
    def of(cls, distance: np.ndarray, weight: np.ndarray) -> Distances:
        """Summary of distances (n,) at points with weights (n,), the area that each represents."""
        order = np.argsort(distance)
        covered = np.cumsum(weight[order]) / weight.sum()
        return cls(
            float(weight @ distance / weight.sum()),
            float(distance[order][np.searchsorted(covered, 0.95)]),
            float(distance.max()),
        )

    @property
    def acceptable(self) -> bool:
        """Whether mean and 95th percentile are within the required limits."""
        return self.mean <= LARGEST_MEAN_MM and self.percentile_95 <= LARGEST_95TH_PERCENTILE_MM


@dataclass(frozen=True)
class SurfaceComparison:
    """One vertebra of a mesh and a reference, both in the body frame of the mesh.

    Attributes
    ----------
    points, triangles : ndarray (n, 3), (k, 3)
        Outer bone surface of the mesh, mm.
    reference_points, reference_triangles : ndarray (p, 3), (q, 3)
        The reference, aligned with it, mm.
    distance : ndarray (n,)
        Distance from each point of the mesh to the reference, mm.
    to_reference, from_reference : Distances
        From the mesh to the reference and back.
    """

    points: np.ndarray
    triangles: np.ndarray
    reference_points: np.ndarray
    reference_triangles: np.ndarray
    distance: np.ndarray
    to_reference: Distances
    from_reference: Distances


def compare_with_reference(mesh: SegmentMesh, references: Mapping[str, Surface]) -> dict[str, SurfaceComparison]:
    """Comparison of vertebrae of a mesh with reference surfaces, by level; levels that the mesh lacks are left out."""
    levels = [level for level in references if level in mesh.frames]
    return {level: compare_vertebra(mesh, level, references[level]) for level in levels}


def compare_vertebra(mesh: SegmentMesh, level: str, reference: Surface) -> SurfaceComparison:
    """Align a reference surface with a vertebra of a mesh and measure the distances in both directions.

    Parameters
    ----------
    mesh : SegmentMesh
    level : str
    reference : Surface
        mm, in any right-handed frame, normals outward.
    """
    own = bone_surface(mesh, level)
    moved = reference.moved(rigid_alignment(reference, own))
    own_corners, corners = own.points[own.triangles], moved.points[moved.triangles]
    spread, weight, _ = samples(own_corners, _SPACING_MM)
    reference_spread, reference_weight, _ = samples(corners, _SPACING_MM)
    to_reference = _distance(np.vstack([spread, own.points]), corners)
    weight = np.concatenate([weight, np.zeros(len(own.points))])
    return SurfaceComparison(
        own.points,
        own.triangles,
        moved.points,
        moved.triangles,
        to_reference[len(spread) :],
        Distances.of(to_reference, weight),
        Distances.of(_distance(reference_spread, own_corners), reference_weight),
    )


def bone_surface(mesh: SegmentMesh, level: str) -> Surface:
    """Outer surface of the bone of a vertebra in its body frame, mm."""
    triangles = free_faces(mesh.cells[mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")])
    used, renumbered = np.unique(triangles, return_inverse=True)
    frame = mesh.frames[level]
    return Surface((mesh.points[used] - frame[:3, 3]) @ frame[:3, :3], renumbered.reshape(-1, 3))


def _distance(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    feet, _ = closest(points, corners)
    return np.linalg.norm(points - feet, axis=1)
