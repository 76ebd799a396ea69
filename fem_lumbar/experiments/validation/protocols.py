"""Protocols of the experiments: scenario files of the package, each an ordinary run, read if it exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.comparison.discretisation_bars import stored_bars
from fem_lumbar.experiments.validation.reading import ProtocolRuns
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.foundation.machine import at_once
from fem_lumbar.meshing.of_scenario import mesh_key
from fem_lumbar.runs.batch import Reuse, RunTask, batch
from fem_lumbar.runs.current import run_name
from fem_lumbar.runs.execution import Engine, finite_elements, memory_GB
from fem_lumbar.runs.paths import check_writable, without_private_paths
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Report, silent

FOLDER = Path(str(files("fem_lumbar.experiments.validation") / "protocols"))


def protocol_names() -> list[str]:
    """Names of all protocols, without files that start with ``_`` (used only by ``extends``)."""
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
        Mesh density; default: that of the file.
    over : Path, optional
        File with values that override those of the protocol, such as a fitted parameter set.
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
        Parent folder of the runs; each protocol has a subfolder of its name.
    jobs : int or None
        Number of protocols run in parallel, each in its own process; None: as processors and memory allow.
    fresh : bool
        Whether to run all protocols again.
    report : callable, optional
        Receives load step events and stages (text).
    illustrate : callable, optional
        Writes the report of each run (see `run_scenario`); picklable for more than one job.
    engine : Engine, optional
        Provides meshes and simulations (default: the finite element engine).

    Returns
    -------
    runs : ProtocolRuns
        Includes failed runs, and the reason if a protocol has no run at all.
    """
    say = report or silent
    engine = engine or finite_elements()
    check_writable(out)
    meshes = _Meshes(engine, say)
    tasks, runs, failures = {}, {}, {}
    for protocol, scenario in scenarios.items():
        try:
            mesh = meshes.sha256(scenario)
        except FemLumbarError as error:  # for example no mesh
            failures[protocol] = without_private_paths(str(error))
            continue
        name = run_name(scenario, out)
        reuse = Reuse.NOTHING if fresh else Reuse.COMPLETED
        tasks[protocol] = RunTask(
            scenario, out, name, protocol, reuse, mesh_sha256=mesh, illustrate=illustrate, engine=engine
        )
    missing = sum(task.current() is None for task in tasks.values())
    if jobs is None:
        jobs = at_once(max(1, missing), max(map(memory_GB, meshes.made), default=1.0))
    with (
        local_executor(min(jobs, missing)) as executor,
        closing(batch(tasks.values(), executor, say)) as outcomes,
    ):
        for outcome in outcomes:
            protocol = outcome.task.label
            if outcome.result is None:
                failures[protocol] = without_private_paths(str(outcome.error))
                say(f"{protocol}: {outcome.error}")
                continue
            if not outcome.is_new:
                say(f"{protocol}: read from {outcome.result.folder.name}")
            runs[protocol] = load_run(outcome.result.folder)
    return ProtocolRuns(runs, failures, stored_bars())


class _Meshes:
    """Cache of the meshes of scenarios."""

    def __init__(self, engine: Engine, say: Report) -> None:
        self._engine, self._say = engine, say
        self._made: dict[str, Any] = {}

    @property
    def made(self) -> list[Any]:
        """All meshes so far."""
        return list(self._made.values())

    def sha256(self, scenario: Scenario) -> str:
        """Hash of the mesh of a scenario."""
        key = mesh_key(scenario)
        if key not in self._made:
            self._made[key] = self._engine.mesh(scenario, self._say)
        return self._made[key].sha256
