"""A batch of runs: which stored results stand for a run, what is told, in which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.runs.batch import Reuse, RunTask, batch
from fem_lumbar.runs.current import find_current, open_run, run_name
from fem_lumbar.runs.executors import Serial
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.solver.events import StepEvent
from tests.runs.fake_engine import FAILING_NM, FAKE, RAISING_NM

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


def scenario(moment=1.0, **options):
    return load_scenario(BASELINE, [f"load_cases.flexion.moment_Nm={moment}"], cases=["flexion"], **options)


def task(out, moment=1.0, name="one", **options):
    return RunTask(scenario(moment), out, name, engine=FAKE, **options)


def become(tasks, jobs=1):
    """Name, status and newness of what each task became."""
    with local_executor(jobs) as executor:
        return [
            (one.task.name, one.result.status if one.result else str(one.error), one.is_new)
            for one in batch(tasks, executor)
        ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_is_run_once(tmp_path, jobs):
    tasks = [task(tmp_path, 1.0, "one"), task(tmp_path, 2.0, "two"), task(tmp_path, RAISING_NM, "three")]
    told = sorted(become(tasks, jobs))
    raised = ("three", "the model cannot be set up", True)
    assert told == [("one", "completed", True), raised, ("two", "completed", True)]
    assert sorted(become(tasks, jobs)) == [("one", "completed", False), raised, ("two", "completed", False)]


def test_results_come_in_the_order_of_their_tasks(tmp_path):
    list(batch([task(tmp_path, 2.0, "two")], Serial()))
    tasks = [task(tmp_path, 1.0, "one"), task(tmp_path, 2.0, "two"), task(tmp_path, 3.0, "three")]
    assert [name for name, *_ in become(tasks)] == ["one", "two", "three"]


def test_failed_runs_stand_for_themselves_only_when_asked(tmp_path):
    def again(reuse):
        return become([task(tmp_path, FAILING_NM, reuse=reuse)])

    assert again(Reuse.FAILED_TOO) == [("one", "failed", True)]
    assert again(Reuse.FAILED_TOO) == [("one", "failed", False)]
    assert again(Reuse.COMPLETED) == [("one", "failed", True)]


def test_nothing_stands_for_a_fresh_run(tmp_path):
    become([task(tmp_path)])
    assert become([task(tmp_path, reuse=Reuse.NOTHING)]) == [("one", "completed", True)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("fem_lumbar.__version__", "99.0"), ("fem_lumbar.runs.provenance.program_sha256", lambda: "another")],
)
def test_results_of_another_program_are_not_current(tmp_path, monkeypatch, name, value):
    become([task(tmp_path)])
    assert find_current(scenario(), [tmp_path / "one"]) is not None
    monkeypatch.setattr(name, value)
    assert find_current(scenario(), [tmp_path / "one"]) is None


def test_results_of_another_scenario_density_or_mesh_are_not_current(tmp_path):
    become([task(tmp_path)])
    folder = tmp_path / "one"
    made = load_run(folder).summary["provenance"]["mesh_sha256"]
    assert find_current(scenario(), [tmp_path / "nowhere", folder], mesh_sha256=made).folder == folder
    assert find_current(scenario(2.0), [folder]) is None
    assert find_current(scenario(density="test"), [folder]) is None
    assert find_current(scenario(), [folder], mesh_sha256="another") is None


def test_results_are_found_under_an_earlier_name(tmp_path):
    become([task(tmp_path, name="before")])
    (outcome,) = batch([task(tmp_path, name="now", earlier_names=("before",))], Serial())
    assert (outcome.result.folder.name, outcome.is_new) == ("before", False)


@pytest.mark.parametrize("text", ["{", "", "[]", '{"schema_version": 1}'])
def test_run_that_cannot_be_read_is_set_aside_and_made_again(tmp_path, text):
    become([task(tmp_path)])
    (tmp_path / "one" / "summary.json").write_text(text)
    events = []
    (outcome,) = batch([task(tmp_path, label="first")], Serial(), events.append)
    assert outcome.result.status == "completed"
    assert "first: the stored run cannot be read; moved to one.unreadable and rerun" in events
    assert (tmp_path / "one.unreadable" / "summary.json").read_text() == text
    assert open_run(tmp_path / "one") is not None


def test_labels_tell_runs_apart(tmp_path):
    events = []
    list(batch([task(tmp_path, label="first"), task(tmp_path, 2.0, "two")], Serial(), events.append))
    assert [one.case for one in events if isinstance(one, StepEvent)] == ["first: flexion", "flexion"]


def test_name_of_a_run_is_its_own_unless_another_scenario_has_it(tmp_path):
    assert run_name(scenario(), tmp_path, "one") == "one"
    become([task(tmp_path)])
    assert run_name(scenario(), tmp_path, "one") == "one"
    other = scenario(2.0)
    assert run_name(other, tmp_path, "one") == f"one-{other.sha256[:8]}"
    (tmp_path / "one" / "summary.json").write_text("{")
    assert run_name(other, tmp_path, "one") == "one"
