"""How well types of ossification are distinguished in scans of a known arch, and the spread of their measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid, bone_grid
from fem_lumbar.imaging.reading import FORAMEN, Reading, Row, covered, openings, reading
from fem_lumbar.imaging.scan import Scan, Scanner
from fem_lumbar.meshing.mesh import SegmentMesh

TOLD_APART = 0.95
"""Fraction of the scans of every type that must be read as that type for the types to count as distinguished."""
_SHARPEST_MM, _COARSEST_MM = SPACING_MM, 3.0


@dataclass(frozen=True)
class Repeatability:
    """Readings of scans of one arch.

    Attributes
    ----------
    level, side : str
    fractions : dict
        Ossified fraction of every type, in ascending order.
    true : dict of Reading
        Reading of a scan without blur at the spacing of the grid, by type.
    rows : list of Row
        Scans by voxel size and type.
    blur : float
        Full width at half maximum of the point spread, in voxels.
    """

    level: str
    side: str
    fractions: dict[str, float]
    true: dict[str, Reading]
    rows: list[Row]
    blur: float

    @property
    def coarsest_mm(self) -> float | None:
        """Largest voxel (mm) up to which all types are distinguished; None if not at the smallest."""
        return steady_up_to(self.rows)


def steady_up_to(rows: Sequence[Row]) -> float | None:
    """Largest voxel (mm) up to which nearly all scans of every row are read correctly; None if not at the smallest."""
    found = None
    for voxel in sorted({row.voxel_mm for row in rows}):
        if any(row.right < TOLD_APART for row in rows if row.voxel_mm == voxel):
            break
        found = voxel
    return found


@dataclass(frozen=True)
class Scans:
    """Settings of simulated scans.

    Attributes
    ----------
    voxels_mm : sequence of float
        Edges of the voxels, multiples of 0.1 mm up to 3 mm.
    blur : float
        Full width at half maximum of the point spread, in voxels.
    placements : int
        Number of scans of each kind, shifted by fractions of a voxel (a Sobol sequence).
    seed : int
        Of the sequence.

    Raises
    ------
    InputError
        For voxels that are not a multiple of 0.1 mm or too large, fewer than two placements, or a blur out of range.
    """

    voxels_mm: Sequence[float]
    blur: float
    placements: int
    seed: int

    def __post_init__(self) -> None:
        for voxel in self.voxels_mm:
            steps = voxel / SPACING_MM
            if not (_SHARPEST_MM <= voxel <= _COARSEST_MM) or abs(steps - round(steps)) > 1e-6:
                allowed = f"multiples of {SPACING_MM:g} up to {_COARSEST_MM:g}"
                raise InputError(f"voxel of {voxel:g} mm: allowed are {allowed}")
        if self.placements < 2:
            raise InputError(f"{self.placements} placements: at least 2 are needed for a spread")
        if not 0.0 <= self.blur <= 4.0:
            raise InputError(f"blur of {self.blur:g} voxels: allowed are 0 to 4")

    def of(self, grid: BoneGrid, bone: np.ndarray, voxel_mm: float) -> list[Scan]:
        """Scans of bone (n, n, n) on a grid with voxels of one size."""
        scanner = Scanner(grid, bone, voxel_mm, self.blur * voxel_mm)
        return [scanner.scan(shift) for shift in qmc.Sobol(3, seed=self.seed).random(self.placements)]


def sharp_scan(grid: BoneGrid, bone: np.ndarray) -> Scan:
    """Scan of bone (n, n, n) on a grid without blur, with voxels of the grid spacing."""
    return Scanner(grid, bone, SPACING_MM, 0.0).scan(np.zeros(3))


def notches(grid: BoneGrid, fractions: Mapping[str, float]) -> dict[str, float]:
    """Fraction of the width of the opening that each type but the foramen covers in a known anatomy, by type."""
    parts = {name: part for name, part in fractions.items() if name != FORAMEN}
    return {name: covered(openings(grid, sharp_scan(grid, grid.bone(part)))) for name, part in parts.items()}


def repeatability(
    mesh: SegmentMesh,
    level: str,
    side: str,
    fractions: dict[str, float],
    scans: Scans,
    tell: Callable[[str], None] = lambda text: None,
) -> Repeatability:
    """Scan an arch in every type with voxels of every size, in quasi-random positions, and read each scan.

    The reader knows the anatomy: a covered fraction counts as the type whose own fraction is nearest.

    Parameters
    ----------
    mesh : SegmentMesh
    level, side : str
    fractions : dict
        Ossified fraction by type; 1 is a foramen.
    scans : Scans
    tell : callable
        Receives progress.

    Raises
    ------
    PhysicsError
        When there is no closed tunnel under the arch.
    """
    grid = bone_grid(mesh, level, side)
    known = notches(grid, fractions)
    true = {name: reading(openings(grid, sharp_scan(grid, grid.bone(part))), known) for name, part in fractions.items()}
    rows = []
    for voxel in sorted(scans.voxels_mm):
        tell(f"{level} {side}: {scans.placements} scans of each type with voxels of {voxel:g} mm")
        for name, part in fractions.items():
            found = [reading(openings(grid, scan), known) for scan in scans.of(grid, grid.bone(part), voxel)]
            rows.append(Row.of(name, voxel, found))
    return Repeatability(level, side, fractions, true, rows, scans.blur)
