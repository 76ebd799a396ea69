"""How well types of ossification are told apart in scans of a known arch, and how well what they show is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid, bone_grid
from fem_lumbar.imaging.opening import Opening, read_section
from fem_lumbar.imaging.scan import Scan, Scanner
from fem_lumbar.meshing.mesh import SegmentMesh

FORAMEN = "type_III"
TOLD_APART = 0.95
"""Part of the scans of every type that must be read as that type for types to count as told apart."""
MEASURES = ("area_mm2", "length_mm", "height_mm", "roof_mm")
_SHARPEST_MM, _COARSEST_MM = SPACING_MM, 3.0


@dataclass(frozen=True)
class Reading:
    """What a reader makes of one scan: type, gap of a notch (0 of a foramen) and size of a foramen (NaN of a notch)."""

    type: str
    gap_mm: float
    size: dict[str, float]


@dataclass(frozen=True)
class Row:
    """Scans of one true type with one voxel size: how often each type was read, and the spread of what was measured."""

    true_type: str
    voxel_mm: float
    read_as: dict[str, int]
    gap_mm: tuple[float, float]
    size: dict[str, tuple[float, float]]

    @property
    def right(self) -> float:
        """Part of the scans that were read as what they show."""
        return self.read_as.get(self.true_type, 0) / sum(self.read_as.values())


@dataclass(frozen=True)
class Repeatability:
    """Everything about one arch.

    Attributes
    ----------
    level, side : str
    fractions : dict
        Ossified fraction of every type, in rising order.
    true : dict of Reading
        Reading of a scan without blur at the spacing of the grid, by type.
    rows : list of Row
    blur : float
        Point spread in voxels.
    """

    level: str
    side: str
    fractions: dict[str, float]
    true: dict[str, Reading]
    rows: list[Row]
    blur: float

    @property
    def coarsest_mm(self) -> float | None:
        """Largest voxel up to which, with all smaller ones looked at, every type is told apart; None where none is."""
        found = None
        for voxel in sorted({row.voxel_mm for row in self.rows}):
            if any(row.right < TOLD_APART for row in self.rows if row.voxel_mm == voxel):
                break
            found = voxel
        return found


def repeatability(
    mesh: SegmentMesh,
    level: str,
    side: str,
    fractions: dict[str, float],
    voxels_mm: Sequence[float],
    blur: float,
    placements: int,
    seed: int,
    tell: Callable[[str], None] = lambda text: None,
) -> Repeatability:
    """Scan an arch in every type with voxels of every size, placed at random, and read each scan.

    A reader knows the anatomy: gaps between those of two types count as the nearer one.

    Parameters
    ----------
    mesh : SegmentMesh
    level, side : str
    fractions : dict
        Ossified fraction by type; 1 is a foramen.
    voxels_mm : sequence of float
        Multiples of 0.1 mm up to 3 mm.
    blur : float
        Full width at half maximum of the point spread, in voxels.
    placements : int
        Scans of each type and voxel size, shifted by parts of a voxel (a Sobol sequence).
    seed : int
    tell : callable
        Takes progress.

    Raises
    ------
    InputError
        For voxels that are no multiple of 0.1 mm or too large, or fewer than two placements.
    PhysicsError
        When there is no closed tunnel under the arch.
    """
    for voxel in voxels_mm:
        steps = voxel / SPACING_MM
        if not (_SHARPEST_MM <= voxel <= _COARSEST_MM) or abs(steps - round(steps)) > 1e-6:
            allowed = f"multiples of {SPACING_MM:g} up to {_COARSEST_MM:g}"
            raise InputError(f"voxel of {voxel:g} mm: allowed are {allowed}")
    if placements < 2:
        raise InputError(f"{placements} placements: at least 2 are needed for a spread")
    if not 0.0 <= blur <= 4.0:
        raise InputError(f"blur of {blur:g} voxels: allowed are 0 to 4")
    grid = bone_grid(mesh, level, side)
    sharp = {
        name: Scanner(grid, grid.bone(part), SPACING_MM, 0.0).scan(np.zeros(3)) for name, part in fractions.items()
    }
    gaps = {name: _median_gap(_openings(grid, scan)) for name, scan in sharp.items()}
    true = {name: _reading(grid, scan, gaps) for name, scan in sharp.items()}
    shifts = qmc.Sobol(3, seed=seed).random(placements)
    rows = []
    for voxel in sorted(voxels_mm):
        tell(f"{level} {side}: {placements} scans of each type with voxels of {voxel:g} mm")
        for name, part in fractions.items():
            scanner = Scanner(grid, grid.bone(part), voxel, blur * voxel)
            readings = [_reading(grid, scanner.scan(shift), gaps) for shift in shifts]
            rows.append(_row(name, voxel, readings))
    return Repeatability(level, side, fractions, true, rows, blur)


def _openings(grid: BoneGrid, scan: Scan) -> list[Opening]:
    """What each section shows in which there is an opening."""
    read = (
        read_section(scan.section(grid, offset), seed) for offset, seed in zip(grid.planes, grid.seeds, strict=True)
    )
    return [opening for opening in read if opening is not None]


def _median_gap(openings: Sequence[Opening]) -> float:
    """Median gap of sections, mm; 0 where most are closed."""
    return float(np.median([opening.gap_mm for opening in openings] or [0.0]))


def _reading(grid: BoneGrid, scan: Scan, gaps: dict[str, float]) -> Reading:
    """Type by the gap that most sections show; a foramen by bone all around in most of them."""
    openings = _openings(grid, scan)
    gap = _median_gap(openings)
    closed = [opening for opening in openings if opening.is_closed]
    if 2 * len(closed) > len(openings) or not openings:
        size = {name: float(np.mean([getattr(one, name) for one in closed])) if closed else 0.0 for name in MEASURES}
        return Reading(FORAMEN, 0.0, size)
    notches = {name: own for name, own in gaps.items() if name != FORAMEN}
    nearest = min(notches, key=lambda name: abs(notches[name] - gap))
    return Reading(nearest, gap, dict.fromkeys(MEASURES, np.nan))


def _row(name: str, voxel: float, readings: Sequence[Reading]) -> Row:
    def spread(values: list[float]) -> tuple[float, float]:
        found = np.array(values)[np.isfinite(values)]
        return (float(found.mean()), float(found.std(ddof=1))) if len(found) > 1 else (np.nan, np.nan)

    return Row(
        name,
        voxel,
        dict(Counter(reading.type for reading in readings)),
        spread([reading.gap_mm for reading in readings if reading.type != FORAMEN]),
        {measure: spread([reading.size[measure] for reading in readings]) for measure in MEASURES},
    )
