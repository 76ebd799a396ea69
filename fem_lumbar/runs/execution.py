"""One scenario from mesh to stored results."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.foundation.interruptions import interruptions_as_such
from fem_lumbar.foundation.machine import at_once, processors
from fem_lumbar.measures.quantities import mirrored_name
from fem_lumbar.runs.current import run_name
from fem_lumbar.runs.paths import check_writable
from fem_lumbar.runs.recovery import recover
from fem_lumbar.runs.store import RunWriter
from fem_lumbar.runs.warm_up import warm_up
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.citations import citations
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.expected_times import expected_s, keep_time
from fem_lumbar.simulation.preparation import compilation_reported
from fem_lumbar.solver.compilation import compilation_s
from fem_lumbar.solver.events import BalanceEvent, CaseEvent, Event, Report, StageEvent, StepEvent, silent

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.simulation.case_result import CaseResult
    from fem_lumbar.simulation.simulation import Simulation

LOAD_CASE = "load_case"
"""Name under which the time of a load case is stored for forecasts."""

_MEMORY_GB, _MEMORY_GB_PER_CELL = 0.6, 5e-5
"""Memory of one process, as measured."""


def _nothing_to_prepare(report: Report, jobs: int) -> float:
    return 0.0


def _nothing_to_keep(what: str, seconds: float, cells: int) -> None:
    pass


@dataclass(frozen=True)
class Engine:
    """Functions that turn a scenario into results; replaced in tests. They must be picklable for ``jobs`` > 1.

    Attributes
    ----------
    mesh : callable
        ``mesh(scenario, say)`` returns the `SegmentMesh`.
    simulation : callable
        ``simulation(scenario, mesh, report=...)`` returns an object with the interface of `Simulation`.
    warm_up : callable
        ``warm_up(say, jobs)`` compiles kernels before worker processes start, and returns the time in seconds.
    keep_time : callable
        ``keep_time(what, seconds, cells)`` stores how long something took, for the next forecast.
    """

    mesh: Callable[[Scenario, Callable[[str], None]], SegmentMesh]
    simulation: Callable[..., Simulation]
    warm_up: Callable[[Report, int], float] = _nothing_to_prepare
    keep_time: Callable[[str, float, int], None] = _nothing_to_keep


def finite_elements(near_earlier_runs: bool = True) -> Engine:
    """The finite element engine: parametric mesh and simulation, optionally warm-started from earlier runs."""
    return Engine(_mesh, partial(_simulation, near_earlier_runs=near_earlier_runs), warm_up, keep_time)


def run_scenario(
    scenario: Scenario,
    out: Path,
    report: Report | None = None,
    *,
    name: str | None = None,
    jobs: int | None = 1,
    illustrate: Callable[[Path], Sequence[str]] | None = None,
    engine: Engine | None = None,
) -> Path:
    """Run every load case of a scenario and store the results.

    Parameters
    ----------
    scenario : Scenario
        Scenario to run.
    out : Path
        Folder of run folders.
    report : callable, optional
        Receives progress events (see `fem_lumbar.solver.events`).
    name : str, optional
        Name of the run folder (default: :func:`fem_lumbar.runs.current.run_name`).
    jobs : int or None
        Load cases solved in parallel, each in its own process; None for as many as processors and memory allow.
    illustrate : callable, optional
        Draws pictures and writes the report into the given folder; returns warnings.
    engine : Engine, optional
        Meshes and simulates (default: :func:`finite_elements`).

    Returns
    -------
    path : Path
        The run folder. Load cases that did not converge are stored as failed, with the reason.

    Raises
    ------
    InputError
        The output folder cannot be written, or the anatomy cannot be built.
    """
    engine = engine or finite_elements()
    listeners = [report or silent]

    def say(event: Event) -> None:
        for listener in listeners:
            listener(event)

    check_writable(out)
    for told in recover(out):
        say(told)
    start = time.perf_counter()
    mesh = engine.mesh(scenario, say)
    meshed = time.perf_counter()
    warming = engine.warm_up(say, processors() if jobs is None else jobs)
    for case in scenario.load_cases:
        say(CaseEvent(case, "waiting", expected_s=load_case_s(case, len(mesh.cells))))
    groups = _groups(scenario.load_cases)
    if jobs is None:
        jobs = at_once(len(groups), memory_GB(mesh))
    with closing(_solve(scenario, mesh, engine, groups, min(jobs, len(groups)), say)) as solved:
        model = next(solved)
        ready, compiled = time.perf_counter(), compilation_s()
        with _writer(out, scenario, mesh, model, name or run_name(scenario, out)) as writer:
            listeners.append(partial(_log, writer))
            for warning in (*scenario.warnings, *model.warnings):
                writer.warn(warning)
            with interruptions_as_such():
                spent_s = _store_cases(solved, writer, say)
            for case, seconds in spent_s.items():
                engine.keep_time(_stage(case), seconds, len(mesh.cells))
            if spent_s:
                engine.keep_time(LOAD_CASE, sum(spent_s.values()) / len(spent_s), len(mesh.cells))
            end, late = time.perf_counter(), compilation_s() - compiled
            timing = {"mesh": meshed - start, **_preparation(ready - meshed - warming, model.info)}
            if warming + late:
                timing["compilation"] = timing.get("compilation", 0.0) + warming + late
            timing |= {"solve": end - ready - late, "total": end - start}
            if illustrate is not None:
                say("writing the report")
            return writer.finish(timing, illustrate)


def load_case_s(case: str, cells: int) -> float | None:
    """Expected seconds of a load case on a mesh, from the last case of its name, or else of any name.

    Parameters
    ----------
    case : str
        Name of the load case.
    cells : int
        Number of cells of the mesh.
    """
    of_its_name = expected_s(_stage(case), cells)
    return expected_s(LOAD_CASE, cells) if of_its_name is None else of_its_name


def memory_GB(mesh: SegmentMesh) -> float:
    """Memory of one process for a simulation on a mesh."""
    return _MEMORY_GB + _MEMORY_GB_PER_CELL * len(mesh.cells)


@dataclass(frozen=True)
class _Model:
    """Description of a simulation, and the mesh of its fields."""

    mesh: SegmentMesh
    info: dict[str, Any]
    assumptions: list[str]
    warnings: list[str]

    @classmethod
    def of(cls, simulation: Simulation) -> _Model:
        return cls(simulation.mesh, simulation.info, simulation.assumptions, simulation.warnings)


def _writer(out: Path, scenario: Scenario, mesh: SegmentMesh, model: _Model, name: str) -> RunWriter:
    """Writer of the run folder of a model."""
    return RunWriter(
        out,
        scenario,
        mesh,
        model.info,
        model.assumptions,
        scenario.assumed_values,
        field_mesh=model.mesh,
        name=name,
        citations=citations(scenario),
    )


def _store_cases(results: Iterable[CaseResult], writer: RunWriter, say: Report) -> dict[str, float]:
    """Store load cases as they are solved; returns the seconds of the converged ones."""
    seconds: dict[str, float] = {}
    for result in results:
        writer.add_case(result)
        say(CaseEvent(result.name, result.status, result.summary["wall_s"], reason=result.reason))
        if result.status == "converged":
            seconds[result.name] = result.summary["wall_s"]
    return seconds


def _stage(case: str) -> str:
    """Name under which the time of a load case is stored: balanced muscles take ten times as long as a pure moment."""
    return f"{LOAD_CASE} {case}"


def _groups(cases: Iterable[str]) -> list[tuple[str, ...]]:
    """Cases that one process solves in sequence: mirror images, since the second is warm-started from the first.

    Large groups come first, so that processes finish at about the same time.
    """
    groups: dict[frozenset[str], tuple[str, ...]] = {}
    for case in cases:
        pair = frozenset((case, mirrored_name(case)))
        groups[pair] = (*groups.get(pair, ()), case)
    return sorted(groups.values(), key=len, reverse=True)


class _CaseSolver:
    """Solves load cases on one model, which is set up for the first of them; yields its description first each time."""

    def __init__(self, engine: Engine, scenario: Scenario, mesh: SegmentMesh) -> None:
        self._engine, self._scenario, self._mesh = engine, scenario, mesh
        self._simulation: Simulation | None = None

    def __call__(self, cases: tuple[str, ...], report: Report) -> Iterator[_Model | CaseResult]:
        if self._simulation is None:
            self._simulation = self._engine.simulation(self._scenario, self._mesh, report=report)
        yield _Model.of(self._simulation)
        for case in cases:
            yield _solved(self._simulation, case, report)


def _solve(
    scenario: Scenario, mesh: SegmentMesh, engine: Engine, groups: list[tuple[str, ...]], jobs: int, say: Report
) -> Generator[Any, None, None]:
    """Yield the `_Model`, then the `CaseResult` of each load case as it is ready."""
    described = False
    work = _CaseSolver(engine, scenario, mesh)
    tasks = groups if jobs > 1 else [tuple(scenario.load_cases)]
    with local_executor(jobs) as executor, closing(executor.run(work, tasks, say)) as outcomes:
        for outcome in outcomes:
            result = outcome.value()
            if not isinstance(result, _Model):
                yield result
            elif not described:
                described = True
                yield result


def _solved(simulation: Simulation, case: str, report: Report) -> CaseResult:
    """Result of a load case; its time excludes compilation of kernels."""
    before = compilation_s()
    with compilation_reported(report):
        result = simulation.run_case(case, report)
    result.summary["wall_s"] -= compilation_s() - before
    return result


def _preparation(seconds: float, info: Mapping[str, Any]) -> dict[str, float]:
    """Seconds between mesh and first load case by phase; the remainder is ``setup``."""
    others = {phase: spent for phase, spent in info.get("preparation_s", {}).items() if phase != "setup"}
    return {**others, "setup": max(0.0, seconds - sum(others.values()))}


def _log(writer: RunWriter, event: Event) -> None:
    """Write decisions on load steps (accepted, cut back) and on muscles to the log of the run."""
    if isinstance(event, str):
        writer.log(event)
    elif isinstance(event, BalanceEvent):
        writer.log(
            f"{event.case}: load {event.load_fraction:.4f}: muscle balance, correction {event.correction} of at most "
            f"{event.most}: {event.moment_Nm:.2g} N·m left ({event.joint} {event.component.replace('_', ' ')})"
        )
    elif isinstance(event, StageEvent):
        if event.spent_s is not None:
            writer.log(f"{event.text}: {event.spent_s:.1f} s")
    elif not isinstance(event, StepEvent):
        return
    elif event.message == "accepted":
        writer.log(
            f"{event.case}: step {event.step}, load {event.load_fraction:.4f}, "
            f"{event.iteration} iterations, residual {event.residual:.1e}"
        )
    elif event.message != "iteration":
        writer.log(f"{event.case}: load {event.load_fraction:.4f}: {event.message}")


def _mesh(scenario: Scenario, say: Callable[[str], None]) -> SegmentMesh:
    from fem_lumbar.meshing.of_scenario import scenario_mesh

    say("reading or building the mesh")
    return scenario_mesh(scenario, say)


def _simulation(scenario: Scenario, mesh: SegmentMesh, near_earlier_runs: bool, report: Report = silent) -> Simulation:
    from fem_lumbar.simulation.simulation import Simulation

    return Simulation(scenario, mesh, near_earlier_runs, report)
