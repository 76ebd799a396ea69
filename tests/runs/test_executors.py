"""Executors: what both give, that work keeps what it prepared, who is kept between lots of tasks."""

from __future__ import annotations

import os
import time

import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.executors import Serial
from fem_lumbar.runs.workers import Processes, _Worker, local_executor
from fem_lumbar.solver.events import silent


class Squares:
    """Squares of numbers, with a count of the tasks that this copy has worked on."""

    def __init__(self) -> None:
        self.tasks = 0

    def __call__(self, task, report):
        self.tasks += 1
        if task < 0:
            raise InputError(f"{task} is negative")
        report(f"event of {task}")
        yield task**2
        yield {"tasks": self.tasks, "process": os.getpid()}


def test_one_job_needs_no_other_process():
    assert isinstance(local_executor(1), Serial)
    assert isinstance(local_executor(0), Serial)
    assert isinstance(local_executor(2), Processes)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_errors_and_events_of_every_task(jobs):
    events = []
    with local_executor(jobs) as executor:
        outcomes = list(executor.run(Squares(), [1, -2, 3, 4], events.append))
    squares = {one.task: one.result for one in outcomes if isinstance(one.result, int)}
    assert squares == {1: 1, 3: 9, 4: 16}
    assert [(one.task, str(one.error)) for one in outcomes if one.error] == [(-2, "-2 is negative")]
    assert sorted(events) == ["event of 1", "event of 3", "event of 4"]


def test_tasks_are_taken_as_workers_become_free():
    asked = []

    def tasks():
        for task in (1, 2, 3, 4):
            asked.append(task)
            yield task

    with Processes(2) as executor:
        outcomes = executor.run(Squares(), tasks(), silent)
        next(outcomes)
        assert asked in ([1, 2], [1, 2, 3])
        outcomes.close()


def test_workers_are_kept_with_their_work_until_it_is_another():
    def processes(outcomes):
        return [one.result for one in outcomes if isinstance(one.result, dict)]

    work = Squares()
    with Processes(2) as executor:
        (first,) = processes(executor.run(work, [1], silent))
        (second,) = processes(executor.run(work, [2], silent))
        (other,) = processes(executor.run(Squares(), [3], silent))
    assert first["process"] == second["process"] == other["process"] != os.getpid()
    assert [first["tasks"], second["tasks"], other["tasks"]] == [1, 2, 1]


class PutsAway:
    """Waits until it is interrupted, and takes a moment to put away what it has."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def __call__(self, task, report):
        (self.folder / "begun").touch()
        try:
            time.sleep(60)
        finally:
            time.sleep(0.5)
            (self.folder / "put away").touch()
        yield task


@pytest.mark.skipif(os.name != "posix", reason="workers are not interrupted elsewhere")
def test_interruption_just_after_a_task_was_given_waits_for_the_worker(tmp_path, monkeypatch):
    give = _Worker.give

    def interrupted(worker, work, task):
        give(worker, work, task)
        while not (tmp_path / "begun").exists():
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(_Worker, "give", interrupted)
    with Processes(2) as executor, pytest.raises(KeyboardInterrupt):
        list(executor.run(PutsAway(tmp_path), [1], silent))
    assert (tmp_path / "put away").exists()
