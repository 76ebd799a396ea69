"""The mesh of a person, made from surface files."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.tetrahedra import mean_ratio
from fem_lumbar.foundation.triangles import closest
from fem_lumbar.imaging.own_reading import own_arches
from fem_lumbar.measures.tunnel import SECTIONS, Tunnel, tunnel_summary
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.faces import facet_nodes
from fem_lumbar.meshing.mesh import TOLD
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.meshing.person import FROM_FILES, person_surfaces
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.scenario.degeneration import degeneration_quantities
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.specimen.facet_measures import facet_layers
from fem_lumbar.surfaces import Surface
from tests.real_vertebrae import real_vertebrae

LEVELS = ("L3", "L4", "L5")
SCENARIO = """
schema_version: 1
mesh: {density: test}
anatomy:
  source: surfaces
  surfaces: {L3: l3.ply, L4: l4.ply, L5: l5.ply}
load_cases:
  compression: {follower_N: 300}
"""


def write_ply(path, points, triangles):
    header = ["ply", "format ascii 1.0", f"element vertex {len(points)}", *(f"property float {axis}" for axis in "xyz")]
    header += [f"element face {len(triangles)}", "property list uchar int vertex_indices", "end_header"]
    rows = [" ".join(f"{value:.5f}" for value in point) for point in points]
    rows += [f"3 {a} {b} {c}" for a, b, c in triangles]
    path.write_text("\n".join([*header, *rows, ""]), encoding="utf-8")


def write_person(folder, change=lambda level, points, triangles: (points, triangles)):
    """Surface files of the mean person, turned and shifted as a scanner might, and a scenario beside them."""
    turn = np.array([[0.0, 0.6, -0.8], [-1.0, 0.0, 0.0], [0.0, 0.8, 0.6]])
    for level, bone in real_vertebrae().items():
        moved = bone.points @ turn.T + [120.0, -40.0, 300.0]
        write_ply(folder / f"{level.lower()}.ply", *change(level, moved, bone.triangles))
    (folder / "person.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder / "person.yaml"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    return load_scenario(write_person(tmp_path_factory.mktemp("person")), [])


@pytest.fixture(scope="module")
def mesh(scenario):
    return segment_mesh(scenario.anatomy, scenario.mesh)


def test_bone_lies_on_the_surfaces_whatever_their_frame(mesh):
    for level in LEVELS:
        for way in ("", "_back"):
            assert mesh.meta["fit"][level][f"mean{way}_mm"] < 0.35
            assert mesh.meta["fit"][level][f"p95{way}_mm"] < 1.0
        assert mesh.meta["fit"][level]["not_reached"] < 0.1
    assert mean_ratio(mesh.points, mesh.cells).min() >= LOWEST_QUALITY


def test_what_was_told_of_the_surfaces_is_told_again_with_the_kept_mesh(scenario, mesh):
    told: list[str] = []
    again = segment_mesh(scenario.anatomy, scenario.mesh, told.append)
    assert told[0].startswith("mesh: ") and told[1:] == mesh.meta[TOLD]
    assert [line.split(":")[0] for line in told[1:]] == list(LEVELS) and again.warnings == ()


def test_half_a_vertebra_is_refused(tmp_path):
    def without_left(level, points, triangles):
        if level != "L4":
            return points, triangles
        bone, left = Surface(points, triangles), np.array([0.6, 0.0, 0.8])
        cut = bone.poly_data.clip_closed_surface(normal=-left, origin=bone.centroid + 8.0 * left).triangulate()
        return np.asarray(cut.points, dtype=float), cut.regular_faces

    told: list[str] = []
    scenario = load_scenario(write_person(tmp_path, without_left), [])
    with pytest.raises(InputError, match="surface of L4 is not that of a whole vertebra"):
        segment_mesh(scenario.anatomy, scenario.mesh, told.append)
    warned = " ".join(line for line in told if line.startswith("warning: "))
    assert "L4" in warned and "cm³" in warned and "plane face" in warned


def test_discs_of_a_person_lie_on_cartilage(scenario, mesh):
    layered = scenario_mesh(scenario)
    layers = [name for name in layered.region_names if name.part == "cartilage_endplate"]
    assert len(layers) == 4
    soft = [name for name in layered.region_names if name.part in ("annulus", "nucleus")]
    assert mean_ratio(layered.points, layered.cells[layered.region_cells(*layers, *soft)]).min() >= LOWEST_QUALITY
    assert len(layered.points) > len(mesh.points) + 200  # hardly a node left on the bone


def test_person_stands_in_the_axes_of_the_program(mesh):
    np.testing.assert_allclose(mesh.frames["L4"][:3, :3], np.eye(3), atol=1e-9)
    assert mesh.frames["L3"][2, 3] > mesh.frames["L4"][2, 3] + 30.0
    assert mesh.landmarks["L4.spinous_tip"][0] < mesh.frames["L4"][0, 3] - 50.0
    assert mesh.landmarks["L4.transverse_tip.left"][1] > 30.0 > -30.0 > mesh.landmarks["L4.transverse_tip.right"][1]


def test_motion_of_the_files_lays_them_on_the_mesh(mesh, scenario):
    surfaces = person_surfaces(scenario.anatomy, print)
    for level in LEVELS:
        to_body = np.array(mesh.meta[FROM_FILES][level])
        own = surfaces[level].moved(mesh.frames[level] @ to_body)
        corners = mesh.points[free_faces(mesh.cells[mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")])]
        feet, _ = closest(own.points, corners)
        assert np.linalg.norm(own.points - feet, axis=1).mean() < 0.35


def test_no_bone_is_seen_over_the_grooves_of_mean_surfaces(mesh, scenario):
    for arch in own_arches(mesh, scenario.anatomy, scenario.materials.mal, print):
        assert arch.problem == ""
        assert arch.reading.type == "fibrous" and arch.reading.covered < 0.1
        assert 0.3 < arch.reading.size["groove_mm"] < 2.5  # the mean of many people is smoother than any of them


def test_lordosis_is_that_of_the_person(mesh):
    assert 5.0 < mesh.meta["lordosis_deg"]["L3-L4"] < 13.0  # published for these surfaces: 9.5 and 12.9
    assert 8.0 < mesh.meta["lordosis_deg"]["L4-L5"] < 18.0


def test_facets_have_the_gap_that_images_do_not_show(mesh, scenario):
    for level, process in (("L4", "superior"), ("L5", "superior")):
        other = f"L{int(level[1]) - 1}"
        joint = f"{other}-{level}"
        for side in ("left", "right"):
            upper = mesh.points[facet_nodes(mesh, other, "inferior", side)[0]]
            face = mesh.points[mesh.surfaces[f"{level}.facet.{process}.{side}"]]
            feet, _ = closest(upper, face)
            gap, wanted = np.linalg.norm(upper - feet, axis=1), scenario.anatomy.joints[joint]
            edge = np.linalg.norm(np.diff(face, axis=1), axis=2).max()
            sag = edge**2 * wanted.facet_curvature_per_mm / 8  # triangles cut the hollow face short by that
            assert gap.min() > wanted.facet_gap_mm - sag
            assert wanted.facet_gap_mm - 0.5 * sag < np.median(gap) < wanted.facet_gap_mm + 2e-3


def flat_for_curved(mesh, scenario, row):
    """How far flat triangles of a facet are from its curved face, mm: edge² x curvature / 8 of its usual edge."""
    corners = mesh.points[mesh.surfaces[f"{row.place[:2]}.facet.inferior.{row.side}"]]
    edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    return scenario.anatomy.joints[row.place].facet_curvature_per_mm * np.mean(edge**2) / 8.0


def test_gap_and_cartilage_are_as_asked_for(mesh, scenario):
    for row in facet_layers(mesh, scenario.anatomy):
        assert row.measured == pytest.approx(row.wanted, abs=0.01 + flat_for_curved(mesh, scenario, row)), row


def test_tunnels_have_the_size_that_their_volume_says(mesh):
    """Oblique feet: the ligament reaches beyond the tunnel, and slices there once counted as areas of 0 to 2.5 mm2."""
    for level in LEVELS:
        for side in ("left", "right"):
            found = tunnel_summary(mesh, level, side, np.zeros_like(mesh.points))
            tunnel = Tunnel(mesh, level, side)
            areas = [section.area for section in tunnel.sections(mesh.points)]
            assert "warning" not in found
            assert len(areas) == SECTIONS
            assert found["area_mm2"] == min(areas) > 10.0
            assert found["volume_mm3"] == pytest.approx(np.mean(areas) * tunnel.width_mm)
            assert 0.8 < found["area_mm2"] * tunnel.width_mm / found["volume_mm3"] <= 1.0


def test_a_person_can_be_loaded(scenario):
    summary = Simulation(scenario, scenario_mesh(scenario)).run_case("compression").summary
    assert summary["status"] == "converged"
    assert all(check["passed"] for check in summary["checks"].values())
    assert 0.1 < summary["idp_MPa"]["L4-L5"] < 0.6


def test_resolved_scenario_names_files_without_folders_and_knows_their_content(scenario):
    surfaces = scenario.resolved()["anatomy"]["surfaces"]
    assert surfaces["L3"] == "l3.ply"
    assert len(surfaces["sha256"]["L3"]) == 64


def test_missing_file_is_named_with_the_nearest_one(tmp_path):
    path = write_person(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("l4.ply", "l44.ply"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"no such file: l44\.ply") as caught:
        load_scenario(path, [])
    assert "l4.ply" in str(caught.value)


def test_another_file_than_the_one_of_the_hash_is_refused(tmp_path):
    path = write_person(tmp_path)
    with pytest.raises(ScenarioError, match="not the file with this hash"):
        load_scenario(path, ["anatomy.surfaces.sha256.L3=abc"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda level, points, triangles: (points / 1000.0, triangles), "metres"),
        (lambda level, points, triangles: (points * [1.0, -1.0, 1.0], triangles), "inside out"),
        (lambda level, points, triangles: (points, triangles[40:]), "open|hole"),
    ],
)
def test_broken_surfaces_are_explained(tmp_path, change, message):
    broken = load_scenario(write_person(tmp_path, change), [])
    with pytest.raises(InputError, match=message):
        segment_mesh(broken.anatomy, broken.mesh)


def test_surfaces_and_their_source_must_agree(tmp_path):
    path = write_person(tmp_path)
    for sets, message in (
        (["anatomy.source=smooth"], "the source of the anatomy is smooth"),
        (["anatomy.surfaces.L4=null"], "no surface for L4"),
        (["anatomy.surfaces.segmentation=l3.ply"], "mutually exclusive"),
    ):
        with pytest.raises(ScenarioError, match=message):
            load_scenario(path, sets)


def test_a_grade_takes_its_part_of_the_persons_own_disc_height(mesh, tmp_path):
    grades = "degeneration.L4-L5={disc: 3, facets: {left: 2}}"
    worn = scenario_mesh(load_scenario(write_person(tmp_path), [grades]))
    kept = 1 - degeneration_quantities()["disc"]["height_loss"]["grade_3"].value
    for end in ("anterior", "posterior"):
        before, after = (
            np.linalg.norm(one.landmarks[f"L4.inferior_{end}_corner"] - one.landmarks[f"L5.superior_{end}_corner"])
            for one in (mesh, worn)
        )
        assert after == pytest.approx(kept * before, rel=0.03)
    np.testing.assert_allclose(worn.frames["L4"][:3, :3], np.eye(3), atol=1e-12)
    assert mean_ratio(worn.points, worn.cells).min() >= LOWEST_QUALITY
