"""Plausibility of neighbouring vertebrae: ratio of their volumes, and overlap."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pyvista as pv

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.surfaces.surface import Surface

_ALIKE, _NOT_ALIKE = 1.35, 1.7
"""Ratio of the volumes of neighbouring lumbar vertebrae above which there is a remark, and above which it is a fault:
the mean ones differ by less than a tenth."""
_NOTICED_MM, _REFUSED_MM = 0.5, 2.0
"""Penetration of neighbours above which there is a remark, and above which it is a fault: the mean surfaces have
0.23 mm, smoothed labels a little more."""
_CANDIDATES = 200
"""Number of points tested for lying inside, the deepest first."""
_CM3 = 1000.0


def unlike_volumes(volumes_mm3: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """Faults and remarks where the volumes of neighbours differ too much for two whole vertebrae.

    Parameters
    ----------
    volumes_mm3 : mapping of str to float
        Volume of each level.
    """
    faults, remarks = [], []
    for upper, lower in pairwise(LEVELS):
        sizes = {level: volumes_mm3[level] for level in (upper, lower)}
        ratio = max(sizes.values()) / min(sizes.values())
        told = " and ".join(f"{level} {size / _CM3:.0f} cm³" for level, size in sizes.items())
        if ratio > _NOT_ALIKE:
            faults.append(f"{told}: does one include part of another bone, or lack a part?")
        elif ratio > _ALIKE:
            remarks.append(f"{told}: check whether one includes part of another bone, or lacks a part")
    return faults, remarks


def overlaps(surfaces: Mapping[str, Surface], names: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Faults and remarks where a vertebra lies inside its neighbour, with the place in the frame of the files.

    Parameters
    ----------
    surfaces : mapping of Surface
        Closed surfaces by level, mm.
    names : mapping of str
        Names by level, for messages.
    """
    faults, remarks = [], []
    for upper, lower in pairwise(LEVELS):
        depth, place = max(_deepest(surfaces[a], surfaces[b]) for a, b in ((upper, lower), (lower, upper)))
        where = ", ".join(f"{value:.0f}" for value in place)
        told = f"{names[upper]} and {names[lower]} run {depth:.1f} mm into one another near ({where}) mm"
        if depth > _REFUSED_MM:
            faults.append(f"{told}; expected bones that touch at most: are they in one frame, as they were imaged?")
        elif depth > _NOTICED_MM:
            remarks.append(f"{told}; facets are moved apart to their gap")
    return faults, remarks


def _deepest(surface: Surface, other: Surface) -> tuple[float, tuple[float, ...]]:
    """Largest depth (mm) of the vertices of a surface inside another one, and the position (3,) in mm."""
    low, high = other.points.min(axis=0), other.points.max(axis=0)
    near = surface.points[np.all((surface.points > low) & (surface.points < high), axis=1)]
    if not len(near):
        return 0.0, (0.0, 0.0, 0.0)
    signed = pv.PolyData(near).compute_implicit_distance(other.poly_data)["implicit_distance"]
    order = np.argsort(signed)[:_CANDIDATES]
    for point, distance in zip(near[order], signed[order]):
        if distance > -_NOTICED_MM:
            break
        if _winding_number(other, point) > 0.5:  # on noisy surfaces the sign of the distance is often wrong
            return -float(distance), tuple(float(value) for value in point)
    return 0.0, (0.0, 0.0, 0.0)


def _winding_number(surface: Surface, point: np.ndarray) -> float:
    """Solid angle of a closed surface seen from a point (3,), over 4 pi: 1 inside, 0 outside (van Oosterom 1983)."""
    a, b, c = np.moveaxis(surface.points[surface.triangles] - point, 1, 0)
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    volume = np.einsum("ni,ni->n", a, np.cross(b, c))
    dots = [np.einsum("ni,ni->n", u, v) for u, v in ((a, b), (a, c), (b, c))]
    return float(np.arctan2(volume, la * lb * lc + dots[0] * lc + dots[1] * lb + dots[2] * la).sum() / (2.0 * np.pi))
