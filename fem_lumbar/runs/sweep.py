"""Many runs of one scenario with different values: each point has an ordinary run folder, and all share a table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.batch import Reuse, RunTask, StoredRun, batch
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.executors import Outcome
from fem_lumbar.runs.paths import check_writable
from fem_lumbar.runs.points import Point, earlier_point_name, point_name
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.table import StudyTable, failed_row, point_rows
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import silent

TABLE = "table.csv"


@dataclass(frozen=True)
class PointDone:
    """Outcome of one point.

    Attributes
    ----------
    point : dict
        The varied values.
    name : str
        Name of its run folder.
    status : str
        ``completed``, ``failed`` or ``skipped`` (finished in an earlier call).
    reason : str or None
        Reason of a failure; None without one.
    """

    point: Point
    name: str
    status: str
    reason: str | None = None


def run_points(
    points: Iterable[Point],
    scenario_at: Callable[[Point], Scenario],
    out: Path,
    *,
    jobs: int = 1,
    retry_failed: bool = False,
    report: Callable[[Any], None] | None = None,
    illustrate: Callable[[Path], Sequence[str]] | None = None,
    engine: Engine | None = None,
) -> Iterator[PointDone]:
    """Run all points without results, and update ``table.csv`` after each.

    Points may come from any design of experiments; the iterable is read one point at a time.

    Parameters
    ----------
    points : iterable of dict
        Varied values by key path.
    scenario_at : callable
        Returns the scenario at a point; an `InputError` makes the point a failed row.
    out : Path
        Folder of the study: run folders and ``table.csv``.
    jobs : int
        Number of points run in parallel, each in its own process.
    retry_failed : bool
        Whether to repeat points that failed before.
    report : callable, optional
        Receives load step events and stages (text) of the runs.
    illustrate : callable, optional
        Writes the report of each run, with or without pictures (see `run_scenario`); picklable for ``jobs`` > 1.
    engine : Engine, optional
        Provides meshes and simulations (default: the finite element engine).

    Yields
    ------
    done : PointDone
        Each point as soon as its rows are in the table.

    Raises
    ------
    InputError
        When the folder cannot be written, or contains a table that is not one of a study.
    """
    out = Path(out)
    check_writable(out)
    table = StudyTable(out / TABLE)
    invalid: deque[PointDone] = deque()
    reuse = Reuse.COMPLETED if retry_failed else Reuse.FAILED_TOO

    def tasks() -> Iterator[_PointTask]:
        """Points that are valid scenarios, each once; the others go to ``invalid``, with their rows in the table."""
        seen: set[str] = set()
        for point in points:
            try:
                scenario = scenario_at(point)
            except InputError as error:
                name = point_name(point, "invalid")
                table.put(name, [failed_row(name, point, "", str(error))])
                invalid.append(PointDone(point, name, "failed", str(error)))
                continue
            name, earlier = point_name(point, scenario.sha256), earlier_point_name(point, scenario.sha256)
            if name in seen:
                continue
            seen.add(name)
            earlier_names = () if earlier == name else (earlier,)
            run = RunTask(scenario, out, name, name, reuse, earlier_names, illustrate=illustrate, engine=engine)
            yield _PointTask(point, run)

    with local_executor(jobs) as executor, closing(batch(tasks(), executor, report or silent)) as outcomes:
        for outcome in outcomes:
            yield from _drained(invalid)
            yield _recorded(outcome, table)
    yield from _drained(invalid)


@dataclass(frozen=True)
class _PointTask:
    """A point and its run (see `fem_lumbar.runs.batch.Task`)."""

    point: Point
    of: RunTask

    def current(self) -> tuple[StoredRun] | None:
        return self.of.current()

    def run(self, report: Callable[[Any], None]) -> Iterator[StoredRun]:
        return self.of.run(report)


def _recorded(outcome: Outcome[_PointTask, StoredRun], table: StudyTable) -> PointDone:
    """Outcome of a point, after its rows are in the table."""
    point, task = outcome.task.point, outcome.task.of
    for earlier in task.earlier_names:
        table.forget(earlier)
    if outcome.result is None:
        reason = str(outcome.error)
        table.put(task.name, [failed_row(task.name, point, task.scenario.sha256, reason)])
        return PointDone(point, task.name, "failed", reason)
    stored = outcome.result
    table.put(stored.folder.name, point_rows(stored.folder.name, point, load_run(stored.folder).summary))
    return PointDone(point, stored.folder.name, stored.status if outcome.is_new else "skipped", stored.reason)


def _drained(done: deque[PointDone]) -> Iterator[PointDone]:
    while done:
        yield done.popleft()
