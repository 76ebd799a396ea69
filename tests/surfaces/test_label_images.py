"""Images that are no labels, damaged, or numbered otherwise are refused with what was found."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces import surfaces_from_labels
from fem_lumbar.surfaces.numbering import COLUMN, NUMBERINGS

nibabel = pytest.importorskip("nibabel")

SIZE = (42, 30, 18)  # mm, half of it from the centre: a block with a spur stands for a vertebra
STEP = 34.0


def bone(image: np.ndarray, voxel, place_mm: float, number: int, grown: float = 1.0) -> None:
    """A block of about 50 cm³ whose lower end is at a height."""
    x, y, z = (np.arange(n) * size for n, size in zip(image.shape, voxel))
    inside = (
        (abs(x - 50.0) < grown * SIZE[0] / 2)[:, None, None]
        & (abs(y - 40.0) < grown * SIZE[1] / 2)[None, :, None]
        & ((z >= place_mm) & (z < place_mm + grown * 30.0))[None, None, :]
    )
    inside |= (
        (abs(x - 50.0) < 40.0)[:, None, None]
        & (abs(y - 25.0) < 6.0)[None, :, None]
        & ((z >= place_mm) & (z < place_mm + 12.0))[None, None, :]
    )
    image[inside] = number


def column(numbers, voxel=(2.0, 2.0, 2.0), dtype=np.uint8, steps=None) -> np.ndarray:
    """Labels of bones from below, a step apart each, or at the given steps."""
    steps = list(range(len(numbers))) if steps is None else steps
    shape = (round(100 / voxel[0]), round(80 / voxel[1]), round((40 + STEP * (max(steps) + 1)) / voxel[2]))
    image = np.zeros(shape, dtype=dtype)
    for number, step in zip(numbers, steps):
        bone(image, voxel, 20.0 + STEP * step, number)
    return image


def saved(
    folder: Path, image: np.ndarray, voxel=(2.0, 2.0, 2.0), change=lambda file: None, name="spine.nii.gz"
) -> Path:
    file = nibabel.Nifti1Image(image, np.diag([*voxel, 1.0]))
    file.set_sform(file.affine, 1)
    change(file)
    nibabel.save(file, folder / name)
    return folder / name


V1, V2, VERSE = (18, 19, 20), (27, 28, 29), (24, 23, 22)


def refusal(path: Path, labels="totalsegmentator") -> str:
    with pytest.raises(InputError) as caught:
        surfaces_from_labels(path, labels)
    assert len(str(caught.value).splitlines()) < 12
    return str(caught.value)


@pytest.mark.parametrize(
    ("numbers", "labels"),
    [
        (V2, "totalsegmentator"),
        (V2, "totalsegmentator_v2"),
        (V1, "totalsegmentator_v1"),
        (VERSE, "verse"),
        ((1, 2, 3), "spider"),
        ((25, *V2, 30, 31), "totalsegmentator"),
    ],
)
def test_columns_of_each_numbering(tmp_path, numbers, labels):
    surfaces = surfaces_from_labels(saved(tmp_path, column(numbers)), labels)
    heights = [surfaces[level].centroid[2] for level in ("L5", "L4", "L3")]
    assert np.diff(heights) == pytest.approx([STEP, STEP], abs=0.2)


def test_two_versions_that_fit_are_asked_for(tmp_path):
    path = saved(tmp_path, column((*V1, *V2), steps=(0, 1, 2, 9, 10, 11)))
    shown = refusal(path)
    assert "totalsegmentator_v1: 18 L5, 19 L4, 20 L3, 27 T8, 28 T7, 29 T6\n" in shown
    assert "totalsegmentator_v2: 27 L5, 28 L4, 29 L3; but then 18, 19, 20 below them would be no vertebrae" in shown
    assert "Say labels: totalsegmentator_v1 or totalsegmentator_v2" in shown
    v1, v2 = (surfaces_from_labels(path, f"totalsegmentator_{version}") for version in ("v1", "v2"))
    assert v2["L5"].centroid[2] - v1["L5"].centroid[2] == pytest.approx(9 * STEP, abs=0.5)


def test_organs_with_the_numbers_of_another_version_are_not_vertebrae(tmp_path):
    image = column(V2)
    big = np.zeros((image.shape[0], image.shape[1], image.shape[2] + 60), np.uint8)
    big[:, :, 60:] = image
    big[2:48, 2:38, 4:40] = 18  # a bowel of 480 cm³ below
    big[2:9, 2:9, 45:55] = 19
    big[40:48, 30:38, 90:120] = 20
    assert set(surfaces_from_labels(saved(tmp_path, big), "totalsegmentator")) == {"L3", "L4", "L5"}


@pytest.mark.parametrize(
    ("numbers", "labels", "told"),
    [
        (V1, "totalsegmentator", "no label for L3 (29), L4 (28), L5 (27)"),
        (V1, "totalsegmentator", "labels: totalsegmentator_v1 fits: 18 L5, 19 L4, 20 L3"),
        (VERSE, "totalsegmentator", "labels: verse fits: 24 L5, 23 L4, 22 L3"),
        ((1, 2, 3), "verse", "labels: spider fits: 1 L5, 2 L4, 3 L3"),
        ((18, 19, 20, 21, 22, 23, 24), "verse", "of L4 (23) and L5 (24) the first lies below the second"),
        ((18, 19, 20, 21, 22, 23, 24), "verse", "labels: totalsegmentator_v1 fits: 18 L5"),
        ((29, 28, 27), "totalsegmentator", "of L4 (28) and L5 (27) the first lies below the second"),
        ((27, 29, 28), "totalsegmentator", "of L3 (29) and L4 (28) the first lies below the second"),
        ((27, 28), "totalsegmentator", "no label for L3 (29)"),
        ((27, 28, 29, 25), "totalsegmentator", "of L5 (27) and sacrum (25) the first lies below the second"),
    ],
)
def test_numbers_that_cannot_be_meant(tmp_path, numbers, labels, told):
    assert told in refusal(saved(tmp_path, column(numbers)), labels)


def test_bones_that_the_image_cuts_and_stray_voxels_say_nothing(tmp_path):
    image = column((25, *V2, 30))
    image[:, :, -2:] = np.where(image[:, :, -14:-12] == 30, 31, 0)  # the lowest slices of L1
    image[:, :, :3] = np.where(image[:, :, 20:23] == 25, 40, 0)  # a thoracic number at the lower border
    image[2:4, 2:4, 60] = 33
    assert set(surfaces_from_labels(saved(tmp_path, image), "totalsegmentator")) == {"L3", "L4", "L5"}


def test_vertebrae_far_apart(tmp_path):
    assert "L4 (28) and L5 (27) are 102 mm apart; expected 12 to 60" in refusal(
        saved(tmp_path, column(V2, steps=(0, 3, 4)))
    )


def test_a_version_that_nothing_confirms_is_told(tmp_path):
    said: list[str] = []
    surfaces_from_labels(saved(tmp_path, column(V2)), "totalsegmentator", said.append)
    assert any("27 L5, 28 L4, 29 L3; in totalsegmentator_v1 they would be 27 T8, 28 T7, 29 T6" in line for line in said)
    said.clear()
    surfaces_from_labels(saved(tmp_path, column((25, *V2))), "totalsegmentator", said.append)
    assert said == []


def test_a_label_that_holds_a_part_of_its_neighbour(tmp_path):
    image = column(V2)
    lower = np.argwhere(image == 27)[:, 2]
    half = int(lower.mean())
    swallowed = image.copy()
    swallowed[:, :, half:][swallowed[:, :, half:] == 27] = 28
    swallowed[20:30, 15:24, half : half + 20] = 28
    assert "does one include part of another bone" in refusal(saved(tmp_path, swallowed))


def test_thick_slices(tmp_path):
    said: list[str] = []
    voxel = (1.0, 2.0, 4.0)
    surfaces_from_labels(saved(tmp_path, column(V2, voxel), voxel), "totalsegmentator", said.append)
    assert any("voxels are up to 4 mm thick" in line for line in said)
    voxel = (2.0, 2.0, 8.0)
    assert "has voxels of 2 x 2 x 8 mm: too thick" in refusal(saved(tmp_path, column(V2, voxel), voxel))


def rgb(image):
    out = np.zeros(image.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    out["R"] = image
    return out


def noise(image):
    return image + np.random.default_rng(0).integers(0, 3000, image.shape).astype(np.int16)


NOT_LABELS = {
    "colour": (rgb, "3 numbers (R, G, B) in each voxel, which is a colour image"),
    "complex": (lambda image: image.astype(np.complex64), "found complex numbers; expected integers"),
    "fractions": (lambda image: image.astype(np.float32) + 0.25, "non-integer values"),
    "not a number": (lambda image: np.where(image == 0, np.nan, image).astype(np.float32), "not finite numbers"),
    "infinite": (lambda image: np.where(image == 0, np.inf, image).astype(np.float32), "not finite numbers"),
    "negative": (lambda image: image.astype(np.int16) - 1, "negative values (down to -1)"),
    "scan": (
        lambda image: noise(image) - 1000,
        "negative values (down to -1000); expected labels, not the scan itself",
    ),
    "scan without negatives": (noise, "different values; expected labels, not the scan itself"),
    "huge": (lambda image: image.astype(np.float64) * 1e30, "values up to"),
    "huge whole": (lambda image: image.astype(np.int32) * 10_000_000, "values up to 2.9e+08"),
    "several images": (
        lambda image: np.stack([image, image], axis=-1),
        "4 dimensions (50, 40, 71, 2), which is several",
    ),
    "five dimensions": (lambda image: image[..., None, None].repeat(3, axis=-1), "several images in one file"),
    "flat": (lambda image: image[:, :, 20], "no three-dimensional image; found (50, 40)"),
    "one slice": (lambda image: image[:, :, 20:21], "no three-dimensional image"),
    "empty": (lambda image: image * 0, "no label for L3 (29), L4 (28), L5 (27); labels found: none"),
}


@pytest.mark.parametrize(("change", "told"), NOT_LABELS.values(), ids=NOT_LABELS.keys())
def test_what_is_no_label_image(tmp_path, change, told):
    assert told in refusal(saved(tmp_path, change(column(V2))))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_whole_numbers_of_any_kind(tmp_path, dtype):
    assert surfaces_from_labels(saved(tmp_path, column(V2, dtype=dtype)), "totalsegmentator")["L3"].volume > 20_000


def test_a_fourth_dimension_of_one_is_no_dimension(tmp_path):
    assert surfaces_from_labels(saved(tmp_path, column(V2)[..., None]), "totalsegmentator")["L3"].volume > 20_000


def both_forms(shift):
    def change(file):
        other = file.affine.copy()
        other[:3, 3] += shift
        file.set_qform(other, 1)

    return change


def raw_header(**fields):
    def change(file):
        for key, value in fields.items():
            file.header[key] = value

    return change


def test_two_positions_that_differ(tmp_path):
    assert "(sform and qform) are up to 30 mm apart" in refusal(
        saved(tmp_path, column(V2), change=both_forms(30.0 / 3**0.5))
    )
    assert surfaces_from_labels(saved(tmp_path, column(V2), change=both_forms(0.01)), "totalsegmentator")


def test_mirrored_second_position(tmp_path):
    def change(file):
        file.set_qform(np.diag([-1.0, 1.0, 1.0, 1.0]) @ file.affine, 1)

    assert "is inconsistent: its two positions" in refusal(saved(tmp_path, column(V2), change=change))


def test_no_position(tmp_path):
    def change(file):
        file.set_sform(None, 0)
        file.set_qform(None, 0)

    assert "does not define right and left" in refusal(saved(tmp_path, column(V2), change=change))


def test_units_of_the_header(tmp_path):
    assert "is in meter; expected mm" in refusal(
        saved(tmp_path, column(V2), change=lambda file: file.header.set_xyzt_units("meter"))
    )


def patched(path: Path, offset: int, data: bytes) -> Path:
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[offset : offset + len(data)] = data
    path.write_bytes(gzip.compress(bytes(raw)))
    return path


@pytest.mark.parametrize("size", [0.0, 5.0, np.nan])
def test_voxel_sizes_that_contradict_the_affine(tmp_path, size):
    path = patched(saved(tmp_path, column(V2)), 84, np.float32(size).tobytes())  # pixdim[2]
    assert "voxel sizes are" in refusal(path) or "cannot be read" in refusal(path)


def test_a_voxel_size_of_the_wrong_sign_changes_nothing(tmp_path):
    """The sign of a length says nothing; the affine says which way the axes run."""
    path = patched(saved(tmp_path, column(V2)), 84, np.float32(-2.0).tobytes())
    heights = [surfaces_from_labels(path, "totalsegmentator")[level].centroid[2] for level in ("L5", "L3")]
    assert heights[1] - heights[0] == pytest.approx(2 * STEP, abs=0.2)


def test_shear_is_followed(tmp_path):
    sheared = np.diag([2.0, 2.0, 2.0, 1.0])
    sheared[1, 2] = 0.3  # a tilted gantry
    file = nibabel.Nifti1Image(column(V2), sheared)
    file.set_sform(sheared, 1)
    file.set_qform(None, 0)
    nibabel.save(file, tmp_path / "tilted.nii.gz")
    plain = surfaces_from_labels(saved(tmp_path, column(V2)), "totalsegmentator")
    tilted = surfaces_from_labels(tmp_path / "tilted.nii.gz", "totalsegmentator")
    assert tilted["L4"].volume == pytest.approx(plain["L4"].volume, rel=0.01)
    along = tilted["L3"].centroid - tilted["L5"].centroid  # x anterior, z cranial
    assert along[0] / along[2] == pytest.approx(0.15, abs=0.01)


DAMAGED = {
    "cut off": lambda raw: raw[: len(raw) // 2],
    "header alone": lambda raw: gzip.compress(gzip.decompress(raw)[:348]),
    "part of the data": lambda raw: gzip.compress(gzip.decompress(raw)[:5000]),
    "no gzip": lambda raw: b"hello" * 100,
    "nothing": lambda raw: b"",
    "spoiled": lambda raw: raw[:200] + b"\x00" * 50 + raw[250:],
    "wrong sum": lambda raw: raw[:-8] + b"\x01" * 8,
    "another kind of number": lambda raw: with_bytes(raw, 70, b"\x63\x00"),
    "endless": lambda raw: with_bytes(raw, 42, np.array([30000, 30000, 30000], "<i2").tobytes()),
    "no dimension": lambda raw: with_bytes(raw, 40, b"\x00\x00"),
    "negative dimension": lambda raw: with_bytes(raw, 42, b"\xff\xff"),
    "another mark": lambda raw: with_bytes(raw, 344, b"xxxx"),
    "data before its header": lambda raw: with_bytes(raw, 108, np.float32(-5.0).tobytes()),
    "data behind the end": lambda raw: with_bytes(raw, 108, np.float32(1e9).tobytes()),
}


def with_bytes(raw: bytes, offset: int, data: bytes) -> bytes:
    plain = bytearray(gzip.decompress(raw))
    plain[offset : offset + len(data)] = data
    return gzip.compress(bytes(plain))


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_files(tmp_path, damage):
    path = saved(tmp_path, column(V2))
    path.write_bytes(damage(path.read_bytes()))
    shown = refusal(path)
    assert "spine.nii.gz" in shown


def test_other_formats(tmp_path):
    mgh = nibabel.MGHImage(column(V2).astype(np.int32), np.diag([2.0, 2.0, 2.0, 1.0]))
    nibabel.save(mgh, tmp_path / "spine.mgz")
    assert "MGHImage; expected NIfTI" in refusal(tmp_path / "spine.mgz")
    analyze = nibabel.AnalyzeImage(column(V2), np.diag([-2.0, 2.0, 2.0, 1.0]))
    nibabel.save(analyze, tmp_path / "spine.img")
    assert "expected NIfTI" in refusal(tmp_path / "spine.img")


def test_the_other_order_of_bytes_is_read(tmp_path):
    file = nibabel.Nifti1Image(
        column(V2).astype(">i2"), np.diag([2.0, 2.0, 2.0, 1.0]), nibabel.Nifti1Header(endianness=">")
    )
    nibabel.save(file, tmp_path / "swapped.nii")
    assert surfaces_from_labels(tmp_path / "swapped.nii", "totalsegmentator")["L3"].volume > 20_000


def test_numberings_know_their_bones():
    for numbering in NUMBERINGS.values():
        assert set(numbering.values()) <= set(COLUMN)
        assert len(set(numbering.values())) == len(numbering)
    assert [NUMBERINGS["totalsegmentator_v1"][n] for n in (18, 22, 23, 41)] == ["L5", "L1", "T12", "C1"]
    assert [NUMBERINGS["totalsegmentator_v2"][n] for n in (27, 31, 32, 50)] == ["L5", "L1", "T12", "C1"]
    assert [NUMBERINGS["verse"][n] for n in (24, 20, 19, 1)] == ["L5", "L1", "T12", "C1"]
