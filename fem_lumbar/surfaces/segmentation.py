"""Surfaces from a labelled image: NIfTI with one number for each vertebra, as segmentation programs write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvista as pv
from scipy import ndimage

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces.label_image import read_label_image
from fem_lumbar.surfaces.neighbours import unlike_volumes
from fem_lumbar.surfaces.numbering import level_numbers, measured, unconfirmed
from fem_lumbar.surfaces.surface import Surface

TO_OUR_AXES = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Rotation from the axes of NIfTI (x right, y anterior, z superior) to x anterior, y left, z cranial."""

_SMOOTHING_VOXELS = 0.7  # of the mask before the surface is drawn: no stairs, and thin laminae stay
_TAUBIN = {"n_iter": 20, "pass_band": 0.1}  # takes the rest of the stairs without shrinking the body
_FEWEST_VOXELS = 200


def surfaces_from_labels(
    path: Path, labels: str | dict[str, int], say: Callable[[str], None] = lambda _: None
) -> dict[str, Surface]:
    """Surfaces of L3, L4 and L5 in mm in the frame of the scanner, axes x anterior, y left, z cranial.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.
    labels : str or dict of int
        Name of a numbering (`fem_lumbar.surfaces.numbering`), or the number of each level in the image.
    say : callable
        Receives warnings about the image.

    Raises
    ------
    InputError
        When the file cannot be read, the numbers cannot be those of the vertebrae, a level is missing or cut off, or
        nibabel is not installed.
    """
    image = read_label_image(path)
    numbers = level_numbers(image, labels) if isinstance(labels, str) else labels
    parts = measured(image, numbers.values())
    missing = [f"{level} ({numbers[level]})" for level in LEVELS if numbers[level] not in parts]
    if missing:
        raise InputError(f"{image.name} has no label for {', '.join(missing)}")
    shells = {
        level: _surface(image.labels == numbers[level], image.affine, f"{level} in {image.name}") for level in LEVELS
    }
    faults, _ = unlike_volumes({level: 1000.0 * parts[numbers[level]].volume for level in LEVELS})
    if faults:
        raise InputError("\n".join(f"{image.name}: {fault}" for fault in faults))
    remarks = unconfirmed(image, labels) if isinstance(labels, str) else []
    for remark in [*image.remarks, *remarks]:
        say(f"warning: {image.name}: {remark}")
    return shells


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
    # Voids not connected to the outside are marrow that the segmentation missed.
    padded = np.pad(ndimage.binary_fill_holes(mask[box]), margin)
    density = ndimage.gaussian_filter(padded.astype(float), _SMOOTHING_VOXELS)
    grid = pv.ImageData(dimensions=density.shape, origin=offset - float(margin))
    grid.point_data["density"] = density.ravel(order="F")
    # Smoothing needs the same length unit in all directions, so it follows the conversion to mm.
    shell = grid.contour([0.5], scalars="density", method="flying_edges").triangulate()
    shell.points = np.asarray(shell.points, dtype=float) @ affine[:3, :3].T + affine[:3, 3]
    smooth = shell.smooth_taubin(**_TAUBIN)
    surface = Surface(np.asarray(smooth.points, dtype=float) @ TO_OUR_AXES.T, smooth.regular_faces.astype(np.int64))
    # A left-handed image reverses the triangles, not the bone.
    return surface if surface.volume > 0.0 else Surface(surface.points, surface.triangles[:, ::-1])
