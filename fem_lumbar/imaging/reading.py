"""Reading of one scan: the type of ossification from its sections, and the measures of the opening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.imaging.bone_grid import BoneGrid
from fem_lumbar.imaging.opening import Opening, read_section
from fem_lumbar.imaging.scan import Scan
from fem_lumbar.materials.records import MamilloAccessoryLigament

FIBROUS, FORAMEN = "fibrous", "type_III"
_OSSIFIED = ("type_I", "type_II", FORAMEN)
NO_OPENING = "no_opening"
"""Type of a reading with bone everywhere an opening was searched."""
FORAMEN_MEASURES = ("area_mm2", "length_mm", "height_mm", "roof_mm")
MEASURES = (*FORAMEN_MEASURES, "groove_mm")


def ossified_fractions(ligament: MamilloAccessoryLigament) -> dict[str, float]:
    """Ossified fraction of the span by type: fibrous, then types I to III."""
    return {FIBROUS: 0.0, **{name: float(getattr(ligament, f"{name}_fraction")) for name in _OSSIFIED}}


@dataclass(frozen=True)
class Reading:
    """Reading of one scan.

    Attributes
    ----------
    type : str
    covered : float
        Median fraction of the width of the opening with bone over it; 1 for a foramen.
    gap_mm : float
        Median width without bone over it: the width of the groove for a fibrous arch, 0 for a foramen.
    size : dict
        Means ``area_mm2``, ``length_mm``, ``height_mm`` and ``roof_mm`` of a foramen; median ``groove_mm`` of a fibrous
        arch. NaN where they do not apply.
    closed : float
        Fraction of the openings found in the sections that have bone all around.
    """

    type: str
    covered: float
    gap_mm: float
    size: dict[str, float]
    closed: float


def openings(grid: BoneGrid, scan: Scan, reach_mm: float = 0.0) -> list[Opening]:
    """Openings of the sections that have one within reach (mm) of its position on the grid."""
    read = (
        read_section(scan.section(grid, offset), seed, grid.chord_mm, reach_mm)
        for offset, seed in zip(grid.planes, grid.seeds, strict=True)
    )
    return [opening for opening in read if opening is not None]


def covered(found: Sequence[Opening]) -> float:
    """Median fraction of the width with bone over it; NaN without openings."""
    return float(np.median([opening.covered for opening in found])) if found else float("nan")


def reading(found: Sequence[Opening], notches: Mapping[str, float]) -> Reading:
    """Reading of a scan: a foramen if most openings are closed, else the notch with the nearest covered fraction.

    Parameters
    ----------
    found : sequence of Opening
        Openings in the sections of one scan.
    notches : mapping
        Covered fraction of every type but the foramen.
    """
    nothing = dict.fromkeys(MEASURES, np.nan)
    if not found:
        return Reading(NO_OPENING, np.nan, np.nan, nothing, 0.0)
    closed = [opening for opening in found if opening.is_closed]
    share = len(closed) / len(found)
    if 2 * len(closed) > len(found):
        size = {name: float(np.mean([getattr(one, name) for one in closed])) for name in FORAMEN_MEASURES}
        return Reading(FORAMEN, 1.0, 0.0, {**nothing, **size}, share)
    part = covered(found)
    nearest = min(notches, key=lambda name: abs(notches[name] - part))
    if nearest == FIBROUS:  # grown lips do not show the depth of the groove
        nothing["groove_mm"] = float(np.median([one.groove_mm for one in found if not one.is_closed]))
    return Reading(nearest, part, float(np.median([one.gap_mm for one in found])), nothing, share)


@dataclass(frozen=True)
class Row:
    """Scans of one true type with one voxel size: counts of the types read, and mean and SD of the measures."""

    true_type: str
    voxel_mm: float
    read_as: dict[str, int]
    gap_mm: tuple[float, float]
    size: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, true_type: str, voxel_mm: float, readings: Sequence[Reading]) -> Row:
        """The row of some readings."""
        return cls(
            true_type,
            voxel_mm,
            dict(Counter(one.type for one in readings)),
            _spread([one.gap_mm for one in readings if one.type != FORAMEN]),
            {measure: _spread([one.size[measure] for one in readings]) for measure in MEASURES},
        )

    @property
    def right(self) -> float:
        """Fraction of the scans that were read as the true type."""
        return self.read_as.get(self.true_type, 0) / sum(self.read_as.values())


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of the finite values; NaN with fewer than two."""
    found = np.array(values)[np.isfinite(values)]
    return (float(found.mean()), float(found.std(ddof=1))) if len(found) > 1 else (np.nan, np.nan)
