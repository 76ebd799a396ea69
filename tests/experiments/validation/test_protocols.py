"""Protocols are run once, and again only when something that decides the numbers has changed."""

from __future__ import annotations

import dataclasses

import pytest

from fem_lumbar.experiments.validation.protocols import protocol_scenario, run_protocols
from fem_lumbar.runs.execution import Engine
from fem_lumbar.solver.events import StepEvent
from tests.runs.fake_engine import FAILING_NM, FAKE, RAISING_NM, FakeSimulation, fake_mesh

NAMES = ("disc_2.5Nm", "disc_7.5Nm")


def scenarios(*sets, names=NAMES):
    return {name: protocol_scenario(name, sets, "test") for name in names}


def run(out, told=None, engine=FAKE, jobs=1, **options):
    chosen = options.pop("scenarios", None) or scenarios()
    report = None if told is None else told.append
    return run_protocols(chosen, out, jobs=jobs, engine=engine, report=report, **options)


def solved(told):
    """Protocols that were simulated, from what was reported."""
    steps = [event for event in told if isinstance(event, StepEvent)]
    return [event.case.split(":")[0] for event in steps if event.case.endswith(": flexion")]


def test_finished_runs_are_read(tmp_path):
    first, second, third = [], [], []
    runs = run(tmp_path, first)
    assert sorted(runs.runs) == list(NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(NAMES)
    run(tmp_path, second)
    run(tmp_path, third, fresh=True)
    assert solved(first) == solved(third) == list(NAMES)
    assert solved(second) == []
    assert "disc_2.5Nm: read from disc_2.5Nm" in second


def test_another_scenario_is_run_beside(tmp_path):
    told = []
    run(tmp_path)
    runs = run(tmp_path, told, scenarios=scenarios("materials.nucleus.c10_MPa=0.11"))
    assert solved(told) == list(NAMES)
    assert runs.runs["disc_2.5Nm"].folder.name.startswith("disc_2.5Nm-")


def another_mesh(scenario, say):
    mesh = fake_mesh(scenario, say)
    return dataclasses.replace(mesh, points=2.0 * mesh.points)


def test_another_mesh_is_run_again(tmp_path):
    told = []
    run(tmp_path)
    run(tmp_path, told, engine=Engine(another_mesh, FakeSimulation))
    assert solved(told) == list(NAMES)


def mesh_of_joints(scenario, say):
    """A mesh that depends on the joints whose discs have cartilaginous endplates, as real ones do."""
    mesh = fake_mesh(scenario, say)
    return dataclasses.replace(mesh, points=len(scenario.cartilage_endplates_mm) * mesh.points)


def test_each_protocol_is_read_again_on_the_mesh_of_its_own_joints(tmp_path):
    engine, told = Engine(mesh_of_joints, FakeSimulation), []
    both = scenarios(names=("disc_7.5Nm", "intact_7.5Nm"))
    run(tmp_path, scenarios=both, engine=engine)
    run(tmp_path, told, scenarios=both, engine=engine)
    assert solved(told) == []


DAMAGED = {
    "cut off": lambda text: text[: len(text) // 2],
    "empty": lambda text: b"",
    "no text": lambda text: b"\xff\xfe" + text,
    "no provenance": lambda text: b'{"schema_version": 1, "status": "completed", "load_cases": {}}',
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_run_is_run_again(tmp_path, damage):
    run(tmp_path)
    summary = tmp_path / "disc_7.5Nm" / "summary.json"
    summary.write_bytes(damage(summary.read_bytes()))
    told, after = [], []
    runs = run(tmp_path, told)
    assert solved(told) == ["disc_7.5Nm"]
    assert sorted(runs.runs) == list(NAMES) and not runs.failures
    assert runs.runs["disc_7.5Nm"].folder == tmp_path / "disc_7.5Nm"
    assert any("cannot be read" in event for event in told if isinstance(event, str))
    run(tmp_path, after)
    assert solved(after) == []


def test_a_damaged_run_that_fails_again_says_why_it_failed(tmp_path):
    failing = scenarios(f"load_cases.flexion.moment_Nm={FAILING_NM}", names=["disc_7.5Nm"])
    run(tmp_path, scenarios=failing)
    (tmp_path / "disc_7.5Nm" / "summary.json").write_text("{", encoding="utf-8")
    assert run(tmp_path, scenarios=failing).runs["disc_7.5Nm"].cases["flexion"]["status"] == "failed"


def test_a_failed_run_is_tried_again(tmp_path):
    failing = scenarios(f"load_cases.flexion.moment_Nm={FAILING_NM}", names=["disc_7.5Nm"])
    first, second = [], []
    runs = run(tmp_path, first, scenarios=failing)
    run(tmp_path, second, scenarios=failing)
    assert runs.runs["disc_7.5Nm"].cases["flexion"]["status"] == "failed"
    assert solved(first) == solved(second) == ["disc_7.5Nm"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_protocol_that_cannot_be_run_leaves_the_others(tmp_path, jobs):
    chosen = scenarios() | {
        "disc_7.5Nm": protocol_scenario("disc_7.5Nm", [f"load_cases.flexion.moment_Nm={RAISING_NM}"], "test")
    }
    runs = run(tmp_path, scenarios=chosen, jobs=jobs)
    assert list(runs.runs) == ["disc_2.5Nm"]
    assert runs.failures == {"disc_7.5Nm": "the model cannot be set up"}


def test_values_laid_over_a_protocol(tmp_path):
    fitted = tmp_path / "fitted.yaml"
    fitted.write_text("schema_version: 1\nmaterials: {nucleus: {c10_MPa: 0.11}}\n", encoding="utf-8")
    scenario = protocol_scenario("disc_2.5Nm", density="test", over=fitted)
    assert (scenario.name, scenario.mesh.density, scenario.structures.ligaments) == ("disc_2.5Nm", "test", ())
    assert scenario.materials.nucleus.c10_MPa == 0.11
    assert scenario.load_cases == protocol_scenario("disc_2.5Nm").load_cases


def test_no_mesh_is_a_reason(tmp_path):
    chosen = scenarios("anatomy.joints.L4-L5.facet_gap_mm=1.5", names=["disc_7.5Nm"])
    assert run(tmp_path, scenarios=chosen).failures == {"disc_7.5Nm": "the facets of L4-L5 do not fit"}
