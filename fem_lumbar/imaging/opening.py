"""Reading one section: is the opening under the arch closed by bone, how large is it, or how much of it is covered?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from fem_lumbar.imaging.scan import HALF_ALONG_MM, INWARDS_MM, PIXEL_MM

LEAST_MM2 = 0.5
"""Holes smaller than the nerve (0.8 mm across) are no foramen."""


@dataclass(frozen=True)
class Opening:
    """What a section shows.

    Attributes
    ----------
    covered : float
        Part of the width of the opening that has bone over it: 1 of a foramen, less of a notch.
    area_mm2, length_mm, height_mm : float
        Of a foramen: area, extent along the chord, and across it; NaN of a notch.
    roof_mm : float
        Thickness of bone over the middle of a foramen; NaN of a notch.
    gap_mm : float
        Of a notch: the widest ball that could leave through it; 0 of a foramen.
    groove_mm : float
        Of a notch: depth of its floor under the line that touches both lips; NaN of a foramen.
    """

    covered: float
    area_mm2: float
    length_mm: float
    height_mm: float
    roof_mm: float
    gap_mm: float
    groove_mm: float

    @property
    def is_closed(self) -> bool:
        """Bone all around: a foramen."""
        return self.gap_mm == 0.0


def read_section(is_bone: np.ndarray, seed_mm: np.ndarray, chord_mm: float, reach_mm: float = 0.0) -> Opening | None:
    """What a section (rows outwards, columns along the chord) shows about a place, or None where all of that is bone.

    A foramen within reach goes before a notch.

    Parameters
    ----------
    is_bone : (r, c) bool
        See :meth:`~fem_lumbar.imaging.scan.Scan.section`.
    seed_mm : (2,)
        A place in the opening, along the chord and outwards.
    chord_mm : float
        From foot to foot: lips are looked for between the feet.
    reach_mm : float
        How far from that place the opening may be.
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
    if not beside.any():
        return None
    start = np.unravel_index(np.argmin(np.where(beside, away, np.inf)), away.shape)
    room = distance_transform_edt(~is_bone) * PIXEL_MM
    gap = _gap_mm(room, _roomiest(np.where(beside, room, -1.0), start))
    return _notch(is_bone, parts == parts[start], gap, chord_mm)


def _foramen(is_bone: np.ndarray, opening: np.ndarray) -> Opening:
    rows, columns = np.nonzero(opening)
    above = is_bone[rows.max() + 1 :, round(columns.mean())]
    roof = int(np.argmin(above)) if not above.all() else len(above)
    return Opening(
        covered=1.0,
        area_mm2=float(opening.sum()) * PIXEL_MM**2,
        length_mm=float(np.ptp(columns) + 1) * PIXEL_MM,
        height_mm=float(np.ptp(rows) + 1) * PIXEL_MM,
        roof_mm=roof * PIXEL_MM,
        gap_mm=0.0,
        groove_mm=np.nan,
    )


def _notch(is_bone: np.ndarray, opening: np.ndarray, gap_mm: float, chord_mm: float) -> Opening:
    """A notch: between the feet, what is free under the line over both lips belongs to it."""
    middle, half = round(HALF_ALONG_MM / PIXEL_MM), round(0.5 * chord_mm / PIXEL_MM)
    between = slice(middle - half, middle + half + 1)
    bone = is_bone[:, between]
    rows = np.arange(len(bone))[:, None]
    top = np.where(bone, rows + 1, 0).max(axis=0)
    lips = _upper_hull(top)
    free = opening[:, between] & (rows < lips)
    under_bone = free & (rows < top)
    return Opening(
        covered=np.count_nonzero(under_bone.any(axis=0)) / max(np.count_nonzero(free.any(axis=0)), 1),
        area_mm2=np.nan,
        length_mm=np.nan,
        height_mm=np.nan,
        roof_mm=np.nan,
        gap_mm=gap_mm,
        groove_mm=float(np.where(free, lips - rows, 0.0).max()) * PIXEL_MM,
    )


def _upper_hull(heights: np.ndarray) -> np.ndarray:
    """The lowest concave line (n,) over heights (n,) at equal steps."""
    kept: list[int] = []
    for i, height in enumerate(heights):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (heights[b] - heights[a]) * (i - a) > (height - heights[a]) * (b - a):
                break
            kept.pop()
        kept.append(i)
    return np.interp(np.arange(len(heights)), kept, heights[kept])


def _roomiest(room: np.ndarray, start: tuple[np.intp, ...]) -> tuple[int, int]:
    """Where a ball comes to rest that rolls from a pixel to ever more room (r, c), negative where it may not go."""
    room = np.pad(room, 1, constant_values=-1.0)
    row, column = int(start[0]), int(start[1])
    while True:
        around = room[row : row + 3, column : column + 3]
        step = np.unravel_index(np.argmax(around), around.shape)
        if around[step] <= around[1, 1]:
            return row, column
        row, column = row + int(step[0]) - 1, column + int(step[1]) - 1


def _gap_mm(room: np.ndarray, place: tuple[int, int]) -> float:
    """Diameter of the widest ball that can leave a place, by the distance from bone (r, c); at least a pixel."""
    low, high = 0.0, float(room[place])
    while high - low > PIXEL_MM / 4:
        radius = 0.5 * (low + high)
        parts, _ = label(room > radius)
        if parts[place] and _reaches_rim(parts == parts[place]):
            low = radius
        else:
            high = radius
    return max(2.0 * low, PIXEL_MM)


def _reaches_rim(part: np.ndarray) -> bool:
    return bool(part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any())
