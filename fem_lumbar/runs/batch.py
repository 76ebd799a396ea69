"""Batches of tasks on an executor; tasks with current results are skipped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.foundation.machine import at_once
from fem_lumbar.runs.current import find_current, set_unreadable_aside
from fem_lumbar.runs.execution import Engine, memory_GB, run_scenario
from fem_lumbar.runs.executors import Executor, Outcome, Report
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Event, labelled, silent

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Task(Protocol[Result_co]):
    """A computation whose results are stored; picklable, as are the results."""

    def current(self) -> Iterable[Result_co] | None:
        """Its stored results if they are current, else None."""
        ...

    def run(self, report: Report) -> Iterable[Result_co]:
        """Compute and store its results; ``report`` receives progress events."""
        ...


AnyTask = TypeVar("AnyTask", bound=Task)


def batch(
    tasks: Iterable[AnyTask], executor: Executor, report: Report = silent
) -> Generator[Outcome[AnyTask, Any], None, None]:
    """Run the tasks that have no current results, and yield every result as soon as it is available.

    Parameters
    ----------
    tasks : iterable of Task
        Read one at a time, as workers become free.
    executor : Executor
        Runs the tasks.
    report : callable
        Receives the events of all tasks.

    Yields
    ------
    outcome : Outcome
        A result, or the expected error that ended its task; ``is_new`` is False for stored results.

    Raises
    ------
    KeyboardInterrupt
        After the running tasks have stored their partial results.
    """
    settled: deque[Outcome[AnyTask, Any]] = deque()
    with closing(executor.run(_run, _without_results(tasks, settled), report)) as outcomes:
        for outcome in outcomes:
            yield from _drained(settled)
            yield outcome
    yield from _drained(settled)


class Reuse(Enum):
    """Which stored results are reused in place of a run."""

    NOTHING = "run again whatever is there"
    COMPLETED = "runs that are completed"
    FAILED_TOO = "runs that are completed, and those that failed"


@dataclass(frozen=True)
class RunTask:
    """A run of a scenario into a folder.

    Attributes
    ----------
    scenario : Scenario
        Scenario to run.
    out : Path
        Folder of run folders.
    name : str
        Name of the run folder.
    label : str
        Prefix of its messages, to distinguish several runs.
    reuse : Reuse
        Which stored results are reused.
    earlier_names : tuple of str
        Other folders that may hold its results.
    mesh_sha256 : str or None
        Hash of the mesh on which stored results must be, if any.
    jobs : int or None
        Load cases solved in parallel (see `run_scenario`); 1 in worker processes.
    illustrate : callable, optional
        Draws pictures and writes the report (see `run_scenario`).
    engine : Engine, optional
        Meshes and simulates.
    """

    scenario: Scenario
    out: Path
    name: str
    label: str = ""
    reuse: Reuse = Reuse.COMPLETED
    earlier_names: tuple[str, ...] = ()
    mesh_sha256: str | None = None
    jobs: int | None = 1
    illustrate: Callable[[Path], Sequence[str]] | None = None
    engine: Engine | None = None

    def current(self) -> tuple[StoredRun] | None:
        """The stored run to reuse, if any."""
        if self.reuse is Reuse.NOTHING:
            return None
        folders = [self.out / name for name in (self.name, *self.earlier_names)]
        even_failed = self.reuse is Reuse.FAILED_TOO
        found = find_current(self.scenario, folders, mesh_sha256=self.mesh_sha256, even_failed=even_failed)
        return None if found is None else (StoredRun.of(found),)

    def run(self, report: Report) -> Iterator[StoredRun]:
        """Run it; an unreadable run in its folder is first renamed."""

        def told(event: Event) -> None:
            report(labelled(self.label, event) if self.label else event)

        aside = set_unreadable_aside(self.out / self.name)
        if aside is not None:
            told(f"the stored run cannot be read; moved to {aside.name} and rerun")
        folder = run_scenario(
            self.scenario,
            self.out,
            told,
            name=self.name,
            jobs=self.jobs,
            illustrate=self.illustrate,
            engine=self.engine,
        )
        yield StoredRun.of(load_run(folder))


@dataclass(frozen=True)
class StoredRun:
    """Location and outcome of a stored run.

    ``status`` is "completed" or "failed", ``reason`` why it failed.
    """

    folder: Path
    status: str
    reason: str | None

    @classmethod
    def of(cls, run: Run) -> StoredRun:
        """That of a run that has been opened."""
        return cls(run.folder, run.summary["status"], run.summary.get("reason"))


def jobs_that_fit(scenarios: Iterable[Scenario], engine: Engine, most: int, report: Report = silent) -> int:
    """As many runs of some scenarios at the same time as processors and memory allow, ``most`` at most."""
    memory = max((memory_GB(engine.mesh(scenario, report)) for scenario in scenarios), default=1.0)
    return at_once(max(1, most), memory)


def _run(task: Task, report: Report) -> Iterable[Any]:
    return task.run(report)


def _without_results(tasks: Iterable[AnyTask], settled: deque[Outcome[AnyTask, Any]]) -> Iterator[AnyTask]:
    """Tasks still to be worked on; the results of the others go to ``settled``."""
    for task in tasks:
        try:
            found = task.current()
        except FemLumbarError as error:
            settled.append(Outcome(task, error=error))
            continue
        if found is None:
            yield task
        else:
            settled.extend(Outcome(task, result, is_new=False) for result in found)


def _drained(settled: deque[Outcome[AnyTask, Any]]) -> Iterator[Outcome[AnyTask, Any]]:
    while settled:
        yield settled.popleft()
