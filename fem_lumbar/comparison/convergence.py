"""One scenario at several mesh densities: each is an ordinary run folder, read if finished, otherwise run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from fem_lumbar.comparison import discretisation_bars
from fem_lumbar.comparison.discretisation_bars import bars_of, bars_text
from fem_lumbar.comparison.mesh_convergence import Convergence, MeshLevel, converge, soft_cell_size
from fem_lumbar.foundation.atomic_files import write_table, write_text
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.json_values import plain, write_json
from fem_lumbar.runs.batch import Reuse, RunTask, batch
from fem_lumbar.runs.current import find_current, open_run, run_name
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.executors import Serial
from fem_lumbar.runs.paths import check_writable, unwritable
from fem_lumbar.runs.provenance import by_this_program
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Report, silent

DATA, TABLE = "convergence.json", "convergence.csv"


def run_densities(
    scenarios: Mapping[str, Scenario],
    out: Path,
    *,
    jobs: int | None = 1,
    report: Report | None = None,
    illustrate: Callable[[Path], Sequence[str]] | None = None,
    engine: Engine | None = None,
    on_failure: Callable[[str], None] | None = None,
) -> dict[str, Run]:
    """Run a scenario at all densities without a finished run, coarsest first.

    Parameters
    ----------
    scenarios : mapping of Scenario
        The same scenario at each density, by density.
    out : Path
        Folder of the study; each density has a subfolder of its name. If that contains a different run, it is not
        touched, and the name is extended by part of the hash of the scenario.
    jobs : int or None
        Number of load cases solved in parallel; None: limited by processors and memory.
    report : callable, optional
        Receives load step events and stages (text).
    illustrate : callable, optional
        Writes the report of each run (see `run_scenario`).
    engine : Engine, optional
        Provides meshes and simulations (default: the finite element engine).
    on_failure : callable, optional
        Receives a message on a density that cannot be run (for example without mesh); the others continue.

    Returns
    -------
    runs : dict of Run
        By density, with only the requested load cases; failed runs are included.
    """
    check_writable(out)
    say = report or silent
    runs = {}
    tasks = []
    for density, asked in scenarios.items():
        scenario = _with_stored_cases(asked, [out / density, out / f"{density}-{asked.sha256[:8]}"])
        name = run_name(scenario, out, density)
        tasks.append(
            RunTask(scenario, out, name, reuse=Reuse.FAILED_TOO, jobs=jobs, illustrate=illustrate, engine=engine)
        )
    with closing(batch(tasks, Serial(), say)) as outcomes:
        for density, outcome in zip(scenarios, outcomes):
            if isinstance(outcome.error, InputError):
                raise outcome.error
            if outcome.result is not None:
                if not outcome.is_new:
                    say(f"{density}: read from {outcome.result.folder.name}")
                runs[density] = _only(load_run(outcome.result.folder), scenarios[density])
            elif on_failure is not None:
                on_failure(f"{density}: {outcome.error}")
    return runs


def level_of(density: str, run: Run) -> MeshLevel:
    """A run as one mesh level of a study."""
    template = discretisation_bars.template_in(run.resolved)
    return MeshLevel(density, soft_cell_size(run.mesh), run.summary, run.resolved["mesh"], template)


def study_of(runs: Mapping[str, Run]) -> Convergence:
    """Order, limit and error bars of every number, from runs of one scenario by density.

    Raises
    ------
    InputError
        When there are fewer than two runs, or two of them have meshes of the same cell size.
    """
    if len(runs) < 2:
        raise InputError("a convergence study needs runs on at least two meshes")
    try:
        return converge(next(iter(runs.values())).name, [level_of(density, run) for density, run in runs.items()])
    except ValueError as error:
        raise InputError(f"{', '.join(runs)}: {error}") from error


def write_study(data: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], out: Path) -> list[Path]:
    """Write a study as ``convergence.json`` and ``convergence.csv`` (one row per number); returns their paths."""
    check_writable(out)
    file, table = out / DATA, out / TABLE
    try:
        write_json(file, plain(data))
        write_table(table, list(rows[0]) if rows else ["case"], rows)
    except OSError as error:
        raise unwritable(out, error) from error
    return [file, table]


def store(found: Convergence) -> Path:
    """Write the error bars into the package, where comparisons look for them; returns the file."""
    return replace_text(discretisation_bars.STORED, bars_text(plain(bars_of(found))))


def replace_text(path: Path, text: str) -> Path:
    """Replace a file atomically; returns it."""
    check_writable(path.parent)
    try:
        return write_text(path, text)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def _with_stored_cases(scenario: Scenario, folders: Sequence[Path]) -> Scenario:
    """The scenario with all load cases of a current run that contains the requested ones and more, if there is one."""
    asked = plain(scenario.resolved())
    for run in filter(None, map(open_run, folders)):
        if not by_this_program(run.summary["provenance"]):
            continue
        stored = run.resolved.get("load_cases", {})
        if all(stored.get(name) == case for name, case in asked["load_cases"].items()):
            wider = Scenario.model_validate({**asked, "load_cases": stored})
            if find_current(wider, [run.folder], even_failed=True) is not None:
                return wider
    return scenario


def _only(run: Run, scenario: Scenario) -> Run:
    """A run restricted to the load cases of a scenario."""
    cases = {name: entry for name, entry in run.cases.items() if name in scenario.load_cases}
    return Run(run.folder, run.summary | {"load_cases": cases})
