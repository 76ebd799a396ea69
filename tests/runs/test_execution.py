"""Running a scenario: what is stored, in parallel, when it fails, when it is interrupted."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from fem_lumbar.foundation.errors import AnatomyError, InputError, PhysicsError
from fem_lumbar.runs.current import run_name
from fem_lumbar.runs.execution import load_case_s, run_scenario
from fem_lumbar.runs.executors import Outcome, Serial
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.workers import Processes
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.expected_times import keep_time
from fem_lumbar.solver.events import CaseEvent, StageEvent, StepEvent, silent
from tests.runs.fake_engine import DYING_NM, FAILING_NM, FAKE, RAISING_NM

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


@pytest.fixture
def scenario():
    return load_scenario(BASELINE)


def test_all_cases_are_stored_and_reported(scenario, tmp_path):
    events = []
    folder = run_scenario(scenario, tmp_path, events.append, engine=FAKE)
    run = load_run(folder)
    assert folder == tmp_path / "baseline"
    assert run.summary["status"] == "completed"
    assert list(run.cases) == list(scenario.load_cases)
    assert run.cases["flexion"]["rotation_deg"]["L4-L5"]["flexion"] == 3.75
    timing = run.summary["timing_s"]
    assert timing["total"] > 0
    assert sum(spent for phase, spent in timing.items() if phase != "total") == pytest.approx(timing["total"], abs=0.01)
    told = [(event.case, event.status) for event in events if isinstance(event, CaseEvent)]
    cases = list(scenario.load_cases)
    assert told == [(case, "waiting") for case in cases] + [(case, "converged") for case in cases]
    assert {event.case for event in events if isinstance(event, StepEvent)} == set(scenario.load_cases)
    assert [event.text for event in events if isinstance(event, StageEvent)] == ["fake equations"] * 2
    assert "fake mesh" in events
    assert "flexion: step 1, load 0.5000, 3 iterations" in (folder / "run.log").read_text()


def test_parallel_cases_give_the_same_in_other_processes(scenario, tmp_path):
    events = []
    run = load_run(run_scenario(scenario, tmp_path, events.append, jobs=2, engine=FAKE))
    assert run.summary["status"] == "completed"
    assert set(run.cases) == set(scenario.load_cases)
    processes = {entry["process"] for entry in run.cases.values()}
    assert os.getpid() not in processes
    assert len(processes) <= 2
    assert run.cases["axial_rotation_left"]["process"] == run.cases["axial_rotation_right"]["process"]
    assert {event.case for event in events if isinstance(event, StepEvent)} == set(scenario.load_cases)
    assert [event.text for event in events if isinstance(event, StageEvent)] == ["fake equations"] * 4  # from workers


def test_threads_are_split_among_processes(monkeypatch):
    monkeypatch.setattr("fem_lumbar.runs.workers.processors", lambda: 4)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with Processes(2) as executor:
        outcomes = list(executor.run(_threads, ["a", "b"], silent))
    assert sorted((one.task, one.result) for one in outcomes) == [("a", "2"), ("b", "2")]
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_interrupted_worker_interrupts_all():
    with Processes(2) as executor, pytest.raises(KeyboardInterrupt):
        list(executor.run(_interrupted, ["a", "b"], silent))


def _interrupted(task, report):
    yield os.kill(os.getpid(), signal.SIGINT)


def _threads(task, report):
    yield os.environ["OMP_NUM_THREADS"]


def test_case_that_does_not_converge_is_kept_with_its_reason(tmp_path):
    scenario = load_scenario(BASELINE, [f"load_cases.flexion.moment_Nm={FAILING_NM}"])
    run = load_run(run_scenario(scenario, tmp_path, engine=FAKE))
    assert run.summary["status"] == "failed"
    assert "flexion stopped at load fraction 0.500: cut back below the smallest step" in run.summary["reason"]
    assert run.cases["flexion"]["status"] == "failed"
    assert run.cases["extension"]["status"] == "converged"


def test_time_of_load_cases_that_converged_is_kept_by_the_engine_that_spent_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FEM_LUMBAR_CACHE", str(tmp_path / "cache"))
    failing = load_scenario(BASELINE, [f"load_cases.flexion.moment_Nm={FAILING_NM}"])
    kept = []
    engine = replace(FAKE, keep_time=lambda *told: kept.append(told))
    run_scenario(failing, tmp_path, engine=engine)
    run_scenario(failing, tmp_path, name="again", engine=FAKE)
    converged = [case for case in failing.load_cases if case != "flexion"]
    assert kept == [*((f"load_case {case}", 1.0, 1) for case in converged), ("load_case", 1.0, 1)]
    assert not (tmp_path / "cache" / "expected_times.json").exists()  # the times of one tetrahedron are no forecast


def test_forecast_of_a_load_case_is_the_time_of_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("FEM_LUMBAR_CACHE", str(tmp_path / "cache"))
    keep_time("load_case", 2.0, 1000)
    assert load_case_s("standing", 1000) == 2.0
    keep_time("load_case standing", 60.0, 1000)
    assert load_case_s("standing", 2000) == 120.0
    assert load_case_s("flexion", 1000) == 2.0


def test_warnings_of_the_scenario_are_stored(tmp_path):
    scenario = load_scenario(BASELINE, ["mal.L5.left.fibrous_modulus_MPa=900"])
    run = load_run(run_scenario(scenario, tmp_path, engine=FAKE))
    assert any("mal.L5.left.fibrous_modulus_MPa = 900 MPa" in warning for warning in run.summary["warnings"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_model_that_cannot_be_set_up_leaves_nothing(tmp_path, jobs):
    scenario = load_scenario(BASELINE, [f"load_cases.flexion.moment_Nm={RAISING_NM}"])
    with pytest.raises(PhysicsError, match="cannot be set up"):
        run_scenario(scenario, tmp_path, jobs=jobs, engine=FAKE)
    assert list(tmp_path.iterdir()) == []


def test_anatomy_that_cannot_be_built_leaves_nothing(tmp_path):
    scenario = load_scenario(BASELINE, ["anatomy.joints.L4-L5.facet_gap_mm=1.5"])
    with pytest.raises(AnatomyError, match="do not fit"):
        run_scenario(scenario, tmp_path, engine=FAKE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_killed_worker_is_an_error_with_a_remedy(tmp_path):
    scenario = load_scenario(BASELINE, [f"load_cases.extension.moment_Nm={DYING_NM}"])
    with pytest.raises(PhysicsError, match="memory ran out: use fewer --jobs"):
        run_scenario(scenario, tmp_path, jobs=2, engine=FAKE)
    assert (tmp_path / "baseline.partial" / "summary.json").is_file()


def test_worker_that_dies_later_loses_no_finished_case(scenario, tmp_path, monkeypatch):
    class Dying(Serial):
        def run(self, work, tasks, report):
            yield from super().run(work, [("flexion",)], report)
            yield Outcome(("extension",), error=PhysicsError("the worker died"))

    monkeypatch.setattr("fem_lumbar.runs.execution.local_executor", lambda jobs: Dying())
    with pytest.raises(PhysicsError, match="the worker died"):
        run_scenario(scenario, tmp_path, jobs=2, engine=FAKE)
    assert list(load_run(tmp_path / "baseline.partial").cases) == ["flexion"]


def test_interrupted_run_keeps_the_finished_cases(scenario, tmp_path):
    def interrupt(event):
        if isinstance(event, StepEvent) and event.case == "lateral_bending_left":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scenario(scenario, tmp_path, interrupt, engine=FAKE)
    assert [path.name for path in tmp_path.iterdir()] == ["baseline.partial"]
    run = load_run(tmp_path / "baseline.partial")
    assert list(run.cases) == ["flexion", "extension"]
    assert run.summary["status"] == "failed"
    assert "interrupted" in run.summary["reason"]


def test_output_that_cannot_be_written_is_refused_before_any_work(scenario, tmp_path):
    (tmp_path / "file").write_text("")
    events = []
    with pytest.raises(InputError, match="--out"):
        run_scenario(scenario, tmp_path / "file", events.append, engine=FAKE)
    assert events == []


def test_run_of_another_scenario_with_the_same_name_is_not_replaced(scenario, tmp_path):
    first = run_scenario(scenario, tmp_path, engine=FAKE)
    again = run_scenario(scenario, tmp_path, engine=FAKE)
    other = load_scenario(BASELINE, density="test")
    second = run_scenario(other, tmp_path, engine=FAKE)
    assert again == first
    assert second.name == f"baseline-{other.sha256[:8]}" == run_name(other, tmp_path)
    assert load_run(first).summary["model"]["density"] == "coarse"
    assert load_run(second).summary["model"]["density"] == "test"
