"""What the report of a run and of a comparison say."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from fem_lumbar.report.comparison_several import write_several
from fem_lumbar.report.comparison_text import (
    claim,
    compare_runs,
    comparison_data,
    comparison_document,
    comparison_title,
)
from fem_lumbar.report.results import load_run
from fem_lumbar.report.summary_text import run_document, run_title, write_report
from fem_lumbar.report.tables import number, print_document, to_markdown
from fem_lumbar.study.store import RunWriter
from tests.synthetic_run import (
    TIMING,
    SyntheticScenario,
    model_info,
    synthetic_entry,
    synthetic_mesh,
    synthetic_result,
    write_run,
)

CASES = ("flexion", "axial_rotation_left", "axial_rotation_right")


def entries():
    return {case: synthetic_entry(case) for case in CASES}


def changed_runs(tmp_path, change, **changes):
    """A comparison of the synthetic run with one whose entries were changed."""
    other = entries()
    change(other)
    a = load_run(write_run(tmp_path, "a", entries()))
    b = load_run(write_run(tmp_path, "b", other, **(changes or {"mal__L5__left__state": "type_III"})))
    return compare_runs(a, b)


def other_mesh(tmp_path, change=lambda _: None, **changes):
    """The same with the second run on another mesh."""
    changed_runs(tmp_path, change, **changes)
    summary = json.loads((tmp_path / "b" / "summary.json").read_text(encoding="utf-8"))
    summary["provenance"]["mesh_sha256"] = "f" * 64
    (tmp_path / "b" / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return compare_runs(load_run(tmp_path / "a"), load_run(tmp_path / "b"))


@pytest.fixture(autouse=True)
def stored(monkeypatch, tmp_path):
    """Stored relative errors of some quantities in flexion, the same at test and coarse density; none at first."""
    file = tmp_path / "discretisation_error.json"
    monkeypatch.setattr("fem_lumbar.analysis.discretisation_bars.STORED", file)

    def store(errors):
        quantities = {
            name: {"value": [1.0] * 2, "absolute": [error] * 2, "relative": [error] * 2}
            for name, error in errors.items()
        }
        data = {
            "schema_version": 1,
            "provenance": {"version": "9", "scenario": "baseline"},
            "densities": ["test", "coarse"],
            "load_cases": {"flexion": {"applied": synthetic_entry("flexion")["applied"], "quantities": quantities}},
        }
        file.write_text(json.dumps(data), encoding="utf-8")

    return store


def test_report_says_numbers_units_signs_assumptions_and_evidence(tmp_path):
    mesh = synthetic_mesh()
    values = [
        {
            "name": f"anatomy.mal.{level}.width_mm",
            "value": 3.0,
            "unit": "mm",
            "confidence": "own-estimate",
            "source": "no source",
        }
        for level in ("L3", "L4", "L5")
    ]
    scenario = SyntheticScenario()
    with RunWriter(tmp_path, scenario, mesh, model_info(mesh), ["Facet contact is frictionless."], values) as writer:
        writer.add_case(synthetic_result("flexion", mesh))
        run = load_run(writer.finish(TIMING))
    text = write_report(run).read_text(encoding="utf-8")
    for expected in (
        "# synthetic: completed",
        "moment 7.5 N·m",
        "| flexion | L4-L5 | 6 | 0 | 0 |",
        "rotations + flexion, + right bending, + left axial rotation",
        "| flexion | L4-L5 | 0.35 | 0.4 | 0.2 | 0.3 | 0.3 |",
        "| flexion | L5 left | fibrous | 2 | 0.004 | 0.02 | 0.01 | 3 | 2 | 0.6 |",
        "| force residual | 1e-06 | 0.1 | N | flexion | yes |",
        "- Facet contact is frictionless.",
        "| anatomy.mal.width_mm | 3 (L3, L4, L5) | mm | own-estimate | no source |",
        "3 % of the tunnel",
        "fem-lumbar mal solves for both",
        "Numerical floor",
    ):
        assert expected in text, expected


def test_report_of_a_failed_run_says_why(tmp_path):
    mesh = synthetic_mesh()
    result = synthetic_result("flexion", mesh)
    result.status, result.reason, result.load_fraction = "failed", "step below the minimum", 0.4
    result.summary = {"applied": {"moment_Nm": [0, 3.0, 0], "follower_N": 0}}
    with RunWriter(tmp_path, SyntheticScenario(), mesh, model_info(mesh)) as writer:
        writer.add_case(result)
        run = load_run(writer.finish(TIMING))
    text = write_report(run).read_text(encoding="utf-8")
    assert "Failed: flexion stopped at load fraction 0.400: step below the minimum" in text
    assert "NOT CONVERGED, state at 40 % of the load" in text


def test_report_prints_on_a_terminal(tmp_path):
    run = load_run(write_run(tmp_path))
    console = Console(width=150, record=True, file=io.StringIO())
    print_document(run_title(run), run_document(run), console)
    shown = console.export_text()
    assert "flexion" in shown
    assert "°" in shown


def test_worst_check_of_each_kind_is_shown(tmp_path):
    runs = entries()
    for case, (residual, volume) in zip(CASES, ((0.01, 0.9), (0.05, 0.5), (0.02, 0.8)), strict=True):
        runs[case]["checks"] = {
            "force_residual": {"value": residual, "limit": 0.1, "unit": "N", "passed": True},
            "smallest_volume_ratio": {"value": volume, "limit": 0.0, "unit": "-", "passed": True},
        }
    text = write_report(load_run(write_run(tmp_path, entries=runs))).read_text(encoding="utf-8")
    assert "| force residual | 0.05 | 0.1 | N | axial rotation left | yes |" in text
    assert "| smallest volume ratio | 0.5 | 0 | - | axial rotation left | yes |" in text


def test_removed_nucleus_is_a_dash_and_motions_tell_what_they_take(tmp_path):
    runs = entries()
    flexion = runs["flexion"]
    del flexion["idp_MPa"]["L4-L5"]
    flexion["applied"] |= {"rotation_deg": 5.0, "follower_N": 400.0, "follower_first": True}
    text = write_report(load_run(write_run(tmp_path, entries=runs))).read_text(encoding="utf-8")
    assert "| flexion | L4-L5 | — |" in text
    assert "rotation 5° (takes 7.5 N·m), follower load 400 N first" in text


def test_null_result_is_reported_as_a_null_result(tmp_path):
    comparison = changed_runs(tmp_path, lambda _: None)
    sentence = claim(comparison)
    assert sentence.startswith("b against a: no resolved effect on rotation, disc pressure")
    assert "resolved effect of" not in sentence
    assert "significant" not in sentence
    assert sentence.endswith("; the discretisation error is not in the floor where it is not known.")


def test_claim_names_the_largest_effect_and_what_is_negligible(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25
        other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.0006
        other["flexion"]["idp_MPa"]["L4-L5"] = 0.35 + 5e-7

    sentence = claim(changed_runs(tmp_path, change))
    assert "resolved effect of 1 % or more on facet force (largest +20 %: facet force L4-L5 left in flexion" in sentence
    assert "resolved but negligible (below 1 %) effect on rotation (largest +0.01 %" in sentence
    assert "6 → 6.0006 °" in sentence
    assert "no resolved effect on disc pressure" in sentence


def test_claim_from_a_failed_run_says_so(tmp_path):
    def change(other):
        other["flexion"]["checks"]["force_residual"] = {"value": 3.0, "limit": 0.1, "unit": "N", "passed": False}

    comparison = changed_runs(tmp_path, change)
    assert "; the discretisation error is not in the floor where it is not known; " in claim(comparison)
    assert claim(comparison).endswith("with the reserve that b failed its checks or cases.")
    (ground,) = [part.text for part in comparison_document(comparison) if part.title == "What the floor does not hold"]
    assert "b failed, its numbers may be wrong: flexion: force_residual = 3.0 N" in ground


def test_same_input_is_called_numerical_error(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    a = load_run(write_run(tmp_path, "a", entries()))
    other = entries()
    change(other)
    b = load_run(write_run(tmp_path, "b", other))
    assert "the input is the same, so every difference is numerical error" in claim(compare_runs(a, b))


def test_different_meshes_allow_no_claim(tmp_path):
    comparison = other_mesh(tmp_path)
    assert "mesh noise and no effect can be claimed" in claim(comparison)
    text = to_markdown("", comparison_document(comparison))
    assert "Discretisation error not known: no convergence study is stored" in text
    assert "| not known |" in text


def test_mesh_error_stands_beside_the_difference_on_one_mesh(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.1})

    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 5.2
        other["flexion"]["facet_force_N"]["L4-L5"]["right"] = 5.2

    comparison = changed_runs(tmp_path, change)
    text = to_markdown("", comparison_document(comparison))
    assert "| facet force L4-L5 left, flexion | 5 | 0.5 | 5.2 | 0.2 | 0.06 | N | 3.8 | resolved |" in text
    assert "| facet force L4-L5 right, flexion | 5 | not known | 5.2 |" in text
    assert "most of it is in both values and cancels in their difference" in text
    assert "Study: scenario baseline at test, coarse, version 9." in text
    assert "floor 0.06 N, discretisation error of the value 0.5 N" in claim(comparison)
    assert claim(comparison).endswith("; the discretisation error is not in the floor where it is not known.")
    data = comparison_data(comparison)
    assert data["discretisation_errors_from"] == "scenario baseline at test, coarse, version 9"
    (row,) = [
        item for item in data["differences"] if item["quantity"] == "facet_force_N.L4-L5.left" and item["b"] == 5.2
    ]
    assert row["discretisation_error"] == pytest.approx([0.5, 0.52])


def test_claim_says_where_the_discretisation_error_is_not_known(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    assert "floor 0.0042 N, discretisation error not known)" in claim(changed_runs(tmp_path, change))


def test_mesh_error_is_in_the_floor_on_different_meshes(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.01, "rotation_deg.L4-L5.flexion": 0.01})

    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 5.2
        other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.2

    comparison = other_mesh(tmp_path, change)
    sentence = claim(comparison)
    assert "no resolved effect on rotation" in sentence
    assert "no claim on disc pressure" in sentence and "the discretisation error is not known" in sentence
    assert sentence.endswith("the meshes differ, and the floor holds three times the combined discretisation error.")
    assert "the discretisation errors of both values are in the floor, 3 times the root" in to_markdown(
        "", comparison_document(comparison)
    )


def test_runs_that_differ_in_the_mesh_only_test_the_stored_errors(tmp_path, stored):
    stored({"rotation_deg.L4-L5.flexion": 0.001, "idp_MPa.L4-L5": 0.1})
    sentence = claim(other_mesh(tmp_path, _finer, mesh__density="coarse"))
    assert "only the mesh differs, so every difference is discretisation error; of 2 with a known one 1 " in sentence
    assert "rotation L4-L5 flexion in flexion, 6 → 6.2 °" in sentence
    stored({"rotation_deg.L4-L5.flexion": 0.01, "idp_MPa.L4-L5": 0.1})
    assert claim(other_mesh(tmp_path, _finer, mesh__density="coarse")).endswith("none is larger than its floor.")


def _finer(other):
    other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.2


def test_runs_are_named_after_their_folders(tmp_path):
    a = load_run(write_run(tmp_path / "old", "same", entries()))
    b = load_run(write_run(tmp_path / "new", "same", entries()))
    assert comparison_title(compare_runs(a, b)) == "same (second) against same (first)"


def test_comparison_files_hold_every_number(tmp_path):
    comparison = changed_runs(tmp_path, lambda _: None)
    markdown, data, figure = write_several([comparison], tmp_path / "out")
    assert figure.read_bytes().startswith(b"\x89PNG")
    stored = json.loads(data.read_text(encoding="utf-8"))
    assert len(stored["differences"]) == len(comparison.differences)
    assert stored["claim"] == claim(comparison)
    text = markdown.read_text(encoding="utf-8")
    assert text.startswith(f"# {comparison_title(comparison)}")
    assert text.rstrip().endswith(claim(comparison))
    assert "discretisation error is not in the floor" in text
    assert text.count("| rotation L4-L5 flexion |") >= len(CASES)
    assert "mal.L5.left.state | fibrous | type_III" in text


def test_short_comparison_lists_resolved_effects_only(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    document = comparison_document(changed_runs(tmp_path, change))
    (resolved,) = [part for part in document if part.title.startswith("Resolved effects")]
    assert [row[0] for row in resolved.rows] == ["facet force L4-L5 left, flexion"]
    (sides,) = [part for part in document if part.title.startswith("Left against right")]
    assert sides.rows[0][:5] == ("facet force L4-L5 left", "flexion", "0", "1.25", "1.25")


def test_numbers_are_short_and_missing_ones_marked():
    assert number(None) == "—"
    assert number(-0.0) == "0"
    assert number(0.123456) == "0.123"
    assert number(123456.0) == "123456"
    assert number([1.0, 2.5]) == "(1, 2.5)"
    assert number("fibrous") == "fibrous"
