"""Reading of a person's own bone as by a radiologist, and its repeatability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import norm, qmc

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.spine import ARCH_LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid, bone_grid
from fem_lumbar.imaging.own_bone import OwnBone, own_bone, own_grid
from fem_lumbar.imaging.parameters import reading_values
from fem_lumbar.imaging.reading import Reading, Row, openings, ossified_fractions, reading
from fem_lumbar.imaging.repeatability import Scans, notches, sharp_scan, steady_up_to
from fem_lumbar.materials.records import MamilloAccessoryLigament
from fem_lumbar.meshing.mesh import SegmentMesh

_SAME_SIZE_MM = 0.05
"""Tolerance for voxels that are smaller than those of the labels."""


@dataclass(frozen=True)
class OwnReading:
    """Readings of one arch of a person.

    Attributes
    ----------
    level, side : str
    reading : Reading
        Reading of the bone as in the files.
    rows : list of Row
        Scans by voxel size, with the type of that reading as the true one.
    planes : Row
        Readings of the bone as in the files, in planes moved by the error of the fit.
    plane_shift_mm, plane_turn_deg : float
        Standard deviation of that error along and about each axis.
    resolution_mm : float
        Voxel size of the files; 0 for surfaces.
    left_out_mm : list of float
        Requested voxel sizes that are finer and therefore omitted.
    """

    level: str
    side: str
    reading: Reading
    rows: list[Row]
    planes: Row
    plane_shift_mm: float
    plane_turn_deg: float
    resolution_mm: float
    left_out_mm: list[float]

    @property
    def steady_up_to_mm(self) -> float | None:
        """Largest voxel (mm) up to which nearly all scans are read as the files are; None if not at the smallest."""
        return steady_up_to(self.rows)


def own_reading(
    mesh: SegmentMesh,
    bone: OwnBone,
    level: str,
    side: str,
    fractions: dict[str, float],
    scans: Scans,
    tell: Callable[[str], None] = lambda text: None,
) -> OwnReading:
    """Read an arch of a person, scan it with voxels of every size and read each scan, and read it in moved planes.

    Parameters
    ----------
    mesh : SegmentMesh
        Fitted to the person's bone: it defines the planes of the tunnel and the part that each type covers.
    bone : OwnBone
    level, side : str
    fractions : dict
        Ossified fraction by type; 1 is a foramen.
    scans : Scans
    tell : callable
        Receives progress.

    Raises
    ------
    InputError
        When the bone does not reach the arch, or its voxels are coarser than all requested ones.
    PhysicsError
        When there is no closed tunnel under the fitted arch.
    """
    wanted = sorted(scans.voxels_mm)
    voxels = [voxel for voxel in wanted if voxel >= bone.resolution_mm - _SAME_SIZE_MM]
    if not voxels:
        raise InputError(
            f"the labels are too coarse: their voxels are {bone.resolution_mm:.2g} mm long, the largest that is asked "
            f"for is {wanted[-1]:g} mm\n  an ossified arch about 1.5 mm thick shows in voxels up to 0.7 to 1 mm; for "
            f"this image try --voxels {_next_tenth(bone.resolution_mm):g}"
        )
    known, own, sharp = _read(mesh, bone, level, side, fractions)
    numbers = reading_values()
    within_mm = numbers["opening_within_mm"]
    rows = []
    for voxel in voxels:
        tell(f"{level} {side}: {scans.placements} scans of the person's own bone with voxels of {voxel:g} mm")
        found = [reading(openings(own, scan, within_mm), known) for scan in scans.of(own, own.is_bone, voxel)]
        rows.append(Row.of(sharp.type, voxel, found))
    tell(f"{level} {side}: planes moved by the error of the fit")
    as_it_is = sharp_scan(own, own.is_bone)
    moved = [
        reading(openings(planes, as_it_is, within_mm), known)
        for planes in _moved_planes(own, scans.placements, scans.seed)
    ]
    return OwnReading(
        level,
        side,
        sharp,
        rows,
        Row.of(sharp.type, SPACING_MM, moved),
        numbers["plane_shift_mm"],
        numbers["plane_turn_deg"],
        bone.resolution_mm,
        [voxel for voxel in wanted if voxel not in voxels],
    )


@dataclass(frozen=True)
class OwnArch:
    """Reading of one arch as in the files, whose voxels are ``resolution_mm``; ``problem`` says why there is none."""

    level: str
    side: str
    reading: Reading | None
    resolution_mm: float
    problem: str = ""


def own_arches(
    mesh: SegmentMesh, anatomy: Anatomy, ligament: MamilloAccessoryLigament, tell: Callable[[str], None]
) -> list[OwnArch]:
    """Readings of every arch of a person as in the files, without scans.

    Parameters
    ----------
    mesh : SegmentMesh
        Fitted to the person's bone.
    anatomy : Anatomy
        With the files.
    ligament : MamilloAccessoryLigament
        Defines the ossified fraction of each type.
    tell : callable
        Receives progress and warnings.

    Raises
    ------
    InputError
        When a surface or image cannot be used. Problems of a single arch are in its ``problem``.
    """
    bone, fractions = own_bone(anatomy, tell), ossified_fractions(ligament)
    found = []
    for level in ARCH_LEVELS:
        for side in SIDES if level in mesh.frames else ():
            tell(f"{level} {side}: reading the person's own bone")
            try:
                seen = _read(mesh, bone, level, side, fractions)[2]
                found.append(OwnArch(level, side, seen, bone.resolution_mm))
            except (InputError, PhysicsError) as problem:
                found.append(OwnArch(level, side, None, bone.resolution_mm, str(problem).splitlines()[0]))
    return found


def _read(
    mesh: SegmentMesh, bone: OwnBone, level: str, side: str, fractions: dict[str, float]
) -> tuple[dict[str, float], BoneGrid, Reading]:
    """Covered fraction of each type of notch, the person's bone on its grid, and its reading."""
    fitted = bone_grid(mesh, level, side)
    known = notches(fitted, fractions)
    own = own_grid(fitted, mesh, bone, level, side)
    return (
        known,
        own,
        reading(openings(own, sharp_scan(own, own.is_bone), reading_values()["opening_within_mm"]), known),
    )


def _moved_planes(grid: BoneGrid, count: int, seed: int) -> list[BoneGrid]:
    """Copies of the grid with normally distributed shifts and rotations of its planes along and about each axis."""
    shift_mm, turn_deg = (reading_values()[name] for name in ("plane_shift_mm", "plane_turn_deg"))
    normal = norm.ppf(np.clip(qmc.Sobol(6, seed=seed).random(count), 1e-6, 1.0 - 1e-6))
    found = []
    for draw in normal:
        turn = Rotation.from_rotvec(turn_deg * draw[3:], degrees=True).as_matrix()
        middle = grid.middle + shift_mm * draw[:3]
        found.append(replace(grid, middle=middle, axes=grid.axes @ turn.T))
    return found


def _next_tenth(size_mm: float) -> float:
    return float(np.ceil(10.0 * size_mm - 1e-6) / 10.0)
