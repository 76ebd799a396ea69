"""One scenario from mesh to stored results."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.analysis.quantities import mirrored_name
from fem_lumbar.machine import at_once
from fem_lumbar.runs.run import SUMMARY, load_run
from fem_lumbar.scenario.citations import citations
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.compilation import compilation_s
from fem_lumbar.solver.events import BalanceEvent, CaseEvent, Event, Report, StageEvent, StepEvent, silent
from fem_lumbar.study.expected_times import expected_s, keep_time
from fem_lumbar.study.paths import check_writable
from fem_lumbar.study.preparation import compilation_reported
from fem_lumbar.study.recovery import recover
from fem_lumbar.study.store import RunWriter
from fem_lumbar.study.workers import Outcome, run_in_workers

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.study.simulation import CaseResult, Simulation

LOAD_CASE = "load_case"
"""Name under which the time of a load case is kept for the next forecast."""

_MEMORY_GB, _MEMORY_GB_PER_CELL = 0.6, 5e-5
"""Memory of one process, as measured."""


@dataclass(frozen=True)
class Engine:
    """What turns a scenario into results; exchanged in tests. The functions must be picklable for ``jobs`` > 1.

    Attributes
    ----------
    mesh : callable
        ``mesh(scenario, say)`` gives the `SegmentMesh`.
    simulation : callable
        ``simulation(scenario, mesh, report=...)`` gives an object with the contract of `Simulation`.
    """

    mesh: Callable[[Scenario, Callable[[str], None]], SegmentMesh]
    simulation: Callable[..., Simulation]


def finite_elements(near_earlier_runs: bool = True) -> Engine:
    """The engine of this program: parametric mesh and finite element simulation, starting near earlier runs or not."""
    return Engine(_mesh, partial(_simulation, near_earlier_runs=near_earlier_runs))


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
        What to run.
    out : Path
        Folder that holds run folders.
    report : callable, optional
        Takes what happens (see `fem_lumbar.solver.events`).
    name : str, optional
        Name of the run folder (default: :func:`run_name`).
    jobs : int or None
        Load cases solved at the same time, each in its own process; None for as many as processors and memory allow.
    illustrate : callable, optional
        Draws pictures and writes the report into the folder it is given; returns warnings.
    engine : Engine, optional
        What meshes and simulates (default: :func:`finite_elements`).

    Returns
    -------
    path : Path
        The run folder. A case that did not converge is in it as failed, with its reason.

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
    for case in scenario.load_cases:
        say(CaseEvent(case, "waiting", expected_s=expected_s(LOAD_CASE, len(mesh.cells))))
    groups = _groups(scenario.load_cases)
    if jobs is None:
        jobs = at_once(len(groups), memory_GB(mesh))
    with closing(_solve(scenario, mesh, engine, groups, min(jobs, len(groups)), say)) as solved:
        model = next(solved)
        ready, compiled = time.perf_counter(), compilation_s()
        name = name or run_name(scenario, out)
        with RunWriter(
            out,
            scenario,
            mesh,
            model.info,
            model.assumptions,
            scenario.assumed_values,
            field_mesh=model.mesh,
            name=name,
            citations=citations(scenario),
        ) as writer:
            listeners.append(partial(_log, writer))
            seconds: list[float] = []
            for warning in (*scenario.warnings, *model.warnings):
                writer.warn(warning)
            for result in solved:
                writer.add_case(result)
                say(CaseEvent(result.name, result.status, result.summary["wall_s"], reason=result.reason))
                if result.status == "converged":
                    seconds.append(result.summary["wall_s"])
            end, late = time.perf_counter(), compilation_s() - compiled
            timing = {"mesh": meshed - start, **_preparation(ready - meshed, model.info)}
            if late:
                timing["compilation"] = timing.get("compilation", 0.0) + late
            timing |= {"solve": end - ready - late, "total": end - start}
            if seconds:
                keep_time(LOAD_CASE, sum(seconds) / len(seconds), len(mesh.cells))
            if illustrate is not None:
                say("writing the report")
            return writer.finish(timing, illustrate)


def memory_GB(mesh: SegmentMesh) -> float:
    """Memory that a process needs for a simulation on a mesh."""
    return _MEMORY_GB + _MEMORY_GB_PER_CELL * len(mesh.cells)


def run_name(scenario: Scenario, out: Path) -> str:
    """Name of a scenario's run folder: its own name, with part of its hash when another scenario's run has it."""
    for name in (scenario.name, f"{scenario.name}-{scenario.sha256[:8]}"):
        folder = Path(out) / name
        if not (folder / SUMMARY).is_file():
            return name
        if load_run(folder).summary["provenance"]["scenario_sha256"] == scenario.sha256:
            return name
    return name


@dataclass(frozen=True)
class _Model:
    """What a simulation says about itself, and the mesh its fields live on."""

    mesh: SegmentMesh
    info: dict[str, Any]
    assumptions: list[str]
    warnings: list[str]

    @classmethod
    def of(cls, simulation: Simulation) -> _Model:
        return cls(simulation.mesh, simulation.info, simulation.assumptions, simulation.warnings)


def _groups(cases: Iterable[str]) -> list[tuple[str, ...]]:
    """Cases that one process solves one after the other: mirror images, as the second starts from the first.

    The large groups come first, so that processes end at about the same time.
    """
    groups: dict[frozenset[str], tuple[str, ...]] = {}
    for case in cases:
        pair = frozenset((case, mirrored_name(case)))
        groups[pair] = (*groups.get(pair, ()), case)
    return sorted(groups.values(), key=len, reverse=True)


def _solve(
    scenario: Scenario, mesh: SegmentMesh, engine: Engine, groups: list[tuple[str, ...]], jobs: int, say: Report
) -> Generator[Any, None, None]:
    """Yield the `_Model`, then the `CaseResult` of each load case as it is ready."""
    if jobs < 2:
        simulation = engine.simulation(scenario, mesh, report=say)
        yield _Model.of(simulation)
        for name in scenario.load_cases:
            yield _solved(simulation, name, say)
        return
    described = False
    prepare = partial(_prepared, engine, scenario, mesh)
    with closing(run_in_workers(groups, prepare, _solve_group, jobs, say)) as outcomes:
        for result in map(_result, outcomes):
            if not isinstance(result, _Model):
                yield result
            elif not described:
                described = True
                yield result


def _result(outcome: Outcome) -> Any:
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


def _prepared(engine: Engine, scenario: Scenario, mesh: SegmentMesh, report: Report) -> Simulation:
    """In a worker: the simulation, its stages told."""
    return engine.simulation(scenario, mesh, report=report)


def _solved(simulation: Simulation, case: str, report: Report) -> CaseResult:
    """A load case; kernels that had to be compiled on the way are no time of its own."""
    before = compilation_s()
    with compilation_reported(report):
        result = simulation.run_case(case, report)
    result.summary["wall_s"] -= compilation_s() - before
    return result


def _preparation(seconds: float, info: Mapping[str, Any]) -> dict[str, float]:
    """Seconds between mesh and first load case by phase; what is not counted to another is ``setup``."""
    others = {phase: spent for phase, spent in info.get("preparation_s", {}).items() if phase != "setup"}
    return {**others, "setup": max(0.0, seconds - sum(others.values()))}


def _solve_group(simulation: Simulation, cases: tuple[str, ...], report: Report) -> Iterator[Any]:
    """In a worker: the description of the model, then load cases one after the other."""
    yield _Model.of(simulation)
    for case in cases:
        yield _solved(simulation, case, report)


def _log(writer: RunWriter, event: Event) -> None:
    """Keep what was decided about a load step (accepted, cut back) and about muscles in the run's log."""
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
    from fem_lumbar.meshing import segment_mesh

    say("reading or building the mesh")
    return segment_mesh(scenario.anatomy, scenario.mesh, say)


def _simulation(scenario: Scenario, mesh: SegmentMesh, near_earlier_runs: bool, report: Report = silent) -> Simulation:
    from fem_lumbar.study.simulation import Simulation

    return Simulation(scenario, mesh, near_earlier_runs, report)
