"""Reading of a labelled NIfTI image: integers on a grid with an unambiguous position in space."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.foundation.errors import InputError

_MOST_VOXELS = 1.5e9
_PIECE = 1 << 22  # bytes read at a time
_LARGEST_NUMBER = 65535
_MOST_NUMBERS = 500  # segmentation programs have up to about 130 labels, a scan has thousands of grey values
_SAME_PLACE_MM = 1.0  # between the two positions that a header can give
_SAME_SIZE = 0.01  # relative difference of the two voxel sizes that a header can give
_THICK_MM, _TOO_THICK_MM = 2.0, 6.0


@dataclass(frozen=True)
class LabelImage:
    """Label image of a file.

    Attributes
    ----------
    name : str
        Name of the file.
    labels : (i, j, k) int
    affine : (4, 4)
        From voxel indices to mm: x right, y anterior, z superior.
    """

    name: str
    labels: np.ndarray
    affine: np.ndarray

    @property
    def voxel_mm(self) -> np.ndarray:
        """Edge lengths (3,) of a voxel, mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def remarks(self) -> list[str]:
        """Remarks on details that the grid does not resolve."""
        thickest = float(self.voxel_mm.max())
        if thickest <= _THICK_MM:
            return []
        return [
            f"voxels are up to {thickest:.2g} mm thick; facets and processes are resolved to half "
            "of that at best, and facet gaps not at all"
        ]


def read_label_image(path: Path) -> LabelImage:
    """Labels of a ``.nii`` or ``.nii.gz`` file.

    Raises
    ------
    InputError
        When nibabel is not installed, the file cannot be read, holds no labels, or contradicts itself.
    """
    try:
        import nibabel
    except ImportError as reason:
        message = "reading NIfTI images needs nibabel: pip install 'fem-lumbar[segmentation]'"
        raise InputError(message) from reason
    path = Path(path)
    if not path.is_file():
        raise InputError(f"segmentation {path} does not exist; expected a NIfTI file with one label for each vertebra")
    damaged = f"{path.name} cannot be read as NIfTI: it is damaged, truncated or of another format"
    try:
        _check_stream(path)
        file: Any = nibabel.load(path)
        _check_kind(path.name, file)
        image = np.asarray(file.dataobj)
    except (OSError, ValueError, EOFError, TypeError, OverflowError, MemoryError, zlib.error) as reason:
        raise InputError(f"{damaged}; expected a .nii or .nii.gz file") from reason
    except (
        nibabel.filebasedimages.ImageFileError,
        nibabel.spatialimages.HeaderDataError,
        nibabel.spatialimages.ImageDataError,
    ) as reason:
        raise InputError(f"{damaged}; expected a .nii or .nii.gz file") from reason
    image = image.reshape(image.shape[:3])
    affine = _affine(path.name, file)
    return LabelImage(path.name, _whole_numbers(path.name, image), affine)


def _check_stream(path: Path) -> None:
    """Read a compressed file to its end, which verifies the check sum; nibabel stops before it."""
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            while stream.read(_PIECE):
                pass


def _check_kind(name: str, file: Any) -> None:
    """Check, before its data are read, that an image can be a label image; InputError when it cannot."""
    import nibabel

    if not isinstance(file, nibabel.Nifti1Image | nibabel.Nifti2Image):
        raise InputError(f"{name} is an image of the kind {type(file).__name__}; expected NIfTI (.nii or .nii.gz)")
    shape, kind = tuple(file.shape), file.get_data_dtype()
    if kind.fields is not None:
        found = f"{len(kind.fields)} numbers ({', '.join(kind.fields)}) in each voxel, which is a colour image"
        raise InputError(f"{name} is not a label image: found {found}; expected one integer per voxel")
    if kind.kind == "c":
        raise InputError(f"{name} is not a label image: found complex numbers; expected integers")
    if len(shape) < 3 or min(shape[:3]) < 2:
        raise InputError(f"{name} has no three-dimensional image; found {shape}")
    if any(size != 1 for size in shape[3:]):
        found = f"{len(shape)} dimensions {shape}, which is several images in one file"
        raise InputError(f"{name} is not a label image: found {found}; expected three")
    if np.prod([float(size) for size in shape]) > _MOST_VOXELS:
        raise InputError(f"{name} claims {shape} voxels, more than fit into memory; is its header damaged?")


def _affine(name: str, file: Any) -> np.ndarray:
    """Affine (4, 4) from voxel indices to mm; InputError unless the header defines one position consistently."""
    header = file.header
    if file.get_qform(coded=True)[1] == 0 and file.get_sform(coded=True)[1] == 0:
        message = "does not define right and left (sform_code and qform_code are 0)"
        raise InputError(f"{name} {message}; export it again from the program that has the scan")
    affine = np.asarray(file.affine, dtype=float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(f"{name} has no position in space: its affine is singular or not finite")
    sizes, told = np.linalg.norm(affine[:3, :3], axis=0), np.asarray(header["pixdim"][1:4], dtype=float)
    if not np.allclose(sizes, told, rtol=_SAME_SIZE, atol=1e-6):
        both = f"{_listed(told)} in pixdim, {_listed(sizes)} in the affine"
        raise InputError(f"{name} is inconsistent: voxel sizes are {both} (mm); export it again")
    (sform, s_code), (qform, q_code) = file.get_sform(coded=True), file.get_qform(coded=True)
    if s_code and q_code:
        corners = np.array(np.meshgrid(*((0, n - 1) for n in file.shape[:3]), indexing="ij")).reshape(3, -1)
        apart = (sform[:3, :3] - qform[:3, :3]) @ corners + (sform[:3, 3] - qform[:3, 3])[:, None]
        largest = float(np.linalg.norm(apart, axis=0).max())
        if not largest <= _SAME_PLACE_MM:
            found = f"its two positions in space (sform and qform) are up to {largest:.3g} mm apart"
            raise InputError(f"{name} is inconsistent: {found}; export it again with one of them")
    unit = header.get_xyzt_units()[0]
    if unit not in ("mm", "unknown"):
        raise InputError(f"{name} is in {unit}; expected mm")
    if float(sizes.max()) > _TOO_THICK_MM:
        raise InputError(
            f"{name} has voxels of {_listed(sizes)} mm: too thick for a vertebra with its processes "
            f"(up to {_TOO_THICK_MM:g} mm; 1 mm or less is good)"
        )
    return affine


def _whole_numbers(name: str, image: np.ndarray) -> np.ndarray:
    """The image as integer labels; InputError when its values cannot be labels."""
    if image.dtype.kind == "b":
        return image.astype(np.uint8)
    if image.dtype.kind == "f":
        if not np.isfinite(image).all():
            raise InputError(f"{name} has voxels that are not finite numbers; expected labels")
        if not np.array_equal(image, np.rint(image)):
            raise InputError(f"{name} has non-integer values; expected labels, not the scan itself")
    low, high = float(image.min()), float(image.max())
    if low < 0:
        raise InputError(f"{name} has negative values (down to {low:g}); expected labels, not the scan itself")
    if high > _LARGEST_NUMBER:
        raise InputError(f"{name} has values up to {high:g}; expected labels, not the scan itself")
    labels = image.astype(np.int32)
    count = np.count_nonzero(np.bincount(labels.ravel(), minlength=2))
    if count > _MOST_NUMBERS:
        raise InputError(f"{name} has {count} different values; expected labels, not the scan itself")
    return labels


def _listed(sizes: np.ndarray) -> str:
    return " x ".join(f"{size:.3g}" for size in sizes)
