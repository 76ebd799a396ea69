"""A person's own bone around an arch, from surfaces or labels, on the grid of the anatomy fitted to the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import ndimage

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import transformed
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid
from fem_lumbar.imaging.inside import inside
from fem_lumbar.imaging.parameters import reading_values
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.person import FROM_FILES, person_surfaces
from fem_lumbar.surfaces import Surface
from fem_lumbar.surfaces.label_image import LabelImage, read_label_image
from fem_lumbar.surfaces.numbering import level_numbers
from fem_lumbar.surfaces.segmentation import TO_OUR_AXES


class OwnBone(Protocol):
    """Bone of a person in the frame of the files."""

    @property
    def resolution_mm(self) -> float:
        """Largest edge of the voxels of the bone; 0 for a surface."""
        ...

    def on(self, grid: BoneGrid, level: str, to_grid: np.ndarray) -> np.ndarray:
        """Mask (n, n, n) of a grid in the bone of a level; ``to_grid`` (4, 4) is the rigid motion from the files."""
        ...


@dataclass(frozen=True)
class OwnSurfaces:
    """Closed surfaces by level."""

    surfaces: dict[str, Surface]
    resolution_mm: float = 0.0

    def on(self, grid: BoneGrid, level: str, to_grid: np.ndarray) -> np.ndarray:
        """See :class:`OwnBone`."""
        moved = self.surfaces[level].moved(to_grid)
        return inside(moved.points[moved.triangles], grid.origin, SPACING_MM, len(grid.is_bone))


@dataclass(frozen=True)
class OwnLabels:
    """Labels of an image and the number of each level: bone is where the linearly interpolated mask exceeds 0.5."""

    image: LabelImage
    numbers: dict[str, int]

    @property
    def resolution_mm(self) -> float:
        """Largest edge of a voxel, mm."""
        return float(self.image.voxel_mm.max())

    def on(self, grid: BoneGrid, level: str, to_grid: np.ndarray) -> np.ndarray:
        """See :class:`OwnBone`."""
        mask = self.image.labels == self.numbers[level]
        box = ndimage.find_objects(mask.astype(np.uint8))[0]
        # Voids not connected to the outside are marrow that the segmentation missed.
        voxels = np.pad(ndimage.binary_fill_holes(mask[box]).astype(np.float32), 1)
        to_scanner = np.eye(4)
        to_scanner[:3, :3] = TO_OUR_AXES.T
        to_voxels = np.linalg.inv(self.image.affine) @ to_scanner @ np.linalg.inv(to_grid)
        first = transformed(to_voxels, grid.origin) - [part.start - 1 for part in box]
        step, shape = to_voxels[:3, :3] * SPACING_MM, (len(grid.is_bone),) * 3
        return ndimage.affine_transform(voxels, step, first, output_shape=shape, order=1) > 0.5


def own_bone(anatomy: Anatomy, say: Callable[[str], None]) -> OwnBone:
    """A person's bone, from the label image or the surfaces of the anatomy.

    Raises
    ------
    InputError
        When a surface or image cannot be used; the message says why.
    """
    files = anatomy.surfaces.paths
    if "segmentation" not in files:
        return OwnSurfaces(person_surfaces(anatomy, say))
    image = read_label_image(files["segmentation"])
    return OwnLabels(image, level_numbers(image, anatomy.surfaces.labels or ""))


def own_grid(grid: BoneGrid, mesh: SegmentMesh, bone: OwnBone, level: str, side: str) -> BoneGrid:
    """The grid of a fitted arch with the person's own bone, in the planes of the fitted tunnel.

    Parameters
    ----------
    grid : BoneGrid
        Grid of the fitted anatomy.
    mesh : SegmentMesh
        Mesh of that anatomy; its meta data contain the rigid motion from the files.
    bone : OwnBone
    level, side : str

    Raises
    ------
    InputError
        When the person has no bone near a foot of the arch.
    """
    to_grid = mesh.frames[level] @ np.array(mesh.meta[FROM_FILES][level])
    own = replace(grid, is_bone=bone.on(grid, level, to_grid), span=np.full((1, 1, 1), np.nan, dtype=np.float32))
    within_mm = reading_values()["bone_within_mm"]
    for end, sign in (("mammillary", -1.0), ("accessory", 1.0)):
        foot = grid.middle + sign * 0.5 * grid.chord_mm * grid.axes[0]
        if _nearest_bone_mm(own, foot, within_mm) > within_mm:
            raise InputError(
                f"{level} {side}: the bone of the person does not reach the arch: none within {within_mm:g} mm of its "
                f"{end} foot\n  the process is missing, cut off or elsewhere; expected a whole vertebra with its "
                "processes (fem-lumbar mesh report shows where the fit found no bone)"
            )
    return own


def _nearest_bone_mm(grid: BoneGrid, place: np.ndarray, reach_mm: float) -> float:
    """Distance from a point (3,) to the nearest bone, mm; infinite without bone in a cube of half edge ``reach_mm``."""
    index = np.round((place - grid.origin) / SPACING_MM).astype(int)
    reach = int(np.ceil(reach_mm / SPACING_MM))
    low, high = np.maximum(index - reach, 0), index + reach + 1
    near = np.argwhere(grid.is_bone[tuple(slice(a, b) for a, b in zip(low, high))])
    if not len(near):
        return float("inf")
    return float(np.linalg.norm(grid.origin + SPACING_MM * (near + low) - place, axis=1).min())
