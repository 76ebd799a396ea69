"""A run read from disk: typed scenario, values and checks, tables; reading changes nothing."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest
import yaml

from fem_lumbar.comparison.explanation import explain
from fem_lumbar.documents.checks_text import checks_table
from fem_lumbar.documents.comparison_text import compare_runs
from fem_lumbar.documents.summary_text import run_document, run_title
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.quantities import unit
from fem_lumbar.runs.outputs import definition
from fem_lumbar.runs.run import SCENARIO, load_run
from fem_lumbar.scenario.model import Scenario
from tests.synthetic_run import synthetic_entry, write_run

STORED = Path(__file__).parent / "data" / "stored"


@pytest.fixture(scope="module")
def stored():
    return load_run(STORED)


def on_the_template(folder: Path, **changes) -> dict:
    """Write the stored run to a folder as if it had been made on the template that there is now; its scenario."""
    given = yaml.safe_load((STORED / SCENARIO).read_text(encoding="utf-8"))
    given["anatomy"]["source"] = "smooth"
    for section, values in changes.items():
        given[section].update(values)
    (folder / SCENARIO).write_text(yaml.safe_dump(given), encoding="utf-8")
    (folder / "summary.json").write_bytes((STORED / "summary.json").read_bytes())
    return given


def test_scenario_is_the_one_that_was_run(tmp_path, stored):
    on_the_template(tmp_path)
    scenario = load_run(tmp_path).scenario
    assert isinstance(scenario, Scenario)
    assert scenario.mal["L5"]["left"].state == "fibrous"
    assert scenario.load_cases["standing"].follower_N == 500.0
    given = yaml.safe_load((STORED / SCENARIO).read_text(encoding="utf-8"))
    joints = given["structures"].pop("joints")  # today's word is segment.bodies
    assert stored.resolved == {**given, "segment": {"bodies": ["L3", "L4", "L5"]}}
    assert list(scenario.segment.joints) == joints
    now = scenario.resolved()
    assert all(now[section] == given[section] for section in ("name", "mesh", "mal", "load_cases"))
    # Fascia came later; the share that the run was given keeps its meaning.
    assert {key: now["muscles"].get(key) for key in given["muscles"]} == given["muscles"]
    assert scenario.muscles.mal_share == 0.5


def test_a_run_on_the_removed_template_is_read_but_not_repeated(stored):
    """Values, tables and words come from what is stored; the scenario says why it cannot be run again."""
    assert stored.resolved["anatomy"]["source"] == "parametric"
    assert len(stored.table("standing")) > 30
    assert "baseline" in stored._repr_html_()
    assert run_title(stored) == "baseline: completed" and len(run_document(stored)) > 5
    with pytest.raises(InputError, match=r"resolved\.yaml:\d+: anatomy\.source: parametric: this template.*removed"):
        _ = stored.scenario


def test_runs_on_different_templates_are_compared(tmp_path, stored):
    on_the_template(tmp_path)
    found = compare_runs(stored, load_run(tmp_path))
    assert found.changes["anatomy.source"] == ("parametric", "smooth")
    assert explain(stored, load_run(tmp_path), found, lambda wanted: pytest.fail("nothing to derive")) is not None
    assert all(None in one.discretisation for one in found.differences)  # bars hold for one template


def test_keys_of_earlier_versions_are_read_as_those_of_today(tmp_path):
    given = on_the_template(tmp_path)
    arch = given["mal"]["L5"]["left"]
    modulus = arch.pop("fibrous_modulus_MPa", None) or 50.0
    arch["modulus_MPa"] = modulus
    (tmp_path / SCENARIO).write_text(yaml.safe_dump(given), encoding="utf-8")
    assert load_run(tmp_path).scenario.mal["L5"]["left"].fibrous_modulus_MPa == modulus


def test_a_value_that_is_no_longer_taken_is_named_with_its_file_and_line(tmp_path):
    on_the_template(tmp_path, solver={"vertebrae": "wooden"})
    with pytest.raises(InputError, match=r"scenario\.resolved\.yaml:\d+: solver\.vertebrae: got text 'wooden'"):
        _ = load_run(tmp_path).scenario


def test_every_value_has_unit_kind_and_definition(stored):
    assert len(stored.values) > 300
    for one in stored.values:
        told = definition(("load_cases", one.case, *one.path))
        assert told is not None, one.quantity
        assert one.unit == unit(one.path) == (told.unit or "-"), one.quantity
        assert one.kind and one.definition == told.what and one.sign == told.sign


def test_one_value_with_its_error_and_its_mirror_image(stored):
    one = stored.value("standing", "facet_force_N.L4-L5.left")
    entry = stored.cases["standing"]
    assert one.value == entry["facet_force_N"]["L4-L5"]["left"]
    assert one.floor == entry["numerical_floor"]["facet_force_N"]["L4-L5"]["left"]
    assert (one.unit, one.kind, one.sign) == ("N", ("facet_force_N",), "never negative")
    assert one.mirrored == (("facet_force_N", "L4-L5", "right"), 1.0)
    assert stored.value("standing", "rotation_deg.L4-L5.axial_rotation").mirrored[1] == -1.0


@pytest.mark.parametrize(
    ("case", "quantity", "told"),
    [
        ("standng", "idp_MPa.L4-L5", "'standng' is none of standing; did you mean standing?"),
        ("standing", "idp_MPa.L4-L6", "standing has no number 'idp_MPa.L4-L6'; did you mean idp_MPa.L4-L5"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_name(stored, case, quantity, told):
    with pytest.raises(InputError, match=told):
        stored.value(case, quantity)


def test_table_holds_every_value(stored):
    table = stored.table()
    assert len(table) == len(stored.values)
    row = table.set_index("quantity").loc["idp_MPa.L4-L5"]
    assert row["value"] == stored.cases["standing"]["idp_MPa"]["L4-L5"]
    assert (row["unit"], row["sign"], row["case"]) == ("MPa", "+ compression", "standing")
    with pytest.raises(InputError, match="flexion"):
        stored.table(["flexion"])


def test_checks_of_older_versions_know_their_direction(stored):
    by_name = {one.name: one for one in stored.checks}
    assert by_name["penetration.L4-L5.left"].direction == "upper"
    assert by_name["volume_ratio.annulus.mean"].direction == "lower"
    assert all(one.passed and one.margin > 0.0 for one in stored.checks)
    least = min(stored.checks, key=lambda one: one.margin)
    assert stored.worst_check == least
    assert least.closest() in checks_table(stored).note


def test_new_runs_store_direction_and_margin_and_read_them_the_same(tmp_path):
    from fem_lumbar.measures.check import check

    entries = {case: synthetic_entry(case) for case in ("flexion", "extension")}
    entries["flexion"]["checks"] = {"force": check(0.02, 0.1, "N"), "ratio": check(0.9, 0.5, "-", "lower")}
    entries["extension"]["checks"] = {"force": check(0.3, 0.1, "N"), "ratio": check(0.51, 0.5, "-", "lower")}
    run = load_run(write_run(tmp_path, entries=entries))
    assert [(one.case, one.name) for one in run.failed_checks] == [("extension", "force")]
    assert run.worst_check.name == "force" and run.worst_check.case == "extension"
    for one in run.checks:
        entry = run.cases[one.case]["checks"][one.name]
        assert entry["direction"] == one.direction
        assert math.isclose(entry["margin"], one.margin)
    assert run.status == "failed" and "force = 0.3 N is out of tolerance (at most 0.1 N)" in run.reason


def test_reading_changes_nothing(tmp_path):
    folder = write_run(tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run = load_run(folder)
    summary, resolved = copy.deepcopy(run.summary), copy.deepcopy(run.resolved)
    _ = run.values, run.checks, run.curves, run.legend, run.mesh, run.fields("flexion"), run.field_arrays("flexion")
    _ = run._repr_html_(), checks_table(run), run.pictures
    assert run.summary == summary and run.resolved == resolved
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_fields_are_a_grid_with_the_arrays_of_the_file(tmp_path):
    import pyvista

    run = load_run(write_run(tmp_path))
    grid, arrays = run.fields("flexion"), run.field_arrays("flexion")
    assert isinstance(grid, pyvista.UnstructuredGrid)
    assert (grid.points == arrays.points).all()
    assert (grid.point_data["reference_position"] == arrays.reference).all()
    assert (grid.cell_data["von_mises"] == arrays.cell_data["von_mises"]).all()
    with pytest.raises(InputError, match="has no fields of load case 'flexoin'; it has: flexion, extension"):
        run.fields("flexoin")


def test_a_notebook_shows_status_numbers_and_pictures(tmp_path):
    run = load_run(write_run(tmp_path))
    (run.folder / "figures" / "load_path.png").write_bytes(b"\x89PNG picture")
    shown = run._repr_html_()
    assert "synthetic: completed, 2 of 2 load cases converged" in shown
    assert "<th>idp_MPa.L4-L5</th>" in shown and "<td>0.35</td>" in shown
    assert "Closest to its limit: force residual in flexion" in shown
    assert "data:image/png;base64," in shown
    assert run.pictures["load_path"]._repr_png_() == b"\x89PNG picture"
