"""The protocols of the experiments: scenario files of the package, each an ordinary run, read when it is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.analysis.discretisation_bars import stored_bars
from fem_lumbar.errors import FemLumbarError
from fem_lumbar.machine import at_once
from fem_lumbar.report.schema import validate_summary
from fem_lumbar.runs.run import SUMMARY, load_run
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Event, labelled
from fem_lumbar.study.paths import check_writable, without_private_paths
from fem_lumbar.study.provenance import is_current
from fem_lumbar.study.run import Engine, finite_elements, memory_GB, run_name, run_scenario
from fem_lumbar.study.workers import Outcome, run_in_workers
from fem_lumbar.validation.reading import ProtocolRuns

FOLDER = Path(str(files("fem_lumbar.validation") / "protocols"))
Report = Callable[[Any], None]
"""Takes load step events and stages (text)."""


def protocol_names() -> list[str]:
    """All protocols; files that start with ``_`` are only there to be extended."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml") if not file.name.startswith("_"))


def protocol_scenario(
    name: str, sets: Sequence[str] = (), density: str | None = None, over: Path | None = None
) -> Scenario:
    """The scenario of a protocol.

    Parameters
    ----------
    name : str
        Protocol.
    sets : sequence of str
        Overrides ``key.path=value``.
    density : str, optional
        Mesh density in place of the file's.
    over : Path, optional
        File whose values are laid over the protocol, such as a fitted parameter set.
    """
    return load_scenario(FOLDER / f"{name}.yaml", sets, density=density, over=over)


def run_protocols(
    scenarios: Mapping[str, Scenario],
    out: Path,
    *,
    jobs: int | None = None,
    fresh: bool = False,
    report: Report | None = None,
    illustrate: Callable[[Path], Sequence[str]] | None = None,
    engine: Engine | None = None,
) -> ProtocolRuns:
    """Run every protocol that has no completed run of the same scenario on the same mesh by the same program.

    Parameters
    ----------
    scenarios : mapping of Scenario
        By name of the protocol.
    out : Path
        Folder of the runs; a protocol goes to the folder of its name.
    jobs : int or None
        Protocols run at the same time, each in its own process; None for as many as processors and memory allow.
    fresh : bool
        Run everything again.
    report : callable, optional
        Takes load step events and stages (text).
    illustrate : callable, optional
        Writes the report of each run (see `run_scenario`); picklable for more than one job.
    engine : Engine, optional
        What meshes and simulates (default: the finite element engine).

    Returns
    -------
    runs : ProtocolRuns
        Runs that failed are among them, and the reason where there is no run at all.
    """
    say = report or _nothing
    engine = engine or finite_elements()
    check_writable(out)
    meshes = _Meshes(engine, say)
    folders, waiting, failures = {}, [], {}
    for name, scenario in scenarios.items():
        _set_unreadable_aside(scenario, out, say)
        folder = out / run_name(scenario, out)
        try:
            finished = not fresh and _is_finished(folder, scenario, meshes)
        except FemLumbarError as error:  # no mesh
            failures[name] = without_private_paths(str(error))
            continue
        if finished:
            folders[name] = folder
            say(f"{name}: read from {folder.name}")
        else:
            waiting.append(_Task(name, scenario, folder.name))
    if jobs is None:
        jobs = at_once(max(1, len(waiting)), max(map(memory_GB, meshes.made), default=1.0))
    work = partial(_run, out=out, illustrate=illustrate, engine=engine)
    with closing(_outcomes(waiting, work, min(jobs, max(1, len(waiting))), say)) as outcomes:
        for outcome in outcomes:
            if outcome.error is None:
                folders[outcome.task.name] = outcome.result
            else:
                failures[outcome.task.name] = without_private_paths(str(outcome.error))
                say(f"{outcome.task.name}: {outcome.error}")
    return ProtocolRuns({name: load_run(folder) for name, folder in folders.items()}, failures, stored_bars())


@dataclass(frozen=True)
class _Task:
    name: str
    scenario: Scenario
    folder: str


class _Meshes:
    """Meshes of scenarios, each anatomy only once."""

    def __init__(self, engine: Engine, say: Report) -> None:
        self._engine, self._say = engine, say
        self._by_anatomy: dict[str, Any] = {}

    @property
    def made(self) -> list[Any]:
        """All meshes so far."""
        return list(self._by_anatomy.values())

    def sha256(self, scenario: Scenario) -> str:
        """Hash of the mesh of a scenario."""
        data = scenario.resolved()
        key = json.dumps([data["anatomy"], data["mesh"]], sort_keys=True)
        if key not in self._by_anatomy:
            self._by_anatomy[key] = self._engine.mesh(scenario, self._say)
        return self._by_anatomy[key].sha256


def _set_unreadable_aside(scenario: Scenario, out: Path, say: Report) -> None:
    """Rename run folders in the place of a protocol whose summary cannot be read, so that it is run again."""
    for name in (scenario.name, f"{scenario.name}-{scenario.sha256[:8]}"):
        folder = out / name
        if not (folder / SUMMARY).is_file() or _is_readable(folder):
            continue
        aside = folder.with_name(f"{folder.name}.unreadable")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        say(f"{scenario.name}: the stored run cannot be read; it is now {aside.name}, and run again")


def _is_readable(folder: Path) -> bool:
    try:
        validate_summary(load_run(folder).summary)
    except (FemLumbarError, ValueError):  # also what is no text
        return False
    return True


def _is_finished(folder: Path, scenario: Scenario, meshes: _Meshes) -> bool:
    """Whether a folder holds a completed run of the same scenario on the same mesh by the same program."""
    mesh = meshes.sha256(scenario)
    if not (folder / SUMMARY).is_file():
        return False
    summary = load_run(folder).summary
    made_by = summary["provenance"]
    same = is_current(made_by, scenario) and made_by["mesh_sha256"] == mesh
    return summary["status"] == "completed" and same


def _outcomes(tasks: Iterable[_Task], work: Callable, jobs: int, report: Report) -> Iterator[Outcome[_Task]]:
    if jobs > 1:
        yield from run_in_workers(tasks, _nothing, work, jobs, report)
        return
    for task in tasks:
        try:
            for folder in work(None, task, report):
                yield Outcome(task, result=folder)
        except FemLumbarError as error:
            yield Outcome(task, error=error)


def _run(
    _: None,
    task: _Task,
    report: Report,
    *,
    out: Path,
    illustrate: Callable[[Path], Sequence[str]] | None,
    engine: Engine,
) -> Iterator[Path]:
    def told(event: Event) -> None:
        report(labelled(task.name, event))

    yield run_scenario(task.scenario, out, told, name=task.folder, illustrate=illustrate, engine=engine)


def _nothing(*_: Any) -> None:
    """Prepares nothing for workers, and reports nothing."""
