"""A triangulated surface in mm, with the geometry needed by the checks and the registration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import cast

import numpy as np
import pyvista as pv

from fem_lumbar.foundation.triangles import area_vectors

_STEPS = np.array([0.7548776662466927, 0.5698402909980532])  # of the R2 sequence, which fills the unit square evenly


@dataclass(frozen=True)
class Samples:
    """Points fixed to triangles, each representing the same area; they move with the vertices.

    Attributes
    ----------
    triangle : ndarray (k,) of int
    barycentric : ndarray (k, 3)
        Barycentric coordinates; each row sums to 1.
    """

    triangle: np.ndarray
    barycentric: np.ndarray


@dataclass(frozen=True)
class Surface:
    """Triangles that bound one vertebra.

    Attributes
    ----------
    points : ndarray (n, 3)
        mm, in any right-handed frame.
    triangles : ndarray (m, 3) of int
        Normals point out of the bone.
    """

    points: np.ndarray
    triangles: np.ndarray

    @cached_property
    def _area_vectors(self) -> np.ndarray:
        return area_vectors(self.points[self.triangles])

    @cached_property
    def triangle_areas(self) -> np.ndarray:
        """Areas (m,), mm²."""
        return np.linalg.norm(self._area_vectors, axis=1)

    @cached_property
    def triangle_normals(self) -> np.ndarray:
        """Unit normals (m, 3); zero where a triangle has no area."""
        return self._area_vectors / np.maximum(self.triangle_areas, 1e-300)[:, None]

    @cached_property
    def vertex_normals(self) -> np.ndarray:
        """Unit normals (n, 3) at the vertices, area-weighted mean over the adjacent triangles."""
        total = np.zeros_like(self.points)
        np.add.at(total, self.triangles.ravel(), np.repeat(self._area_vectors, 3, axis=0))
        return total / np.maximum(np.linalg.norm(total, axis=1), 1e-300)[:, None]

    @property
    def area(self) -> float:
        """Area, mm²."""
        return float(self.triangle_areas.sum())

    @property
    def volume(self) -> float:
        """Enclosed volume, mm³; negative when the normals point inward."""
        corner = self.points[self.triangles] - self.points.mean(axis=0)
        return float(np.einsum("ti,ti->", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6.0)

    @property
    def centroid(self) -> np.ndarray:
        """Centroid of the area, (3,), mm; unlike that of the volume it does not need a closed surface."""
        return self.triangle_areas @ self.points[self.triangles].mean(axis=1) / self.area

    @property
    def principal_axes(self) -> np.ndarray:
        """Unit axes of inertia of the area as columns (3, 3), longest first, right-handed."""
        corner = self.points[self.triangles] - self.centroid
        # The exact second moment of a triangle is that of its corners and its centre, 1 : 1 : 1 : 9.
        spread = np.einsum("t,tci,tcj->ij", self.triangle_areas, corner, corner)
        centre = corner.mean(axis=1)
        spread += 9.0 * np.einsum("t,ti,tj->ij", self.triangle_areas, centre, centre)
        axes = np.linalg.eigh(spread)[1][:, ::-1]
        return axes * np.array([1.0, 1.0, np.linalg.det(axes)])

    @property
    def diagonal(self) -> float:
        """Diagonal of the bounding box along the principal axes, mm; it does not depend on the frame."""
        return float(np.linalg.norm(np.ptp(self.points @ self.principal_axes, axis=0)))

    def moved(self, transform: np.ndarray) -> Surface:
        """The surface after a rigid motion (4, 4)."""
        return Surface(self.points @ transform[:3, :3].T + transform[:3, 3], self.triangles)

    def samples(self, count: int) -> Samples:
        """``count`` samples, uniform by area; the choice depends only on the shape, not on its position."""
        share = np.cumsum(self.triangle_areas) / self.area
        order = np.arange(count)
        triangle = np.minimum(np.searchsorted(share, (order + 0.5) / count), len(share) - 1)
        first, second = ((order[:, None] + 1.0) * _STEPS % 1.0).T
        root = np.sqrt(first)
        return Samples(triangle, np.stack([1.0 - root, root * (1.0 - second), root * second], axis=1))

    def at(self, samples: Samples, values: np.ndarray | None = None) -> np.ndarray:
        """Vertex ``values`` (n, d), the points by default, at the samples, (k, d)."""
        values = self.points if values is None else values
        return np.einsum("kc,kcd->kd", samples.barycentric, values[self.triangles[samples.triangle]])

    @cached_property
    def poly_data(self) -> pv.PolyData:
        """The surface as a PyVista data set."""
        return pv.PolyData.from_regular_faces(self.points, self.triangles)

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Closest points of the surface.

        Parameters
        ----------
        points : ndarray (k, 3)
            mm.

        Returns
        -------
        closest : ndarray (k, 3)
            mm.
        distances : ndarray (k,)
            mm.
        normals : ndarray (k, 3)
            Unit normals of the triangles of the closest points.
        """
        found = self.poly_data.find_closest_cell(points, return_closest_point=True)
        triangle, feet = cast("tuple[np.ndarray, np.ndarray]", found)
        closest = np.asarray(feet, dtype=float).reshape(-1, 3)
        return closest, np.linalg.norm(points - closest, axis=1), self.triangle_normals[np.atleast_1d(triangle)]

    @property
    def directed_sides(self) -> np.ndarray:
        """Sides (3 m, 2) of the triangles as they go round: all first sides, all second, all third."""
        return np.concatenate([self.triangles[:, list(pair)] for pair in pairwise((0, 1, 2, 0))]).astype(np.int64)

    @cached_property
    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Edges (e, 2), corners ascending, and for each side of each triangle, (3 m,), which edge it is."""
        sides = np.sort(self.directed_sides, axis=1)
        keys, index = np.unique(sides[:, 0] * len(self.points) + sides[:, 1], return_inverse=True)
        return np.stack(np.divmod(keys, len(self.points)), axis=1), index.ravel()
