"""Many runs of one scenario with different values: each point an ordinary run folder, one table for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fem_lumbar.errors import FemLumbarError, InputError
from fem_lumbar.runs.run import SUMMARY, load_run
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Event, labelled
from fem_lumbar.study.paths import check_writable
from fem_lumbar.study.points import Point, earlier_point_name, point_name
from fem_lumbar.study.provenance import is_current
from fem_lumbar.study.run import Engine, run_scenario
from fem_lumbar.study.table import StudyTable, failed_row, point_rows
from fem_lumbar.study.workers import Outcome, run_in_workers

TABLE = "table.csv"


@dataclass(frozen=True)
class PointDone:
    """What became of one point.

    Attributes
    ----------
    point : dict
        The varied values.
    name : str
        Name of its run folder.
    status : str
        ``completed``, ``failed`` or ``skipped`` (finished in an earlier call).
    reason : str or None
        Why it failed.
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
    """Run every point that has not been run, and keep ``table.csv`` up to date after each.

    Any design of experiments can supply the points: the iterable is read one point at a time.

    Parameters
    ----------
    points : iterable of dict
        Varied values by key path.
    scenario_at : callable
        The scenario at a point; an `InputError` from it makes the point a failed row.
    out : Path
        Folder of the study: run folders and ``table.csv``.
    jobs : int
        Points run at the same time, each in its own process.
    retry_failed : bool
        Run points again that ran before and failed.
    report : callable, optional
        Takes load step events and stages (text) of the runs.
    illustrate : callable, optional
        Writes the report of each run, with or without pictures (see `run_scenario`); picklable for ``jobs`` > 1.
    engine : Engine, optional
        What meshes and simulates (default: the finite element engine).

    Yields
    ------
    done : PointDone
        Each point as soon as its rows are in the table.

    Raises
    ------
    InputError
        The folder cannot be written, or it holds a table that is not one of a study.
    """
    out = Path(out)
    check_writable(out)
    table = StudyTable(out / TABLE)
    settled: list[PointDone] = []
    tasks = _unfinished(points, scenario_at, out, retry_failed, table, settled)
    work = partial(_run_point, out=out, illustrate=illustrate, engine=engine)
    with closing(_outcomes(tasks, work, jobs, report)) as outcomes:
        for outcome in outcomes:
            yield from _drained(settled)
            yield _recorded(outcome, out, table)
    yield from _drained(settled)


@dataclass(frozen=True)
class _Task:
    point: Point
    name: str
    scenario: Scenario


def _unfinished(
    points: Iterable[Point],
    scenario_at: Callable[[Point], Scenario],
    out: Path,
    retry_failed: bool,
    table: StudyTable,
    settled: list[PointDone],
) -> Iterator[_Task]:
    """Points still to be run; those that are not go to ``settled`` with their rows in the table."""
    seen: set[str] = set()
    for point in points:
        try:
            scenario = scenario_at(point)
        except InputError as error:
            name = point_name(point, "invalid")
            table.put(name, [failed_row(name, point, "", str(error))])
            settled.append(PointDone(point, name, "failed", str(error)))
            continue
        name, earlier = point_name(point, scenario.sha256), earlier_point_name(point, scenario.sha256)
        if name in seen:
            continue
        seen.add(name)
        summary = _finished(out / name, scenario)
        if summary is None and earlier != name:
            summary = _finished(out / earlier, scenario)
            if summary is not None and not (retry_failed and summary["status"] == "failed"):
                name = earlier
            else:
                table.forget(earlier)
        if summary is None or (retry_failed and summary["status"] == "failed"):
            yield _Task(point, name, scenario)
        else:
            table.put(name, point_rows(name, point, summary))
            settled.append(PointDone(point, name, "skipped", summary.get("reason")))


def _finished(folder: Path, scenario: Scenario) -> dict[str, Any] | None:
    """Summary of a whole run of the same scenario by the same program, None when there is none."""
    if not (folder / SUMMARY).is_file():
        return None
    summary = load_run(folder).summary
    return summary if is_current(summary["provenance"], scenario) else None


def _outcomes(
    tasks: Iterator[_Task], work: Callable, jobs: int, report: Callable[[Any], None] | None
) -> Iterator[Outcome[_Task]]:
    if jobs > 1:
        yield from run_in_workers(tasks, _nothing, work, jobs, report)
        return
    for task in tasks:
        try:
            for result in work(None, task, report):
                yield Outcome(task, result=result)
        except FemLumbarError as error:
            yield Outcome(task, error=error)


def _run_point(
    _: None,
    task: _Task,
    report: Callable[[Any], None] | None,
    *,
    out: Path,
    illustrate: Callable[[Path], Sequence[str]] | None,
    engine: Engine | None,
) -> Iterator[Path]:
    def told(event: Event) -> None:
        if report is not None:
            report(labelled(task.name, event))

    yield run_scenario(task.scenario, out, told, name=task.name, illustrate=illustrate, engine=engine)


def _recorded(outcome: Outcome[_Task], out: Path, table: StudyTable) -> PointDone:
    task = outcome.task
    if outcome.error is not None:
        reason = str(outcome.error)
        table.put(task.name, [failed_row(task.name, task.point, task.scenario.sha256, reason)])
        return PointDone(task.point, task.name, "failed", reason)
    summary = load_run(outcome.result).summary
    rows = point_rows(task.name, task.point, summary)
    table.put(task.name, rows)
    return PointDone(task.point, task.name, summary["status"], summary.get("reason"))


def _drained(settled: list[PointDone]) -> Iterator[PointDone]:
    while settled:
        yield settled.pop(0)


def _nothing(_: Callable[[Any], None]) -> None:
    """A worker for whole runs needs nothing prepared."""
