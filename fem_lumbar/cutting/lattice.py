"""A graded body-centred lattice, tetrahedralised: the mesh that is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial import Delaunay

from fem_lumbar.foundation.tetrahedra import oriented

_JITTER_MM = 0.025
"""Random shift of the lattice points: without it the tetrahedralisation of equal cubes is not unique."""
_CORNERS = np.array([(i, j, k) for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)])


def lattice(
    low: np.ndarray, high: np.ndarray, size: float, refine: Sequence[Callable[[np.ndarray, float], np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3), mm, and tetrahedra (m, 4) that fill a box of cubes, locally refined by halving.

    Parameters
    ----------
    low, high : (3,)
        Corners of the box, mm.
    size : float
        Edge of the largest cubes, mm.
    refine : sequence of callables
        One per halving: maps the centres (k, 3) of cubes and their edge (mm) to the mask (k,) of those to halve.
    """
    grid = np.meshgrid(*[np.arange(a, b, size) + 0.5 * size for a, b in zip(low, high)], indexing="ij")
    centres, found = np.stack(grid, axis=-1).reshape(-1, 3), []
    for wanted in refine:
        split = wanted(centres, size)
        found.append(_cubes(centres[~split], size))
        size *= 0.5
        centres = (centres[split][:, None] + size * _CORNERS).reshape(-1, 3)
    found.append(_cubes(centres, size))
    points = np.unique(np.round(np.vstack(found), 4), axis=0)
    points = points + np.random.default_rng(0).normal(0.0, _JITTER_MM, points.shape)
    return points, oriented(points, Delaunay(points).simplices.astype(np.int64))


def _cubes(centres: np.ndarray, size: float) -> np.ndarray:
    """Centres and corners of cubes."""
    return np.vstack([centres, (centres[:, None] + size * _CORNERS).reshape(-1, 3)])
