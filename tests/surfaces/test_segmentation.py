"""A labelled image gives closed surfaces in mm, the right way round, whatever the order of its axes."""

import sys

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces import check_surfaces, surfaces_from_labels
from fem_lumbar.surfaces.numbering import NUMBERINGS
from fem_lumbar.surfaces.segmentation import TO_OUR_AXES

SPACING = np.array([1.2, 1.0, 1.4])
CENTRES = {"L3": (60.0, 65.0, 100.0), "L4": (60.0, 62.0, 67.0), "L5": (60.0, 63.0, 34.0)}  # mm, right-anterior-superior
AXES = (46.0, 30.0, 14.0)
HORN = 12.0  # a bump on the left and only there


def numbers(name: str) -> dict[str, int]:
    return {bone: number for number, bone in NUMBERINGS[name].items() if bone in LEVELS}


@pytest.fixture
def nibabel():
    return pytest.importorskip("nibabel")


def written(nibabel, folder, codes: str, labels: dict[str, int], shape=(110, 130, 100)):
    """A file with three lying ellipsoids, each with a bump on the left, axes ordered by ``codes``."""
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1) * SPACING
    image = np.zeros(shape, dtype=np.uint8)
    for level, centre in CENTRES.items():
        away = grid - centre
        inside = ((away / AXES) ** 2).sum(axis=-1) < 1.0
        inside |= ((away - [-46.0, 0.0, 0.0]) ** 2).sum(axis=-1) < HORN**2
        image[inside] = labels[level]
    file = nibabel.Nifti1Image(image, np.diag([*SPACING, 1.0]))
    wanted = nibabel.orientations.axcodes2ornt(codes)
    turn = nibabel.orientations.ornt_transform(nibabel.orientations.io_orientation(file.affine), wanted)
    path = folder / f"labels_{codes}.nii.gz"
    nibabel.save(file.as_reoriented(turn), path)
    return path


@pytest.mark.parametrize(("codes", "preset"), [("RAS", "totalsegmentator_v2"), ("LPS", "verse"), ("PIR", "spider")])
def test_shape_place_and_side(nibabel, tmp_path, codes, preset):
    surfaces = surfaces_from_labels(written(nibabel, tmp_path, codes, numbers(preset)), preset)
    assert check_surfaces(surfaces).warnings == []
    for level, surface in surfaces.items():
        points = surface.points - TO_OUR_AXES @ CENTRES[level]
        # x is anterior, y left (where the bump is), z cranial
        np.testing.assert_allclose(points.max(axis=0), [30.0, 58.0, 14.0], atol=1.0)
        np.testing.assert_allclose(points.min(axis=0), [-30.0, -46.0, -14.0], atol=1.0)


def test_volume_is_kept(nibabel, tmp_path):
    path = written(nibabel, tmp_path, "RAS", numbers("verse"))
    voxels = np.count_nonzero(np.asarray(nibabel.load(path).dataobj) == numbers("verse")["L4"])
    volume = surfaces_from_labels(path, "verse")["L4"].volume
    assert volume == pytest.approx(voxels * SPACING.prod(), rel=0.02)


def test_faults_are_named(nibabel, tmp_path):
    path = written(nibabel, tmp_path, "RAS", numbers("verse"))
    with pytest.raises(InputError, match=r"no label for L3 \(29\), L4 \(28\), L5 \(27\); labels found: 22, 23, 24"):
        surfaces_from_labels(path, "totalsegmentator")
    with pytest.raises(InputError, match="unknown labels 'atlas'"):
        surfaces_from_labels(path, "atlas")
    with pytest.raises(InputError, match="does not exist"):
        surfaces_from_labels(tmp_path / "none.nii.gz", "verse")
    (tmp_path / "noise.nii.gz").write_bytes(b"hello")
    with pytest.raises(InputError, match=r"noise.nii.gz cannot be read as NIfTI"):
        surfaces_from_labels(tmp_path / "noise.nii.gz", "verse")
    with pytest.raises(InputError, match="probably cut off"):
        surfaces_from_labels(written(nibabel, tmp_path, "RAS", numbers("verse"), (110, 130, 78)), "verse")


def test_without_nibabel_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(InputError, match=r"pip install 'fem-lumbar\[segmentation\]'"):
        surfaces_from_labels(tmp_path / "labels.nii.gz", "verse")
