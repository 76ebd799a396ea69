"""A person's own bone with arches of known size drawn on it, as surfaces and as labels."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.imaging.bone_grid import bone_grid
from fem_lumbar.imaging.inside import inside
from fem_lumbar.imaging.own_bone import OwnLabels, OwnSurfaces, own_grid
from fem_lumbar.imaging.own_reading import OwnArch, _moved_planes, own_reading
from fem_lumbar.imaging.own_text import own_table
from fem_lumbar.imaging.parameters import reading_values
from fem_lumbar.imaging.reading import NO_OPENING, Reading, Row, openings, reading
from fem_lumbar.imaging.repeatability import Repeatability, Scans, notches, sharp_scan
from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.person import FROM_FILES
from fem_lumbar.surfaces import Surface
from fem_lumbar.surfaces.label_image import LabelImage
from fem_lumbar.surfaces.segmentation import TO_OUR_AXES
from tests.imaging.test_images import FRACTIONS
from tests.surfaces.shapes import joined, motion, sphere, spine

TO_FILES = motion(3)
"""From the global frame of the model to that of the files."""
KNOWN = {"fibrous": 0.0, "type_I": 0.5, "type_II": 0.75}
RADIUS, THICKNESS, HALF_LENGTH = 1.8, 1.2, 2.5


@pytest.fixture(scope="module")
def person(test_mesh):
    """The template, as if it had been laid on files in another frame."""
    back = np.linalg.inv(TO_FILES)
    fits = {level: (np.linalg.inv(frame) @ back).tolist() for level, frame in test_mesh.frames.items()}
    no_fit = {f"{size}{end}_mm": 0.0 for size in ("mean", "p95", "largest") for end in ("", "_back")}
    fit = {level: {**no_fit, "not_reached": 0.0} for level in test_mesh.frames}
    return replace(test_mesh, meta={**test_mesh.meta, FROM_FILES: fits, "fit": fit})


def drawn(mesh, level: str, **fractions: float) -> OwnSurfaces:
    """Bone of a level with its ligaments ossified over a fraction of their span, in the frame of the files."""
    cells = [mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")]
    for side, fraction in fractions.items():
        ligament = mesh.region_cells(f"{level}.mal.{side}")
        cells.append(ligament[mesh.cell_data["mal_s"][ligament] <= fraction])
    triangles = free_faces(mesh.cells[np.concatenate(cells)])
    return OwnSurfaces({level: Surface(mesh.points, triangles).moved(TO_FILES)})


def test_inside_is_what_any_part_of_a_surface_encloses():
    spheres = [sphere(4.0, centre) for centre in ((9.0, 9.0, 9.0), (12.0, 9.0, 9.0))]
    count, spacing = 60, 0.35
    origin = np.array([0.0, 0.0, 4.0])  # both begin below the grid
    both, *single = (
        inside(shell.points[shell.triangles], origin, spacing, count) for shell in (joined(*spheres), *spheres)
    )
    np.testing.assert_array_equal(both, single[0] | single[1])
    grid = origin + spacing * np.stack(np.meshgrid(*3 * (np.arange(count),), indexing="ij"), axis=-1)
    away = np.linalg.norm(grid - [9.0, 9.0, 9.0], axis=-1)
    assert single[0][away < 3.9].all() and not single[0][away > 4.0].any()


def test_inside_of_a_box_on_round_coordinates():
    corners = np.array([[x, y, z] for x in (1.0, 4.0) for y in (1.0, 4.0) for z in (1.0, 4.0)])
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [part for a, b, c, d in faces for part in ((a, b, c), (a, c, d))]
    found = inside(corners[np.array(triangles)], np.zeros(3), 1.0, 6)
    assert found.sum(axis=2).max() == 3 and found[2:4, 2:4, 1:4].all() and found.sum() == 27


@pytest.fixture(scope="module")
def foramen(person):
    """Everything about a person whose left ligament of L5 is bone."""
    bone = drawn(person, "L5", left=1.1)
    return own_reading(person, bone, "L5", "left", FRACTIONS, Scans((0.5, 1.5), 1.0, 2, 0))


def test_a_complete_arch_is_read_as_in_the_anatomy_it_is_drawn_from(person, foramen):
    grid = bone_grid(person, "L5", "left")
    known = reading(openings(grid, sharp_scan(grid, grid.bone(1.0))), notches(grid, FRACTIONS))
    assert foramen.reading.type == known.type == "type_III" and foramen.reading.closed == 1.0
    for measure in ("area_mm2", "length_mm", "height_mm", "roof_mm"):
        assert foramen.reading.size[measure] == pytest.approx(known.size[measure], rel=0.03)
    sections = Tunnel(person, "L5", "left").sections(person.points)
    mean = np.mean([section.area for section in sections])
    assert foramen.reading.size["area_mm2"] == pytest.approx(mean, rel=0.03)


def test_the_reading_changes_with_coarse_voxels_and_scatters_with_the_planes(foramen):
    assert foramen.steady_up_to_mm == 0.5
    assert foramen.rows[0].size["area_mm2"][0] == pytest.approx(foramen.reading.size["area_mm2"], rel=0.05)
    assert foramen.planes.right == 1.0 and 0.0 < foramen.planes.size["area_mm2"][1] < 2.0


@pytest.mark.parametrize(("fraction", "wanted"), [(0.0, "fibrous"), (0.5, "type_I"), (0.75, "type_II")])
def test_notches_are_told(person, fraction, wanted):
    grid = bone_grid(person, "L4", "right")
    own = own_grid(grid, person, drawn(person, "L4", right=fraction), "L4", "right")
    found = reading(openings(own, sharp_scan(own, own.is_bone), 2.0), KNOWN)
    assert found.type == wanted
    assert found.covered == pytest.approx(fraction, abs=0.1)
    if wanted == "fibrous":
        assert 3.0 < found.size["groove_mm"] < 4.5 and 5.0 < found.gap_mm < grid.chord_mm


def ring_labels(grid, gap_mm: float, voxel_mm: float = 0.4) -> OwnLabels:
    """Labels, in a frame of their own, of a block with a ring about a bore along the nerve, open by a gap outwards."""
    turned = motion(5)  # from voxels to the scanner
    affine = turned @ np.diag([voxel_mm] * 3 + [1.0])
    to_model = np.linalg.inv(TO_FILES)
    to_model[:3, :3] = to_model[:3, :3] @ TO_OUR_AXES
    count = round(26.0 / voxel_mm)
    middle = np.linalg.inv(to_model) @ np.append(grid.middle, 1.0)
    affine[:3, 3] = middle[:3] - affine[:3, :3] @ np.full(3, 0.5 * count)
    index = np.stack(np.meshgrid(*3 * (np.arange(count),), indexing="ij"), axis=-1).reshape(-1, 3)
    scanner = index @ affine[:3, :3].T + affine[:3, 3]
    along, nerve, out = ((scanner @ to_model[:3, :3].T + to_model[:3, 3] - grid.middle) @ grid.axes.T).T
    away = np.hypot(along, out + RADIUS)
    ring = (away < RADIUS + THICKNESS) & (np.abs(nerve) < HALF_LENGTH)
    gap = (np.abs(along) < 0.5 * gap_mm) & (out > -RADIUS)
    bone = ((out < -RADIUS) | ring) & (away >= RADIUS) & ~gap
    return OwnLabels(LabelImage("ring", np.where(bone, 27, 0).reshape(3 * (count,)), affine), {"L5": 27})


@pytest.mark.parametrize("gap", [0.0, 1.2])
def test_rings_of_known_size_in_labels(person, gap):
    grid = bone_grid(person, "L5", "left")
    own = own_grid(grid, person, ring_labels(grid, gap), "L5", "left")
    found = reading(openings(own, sharp_scan(own, own.is_bone), 2.0), {"type_I": 0.5})
    if gap:
        assert found.type == "type_I" and found.gap_mm == pytest.approx(gap, abs=0.3)
        return
    assert found.type == "type_III"
    assert found.size["area_mm2"] == pytest.approx(np.pi * RADIUS**2, rel=0.05)
    assert found.size["roof_mm"] == pytest.approx(THICKNESS, abs=0.25)
    assert (found.size["length_mm"], found.size["height_mm"]) == pytest.approx((2 * RADIUS, 2 * RADIUS), abs=0.3)


def test_labels_are_not_read_finer_than_they_are(person):
    labels = ring_labels(bone_grid(person, "L5", "left"), 0.0, 1.3)
    with pytest.raises(InputError, match=r"labels are too coarse: their voxels are 1\.3 mm.*\n.*--voxels 1\.3"):
        own_reading(person, labels, "L5", "left", FRACTIONS, Scans((0.3, 1.0), 1.0, 2, 0))


def test_bone_that_does_not_reach_the_arch_is_refused(person):
    away = OwnSurfaces({"L5": sphere(10.0, person.frames["L5"][:3, 3]).moved(TO_FILES)})
    with pytest.raises(InputError, match="L5 left: the bone of the person does not reach the arch"):
        own_grid(bone_grid(person, "L5", "left"), person, away, "L5", "left")


def test_planes_move_by_the_error_of_the_fit(person):
    grid = bone_grid(person, "L5", "left")
    moved = _moved_planes(grid, 64, 0)
    shifts = np.array([one.middle - grid.middle for one in moved])
    np.testing.assert_allclose(shifts.std(axis=0), reading_values()["plane_shift_mm"], rtol=0.15)
    for one in moved:
        np.testing.assert_allclose(one.axes @ one.axes.T, np.eye(3), atol=1e-12)


def test_bone_everywhere_is_no_foramen():
    assert reading([], {"fibrous": 0.0}).type == NO_OPENING


def test_table_says_why_an_arch_was_not_read():
    seen = Reading(
        "type_I", 0.5, 1.2, dict.fromkeys(("area_mm2", "length_mm", "height_mm", "roof_mm", "groove_mm"), np.nan), 0.0
    )
    table = own_table([OwnArch("L4", "left", seen, 1.5), OwnArch("L5", "left", None, 1.5, "L5 left: no bone")])
    assert table.rows[0][:5] == ["L4", "left", "type I", "50", "0"] and table.rows[1][2] == "not read"
    assert all(len(row) == len(table.columns) for row in table.rows) and table.note.endswith("L5 left: no bone")
    assert "voxels of 1.5 mm: an ossified arch may not show" in table.note
    assert "may not show" not in own_table([OwnArch("L4", "left", seen, 0.0)]).note


SCENARIO = """
schema_version: 1
anatomy: {source: surfaces, surfaces: {L3: L3.ply, L4: L4.ply, L5: L5.ply}}
load_cases: {compression: {follower_N: 300}}
"""


def written(folder, surfaces):
    from tests.meshing.test_person import write_ply

    for level, surface in surfaces.items():
        write_ply(folder / f"{level}.ply", surface.points, surface.triangles)
    (folder / "person.yaml").write_text(SCENARIO, encoding="utf-8")
    return str(folder / "person.yaml")


def test_command_reads_the_files_and_tells_both(monkeypatch, capsys, tmp_path, person, foramen):
    surfaces = {level: drawn(person, level, left=1.1).surfaces[level] for level in person.frames}
    path = written(tmp_path, surfaces)
    wrong = Row.of("type_II", 1.0, [foramen.reading] * 2)
    fitted = Repeatability("L5", "left", {"type_II": 0.75}, {"type_III": foramen.reading}, [wrong], 1.0)
    monkeypatch.setattr("fem_lumbar.meshing.of_scenario.scenario_mesh", lambda *_: person)
    monkeypatch.setattr("fem_lumbar.imaging.repeatability.repeatability", lambda *_: fitted)
    given = ["image", path, "--quiet", "--voxels", "0.5", "--placements", "2"]
    assert main([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["own_bone"]["reading"]["type"] == "type_III" and found["own_bone"]["steady_up_to_mm"] == 0.5
    assert found["own_bone"]["reading"]["size"]["area_mm2"] == pytest.approx(foramen.reading.size["area_mm2"], rel=1e-3)
    monkeypatch.setattr("fem_lumbar.imaging.own_reading.own_reading", lambda *_: foramen)
    assert main(given) == 0
    told = capsys.readouterr().out
    told = " ".join(told.split())
    assert "person's own bone" in told and "a foramen (type III)" in told and "with voxels up to 0.5 mm" in told
    assert "type II is read as type III as well" in told and "as fitted, in every type" in told


def test_open_surfaces_and_missing_levels_are_one_screen(capsys, tmp_path):
    surfaces = spine()
    surfaces["L5"] = Surface(surfaces["L5"].points, surfaces["L5"].triangles[40:])
    path = written(tmp_path, surfaces)
    assert main(["image", path, "--quiet", "--density", "test"]) == 2
    told = capsys.readouterr().err
    assert "L5 (L5.ply): open, with" in told and "fill the holes" in told
    assert main(["image", path, "--quiet", "--set", "anatomy.surfaces.L4=null"]) == 2
    assert "no surface for L4" in capsys.readouterr().err
