"""From a mesh, or a run folder, to rows, text and pictures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.cli import nerve as command
from fem_lumbar.cli.main import main
from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.meshing.cache import shipped_folder
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.nerve.opening import CriticalOpening
from fem_lumbar.nerve.parameters import nerve_tissue
from fem_lumbar.nerve.picture import draw_sections
from fem_lumbar.nerve.press import Pressures
from fem_lumbar.nerve.risk_text import risk_table
from fem_lumbar.nerve.study import (
    NOT_TOUCHED,
    TOO_TIGHT,
    UNLOADED,
    NerveStudy,
    nerve_of_mesh,
    nerve_of_run,
    verdict,
)
from fem_lumbar.nerve.text import conclusion, nerve_document
from fem_lumbar.runs.run import Run

STATES = {level: dict.fromkeys(SIDES, "fibrous") for level in LEVELS}


@pytest.fixture(scope="module")
def mesh():
    return load_mesh(shipped_folder() / "smooth_test.npz")


@pytest.fixture(scope="module")
def pinched(mesh):
    """A load case in which the left arch of L4 has sunk by 2.4 mm where it does not stand on bone."""
    feet = [mesh.surfaces[f"L4.mal.left.{end}_end"] for end in ("mammillary", "accessory")]
    arch = np.unique(mesh.cells[mesh.region_cells("L4.mal.left")])
    ends = [mesh.points[np.unique(foot)].mean(axis=0) for foot in feet]
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    share = np.clip((mesh.points[arch] - ends[0]) @ along / np.linalg.norm(ends[1] - ends[0]), 0.0, 1.0)
    inward = mesh.points[np.unique(mesh.cells[mesh.region_cells("L4.cancellous")])].mean(axis=0) - ends[0]
    inward -= (inward @ along) * along
    moved = mesh.points.copy()
    moved[arch] += 2.4 * (1.0 - (2.0 * share - 1.0) ** 4)[:, None] * inward / np.linalg.norm(inward)
    moved[np.unique(np.concatenate(feet))] = mesh.points[np.unique(np.concatenate(feet))]
    return moved


@pytest.fixture(scope="module")
def study(mesh, pinched):
    states = {"L4": {"left": "type_III", "right": "fibrous"}, "L5": {"left": "absent", "right": "fibrous"}}
    return nerve_of_mesh("made up", mesh, states, 2.0, {"pinch": pinched}, margins=False, spurs_mm=(1.0,))


def row(study, level, side, case, spur=0.0):
    (found,) = [
        one for one in study.rows if (one.level, one.side, one.case, one.added_spur_mm) == (level, side, case, spur)
    ]
    return found


def test_rows_are_by_tunnel_state_and_case(study):
    assert len(study.rows) == 3 * 3
    assert study.absent == [("L5", "left")]
    free = row(study, "L4", "right", UNLOADED)
    assert free.verdict == NOT_TOUCHED and free.pressures.contact_mean == 0.0
    assert free.area_ratio == pytest.approx(free.area_mm2 / (np.pi * 1.0**2))
    assert free.free_mm == pytest.approx((free.clearance_mm - 2.0) / 2)


def test_load_that_narrows_a_tunnel_presses_the_nerve(study):
    before, after = (row(study, "L4", "left", case) for case in (UNLOADED, "pinch"))
    assert after.clearance_change_mm == pytest.approx(after.clearance_mm - before.clearance_mm)
    assert after.clearance_change_mm < -0.8
    assert after.free_mm < 0.0 < after.pressures.contact_mean
    other = row(study, "L4", "right", "pinch")
    assert other.clearance_change_mm == 0.0


def test_closed_tunnel_is_too_tight_and_the_nerve_no_share_of_it(mesh, monkeypatch):
    monkeypatch.setattr(Section, "with_spur", lambda self, _: replace(self, outline=self.outline[::-1].copy()))
    closed = nerve_of_mesh("x", mesh, {"L4": {"left": "type_III"}}, margins=False, spurs_mm=(9.0,))
    found = row(closed, "L4", "left", UNLOADED, 9.0)
    assert (found.area_mm2, found.clearance_mm, found.area_ratio, found.area_change_percent) == (0.0, 0.0, 0.0, -100.0)
    assert found.nerve_percent is None and found.verdict == TOO_TIGHT
    assert "too tight to compute" in to_markdown("title", nerve_document(closed))
    assert json.loads(json.dumps(closed.plain(), allow_nan=False))["rows"][1]["nerve_percent"] is None


def test_text_says_what_was_found_and_what_speaks_against(study):
    text = to_markdown("title", nerve_document(study))
    assert "made up" not in conclusion(study) and "L4 left, pinch" in conclusion(study)
    assert "ASSUMPTION" in text and "3 % of the tunnel" in text and "kPa" in text
    assert "L5 left: the ligament is absent" in text


def test_a_tunnel_that_is_not_closed_is_told_and_the_others_are_measured(mesh):
    """The ligament of L4 left is taken away in a load case."""
    torn = mesh.points.copy()
    torn[np.unique(mesh.cells[mesh.region_cells("L4.mal.left")])] += [0.0, 60.0, 0.0]
    states = {"L4": {"left": "fibrous", "right": "fibrous"}}
    found = nerve_of_mesh("torn", mesh, states, 2.0, {"tear": torn}, margins=False, spurs_mm=())
    assert [(one.level, one.side, one.case) for one in found.rows] == [
        ("L4", "left", UNLOADED),
        ("L4", "right", UNLOADED),
        ("L4", "right", "tear"),
    ]
    (told,) = found.not_closed
    assert told.startswith("tear: L4") and told in to_markdown("title", nerve_document(found))


def test_pictures_are_written(study, tmp_path):
    paths = draw_sections(study, tmp_path)
    assert {path.name for path in paths} == {"nerve_unloaded.png", "nerve_pinch.png"}
    assert all(path.stat().st_size > 3000 for path in paths)


@pytest.mark.parametrize(
    "contact, word",
    [(0.0, NOT_TOUCHED), (1.0, "below"), (3.0, "venular_flow"), (7.0, "ischaemia"), (9.0, "conduction_block")],
)
def test_verdict_goes_by_the_thresholds(contact, word):
    assert verdict(Pressures(contact, contact, 0.0, 0.0)).startswith(word)


def test_margins_are_ordered_and_the_same_on_both_sides(mesh):
    study = nerve_of_mesh("x", mesh, {"L4": STATES["L4"]}, margins=True, spurs_mm=())
    found = study.margins
    assert len(found) == 2 * 3 * 2
    for one, other in zip(found[:6], found[6:]):
        assert (one.walls_mm, one.spur_mm) == (other.walls_mm, other.spur_mm)
    by = {(margin.threshold, margin.measure): margin for margin in found[:6]}
    for measure in ("contact_mean", "nerve_mean"):
        assert 0.0 < by["venular_flow", measure].walls_mm < by["ischaemia", measure].walls_mm
        assert 0.0 < by["venular_flow", measure].spur_mm < by["ischaemia", measure].spur_mm
    assert by["venular_flow", "contact_mean"].walls_mm < by["venular_flow", "nerve_mean"].walls_mm
    check_openings(study)


def check_openings(study):
    """What presses a nerve is its size against the opening, whatever the size: the law has no length of its own."""
    openings = {one.threshold: one for one in study.openings}
    assert list(openings) == ["venular_flow", "ischaemia", "conduction_block"]
    for one in openings.values():
        ratios = np.array(one.clearances_mm) / one.diameters_mm
        assert np.ptp(ratios) < 0.03 and ratios.min() > 0.8 and ratios.max() < 1.0
        assert one.chance(one.present_mm) == 0.0
    assert openings["conduction_block"].clearances_mm < openings["ischaemia"].clearances_mm
    assert openings["ischaemia"].clearances_mm < openings["venular_flow"].clearances_mm
    (margin,) = {m.walls_mm for m in study.margins if (m.threshold, m.measure) == ("ischaemia", "contact_mean")}
    assert openings["ischaemia"].clearances_mm[1] == pytest.approx(openings["ischaemia"].present_mm - 2.0 * margin)
    text = to_markdown("title", nerve_document(study))
    assert "How small an opening must be" in text and "half of the nerves" in conclusion(study)


def test_chance_is_that_of_the_triangle():
    """Nerves of 0.5 to 2 mm, most of 0.8: above 1.2 mm lie (2 − 1.2)² / (1.5 × 1.2) of them."""
    one = CriticalOpening("ischaemia", 6.7, (0.5, 0.8, 2.0), (0.45, 0.72, 1.8), 4.0)
    assert one.chance(0.9 * 1.2) == pytest.approx(0.8**2 / (1.5 * 1.2))
    assert (one.chance(0.4), one.chance(1.9)) == (1.0, 0.0)
    assert one.chance(one.clearance_at(0.05)) == pytest.approx(0.05)


def test_load_cases_are_ranked_by_elongation(study):
    (table,) = risk_table(study)
    (cells,) = table.rows
    tight = row(study, "L4", "left", "pinch")
    assert cells[:3] == ("pinch", f"{tight.free_mm:.2f}", "L4 left")
    known = {
        (one.level, one.side): one for one in study.stretch if one.case == "pinch" and one.across_percent is not None
    }
    longest = max(known.values(), key=lambda one: one.across_percent)
    assert cells[4:] == (
        f"{longest.across_percent:+.1f}", f"{longest.sliding_percent:+.1f}", f"{longest.level} {longest.side}"
    )  # fmt: skip


def test_command_on_a_scenario(capsys, tmp_path):
    arguments = ["nerve", "scenarios/baseline.yaml", "--density", "test", "--no-margins", "--quiet"]
    assert main([*arguments, "--out", str(tmp_path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert {row["verdict"] for row in found["rows"]} == {NOT_TOUCHED}
    assert len(found["rows"]) == 6 * 5
    assert (tmp_path / "nerve_unloaded.png").is_file()
    assert main(arguments) == 0
    assert "Evidence against entrapment" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["scenarios/baseline.yaml", "--nerve-diameter-mm", "-1"], "between"),
        (["scenarios/none.yaml"], "none.yaml"),
        (["tests"], "not a run folder"),
    ],
)
def test_command_on_wrong_input(capsys, arguments, told):
    assert main(["nerve", *arguments, "--quiet"]) == 2
    assert told in capsys.readouterr().err


def test_run_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        nerve_of_run(tmp_path)


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_case_that_did_not_converge_is_refused(tmp_path, status):
    cases = {"flexion": {"status": "converged"}, "extension": {"status": status}}
    run = Run(tmp_path / "half", {"scenario": "half", "load_cases": cases})
    with pytest.raises(InputError, match=f"run 'half': load case 'extension' is {status}.*\n    allowed: flexion"):
        nerve_of_run(run, cases=["flexion", "extension"])


def test_runs_of_one_scenario_name_keep_their_pictures_apart(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in ("a/coarse", "b/coarse", "b/Coarse-2", "b/fine")]
    for folder in folders:
        folder.mkdir(parents=True)
    monkeypatch.setattr(command, "_study", lambda *_: NerveStudy("baseline", nerve_tissue()))
    out = tmp_path / "pictures"
    assert main(["nerve", *map(str, folders), "--json", "--quiet", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["Coarse-2-2", "coarse", "coarse-2", "fine"]


def test_each_tunnel_tells_whose_branch_is_in_it(study):
    assert study.plain()["ramus_in_tunnel"] == {"L3": "L2", "L4": "L3", "L5": "L4"}
    text = to_markdown("title", nerve_document(study))
    assert "L5: medial branch of the L4 dorsal ramus, to multifidus m4s, m4t.1, m4t.2, m4t.3, m4.laminar" in text
    assert "| level | side | ramus |" in text
