"""What a difference between two runs is made of: parts of the numbers that differ, and what is not covered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.comparison.explanation import explain
from fem_lumbar.documents.comparison_text import compare_runs
from fem_lumbar.runs.execution import run_scenario
from fem_lumbar.runs.run import load_run
from fem_lumbar.scenario.loader import load_scenario
from tests.runs.fake_engine import FAKE

SCENARIOS = Path(__file__).parents[2] / "scenarios"
GROUND, NUCLEUS = "materials.annulus.c10_MPa", "materials.nucleus.c10_MPa"
HEIGHT = "anatomy.joints.L4-L5.disc_height_anterior_mm"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Folders of two runs of the isolated disc that differ in two moduli and a height."""
    out = tmp_path_factory.mktemp("runs")
    folders = []
    for name, changes in (("a", []), ("b", [f"{GROUND}=0.0586", f"{NUCLEUS}=0.0103", f"{HEIGHT}=14.5"])):
        scenario = load_scenario(SCENARIOS / "disc_only_L4-L5.yaml", changes, ["compression"], "test")
        folders.append(run_scenario(scenario, out, name=name))
    return folders


def told(out):
    return json.loads((out / "comparison.json").read_text(encoding="utf-8"))["made_of"]


def test_parts_add_up_to_the_difference(pair, tmp_path):
    """Parts of three numbers at once, some of them against each other; the rest is curvature."""
    assert main(["compare", *map(str, pair), "--explain", "--quiet", "--out", str(tmp_path)]) == 0
    found = told(tmp_path)
    assert found["not_covered"] == {}
    by_quantity = {one["quantity"]: one for one in found["results"]}
    for name in ("rotation_deg.L4-L5.flexion", "idp_MPa.L4-L5"):
        one = by_quantity[name]
        assert {part["key"] for part in one["parts"]} == {GROUND, NUCLEUS, HEIGHT}
        changes = [part["change"] for part in one["parts"]]
        assert all(changes)
        assert one["difference"] == pytest.approx(sum(changes) + one["remainder"])
        assert abs(one["remainder"]) < 0.05 * sum(map(abs, changes))
    assert "What the differences are made of" in (tmp_path / "comparison.md").read_text(encoding="utf-8")


def test_a_stored_sensitivity_explains_without_being_asked(pair, tmp_path):
    first, second = map(load_run, pair)
    assert explain(first, second, compare_runs(first, second)) is None
    assert main(["sensitivity", str(pair[0]), "--keys", f"{GROUND},{NUCLEUS},{HEIGHT}", "--quiet"]) == 0
    assert main(["compare", *map(str, pair), "--quiet", "--out", str(tmp_path)]) == 0
    stored = told(tmp_path)
    assert main(["sensitivity", str(pair[0]), "--keys", NUCLEUS, "--quiet"]) == 0  # has not all that differ
    assert explain(first, second, compare_runs(first, second)) is None
    assert main(["compare", *map(str, pair), "--explain", "--quiet", "--out", str(tmp_path)]) == 0
    for one, again in zip(stored["results"], told(tmp_path)["results"], strict=True):
        assert one["remainder"] == pytest.approx(again["remainder"], rel=1e-3, abs=1e-9)


def test_a_state_is_said_not_to_be_covered(tmp_path):
    folders = [
        run_scenario(load_scenario(SCENARIOS / name, [], ["flexion"]), tmp_path, engine=FAKE)
        for name in ("baseline.yaml", "mal_type3_L5_left.yaml")
    ]
    first, second = map(load_run, folders)
    found = explain(first, second, compare_runs(first, second), derive=lambda wanted: pytest.fail(str(wanted)))
    assert found.results == ()
    assert "fibrous → type_III is no change of a number" in found.not_covered["mal.L5.left.state"]
