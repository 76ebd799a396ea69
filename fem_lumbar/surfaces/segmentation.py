"""Surfaces from a labelled image: NIfTI with one number for each vertebra, as segmentation programs write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
from scipy import ndimage

from fem_lumbar.conventions import LEVELS
from fem_lumbar.errors import InputError
from fem_lumbar.surfaces.surface import Surface

LABELS: dict[str, dict[str, int]] = {
    # totalsegmentator/map_to_binary.py, class_map["total"], version 2; version 1 numbered differently (L5 was 18).
    "totalsegmentator": {"L3": 29, "L4": 28, "L5": 27},
    # github.com/anjany/verse: 1-7 cervical, 8-19 thoracic, 20-25 lumbar.
    "verse": {"L3": 22, "L4": 23, "L5": 24},
    # van der Graaf et al. 2024, doi 10.1038/s41597-024-03090-w: numbered from the bottom up, L5 is 1.
    "spider": {"L3": 3, "L4": 2, "L5": 1},
}
"""Numbers of the vertebrae by the program or data set that made the labels."""

TO_OUR_AXES = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""From x right, y anterior, z superior, as NIfTI has it, to x anterior, y left, z cranial: a rotation."""

_SMOOTHING_VOXELS = 0.7  # of the mask before the surface is drawn: no stairs, and thin laminae stay
_TAUBIN = {"n_iter": 20, "pass_band": 0.1}  # takes the rest of the stairs without shrinking the body
_FEWEST_VOXELS = 200


def surfaces_from_labels(path: Path, labels: str | dict[str, int]) -> dict[str, Surface]:
    """Surfaces of L3, L4 and L5 in mm in the frame of the scanner, axes x anterior, y left, z cranial.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.
    labels : str or dict of int
        A key of :data:`LABELS`, or the number of each level in the image.

    Raises
    ------
    InputError
        When the file cannot be read, a level is missing or cut off, or nibabel is not installed.
    """
    if isinstance(labels, str):
        if labels not in LABELS:
            raise InputError(f"unknown labels {labels!r}; known are {', '.join(LABELS)}, or a number for each level")
        labels = LABELS[labels]
    path = Path(path)
    image, affine = _read(path)
    present = {int(value) for value in np.unique(image)}
    missing = [f"{level} ({labels[level]})" for level in LEVELS if labels[level] not in present]
    if missing:
        found = ", ".join(str(value) for value in sorted(present - {0})[:40]) or "none"
        raise InputError(f"{path.name} has no label for {', '.join(missing)}; labels found: {found}")
    return {level: _surface(image == labels[level], affine, f"{level} in {path.name}") for level in LEVELS}


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels (i, j, k) and the affine (4, 4) from voxel numbers to mm."""
    try:
        import nibabel
    except ImportError as reason:
        message = "reading NIfTI images needs nibabel: pip install 'fem-lumbar[segmentation]'"
        raise InputError(message) from reason
    if not path.is_file():
        raise InputError(f"segmentation {path} does not exist; expected a NIfTI file with one label for each vertebra")
    try:
        file: Any = nibabel.load(path)
        image, affine = np.asarray(file.dataobj), np.asarray(file.affine, dtype=float)
    except (OSError, ValueError, EOFError, nibabel.filebasedimages.ImageFileError) as reason:
        raise InputError(f"{path.name} cannot be read as NIfTI; expected a .nii or .nii.gz file") from reason
    image = image.reshape(image.shape[:3]) if image.ndim > 3 and image.size == np.prod(image.shape[:3]) else image
    if image.ndim != 3 or not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-9:
        raise InputError(f"{path.name} has no three-dimensional image with a position in space; found {image.shape}")
    if not np.all(image == np.rint(image)):
        raise InputError(f"{path.name} has values that are not whole numbers; expected labels, not the scan itself")
    return np.rint(image).astype(np.int64), affine


def _surface(mask: np.ndarray, affine: np.ndarray, name: str) -> Surface:
    """Closed, smoothed boundary of a mask (i, j, k)."""
    where = np.argwhere(mask)
    if len(where) < _FEWEST_VOXELS:
        raise InputError(f"{name} has {len(where)} voxels; expected a whole vertebra")
    low, high = where.min(axis=0), where.max(axis=0)
    if np.any(low == 0) or np.any(high == np.array(mask.shape) - 1):
        raise InputError(f"{name} reaches the border of the image and is probably cut off; expected a whole vertebra")
    margin = 3
    box = tuple(slice(max(a - margin, 0), b + margin + 1) for a, b in zip(low, high))
    offset = np.array([part.start for part in box])
    # Voids that no channel joins to the outside are marrow that the segmentation missed.
    padded = np.pad(ndimage.binary_fill_holes(mask[box]), margin)
    density = ndimage.gaussian_filter(padded.astype(float), _SMOOTHING_VOXELS)
    grid = pv.ImageData(dimensions=density.shape, origin=offset - float(margin))
    grid.point_data["density"] = density.ravel(order="F")
    # Smoothing asks for equal lengths in all directions, so it comes after the step to mm.
    shell = grid.contour([0.5], scalars="density", method="flying_edges").triangulate()
    shell.points = np.asarray(shell.points, dtype=float) @ affine[:3, :3].T + affine[:3, 3]
    smooth = shell.smooth_taubin(**_TAUBIN)
    surface = Surface(np.asarray(smooth.points, dtype=float) @ TO_OUR_AXES.T, smooth.regular_faces.astype(np.int64))
    # A left-handed image turns the triangles round, not the bone.
    return surface if surface.volume > 0.0 else Surface(surface.points, surface.triangles[:, ::-1])
