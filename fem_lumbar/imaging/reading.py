"""Reading one scan: the type of ossification that most of its sections show, and what is measured."""

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
"""Bone wherever an opening was looked for."""
FORAMEN_MEASURES = ("area_mm2", "length_mm", "height_mm", "roof_mm")
MEASURES = (*FORAMEN_MEASURES, "groove_mm")


def ossified_fractions(ligament: MamilloAccessoryLigament) -> dict[str, float]:
    """Ossified fraction of the span of every type, in rising order."""
    return {FIBROUS: 0.0, **{name: float(getattr(ligament, f"{name}_fraction")) for name in _OSSIFIED}}


@dataclass(frozen=True)
class Reading:
    """What a reader makes of one scan.

    Attributes
    ----------
    type : str
    covered : float
        Median part of the width of the opening that has bone over it; 1 of a foramen.
    gap_mm : float
        Median part of the width without bone over it: of a fibrous arch the width of the groove; 0 of a foramen.
    size : dict
        Of a foramen ``area_mm2``, ``length_mm``, ``height_mm``, ``roof_mm``; of a groove without bone over it
        ``groove_mm``. NaN where it does not apply.
    closed : float
        Part of the sections that show bone all around.
    """

    type: str
    covered: float
    gap_mm: float
    size: dict[str, float]
    closed: float


def openings(grid: BoneGrid, scan: Scan, reach_mm: float = 0.0) -> list[Opening]:
    """What each section shows in which there is an opening within reach (mm) of where the grid has it."""
    read = (
        read_section(scan.section(grid, offset), seed, grid.chord_mm, reach_mm)
        for offset, seed in zip(grid.planes, grid.seeds, strict=True)
    )
    return [opening for opening in read if opening is not None]


def covered(found: Sequence[Opening]) -> float:
    """Median part of the width that has bone over it."""
    return float(np.median([opening.covered for opening in found])) if found else float("nan")


def reading(found: Sequence[Opening], notches: Mapping[str, float]) -> Reading:
    """The type: a foramen by bone all around in most sections, else the notch whose covered part is nearest.

    Parameters
    ----------
    found : sequence of Opening
        Of the sections of one scan.
    notches : mapping
        Covered part of every type but the foramen.
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
    if nearest == FIBROUS:  # lips that have grown do not show how deep the groove is
        nothing["groove_mm"] = float(np.median([one.groove_mm for one in found if not one.is_closed]))
    return Reading(nearest, part, float(np.median([one.gap_mm for one in found])), nothing, share)


@dataclass(frozen=True)
class Row:
    """Scans of one true type with one voxel size: how often each type was read, and the spread of what was measured."""

    true_type: str
    voxel_mm: float
    read_as: dict[str, int]
    gap_mm: tuple[float, float]
    size: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, true_type: str, voxel_mm: float, readings: Sequence[Reading]) -> Row:
        """Count and spread of readings."""
        return cls(
            true_type,
            voxel_mm,
            dict(Counter(one.type for one in readings)),
            _spread([one.gap_mm for one in readings if one.type != FORAMEN]),
            {measure: _spread([one.size[measure] for one in readings]) for measure in MEASURES},
        )

    @property
    def right(self) -> float:
        """Part of the scans that were read as what they show."""
        return self.read_as.get(self.true_type, 0) / sum(self.read_as.values())


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of those that are numbers."""
    found = np.array(values)[np.isfinite(values)]
    return (float(found.mean()), float(found.std(ddof=1))) if len(found) > 1 else (np.nan, np.nan)
