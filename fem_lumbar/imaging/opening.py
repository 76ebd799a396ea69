"""Reading one section: is the opening under the arch closed by bone, and how large is it or the gap that is left?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from fem_lumbar.imaging.scan import HALF_ALONG_MM, INWARDS_MM, PIXEL_MM


@dataclass(frozen=True)
class Opening:
    """What a section shows.

    Attributes
    ----------
    is_closed : bool
        Bone all around: a foramen. False is a notch, open by a gap.
    area_mm2, length_mm, height_mm : float
        Of a foramen: area, extent along the chord, and across it; NaN of a notch.
    roof_mm : float
        Thickness of bone over the middle of a foramen; NaN of a notch.
    gap_mm : float
        Of a notch: the widest ball that could leave through it; 0 of a foramen.
    """

    is_closed: bool
    area_mm2: float
    length_mm: float
    height_mm: float
    roof_mm: float
    gap_mm: float


def read_section(is_bone: np.ndarray, seed_mm: np.ndarray) -> Opening | None:
    """What a section (rows outwards, columns along the chord) shows about a place, or None where that is bone.

    Parameters
    ----------
    is_bone : (r, c) bool
        See :meth:`~fem_lumbar.imaging.scan.Scan.section`.
    seed_mm : (2,)
        A place in the opening, along the chord and outwards.
    """
    column = round((seed_mm[0] + HALF_ALONG_MM) / PIXEL_MM)
    row = round((seed_mm[1] + INWARDS_MM) / PIXEL_MM)
    if is_bone[row, column]:
        return None
    opening = _about(~is_bone, row, column)
    if _reaches_rim(opening):
        return Opening(False, np.nan, np.nan, np.nan, np.nan, _gap_mm(is_bone, row, column))
    rows, columns = np.nonzero(opening)
    above = is_bone[rows.max() + 1 :, round(columns.mean())]
    roof = int(np.argmin(above)) if not above.all() else len(above)
    return Opening(
        True,
        float(opening.sum()) * PIXEL_MM**2,
        float(np.ptp(columns) + 1) * PIXEL_MM,
        float(np.ptp(rows) + 1) * PIXEL_MM,
        roof * PIXEL_MM,
        0.0,
    )


def _gap_mm(is_bone: np.ndarray, row: int, column: int) -> float:
    """Diameter of the widest ball that can leave an opening: what must be added to bone, twice, to close it."""
    away = distance_transform_edt(~is_bone) * PIXEL_MM
    low, high = 0.0, float(away[row, column])
    while high - low > PIXEL_MM / 4:
        radius = 0.5 * (low + high)
        if _reaches_rim(_about(away > radius, row, column)):
            low = radius
        else:
            high = radius
    return 2.0 * low


def _about(free: np.ndarray, row: int, column: int) -> np.ndarray:
    """The connected part of what is free that holds a pixel."""
    parts, _ = label(free)
    return (parts == parts[row, column]) & free


def _reaches_rim(part: np.ndarray) -> bool:
    return bool(part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any())
