"""Signed distance from bone and from a bony roof on a grid around the tunnel: obstacles to needles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from fem_lumbar.foundation.triangles import samples
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.nerve.bone import BoneSurface, bone_regions
from fem_lumbar.nerve.course import Course

_SPACING_MM = 1.0
_SAMPLE_MM, _CLOSE_MM = 1.0, 3.0
"""Spacing of the samples of a surface for distances above the second value; below it the distance is exact."""
_INWARD = -0.5
"""Cosine between direction from the surface and outward normal, below which a distant point counts as inside."""
_AHEAD_MM, _ASIDE_MM, _BEHIND_MM = 15.0, 25.0, 25.0
"""Extent of the grid from the tunnel: anterior, lateral and cranio-caudal, posterior."""


@dataclass(frozen=True)
class Clearance:
    """Signed distance from a surface at the points of a grid, mm, negative inside.

    Attributes
    ----------
    origin : ndarray (3,)
        First point of the grid, mm.
    spacing_mm : float
    distance : ndarray (i, j, k)
    """

    origin: np.ndarray
    spacing_mm: float
    distance: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Distance (...) at points (..., 3), mm, by linear interpolation; outside the grid that of its boundary."""
        places = (points - self.origin) / self.spacing_mm
        return map_coordinates(self.distance, np.moveaxis(places, -1, 0), order=1, mode="nearest")

    def and_also(self, other: Clearance) -> Clearance:
        """Distance from the nearer of two surfaces on the same grid."""
        return Clearance(self.origin, self.spacing_mm, np.minimum(self.distance, other.distance))


def bone_clearance(mesh: SegmentMesh, course: Course) -> Clearance:
    """Distance from all bones of the segment around the tunnel of a course, in the frame of the course."""
    regions = [name for level in mesh.levels for name in bone_regions(mesh, level)]
    return clearance_about(course.points[course.in_tunnel], BoneSurface.of(mesh, regions, course.frame))


def roof_clearance(mesh: SegmentMesh, course: Course) -> Clearance:
    """Distance from the ligament, which is a bony roof when completely ossified, in the frame of the course."""
    roof = BoneSurface.of(mesh, [f"{course.level}.mal.{course.side}"], course.frame)
    return clearance_about(course.points[course.in_tunnel], roof)


def clearance_about(centre: np.ndarray, surface: BoneSurface) -> Clearance:
    """Distance from a closed surface on a grid around a point (3,), mm."""
    low = centre - np.array([_BEHIND_MM, _ASIDE_MM, _ASIDE_MM])
    high = centre + np.array([_AHEAD_MM, _ASIDE_MM, _ASIDE_MM])
    counts = np.ceil((high - low) / _SPACING_MM).astype(int) + 1
    axes = [start + _SPACING_MM * np.arange(count) for start, count in zip(low, counts)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    reach = float(np.linalg.norm(np.maximum(high - centre, centre - low)))
    near = surface.near(centre, reach)
    points, _, normals = samples(near.corners, _SAMPLE_MM)
    distance, nearest = cKDTree(points).query(grid)
    along = np.einsum("ni,ni->n", grid - points[nearest], normals[nearest])
    close = distance < _CLOSE_MM
    distance = np.where(along < _INWARD * distance, -distance, distance)
    distance[close] = near.above(grid[close])[0]
    return Clearance(low, _SPACING_MM, distance.reshape(counts))
