"""Scans of shapes with known answers, and of the default arch."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.imaging.bone_grid import SPACING_MM, BoneGrid, bone_grid
from fem_lumbar.imaging.opening import read_section
from fem_lumbar.imaging.reading import MEASURES, Row
from fem_lumbar.imaging.repeatability import Repeatability, Scans, repeatability
from fem_lumbar.imaging.scan import HALF_ALONG_MM, INWARDS_MM, OUTWARDS_MM, PIXEL_MM, Scanner
from fem_lumbar.imaging.text import image_document
from fem_lumbar.measures.tunnel import Tunnel

ALONG, OUT = np.meshgrid(
    np.arange(-HALF_ALONG_MM, HALF_ALONG_MM + PIXEL_MM / 2, PIXEL_MM),
    np.arange(-INWARDS_MM, OUTWARDS_MM + PIXEL_MM / 2, PIXEL_MM),
)
RADIUS, THICKNESS = 2.0, 1.0
ORIGIN = np.zeros(2)
CHORD = 2 * RADIUS
NO_SPREAD = (np.nan, np.nan)
SIZES = dict.fromkeys(MEASURES, NO_SPREAD)
FRACTIONS = {"fibrous": 0.0, "type_I": 0.5, "type_II": 0.75, "type_III": 1.0}


def ring(gap_mm: float = 0.0) -> np.ndarray:
    """Bone around a round opening, with a straight gap upwards."""
    away = np.hypot(ALONG, OUT)
    return (away >= RADIUS) & (away < RADIUS + THICKNESS) & ((np.abs(ALONG) >= gap_mm / 2) | (OUT < 0))


def test_foramen_is_measured():
    found = read_section(ring(), ORIGIN, CHORD)
    assert found.is_closed and found.gap_mm == 0.0
    assert found.area_mm2 == pytest.approx(np.pi * RADIUS**2, rel=0.02)
    assert (found.length_mm, found.height_mm) == pytest.approx((2 * RADIUS, 2 * RADIUS), abs=1.5 * PIXEL_MM)
    assert found.roof_mm == pytest.approx(THICKNESS, abs=1.5 * PIXEL_MM)


@pytest.mark.parametrize("gap", [0.6, 1.0, 2.4])
def test_gap_of_a_notch_is_measured(gap):
    found = read_section(ring(gap), ORIGIN, CHORD)
    assert not found.is_closed and np.isnan(found.area_mm2)
    assert found.gap_mm == pytest.approx(gap, abs=2 * PIXEL_MM)


def test_bone_where_an_opening_is_sought_is_none():
    within = np.array([0.0, RADIUS + THICKNESS / 2])
    assert read_section(ring(), within, CHORD) is None
    assert read_section(ring(), within, CHORD, 0.45 * THICKNESS) is None  # neither the opening nor what is outside


def test_an_opening_beside_is_found_within_reach():
    beside = np.array([0.0, -RADIUS - 0.3])
    foramen = read_section(ring(), beside, CHORD, 0.6)
    assert foramen.is_closed and foramen.area_mm2 == read_section(ring(), ORIGIN, CHORD).area_mm2
    notch = read_section(ring(1.0), beside, CHORD, 0.6)
    assert notch.gap_mm == pytest.approx(1.0, abs=2 * PIXEL_MM)


@pytest.mark.parametrize("part", [0.0, 0.5, 0.75])
def test_part_of_a_groove_that_bone_covers(part):
    depth, start = 3.0, -RADIUS
    bone = (depth < -OUT) | ((np.abs(ALONG) >= RADIUS) & (OUT < 0.0))
    bone |= (np.abs(OUT + 0.5 * THICKNESS) < 0.5 * THICKNESS) & (np.abs(ALONG - start) < part * CHORD)
    found = read_section(bone, np.array([0.0, -2.0]), CHORD + 1.0)
    assert found.covered == pytest.approx(part, abs=1.5 * PIXEL_MM / CHORD)
    assert found.groove_mm == pytest.approx(depth, abs=1.5 * PIXEL_MM)


def slab(top_mm: float) -> BoneGrid:
    """Bone below a height, about the middle of a cube."""
    count = 2 * 130 + 1
    height = SPACING_MM * (np.arange(count) - 130)
    is_bone = np.broadcast_to(height < top_mm, (count, count, count))
    frame = np.zeros(3), np.eye(3), np.zeros(1), np.zeros((1, 2))
    return BoneGrid(np.full(3, -13.0), is_bone, np.full((1, 1, 1), np.nan), *frame, 1.0)


@pytest.mark.parametrize(("voxel", "blur"), [(0.5, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_a_flat_face_stays_where_it_is_however_the_voxels_lie(voxel, blur):
    grid = slab(1.0)
    scanner = Scanner(grid, grid.is_bone, voxel, blur)
    for shift in (0.0, 0.3, 0.9):
        section = scanner.scan(np.full(3, shift)).section(grid, 0.0)
        tops = OUT[:, 0][section.sum(axis=0) - 1]
        assert np.ptp(tops) == 0.0
        # Bone ends half a point below the face; interpolation between averages may shift it by a part of a voxel.
        assert tops[0] == pytest.approx(1.0 - SPACING_MM / 2, abs=SPACING_MM + 0.15 * voxel)


@pytest.fixture(scope="module")
def left(test_mesh):
    return repeatability(test_mesh, "L5", "left", FRACTIONS, Scans((0.3, 1.5), 1.0, 2, 0))


def test_types_of_the_default_arch_are_told_by_fine_voxels_alone(left):
    assert left.coarsest_mm == 0.3
    assert {row.right for row in left.rows if row.voxel_mm == 0.3} == {1.0}
    assert min(row.right for row in left.rows if row.voxel_mm == 1.5) < 0.5


def test_foramen_without_blur_is_that_of_the_mesh(test_mesh, left):
    tunnel = Tunnel(test_mesh, "L5", "left")
    mean = np.mean([section.area for section in tunnel.sections(test_mesh.points)])
    assert left.true["type_III"].size["area_mm2"] == pytest.approx(mean, rel=0.03)


def test_right_is_the_mirror_image(test_mesh):
    one, other = (bone_grid(test_mesh, "L5", side) for side in ("left", "right"))
    for fraction in (0.0, 0.75):
        same = one.bone(fraction) == other.bone(fraction)[:, ::-1]
        assert (~same).mean() < 1e-3  # points on a face may fall to either side


WRONG = {
    "voxel between points": (["--voxels", "0.25"], "voxel of 0.25 mm: allowed are multiples of 0.1 up to 3"),
    "voxels that are words": (["--voxels", "fine"], "numbers in mm"),
    "one placement": (["--placements", "1"], "at least 2"),
    "blur": (["--blur", "-1"], "allowed are 0 to 4"),
    "level": (["--level", "L6"], "none of L3, L4, L5"),
    "side": (["--side", "lefft"], "did you mean left?"),
}


@pytest.mark.parametrize(("options", "told"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_screen(capsys, options, told):
    assert main(["image", "scenarios/baseline.yaml", "--density", "test", "--quiet", *options]) == 2
    assert told in capsys.readouterr().err


def test_a_foramen_is_seen_up_to_the_first_voxel_that_hides_it():
    """One that larger voxels happen to show again was not seen all the way up to them."""
    counts = {0.3: 16, 0.5: 4, 0.7: 16}
    rows = [Row("type_III", voxel, {"type_III": n, "type_I": 16 - n}, NO_SPREAD, SIZES) for voxel, n in counts.items()]
    answer = image_document(Repeatability("L5", "left", FRACTIONS, {}, rows, 1.0))[0].text
    assert "A complete foramen is seen as one with voxels up to 0.3 mm." in answer


def test_json_holds_the_answer(monkeypatch, capsys, left):
    monkeypatch.setattr("fem_lumbar.imaging.repeatability.repeatability", lambda *_: left)
    assert main(["image", "scenarios/baseline.yaml", "--density", "test", "--quiet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["coarsest_mm"] == 0.3 and found["rows"][0]["read_as"] == {"fibrous": 2}
    assert main(["image", "scenarios/baseline.yaml", "--density", "test", "--quiet"]) == 0
    told = capsys.readouterr().out
    assert "All types are told apart with voxels up to 0.3 mm" in told and "Assumptions" in told
