"""What the report of a run and of a comparison say."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from fem_lumbar.documents.comparison_several import write_several
from fem_lumbar.documents.comparison_text import (
    claim,
    compare_runs,
    comparison_data,
    comparison_document,
    comparison_title,
    relative_size,
)
from fem_lumbar.documents.summary_text import run_document, run_title, write_report
from fem_lumbar.documents.tables import number, print_document, to_markdown
from fem_lumbar.measures.check import check
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.store import RunWriter
from tests.synthetic_bars import write_bars
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
    monkeypatch.setattr("fem_lumbar.comparison.discretisation_bars.STORED", file)
    monkeypatch.setattr("fem_lumbar.comparison.difference_bars.STORED", tmp_path / "difference_error.json")

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


@pytest.fixture
def known(stored, tmp_path):
    """Discretisation errors of every number of all cases are stored, and too small to matter."""
    write_bars(tmp_path / "discretisation_error.json", CASES)


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
        "| force residual | 1e-06 | at most 0.1 | N | flexion |  | 100 | yes |",
        "- Facet contact is frictionless.",
        "| anatomy.mal.width_mm | 3 (L3, L4, L5) | mm | own-estimate | no source |",
        "3 % of the tunnel",
        "fem-lumbar mal computes both",
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
            "volume_ratio.annulus.mean": check(volume, 0.4, "-", "lower", where=f"{case} annulus"),
        }
    text = write_report(load_run(write_run(tmp_path, entries=runs))).read_text(encoding="utf-8")
    assert "| force residual | 0.05 | at most 0.1 | N | axial rotation left |  | 50 | yes |" in text
    assert (
        "| smallest volume ratio | 0.5 | at least 0 | - | axial rotation left |  |  | yes |" in text
    )  # of an old version
    worst = "| 0.5 | at least 0.4 | - | axial rotation left | axial_rotation_left annulus | 25 | yes |"
    assert f"| volume ratio.annulus.mean {worst}" in text


def test_removed_nucleus_is_a_dash_and_motions_tell_what_they_take(tmp_path):
    runs = entries()
    flexion = runs["flexion"]
    del flexion["idp_MPa"]["L4-L5"]
    flexion["applied"] |= {"rotation_deg": 5.0, "follower_N": 400.0, "follower_first": True}
    text = write_report(load_run(write_run(tmp_path, entries=runs))).read_text(encoding="utf-8")
    assert "| flexion | L4-L5 | — |" in text
    assert "rotation 5° (takes 7.5 N·m), follower load 400 N first" in text


def test_facet_forces_that_the_mesh_tells_badly_are_marked(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.94, "facet_force_N.L4-L5.right": 0.05})
    text = write_report(load_run(write_run(tmp_path))).read_text(encoding="utf-8")
    assert "| flexion | L4-L5 | 5 ±94 % | 5 | " in text
    assert "| extension | L4-L5 | 5 ? | 5 ? | " in text
    assert "?: not known under this load; under others it goes up to 94 %." in text


def test_null_result_is_reported_as_a_null_result(tmp_path):
    comparison = changed_runs(tmp_path, lambda _: None)
    sentence = claim(comparison)
    assert sentence.startswith("b against a: no resolved effect on rotation, disc pressure")
    assert "resolved effect of" not in sentence
    assert "significant" not in sentence
    assert sentence.endswith("ligament force and the MAL itself.")


def test_claim_names_the_largest_effect_and_what_is_negligible(tmp_path, known):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25
        other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.0006
        other["flexion"]["idp_MPa"]["L4-L5"] = 0.35 + 5e-7

    sentence = claim(changed_runs(tmp_path, change))
    assert (
        "resolved effect of 1 % or more on facet force (largest +25 %; 2.8 % of the joint's largest: facet force"
        in sentence
    )
    assert "resolved but negligible (below 1 %) effect on rotation (largest +0.01 %" in sentence
    assert "6 → 6.0006 °" in sentence
    assert "no resolved effect on disc pressure" in sentence


def test_claim_from_a_failed_run_says_so(tmp_path, known):
    def change(other):
        other["flexion"]["checks"]["force_residual"] = {"value": 3.0, "limit": 0.1, "unit": "N", "passed": False}

    comparison = changed_runs(tmp_path, change)
    assert claim(comparison).endswith("; with the caveat that b failed a check or load case.")
    (ground,) = [
        part.text for part in comparison_document(comparison) if part.title == "What the floor does not include"
    ]
    assert "b failed, its numbers may be wrong: flexion: force_residual = 3 N" in ground


def test_same_input_is_called_numerical_error(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    a = load_run(write_run(tmp_path, "a", entries()))
    other = entries()
    change(other)
    b = load_run(write_run(tmp_path, "b", other))
    assert "the inputs are identical, so every difference is numerical error" in claim(compare_runs(a, b))


def test_different_meshes_allow_no_claim(tmp_path):
    comparison = other_mesh(tmp_path)
    assert "mesh noise and no effect can be claimed" in claim(comparison)
    text = to_markdown("", comparison_document(comparison))
    assert (
        "Discretisation error not known: no convergence study of the whole segment on this template is stored" in text
    )
    assert "| not known |" in text


def test_mesh_error_stands_beside_the_difference_on_one_mesh(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.12})

    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 5.2
        other["flexion"]["facet_force_N"]["L4-L5"]["right"] = 5.2

    comparison = changed_runs(tmp_path, change)
    text = to_markdown("", comparison_document(comparison))
    (row,) = [line for line in text.splitlines() if line.startswith("| facet force L4-L5 left, flexion | 5 |")][:1]
    assert row.endswith("| 0.6 (12 %) | 5.2 | 0.2 | 0.072 | N | +4 %; 0.44 % of the joint's largest | resolved |")
    assert "| facet force L4-L5 right, flexion | 5 | not known | 5.2 |" in text
    assert "most of it is common to both values and cancels in their difference" in text
    assert "the relative mesh error of the value under this load, times the difference" in text
    assert "Study: scenario baseline at test, coarse, version 9." in text
    assert "floor 0.072 N, mesh error of the difference 0.024 N" in claim(comparison)
    data = comparison_data(comparison)
    assert data["discretisation_errors_from"] == "scenario baseline at test, coarse, version 9"
    (row,) = [
        item for item in data["differences"] if item["quantity"] == "facet_force_N.L4-L5.left" and item["b"] == 5.2
    ]
    assert row["discretisation_error"] == pytest.approx([0.6, 0.624])
    assert (row["mesh_error"], row["mesh_error_known"]) == (pytest.approx(0.024), True)


def test_nothing_is_claimed_where_no_mesh_error_of_the_kind_is_known(tmp_path):
    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    comparison = changed_runs(tmp_path, change)
    sentence = claim(comparison)
    assert (
        "no claim on facet force because the mesh error is not known (compare --with-mesh-error measures it)"
        in sentence
    )
    text = to_markdown("", comparison_document(comparison))
    assert "| N | +25 %; 2.8 % of the joint's largest | not resolved, mesh error not known |" in text
    unknown = 'where it is not known ("mesh error not known" beside the verdict) the difference itself'
    assert f"{unknown}, which is then never resolved" in text


def test_effect_whose_mesh_error_is_that_of_other_loads_says_so_everywhere(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.1})

    def change(other):
        other["axial_rotation_left"]["facet_force_N"]["L4-L5"]["left"] = 6.25

    comparison = changed_runs(tmp_path, change)
    assert "+25 %; 2.8 % of the joint's largest: facet force L4-L5 left in axial rotation left" in claim(comparison)
    assert "floor 0.38 N, mesh error not known)" in claim(comparison)
    text = to_markdown("", comparison_document(comparison))
    assert "| +25 %; 2.8 % of the joint's largest | resolved, mesh error not known |" in text
    assert "the largest relative mesh error of values of its kind under any load" in text
    (row,) = [item for item in comparison_data(comparison)["differences"] if item["difference"] == 1.25]
    assert (row["verdict"], row["mesh_error_known"]) == ("resolved", False)
    assert row["mesh_error"] == pytest.approx(0.125)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (0.228, 1.254, "× 5.5; 2.3 % of the joint's largest"),
        (1.254, 0.228, "× 0.18; -2.3 % of the joint's largest"),
        (0.028, 0.569, "× 20, +1.2 % of the largest; 1.2 % of the joint's largest"),
        (5.0, 5.1, "+2 %; 0.22 % of the joint's largest"),
        (0.0, 0.9, "+2 % of the largest; 2 % of the joint's largest"),
    ],
)
def test_effect_is_told_beside_the_first_value(tmp_path, known, first, second, told):
    """Largest facet force of the joint, in axial rotation: 45 N; in the load case itself 5 N, or 45 N where given."""
    before, after = entries(), entries()
    for entry, value in ((before, first), (after, second)):
        forces = entry["flexion"]["facet_force_N"]["L4-L5"]
        forces["left"], forces["right"] = value, 45.0 if first < 0.1 else 5.0
        entry["flexion"]["numerical_floor"]["facet_force_N"]["L4-L5"] = {"left": 1e-6, "right": 1e-6}
    a = load_run(write_run(tmp_path, "a", before, mal__L3__left__state="absent"))
    b = load_run(write_run(tmp_path, "b", after, mal__L3__left__state="type_III"))
    path = ("facet_force_N", "L4-L5", "left")
    (item,) = [item for item in compare_runs(a, b).differences if (item.case, item.path) == ("flexion", path)]
    assert relative_size(item) == told


def test_mesh_error_is_in_the_floor_on_different_meshes(tmp_path, stored):
    stored({"facet_force_N.L4-L5.left": 0.01, "rotation_deg.L4-L5.flexion": 0.01})

    def change(other):
        other["flexion"]["facet_force_N"]["L4-L5"]["left"] = 5.2
        other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.2

    comparison = other_mesh(tmp_path, change)
    sentence = claim(comparison)
    assert "no resolved effect on rotation" in sentence
    assert "no claim on disc pressure" in sentence and "the discretisation error is not known" in sentence
    assert sentence.endswith("the meshes differ, and the floor includes three times the combined discretisation error.")
    assert "the discretisation errors of both values are in the floor, 3 times the root" in to_markdown(
        "", comparison_document(comparison)
    )


def test_runs_that_differ_in_the_mesh_only_test_the_stored_errors(tmp_path, stored):
    stored({"rotation_deg.L4-L5.flexion": 0.001, "idp_MPa.L4-L5": 0.1})
    sentence = claim(other_mesh(tmp_path, _finer, mesh__density="coarse"))
    assert "only the mesh differs, so every difference is discretisation error; of 2 with a known one 1 " in sentence
    assert "rotation L4-L5 flexion in flexion, 6 → 6.2 °" in sentence
    stored({"rotation_deg.L4-L5.flexion": 0.01, "idp_MPa.L4-L5": 0.1})
    assert claim(other_mesh(tmp_path, _finer, mesh__density="coarse")).endswith("none exceeds its floor.")


def _finer(other):
    other["flexion"]["rotation_deg"]["L4-L5"]["flexion"] = 6.2


def test_runs_are_named_after_their_folders(tmp_path):
    a = load_run(write_run(tmp_path / "old", "same", entries()))
    b = load_run(write_run(tmp_path / "new", "same", entries()))
    assert comparison_title(compare_runs(a, b)) == "same (second) against same (first)"


def test_comparison_files_hold_every_number(tmp_path):
    comparison = changed_runs(tmp_path, lambda _: None)
    markdown, data, figure = write_several([comparison], tmp_path / "out", [tmp_path / name for name in ("a", "b")])
    assert figure.read_bytes().startswith(b"\x89PNG")
    stored = json.loads(data.read_text(encoding="utf-8"))
    assert len(stored["differences"]) == len(comparison.differences)
    assert stored["claim"] == claim(comparison)
    assert stored["run_folders"] == ["../a", "../b"]
    text = markdown.read_text(encoding="utf-8")
    assert text.startswith(f"# {comparison_title(comparison)}")
    assert text.split("## Claim")[1].strip().startswith(claim(comparison))
    assert "the mesh error of the difference, which is included in the floor" in text
    assert text.count("| rotation L4-L5 flexion |") >= len(CASES)
    assert "mal.L5.left.state | fibrous | type_III" in text


def test_short_comparison_lists_resolved_effects_only(tmp_path, known):
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
