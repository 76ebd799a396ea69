"""How far the bone of a mesh lies from the surface of a real vertebra after rigid alignment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.reference_surfaces import reference_surfaces
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.triangles import closest, samples
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh

LARGEST_MEAN_MM = 1.8
LARGEST_95TH_PERCENTILE_MM = 5.0
FIRST_PITCHES_DEG = (-15.0, 0.0, 15.0)
_SPACING_MM = 2.0
_PAIRS = 2500
_ITERATIONS = 60
_STILL = 1e-5


@dataclass(frozen=True)
class Distances:
    """Distances from one surface to another, weighted by area, mm."""

    mean: float
    percentile_95: float
    maximum: float

    @classmethod
    def of(cls, distance: np.ndarray, weight: np.ndarray) -> Distances:
        """Summary of distances (n,) at points that stand for so much area (n,)."""
        order = np.argsort(distance)
        covered = np.cumsum(weight[order]) / weight.sum()
        return cls(
            float(weight @ distance / weight.sum()),
            float(distance[order][np.searchsorted(covered, 0.95)]),
            float(distance.max()),
        )

    @property
    def acceptable(self) -> bool:
        """Mean and 95th percentile within what is demanded."""
        return self.mean <= LARGEST_MEAN_MM and self.percentile_95 <= LARGEST_95TH_PERCENTILE_MM


@dataclass(frozen=True)
class SurfaceComparison:
    """One vertebra of a mesh beside a reference, both in the body frame of the mesh.

    Attributes
    ----------
    points, triangles : ndarray (n, 3), (k, 3)
        Outer bone surface of the mesh, mm.
    reference_points, reference_triangles : ndarray (p, 3), (q, 3)
        The reference, moved onto it.
    distance : ndarray (n,)
        From each point of the mesh to the reference, mm.
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


def compare_with_reference(mesh: SegmentMesh) -> dict[str, SurfaceComparison]:
    """Comparison of each vertebra of a mesh with the mean surfaces, by level."""
    return {level: compare_vertebra(mesh, level, *reference_surfaces()[level]) for level in LEVELS}


def compare_vertebra(mesh: SegmentMesh, level: str, points: np.ndarray, triangles: np.ndarray) -> SurfaceComparison:
    """Align a reference surface with a vertebra of a mesh and measure the distances both ways.

    Parameters
    ----------
    mesh : SegmentMesh
    level : str
    points, triangles : ndarray (p, 3), (q, 3)
        Reference, mm, with x about anterior and z about cranial.
    """
    own_points, own_triangles = bone_surface(mesh, level)
    own, reference = own_points[own_triangles], points[triangles]
    rotation, shift = align(reference, own)
    moved = points @ rotation.T + shift
    reference = moved[triangles]
    spread, weight, _ = samples(own, _SPACING_MM)
    reference_spread, reference_weight, _ = samples(reference, _SPACING_MM)
    to_reference = _distance(np.vstack([spread, own_points]), reference)
    weight = np.concatenate([weight, np.zeros(len(own_points))])
    return SurfaceComparison(
        own_points,
        own_triangles,
        moved,
        triangles,
        to_reference[len(spread) :],
        Distances.of(to_reference, weight),
        Distances.of(_distance(reference_spread, own), reference_weight),
    )


def bone_surface(mesh: SegmentMesh, level: str) -> tuple[np.ndarray, np.ndarray]:
    """Outer surface of the bone of a vertebra: points (n, 3) in its body frame, mm, and triangles (k, 3)."""
    triangles = free_faces(mesh.cells[mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")])
    used, renumbered = np.unique(triangles, return_inverse=True)
    frame = mesh.frames[level]
    return (mesh.points[used] - frame[:3, 3]) @ frame[:3, :3], renumbered.reshape(-1, 3)


def align(moving: np.ndarray, fixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rigid motion that brings one surface onto another: iterated closest points, matched in both directions.

    Each match pulls only along the normal of the fixed surface. The search starts from equal centroids at several
    pitches and keeps the best end.

    Parameters
    ----------
    moving, fixed : ndarray (k, 3, 3), (m, 3, 3)
        Triangles, mm, turned towards each other to within some 20 degrees.

    Returns
    -------
    rotation : ndarray (3, 3)
    shift : ndarray (3,)
        mm.
    """
    starts = [Rotation.from_euler("y", pitch, degrees=True).as_matrix() for pitch in FIRST_PITCHES_DEG]
    pair = _Pair(moving, fixed)
    ends = [pair.iterate(rotation) for rotation in starts]
    _, rotation, shift = min(ends, key=lambda end: end[0])
    return rotation, shift


class _Pair:
    """Samples of two surfaces that are to be brought together."""

    def __init__(self, moving: np.ndarray, fixed: np.ndarray):
        self.moving, self.moving_weight, _ = samples(moving, _SPACING_MM)
        self.fixed, self.fixed_weight, self.fixed_normals = samples(fixed, _SPACING_MM)
        self.moving_tree, self.fixed_tree = cKDTree(self.moving), cKDTree(self.fixed)
        self.some_moving = slice(None, None, max(1, len(self.moving) // _PAIRS))
        self.some_fixed = slice(None, None, max(1, len(self.fixed) // _PAIRS))

    def iterate(self, rotation: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Mean square distance along the normals (mm²), rotation and shift reached from a first rotation."""
        shift = self._centre(self.fixed, self.fixed_weight) - rotation @ self._centre(self.moving, self.moving_weight)
        error = np.inf
        for _ in range(_ITERATIONS):
            points, targets, normals, weight = self._matches(rotation, shift)
            gap = np.einsum("ni,ni->n", targets - points, normals)
            error = float(weight @ gap**2 / weight.sum())
            centre = points.mean(axis=0)
            rows = np.hstack([np.cross(points - centre, normals), normals]) * np.sqrt(weight)[:, None]
            step = np.linalg.lstsq(rows, gap * np.sqrt(weight), rcond=None)[0]
            turn = Rotation.from_rotvec(step[:3]).as_matrix()
            rotation, shift = turn @ rotation, turn @ (shift - centre) + centre + step[3:]
            if np.abs(step).max() < _STILL:
                break
        return error, rotation, shift

    def _matches(self, rotation: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, ...]:
        """Moved points (n, 3), the fixed points (n, 3) they belong to with their normals (n, 3), and weights (n,)."""
        moved = self.moving[self.some_moving] @ rotation.T + shift
        _, onto = self.fixed_tree.query(moved)
        back = (self.fixed[self.some_fixed] - shift) @ rotation
        _, origin = self.moving_tree.query(back)
        weights = [self.moving_weight[self.some_moving], self.fixed_weight[self.some_fixed]]
        return (
            np.vstack([moved, self.moving[origin] @ rotation.T + shift]),
            np.vstack([self.fixed[onto], self.fixed[self.some_fixed]]),
            np.vstack([self.fixed_normals[onto], self.fixed_normals[self.some_fixed]]),
            np.concatenate([weight / weight.sum() for weight in weights]),
        )

    @staticmethod
    def _centre(points: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return weight @ points / weight.sum()


def _distance(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    feet, _ = closest(points, corners)
    return np.linalg.norm(points - feet, axis=1)
