"""Reading of one section: whether the opening under the arch is closed by bone, its size, or its covered part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from fem_lumbar.imaging.scan import HALF_ALONG_MM, INWARDS_MM, PIXEL_MM

LEAST_MM2 = 0.5
"""Holes smaller than the nerve (diameter 0.8 mm) are not a foramen."""


@dataclass(frozen=True)
class Opening:
    """Opening in a section.

    Attributes
    ----------
    is_closed : bool
        Bone all around: a foramen. False is a notch, open by a gap.
    covered : float
        Fraction of the width of the opening with bone over it: 1 for a foramen, less for a notch.
    area_mm2, length_mm, height_mm : float
        Area of a foramen, extent along the chord, and outwards; NaN for a notch.
    roof_mm : float
        Thickness of bone over the middle of a foramen; NaN for a notch.
    gap_mm : float
        Width of a notch, along the chord, without bone over it; 0 for a foramen.
    groove_mm : float
        Depth of a notch under the line that touches both lips; NaN for a foramen.
    """

    is_closed: bool
    covered: float
    area_mm2: float
    length_mm: float
    height_mm: float
    roof_mm: float
    gap_mm: float
    groove_mm: float


def read_section(is_bone: np.ndarray, seed_mm: np.ndarray, chord_mm: float, reach_mm: float = 0.0) -> Opening | None:
    """The opening in a section (rows outwards, columns along the chord) near a point, or None where all is bone.

    A foramen within reach has precedence over a notch.

    Parameters
    ----------
    is_bone : (r, c) bool
        See :meth:`~fem_lumbar.imaging.scan.Scan.section`.
    seed_mm : (2,)
        A point in the opening, along the chord and outwards.
    chord_mm : float
        Distance between the feet: lips are searched between them.
    reach_mm : float
        Largest distance of the opening from that point.
    """
    row, column = round((seed_mm[1] + INWARDS_MM) / PIXEL_MM), round((seed_mm[0] + HALF_ALONG_MM) / PIXEL_MM)
    rows, columns = np.ogrid[: is_bone.shape[0], : is_bone.shape[1]]
    away = np.hypot(rows - row, columns - column) * PIXEL_MM
    parts, _ = label(~is_bone)
    near = np.where((away <= reach_mm) & ~is_bone, parts, 0)
    sizes = {name: np.count_nonzero(parts == name) * PIXEL_MM**2 for name in np.unique(near[near > 0])}
    closed = [name for name, size in sizes.items() if size >= LEAST_MM2 and not _reaches_rim(parts == name)]
    if closed:
        return _foramen(is_bone, parts == max(closed, key=sizes.__getitem__))
    beside = np.isin(near, [name for name in sizes if _reaches_rim(parts == name)])
    return _notch(is_bone, away, chord_mm, reach_mm) if beside.any() else None


def _foramen(is_bone: np.ndarray, opening: np.ndarray) -> Opening:
    rows, columns = np.nonzero(opening)
    middle = columns[np.argmin(np.abs(columns - columns.mean()))]
    above = is_bone[rows[columns == middle].max() + 1 :, middle]
    roof = int(np.argmin(above)) if not above.all() else len(above)
    return Opening(
        is_closed=True,
        covered=1.0,
        area_mm2=float(opening.sum()) * PIXEL_MM**2,
        length_mm=float(np.ptp(columns) + 1) * PIXEL_MM,
        height_mm=float(np.ptp(rows) + 1) * PIXEL_MM,
        roof_mm=roof * PIXEL_MM,
        gap_mm=0.0,
        groove_mm=np.nan,
    )


def _notch(is_bone: np.ndarray, away_mm: np.ndarray, chord_mm: float, reach_mm: float) -> Opening:
    """A notch: the connected free area between the feet under the line over both lips."""
    middle, half = round(HALF_ALONG_MM / PIXEL_MM), round(0.5 * chord_mm / PIXEL_MM)
    between = slice(middle - half, middle + half + 1)
    bone = is_bone[:, between]
    rows = np.arange(len(bone))[:, None]
    top = np.where(bone, rows + 1, 0).max(axis=0)
    lips = _upper_hull(top)
    parts, _ = label(~bone & (rows < lips))
    away_mm = np.where(parts > 0, away_mm[:, between], np.inf)
    sizes = np.bincount(parts[away_mm <= max(reach_mm, away_mm.min())], minlength=1)
    free = (parts > 0) & (parts == np.argmax(sizes))
    width = int(np.count_nonzero(free.any(axis=0)))
    covered = int(np.count_nonzero((free & (rows < top)).any(axis=0)))
    return Opening(
        is_closed=False,
        covered=covered / max(width, 1),
        area_mm2=np.nan,
        length_mm=np.nan,
        height_mm=np.nan,
        roof_mm=np.nan,
        gap_mm=(width - covered) * PIXEL_MM,
        groove_mm=float(np.where(free, lips - rows, 0.0).max()) * PIXEL_MM,
    )


def _upper_hull(heights: np.ndarray) -> np.ndarray:
    """Upper convex hull (n,) of heights (n,) at equal steps."""
    kept: list[int] = []
    for i, height in enumerate(heights):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (heights[b] - heights[a]) * (i - a) > (height - heights[a]) * (b - a):
                break
            kept.pop()
        kept.append(i)
    return np.interp(np.arange(len(heights)), kept, heights[kept])


def _reaches_rim(part: np.ndarray) -> bool:
    return bool(part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any())
