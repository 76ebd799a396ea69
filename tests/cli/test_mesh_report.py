"""``mesh report``: tables, pictures, JSON, exit code, and how it is spelt."""

import json
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.cli import mesh_report
from fem_lumbar.cli.main import main
from fem_lumbar.meshing.cache import shipped_folder
from fem_lumbar.meshing.mesh import TOLD
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.specimen.surface_distance import bone_surface, compare_with_reference
from tests.real_vertebrae import real_vertebrae

BASELINE = str(Path(__file__).parents[2] / "scenarios" / "baseline.yaml")


@pytest.fixture(scope="module")
def shipped():
    return load_mesh(shipped_folder() / "smooth_test.npz")


@pytest.fixture(scope="module")
def anatomy():
    return Anatomy.model_validate(default_anatomy_values())


@pytest.fixture(scope="module")
def findings(shipped, anatomy):
    """With the bones of the finer mesh for reference."""
    finer = load_mesh(shipped_folder() / "smooth_coarse.npz")
    return mesh_report.examine(shipped, anatomy, {level: bone_surface(finer, level) for level in LEVELS})


@pytest.fixture
def given(monkeypatch, shipped):
    """Use a given mesh instead of looking one up, and draw nothing."""

    def use(mesh=shipped):
        monkeypatch.setattr("fem_lumbar.meshing.of_scenario.scenario_mesh", lambda *_: mesh)
        monkeypatch.setattr(mesh_report, "_pictures", lambda *_: ([], []))

    return use


def test_tables_and_pictures(monkeypatch, shipped, findings, tmp_path, capsys):
    monkeypatch.setattr("fem_lumbar.meshing.of_scenario.scenario_mesh", lambda *_: shipped)
    monkeypatch.setattr(mesh_report, "examine", lambda *_: findings)
    for views in ("VERTEBRA_VIEWS", "SEGMENT_VIEWS"):  # fewer views make it faster
        monkeypatch.setattr(f"fem_lumbar.documents.anatomy_pictures.{views}", {"from the left": (0.0, 1.0, 0.0)})
    assert main(["mesh", "report", "--quiet", "--density", "test", BASELINE, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "Anatomy of baseline (test mesh): valid" in printed.out
    for heading in ("Validity of the mesh", "Facet joints: asked for and measured", "Distance of the bone"):
        assert heading in printed.out
        assert heading in (tmp_path / "anatomy.md").read_text(encoding="utf-8")
    if "off-screen rendering does not work here" in printed.err:
        pytest.skip("no off-screen rendering")
    pictures = sorted(path.stem for path in tmp_path.glob("*.png"))
    assert pictures == ["distance_L3", "distance_L4", "distance_L5", "mal_L4_right", "mal_types", "tissues"]
    for path in tmp_path.glob("*.png"):
        pixels = matplotlib.image.imread(path)
        assert min(pixels.shape[:2]) > 500 and pixels[..., :3].std() > 0.05
        assert path.name in printed.out


def test_bone_is_as_near_to_the_mean_surfaces_as_demanded(shipped):
    surfaces = compare_with_reference(shipped, real_vertebrae())
    assert set(surfaces) == set(LEVELS)
    for found in surfaces.values():
        assert found.to_reference.acceptable and found.from_reference.acceptable
        for distances in (found.to_reference, found.from_reference):
            assert 0.0 < distances.mean < 0.35 and distances.percentile_95 < 1.0 < distances.maximum < 10.0
        assert found.distance.shape == (len(found.points),)


def test_json_of_a_valid_mesh(given, monkeypatch, findings, tmp_path, capsys):
    given()
    monkeypatch.setattr(mesh_report, "examine", lambda *_: findings)
    assert main(["mesh", "report", BASELINE, "--quiet", "--density", "test", "--json", "--out", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["valid"] and found["density"] == "test"
    assert {row["side"] for row in found["measures"]["Facet joints"]} == {"left", "right"}
    assert found["surface_distance_mm"]["L4"]["to_reference"]["within"]


def test_json_has_the_warnings_of_scenario_and_mesh(given, shipped, findings, monkeypatch, tmp_path, capsys):
    given(replace(shipped, meta={**shipped.meta, TOLD: ["warning: L4 is odd", "L4: mesh to surface 0.2 mm"]}))
    monkeypatch.setattr(mesh_report, "examine", lambda *_: findings)
    wide = ["--set", "anatomy.joints.L4-L5.facet_gap_mm=1.4"]
    assert main(["mesh", "report", BASELINE, *wide, "--density", "test", "--json", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    first, second = json.loads(printed.out)["warnings"]
    assert first.startswith("anatomy.joints.L4-L5.facet_gap_mm = 1.4 mm is outside") and second == "L4 is odd"
    assert f"warning: {first}" in printed.err


def test_json_of_a_person_has_the_distances_from_the_surfaces():
    fit = {"L4": {"mean_mm": 0.2, "p95_mm": 0.5, "not_reached": 0.01}}
    found = mesh_report.Findings([], fit=fit)
    assert mesh_report._plain(found, load_scenario(Path(BASELINE)), [], [])["person_surface_distance_mm"] == fit


def test_mesh_tells_of_the_bodies_in_the_model_alone(tmp_path, capsys):
    lower = ["--set", "segment.bodies=[L4, L5]", "--density", "test", "--quiet", "--json", "--out", str(tmp_path)]
    assert main(["mesh", BASELINE, *lower]) == 0
    found = json.loads(capsys.readouterr().out)
    places = {name.partition(".")[0] for name in found["quality"]["regions"]}
    assert places == {"L4", "L5", "L4-L5"}
    assert found["meta"]["unknowns"] == found["quality"]["unknowns"] < 45_000
    assert load_mesh(tmp_path / "baseline-test.npz").levels == ("L4", "L5")


def test_without_a_reference_the_report_says_how_to_give_one(given, shipped, anatomy, monkeypatch, tmp_path, capsys):
    given()
    found = mesh_report.examine(shipped, anatomy)
    assert found.surfaces == {} and found.measures
    monkeypatch.setattr(mesh_report, "examine", lambda *_: found)
    assert main(["mesh", "report", BASELINE, "--quiet", "--density", "test", "--out", str(tmp_path)]) == 0
    assert "--reference DIR" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, ["is not a folder", "L3.stl"]),
        ([], ["contains no vertebra surface", "L3, L4, L5"]),
        (["L4.stl", "l4.ply"], ["several files for L4"]),
        (["L4.stl"], ["L4.stl", "damaged"]),
    ],
)
def test_a_reference_that_cannot_be_used_is_refused(tmp_path, capsys, files, said):
    folder = tmp_path / "reference"
    if files is not None:
        folder.mkdir()
        for name in files:
            (folder / name).write_bytes(b"nothing")
    assert main(["mesh", "report", BASELINE, "--reference", str(folder)]) == 2
    told = capsys.readouterr().err
    assert all(words in told for words in said)


def test_a_reference_for_another_command_is_refused(tmp_path, capsys):
    assert main(["mesh", BASELINE, "--reference", str(tmp_path)]) == 2
    assert "only for fem-lumbar mesh report" in capsys.readouterr().err


def test_an_invalid_mesh_is_exit_1(given, shipped, tmp_path, capsys):
    cells = shipped.cells.copy()
    cells[7] = cells[7][[1, 0, 2, 3]]
    without = {name: surface for name, surface in shipped.surfaces.items() if name != "L4.endplate.superior"}
    given(replace(shipped, cells=cells, surfaces=without))
    assert main(["mesh", "report", BASELINE, "--quiet", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "NOT VALID" in printed
    assert "L4.endplate.superior" in printed


def test_a_second_file_without_report_is_refused(capsys):
    assert main(["mesh", BASELINE, BASELINE]) == 2
    assert "fem-lumbar mesh report FILE" in capsys.readouterr().err


def test_mesh_itself_still_takes_one_file(given, capsys):
    given()
    on_bone = ["--set", "structures.cartilage_endplates=false"]
    assert main(["mesh", "--density", "test", BASELINE, *on_bone, "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["quality"]["inverted"] == 0
