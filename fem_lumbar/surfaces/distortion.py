"""Strain of the triangles of a surface by a displacement, and detection of folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.surfaces.field import SmoothField
from fem_lumbar.surfaces.surface import Surface

_LEAST, _MOST = 0.35, 2.5  # stretches beyond which a place counts as strained
_TURNED = 0.5
_FOLDED_LEAST, _FOLDED_TURNED = 0.1, 0.1


@dataclass(frozen=True)
class Distortion:
    """Strain of a surface, and of the space at its vertices, by a displacement.

    Attributes
    ----------
    least, most : float
        Extreme stretches: new length over old, of directions in the triangles and of directions in space at the
        vertices. A vanishing ``least`` means that something collapses.
    turned : float
        Least cosine between the normal of a moved triangle and its normal transformed by the gradient of the field;
        where it is negative the triangle has flipped, because the field varies too much across it.
    inverted : int
        Number of vertices at which the determinant of the deformation gradient is not positive.
    strained : ndarray (n,) of bool
        Vertices at which space, or a triangle, is stretched, squeezed or turned too much.
    """

    least: float
    most: float
    turned: float
    inverted: int
    strained: np.ndarray

    @property
    def folds(self) -> bool:
        """Whether a triangle or space flips or collapses."""
        return self.inverted > 0 or self.turned < _FOLDED_TURNED or self.least < _FOLDED_LEAST


def distortion(rest: Surface, field: SmoothField) -> Distortion:
    """Strain and folding of ``rest`` under ``field``."""
    at_vertices = field.gradient(rest.points)
    stretches = np.linalg.svd(at_vertices, compute_uv=False)
    moved = Surface(rest.points + field.displacement(rest.points), rest.triangles)
    in_plane = triangle_stretches(rest, moved)
    # Normals transform with the cofactors of the gradient, which exist where its inverse does not.
    across = field.gradient(rest.points[rest.triangles].mean(axis=1))
    columns = [np.cross(across[:, :, (i + 1) % 3], across[:, :, (i + 2) % 3]) for i in range(3)]
    carried = np.einsum("tij,tj->ti", np.stack(columns, axis=2), rest.triangle_normals)
    carried /= np.maximum(np.linalg.norm(carried, axis=1), 1e-300)[:, None]
    turned = np.where(rest.triangle_areas > 0.0, np.sum(carried * moved.triangle_normals, axis=1), 1.0)
    inverted = np.linalg.det(at_vertices) <= 0.0
    strained = inverted | (stretches[:, 2] < _LEAST) | (stretches[:, 0] > _MOST)
    bad = (in_plane[:, 0] < _LEAST) | (in_plane[:, 1] > _MOST) | (turned < _TURNED)
    strained[rest.triangles[bad]] = True
    return Distortion(
        least=float(min(stretches.min(), in_plane.min())),
        most=float(max(stretches.max(), in_plane.max())),
        turned=float(turned.min()),
        inverted=int(np.count_nonzero(inverted)),
        strained=strained,
    )


def triangle_stretches(rest: Surface, moved: Surface) -> np.ndarray:
    """Principal stretches (m, 2) of the triangles, smaller first; 1 where a triangle has no area at rest."""
    before, after = (_sides(surface) for surface in (rest, moved))
    metric, now = (np.einsum("tai,tbi->tab", sides, sides) for sides in (before, after))
    proper = np.linalg.det(metric) > 1e-12 * np.trace(metric, axis1=1, axis2=2) ** 2
    found = np.ones((len(metric), 2))
    product = np.linalg.solve(metric[proper], now[proper])
    mean, determinant = np.trace(product, axis1=1, axis2=2) / 2.0, np.linalg.det(product)
    apart = np.sqrt(np.maximum(mean**2 - determinant, 0.0))
    found[proper] = np.sqrt(np.maximum(np.stack([mean - apart, mean + apart], axis=1), 0.0))
    return found


def _sides(surface: Surface) -> np.ndarray:
    corner = surface.points[surface.triangles]
    return corner[:, 1:] - corner[:, :1]
